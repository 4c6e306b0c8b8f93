//! What the IT team sees and gives: the site's file, metrics, health.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::support::site::TECHNICIAN;
use crate::support::world::World;
use crate::support::{Done, PATIENCE, finish, until};

/// Status line, headers and body of an answer.
pub(crate) fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn metrics_and_health() {
    let world = World::start();
    world.intervention();
    let health = get(world.metrics, "/healthz");
    assert!(health.starts_with("HTTP/1.1 200 ") && health.contains("\nok\n"), "{health}");
    assert!(get(world.metrics, "/other").starts_with("HTTP/1.1 404 "));
    let speaking = world.speaking(TECHNICIAN);
    let page = get(world.metrics, "/metrics");
    // Nothing is counted per person (docs/privacy.md).
    for (_, labels) in
        page.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('{'))
    {
        let (name, _) = labels.split_once('=').unwrap();
        assert!(["service", "establishment", "state"].contains(&name), "{labels}");
    }
    assert!(page.contains("application/openmetrics-text"), "{page}");
    assert!(page.contains("\npoterne_well 1\n"), "{page}");
    assert!(page.lines().any(one_session), "{page}");
    assert!(page.ends_with("# EOF\n"), "{page}");
    assert!(!page.contains(TECHNICIAN), "{page}");
    drop(speaking);
    world.ended(1);
    until("it is counted no more", PATIENCE, || !get(world.metrics, "/metrics").lines().any(one_session));
}

/// A line that counts one live session.
fn one_session(line: &str) -> bool {
    line.starts_with("poterne_sessions{") && line.ends_with(" 1")
}

#[test]
fn half_valid_files_are_refused_whole() {
    let world = World::start();
    let good = std::fs::read_to_string(world.path("site.toml")).unwrap();
    let site = world.path("site.toml").to_str().unwrap().to_owned();
    std::fs::write(&site, good.replace("level = 2", "level = 7").replace("Panne", "Autre")).unwrap();
    let line = good.lines().position(|line| line == "level = 2").unwrap() + 1;
    world.poterne(&["apply", &site, "--yes"]).exits(1).says(&format!("site.toml:{line}:"));
    std::fs::write(&site, good.replace("Appareil scanner-1", "Appareil remplacé")).unwrap();
    world.poterne(&["apply", &site, "--dry-run"]).exits(0).says("scanner-1");
    world.poterne(&["apply", &site]).exits(1).says("--yes");
    // Neither left anything behind: the same change is still to be made.
    world.poterne(&["apply", &site, "--yes"]).exits(0).says("scanner-1").says("Appliqué");
    world.poterne(&["apply", &site, "--yes"]).exits(0).says_nothing_of("scanner-1");
    world.traced("site-applied", 2);
}

/// What a command says to a program.
fn json(done: &Done) -> Value {
    serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {}", done.out))
}

