//! While sessions live: time passes, the decision is asked again, and each of them ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use events::{Actor, Flow, Mark, RecheckRefused, RecordingProgress, RecordingSealed, SessionEnded};
use session::{Failure, Input};
use vocab::{Ending, InterventionId, Terms, Timestamp, Uploads};

use crate::Gate;
use crate::acts::Act;
use crate::digest::digest;
use crate::live::Live;
use crate::ports::{PortError, Progress, Put, SessionChange, Versioned};
use crate::scribe::Note;
use crate::streams::Crossed;

/// Time passes for sessions this often: warnings and closings are this late at the most.
const TICK: Duration = Duration::from_secs(1);
/// The decision is asked again this often, and at each change of facts.
const RECHECK: Duration = Duration::from_secs(60);
/// The facts of a live session are read within this, or it ends: many times what a busy disk takes.
const RECHECK_PATIENCE: Duration = Duration::from_secs(10);
/// How far each recording is durable is written down this often: what a crash can take from the proof.
const PROGRESS: Duration = Duration::from_secs(5);
/// What is old goes this often.
const RETENTION: Duration = Duration::from_secs(24 * 3600);
/// Tries to write an end whose intervention somebody else changed in the same moment.
const TRIES: u32 = 20;

/// An end that is to be written: its session is over, its recording closed.
struct End {
    live: Arc<Live>,
    ending: Ending,
    notes: Vec<Note>,
    at: Timestamp,
}

/// Ends that the database did not take yet: no more than there were sessions.
#[derive(Default)]
pub(crate) struct Unended(Mutex<Vec<End>>);

