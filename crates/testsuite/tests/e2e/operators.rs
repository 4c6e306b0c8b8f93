//! What the IT team sees and gives: the site's file, metrics, health.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::site::TECHNICIAN;
use crate::support::world::World;
use crate::support::{PATIENCE, finish, until};

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
