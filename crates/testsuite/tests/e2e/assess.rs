//! The assessment of the real program: asked by the operator and at the door, as it stands and as it stood, and in the ledger.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use vocab::Timestamp;

use crate::support::site::{SECURITY, TECHNICIAN};
use crate::support::world::World;
use crate::support::{PATIENCE, finish, run};

/// `2026-03-14T22:10:00Z`, the second of an entry.
fn second(entry: &Value) -> String {
    Timestamp::from_micros(entry["at"].as_i64().unwrap()).to_string()
}

/// The verifier and the script without us tell the state before and after the change, with the entry of each; where that entry is
/// altered, they say so.
fn the_state_is_proved(world: &World, before: &Value, after: &Value) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify.py");
    let manual = |evidence: &Path, at: &str| {
        let mut python = Command::new("/usr/bin/python3");
        python.arg("-B").arg(&script).arg(evidence).arg("--key").arg(world.path("data/public/valbrume.keys"));
        python.args(["--state", "scanner-tm", "--at", at]);
        finish(python, PATIENCE)
    };
    let state = |evidence: &Path, at: &str| {
        world.verify(evidence, &["--state", "scanner-tm", "--at", at, "--lang", "en"])
    };
    let (before, after) = (second(before), second(after));
    assert!(before < after, "a second lies between them");
    let evidence = world.evidence();
    let was = state(&evidence, &before).exits(0);
    assert!(!was.out.contains("T11  not-applied"), "{}", was.out);
    was.says("T11 met-");
    state(&evidence, &after).exits(0).says("T11 not-applied since entry ");
    manual(&evidence, &before).exits(0).says("T11 met-");
    manual(&evidence, &after).exits(0).says("T11 not-applied, ");
    // The door tells the same of that moment, and names the entries.
    world.poterne(&["assess", "scanner-tm", "--json"]).exits(0).says("\"entry\": ");
    // A letter of the entry that lowers T11.
    let copy = world.path("altered");
    run("cp", &["-r", evidence.to_str().unwrap(), copy.to_str().unwrap()]);
    let folder = copy.join("tile/entries");
    let mut bundles = vec![folder.clone()];
    let mut touched = 0;
    while let Some(path) = bundles.pop() {
        if path.is_dir() {
            bundles.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        let lowered = b"\"is\":\"not-applied\",\"rule\":\"T11\"";
        let found = bytes.windows(lowered.len()).position(|some| some == lowered);
        if let Some(place) = found {
            bytes[place + 6..place + 17].copy_from_slice(b"met-applied");
            std::fs::write(&path, bytes).unwrap();
            touched += 1;
        }
    }
    assert!(touched > 0, "no entry lowers T11 in these words");
    state(&copy, &after).exits(1).says("altered").says("This state is not proved");
    assert_eq!(manual(&copy, &after).status, Some(1));
}

#[test]
fn how_a_service_stands_is_told_and_written_down() {
    let mut world = World::start();
    // Each service once, with all its rules, shortly after the door opened.
    let first = world.traced_at_least("service-assessed", 1);
    assert_eq!(first[0]["data"]["changed"].as_array().unwrap().len(), 38);
    world.poterne(&["assess"]).exits(0).says("scanner-tm@valbrume — palier");
    let whole = world.poterne(&["assess", "scanner-tm", "--json"]).exits(0).out;
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole["rules"].as_array().unwrap().len(), 38);
    assert_eq!(whole["target"], first[0]["data"]["target"]);
    world.says(SECURITY, "assess scanner-tm").exits(0).says("T11");
    world.says(TECHNICIAN, "assess scanner-tm").exits(1);
    world
        .poterne(&["assess", "scanner-tm", "--at", "2199-01-01 10:00"])
        .exits(1)
        .says("date et heure passées");
    let early = ["--at", "2001-01-01 10:00"];
    let said = world.poterne(&[&["assess", "scanner-tm"], &early[..]].concat()).exits(1);
    said.says("n'existait pas encore à ce moment");
    world.says(SECURITY, "assess scanner-tm '2001-01-01 10:00'").exits(1).says("n'existait pas encore");
    world.poterne(&[&["assess"], &early[..]].concat()).exits(0).says("ne l'était à ce moment");
    world.poterne(&["assess", "nulle-part"]).exits(1).says("nulle-part");
    world.poterne(&["compare", "scanner-tm", "scanner-tm"]).exits(0).says("De même chez tous : C1 C2");
    world.poterne(&["compare", "scanner-tm", "nulle-part"]).exits(1).says("nulle-part");

    // The description changes: the service stands otherwise within moments, and stood as it did before.
    let site = world.path("site.toml");
    let text = std::fs::read_to_string(&site).unwrap();
    let (before, after) = text.split_once("central_traces = true").expect("the site centralises its traces");
    std::fs::write(&site, format!("{before}central_traces = false{after}")).unwrap();
    let count = world.traced_at_least("service-assessed", 1).len();
    world.poterne(&["apply", site.to_str().unwrap(), "--yes"]).exits(0);
    let all = world.traced_at_least("service-assessed", count + 1);
    let changed = all.last().unwrap()["data"]["changed"].as_array().unwrap();
    assert!(changed.iter().any(|one| one["rule"] == "T11" && one["is"] == "not-applied"), "{changed:?}");
    the_state_is_proved(&world, &first[0], all.last().unwrap());
    // A start assesses everything, and writes down nothing that stands as it did.
    let written = world.traced_at_least("service-assessed", count + 1).len();
    world.reopen();
    world.poterne(&["assess", "scanner-tm"]).exits(0).says("T11");
    assert_eq!(world.traced_at_least("service-assessed", written).len(), written);
}
