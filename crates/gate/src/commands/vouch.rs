//! Vouching: somebody compares the fingerprint of a key with the person whose it is, and says so under his own
//! key and second factor. Before that a key opens nothing and approves nothing (`domain::Credentials`).
//!
//! The first one has nobody to vouch for him: as long as nobody of an establishment holds a key that was vouched
//! for, its responsable vouches for himself, with the key of that very login. The entry says so.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Credentials, Employer, Establishment, Fingerprint, Officer, Person, Power, ServiceFacts, VouchedKey,
};
use events::{Actor, PersonVouched};
use vocab::{PersonId, Text, Timestamp};

use super::case::{NotDone, outlived};
use super::role::Deed;
use crate::acts::Act;
use crate::ports::Put;
use crate::scribe::Note;
use crate::{Gate, Known};

/// Fewest characters of a fingerprint behind `SHA256:`. 12 of base64 are 72 bits: nobody makes a second key
/// that begins so.
const PREFIX_MIN: usize = 12;
/// Most people at once: a morning's worth of telephone calls.
const PAIRS_MAX: usize = 32;

/// Whom a person may vouch for in one establishment.
struct Ground {
    establishment: Establishment,
    /// Those people, himself included.
    people: BTreeSet<PersonId>,
    /// He vouches for the establishment, not for a provider.
    officer: bool,
    /// Nobody there holds a key that was vouched for, and he is its responsable.
    founding: bool,
}

/// `vouch <person>=<fingerprint> …`
pub(crate) async fn vouch(gate: &Gate, who: &Known, pairs: &[&str]) -> Result<Text, NotDone> {
    let now = gate.clock.now();
    if pairs.len() > PAIRS_MAX {
        return Err(NotDone::new(
            format!("Au plus {PAIRS_MAX} personnes à la fois."),
            format!("At most {PAIRS_MAX} people at once."),
        ));
    }
    let named: Vec<(PersonId, &str)> = pairs.iter().map(|pair| parse(pair)).collect::<Result<_, _>>()?;
    let (mut puts, mut notes, mut said) = (Vec::new(), Vec::new(), (String::new(), String::new()));
    let _alone = gate.people.lock().await;
    let mut grounds = grounds(gate, who, now).await?;
    for ground in &mut grounds {
        let mut book = Book { gate, who, now, ground, standing: BTreeMap::new() };
        for (person, start) in &named {
            if !book.ground.people.contains(person) {
                continue;
            }
            let (put, fact) = book.sign(person, start).await?;
            let (at, key) = (book.ground.establishment.id.clone(), &fact.key);
            said.0.push_str(&format!("{person} : clé {} attestée pour {at}.\n", key.as_str()));
            said.1.push_str(&format!("{person}: key {} vouched for, for {at}.\n", key.as_str()));
            puts.push(put);
            notes.push(Note {
                establishment: at,
                at: now,
                by: Actor::Person(who.person.clone()),
                session: None,
                intervention: None,
                fact: fact.into(),
            });
        }
    }
    for (person, _) in &named {
        if grounds.iter().all(|ground| !ground.people.contains(person)) {
            return Err(NotDone::unknown(person.as_str()));
        }
    }
    gate.acts.commit(Act { puts, sessions: Vec::new(), notes, at: now, by: who.person.to_string() }).await?;
    Ok(Text::new(said.0.trim_end(), said.1.trim_end()))
}

/// `people`: those whom this person may vouch for, each key with who vouched for it.
pub(crate) async fn people(gate: &Gate, who: &Known) -> Result<Text, NotDone> {
    let now = gate.clock.now();
    let (mut fr, mut en) = (String::new(), String::new());
    for ground in grounds(gate, who, now).await? {
        let at = &ground.establishment.id;
        for person in &ground.people {
            let Some(found) = gate.store.person(person, gate.as_of(now)).await?.filter(|found| found.active)
            else {
                continue;
            };
            let credentials = gate.store.credentials(at, person, gate.as_of(now)).await?;
            for key in &found.keys {
                let (print, zone) = (&key.fingerprint.0, &ground.establishment.zone);
                let (by_fr, by_en) = match credentials.vouching(&key.fingerprint) {
                    Some(vouched) => {
                        let (by, when) = (&vouched.by, zone.show(vouched.at));
                        (format!("attestée par {by}, {when}"), format!("vouched for by {by}, {when}"))
                    }
                    None => ("à attester".to_owned(), "to be vouched for".to_owned()),
                };
                fr.push_str(&format!("{person:<16} {at:<12} {print}  {by_fr}\n"));
                en.push_str(&format!("{person:<16} {at:<12} {print}  {by_en}\n"));
            }
        }
    }
    if fr.is_empty() {
        return Ok(Text::new("Aucune clé que vous puissiez attester.", "No key that you may vouch for."));
    }
    Ok(Text::new(fr.trim_end(), en.trim_end()))
}

