//! Snapshots: everything that bears on an attempt or an assessment, read at once.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Attempt, Contract, Credentials, DirectPath, Employer, Engagement, Equipment, Establishment, Facts, Filed,
    Intervention, Nature, Person, Provider, RiskTreatment, Rotation, Service, ServiceFacts, Signature,
    Signed, Staff, Suspension, Target, TraceStore, Transition,
};
use gate::ports::Whose;
use vocab::{EquipmentId, EstablishmentId, PersonId, ProviderId, ServiceId, Timestamp};

use crate::StoreError;
use crate::fact::{self, Kind, Place};
use crate::intervention;
use crate::sqlite::Db;

/// The snapshot for one attempt. What lies outside the contracts of the caller's employer is not in it.
pub(crate) async fn for_attempt(
    db: &mut Db,
    attempt: &Attempt,
    as_of: Timestamp,
) -> Result<Facts, StoreError> {
    let places = places(db, &attempt.target, as_of).await?;
    let mut facts = Facts {
        person: None,
        target_known: !places.is_empty(),
        services: Vec::new(),
        trace_store: TraceStore::WELL,
    };
    let person = fact::get::<Person>(db, &Place::common(Kind::Person, &attempt.person), as_of).await?;
    let Some(caller) = caller(db, person, as_of).await? else {
        return Ok(facts);
    };
    let mut found = Vec::new();
    for place in &places {
        let covering = covering(db, place, &caller, as_of).await?;
        if !covering.is_empty() {
            found.push((place, covering));
        }
    }
    let named = match &attempt.target.intervention {
        Some(id) => intervention::get_as_of(db, id, as_of).await?,
        None => None,
    };
    prefer(&mut found, named.as_ref());
    let mut staff = caller.into_staff();
    let lone = found.len() == 1;
    for (place, covering) in found {
        let here = Staff {
            engagements: engagements(db, &staff.person, &place.establishment, as_of).await?,
            credentials: credentials(db, &place.establishment, &staff.person.id, as_of).await?,
            ..staff.clone()
        };
        for (contract, service) in covering {
            let wanted = Wanted { place, staff: &here, named: named.as_ref() };
            facts.services.extend(wanted.facts(db, contract, service, as_of).await?);
        }
        if lone {
            staff = here;
        }
    }
    facts.person = Some(staff);
    Ok(facts)
}

/// The snapshot of a service, with all its equipment and people.
pub(crate) async fn of_service(
    db: &mut Db,
    establishment: &EstablishmentId,
    service: &ServiceId,
    as_of: Timestamp,
) -> Result<ServiceFacts, StoreError> {
    let missing = || StoreError::Missing(format!("service `{service}` of `{establishment}`"));
    let place = Place::new(Kind::Service, establishment, service);
    let service: Service = fact::get(db, &place, as_of).await?.ok_or_else(missing)?;
    let place = Place::new(Kind::Contract, establishment, &service.contract);
    let contract: Contract = fact::get(db, &place, as_of).await?.ok_or_else(|| {
        StoreError::Missing(format!("contract `{}` of `{establishment}`", service.contract))
    })?;
    let staff = all_staff(db, &contract, as_of).await?;
    let mut equipment = Vec::new();
    for id in &service.equipment {
        equipment.extend(one_equipment(db, establishment, id, as_of).await?);
    }
    let links = fact::own_links(db, establishment, as_of).await?;
    let mut filed = fact::linked(db, Kind::Filed, Some(establishment), "", as_of).await?;
    filed.extend(
        fact::linked::<Filed>(db, Kind::Filed, Some(establishment), service.id.as_str(), as_of).await?,
    );
    let provider = contract.provider.clone();
    around(db, contract, service, as_of)
        .await?
        .map(|facts| ServiceFacts { equipment, staff, links, filed, ..facts })
        .ok_or_else(|| {
            StoreError::Missing(format!("provider `{provider}` or establishment `{establishment}`"))
        })
}

