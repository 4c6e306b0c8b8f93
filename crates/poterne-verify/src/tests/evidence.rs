//! Evidence on the disk, made with what a gate makes it with.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use events::{
    Actor, CountAt, EntriesPurged, Entry, Fact, Flow, GateStarted, GateStopped, LedgerRestored, Mark, OpenAt,
    RecordingProgress, RecordingPurged, RecordingSealed, SecretLent, SessionCrashed, SessionEnded,
    SessionOpened,
};
use ledger::{
    Checkpoint, Ed25519Signer, Frontier, Level, MlDsa44Signer, Signer, TilePath, encode_entry, leaf_hash,
};
use recording::{Body, Chain, Compressor, DataKey, Digest, Header, Recipient, Record, Seal, Track, Writer};
use vocab::{BootId, Ending, RecordingId, Rights, Secret, SessionId, Timestamp};

use crate::Asked;
use crate::report::Report;

const ORIGIN: &str = "poterne.invalid/chu-fictif/porte-1";
const STARTED: i64 = 1_795_478_400;

pub(super) fn session(n: u8) -> SessionId {
    SessionId::from_bytes([0x50 + n; 16])
}

pub(super) fn boot(n: u8) -> BootId {
    BootId::from_bytes([0xb0 + n; 16])
}

pub(super) fn recording(n: u8) -> RecordingId {
    RecordingId::from_bytes([0xa0 + n; 16])
}

/// A container of three chunks: its bytes, a mark after each chunk, and its seal's digest.
pub(super) struct Container {
    pub(super) bytes: Vec<u8>,
    pub(super) marks: Vec<Mark>,
    pub(super) seal: [u8; 32],
}

/// How a container is closed.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Close {
    Sealed(Ending),
    /// Found after a crash, with some bytes of an unfinished frame.
    Crashed,
    Open,
}

pub(super) fn container(n: u8, chunks: u8, close: Close) -> Container {
    let header = Header {
        recording: recording(n),
        session: session(n),
        boot: boot(1),
        establishment: "chu-fictif".parse().unwrap(),
        gate: "porte-1".parse().unwrap(),
        started_at: Timestamp::from_secs(STARTED),
        recipients: vec![Recipient { key_id: b"k".to_vec(), wrapped: vec![7; 40] }],
    };
    let key = DataKey::new(&Secret::new(vec![n; 32])).unwrap();
    let mut writer = Writer::new(&header).unwrap();
    let (mut chain, mut bytes) = Chain::new(&header).unwrap();
    let mut marks = Vec::new();
    for chunk in 0..chunks {
        let at = Timestamp::from_secs(STARTED + i64::from(chunk));
        let body = Body::Data { track: Track::Output, bytes: vec![chunk; 20] };
        assert!(writer.push(&Record { at, channel: 0, body }).is_empty());
        let sealed = writer.cut().unwrap().seal(&key, &mut Compressor::new(false)).unwrap();
        chain.append(&sealed, &mut bytes).unwrap();
        let mark = chain.mark();
        marks.push(Mark { chunks: mark.chunks, bytes: mark.bytes, root: mark.root });
    }
    let torn: &[u8] = if close == Close::Crashed { b"torn" } else { b"" };
    bytes.extend(torn);
    let (key, ending) = match close {
        Close::Sealed(ending) => (Some(&key), ending),
        Close::Crashed => (None, Ending::Crash),
        Close::Open => return Container { bytes, marks, seal: [0; 32] },
    };
    let torn = (torn.len() as u64, Digest::of(&[torn]));
    let (_, seal) = chain.close(key, ending, Timestamp::from_secs(STARTED + 9), torn).unwrap();
    bytes.extend(&seal);
    Container { bytes, marks, seal: Seal::digest(&seal).unwrap() }
}

