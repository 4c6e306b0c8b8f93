//! One intervention in the hands of one person: read, checked, changed, written back.

use domain::{Intervention, ServiceFacts, Step};
use events::{Actor, Fact};
use vocab::{EstablishmentId, InterventionId, PersonId, RuleId, ServiceId, Text, Timestamp};

use super::role::{Deed, roles_of};
use std::net::IpAddr;

use crate::acts::{Act, Through};
use crate::bearer::{Acted, ByToken};
use crate::ports::{Boxed, PortError, Put, Versioned};
use crate::scribe::Note;
use crate::{Gate, Known};

/// On what ground an act was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no such thing, or it is not his to see: one answer for both.
    Unknown,
    /// It is somebody else's part.
    NotYours,
    /// It is not done by a token, or not by this one.
    Token,
    /// Nobody vouched for the login, or it counts no more.
    Unproved,
    /// It is refused as things stand.
    Refused,
    /// The key of the request was given to another one.
    Reused,
    /// Somebody else was first.
    Busy,
    /// The gate could not do it, or does not know whether it was done.
    Unable,
    /// It was done, and its entry is not in the ledger yet.
    NotLogged,
}

/// Why an act was not done, in words for the one who tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDone {
    /// On what ground.
    pub why: Why,
    /// In words.
    pub text: Text,
}

impl NotDone {
    pub(crate) fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { why: Why::Refused, text: Text::new(fr, en) }
    }

    pub(crate) fn because(self, why: Why) -> Self {
        Self { why, ..self }
    }

    /// The rule that the refusal stands on, where its words begin with one, as `[O3] …` does.
    pub fn rule(&self) -> Option<RuleId> {
        let (code, _) = self.text.fr.strip_prefix('[')?.split_once(']')?;
        code.parse().ok()
    }

    /// The same answer for what does not exist and for what is not his.
    pub(crate) fn unknown(what: &str) -> Self {
        Self::new(
            format!("« {what} » : inconnu, ou hors de ce que vous pouvez voir."),
            format!("`{what}`: unknown, or outside what you may see."),
        )
        .because(Why::Unknown)
    }
}

impl From<PortError> for NotDone {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Conflict(_) => Self::new(
                "Quelqu'un d'autre vient d'agir sur la même chose ; relisez (`show`) et recommencez.",
                "Somebody else has just acted on the same thing; read it again (`show`) and retry.",
            )
            .because(Why::Busy),
            error @ PortError::Unproved(_) => {
                tracing::error!(%error, "An act was done without its receipt");
                Self::new(
                    "L'acte est fait, mais sa trace n'est pas encore au journal probant : ne le refaites pas. \
                     Prévenez l'équipe informatique.",
                    "The act is done, but its entry is not in the ledger yet: do not do it again. Tell the IT team.",
                )
                .because(Why::NotLogged)
            }
            error => {
                tracing::error!(%error, "An act could not be done");
                Self::new(
                    "La porte n'a pas pu écrire l'acte, ou n'a pas su qu'il l'était : relisez (`show`) avant de le \
                     refaire. Prévenez l'équipe informatique.",
                    "The gate could not write the act down, or was not told that it was: read again (`show`) before \
                     you repeat it. Tell the IT team.",
                )
                .because(Why::Unable)
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
    /// How a program does it, where one does.
    through: Option<(Box<ByToken>, IpAddr)>,
}

impl Gate {
    /// Reads an intervention for somebody who says its name. Who may not see it gets the answer for an
    /// unknown name; who may see it and not do this deed is told who may.
    pub(crate) async fn case(&self, who: &Known, name: &str, deed: Deed) -> Result<Case, NotDone> {
        let now = self.clock.now();
        let id: InterventionId = name.parse().map_err(|_| NotDone::unknown(name))?;
        let Some(Versioned { version, value }) = self.store.intervention(&id).await? else {
            return Err(NotDone::unknown(name));
        };
        let facts =
            match self.store.service_facts(&value.establishment, &value.service, self.as_of(now)).await {
                Ok(facts) => facts,
                // Its service ended: there is nobody left to act in it, and its name says nothing to anybody.
                Err(PortError::Missing(_)) => return Err(NotDone::unknown(name)),
                Err(error) => return Err(error.into()),
            };
        self.may(who, &facts, deed, now, name).await?;
        let through = who.by_token.clone().map(|by| (by, who.from));
        Ok(Case { facts, read_at: version, intervention: value, person: who.person.clone(), now, through })
    }