/// An equipment, with those that share its login or secret worked out, and what is known of its rotations.
pub(crate) async fn one_equipment(
    db: &mut Db,
    establishment: &EstablishmentId,
    id: &EquipmentId,
    as_of: Timestamp,
) -> Result<Option<Equipment>, StoreError> {
    let place = Place::new(Kind::Equipment, establishment, id);
    let Some(mut equipment) = fact::get::<Equipment>(db, &place, as_of).await? else {
        return Ok(None);
    };
    let tag: Option<String> =
        fact::get(db, &Place::new(Kind::AccountTag, establishment, id), as_of).await?.flatten();
    let rotation: Rotation =
        fact::get(db, &Place::new(Kind::Rotation, establishment, id), as_of).await?.unwrap_or_default();
    if let Some(account) = &mut equipment.account {
        (account.rotated_at, account.rotation_due) = (rotation.rotated_at, rotation.due);
        account.secret_held = tag.is_some();
        let others = |mut all: Vec<EquipmentId>| {
            all.retain(|other| other != id);
            all
        };
        let link = account.login.clone();
        account.login_shared_with =
            others(fact::equipment_linked(db, Kind::Equipment, establishment, &link, as_of).await?);
        account.secret_shared_with = match tag {
            Some(tag) => {
                others(fact::equipment_linked(db, Kind::AccountTag, establishment, &tag, as_of).await?)
            }
            None => Vec::new(),
        };
    }
    Ok(Some(equipment))
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

/// Who vouched for a person's keys towards an establishment, and the number of his second factor.
pub(crate) async fn credentials(
    db: &mut Db,
    establishment: &EstablishmentId,
    person: &PersonId,
    as_of: Timestamp,
) -> Result<Credentials, StoreError> {
    let enrolment = fact::get(db, &Place::common(Kind::Enrolment, person), as_of).await?;
    let vouched = fact::get(db, &Place::new(Kind::Vouching, establishment, person), as_of).await?;
    Ok(Credentials { enrolment: enrolment.unwrap_or(0), vouched: vouched.unwrap_or_default() })
}

/// An equipment of one establishment.
#[derive(Debug, PartialEq, Eq)]
struct Spot {
    establishment: EstablishmentId,
    equipment: EquipmentId,
}

/// Everything the target may mean: a short name wherever it stands, or a full name.
async fn places(db: &mut Db, target: &Target, as_of: Timestamp) -> Result<Vec<Spot>, StoreError> {
    let owners = fact::owners(db, &target.equipment, as_of).await?;
    let spot = |establishment| Spot { establishment, equipment: target.equipment.clone() };
    if let Some(wanted) = &target.establishment {
        return Ok(owners.into_iter().filter(|owner| owner == wanted).map(spot).collect());
    }
    if !owners.is_empty() {
        return Ok(owners.into_iter().map(spot).collect());
    }
    // `scanner.nord`: no equipment has this short name, so it may be a full one.
    let Some((equipment, establishment)) = target.equipment.as_str().rsplit_once('.') else {
        return Ok(Vec::new());
    };
    let (Ok(equipment), Ok(establishment)) = (equipment.parse(), establishment.parse()) else {
        return Ok(Vec::new());
    };
    let owners = fact::owners(db, &equipment, as_of).await?;
    if owners.contains(&establishment) { Ok(vec![Spot { establishment, equipment }]) } else { Ok(Vec::new()) }
}

/// Who asks, and in whose contracts he may be.
struct Caller {
    person: Person,
    employer: Provider,
    /// Employer and principal; empty for the establishment's own people.
    sides: BTreeSet<ProviderId>,
}

impl Caller {
    fn into_staff(self) -> Staff {
        Staff {
            person: self.person,
            employer: self.employer,
            engagements: Vec::new(),
            credentials: Credentials::default(),
        }
    }

    /// Whether this contract is one of the caller's employer: its provider is employer or principal, or
    /// one of them is on its list of subcontractors.
    fn is_inside(&self, contract: &Contract, as_of: Timestamp) -> bool {
        self.sides.contains(&contract.provider)
            || contract.subcontracts.iter().any(|sub| sub.listed(as_of) && self.sides.contains(&sub.provider))
    }
}

/// The person with his employer; `None` when the name is unknown, or nobody is known to employ it.
async fn caller(db: &mut Db, person: Option<Person>, as_of: Timestamp) -> Result<Option<Caller>, StoreError> {
    let Some(person) = person else { return Ok(None) };
    let found = match &person.employer {
        Employer::Provider(id) => {
            let employer = fact::get::<Provider>(db, &Place::common(Kind::Provider, id), as_of).await?;
            let sides = std::iter::once(id.clone()).chain(person.on_behalf_of.clone()).collect();
            employer.map(|employer| (employer, sides))
        }
        Employer::Establishment(id) => {
            let place = Place::new(Kind::Establishment, id, id);
            let own = fact::get::<Establishment>(db, &place, as_of).await?;
            own.and_then(|own| own_team(&own)).map(|team| (team, BTreeSet::new()))
        }
    };
    Ok(found.map(|(employer, sides)| Caller { person, employer, sides }))
}

/// The establishment as the employer of its own people. It has no contract with itself: an own support team that
/// intervenes is declared as an internal provider.
fn own_team(establishment: &Establishment) -> Option<Provider> {
    Some(Provider {
        id: establishment.id.as_str().parse().ok()?,
        name: establishment.title.clone(),
        nature: Nature::Internal,
        country: None,
        places: Vec::new(),
        transfers: Vec::new(),
        managers: Vec::new(),
    })
}

type Covering = Vec<(Contract, Service)>;

/// The services that cover this equipment, inside the caller's contracts.
async fn covering(
    db: &mut Db,
    place: &Spot,
    caller: &Caller,
    as_of: Timestamp,
) -> Result<Covering, StoreError> {
    let contracts: Vec<Contract> = fact::list(db, Kind::Contract, Some(&place.establishment), as_of).await?;
    let mut found = Vec::new();
    for contract in contracts.into_iter().filter(|contract| caller.is_inside(contract, as_of)) {
        let at = Some(&place.establishment);
        let services: Vec<Service> = fact::linked(db, Kind::Service, at, contract.id.as_str(), as_of).await?;
        let covering = services.into_iter().filter(|service| service.equipment.contains(&place.equipment));
        found.extend(covering.map(|service| (contract.clone(), service)));
    }
    Ok(found)
}

/// A short name that stands in several establishments inside the caller's contracts is all of them, and the decision
/// asks which; the establishment of the named intervention says it already.
fn prefer(found: &mut Vec<(&Spot, Covering)>, named: Option<&Intervention>) {
    let Some(named) = named else { return };
    if found.iter().any(|(place, _)| place.establishment == named.establishment) {
        found.retain(|(place, _)| place.establishment == named.establishment);
    }
}

/// What the snapshot for an attempt holds of a service.
struct Wanted<'a> {
    place: &'a Spot,
    staff: &'a Staff,
    named: Option<&'a Intervention>,
}

