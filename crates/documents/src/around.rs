//! What stands around a service and is kept with its contract: subcontractors tier by tier, those who may ask, audits, what the
//! provider entrusted, how equipment was put into service.

use serde::{Deserialize, Serialize};

use crate::{Moment, Named, Paper};

/// What stands around a service, as the site's file has it and people confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Around {
    /// Subcontractors, the nearest tier first; at most [`Around::LINES_MAX`] of each list.
    pub subcontractors: Vec<Subcontractor>,
    /// What the contract says of subcontracting, in words.
    pub subcontracting: String,
    /// Who may ask for an intervention (O2).
    pub requesters: Requesters,
    /// Audits of the provider (C8) and of the access point (T4).
    pub audits: Vec<Audited>,
    /// Means and information that the provider entrusted (guide, section 2.2).
    pub entrusted: Vec<Custody>,
    /// Commissioning plans of the service's equipment (guide, section 7).
    pub commissioned: Vec<Commissioned>,
    /// So many lines more, of all lists.
    pub more: u64,
}

impl Around {
    /// Most lines of one list: 100 lines are three pages.
    pub const LINES_MAX: usize = 100;
}

/// A subcontractor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subcontractor {
    /// Who.
    pub provider: String,
    /// Under whom.
    pub under: String,
    /// 1: of the provider itself; 2: of a subcontractor of tier 1, and so on; 0: under nobody who is listed.
    pub tier: u64,
    /// Listed since.
    pub since: Moment,
    /// Not any more since.
    pub until: Option<Moment>,
    /// The establishment's written authorisation.
    pub authorised: Option<Paper>,
    /// The paper that hands the clauses on.
    pub flow_down: Option<Paper>,
}

/// Those who may ask for an intervention.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requesters {
    /// How they are known, in words.
    pub known_by: String,
    /// The version of their list.
    pub version: u32,
    /// Who.
    pub people: Vec<Named>,
    /// When the provider was sent the list.
    pub sent: Option<Moment>,
    /// When it said that it had it.
    pub acknowledged: Option<Moment>,
}

/// An audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audited {
    /// Its name.
    pub audit: String,
    /// The rule that it is for: `C8`, `T4`.
    pub rule: String,
    /// Planned for.
    pub planned: Option<Moment>,
    /// Done on.
    pub done: Option<Moment>,
    /// Its report.
    pub document: Option<Paper>,
    /// What it found.
    pub points: Vec<Point>,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Its name.
    pub point: String,
    /// What it says.
    pub what: String,
    /// To be closed by.
    pub due: Option<Moment>,
    /// Closed on.
    pub closed: Option<Moment>,
    /// By which paper.
    pub document: Option<Paper>,
}

/// A thing that was entrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custody {
    /// Its name.
    pub item: String,
    /// What it is.
    pub what: String,
    /// A means, or information, in words.
    pub nature: String,
    /// When it was received.
    pub received: Moment,
    /// By whom.
    pub by: Named,
    /// To be given back by.
    pub until: Moment,
    /// What became of it, in words.
    pub state: String,
    /// When.
    pub ended: Option<Moment>,
    /// To whom it was given back, or who destroyed it.
    pub to: Option<String>,
    /// Who confirmed that at the door.
    pub confirmed_by: Option<Named>,
}

/// An equipment that is put into service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commissioned {
    /// Which.
    pub equipment: Named,
    /// Planned for.
    pub planned: Moment,
    /// Out of use for so many minutes.
    pub downtime_minutes: u32,
    /// Who agreed, and when.
    pub agreed_by: Named,
    /// When.
    pub agreed: Moment,
    /// What is done when it fails.
    pub rollback: String,
    /// When it was done.
    pub done: Option<Moment>,
    /// Who saw it work.
    pub done_by: Option<Named>,
    /// Who confirmed that at the door.
    pub confirmed_by: Option<Named>,
}
