//! The gate dies in the middle of everything, and what it had acknowledged is whole.

use std::time::Duration;

use crate::support::site::{BENEFICIARY, ENGLISH, REQUESTER, SECOND, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, until};

/// Two chunks and more (256 KiB each, docs/formats/recording.md), after compression.
const SOME: u64 = 600 * 1024;

#[test]
fn killed_while_output_flows() {
    let mut world = World::start();
    world.intervention();
    let mut flow = world.client(TECHNICIAN).starts("while head -c 32768 /dev/urandom; do sleep 0.02; done");
    let recorded =
        || -> u64 { world.recordings().iter().map(|path| std::fs::metadata(path).unwrap().len()).sum() };
    until("some chunks are on the disk", PATIENCE, || recorded() > SOME);
    assert!(flow.runs(), "{}", flow.said());
    world.kill_gate();
    flow.ends(Duration::from_secs(20));

    world.open_door();
    assert_eq!(world.ended(1), ["crash"]);
    let seen = world.verify(&world.evidence(), &["--json"]).exits(0);
    let seen: serde_json::Value = serde_json::from_str(&seen.out).unwrap();
    assert_eq!((&seen["crashed"], &seen["sessions"]), (&1.into(), &1.into()), "{seen}");
    assert!(seen["chunks"].as_u64().unwrap() >= 2, "{seen}");
    assert_eq!(seen["still_open"], serde_json::json!([]), "{seen}");

    // The recording is readable to its last acknowledged chunk.
    let file = world.recordings().pop().unwrap();
    let cast = world.path("crashed.cast");
    let key = world.path("reader.key");
    let done = world.asked(&[
        "export",
        file.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
        "--asciicast",
        cast.to_str().unwrap(),
        "--outside",
    ]);
    done.exits(0);
    assert!(std::fs::metadata(&cast).unwrap().len() > SOME);

    world.client(SECOND).exec("exit 3").exits(3);
    assert_eq!(world.ended(2), ["crash", "finished"]);
}

#[test]
fn killed_again_and_again() {
    let mut world = World::start();
    world.intervention();
    for (round, person) in [TECHNICIAN, SECOND, ENGLISH].into_iter().enumerate() {
        let speaking = world.speaking(person);
        world.kill_gate();
        speaking.ends(Duration::from_secs(20));
        world.open_door();
        assert_eq!(world.ended(round + 1), vec!["crash"; round + 1]);
    }
    world.client(TECHNICIAN).exec("exit 3").exits(3);
    assert_eq!(world.ended(4).last().unwrap(), "finished");
    assert_eq!(world.live().len(), 0);
}

#[test]
fn what_was_answered_is_kept() {
    let mut world = World::start();
    for (number, objective) in (1..).zip(["Première panne fictive", "Deuxième", "Troisième"]) {
        world
            .says(REQUESTER, &format!("request scanner-tm '{objective}'"))
            .exits(0)
            .says(&format!("i-{number}"));
        world.kill_gate();
        world.open_door();
    }
    world.says(BENEFICIARY, "interventions").exits(0).says("i-1").says("i-2").says("i-3");
    world.traced("intervention-requested", 3);
    world.traced("gate-started", 4);
}
