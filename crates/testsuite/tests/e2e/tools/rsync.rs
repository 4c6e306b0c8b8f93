//! rsync over an ordinary command: the gate sees its streams, not its files.

use std::process::Command;

use super::{BROKEN_AT, BYTES, LINES, awkward, length, many, same, text, until_begun, until_closed};
use crate::support::client::{Client, Running};
use crate::support::site::{ENGLISH, SECOND, TECHNICIAN, THIRD};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, noise, sha256};

const SIZE: usize = 24 * 1024 * 1024;

/// `rsync` with these options, not yet started.
fn rsync(client: &Client<'_>, options: &[&str]) -> Command {
    let ssh = client.openssh("ssh");
    let words: Vec<_> = ssh.get_args().map(|word| word.to_str().unwrap()).collect();
    let mut command = Command::new("rsync");
    command.arg("-e").arg(format!("ssh {}", words.join(" "))).args(options);
    for (name, value) in ssh.get_envs() {
        command.env(name, value.unwrap());
    }
    command
}

/// What an `rsync` says of its work: the number behind these words.
fn stated(said: &str, words: &str) -> u64 {
    let (_, after) = said.split_once(words).unwrap_or_else(|| panic!("`{words}` is not in: {said}"));
    let digits: String = after.chars().take_while(|c| *c != '\n').filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn rsync_carries_folders_and_ten_thousand_files() {
    const COUNT: usize = 10_000;
    let world = World::start();
    world.intervention();
    let (all, there, back) = (world.path("all"), world.sshd.path("all"), world.path("back"));
    awkward(&all, &[LINES, BYTES]);
    many(&all, COUNT);
    let client = world.client(TECHNICIAN);
    let mut command = rsync(&client, &["-a"]);
    command.arg(format!("{}/", text(&all))).arg(format!("{}:{}/", client.equipment(), text(&there)));
    finish(command, PATIENCE).exits(0);
    let client = world.client(SECOND);
    let mut command = rsync(&client, &["-a"]);
    command.arg(format!("{}:{}/", client.equipment(), text(&there))).arg(format!("{}/", text(&back)));
    finish(command, PATIENCE).exits(0);
    assert!(same(&all, &there).len() > COUNT);
    same(&all, &back);
    // Nothing has changed: nothing but the names crosses.
    let client = world.client(THIRD);
    let mut command = rsync(&client, &["-a", "--stats"]);
    command.arg(format!("{}/", text(&all))).arg(format!("{}:{}/", client.equipment(), text(&there)));
    let said = finish(command, PATIENCE).exits(0).out;
    assert_eq!(stated(&said, "Number of regular files transferred: "), 0, "{said}");
    assert_eq!(world.ended(3), ["finished"; 3]);
    // No file has a name in the ledger, and no byte is missing there.
    let ledger = world.ledger();
    let ended: Vec<_> = ledger.iter().filter(|entry| entry["code"] == "session-ended").collect();
    let unnamed = |session: &serde_json::Value, stream: &str| {
        let of_it = ledger.iter().find(|entry| {
            entry["code"] == "unnamed-content"
                && &entry["session"] == session
                && entry["data"]["stream"] == stream
        });
        of_it.unwrap()["data"]["size"].as_u64().unwrap()
    };
    for (end, flow, stream) in [(ended[0], "inward", "stdin"), (ended[1], "outward", "stdout")] {
        assert_eq!(end["data"][flow]["unparsed"], unnamed(&end["session"], stream), "{end}");
    }
    assert!(ledger.iter().all(|entry| entry["code"] != "file-passed"));
}

#[test]
fn rsync_takes_up_what_broke_off() {
    let world = World::start();
    world.intervention();
    let (here, there) = (world.path("here"), world.sshd.path("there"));
    noise(&here, SIZE, 5);
    let slow = ["--partial", "--inplace", "--whole-file", "--bwlimit=2m"];
    let client = world.client(TECHNICIAN);
    let mut command = rsync(&client, &slow);
    command.arg(&here).arg(format!("{}:{}", client.equipment(), text(&there)));
    let mut putting = Running::new(&world, command);
    until_begun(&mut putting, &there);
    drop(putting);
    world.ended(1);
    until_closed(&there);
    let have = length(&there);
    assert!((BROKEN_AT..SIZE as u64).contains(&have), "{have}");
    let client = world.client(SECOND);
    let mut command = rsync(&client, &["--partial", "--append-verify", "--stats"]);
    command.arg(&here).arg(format!("{}:{}", client.equipment(), text(&there)));
    let said = finish(command, PATIENCE).exits(0).out;
    assert_eq!(stated(&said, "Literal data: "), SIZE as u64 - have, "{said}");
    assert_eq!(sha256(&here), sha256(&there));

    // The other way, into what is there already but for one byte.
    let back = world.path("back");
    let mut bytes = std::fs::read(&here).unwrap();
    bytes[SIZE / 2] ^= 1;
    std::fs::write(&back, bytes).unwrap();
    let client = world.client(THIRD);
    let mut command = rsync(&client, &["--checksum", "--stats"]);
    command.arg(format!("{}:{}", client.equipment(), text(&there))).arg(&back);
    let said = finish(command, PATIENCE).exits(0).out;
    assert!(stated(&said, "Literal data: ") < 64 * 1024, "{said}");
    assert_eq!(sha256(&back), sha256(&there));

    // And broken off in the middle: its ssh dies with it.
    std::fs::remove_file(&back).unwrap();
    let client = world.client(ENGLISH);
    let mut command = rsync(&client, &slow);
    command.arg(format!("{}:{}", client.equipment(), text(&there))).arg(&back);
    let mut getting = Running::new(&world, command);
    until_begun(&mut getting, &back);
    getting.children().into_iter().for_each(|child| crate::support::signal("-KILL", child));
    assert_ne!(getting.ends(PATIENCE).status, Some(0));
    assert!((BROKEN_AT..SIZE as u64).contains(&length(&back)));
    let client = world.client(SECOND);
    let mut command = rsync(&client, &["--partial", "--append-verify"]);
    command.arg(format!("{}:{}", client.equipment(), text(&there))).arg(&back);
    finish(command, PATIENCE).exits(0);
    assert_eq!(sha256(&back), sha256(&there));
    let endings = world.ended(5);
    assert_eq!(endings.iter().filter(|ending| *ending == "connection-lost").count(), 1, "{endings:?}");
}
