//! The journal on a real file system.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use tokio::task::JoinSet;

use super::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for found in fs::read_dir(from).unwrap() {
        let found = found.unwrap();
        let to = to.join(found.file_name());
        if found.file_type().unwrap().is_dir() {
            copy(&found.path(), &to)
        } else {
            fs::copy(found.path(), to).map(drop).unwrap()
        }
    }
}

#[test]
fn many_append_at_once_and_each_has_his_place() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("a/b/ledger");
    let journal = Arc::new(open(&folder).unwrap());
    let mut receipts = BTreeMap::new();
    runtime().block_on(async {
        let mut tasks = JoinSet::new();
        for task in 0..40_u64 {
            let journal = Arc::clone(&journal);
            tasks.spawn(async move {
                let mut mine = Vec::new();
                for step in 0..10 {
                    let first = task * 1_000 + step * 3;
                    let entries = entries(first..first + 3);
                    mine.extend(journal.append(entries.clone()).await.unwrap().into_iter().zip(entries));
                }
                assert!(
                    mine.is_sorted_by_key(|(receipt, _)| receipt.index),
                    "a task's entries keep their order"
                );
                assert!(
                    mine.chunks(3).all(|one| one[2].0.index == one[0].0.index + 2),
                    "an append stays together"
                );
                mine
            });
        }
        while let Some(mine) = tasks.join_next().await {
            receipts.extend(
                mine.unwrap().into_iter().map(|(receipt, entry)| (receipt.index, (receipt.leaf, entry))),
            );
        }
    });
    assert_eq!((receipts.len(), journal.size()), (1_200, 1_200));
    let read = [journal.entries(0, 1_000).unwrap(), journal.entries(1_000, 1_200).unwrap()].concat();
    for (index, (leaf, entry)) in receipts {
        assert_eq!((&read[index as usize], leaf), (&entry, ledger::leaf_hash(&entry).0));
    }
    journal.close().unwrap();
    assert_eq!(verified_folder(&folder), read);
    assert_eq!(fs::read(folder.join("checkpoint")).unwrap(), journal.checkpoint());
    // It goes on where it was.
    drop(journal);
    let journal = open(&folder).unwrap();
    let receipt = runtime().block_on(journal.append(entries(0..1))).unwrap();
    assert_eq!((receipt[0].index, journal.size()), (1_200, 1_201));
    assert_eq!(journal.entries(1_199, 1_201).unwrap(), [read[1_199].clone(), entry(0)]);
}

