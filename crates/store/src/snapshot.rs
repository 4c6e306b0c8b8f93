//! Snapshots: everything that bears on an attempt or an assessment, read at once.

mod around;
mod attempt;
mod device;
mod papers;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Contract, Employer, Filed, Notice, Person, Provider, Rotation, Service, ServiceFacts, Staff, Witness,
    Witnessed, WitnessedWhat,
};
use gate::ports::Whose;
use vocab::{ContractId, EquipmentId, EstablishmentId, PersonId, ProviderId, ServiceId, Timestamp};

use crate::StoreError;
use crate::fact::{self, Kind, Place};
use crate::intervention;
use crate::sqlite::Db;
use crate::wave::{Answers, Many, One, Wave};
use around::{Around, House, Proposed, Side};
use device::Shared;
use papers::Papers;

pub(crate) use attempt::for_attempt;
pub(crate) use device::one_equipment;
pub(crate) use papers::credentials;

/// The snapshot of a service, with all its equipment and people.
pub(crate) async fn of_service(
    db: &mut Db,
    at: &EstablishmentId,
    service: &ServiceId,
    as_of: Timestamp,
) -> Result<ServiceFacts, StoreError> {
    let missing = |what: &str, name: &str| StoreError::Missing(format!("{what} `{name}` of `{at}`"));
    let mut wave = Wave::default();
    let asked = wave.one::<Service>(Place::new(Kind::Service, at, service));
    let (house, life) = (House::of(&mut wave, at), wave.life(at, service));
    // Documents of the establishment, and of this service.
    let filed = ["", service.as_str()].map(|link| wave.linked::<Filed>(Kind::Filed, Some(at), link));
    let mut answers = wave.ask(db, as_of).await?;
    let service = answers.one(asked)?.ok_or_else(|| missing("service", service.as_str()))?;
    let house = house.read(&mut answers)?;
    let mut proposed = Proposed::read(&mut answers, life)?;
    let mut papers = Vec::new();
    for found in filed {
        papers.extend(answers.many(found)?);
    }

    let Bound { contract, taken_over_by, shared, mut wave } =
        Bound::of(db, &service, &proposed, as_of).await?;
    let contract = contract.ok_or_else(|| missing("contract", service.contract.as_str()))?;

    // The third: those of the provider's side, what it told, and who shares a login or a secret.
    let notices = wave.linked::<Notice>(Kind::Notice, Some(at), contract.provider.as_str());
    let witnesses = Witnesses::of(&mut wave, at, &contract, &service.equipment);
    let checked = wave.one(Place::new(Kind::FilterCheck, at, &service.id));
    let reviewed = wave.one(Place::new(Kind::AccountsReview, at, &contract.provider));
    let (side, people) = (Side::of(&mut wave, &contract), People::of(&mut wave, &contract, as_of));
    let mut answers = wave.ask(db, as_of).await?;
    let (provider, provider_side) = side.read(&mut answers)?;
    let notices = answers.many(notices)?;
    let witnesses = witnesses.read(&mut answers)?;
    let (filter_check, accounts_review) = (answers.one(checked)?, answers.one(reviewed)?);
    let equipment = shared.into_iter().map(|one| one.whole(&mut answers)).collect::<Result<Vec<_>, _>>()?;
    let staff = people.staff(db, &mut answers, at, as_of).await?;
    let links = fact::own_links(db, at, as_of).await?;
    let (Some(provider), Some((establishment, suspensions))) = (provider, house) else {
        return Err(StoreError::Missing(format!("provider `{}` or establishment `{at}`", contract.provider)));
    };
    let around = Around { establishment, suspensions, provider, provider_side, contract, service };
    let facts =
        around.facts(&mut proposed, |id| taken_over_by.iter().find(|one: &&Contract| one.id == *id).cloned());
    let unreviewed = intervention::unreviewed(db, at, &facts.service.id, as_of).await?;
    Ok(ServiceFacts {
        unreviewed,
        equipment,
        staff,
        links,
        filed: papers,
        notices,
        witnesses,
        filter_check,
        accounts_review,
        ..facts
    })
}

/// The second wave of a service: its contract, those that take a risk over, its equipment. Who shares a login or a secret with
/// that is asked for in the next one.
struct Bound {
    contract: Option<Contract>,
    taken_over_by: Vec<Contract>,
    shared: Vec<Shared>,
    wave: Wave,
}

