//! Who is in, right now: list, watch, cut.

use std::sync::Arc;

use events::{Actor, SessionCut, WatchBegan, WatchEnded};
use recording::Record;
use session::{Actor as Hand, Input};
use tokio::sync::broadcast;
use vocab::{PersonId, SessionId, Text, Timestamp};

use crate::commands::{Deed, NotDone};
use crate::live::Live;
use crate::outward::{FeedSeen, MailSeen};
use crate::ports::PortError;
use crate::stamps::StampingSeen;
use crate::supervise::by_service;
use crate::{Gate, Known};

/// One live session, as the security officer's page shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Seen {
    pub session: SessionId,
    pub person: PersonId,
    pub provider: String,
    pub establishment: String,
    pub equipment: String,
    pub service: String,
    pub intervention: String,
    pub from: String,
    pub opened_at: Timestamp,
    pub ends_at: Timestamp,
    pub recorded_bytes: u64,
    /// What is open by treatment, exception, derogation or transition.
    pub lifted: Vec<String>,
}

/// How the gate is, for its operator.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GateState {
    /// Its name.
    pub gate: String,
    /// Why it is not well; `None`: it is.
    pub unwell: Option<String>,
    /// Whether the emergency journal is kept, because the trace store is lost.
    pub refuge: bool,
    /// Live sessions.
    pub sessions: usize,
    /// Durable entries of each log.
    pub logs: std::collections::BTreeMap<String, u64>,
    /// Whether something keeps the clock right; `None`: the system does not say.
    pub clock_kept: Option<bool>,
    /// Jumps of the clock since the start.
    pub clock_jumps: u64,
    /// Secrets of equipment that are to change and did not yet.
    pub rotations_due: usize,
    /// The moment that the last known backup shows.
    pub last_backup: Option<Timestamp>,
    /// How each log stands at each receiver of copies.
    pub feeds: Vec<FeedSeen>,
    /// How the stamping of each log stands; empty: no authority stamps them.
    pub stampings: Vec<StampingSeen>,
    /// How mail stands; `None`: none is sent.
    pub mail: Option<MailSeen>,
}

/// Why nothing was cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CutRefused {
    /// No live session of that name.
    #[error("no live session is called `{0}`")]
    Unknown(String),
    /// The cut could not be written down. The session was cut all the same.
    #[error("cut, but the cut could not be written down")]
    NotWritten,
    /// Who watches did not say why.
    #[error("whoever watches says why, in eight characters at least")]
    NoReason,
}

/// Somebody who watches: records come as long as it lives.
pub struct Watch {
    /// What happens from now on.
    pub records: broadcast::Receiver<Record>,
    live: Arc<Live>,
    actor: Actor,
    number: u64,
    since: Timestamp,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let fact = WatchEnded { watch: self.number, since: self.since };
        let note = self.live.note(self.actor.clone(), fact);
        if let Err(error) = self.live.scribe.observe(note, &self.live.share) {
            tracing::error!(%error, "The end of a watch could not be written down");
        }
    }
}

impl Gate {
    /// All live sessions, oldest first.
    pub fn overview(&self) -> Vec<Seen> {
        let mut all: Vec<Seen> = self.sessions.all().iter().map(|live| seen(live)).collect();
        all.sort_by_key(|one| one.opened_at);
        all
    }

    /// Live sessions by service.
    pub fn live_by_service(&self) -> std::collections::BTreeMap<String, usize> {
        by_service(&self.sessions.all())
    }

    /// How it is.
    pub fn state(&self) -> GateState {
        GateState {
            gate: self.name.to_string(),
            unwell: self.health().err(),
            refuge: self.refuge,
            sessions: self.sessions.count(),
            logs: self.log_sizes().into_iter().collect(),
            clock_kept: self.clock_kept(),
            clock_jumps: self.clock_jumps(),
            rotations_due: self.rotations_due(),
            last_backup: self.last_backup(),
            feeds: self.feeds(),
            stampings: self.stampings(),
            mail: self.mail(),
        }
    }

    /// Whether the ledgers and recordings take what they are given, and are the ordinary ones; why not, in words for
    /// operators.
    pub fn health(&self) -> Result<(), String> {
        self.traces()?;
        if self.refuge {
            return Err("the trace store is lost: this is the emergency journal".to_owned());
        }
        match self.unended.count() {
            0 => Ok(()),
            count => Err(format!("{count} sessions are over and could not be written down as such yet")),
        }
    }

    /// Whether the trace store is lost, and the emergency journal is kept in its place.
    pub fn on_refuge(&self) -> bool {
        self.refuge
    }

    /// Whether the trace store takes what it is given; why not, in words for operators.
    fn traces(&self) -> Result<(), String> {
        for (establishment, journal) in self.journals.all() {
            journal.health().map_err(|why| format!("ledger of {establishment}: {why}"))?;
        }
        self.recordings.health().map_err(|why| format!("recordings: {why}"))
    }

    /// Entries in each log.
    pub fn log_sizes(&self) -> Vec<(String, u64)> {
        self.journals.all().into_iter().map(|(name, journal)| (name.to_string(), journal.size())).collect()
    }

