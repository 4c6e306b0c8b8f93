//! The port `Store` of the gate, on the database.

use std::collections::BTreeSet;

use domain::{
    About, Attempt, Credentials, Disclosure, Equipment, Establishment, Facts, Filed, Fingerprint, GateSeen,
    Hold, Intervention, Person, Provider, Purged, Service, ServiceFacts, State, Token, VouchedKey,
};
use gate::ports::{
    AboutPerson, Answered, Boxed, Change, FactName, PortError, Put, Record, Served, SessionRow, SessionThen,
    Standing, Stood, Store, Versioned, Waiting, Wanted, Whose,
};
use gate::{Logged, Removal};
use tokio::sync::watch;
use vocab::{
    BootId, EquipmentId, EstablishmentId, InterventionId, PersonId, ProviderId, ServiceId, SessionId,
    Timestamp,
};

use crate::fact::{self, Kind, Place, Written};
use crate::falls;
use crate::sqlite::Db;
use crate::{Database, StoreError, about, answer, intervention, outbox, record, session, snapshot, touched};

/// One read transaction around a function of this crate. A connection on which it failed is not used again.
macro_rules! reading {
    ($self:ident, |$db:ident| $work:expr) => {
        Box::pin(async move {
            let mut reader = $self.reader().await.map_err(PortError::from)?;
            let outcome = match reader.begin().await {
                Ok(mut tx) => {
                    let $db: &mut Db = &mut tx;
                    $work.await
                }
                Err(error) => Err(error),
            };
            if outcome.as_ref().is_err_and(StoreError::is_trouble) {
                reader.spent();
            }
            outcome.map_err(PortError::from)
        })
    };
}

