//! Timestamps of the checkpoints, by an authority outside (RFC 3161): what there is to stamp, what the ledger says of it.
//!
//! The edge that asks reports here; `/metrics`, `/healthz` and the operator read here. A token is in the ledger before it is
//! anywhere else. An authority that gives none stops nothing: it is one entry, and its return is one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use events::{
    Actor, CheckpointTimestamped, ClockContradicted, Fact, SignedNote, TimestampsBack, TimestampsMissing,
    Token,
};
use vocab::{EstablishmentId, Timestamp};

use crate::Gate;
use crate::logged::{Logged, Stamped};
use crate::ports::{Journal, PortError, Receipt};
use crate::scribe::Note;

/// The authority's clock and ours may be apart by so much: its own accuracy (a second), and ours between two looks of a
/// synchroniser, with room. What is signed is true however far they are apart.
const APART: Duration = Duration::from_secs(60);

/// One log whose checkpoints one authority stamps.
pub struct Stamping {
    authority: String,
    qualified: bool,
    alarm: Duration,
    establishment: EstablishmentId,
    journal: Arc<dyn Journal>,
    now: Mutex<Now>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Now {
    /// Entries under the last checkpoint that was stamped, and when that was.
    stamped: u64,
    at: Option<Timestamp>,
    lost: Option<Timestamp>,
    told: Option<Timestamp>,
    contradicted: bool,
}

/// How the stamping of one log stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StampingSeen {
    /// The authority's name.
    pub authority: String,
    /// Whose log.
    pub establishment: String,
    /// Entries that no timestamp covers.
    pub waiting: u64,
    /// The moment of the last timestamp of this start; `None`: there was none.
    pub last: Option<Timestamp>,
    /// Since when none can be had; `None`: they can.
    pub lost: Option<Timestamp>,
}

/// What is to be stamped.
#[derive(Debug, Clone)]
pub struct ToStamp {
    /// The signed checkpoint, as its file has it.
    pub note: Vec<u8>,
    /// Entries that it covers.
    pub size: u64,
    /// Drawn for this question.
    pub nonce: [u8; 8],
    /// When it was asked.
    pub at: Timestamp,
}

/// What was answered, and verified.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The token.
    pub token: Vec<u8>,
    /// The moment that it says.
    pub time: Timestamp,
    /// The subject of the certificate that signed it.
    pub by: String,
    /// Its policy.
    pub policy: String,
}

/// An entry says the signer and the policy whole, so that it can be held against the token; no certificate of an authority
/// comes near. As `events::Words` and `events::Word`.
const BY_MAX: usize = 1_024;
const POLICY_MAX: usize = 128;

impl Answered {
    /// Whether an entry can say all of it.
    pub fn is_sayable(&self) -> bool {
        self.by.len() <= BY_MAX && self.policy.len() <= POLICY_MAX
    }
}

/// Why there is no timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unstamped {
    /// The authority was not reached, or did not answer in time: it is told after a while.
    Unreachable,
    /// What it answered is not to be believed: it is told at once.
    Refused,
}

