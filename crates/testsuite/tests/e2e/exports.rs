//! Nobody is locked in: what was typed into the real program comes out while its door is open, and goes in again without
//! a change; how a service stands leaves in OSCAL; what another bastion knew becomes a fragment that applies.

use serde_json::Value;

use crate::support::world::World;
use crate::support::{PATIENCE, until};

#[test]
fn what_was_typed_in_comes_out_and_goes_in_again() {
    let world = World::start();
    let exported = world.poterne(&["export", "site"]).exits(0).out;
    assert!(exported.contains("[[equipment]]") && !exported.contains("# Relue"), "{exported}");
    let file = world.path("exported.toml");
    std::fs::write(&file, &exported).unwrap();
    world.poterne(&["apply", file.to_str().unwrap(), "--dry-run"]).exits(0).says("rien à changer");

    let json = world.poterne(&["export", "site", "--json"]).exits(0).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["format"], "poterne-site/1");
    assert!(json["people"].as_array().is_some_and(|people| people.len() > 3));
    world.poterne(&["export", "site", "--establishment", "ailleurs"]).exits(1).says("ailleurs");

    let tables = world.path("tables");
    world.poterne(&["export", "csv", tables.to_str().unwrap()]).exits(0).says("equipment.csv");
    assert_eq!(std::fs::read_dir(&tables).unwrap().count(), 29);
    let offices = std::fs::read_to_string(tables.join("offices.csv")).unwrap();
    assert!(offices.starts_with("office,person,from,until\nresponsable,"), "{offices}");
    let told = || world.ledger().iter().filter(|entry| entry["code"] == "site-exported").count();
    until("each is in the ledger", PATIENCE, || told() == 3);
    // What is there is not written over.
    world.poterne(&["export", "csv", tables.to_str().unwrap()]).exits(1).says("existe déjà");

    // Its own table of equipment could be another bastion's: it goes in again, and what is missing is told.
    let other = world.path("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(tables.join("equipment.csv"), other.join("equipment.csv")).unwrap();
    let fragment = world.path("fragment.toml");
    let import = ["import", "csv", other.to_str().unwrap(), "--to", fragment.to_str().unwrap()];
    world.asked(&import).exits(0).says("T9").says("clé d'hôte");
    let count = |text: &str| text.matches("[[equipment]]").count();
    assert_eq!(count(&std::fs::read_to_string(&fragment).unwrap()), count(&exported));
    // Under a contract its groups run in transition, once the responsable has signed; half of what that takes is no use.
    let services = world.path("services.toml");
    let under = ["--contract", "contrat", "--responsable", "d.leroy", "--plan", "reprise.pdf"];
    let import = ["import", "csv", other.to_str().unwrap(), "--to", services.to_str().unwrap()];
    world.asked(&[&import[..], &under[..4]].concat()).exits(2).says("--plan");
    world.asked(&[&import[..], &under].concat()).exits(0);
    let services = std::fs::read_to_string(&services).unwrap();
    assert!(services.contains("[[service]]") && services.contains("[[transition]]"), "{services}");
    world.asked(&["import", "csv", world.path("nowhere").to_str().unwrap()]).exits(1).says("equipment.csv");
}

#[test]
fn how_a_service_stands_leaves_in_oscal() {
    let world = World::start();
    let folder = world.path("oscal");
    let asked = ["assess", "scanner-tm", "--oscal", folder.to_str().unwrap()];
    world.poterne(&asked).exits(0).says("assessment-results.json");
    let results = std::fs::read_to_string(folder.join("assessment-results.json")).unwrap();
    let results: Value = serde_json::from_str(&results).unwrap();
    let result = &results["assessment-results"]["results"][0];
    assert_eq!(result["observations"].as_array().unwrap().len(), 38);
    assert_eq!(result["findings"].as_array().unwrap().len(), 31);
    world.poterne(&asked).exits(1).says("existe déjà");
}
