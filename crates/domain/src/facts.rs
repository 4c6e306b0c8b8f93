//! One consistent snapshot of everything that bears on an attempt or on an assessment.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vocab::{EquipmentId, InterventionId, Kind, Level, Path, PersonId, ProviderId, Timestamp};

use crate::{
    AccountsReview, Attempt, Contract, Credentials, Derogation, DirectPath, Engagement, EngagementKind,
    Equipment, Establishment, Filed, FilterCheck, Intervention, Notice, Person, Provider, RiskTreatment,
    Service, Suspension, Transition, Witness,
};

/// What the gate knows of its own trace store (T11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceStore {
    /// The ledger takes entries.
    pub ledger_writable: bool,
    /// Recordings can be opened, with the space to close them validly.
    pub recordings_writable: bool,
    /// There is room for one more session: descriptors, memory, licences of none.
    pub capacity_left: bool,
    /// The store itself is lost, and the emergency journal is written instead: only a derogation opens.
    #[serde(default)]
    pub refuge: bool,
}

impl TraceStore {
    /// Everything well.
    pub const WELL: Self =
        Self { ledger_writable: true, recordings_writable: true, capacity_left: true, refuge: false };
}

/// What the gate sees of itself and findings lean on: kept with its history, so that a moment of the past is shown as it was seen
/// then. That there was no room for one more session says nothing of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateSeen {
    /// The ledgers take entries.
    pub ledger: bool,
    /// Recordings can be opened.
    pub recordings: bool,
    /// The emergency journal is written instead.
    pub refuge: bool,
    /// Something looks for malware in files.
    pub scanner: bool,
}

impl ServiceFacts {
    /// With what the gate saw of itself at the moment; `None`: nobody kept it, and findings say so.
    #[must_use]
    pub fn as_seen(mut self, seen: Option<GateSeen>) -> Self {
        self.unseen = seen.is_none();
        if let Some(seen) = seen {
            self.scanning = seen.scanner;
            self.trace_store = TraceStore {
                ledger_writable: seen.ledger,
                recordings_writable: seen.recordings,
                capacity_left: true,
                refuge: seen.refuge,
            };
        }
        self
    }
}

/// A person of the provider's side, with employer and engagements towards the establishment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// The person.
    pub person: Person,
    /// The company or team that employs this person.
    pub employer: Provider,
    /// Engagements towards the establishment, all versions.
    pub engagements: Vec<Engagement>,
    /// Who vouched for this person's keys, towards the establishment.
    #[serde(default)]
    pub credentials: Credentials,
}

impl Staff {
    /// The engagement of a kind that binds now, in at least this version.
    pub fn bound_by(&self, kind: EngagementKind, from_version: u32, now: Timestamp) -> Option<&Engagement> {
        self.engagements.iter().find(|signed| signed.kind == kind && signed.binds(from_version, now))
    }
}

/// Interventions that are told as not reviewed: more than a mail lists, 64 × 60 bytes in an assessment.
pub const UNREVIEWED_MAX: usize = 64;
/// For how long a closed intervention is asked to be reviewed: a year. Later the review answers nothing that anybody remembers.
pub const UNREVIEWED_DAYS: u32 = 366;

/// Which version of a fact stood, and since when: where what is said can be looked up again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FactVersion {
    /// What it is a fact of: `contract`, `service`, `person`…
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The number of its version, from 1.
    pub version: u32,
    /// Since when this version stands: the moment of the act that wrote it.
    pub since: Timestamp,
}

