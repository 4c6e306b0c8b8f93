//! The snapshot for one attempt: what the target may mean, who asks, and the services that cover both.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Attempt, Contract, Credentials, Employer, Equipment, Establishment, Facts, Intervention, Nature, Person,
    Provider, Service, ServiceFacts, Staff, Subcontract, Suspension, Target, TraceStore, Witness,
};
use serde::Deserialize;
use vocab::{ContractId, EquipmentId, EstablishmentId, ProviderId, Timestamp};

use super::Witnesses;
use super::around::{Around, House, Proposed, Side};
use super::device::{self, Shared};
use super::papers::Papers;
use crate::StoreError;
use crate::fact::{self, Kind, Place};
use crate::sqlite::Db;
use crate::wave::{Answers, Life, Many, Names, One, Wave};

/// The snapshot for one attempt. What lies outside the contracts of the caller's employer is not in it.
///
/// `None`: others committed between two of its questions, so it is of no one state; asked in a transaction it never is.
pub(crate) async fn for_attempt(
    db: &mut Db,
    attempt: &Attempt,
    as_of: Timestamp,
) -> Result<Option<Facts>, StoreError> {
    let mut wave = Wave::default();
    let meanings = Meanings::of(&mut wave, &attempt.target);
    let person = wave.one::<Person>(Place::common(Kind::Person, &attempt.person));
    let named = attempt.target.intervention.as_ref().map(|id| wave.intervention(id));
    let mut answers = wave.ask(db, as_of).await?;
    let first = answers.version().map(ToOwned::to_owned);
    let is_still = |answers: &Answers| answers.version().is_none_or(|then| Some(then) == first.as_deref());
    let named = named.map(|named| answers.one(named)).transpose()?.flatten();
    let spots = meanings.read(&mut answers)?;
    let mut facts = Facts {
        person: None,
        target_known: !spots.is_empty(),
        services: Vec::new(),
        trace_store: TraceStore::WELL,
    };
    let Some(person) = answers.one(person)? else { return Ok(Some(facts)) };

    let mut wave = Wave::default();
    let employer = AskedEmployer::of(&mut wave, &person.employer);
    let asked: Vec<AskedSpot> =
        spots.into_iter().map(|spot| AskedSpot::of(&mut wave, spot, &person)).collect();
    let mut answers = wave.ask(db, as_of).await?;
    if !is_still(&answers) {
        return Ok(None);
    }
    let Some(employer) = employer.read(&mut answers)? else { return Ok(Some(facts)) };
    let caller = Caller::of(person, employer);

    let mut wave = Wave::default();
    let mut found = Vec::new();
    for spot in asked {
        found.push(spot.found(&mut answers, &caller, as_of, &mut wave)?);
    }
    let mut answers = wave.ask(db, as_of).await?;
    if !is_still(&answers) {
        return Ok(None);
    }
    let mut places = Vec::new();
    for spot in found {
        places.extend(spot.covered(&mut answers)?);
    }
    prefer(&mut places, named.as_ref());
    facts.person = Some(caller.into_staff(&places));
    facts.services = places.into_iter().flat_map(|place| place.facts(named.as_ref())).collect();
    Ok(Some(facts))
}

/// An equipment of one establishment.
struct Spot {
    establishment: EstablishmentId,
    equipment: EquipmentId,
}

/// Everything the target may mean: a short name wherever it stands, or a full name.
struct Meanings {
    wanted: Option<EstablishmentId>,
    short: (EquipmentId, Names<EstablishmentId>),
    full: Option<(EquipmentId, EstablishmentId, Names<EstablishmentId>)>,
}

impl Meanings {
    fn of(wave: &mut Wave, target: &Target) -> Self {
        let short = (target.equipment.clone(), wave.owners(&target.equipment));
        // `scanner.nord`, where no equipment has this short name.
        let split = target.equipment.as_str().rsplit_once('.').filter(|_| target.establishment.is_none());
        let full = split.and_then(|(equipment, establishment)| {
            let (equipment, establishment) = (equipment.parse().ok()?, establishment.parse().ok()?);
            let owners = wave.owners(&equipment);
            Some((equipment, establishment, owners))
        });
        Self { wanted: target.establishment.clone(), short, full }
    }

    fn read(self, answers: &mut Answers) -> Result<Vec<Spot>, StoreError> {
        let Self { wanted, short: (equipment, owners), full } = self;
        let owners = answers.names(owners)?.into_iter();
        let spot = |establishment| Spot { establishment, equipment: equipment.clone() };
        let short: Vec<Spot> =
            owners.filter(|owner| wanted.as_ref().is_none_or(|wanted| owner == wanted)).map(spot).collect();
        match full {
            Some((equipment, establishment, owners)) if short.is_empty() => {
                let stands = answers.names(owners)?.contains(&establishment);
                Ok(stands.then_some(Spot { establishment, equipment }).into_iter().collect())
            }
            _ => Ok(short),
        }
    }
}

