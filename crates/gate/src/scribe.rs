//! The gate's pen: what is written down without changing a fact.
//!
//! One task owns the source `gate` in every log, numbers its entries without gap, and writes them in
//! groups. Refusals and the like wait for their receipt; observations do not, and are durable within a
//! second, usually within milliseconds.

use std::collections::HashMap;
use std::sync::Arc;

use events::{Actor, Entry, Fact};
use tokio::sync::{Semaphore, mpsc, oneshot};
use vocab::{BootId, EstablishmentId, GateId, InterventionId, SessionId, Timestamp};

use crate::ports::{Clock, Entropy, Journals, PortError, Receipt};
use crate::share::{MOST, Place, Share};

/// Notes whose receipt somebody waits for; whoever comes later waits for room as well.
const NOTES: usize = 1_024;
/// Notes written with one fsync.
const GROUP: usize = 512;

/// Who did what, in which session and intervention.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) establishment: EstablishmentId,
    pub(crate) at: Timestamp,
    pub(crate) by: Actor,
    pub(crate) session: Option<SessionId>,
    pub(crate) intervention: Option<InterventionId>,
    pub(crate) fact: Fact,
}

impl Note {
    /// What is said beside this one, of the same act.
    pub(crate) fn beside(&self, fact: impl Into<Fact>) -> Self {
        Self { fact: fact.into(), ..self.clone() }
    }
}

type Answer = oneshot::Sender<Result<Receipt, PortError>>;
/// A note, and what waits for it: the one who wants its receipt, or the place of an observation in its share.
type Asked = (Note, Waits);

enum Waits {
    Answer(Answer),
    Place(Place),
}

/// The hand that gives notes to the pen. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Scribe {
    notes: mpsc::Sender<Asked>,
}

/// What stands in every entry of this gate.
#[derive(Debug, Clone)]
pub(crate) struct Letterhead {
    pub(crate) gate: GateId,
    pub(crate) boot: BootId,
}

impl Letterhead {
    /// Encodes an entry; the number is the caller's to count.
    pub(crate) fn encode(
        &self,
        note: Note,
        source: &str,
        seq: u64,
        recorded_at: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, PortError> {
        let mut random = [0; events::RANDOM_LEN];
        entropy.fill(&mut random)?;
        let entry = Entry {
            at: note.at,
            recorded_at,
            source: source.into(),
            seq,
            gate: self.gate.clone(),
            boot: self.boot,
            establishment: note.establishment,
            by: note.by,
            session: note.session,
            intervention: note.intervention,
            fact: note.fact,
        };
        entry
            .encode(random, &|bytes| recording::Digest::of(&[bytes]))
            .map_err(|error| PortError::Failed(format!("an event cannot be encoded: {error}")))
    }
}

impl Scribe {
    /// Starts the pen.
    pub(crate) fn start(
        letterhead: Letterhead,
        journals: Arc<dyn Journals>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        sessions_max: usize,
    ) -> Self {
        // The share of each session, that of what belongs to none, and notes that are waited for.
        let room = sessions_max.saturating_add(1).saturating_mul(MOST).saturating_add(NOTES);
        let (notes, queue) = mpsc::channel(room.min(Semaphore::MAX_PERMITS));
        let pen = Pen { letterhead, journals, clock, entropy, counts: HashMap::new() };
        tokio::spawn(pen.write(queue));
        Self { notes }
    }

    /// Writes down and waits until it is durable.
    pub(crate) async fn note(&self, note: Note) -> Result<Receipt, PortError> {
        let (answer, receipt) = oneshot::channel();
        self.notes.send((note, Waits::Answer(answer))).await.map_err(|_| stopped())?;
        receipt.await.map_err(|_| stopped())?
    }

    /// Hands an observation over without waiting. An error: it cannot be traced, so it may not go on.
    pub(crate) fn observe(&self, note: Note, share: &Share) -> Result<(), PortError> {
        let place = share.place()?;
        // Only a share that is used up fills the queue; a pen that stopped takes nothing.
        self.notes.try_send((note, Waits::Place(place))).map_err(|_| stopped())
    }
}

fn stopped() -> PortError {
    PortError::Failed("the gate is stopping".into())
}

struct Pen {
    letterhead: Letterhead,
    journals: Arc<dyn Journals>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Entries written in each log by this boot.
    counts: HashMap<EstablishmentId, u64>,
}

impl Pen {
    async fn write(mut self, mut queue: mpsc::Receiver<Asked>) {
        let mut group = Vec::new();
        while queue.recv_many(&mut group, GROUP).await > 0 {
            let mut by_log: Vec<(EstablishmentId, Vec<Asked>)> = Vec::new();
            for (note, answer) in group.drain(..) {
                match by_log.iter_mut().find(|(name, _)| *name == note.establishment) {
                    Some((_, notes)) => notes.push((note, answer)),
                    None => by_log.push((note.establishment.clone(), vec![(note, answer)])),
                }
            }
            for (establishment, notes) in by_log {
                if !self.write_group(&establishment, notes).await {
                    // Nothing more is taken: whoever observes is told, and what cannot be traced ends (T11).
                    return;
                }
            }
        }
    }

    /// `false`: the log takes nothing any longer.
    async fn write_group(&mut self, establishment: &EstablishmentId, notes: Vec<Asked>) -> bool {
        let (mut entries, mut answers) = (Vec::new(), Vec::new());
        let now = self.clock.now();
        let mut seq = self.counts.get(establishment).copied().unwrap_or(0);
        for (note, answer) in notes {
            match self.letterhead.encode(note, "gate", seq + 1, now, &*self.entropy) {
                Ok(entry) => {
                    seq += 1;
                    entries.push(entry);
                    answers.push(answer);
                }
                Err(error) => reply(answer, Err(error)),
            }
        }
        let Some(journal) = self.journals.of(establishment) else {
            // An establishment that has none here: that is for who asked, and stops nobody else.
            let missing = PortError::Missing(format!("the log of `{establishment}`"));
            answers.into_iter().for_each(|answer| reply(answer, Err(missing.clone())));
            return true;
        };
        match journal.append(entries).await {
            Ok(receipts) => {
                self.counts.insert(establishment.clone(), seq);
                answers.into_iter().zip(receipts).for_each(|(answer, receipt)| reply(answer, Ok(receipt)));
                true
            }
            Err(error) => {
                tracing::error!(%establishment, %error, "Observations could not be written");
                answers.into_iter().for_each(|answer| reply(answer, Err(error.clone())));
                false
            }
        }
    }
}

fn reply(waits: Waits, result: Result<Receipt, PortError>) {
    match waits {
        // Whoever asked may be gone: what he asked to be written is written all the same.
        Waits::Answer(answer) => drop(answer.send(result)),
        Waits::Place(place) if result.is_err() => place.lost(),
        Waits::Place(place) => drop(place),
    }
}
