//! What the provider entrusts to the establishment: means that it brings (a box, a licence key, a laptop) and information of
//! its own. The duty to protect runs both ways (guide, section 2.2): what was received, by whom, and what became of it.

use serde::{Deserialize, Serialize};
use vocab::{EquipmentId, PersonId, ProviderId, ServiceId, Text, Timestamp};

/// What sort of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entrust {
    /// A means: a box, a token, a machine.
    Means,
    /// Information: a manual under seal, a key, a procedure.
    Information,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Custody {
    /// The establishment has it.
    Held,
    /// It was given back.
    Returned {
        /// When.
        at: Timestamp,
        /// To whom, on the provider's side, in words.
        to: String,
    },
    /// It was destroyed, as was agreed.
    Destroyed {
        /// When.
        at: Timestamp,
        /// By whom, of the establishment.
        by: PersonId,
    },
}

impl Custody {
    /// The word in the site's file and in the ledger.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Returned { .. } => "returned",
            Self::Destroyed { .. } => "destroyed",
        }
    }

    /// In words.
    pub fn text(&self) -> Text {
        let (fr, en) = match self {
            Self::Held => ("détenu", "held"),
            Self::Returned { .. } => ("rendu", "returned"),
            Self::Destroyed { .. } => ("détruit", "destroyed"),
        };
        Text::new(fr, en)
    }
}

/// One thing that a provider entrusted, under a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrusted {
    /// Short name, unique in its contract.
    pub id: String,
    /// What it is, in words. Never the secret itself.
    pub what: String,
    /// A means, or information.
    pub nature: Entrust,
    /// Whose it is, where it is a subcontractor's; `None`: the contract's provider.
    #[serde(default)]
    pub provider: Option<ProviderId>,
    /// For which service; `None`: for all of the contract.
    #[serde(default)]
    pub service: Option<ServiceId>,
    /// On or beside which equipment.
    #[serde(default)]
    pub equipment: Option<EquipmentId>,
    /// When it was received.
    pub received_at: Timestamp,
    /// By whom, of the establishment: who answers for it.
    pub received_by: PersonId,
    /// When it is to be given back or destroyed; `None`: when the contract ends.
    #[serde(default)]
    pub return_by: Option<Timestamp>,
    /// What became of it.
    pub state: Custody,
}

impl Entrusted {
    /// Whether the establishment has it.
    pub fn is_held(&self) -> bool {
        self.state == Custody::Held
    }

    /// When it is to be given back or destroyed, its contract ending then.
    pub fn due(&self, contract_ends: Timestamp) -> Timestamp {
        self.return_by.unwrap_or(contract_ends).min(contract_ends)
    }
}
