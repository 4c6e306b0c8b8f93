//! The tamper campaign: everything that can be done to a small folder of evidence, file by file, and each is found and
//! located. Here a sample; whole under `cargo xtask tamper`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::report::Report;
use crate::tests::evidence::*;

/// Of all bits and lengths each so-manieth one, in an ordinary run. A prime: no field of a format is passed over.
const SAMPLE: usize = 211;

/// What lies in the folder and may change without a word, and why.
const UNREAD: [(&str, &str); 3] = [
    ("lock", "it holds nothing: a gate takes it while it writes"),
    ("tail", "entries that no checkpoint covers yet: the gate itself verifies them when it starts"),
    ("tile/0/000.p/13.tmp", "half of a tile that a gate was writing when it died"),
];

/// Every so-manieth number below this one.
fn some(all: usize) -> impl Iterator<Item = usize> {
    let step = if std::env::var_os("POTERNE_LONG").is_some() { 1 } else { SAMPLE };
    (0..all).step_by(step)
}

/// Evidence of which everything is tampered with: a log with a crash in it, and what a gate leaves beside it.
fn evidence() -> Evidence {
    let recordings = [(1, container(1, 3, finished())), (2, container(2, 3, Close::Crashed))];
    let evidence = Evidence::new(encoded(crashed()), &recordings);
    for (path, _) in UNREAD {
        evidence.write(path, b"something");
    }
    assert!(evidence.verify().is_whole());
    evidence
}

/// Runs one kind of tampering on all cores, each with a folder of its own, over so many cases.
fn campaign(what: &str, cases: usize, tamper: impl Fn(&Evidence, usize) -> Option<String> + Sync) {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let cases: Vec<usize> = some(cases).collect();
    let work = || {
        let (evidence, before) = (evidence(), Snapshot::of(&evidence()));
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(file) = tamper(&evidence, *case) {
                let report = evidence.verify();
                assert!(located(&report, &file), "{what}: case {case} of {file}: {:?}", report.problems);
                before.restore(&evidence, &file);
                done.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| drop(scope.spawn(work)));
    });
    println!("{what}: {} cases, each found and located", done.into_inner());
}

/// What every file was.
struct Snapshot(BTreeMap<String, Vec<u8>>);

impl Snapshot {
    fn of(evidence: &Evidence) -> Self {
        Self(evidence.files().into_iter().map(|path| (path.clone(), evidence.read(&path))).collect())
    }

    fn restore(&self, evidence: &Evidence, file: &str) {
        evidence.write(file, &self.0[file]);
    }
}

/// It is found, and the file is named.
fn located(report: &Report, file: &str) -> bool {
    !report.is_whole() && report.problems.iter().any(|(place, _)| place.file.as_deref() == Some(file))
}

/// The files of the campaign with their bytes, one behind the other: each byte has a number.
fn bytes() -> Vec<(String, usize)> {
    let evidence = evidence();
    let files = evidence.files().into_iter();
    let files: Vec<String> = files.filter(|file| UNREAD.iter().all(|(path, _)| path != file)).collect();
    files.into_iter().map(|file| (file.clone(), evidence.read(&file).len())).collect()
}

/// Which file a number falls into, and where.
fn at(files: &[(String, usize)], mut number: usize) -> (&str, usize) {
    for (file, length) in files {
        if number < *length {
            return (file, number);
        }
        number -= length;
    }
    panic!("{number} beyond all files")
}

#[test]
fn every_bit_of_every_file() {
    let files = bytes();
    let all: usize = files.iter().map(|(_, length)| length).sum();
    campaign("one bit", all * 8, |evidence, case| {
        let (file, byte) = at(&files, case / 8);
        evidence.flip(file, byte * 8 + case % 8);
        Some(file.to_owned())
    });
}

#[test]
fn every_file_at_every_length() {
    let files = bytes();
    let all: usize = files.iter().map(|(_, length)| length).sum();
    campaign("cut", all, |evidence, case| {
        let (file, length) = at(&files, case);
        evidence.write(file, &evidence.read(file)[..length]);
        Some(file.to_owned())
    });
}

/// Nothing here is sampled: there are few files.
fn each(tampers: impl Fn(&Evidence, &BTreeMap<String, Vec<u8>>, &str) -> usize) {
    let evidence = evidence();
    let before = Snapshot::of(&evidence);
    let files = bytes();
    let cases: usize = files.iter().map(|(file, _)| tampers(&evidence, &before.0, file)).sum();
    assert!(cases >= files.len());
    assert!(evidence.verify().is_whole(), "put back, it is whole again");
}

fn found(evidence: &Evidence, file: &str, what: &str) {
    let report = evidence.verify();
    assert!(located(&report, file), "{what}: {file}: {:?}", report.problems);
}

#[test]
fn every_file_removed_emptied_or_longer() {
    each(|evidence, before, file| {
        evidence.remove(file);
        found(evidence, file, "removed");
        let whole = &before[file];
        for (what, more) in [("a byte", &b"\0"[..]), ("a line", b"\n"), ("itself", whole)] {
            evidence.write(file, &[whole.as_slice(), more].concat());
            found(evidence, file, what);
        }
        evidence.write(file, whole);
        4
    });
}

