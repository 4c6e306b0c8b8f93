//! What an auditor needs of one service over a time.

use serde::{Deserialize, Serialize};

use crate::{Moment, Named, Session, Statement};

/// The evidence pack's summary. It proves nothing: it says what to look for, and how to verify it without us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// From then.
    pub from: Moment,
    /// Until then.
    pub until: Moment,
    /// The service.
    pub service: Named,
    /// How it stands at the end of that time.
    pub statement: Statement,
    /// Interventions in which something happened, at most [`Pack::LISTED_MAX`].
    pub interventions: Vec<Passed>,
    /// Sessions that were opened, at most [`Pack::LISTED_MAX`].
    pub sessions: Vec<Session>,
    /// So many more.
    pub sessions_more: u64,
    /// Attempts that were refused, by their reasons.
    pub refused: Vec<Refused>,
    /// What the gate counted in its log.
    pub tallied: Tallied,
    /// What an auditor asks, rule by rule.
    pub questions: Vec<Question>,
    /// Papers that are kept as files, and evidence from outside on the service over the time: now, not then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<OnFile>,
    /// What an authority outside says of the log at the time.
    pub stamps: Stamps,
}

/// The timestamps (RFC 3161) of checkpoints that prove something of the pack: each is the first one that covers an entry
/// which the pack leans on, or the whole time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamps {
    /// At most [`Pack::LISTED_MAX`], the oldest first.
    pub listed: Vec<Stamp>,
    /// So many others stand in the log from the beginning of the time on.
    pub more: u64,
    /// Entries of the time that no timestamp covers yet.
    pub bare: u64,
}

/// A checkpoint that was timestamped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The index of its entry, which holds the token.
    pub entry: u64,
    /// Entries under the checkpoint; its files are `timestamps/<size>.checkpoint` and `.tsr`.
    pub size: u64,
    /// The moment that the authority says.
    pub time: Moment,
    /// The authority, as the configuration calls it.
    pub authority: String,
    /// Whether the establishment declares it qualified (eIDAS).
    pub qualified: bool,
    /// The subject of the certificate that signed it.
    pub by: String,
    /// The policy of the authority, an object identifier.
    pub policy: String,
}

/// A document that is kept as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnFile {
    /// What it is called.
    pub name: String,
    /// What it is, in a word or several.
    pub kinds: String,
    /// SHA-256 of the file, which the ledger has.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// When it was filed.
    pub filed: Moment,
    /// For evidence: from when.
    pub from: Option<Moment>,
    /// For evidence: until when.
    pub until: Option<Moment>,
    /// Who says that it is the signed one.
    pub confirmed_by: Option<Named>,
}

impl Pack {
    /// Most sessions and interventions listed: 500 lines are twelve pages.
    pub const LISTED_MAX: usize = 500;
}

/// One intervention: who asked, why, who agreed, what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// Its name.
    pub intervention: String,
    /// What was to be reached.
    pub objective: String,
    /// Who asked.
    pub requested_by: Named,
    /// What care bore meanwhile and the ticket, in words, where the request was qualified.
    pub qualified: Option<String>,
    /// Who approved.
    pub approved_by: Option<Named>,
    /// Where it stands, in words.
    pub state: String,
    /// Whether it was reported (O5).
    pub reported: bool,
    /// Whether erasure was attested (E9).
    pub erased: bool,
    /// So many things left.
    pub left: u64,
}

/// Attempts that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The rule, of the guide or of the house.
    pub code: String,
    /// How often.
    pub times: u64,
}

/// What the gate counted in its log over the time. Whoever audits counts again with the verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tallied {
    /// First entry of the time.
    pub first: u64,
    /// First entry after it.
    pub after: u64,
    /// Sessions opened.
    pub opened: u64,
    /// Of these, ended in order.
    pub ended: u64,
    /// Of these, found without their end at a later start.
    pub crashed: u64,
    /// Of these, without an end yet.
    pub open: u64,
    /// Of those that are over, without a sealed recording.
    pub unsealed: u64,
    /// Times that the log was restored from a backup.
    pub restored: u64,
    /// Times that an emergency journal was kept.
    pub refuge: u64,
}

/// What an auditor asks about one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The rule.
    pub rule: String,
    /// The questions, one a line.
    pub asks: String,
}
