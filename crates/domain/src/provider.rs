//! Providers and subcontractors.

use serde::{Deserialize, Serialize};
use vocab::{PersonId, ProviderId, Timestamp};

use crate::{Contact, Country, Dossier, Network, TransferBasis};

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

/// An incident at a provider's place, as somebody declared it to the establishment (E4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// When it was noticed, as the one who declares it says.
    pub noticed_at: Timestamp,
    /// When it was declared: from then on nothing of the provider's is open.
    pub declared_at: Timestamp,
    /// Who declared it: for the provider, or for the establishment.
    pub by: PersonId,
    /// What happened.
    pub what: String,
}

/// Incidents that a suspension keeps, the newest: 16 × (1,024 letters of what happened and some names) = 20 KB, read with each
/// decision. All of them are in the ledger.
pub const INCIDENTS_KEPT: usize = 16;

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
    /// The incidents that were declared, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<Incident>,
    /// When, and by whom, the provider was let work again: it stops nothing any more, and keeps its incidents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<(Timestamp, PersonId)>,
}

impl Suspension {
    /// The same with one more incident; what is older than the [`INCIDENTS_KEPT`] newest is let go.
    #[must_use]
    pub fn with(mut self, incident: Incident) -> Self {
        self.incidents.push(incident);
        let older = self.incidents.len().saturating_sub(INCIDENTS_KEPT);
        self.incidents.drain(..older);
        self
    }
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
    /// Addresses from which it comes, where it says so, and where these are; `None` is unknown (C2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<(Network, Option<Country>)>,
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
