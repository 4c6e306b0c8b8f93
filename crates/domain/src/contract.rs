//! The act between the establishment and a provider (C1), and what is settled in it.

use serde::{Deserialize, Serialize};
use vocab::{ContractId, EstablishmentId, PersonId, ProviderId, ServiceId, Timestamp};

use crate::{Agreement, Audit, DocumentRef, Entrusted, Installed, REVIEW_MAX, SecurityPlan, Span};

/// The three forms that C1 accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContractForm {
    /// Règlement (an internal provider).
    Reglement,
    /// Contrat.
    Contrat,
    /// Convention.
    Convention,
}

/// What became of the signed original (C1 asks for paper).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Original {
    /// The paper was received and is filed.
    Paper {
        /// When.
        received_at: Timestamp,
        /// By whom, and where it is filed.
        filed: String,
    },
    /// An electronic original; the responsable assumes the difference from the guide's text.
    Electronic {
        /// Who assumes it.
        assumed_by: PersonId,
    },
    /// Not received yet.
    Missing,
}

/// What the provider said about subcontracting at signature, and what was chosen (C4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subcontracting {
    /// Nothing was said: C4 is not met.
    #[default]
    NotStated,
    /// There is none.
    Excluded,
    /// Each subcontractor is authorised by itself; silence is never consent.
    CaseByCase,
    /// Accepted as a whole; the list is kept all the same.
    Global,
}

/// One subcontractor under a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subcontract {
    /// The subcontractor.
    pub provider: ProviderId,
    /// For whom it works: the contract's provider, or another subcontractor (a further tier).
    pub under: ProviderId,
    /// When it was listed and notified to the establishment.
    pub listed_at: Timestamp,
    /// When it left the list.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// The establishment's signed authorisation (case by case).
    #[serde(default)]
    pub authorised: Option<DocumentRef>,
    /// The proof that the requirements are in its own contract (C5).
    #[serde(default)]
    pub flow_down: Option<DocumentRef>,
}

/// The provider's statement that nothing is subcontracted: what makes the holding of C5 not applicable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoSubcontracting {
    /// When it was said.
    pub at: Timestamp,
    /// Where.
    pub document: DocumentRef,
}

impl Subcontract {
    /// Whether it is on the list now.
    pub fn listed(&self, now: Timestamp) -> bool {
        self.listed_at <= now && self.ended_at.is_none_or(|ended| now < ended)
    }
}

/// How a requester is told from a stranger (O2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequesterCheck {
    /// Nothing agreed: O2 is not met.
    #[default]
    None,
    /// An up-to-date list with telephones, sent to the provider.
    List,
    /// Agreed means of authentication, without a list.
    Means,
}

/// Who may ask for an intervention (O2). The list flows from the hospital to the provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Requesters {
    /// By list or by means.
    #[serde(default)]
    pub check: RequesterCheck,
    /// Who may ask.
    #[serde(default)]
    pub people: Vec<PersonId>,
    /// Version of the list.
    #[serde(default)]
    pub version: u32,
    /// When this version was sent to the provider.
    #[serde(default)]
    pub sent_at: Option<Timestamp>,
    /// When the provider acknowledged it.
    #[serde(default)]
    pub acknowledged_at: Option<Timestamp>,
}

impl Requesters {
    /// When the list that was sent is to be sent again: after twelve months. `None`: there is none, or it was never sent.
    pub fn resend(&self) -> Option<Timestamp> {
        self.sent_at.filter(|_| self.check == RequesterCheck::List).map(|sent| sent.after(REVIEW_MAX))
    }

    /// Whether it should have been sent again.
    pub fn is_old(&self, now: Timestamp) -> bool {
        self.resend().is_some_and(|due| due <= now)
    }
}

/// Form, channel and delay of the intervention's report (O5), agreed at signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTerms {
    /// Document, message…
    pub form: String,
    /// Mail, customer space, this gate…
    pub channel: String,
    /// Days after the closing, all days counted.
    pub within_days: u32,
}

/// One act of C1 with everything that is settled in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Its name.
    pub id: ContractId,
    /// For whom.
    pub establishment: EstablishmentId,
    /// With whom.
    pub provider: ProviderId,
    /// Règlement, contrat or convention.
    pub form: ContractForm,
    /// When it is in force.
    pub span: Span,
    /// What became of the signed original.
    pub original: Original,
    /// The scan.
    #[serde(default)]
    pub document: Option<DocumentRef>,
    /// Said and chosen about subcontracting (C4).
    #[serde(default)]
    pub subcontracting: Subcontracting,
    /// The list of subcontractors (C4).
    #[serde(default)]
    pub subcontracts: Vec<Subcontract>,
    /// The provider's dated word that it subcontracts nothing (C5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_subcontracting: Option<NoSubcontracting>,
    /// Individual engagements count from this version of the text on (C6, C7).
    pub engagement_version: u32,
    /// The plan (A1).
    #[serde(default)]
    pub plan: SecurityPlan,
    /// The agreement (O1).
    #[serde(default)]
    pub agreement: Option<Agreement>,
    /// Who may ask (O2).
    #[serde(default)]
    pub requesters: Requesters,
    /// The report's terms (O5).
    #[serde(default)]
    pub report: Option<ReportTerms>,
    /// Days after the closing until erasure is attested (E9).
    pub erasure_within_days: u32,
    /// Whether an overdue report or attestation closes new planned work (an option of O5 and E9).
    #[serde(default)]
    pub overdue_blocks: bool,
    /// What the provider and its subcontractors entrusted to the establishment (section 2.2 of the guide).
    #[serde(default)]
    pub entrusted: Vec<Entrusted>,
    /// What the provider and its subcontractors placed in the SIS, and answer for (E5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub installed: Vec<Installed>,
    /// Audits of the provider (C8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audits: Vec<Audit>,
    /// Services beside its own whose risk it takes over (section 4 of the guide, *transfer*).
    #[serde(default)]
    pub covers: Vec<ServiceId>,
    /// Days after which what the provider said of itself is to be confirmed by a newer dossier (C3).
    #[serde(default = "a_year")]
    pub confirm_within_days: u32,
    /// Days within which what is written down elsewhere of what does not pass the gate is brought, once agreed (T8, T12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_within_days: Option<u32>,
}

/// Days until a dossier is to be confirmed, where nothing else is agreed (rules.md §3).
const fn a_year() -> u32 {
    365
}

impl Contract {
    /// What is held still and should have been given back or destroyed by now.
    pub fn overdue_custody(&self, now: Timestamp) -> impl Iterator<Item = &Entrusted> {
        self.entrusted.iter().filter(move |one| one.is_held() && one.due(self.span.until) <= now)
    }

    /// Whether anything is subcontracted now.
    pub fn subcontracts_now(&self, now: Timestamp) -> bool {
        self.subcontracts.iter().any(|sub| sub.listed(now))
    }
}
