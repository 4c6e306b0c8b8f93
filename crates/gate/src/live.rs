//! A live session: what the edge holds while bytes cross.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use domain::{Attempt, Fingerprint};
use events::{Actor, Fact};
use policy::Permit;
use recording::{Body, Track};
use session::{ChannelKind, Effect, Failure, Input, Leg, Mark, Notice, Session};
use tokio::sync::{mpsc, watch};
use vocab::{Ending, Lang, PersonId, RecordingId, Right, SessionId, Terms, Text, Timestamp};

use crate::holding::{Quarantine, Shelf};
use crate::nameless::{Barred, Hour};
use crate::observe::{Left, Remains};
use crate::ports::{Clock, Progress, Recorder};
use crate::scribe::{Note, Scribe};
use crate::share::Share;
use crate::streams::{Crossings, Streams};

/// Orders that may wait for an edge. A session gets a few warnings and one closing.
const ORDERS: usize = 16;
/// Columns and rows of a terminal, four bytes each.
const SIZE: usize = 8;

/// How long a session's bytes wait for the log: as long as they wait for the recording.
const LOG_PATIENCE: Duration = Duration::from_secs(20);

/// What the edge has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Show this in these terminals; never in a transfer, never in a command's output.
    Warn(Vec<u32>, Text),
    /// Close these channels: they have lost their right.
    CloseChannels(Vec<u32>),
    /// Let nothing that the technician sends cross until [`Order::Release`].
    Hold,
    /// Let it cross again.
    Release,
    /// Close both legs now, and tell the technician why, where it can be told.
    Close(Ending, Option<Text>),
}

/// One live session. The edge holds it, reports to it, and obeys its orders.
pub struct Live {
    pub(crate) id: SessionId,
    pub(crate) recording: RecordingId,
    pub(crate) permit: Permit,
    pub(crate) attempt: Attempt,
    pub(crate) lang: Lang,
    /// What the service permits, shown once: in the first terminal (C7).
    actions: Mutex<Option<Text>>,
    pub(crate) opened_at: Timestamp,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) streams: Streams,
    pub(crate) scribe: Scribe,
    pub(crate) quarantine: Quarantine,
    /// Uploads that it holds.
    pub(crate) shelf: Arc<Shelf>,
    /// What of it waits to be written down.
    pub(crate) share: Share,
    clock: Arc<dyn Clock>,
    machine: Mutex<Session>,
    orders: mpsc::Sender<Order>,
    inbox: Mutex<Option<mpsc::Receiver<Order>>>,
    /// The last progress that was written down.
    pub(crate) written: Mutex<Progress>,
    /// How many have watched.
    watches: AtomicU64,
    /// The host key that was shown instead of the pinned one.
    other_key: OnceLock<Fingerprint>,
    /// What left since it was last added to the intervention (E9).
    left: Mutex<Remains>,
    /// Whether its opening stands in the ledger, once that is known: nothing is written of it before.
    opening: watch::Sender<Option<bool>>,
}

/// What a live session is made of.
pub(crate) struct Birth {
    pub(crate) id: SessionId,
    pub(crate) recording: RecordingId,
    pub(crate) permit: Permit,
    pub(crate) attempt: Attempt,
    pub(crate) lang: Lang,
    pub(crate) actions: Option<Text>,
    pub(crate) opened_at: Timestamp,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) scribe: Scribe,
    pub(crate) quarantine: Quarantine,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hour: Arc<Hour>,
}

