//! Everything about a service but its equipment, its people and others' links.

use std::collections::BTreeSet;

use domain::{
    Contract, DirectPath, Establishment, Intervention, Provider, RiskTreatment, Service, ServiceFacts,
    Signed, State, Suspension, TraceStore, Transition,
};
use vocab::{ContractId, EstablishmentId, PersonId, ProviderId, ServiceId};

use crate::StoreError;
use crate::fact::{Kind, Place};
use crate::intervention;
use crate::wave::{Answers, Life, Lives, Many, Names, One, Wave};

/// What is asked for of an establishment, once for all its services.
pub(super) struct House {
    establishment: One<Establishment>,
    suspensions: Many<Suspension>,
}

impl House {
    pub(super) fn of(wave: &mut Wave, id: &EstablishmentId) -> Self {
        Self {
            establishment: wave.one(Place::new(Kind::Establishment, id, id)),
            suspensions: wave.all(Kind::Suspension, id),
        }
    }

    /// `None`: it ended.
    pub(super) fn read(
        self,
        answers: &mut Answers,
    ) -> Result<Option<(Establishment, Vec<Suspension>)>, StoreError> {
        let suspensions = answers.many(self.suspensions)?;
        Ok(answers.one(self.establishment)?.map(|establishment| (establishment, suspensions)))
    }
}

/// Those on the provider's side of a contract: of the provider and of its subcontractors, listed now or not any more.
pub(super) struct Side {
    provider: One<Provider>,
    subcontractors: Vec<One<Provider>>,
    people: Vec<Names<PersonId>>,
}

impl Side {
    pub(super) fn of(wave: &mut Wave, contract: &Contract) -> Self {
        let subs: BTreeSet<&ProviderId> = contract
            .subcontracts
            .iter()
            .map(|sub| &sub.provider)
            .filter(|sub| **sub != contract.provider)
            .collect();
        let provider = wave.one(Place::common(Kind::Provider, &contract.provider));
        let all = std::iter::once(&contract.provider).chain(subs.iter().copied());
        let people = all.map(|side| wave.names_of_people_of(side)).collect();
        let subcontractors =
            subs.into_iter().map(|sub| wave.one(Place::common(Kind::Provider, sub))).collect();
        Self { provider, subcontractors, people }
    }

    /// The provider, if it did not end, and everybody of the provider's side by name, whoever asks, with those who speak
    /// for them.
    pub(super) fn read(
        self,
        answers: &mut Answers,
    ) -> Result<(Option<Provider>, BTreeSet<PersonId>), StoreError> {
        let provider = answers.one(self.provider)?;
        let mut side: BTreeSet<PersonId> =
            provider.iter().flat_map(|provider| provider.managers.clone()).collect();
        for sub in self.subcontractors {
            side.extend(answers.one(sub)?.into_iter().flat_map(|provider| provider.managers));
        }
        for names in self.people {
            side.extend(answers.names(names)?);
        }
        Ok((provider, side))
    }
}

/// What was found of the lives of services, of one of them after the other.
pub(super) struct Proposed(Lives);

/// What is proposed for one service and due of it.
struct Own {
    treatments: Vec<RiskTreatment>,
    transition: Option<Transition>,
    direct: Option<DirectPath>,
    due: Vec<Intervention>,
    settled: u64,
}

impl Proposed {
    pub(super) fn read(answers: &mut Answers, life: Life) -> Result<Self, StoreError> {
        answers.lives(life).map(Self)
    }

    /// Contracts that are to take a risk over: they may be others than the services' own.
    pub(super) fn transfers(&self) -> BTreeSet<&ContractId> {
        self.0.treatments.iter().filter_map(|one| one.transfer.as_ref()).collect()
    }

    /// What is proposed for a service with the signature under these very words, if there is one, and what is due of it.
    fn take(&mut self, service: &ServiceId) -> Own {
        let Lives { treatments, transitions, direct, signatures, due, settled } = &mut self.0;
        let signed = |words: &Signed| {
            let under = signatures.iter().find(|(_, under)| under == words);
            under.map(|(signature, _)| signature.clone())
        };
        let treatments = treatments.extract_if(.., |one| one.service == *service);
        let treatments = treatments
            .map(|one| RiskTreatment { signed: signed(&Signed::Treatment(one.words())), ..one })
            .collect();
        let transition = transitions.extract_if(.., |one| one.service == *service).next();
        let transition = transition.map(|one| {
            let signed = signed(&Signed::Transition(one.clone()));
            Transition { signed, ..one }
        });
        let direct = direct.extract_if(.., |one| one.service == *service).next();
        let direct = direct.map(|one| {
            let signed = signed(&Signed::Direct(one.clone()));
            DirectPath { signed, ..one }
        });
        let due = due.extract_if(.., |one| one.service == *service).collect();
        Own { treatments, transition, direct, due, settled: settled.remove(service.as_str()).unwrap_or(0) }
    }
}

/// What is due for a service at a moment.
#[derive(Default)]
struct Due {
    /// Neither closed, nor refused, nor withdrawn.
    running: Vec<Intervention>,
    /// Closed, with report or attestation missing.
    unsettled: Vec<Intervention>,
    /// How many were closed, with both given.
    settled: u64,
}

impl Due {
    /// Of interventions as they were, and of those that are counted already.
    fn of(all: Vec<Intervention>, settled: u64) -> Self {
        let mut due = Self { settled, ..Self::default() };
        for value in all {
            match value.state {
                State::Closed if !value.is_settled() => due.unsettled.push(value),
                State::Closed => due.settled += 1,
                State::Refused | State::Withdrawn => {}
                _ => due.running.push(value),
            }
        }
        due.running.sort_by(intervention::by_number);
        due.unsettled.sort_by(intervention::by_number);
        due
    }
}

/// What stands around a service.
pub(super) struct Around {
    pub(super) establishment: Establishment,
    pub(super) suspensions: Vec<Suspension>,
    pub(super) provider: Provider,
    pub(super) provider_side: BTreeSet<PersonId>,
    pub(super) contract: Contract,
    pub(super) service: Service,
}

impl Around {
    /// The service with its proposals as signed and its interventions as they were at a moment; without equipment,
    /// people and others' links. `contract` finds one that takes a risk over.
    pub(super) fn facts(
        self,
        proposed: &mut Proposed,
        taken_over_by: impl Fn(&ContractId) -> Option<Contract>,
    ) -> ServiceFacts {
        let Self { establishment, suspensions, provider, provider_side, contract, service } = self;
        let own = proposed.take(&service.id);
        let due = Due::of(own.due, own.settled);
        let covers = |by: &Contract| by.id == contract.id || by.covers.contains(&service.id);
        let treatment = |one: RiskTreatment| {
            let taken = one.transfer.as_ref().and_then(&taken_over_by);
            RiskTreatment { transferred: taken.filter(covers).map(|by| by.span), ..one }
        };
        let treatments = own.treatments.into_iter().map(treatment).collect();
        ServiceFacts {
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
            notices: Vec::new(),
            witnesses: Vec::new(),
            filter_check: None,
            accounts_review: None,
            treatments,
            transition: own.transition,
            direct: own.direct,
            unreviewed: Vec::new(),
            versions: Vec::new(),
            trace_store: TraceStore::WELL,
            scanning: false,
            unseen: false,
        }
    }
}