impl Unended {
    fn keep(&self, end: End) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(end);
    }

    fn take(&self) -> Vec<End> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many wait.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Gate {
    /// Runs for as long as the program does. Time passes and the decision is asked in loops of their own, which wait
    /// for no log: one that is slow or hangs never holds back the end of a window or of a permission.
    pub async fn supervise(self: Arc<Self>) {
        tokio::join!(
            self.pass_time(),
            self.ask_again(),
            self.write_again(),
            self.keep_assessed(),
            self.keep_terms(),
            self.rotate_all(steady(TICK))
        );
    }

    /// Once a day: what is old goes.
    async fn keep_terms(&self) {
        let mut ticks = steady(RETENTION);
        loop {
            ticks.tick().await;
            for (establishment, _) in self.journals.all() {
                if let Err(error) = self.retain(&establishment, Actor::Gate).await {
                    tracing::warn!(%establishment, %error, "What is old could not be purged");
                }
            }
        }
    }

    async fn keep_assessed(&self) {
        let mut ticks = steady(TICK);
        loop {
            ticks.tick().await;
            if let Err(error) = self.see().await {
                tracing::warn!(%error, "What the gate sees of itself could not be written down");
            }
            if let Err(error) = self.assess_again().await {
                tracing::warn!(%error, "What is to be assessed could not be read");
            }
        }
    }

    async fn pass_time(&self) {
        let mut ticks = steady(TICK);
        loop {
            ticks.tick().await;
            for session in self.sessions.opened() {
                let log = self.journals.of(session.permit.establishment());
                // A log that stopped is known to whoever writes next: a silent session writes nothing.
                if log.is_none_or(|log| log.health().is_err()) || session.share.is_lost() {
                    session.step(Input::Failed(Failure::Store));
                }
                session.step(Input::Tick);
            }
        }
    }

    async fn ask_again(&self) {
        let mut ticks = steady(TICK);
        let mut changes = self.store.changes();
        let mut asked = self.clock.now();
        loop {
            let changed = tokio::select! {
                _ = ticks.tick() => false,
                changed = changes.changed() => changed.is_ok(),
            };
            let now = self.clock.now();
            if changed || now.since(asked) >= RECHECK || now < asked {
                asked = now;
                self.recheck_all(&self.sessions.opened()).await;
            }
        }
    }

    async fn write_again(&self) {
        let mut ticks = steady(TICK);
        let mut noted = self.clock.now();
        loop {
            ticks.tick().await;
            let now = self.clock.now();
            self.watch_clock();
            self.sum_refusals(false);
            self.sum_turned_away(false);
            self.end_again().await;
            if now.since(noted) >= PROGRESS || now < noted {
                noted = now;
                self.sessions.opened().iter().for_each(|session| session.note_progress());
                if let Err(error) = self.acts.mark().await {
                    tracing::warn!(%error, "The outbox could not be marked");
                }
            }
        }
    }

    /// Asks the same decision again, on fresh facts, for live sessions. One that is being opened is asked when its
    /// opening is written.
    pub(crate) async fn recheck_all(&self, live: &[Arc<Live>]) {
        for session in live {
            if session.ending().is_none() {
                self.recheck(session).await;
            }
        }
    }

    pub(crate) async fn recheck(&self, live: &Arc<Live>) {
        let now = self.clock.now();
        let mut attempt = live.attempt.clone();
        attempt.target.intervention = Some(live.permit.intervention().clone());
        attempt.access = None;
        // A database that hangs answers as little as one that fails.
        let read = tokio::time::timeout(RECHECK_PATIENCE, self.facts(&attempt, now)).await;
        let mut facts = match read.unwrap_or_else(|_| Err(PortError::Failed("the database hangs".into()))) {
            Ok(facts) => facts,
            Err(error) => {
                tracing::error!(session = %live.id, %error, "The facts of a live session cannot be read");
                return live.step(Input::Failed(Failure::Store));
            }
        };
        // This session has its place already.
        facts.trace_store.capacity_left = true;
        facts.services.iter_mut().for_each(|service| service.trace_store.capacity_left = true);
        match policy::decide(&attempt, &facts, now) {
            // Rights and address are those of the opening: a session is never widened, only ended.
            Ok(permit) if live.permit.same_reach(&permit) => {
                live.step(Input::TermsChanged(narrowed(&live.terms(), permit.terms())));
                if let Some((until, reason)) = long_operation(&facts, live.permit.intervention(), now) {
                    live.step(Input::LongOperation { until, reason });
                }
            }
            Ok(_) => live.step(Input::Refused { why: Vec::new() }),
            Err(refusal) => {
                let why = refusal.codes();
                // In the queue of its log before the end that follows; the end waits for no disk.
                let fact = RecheckRefused { codes: why.clone(), facts: digest(&facts) };
                if let Err(error) = self.scribe.observe(live.note(Actor::Gate, fact), &live.share) {
                    tracing::error!(session = %live.id, %error, "A recheck could not be written down");
                }
                live.step(Input::Refused { why });
            }
        }
    }

    /// The edge closed both legs: the recording is sealed, the end is written, the session is over. Call
    /// it once, whatever happened. `detail` is for the ledger, without secrets.
    ///
    /// It runs to its end even when the caller goes away.
    pub async fn close(self: &Arc<Self>, live: &Arc<Live>, ending: Ending, detail: Option<String>) {
        let (gate, session) = (Arc::clone(self), Arc::clone(live));
        let closed = tokio::spawn(async move { gate.close_once(&session, ending, detail).await }).await;
        if closed.is_err() {
            tracing::error!(session = %live.id, "The end of a session broke off");
        }
        self.sessions.remove(live.id);
    }

    async fn close_once(&self, live: &Arc<Live>, observed: Ending, detail: Option<String>) {
        live.streams.over();
        // Whatever closed it first is how it ended; what the edge saw afterwards is the consequence. But a recording
        // that failed on the way, were it at its last byte, is lost, and the session is not told otherwise.
        let ending = live.ending().unwrap_or(observed);
        let now = self.clock.now();
        let (ending, root, last) = match live.recorder.seal(ending, now).await {
            Ok(sealed) => {
                let fact = RecordingSealed {
                    recording: live.recording,
                    mark: mark(sealed.progress),
                    ending: sealed.ending,
                    seal: sealed.seal,
                };
                (sealed.ending, Some(sealed.progress.root), live.note(Actor::Gate, fact))
            }
            Err(error) => {
                tracing::error!(session = %live.id, %error, "A recording could not be sealed");
                let progress = live.recorder.progress();
                (
                    if live.recorder.health().is_err() { Ending::RecordingLost } else { ending },
                    None,
                    live.note(
                        Actor::Gate,
                        RecordingProgress { recording: live.recording, mark: mark(progress) },
                    ),
                )
            }
        };
        live.no_more_progress();
        // Where the log takes nothing now, the seal waits with the end: an end without it proves nothing.
        let mut notes = Vec::new();
        if let Err(error) = self.scribe.note(last.clone()).await {
            tracing::error!(session = %live.id, %error, "The seal of a recording waits to be written down");
            notes.push(last);
        }
        if let Err(error) = self.mark_changed(live).await {
            tracing::error!(session = %live.id, %error, "A changed host key could not be recorded");
        }
        let crossings = live.crossings();
        let ended = SessionEnded {
            recording: live.recording,
            ending,
            inward: flow(crossings.inward),
            outward: flow(crossings.outward),
            root,
            detail: detail.map(Into::into),
        };
        notes.push(live.note(Actor::Gate, ended));
        let _written_or_kept = self.end(End { live: Arc::clone(live), ending, notes, at: now }).await;
    }

    /// Writes an end, or keeps it for the next try: `false`.
    async fn end(&self, end: End) -> bool {
        let id = end.live.id;
        for _ in 0..TRIES {
            match self.write_end(&end.live, end.ending, end.notes.clone(), end.at).await {
                Err(PortError::Conflict(_)) => {}
                Ok(()) => {
                    self.publish(&end.live).await;
                    return true;
                }
                // It is done; the next start moves its entries.
                Err(error @ PortError::Unproved(_)) => {
                    tracing::error!(session = %id, %error, "An end has no receipt");
                    return true;
                }
                Err(error) => {
                    tracing::error!(session = %id, %error, "An end could not be written down, and is tried again");
                    self.unended.keep(end);
                    return false;
                }
            }
        }
        // Somebody else's every time: they act without pause upon the intervention, or the database has this end
        // already, by a try whose answer was lost.
        if self.store.open_sessions(end.live.permit.intervention()).await.is_ok_and(|open| open == 0) {
            return true;
        }
        tracing::error!(session = %id, "The database refuses an end again and again; it is tried again");
        self.unended.keep(end);
        false
    }

    /// Tries to write again what could not be written, up to the first that still cannot.
    pub(crate) async fn end_again(&self) {
        let mut well = true;
        for end in self.unended.take() {
            if well {
                well = self.end(end).await;
            } else {
                self.unended.keep(end);
            }
        }
    }

    /// A checkpoint over the end: whoever verifies right after a session finds it whole.
    async fn publish(&self, live: &Live) {
        let Some(journal) = self.journals.of(live.permit.establishment()) else { return };
        if let Err(error) = journal.seal().await {
            tracing::error!(session = %live.id, %error, "No checkpoint could be signed over an end");
        }
    }

    async fn write_end(
        &self,
        live: &Arc<Live>,
        ending: Ending,
        notes: Vec<Note>,
        now: Timestamp,
    ) -> Result<(), PortError> {
        // Read before it is taken: where it cannot be read now, it is there for the next try.
        let read = self.store.intervention(live.permit.intervention()).await?;
        let left = live.take_left();
        let mut puts = Vec::new();
        if let Some(Versioned { version, mut value }) = read.filter(|_| !left.items.is_empty()) {
            left.items.iter().for_each(|left| value.leaves(left.item(live.id)));
            value.residual_more = value.residual_more.saturating_add(left.more);
            puts.push(Put::Intervention { read_at: version, value });
        }
        let act = Act {
            puts,
            sessions: vec![SessionChange::Ended { session: live.id, at: now, ending }],
            notes,
            at: now,
            by: "gate".to_owned(),
        };
        let written = self.acts.commit(act).await;
        if written.is_err() {
            live.leave_again(left);
        }
        written.map(|_| ())
    }

    /// Closes every live session in order, and waits until they are over or `patience` is.
    pub async fn stop(self: &Arc<Self>, patience: Duration) {
        self.sessions.all().iter().for_each(|session| session.step(Input::GateStopping));
        let over = async {
            while self.sessions.count() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(patience, over).await.is_err() {
            tracing::warn!(sessions = self.sessions.count(), "Sessions did not end in time");
        }
        self.end_again().await;
        self.agenda.stop().await;
        self.say_stopped().await;
        // So that the next start searches nothing, and knows how long the logs were.
        if let Err(error) = self.acts.mark().await {
            tracing::error!(%error, "What is in the logs could not be marked");
        }
    }
}

fn steady(every: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks
}

impl Live {
    /// Writes down how far the recording is durable, when it has come further.
    fn note_progress(&self) {
        let progress = self.recorder.progress();
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.chunks > written.chunks {
            *written = progress;
            // In the queue before anybody else has the lock: what comes after the last progress stands after it.
            self.observe(RecordingProgress { recording: self.recording, mark: mark(progress) });
        }
    }

    /// From now on no progress is written down: it would stand after the seal, which says more.
    fn no_more_progress(&self) {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).chunks = u64::MAX;
    }
}

