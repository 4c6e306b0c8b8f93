//! What the site's file says, and a person confirms at the door (decisions 0033 and 0038): what was entrusted is given back or
//! destroyed, equipment is put into service, a vulnerability stays by a decision that both parties sign.

use serde::{Deserialize, Serialize};
use vocab::{ContractId, EquipmentId, PersonId, Timestamp};

use crate::{Commissioning, Contract, Custody, Decision, Entrusted, Equipment, Party, ServiceFacts};

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
    /// A vulnerability stays until then, in one party's name; it takes both.
    Decided {
        /// What is decided.
        decision: Decision,
        /// In whose name.
        party: Party,
    },
}

/// Which of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WitnessedWhat {
    /// A thing entrusted under a contract, by its short name.
    Entrusted(ContractId, String),
    /// An equipment.
    Commissioned(EquipmentId),
    /// A vulnerability in a thing installed under a contract, by the two names, in one party's name.
    Decided(ContractId, String, String, Party),
}

impl WitnessedWhat {
    /// The fact that it leans on: what changes there may end it.
    pub fn link(&self) -> String {
        match self {
            Self::Entrusted(contract, _) | Self::Decided(contract, ..) => Self::of_contract(contract),
            Self::Commissioned(equipment) => format!("equipment/{equipment}"),
        }
    }

    /// The link of all that leans on a contract.
    pub fn of_contract(contract: &ContractId) -> String {
        format!("contract/{contract}")
    }
}

impl std::fmt::Display for WitnessedWhat {
    /// As it is typed and filed: `c-1/boitier`, `scanner`, `c-1/agent/CVE-2026-1234/provider`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entrusted(contract, item) => write!(f, "{contract}/{item}"),
            Self::Commissioned(equipment) => write!(f, "{equipment}"),
            Self::Decided(contract, item, one, party) => {
                write!(f, "{contract}/{item}/{one}/{}", party.as_str())
            }
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
            Self::Decided { decision: Decision { contract, item, vulnerability, .. }, party } => {
                WitnessedWhat::Decided(contract.clone(), item.clone(), vulnerability.clone(), *party)
            }
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

impl Contract {
    /// All that the file says here and a person may confirm: what somebody confirmed and is not in it any more falls.
    pub fn says(&self) -> impl Iterator<Item = Witnessed> {
        let in_each = |decision: Decision| {
            Party::BOTH.map(|party| Witnessed::Decided { decision: decision.clone(), party })
        };
        self.given_back().chain(self.decisions().flat_map(in_each))
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
            Witnessed::Commissioned { .. } | Witnessed::Decided { .. } => true,
        };
        let given_back = self.contract.given_back().filter(ours);
        given_back.chain(self.equipment.iter().filter_map(Equipment::put_in_service))
    }

    /// Who confirmed these very words.
    pub fn witness(&self, of: &Witnessed) -> Option<&Witness> {
        self.witnesses.iter().find(|one| one.of == *of)
    }
}
