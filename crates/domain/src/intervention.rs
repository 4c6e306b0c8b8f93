//! The life of an intervention: the unit of the work, not the session (E9).
//!
//! ```text
//! requested ─▶ approved ─▶ open ⇄ suspended
//!     │            │         └────────┴──⇄ closing (proposed) ─▶ closed (reached | unreachable)
//!     └────────────┴─▶ refused / withdrawn
//! ```
//! Report (O5) and erasure (E9) follow the closing. Every step is legal or refused here, and refused a
//! second time by the database.

use serde::{Deserialize, Serialize};
use vocab::{EquipmentId, EstablishmentId, InterventionId, PersonId, ServiceId, SessionId, Timestamp};

use crate::{Attendance, Delivery, Derogation, PastConsent, PastWork, PlanAsk, Qualification, Span};

/// Where an intervention stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Asked for.
    Requested,
    /// Approved by a beneficiary; opens with its first session.
    Approved,
    /// At least one session was opened; its objective is not settled.
    Open,
    /// Set aside.
    Suspended,
    /// One side proposed to close it.
    Closing,
    /// Closed: objective reached, or jointly declared unreachable.
    Closed,
    /// Refused by the beneficiary.
    Refused,
    /// Withdrawn by its requester.
    Withdrawn,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Requested,
        Self::Approved,
        Self::Open,
        Self::Suspended,
        Self::Closing,
        Self::Closed,
        Self::Refused,
        Self::Withdrawn,
    ];

    /// The word in the database, in tables and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Open => "open",
            Self::Suspended => "suspended",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether nothing more happens to it but what is owed afterwards.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Refused | Self::Withdrawn)
    }

    /// Whether a session may be opened in this state.
    pub const fn opens(self) -> bool {
        matches!(self, Self::Approved | Self::Open)
    }

    /// Where one step leads from here, or that it is illegal.
    pub fn after(self, step: Step) -> Result<Self, IllegalStep> {
        match (self, step) {
            (Self::Requested, Step::Approve) => Ok(Self::Approved),
            (Self::Requested | Self::Approved, Step::Refuse) => Ok(Self::Refused),
            (Self::Requested | Self::Approved, Step::Withdraw) => Ok(Self::Withdrawn),
            (Self::Approved | Self::Open, Step::OpenSession) => Ok(Self::Open),
            (Self::Approved | Self::Open, Step::Suspend) => Ok(Self::Suspended),
            (Self::Suspended, Step::Resume) => Ok(Self::Open),
            (Self::Approved | Self::Open | Self::Suspended, Step::ProposeClosing) => Ok(Self::Closing),
            (Self::Closing, Step::RejectClosing) => Ok(Self::Open),
            (Self::Closing, Step::RejectToSuspended) => Ok(Self::Suspended),
            (Self::Closing, Step::ConfirmClosing) => Ok(Self::Closed),
            (from, step) => Err(IllegalStep { from, step }),
        }
    }
}

/// A step in the life of an intervention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the steps of the drawing above")]
pub enum Step {
    Approve,
    Refuse,
    Withdraw,
    OpenSession,
    Suspend,
    Resume,
    ProposeClosing,
    RejectClosing,
    /// The closing of what was set aside is rejected: it stays set aside.
    RejectToSuspended,
    ConfirmClosing,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Approve,
        Self::Refuse,
        Self::Withdraw,
        Self::OpenSession,
        Self::Suspend,
        Self::Resume,
        Self::ProposeClosing,
        Self::RejectClosing,
        Self::RejectToSuspended,
        Self::ConfirmClosing,
    ];
}

/// A step that is not possible from where the intervention stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an intervention that is {} cannot take the step `{step:?}`", from.as_str())]
pub struct IllegalStep {
    /// Where it stands.
    pub from: State,
    /// What was tried.
    pub step: Step,
}

/// How a request came in (O2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestedVia {
    /// By the requester himself, under his own key and second factor.
    SignedIn,
    /// By telephone; the gate's person called this number back.
    CallBack {
        /// The number that was called.
        number: String,
        /// Who called.
        by: PersonId,
    },
}

