//! Before the door opens: what an earlier boot left is finished first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use events::{Actor, Entry, Fact, GateStarted, GateStopped, Mark, RecordingSealed, SessionCrashed};
use vocab::{BootId, Ending, EstablishmentId, GateId, Timestamp};

use crate::acts::{Act, Acts};
use crate::backup::Restored;
use crate::holding::Quarantine;
use crate::observe::{Left, Remains};
use crate::outbox::Outbox;
use crate::ports::{
    Clock, Entropy, Journals, Papers, PortError, Put, Recordings, Rotator, Scanner, SessionChange,
    SessionRow, Spools, Store, Tickets, Vault, Versioned,
};
use crate::refuge::{Over, Refuge};
use crate::scribe::{Letterhead, Note, Scribe};
use crate::supervise::mark;
use crate::{Gate, assess, flood, live, lockout, nameless, rotation, share, supervise, timekeeper, turned};

/// Entries of a log read at a time, backwards: 64 MiB at the very most, half a MiB in daily work.
pub(crate) const READ_STEP: u64 = 1_024;

/// What this gate is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its name.
    pub name: GateId,
    /// Its version, for the ledger.
    pub version: String,
    /// Most sessions at once.
    pub sessions_max: usize,
    /// Most bytes of kept documents in one establishment.
    pub papers_max: u64,
    /// The backup from which the data was restored, when this was not declared yet.
    pub restored: Option<Restored>,
    /// The moment that the last backup shows, where it is known.
    pub last_backup: Option<Timestamp>,
    /// The trace store is lost: the journals and recordings are those of the emergency.
    pub refuge: Option<Refuge>,
    /// An emergency that is over and is named in no log yet.
    pub over: Option<Over>,
}

/// The ports, each behind its trait.
pub struct Parts {
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Database.
    pub store: Arc<dyn Store>,
    /// Logs.
    pub journals: Arc<dyn Journals>,
    /// Recordings.
    pub recordings: Arc<dyn Recordings>,
    /// Secrets.
    pub vault: Arc<dyn Vault>,
    /// What changes them at the equipment.
    pub rotator: Arc<dyn Rotator>,
    /// Where uploads are held.
    pub spools: Arc<dyn Spools>,
    /// Who looks at them.
    pub scanner: Arc<dyn Scanner>,
    /// Who knows whether a ticket counts.
    pub tickets: Arc<dyn Tickets>,
    /// Where documents are kept.
    pub papers: Arc<dyn Papers>,
    /// Emergency journals that were laid aside.
    pub asides: Arc<dyn crate::ports::Asides>,
}

/// Why the door stays closed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What an earlier boot left could not be finished.
    #[error("what the last run left could not be finished: {0}")]
    Recovery(#[from] PortError),
    /// A log is shorter than the store has seen it: its disk is not there, or an older state was put in its place.
    #[error("the log of `{establishment}` has {entries} entries, and had {remembered}")]
    Shorter {
        /// Whose log.
        establishment: EstablishmentId,
        /// What it has.
        entries: u64,
        /// What it had at least.
        remembered: u64,
    },
}

impl Gate {
    /// Finishes what an earlier boot left, says that it starts, and returns the gate. Nothing listens yet.
    pub async fn start(settings: Settings, parts: Parts) -> Result<Arc<Self>, StartError> {
        let mut boot = [0; 16];
        parts.entropy.fill(&mut boot)?;
        let newest = parts.store.newest().await?;
        let gate = Arc::new(Self::behind(&settings, parts, BootId::from_bytes(boot)));
        if let Some(newest) = newest {
            gate.acts.holds_from(newest);
        }
        gate.take_over(settings.restored, settings.over.unwrap_or_default(), &settings.version).await?;
        Ok(gate)
    }

