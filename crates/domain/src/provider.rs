//! Providers and subcontractors.

use serde::{Deserialize, Serialize};
use vocab::{PersonId, ProviderId, Timestamp};

use crate::{Contact, Country, Dossier, TransferBasis};

/// What a provider is to the establishment (guide §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    /// Another legal person.
    ThirdParty,
    /// The establishment's own support team.
    Internal,
    /// A support service shared by several establishments.
    Pooled,
}

/// All accesses of a provider to one establishment stopped in one act, after an incident at its place (E4).
/// Each establishment stops and resumes for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Which provider, or subcontractor.
    pub provider: ProviderId,
    /// Since when.
    pub since: Timestamp,
    /// Who stopped them.
    pub by: PersonId,
    /// Why.
    pub reason: String,
}

/// A provider of remote interventions, or one of its subcontractors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Unique in the deployment.
    pub id: ProviderId,
    /// Name of the company or team.
    pub name: String,
    /// Third party, internal or pooled.
    pub nature: Nature,
    /// Where it is established (C2).
    #[serde(default)]
    pub country: Option<Country>,
    /// Its number in the register of companies (SIREN, or another country's).
    #[serde(default)]
    pub registration: Option<String>,
    /// Its seat.
    #[serde(default)]
    pub address: Option<String>,
    /// Whom to call there.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Where its servers, relays and workstations are, by name; `None` is unknown, and so is an empty list (C2).
    #[serde(default)]
    pub places: Vec<(String, Option<Country>)>,
    /// On what work from outside the Union rests (C2).
    #[serde(default)]
    pub transfers: Vec<TransferBasis>,
    /// Who speaks for it: signs engagements, proposes closings, attests erasure.
    #[serde(default)]
    pub managers: Vec<PersonId>,
    /// The signed dossier that all this was read from, people and managers apart; `None`: it was typed here.
    #[serde(default)]
    pub dossier: Option<Box<Dossier>>,
}