/// A beneficiary's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who approved.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// The version of the agreement that was shown and receipted in the act (O1).
    pub agreement_version: u32,
    /// Since when checks count (O4): of a plan that goes on where the former one ended, since the approval of that one.
    /// `None`: since this approval.
    #[serde(default)]
    pub checks_from: Option<Timestamp>,
    /// SHA-256 of that agreement's file, lower-case hexadecimal; empty where only its name is known.
    #[serde(default)]
    pub agreement_sha256: String,
    /// Who heard the agreement over the telephone and relayed it; `None`: it was given in person.
    #[serde(default)]
    pub relayed_by: Option<PersonId>,
}

/// One disposition ticked by the beneficiary (O4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Which item of the service's checklist.
    pub item: String,
    /// Who ticked it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// What it leans on: a backup's number, a name; or why it is not needed.
    pub evidence: String,
    /// Ticked as *not needed*, with the reason in `evidence`.
    #[serde(default)]
    pub not_needed: bool,
}

/// Somebody asks for the exception of O3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionAsk {
    /// Who asks.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// For how long, in seconds.
    pub secs: u32,
    /// Why.
    pub reason: String,
}

/// The exception procedure of O3: it lifts the window only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Who asked.
    pub requested_by: PersonId,
    /// Who approved: somebody else.
    pub approved_by: PersonId,
    /// Who heard the agreement over the telephone and relayed it; `None`: it was given in person.
    #[serde(default)]
    pub relayed_by: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// At most what the service agrees, and 4 hours.
    pub span: Span,
    /// When it was reviewed, and by whom.
    #[serde(default)]
    pub reviewed: Option<(Timestamp, PersonId)>,
}

/// The one justified extension of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Who asked for it.
    pub by: PersonId,
    /// Why.
    pub reason: String,
    /// The end of the window that is extended.
    pub window_end: Timestamp,
    /// The new end.
    pub until: Timestamp,
}

/// A declared long operation, not cut for its silence (T10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongOperation {
    /// Who declared it.
    pub by: PersonId,
    /// What it is.
    pub reason: String,
    /// When it was declared, and until when silence is no reason to cut.
    pub span: Span,
}

/// Why an intervention is set aside, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Who set it aside.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// By the security officer: then a beneficiary alone does not take it up again.
    #[serde(default)]
    pub by_security: bool,
}

/// How an intervention ends (E9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The objective is reached.
    Reached,
    /// The objective cannot be reached: both parties say so.
    Unreachable,
}

/// The closing, proposed by one side, confirmed by the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// What is proposed.
    pub outcome: Outcome,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// When.
    pub proposed_at: Timestamp,
    /// Whether he spoke for the establishment: then the provider confirms.
    #[serde(default)]
    pub by_establishment: bool,
    /// Who confirmed it, for the other side.
    #[serde(default)]
    pub confirmed_by: Option<PersonId>,
    /// When.
    #[serde(default)]
    pub confirmed_at: Option<Timestamp>,
}

/// A closed intervention, read again by somebody who had no hand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Who read it again.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// What he noted.
    pub note: String,
}

/// The report to the beneficiary (O5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Who wrote it.
    pub by: PersonId,
    /// When it was handed over.
    pub at: Timestamp,
    /// What was done, in words.
    pub text: String,
}

/// Something that left the hospital and has to be erased at the end (E9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidualItem {
    /// In which session it left.
    pub session: SessionId,
    /// Its name, as the technician gave it; `contenu non nommé` for unparsed bulk, `contenu affiché`
    /// for what a terminal showed.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256, hexadecimal, when its content passed whole.
    #[serde(default)]
    pub sha256: Option<String>,
    /// When it left.
    pub at: Timestamp,
}

/// So many items are listed with an intervention, each of a name of at most [`RESIDUAL_NAME`] bytes: 512 × 350 bytes are
/// 180 KB, which are read for each decision on it. The ledger has all of them.
pub const RESIDUAL_MAX: usize = 512;
/// Bytes of a listed name; a longer one is cut at the end of a character.
pub const RESIDUAL_NAME: usize = 200;

