//! One kind of intervention on some equipment, under one contract, at one target level.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{
    ContractId, EquipmentId, EstablishmentId, Kind, Level, Path, PersonId, Rights, RuleId, ServiceId,
    Timestamp, Uploads,
};

use crate::{Clause, Declared, Windows};

/// What a service is for: the scope gate (guide §1.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Functioning of the SIS: inside the guide.
    Functioning,
    /// One-off access to data under the beneficiary's control (migration, repair): inside.
    DataUnderControl,
    /// Operating on application data (hosting, backup, reconstruction): outside the guide, and open
    /// only by the responsable's recorded decision.
    OutsideGuide {
        /// Who decided that it may be done all the same.
        decided_by: Option<PersonId>,
    },
}

/// Who implements a T rule (sentence above T1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImplementedBy {
    /// The establishment.
    Sis,
    /// The provider, by this clause.
    Provider(Clause),
}

/// How the technician's side is sure of the gate (T5): the gate cannot see that he checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// Nothing was given: encryption, but only one side is authenticated.
    #[default]
    None,
    /// The gate's fingerprint was given out of band.
    Fingerprint,
    /// The gate shows a certificate of the establishment's authority.
    Certificate,
}

/// What becomes of a request whose ticket the ticketing tool did not confirm, because it did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UncheckedTicket {
    /// It is qualified all the same, and the entry says that nobody checked: care goes first.
    #[default]
    Note,
    /// It is not qualified: a ticket is needed, and the tool's word about it.
    Refuse,
}

/// One disposition that the beneficiary makes sure of before he grants access (O4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistItem {
    /// Short name, for the command line.
    pub id: String,
    /// What is to be made sure of.
    pub text: String,
}

/// One service, *prestation*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name.
    pub id: ServiceId,
    /// For whom.
    pub establishment: EstablishmentId,
    /// Under which contract.
    pub contract: ContractId,
    /// In words.
    pub title: String,
    /// Which of the three kinds.
    pub kind: Kind,
    /// Target level.
    pub level: Level,
    /// Through the gate, or directly.
    pub path: Path,
    /// Whether traces are centralised under the responsable's control (T11).
    pub central_traces: bool,
    /// Why they cannot be, where they are kept on the equipment or in its tooling (T12).
    #[serde(default)]
    pub local_traces: Option<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// When it ends; afterwards nothing opens. `None`: with its contract.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// On what.
    pub equipment: Vec<EquipmentId>,
    /// What a session may carry. Empty: nothing.
    #[serde(default)]
    pub rights: Rights,
    /// What becomes of files that are brought to the equipment (E6).
    #[serde(default)]
    pub uploads: Uploads,
    /// Actions permitted, in words, shown to technician and reviewer (C7).
    #[serde(default)]
    pub actions: Vec<String>,
    /// Agreed periods (O3).
    #[serde(default)]
    pub windows: Windows,
    /// Whether a request is qualified by the establishment's referent before anybody approves it: a procedure that the
    /// agreement fixes (O1).
    #[serde(default)]
    pub qualified: bool,
    /// What becomes of it when its ticket cannot be checked.
    #[serde(default)]
    pub unchecked_ticket: UncheckedTicket,
    /// What the beneficiary makes sure of (O4). Empty at level 2: O4 is not met.
    #[serde(default)]
    pub checklist: Vec<ChecklistItem>,
    /// How old a check may be when it is leant on, in hours, where that is agreed; `None`: as old as the approval (O4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks_within_hours: Option<u32>,
    /// Who approves, watches, checks and receives reports.
    #[serde(default)]
    pub beneficiaries: Vec<PersonId>,
    /// Silence after which both legs are closed (T10), in seconds, as agreed; ceiling 30 minutes.
    pub idle_secs: u32,
    /// One justified extension of the window, at most this long, in seconds; zero for none.
    #[serde(default)]
    pub extension_secs: u32,
    /// Whether the exception procedure of O3 is agreed, and for how long at most, in seconds; zero for
    /// none; ceiling 4 hours.
    #[serde(default)]
    pub exception_secs: u32,
    /// How the technician's side is sure of the gate (T5).
    #[serde(default)]
    pub assurance: Assurance,
    /// Why what is typed is recorded; `None`: it is not.
    #[serde(default)]
    pub typed_purpose: Option<String>,
    /// Whether what a session shows may be the provider's secret: its recordings are classed so, and read with its word.
    #[serde(default)]
    pub shows_provider_secrets: bool,
    /// Declared facets, rule by rule.
    #[serde(default)]
    pub declared: BTreeMap<RuleId, Declared>,
    /// T rules that the provider implements, with the delegating clause. Absent: the establishment.
    #[serde(default)]
    pub implemented_by: BTreeMap<RuleId, ImplementedBy>,
}

impl Service {
    /// The idle delay.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_secs))
    }

    /// What is declared about a rule, if anything.
    pub fn declared(&self, rule: RuleId) -> Option<&Declared> {
        self.declared.get(&rule)
    }
}