    /// The gate behind these ports, before it does anything.
    fn behind(settings: &Settings, parts: Parts, boot: BootId) -> Self {
        let letterhead = Letterhead { gate: settings.name.clone(), boot };
        let held = settings.refuge.as_ref().map(|refuge| refuge.held);
        let outbox = Outbox::new(Arc::clone(&parts.store), Arc::clone(&parts.journals), held);
        let agenda = Arc::<assess::Agenda>::default();
        let (clock, entropy) = (Arc::clone(&parts.clock), Arc::clone(&parts.entropy));
        let acts = Acts::new(letterhead.clone(), outbox, clock, entropy, Arc::clone(&agenda));
        let scribe = Scribe::start(
            letterhead,
            Arc::clone(&parts.journals),
            Arc::clone(&parts.clock),
            Arc::clone(&parts.entropy),
            settings.sessions_max,
        );
        let (home, _) = parts.journals.home();
        let (spools, scanner) = (parts.spools, parts.scanner);
        let acts = Arc::new(acts);
        let quarantine = Quarantine {
            spools,
            scanner,
            entropy: Arc::clone(&parts.entropy),
            store: Arc::clone(&parts.store),
            acts: Arc::clone(&acts),
        };
        Self {
            name: settings.name.clone(),
            boot,
            home,
            sessions_max: settings.sessions_max,
            refuge: settings.refuge.is_some(),
            clock: parts.clock,
            entropy: parts.entropy,
            store: parts.store,
            journals: parts.journals,
            recordings: parts.recordings,
            vault: parts.vault,
            rotator: parts.rotator,
            quarantine,
            tickets: parts.tickets,
            scribe,
            acts,
            people: tokio::sync::Mutex::default(),
            openings: tokio::sync::Mutex::default(),
            drawing: std::sync::Mutex::default(),
            lockouts: lockout::Lockouts::default(),
            voices: lockout::Lockouts::default(),
            flood: flood::Flood::default(),
            token_flood: flood::Flood::default(),
            share: share::Share::default(),
            unended: supervise::Unended::default(),
            timekeeper: timekeeper::Timekeeper::default(),
            turned: turned::Turned::default(),
            sessions: live::Register::default(),
            rotations: rotation::Rotations::default(),
            hours: nameless::Hours::default(),
            agenda,
            papers: parts.papers,
            asides: parts.asides,
            papers_max: settings.papers_max,
            filing: tokio::sync::Mutex::default(),
            giving: Arc::new(tokio::sync::Semaphore::new(crate::given::AT_ONCE)),
            retaining: tokio::sync::Mutex::default(),
            last_backup: AtomicI64::new(settings.last_backup.unwrap_or(Timestamp::MIN).as_micros()),
            feeds: std::sync::Mutex::default(),
            stampings: std::sync::Mutex::default(),
            mail: std::sync::Mutex::default(),
        }
    }

    /// What an earlier boot left, and what is to be said before anything else.
    async fn take_over(
        &self,
        restored: Option<Restored>,
        over: Over,
        version: &str,
    ) -> Result<(), StartError> {
        self.check_lengths().await?;
        if let Some(restored) = &restored {
            self.say_restored(restored).await?;
        }
        let moved = self.acts.recover(&over).await?;
        if moved > 0 {
            tracing::info!(moved, "Entries of the last run were moved to their logs");
        }
        self.say_started(version).await?;
        self.say_joined(&over).await?;
        if !over.journals.is_empty() {
            // Once its journal is laid aside nothing else tells what stands there and in no other log: the store knows it before.
            self.acts.mark().await?;
        }
        self.close_crashed().await?;
        self.collect_papers().await?;
        let due = self.store.rotations_due(self.as_of(self.clock.now())).await?;
        due.into_iter().for_each(|(whose, since)| self.rotations.add(whose, since));
        Ok(())
    }

    /// A shorter log that is gone on with would be a second history beside the one that auditors have seen.
    async fn check_lengths(&self) -> Result<(), StartError> {
        // What the store remembers is of the ordinary logs.
        let ordinary = if self.refuge { Vec::new() } else { self.journals.all() };
        for (establishment, journal) in ordinary {
            let (entries, remembered) = (journal.size(), self.store.drained_upto(&establishment).await?);
            if entries < remembered {
                return Err(StartError::Shorter { establishment, entries, remembered });
            }
        }
        Ok(())
    }

    async fn say_started(&self, version: &str) -> Result<(), PortError> {
        for (establishment, journal) in self.journals.all() {
            let fact = GateStarted { version: version.into(), previous: None, entries: journal.size() };
            self.scribe.note(self.own_note(establishment, fact)).await?;
        }
        Ok(())
    }

