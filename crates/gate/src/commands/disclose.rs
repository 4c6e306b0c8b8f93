//! A repair on the spot needs the password that nobody knows: one person asks for it, another grants it, it is shown
//! once to the one who asked, and changes afterwards (T9).
//!
//! ```text
//! asked ─▶ granted by another ─▶ shown (logged before) ─▶ given back, or 4 h later: another secret
//! ```

use std::time::Duration;

use domain::{Disclosure, DueGround, Equipment, SecretKind, ServiceFacts};
use events::{Actor, DisclosureAsked, DisclosureGranted, Fact, SecretDisclosed};
use vocab::{EquipmentId, EstablishmentId, Text, Timestamp};

use super::case::{NotDone, not_yours};
use super::role::Deed;
use crate::acts::Act;
use crate::logged::Disclosed;
use crate::ports::{PortError, Put};
use crate::rotation::{self, DISCLOSED_FOR};
use crate::scribe::Note;
use crate::{Gate, Known, Logged};

type Done = Result<Text, NotDone>;

/// An asking, and what was granted of it, hold this long: somebody walks to the machine.
const HOLDS_FOR: Duration = Duration::from_secs(3600);

/// An equipment that somebody names, with a service in which he may do this deed.
pub(crate) struct Place {
    pub(crate) facts: ServiceFacts,
    pub(crate) now: Timestamp,
    equipment: Equipment,
}

impl Place {
    /// The one name that says which equipment this is, whoever reads it.
    pub(crate) fn name(&self) -> String {
        self.equipment.full_name()
    }

    fn whose(&self) -> (EstablishmentId, EquipmentId) {
        (self.equipment.establishment.clone(), self.equipment.id.clone())
    }

    fn note(&self, who: &Known, fact: impl Into<Fact>) -> Note {
        let (establishment, by) = (self.equipment.establishment.clone(), Actor::Person(who.person.clone()));
        Note { establishment, at: self.now, by, session: None, intervention: None, fact: fact.into() }
    }

    async fn write(
        &self,
        gate: &Gate,
        who: &Known,
        puts: Vec<Put>,
        facts: Vec<Fact>,
    ) -> Result<(), PortError> {
        let notes = facts.into_iter().map(|fact| self.note(who, fact)).collect();
        let by = who.person.to_string();
        gate.acts.commit(Act { puts, sessions: Vec::new(), notes, at: self.now, by }).await.map(|_| ())
    }

    fn put(&self, value: Disclosure) -> Put {
        let (establishment, equipment) = self.whose();
        Put::Disclosure { establishment, equipment, value }
    }

    /// What is asked for and not too old; with what was granted of it.
    async fn asked(&self, gate: &Gate) -> Result<Option<Disclosure>, PortError> {
        let (establishment, equipment) = self.whose();
        let asked = gate.store.disclosure(&establishment, &equipment, gate.as_of(self.now)).await?;
        Ok(asked.filter(|one| self.now.since(one.asked_at) < HOLDS_FOR && one.asked_at <= self.now))
    }
}

/// The equipment of this name (`scanner`, or `scanner.nord`) in a service where he may do this.
pub(crate) async fn place(gate: &Gate, who: &Known, name: &str, deed: Deed) -> Result<Place, NotDone> {
    let now = gate.clock.now();
    let (short, owner) = name.rsplit_once('.').map_or((name, None), |(short, owner)| (short, Some(owner)));
    let mut refused = NotDone::unknown(name);
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        if owner.is_some_and(|owner| establishment.id.as_str() != owner) {
            continue;
        }
        // Whoever is of the provider's side in one service of the equipment is so for the equipment.
        let (mut found, mut barred) = (None, false);
        for service in gate.store.services(&establishment.id, gate.as_of(now)).await? {
            let facts = gate.store.service_facts(&establishment.id, &service.id, gate.as_of(now)).await?;
            let Some(equipment) = facts.equipment.iter().find(|one| one.id.as_str() == short).cloned() else {
                continue;
            };
            barred |= facts.of_the_provider(&who.person);
            match gate.may(who, &facts, deed, now, name).await {
                Ok(()) => drop(found.get_or_insert(Place { facts, now, equipment })),
                Err(why) => refused = why,
            }
        }
        match found {
            Some(_) if barred => refused = not_yours(deed),
            Some(place) => return Ok(place),
            None => {}
        }
    }
    Err(refused)
}