/// The log of two sessions that end in order; every entry is of source `gate`.
pub(super) fn honest() -> Vec<Entry> {
    let (one, two) = (container(1, 3, finished()), container(2, 3, finished()));
    vec![
        entry(0, None, started()),
        entry(1, Some(1), opened(1)),
        entry(2, Some(1), SecretLent { equipment: equipment(), login: "maint".into(), permit: 1 }),
        entry(3, Some(1), progress(1, &one.marks[0])),
        entry(4, Some(2), opened(2)),
        entry(5, Some(1), progress(1, &one.marks[1])),
        entry(6, Some(1), sealed(1, &one, Ending::Finished)),
        entry(7, Some(1), ended(1, &one)),
        entry(8, Some(2), progress(2, &two.marks[2])),
        entry(9, Some(2), sealed(2, &two, Ending::Finished)),
        entry(10, Some(2), ended(2, &two)),
        entry(11, None, GateStopped { reason: "asked".into() }),
    ]
}

/// The same log, with the gate killed while its second session lived, and started again.
pub(super) fn crashed() -> Vec<Entry> {
    let mut log = honest();
    log.truncate(9);
    let two = container(2, 3, Close::Crashed);
    let last = two.marks.last().cloned();
    let crash = SessionCrashed { recording: recording(2), boot: boot(1), last };
    log.push(entry(0, None, started()));
    log.push(entry(1, Some(2), sealed(2, &two, Ending::Crash)));
    log.push(entry(2, Some(2), crash));
    log.iter_mut().skip(9).for_each(|entry| entry.boot = boot(2));
    log
}

/// The honest log restored from a backup of its first entries, by a gate that then goes on.
pub(super) fn restored(entries: usize) -> Vec<Entry> {
    let mut log = honest();
    log.truncate(entries);
    let taken = Timestamp::from_secs(STARTED + 3);
    let said = LedgerRestored { manifest: [1; 32], taken, entries: entries as u64, root: [2; 32] };
    log.push(entry(0, None, said));
    log.extend((1..5).map(|index| entry(index, None, started())));
    log.iter_mut().skip(entries).for_each(|entry| entry.boot = boot(2));
    log
}

/// Seconds after which what was written at the start is older than six months.
const LATER: i64 = 200 * 86_400;

/// An entry of the first boot, 200 days after the start.
pub(super) fn later(index: u64, of: Option<u8>, fact: impl Into<Fact>) -> Entry {
    let mut entry = entry(index, of, fact);
    entry.at = Timestamp::from_secs(STARTED + LATER + index as i64);
    entry.recorded_at = entry.at;
    entry
}

pub(super) fn recording_purged(n: u8, ended: i64) -> RecordingPurged {
    let mark = container(n, 3, finished()).marks[2].clone();
    let (recording, ended) = (recording(n), Timestamp::from_secs(STARTED + ended));
    RecordingPurged { recording, root: mark.root, bytes: mark.bytes, ended, days: 180 }
}

/// A log of which the first bundle may be gone: two sessions ended in it, a third crosses its end, and 200 days later
/// the recordings of the two are purged, then the entries. The certificate is entry 264.
pub(super) fn purged() -> Vec<Entry> {
    let mut log = honest();
    log.pop();
    log.extend((11..250).map(|index| entry(index, None, started())));
    let three = container(3, 3, finished());
    log.push(entry(250, Some(3), opened(3)));
    log.extend((251..259).map(|index| entry(index, None, started())));
    log.push(entry(259, Some(3), sealed(3, &three, Ending::Finished)));
    log.push(entry(260, Some(3), ended(3, &three)));
    log.push(later(261, None, started()));
    log.push(later(262, Some(1), recording_purged(1, 7)));
    log.push(later(263, Some(2), recording_purged(2, 10)));
    let root = root_of(&log[..256]);
    log.push(later(264, None, certificate(root)));
    log.push(later(265, None, started()));
    log
}

