//! The assessment of the real program: asked by the operator and at the door, as it stands and as it stood, and in the ledger.

use serde_json::Value;

use crate::support::site::{SECURITY, TECHNICIAN};
use crate::support::world::World;

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
    // A start assesses everything, and writes down nothing that stands as it did.
    let written = world.traced_at_least("service-assessed", count + 1).len();
    world.reopen();
    world.poterne(&["assess", "scanner-tm"]).exits(0).says("T11");
    assert_eq!(world.traced_at_least("service-assessed", written).len(), written);
}
