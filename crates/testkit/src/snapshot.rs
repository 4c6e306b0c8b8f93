//! Snapshots: everything that bears on an attempt or an assessment, read at once.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Attempt, Contract, Credentials, DirectPath, Employer, Engagement, Equipment, Establishment, Facts, Filed,
    Intervention, Nature, Person, Provider, RiskTreatment, Service, ServiceFacts, Signed, Staff,
    State as Stage, Target, TraceStore, Transition, UNREVIEWED_DAYS, Witnessed, days,
};
use gate::ports::PortError;
use vocab::{EquipmentId, EstablishmentId, InterventionId, PersonId, ProviderId, ServiceId, Timestamp};

use crate::store::{State, in_order};

type Spot = (EstablishmentId, EquipmentId);

/// The state as it was at a moment.
pub(crate) struct Snapshot<'a> {
    pub(crate) state: &'a State,
    pub(crate) as_of: Timestamp,
}

impl Snapshot<'_> {
    /// The snapshot for one attempt. What lies outside the contracts of the caller's employer is not in it.
    pub(crate) fn for_attempt(&self, attempt: &Attempt) -> Facts {
        let spots = self.spots(&attempt.target);
        let mut facts = Facts {
            person: None,
            target_known: !spots.is_empty(),
            services: Vec::new(),
            trace_store: TraceStore::WELL,
        };
        let person = self.state.facts.person(&attempt.person, self.as_of);
        let Some((person, employer, sides)) = person.and_then(|person| self.caller(person)) else {
            return facts;
        };
        let named = attempt.target.intervention.as_ref().and_then(|id| self.intervention(id));
        let covering = |spot: Spot| {
            let covering = self.covering(&spot, &sides);
            (!covering.is_empty()).then_some((spot, covering))
        };
        let mut found: Vec<_> = spots.into_iter().filter_map(covering).collect();
        // The establishment of the named intervention says which of several is meant.
        if let Some(named) = &named
            && found.iter().any(|((owner, _), _)| *owner == named.establishment)
        {
            found.retain(|((owner, _), _)| *owner == named.establishment);
        }
        let lone = found.len() == 1;
        let mut staff =
            Staff { person, employer, engagements: Vec::new(), credentials: Credentials::default() };
        for (spot, covering) in found {
            let engagements = self.engagements(&staff.person, &spot.0);
            let credentials = self.credentials(&spot.0, &staff.person.id);
            let here = Staff { engagements, credentials, ..staff.clone() };
            for (contract, service) in covering {
                facts.services.extend(self.wanted(&spot, &here, named.as_ref(), contract, service));
            }
            if lone {
                staff = here;
            }
        }
        facts.person = Some(staff);
        facts
    }

    /// The snapshot of a service, with all its equipment and people.
    pub(crate) fn of_service(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
    ) -> Result<ServiceFacts, PortError> {
        let missing = || PortError::Missing(format!("service `{service}` of `{establishment}`"));
        let mut services = self.state.facts.services(self.as_of);
        let service = services.find(|one| one.establishment == *establishment && one.id == *service);
        let service = service.cloned().ok_or_else(missing)?;
        let mut contracts = self.state.facts.contracts(self.as_of);
        let contract =
            contracts.find(|one| one.establishment == *establishment && one.id == service.contract);
        let contract = contract.cloned().ok_or_else(missing)?;
        let staff = self.all_staff(&contract);
        let equipment: Vec<Equipment> =
            service.equipment.iter().filter_map(|id| self.equipment(establishment, id)).collect();
        let of_owner =
            self.state.facts.equipment(self.as_of).filter(|one| one.establishment == *establishment);
        let links = of_owner.filter_map(|one| Some((one.id.clone(), one.own_link.clone()?))).collect();
        let notices = self.state.facts.notices(establishment, Some(&contract.provider), self.as_of);
        let filed = self.state.facts.filed(establishment, self.as_of);
        let here =
            |one: &Filed, of: Option<&ServiceId>| one.covers.as_ref().map(|covers| &covers.service) == of;
        let of_all = filed.iter().filter(|one| here(one, None));
        let filed = of_all.chain(filed.iter().filter(|one| here(one, Some(&service.id)))).cloned().collect();
        let facts = self.around(contract, service).ok_or_else(missing)?;
        let unreviewed = self.unreviewed(&facts);
        let devices = &facts.service.equipment;
        let witnesses = self.state.facts.witnesses(establishment, &facts.contract, devices, self.as_of);
        let filter_check = self.state.facts.filter_check(establishment, &facts.service.id, self.as_of);
        let accounts_review =
            self.state.facts.accounts_review(establishment, &facts.contract.provider, self.as_of);
        Ok(ServiceFacts {
            equipment,
            staff,
            links,
            filed,
            notices,
            witnesses,
            unreviewed,
            filter_check,
            accounts_review,
            ..facts
        })
    }

    /// Closed interventions of which nothing is due but that somebody reviews them, of the last year.
    fn unreviewed(&self, facts: &ServiceFacts) -> Vec<(InterventionId, Timestamp)> {
        let since = self.as_of.before(days(UNREVIEWED_DAYS));
        let settled =
            |one: &Intervention| one.state == Stage::Closed && one.is_settled() && one.reviewed.is_none();
        let ours = |one: &Intervention| {
            one.establishment == facts.establishment.id && one.service == facts.service.id
        };
        let all = self.state.interventions.iter().filter_map(|(id, line)| {
            let (at, last) = line.last()?;
            // Settled as it stands, too: what is not is told whole.
            let recent = last.is_settled() && *at > since;
            recent.then(|| self.intervention(id)).flatten()
        });
        let mut found: Vec<_> = all
            .filter(|one| ours(one) && settled(one))
            .filter_map(|one| Some((one.id.clone(), one.closed_at()?)))
            .collect();
        found.sort();
        found
    }

    /// An equipment, with those that share its login or secret worked out, and what is known of its rotations.
    pub(crate) fn equipment(&self, owner: &EstablishmentId, id: &EquipmentId) -> Option<Equipment> {
        let of_owner = || self.state.facts.equipment(self.as_of).filter(|one| one.establishment == *owner);
        let mut found = of_owner().find(|one| one.id == *id).cloned()?;
        if let Some(account) = &mut found.account {
            let login = |one: &Equipment| one.account.as_ref().map(|account| account.login.clone());
            let same = of_owner().filter(|one| one.id != *id && login(one).as_ref() == Some(&account.login));
            account.login_shared_with = same.map(|one| one.id.clone()).collect();
            // Also with one that is described no more: its secret is what it was.
            let tag = self.state.facts.tag(owner, id, self.as_of);
            account.secret_held = tag.is_some();
            if let Some(own) = tag {
                let same = self.state.facts.tagged(owner, &own, self.as_of).filter(|one| *one != id);
                account.secret_shared_with = same.cloned().collect();
            }
            let rotation = self.state.facts.rotation(owner, id, self.as_of);
            (account.rotated_at, account.rotation_due) = (rotation.rotated_at, rotation.due);
        }
        Some(found)
    }

    /// Everything that the target may mean: a short name wherever it stands, or a full name.
    fn spots(&self, target: &Target) -> Vec<Spot> {
        let owners = |id: &EquipmentId| -> Vec<Spot> {
            let all = self.state.facts.equipment(self.as_of).filter(|one| one.id == *id);
            all.map(|one| (one.establishment.clone(), one.id.clone())).collect()
        };
        let mut found = owners(&target.equipment);
        if let Some(wanted) = &target.establishment {
            found.retain(|(owner, _)| owner == wanted);
            return found;
        }
        if !found.is_empty() {
            return found;
        }
        // No equipment has this short name: it may be a full one.
        let Some((equipment, owner)) = target.equipment.as_str().rsplit_once('.') else { return found };
        let Ok(equipment) = equipment.parse() else { return found };
        found.extend(owners(&equipment).into_iter().filter(|(one, _)| one.as_str() == owner));
        found
    }

    /// Who asks, who employs him, and in whose contracts he may be.
    fn caller(&self, person: Person) -> Option<(Person, Provider, BTreeSet<ProviderId>)> {
        let (employer, sides) = match &person.employer {
            Employer::Provider(id) => {
                let sides = std::iter::once(id.clone()).chain(person.on_behalf_of.clone()).collect();
                (self.state.facts.provider(id, self.as_of)?, sides)
            }
            Employer::Establishment(id) => {
                let mut all = self.state.facts.establishments(self.as_of);
                (own_team(all.find(|one| one.id == *id)?)?, BTreeSet::new())
            }
        };
        Some((person, employer, sides))
    }

    /// The services that cover this equipment, inside contracts of these sides.
    fn covering(&self, spot: &Spot, sides: &BTreeSet<ProviderId>) -> Vec<(Contract, Service)> {
        let (owner, equipment) = spot;
        let inside = |contract: &&Contract| {
            let mut subs = contract.subcontracts.iter();
            contract.establishment == *owner
                && (sides.contains(&contract.provider)
                    || subs.any(|sub| sub.listed(self.as_of) && sides.contains(&sub.provider)))
        };
        let mut found = Vec::new();
        for contract in self.state.facts.contracts(self.as_of).filter(inside) {
            let covers = |one: &&Service| {
                one.establishment == *owner
                    && one.contract == contract.id
                    && one.equipment.contains(equipment)
            };
            let services = self.state.facts.services(self.as_of).filter(covers);
            found.extend(services.map(|service| (contract.clone(), service.clone())));
        }
        found
    }

    /// What the snapshot for an attempt holds of a service.
    fn wanted(
        &self,
        spot: &Spot,
        staff: &Staff,
        named: Option<&Intervention>,
        contract: Contract,
        service: Service,
    ) -> Option<ServiceFacts> {
        let equipment = self.equipment(&spot.0, &spot.1)?;
        let mut facts = self.around(contract, service)?;
        facts.interventions.retain(|running| running.equipment.contains(&spot.1));
        // The named one is there in any state and scope, so that the refusal can say what is wrong with it.
        let named = named.filter(|named| {
            named.establishment == spot.0
                && named.service == facts.service.id
                && !facts.interventions.iter().any(|there| there.id == named.id)
        });
        facts.interventions.extend(named.cloned());
        let mut witnesses = self.state.facts.witnesses(&spot.0, &facts.contract, &[], self.as_of);
        witnesses
            .retain(|one| matches!(one.of, Witnessed::Decided { .. }) && facts.contract.decides_together());
        Some(ServiceFacts { equipment: vec![equipment], staff: vec![staff.clone()], witnesses, ..facts })
    }

    /// Everything about a service but its equipment and people.
    fn around(&self, contract: Contract, service: Service) -> Option<ServiceFacts> {
        let lines = &self.state.facts;
        let owner = service.establishment.clone();
        let establishment = lines.establishments(self.as_of).find(|one| one.id == owner)?.clone();
        let provider = lines.provider(&contract.provider, self.as_of)?;
        let ours = |at: &EstablishmentId, of: &ServiceId| *at == owner && *of == service.id;
        let treatments = lines.treatments(self.as_of).filter(|(at, one)| ours(at, &one.service));
        let signed = |words: Signed| lines.signature(&owner, &words, self.as_of);
        let transferred = |one: &RiskTreatment| {
            let of = |found: &&Contract| {
                found.establishment == owner
                    && Some(&found.id) == one.transfer.as_ref()
                    && (found.id == contract.id || found.covers.contains(&service.id))
            };
            lines.contracts(self.as_of).find(of).map(|found| found.span)
        };
        let treatments = treatments.map(|(_, one)| RiskTreatment {
            signed: signed(Signed::Treatment(one.words())),
            transferred: transferred(one),
            ..one.clone()
        });
        let treatments: Vec<RiskTreatment> = treatments.collect();
        let transition = lines.transitions(self.as_of).find(|(at, one)| ours(at, &one.service));
        let transition = transition
            .map(|(_, one)| Transition { signed: signed(Signed::Transition(one.clone())), ..one.clone() });
        let direct = lines.direct(self.as_of).find(|(at, one)| ours(at, &one.service));
        let direct =
            direct.map(|(_, one)| DirectPath { signed: signed(Signed::Direct(one.clone())), ..one.clone() });
        let all = self.state.interventions.keys().filter_map(|id| self.intervention(id));
        let all: Vec<_> = all.filter(|one| ours(&one.establishment, &one.service)).collect();
        let (mut running, mut unsettled, mut settled) = (Vec::new(), Vec::new(), 0);
        for one in in_order(all) {
            match one.state {
                Stage::Closed if one.report.is_none() || one.erasure.is_none() => unsettled.push(one),
                Stage::Closed => settled += 1,
                Stage::Refused | Stage::Withdrawn => {}
                _ => running.push(one),
            }
        }
        let suspensions = lines.suspensions(self.as_of).filter(|(at, _)| **at == owner);
        let suspensions = suspensions.map(|(_, one)| one.clone()).collect();
        let provider_side = self.provider_side(&contract);
        Some(ServiceFacts {
            establishment,
            provider,
            contract,
            service,
            equipment: Vec::new(),
            staff: Vec::new(),
            provider_side,
            suspensions,
            interventions: running,
            unsettled,
            settled,
            links: Vec::new(),
            filed: Vec::new(),
            notices: Vec::new(),
            witnesses: Vec::new(),
            filter_check: None,
            accounts_review: None,
            treatments,
            transition,
            direct,
            unreviewed: Vec::new(),
            versions: Vec::new(),
            trace_store: TraceStore::WELL,
            scanning: false,
            unseen: false,
        })
    }

    /// An intervention as it was at the moment.
    fn intervention(&self, id: &InterventionId) -> Option<Intervention> {
        let line = self.state.interventions.get(id)?;
        let last = line.iter().rev().find(|(changed_at, _)| *changed_at <= self.as_of)?;
        Some(last.1.clone())
    }

    fn engagements(&self, person: &Person, at: &EstablishmentId) -> Vec<Engagement> {
        let all = self.state.facts.engagements(self.as_of);
        all.filter(|one| one.person == person.id && one.establishment == *at).cloned().collect()
    }

    /// Who vouched for a person's keys towards an establishment, and the number of his second factor.
    pub(crate) fn credentials(&self, at: &EstablishmentId, person: &PersonId) -> Credentials {
        self.state.facts.credentials(at, person, self.as_of)
    }

    /// Everybody of the provider's side by name, whoever asks.
    fn provider_side(&self, contract: &Contract) -> BTreeSet<PersonId> {
        let subs = contract.subcontracts.iter().map(|sub| &sub.provider);
        let sides: BTreeSet<&ProviderId> = std::iter::once(&contract.provider).chain(subs).collect();
        let found = sides.iter().filter_map(|side| self.state.facts.provider(side, self.as_of));
        let mut side: BTreeSet<PersonId> = found.flat_map(|provider| provider.managers).collect();
        side.extend(self.people_of(&sides).into_keys());
        side
    }

    /// The people whom these employ, or who come on their behalf, with their employers.
    fn people_of(&self, sides: &BTreeSet<&ProviderId>) -> BTreeMap<PersonId, (Person, ProviderId)> {
        let mut people = BTreeMap::new();
        for person in self.state.facts.people(self.as_of) {
            let Employer::Provider(employer) = &person.employer else { continue };
            let on_behalf = person.on_behalf_of.as_ref().is_some_and(|side| sides.contains(side));
            if sides.contains(employer) || on_behalf {
                people.insert(person.id.clone(), (person.clone(), employer.clone()));
            }
        }
        people
    }

    /// The people of the contract's provider and of its subcontractors, and those who come on its behalf.
    fn all_staff(&self, contract: &Contract) -> Vec<Staff> {
        let listed = contract.subcontracts.iter().filter(|sub| sub.listed(self.as_of));
        let sides: BTreeSet<&ProviderId> =
            std::iter::once(&contract.provider).chain(listed.map(|sub| &sub.provider)).collect();
        let staff = self.people_of(&sides).into_values().filter_map(|(person, employer)| {
            let employer = self.state.facts.provider(&employer, self.as_of)?;
            let engagements = self.engagements(&person, &contract.establishment);
            let credentials = self.credentials(&contract.establishment, &person.id);
            Some(Staff { person, employer, engagements, credentials })
        });
        staff.collect()
    }
}

/// The establishment as the employer of its own people.
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
