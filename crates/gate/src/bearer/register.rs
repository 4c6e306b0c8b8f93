//! What is described of the services that he may assess: each provider, contract, equipment, document and notice once.

use std::collections::BTreeMap;

use domain::{Contract, Equipment, Filed, Notice, Provider};

use super::Bearer;
use crate::Gate;
use crate::commands::{Deed, NotDone, not_yours};

/// What is described, each kind in the order of its names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Register {
    /// Those who provide the services.
    pub providers: Vec<Provider>,
    /// Under which contracts.
    pub contracts: Vec<Contract>,
    /// On what.
    pub equipment: Vec<Equipment>,
    /// What is kept of papers and of evidence from outside.
    pub documents: Vec<Filed>,
    /// What providers said that changed (C3).
    pub notices: Vec<Notice>,
}

impl Gate {
    /// Whoever may see how services stand may see what they stand on. Who may assess none of those he sees is told so.
    pub async fn register_by(&self, bearer: &Bearer) -> Result<Register, NotDone> {
        let (now, who) = (self.clock.now(), &bearer.known);
        who.scope(Deed::Assess)?;
        let establishment = self.establishment_by(bearer).await?;
        let mut facts = self.facts_of(&establishment, now).await?;
        let any = facts.iter().any(|one| self.sees(bearer, one, now));
        facts.retain(|one| Deed::Assess.is_of(&who.person, one, now));
        if facts.is_empty() {
            let none = || NotDone::unknown(establishment.id.as_str());
            return Err(if any { not_yours(Deed::Assess) } else { none() });
        }
        self.vouched(who, &establishment.id, now).await?;
        // As at the door: of documents nobody of a provider's side is told, and nobody who may not list them.
        let outsider = facts.iter().any(|one| one.of_the_provider(&who.person));
        let mut providers = BTreeMap::new();
        let mut contracts = BTreeMap::new();
        let mut equipment = BTreeMap::new();
        let mut documents = BTreeMap::new();
        let mut notices = BTreeMap::new();
        for one in facts {
            if !outsider && Deed::SeeDocuments.is_of(&who.person, &one, now) {
                documents.extend(one.filed.iter().map(|filed| (filed.sha256.clone(), filed.clone())));
            }
            providers.insert(one.provider.id.clone(), one.provider);
            contracts.insert(one.contract.id.clone(), one.contract);
            equipment.extend(one.equipment.into_iter().map(|device| (device.id.clone(), device)));
            let told = one.notices.into_iter();
            notices.extend(told.map(|notice| ((notice.provider.clone(), notice.serial), notice)));
        }
        Ok(Register {
            providers: providers.into_values().collect(),
            contracts: contracts.into_values().collect(),
            equipment: equipment.into_values().collect(),
            documents: documents.into_values().collect(),
            notices: notices.into_values().collect(),
        })
    }
}
