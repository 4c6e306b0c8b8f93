//! The tools that technicians bring, each through the gate to a real equipment: awkward content, awkward names,
//! many files, and transfers that break off and are taken up again.

mod ansible;
mod openssh;
mod putty;
mod python;
mod rsync;
mod winscp;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::client::Running;
use crate::support::world::World;
use crate::support::{PATIENCE, noise, sha256, until};

/// What breaks off is this long at least when it does.
const BROKEN_AT: u64 = 1024 * 1024;
/// How much is left for the second try.
const REST: u64 = 1024 * 1024 + 17;
/// Longer than any tool gets before it is killed. The file is empty from its second MiB on and takes no room.
const ENDLESS: u64 = 64 * 1024 * 1024 * 1024;

/// Names that no tool may stumble over: what a shell, a protocol, a ledger or a terminal could take for more than a
/// name.
const NAMES: [&str; 15] = [
    "deux mots",
    " blancs autour ",
    "l'été",
    "\"guillemets\"",
    "-tiret",
    "--",
    "arrière\\oblique",
    "..a",
    "...",
    "étoile*?[a]",
    "$HOME `id` $(id)",
    "a;b|c&d>e<f",
    "~",
    "漢字",
    "droite\u{202e}gauche",
];
/// Names that only some protocols can say: a line's end, and bytes that are no UTF-8.
const LINES: &[u8] = b"deux\nlignes";
const BYTES: &[u8] = b"\xe9t\xe9";

/// Takes names out of a folder that a client by itself does not take.
fn without(folder: &Path, names: &[&str]) {
    for name in names {
        std::fs::remove_file(folder.join(name)).unwrap();
        std::fs::remove_file(folder.join("sous dossier").join(name)).unwrap();
    }
}

/// Makes a folder of awkward files: a first byte that is Ctrl-C in a terminal, an empty one, odd names, a folder in
/// a folder.
fn awkward(folder: &Path, more: &[&[u8]]) {
    let below = folder.join("sous dossier");
    std::fs::create_dir_all(&below).unwrap();
    noise(&folder.join("binaire"), 300_007, 3);
    let mut bytes = std::fs::read(folder.join("binaire")).unwrap();
    bytes[0] = 3;
    std::fs::write(folder.join("binaire"), bytes).unwrap();
    std::fs::write(folder.join("vide"), "").unwrap();
    let names = NAMES.iter().map(|name| name.as_bytes()).chain(more.iter().copied());
    for name in names {
        for place in [folder, &below] {
            let content = [b"\x03\x00\xff\r\n\x1a", name, place.as_os_str().as_bytes()].concat();
            std::fs::write(place.join(OsStr::from_bytes(name)), content).unwrap();
        }
    }
}

/// Makes a folder of so many small files, in folders of a thousand.
fn many(folder: &Path, count: usize) {
    for number in 0..count {
        let below = folder.join((number / 1000).to_string());
        if number % 1000 == 0 {
            std::fs::create_dir_all(&below).unwrap();
        }
        std::fs::write(below.join(format!("f{number}")), format!("\x03{number}")).unwrap();
    }
}

/// Files below a folder, by their names there: size and hash of each.
type Files = BTreeMap<PathBuf, (u64, String)>;

/// Every file below a folder.
fn tree(folder: &Path) -> Files {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let size = path.metadata().unwrap().len();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), (size, sha256(&path)));
            }
        }
    }
    found
}

/// Fails unless both folders have the same files with the same content. Returns them.
#[track_caller]
fn same(one: &Path, other: &Path) -> Files {
    let (one, other) = (tree(one), tree(other));
    assert_eq!(one.len(), other.len(), "{:#?}", one.keys().filter(|name| !other.contains_key(*name)));
    assert_eq!(one, other);
    one
}

/// A name as it stands in the ledger (`docs/formats/transfer.md`, section 1).
fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '\n' | '\u{202e}' => text.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                _ => text.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

/// What the ledger says of each file that passed that way below a folder, by its name there. None passed twice.
#[track_caller]
fn passed<'a>(ledger: &'a [Value], direction: &str, below: &Path) -> BTreeMap<String, &'a Value> {
    let below = format!("{}/", below.display());
    let mut found = BTreeMap::new();
    for entry in ledger.iter().filter(|entry| entry["code"] == "file-passed") {
        let data = &entry["data"];
        let path = data["path"].as_str().unwrap();
        // The old protocol tells the name apart from the folder of its command line.
        let whole =
            data["announced"].as_str().map_or_else(|| path.to_owned(), |name| format!("{path}/{name}"));
        if let Some(name) = whole.strip_prefix(&below)
            && data["direction"] == direction
        {
            assert!(found.insert(name.to_owned(), data).is_none(), "twice: {data}");
        }
    }
    found
}

