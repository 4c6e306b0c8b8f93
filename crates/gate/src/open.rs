//! The opening of a session: decide, write down, then lend and dial.

use std::sync::Arc;

use domain::{Attempt, Facts, SecondFactor, TraceStore};
use events::{Actor, Fact, Lifted, SecretLent, SessionOpened, SessionRefused};
use policy::{Permit, Refusal};
use recording::Header;
use vocab::{Ending, Lang, PersonId, RecordingId, SessionId, Text, Timestamp};

use crate::acts::Act;
use crate::commands::plain;
use crate::digest::digest;
use crate::live::{Birth, Live};
use crate::ports::{
    Lent, PortError, Put, Receipt, Recorder, RecordingKey, SessionChange, SessionRow, Versioned,
};
use crate::scribe::Note;
use crate::{Gate, Grant, Known, Logged};

/// Sessions that one person may have at once in any case; above it, half of all places: whoever takes them all shuts
/// nobody else out.
const ONES_SHARE: usize = 16;
/// Tries to write an opening whose intervention somebody else changed in the same moment.
const TRIES: u32 = 5;

/// A session that may begin: nothing was dialled yet.
pub struct Opening {
    /// Where to dial, and under which terms.
    pub permit: Logged<Grant>,
    /// The equipment's secret.
    pub lent: Lent,
    /// The session.
    pub live: Arc<Live>,
}

/// A session that may not begin, in words for the technician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What happened, each condition with its rule, its remedy and who can mend it.
    pub text: String,
}

/// Why an opening went no further.
enum Stop {
    /// The decision was no.
    Refused(Box<Refusal>, Box<Facts>),
    /// The gate could not do its part.
    Unable(PortError),
    /// The vault did not lend the equipment's secret.
    Unlent(PortError),
    /// The equipment's secret is being changed.
    Turning,
}

impl From<PortError> for Stop {
    fn from(error: PortError) -> Self {
        Self::Unable(error)
    }
}

impl Gate {
    /// Opens a session for a person who has just proved who he is, or says everything that is missing.
    ///
    /// It runs to its end even when the caller goes away.
    pub async fn open(self: &Arc<Self>, known: Known, attempt: Attempt) -> Result<Opening, Refused> {
        let (gate, lang) = (Arc::clone(self), known.lang);
        let opened = tokio::spawn(async move { gate.try_open(&known, attempt).await }).await;
        opened.unwrap_or_else(|_| Err(unable(lang)))
    }

    async fn try_open(self: &Arc<Self>, known: &Known, attempt: Attempt) -> Result<Opening, Refused> {
        if known.person != attempt.person || known.proof != attempt.login {
            return Err(unable(known.lang));
        }
        for _ in 0..TRIES {
            match self.open_once(known, &attempt).await {
                Ok(opening) => return Ok(opening),
                Err(Stop::Refused(refusal, facts)) => {
                    return Err(self.refused(known, &attempt, &refusal, &facts).await);
                }
                Err(Stop::Unable(PortError::Conflict(why))) => {
                    tracing::info!(%why, "An opening is tried again")
                }
                Err(Stop::Unable(error)) => {
                    tracing::error!(%error, "A session could not be opened");
                    return Err(unable(known.lang));
                }
                Err(Stop::Turning) => return Err(turning(known.lang)),
                Err(Stop::Unlent(error)) => {
                    tracing::error!(%error, "The vault did not lend a secret");
                    return Err(unlent(known.lang));
                }
            }
        }
        tracing::error!(
            tries = TRIES,
            "A session could not be opened: others changed its intervention each time"
        );
        Err(unable(known.lang))
    }

