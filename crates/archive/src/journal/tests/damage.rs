//! Folders that no gate may write to any more.

use super::model::Model;
use super::*;

/// A log with 300 published entries and 3 in its tail.
fn published() -> Model {
    let mut log = open_log(Model::default()).unwrap();
    log.commit(&entries(0..300)).unwrap();
    log.integrate().unwrap();
    log.commit(&entries(300..303)).unwrap();
    log.into_disk()
}

#[track_caller]
fn refused(damage: impl FnOnce(&mut Model), says: &str) {
    let mut disk = published();
    damage(&mut disk);
    let before = disk.taken;
    let error = open_log(Shown(&mut disk)).err().unwrap().to_string();
    assert!(error.contains(says), "{error}");
    // One sync of the folder is all that may have been done.
    assert!(disk.taken <= before + 1, "something was written");
}

/// A borrowed disk.
struct Shown<'a>(&'a mut Model);

impl Disk for Shown<'_> {
    fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        self.0.read(path, limit)
    }
    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.put(path, bytes)
    }
    fn append(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.append(path, bytes)
    }
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn make_folder(&mut self, path: &str) -> io::Result<()> {
        self.0.make_folder(path)
    }
    fn sync_folder(&mut self, path: &str) -> io::Result<()> {
        self.0.sync_folder(path)
    }
    fn has_folder(&self, path: &str) -> io::Result<bool> {
        self.0.has_folder(path)
    }
    fn has_file(&self, path: &str) -> io::Result<bool> {
        self.0.has_file(path)
    }
    fn remove_file(&mut self, path: &str) -> io::Result<()> {
        self.0.remove_file(path)
    }
    fn remove_folder(&mut self, path: &str) -> io::Result<()> {
        self.0.remove_folder(path)
    }
}

#[test]
fn a_sound_one_opens() {
    let log = open_log(published()).unwrap();
    assert_eq!((log.size(), log.published()), (303, 303));
    assert_eq!(verified(&Source(&log.into_disk())), entries(0..303));
}

#[test]
fn files_that_are_not_there() {
    refused(|disk| disk.remove("checkpoint"), "`checkpoint` is missing");
    refused(|disk| disk.remove("tail"), "`tail` is missing");
    refused(|disk| disk.remove("tile/0/001.p/44"), "`tile/0/001.p/44` is missing");
    refused(|disk| disk.remove("tile/1/000.p/1"), "`tile/1/000.p/1` is missing");
    refused(|disk| disk.remove("tile/entries/001.p/44"), "`tile/entries/001.p/44` is missing");
}

#[test]
fn files_that_are_altered() {
    refused(|disk| disk.bytes("checkpoint")[60] ^= 1, "does not verify");
    refused(|disk| disk.bytes("tail")[9] ^= 1, "rolled back");
    refused(|disk| disk.bytes("tail")[15] ^= 4, "`tail` ends before `checkpoint`");
    refused(|disk| disk.bytes("tail")[20] ^= 1, "rolled back");
    refused(|disk| disk.bytes("tail").truncate(40), "header");
    refused(|disk| disk.bytes("tile/0/001.p/44")[0] ^= 1, "do not give the root");
    refused(|disk| disk.bytes("tile/1/000.p/1")[0] ^= 1, "do not give the root");
    refused(|disk| disk.bytes("tile/entries/001.p/44")[5] ^= 1, "do not give the root");
    refused(|disk| disk.bytes("tile/entries/001.p/44").truncate(50), "another length");
}

#[test]
fn a_checkpoint_that_was_rolled_back() {
    let mut log = open_log(Model::default()).unwrap();
    log.commit(&entries(0..5)).unwrap();
    log.integrate().unwrap();
    let older = log.note().to_vec();
    log.commit(&entries(5..9)).unwrap();
    log.integrate().unwrap();
    let mut disk = log.into_disk();
    *disk.bytes("checkpoint") = older;
    let error = open_log(disk).err().unwrap().to_string();
    assert!(error.contains("rolled back"), "{error}");
}

#[test]
fn a_tail_with_other_entries_than_the_log() {
    // The gate died between checkpoint and tail; then somebody made the tail anew.
    let mut log = open_log(Model::default()).unwrap();
    log.commit(&entries(0..5)).unwrap();
    let tail = log.disk().read("tail", usize::MAX).unwrap().unwrap();
    log.integrate().unwrap();
    let mut disk = log.into_disk();
    let header = disk.bytes("tail").clone();
    *disk.bytes("tail") = tail;
    assert_eq!(open_log(disk.clone()).unwrap().size(), 5);
    let key = crate::journal::tail::Key::of(ORIGIN, &signers()).unwrap();
    let base = crate::journal::tail::Base { size: 0, root: ledger::empty_root() };
    *disk.bytes("tail") = [base.header(), base.group(&key, 0, &entries(1..6)).unwrap()].concat();
    let error = open_log(disk.clone()).err().unwrap().to_string();
    assert!(error.contains("other entries"), "{error}");
    *disk.bytes("tail") = header;
    open_log(disk).unwrap();
}

#[test]
fn the_log_of_another_gate_or_key() {
    let other = "poterne.invalid/chu-exemple/porte-2";
    let sign = |name: &str, seed: u8| -> Vec<Box<dyn Signer>> {
        vec![Box::new(Ed25519Signer::from_seed(name, &[seed; 32]).unwrap())]
    };
    for (origin, signers) in
        [(other, sign(other, 1)), (ORIGIN, sign(other, 1)), (ORIGIN, sign(ORIGIN, 3)), (ORIGIN, vec![])]
    {
        let opened = Log::open(published(), origin, signers, Arc::new(Fixed));
        assert!(matches!(opened.err(), Some(Error::Ledger(_))));
    }
}
