//! Programs that come over HTTP: a token made at the door by ssh, used, taken back, fallen; killed in the middle; and
//! schemathesis, which says whatever the description lets one say.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::site::{BENEFICIARY, REQUESTER, RESPONSABLE, SECURITY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{finish, free_port, until};

const ALL: &str = "read:services,read:conformity,read:interventions,read:traces,write:requests,write:reports";
const VALBRUME: &str = "/v1/establishments/valbrume";

/// The gate serves programs too, from its next start on.
fn configured(world: &mut World, more: &str) -> u16 {
    let port = free_port();
    let mut config = std::fs::read_to_string(world.path("poterne.toml")).unwrap();
    config.push_str(&format!("\n[api]\nlisten = \"127.0.0.1:{port}\"\n{more}\n"));
    std::fs::write(world.path("poterne.toml"), config).unwrap();
    world.reopen();
    port
}

fn token(world: &World, person: &str, scopes: &str) -> String {
    let made = world.says(person, &format!("token new nuit --scope {scopes}")).exits(0);
    made.out.lines().next().unwrap().to_owned()
}

/// Sends a request without waiting for its answer.
fn send(port: u16, method: &str, path: &str, token: &str, key: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    stream
}

fn say(port: u16, method: &str, path: &str, token: &str, key: &str, body: &str) -> (u16, Value) {
    let mut answer = String::new();
    send(port, method, path, token, key, body).read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

fn get(port: u16, path: &str, token: &str) -> (u16, Value) {
    say(port, "GET", path, token, "-", "")
}

fn asked(objective: &str) -> String {
    json!({ "service": "scanner-tm", "objective": objective }).to_string()
}

#[test]
fn a_token_of_the_door_is_used_by_a_program_until_it_is_taken_back() {
    let mut world = World::start();
    let port = configured(&mut world, "");
    assert!(super::operators::get(world.metrics, "/healthz").contains("\nsandbox: whole\n"));
    // The host operator makes none: there is no such command, and the socket knows no such request.
    world.poterne(&["token", "new", "nuit", "--scope", ALL]).exits(2);
    let requester = token(&world, REQUESTER, ALL);
    let interventions = format!("{VALBRUME}/interventions");
    let (status, done) = say(port, "POST", &interventions, &requester, "k1", &asked("Panne fictive"));
    assert_eq!((status, &done["state"]), (201, &"requested".into()), "{done}");
    let id = done["intervention"].as_str().unwrap().to_owned();
    assert_eq!(say(port, "POST", &interventions, &requester, "k1", &asked("Panne fictive")), (201, done));
    // The rest is done by people, at the door, who see where it came from.
    world.says(BENEFICIARY, &format!("approve {id}")).exits(0);
    world.says(BENEFICIARY, &format!("check {id} sauvegarde 'Sauvegarde de la nuit'")).exits(0);
    let speaking = world.speaking(TECHNICIAN);
    let (_, sessions) = get(port, &format!("{VALBRUME}/sessions"), &requester);
    assert_eq!(
        (&sessions[0]["person"], &sessions[0]["intervention"]),
        (&TECHNICIAN.into(), &id.clone().into())
    );
    drop(speaking);
    let security = token(&world, SECURITY, ALL);
    let (status, found) =
        get(port, &format!("{VALBRUME}/traces?intervention={id}&reason=incident+du+3"), &security);
    let codes: Vec<&str> =
        found["entries"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert!(status == 200 && codes.starts_with(&["intervention-requested", "token-acted"]), "{found}");
    let beside = world.traced_at_least("token-acted", 2);
    assert_eq!(
        (&beside[0]["by"], &beside[0]["data"]["name"]),
        (&format!("person:{REQUESTER}").into(), &"nuit".into())
    );

    // A scope that it does not have, a right that its person does not have.
    assert_eq!(get(port, &format!("{VALBRUME}/services/scanner-tm/assessment"), &requester).0, 403);
    assert_eq!(get(port, &format!("{VALBRUME}/services/scanner-tm/assessment"), &security).0, 200);
    assert_eq!(get(port, "/v1/establishments/ailleurs/services", &security).0, 404);

    // Taken back by its person, and by who answers for the establishment.
    let list = world.says(SECURITY, "token list").exits(0).out;
    let of = |person: &str| {
        let line = list.lines().find(|line| line.contains(person)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    world.says(SECURITY, &format!("token revoke {}", of(REQUESTER))).exits(0);
    assert_eq!(get(port, "/v1/token", &requester).0, 401);
    assert_eq!(get(port, "/v1/token", &security).0, 200);
    // Nothing of a token is in the log of the program, nor in the ledger.
    for shown in [&requester, &security] {
        let secret = shown.rsplit('_').next().unwrap();
        assert!(!world.log().contains(secret));
        assert!(!world.ledger().iter().any(|entry| entry.to_string().contains(secret)));
    }

    // Not active any more: what he made falls, and comes back with nothing.
    let site = std::fs::read_to_string(world.path("site.toml")).unwrap();
    let person = format!("id = \"{SECURITY}\"");
    let inactive = site.replacen(&person, &format!("{person}\nactive = false"), 1);
    let apply = |text: &str| {
        std::fs::write(world.path("site.toml"), text).unwrap();
        world.poterne(&["apply", world.path("site.toml").to_str().unwrap(), "--yes"]).exits(0);
    };
    apply(&inactive);
    assert_eq!(get(port, "/v1/token", &security).0, 401);
    apply(&site);
    world.says(RESPONSABLE, &format!("vouch {}", world.print_of(SECURITY))).exits(0);
    assert_eq!(get(port, "/v1/token", &security).0, 401);
}

/// Killed wherever it was between the request and its answer: asked again with the same key, it was done once.
#[test]
fn a_gate_that_dies_in_the_middle_does_nothing_twice() {
    let mut world = World::start();
    let port = configured(&mut world, "");
    let token = token(&world, REQUESTER, ALL);
    let interventions = format!("{VALBRUME}/interventions");
    for (point, delay) in [0_u64, 1, 3, 6, 12, 60].into_iter().enumerate() {
        let (key, objective) = (format!("k{point}"), format!("Panne {point}"));
        let waiting = send(port, "POST", &interventions, &token, &key, &asked(&objective));
        // Until the answer comes, or this time is over: both are moments to die at.
        if delay > 0 {
            waiting.set_read_timeout(Some(Duration::from_millis(delay))).unwrap();
            let _answered_or_not = waiting.peek(&mut [0]);
        }
        world.kill_gate();
        drop(waiting);
        world.open_door();
        let (status, first) = say(port, "POST", &interventions, &token, &key, &asked(&objective));
        assert_eq!(status, 201, "{first}");
        assert_eq!(say(port, "POST", &interventions, &token, &key, &asked(&objective)), (201, first));
        let (_, all) = get(port, &interventions, &token);
        let same = all.as_array().unwrap().iter().filter(|one| one["objective"] == objective).count();
        assert_eq!(same, 1, "{all}");
    }
    assert_eq!(world.traced("intervention-requested", 6).len(), 6);
    assert_eq!(world.traced("token-acted", 6).len(), 6);
}

#[test]
fn beyond_this_machine_nothing_is_said_in_clear() {
    let mut world = World::start();
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let config = std::fs::read_to_string(world.path("poterne.toml")).unwrap();
    std::fs::write(
        world.path("poterne.toml"),
        format!("{config}\n[api]\nlisten = \"0.0.0.0:{}\"\n", free_port()),
    )
    .unwrap();
    assert!(!world.tries_door());
    assert!(world.log().contains("certificate"), "{}", world.log());
}

/// Where `cargo xtask test` puts it.
fn schemathesis() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let target = here.ancestors().nth(3).unwrap();
    let program = target.join("tools/schemathesis/bin/st");
    assert!(program.exists(), "`{}` is not there: cargo xtask test", program.display());
    program
}

#[test]
fn schemathesis_finds_no_500_and_no_undocumented_answer() {
    let mut world = World::start();
    let port = configured(&mut world, "requests_per_minute = 1000000");
    world.intervention();
    // Who sees everything, and who may ask.
    let tokens = [SECURITY, REQUESTER, TECHNICIAN].map(|person| token(&world, person, ALL));
    // Whoever may write meets the keys of his own former requests again, which is said to be answered with 422.
    let usual = "\"2xx\", 401, 403, 404, 409";
    let writes = format!("{usual}, 422");
    let runs = [(".", usual), ("interventions", &writes), ("report|closing", &writes)];
    for (token, (paths, expected)) in tokens.iter().zip(runs) {
        // What there is, so that more than unknown names is asked for.
        let settings = format!(
            "[auth.openapi]\ntoken = {{ bearer = \"{token}\" }}\n\n[parameters]\n\"path.establishment\" = \
             \"valbrume\"\n\"path.service\" = \"scanner-tm\"\n\"path.intervention\" = \"i-1\"\n\n\
             [checks.positive_data_acceptance]\nexpected-statuses = [{expected}]\n"
        );
        std::fs::write(world.path("schemathesis.toml"), settings).unwrap();
        let mut command = Command::new(schemathesis());
        command
            .current_dir(world.path(""))
            .args(["--config-file", world.path("schemathesis.toml").to_str().unwrap(), "run"])
            .arg(format!("http://127.0.0.1:{port}/v1/openapi.json"))
            .args([
                "--checks",
                "all",
                "--max-examples",
                "8",
                "--seed",
                "2026",
                "--generation-database",
                "none",
            ])
            .args(["--include-path-regex", paths, "--no-color"]);
        let done = finish(command, Duration::from_secs(120));
        assert_eq!(done.status, Some(0), "{}\n{}", done.said(), world.log());
    }
    until("it is well", Duration::from_secs(5), || {
        super::operators::get(world.metrics, "/healthz").contains("\nok\n")
    });
    assert!(!world.log().contains("panicked"), "{}", world.log());
}