fn parse(pair: &str) -> Result<(PersonId, &str), NotDone> {
    let wrong = || {
        NotDone::new(
            format!(
                "« {pair} » : écrivez <personne>=SHA256:<empreinte>, au moins {PREFIX_MIN} caractères de celle que la \
                 personne vous lit (ssh-keygen -l -f sa-clé.pub)."
            ),
            format!(
                "`{pair}`: write <person>=SHA256:<fingerprint>, at least {PREFIX_MIN} characters of the one that the \
                 person reads to you (ssh-keygen -l -f their-key.pub)."
            ),
        )
    };
    let (person, print) = pair.split_once('=').ok_or_else(wrong)?;
    let length = print.strip_prefix("SHA256:").map_or(0, |rest| rest.chars().count());
    if length < PREFIX_MIN {
        return Err(wrong());
    }
    Ok((person.parse().map_err(|_| wrong())?, print))
}

/// What is signed in one establishment, one after the other: whoever founds it vouches for the others then.
struct Book<'a> {
    gate: &'a Gate,
    who: &'a Known,
    now: Timestamp,
    ground: &'a mut Ground,
    /// What this command has signed already.
    standing: BTreeMap<PersonId, Credentials>,
}

impl Book<'_> {
    async fn sign(&mut self, person: &PersonId, start: &str) -> Result<(Put, PersonVouched), NotDone> {
        let (key, found) = self.key_of(person, start).await?;
        // A provider's word is for its own people, wherever the site's file names them.
        if !self.ground.officer && matches!(found.employer, Employer::Establishment(_)) {
            return Err(NotDone::unknown(person.as_str()));
        }
        let own = *person == self.who.person;
        let founding = own && self.ground.founding && key == self.who.proof.key;
        if !founding {
            // Also for a further key of his own: whoever shows one that was vouched for is who he says.
            self.entitled().await?;
        }
        let mut credentials = self.credentials(person).await?;
        if founding && credentials.outlived_by(&self.who.proof) {
            return Err(outlived());
        }
        let enrolment = credentials.enrolment;
        let still = |vouched: &VouchedKey| {
            let known = found.keys.iter().any(|known| known.fingerprint == vouched.key);
            known && vouched.enrolment == enrolment && vouched.key != key
        };
        let fell = match credentials.vouching(&key) {
            Some(stands) => stands.fell,
            // A connection from before does not count again with it.
            None => {
                let at = &self.ground.establishment.id;
                self.gate.store.vouching_fell(at, person, &key, enrolment).await?
            }
        };
        credentials.vouched.retain(still);
        let by = self.who.person.clone();
        credentials.vouched.push(VouchedKey { key: key.clone(), enrolment, by, at: self.now, fell });
        self.ground.founding &= !founding;
        self.standing.insert(person.clone(), credentials.clone());
        let establishment = self.ground.establishment.id.clone();
        let put = Put::Vouching { establishment, person: person.clone(), keys: credentials.vouched };
        let (key, enrolment) = (key.0.into(), u64::from(enrolment));
        Ok((put, PersonVouched { person: person.clone(), key, enrolment, founding }))
    }

    /// The one key of the person that begins so.
    async fn key_of(&self, person: &PersonId, start: &str) -> Result<(Fingerprint, Person), NotDone> {
        let found =
            self.gate.store.person(person, self.gate.as_of(self.now)).await?.filter(|found| found.active);
        let found = found.ok_or_else(|| NotDone::unknown(person.as_str()))?;
        let begins = |key: &&domain::PersonKey| key.fingerprint.0.starts_with(start);
        let mut keys = found.keys.iter().filter(begins).map(|key| key.fingerprint.clone());
        match (keys.next(), keys.next()) {
            (Some(key), None) => Ok((key, found)),
            _ => Err(NotDone::new(
                format!(
                    "{person} n'a pas de clé {start}. Si la personne vous lit bien cette empreinte, la clé inscrite n'est \
                     pas la sienne : prévenez le RSSI."
                ),
                format!(
                    "{person} has no key {start}. If this is what the person reads to you, the key on file is somebody \
                     else's: tell the security officer."
                ),
            )),
        }
    }

    async fn credentials(&self, person: &PersonId) -> Result<Credentials, NotDone> {
        match self.standing.get(person) {
            Some(credentials) => Ok(credentials.clone()),
            None => {
                let at = &self.ground.establishment.id;
                Ok(self.gate.store.credentials(at, person, self.gate.as_of(self.now)).await?)
            }
        }
    }

    /// He is vouched for himself.
    async fn entitled(&self) -> Result<(), NotDone> {
        let credentials = self.credentials(&self.who.person).await?;
        if credentials.prove(&self.who.proof) {
            return Ok(());
        }
        if credentials.outlived_by(&self.who.proof) {
            return Err(outlived());
        }
        if self.ground.founding {
            let (person, key) = (&self.who.person, &self.who.proof.key.0);
            return Err(NotDone::new(
                format!(
                    "Personne ne peut encore attester : commencez par votre propre clé, celle de cette connexion : vouch {person}={key}"
                ),
                format!(
                    "Nobody can vouch yet: begin with your own key, the one of this login: vouch {person}={key}"
                ),
            ));
        }
        self.gate.vouched(self.who, &self.ground.establishment.id, self.now).await
    }
}