/// Who employs the caller.
enum AskedEmployer {
    Provider(One<Provider>),
    Own(One<Establishment>),
}

impl AskedEmployer {
    fn of(wave: &mut Wave, employer: &Employer) -> Self {
        match employer {
            Employer::Provider(id) => Self::Provider(wave.one(Place::common(Kind::Provider, id))),
            Employer::Establishment(id) => Self::Own(wave.one(Place::new(Kind::Establishment, id, id))),
        }
    }

    fn read(self, answers: &mut Answers) -> Result<Option<Provider>, StoreError> {
        match self {
            Self::Provider(provider) => answers.one(provider),
            Self::Own(own) => Ok(answers.one(own)?.as_ref().and_then(own_team)),
        }
    }
}

/// The establishment as the employer of its own people. It has no contract with itself: an own support team that
/// intervenes is declared as an internal provider.
fn own_team(establishment: &Establishment) -> Option<Provider> {
    Some(Provider {
        id: establishment.id.as_str().parse().ok()?,
        name: establishment.title.clone(),
        nature: Nature::Internal,
        country: None,
        registration: None,
        address: None,
        contacts: Vec::new(),
        places: Vec::new(),
        sources: Vec::new(),
        transfers: Vec::new(),
        managers: Vec::new(),
        dossier: None,
    })
}

/// Whose a contract is.
#[derive(Deserialize)]
struct Parties {
    provider: ProviderId,
    #[serde(default)]
    subcontracts: Vec<Subcontract>,
}

/// Who asks, and in whose contracts he may be.
struct Caller {
    person: Person,
    employer: Provider,
    /// Employer and principal; empty for the establishment's own people.
    sides: BTreeSet<ProviderId>,
}

impl Caller {
    fn of(person: Person, employer: Provider) -> Self {
        let sides = match &person.employer {
            Employer::Provider(id) => {
                std::iter::once(id.clone()).chain(person.on_behalf_of.clone()).collect()
            }
            Employer::Establishment(_) => BTreeSet::new(),
        };
        Self { person, employer, sides }
    }

    /// Whether this contract is one of the caller's employer: its provider is employer or principal, or
    /// one of them is on its list of subcontractors.
    fn is_inside(&self, contract: &Parties, as_of: Timestamp) -> bool {
        self.sides.contains(&contract.provider)
            || contract.subcontracts.iter().any(|sub| sub.listed(as_of) && self.sides.contains(&sub.provider))
    }

    /// What he signed belongs to one establishment: where several are meant, or none, it is left out.
    fn into_staff(self, places: &[Covered]) -> Staff {
        match places {
            [only] => only.staff.clone(),
            _ => Staff {
                person: self.person,
                employer: self.employer,
                engagements: Vec::new(),
                credentials: Credentials::default(),
            },
        }
    }
}

/// What is asked for of one spot.
struct AskedSpot {
    spot: Spot,
    device: device::Asked,
    papers: Papers,
    house: House,
    contracts: Many<Contract>,
}

impl AskedSpot {
    fn of(wave: &mut Wave, spot: Spot, person: &Person) -> Self {
        let at = &spot.establishment;
        Self {
            device: device::Asked::of(wave, at, &spot.equipment),
            papers: Papers::of(wave, person, at),
            house: House::of(wave, at),
            contracts: wave.all(Kind::Contract, at),
            spot,
        }
    }

    fn found(
        self,
        answers: &mut Answers,
        caller: &Caller,
        as_of: Timestamp,
        next: &mut Wave,
    ) -> Result<FoundSpot, StoreError> {
        let device = self.device.found(answers, next)?;
        let (engagements, credentials) = self.papers.read(answers)?;
        let house = self.house.read(answers)?;
        let all = answers.written(self.contracts);
        let at = &self.spot.establishment;
        let mut contracts = Vec::new();
        for (name, body) in &all {
            // Most contracts are of others: who is inside is read before the rest is.
            let parties: Parties = fact::read(Kind::Contract, name, body)?;
            if !caller.is_inside(&parties, as_of) {
                continue;
            }
            let contract: Contract = fact::read(Kind::Contract, name, body)?;
            let (services, life) = next.covering(at, &contract.id, &self.spot.equipment);
            let signed = Witnesses::of_decisions(next, at, &contract);
            let side = Side::of(next, &contract);
            contracts.push((contract, services, life, side, signed));
        }
        let (person, employer) = (caller.person.clone(), caller.employer.clone());
        let staff = Staff { person, employer, engagements, credentials };
        Ok(FoundSpot { spot: self.spot, device, staff, house, contracts, all })
    }
}

