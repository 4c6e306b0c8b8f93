//! Entries on their way to their logs.

use std::collections::BTreeMap;

use gate::ports::{PortError, Waiting};
use vocab::EstablishmentId;

/// The outbox: in order, drained once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    waiting: BTreeMap<u64, Waiting>,
    last: u64,
    marks: BTreeMap<EstablishmentId, u64>,
}

impl Outbox {
    /// Adds an entry; returns its place in the order of all acts.
    pub(crate) fn add(&mut self, establishment: EstablishmentId, entry: Vec<u8>) -> Result<u64, PortError> {
        if !(16..=65_535).contains(&entry.len()) {
            return Err(PortError::Failed("an entry is out of bounds".to_owned()));
        }
        self.last += 1;
        self.waiting.insert(self.last, Waiting { seq: self.last, establishment, entry });
        Ok(self.last)
    }

    pub(crate) fn waiting(&self, after: u64, limit: usize) -> Vec<Waiting> {
        self.waiting.range(after + 1..).take(limit).map(|(_, waiting)| waiting.clone()).collect()
    }

    /// Entries that left are in their logs: nothing of them stays.
    pub(crate) fn drained(&mut self, upto: u64, logs: Vec<(EstablishmentId, u64)>) {
        self.waiting = self.waiting.split_off(&(upto + 1));
        for (establishment, size) in logs {
            let mark = self.marks.entry(establishment).or_default();
            *mark = size.max(*mark);
        }
    }

    pub(crate) fn drained_upto(&self, establishment: &EstablishmentId) -> u64 {
        self.marks.get(establishment).copied().unwrap_or(0)
    }
}
