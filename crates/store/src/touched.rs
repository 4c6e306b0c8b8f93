//! Whose assessment a changed fact may change.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Contract, Employer, Equipment, Person, RiskTreatment, Service, WitnessedWhat};
use gate::ports::{FactName, Served};
use vocab::{ContractId, EquipmentId, EstablishmentId, PersonId, ProviderId, Timestamp};

use crate::StoreError;
use crate::fact::{self, Kind, Place};
use crate::sqlite::Db;
use crate::wave::Wave;

/// How long a former version is looked at: every service is assessed at least once a day, so what ended before was
/// assessed without it already.
const FORMER: Duration = Duration::from_secs(2 * 24 * 3_600);

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
            | FactName::FilterCheck { establishment, service }
            | FactName::Signature { establishment, service, .. } => {
                found.insert((establishment.clone(), service.clone()));
            }
            FactName::Contract { establishment, contract } => {
                found.extend(of_contract(db, establishment, contract.as_str(), as_of).await?);
                found.extend(transferred_to(db, establishment, contract, as_of).await?);
            }
            FactName::Witness { establishment, what } => match what {
                WitnessedWhat::Entrusted(contract, _) | WitnessedWhat::Decided(contract, ..) => {
                    found.extend(of_contract(db, establishment, contract.as_str(), as_of).await?);
                }
                WitnessedWhat::Commissioned(equipment) => {
                    found.extend(of_equipment(db, establishment, equipment, as_of).await?);
                }
            },
            FactName::Establishment(id) | FactName::Suspension { establishment: id, .. } => {
                found.extend(of_establishment(db, id, as_of).await?.iter().map(named));
            }
            FactName::Equipment { establishment, equipment }
            | FactName::AccountTag { establishment, equipment }
            | FactName::Rotation { establishment, equipment }
            | FactName::Disclosure { establishment, equipment } => {
                found.extend(of_equipment(db, establishment, equipment, as_of).await?);
            }
            FactName::Notice { establishment, provider, .. }
            | FactName::AccountsReview { establishment, provider } => {
                let all = of_provider(db, provider, as_of).await?;
                found.extend(all.into_iter().filter(|(whose, _)| whose == establishment));
            }
            FactName::Provider(id) => found.extend(of_provider(db, id, as_of).await?),
            FactName::Person(id) | FactName::Enrolment(id) => found.extend(of_person(db, id, as_of).await?),
            FactName::Engagement { establishment, person, .. }
            | FactName::Vouching { establishment, person } => {
                let all = of_person(db, person, as_of).await?;
                found.extend(all.into_iter().filter(|(whose, _)| whose == establishment));
            }
            FactName::Filed { establishment, .. } | FactName::Seen(establishment) => {
                found.extend(of_establishment(db, establishment, as_of).await?.iter().map(named));
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

/// Of every service that holds it, or holds one with which it shares a login or a secret (T9), or did before it changed; a
/// link of its own goes around the gate of all (T3).
async fn of_equipment(
    db: &mut Db,
    at: &EstablishmentId,
    id: &EquipmentId,
    as_of: Timestamp,
) -> Result<Vec<Served>, StoreError> {
    let since = as_of.before(FORMER);
    let versions: Vec<Equipment> =
        fact::versions_since(db, &Place::new(Kind::Equipment, at, id), since).await?;
    let tags: Vec<Option<String>> =
        fact::versions_since(db, &Place::new(Kind::AccountTag, at, id), since).await?;
    let services = of_establishment(db, at, as_of).await?;
    if versions.iter().any(|one| one.own_link.is_some()) {
        return Ok(services.iter().map(named).collect());
    }
    let logins: BTreeSet<&str> = versions
        .iter()
        .filter_map(|one| one.account.as_ref())
        .map(|account| account.login.as_str())
        .collect();
    let tags: BTreeSet<&str> = tags.iter().flatten().map(String::as_str).collect();
    let mut wave = Wave::default();
    let logins = logins.into_iter().map(|login| (Kind::Equipment, login));
    let words = logins.chain(tags.into_iter().map(|tag| (Kind::AccountTag, tag)));
    let asked: Vec<_> = words.map(|(kind, word)| wave.equipment_linked(kind, at, word)).collect();
    let mut answers = wave.ask(db, as_of).await?;
    let mut those = BTreeSet::from([id.clone()]);
    for names in asked {
        those.extend(answers.names(names)?);
    }
    let holds = |service: &&Service| service.equipment.iter().any(|one| those.contains(one));
    Ok(services.iter().filter(holds).map(named).collect())
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

/// Services whose risk a contract takes over.
async fn transferred_to(
    db: &mut Db,
    establishment: &EstablishmentId,
    contract: &ContractId,
    as_of: Timestamp,
) -> Result<Vec<Served>, StoreError> {
    let all: Vec<RiskTreatment> = fact::list(db, Kind::Treatment, Some(establishment), as_of).await?;
    let to_it = all.into_iter().filter(|one| one.transfer.as_ref() == Some(contract));
    Ok(to_it.map(|one| (establishment.clone(), one.service)).collect())
}

/// Under every contract in which it is provider or subcontractor, or on whose provider's side its people come.
async fn of_provider(db: &mut Db, id: &ProviderId, as_of: Timestamp) -> Result<Vec<Served>, StoreError> {
    let people: Vec<Person> = fact::linked(db, Kind::Person, None, id.as_str(), as_of).await?;
    let mut sides: BTreeSet<ProviderId> = people.into_iter().filter_map(|one| one.on_behalf_of).collect();
    sides.insert(id.clone());
    let contracts: Vec<Contract> = fact::everywhere(db, Kind::Contract, as_of).await?;
    let mut found = Vec::new();
    for contract in contracts {
        let subs = contract.subcontracts.iter().map(|sub| &sub.provider);
        if std::iter::once(&contract.provider).chain(subs).any(|side| sides.contains(side)) {
            found.extend(of_contract(db, &contract.establishment, contract.id.as_str(), as_of).await?);
        }
    }
    Ok(found)
}

/// Of everybody who employs or sends this person, or did before the person changed.
async fn of_person(db: &mut Db, id: &PersonId, as_of: Timestamp) -> Result<BTreeSet<Served>, StoreError> {
    let mut found = BTreeSet::new();
    let versions: Vec<Person> =
        fact::versions_since(db, &Place::common(Kind::Person, id), as_of.before(FORMER)).await?;
    for person in versions {
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