/// Where this person may vouch, and for whom.
async fn grounds(gate: &Gate, who: &Known, now: Timestamp) -> Result<Vec<Ground>, NotDone> {
    let mut grounds = Vec::new();
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        let mut services = Vec::new();
        for service in gate.store.services(&establishment.id, gate.as_of(now)).await? {
            services.push(gate.store.service_facts(&establishment.id, &service.id, gate.as_of(now)).await?);
        }
        let officer = is_officer(&who.person, &establishment, &services, now);
        let people = people_for(&who.person, officer, &establishment, &services, now);
        if people.is_empty() {
            continue;
        }
        let founding =
            establishment.responsable == who.person && !anybody_holds(gate, &establishment, now).await?;
        grounds.push(Ground { establishment, people, officer, founding });
    }
    Ok(grounds)
}

/// Whether this person vouches for the establishment: nobody of a provider's side does.
fn is_officer(
    who: &PersonId,
    establishment: &Establishment,
    services: &[ServiceFacts],
    now: Timestamp,
) -> bool {
    let entitled =
        establishment.may(who, Power::Vouch, None, now) || establishment.holds(who, Officer::Security, now);
    entitled && !services.iter().any(|facts| facts.of_the_provider(who))
}

/// Those for whom this person may vouch: for the establishment everybody who bears on it, for a provider its own
/// people. Empty: he has no such part here.
fn people_for(
    who: &PersonId,
    officer: bool,
    establishment: &Establishment,
    services: &[ServiceFacts],
    now: Timestamp,
) -> BTreeSet<PersonId> {
    let mut people = BTreeSet::new();
    if officer {
        people.insert(establishment.responsable.clone());
        people.extend(establishment.office_holders().cloned());
        people.extend(establishment.delegations.iter().map(|deed| deed.to.clone()));
        for facts in services {
            people.extend(facts.service.beneficiaries.iter().cloned());
            people.extend(facts.contract.requesters.people.iter().cloned());
            people.extend(facts.provider_side.iter().cloned());
        }
    }
    for facts in services.iter().filter(|facts| Deed::Vouch.is_of(who, facts, now)) {
        if facts.provider.managers.contains(who) {
            people.extend(facts.provider_side.iter().cloned());
        }
    }
    people
}

/// Whether an active person holds a key that was vouched for.
async fn anybody_holds(gate: &Gate, establishment: &Establishment, now: Timestamp) -> Result<bool, NotDone> {
    for person in gate.store.vouched_people(&establishment.id, gate.as_of(now)).await? {
        let Some(found) = gate.store.person(&person, gate.as_of(now)).await?.filter(|found| found.active)
        else {
            continue;
        };
        let credentials = gate.store.credentials(&establishment.id, &person, gate.as_of(now)).await?;
        if found.keys.iter().any(|key| credentials.hold(&key.fingerprint)) {
            return Ok(true);
        }
    }
    Ok(false)
}
