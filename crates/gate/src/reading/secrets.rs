//! Recordings that may show a provider's secrets: they are classed by their service, and whoever reads one says which of those
//! who speak for the provider was told, or why nobody was.

use domain::ServiceFacts;
use events::{Actor, ProviderSecretsRead};
use vocab::{EstablishmentId, PersonId, ProviderId, RecordingId, SessionId};

use super::REASON_MIN;
use crate::Gate;
use crate::ports::PortError;
use crate::scribe::Note;

/// A recording that somebody is about to read.
#[derive(Debug, Clone, Copy)]
pub struct Tape<'a> {
    /// Which.
    pub recording: RecordingId,
    /// The session that it records.
    pub session: SessionId,
    /// Why it is read.
    pub reason: &'a str,
    /// Who speaks for the provider, and was told.
    pub told: Option<&'a PersonId>,
    /// Why nobody was.
    pub untold: Option<&'a str>,
}

/// Why a recording is not to be shown.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// The reason says nothing.
    #[error("a reason has at least eight characters")]
    Reason,
    /// It may show this provider's secrets, and nobody who speaks for it is named as told, nor why nobody was.
    #[error("it may show secrets of `{provider}`: name who speaks for it and was told, or why nobody was")]
    Untold {
        /// Whose secrets.
        provider: ProviderId,
        /// Who speaks for it.
        managers: Vec<PersonId>,
    },
    /// It could not be written down.
    #[error(transparent)]
    Failed(#[from] PortError),
}

impl Gate {
    /// Writes down that a recording is read; what it may show decides what has to be said. The provider whose secrets it
    /// may show, if any.
    ///
    /// # Errors
    /// Whatever fails, nothing is to be shown.
    pub async fn reading_recording(
        &self,
        establishment: &EstablishmentId,
        by: Actor,
        tape: Tape<'_>,
    ) -> Result<Option<ProviderId>, NotRead> {
        if tape.reason.trim().len() < REASON_MIN {
            return Err(NotRead::Reason);
        }
        let shows = self.shows_secrets(establishment, &tape).await?;
        let said = shows.as_ref().map(|facts| said(facts, &tape)).transpose()?;
        let subject = Some(tape.recording.to_string());
        self.reading(establishment, by.clone(), "recording", subject, tape.reason).await?;
        let Some(fact) = said else { return Ok(None) };
        let (establishment, at, provider) = (establishment.clone(), self.clock.now(), fact.provider.clone());
        let note = Note {
            establishment,
            at,
            by,
            session: Some(tape.session),
            intervention: None,
            fact: fact.into(),
        };
        self.scribe.note(note).await?;
        Ok(Some(provider))
    }

    /// The service of the session, if what it shows may be the provider's secret: as it was then, or as it is now. Of a
    /// session that is not known here nothing is known.
    async fn shows_secrets(
        &self,
        establishment: &EstablishmentId,
        tape: &Tape<'_>,
    ) -> Result<Option<ServiceFacts>, PortError> {
        let known = self.store.sessions(vec![tape.session]).await?;
        let Some(then) = known.into_iter().next().filter(|then| then.row.establishment == *establishment)
        else {
            return Ok(None);
        };
        for moment in [self.as_of(self.clock.now()), then.row.opened_at] {
            match self.store.service_facts(establishment, &then.row.service, moment).await {
                Ok(facts) if facts.service.shows_provider_secrets => return Ok(Some(facts)),
                // It ended meanwhile: as it was then it is asked for too.
                Ok(_) | Err(PortError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// Who was told, or why nobody was; one of the two, and whoever was told speaks for that provider.
fn said(facts: &ServiceFacts, tape: &Tape<'_>) -> Result<ProviderSecretsRead, NotRead> {
    let (provider, managers) = (&facts.provider.id, &facts.provider.managers);
    let told = tape.told.filter(|person| managers.contains(person));
    let untold = tape.untold.filter(|why| why.trim().len() >= REASON_MIN);
    if told.is_some() == untold.is_some() || (tape.told.is_some() && told.is_none()) {
        return Err(NotRead::Untold { provider: provider.clone(), managers: managers.clone() });
    }
    Ok(ProviderSecretsRead {
        provider: provider.clone(),
        recording: tape.recording,
        told: told.cloned(),
        untold: untold.map(Into::into),
    })
}