impl Store for Database {
    fn facts_for(&self, attempt: &Attempt, as_of: Timestamp) -> Boxed<'_, Result<Facts, PortError>> {
        let attempt = attempt.clone();
        Box::pin(async move {
            // Without a transaction first: its beginning would be a way to the database's thread and back.
            let mut reader = self.reader().await?;
            let at_once = snapshot::for_attempt(reader.connection()?, &attempt, as_of).await;
            match at_once {
                Ok(Some(facts)) => return Ok(facts),
                Err(error) if error.is_trouble() => reader.spent(),
                _ => drop(reader),
            }
            // Others committed meanwhile, or it failed: the whole of it once more, and what it says then counts.
            let whole: Boxed<'_, Result<Option<Facts>, PortError>> =
                reading!(self, |db| snapshot::for_attempt(db, &attempt, as_of));
            whole.await?.ok_or_else(|| StoreError::Column("data_version").into())
        })
    }

    fn service_facts(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<ServiceFacts, PortError>> {
        let (establishment, service) = (establishment.clone(), service.clone());
        reading!(self, |db| snapshot::of_service(db, &establishment, &service, as_of))
    }

    fn services(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Service>, PortError>> {
        let establishment = establishment.clone();
        reading!(self, |db| fact::list(db, Kind::Service, Some(&establishment), as_of))
    }

    fn standing(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Standing>, PortError>> {
        let place = Place::new(Kind::Standing, establishment, service);
        reading!(self, |db| fact::get(db, &place, as_of))
    }

    fn touched(
        &self,
        names: Vec<FactName>,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<BTreeSet<Served>, PortError>> {
        reading!(self, |db| touched::services(db, &names, as_of))
    }

    fn seen(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<GateSeen>, PortError>> {
        let place = Place::new(Kind::Seen, establishment, establishment);
        reading!(self, |db| fact::get(db, &place, as_of))
    }

    fn versions(&self, names: Vec<FactName>, as_of: Timestamp) -> Boxed<'_, Result<Vec<Stood>, PortError>> {
        reading!(self, |db| fact::version_of_each(db, &names, as_of))
    }

    fn establishments(&self, as_of: Timestamp) -> Boxed<'_, Result<Vec<Establishment>, PortError>> {
        reading!(self, |db| fact::everywhere(db, Kind::Establishment, as_of))
    }

    fn person(&self, person: &PersonId, as_of: Timestamp) -> Boxed<'_, Result<Option<Person>, PortError>> {
        let place = Place::common(Kind::Person, person);
        reading!(self, |db| fact::get(db, &place, as_of))
    }

    fn provider(
        &self,
        provider: &ProviderId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Provider>, PortError>> {
        let place = Place::common(Kind::Provider, provider);
        reading!(self, |db| fact::get(db, &place, as_of))
    }

    fn equipment(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Equipment>, PortError>> {
        let (establishment, equipment) = (establishment.clone(), equipment.clone());
        reading!(self, |db| snapshot::one_equipment(db, &establishment, &equipment, as_of))
    }

    fn rotations_due(&self, as_of: Timestamp) -> Boxed<'_, Result<Vec<(Whose, Timestamp)>, PortError>> {
        reading!(self, |db| snapshot::rotations_due(db, as_of))
    }

    fn disclosure(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Disclosure>, PortError>> {
        let place = Place::new(Kind::Disclosure, establishment, equipment);
        reading!(self, |db| fact::get(db, &place, as_of))
    }

    fn holds(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Hold>, PortError>> {
        let establishment = establishment.clone();
        reading!(self, |db| fact::list(db, Kind::Hold, Some(&establishment), as_of))
    }

    fn token(&self, id: &str, as_of: Timestamp) -> Boxed<'_, Result<Option<Token>, PortError>> {
        let place = Place::common(Kind::Token, id);
        reading!(self, |db| fact::get(db, &place, as_of))
    }

    fn tokens(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Token>, PortError>> {
        let establishment = establishment.clone();
        reading!(self, |db| fact::also_linked(db, Kind::Token, establishment.as_str(), as_of))
    }

    fn answered(
        &self,
        token: &str,
        key: &str,
        since: Timestamp,
    ) -> Boxed<'_, Result<Option<Answered>, PortError>> {
        let (token, key) = (token.to_owned(), key.to_owned());
        reading!(self, |db| answer::get(db, &token, &key, since))
    }

    fn filed(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Filed>, PortError>> {
        let establishment = establishment.clone();
        reading!(self, |db| fact::list(db, Kind::Filed, Some(&establishment), as_of))
    }

    fn named_until(
        &self,
        establishment: &EstablishmentId,
        sha256: &str,
    ) -> Boxed<'_, Result<Option<Timestamp>, PortError>> {
        let (establishment, sha256) = (establishment.clone(), sha256.to_owned());
        reading!(self, |db| fact::named_until(db, &establishment, &sha256))
    }

    fn purged(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<Purged>, PortError>> {
        let place = Place::new(Kind::Purged, establishment, establishment);
        reading!(self, |db| fact::stands(db, &place))
    }

    fn records(&self, wanted: Wanted) -> Boxed<'_, Result<Vec<Record>, PortError>> {
        reading!(self, |db| record::all(db, &wanted))
    }

    fn about(
        &self,
        person: &PersonId,
        establishment: &EstablishmentId,
    ) -> Boxed<'_, Result<AboutPerson, PortError>> {
        let (person, establishment) = (person.clone(), establishment.clone());
        reading!(self, |db| about::about(db, &person, &establishment))
    }

    fn names(
        &self,
        establishment: Option<&EstablishmentId>,
        word: &str,
    ) -> Boxed<'_, Result<bool, PortError>> {
        let (establishment, word) = (establishment.cloned(), word.to_owned());
        reading!(self, |db| record::names(db, establishment.as_ref(), &word))
    }

    fn doomed(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<[u8; 32]>, PortError>> {
        let establishment = establishment.clone();
        reading!(self, |db| record::doomed(db, &establishment))
    }

    fn remove(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let (database, removal) = (self.clone(), removal.value().clone());
        Box::pin(async move {
            let Some(root) = removal.rows else { return Ok(()) };
            let outcome = database.remove_all(&removal.establishment, &root).await;
            database.note(&outcome);
            Ok(outcome?)
        })
    }

    fn sessions(&self, names: Vec<SessionId>) -> Boxed<'_, Result<Vec<SessionThen>, PortError>> {
        reading!(self, |db| session::named(db, &names))
    }

    fn key_of(
        &self,
        person: &PersonId,
        key: &Fingerprint,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<bool, PortError>> {
        let (place, key) = (Place::common(Kind::Person, person), key.clone());
        reading!(self, |db| has_key(db, &place, &key, as_of))
    }

    fn credentials(
        &self,
        establishment: &EstablishmentId,
        person: &PersonId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Credentials, PortError>> {
        let (establishment, person) = (establishment.clone(), person.clone());
        reading!(self, |db| snapshot::credentials(db, &establishment, &person, as_of))
    }

    fn vouching_fell(
        &self,
        establishment: &EstablishmentId,
        person: &PersonId,
        key: &Fingerprint,
        enrolment: u32,
    ) -> Boxed<'_, Result<Option<Timestamp>, PortError>> {
        let vouching = FactName::Vouching { establishment: establishment.clone(), person: person.clone() };
        let (place, key) = (Place::from(&vouching), key.clone());
        reading!(self, |db| vouching_fell(db, &place, &key, enrolment))
    }

    fn vouched_people(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<PersonId>, PortError>> {
        let establishment = establishment.clone();
        reading!(self, |db| fact::names(db, Kind::Vouching, &establishment, as_of))
    }

    fn intervention(
        &self,
        id: &InterventionId,
    ) -> Boxed<'_, Result<Option<Versioned<Intervention>>, PortError>> {
        let id = id.clone();
        reading!(self, |db| intervention::get(db, &id))
    }

    fn interventions(
        &self,
        establishment: &EstablishmentId,
        states: &[State],
    ) -> Boxed<'_, Result<Vec<Intervention>, PortError>> {
        let (establishment, states) = (establishment.clone(), states.to_vec());
        reading!(self, |db| intervention::in_states(db, &establishment, &states))
    }

    fn next_intervention(&self) -> Boxed<'_, Result<InterventionId, PortError>> {
        Box::pin(async move {
            let outcome = self.draw().await;
            self.note(&outcome);
            Ok(outcome?)
        })
    }

    fn commit(&self, change: Change, at: Timestamp, by: &str) -> Boxed<'_, Result<u64, PortError>> {
        let (database, by) = (self.clone(), by.to_owned());
        Box::pin(async move {
            // A task of its own: who asked may go away, the act is whole or never was, and is told either way.
            let work = tokio::spawn(async move {
                let outcome = database.carry_out(&change, at, &by).await;
                database.note(&outcome);
                if outcome.is_ok() && change.bears_on_others() {
                    database.announce();
                }
                outcome
            });
            let outcome = work.await.map_err(|_| PortError::Failed("the writer was stopped".to_owned()))?;
            Ok(outcome?)
        })
    }

    fn waiting(&self, after_seq: u64, limit: u32) -> Boxed<'_, Result<Vec<Waiting>, PortError>> {
        reading!(self, |db| outbox::waiting(db, after_seq, limit))
    }

    fn drained(&self, upto_seq: u64, logs: Vec<(EstablishmentId, u64)>) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(async move {
            let outcome = self.mark_drained(upto_seq, &logs).await;
            self.note(&outcome);
            Ok(outcome?)
        })
    }

    fn drained_upto(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<u64, PortError>> {
        let establishment = establishment.clone();
        reading!(self, |db| outbox::drained_upto(db, &establishment))
    }

    fn left_open(&self, boot: BootId) -> Boxed<'_, Result<Vec<SessionRow>, PortError>> {
        reading!(self, |db| session::left_open(db, boot))
    }

    fn newest(&self) -> Boxed<'_, Result<Option<Timestamp>, PortError>> {
        reading!(self, |db| fact::newest(db))
    }

    fn open_sessions(&self, intervention: &InterventionId) -> Boxed<'_, Result<u64, PortError>> {
        let intervention = intervention.clone();
        reading!(self, |db| session::open_in(db, &intervention))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.watch()
    }

    fn health(&self) -> Boxed<'_, Result<(), String>> {
        Box::pin(async move { self.well().await.map_err(|error| error.to_string()) })
    }
}