    async fn open_once(self: &Arc<Self>, known: &Known, attempt: &Attempt) -> Result<Opening, Stop> {
        let now = self.clock.now();
        let facts = self.facts(attempt, now).await?;
        let permit = policy::decide(attempt, &facts, now)
            .map_err(|refusal| Stop::Refused(Box::new(refusal), Box::new(facts.clone())))?;
        self.assess_before(&(permit.establishment().clone(), permit.service().clone())).await;
        let whose = (permit.establishment().clone(), permit.equipment().clone());
        // Its secret is being changed: it is a matter of seconds.
        self.rotations.free(&whose).await;
        if self.rotations.is_turning(&whose) {
            return Err(Stop::Turning);
        }
        let (session, recording) =
            (SessionId::from_bytes(self.draw()?), RecordingId::from_bytes(self.draw()?));
        // The container exists, with the space to close it, before the session is written down: a session
        // without its recording cannot be.
        let recorder = self.create_recording(&permit, session, recording, now).await?;
        let row = SessionRow {
            session,
            recording,
            boot: self.boot,
            establishment: permit.establishment().clone(),
            person: attempt.person.clone(),
            service: permit.service().clone(),
            equipment: permit.equipment().clone(),
            intervention: permit.intervention().clone(),
            opened_at: now,
        };
        let live = Arc::new(Live::new(Birth {
            id: session,
            recording,
            permit: permit.clone(),
            attempt: attempt.clone(),
            lang: known.lang,
            actions: permitted(&facts, &permit),
            opened_at: now,
            recorder: Arc::clone(&recorder),
            scribe: self.scribe.clone(),
            quarantine: self.quarantine.clone(),
            clock: Arc::clone(&self.clock),
            hour: self.hours.of(&attempt.person, permit.intervention(), now),
        }));
        // From here on it can be cut and stopped, although nothing was dialled yet.
        self.sessions.add(Arc::clone(&live));
        let receipt = match self.write_opening(attempt, &facts, &permit, row, now).await {
            Ok(receipt) => receipt,
            Err(error) => {
                self.never_was(&live, &error).await;
                return Err(error.into());
            }
        };
        live.is_opened(true);
        // The facts that changed while it was written: a suspension in between closes it here.
        self.recheck(&live).await;
        let permit = Logged::new(Grant::Session(permit), receipt);
        match self.lend(&live, &permit).await {
            Ok(lent) => Ok(Opening { permit, lent, live }),
            Err(error) => {
                self.close(&live, Ending::EquipmentUnreachable, Some("the secret was not lent".into())).await;
                Err(Stop::Unlent(error))
            }
        }
    }

    /// The opening could not be written. Where it surely is not in the database, nothing of it stays; where it
    /// may be, its container stays too, and the next start finds both.
    async fn never_was(self: &Arc<Self>, live: &Arc<Live>, error: &PortError) {
        if matches!(error, PortError::Unproved(_)) {
            // It is open in the database: it ends there too.
            live.is_opened(true);
            return self.close(live, Ending::StoreLost, None).await;
        }
        live.is_opened(false);
        self.sessions.remove(live.id);
        live.recorder.release().await;
        if matches!(error, PortError::Failed(_)) {
            return;
        }
        if let Err(error) = self.recordings.discard(live.permit.establishment(), live.recording).await {
            tracing::error!(%error, "An unused container could not be removed");
        }
    }

    /// Writes down that the secret is lent, then lends it: to a session that nobody has ended meanwhile.
    async fn lend(&self, live: &Arc<Live>, permit: &Logged<Grant>) -> Result<Lent, PortError> {
        let ended = || PortError::Failed("the session was ended before it began".into());
        if live.ending().is_some() {
            return Err(ended());
        }
        let lent = SecretLent {
            equipment: live.permit.equipment().clone(),
            login: live.permit.login().into(),
            permit: permit.receipt().index,
        };
        self.scribe.note(live.note(Actor::Person(live.attempt.person.clone()), lent)).await?;
        // Writing takes its time.
        if live.ending().is_some() {
            return Err(ended());
        }
        self.vault.lend(permit, self.clock.now()).await
    }

    /// One consistent snapshot, with what the gate knows of itself.
    pub(crate) async fn facts(&self, attempt: &Attempt, now: Timestamp) -> Result<Facts, PortError> {
        let mut facts = self.store.facts_for(attempt, self.as_of(now)).await?;
        let state = self.trace_store(&attempt.person);
        for service in &mut facts.services {
            service.trace_store = state.clone();
            service.scanning = self.quarantine.scanner.is_there();
        }
        facts.trace_store = state;
        Ok(facts)
    }

