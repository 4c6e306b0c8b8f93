//! From the database's outbox to the log, in order.
//!
//! An act and its entry are one database transaction; the entry is then moved to its log, and the act
//! waits for the receipt. Whoever comes first moves everything that waits, so that many acts share one
//! fsync. After a crash the same entries wait again: those that are in the log already are known by
//! their leaf hash, because an entry's random bytes were drawn when it was made.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::Mutex;
use vocab::{EstablishmentId, Timestamp};

use crate::ports::{Change, Journals, PortError, Receipt, Store, Waiting};
use crate::refuge::Over;

/// Entries moved in one go: 256 × 64 KiB = 16 MiB at the very most, 100 KiB in daily work.
const BATCH: u32 = 256;
/// Receipts kept for acts that have not fetched theirs: many times what can wait at once.
const RECEIPTS_MAX: usize = 16_384;
/// Entries of the log read back at a time when it is searched at start.
const SEARCH_STEP: u64 = 1_024;

/// The one mover of entries.
pub(crate) struct Outbox {
    store: Arc<dyn Store>,
    journals: Arc<dyn Journals>,
    /// Entries up to here wait for another log than these, and go on waiting: nothing is marked as moved.
    held: Option<u64>,
    state: Mutex<Moved>,
}

/// The place of an act's entries in the order of all acts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    last: u64,
    entries: u64,
}

#[derive(Default)]
struct Moved {
    /// Everything up to here is in its log.
    upto: u64,
    /// What `store` was last told.
    marked: u64,
    receipts: BTreeMap<u64, Receipt>,
}

impl Outbox {
    pub(crate) fn new(store: Arc<dyn Store>, journals: Arc<dyn Journals>, held: Option<u64>) -> Self {
        let upto = held.unwrap_or(0);
        Self { store, journals, held, state: Mutex::new(Moved { upto, ..Moved::default() }) }
    }

    /// Records an act with its entries. One whose entry no log would take is not done: it would hold up all others.
    pub(crate) async fn put(&self, change: Change, at: Timestamp, by: &str) -> Result<Ticket, PortError> {
        if let Some((owner, _)) = change.entries.iter().find(|(owner, _)| self.journals.of(owner).is_none()) {
            return Err(no_log(owner));
        }
        let entries = u64::try_from(change.entries.len()).unwrap_or(u64::MAX);
        let last = self.store.commit(change, at, by).await?;
        Ok(Ticket { last, entries })
    }

    /// Waits until the entries of an act are durable in their logs. The receipts are in their order.
    pub(crate) async fn receipts(&self, ticket: Ticket) -> Result<Vec<Receipt>, PortError> {
        if ticket.entries == 0 {
            return Ok(Vec::new());
        }
        let mut state = self.state.lock().await;
        while state.upto < ticket.last {
            self.move_batch(&mut state).await?;
        }
        let first = ticket.last.saturating_sub(ticket.entries - 1);
        (first..=ticket.last)
            .map(|seq| {
                state.receipts.remove(&seq).ok_or_else(|| PortError::Failed("a receipt was lost".into()))
            })
            .collect()
    }

    /// Tells the store what is in the logs, so that a start searches little. Called by the gate's tick.
    pub(crate) async fn mark(&self) -> Result<(), PortError> {
        self.mark_moved(&mut *self.state.lock().await).await
    }

    /// Moves everything that waits and tells the store so. Nothing may be put meanwhile.
    pub(crate) async fn settle(&self) -> Result<(), PortError> {
        let mut state = self.state.lock().await;
        self.move_all(&mut state).await?;
        self.mark_moved(&mut state).await
    }

    /// Moves what waits: what was put before it was called is in its log afterwards.
    pub(crate) async fn catch_up(&self) -> Result<(), PortError> {
        self.move_all(&mut *self.state.lock().await).await
    }

    async fn move_all(&self, state: &mut Moved) -> Result<(), PortError> {
        while !self.store.waiting(state.upto, 1).await?.is_empty() {
            self.move_batch(state).await?;
        }
        Ok(())
    }