/// `disclose <equipment> "reason"`.
pub(crate) async fn ask(gate: &Gate, who: &Known, name: &str, reason: &str) -> Done {
    let place = place(gate, who, name, Deed::AskDisclosure).await?;
    let password = |one: &domain::ReservedAccount| one.secret == SecretKind::Password;
    if !place.equipment.account.as_ref().is_some_and(password) {
        return Err(NotDone::new(
            format!("[T9] Le compte réservé de {name} n'a pas de mot de passe : rien n'ouvre sa console."),
            format!("[T9] The reserved account of {name} has no password: nothing opens its console."),
        ));
    }
    let (establishment, equipment) = place.whose();
    let before = gate.store.disclosure(&establishment, &equipment, gate.as_of(place.now)).await?;
    let value = Disclosure {
        asked_by: who.person.clone(),
        asked_at: place.now,
        reason: reason.to_owned(),
        granted: None,
        shown_at: None,
        shown_before: before.and_then(|one| one.last_shown()),
    };
    let fact = DisclosureAsked { equipment: place.equipment.id.clone(), reason: reason.into() };
    place.write(gate, who, vec![place.put(value)], vec![fact.into()]).await?;
    let asker = &who.person;
    Ok(Text::new(
        format!(
            "Secret de {name} demandé. Une autre personne l'accorde dans l'heure (responsable, délégué, RSSI) :\n  \
             grant-secret {name} {asker}\nPuis : reveal {name}"
        ),
        format!(
            "Secret of {name} asked for. Somebody else grants it within the hour (responsable, delegate, security \
             officer):\n  grant-secret {name} {asker}\nThen: reveal {name}"
        ),
    ))
}

/// `grant-secret <equipment> <asker>`.
pub(crate) async fn grant(gate: &Gate, who: &Known, name: &str, asker: &str) -> Done {
    let place = place(gate, who, name, Deed::GrantDisclosure).await?;
    let Some(asked) = place.asked(gate).await?.filter(|one| one.asked_by.as_str() == asker) else {
        return Err(NotDone::new(
            format!("[T9] {asker} ne demande pas le secret de {name}, ou plus depuis une heure."),
            format!("[T9] {asker} does not ask for the secret of {name}, or not within the last hour."),
        ));
    };
    // Nor does he bring the grant that somebody gave by voice: nobody else would have been at the door.
    if asked.asked_by == who.person || who.relayed_by.as_ref() == Some(&asked.asked_by) {
        return Err(NotDone::new(
            "[T9] Qui demande un secret ne se l'accorde pas, et ne relaie pas l'accord d'un autre.",
            "[T9] Whoever asks for a secret does not grant it to himself, nor relays that another does.",
        ));
    }
    let fact = DisclosureGranted { equipment: place.equipment.id.clone(), to: asked.asked_by.clone() };
    let reason = asked.reason.clone();
    let value = Disclosure { granted: Some((who.person.clone(), place.now)), ..asked };
    place.write(gate, who, vec![place.put(value)], vec![fact.into()]).await?;
    Ok(Text::new(
        format!(
            "Secret de {name} accordé à {asker} (« {reason} ») ; montré une fois, puis renouvelé : reveal {name}"
        ),
        format!(
            "Secret of {name} granted to {asker} (\"{reason}\"); shown once, then changed: reveal {name}"
        ),
    ))
}

