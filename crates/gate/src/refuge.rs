//! The trace store is lost while somebody has to work: the emergency journal.
//!
//! It is just another log, with an origin and keys of its own, and recordings beside it, in a place of its own. A gate
//! starts on it when the ordinary one takes nothing; no session opens there but under an emergency derogation that names
//! T11. What waited for the ordinary log goes on waiting. When that takes entries again, it names the emergency journal
//! by its origin, its length and its root, which joins the two for ever.

use std::collections::HashSet;

use events::{Actor, RefugeJoined};
use vocab::EstablishmentId;

use crate::Gate;
use crate::ports::PortError;
use crate::scribe::Note;

/// A gate that starts on the emergency journal.
#[derive(Debug, Clone, Copy)]
pub struct Refuge {
    /// The last entry of the outbox that waits for the ordinary log.
    pub held: u64,
}

/// An emergency journal that is over.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Its origin.
    pub origin: String,
    /// Its entries, as they stand in it: they are in no other log.
    pub entries: HashSet<Vec<u8>>,
    /// The root over them.
    pub root: [u8; 32],
}

impl Gate {
    /// Writes into each ordinary log which emergency journal goes with it.
    pub(crate) async fn say_joined(&self, journals: &[Joined]) -> Result<(), PortError> {
        for one in journals {
            let fact = RefugeJoined {
                origin: one.origin.as_str().into(),
                entries: u64::try_from(one.entries.len()).unwrap_or(u64::MAX),
                root: one.root,
            };
            let (establishment, at) = (one.establishment.clone(), self.clock.now());
            let note = Note {
                establishment,
                at,
                by: Actor::Gate,
                session: None,
                intervention: None,
                fact: fact.into(),
            };
            self.scribe.note(note).await?;
        }
        Ok(())
    }
}
