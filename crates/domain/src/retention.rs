//! How long what is written down is kept, what keeps it longer, and what went already.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{BootId, InterventionId, PersonId, RecordingId, SessionId, Timestamp};

use crate::{Establishment, Filed, Intervention, PAPER_DAYS, PaperId, State};

/// Days that traces are kept when nothing is said: 12 months (CNIL 2021-122; the guide says none).
pub const TRACE_DAYS: u32 = 365;
/// The shortest: six months, in any half of a year.
pub const TRACE_DAYS_MIN: u32 = 183;
/// The longest, with a reason that is written down: three years.
pub const TRACE_DAYS_MAX: u32 = 1_096;
/// Days that recordings are kept when nothing is said: six months.
pub const RECORDING_DAYS: u32 = 183;
/// The shortest: whoever looks into an incident of last week finds it.
pub const RECORDING_DAYS_MIN: u32 = 30;

/// Days that facts and interventions are kept, once they are over and the contract that they belong to ended, when nothing is
/// said: five years (rules.md §3; the civil prescription, art. 2224 of the Code civil).
pub const FACT_DAYS: u32 = PAPER_DAYS;
/// The shortest: what explains traces goes after the oldest of them.
pub const FACT_DAYS_MIN: u32 = TRACE_DAYS_MAX;
/// The longest, with a reason that is written down: ten years.
pub const FACT_DAYS_MAX: u32 = 3_653;

/// For how long traces are kept, and the facts of the contract side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Days, from [`TRACE_DAYS_MIN`] to [`TRACE_DAYS_MAX`].
    pub trace_days: u32,
    /// Why they are more than [`TRACE_DAYS`].
    #[serde(default)]
    pub reason: Option<String>,
    /// Days that facts and interventions are kept, from [`FACT_DAYS_MIN`] to [`FACT_DAYS_MAX`], after they are over and the
    /// contract that they belong to ended.
    #[serde(default = "usual_fact_days", skip_serializing_if = "is_usual")]
    pub fact_days: u32,
    /// Why they are more than [`FACT_DAYS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact_reason: Option<String>,
}

const fn usual_fact_days() -> u32 {
    FACT_DAYS
}

const fn is_usual(days: &u32) -> bool {
    *days == FACT_DAYS
}

impl Default for Retention {
    fn default() -> Self {
        Self { trace_days: TRACE_DAYS, reason: None, fact_days: FACT_DAYS, fact_reason: None }
    }
}

impl Establishment {
    /// Days that traces are kept: never less than six months, more than a year only with a reason.
    pub fn trace_days(&self) -> u32 {
        let most = if self.retention.reason.is_some() { TRACE_DAYS_MAX } else { TRACE_DAYS };
        self.retention.trace_days.clamp(TRACE_DAYS_MIN, most)
    }

    /// Days that facts and interventions are kept after their contract: never less than three years, more than five only with a
    /// reason.
    pub fn fact_days(&self) -> u32 {
        let most = if self.retention.fact_reason.is_some() { FACT_DAYS_MAX } else { FACT_DAYS };
        self.retention.fact_days.clamp(FACT_DAYS_MIN, most)
    }

    /// Days that recordings are kept: never longer than the traces that explain them.
    pub fn recording_term(&self) -> u32 {
        self.recording_days.clamp(RECORDING_DAYS_MIN, self.trace_days())
    }
}

impl Intervention {
    /// Whether nothing is due any more: it never began, or it is closed with its report (O5) and the attestation of
    /// erasure (E9).
    pub fn is_settled(&self) -> bool {
        match self.state {
            State::Refused | State::Withdrawn => true,
            State::Closed => self.report.is_some() && self.erasure.is_some(),
            _ => false,
        }
    }

    /// Whether something of it is to be done still that began: it is not closed, or its report or the attestation of erasure is
    /// missing. What was only asked for or approved is none.
    pub fn is_owed(&self) -> bool {
        matches!(self.state, State::Open | State::Suspended | State::Closing | State::Closed)
            && !self.is_settled()
    }

    /// Whether every exception and derogation that it had was reviewed.
    pub fn is_reviewed(&self) -> bool {
        self.exceptions.iter().all(|one| one.reviewed.is_some())
            && self.derogations.iter().all(|one| one.reviewed.is_some())
    }
}