    fn trace_store(&self, person: &PersonId) -> TraceStore {
        let ledgers = self.journals.all().into_iter().map(|(_, journal)| journal.health());
        let problem = ledgers.filter_map(Result::err).next();
        if let Some(why) = &problem {
            tracing::error!(%why, "A ledger takes no entries");
        }
        let recordings = self.recordings.health();
        if let Err(why) = &recordings {
            tracing::error!(%why, "No recording can be opened");
        }
        TraceStore {
            ledger_writable: problem.is_none(),
            recordings_writable: recordings.is_ok(),
            capacity_left: self.sessions.count() < self.sessions_max
                && self.sessions.of(person) < (self.sessions_max / 2).max(ONES_SHARE),
            refuge: self.refuge,
        }
    }

    async fn create_recording(
        &self,
        permit: &Permit,
        session: SessionId,
        recording: RecordingId,
        now: Timestamp,
    ) -> Result<Arc<dyn Recorder>, PortError> {
        let RecordingKey { key, recipients } = self.vault.recording_key(permit.establishment())?;
        let header = Header {
            recording,
            session,
            boot: self.boot,
            establishment: permit.establishment().clone(),
            gate: self.name.clone(),
            started_at: now,
            recipients,
        };
        self.recordings.create(header, key).await
    }

    /// State, opening and lending in one transaction; durable before anything is dialled.
    async fn write_opening(
        &self,
        attempt: &Attempt,
        facts: &Facts,
        permit: &Permit,
        row: SessionRow,
        now: Timestamp,
    ) -> Result<Receipt, PortError> {
        let _one_at_a_time = self.openings.lock().await;
        if self.rotations.is_turning(&(permit.establishment().clone(), permit.equipment().clone())) {
            return Err(PortError::Conflict("the equipment's secret is being changed".to_owned()));
        }
        let Some(Versioned { version, mut value }) = self.store.intervention(permit.intervention()).await?
        else {
            return Err(PortError::Missing(format!("intervention `{}`", permit.intervention())));
        };
        value.state =
            value.state.after(domain::Step::OpenSession).map_err(|e| PortError::Conflict(e.to_string()))?;
        value.sessions = value.sessions.saturating_add(1);
        let note = |fact: Fact| Note {
            establishment: permit.establishment().clone(),
            at: now,
            by: Actor::Person(attempt.person.clone()),
            session: Some(row.session),
            intervention: Some(permit.intervention().clone()),
            fact,
        };
        let opened = note(opened_fact(attempt, facts, permit, row.recording).into());
        let act = Act {
            puts: vec![Put::Intervention { read_at: version, value }],
            sessions: vec![SessionChange::Opened(row.clone())],
            notes: vec![opened],
            at: now,
            by: attempt.person.to_string(),
        };
        let receipts = self.acts.commit(act).await?;
        let receipt =
            receipts.first().copied().ok_or_else(|| PortError::Failed("no receipt was given".into()))?;
        Ok(receipt)
    }

    async fn refused(&self, known: &Known, attempt: &Attempt, refusal: &Refusal, facts: &Facts) -> Refused {
        let fact = SessionRefused {
            person: attempt.person.clone(),
            person_known: facts.person.is_some(),
            equipment: attempt.target.equipment.clone(),
            target_known: facts.target_known,
            access: attempt.access,
            service: refusal.service().cloned(),
            from: attempt.from,
            key: attempt.login.key.0.as_str().into(),
            codes: refusal.codes(),
            facts: digest(facts),
        };
        let establishment =
            facts.services.first().map_or(&self.home, |service| &service.establishment.id).clone();
        let note = Note {
            establishment,
            at: self.clock.now(),
            by: Actor::Person(attempt.person.clone()),
            session: None,
            intervention: attempt.target.intervention.clone(),
            fact: fact.into(),
        };
        // A refusal is written down before it is said; if it cannot be, it is a refusal all the same.
        if let Err(error) = self.scribe.note(note).await {
            tracing::error!(%error, "A refusal could not be written down");
        }
        Refused { text: refusal.render(known.lang) }
    }

