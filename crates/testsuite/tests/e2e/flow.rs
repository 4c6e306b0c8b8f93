//! The way of an intervention around its sessions: qualified first, its ticket checked at a real tool over HTTPS; no service
//! whose path is direct comes through the door; whose secrets a recording shows is said before it is read.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::site::{BENEFICIARY, MANAGER, REQUESTER, RESPONSABLE, SECURITY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, free_port, listens, until};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../outbox/testdata").join(name)
}

/// The ticketing tool; ended by its process id when dropped.
struct Tool {
    child: Child,
    log: PathBuf,
}

impl Tool {
    fn start(world: &World, port: u16) -> Self {
        let log = world.path("desk.log");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/tools/desk.py");
        let child = Command::new("/usr/bin/python3")
            .arg(script)
            .arg(port.to_string())
            .args([data("receiver.pem"), data("receiver.key"), log.clone()])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(world.path("desk.err")).unwrap())
            .spawn()
            .unwrap();
        until("the tool listens", PATIENCE, || listens(port));
        Self { child, log }
    }

    fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The gate knows the tool from its next start on.
fn configure(world: &World, port: u16) {
    let secret = world.path("desk.secret");
    std::fs::write(&secret, "jeton-fictif\n").unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut config = std::fs::read_to_string(world.path("poterne.toml")).unwrap();
    config.push_str(&format!(
        "\n[tickets]\nurl = \"https://127.0.0.1:{port}/tickets/{{ticket}}\"\nserver_name = \"siem.exemple.invalid\"\n\
         ca = \"{}\"\nsecret = \"desk.secret\"\nstate = \"/ticket/state\"\naccepted = [\"open\"]\n",
        data("ca.pem").display()
    ));
    std::fs::write(world.path("poterne.toml"), config).unwrap();
}

/// The description changes so, and is applied.
fn describe(world: &World, from: &str, to: &str) {
    let site = world.path("site.toml");
    let text = std::fs::read_to_string(&site).unwrap();
    let changed = text.replacen(from, to, 1);
    assert_ne!(text, changed);
    std::fs::write(&site, changed).unwrap();
    world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
}

const SERVICE: &str = "id = \"scanner-tm\"\n";

#[test]
fn a_request_is_qualified_and_its_ticket_checked_before_anybody_approves() {
    let mut world = World::start();
    let port = free_port();
    configure(&world, port);
    world.reopen();
    describe(&world, SERVICE, "id = \"scanner-tm\"\nqualification = \"required\"\n");
    world.says(REQUESTER, "request scanner-tm 'Panne fictive'").exits(0).says("qualify");
    world.says(BENEFICIARY, "approve i-1").exits(1).says("[O1]").says("qualify i-1");
    let tool = Tool::start(&world, port);
    let qualify =
        |ticket: &str| format!("qualify i-1 stopped {ticket} 'Cadre fictif' 0199001234 'Écran noir'");
    for stranger in [REQUESTER, BENEFICIARY, TECHNICIAN, MANAGER] {
        world.says(stranger, &qualify("INC-1")).exits(1);
    }
    assert!(tool.asked().is_empty(), "nobody makes the gate ask who may not qualify");
    world.says(SECURITY, &qualify("INC-2")).exits(1).says("[O1]").says("closed");
    world.says(SECURITY, &qualify("INC-3")).exits(1).says("404");
    world.says(BENEFICIARY, "approve i-1").exits(1).says("[O1]");
    world.says(SECURITY, &qualify("INC-1")).exits(0).says("confirmé");
    let asked = "Bearer jeton-fictif";
    assert_eq!(tool.asked(), ["INC-2", "INC-3", "INC-1"].map(|ticket| format!("/tickets/{ticket} {asked}")));
    // It goes down: care goes first, and the entry says that nobody checked.
    drop(tool);
    world.says(SECURITY, &qualify("INC-9")).exits(0).says("n'a pas répondu");
    let entries = world.traced("intervention-qualified", 2);
    let checks: Vec<&str> = entries.iter().filter_map(|entry| entry["data"]["check"].as_str()).collect();
    assert_eq!(checks, ["confirmed", "unchecked"]);
    assert_eq!(entries[0]["by"], format!("person:{SECURITY}"));
    world.says(BENEFICIARY, "approve i-1").exits(0);
    world.says(BENEFICIARY, "check i-1 sauvegarde 'Sauvegarde de la nuit'").exits(0);
    world.client(TECHNICIAN).exec("true").exits(0);
    world.says(RESPONSABLE, "show i-1").exits(0).says("soins arrêtés").says("Cadre fictif, 0199001234");
    assert!(!world.log().contains("jeton-fictif"), "the secret is in no log");
    // Where the service wants the tool's word, silence is a no.
    let strict = "qualification = \"required\"\nunchecked_ticket = \"refuse\"\n";
    describe(&world, "qualification = \"required\"\n", strict);
    world.says(SECURITY, &qualify("INC-1")).exits(1).says("[O1]");
}

#[test]
fn a_service_that_goes_past_the_gate_does_not_come_through_it() {
    let world = World::start();
    world.intervention();
    describe(&world, "path = \"gateway\"", "path = \"direct\"");
    world.client(TECHNICIAN).exec("true").exits(254).says("[T1]");
    describe(&world, "path = \"direct\"", "path = \"gateway\"");
    world.client(TECHNICIAN).exec("true").exits(0);
}

#[test]
fn what_may_show_a_providers_secrets_is_read_with_its_word() {
    let world = World::start();
    world.intervention();
    describe(&world, SERVICE, "id = \"scanner-tm\"\nshows_provider_secrets = true\n");
    world.client(TECHNICIAN).exec("echo procédure fictive").exits(0);
    assert_eq!(world.ended(1), ["finished"]);
    let (recording, cast) = (world.recordings().remove(0), world.path("out.cast"));
    let key = world.path("reader.key");
    let (recording, key, to) = (recording.to_str().unwrap(), key.to_str().unwrap(), cast.to_str().unwrap());
    let export = ["export", recording, "--key", key, "--asciicast", to, "--reason", "panne du 24 mai"];
    world.poterne(&export).exits(1).says(MANAGER).says("--untold");
    world.poterne(&[&export[..], &["--told", TECHNICIAN]].concat()).exits(1).says(MANAGER);
    assert!(!cast.exists());
    world.poterne(&[&export[..], &["--told", MANAGER]].concat()).exits(0);
    let head = std::fs::read_to_string(&cast).unwrap();
    assert!(head.lines().next().unwrap().contains("scanfab"), "{head}");
    let read = world.traced("provider-secrets-read", 1);
    assert_eq!(
        (read[0]["data"]["told"].as_str(), read[0]["data"]["provider"].as_str()),
        (Some(MANAGER), Some("scanfab"))
    );
}
