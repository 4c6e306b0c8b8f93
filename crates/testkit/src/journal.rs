//! Logs in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use events::Entry;
use gate::ports::{Boxed, Journal, Journals, PortError, Receipt};
use gate::{Logged, Removal, Stamped};
use vocab::EstablishmentId;

use crate::{Step, Troubles, lock};

/// One establishment's log.
pub struct Log {
    entries: Mutex<Vec<Vec<u8>>>,
    /// The first that is there: those before it stay for their hashes, and are handed out no more.
    first: Mutex<u64>,
    /// The size under the last checkpoint.
    sealed: Mutex<u64>,
    /// What was put beside the checkpoint.
    stamps: Mutex<Vec<Stamped>>,
    stopped: Mutex<Option<String>>,
    troubles: Arc<Troubles>,
}

impl Log {
    fn new(troubles: Arc<Troubles>) -> Self {
        Self {
            entries: Mutex::default(),
            first: Mutex::default(),
            sealed: Mutex::default(),
            stamps: Mutex::default(),
            stopped: Mutex::default(),
            troubles,
        }
    }

    /// From now on the log begins there, as after a purge.
    pub fn begin_at(&self, first: u64) {
        *lock(&self.first) = first;
    }

    /// The entries as text.
    pub fn texts(&self) -> Vec<String> {
        lock(&self.entries).iter().map(|entry| String::from_utf8_lossy(entry).into_owned()).collect()
    }

    /// The entries that hold all of these words.
    pub fn with(&self, words: &[&str]) -> Vec<String> {
        self.texts().into_iter().filter(|text| words.iter().all(|word| text.contains(word))).collect()
    }

    /// The entries as they were written.
    pub fn raw(&self) -> Vec<Vec<u8>> {
        lock(&self.entries).clone()
    }

    /// The entries, read back. Each of them can be.
    pub fn entries(&self) -> Vec<Entry> {
        let read = |bytes: &Vec<u8>| Entry::decode(bytes).unwrap_or_else(|error| panic!("an entry: {error}"));
        lock(&self.entries).iter().map(read).collect()
    }

    /// Whether the entry of this receipt stands where the receipt says.
    pub fn holds(&self, receipt: Receipt) -> bool {
        let entries = lock(&self.entries);
        let entry = usize::try_from(receipt.index).ok().and_then(|index| entries.get(index));
        entry.is_some_and(|entry| ledger::leaf_hash(entry).0 == receipt.leaf)
    }

    /// The size under the last checkpoint.
    pub fn sealed(&self) -> u64 {
        *lock(&self.sealed)
    }

    /// The timestamps that lie beside the checkpoint.
    pub fn stamps(&self) -> Vec<Stamped> {
        lock(&self.stamps).clone()
    }

    /// It takes nothing from now on.
    pub fn stop(&self, why: &str) {
        *lock(&self.stopped) = Some(why.to_owned());
    }

    /// It is opened again, and takes entries again.
    pub fn reopen(&self) {
        *lock(&self.stopped) = None;
    }

    fn add(&self, entries: Vec<Vec<u8>>) -> Result<Vec<Receipt>, PortError> {
        Journal::health(self).map_err(PortError::Failed)?;
        let mut log = lock(&self.entries);
        // The bounds of `docs/formats/ledger.md`.
        if entries.iter().any(|entry| !(16..=65_535).contains(&entry.len())) {
            return Err(PortError::Failed("an entry is out of bounds".to_owned()));
        }
        let receipts = entries.into_iter().map(|entry| {
            let receipt = Receipt { index: log.len() as u64, leaf: ledger::leaf_hash(&entry).0 };
            log.push(entry);
            receipt
        });
        Ok(receipts.collect())
    }

    fn between(&self, from: u64, until: u64) -> Result<Vec<Vec<u8>>, PortError> {
        if from < *lock(&self.first) {
            return Err(PortError::Missing(format!("entries {from} to {until}: some were purged")));
        }
        let entries = lock(&self.entries);
        let range = usize::try_from(from).unwrap()..usize::try_from(until).unwrap();
        let found = entries.get(range).map(<[_]>::to_vec);
        found.ok_or_else(|| PortError::Missing(format!("entries {from} to {until}")))
    }
}