impl Stamping {
    fn change<T>(&self, change: impl FnOnce(&mut Now) -> T) -> T {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn waiting(&self) -> u64 {
        self.journal.size().saturating_sub(self.change(|now| now.stamped))
    }

    fn seen(&self) -> StampingSeen {
        let now = self.change(|now| *now);
        StampingSeen {
            authority: self.authority.clone(),
            establishment: self.establishment.to_string(),
            waiting: self.waiting(),
            last: now.at,
            lost: now.lost,
        }
    }
}

impl Gate {
    /// A log of this gate is stamped by an authority from now on. `stamped`: the size that was stamped last; `told`: the
    /// ledger says already that none can be had since then. After `alarm` without one, the ledger says so.
    ///
    /// # Errors
    /// If there is no such log.
    pub fn stamping(
        &self,
        establishment: &EstablishmentId,
        (authority, qualified, alarm): (&str, bool, Duration),
        (stamped, told): (u64, Option<Timestamp>),
    ) -> Result<Arc<Stamping>, PortError> {
        let journal = self.journals.of(establishment);
        let journal = journal.ok_or_else(|| PortError::Missing(format!("the log of `{establishment}`")))?;
        // A log that was restored may be shorter than what was stamped of it.
        let stamped = if stamped > journal.size() { 0 } else { stamped };
        let now = Mutex::new(Now { stamped, lost: told, told, ..Now::default() });
        let (authority, establishment) = (authority.to_owned(), establishment.clone());
        let stamping = Arc::new(Stamping { authority, qualified, alarm, establishment, journal, now });
        self.stampings.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&stamping));
        Ok(stamping)
    }

    /// How the stamping of every log stands.
    pub fn stampings(&self) -> Vec<StampingSeen> {
        self.stampings.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|one| one.seen()).collect()
    }

    /// A fresh checkpoint to be stamped; `None`: nothing was written since the last one but that it was stamped.
    ///
    /// # Errors
    /// If the log signs nothing, or nothing can be drawn.
    pub async fn to_stamp(&self, stamping: &Stamping) -> Result<Option<ToStamp>, PortError> {
        let stamped = stamping.change(|now| now.stamped);
        let fresh = stamping.journal.size().saturating_sub(stamped);
        if fresh == 0 || (fresh == 1 && stamped > 0) {
            return Ok(None);
        }
        stamping.journal.seal().await?;
        let (size, note) = stamping.journal.checkpoint();
        let mut nonce = [0; 8];
        self.entropy.fill(&mut nonce)?;
        Ok(Some(ToStamp { note, size, nonce, at: self.clock.now() }))
    }

    /// Writes a verified answer down, then puts it beside the checkpoint. Since when the ledger says that none can be had,
    /// where that could not be taken back yet.
    ///
    /// # Errors
    /// If it could not be written: there is no timestamp then. Or if only its files could not; then the entry has it.
    pub async fn stamped(
        &self,
        stamping: &Stamping,
        asked: ToStamp,
        answered: Answered,
    ) -> Result<Option<Timestamp>, PortError> {
        let at = self.clock.now();
        let root = stamping.journal.root_at(asked.size).await?;
        let too_long = || PortError::Failed("a checkpoint or token that is too long for an entry".to_owned());
        if !answered.is_sayable() {
            return Err(too_long());
        }
        let stamped = Stamped { size: asked.size, note: asked.note, token: answered.token };
        let fact = CheckpointTimestamped {
            authority: stamping.authority.as_str().into(),
            qualified: stamping.qualified,
            policy: answered.policy.into(),
            by: answered.by.into(),
            time: answered.time,
            size: stamped.size,
            root,
            note: SignedNote::new(stamped.note.clone()).ok_or_else(too_long)?,
            token: Token::new(stamped.token.clone()).ok_or_else(too_long)?,
        };
        let receipt = self.note_stamping(stamping, at, fact.into()).await?;
        stamping.change(|now| (now.stamped, now.at, now.lost) = (stamped.size, Some(answered.time), None));
        self.compare_clocks(stamping, answered.time, (asked.at, at)).await;
        if let Some(since) = stamping.change(|now| now.told) {
            let back = TimestampsBack { authority: stamping.authority.as_str().into(), since };
            if self.note_stamping(stamping, at, back.into()).await.is_ok() {
                stamping.change(|now| now.told = None);
            }
        }
        stamping.journal.put_stamp(&Logged::new(stamped, receipt)).await?;
        Ok(stamping.change(|now| now.told))
    }

    /// No timestamp was had: called at each try in vain. Since when the ledger says so, once it does.
    pub async fn unstamped(&self, stamping: &Stamping, why: Unstamped, detail: &str) -> Option<Timestamp> {
        let at = self.clock.now();
        let (since, told) = stamping.change(|now| (*now.lost.get_or_insert(at), now.told));
        if told.is_some() || (why == Unstamped::Unreachable && at.since(since) < stamping.alarm) {
            return told;
        }
        let why = match why {
            Unstamped::Unreachable => "unreachable",
            Unstamped::Refused => "refused",
        };
        let fact = TimestampsMissing {
            authority: stamping.authority.as_str().into(),
            since,
            why: why.into(),
            detail: detail.into(),
            waiting: stamping.waiting(),
        };
        match self.note_stamping(stamping, at, fact.into()).await {
            Ok(_) => stamping.change(|now| now.told = Some(since)),
            Err(error) => tracing::error!(%error, "That there are no timestamps could not be written down"),
        }
        stamping.change(|now| now.told)
    }

    /// What was stamped was asked and answered in between, by our own clock.
    async fn compare_clocks(
        &self,
        stamping: &Stamping,
        theirs: Timestamp,
        (asked, answered): (Timestamp, Timestamp),
    ) {
        let apart = asked.since(theirs) > APART || theirs.since(answered) > APART;
        if stamping.change(|now| std::mem::replace(&mut now.contradicted, apart)) || !apart {
            return;
        }
        tracing::warn!(authority = stamping.authority, %theirs, ours = %answered, "The authority's clock is another");
        let authority = stamping.authority.as_str().into();
        let fact = ClockContradicted { authority, theirs, ours: answered };
        if let Err(error) = self.note_stamping(stamping, answered, fact.into()).await {
            tracing::error!(%error, "That two clocks differ could not be written down");
        }
    }

    async fn note_stamping(
        &self,
        stamping: &Stamping,
        at: Timestamp,
        fact: Fact,
    ) -> Result<Receipt, PortError> {
        let establishment = stamping.establishment.clone();
        let note = Note { establishment, at, by: Actor::Gate, session: None, intervention: None, fact };
        self.scribe.note(note).await
    }
}