/// A spot with the contracts that the caller is inside of, among all of its establishment.
struct FoundSpot {
    spot: Spot,
    device: Option<Shared>,
    staff: Staff,
    house: Option<(Establishment, Vec<Suspension>)>,
    contracts: Vec<(Contract, Many<Service>, Life, Side, Witnesses)>,
    all: BTreeMap<String, String>,
}

impl FoundSpot {
    /// `None`: no service covers the equipment.
    fn covered(self, answers: &mut Answers) -> Result<Option<Covered>, StoreError> {
        let Self { spot, device, staff, house, contracts, all } = self;
        let mut services = Vec::new();
        for (contract, asked, life, side, signed) in contracts {
            let (provider, provider_side) = side.read(answers)?;
            let (covering, proposed) = (answers.many(asked)?, Proposed::read(answers, life)?);
            let witnesses = signed.read_decisions(answers)?;
            if !covering.is_empty() {
                services.push(UnderContract {
                    contract,
                    provider,
                    provider_side,
                    covering,
                    proposed,
                    witnesses,
                });
            }
        }
        if services.is_empty() {
            return Ok(None);
        }
        let equipment = device.map(|device| device.whole(answers)).transpose()?;
        Ok(Some(Covered { establishment: spot.establishment, equipment, staff, house, services, all }))
    }
}

/// The services of a contract that cover a spot.
struct UnderContract {
    contract: Contract,
    provider: Option<Provider>,
    provider_side: BTreeSet<vocab::PersonId>,
    covering: Vec<Service>,
    proposed: Proposed,
    /// The signatures under joint decisions.
    witnesses: Vec<Witness>,
}

/// A spot that services cover, inside the caller's contracts.
struct Covered {
    establishment: EstablishmentId,
    equipment: Option<Equipment>,
    staff: Staff,
    house: Option<(Establishment, Vec<Suspension>)>,
    services: Vec<UnderContract>,
    /// Every contract of the establishment: another one may take a risk over.
    all: BTreeMap<String, String>,
}

/// A short name that stands in several establishments inside the caller's contracts is all of them, and the decision
/// asks which; the establishment of the named intervention says it already.
fn prefer(found: &mut Vec<Covered>, named: Option<&Intervention>) {
    let Some(named) = named else { return };
    if found.iter().any(|place| place.establishment == named.establishment) {
        found.retain(|place| place.establishment == named.establishment);
    }
}

impl Covered {
    /// None when equipment or establishment ended; a service whose provider ended is left out.
    fn facts(self, named: Option<&Intervention>) -> Vec<ServiceFacts> {
        let (Some(equipment), Some((establishment, suspensions))) = (self.equipment, self.house) else {
            return Vec::new();
        };
        // What cannot be read takes nothing over.
        let taken_over_by = |id: &ContractId| {
            let body = self.all.get(id.as_str())?;
            fact::read(Kind::Contract, id.as_str(), body).ok()
        };
        let mut all = Vec::new();
        for under in self.services {
            let UnderContract { contract, provider, provider_side, covering, mut proposed, witnesses } =
                under;
            let Some(provider) = provider else { continue };
            for service in covering {
                let around = Around {
                    establishment: establishment.clone(),
                    suspensions: suspensions.clone(),
                    provider: provider.clone(),
                    provider_side: provider_side.clone(),
                    contract: contract.clone(),
                    service,
                };
                let facts = around.facts(&mut proposed, taken_over_by);
                let facts = ServiceFacts { witnesses: witnesses.clone(), ..facts };
                all.push(on(facts, &equipment, &self.staff, named));
            }
        }
        all
    }
}

/// What the snapshot for an attempt holds of a service.
fn on(
    mut facts: ServiceFacts,
    equipment: &Equipment,
    staff: &Staff,
    named: Option<&Intervention>,
) -> ServiceFacts {
    facts.interventions.retain(|running| running.equipment.contains(&equipment.id));
    // The named one is there in any state and scope, so that the refusal can say what is wrong with it.
    let named = named.filter(|named| {
        named.establishment == facts.establishment.id
            && named.service == facts.service.id
            && !facts.interventions.iter().any(|there| there.id == named.id)
    });
    facts.interventions.extend(named.cloned());
    ServiceFacts { equipment: vec![equipment.clone()], staff: vec![staff.clone()], ..facts }
}