    async fn mark_moved(&self, state: &mut Moved) -> Result<(), PortError> {
        if state.marked == state.upto || self.held.is_some() {
            return Ok(());
        }
        let logs = self.journals.all().into_iter().map(|(name, journal)| (name, journal.size())).collect();
        self.store.drained(state.upto, logs).await?;
        state.marked = state.upto;
        Ok(())
    }

    /// At start: moves what an earlier boot left waiting, without writing anything twice. What an emergency journal has
    /// stands there, and nowhere else.
    pub(crate) async fn recover(&self, over: &Over) -> Result<u64, PortError> {
        let mut state = self.state.lock().await;
        let mut known: HashMap<EstablishmentId, HashSet<Vec<u8>>> = HashMap::new();
        let mut moved = 0;
        loop {
            let batch = self.store.waiting(state.upto, BATCH).await?;
            let Some(last) = batch.last().map(|waiting| waiting.seq) else { return Ok(moved) };
            for waiting in batch {
                if !known.contains_key(&waiting.establishment) {
                    let found = self.tail_of(&waiting.establishment).await?;
                    known.insert(waiting.establishment.clone(), found);
                }
                let there =
                    known.get(&waiting.establishment).is_some_and(|tail| tail.contains(&waiting.entry));
                if !there && !over.has(waiting.seq) {
                    self.append(&waiting.establishment, vec![waiting.entry]).await?;
                    moved += 1;
                }
            }
            state.upto = last;
        }
    }

    async fn tail_of(&self, establishment: &EstablishmentId) -> Result<HashSet<Vec<u8>>, PortError> {
        let journal = self.journals.of(establishment).ok_or_else(|| no_log(establishment))?;
        // What the store remembers is of the ordinary log.
        let from = if self.held.is_some() { 0 } else { self.store.drained_upto(establishment).await? };
        // What was purged was in the log long before.
        let (mut from, end) = (from.max(journal.first()), journal.size());
        let mut tail = HashSet::new();
        while from < end {
            let until = end.min(from + SEARCH_STEP);
            tail.extend(journal.read(from, until).await?);
            from = until;
        }
        Ok(tail)
    }

    async fn move_batch(&self, state: &mut Moved) -> Result<(), PortError> {
        let batch = self.store.waiting(state.upto, BATCH).await?;
        if batch.is_empty() {
            return Err(PortError::Failed("an entry that was committed is not in the outbox".into()));
        }
        for run in runs(batch) {
            let seqs: Vec<u64> = run.iter().map(|waiting| waiting.seq).collect();
            let Some(establishment) = run.first().map(|waiting| waiting.establishment.clone()) else {
                continue;
            };
            let entries = run.into_iter().map(|waiting| waiting.entry).collect();
            let receipts = self.append(&establishment, entries).await?;
            // Counted run by run: a failure in the next one never moves this one twice.
            state.upto = seqs.last().copied().unwrap_or(state.upto);
            state.receipts.extend(seqs.into_iter().zip(receipts));
        }
        while state.receipts.len() > RECEIPTS_MAX {
            state.receipts.pop_first();
        }
        Ok(())
    }

    async fn append(
        &self,
        establishment: &EstablishmentId,
        entries: Vec<Vec<u8>>,
    ) -> Result<Vec<Receipt>, PortError> {
        let journal = self.journals.of(establishment).ok_or_else(|| no_log(establishment))?;
        journal.append(entries).await
    }
}

/// Neighbours that go to the same log travel together; the order over all logs is kept.
fn runs(batch: Vec<Waiting>) -> Vec<Vec<Waiting>> {
    let mut runs: Vec<Vec<Waiting>> = Vec::new();
    for waiting in batch {
        match runs.last_mut() {
            Some(run) if run.first().is_some_and(|first| first.establishment == waiting.establishment) => {
                run.push(waiting);
            }
            _ => runs.push(vec![waiting]),
        }
    }
    runs
}

fn no_log(establishment: &EstablishmentId) -> PortError {
    PortError::Missing(format!("the log of `{establishment}`"))
}
