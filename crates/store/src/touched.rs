//! Whose assessment a changed fact may change.

use std::collections::BTreeSet;

use domain::{Contract, Employer, Person, Service};
use gate::ports::{FactName, Served};
use vocab::{EstablishmentId, PersonId, ProviderId, Timestamp};

use crate::StoreError;
use crate::fact::{self, Kind, Place};
use crate::sqlite::Db;

/// Versions of a person that are looked at: his present employer and the former one.
const VERSIONS: i64 = 2;

/// Every service in whose snapshot one of these facts stands, or stood before it changed.
pub(crate) async fn services(
    db: &mut Db,
    names: &[FactName],
    as_of: Timestamp,
) -> Result<BTreeSet<Served>, StoreError> {
    let mut found = BTreeSet::new();
    for name in names {
        match name {
            FactName::Service { establishment, service }
            | FactName::Treatment { establishment, service, .. }
            | FactName::Transition { establishment, service }
            | FactName::Direct { establishment, service }
            | FactName::Signature { establishment, service, .. } => {
                found.insert((establishment.clone(), service.clone()));
            }
            FactName::Contract { establishment, contract } => {
                found.extend(of_contract(db, establishment, contract.as_str(), as_of).await?);
            }
            // No two equipments share a login or a secret (T9), and a link of any goes around the gate of all (T3).
            FactName::Establishment(id)
            | FactName::Suspension { establishment: id, .. }
            | FactName::Equipment { establishment: id, .. }
            | FactName::AccountTag { establishment: id, .. }
            | FactName::Rotation { establishment: id, .. }
            | FactName::Disclosure { establishment: id, .. } => {
                found.extend(of_establishment(db, id, as_of).await?.iter().map(named));
            }
            FactName::Provider(id) => found.extend(of_provider(db, id, as_of).await?),
            FactName::Person(id) | FactName::Enrolment(id) => found.extend(of_person(db, id, as_of).await?),
            FactName::Engagement { establishment, person, .. }
            | FactName::Vouching { establishment, person } => {
                let all = of_person(db, person, as_of).await?;
                found.extend(all.into_iter().filter(|(whose, _)| whose == establishment));
            }
            FactName::Standing { .. } | FactName::Hold { .. } | FactName::Purged(_) | FactName::Token(_) => {}
        }
    }
    Ok(found)
}

fn named(service: &Service) -> Served {
    (service.establishment.clone(), service.id.clone())
}

async fn of_establishment(
    db: &mut Db,
    id: &EstablishmentId,
    as_of: Timestamp,
) -> Result<Vec<Service>, StoreError> {
    fact::list(db, Kind::Service, Some(id), as_of).await
}

async fn of_contract(
    db: &mut Db,
    establishment: &EstablishmentId,
    contract: &str,
    as_of: Timestamp,
) -> Result<Vec<Served>, StoreError> {
    let all: Vec<Service> = fact::linked(db, Kind::Service, Some(establishment), contract, as_of).await?;
    Ok(all.iter().map(named).collect())
}

/// Under every contract in which it is provider or subcontractor.
async fn of_provider(db: &mut Db, id: &ProviderId, as_of: Timestamp) -> Result<Vec<Served>, StoreError> {
    let contracts: Vec<Contract> = fact::everywhere(db, Kind::Contract, as_of).await?;
    let mut found = Vec::new();
    for contract in contracts {
        if contract.provider == *id || contract.subcontracts.iter().any(|sub| sub.provider == *id) {
            found.extend(of_contract(db, &contract.establishment, contract.id.as_str(), as_of).await?);
        }
    }
    Ok(found)
}

/// Of everybody who employs or sends this person, or did before the person changed.
async fn of_person(db: &mut Db, id: &PersonId, as_of: Timestamp) -> Result<BTreeSet<Served>, StoreError> {
    let mut found = BTreeSet::new();
    for person in fact::last::<Person>(db, &Place::common(Kind::Person, id), VERSIONS).await? {
        let employer = match person.employer {
            Employer::Provider(id) => Some(id),
            Employer::Establishment(_) => None,
        };
        for provider in employer.into_iter().chain(person.on_behalf_of) {
            found.extend(of_provider(db, &provider, as_of).await?);
        }
    }
    Ok(found)
}
