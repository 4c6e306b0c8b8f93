//! The vectors of `docs/formats/vectors/ledger/`, made by another program.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Memory, ORIGIN, entry, hash, ring, root};
use ledger::{
    CHECKPOINT_PATH, Frontier, Hash, KeyRing, Level, SignedCheckpoint, TilePath, Tree, VerifierKey,
    leaf_hash, verify_consistency, verify_inclusion, verify_log,
};

macro_rules! vector {
    ($path:literal) => {
        include_bytes!(concat!("../../../docs/formats/vectors/ledger/", $path)).as_slice()
    };
}

fn lines(file: &'static [u8]) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = std::str::from_utf8(file).unwrap().lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(' ').collect())
}

fn number(text: &str) -> u64 {
    text.parse().unwrap()
}

#[test]
fn roots() {
    let wanted: Vec<(u64, Hash)> =
        lines(vector!("roots.txt")).map(|line| (number(line[0]), hash(line[1]))).collect();
    let mut frontier = Frontier::default();
    for (size, root) in wanted {
        (frontier.size()..size).for_each(|index| {
            frontier.push(leaf_hash(&entry(index)));
        });
        assert_eq!((frontier.size(), frontier.root()), (size, root));
    }
    assert_eq!(frontier.size(), 70_000);
}

#[test]
fn proofs() {
    let mut checked = 0;
    for line in lines(vector!("proofs.txt")) {
        let (older, size) = (number(line[1]), number(line[2]));
        let wanted: Vec<Hash> = line[3..].iter().map(|hex| hash(hex)).collect();
        let log = Memory::tiles(size);
        let tree = Tree::new(&log, size);
        if line[0] == "inclusion" {
            assert_eq!(tree.prove_inclusion(older).unwrap(), wanted, "{line:?}");
            assert!(verify_inclusion(leaf_hash(&entry(older)), older, size, &wanted, root(size)));
        } else {
            assert_eq!(tree.prove_consistency(older).unwrap(), wanted, "{line:?}");
            assert!(verify_consistency(older, root(older), size, root(size), &wanted));
        }
        checked += 1;
    }
    assert_eq!(checked, 20);
}

#[test]
fn paths() {
    for line in lines(vector!("paths.txt")) {
        let level = line[0].parse().map_or(Level::Entries, Level::Hashes);
        let path = TilePath { level, index: number(line[1]), width: number(line[2]) };
        assert_eq!(path.to_string(), line[3]);
    }
}

#[test]
fn keys() {
    let text = std::str::from_utf8(vector!("key-file.txt")).unwrap();
    let parsed = KeyRing::parse(text).unwrap();
    assert_eq!(parsed, ring());
    assert_eq!(parsed.origin(), ORIGIN);
    let shown: Vec<String> = ring().keys().iter().map(VerifierKey::to_string).collect();
    let listed: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(shown, listed);
}

fn log_7() -> Memory {
    let files = [
        ("checkpoint", vector!("log-7/checkpoint")),
        ("tile/entries/000.p/7", vector!("log-7/tile/entries/000.p/7")),
        ("tile/0/000.p/7", vector!("log-7/tile/0/000.p/7")),
    ];
    Memory(files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect())
}

fn log_300() -> Memory {
    let files = [
        ("checkpoint", vector!("log-300/checkpoint")),
        ("tile/entries/000", vector!("log-300/tile/entries/000")),
        ("tile/entries/001.p/44", vector!("log-300/tile/entries/001.p/44")),
        ("tile/0/000", vector!("log-300/tile/0/000")),
        ("tile/0/001.p/44", vector!("log-300/tile/0/001.p/44")),
        ("tile/1/000.p/1", vector!("log-300/tile/1/000.p/1")),
    ];
    Memory(files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect())
}

#[test]
fn whole_logs() {
    let older = SignedCheckpoint::verify(vector!("older-checkpoint-3"), &ring()).unwrap();
    assert_eq!(older.signed_at(), Some(1_800_000_003));
    for (log, size) in [(log_7(), 7), (log_300(), 300)] {
        let mut visited = Vec::new();
        let report = verify_log(&log, &ring(), Some(older.checkpoint()), &[], |index, bytes| {
            visited.push((index, bytes.to_vec()));
        });
        assert_eq!((report.faults, report.stopped), (vec![], false));
        assert_eq!(report.checkpoint.unwrap().checkpoint().size, size);
        assert_eq!(visited, (0..size).map(|index| (index, entry(index))).collect::<Vec<_>>());
        // What we write is, file by file, what the other program wrote (its signatures apart).
        let mut ours = Memory::tiles(size);
        ours.0.insert(CHECKPOINT_PATH.into(), log.0[CHECKPOINT_PATH].clone());
        assert_eq!(ours.0, log.0);
    }
}

#[test]
fn the_key_and_the_leaves_of_the_cited_texts() {
    // The verifier key in C2SP signed-note: name, id and key belong together.
    let line = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    assert_eq!(VerifierKey::parse(line).unwrap().to_string(), line);
    // The eight leaves that certificate transparency's reference tests use, and their root.
    let leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let mut frontier = Frontier::default();
    for leaf in leaves {
        let bytes: Vec<u8> = (0..leaf.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(leaf.get(i..i + 2).unwrap(), 16).unwrap())
            .collect();
        frontier.push(leaf_hash(&bytes));
    }
    assert_eq!(frontier.root(), hash("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"));
}