impl Live {
    pub(crate) fn new(birth: Birth) -> Self {
        let (orders, inbox) = mpsc::channel(ORDERS);
        let terms = birth.permit.terms().clone();
        let record_typed = terms.record_typed;
        let (machine, effects) = Session::open(terms, birth.opened_at);
        let live = Self {
            id: birth.id,
            recording: birth.recording,
            streams: Streams::new(Arc::clone(&birth.recorder), record_typed, birth.hour),
            machine: Mutex::new(machine),
            permit: birth.permit,
            attempt: birth.attempt,
            lang: birth.lang,
            actions: Mutex::new(birth.actions),
            opened_at: birth.opened_at,
            recorder: birth.recorder,
            scribe: birth.scribe,
            quarantine: birth.quarantine,
            shelf: Arc::default(),
            share: Share::default(),
            clock: birth.clock,
            orders,
            inbox: Mutex::new(Some(inbox)),
            written: Mutex::default(),
            watches: AtomicU64::new(0),
            other_key: OnceLock::new(),
            left: Mutex::default(),
            opening: watch::Sender::new(None),
        };
        effects.into_iter().for_each(|effect| live.effect(effect));
        live
    }

    /// The session's name.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The language the technician is spoken to in.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The terms it lives under now.
    pub fn terms(&self) -> Terms {
        self.machine(|machine| machine.terms().clone())
    }

    /// The orders for the edge: taken once.
    pub fn orders(&self) -> Option<mpsc::Receiver<Order>> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Application data crossed a channel. Call it for data only, never for keep-alives.
    pub fn activity(&self, channel: u32, from: Leg, bytes: usize) {
        self.step(Input::Activity { channel, from, bytes: u64::try_from(bytes).unwrap_or(u64::MAX) });
    }

    /// The technician typed this into a terminal.
    ///
    /// # Errors
    /// It may not cross: it is accounted for and written down, and the channel is to be closed.
    pub fn typed(&self, channel: u32, bytes: &[u8]) -> Result<(), Barred> {
        let bulk = self.terms().rights.has(Right::Bulk);
        self.streams
            .typed(self.clock.now(), channel, bytes, bulk)
            .map_err(|why| self.barred_bytes(channel, true, bytes.len(), why))?;
        self.activity(channel, Leg::Technician, bytes.len());
        Ok(())
    }

    /// A terminal shows this. Wait for [`Live::keep_up`] before it is sent on.
    pub fn shown(&self, channel: u32, bytes: &[u8]) {
        self.streams.shown(self.clock.now(), channel, bytes);
    }

    /// A piece of a command's stream.
    ///
    /// # Errors
    /// It may not cross: it is accounted for and written down, and the channel is to be closed.
    pub fn piece(&self, channel: u32, track: Track, bytes: &[u8]) -> Result<(), Barred> {
        let inward = track == Track::Stdin;
        let terms = self.terms();
        let right = terms.rights.has(Right::Bulk);
        // Content that leaves needs a reason on the intervention, as a file does (E9).
        let bulk = right && (inward || terms.may_take_out);
        self.streams.piece(self.clock.now(), channel, track, bytes, bulk).map_err(|why| {
            self.barred_bytes(channel, inward, bytes.len(), if right { Barred::NoReason } else { why })
        })?;
        self.activity(channel, if inward { Leg::Technician } else { Leg::Equipment }, bytes.len());
        Ok(())
    }

    fn barred_bytes(&self, channel: u32, inward: bool, length: usize, why: Barred) -> Barred {
        self.streams.refused(inward, u64::try_from(length).unwrap_or(u64::MAX));
        self.barred(channel, why, None)
    }

    /// The gate says this to the technician, in so many bytes with what surrounds it.
    pub fn notice(&self, channel: u32, text: &str, length: usize) {
        self.streams.notice(self.clock.now(), channel, text, length);
    }

    /// A terminal has this size from now on.
    ///
    /// # Errors
    /// It said more by its sizes than a session may without a name; see [`Live::asked`].
    pub fn resized(&self, channel: u32, columns: u32, rows: u32) -> Result<(), Barred> {
        self.asked(channel, SIZE)?;
        self.streams.mark(self.clock.now(), channel, Body::Size { columns, rows });
        Ok(())
    }

