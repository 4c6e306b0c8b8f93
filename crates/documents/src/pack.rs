//! What an auditor needs of one service over a time.

use serde::{Deserialize, Serialize};

use crate::{Around, Moment, Named, Session, Statement};

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
    /// Those who came or tried to, as they were known then; at most [`Pack::PEOPLE_MAX`].
    pub people: Vec<Come>,
    /// What was true when sessions were opened.
    pub grounds: Vec<Ground>,
    /// The rules without which nothing opens: of the guide and of the house. Of the others a session may open, whatever
    /// their state is.
    pub gates: Vec<Reason>,
    /// Attempts that were refused, one by one; at most [`Pack::LINES_MAX`].
    pub attempts: Vec<Attempt>,
    /// So many more.
    pub attempts_more: u64,
    /// The reasons of all of them, counted.
    pub refused: Vec<Refused>,
    /// What the site's file changed over the time; at most [`Pack::CHANGES_MAX`], the last ones.
    pub changes: Vec<Changed>,
    /// So many more before them.
    pub changes_more: u64,
    /// Who watched or read what these sessions left, to the end of the log; at most [`Pack::LINES_MAX`].
    pub readings: Vec<Read>,
    /// So many more.
    pub readings_more: u64,
    /// Who vouched for the keys of those who are named here, from the log's beginning; at most [`Pack::LINES_MAX`].
    pub vouched: Vec<Vouched>,
    /// So many more.
    pub vouched_more: u64,
    /// What the gate counted in its log.
    pub tallied: Tallied,
    /// The first entry that the log has still, and when it was written: nothing is proved of what was before.
    pub begins: Option<(u64, Moment)>,
    /// What an auditor asks, rule by rule.
    pub questions: Vec<Question>,
    /// Papers that are kept as files, and evidence from outside on the service over the time: now, not then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<OnFile>,
    /// What an authority outside says of the log at the time.
    pub stamps: Stamps,
    /// What stands around the service at the end of that time.
    pub around: Around,
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
    /// Most attempts, readings and vouchings listed, each: 300 lines are eight pages.
    pub const LINES_MAX: usize = 300;
    /// Most changes of the site's file: for each the service is assessed twice, 300 milliseconds for all.
    pub const CHANGES_MAX: usize = 60;
    /// Most people named.
    pub const PEOPLE_MAX: usize = 200;
    /// Most steps told of all interventions: 2,000 lines are forty pages.
    pub const STEPS_MAX: usize = 2_000;
}

/// Somebody who came, or tried to, as he was known when he first did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Come {
    /// Who.
    pub person: Named,
    /// Employed by; nobody knew him.
    pub employer: Option<Named>,
    /// Where he works from; nobody said.
    pub country: Option<String>,
    /// Since when he was bound to confidentiality (C6).
    pub confidentiality: Option<Moment>,
    /// Since when he was bound to act for the need of the intervention only (C7).
    pub limitation: Option<Moment>,
    /// The moment that this is about.
    pub at: Moment,
}

/// What was true when sessions were opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// The entries that opened them.
    pub entries: Vec<u64>,
    /// Each condition, with its values.
    pub conditions: Vec<Reason>,
}

/// A rule, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The rule, of the guide or of the house.
    pub code: String,
    /// In words.
    pub said: String,
}

/// An attempt that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// Its index.
    pub entry: u64,
    /// The entry of the login that it followed.
    pub login: Option<u64>,
    /// When.
    pub at: Moment,
    /// Who.
    pub person: Named,
    /// On what.
    pub equipment: String,
    /// What was asked for, in words.
    pub access: String,
    /// From where.
    pub from: String,
    /// All reasons.
    pub reasons: Vec<Reason>,
}

/// A description of the site that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// Its index.
    pub entry: u64,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Named,
    /// Facts that were new.
    pub added: u64,
    /// Facts that changed.
    pub changed: u64,
    /// Facts that ended.
    pub ended: u64,
    /// Which, as the ledger names them; an older entry names none.
    pub items: Vec<String>,
    /// So many more.
    pub items_more: u64,
    /// SHA-256 of the file, hexadecimal.
    pub file: String,
    /// The rules that stood otherwise for this service right after it than right before.
    pub moved: Vec<Moved>,
}

/// A rule that stands otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// The rule.
    pub rule: String,
    /// How it stood, in words; there was no such service.
    pub was: Option<String>,
    /// How it stands, in words.
    pub is: String,
}

/// Somebody who watched a session or read what it left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Its index.
    pub entry: u64,
    /// When.
    pub at: Moment,
    /// Who.
    pub by: Named,
    /// What, in words.
    pub what: String,
    /// Of what.
    pub subject: String,
    /// Why, in his words; empty where he was not asked.
    pub reason: String,
}

/// Somebody who vouched that a key is another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vouched {
    /// Its index.
    pub entry: u64,
    /// When.
    pub at: Moment,
    /// Who.
    pub by: Named,
    /// For whom.
    pub person: Named,
    /// The fingerprint of the key.
    pub key: String,
    /// The responsable for himself, when nobody else could.
    pub founding: bool,
}

/// A step of an intervention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its index.
    pub entry: u64,
    /// When.
    pub at: Moment,
    /// Who.
    pub by: Named,
    /// What, in words.
    pub what: String,
    /// What was said with it.
    pub said: Option<String>,
    /// SHA-256 of what was handed over, hexadecimal.
    pub sha256: Option<String>,
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
    /// Its steps, as the ledger has them.
    pub steps: Vec<Step>,
    /// So many more.
    pub steps_more: u64,
}

/// Attempts that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The rule, of the guide or of the house.
    pub code: String,
    /// In words.
    pub said: String,
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
    /// Attempts refused.
    pub refused: u64,
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
