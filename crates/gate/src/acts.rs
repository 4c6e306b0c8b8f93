//! Acts: what changes facts, with its event, in one transaction.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Mutex;
use vocab::{EstablishmentId, Timestamp};

use crate::assess::Agenda;
use crate::bearer::ByToken;
use crate::outbox::Outbox;
use crate::ports::{Answered, Change, Clock, Entropy, PortError, Put, Receipt, Served, SessionChange};
use crate::refuge::Over;
use crate::scribe::{Letterhead, Note};

/// One act: all of it, or nothing.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) puts: Vec<Put>,
    pub(crate) sessions: Vec<SessionChange>,
    pub(crate) notes: Vec<Note>,
    /// From when the facts hold.
    pub(crate) at: Timestamp,
    /// The acting person's name, `apply` or `gate`.
    pub(crate) by: String,
}

/// By which token an act is done, and what is kept of its answer.
#[derive(Debug)]
pub(crate) struct Through {
    pub(crate) by: ByToken,
    pub(crate) from: IpAddr,
    pub(crate) answered: Option<Answered>,
}

/// The service of an intervention that changes.
fn moved(put: &Put) -> Option<Served> {
    match put {
        Put::Intervention { value, .. } => Some((value.establishment.clone(), value.service.clone())),
        _ => None,
    }
}

/// The one place where facts change. It owns the source `act` in every log.
pub(crate) struct Acts {
    letterhead: Letterhead,
    outbox: Outbox,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Entries committed for each log by this boot. The lock is held over the transaction: a number is
    /// used up only when its entry is in the outbox.
    counts: Mutex<HashMap<EstablishmentId, u64>>,
    /// The newest moment from which anything holds, in microseconds.
    newest: AtomicI64,
    /// Told of every change.
    agenda: Arc<Agenda>,
}

impl Acts {
    pub(crate) fn new(
        letterhead: Letterhead,
        outbox: Outbox,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        agenda: Arc<Agenda>,
    ) -> Self {
        let newest = AtomicI64::new(Timestamp::MIN.as_micros());
        Self { letterhead, outbox, clock, entropy, counts: Mutex::default(), newest, agenda }
    }

    /// The newest moment from which anything holds. It may be ahead of a clock that was put back.
    pub(crate) fn newest(&self) -> Timestamp {
        Timestamp::from_micros(self.newest.load(Ordering::Acquire))
    }

    /// Something holds from this moment on: an act, or at start what earlier boots wrote.
    pub(crate) fn holds_from(&self, newest: Timestamp) {
        self.newest.fetch_max(newest.as_micros(), Ordering::AcqRel);
    }

    /// Records the change and its notes in one transaction; resolves when the notes are durable in their
    /// logs. [`PortError::Unproved`]: it was done all the same.
    ///
    /// It runs to its end even when the caller goes away: a number is never left between two hands.
    pub(crate) fn commit(
        self: &Arc<Self>,
        act: Act,
    ) -> impl Future<Output = Result<Vec<Receipt>, PortError>> + Send + use<> {
        self.commit_through(act, None)
    }

    /// The same, by a token: the entry beside says so, and what the program is answered is kept, all in one transaction.
    pub(crate) fn commit_through(
        self: &Arc<Self>,
        mut act: Act,
        through: Option<Through>,
    ) -> impl Future<Output = Result<Vec<Receipt>, PortError>> + Send + use<> {
        let answered = through.and_then(|Through { by, from, answered }| {
            let beside = act.notes.first().map(|note| note.beside(by.acted(note.fact.code(), from)));
            act.notes.extend(beside);
            answered
        });
        let acts = Arc::clone(self);
        let work = tokio::spawn(async move { acts.run(act, answered).await });
        async move { work.await.map_err(|_| PortError::Failed("the act broke off".into()))? }
    }

    async fn run(&self, act: Act, answered: Option<Answered>) -> Result<Vec<Receipt>, PortError> {
        let Act { puts, sessions, notes, at, by } = act;
        let ticket = {
            let mut counts = self.counts.lock().await;
            let mut next = counts.clone();
            let mut entries = Vec::with_capacity(notes.len());
            for note in notes {
                let establishment = note.establishment.clone();
                let seq = next.entry(establishment.clone()).or_insert(0);
                *seq += 1;
                let entry = self.letterhead.encode(note, "act", *seq, self.clock.now(), &*self.entropy)?;
                entries.push((establishment, entry));
            }
            // Before it is written: the answer may be lost.
            self.holds_from(at);
            let names = puts.iter().filter_map(Put::name).collect();
            let moved = puts.iter().filter_map(moved).collect();
            let ticket = self.outbox.put(Change { puts, sessions, entries, answered }, at, &by).await;
            // Where the answer is lost it may be done: assessing once more than needed harms nothing.
            self.agenda.touch(names, moved);
            let ticket = ticket?;
            *counts = next;
            ticket
        };
        // From here on it is done, whatever becomes of its entries: the next start finds them in the outbox.
        self.outbox.receipts(ticket).await.map_err(|error| PortError::Unproved(error.to_string()))
    }

    /// Does `work` while no act is committed, and every one before it is in its log.
    pub(crate) async fn standing_still<T>(&self, work: impl Future<Output = T>) -> Result<T, PortError> {
        let _still = self.counts.lock().await;
        self.outbox.settle().await?;
        Ok(work.await)
    }

    /// Everything that was committed before is in its log, or [`PortError::Unproved`]: it was done all the same.
    pub(crate) async fn proved(&self) -> Result<(), PortError> {
        self.outbox.catch_up().await.map_err(|error| PortError::Unproved(error.to_string()))
    }

    /// At start: moves what an earlier boot left in the outbox.
    pub(crate) async fn recover(&self, over: &Over) -> Result<u64, PortError> {
        self.outbox.recover(over).await
    }

    /// About once a second: tells the store what is in the logs.
    pub(crate) async fn mark(&self) -> Result<(), PortError> {
        self.outbox.mark().await
    }
}