    /// Reads a service for somebody who says its name.
    pub(crate) async fn service(
        &self,
        who: &Known,
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
        for establishment in self.store.establishments(self.as_of(now)).await? {
            if only.is_some_and(|only| establishment.id.as_str() != only) {
                continue;
            }
            let facts = match self.store.service_facts(&establishment.id, &service, self.as_of(now)).await {
                Ok(facts) => facts,
                Err(PortError::Missing(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            if roles_of(&who.person, &facts, now).is_empty() || !who.reaches(&establishment.id) {
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
        self.may(who, &facts, deed, now, name).await?;
        Ok((facts, now))
    }

    /// Whether this person may do this deed in this service; if not, what the person is told.
    pub(crate) async fn may(
        &self,
        who: &Known,
        facts: &ServiceFacts,
        deed: Deed,
        now: Timestamp,
        name: &str,
    ) -> Result<(), NotDone> {
        if roles_of(&who.person, facts, now).is_empty() || !who.reaches(&facts.establishment.id) {
            return Err(NotDone::unknown(name));
        }
        who.scope(deed)?;
        if !deed.is_of(&who.person, facts, now) {
            return Err(not_yours(deed));
        }
        if deed.is_stop() {
            return Ok(());
        }
        self.vouched(who, &facts.establishment.id, now).await
    }

    /// Whether somebody vouched for the key of this login, towards the establishment in which it acts.
    pub(crate) async fn vouched(
        &self,
        who: &Known,
        establishment: &EstablishmentId,
        now: Timestamp,
    ) -> Result<(), NotDone> {
        let credentials = self.store.credentials(establishment, &who.person, self.as_of(now)).await?;
        if credentials.prove(&who.proof) {
            return Ok(());
        }
        if credentials.outlived_by(&who.proof) {
            return Err(outlived());
        }
        let (person, key) = (&who.person, &who.proof.key.0);
        Err(NotDone::new(
            format!(
                "Personne n'a encore attesté pour {establishment} que cette clé et ce second facteur sont les vôtres. \
                 Lisez l'empreinte de votre clé au téléphone au responsable du SIS ou au RSSI, qui l'atteste :\n  \
                 vouch {person}={key}"
            ),
            format!(
                "Nobody has vouched yet, for {establishment}, that this key and second factor are yours. Read your \
                 key's fingerprint over the telephone to the responsable du SIS or the security officer, who \
                 vouches:\n  vouch {person}={key}"
            ),
        )
        .because(Why::Unproved))
    }
}

/// The login is older than the second factor or the vouching that counts now.
pub(crate) fn outlived() -> NotDone {
    NotDone::new(
        "Votre second facteur, ou ce qui attestait votre clé, a été remplacé depuis cette connexion : reconnectez-vous.",
        "Your second factor, or who vouched for your key, was replaced since this login: log in again.",
    )
    .because(Why::Unproved)
}

pub(crate) fn not_yours(deed: Deed) -> NotDone {
    let who = || deed.roles().iter().map(|role| role.text());
    let (fr, en): (Vec<_>, Vec<_>) =
        (who().map(|text| to_fr(&text.fr)).collect(), who().map(|text| text.en).collect());
    NotDone::new(
        format!("Cet acte ne vous revient pas : il revient {}.", fr.join(" ou ")),
        format!("This act is not yours: it belongs to {}.", en.join(" or ")),
    )
    .because(Why::NotYours)
}

/// To somebody: « au RSSI », « à un auditeur ».
fn to_fr(role: &str) -> String {
    role.strip_prefix("le ").map_or_else(|| format!("à {role}"), |name| format!("au {name}"))
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
        Ok(self.try_write(gate, fact).await?)
    }

    /// The same, for whoever tries again when somebody else was first.
    pub(crate) async fn try_write(
        self,
        gate: &Gate,
        fact: impl Into<Fact>,
    ) -> Result<Intervention, PortError> {
        self.write_with(gate, fact, Vec::new()).await
    }

    /// The same, with what else the act changes.
    pub(crate) async fn write_with(
        self,
        gate: &Gate,
        fact: impl Into<Fact>,
        also: Vec<(Put, Fact)>,
    ) -> Result<Intervention, PortError> {
        self.write_said(gate, fact, also, None).await
    }

    /// Writes it back and says so; by a token, what is said is kept with it.
    pub(crate) async fn write_acted(
        self,
        gate: &Gate,
        fact: impl Into<Fact>,
        said: Text,
    ) -> Result<Acted, NotDone> {
        let (id, state) = (self.intervention.id.clone(), self.intervention.state);
        let acted = Acted { intervention: id, state, said };
        self.write_said(gate, fact, Vec::new(), Some(&acted)).await?;
        Ok(acted)
    }

    /// On the heap: whoever waits for it keeps its own stack.
    fn write_said<'a>(
        self,
        gate: &'a Gate,
        fact: impl Into<Fact>,
        also: Vec<(Put, Fact)>,
        acted: Option<&Acted>,
    ) -> Boxed<'a, Result<Intervention, PortError>> {
        let prepared = self.prepare(fact.into(), also, acted);
        Box::pin(async move {
            let (act, through, kept) = prepared?;
            gate.acts.commit_through(act, through).await?;
            Ok(kept)
        })
    }

    fn prepare(
        self,
        fact: Fact,
        also: Vec<(Put, Fact)>,
        acted: Option<&Acted>,
    ) -> Result<(Act, Option<Through>, Intervention), PortError> {
        let through = self.through.clone().map(|(by, from)| by.through(from, acted)).transpose()?;
        let mut notes = vec![self.note(fact)];
        notes.extend(also.iter().map(|(_, fact)| self.note(fact.clone())));
        let kept = self.intervention.clone();
        let own = Put::Intervention { read_at: self.read_at, value: self.intervention };
        let act = Act {
            puts: std::iter::once(own).chain(also.into_iter().map(|(put, _)| put)).collect(),
            sessions: Vec::new(),
            notes,
            at: self.now,
            by: self.person.to_string(),
        };
        Ok((act, through, kept))
    }
}

/// A state in both languages.
pub(crate) fn state(state: domain::State) -> Text {
    Text::new(state_fr(state), state.as_str())
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