pub(super) fn certificate(root: [u8; 32]) -> EntriesPurged {
    let at = |secs| Timestamp::from_secs(STARTED + secs);
    EntriesPurged {
        from: 0,
        until: 256,
        root,
        opened: 3,
        ended: 2,
        open: vec![OpenAt {
            session: session(3),
            recording: recording(3),
            boot: boot(1),
            index: 250,
            at: at(250),
        }],
        counts: vec![CountAt { boot: boot(1), source: "gate".to_owned(), last: 256 }],
        tallies: Vec::new(),
        newest: at(255),
        days: 183,
        reason: None,
        holds: 0,
        held_from: None,
    }
}

/// The root over these entries, at the beginning of a log.
pub(super) fn root_of(log: &[Entry]) -> [u8; 32] {
    let mut frontier = Frontier::default();
    encoded(log.to_vec()).iter().for_each(|entry| drop(frontier.push(leaf_hash(entry))));
    frontier.root().0
}

pub(super) fn finished() -> Close {
    Close::Sealed(Ending::Finished)
}

fn equipment() -> vocab::EquipmentId {
    "scanner".parse().unwrap()
}

pub(super) fn started() -> GateStarted {
    GateStarted { version: "0.0.0".into(), previous: None, entries: 0 }
}

pub(super) fn progress(n: u8, mark: &Mark) -> RecordingProgress {
    RecordingProgress { recording: recording(n), mark: mark.clone() }
}

pub(super) fn sealed(n: u8, container: &Container, ending: Ending) -> RecordingSealed {
    let mark = container.marks.last().unwrap().clone();
    RecordingSealed { recording: recording(n), mark, ending, seal: container.seal }
}

pub(super) fn ended(n: u8, container: &Container) -> SessionEnded {
    let flow = Flow { parsed: 60, unparsed: 0, elided: 0, refused: 0, own: 0 };
    let root = container.marks.last().map(|mark| mark.root);
    let (inward, outward) = (flow.clone(), flow);
    SessionEnded { recording: recording(n), ending: Ending::Finished, inward, outward, root, detail: None }
}

pub(super) fn opened(n: u8) -> SessionOpened {
    SessionOpened {
        recording: recording(n),
        person: "a.martin".parse().unwrap(),
        employer: "fabricant".parse().unwrap(),
        provider: "fabricant".parse().unwrap(),
        contract: "c-1".parse().unwrap(),
        service: "imagerie".parse().unwrap(),
        kind: vocab::Kind::Maintenance,
        level: 1,
        equipment: equipment(),
        address: "192.0.2.7:22".parse().unwrap(),
        from: "198.51.100.4".parse().unwrap(),
        key: "SHA256:0000".into(),
        second: "totp".into(),
        ends_at: Timestamp::from_secs(STARTED + 3_600),
        idle_secs: 900,
        extension_secs: None,
        rights: Rights::NONE.with(vocab::Right::Shell),
        record_typed: false,
        may_take_out: false,
        lifted: Vec::new(),
        facts: [0xfa; 32],
    }
}

/// An entry at its place in the log of the first boot.
pub(super) fn entry(index: u64, of: Option<u8>, fact: impl Into<Fact>) -> Entry {
    let at = Timestamp::from_secs(STARTED + index as i64);
    Entry {
        at,
        recorded_at: at,
        source: "gate".into(),
        seq: index + 1,
        gate: "porte-1".parse().unwrap(),
        boot: boot(1),
        establishment: "chu-fictif".parse().unwrap(),
        by: Actor::Gate,
        session: of.map(session),
        intervention: None,
        fact: fact.into(),
    }
}

/// The bytes of a log's entries; `random` is a counter here.
pub(super) fn encoded(log: Vec<Entry>) -> Vec<Vec<u8>> {
    let encode = |(index, entry): (u128, Entry)| {
        entry.encode(index.to_be_bytes(), &|bytes| Digest::of(&[bytes])).unwrap()
    };
    (0..).zip(log).map(encode).collect()
}

/// A folder of evidence, gone when dropped.
pub(super) struct Evidence {
    pub(super) folder: PathBuf,
    entries: Vec<Vec<u8>>,
}