#[test]
fn a_checkpoint_follows_within_a_second_or_when_it_is_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let journal = open(place.path()).unwrap();
    let empty = journal.checkpoint();
    let size = |note: &[u8]| ledger::SignedCheckpoint::verify(note, &ring()).unwrap().checkpoint().size;
    assert_eq!(size(&empty), 0);
    runtime().block_on(async {
        journal.append(entries(0..3)).await.unwrap();
        journal.seal().await.unwrap();
        assert_eq!(size(&journal.checkpoint()), 3);
        journal.seal().await.unwrap();
        journal.append(entries(3..4)).await.unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while size(&journal.checkpoint()) < 4 {
            assert!(tokio::time::Instant::now() < deadline, "no checkpoint came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(verified_folder(place.path()), entries(0..4));
}

#[test]
fn partial_tiles_go_when_the_full_one_is_there() {
    let place = tempfile::tempdir().unwrap();
    let journal = open(place.path()).unwrap();
    runtime().block_on(async {
        for at in [0, 100, 200, 300] {
            journal.append(entries(at..at + 100)).await.unwrap();
            journal.seal().await.unwrap();
        }
    });
    let names = |path: &str| {
        let mut names: Vec<_> =
            fs::read_dir(place.path().join(path)).unwrap().map(|found| found.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("tile/entries"), ["000", "001.p"]);
    assert_eq!(names("tile/0"), ["000", "001.p"]);
    assert_eq!(names("tile/1/000.p"), ["1"]);
    assert_eq!(names("tile/0/001.p"), ["144", "44"]);
    assert_eq!(names(""), ["checkpoint", "lock", "tail", "tile"]);
}

#[test]
fn limits() {
    let place = tempfile::tempdir().unwrap();
    let journal = open(place.path()).unwrap();
    let runtime = runtime();
    let long = vec![7; MAX_ENTRY];
    for refused in [
        vec![vec![0; MIN_ENTRY - 1]],
        vec![entry(0), vec![0; MAX_ENTRY + 1]],
        entries(0..1_025),
        vec![long.clone(); 257],
    ] {
        assert!(matches!(runtime.block_on(journal.append(refused)), Err(Error::Limit)));
    }
    assert_eq!(runtime.block_on(journal.append(vec![])).unwrap(), []);
    assert_eq!(journal.size(), 0, "what is refused leaves no trace");
    // The largest that fits, three at once: more than may wait.
    runtime.block_on(async {
        let largest = || journal.append(vec![long.clone(); 256]);
        let (a, b, c) = tokio::join!(largest(), largest(), largest());
        assert_eq!([a, b, c].map(|receipts| receipts.unwrap().len()), [256; 3]);
    });
    assert_eq!(journal.entries(700, 768).unwrap().len(), 68);
    for (from, until) in [(768, 769), (5, 4), (0, 1_025), (u64::MAX, u64::MAX)] {
        assert!(matches!(journal.entries(from, until), Err(Error::Range { .. })));
    }
    journal.close().unwrap();
    assert_eq!(verified_folder(place.path()).len(), 768);
}

#[test]
fn one_gate_at_a_time() {
    let place = tempfile::tempdir().unwrap();
    let journal = open(place.path()).unwrap();
    let second = open(place.path()).err().unwrap().to_string();
    assert_eq!(second, format!("the ledger in `{}` is held by another gate", place.path().display()));
    journal.close().unwrap();
    open(place.path()).unwrap();
    let refused = runtime().block_on(journal.append(entries(0..1))).unwrap_err().to_string();
    assert_eq!(refused, "the journal takes no entries: it was closed");
}

#[test]
fn a_folder_copied_at_any_moment_opens_with_all_that_was_acknowledged() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("ledger");
    let journal = open(&folder).unwrap();
    let runtime = runtime();
    let mut copies = Vec::new();
    for step in 0..12_u64 {
        let first = step * 50;
        runtime.block_on(journal.append(entries(first..first + 50))).unwrap();
        if step % 3 == 2 {
            runtime.block_on(journal.seal()).unwrap();
        }
        let to = place.path().join(format!("copy-{step}"));
        copy(&folder, &to);
        copies.push((to, first + 50));
    }
    for (copy, size) in copies {
        // What is published verifies, and after a start everything is.
        assert!(verified_folder(&copy).len() as u64 <= size);
        let reopened = open(&copy).unwrap();
        assert_eq!(reopened.size(), size);
        reopened.close().unwrap();
        assert_eq!(verified_folder(&copy), entries(0..size));
    }
}

#[test]
fn a_failed_write_stops_the_journal_until_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let journal = open(place.path()).unwrap();
    let runtime = runtime();
    runtime.block_on(journal.append(entries(0..3))).unwrap();
    runtime.block_on(journal.seal()).unwrap();
    let (tail, aside) = (place.path().join("tail"), place.path().join("aside"));
    fs::rename(&tail, &aside).unwrap();
    fs::create_dir(&tail).unwrap();
    let first = runtime.block_on(journal.append(entries(3..4))).unwrap_err();
    assert!(matches!(first, Error::Stopped(_)), "{first}");
    // The disk is well again, but nobody knows what is on it.
    fs::remove_dir(&tail).unwrap();
    fs::rename(&aside, &tail).unwrap();
    assert!(runtime.block_on(journal.append(entries(3..4))).is_err());
    assert!(runtime.block_on(journal.seal()).is_err());
    let why = ports::Journal::health(&journal).unwrap_err();
    assert!(why.contains("tail"), "{why}");
    assert!(journal.close().is_err());
    assert_eq!((journal.size(), journal.entries(0, 3).unwrap()), (3, entries(0..3)));
    drop(journal);
    let journal = open(place.path()).unwrap();
    assert_eq!(runtime.block_on(journal.append(entries(3..4))).unwrap()[0].index, 3);
}

/// A small file system of its own, unmounted at the end; `None`, with the reason printed, where that is not
/// allowed.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    fn mount(size: &str) -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(place.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(place)),
            Ok(output) => {
                println!("skipped: no small file system: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("skipped: no small file system: {error}");
                None
            }
        }
    }

    fn resize(&self, size: &str) {
        let remount = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &remount]).arg(self.0.path()).status().unwrap().success());
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_stops_the_journal_and_loses_nothing() {
    let Some(disk) = Tmpfs::mount("400k") else { return };
    let folder = disk.0.path().join("ledger");
    let runtime = runtime();
    let journal = open(&folder).unwrap();
    let mut acknowledged = 0;
    let why = loop {
        match runtime.block_on(journal.append(entries(acknowledged..acknowledged + 20))) {
            Ok(_) => acknowledged += 20,
            Err(error) => break error.to_string(),
        }
        assert!(acknowledged < 100_000, "the disk never filled");
    };
    assert!(why.contains("No space left on device"), "{why}");
    assert!(acknowledged > 100 && journal.healthy().is_err());
    drop(journal);
    // Still full: what is published verifies. With room again, everything acknowledged is there.
    assert!(verified_folder(&folder).len() as u64 <= acknowledged);
    disk.resize("4m");
    let journal = open(&folder).unwrap();
    assert!(journal.size() >= acknowledged);
    runtime.block_on(journal.append(entries(0..1))).unwrap();
    journal.close().unwrap();
    assert_eq!(verified_folder(&folder)[..acknowledged as usize], entries(0..acknowledged));
}