/// Everything about one service: what the 38 rules are assessed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFacts {
    /// Whose SIS it is.
    pub establishment: Establishment,
    /// The contract's provider.
    pub provider: Provider,
    /// The contract.
    pub contract: Contract,
    /// The service.
    pub service: Service,
    /// The equipment of the service: all of it for an assessment, the one asked for in an attempt.
    pub equipment: Vec<Equipment>,
    /// The people of provider and subcontractors: all of them for an assessment, the one who asks in an
    /// attempt.
    pub staff: Vec<Staff>,
    /// Everybody of the provider's side by name, in an attempt too: employees of provider and subcontractors,
    /// those who come on their behalf, and those who speak for them. None of them speaks for the establishment.
    #[serde(default)]
    pub provider_side: BTreeSet<PersonId>,
    /// Providers and subcontractors that this establishment has stopped (E4).
    #[serde(default)]
    pub suspensions: Vec<Suspension>,
    /// Interventions of the service: all that are not settled, for an attempt those on the equipment.
    pub interventions: Vec<Intervention>,
    /// Closed interventions of the service whose report or attestation is missing.
    pub unsettled: Vec<Intervention>,
    /// Closed interventions of the service that nobody reviewed though nothing else is due of them, with the moment of their
    /// closing: those of a year, the oldest [`UNREVIEWED_MAX`]; for an assessment only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreviewed: Vec<(InterventionId, Timestamp)>,
    /// How many interventions of the service are closed with report and attestation given.
    #[serde(default)]
    pub settled: u64,
    /// Equipment of the establishment, of this service or not, that has a link of its own to the outside, and which (T3).
    #[serde(default)]
    pub links: Vec<(EquipmentId, String)>,
    /// What changed of what the provider says of itself (C3), read or not; for an assessment only.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// What the file says is done and people confirmed; for an attempt, the signatures under joint decisions only (E5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<Witness>,
    /// How the filter's rules were compared with what is on file; for an assessment only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_check: Option<Box<FilterCheck>>,
    /// Who looked at the accounts of the provider's people; for an assessment only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts_review: Option<Box<AccountsReview>>,
    /// Treatments recorded for the service, in force or not.
    pub treatments: Vec<RiskTreatment>,
    /// The transition it runs under, if any.
    #[serde(default)]
    pub transition: Option<Transition>,
    /// The decision to go past the gate, if any.
    #[serde(default)]
    pub direct: Option<DirectPath>,
    /// Documents that are kept here and bear on the service, for an assessment: signed papers of the establishment, and evidence
    /// on this service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filed: Vec<Filed>,
    /// Which versions of these facts stood, by kind and name: for an assessment that is shown, and nowhere else. They are where
    /// the facts are kept, and no facts themselves: no digest covers them.
    #[serde(skip)]
    pub versions: Vec<FactVersion>,
    /// The trace store.
    pub trace_store: TraceStore,
    /// Whether this gate has something that looks for malware in files (E6).
    #[serde(default)]
    pub scanning: bool,
    /// What the gate saw of itself, its trace store and its scanner, is not known of this moment: nobody kept it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unseen: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl ServiceFacts {
    /// Target level.
    pub fn level(&self) -> Level {
        self.service.level
    }

    /// Path.
    pub fn path(&self) -> Path {
        self.service.path
    }

    /// Whether what is done for this service passes this gate: not on a direct path, and no assistance, whose screen and
    /// consent need a mechanism of their own (O6 to O8).
    pub fn at_the_gate(&self) -> bool {
        self.service.path == Path::Gateway && self.service.kind != Kind::Assistance
    }

    /// Whether a person is of the provider's side, by any of the ways in which that is known.
    pub fn of_the_provider(&self, person: &PersonId) -> bool {
        self.provider_side.contains(person)
            || self.provider.managers.contains(person)
            || self.staff.iter().any(|staff| staff.person.id == *person)
    }

    /// How this establishment has stopped a provider, if it has.
    pub fn suspension(&self, provider: &ProviderId) -> Option<&Suspension> {
        let stops =
            |suspension: &&Suspension| suspension.resumed.is_none() && suspension.provider == *provider;
        self.suspensions.iter().find(stops)
    }
}

/// The snapshot for one attempt. Everything outside the contracts of the caller's employer is left out
/// by the store: here, it does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The person, when the name is known.
    pub person: Option<Staff>,
    /// Whether an equipment of that name exists anywhere: for the ledger only, never for the answer.
    pub target_known: bool,
    /// The services that cover the equipment, inside the contracts of the caller's employer.
    pub services: Vec<ServiceFacts>,
    /// The trace store.
    pub trace_store: TraceStore,
}

/// One question, as a rule's `admit` sees it: this person, on this equipment, in this service.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The attempt.
    pub attempt: &'a Attempt,
    /// Everything about the service.
    pub facts: &'a ServiceFacts,
    /// Who asks.
    pub staff: &'a Staff,
    /// What is asked for.
    pub equipment: &'a Equipment,
    /// Inside which intervention; `None` when there is none.
    pub intervention: Option<&'a Intervention>,
}

impl<'a> Asked<'a> {
    /// Derogations of the intervention in force now for this person and equipment.
    pub fn derogations(&self, now: Timestamp) -> impl Iterator<Item = &'a Derogation> {
        let (person, equipment) = (&self.attempt.person, &self.equipment.id);
        let all: &'a [Derogation] = self.intervention.map_or(&[], |intervention| &intervention.derogations);
        all.iter().filter(move |d| d.person == *person && d.equipment == *equipment && d.span.holds(now))
    }
}