    pub(crate) async fn say_stopped(&self) {
        self.sum_refusals(true);
        self.sum_turned_away(true);
        for (establishment, journal) in self.journals.all() {
            let fact = GateStopped { reason: "asked".into() };
            let written = self.scribe.note(self.own_note(establishment, fact)).await;
            let sealed = journal.seal().await;
            if written.is_err() || sealed.is_err() {
                tracing::error!("The stop could not be written down");
            }
        }
    }

    fn own_note(&self, establishment: EstablishmentId, fact: impl Into<Fact>) -> Note {
        let at = self.clock.now();
        Note { establishment, at, by: Actor::Gate, session: None, intervention: None, fact: fact.into() }
    }

    /// Sessions of this gate's earlier boots without their end ended by crash: said as such, and their
    /// recordings closed after the last whole chunk.
    async fn close_crashed(&self) -> Result<(), PortError> {
        for row in self.store.left_open(self.boot).await? {
            let now = self.clock.now();
            let note = |fact: Fact| Note {
                establishment: row.establishment.clone(),
                at: now,
                by: Actor::Gate,
                session: Some(row.session),
                intervention: Some(row.intervention.clone()),
                fact,
            };
            let last = self.seal_crashed(&row, &note).await?;
            if last.is_none() && self.refuge {
                // Its recording is in the ordinary store, and so is its end.
                continue;
            }
            let crashed = SessionCrashed { recording: row.recording, boot: row.boot, last };
            let ended = SessionChange::Ended { session: row.session, at: now, ending: Ending::Crash };
            let act = Act {
                puts: self.left_by(&row).await?,
                sessions: vec![ended],
                notes: vec![note(crashed.into())],
                at: now,
                by: "gate".to_owned(),
            };
            self.acts.commit(act).await?;
            tracing::warn!(session = %row.session, "A session of the last run had no end: it ended by crash");
        }
        Ok(())
    }

    /// What a crashed session let out, read back from the log: it has to be erased all the same (E9). What its
    /// open channels carried was not measured, and is listed as such.
    async fn left_by(&self, row: &SessionRow) -> Result<Vec<Put>, PortError> {
        let Some(journal) = self.journals.of(&row.establishment) else { return Ok(Vec::new()) };
        let (mut left, mut closed, mut end) = (Remains::default(), BTreeSet::new(), journal.size());
        // A session without its end keeps its entries from being purged.
        'log: while end > journal.first() {
            let from = end.saturating_sub(READ_STEP).max(journal.first());
            for bytes in journal.read(from, end).await?.iter().rev() {
                let Ok(entry) = Entry::decode(bytes) else { continue };
                if entry.session != Some(row.session) {
                    continue;
                }
                Left::of_entry(&entry).into_iter().for_each(|one| left.add(one));
                match &entry.fact {
                    Fact::ChannelClosed(channel) => {
                        closed.insert(channel.channel);
                    }
                    Fact::ChannelOpened(channel) if !closed.contains(&channel.channel) => {
                        left.add(Left::unmeasured(entry.at));
                    }
                    Fact::SessionOpened(_) => break 'log,
                    _ => {}
                }
            }
            end = from;
        }
        let read = self.store.intervention(&row.intervention).await?;
        let Some(Versioned { version, mut value }) = read.filter(|_| !left.items.is_empty()) else {
            return Ok(Vec::new());
        };
        left.items.iter().rev().for_each(|one| value.leaves(one.item(row.session)));
        value.residual_more = value.residual_more.saturating_add(left.more);
        Ok(vec![Put::Intervention { read_at: version, value }])
    }

    async fn seal_crashed(
        &self,
        row: &SessionRow,
        note: &(dyn Fn(Fact) -> Note + Sync),
    ) -> Result<Option<Mark>, PortError> {
        let now = self.clock.now();
        match self.recordings.seal_crashed(&row.establishment, row.recording, now).await {
            Ok(sealed) => {
                let mark = mark(sealed.progress);
                let fact = RecordingSealed {
                    recording: row.recording,
                    mark: mark.clone(),
                    ending: sealed.ending,
                    seal: sealed.seal,
                };
                self.scribe.note(note(fact.into())).await?;
                Ok(Some(mark))
            }
            Err(PortError::Missing(what)) => {
                tracing::error!(session = %row.session, %what, "The recording of a crashed session is missing");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
