//! What an establishment needs to be allowed to use the gate: drafts, to be validated by its data protection officer.

use serde::{Deserialize, Serialize};

use crate::Named;

/// The kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kit {
    /// One part of it; all of them.
    pub part: Option<Part>,
    /// The responsable du SIS.
    pub responsable: Named,
    /// The security officers.
    pub security: Vec<Named>,
    /// The data protection officers.
    pub protection: Vec<Named>,
    /// The auditors.
    pub auditors: Vec<Named>,
    /// Providers, their country and their services.
    pub crossings: Vec<Crossing>,
    /// How long recordings are kept, in days.
    pub recording_days: u32,
    /// Why what is typed is recorded, by service; nowhere is it.
    pub typed: Vec<Named>,
    /// Whether files are looked at for malware.
    pub scanning: bool,
}

/// A part of the kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The notice to agents and technicians.
    Notice,
    /// The note for the staff representatives.
    Staff,
    /// The entry of the register of processing activities.
    Register,
    /// The draft of the impact assessment.
    Impact,
    /// The clause on proof for the contract.
    Clause,
}

/// A provider who comes through the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crossing {
    /// The provider.
    pub provider: Named,
    /// Where it is established, ISO 3166-1; unknown.
    pub country: Option<String>,
    /// The contract.
    pub contract: String,
    /// Its services, in words.
    pub services: Vec<Named>,
}
