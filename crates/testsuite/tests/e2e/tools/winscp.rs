//! WinSCP's two dialects, spoken by a driver: the program runs on Windows alone.

use std::path::Path;

use serde_json::json;

use super::python::{driver, results, takes_up};
use super::{LINES, awkward, many, named, same, shown, text};
use crate::support::site::{SECOND, TECHNICIAN};
use crate::support::world::World;

const DRIVER: &str = "as_winscp.py";

#[test]
fn its_sftp_carries_folders() {
    let world = World::start();
    world.intervention();
    let (odd, there, back) = (world.path("odd"), world.sshd.path("odd"), world.path("back"));
    awkward(&odd, &[LINES]);
    let (lot, lot_there) = (world.path("lot"), world.sshd.path("lot"));
    many(&lot, 1000);
    let steps = json!([
        ["put-tree", text(&odd), text(&there)],
        ["get-tree", text(&there), text(&back)],
        ["put-tree", text(&lot), text(&lot_there)],
        // Once more: what is there makes room.
        ["put", text(&odd.join("binaire")), text(&there.join("binaire"))],
    ]);
    results(driver(&world, DRIVER, TECHNICIAN, &steps));
    assert_eq!(world.ended(1), ["finished"]);
    let ledger = world.ledger();
    same(&odd, &back);
    let files = same(&odd, &there);
    named(&ledger, "out", &there, &files);
    named(&ledger, "in", &lot_there, &same(&lot, &lot_there));
    // What is long is written under another name, which becomes its own when it is whole.
    let (binary, part) = (Path::new("binaire"), there.join("binaire.filepart"));
    let of = |code: &str, path: &Path| -> Vec<_> {
        let path = shown(path);
        let data = ledger.iter().filter(|entry| entry["code"] == code).map(|entry| &entry["data"]);
        data.filter(|data| data["path"] == path && data["direction"] != "out").collect()
    };
    for (path, (size, hash)) in &files {
        let (written, times) = if path == binary { (part.clone(), 2) } else { (there.join(path), 1) };
        let passed = of("file-passed", &written);
        assert_eq!(passed.len(), times, "{passed:#?}");
        for data in passed {
            assert_eq!((&data["size"], &data["sha256"]), (&(*size).into(), &hash.as_str().into()), "{data}");
            assert_eq!(data["outcome"], "complete", "{data}");
        }
    }
    let done = of("file-operation", &part);
    let done: Vec<_> = done.iter().map(|data| data["operation"].as_str().unwrap()).collect();
    assert_eq!(done, ["setstat", "rename", "setstat", "rename"]);
    assert_eq!(of("file-operation", &there.join(binary))[0]["operation"], "remove");
}

#[test]
fn its_sftp_takes_up_what_broke_off() {
    let world = World::start();
    world.intervention();
    takes_up(&world, DRIVER, ".filepart");
}

/// One shell for commands and content: the gate sees a stream, and lists it as one.
#[test]
fn its_scp_runs_through_one_shell() {
    let world = World::start();
    world.intervention();
    let (odd, there, back) = (world.path("odd"), world.sshd.path("là bas"), world.path("back"));
    awkward(&odd, &[]);
    std::fs::remove_dir_all(odd.join("sous dossier")).unwrap();
    let steps = json!([["shell", text(&odd), text(&there), text(&back)]]);
    results(driver(&world, DRIVER, SECOND, &steps));
    same(&odd, &back);
    assert_eq!(world.ended(1), ["finished"]);
    let ended = &world.traced("session-ended", 1)[0]["data"];
    let content = world.traced("unnamed-content", 2);
    let size = |stream: &str| {
        let of_it = content.iter().find(|entry| entry["data"]["stream"] == stream).unwrap();
        of_it["data"]["size"].as_u64().unwrap()
    };
    assert_eq!(ended["inward"]["unparsed"], size("stdin"), "{ended}");
    assert!(size("stdout") > 300_007, "{content:?}");
}
