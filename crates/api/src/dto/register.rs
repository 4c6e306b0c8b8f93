//! What is described: providers, contracts, equipment, documents, notices.

use domain::{Contract, ContractForm, Equipment, Filed, HostKeyState, Nature, Notice, Provider};
use domain::{Subcontract, Subcontracting};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::Timestamp;

use super::names;

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderView {
    /// Its name in paths.
    id: String,
    /// Its name in words.
    title: String,
    /// `third-party`, `internal` or `pooled`.
    nature: String,
    /// Where it is established, as two letters; `null` is unknown, with which nobody works (C2).
    country: Option<String>,
    /// Its number in the register of companies.
    registration: Option<String>,
    /// Who speaks for it.
    managers: Vec<String>,
    /// The number of the signed dossier that it was read from; `null`: it was typed in.
    dossier: Option<u64>,
}

/// A contract, with what is settled in it about subcontracting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContractView {
    /// Its name in paths.
    id: String,
    /// With whom.
    provider: String,
    /// `reglement`, `contrat` or `convention` (C1).
    form: String,
    /// From when on it is in force.
    #[schema(format = DateTime)]
    from: String,
    /// Until when.
    #[schema(format = DateTime)]
    until: String,
    /// `not-stated`, `excluded`, `case-by-case` or `global` (C4).
    subcontracting: String,
    /// The list of subcontractors, at every tier.
    subcontractors: Vec<SubcontractorView>,
}

/// A subcontractor on the list of a contract.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubcontractorView {
    /// Who.
    provider: String,
    /// For whom it works.
    under: String,
    /// When it was listed.
    #[schema(format = DateTime)]
    listed: String,
    /// When it left the list.
    #[schema(format = DateTime)]
    ended: Option<String>,
    /// Whether a signed authorisation stands (case by case, C4).
    authorised: bool,
    /// Whether it is shown that the requirements are in its own contract (C5).
    flow_down: bool,
}

/// An equipment. Neither its address nor its login is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EquipmentView {
    /// Its name in paths.
    id: String,
    /// Its name in words.
    title: String,
    /// Whether it holds applications or personal data (T1).
    holds_data: bool,
    /// The administration zone that it is linked by (T2).
    zone: Option<String>,
    /// A link of its own to the outside (T3).
    own_link: Option<String>,
    /// `unknown`, `pinned` or `changed`.
    host_key: String,
    /// Whether the secret of its reserved account is in the vault (T9).
    secret_held: bool,
    /// Whether it is still to be put into service.
    to_commission: bool,
}

/// A document that is kept, without its content.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentView {
    /// SHA-256 of its bytes: what it is called.
    sha256: String,
    /// As whoever filed it called it.
    name: String,
    /// What it is: `contract`, `agreement`, `plan`, `audit`, `attestation`, `engagement`, `evidence`.
    kinds: Vec<String>,
    /// Its length.
    bytes: u64,
    /// When it was filed.
    #[schema(format = DateTime)]
    filed: String,
    /// Who says that it is the signed one.
    confirmed_by: Option<String>,
}

/// What a provider said that changed (C3).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    /// Who changed.
    provider: String,
    /// The number of the dossier that says so.
    serial: u64,
    /// When it was imported.
    #[schema(format = DateTime)]
    at: String,
    /// What changed, field by field.
    changed: Vec<String>,
    /// Who read it.
    read_by: Option<String>,
}

fn at(moment: Timestamp) -> String {
    moment.to_string()
}

impl ProviderView {
    pub(crate) fn of(one: &Provider) -> Self {
        let nature = match one.nature {
            Nature::ThirdParty => "third-party",
            Nature::Internal => "internal",
            Nature::Pooled => "pooled",
        };
        Self {
            id: one.id.to_string(),
            title: one.name.clone(),
            nature: nature.to_owned(),
            country: one.country.as_ref().map(|country| country.as_str().to_owned()),
            registration: one.registration.clone(),
            managers: names(&one.managers),
            dossier: one.dossier.as_ref().map(|dossier| dossier.serial),
        }
    }
}

impl ContractView {
    pub(crate) fn of(one: &Contract) -> Self {
        let form = match one.form {
            ContractForm::Reglement => "reglement",
            ContractForm::Contrat => "contrat",
            ContractForm::Convention => "convention",
        };
        let subcontracting = match one.subcontracting {
            Subcontracting::NotStated => "not-stated",
            Subcontracting::Excluded => "excluded",
            Subcontracting::CaseByCase => "case-by-case",
            Subcontracting::Global => "global",
        };
        Self {
            id: one.id.to_string(),
            provider: one.provider.to_string(),
            form: form.to_owned(),
            from: at(one.span.from),
            until: at(one.span.until),
            subcontracting: subcontracting.to_owned(),
            subcontractors: one.subcontracts.iter().map(SubcontractorView::of).collect(),
        }
    }
}

impl SubcontractorView {
    fn of(one: &Subcontract) -> Self {
        Self {
            provider: one.provider.to_string(),
            under: one.under.to_string(),
            listed: at(one.listed_at),
            ended: one.ended_at.map(at),
            authorised: one.authorised.is_some(),
            flow_down: one.flow_down.is_some(),
        }
    }
}

impl EquipmentView {
    pub(crate) fn of(one: &Equipment) -> Self {
        let host_key = match one.host_key {
            HostKeyState::Unknown => "unknown",
            HostKeyState::Pinned { .. } => "pinned",
            HostKeyState::Changed { .. } => "changed",
        };
        Self {
            id: one.id.to_string(),
            title: one.title.clone(),
            holds_data: one.holds_data,
            zone: one.admin_zone.clone(),
            own_link: one.own_link.clone(),
            host_key: host_key.to_owned(),
            secret_held: one.account.as_ref().is_some_and(|account| account.secret_held),
            to_commission: one.to_commission().is_some(),
        }
    }
}

impl DocumentView {
    pub(crate) fn of(one: &Filed) -> Self {
        Self {
            sha256: one.sha256.clone(),
            name: one.name.clone(),
            kinds: one.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
            bytes: one.bytes,
            filed: at(one.filed_at),
            confirmed_by: one.confirmed.as_ref().map(|confirmed| confirmed.by.to_string()),
        }
    }
}

impl NoticeView {
    pub(crate) fn of(one: &Notice) -> Self {
        Self {
            provider: one.provider.to_string(),
            serial: one.serial,
            at: at(one.at),
            changed: one.changed.clone(),
            read_by: one.read.as_ref().map(|(person, _)| person.to_string()),
        }
    }
}
