//! Documents of the real programs: gathered by the gate that serves, printed by the typesetter, and in the ledger before they
//! have their names.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use crate::support::site::{BENEFICIARY, TECHNICIAN};
use crate::support::world::World;

fn hash(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Prints, and holds the file against the entry that the ledger has of it.
fn prints(world: &World, words: &[&str], count: usize) -> Value {
    let out = world.path(&format!("{}-{count}.pdf", words[0]));
    let asked = [&["document"], words, &["--out", out.to_str().unwrap()]].concat();
    let said = world.poterne(&asked).exits(0);
    let pdf = std::fs::read(&out).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7"), "{words:?}");
    let entries = world.traced("document-made", count);
    let entry = entries.last().unwrap();
    assert_eq!(entry["data"]["kind"], words[0]);
    assert_eq!(entry["data"]["sha256"], hash(&pdf));
    assert_eq!(entry["data"]["bytes"], pdf.len());
    assert_eq!(entry["by"], "host operator");
    said.says(&hash(&pdf));
    entry.clone()
}

#[test]
fn what_is_printed_is_in_the_ledger() {
    let world = World::start();
    let intervention = world.intervention();
    world.client(TECHNICIAN).exec("true").exits(0);
    world.ended(1);
    world.says(TECHNICIAN, "report i-1 '#panic(1) *Tube* fictif $remplacé$'").exits(0);
    let statement = prints(&world, &["statement", "scanner-tm"], 1);
    assert_eq!(statement["data"]["subject"], "scanner-tm");
    let report = prints(&world, &["report", intervention], 2);
    assert_eq!(report["data"]["subject"], intervention);
    prints(&world, &["engagement", TECHNICIAN], 3);
    prints(&world, &["pack", "scanner-tm", "--from", "2026-01-01 00:00"], 4);
    prints(&world, &["kit"], 5);
    let out = world.path("provider.pdf");
    let provider = ["document", "statement", "--provider", "scanfab", "--out", out.to_str().unwrap()];
    world.poterne(&provider).exits(0);
    let made = world.traced("document-made", 6);
    assert_eq!(made[5]["data"]["subject"], "scanfab");
    assert_eq!(made[5]["data"]["sha256"], hash(&std::fs::read(&out).unwrap()));
    // The data that was printed is the one whose hash is in the ledger, and has what was done.
    let json = world.path("report.json");
    let asked = ["document", "report", intervention, "--json", "--out", json.to_str().unwrap()];
    world.poterne(&asked).exits(0);
    let data: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(data["body"]["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(data["format"], "poterne-document-1");
    assert_eq!(data["body"]["words"]["text"], "#panic(1) *Tube* fictif $remplacé$");
    world.traced("document-made", 6);
    world.verify(&world.evidence(), &[]).exits(0);
}

#[test]
fn nothing_is_printed_that_is_not_there_nor_over_a_file() {
    let world = World::start();
    let out = world.path("there.pdf");
    std::fs::write(&out, "kept").unwrap();
    let file = out.to_str().unwrap();
    let print = |words: &[&str]| world.poterne(&[&["document"], words, &["--out", file]].concat());
    print(&["statement", "scanner-tm"]).exits(1).says("there.pdf");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "kept");
    std::fs::remove_file(&out).unwrap();
    for words in [
        &["statement", "nulle-part"][..],
        &["report", "i-999"],
        &["engagement", BENEFICIARY],
        &["statement", "scanner-tm", "--at", "2001-01-01 10:00"],
    ] {
        print(words).exits(1).says(words[1]);
        assert!(!out.exists() && !Path::new(&format!("{}.tmp", out.display())).exists(), "{words:?}");
    }
    // Where the typesetter is missing or says no, nothing has a name and the ledger says nothing.
    world.configure("typesetter = \"/nulle/part\"");
    print(&["statement", "scanner-tm"]).exits(1).says("/nulle/part");
    world.traced("document-made", 0);
}
