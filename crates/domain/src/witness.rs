//! What the site's file says was done, and a person confirms at the door (decision 0033): what was entrusted is given back or
//! destroyed, equipment is put into service.

use serde::{Deserialize, Serialize};
use vocab::{ContractId, EquipmentId, PersonId, Timestamp};

use crate::{Commissioning, Contract, Custody, Entrusted, Equipment, ServiceFacts};

/// What is confirmed, word for word: another text is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Witnessed {
    /// A thing that was entrusted was given back or destroyed.
    Entrusted {
        /// Under which contract.
        contract: ContractId,
        /// What, and what became of it.
        item: Entrusted,
    },
    /// An equipment was put into service.
    Commissioned {
        /// Which.
        equipment: EquipmentId,
        /// The plan, with its end.
        plan: Commissioning,
    },
}

/// Which of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WitnessedWhat {
    /// A thing entrusted under a contract, by its short name.
    Entrusted(ContractId, String),
    /// An equipment.
    Commissioned(EquipmentId),
}

impl WitnessedWhat {
    /// The fact that it leans on: what changes there may end it.
    pub fn link(&self) -> String {
        match self {
            Self::Entrusted(contract, _) => format!("contract/{contract}"),
            Self::Commissioned(equipment) => format!("equipment/{equipment}"),
        }
    }
}

impl std::fmt::Display for WitnessedWhat {
    /// As it is typed and filed: `c-1/boitier`, `scanner`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entrusted(contract, item) => write!(f, "{contract}/{item}"),
            Self::Commissioned(equipment) => write!(f, "{equipment}"),
        }
    }
}

/// Somebody's word at the door that it is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub of: Witnessed,
}

impl Witnessed {
    /// Which it is.
    pub fn what(&self) -> WitnessedWhat {
        match self {
            Self::Entrusted { contract, item } => WitnessedWhat::Entrusted(contract.clone(), item.id.clone()),
            Self::Commissioned { equipment, .. } => WitnessedWhat::Commissioned(equipment.clone()),
        }
    }
}

impl Contract {
    /// What the file says was given back or destroyed.
    pub fn given_back(&self) -> impl Iterator<Item = Witnessed> {
        let over = self.entrusted.iter().filter(|one| one.state != Custody::Held);
        over.map(|item| Witnessed::Entrusted { contract: self.id.clone(), item: item.clone() })
    }
}

impl Equipment {
    /// What the file says was put into service.
    pub fn put_in_service(&self) -> Option<Witnessed> {
        let plan = self.commissioning.clone().filter(|plan| plan.done.is_some())?;
        Some(Witnessed::Commissioned { equipment: self.id.clone(), plan })
    }
}

impl ServiceFacts {
    /// All that the file says is done and a person may confirm, of this service.
    pub fn to_witness(&self) -> impl Iterator<Item = Witnessed> {
        let ours = |one: &Witnessed| match one {
            Witnessed::Entrusted { item, .. } => {
                item.service.as_ref().is_none_or(|id| *id == self.service.id)
            }
            Witnessed::Commissioned { .. } => true,
        };
        let given_back = self.contract.given_back().filter(ours);
        given_back.chain(self.equipment.iter().filter_map(Equipment::put_in_service))
    }

    /// Who confirmed these very words.
    pub fn witness(&self, of: &Witnessed) -> Option<&Witness> {
        self.witnesses.iter().find(|one| one.of == *of)
    }
}