impl Wanted<'_> {
    async fn facts(
        &self,
        db: &mut Db,
        contract: Contract,
        service: Service,
        as_of: Timestamp,
    ) -> Result<Option<ServiceFacts>, StoreError> {
        let place = self.place;
        let Some(equipment) = one_equipment(db, &place.establishment, &place.equipment, as_of).await? else {
            return Ok(None);
        };
        let Some(mut facts) = around(db, contract, service, as_of).await? else { return Ok(None) };
        facts.interventions.retain(|running| running.equipment.contains(&place.equipment));
        // The named one is there in any state and scope, so that the refusal can say what is wrong with it.
        let named = self.named.filter(|named| {
            named.establishment == place.establishment
                && named.service == facts.service.id
                && !facts.interventions.iter().any(|there| there.id == named.id)
        });
        facts.interventions.extend(named.cloned());
        Ok(Some(ServiceFacts { equipment: vec![equipment], staff: vec![self.staff.clone()], ..facts }))
    }
}

/// Everything about a service but its equipment, its people and others' links. `None` when provider or establishment ended.
async fn around(
    db: &mut Db,
    contract: Contract,
    service: Service,
    as_of: Timestamp,
) -> Result<Option<ServiceFacts>, StoreError> {
    let id = service.establishment.clone();
    let establishment =
        fact::get::<Establishment>(db, &Place::new(Kind::Establishment, &id, &id), as_of).await?;
    let provider =
        fact::get::<Provider>(db, &Place::common(Kind::Provider, &contract.provider), as_of).await?;
    let (Some(establishment), Some(provider)) = (establishment, provider) else {
        return Ok(None);
    };
    let due = intervention::due(db, &id, &service.id, as_of).await?;
    let mut treatments: Vec<RiskTreatment> =
        fact::linked(db, Kind::Treatment, Some(&id), service.id.as_str(), as_of).await?;
    for one in &mut treatments {
        one.signed = signature(db, &id, &Signed::Treatment(one.clone()), as_of).await?;
    }
    let mut transition: Option<Transition> =
        fact::get(db, &Place::new(Kind::Transition, &id, &service.id), as_of).await?;
    if let Some(one) = &mut transition {
        one.signed = signature(db, &id, &Signed::Transition(one.clone()), as_of).await?;
    }
    let mut direct: Option<DirectPath> =
        fact::get(db, &Place::new(Kind::Direct, &id, &service.id), as_of).await?;
    if let Some(one) = &mut direct {
        one.signed = signature(db, &id, &Signed::Direct(one.clone()), as_of).await?;
    }
    let suspensions: Vec<Suspension> = fact::list(db, Kind::Suspension, Some(&id), as_of).await?;
    let provider_side = provider_side(db, &contract, as_of).await?;
    Ok(Some(ServiceFacts {
        establishment,
        provider,
        contract,
        service,
        equipment: Vec::new(),
        staff: Vec::new(),
        provider_side,
        suspensions,
        interventions: due.running,
        unsettled: due.unsettled,
        settled: due.settled,
        links: Vec::new(),
        filed: Vec::new(),
        treatments,
        transition,
        direct,
        trace_store: TraceStore::WELL,
        scanning: false,
    }))
}

