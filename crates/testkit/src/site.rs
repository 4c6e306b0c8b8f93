//! The store in memory: the port, and the hand of the test.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use domain::{
    Attempt, Credentials, DirectPath, Disclosure, Equipment, Establishment, Facts, Filed, Fingerprint,
    GateSeen, Hold, Intervention, Person, Provider, Purged, RiskTreatment, Service, ServiceFacts, Signature,
    Signed, State as Stage, Token, Transition,
};
use gate::ports::{
    AboutPerson, Answered, Boxed, Change, Clock, FactName, PortError, Put, Record, Served, SessionRow,
    SessionThen, Standing, Stood, Store, Versioned, Waiting, Wanted, Whose,
};
use gate::{Logged, Removal};
use tokio::sync::watch;
use vocab::{
    BootId, Ending, EquipmentId, EstablishmentId, InterventionId, PersonId, ProviderId, ServiceId, SessionId,
    Timestamp,
};

use crate::facts::same;
use crate::snapshot::Snapshot;
use crate::store::State;
use crate::{SetClock, Step, Troubles, lock};

/// Facts with their history, interventions, sessions and the outbox of one deployment.
pub struct Site {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    clock: Arc<SetClock>,
    troubles: Arc<Troubles>,
}

impl Site {
    /// A deployment in which all this stood from the beginning of time.
    pub fn new(
        services: &[ServiceFacts],
        people: Vec<Person>,
        providers: Vec<Provider>,
        clock: Arc<SetClock>,
        troubles: Arc<Troubles>,
    ) -> Self {
        let mut state = State::default();
        let vouched = services.iter().flat_map(|facts| vouched(&people, &facts.establishment.id));
        let vouched: Vec<Put> = vouched.collect();
        let people = people.into_iter().map(Put::Person).chain(providers.into_iter().map(Put::Provider));
        for put in people.chain(vouched).chain(services.iter().flat_map(puts)) {
            state.facts.put(put, Timestamp::MIN).unwrap();
        }
        for one in services.iter().flat_map(|facts| facts.interventions.iter().chain(&facts.unsettled)) {
            state.interventions.insert(one.id.clone(), vec![(Timestamp::MIN, one.clone())]);
        }
        state.named = state.interventions.len() as u64;
        Self { state: Mutex::new(state), changes: watch::channel(0).0, clock, troubles }
    }

    /// Changes what stands about the first service by hand, as no act of a person would, and says so. What is
    /// taken out of a list ends; an intervention that is taken out never was.
    pub fn change(&self, edit: impl FnOnce(&mut ServiceFacts)) {
        let now = self.clock.now();
        let before = self.first_service();
        let mut after = before.clone();
        edit(&mut after);
        {
            let mut state = lock(&self.state);
            let old = puts(&before);
            let new = puts(&after);
            let changed = new.iter().filter(|put| !old.iter().any(|old| same(old, put)));
            for put in changed.cloned() {
                state.facts.put(put, now).unwrap();
            }
            let kept: Vec<FactName> = new.iter().filter_map(Put::name).collect();
            for name in old.iter().filter_map(Put::name).filter(|name| !kept.contains(name)) {
                state.facts.end(&name, now).unwrap();
            }
            change_interventions(&mut state, &before, &after, now);
        }
        self.changes.send_modify(|version| *version += 1);
    }

    /// Everything about the first service, as it stands.
    pub fn first_service(&self) -> ServiceFacts {
        let services = self.read(|now| now.state.facts.services(now.as_of).cloned().collect::<Vec<_>>());
        let first = services.first().unwrap_or_else(|| panic!("the site has no service"));
        self.read(|now| now.of_service(&first.establishment, &first.id)).unwrap()
    }

    /// The number of a person's second factor.
    pub fn enrolment(&self, person: &str) -> u32 {
        lock(&self.state).facts.enrolment(&fiction::name(person), Timestamp::MAX)
    }

    /// An intervention as it stands.
    pub fn stands(&self, intervention: &str) -> Intervention {
        let found = lock(&self.state).intervention(&fiction::name(intervention));
        found.map(|read| read.value).unwrap_or_else(|| panic!("no intervention `{intervention}`"))
    }

    /// Every version that an intervention had, the oldest first.
    pub fn history(&self, intervention: &str) -> Vec<Intervention> {
        let state = lock(&self.state);
        let line = state.interventions.get(&fiction::name::<InterventionId>(intervention));
        line.into_iter().flatten().map(|(_, value)| value.clone()).collect()
    }