/// The new terms, with no more than the session was opened under: whoever needs more opens another, which is
/// written down.
fn narrowed(now: &Terms, new: &Terms) -> Terms {
    Terms {
        rights: now.rights.and(new.rights),
        may_take_out: now.may_take_out && new.may_take_out,
        record_typed: now.record_typed,
        uploads: narrower(now.uploads, new.uploads),
        ..new.clone()
    }
}

/// The stricter of the two: none, held, passed.
fn narrower(now: Uploads, new: Uploads) -> Uploads {
    match (now, new) {
        (Uploads::Off, _) | (_, Uploads::Off) => Uploads::Off,
        (Uploads::Release, _) | (_, Uploads::Release) => Uploads::Release,
        (Uploads::Hold, _) | (_, Uploads::Hold) => Uploads::Hold,
        (Uploads::Tap, Uploads::Tap) => Uploads::Tap,
    }
}

fn long_operation(
    facts: &domain::Facts,
    name: &InterventionId,
    now: Timestamp,
) -> Option<(Timestamp, String)> {
    let all = facts.services.iter().flat_map(|service| &service.interventions);
    let declared = all.into_iter().find(|one| one.id == *name)?.long_operation.as_ref()?;
    declared.span.holds(now).then(|| (declared.span.until, declared.reason.clone()))
}

pub(crate) fn mark(progress: Progress) -> Mark {
    Mark { chunks: progress.chunks, bytes: progress.bytes, root: progress.root }
}

fn flow(crossed: Crossed) -> Flow {
    Flow {
        parsed: crossed.parsed,
        unparsed: crossed.unparsed,
        elided: crossed.elided,
        refused: crossed.refused,
        own: crossed.own,
    }
}

/// Live sessions by the ground on which they stand, for metrics.
pub(crate) fn by_service(live: &[Arc<Live>]) -> BTreeMap<String, usize> {
    live.iter().fold(BTreeMap::new(), |mut counts, session| {
        *counts.entry(session.permit.service().to_string()).or_default() += 1;
        counts
    })
}
