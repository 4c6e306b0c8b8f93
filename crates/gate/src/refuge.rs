//! The trace store is lost while somebody has to work: the emergency journal.
//!
//! It is just another log, with an origin and keys of its own, and recordings beside it, in a place of its own. A gate
//! starts on it when the ordinary one takes nothing; no session opens there but under an emergency derogation that names
//! T11. What waited for the ordinary log goes on waiting. When that takes entries again, it names the emergency journal
//! by its origin, its length and its root, which joins the two for ever.

use events::{Actor, Entry, Fact, RefugeJoined};
use vocab::EstablishmentId;

use crate::Gate;
use crate::ports::PortError;
use crate::scribe::Note;
use crate::start::READ_STEP;

/// A gate that starts on the emergency journal.
#[derive(Debug, Clone, Copy)]
pub struct Refuge {
    /// The last entry of the outbox that waits for the ordinary log.
    pub held: u64,
}

/// An emergency that is over: whoever starts on the ordinary log again names its journals there.
#[derive(Debug, Clone, Default)]
pub struct Over {
    /// The last entry of the outbox that waited for the ordinary log.
    pub held: u64,
    /// The last one that is in an emergency journal, and in no other log.
    pub last: u64,
    /// The journals.
    pub journals: Vec<Joined>,
}

impl Over {
    /// Whether this entry of the outbox is in an emergency journal.
    pub(crate) fn has(&self, seq: u64) -> bool {
        self.held < seq && seq <= self.last
    }
}

/// One emergency journal that is over.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Its origin.
    pub origin: String,
    /// How many entries it has.
    pub entries: u64,
    /// The root over them.
    pub root: [u8; 32],
}

impl Gate {
    /// Writes into each ordinary log which emergency journal goes with it. A start that died before the place was laid
    /// aside has written it into some already, and it is written once.
    pub(crate) async fn say_joined(&self, over: &Over) -> Result<(), PortError> {
        for one in &over.journals {
            let (origin, entries, root) = (one.origin.as_str().into(), one.entries, one.root);
            let joined = RefugeJoined { origin, entries, root };
            if self.is_joined(&one.establishment, &joined).await? {
                continue;
            }
            let (establishment, at, fact) = (one.establishment.clone(), self.clock.now(), joined.into());
            let note = Note { establishment, at, by: Actor::Gate, session: None, intervention: None, fact };
            self.scribe.note(note).await?;
        }
        Ok(())
    }

    /// From the end of the log back, where such a thing stands if it does.
    async fn is_joined(
        &self,
        establishment: &EstablishmentId,
        joined: &RefugeJoined,
    ) -> Result<bool, PortError> {
        let Some(journal) = self.journals.of(establishment) else { return Ok(false) };
        let mut end = journal.size();
        while end > journal.first() {
            let from = end.saturating_sub(READ_STEP).max(journal.first());
            let entries = journal.read(from, end).await?;
            let said = |bytes: &Vec<u8>| {
                Entry::decode(bytes)
                    .is_ok_and(|entry| matches!(&entry.fact, Fact::RefugeJoined(said) if said == joined))
            };
            if entries.iter().any(said) {
                return Ok(true);
            }
            end = from;
        }
        Ok(false)
    }
}