/// The signature under these very words.
async fn signature(
    db: &mut Db,
    establishment: &EstablishmentId,
    words: &Signed,
    as_of: Timestamp,
) -> Result<Option<Signature>, StoreError> {
    let place = Place::signature(establishment, words.service(), &words.what());
    let found: Option<(Signature, Signed)> = fact::get(db, &place, as_of).await?;
    Ok(found.filter(|(_, signed)| signed == words).map(|(signature, _)| signature))
}

async fn engagements(
    db: &mut Db,
    person: &Person,
    establishment: &EstablishmentId,
    as_of: Timestamp,
) -> Result<Vec<Engagement>, StoreError> {
    fact::linked(db, Kind::Engagement, Some(establishment), person.id.as_str(), as_of).await
}

/// The people of the contract's provider and of its subcontractors, and those who come on its behalf from
/// employers that nobody listed.
async fn all_staff(db: &mut Db, contract: &Contract, as_of: Timestamp) -> Result<Vec<Staff>, StoreError> {
    let listed = contract.subcontracts.iter().filter(|sub| sub.listed(as_of)).map(|sub| &sub.provider);
    let sides = std::iter::once(&contract.provider).chain(listed).collect();
    let mut staff = Vec::new();
    for person in people_of(db, sides, as_of).await?.into_values() {
        let Employer::Provider(employer) = &person.employer else { continue };
        let place = Place::common(Kind::Provider, employer);
        let Some(employer) = fact::get::<Provider>(db, &place, as_of).await? else { continue };
        let engagements = engagements(db, &person, &contract.establishment, as_of).await?;
        let credentials = credentials(db, &contract.establishment, &person.id, as_of).await?;
        staff.push(Staff { person, employer, engagements, credentials });
    }
    Ok(staff)
}

/// The people whom these employ, or who come on their behalf.
async fn people_of(
    db: &mut Db,
    sides: BTreeSet<&ProviderId>,
    as_of: Timestamp,
) -> Result<BTreeMap<PersonId, Person>, StoreError> {
    let mut people = BTreeMap::new();
    for side in sides {
        let found = fact::people_of(db, side, as_of).await?;
        people.extend(found.into_iter().map(|person| (person.id.clone(), person)));
    }
    Ok(people)
}

/// Everybody of the provider's side by name, whoever asks: of the provider and of its subcontractors, listed now
/// or not any more, with those who speak for them.
async fn provider_side(
    db: &mut Db,
    contract: &Contract,
    as_of: Timestamp,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let subcontractors = contract.subcontracts.iter().map(|sub| &sub.provider);
    let sides: BTreeSet<&ProviderId> = std::iter::once(&contract.provider).chain(subcontractors).collect();
    let mut side = BTreeSet::new();
    for provider in &sides {
        let found = fact::get::<Provider>(db, &Place::common(Kind::Provider, provider), as_of).await?;
        side.extend(found.into_iter().flat_map(|provider| provider.managers));
    }
    for provider in sides {
        side.extend(fact::names_of_people_of(db, provider, as_of).await?);
    }
    Ok(side)
}
