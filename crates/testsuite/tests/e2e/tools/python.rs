//! paramiko and asyncssh, with small programs as technicians write them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{
    BROKEN_AT, LINES, REST, awkward, broke_off, broken, endless, many, named, same, sha256_after, text, told,
};
use crate::support::client::Running;
use crate::support::site::{ENGLISH, SECOND, TECHNICIAN, THIRD};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, sha256};

/// Debian's own: another one on the path would not have its libraries.
const PYTHON: &str = "/usr/bin/python3";

/// A driver of this folder with these steps, not yet started.
pub(super) fn driver(world: &World, name: &str, person: &str, steps: &Value) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/tools");
    let client = world.client(person);
    let mut command = Command::new(PYTHON);
    // Nothing is written beside the source.
    command
        .arg("-B")
        .arg(folder.join(name))
        .args([&world.door().to_string(), &client.user()])
        .arg(world.path(person))
        .args([client.code(), &steps.to_string()]);
    command
}

/// What its steps returned.
pub(super) fn results(command: Command) -> Vec<Value> {
    let done = finish(command, 2 * PATIENCE).exits(0);
    let told: Value = serde_json::from_str(done.out.lines().last().unwrap()).unwrap();
    told.as_array().unwrap().clone()
}

/// What every driver does in one session: commands, a way that is closed, folders both ways.
fn carries(world: &World, name: &str, person: &str, more: &[Value]) -> Vec<Value> {
    let (odd, there, back) = (world.path("odd"), world.sshd.path("odd"), world.path("back"));
    awkward(&odd, &[LINES]);
    let mut steps = vec![
        json!(["run", "cat; exit 9", "030004ff0d0a1a"]),
        json!(["forward", world.sshd.port]),
        json!(["put-tree", text(&odd), text(&there)]),
        json!(["get-tree", text(&there), text(&back)]),
    ];
    steps.extend_from_slice(more);
    let found = results(driver(world, name, person, &json!(steps)));
    assert_eq!(found[0], json!([9, "030004ff0d0a1a"]));
    assert_eq!(found[1][0], 1, "administratively prohibited: {}", found[1]);
    assert_eq!(world.ended(1), ["finished"]);
    let ledger = world.ledger();
    same(&odd, &back);
    let mut files = same(&odd, &there);
    named(&ledger, "in", &there, &files);
    if name == "with_asyncssh.py" {
        // It knows that this one is empty, and reads nothing of it.
        files.remove(Path::new("vide")).unwrap();
    }
    named(&ledger, "out", &there, &files);
    assert!(ledger.iter().any(|entry| entry["data"]["asked"] == "direct-tcpip"));
    ledger
}

/// Both ways, a driver is killed in the middle, and the next one goes on where it was. In its middle a file has these
/// letters behind its name.
pub(super) fn takes_up(world: &World, name: &str, suffix: &str) {
    let (up, up_there) = (world.path("up"), world.sshd.path("up"));
    let (down, down_there) = (world.path("down"), world.sshd.path("down"));
    let part = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
    endless(&up);
    endless(&down_there);
    let mut have = Vec::new();
    for (number, person, step, from, to) in
        [(1, TECHNICIAN, "put-part", &up, &up_there), (2, SECOND, "get-part", &down_there, &down)]
    {
        let steps = json!([[step, text(from), text(to), BROKEN_AT]]);
        let running = Running::new(world, driver(world, name, person, &steps));
        running.until_says("a part is");
        drop(running);
        have.push(broken(world, number, from, &part(to)));
    }
    let steps =
        json!([["put-rest", text(&up), text(&up_there)], ["get-rest", text(&down_there), text(&down)]]);
    assert_eq!(results(driver(world, name, THIRD, &steps)), have);
    assert_eq!(world.ended(3), ["connection-lost", "connection-lost", "finished"]);
    let ledger = world.ledger();
    for (here, there, known, direction, have) in
        [(&up, &up_there, &part(&up_there), "in", have[0]), (&down, &down_there, &down_there, "out", have[1])]
    {
        assert_eq!(sha256(here), sha256(there));
        let entries = told(&ledger, known, 2);
        broke_off(&entries, direction, "channel-ended");
        let rest = &entries[1]["data"];
        assert_eq!((&rest["content"], &rest["outcome"]), (&"part".into(), &"complete".into()), "{rest}");
        assert_eq!((&rest["offset"], &rest["size"]), (&have.into(), &REST.into()), "{rest}");
        assert_eq!(rest["sha256"], sha256_after(world, here, have), "{rest}");
    }
}

#[test]
fn paramiko_carries_folders() {
    let world = World::start();
    world.intervention();
    carries(&world, "with_paramiko.py", TECHNICIAN, &[]);
}

/// Its client takes the code for a password, and offers it as one before it lets itself be asked.
#[test]
fn paramiko_logs_in_by_its_client() {
    let world = World::start();
    world.intervention();
    let steps = json!([["by-client"], ["run", "echo inside", ""]]);
    let found = results(driver(&world, "with_paramiko.py", ENGLISH, &steps));
    assert_eq!(found[0][0], 0, "{found:?}");
    assert_eq!(world.ended(1), ["finished"]);
}

#[test]
fn paramiko_takes_up_what_broke_off() {
    let world = World::start();
    world.intervention();
    takes_up(&world, "with_paramiko.py", "");
}

#[test]
fn asyncssh_carries_folders_and_ten_thousand_files() {
    const COUNT: usize = 10_000;
    let world = World::start();
    world.intervention();
    let (lot, there) = (world.path("lot"), world.sshd.path("lot"));
    many(&lot, COUNT);
    let more = [json!(["put-many", text(&lot), text(&there)])];
    let ledger = carries(&world, "with_asyncssh.py", TECHNICIAN, &more);
    named(&ledger, "in", &there, &same(&lot, &there));
}

#[test]
fn asyncssh_takes_up_what_broke_off() {
    let world = World::start();
    world.intervention();
    takes_up(&world, "with_asyncssh.py", "");
}
