//! Everything about a service but its equipment, its people and others' links.

use std::collections::BTreeSet;

use domain::{
    Contract, DirectPath, Establishment, Provider, RiskTreatment, Service, ServiceFacts, Signature, Signed,
    Suspension, TraceStore, Transition,
};
use vocab::{EstablishmentId, PersonId, ProviderId, ServiceId, Timestamp};

use crate::StoreError;
use crate::fact::{Kind, Place};
use crate::intervention;
use crate::sqlite::Db;
use crate::wave::{Answers, Many, Names, One, Wave};

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

/// What the file proposes for a service, for somebody to sign.
pub(super) struct Proposals {
    treatments: Many<RiskTreatment>,
    transition: One<Transition>,
    direct: One<DirectPath>,
}

/// Proposals that were found; the signatures under these very words are asked for.
pub(super) struct Proposed {
    treatments: Vec<(RiskTreatment, Under, Option<One<Contract>>)>,
    transition: Option<(Transition, Under)>,
    direct: Option<(DirectPath, Under)>,
}

impl Proposals {
    pub(super) fn of(wave: &mut Wave, at: &EstablishmentId, service: &ServiceId) -> Self {
        Self {
            treatments: wave.linked(Kind::Treatment, Some(at), service.as_str()),
            transition: wave.one(Place::new(Kind::Transition, at, service)),
            direct: wave.one(Place::new(Kind::Direct, at, service)),
        }
    }

    pub(super) fn found(
        self,
        answers: &mut Answers,
        at: &EstablishmentId,
        next: &mut Wave,
    ) -> Result<Proposed, StoreError> {
        let mut treatments = Vec::new();
        for one in answers.many(self.treatments)? {
            // The contract that takes a risk over may be another one than the service's own.
            let taken = one.transfer.as_ref().map(|id| next.one(Place::new(Kind::Contract, at, id)));
            let under = Under::of(next, at, Signed::Treatment(one.words()));
            treatments.push((one, under, taken));
        }
        let mut under = |words: Signed| Under::of(next, at, words);
        let transition =
            answers.one(self.transition)?.map(|one| (one.clone(), under(Signed::Transition(one))));
        let direct = answers.one(self.direct)?.map(|one| (one.clone(), under(Signed::Direct(one))));
        Ok(Proposed { treatments, transition, direct })
    }
}

/// The signature under these very words.
struct Under {
    words: Signed,
    found: One<(Signature, Signed)>,
}

impl Under {
    fn of(wave: &mut Wave, at: &EstablishmentId, words: Signed) -> Self {
        let found = wave.one(Place::signature(at, words.service(), &words.what()));
        Self { words, found }
    }

    fn read(self, answers: &mut Answers) -> Result<Option<Signature>, StoreError> {
        let found = answers.one(self.found)?.filter(|(_, signed)| *signed == self.words);
        Ok(found.map(|(signature, _)| signature))
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
    pub(super) proposed: Proposed,
}

impl Around {
    /// The service with its proposals as signed and its interventions as they were at a moment; without equipment,
    /// people and others' links.
    pub(super) async fn facts(
        self,
        db: &mut Db,
        answers: &mut Answers,
        as_of: Timestamp,
    ) -> Result<ServiceFacts, StoreError> {
        let Self { establishment, suspensions, provider, provider_side, contract, service, proposed } = self;
        let due = intervention::due(db, &establishment.id, &service.id, as_of).await?;
        let mut treatments = Vec::new();
        for (one, under, taken) in proposed.treatments {
            let taken = taken.map(|taken| answers.one(taken)).transpose()?.flatten();
            let covers = |by: &Contract| by.id == contract.id || by.covers.contains(&service.id);
            let transferred = taken.filter(covers).map(|by| by.span);
            treatments.push(RiskTreatment { signed: under.read(answers)?, transferred, ..one });
        }
        let mut transition = None;
        if let Some((one, under)) = proposed.transition {
            transition = Some(Transition { signed: under.read(answers)?, ..one });
        }
        let mut direct = None;
        if let Some((one, under)) = proposed.direct {
            direct = Some(DirectPath { signed: under.read(answers)?, ..one });
        }
        Ok(ServiceFacts {
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
}
