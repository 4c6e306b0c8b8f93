//! One intervention in the hands of one person: read, checked, changed, written back.

use domain::{Intervention, ServiceFacts, Step};
use events::{Actor, Fact};
use vocab::{EstablishmentId, InterventionId, PersonId, ServiceId, Text, Timestamp};

use super::role::{Deed, Role, roles_of};
use crate::Gate;
use crate::acts::Act;
use crate::ports::{PortError, Put, Versioned};
use crate::scribe::Note;

/// Why an act was not done, in words for the one who tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotDone(pub(crate) Text);

impl NotDone {
    pub(crate) fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self(Text::new(fr, en))
    }

    /// The same answer for what does not exist and for what is not his.
    pub(crate) fn unknown(what: &str) -> Self {
        Self::new(
            format!("« {what} » : inconnu, ou hors de ce que vous pouvez voir."),
            format!("`{what}`: unknown, or outside what you may see."),
        )
    }
}

impl From<PortError> for NotDone {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Conflict(_) => Self::new(
                "Quelqu'un d'autre vient d'agir sur la même chose ; relisez (`show`) et recommencez.",
                "Somebody else has just acted on the same thing; read it again (`show`) and retry.",
            ),
            error => {
                tracing::error!(%error, "An act could not be done");
                Self::new(
                    "La porte n'a pas pu écrire l'acte ; rien n'est changé. Prévenez l'équipe informatique.",
                    "The gate could not write the act down; nothing is changed. Tell the IT team.",
                )
            }
        }
    }
}

/// One intervention as it stands, with the service around it.
pub(crate) struct Case {
    pub(crate) facts: ServiceFacts,
    pub(crate) read_at: u64,
    pub(crate) intervention: Intervention,
    pub(crate) person: PersonId,
    pub(crate) now: Timestamp,
}

impl Gate {
    /// Reads an intervention for somebody who says its name. Who may not see it gets the answer for an
    /// unknown name; who may see it and not do this deed is told who may.
    pub(crate) async fn case(&self, person: &PersonId, name: &str, deed: Deed) -> Result<Case, NotDone> {
        let now = self.clock.now();
        let id: InterventionId = name.parse().map_err(|_| NotDone::unknown(name))?;
        let Some(Versioned { version, value }) = self.store.intervention(&id).await? else {
            return Err(NotDone::unknown(name));
        };
        let facts = self.store.service_facts(&value.establishment, &value.service, now).await?;
        may(person, &facts, deed, now, name)?;
        Ok(Case { facts, read_at: version, intervention: value, person: person.clone(), now })
    }

    /// Reads a service for somebody who says its name.
    pub(crate) async fn service(
        &self,
        person: &PersonId,
        name: &str,
        deed: Deed,
    ) -> Result<(ServiceFacts, Timestamp), NotDone> {
        let now = self.clock.now();
        let (service, only) = match name.split_once('@') {
            Some((service, establishment)) => (service, Some(establishment)),
            None => (name, None),
        };
        let service: ServiceId = service.parse().map_err(|_| NotDone::unknown(name))?;
        let mut found = None;
        for establishment in self.store.establishments(now).await? {
            if only.is_some_and(|only| establishment.id.as_str() != only) {
                continue;
            }
            let facts = match self.store.service_facts(&establishment.id, &service, now).await {
                Ok(facts) => facts,
                Err(PortError::Missing(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            if roles_of(person, &facts, now).is_empty() {
                continue;
            }
            if found.is_some() {
                return Err(NotDone::new(
                    format!(
                        "« {name} » existe dans plusieurs établissements : écrivez {name}@<établissement>."
                    ),
                    format!("`{name}` exists in several establishments: write {name}@<establishment>."),
                ));
            }
            found = Some(facts);
        }
        let facts = found.ok_or_else(|| NotDone::unknown(name))?;
        may(person, &facts, deed, now, name)?;
        Ok((facts, now))
    }
}

fn may(
    person: &PersonId,
    facts: &ServiceFacts,
    deed: Deed,
    now: Timestamp,
    name: &str,
) -> Result<(), NotDone> {
    let roles = roles_of(person, facts, now);
    if roles.is_empty() {
        return Err(NotDone::unknown(name));
    }
    // Whoever is of the provider's side never speaks for the establishment, whatever office he was given.
    let provider_side = roles.iter().any(|role| matches!(role, Role::Technician | Role::Manager));
    let for_establishment = !deed.roles().iter().any(|role| matches!(role, Role::Technician | Role::Manager));
    let barred = provider_side && for_establishment;
    if !barred && roles.iter().any(|role| deed.roles().contains(role)) {
        return Ok(());
    }
    let who: Vec<Text> = deed.roles().iter().map(|role| role.text()).collect();
    let list = |pick: fn(&Text) -> &str, or: &str| who.iter().map(pick).collect::<Vec<_>>().join(or);
    Err(NotDone::new(
        format!("Cet acte ne vous revient pas : il revient à {}.", list(|text| &text.fr, " ou à ")),
        format!("This act is not yours: it belongs to {}.", list(|text| &text.en, " or ")),
    ))
}

impl Case {
    /// Takes a step in the intervention's life, or says why it cannot be taken.
    pub(crate) fn step(&mut self, step: Step) -> Result<(), NotDone> {
        self.intervention.state = self.intervention.state.after(step).map_err(|illegal| {
            NotDone::new(
                format!(
                    "L'intervention est « {} » : cet acte n'est pas possible maintenant.",
                    state_fr(illegal.from)
                ),
                format!("The intervention is `{}`: this act is not possible now.", illegal.from.as_str()),
            )
        })?;
        Ok(())
    }

    /// A note about this intervention by this person.
    pub(crate) fn note(&self, fact: impl Into<Fact>) -> Note {
        Note {
            establishment: self.establishment().clone(),
            at: self.now,
            by: Actor::Person(self.person.clone()),
            session: None,
            intervention: Some(self.intervention.id.clone()),
            fact: fact.into(),
        }
    }

    pub(crate) fn establishment(&self) -> &EstablishmentId {
        &self.intervention.establishment
    }

    /// Writes the intervention back with its event: both, or nothing.
    pub(crate) async fn write(self, gate: &Gate, fact: impl Into<Fact>) -> Result<Intervention, NotDone> {
        let notes = vec![self.note(fact)];
        let kept = self.intervention.clone();
        let act = Act {
            puts: vec![Put::Intervention { read_at: self.read_at, value: self.intervention }],
            sessions: Vec::new(),
            notes,
            at: self.now,
            by: self.person.to_string(),
        };
        gate.acts.commit(act).await?;
        Ok(kept)
    }
}

/// The states, in the words of the interface.
pub(crate) fn state_fr(state: domain::State) -> &'static str {
    use domain::State;
    match state {
        State::Requested => "demandée",
        State::Approved => "approuvée",
        State::Open => "ouverte",
        State::Suspended => "suspendue",
        State::Closing => "clôture proposée",
        State::Closed => "close",
        State::Refused => "refusée",
        State::Withdrawn => "retirée",
    }
}