impl Journal for Log {
    fn append(&self, entries: Vec<Vec<u8>>) -> Boxed<'_, Result<Vec<Receipt>, PortError>> {
        Box::pin(async move {
            let appended = self.troubles.around(Step::Append, move || self.add(entries)).await;
            // A log that failed takes nothing more until it is opened again: what it holds is known then.
            if let Err(error) = &appended {
                lock(&self.stopped).get_or_insert_with(|| error.to_string());
            }
            appended
        })
    }

    fn size(&self) -> u64 {
        lock(&self.entries).len() as u64
    }

    fn first(&self) -> u64 {
        *lock(&self.first)
    }

    fn root_at(&self, size: u64) -> Boxed<'_, Result<[u8; 32], PortError>> {
        let work = move || {
            let mut frontier = ledger::Frontier::default();
            let entries = lock(&self.entries);
            let upto = entries.get(..usize::try_from(size).unwrap()).unwrap();
            upto.iter().for_each(|entry| drop(frontier.push(ledger::leaf_hash(entry))));
            Ok(frontier.root().0)
        };
        Box::pin(self.troubles.around(Step::ReadLog, work))
    }

    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let (until, receipt) = (removal.value().until, removal.receipt());
        let work = move || {
            assert!(self.holds(receipt), "nothing is purged without a certificate in the log");
            assert!(
                until <= receipt.index && until.is_multiple_of(256),
                "whole bundles before the certificate"
            );
            let mut first = lock(&self.first);
            *first = until.max(*first);
            Ok(())
        };
        Box::pin(self.troubles.around(Step::PurgeEntries, work))
    }

    fn read(&self, from: u64, until: u64) -> Boxed<'_, Result<Vec<Vec<u8>>, PortError>> {
        Box::pin(self.troubles.around(Step::ReadLog, move || self.between(from, until)))
    }

    fn health(&self) -> Result<(), String> {
        lock(&self.stopped).clone().map_or(Ok(()), Err)
    }

    fn seal(&self) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(self.troubles.around(Step::Checkpoint, || {
            *lock(&self.sealed) = self.size();
            Ok(())
        }))
    }

    fn checkpoint(&self) -> (u64, Vec<u8>) {
        let (size, entries) = (self.sealed(), lock(&self.entries));
        let mut frontier = ledger::Frontier::default();
        let upto = entries.get(..usize::try_from(size).unwrap()).unwrap();
        upto.iter().for_each(|entry| drop(frontier.push(ledger::leaf_hash(entry))));
        let origin = "poterne.invalid/fictif/porte".to_owned();
        let signer = ledger::Ed25519Signer::from_seed(&origin, &[7; 32]).unwrap();
        let checkpoint = ledger::Checkpoint { origin, size, root: frontier.root() };
        (size, checkpoint.sign(&[Box::new(signer)], 0).unwrap())
    }

    fn put_stamp(&self, stamp: &Logged<Stamped>) -> Boxed<'_, Result<(), PortError>> {
        let (receipt, stamp) = (stamp.receipt(), stamp.value().clone());
        let work = move || {
            assert!(self.holds(receipt), "nothing lies beside the checkpoint that is not in the log");
            lock(&self.stamps).push(stamp);
            Ok(())
        };
        Box::pin(self.troubles.around(Step::PutStamp, work))
    }
}

/// The logs of one gate.
pub struct Logs {
    home: EstablishmentId,
    all: BTreeMap<EstablishmentId, Arc<Log>>,
}

impl Logs {
    /// One log for each establishment; the first is at home.
    pub fn of(establishments: &[EstablishmentId], troubles: &Arc<Troubles>) -> Self {
        let home = establishments.first().cloned().unwrap_or_else(|| panic!("a gate has an establishment"));
        let all = establishments.iter().map(|name| (name.clone(), Arc::new(Log::new(troubles.clone()))));
        Self { home, all: all.collect() }
    }

    /// The home establishment's log.
    pub fn at_home(&self) -> Arc<Log> {
        self.log(self.home.as_str())
    }

    /// An establishment's log.
    pub fn log(&self, establishment: &str) -> Arc<Log> {
        let found = self.all.iter().find(|(name, _)| name.as_str() == establishment);
        found.map(|(_, log)| Arc::clone(log)).unwrap_or_else(|| panic!("no log of `{establishment}`"))
    }
}

impl Logs {
    /// All of them are opened again.
    pub fn reopen(&self) {
        self.all.values().for_each(|log| log.reopen());
    }
}

impl Journals for Logs {
    fn of(&self, establishment: &EstablishmentId) -> Option<Arc<dyn Journal>> {
        self.all.get(establishment).map(|log| Arc::clone(log) as Arc<dyn Journal>)
    }

    fn home(&self) -> (EstablishmentId, Arc<dyn Journal>) {
        (self.home.clone(), self.at_home())
    }

    fn all(&self) -> Vec<(EstablishmentId, Arc<dyn Journal>)> {
        self.all.iter().map(|(name, log)| (name.clone(), Arc::clone(log) as Arc<dyn Journal>)).collect()
    }
}