impl Evidence {
    /// Of these entries, with the recordings of the two sessions.
    pub(super) fn new(entries: Vec<Vec<u8>>, recordings: &[(u8, Container)]) -> Self {
        let evidence = Self::begun(entries);
        evidence.tiles_of(evidence.entries.len());
        evidence.write("checkpoint", &evidence.checkpoint_of(evidence.entries.len()));
        for (n, container) in recordings {
            evidence.write(&format!("recordings/{}.rec", recording(*n)), &container.bytes);
        }
        evidence
    }

    /// A log that was just made, and these entries to come.
    pub(super) fn begun(entries: Vec<Vec<u8>>) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("poterne-verify-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let evidence = Self { folder: std::env::temp_dir().join(name), entries };
        let keys: String = signers().iter().map(|signer| format!("{}\n", signer.key())).collect();
        evidence.write("keys", keys.as_bytes());
        evidence.write("checkpoint", &evidence.checkpoint_of(0));
        evidence
    }

    /// Of the honest log.
    pub(super) fn honest() -> Self {
        let recordings = [(1, container(1, 3, finished())), (2, container(2, 3, finished()))];
        Self::new(encoded(honest()), &recordings)
    }

    /// The tiles of the first entries.
    pub(super) fn tiles_of(&self, size: usize) {
        let mut frontier = Frontier::default();
        let write = |path: TilePath, hashes: &[ledger::Hash]| {
            let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
            self.write(&path.to_string(), &bytes);
        };
        for entry in &self.entries[..size] {
            frontier.push(leaf_hash(entry)).iter().for_each(|(path, hashes)| write(*path, hashes));
        }
        frontier
            .partial()
            .filter(|(_, hashes)| !hashes.is_empty())
            .for_each(|(path, hashes)| write(path, hashes));
        for (index, entries) in (0..).zip(self.entries[..size].chunks(256)) {
            let mut bundle = Vec::new();
            entries.iter().for_each(|entry| encode_entry(entry, &mut bundle).unwrap());
            let path = TilePath { level: Level::Entries, index, width: entries.len() as u64 };
            self.write(&path.to_string(), &bundle);
        }
    }

    /// The checkpoint over the first entries.
    pub(super) fn checkpoint_of(&self, size: usize) -> Vec<u8> {
        let mut frontier = Frontier::default();
        self.entries[..size].iter().for_each(|entry| drop(frontier.push(leaf_hash(entry))));
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size: size as u64, root: frontier.root() };
        checkpoint.sign(&signers(), 1_795_480_000).unwrap()
    }

    pub(super) fn asked(&self) -> Asked {
        Asked { folder: self.folder.clone(), key: self.folder.join("keys"), ..Asked::default() }
    }

    pub(super) fn verify(&self) -> Report {
        crate::verify(&self.asked(), &mut Vec::new(), &|| {}).unwrap()
    }

    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.folder.join(path)).unwrap()
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(super) fn remove(&self, path: &str) {
        fs::remove_file(self.folder.join(path)).unwrap();
    }

    pub(super) fn flip(&self, path: &str, bit: usize) {
        let mut bytes = self.read(path);
        bytes[bit / 8] ^= 1 << (bit % 8);
        self.write(path, &bytes);
    }

    /// Every file that is evidence.
    pub(super) fn files(&self) -> Vec<String> {
        let mut files = vec!["checkpoint".to_owned()];
        for folder in ["tile/0/000.p", "tile/entries/000.p", "recordings"] {
            files.extend(
                crate::folder::names(&self.folder.join(folder)).iter().map(|name| format!("{folder}/{name}")),
            );
        }
        files
    }
}

impl Drop for Evidence {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn signers() -> Vec<Box<dyn Signer>> {
    vec![
        Box::new(Ed25519Signer::from_seed(ORIGIN, &[1; 32]).unwrap()),
        Box::new(MlDsa44Signer::from_seed(ORIGIN, &[2; 32]).unwrap()),
    ]
}
