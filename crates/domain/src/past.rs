//! Work that does not pass the gate (direct paths, assistance by other means): it has a beginning and an end, which people declare.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{PersonId, Timestamp};

use crate::Intervention;

/// A consent is of the day: twelve hours.
pub const CONSENT: Duration = Duration::from_secs(12 * 3600);
/// So many beginnings are kept with an intervention, of some 200 bytes each: 13 KB, which are read with it.
pub const PAST_MAX: usize = 64;

/// A beneficiary's word that this person may begin by himself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastConsent {
    /// Who consents.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub to: PersonId,
}

/// One person's work past the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastWork {
    /// Who works.
    pub technician: PersonId,
    /// Since when.
    pub began: Timestamp,
    /// Who declared it: himself, or whoever runs it on the establishment's side.
    pub declared_by: PersonId,
    /// Who consented, where he declared it himself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_by: Option<PersonId>,
    /// Until when it may go on: when the plan, the period or a paper ends.
    pub until: Timestamp,
    /// When it ended, and who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<(Timestamp, PersonId)>,
}

impl Intervention {
    /// What was begun past the gate and is not ended.
    pub fn under_way_past(&self) -> impl Iterator<Item = &PastWork> {
        self.past.iter().filter(|work| work.ended.is_none())
    }

    /// Whether anybody worked in it, through the gate or past it.
    pub fn was_worked_in(&self) -> bool {
        self.sessions > 0 || !self.past.is_empty()
    }
}