#[test]
fn every_file_in_the_place_of_every_other() {
    each(|evidence, before, file| {
        let others: Vec<&String> = before.keys().filter(|other| *other != file).collect();
        for other in &others {
            evidence.write(file, &before[*other]);
            found(evidence, file, other);
        }
        evidence.write(file, &before[file]);
        others.len()
    });
}

/// Each file as it was when the log had fewer entries, beside the others as they are.
#[test]
fn every_file_from_every_older_state() {
    let all = encoded(crashed());
    for size in 0..all.len() {
        let older = Evidence::new(all[..size].to_vec(), &[(2, container(2, 1, Close::Open))]);
        let of_older = |path: &str| match path.rsplit_once('/') {
            Some((folder @ ("tile/0/000.p" | "tile/entries/000.p"), _)) => format!("{folder}/{size}"),
            _ => path.to_owned(),
        };
        each(|evidence, before, file| {
            let there = of_older(file);
            let Some(bytes) = std::fs::read(older.folder.join(there)).ok() else { return 1 };
            // A checkpoint that is older covers less: what lies beyond it is what is seen.
            evidence.write(file, &bytes);
            let report = evidence.verify();
            assert!(!report.is_whole(), "{file} of {size} entries");
            let named =
                report.problems.iter().any(|(place, _)| place.file.is_some() || place.index.is_some());
            assert!(named, "{file} of {size} entries: {:?}", report.problems);
            evidence.write(file, &before[file]);
            1
        });
    }
}

/// A folder that is whole as it once was says nothing of what came later: whoever kept a checkpoint knows.
#[test]
fn an_older_state_of_everything_is_seen_by_whoever_kept_a_checkpoint() {
    let all = encoded(honest());
    let now = Evidence::honest();
    // Between sessions: within one, its recording would be ahead of the log.
    let (older, recordings) = (Evidence::new(all[..1].to_vec(), &[]), now.folder.join("none"));
    assert!(older.verify().is_whole(), "on the list: without an older checkpoint nobody can know");
    older.write("kept", &now.read("checkpoint"));
    let since = Some(older.folder.join("kept"));
    let asked = crate::Asked { since, recordings: Some(recordings), ..older.asked() };
    let report = crate::verify(&asked, &mut Vec::new(), &|| {}).unwrap();
    assert!(located(&report, "checkpoint"), "{:?}", report.problems);
}

#[test]
fn what_is_not_read_says_nothing() {
    let evidence = evidence();
    for (path, why) in UNREAD {
        evidence.flip(path, 3);
        assert!(evidence.verify().is_whole(), "{path}: {why}");
        evidence.write(path, b"");
        assert!(evidence.verify().is_whole(), "{path}: {why}");
        evidence.remove(path);
        assert!(evidence.verify().is_whole(), "{path}: {why}");
    }
}

/// Of a purged log too: whatever is done to what is left of it is found. What is gone has only its hashes: where one of
/// these is altered, the levels above say so, and which of them is true nobody can tell.
#[test]
fn every_file_of_a_purged_log() {
    let evidence = Evidence::new(encoded(purged()), &[(3, container(3, 3, finished()))]);
    evidence.remove("tile/entries/000");
    assert!(evidence.verify().is_whole());
    let folders = ["tile/0", "tile/0/001.p", "tile/1/000.p", "tile/entries/001.p", "recordings"];
    let mut files = vec!["checkpoint".to_owned()];
    for folder in folders {
        let names = crate::folder::names(&evidence.folder.join(folder));
        let paths = names.iter().map(|name| format!("{folder}/{name}"));
        files.extend(paths.filter(|path| evidence.folder.join(path).is_file()));
    }
    assert_eq!(files.len(), 6, "{files:?}");
    let mut cases = 0;
    for file in files {
        let before = evidence.read(&file);
        for bit in some(before.len() * 8) {
            evidence.flip(&file, bit);
            let report = evidence.verify();
            assert!(!report.is_whole(), "bit {bit} of {file}");
            assert!(
                file == "tile/0/000" || located(&report, &file),
                "bit {bit} of {file}: {:?}",
                report.problems
            );
            evidence.write(&file, &before);
            cases += 1;
        }
        for length in some(before.len()) {
            evidence.write(&file, &before[..length]);
            assert!(!evidence.verify().is_whole(), "{file} of {length} bytes");
            evidence.write(&file, &before);
            cases += 1;
        }
        evidence.remove(&file);
        assert!(located(&evidence.verify(), &file), "{file} removed");
        evidence.write(&file, &before);
    }
    // What was purged and comes back is what it was, or is found.
    let whole = Evidence::new(encoded(purged()), &[]);
    let bundle = whole.read("tile/entries/000");
    evidence.write("tile/entries/000", &bundle);
    assert_eq!(evidence.verify().problems.len(), 0, "as before it was purged");
    evidence.flip("tile/entries/000", 4_001);
    assert!(located(&evidence.verify(), "tile/entries/000"));
    println!("a purged log: {cases} cases, each found");
}
