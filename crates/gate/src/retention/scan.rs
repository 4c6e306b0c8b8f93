//! The old part of a log, read in order: what has to be said of it when it goes.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CountThere, OpenThere, Purged};
use events::{DocumentFiled, Entry, Fact, RefugeJoined, Sequence};
use vocab::{BootId, SessionId, Timestamp};

/// Entries in a bundle (`docs/formats/ledger.md` 3.3): what goes at once.
const BUNDLE: u64 = 256;
/// Sessions that may be open at a boundary: they stand in the certificate (64 × 240 bytes).
const OPEN_MAX: usize = 64;
/// Boots whose counts stand in the certificate: the last one, and one whose outbox it emptied.
const BOOTS: usize = 2;
/// Entries under one certificate: 4,096 bundles, half a GiB in daily work.
const LONG: u64 = 4_096 * BUNDLE;
/// Emergency journals that are named again with one certificate.
const JOINED_MAX: usize = 256;
/// Documents that are said again with one certificate.
const FILED_MAX: usize = 256;
/// The parts of the catalogue, by the hundreds of its numbers.
const CLASSES: [&str; 6] = ["gate", "login", "session", "recording", "intervention", "site"];

/// What may go, and what its certificate says.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) until: u64,
    pub(super) open: Vec<OpenThere>,
    pub(super) counts: Vec<CountThere>,
    pub(super) opened: u64,
    pub(super) ended: u64,
    pub(super) tallies: [(&'static str, u64); 6],
    pub(super) newest: Timestamp,
    pub(super) joined: Vec<RefugeJoined>,
    pub(super) filed: Vec<(Timestamp, DocumentFiled)>,
}

/// Goes on where the last certificate ended.
pub(super) struct Scan {
    from: u64,
    index: u64,
    open: BTreeMap<SessionId, OpenThere>,
    /// Open sessions whose recording is sealed: their end is about to follow.
    sealed: BTreeSet<SessionId>,
    boots: Vec<BootId>,
    sources: BTreeMap<(BootId, String), Sequence>,
    opened: u64,
    ended: u64,
    tallies: [(&'static str, u64); 6],
    newest: Timestamp,
    joined: Vec<RefugeJoined>,
    /// Documents that were filed, and when.
    filed: Vec<(Timestamp, DocumentFiled)>,
}

impl Scan {
    pub(super) fn after(purged: &Purged) -> Self {
        let mut scan = Self {
            from: purged.until,
            index: purged.until,
            open: purged.open.iter().map(|one| (one.session, one.clone())).collect(),
            sealed: BTreeSet::new(),
            boots: Vec::new(),
            sources: BTreeMap::new(),
            opened: 0,
            ended: 0,
            tallies: CLASSES.map(|class| (class, 0)),
            newest: Timestamp::MIN,
            joined: Vec::new(),
            filed: Vec::new(),
        };
        for one in &purged.counts {
            scan.began(one.boot);
            scan.sources.insert((one.boot, one.source.clone()), Sequence::after(one.last));
        }
        scan
    }

    /// The next entry's.
    pub(super) fn index(&self) -> u64 {
        self.index
    }

    /// Whether it is enough for one certificate.
    pub(super) fn is_long(&self) -> bool {
        self.index - self.from >= LONG || self.joined.len() >= JOINED_MAX || self.filed.len() >= FILED_MAX
    }

    fn began(&mut self, boot: BootId) {
        if !self.boots.contains(&boot) {
            self.boots.push(boot);
        }
    }

    pub(super) fn take(&mut self, entry: Entry) {
        let index = self.index;
        self.index += 1;
        self.began(entry.boot);
        let source = entry.source.as_str().to_owned();
        self.sources.entry((entry.boot, source)).or_default().take(entry.seq, index);
        self.newest = self.newest.max(entry.recorded_at);
        let class = usize::try_from(entry.fact.number() / 100).unwrap_or(usize::MAX).saturating_sub(1);
        self.tallies.get_mut(class).into_iter().for_each(|(_, entries)| *entries += 1);
        let session = entry.session.unwrap_or(SessionId::from_bytes([0; 16]));
        match entry.fact {
            Fact::SessionOpened(opened) => {
                self.opened += 1;
                let (recording, boot, at) = (opened.recording, entry.boot, entry.at);
                self.open.insert(session, OpenThere { session, recording, boot, index, at });
            }
            Fact::RecordingSealed(_) => {
                self.sealed.insert(session);
            }
            Fact::SessionEnded(_) | Fact::SessionCrashed(_) => {
                self.ended += 1;
                self.open.remove(&session);
                self.sealed.remove(&session);
            }
            Fact::DocumentFiled(filed) if self.filed.len() < FILED_MAX => {
                self.filed.push((entry.at, filed));
            }
            Fact::RefugeJoined(joined) if self.joined.len() < JOINED_MAX => self.joined.push(joined),
            _ => {}
        }
    }

    /// What may go up to here, at a boundary at which nothing is half said: no number of a source is still to come, no
    /// session lacks only its end, and few are open.
    pub(super) fn draft(&self) -> Option<Draft> {
        let whole = self.index.is_multiple_of(BUNDLE) && self.index > self.from;
        let said = self.sealed.is_empty() && self.sources.values().all(|source| source.gap().is_none());
        if !whole || !said || self.open.len() > OPEN_MAX {
            return None;
        }
        let last: Vec<&BootId> = self.boots.iter().rev().take(BOOTS).collect();
        let counts = last.into_iter().rev().flat_map(|boot| {
            let its = self.sources.iter().filter(move |((whose, _), _)| whose == boot);
            its.map(|((boot, source), numbers)| CountThere {
                boot: *boot,
                source: source.clone(),
                last: numbers.last(),
            })
        });
        Some(Draft {
            until: self.index,
            open: self.open.values().cloned().collect(),
            counts: counts.collect(),
            opened: self.opened,
            ended: self.ended,
            tallies: self.tallies,
            newest: self.newest,
            joined: self.joined.clone(),
            filed: self.filed.clone(),
        })
    }
}