    /// So many bytes were said to the equipment beside the data of a channel: a terminal's name, modes and sizes, signals.
    /// They count with the command lines.
    ///
    /// # Errors
    /// It is too much without the right `bulk`: written down, and the channel is to be closed.
    pub fn asked(&self, channel: u32, length: usize) -> Result<(), Barred> {
        if self.terms().rights.has(Right::Bulk) {
            return Ok(());
        }
        self.streams.asked(self.clock.now(), length).map_err(|why| self.barred(channel, why, None))
    }

    /// Bytes came in and were not let through.
    pub fn refused_bytes(&self, towards_equipment: bool, length: u64) {
        self.streams.refused(towards_equipment, length);
    }

    /// Resolves as soon as what is shown is not too far ahead of the durable recording, nor what was observed
    /// of the log. An error: the recording is lost; the order to close is on its way.
    pub async fn keep_up(&self) -> Result<(), Ending> {
        if tokio::time::timeout(LOG_PATIENCE, self.share.keep_up()).await.is_err() {
            tracing::error!(session = %self.id, "The log takes nothing: what crosses can no longer be traced");
            self.step(Input::Failed(Failure::Store));
            return Err(Ending::StoreLost);
        }
        match self.recorder.keep_up().await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::error!(session = %self.id, %error, "The recording is lost");
                self.step(Input::Failed(Failure::Recording));
                Err(Ending::RecordingLost)
            }
        }
    }

    /// The account of its bytes up to now.
    pub fn crossings(&self) -> Crossings {
        self.streams.crossings()
    }

    /// How it ended, once the machine has said so.
    pub fn ending(&self) -> Option<Ending> {
        self.machine(|machine| machine.ending())
    }

    /// Its opening stands in the ledger from now on; or it never was.
    pub(crate) fn is_opened(&self, stands: bool) {
        self.opening.send_replace(Some(stands));
    }

    /// Whether its opening stands in the ledger by now.
    pub(crate) fn stands(&self) -> bool {
        *self.opening.borrow() == Some(true)
    }

    /// Waits until it is known whether it is opened.
    pub(crate) async fn comes_to_stand(&self) -> bool {
        let mut opening = self.opening.subscribe();
        let known = opening.wait_for(Option::is_some).await;
        known.is_ok_and(|stands| *stands == Some(true))
    }

    /// One leg was closed from its far end: in order, or because its connection broke.
    pub fn leg_closed(&self, leg: Leg, in_order: bool) {
        self.step(Input::LegClosed { leg, in_order });
    }

    /// One leg took nothing for too long, or broke its protocol.
    pub fn failed(&self, failure: Failure) {
        self.step(Input::Failed(failure));
    }

    /// A channel begins; its right was checked. `false`: the machine takes no more of them, or is over.
    pub(crate) fn begin(&self, channel: u32, kind: ChannelKind) -> bool {
        let declined = self.feed(Input::ChannelOpened { channel, kind });
        !declined && self.ending().is_none()
    }

    /// The number of the next watch of this session, from 1.
    pub(crate) fn next_watch(&self) -> u64 {
        self.watches.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn saw_host_key(&self, shown: &str) {
        // The first one stands: a session dials once.
        let _first = self.other_key.set(Fingerprint(shown.to_owned()));
    }

    pub(crate) fn other_key(&self) -> Option<&Fingerprint> {
        self.other_key.get()
    }

    pub(crate) fn leave(&self, left: Left) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).add(left);
    }

    /// It could not be written down.
    pub(crate) fn leave_again(&self, remains: Remains) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.more = left.more.saturating_add(remains.more);
        remains.items.into_iter().for_each(|item| left.add(item));
    }

    pub(crate) fn take_left(&self) -> Remains {
        std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes an observation down. What cannot be traced may not go on.
    pub(crate) fn observe(&self, fact: impl Into<Fact>) {
        let by = Actor::Person(self.attempt.person.clone());
        if let Err(error) = self.scribe.observe(self.note(by, fact), &self.share) {
            tracing::error!(session = %self.id, %error, "An observation could not be written down");
            self.step(Input::Failed(Failure::Store));
        }
    }

    pub(crate) fn note(&self, by: Actor, fact: impl Into<Fact>) -> Note {
        Note {
            establishment: self.permit.establishment().clone(),
            at: self.clock.now(),
            by,
            session: Some(self.id),
            intervention: Some(self.permit.intervention().clone()),
            fact: fact.into(),
        }
    }

    /// Feeds the machine and passes its effects on.
    pub(crate) fn step(&self, input: Input) {
        // What is declined here was asked for by an act of its own, which has answered it.
        let _declined = self.feed(input);
    }

    /// The same; says whether something was declined.
    fn feed(&self, input: Input) -> bool {
        let now = self.clock.now();
        let effects = self.machine(|machine| machine.handle(input, now));
        let declined = effects.iter().any(|effect| matches!(effect, Effect::Declined(_)));
        effects.into_iter().for_each(|effect| self.effect(effect));
        declined
    }

    /// A terminal was opened: in the first one, what the service permits is shown.
    pub(crate) fn shown_in(&self, channel: u32) {
        let first = self.actions.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(text) = first {
            self.order(Order::Warn(vec![channel], text));
        }
    }

    fn effect(&self, effect: Effect) {
        let order = match effect {
            Effect::Warn { channels, notice } => Order::Warn(channels, notice.text()),
            Effect::CloseChannels(channels) => Order::CloseChannels(channels),
            Effect::HoldInput => Order::Hold,
            Effect::ReleaseInput => Order::Release,
            Effect::Close { ending, notice } => Order::Close(ending, notice.as_ref().map(Notice::text)),
            Effect::Mark(mark) => return self.marked(mark),
            Effect::Declined(_) => return,
        };
        self.order(order);
    }

    fn order(&self, order: Order) {
        // The last place is kept for the closing, which comes once.
        if self.orders.capacity() <= 1 && !matches!(order, Order::Close(..)) {
            return;
        }
        // An edge that is gone needs no orders; one that does not take sixteen of them is cut by its own
        // stall watch.
        let _gone = self.orders.try_send(order);
    }

    /// What the machine found worth an entry, where no act has written it already.
    fn marked(&self, mark: Mark) {
        match mark {
            Mark::IdleWarned { closes_at } => self.warned("idle", closes_at),
            Mark::EndWarned { ends_at } => self.warned("window-end", ends_at),
            Mark::Extended { .. }
            | Mark::TermsChanged { .. }
            | Mark::LongOperation { .. }
            | Mark::Joined { .. }
            | Mark::Left { .. }
            | Mark::Paused { .. }
            | Mark::Resumed { .. }
            | Mark::Ended { .. } => {}
        }
    }

    fn warned(&self, about: &str, closes_at: Timestamp) {
        self.observe(events::SessionWarned { about: about.into(), closes_at });
    }

    fn machine<T>(&self, act: impl FnOnce(&mut Session) -> T) -> T {
        act(&mut self.machine.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The live sessions of this gate.
#[derive(Default)]
pub(crate) struct Register(Mutex<BTreeMap<SessionId, Arc<Live>>>);

impl Register {
    pub(crate) fn add(&self, live: Arc<Live>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(live.id, live);
    }

    pub(crate) fn remove(&self, session: SessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
    }

    pub(crate) fn get(&self, session: SessionId) -> Option<Arc<Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&session).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Those whose opening stands in the ledger: of the others nothing can be written yet.
    pub(crate) fn opened(&self) -> Vec<Arc<Live>> {
        self.all().into_iter().filter(|live| live.stands()).collect()
    }

    /// How many this person has.
    pub(crate) fn of(&self, person: &PersonId) -> usize {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().filter(|live| live.attempt.person == *person).count()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