impl Bound {
    async fn of(
        db: &mut Db,
        service: &Service,
        proposed: &Proposed,
        as_of: Timestamp,
    ) -> Result<Self, StoreError> {
        let at = &service.establishment;
        let mut wave = Wave::default();
        let mut contract_of = |id: &ContractId| wave.one::<Contract>(Place::new(Kind::Contract, at, id));
        let contract = contract_of(&service.contract);
        let transfers: Vec<_> = proposed.transfers().into_iter().map(contract_of).collect();
        let devices: Vec<_> =
            service.equipment.iter().map(|id| device::Asked::of(&mut wave, at, id)).collect();
        let mut answers = wave.ask(db, as_of).await?;
        let contract = answers.one(contract)?;
        let mut taken_over_by = Vec::new();
        for one in transfers {
            taken_over_by.extend(answers.one(one)?);
        }
        let (mut wave, mut shared) = (Wave::default(), Vec::new());
        for device in devices {
            shared.extend(device.found(&mut answers, &mut wave)?);
        }
        Ok(Self { contract, taken_over_by, shared, wave })
    }
}

/// What people confirmed of a contract and of equipment.
struct Witnesses(Vec<Many<Witness>>);

impl Witnesses {
    fn of(wave: &mut Wave, at: &EstablishmentId, contract: &Contract, equipment: &[EquipmentId]) -> Self {
        let of_equipment = equipment.iter().cloned().map(|id| WitnessedWhat::Commissioned(id).link());
        let links = std::iter::once(WitnessedWhat::of_contract(&contract.id)).chain(of_equipment);
        Self(links.map(|link| wave.linked(Kind::Witness, Some(at), &link)).collect())
    }

    /// What bears on a decision: the signatures under joint decisions (E5), where the contract has any.
    fn of_decisions(wave: &mut Wave, at: &EstablishmentId, contract: &Contract) -> Self {
        let asked = contract.decides_together().then(|| WitnessedWhat::of_contract(&contract.id));
        Self(asked.iter().map(|link| wave.linked(Kind::Witness, Some(at), link)).collect())
    }

    /// Only those.
    fn read_decisions(self, answers: &mut Answers) -> Result<Vec<Witness>, StoreError> {
        let mut all = self.read(answers)?;
        all.retain(|one| matches!(one.of, Witnessed::Decided { .. }));
        Ok(all)
    }

    fn read(self, answers: &mut Answers) -> Result<Vec<Witness>, StoreError> {
        let mut all = Vec::new();
        for asked in self.0 {
            all.extend(answers.many(asked)?);
        }
        Ok(all)
    }
}

/// The people of the contract's provider and of its subcontractors, and those who come on its behalf from
/// employers that nobody listed.
struct People(Vec<Many<Person>>);

impl People {
    fn of(wave: &mut Wave, contract: &Contract, as_of: Timestamp) -> Self {
        let listed = contract.subcontracts.iter().filter(|sub| sub.listed(as_of)).map(|sub| &sub.provider);
        let sides: BTreeSet<&ProviderId> = std::iter::once(&contract.provider).chain(listed).collect();
        Self(sides.into_iter().map(|side| wave.people_of(side)).collect())
    }

    async fn staff(
        self,
        db: &mut Db,
        answers: &mut Answers,
        at: &EstablishmentId,
        as_of: Timestamp,
    ) -> Result<Vec<Staff>, StoreError> {
        let mut people: BTreeMap<PersonId, Person> = BTreeMap::new();
        for asked in self.0 {
            people.extend(answers.many(asked)?.into_iter().map(|person| (person.id.clone(), person)));
        }
        let mut wave = Wave::default();
        let mut employers: BTreeMap<ProviderId, One<Provider>> = BTreeMap::new();
        let mut asked = Vec::new();
        for person in people.into_values() {
            let Employer::Provider(employer) = &person.employer else { continue };
            let employer = employer.clone();
            let place = Place::common(Kind::Provider, &employer);
            employers.entry(employer.clone()).or_insert_with(|| wave.one(place));
            let papers = Papers::of(&mut wave, &person, at);
            asked.push((person, employer, papers));
        }
        let mut answers = wave.ask(db, as_of).await?;
        let mut found: BTreeMap<ProviderId, Provider> = BTreeMap::new();
        for (id, asked) in employers {
            found.extend(answers.one(asked)?.map(|provider| (id, provider)));
        }
        let mut staff = Vec::new();
        for (person, employer, papers) in asked {
            let (engagements, credentials) = papers.read(&mut answers)?;
            let Some(employer) = found.get(&employer).cloned() else { continue };
            staff.push(Staff { person, employer, engagements, credentials });
        }
        Ok(staff)
    }
}

/// Every equipment whose secret is to change and did not yet.
pub(crate) async fn rotations_due(
    db: &mut Db,
    as_of: Timestamp,
) -> Result<Vec<(Whose, Timestamp)>, StoreError> {
    let all: Vec<(EstablishmentId, EquipmentId, Rotation)> =
        fact::of_equipment(db, Kind::Rotation, as_of).await?;
    let due = all.into_iter().filter_map(|(establishment, equipment, rotation)| {
        Some(((establishment, equipment), rotation.due?.since))
    });
    Ok(due.collect())
}