/// One intervention with everything settled about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intervention {
    /// Its name.
    pub id: InterventionId,
    /// Whose it is.
    pub establishment: EstablishmentId,
    /// Of which service.
    pub service: ServiceId,
    /// On what, inside the service's equipment.
    pub equipment: Vec<EquipmentId>,
    /// What is to be reached.
    pub objective: String,
    /// Why files may leave the hospital; `None`: none may.
    #[serde(default)]
    pub reason_out: Option<String>,
    /// Who asked.
    pub requested_by: PersonId,
    /// When.
    pub requested_at: Timestamp,
    /// How (O2).
    pub requested_via: RequestedVia,
    /// Where it stands.
    pub state: State,
    /// When it is to be worked in: as asked for until it is approved, as approved from then on. `None`: asked for before
    /// plans were.
    #[serde(default)]
    pub planned: Option<Span>,
    /// Another plan that was asked for and is not approved.
    #[serde(default)]
    pub move_asked: Option<PlanAsk>,
    /// How the establishment's referent qualified it.
    #[serde(default)]
    pub qualification: Option<Qualification>,
    /// The beneficiary's approval.
    #[serde(default)]
    pub approval: Option<Approval>,
    /// The beneficiary's checks (O4).
    #[serde(default)]
    pub ticks: Vec<Tick>,
    /// The exception of O3 that was asked for and is not decided.
    #[serde(default)]
    pub exception_asked: Option<ExceptionAsk>,
    /// The exceptions of O3 that were granted, the oldest first: each is reviewed.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// Emergency derogations signed for it.
    #[serde(default)]
    pub derogations: Vec<Derogation>,
    /// The extension, if one was granted.
    #[serde(default)]
    pub extension: Option<Extension>,
    /// A long operation, if one is declared.
    #[serde(default)]
    pub long_operation: Option<LongOperation>,
    /// Why it is set aside, from the suspension to the resumption, a rejected closing between included.
    #[serde(default)]
    pub set_aside: Option<SetAside>,
    /// The closing.
    #[serde(default)]
    pub closing: Option<Closing>,
    /// The report (O5).
    #[serde(default)]
    pub report: Option<Report>,
    /// What left the hospital (E9).
    #[serde(default)]
    pub residual: Vec<ResidualItem>,
    /// What else left, of which the list says nothing more: the ledger names each.
    #[serde(default)]
    pub residual_more: u64,
    /// When erasure was attested, and by whom (E9).
    #[serde(default)]
    pub erasure: Option<(Timestamp, PersonId)>,
    /// Who read it again once it was closed, when, and what he noted.
    #[serde(default)]
    pub reviewed: Option<Reviewed>,
    /// How many sessions were opened.
    #[serde(default)]
    pub sessions: u32,
    /// A beneficiary's consent that somebody of the provider begins past the gate, until he does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Box<PastConsent>>,
    /// Who of the establishment follows it, while data are worked on under its control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attendance: Option<Box<Attendance>>,
    /// Contents that were brought and wait for a person, or were settled by one (E7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// What was worked past the gate, in the order of its beginnings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<PastWork>,
}

impl Intervention {
    /// Something left. The same content under the same name is one thing to erase, however often it left.
    pub fn leaves(&mut self, mut item: ResidualItem) {
        let cut = (0..=RESIDUAL_NAME.min(item.name.len())).rev().find(|end| item.name.is_char_boundary(*end));
        item.name.truncate(cut.unwrap_or_default());
        let known = |there: &ResidualItem| {
            (&there.session, &there.name, &there.sha256) == (&item.session, &item.name, &item.sha256)
                && item.sha256.is_some()
        };
        if self.residual.iter().any(known) {
            return;
        }
        if self.residual.len() < RESIDUAL_MAX {
            self.residual.push(item);
        } else {
            self.residual_more = self.residual_more.saturating_add(1);
        }
    }

    /// How many things left, listed or not.
    pub fn left(&self) -> u64 {
        u64::try_from(self.residual.len()).unwrap_or(u64::MAX).saturating_add(self.residual_more)
    }

    /// When the intervention was closed, if it is.
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closing.as_ref().and_then(|closing| closing.confirmed_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of state and step, the forbidden ones included.
    #[test]
    fn only_the_drawn_steps_are_legal() {
        let drawn = include_str!("../tables/intervention.txt");
        let mut legal = 0;
        for from in State::ALL {
            for step in Step::ALL {
                let row =
                    drawn.lines().find(|line| line.starts_with(&format!("{} {step:?} ", from.as_str())));
                let to = row.and_then(|row| row.split_whitespace().nth(2));
                assert_eq!(from.after(step).ok().map(State::as_str), to, "{from:?} {step:?}");
                legal += usize::from(to.is_some());
            }
        }
        assert_eq!(legal, drawn.lines().count(), "a row of the table names no state or step");
    }
}
