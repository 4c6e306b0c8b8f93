//! What was done in one intervention, from its request to the erasure of what left.

use serde::{Deserialize, Serialize};

use crate::{Contract, Moment, Named, Service, Traced};

/// The report of an intervention (O5), with the list and attestation of residual data (E9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Its name.
    pub intervention: String,
    /// Where it stands, in words.
    pub state: String,
    /// The service.
    pub service: Service,
    /// Under which contract, with whom.
    pub contract: Contract,
    /// On what, inside the service's equipment.
    pub equipment: Vec<Named>,
    /// What was to be reached.
    pub objective: String,
    /// Why files might leave; none might.
    pub reason_out: Option<String>,
    /// Who asked, and when.
    pub requested: Done,
    /// How he asked, in words.
    pub requested_via: String,
    /// How the establishment's referent qualified the request.
    pub qualified: Option<Qualified>,
    /// The span that it is planned for, and approved in.
    pub planned: Option<Planned>,
    /// Another span that was asked for and waits.
    pub planned_anew: Option<Planned>,
    /// Who approved.
    pub approved: Option<Done>,
    /// The agreement that the approval made known (O1).
    pub agreement: Option<Agreed>,
    /// What the beneficiary made sure of beforehand (O4).
    pub checks: Vec<Check>,
    /// Exceptions of O3.
    pub exceptions: Vec<Exception>,
    /// Emergency derogations.
    pub derogations: Vec<Derogation>,
    /// What the provider reports.
    pub words: Option<Words>,
    /// Form, channel and delay that the contract fixes, in words.
    pub terms: Option<String>,
    /// Until when the report and the attestation are due, once it is closed.
    pub report_due: Option<Moment>,
    /// The same for the attestation of erasure.
    pub erasure_due: Option<Moment>,
    /// The sessions, as the ledger has them; at most [`Report::SESSIONS_MAX`].
    pub sessions: Vec<Session>,
    /// So many more.
    pub sessions_more: u64,
    /// Files that passed; at most [`Report::FILES_MAX`].
    pub files: Vec<File>,
    /// So many more.
    pub files_more: u64,
    /// How it ended.
    pub closing: Option<Closing>,
    /// What left the hospital (E9).
    pub left: Vec<Left>,
    /// So much more, named in the ledger.
    pub left_more: u64,
    /// Who attested that it is erased, and when.
    pub erased: Option<Done>,
    /// Who read it again once it was closed.
    pub reviewed: Option<Reviewed>,
}

/// The span of an intervention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// From then.
    pub from: Moment,
    /// Until then.
    pub until: Moment,
}

/// The agreement as it was when it was made known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    /// Its version.
    pub version: u32,
    /// SHA-256 of its paper, hexadecimal; empty where only the name is known.
    pub sha256: String,
}

/// The review of a closed intervention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// Who, and when.
    pub done: Done,
    /// What he found.
    pub note: String,
}

impl Report {
    /// Most sessions listed: 200 lines are four pages.
    pub const SESSIONS_MAX: usize = 200;
    /// Most files listed: 400 lines are eight pages.
    pub const FILES_MAX: usize = 400;
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Who.
    pub by: Named,
    /// When.
    pub at: Moment,
    /// Who heard it over the telephone and relayed it.
    pub relayed_by: Option<Named>,
}

/// How a request was qualified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qualified {
    /// Who qualified it, and when.
    pub done: Done,
    /// Why the work was needed.
    pub reason: String,
    /// What care bore meanwhile, in words.
    pub impact: String,
    /// Who answered during the work, and under which number.
    pub referent: String,
    /// The ticket, and what the ticketing tool said of it; without one.
    pub ticket: Option<String>,
}

/// One disposition of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What is to be made sure of.
    pub item: String,
    /// Who ticked it, and when; nobody did.
    pub ticked: Option<Done>,
    /// What it leans on, or why it was not needed.
    pub evidence: String,
    /// Ticked as not needed.
    pub not_needed: bool,
}

/// An exception of O3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Who asked.
    pub requested_by: Named,
    /// Who approved.
    pub approved_by: Named,
    /// Who relayed it by voice.
    pub relayed_by: Option<Named>,
    /// Why.
    pub reason: String,
    /// From then.
    pub from: Moment,
    /// Until then.
    pub until: Moment,
    /// Who reviewed it, and when.
    pub reviewed: Option<Done>,
}

/// An emergency derogation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derogation {
    /// For which intervention.
    pub intervention: String,
    /// The rules it opened.
    pub rules: Vec<String>,
    /// For whom.
    pub person: Named,
    /// On what.
    pub equipment: String,
    /// Why.
    pub reason: String,
    /// Who signed it.
    pub signed_by: Named,
    /// Who relayed it by voice.
    pub relayed_by: Option<Named>,
    /// From then.
    pub from: Moment,
    /// Until then.
    pub until: Moment,
    /// Who reviewed it, and when.
    pub reviewed: Option<Done>,
}

/// What the provider reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Who handed it over, and when.
    pub handed: Done,
    /// What was done, in his words.
    pub text: String,
}

/// One session, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Its name.
    pub session: String,
    /// The index of the entry that permitted it, written before anything was opened.
    pub entry: u64,
    /// In which intervention; none.
    pub intervention: Option<String>,
    /// Who.
    pub person: Named,
    /// Employed by.
    pub employer: String,
    /// On what.
    pub equipment: String,
    /// Since when.
    pub opened: Moment,
    /// Until when; it is open still, or its end is missing.
    pub ended: Option<Moment>,
    /// How it ended, in words.
    pub ending: Option<String>,
    /// Its recording.
    pub recording: String,
    /// What was lifted that it might open: rules, with the ground of each.
    pub lifted: Vec<String>,
    /// Commands and terminals.
    pub channels: u64,
    /// Files that passed.
    pub files: u64,
    /// What was asked for and refused.
    pub refused: u64,
    /// All that the ledger has of it, where the document tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traced: Option<Traced>,
}

/// Content of a file that passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// In which session, its first eight letters.
    pub session: String,
    /// Its path on the equipment.
    pub path: String,
    /// Whether it left.
    pub out: bool,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256, hexadecimal, when its content passed whole.
    pub sha256: Option<String>,
    /// When.
    pub at: Moment,
    /// What became of it, in words.
    pub outcome: String,
}

/// How it ended (E9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Whether the objective was reached; else it cannot be, as both parties say.
    pub reached: bool,
    /// Who proposed it.
    pub proposed: Done,
    /// Who confirmed it.
    pub confirmed: Option<Done>,
}

/// Something that left the hospital.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256, hexadecimal, when its content passed whole.
    pub sha256: Option<String>,
    /// When.
    pub at: Moment,
}
