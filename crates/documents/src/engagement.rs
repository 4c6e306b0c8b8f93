//! One person's two engagements towards an establishment.

use serde::{Deserialize, Serialize};

use crate::{Contract, Moment, Named, Service};

/// The individual engagements (C6: confidentiality; C7: actions limited to the need), on one form, with the employer's
/// attestation. The employment contract is never collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// Who engages himself.
    pub person: Named,
    /// Who employs him.
    pub employer: Named,
    /// The version of the text that the contracts ask for.
    pub version: u32,
    /// The contracts and services that he may come for.
    pub services: Vec<Bound>,
    /// What was signed at the door, both kinds.
    pub signed: Vec<Signed>,
}

/// One service that a person may come for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The service, with the actions that it permits.
    pub service: Service,
    /// Under which contract.
    pub contract: Contract,
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Whether it is that of confidentiality (C6); else that of limitation (C7).
    pub confidentiality: bool,
    /// Which version.
    pub version: u32,
    /// When.
    pub at: Moment,
    /// Whether it was withdrawn, and when.
    pub withdrawn: Option<Moment>,
    /// The employer's attestation that it is annexed to the employment contract.
    pub attestation: Option<String>,
}
