//! What an establishment needs to be allowed to use the gate, filled with its facts.

use std::collections::BTreeMap;

use documents::{Crossing, Kit, Named, Part};
use domain::{Establishment, Officer};
use vocab::{ContractId, PersonId, Timestamp};

use super::sheet::{Sheet, titled};
use crate::Gate;
use crate::ports::PortError;

impl Gate {
    pub(super) async fn kit(
        &self,
        sheet: &mut Sheet<'_>,
        owner: &Establishment,
        part: Option<Part>,
        now: Timestamp,
    ) -> Result<Kit, PortError> {
        let as_of = self.as_of(now);
        let mut people: Vec<PersonId> = owner.office_holders().cloned().collect();
        people.sort();
        people.dedup();
        let offices = people.clone();
        people.push(owner.responsable.clone());
        sheet.meet(&people).await?;
        let mut crossings: BTreeMap<ContractId, Crossing> = BTreeMap::new();
        let mut typed = Vec::new();
        for service in self.store.services(&owner.id, as_of).await? {
            let facts = self.store.service_facts(&owner.id, &service.id, as_of).await?;
            if let Some(purpose) = &service.typed_purpose {
                typed.push(Named { id: service.id.to_string(), title: purpose.clone() });
            }
            let crossing = crossings.entry(facts.contract.id.clone()).or_insert_with(|| Crossing {
                provider: titled(&facts.provider.id, &facts.provider.name),
                country: facts.provider.country.as_ref().map(|country| country.as_str().to_owned()),
                contract: facts.contract.id.to_string(),
                services: Vec::new(),
            });
            crossing.services.push(titled(&service.id, &service.title));
        }
        let holding = |office: Officer| -> Vec<Named> {
            let all = offices.iter().filter(|person| owner.holds(person, office, now));
            all.map(|person| sheet.person(person)).collect()
        };
        Ok(Kit {
            part,
            responsable: sheet.person(&owner.responsable),
            security: holding(Officer::Security),
            protection: holding(Officer::Dpo),
            auditors: holding(Officer::Auditor),
            crossings: crossings.into_values().collect(),
            recording_days: owner.recording_days,
            typed,
            scanning: self.quarantine.scanner.is_there(),
        })
    }
}
