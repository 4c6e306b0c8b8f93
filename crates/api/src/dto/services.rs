//! A service.

use domain::ServiceFacts;
use serde::Serialize;
use utoipa::ToSchema;

use super::names;

/// A service, as the site describes it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceView {
    /// Its name in paths.
    id: String,
    /// Its name in words.
    title: String,
    /// Whose it is.
    establishment: String,
    /// The kind of intervention: `monitoring`, `maintenance` or `assistance`.
    kind: String,
    /// `gateway` or `direct`.
    path: String,
    /// The level that it aims at.
    target: u8,
    /// Who provides it.
    provider: Named,
    /// Under which contract.
    contract: String,
    /// On which equipment.
    equipment: Vec<String>,
    /// Who approves.
    beneficiaries: Vec<String>,
    /// What the beneficiary checks before access.
    checklist: Vec<Item>,
}

/// Somebody or something with a name in words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    /// Its name in paths.
    id: String,
    /// Its name in words.
    title: String,
}

/// One check before access.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// Its name.
    id: String,
    /// What is checked.
    text: String,
}

impl ServiceView {
    pub(crate) fn of(facts: &ServiceFacts) -> Self {
        let service = &facts.service;
        let item = |one: &domain::ChecklistItem| Item { id: one.id.clone(), text: one.text.clone() };
        Self {
            id: service.id.to_string(),
            title: service.title.clone(),
            establishment: service.establishment.to_string(),
            kind: service.kind.as_str().to_owned(),
            path: service.path.as_str().to_owned(),
            target: u8::from(service.level),
            provider: Named { id: facts.provider.id.to_string(), title: facts.provider.name.clone() },
            contract: service.contract.to_string(),
            equipment: names(&service.equipment),
            beneficiaries: names(&service.beneficiaries),
            checklist: service.checklist.iter().map(item).collect(),
        }
    }
}