impl Database {
    /// Everything of one change in one transaction, or nothing.
    async fn carry_out(&self, change: &Change, at: Timestamp, by: &str) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let last = write_all(&mut tx, change, at, by).await?;
        tx.commit().await?;
        Ok(last)
    }

    /// Transaction after transaction: no act waits for all of it.
    pub(crate) async fn remove_all(
        &self,
        establishment: &EstablishmentId,
        root: &[u8; 32],
    ) -> Result<(), StoreError> {
        loop {
            let mut tx = self.write().await?;
            let more = record::remove_some(&mut tx, establishment, root).await?;
            tx.commit().await?;
            if !more {
                return Ok(());
            }
        }
    }

    async fn draw(&self) -> Result<InterventionId, StoreError> {
        let mut tx = self.write().await?;
        let id = intervention::next(&mut tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn mark_drained(&self, upto: u64, logs: &[(EstablishmentId, u64)]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        outbox::drained(&mut tx, upto, logs).await?;
        Ok(tx.commit().await?)
    }
}

/// Writes a whole change: facts first, because a session needs its open intervention.
pub(crate) async fn write_all(
    db: &mut Db,
    change: &Change,
    at: Timestamp,
    by: &str,
) -> Result<u64, StoreError> {
    for put in &change.puts {
        write(db, put, at, by).await?;
    }
    for change in &change.sessions {
        session::change(db, change).await?;
    }
    if let Some(answered) = &change.answered {
        answer::keep(db, answered, at).await?;
    }
    let mut last = 0;
    for (establishment, entry) in &change.entries {
        last = outbox::add(db, establishment, entry).await?;
    }
    Ok(last)
}

async fn write(db: &mut Db, put: &Put, at: Timestamp, by: &str) -> Result<(), StoreError> {
    let name = match put {
        Put::Intervention { read_at, value } => return intervention::put(db, *read_at, value, at, by).await,
        Put::End(name) => {
            nothing_owed(db, name).await?;
            fact::end(db, &Place::from(name), at, by).await?;
            return falls::with(db, name, at, by).await;
        }
        Put::Doomed(doomed) => return record::doom(db, doomed).await,
        _ => put.name().ok_or(StoreError::Column("fact.name"))?,
    };
    let place = Place::from(&name);
    match put {
        Put::Person(person) => falls::of_mover(db, person, at, by).await?,
        Put::Enrolment { person, number } => newer(db, &place, person, *number).await?,
        Put::Hold { establishment, value } => still_there(db, establishment, &value.about).await?,
        _ => {}
    }
    if fact::put(db, &written(place, put)?, at, by).await? {
        falls::with(db, &name, at, by).await?;
    }
    Ok(())
}

/// What is kept of a fact, and by what it is looked for.
fn written(place: Place, put: &Put) -> Result<Written, StoreError> {
    match put {
        Put::Establishment(value) => Written::new(place, "", value),
        Put::Provider(value) => Written::new(place, "", value),
        Put::Person(value) => {
            let principal = value.on_behalf_of.as_ref().map(ToString::to_string).unwrap_or_default();
            Ok(Written::new(place, fact::person_link(&value.employer), value)?.also(principal))
        }
        Put::Engagement(value) => Written::new(place, &value.person, value),
        Put::Contract(value) => Written::new(place, &value.provider, value),
        Put::Service(value) => Written::new(place, &value.contract, value),
        Put::Equipment(value) => {
            let link = value.own_link.as_deref().unwrap_or_default();
            Ok(Written::new(place, fact::equipment_link(value), &fact::own_words(value))?.also(link))
        }
        Put::Treatment { value, .. } => Written::new(place, &value.service, &fact::as_proposed(value)),
        Put::Transition { value, .. } => Written::new(place, "", value),
        Put::Direct { value, .. } => Written::new(place, "", value),
        Put::Suspension { value, .. } => Written::new(place, "", value),
        Put::Vouching { keys, .. } => Written::new(place, "", keys),
        Put::AccountTag { tag, .. } => Written::new(place, tag.as_deref().unwrap_or_default(), tag),
        Put::Disclosure { value, .. } => Written::new(place, "", value),
        Put::Standing { value, .. } => Written::new(place, "", value),
        Put::Seen { value, .. } => Written::new(place, "", value),
        Put::Rotation { value, .. } => Written::new(place, "", value),
        Put::Hold { value, .. } => Written::new(place, "", value),
        Put::Filed { value, .. } => {
            let service = value.covers.as_ref().map(|covers| covers.service.to_string());
            Written::new(place, service.unwrap_or_default(), value)
        }
        Put::Notice { value, .. } => Written::new(place, &value.provider, value),
        Put::Witness { value, .. } => Written::new(place, value.of.what().link(), value),
        Put::FilterCheck { value, .. } => Written::new(place, "", value),
        Put::AccountsReview { value, .. } => Written::new(place, "", value),
        Put::Purged { value, .. } => Written::new(place, "", value),
        Put::Token(value) => Ok(Written::new(place, &value.person, value)?.also(&value.establishment)),
        Put::Signature { signature, signed, .. } => Written::new(place, "", &(signature, signed)),
        Put::Enrolment { number, .. } => Written::new(place, "", number),
        Put::Intervention { .. } | Put::End(_) | Put::Doomed(_) => Err(StoreError::Column("fact.name")),
    }
}

/// Two second factors that are drawn at once have two numbers: the second of them reads again.
async fn newer(db: &mut Db, place: &Place, person: &PersonId, number: u32) -> Result<(), StoreError> {
    let stands: Option<u32> = fact::stands(db, place).await?;
    if stands.is_some_and(|stands| stands >= number) {
        return Err(StoreError::Conflict(format!("second factor {number} of `{person}`")));
    }
    Ok(())
}

/// A service does not go while an intervention of it is not settled: nobody could close it, nor attest that what left was erased.
async fn nothing_owed(db: &mut Db, name: &FactName) -> Result<(), StoreError> {
    let FactName::Service { establishment, service } = name else { return Ok(()) };
    match intervention::owed(db, establishment).await?.get(service) {
        Some(owed) => Err(StoreError::Conflict(format!("service `{service}`: {owed:?} not settled"))),
        None => Ok(()),
    }
}

/// A hold on a document that went a moment ago would say that something is kept.
async fn still_there(db: &mut Db, at: &EstablishmentId, about: &About) -> Result<(), StoreError> {
    let About::Document(sha256) = about else { return Ok(()) };
    let filed = FactName::Filed { establishment: at.clone(), sha256: sha256.clone() };
    let there: Option<Filed> = fact::stands(db, &Place::from(&filed)).await?;
    there.map(|_| ()).ok_or_else(|| StoreError::Conflict(format!("document {sha256}")))
}

/// The end of the last version that has this key with this number and is followed by one that has not, or by none.
async fn vouching_fell(
    db: &mut Db,
    place: &Place,
    key: &Fingerprint,
    enrolment: u32,
) -> Result<Option<Timestamp>, StoreError> {
    let has = |keys: &[VouchedKey]| keys.iter().any(|one| one.key == *key && one.enrolment == enrolment);
    let versions: Vec<(Option<Timestamp>, Vec<VouchedKey>)> = fact::versions(db, place).await?;
    let mut fell = None;
    for (at, (until, keys)) in versions.iter().enumerate() {
        let next = versions.get(at.saturating_add(1));
        if has(keys) && !next.is_some_and(|(_, keys)| has(keys)) {
            fell = fell.max(*until);
        }
    }
    Ok(fell)
}

async fn has_key(
    db: &mut Db,
    place: &Place,
    key: &Fingerprint,
    as_of: Timestamp,
) -> Result<bool, StoreError> {
    let person: Option<Person> = fact::get(db, place, as_of).await?;
    Ok(person.is_some_and(|person| person.shows(key)))
}
