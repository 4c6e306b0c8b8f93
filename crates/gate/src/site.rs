//! The description of the site, applied as one act.

use events::{Actor, SiteApplied};
use vocab::EstablishmentId;

use crate::Gate;
use crate::acts::Act;
use crate::ports::{PortError, Put};
use crate::scribe::Note;

/// What a site's file changes, worked out by the store against the facts that stand.
#[derive(Debug, Clone)]
pub struct SiteChange {
    /// The establishment that it describes.
    pub establishment: EstablishmentId,
    /// SHA-256 of the file.
    pub file: [u8; 32],
    /// The facts.
    pub puts: Vec<Put>,
    /// How many are new.
    pub added: u64,
    /// How many change.
    pub changed: u64,
    /// How many end.
    pub ended: u64,
}

/// A description that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Where it stands in the establishment's log.
    pub index: u64,
}

impl Gate {
    /// Applies a site's description: all of it, or nothing. Who may: the host operator, because the file is
    /// reviewed outside the gate; it contains neither approvals nor consents.
    pub async fn apply_site(&self, change: SiteChange) -> Result<Applied, PortError> {
        let now = self.clock.now();
        let fact = SiteApplied {
            file: change.file,
            added: change.added,
            changed: change.changed,
            ended: change.ended,
        };
        let note = Note {
            establishment: change.establishment,
            at: now,
            by: Actor::Host,
            session: None,
            intervention: None,
            fact: fact.into(),
        };
        let act = Act {
            puts: change.puts,
            sessions: Vec::new(),
            notes: vec![note],
            at: now,
            by: "apply".to_owned(),
        };
        let receipts = self.acts.commit(act).await?;
        let receipt = receipts.first().ok_or_else(|| PortError::Failed("no receipt was given".into()))?;
        Ok(Applied { index: receipt.index })
    }
}
