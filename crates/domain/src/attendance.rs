//! Somebody of the establishment is there while data are worked on under its control (guide, section 1.2.2).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{PersonId, Timestamp};

use crate::Intervention;

/// Nobody says for longer than a shift's half that he is there: four hours.
pub const ATTENDANCE_MAX: Duration = Duration::from_secs(4 * 3600);

/// Somebody says that he follows what is done, until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Who.
    pub by: PersonId,
    /// Since when.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Intervention {
    /// Until when somebody is there, now; `None`: nobody is.
    pub fn attended_until(&self, now: Timestamp) -> Option<Timestamp> {
        let there = self.attendance.as_ref().filter(|one| one.at <= now && now < one.until)?;
        Some(there.until.min(there.at.after(ATTENDANCE_MAX)))
    }
}