#[test]
fn programs_are_answered_in_json() {
    let world = World::start();
    let site = world.path("site.toml").to_str().unwrap().to_owned();
    let good = std::fs::read_to_string(&site).unwrap();
    let line = good.lines().position(|line| line == "level = 2").unwrap() + 1;
    std::fs::write(&site, good.replace("level = 2", "level = 7")).unwrap();
    let wrong = json(&world.poterne(&["apply", &site, "--json", "--yes"]).exits(1));
    assert_eq!(wrong["faults"][0]["line"], line, "{wrong}");
    std::fs::write(&site, good.replace("Appareil scanner-1", "Appareil remplacé")).unwrap();
    world.poterne(&["apply", &site, "--json"]).exits(1).says("--yes");
    let plan = json(&world.poterne(&["apply", &site, "--json", "--dry-run"]).exits(0));
    assert_eq!((&plan["changed"], &plan["entry"]), (&1.into(), &Value::Null), "{plan}");
    assert_eq!(plan["items"][0]["details"][0]["after"], "Appareil remplacé", "{plan}");
    let applied = json(&world.poterne(&["apply", &site, "--json", "--yes"]).exits(0));
    assert!(applied["entry"].is_u64(), "{applied}");
    let traces = ["traces", "all", "--reason", "audit de mai", "--json"];
    let traces = json(&world.poterne(&traces).exits(0));
    let entries = traces["entries"].as_array().unwrap();
    assert!(
        entries.iter().any(|one| one["index"] == applied["entry"] && one["entry"]["code"] == "site-applied")
    );
    let keys = json(&world.poterne(&["keys", "--json"]).exits(1));
    assert!(keys["missing"].as_array().is_some_and(|missing| !missing.is_empty()), "{keys}");
    let tables = world.path("tables");
    std::fs::create_dir(&tables).unwrap();
    std::fs::write(tables.join("equipment.csv"), "name,address\nscanner-9,10.0.0.9\nsans adresse,\n")
        .unwrap();
    let import = ["import", "csv", tables.to_str().unwrap(), "--dry-run", "--json"];
    let taken = json(&world.asked(&import).exits(1));
    assert_eq!(taken["equipment"], 1, "{taken}");
    assert!(
        taken["rejected"][0]["place"].as_str().is_some_and(|place| place.starts_with("equipment.csv:3:"))
    );
    assert_eq!(taken["lacking"][0]["equipment"], "scanner-9", "{taken}");
    let backup = world.path("copie.tar.age");
    let taken = json(&world.poterne(&["backup", "--to", backup.to_str().unwrap(), "--json"]).exits(0));
    assert_eq!(taken["file"], backup.to_str().unwrap(), "{taken}");
}

#[test]
fn one_gate_holds_the_data() {
    let world = World::start();
    world.intervention();
    let speaking = world.speaking(TECHNICIAN);
    let second = finish(world.command(&["serve"]), PATIENCE);
    assert!(!matches!(second.status, None | Some(0)), "{}", second.said());
    assert!(!second.err.contains("panicked"), "{}", second.err);
    // The first one was not disturbed.
    assert_eq!(world.live().len(), 1);
    drop(speaking);
    assert_eq!(world.ended(1), ["connection-lost"]);
}

#[test]
fn operators_are_spoken_to_in_their_language() {
    let world = World::start();
    let unknown = ["session", "cut", "ffffffff", "--reason", "essai"];
    world.poterne(&unknown).exits(1).says("aucune session ouverte ne s'appelle `ffffffff`");
    let english = |arguments: &[&str]| world.poterne(&[&["--lang", "en"], arguments].concat());
    english(&unknown).exits(1).says("no live session is called `ffffffff`");
    english(&["session", "list"]).exits(0).says("No open session.");
    let mut command = world.command(&["session", "list"]);
    command.env("LC_ALL", "en_GB.UTF-8");
    finish(command, PATIENCE).exits(0).says("No open session.");
    // A gate that serves answers each in his own.
    let account = ["account", "nothing", "--new-key"];
    world.poterne(&account).exits(1).says("n'est pas un équipement");
    english(&account).exits(1).says("is no equipment");
    let shared = ["account", "irm-1.valbrume", "--password-stdin"];
    world.poterne(&shared).exits(1).says("changez l'une des deux");
    english(&shared).exits(1).says("change one of the two");
    let placed = english(&["account", "irm-1.valbrume", "--new-key"]).exits(0);
    placed.says("The reserved account of irm-1.valbrume is in the vault (login: autre).");
    world.poterne(&["enrol", "no body"]).exits(1).says("`no body` n'est pas un nom");
    english(&["enrol", "no body"]).exits(1).says("`no body` is no name");
    world.poterne(&["enrol", "x.inconnu"]).exits(1).says("ajoutez cette personne à site.toml");
    let site = world.path("site.toml").to_str().unwrap().to_owned();
    let good = std::fs::read_to_string(&site).unwrap();
    std::fs::write(&site, good.replace("Appareil scanner-1", "Appareil remplacé")).unwrap();
    english(&["apply", &site, "--yes"]).exits(0).says("Applied; entry");
    english(&["session", "cut", "x"]).exits(2).says("missing: --reason");
}
