//! Documents that are kept as files, with the real program: filed at work, on the disk covered, in the ledger, in a backup, and
//! out again for a reason; killed at any step, nothing acknowledged is lost and nothing half is left.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::held::{BAD, Clamd};
use crate::support::disk::How;
use crate::support::site::{RESPONSABLE, TECHNICIAN};
use crate::support::world::World;
use crate::support::{is_long, points, run, sha256};

const PDF: &str = "%PDF-1.7\nplainly fictitious contract\nstartxref\n0\n%%EOF\n";

/// A file of this name and content.
fn file(world: &World, name: &str, content: &str) -> PathBuf {
    let path = world.path(name);
    fs::write(&path, content).unwrap();
    path
}

fn add(world: &World, path: &Path, more: &[&str]) -> crate::support::Done {
    world.poterne(&[&["document", "add", path.to_str().unwrap(), "--as"], more].concat())
}

/// What lies in the folder of documents.
fn there(world: &World) -> Vec<PathBuf> {
    let entries = fs::read_dir(world.evidence().join("documents")).into_iter().flatten();
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// Keys of documents in the vault.
fn keys(world: &World) -> usize {
    fs::read_dir(world.path("data/vault/documents/valbrume")).map_or(0, Iterator::count)
}

#[test]
fn what_is_filed_is_covered_confirmed_and_comes_out_for_a_reason() {
    let world = World::start();
    let contract = file(&world, "contrat.pdf", PDF);
    let hash = sha256(&contract);
    let short = hash.get(..8).unwrap();
    add(&world, &contract, &["contract,plan", "--name", "Contrat 2026"])
        .exits(0)
        .says(&hash)
        .says("n'a pas été analysé");
    let entry = world.traced("document-filed", 1).remove(0);
    assert_eq!(
        (&entry["data"]["sha256"], &entry["by"]),
        (&Value::from(hash.as_str()), &"host operator".into())
    );
    // On the disk nothing of it is seen, neither its words nor its hash.
    let [on_disk] = there(&world).try_into().unwrap();
    let name = on_disk.file_name().unwrap().to_str().unwrap();
    assert!(name.ends_with(".doc") && !name.contains(short));
    let bytes = fs::read(&on_disk).unwrap();
    assert!(!bytes.windows(9).any(|window| window == b"fictitiou"));
    assert_eq!(keys(&world), 1);
    // Told by its content, not by its name; twice is once too often.
    add(&world, &file(&world, "faux.pdf", "\u{7f}ELF"), &["contract"]).exits(1).says("type inconnu");
    add(&world, &contract, &["contract"]).exits(1).says("Contrat 2026");
    add(&world, &contract, &["contract", "--name", "../x"]).exits(1).says("--name");
    add(&world, &contract, &["evidence"]).exits(1).says("evidence");
    add(&world, &contract, &["contract", "--establishment", "ailleurs"]).exits(1).says("ailleurs");
    let log = file(&world, "fw.log", "DENY 192.0.2.1\n");
    let covers =
        ["evidence", "--from-whom", "firewall", "--service", "scanner-tm", "--from", "2026-01-01 00:00"];
    add(&world, &log, &covers).exits(1).says("--until");
    add(&world, &log, &[&covers[..], &["--until", "2026-02-01 00:00"]].concat()).exits(0).says("text");
    // At the door it is seen by whom it concerns, and one of them says that it is the signed one.
    world.says(TECHNICIAN, "documents").exits(1);
    world.says(RESPONSABLE, "documents").exits(0).says("Contrat 2026").says("déposé par l'exploitant");
    world.says(RESPONSABLE, &format!("document confirm {short}")).exits(0);
    world.traced("document-confirmed", 1);
    world.poterne(&["document", "show", short]).exits(0).says("pièce signée selon");
    // Out again: the reason is in the ledger first.
    let out = world.path("out.pdf");
    let export = |reason: &str| {
        let asked = ["document", "export", short, "--out", out.to_str().unwrap(), "--reason", reason];
        world.poterne(&asked)
    };
    export("court").exits(1).says("huit caractères");
    assert!(!out.exists());
    export("audit de mai").exits(0);
    assert_eq!(fs::read_to_string(&out).unwrap(), PDF);
    let reading = world.traced("reading-began", 1).remove(0);
    assert_eq!(
        (&reading["data"]["what"], &reading["data"]["subject"]),
        (&"document".into(), &hash.as_str().into())
    );
    export("audit de mai").exits(1).says("out.pdf");
    at_the_door(&world, short);
    world.poterne(&["document", "verify"]).exits(0).says("2 document(s)");
    world.verify(&world.evidence(), &[]).exits(0);
    // One bit, and it is no document any more.
    let mut altered = fs::read(&on_disk).unwrap();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    fs::write(&on_disk, altered).unwrap();
    world.poterne(&["document", "verify"]).exits(1).says(&hash).says("1 document(s) sur 2");
    fs::remove_file(&out).unwrap();
    export("audit de mai").exits(1);
    assert!(!out.exists(), "nothing of it is written");
}

/// Over the wire it is lines of base64, and a word beside; on a terminal, for nobody in particular, there is nothing.
fn at_the_door(world: &World, short: &str) {
    let get = format!("document get {short} 'audit de mai'");
    let done = world.says(RESPONSABLE, &get).exits(0);
    let coded = world.path("coded");
    let lines: Vec<&str> = done.out.lines().filter(|line| !line.contains(' ')).collect();
    fs::write(&coded, lines.join("\n")).unwrap();
    let mut decode = std::process::Command::new("base64");
    decode.arg("-d").arg(&coded);
    let decoded = crate::support::finish(decode, crate::support::PATIENCE).exits(0);
    assert_eq!(decoded.out, PDF);
    world.traced("reading-began", 2);
    world.says(TECHNICIAN, &get).exits(1);
    world.says(RESPONSABLE, &format!("document get {short} court")).exits(1).says("huit caractères");
    world.traced("reading-began", 2);
}

#[test]
fn a_backup_has_them_and_a_restoration_brings_them_back() {
    let mut world = World::start();
    let contract = file(&world, "contrat.pdf", PDF);
    add(&world, &contract, &["contract"]).exits(0);
    let backup = world.path("one.age");
    world.poterne(&["backup", "--to", backup.to_str().unwrap()]).exits(0);
    world.kill_gate();
    let (data, former) = (world.path("data"), world.path("former"));
    fs::rename(&data, &former).unwrap();
    fs::create_dir(&data).unwrap();
    run("cp", &["-p", former.join("vault.key").to_str().unwrap(), data.to_str().unwrap()]);
    let key = world.path("reader.key");
    world.poterne(&["restore", backup.to_str().unwrap(), "--key", key.to_str().unwrap()]).exits(0);
    world.open_door();
    world.poterne(&["document", "verify"]).exits(0).says("1 document(s)");
    let out = world.path("out.pdf");
    let hash = sha256(&contract);
    let asked =
        ["document", "export", &hash, "--out", out.to_str().unwrap(), "--reason", "après restauration"];
    world.poterne(&asked).exits(0);
    assert_eq!(sha256(&out), hash);
}

/// What the real scanner finds is not taken, nor anything once it is gone.
#[test]
fn what_clamav_finds_is_not_taken() {
    let mut world = World::start();
    let clamd = Clamd::start(&world);
    world.holds(Some(&clamd.socket.display().to_string()));
    let infected = file(&world, "infecte.pdf", &PDF.replace("contract", BAD));
    add(&world, &infected, &["contract"]).exits(1).says("Poterne.Test");
    let refused = world.traced("document-refused", 1).remove(0);
    assert_eq!(
        (&refused["data"]["why"], &refused["data"]["sha256"]),
        (&"found".into(), &sha256(&infected).into())
    );
    let contract = file(&world, "contrat.pdf", PDF);
    add(&world, &contract, &["contract"]).exits(0).says_nothing_of("n'a pas été analysé");
    assert!(world.traced("document-filed", 1)[0]["data"]["engine"].as_str().unwrap().contains("ClamAV"));
    drop(clamd);
    add(&world, &file(&world, "autre.pdf", &PDF.replace("contract", "other")), &["contract"])
        .exits(1)
        .says("analysé");
    assert_eq!((there(&world).len(), keys(&world)), (1, 1));
}

/// The disk fails, or the gate is killed, at each step of a filing: whoever was told yes finds it, nobody finds half of one.
#[test]
fn what_was_acknowledged_is_there_wherever_it_broke_off() {
    let mut world = World::start();
    world.disk();
    world.reopen();
    // In daily work every fourth step of a filing, on a long run each of them.
    let stride = if is_long() { 1 } else { 4 };
    for point in points(8, 120).map(|point| point * stride) {
        for how in [How::Before, How::Middle, How::After, How::Full] {
            let content = format!("%PDF-1.7\n{point} {how:?}\nstartxref\n0\n%%EOF\n");
            let path = file(&world, "piece.pdf", &content);
            let before = filed(&world);
            world.disk().fails_once(point, how);
            let told = add(&world, &path, &["contract"]).status == Some(0);
            world.disk().is_mended();
            if world.gate_runs() {
                world.stop_gate();
            }
            let _status = world.gate_ends();
            world.open_door();
            let after = filed(&world);
            assert!(after.contains(&sha256(&path)) || !told, "{point} {how:?}: acknowledged and gone");
            assert!(after.len() - before.len() <= 1, "{point} {how:?}");
            assert_eq!(
                (there(&world).len(), keys(&world)),
                (after.len(), after.len()),
                "{point} {how:?}: half of one"
            );
            assert!(there(&world).iter().all(|path| path.extension().is_some_and(|ending| ending == "doc")));
        }
    }
    let count = filed(&world).len();
    world.poterne(&["document", "verify"]).exits(0).says(&format!("{count} document(s)"));
    world.verify(&world.evidence(), &[]).exits(0);
}

/// The hashes of those on file.
fn filed(world: &World) -> Vec<String> {
    let listed = world.poterne(&["document", "list", "--json"]).exits(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    listed.as_array().unwrap().iter().map(|one| one["sha256"].as_str().unwrap().to_owned()).collect()
}
