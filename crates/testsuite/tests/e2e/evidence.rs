//! Evidence that was touched is found, by somebody who trusts nobody here.

use std::path::{Path, PathBuf};

use crate::support::run;
use crate::support::site::{SECOND, TECHNICIAN};
use crate::support::world::World;

#[test]
fn t11_a_tampered_copy_is_found() {
    let mut world = World::start();
    world.intervention();
    world.client(TECHNICIAN).exec("echo first").exits(0);
    world.ended(1);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let old = world.path("checkpoint.old");
    std::fs::copy(world.evidence().join("checkpoint"), &old).unwrap();
    let early = copy(&world, "early");
    world.open_door();
    world.client(SECOND).exec("echo second").exits(0);
    world.ended(2);
    world.stop_gate();
    assert_eq!(world.gate_ends(), Some(0));
    let since = ["--since", old.to_str().unwrap()];
    world.verify(&copy(&world, "untouched"), &since).exits(0).says("Tout est entier.");

    let files = files(&world.evidence());
    let named = |part: &str| files.iter().find(|name| name.contains(part)).unwrap().clone();
    let touched = [
        named("recordings/"),
        newest(&files, "tile/entries/"),
        newest(&files, "tile/0/"),
        "checkpoint".to_owned(),
    ];
    for (number, name) in touched.iter().enumerate() {
        let evidence = copy(&world, &format!("touched-{number}"));
        let path = evidence.join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let found = world.verify(&evidence, &[]);
        assert!(matches!(found.status, Some(1 | 2)), "{name}: {}", found.said());
        found.says(if name == "checkpoint" { "checkpoint" } else { name });
    }

    let evidence = copy(&world, "without");
    std::fs::remove_file(evidence.join(&touched[0])).unwrap();
    world.verify(&evidence, &[]).exits(1).says("l'enregistrement manque");
    // A ledger that was put back to an earlier day is whole in itself; whoever kept a checkpoint knows.
    let newer = world.evidence().join("checkpoint");
    let put_back = world.verify(&early, &["--since", newer.to_str().unwrap()]);
    assert_eq!(put_back.status, Some(1), "{}", put_back.said());
}

/// The widest file in a folder: the one that the last checkpoint covers.
fn newest(files: &[String], folder: &str) -> String {
    let width = |name: &&String| name.rsplit('/').next().unwrap().parse::<u64>().unwrap_or(u64::MAX);
    files.iter().filter(|name| name.starts_with(folder)).max_by_key(width).unwrap().clone()
}

fn copy(world: &World, name: &str) -> PathBuf {
    let to = world.path(name);
    run("cp", &["-r", world.evidence().to_str().unwrap(), to.to_str().unwrap()]);
    to
}

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> Vec<String> {
    let found = run("find", &[folder.to_str().unwrap(), "-type", "f", "-printf", "%P\\n"]);
    let mut names: Vec<String> = found.lines().map(str::to_owned).collect();
    names.sort();
    names
}