    /// How many versions a fact had.
    pub fn versions(&self, name: &FactName) -> usize {
        lock(&self.state).facts.versions(name)
    }

    /// Every session, and how it ended.
    pub fn sessions(&self) -> Vec<(SessionRow, Option<Ending>)> {
        let state = lock(&self.state);
        state.sessions.values().map(|one| (one.row.clone(), one.ended.map(|(_, ending)| ending))).collect()
    }

    /// Entries that wait for their log, or are not marked as drained yet.
    pub fn outbox(&self) -> Vec<Waiting> {
        lock(&self.state).outbox.waiting(0, usize::MAX)
    }

    /// Everything that can change, in words: two that are equal are of the same state.
    pub fn whole(&self) -> String {
        format!("{:?}", lock(&self.state))
    }

    fn read<T>(&self, work: impl FnOnce(&Snapshot<'_>) -> T) -> T {
        self.read_at(Timestamp::MAX, work)
    }

    fn read_at<T>(&self, as_of: Timestamp, work: impl FnOnce(&Snapshot<'_>) -> T) -> T {
        work(&Snapshot { state: &lock(&self.state), as_of })
    }

    fn carry_out(&self, change: Change, at: Timestamp, by: &str) -> Result<u64, PortError> {
        let announced = change.bears_on_others();
        let last = {
            let mut state = lock(&self.state);
            let (next, last) = state.with(change, at, by)?;
            *state = next;
            last
        };
        if announced {
            self.changes.send_modify(|version| *version += 1);
        }
        Ok(last)
    }

    fn has_key(&self, person: &PersonId, key: &Fingerprint, as_of: Timestamp) -> bool {
        let person = lock(&self.state).facts.person(person, as_of);
        person.is_some_and(|person| person.shows(key))
    }
}

/// What was compared and looked at.
fn looked_at(facts: &ServiceFacts) -> impl Iterator<Item = Put> + '_ {
    let owner = || facts.establishment.id.clone();
    let checked = facts
        .filter_check
        .iter()
        .map(move |value| Put::FilterCheck { establishment: owner(), value: (**value).clone() });
    let reviewed = facts
        .accounts_review
        .iter()
        .map(move |value| Put::AccountsReview { establishment: owner(), value: (**value).clone() });
    checked.chain(reviewed)
}

/// The facts of a service one by one, without its interventions.
pub fn puts(facts: &ServiceFacts) -> Vec<Put> {
    let owner = || facts.establishment.id.clone();
    let staff = facts.staff.iter().flat_map(|staff| {
        let engagements = staff.engagements.iter().cloned().map(Put::Engagement);
        let (person, keys) = (staff.person.id.clone(), staff.credentials.vouched.clone());
        [
            Put::Provider(staff.employer.clone()),
            Put::Person(staff.person.clone()),
            Put::Enrolment { person: person.clone(), number: staff.credentials.enrolment },
            Put::Vouching { establishment: facts.establishment.id.clone(), person, keys },
        ]
        .into_iter()
        .chain(engagements)
    });
    let suspensions =
        facts.suspensions.iter().cloned().map(|value| Put::Suspension { establishment: owner(), value });
    let equipment = facts.equipment.iter().cloned().map(Put::Equipment);
    // Its secret is in the vault: one of its own.
    let held = facts.equipment.iter().filter(|one| one.account.as_ref().is_some_and(|own| own.secret_held));
    let tags = held.map(|one| Put::AccountTag {
        establishment: owner(),
        equipment: one.id.clone(),
        tag: Some(format!("secret-{}", one.id)),
    });
    let sign = |signature: Option<Signature>, signed| {
        signature.map(|signature| Put::Signature { establishment: owner(), signature, signed })
    };
    let treatments = facts.treatments.iter().cloned().flat_map(|one| {
        let value = RiskTreatment { signed: None, transferred: None, ..one.clone() };
        let signature = sign(one.signed, Signed::Treatment(value.words()));
        std::iter::once(Put::Treatment { establishment: owner(), value }).chain(signature)
    });
    let transition = facts.transition.clone().into_iter().flat_map(|one| {
        let value = Transition { signed: None, ..one.clone() };
        let signature = sign(one.signed, Signed::Transition(value.clone()));
        std::iter::once(Put::Transition { establishment: owner(), value }).chain(signature)
    });
    let direct = facts.direct.clone().into_iter().flat_map(|one| {
        let value = DirectPath { signed: None, ..one.clone() };
        let signature = sign(one.signed, Signed::Direct(value.clone()));
        std::iter::once(Put::Direct { establishment: owner(), value }).chain(signature)
    });
    let notices = facts.notices.iter().cloned().map(|value| Put::Notice { establishment: owner(), value });
    let witnesses =
        facts.witnesses.iter().cloned().map(|value| Put::Witness { establishment: owner(), value });
    let own = [
        Put::Establishment(facts.establishment.clone()),
        Put::Provider(facts.provider.clone()),
        Put::Contract(facts.contract.clone()),
        Put::Service(facts.service.clone()),
    ];
    staff
        .chain(own)
        .chain(equipment)
        .chain(tags)
        .chain(notices)
        .chain(witnesses)
        .chain(looked_at(facts))
        .chain(treatments)
        .chain(transition)
        .chain(direct)
        .chain(suspensions)
        .collect()
}

/// Somebody has vouched for the keys of all these people.
fn vouched(people: &[Person], at: &EstablishmentId) -> Vec<Put> {
    let vouching = |person: &Person| Put::Vouching {
        establishment: at.clone(),
        person: person.id.clone(),
        keys: person.keys.iter().map(|key| fiction::vouched_key(&key.fingerprint)).collect(),
    };
    people.iter().map(vouching).collect()
}

fn change_interventions(state: &mut State, before: &ServiceFacts, after: &ServiceFacts, now: Timestamp) {
    let all = |facts: &ServiceFacts| -> Vec<Intervention> {
        facts.interventions.iter().chain(&facts.unsettled).cloned().collect()
    };
    let (before, after) = (all(before), all(after));
    for gone in before.iter().filter(|old| !after.iter().any(|new| new.id == old.id)) {
        state.interventions.remove(&gone.id);
    }
    for new in after.into_iter().filter(|new| !before.contains(new)) {
        state.interventions.entry(new.id.clone()).or_default().push((now, new));
    }
}

impl Store for Site {
    fn facts_for(&self, attempt: &Attempt, as_of: Timestamp) -> Boxed<'_, Result<Facts, PortError>> {
        let attempt = attempt.clone();
        let work = move || Ok(self.read_at(as_of, |then| then.for_attempt(&attempt)));
        Box::pin(self.troubles.around(Step::ReadFacts, work))
    }