    /// The host operator watches a session live, and says why. Both are written down before the first record is handed
    /// out.
    pub async fn watch(&self, name: &str, reason: &str) -> Result<Watch, CutRefused> {
        let live = self.find(name)?;
        let unknown = || CutRefused::Unknown(name.chars().take(64).collect());
        if !live.comes_to_stand().await {
            return Err(unknown());
        }
        let number = live.next_watch();
        let records = live.streams.watch().ok_or_else(unknown)?;
        let (actor, since) = (Actor::Host, self.clock.now());
        let note = live.note(actor.clone(), WatchBegan { watch: number });
        let subject = Some(live.id().to_string());
        let said = self.reading(&note.establishment, actor.clone(), "session", subject, reason).await;
        said.map_err(|error| match error {
            PortError::Conflict(_) => CutRefused::NoReason,
            _ => CutRefused::NotWritten,
        })?;
        self.scribe.note(note).await.map_err(|_| CutRefused::NotWritten)?;
        Ok(Watch { records, live, actor, number, since })
    }

    /// The host operator cuts one session, or all of them (`all`). Both legs close within a second.
    pub async fn cut(&self, name: &str, reason: &str) -> Result<usize, CutRefused> {
        let targets = if name == "all" { self.sessions.all() } else { vec![self.find(name)?] };
        self.cut_these(&targets, Actor::Host, reason).await
    }

    async fn cut_these(&self, targets: &[Arc<Live>], by: Actor, reason: &str) -> Result<usize, CutRefused> {
        // Cut first: a full disk is no reason to leave a session open.
        let hand = match &by {
            Actor::Person(person) => Hand::Person(person.clone()),
            Actor::Gate | Actor::Host => Hand::HostOperator,
        };
        targets.iter().for_each(|live| live.step(Input::Kill { by: hand.clone(), why: reason.to_owned() }));
        let mut written = true;
        for live in targets {
            // One that was being opened is written of once its opening is; or it never was.
            if !live.comes_to_stand().await {
                continue;
            }
            let note = live.note(by.clone(), SessionCut { reason: reason.into() });
            written &= self.scribe.note(note).await.is_ok();
        }
        if written { Ok(targets.len()) } else { Err(CutRefused::NotWritten) }
    }

    /// A session by the beginning of its name, at least four digits, when only one begins so.
    fn find(&self, name: &str) -> Result<Arc<Live>, CutRefused> {
        let unknown = || CutRefused::Unknown(name.chars().take(64).collect());
        if let Ok(id) = name.parse::<SessionId>() {
            return self.sessions.get(id).ok_or_else(unknown);
        }
        let matching: Vec<_> =
            self.sessions.all().into_iter().filter(|live| live.id.to_string().starts_with(name)).collect();
        match matching.as_slice() {
            [one] if name.len() >= 4 => Ok(Arc::clone(one)),
            _ => Err(unknown()),
        }
    }

    /// `sessions`: the live sessions that this person may see.
    pub(crate) async fn sessions_for(&self, who: &Known) -> Result<Text, NotDone> {
        let mut lines = String::new();
        for one in self.seen_by(who).await? {
            let short: String = one.session.to_string().chars().take(8).collect();
            lines.push_str(&format!("{short}  {} → {}  {}\n", one.person, one.equipment, one.intervention));
        }
        if lines.is_empty() {
            return Ok(Text::new(
                "Aucune session ouverte que vous puissiez voir.",
                "No open session that you may see.",
            ));
        }
        let lines = lines.trim_end().to_owned();
        Ok(Text::new(lines.clone(), lines))
    }

    /// The live sessions that somebody may see, where he comes for them.
    pub(crate) async fn seen_by(&self, who: &Known) -> Result<Vec<Seen>, NotDone> {
        let mut all = Vec::new();
        for live in self.sessions.all() {
            if who.reaches(live.permit.establishment()) && self.is_for(&who.person, &live, Deed::See).await? {
                all.push(seen(&live));
            }
        }
        Ok(all)
    }

    /// `cut`: a session, by somebody whose part it is.
    pub(crate) async fn cut_for(&self, person: &PersonId, name: &str, reason: &str) -> Result<Text, NotDone> {
        let live = self.find(name).map_err(|_| NotDone::unknown(name))?;
        if !self.is_for(person, &live, Deed::Cut).await? {
            return Err(NotDone::unknown(name));
        }
        let cut = self.cut_these(&[live], Actor::Person(person.clone()), reason).await;
        match cut {
            Ok(_) => Ok(Text::new("Session coupée.", "Session cut.")),
            Err(_) => Err(NotDone::new(
                "Session coupée, mais la coupure n'a pas pu être écrite.",
                "Session cut, but the cut could not be written down.",
            )),
        }
    }

    async fn is_for(&self, person: &PersonId, live: &Live, deed: Deed) -> Result<bool, NotDone> {
        let now = self.clock.now();
        let (establishment, service) = (live.permit.establishment(), live.permit.service());
        match self.store.service_facts(establishment, service, self.as_of(now)).await {
            Ok(facts) => Ok(deed.is_of(person, &facts, now)),
            // Its service ended, and so does it: it is nobody's to see, and in nobody's way.
            Err(PortError::Missing(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn seen(live: &Live) -> Seen {
    let permit = &live.permit;
    Seen {
        session: live.id,
        person: live.attempt.person.clone(),
        provider: permit.provider().to_string(),
        establishment: permit.establishment().to_string(),
        equipment: permit.equipment().to_string(),
        service: permit.service().to_string(),
        intervention: permit.intervention().to_string(),
        from: live.attempt.from.to_string(),
        opened_at: live.opened_at,
        ends_at: live.terms().ends_at,
        recorded_bytes: live.recorder.progress().bytes,
        lifted: permit.lifted().iter().map(|lifted| lifted.source().code()).collect(),
    }
}
