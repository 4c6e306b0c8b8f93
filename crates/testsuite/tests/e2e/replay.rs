//! A recording opened by a program that is not ours: Python and zstd, with the reader's key, plain or under `age`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::site::TECHNICIAN;
use crate::support::world::World;
use crate::support::{Done, PATIENCE, finish, run};

fn script(words: &[&str]) -> Done {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/replay.py");
    let mut python = Command::new("/usr/bin/python3");
    python.arg("-B").arg(script).args(words);
    finish(python, PATIENCE)
}

/// What a cast shows, and whether its first line is that of a cast.
fn shown(cast: &Path) -> String {
    let text = std::fs::read_to_string(cast).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert_eq!(lines.next().unwrap()["version"], 2);
    lines.filter(|event| event[1] == "o").map(|event| event[2].as_str().unwrap().to_owned()).collect()
}

#[test]
fn t11_a_recording_is_opened_without_a_program_of_ours() {
    let world = World::start();
    world.intervention();
    world.client(TECHNICIAN).exec("echo relevé fictif; seq 1 4000").exits(0);
    world.ended(1);
    let recordings = world.recordings();
    let [recording] = recordings.as_slice() else { panic!("{recordings:?}") };
    let (recording, key) = (recording.to_str().unwrap(), world.path("reader.key"));
    let key = key.to_str().unwrap();
    script(&[recording, "--key", key]).exits(0).says("finished");
    let cast = world.path("session.cast");
    script(&[recording, "--key", key, "--cast", cast.to_str().unwrap()]).exits(0);
    let theirs = shown(&cast);
    assert!(theirs.contains("relevé fictif") && theirs.contains("4000"), "{theirs}");
    // Ours shows the same.
    let ours = world.path("ours.cast");
    let export = ["export", recording, "--key", key, "--asciicast", ours.to_str().unwrap(), "--outside"];
    world.asked(&export).exits(0);
    let said = shown(&ours);
    assert!(theirs.lines().filter(|line| !line.trim().is_empty()).all(|line| said.contains(line.trim_end())));

    // The key under age, as some keep it.
    let (identity, sealed) = (world.path("moi.age"), world.path("reader.key.age"));
    let (identity, sealed) = (identity.to_str().unwrap(), sealed.to_str().unwrap());
    run("age-keygen", &["-o", identity]);
    let line = std::fs::read_to_string(identity).unwrap();
    let recipient = line.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned();
    run("age", &["-r", &recipient, "-o", sealed, key]);
    script(&[recording, "--key", sealed, "--identity", identity]).exits(0).says("finished");

    // Another key opens nothing; a byte that is altered is found.
    let stranger = world.path("autre.key");
    world.asked(&["reader-key", stranger.to_str().unwrap(), "--label", "autre"]).exits(0);
    script(&[recording, "--key", stranger.to_str().unwrap()]).exits(2);
    let altered = world.path("altered.rec");
    let mut bytes = std::fs::read(recording).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&altered, bytes).unwrap();
    script(&[altered.to_str().unwrap(), "--key", key]).exits(1);
}