/// What a hold is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// Everything of the establishment.
    All,
    /// One intervention with its sessions.
    Intervention(InterventionId),
    /// One session.
    Session(SessionId),
    /// Everything that names a person.
    Person(PersonId),
    /// A document that is kept, by its SHA-256 (64 hexadecimal digits).
    Document(String),
}

impl About {
    /// Its word in the ledger.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Intervention(_) => "intervention",
            Self::Session(_) => "session",
            Self::Person(_) => "person",
            Self::Document(_) => "document",
        }
    }

    /// The name of what it is about; `None`: everything.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Intervention(id) => Some(id.to_string()),
            Self::Session(id) => Some(id.to_string()),
            Self::Person(id) => Some(id.to_string()),
            Self::Document(sha256) => Some(sha256.clone()),
        }
    }

    /// Whether it covers the recording of this session.
    pub fn covers(&self, session: SessionId, intervention: &InterventionId, person: &PersonId) -> bool {
        match self {
            Self::All => true,
            Self::Intervention(id) => id == intervention,
            Self::Session(id) => *id == session,
            Self::Person(id) => id == person,
            Self::Document(_) => false,
        }
    }

    /// Whether it covers this document.
    pub fn covers_document(&self, filed: &Filed) -> bool {
        match self {
            Self::All => true,
            Self::Document(sha256) => *sha256 == filed.sha256,
            Self::Intervention(_) | Self::Session(_) | Self::Person(_) => false,
        }
    }
}

/// A legal hold: what it is about is kept whatever its age, until it is released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name, `h-` and eight digits.
    pub id: String,
    /// What it is about.
    pub about: About,
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub placed_by: PersonId,
    /// When.
    pub placed_at: Timestamp,
    /// The index of the first entry that it protects.
    pub first: u64,
}

/// What went from a log, as its last certificate says, and what the next one goes on from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// The entries before this index.
    pub until: u64,
    /// Sessions that were open there.
    pub open: Vec<OpenThere>,
    /// How far the sources of the last boots had counted there, in the order in which those began.
    pub counts: Vec<CountThere>,
    /// Recordings whose removal was written down last: they may be there still.
    pub recordings: Vec<RecordingId>,
    /// Documents whose removal was written down last: they may be there still.
    #[serde(default)]
    pub documents: Vec<PaperId>,
    /// Silences of the log that are longer than a month, in the part that went: what is kept longer than the log is no older
    /// for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silences: Vec<Silence>,
}

/// A silence of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// When it began.
    pub began: Timestamp,
    /// Seconds of it that do not count.
    pub beyond: u64,
}

/// A session that was open at the boundary of a purge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OpenThere {
    pub session: SessionId,
    pub recording: RecordingId,
    pub boot: BootId,
    pub index: u64,
    pub at: Timestamp,
}

/// How far a source had counted at the boundary of a purge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct CountThere {
    pub boot: BootId,
    pub source: String,
    pub last: u64,
}

/// So many days.
pub const fn days(count: u32) -> Duration {
    Duration::from_secs(count as u64 * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_keep_to_their_bounds() {
        let mut one = Establishment {
            id: "nord".parse().unwrap(),
            title: "Nord".to_owned(),
            zone: "Europe/Paris".parse().unwrap(),
            responsable: "r.dupont".parse().unwrap(),
            delegations: Vec::new(),
            officers: Vec::new(),
            turns: Vec::new(),
            recording_days: 0,
            retention: Retention::default(),
            audits: Vec::new(),
        };
        for (trace, reason, recordings, expected) in [
            (365, None, 183, (365, 183)),
            (1, None, 1, (183, 30)),
            (400, None, 3_653, (365, 365)),
            (400, Some("contrôle interne"), 390, (400, 390)),
            (4_000, Some("contrôle interne"), 9_999, (1_096, 1_096)),
        ] {
            one.retention =
                Retention { trace_days: trace, reason: reason.map(str::to_owned), ..Retention::default() };
            one.recording_days = recordings;
            assert_eq!((one.trace_days(), one.recording_term()), expected, "{trace} {reason:?} {recordings}");
        }
        for (days, reason, expected) in
            [(1, None, 1_096), (1_500, None, 1_500), (3_000, None, 1_827), (9_999, Some("garantie"), 3_653)]
        {
            (one.retention.fact_days, one.retention.fact_reason) = (days, reason.map(str::to_owned));
            assert_eq!(one.fact_days(), expected, "{days} {reason:?}");
        }
    }
}