    pub(crate) fn draw(&self) -> Result<[u8; 16], PortError> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// What the technician is shown of the service that he works in: the actions that are permitted, and until when (C7).
fn permitted(facts: &Facts, permit: &Permit) -> Option<Text> {
    let ours = |one: &&domain::ServiceFacts| {
        one.service.id == *permit.service() && one.establishment.id == *permit.establishment()
    };
    let facts = facts.services.iter().find(ours).filter(|one| !one.service.actions.is_empty())?;
    let list = facts.service.actions.iter().map(|action| plain(action)).collect::<Vec<_>>().join(" ; ");
    let (id, until) = (permit.intervention(), facts.establishment.zone.show(permit.terms().ends_at));
    Some(Text::new(
        format!("Poterne : intervention {id}, jusqu'au {until}. Actions permises : {list}"),
        format!("Poterne: intervention {id}, until {until}. Permitted actions: {list}"),
    ))
}

fn opened_fact(attempt: &Attempt, facts: &Facts, permit: &Permit, recording: RecordingId) -> SessionOpened {
    let terms = permit.terms();
    let employer =
        facts.person.as_ref().map_or_else(|| permit.provider().clone(), |staff| staff.employer.id.clone());
    SessionOpened {
        recording,
        person: attempt.person.clone(),
        employer,
        provider: permit.provider().clone(),
        contract: permit.contract().clone(),
        service: permit.service().clone(),
        kind: permit.kind(),
        level: u64::from(u8::from(permit.level())),
        equipment: permit.equipment().clone(),
        address: permit.address(),
        from: attempt.from,
        key: attempt.login.key.0.as_str().into(),
        second: attempt.login.second.map_or("", SecondFactor::as_str).into(),
        ends_at: terms.ends_at,
        idle_secs: terms.idle.as_secs(),
        extension_secs: terms.extension.map(|span| span.as_secs()),
        rights: terms.rights,
        record_typed: terms.record_typed,
        may_take_out: terms.may_take_out,
        lifted: permit.lifted().iter().map(lifted_fact).collect(),
        facts: digest(facts),
    }
}

fn lifted_fact(lifted: &policy::Lifted) -> Lifted {
    Lifted { source: lifted.source(), ground: lifted.ground().into(), by: lifted.by().cloned() }
}

/// What is said when the vault has no secret to lend, or not the one that the description names.
fn unlent(lang: Lang) -> Refused {
    let text = Text::new(
        "Accès refusé : le coffre n'a pas pu prêter le secret de cet équipement (T9).\n\
         L'équipe informatique de l'établissement le met au coffre : poterne account <équipement> ; rien n'a été ouvert.",
        "Access refused: the vault could not lend this equipment's secret (T9).\n\
         The establishment's IT team puts it into the vault: poterne account <equipment>; nothing was opened.",
    );
    Refused { text: text.in_lang(lang).to_owned() }
}

/// What is said when the equipment's secret is just being changed, and that takes long.
fn turning(lang: Lang) -> Refused {
    let text = Text::new(
        "Accès refusé : le secret de cet équipement est en cours de renouvellement (T9).\n\
         Réessayez dans une minute ; rien n'a été ouvert.",
        "Access refused: this equipment's secret is just being changed (T9).\n\
         Try again in a minute; nothing was opened.",
    );
    Refused { text: text.in_lang(lang).to_owned() }
}

/// What is said when the gate itself is at fault: nothing of the inside.
fn unable(lang: Lang) -> Refused {
    let text = Text::new(
        "Accès refusé : la porte n'a pas pu écrire ou enregistrer cette session (T11).\n\
         Prévenez l'équipe informatique de l'établissement ; rien n'a été ouvert.",
        "Access refused: the gate could not write down or record this session (T11).\n\
         Tell the establishment's IT team; nothing was opened.",
    );
    Refused { text: text.in_lang(lang).to_owned() }
}