    fn service_facts(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<ServiceFacts, PortError>> {
        let (establishment, service) = (establishment.clone(), service.clone());
        let work = move || self.read_at(as_of, |then| then.of_service(&establishment, &service));
        Box::pin(self.troubles.around(Step::ReadService, work))
    }

    fn services(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Service>, PortError>> {
        let establishment = establishment.clone();
        let work = move || {
            let state = lock(&self.state);
            let all = state.facts.services(as_of).filter(|one| one.establishment == establishment);
            Ok(all.cloned().collect())
        };
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn seen(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<GateSeen>, PortError>> {
        let establishment = establishment.clone();
        let work = move || Ok(lock(&self.state).facts.seen(&establishment, as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn versions(&self, names: Vec<FactName>, as_of: Timestamp) -> Boxed<'_, Result<Vec<Stood>, PortError>> {
        let work = move || {
            let state = lock(&self.state);
            Ok(names.iter().map(|name| state.facts.version_at(name, as_of)).collect())
        };
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn standing(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Standing>, PortError>> {
        let (establishment, service) = (establishment.clone(), service.clone());
        let work = move || Ok(lock(&self.state).facts.standing(&establishment, &service, as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    /// All of them: what one fact bears on is the real store's to know.
    fn touched(
        &self,
        names: Vec<FactName>,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<BTreeSet<Served>, PortError>> {
        let work = move || {
            let bears = names.iter().any(|name| !matches!(name, FactName::Standing { .. }));
            let state = lock(&self.state);
            let all = state.facts.services(as_of).filter(|_| bears);
            Ok(all.map(|service| (service.establishment.clone(), service.id.clone())).collect())
        };
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn establishments(&self, as_of: Timestamp) -> Boxed<'_, Result<Vec<Establishment>, PortError>> {
        let work = move || Ok(lock(&self.state).facts.establishments(as_of).cloned().collect());
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn person(&self, person: &PersonId, as_of: Timestamp) -> Boxed<'_, Result<Option<Person>, PortError>> {
        let person = person.clone();
        let work = move || Ok(lock(&self.state).facts.person(&person, as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn provider(
        &self,
        provider: &ProviderId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Provider>, PortError>> {
        let provider = provider.clone();
        let work = move || Ok(lock(&self.state).facts.provider(&provider, as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn equipment(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Equipment>, PortError>> {
        let (establishment, equipment) = (establishment.clone(), equipment.clone());
        let work = move || Ok(self.read_at(as_of, |then| then.equipment(&establishment, &equipment)));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn rotations_due(&self, as_of: Timestamp) -> Boxed<'_, Result<Vec<(Whose, Timestamp)>, PortError>> {
        let work = move || Ok(lock(&self.state).facts.rotations_due(as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn disclosure(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Disclosure>, PortError>> {
        let (establishment, equipment) = (establishment.clone(), equipment.clone());
        let work = move || Ok(lock(&self.state).facts.disclosure(&establishment, &equipment, as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn holds(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Hold>, PortError>> {
        let establishment = establishment.clone();
        let work = move || Ok(lock(&self.state).facts.holds(&establishment, as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn token(&self, id: &str, as_of: Timestamp) -> Boxed<'_, Result<Option<Token>, PortError>> {
        let id = id.to_owned();
        let work = move || Ok(lock(&self.state).facts.token(&id, as_of));
        Box::pin(self.troubles.around(Step::ReadKey, work))
    }

    fn tokens(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Token>, PortError>> {
        let establishment = establishment.clone();
        let work = move || Ok(lock(&self.state).facts.tokens(&establishment, as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn answered(
        &self,
        token: &str,
        key: &str,
        since: Timestamp,
    ) -> Boxed<'_, Result<Option<Answered>, PortError>> {
        let (token, key) = (token.to_owned(), key.to_owned());
        let work = move || Ok(lock(&self.state).answered(&token, &key, since));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn filed(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Filed>, PortError>> {
        let establishment = establishment.clone();
        let work = move || Ok(lock(&self.state).facts.filed(&establishment, as_of));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn named_until(
        &self,
        establishment: &EstablishmentId,
        sha256: &str,
    ) -> Boxed<'_, Result<Option<Timestamp>, PortError>> {
        let (establishment, sha256) = (establishment.clone(), sha256.to_owned());
        let work = move || Ok(lock(&self.state).facts.named_until(&establishment, &sha256));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn purged(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<Purged>, PortError>> {
        let establishment = establishment.clone();
        let work = move || Ok(lock(&self.state).facts.purged(&establishment));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn records(&self, wanted: Wanted) -> Boxed<'_, Result<Vec<Record>, PortError>> {
        let work = move || Ok(lock(&self.state).records(&wanted));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn about(
        &self,
        person: &PersonId,
        establishment: &EstablishmentId,
    ) -> Boxed<'_, Result<AboutPerson, PortError>> {
        let (person, establishment) = (person.clone(), establishment.clone());
        let work = move || Ok(lock(&self.state).about(&person, &establishment));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn names(
        &self,
        establishment: Option<&EstablishmentId>,
        word: &str,
    ) -> Boxed<'_, Result<bool, PortError>> {
        let (establishment, word) = (establishment.cloned(), word.to_owned());
        let work = move || Ok(lock(&self.state).names(establishment.as_ref(), &word));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn doomed(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<[u8; 32]>, PortError>> {
        let establishment = establishment.clone();
        let work = move || Ok(lock(&self.state).doomed.get(&establishment).map(|doomed| doomed.root));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn remove(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let removal = removal.value().clone();
        let work = move || {
            lock(&self.state).remove(&removal);
            Ok(())
        };
        Box::pin(self.troubles.around(Step::RemoveRows, work))
    }

    fn sessions(&self, names: Vec<SessionId>) -> Boxed<'_, Result<Vec<SessionThen>, PortError>> {
        let work = move || Ok(lock(&self.state).sessions_named(&names));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn key_of(
        &self,
        person: &PersonId,
        key: &Fingerprint,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<bool, PortError>> {
        let (person, key) = (person.clone(), key.clone());
        let work = move || Ok(self.has_key(&person, &key, as_of));
        Box::pin(self.troubles.around(Step::ReadKey, work))
    }

    fn credentials(
        &self,
        establishment: &EstablishmentId,
        person: &PersonId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Credentials, PortError>> {
        let (establishment, person) = (establishment.clone(), person.clone());
        let work = move || Ok(self.read_at(as_of, |then| then.credentials(&establishment, &person)));
        Box::pin(self.troubles.around(Step::ReadKey, work))
    }

    fn vouching_fell(
        &self,
        establishment: &EstablishmentId,
        person: &PersonId,
        key: &Fingerprint,
        enrolment: u32,
    ) -> Boxed<'_, Result<Option<Timestamp>, PortError>> {
        let (establishment, person, key) = (establishment.clone(), person.clone(), key.clone());
        let work = move || Ok(lock(&self.state).facts.vouching_fell(establishment, person, &key, enrolment));
        Box::pin(self.troubles.around(Step::ReadKey, work))
    }

    fn vouched_people(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<PersonId>, PortError>> {
        let establishment = establishment.clone();
        let work = move || Ok(lock(&self.state).facts.vouched_people(&establishment, as_of));
        Box::pin(self.troubles.around(Step::ReadKey, work))
    }

    fn intervention(
        &self,
        id: &InterventionId,
    ) -> Boxed<'_, Result<Option<Versioned<Intervention>>, PortError>> {
        let id = id.clone();
        let work = move || Ok(lock(&self.state).intervention(&id));
        // What happens meanwhile happens after the reading: it is then that two hands meet.
        Box::pin(async move {
            let read = work()?;
            self.troubles.around(Step::ReadIntervention, || Ok(read)).await
        })
    }

    fn interventions(
        &self,
        establishment: &EstablishmentId,
        states: &[Stage],
    ) -> Boxed<'_, Result<Vec<Intervention>, PortError>> {
        let (establishment, states) = (establishment.clone(), states.to_vec());
        let work = move || Ok(lock(&self.state).interventions(&establishment, &states));
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn next_intervention(&self) -> Boxed<'_, Result<InterventionId, PortError>> {
        let work = move || lock(&self.state).next_intervention();
        Box::pin(self.troubles.around(Step::NameIntervention, work))
    }

    fn commit(&self, change: Change, at: Timestamp, by: &str) -> Boxed<'_, Result<u64, PortError>> {
        let by = by.to_owned();
        Box::pin(self.troubles.around(Step::Commit, move || self.carry_out(change, at, &by)))
    }

    fn waiting(&self, after_seq: u64, limit: u32) -> Boxed<'_, Result<Vec<Waiting>, PortError>> {
        let limit = usize::try_from(limit).unwrap();
        let work = move || Ok(lock(&self.state).outbox.waiting(after_seq, limit));
        Box::pin(self.troubles.around(Step::ReadOutbox, work))
    }

    fn drained(&self, upto_seq: u64, logs: Vec<(EstablishmentId, u64)>) -> Boxed<'_, Result<(), PortError>> {
        let work = move || {
            lock(&self.state).outbox.drained(upto_seq, logs);
            Ok(())
        };
        Box::pin(self.troubles.around(Step::MarkOutbox, work))
    }

    fn drained_upto(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<u64, PortError>> {
        let establishment = establishment.clone();
        let work = move || Ok(lock(&self.state).outbox.drained_upto(&establishment));
        Box::pin(self.troubles.around(Step::ReadOutbox, work))
    }

    fn left_open(&self, boot: BootId) -> Boxed<'_, Result<Vec<SessionRow>, PortError>> {
        let work = move || Ok(lock(&self.state).left_open(boot));
        Box::pin(self.troubles.around(Step::ReadLeftOpen, work))
    }

    fn newest(&self) -> Boxed<'_, Result<Option<Timestamp>, PortError>> {
        let work = move || Ok(lock(&self.state).facts.newest());
        Box::pin(self.troubles.around(Step::ReadSite, work))
    }

    fn open_sessions(&self, intervention: &InterventionId) -> Boxed<'_, Result<u64, PortError>> {
        let intervention = intervention.clone();
        let work = move || Ok(lock(&self.state).open_sessions(&intervention));
        Box::pin(self.troubles.around(Step::ReadIntervention, work))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn health(&self) -> Boxed<'_, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