/// Fails unless the ledger names each of these files once, whole, with its size and hash, and no other there.
#[track_caller]
fn named(ledger: &[Value], direction: &str, below: &Path, files: &Files) {
    let told = passed(ledger, direction, below);
    for (path, (size, hash)) in files {
        let path = shown(path);
        let data = told.get(&path).unwrap_or_else(|| panic!("`{path}` is not in {:#?}", told.keys()));
        if read_twice(data, *size) {
            continue;
        }
        assert_eq!(
            (&data["size"], &data["sha256"], &data["content"], &data["outcome"]),
            (&(*size).into(), &hash.as_str().into(), &"whole".into(), &"complete".into()),
            "{data}"
        );
    }
    assert_eq!(told.len(), files.len(), "{:#?}", told.keys());
}

/// paramiko reads ahead in a thread of its own; where that one is late, the other reads the rest beside it, and some bytes
/// cross twice. The ledger says so: all of it, in ranges, and more bytes than the file has.
fn read_twice(data: &Value, size: u64) -> bool {
    let all = serde_json::json!([{ "from": 0, "to": size }]);
    data["direction"] == "out"
        && (&data["content"], &data["outcome"]) == (&"ranges".into(), &"complete".into())
        && data["ranges"] == all
        && data["size"].as_u64().is_some_and(|crossed| crossed > size)
}

/// A file that no tool comes to the end of.
fn endless(path: &Path) {
    noise(path, 1024 * 1024, 9);
    resize(path, ENDLESS);
}

fn resize(path: &Path, length: u64) {
    std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |known| known.len())
}

/// Waits until a part of this file is there.
fn until_begun(tool: &mut Running, path: &Path) {
    until("a part is there", PATIENCE, || length(path) >= BROKEN_AT || !tool.runs());
    assert!(tool.runs(), "{}", tool.said());
}

/// Waits until no process has this file open: what the equipment's server had been handed already, it writes after
/// the session is over.
fn until_closed(path: &Path) {
    until("nobody has it open", PATIENCE, || !is_open(path));
}

fn is_open(path: &Path) -> bool {
    let path = path.canonicalize().unwrap();
    let folders = std::fs::read_dir("/proc").unwrap().flatten().map(|process| process.path().join("fd"));
    // What ends while one looks has nothing open.
    let open = folders.filter_map(|folder| folder.read_dir().ok()).flat_map(Iterator::flatten);
    open.filter_map(|file| file.path().read_link().ok()).any(|file| file == path)
}

/// Waits for the end of a transfer that broke off: what arrived is the beginning, and stays as it is.
fn broken(world: &World, sessions: usize, whole: &Path, part: &Path) -> u64 {
    world.ended(sessions);
    until_closed(part);
    let have = length(part);
    assert!((BROKEN_AT..ENDLESS).contains(&have), "{have}");
    // What is left is not much.
    resize(whole, have + REST);
    have
}

/// The one entry of a file that broke off: a part of it passed, and nothing says that it was all.
#[track_caller]
fn broke_off<'a>(entries: &'a [Value], direction: &str, cause: &str) -> &'a Value {
    let of_it =
        |entry: &&Value| entry["data"]["direction"] == direction && entry["data"]["outcome"] != "complete";
    let found: Vec<_> = entries.iter().filter(of_it).collect();
    assert_eq!(found.len(), 1, "{entries:#?}");
    let data = &found[0]["data"];
    assert_eq!((&data["outcome"], &data["cause"]), (&"partial".into(), &cause.into()), "{data}");
    assert!(data["size"].as_u64().unwrap() >= BROKEN_AT, "{data}");
    data
}

/// What the ledger says of one path, as often as it does.
#[track_caller]
fn told(ledger: &[Value], path: &Path, count: usize) -> Vec<Value> {
    let path = shown(path);
    let of_it = |entry: &&Value| entry["code"] == "file-passed" && entry["data"]["path"] == path.as_str();
    let found: Vec<_> = ledger.iter().filter(of_it).cloned().collect();
    assert_eq!(found.len(), count, "{found:#?}");
    found
}

/// Text of a path that has no odd name.
fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// SHA-256 of what follows the first so many bytes of a file.
fn sha256_after(world: &World, path: &Path, offset: u64) -> String {
    let bytes = std::fs::read(path).unwrap();
    let rest = world.path("rest");
    std::fs::write(&rest, &bytes[usize::try_from(offset).unwrap()..]).unwrap();
    sha256(&rest)
}