/// `reveal <equipment>`: written down, made due, then shown.
pub(crate) async fn reveal(gate: &Gate, who: &Known, name: &str) -> Done {
    let whose = place(gate, who, name, Deed::AskDisclosure).await?.whose();
    // What is being changed is shown when it is done; and nothing is begun to be changed while it is shown.
    gate.rotations.free(&whose).await;
    let _openings = gate.openings.lock().await;
    if gate.rotations.is_turning(&whose) {
        return Err(NotDone::new(
            format!("[T9] Le secret de {name} est en cours de renouvellement : réessayez dans une minute."),
            format!("[T9] The secret of {name} is just being changed: try again in a minute."),
        ));
    }
    let place = place(gate, who, name, Deed::AskDisclosure).await?;
    let asked = place.asked(gate).await?.filter(|one| one.asked_by == who.person && one.shown_at.is_none());
    let Some(asked) = asked.filter(|one| one.granted.is_some()) else {
        return Err(NotDone::new(
            format!(
                "[T9] Rien ne vous est accordé pour {name}, ou cela a été montré : disclose {name} \"raison\"."
            ),
            format!(
                "[T9] Nothing is granted to you for {name}, or it was shown: disclose {name} \"reason\"."
            ),
        ));
    };
    let Some(login) = place.equipment.account.as_ref().map(|account| account.login.clone()) else {
        return Err(NotDone::unknown(name));
    };
    let until = place.now.after(DISCLOSED_FOR);
    let mut puts = vec![place.put(Disclosure { shown_at: Some(place.now), ..asked })];
    let shown =
        SecretDisclosed { equipment: place.equipment.id.clone(), login: login.as_str().into(), until };
    let mut notes = vec![place.note(who, shown)];
    if let Some((put, fact)) = rotation::made_due(&place.equipment, until, DueGround::Disclosed) {
        puts.push(put);
        notes.push(place.note(who, fact));
    }
    let (by, at) = (who.person.to_string(), place.now);
    let receipts = gate.acts.commit(Act { puts, sessions: Vec::new(), notes, at, by }).await?;
    gate.rotations.add(place.whose(), until);
    let receipt =
        receipts.first().copied().ok_or_else(|| PortError::Failed("no receipt was given".into()))?;
    let (establishment, equipment) = place.whose();
    let disclosed = Logged::new(Disclosed { establishment, equipment, login: login.clone() }, receipt);
    let secrets = gate.vault.disclose(&disclosed).await?;
    let lines: String = secrets
        .iter()
        .map(|one| format!("\n  {login}   {}", String::from_utf8_lossy(one.expose())))
        .collect();
    let hours = DISCLOSED_FOR.as_secs() / 3600;
    Ok(Text::new(
        format!(
            "Secret de {name}, montré une fois :{lines}\nDès que la réparation est finie : returned {name}. Sans cela il \
             est à renouveler dans {hours} h."
        ),
        format!(
            "Secret of {name}, shown once:{lines}\nAs soon as the repair is done: returned {name}. Without that it is to \
             be changed in {hours} h."
        ),
    ))
}

/// `returned <equipment>`: it is needed no more, and changes now.
pub(crate) async fn returned(gate: &Gate, who: &Known, name: &str) -> Done {
    let place = place(gate, who, name, Deed::AskDisclosure).await?;
    let (establishment, equipment) = place.whose();
    let shown = gate.store.disclosure(&establishment, &equipment, gate.as_of(place.now)).await?;
    if shown.is_none_or(|one| one.last_shown().is_none()) {
        return Err(NotDone::new(
            format!("[T9] Le secret de {name} n'a été montré à personne."),
            format!("[T9] The secret of {name} was shown to nobody."),
        ));
    }
    // That it was shown is forgotten when it has changed, not before.
    if let Some((put, fact)) = rotation::made_due(&place.equipment, place.now, DueGround::Disclosed) {
        place.write(gate, who, vec![put], vec![fact.into()]).await?;
    }
    gate.rotations.add((establishment, equipment), place.now);
    Ok(if place.equipment.account.as_ref().is_some_and(domain::ReservedAccount::rotates) {
        Text::new(
            format!("Merci : la porte renouvelle le secret de {name}."),
            format!("Thank you: the gate changes the secret of {name}."),
        )
    } else {
        Text::new(
            format!("Merci : l'équipe informatique renouvelle le secret de {name} (poterne account)."),
            format!("Thank you: the IT team changes the secret of {name} (poterne account)."),
        )
    })
}
