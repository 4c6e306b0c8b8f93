//! One direction of one channel: what came from one side and was not given to the other yet.
//!
//! The library's loops put in and never wait; our pumps take out and do. What is queued in all lanes of
//! one direction is counted by one [`Meter`], whose mark holds the source back.

mod room;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use russh::Sig;
use tokio::sync::Notify;

use self::room::{LARGE, Room, SHELF};
use crate::leg::Rein;
use crate::limits::{BEYOND_MARK, ITEM_COST, PIECE, REQUESTS};

/// One thing that crosses a channel, in order.
#[derive(Debug)]
pub(crate) enum Item {
    /// Standard input or output.
    Data(Bytes),
    /// Standard error.
    Error(Bytes),
    /// No more data from this side.
    Eof,
    /// The terminal's size, in characters. Pixels stay at the door: they would carry what nobody sees.
    Size(u32, u32),
    /// A signal for the process.
    Signal(Sig),
    /// The process ended.
    Exit(u32),
    /// The process was ended by a signal: its name, whether a core was dumped, and words.
    Killed(Sig, bool, String),
    /// The other side granted (`true`) or refused the oldest request that was not answered.
    Answer(bool),
    /// This side closed the channel; nothing follows.
    Close,
    /// This side's connection is gone; nothing follows.
    Lost,
}

impl Item {
    /// Bytes of data in it.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Data(bytes) | Self::Error(bytes) => count(bytes.len()),
            _ => 0,
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A peer sends more than its window, or more requests than anybody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the peer ignores its limits")]
pub(crate) struct Flood;

/// The bytes queued in one direction of one connection.
pub(crate) struct Meter {
    queued: AtomicUsize,
    mark: usize,
    rein: Rein,
    means: Means,
    /// Whether the source is being held back.
    holding: AtomicBool,
    /// Bytes of data that came, in whatever channel.
    received: AtomicU64,
    /// Those of them that a pump took: it accounts for them.
    taken: AtomicU64,
}

/// How a source is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// Its window trickles, and its leg is read in steps. For the technician: if nothing of his were read,
    /// neither would be the windows that he opens for the other direction.
    Pace,
    /// Its leg is not read. For the equipment.
    Hold,
}

impl Meter {
    /// For the technician's leg: [`Meter::throttle`] is asked whenever his window is re-opened.
    pub(crate) fn pacing(mark: usize, rein: Rein) -> Arc<Self> {
        Self::new(mark, rein, Means::Pace)
    }

    /// For the equipment's leg: above the mark it is not read, below half of it it is again.
    pub(crate) fn holding(mark: usize, rein: Rein) -> Arc<Self> {
        Self::new(mark, rein, Means::Hold)
    }

    fn new(mark: usize, rein: Rein, means: Means) -> Arc<Self> {
        Arc::new(Self {
            queued: AtomicUsize::new(0),
            mark,
            rein,
            means,
            holding: AtomicBool::new(false),
            received: AtomicU64::new(0),
            taken: AtomicU64::new(0),
        })
    }

    /// Whether the window is to trickle from now on.
    pub(crate) fn throttle(&self) -> bool {
        let above = self.queued.load(Ordering::Acquire) > self.mark;
        if above {
            self.hold(true);
        }
        above
    }

    /// Bytes came that belong to no lane: nobody takes them.
    pub(crate) fn stray(&self, length: usize) {
        self.received.fetch_add(count(length), Ordering::Relaxed);
    }

    /// Bytes that came up to now, and those of them that nobody took. What comes later is after the end.
    pub(crate) fn account(&self) -> (u64, u64) {
        // In this order: what is taken was received before.
        let taken = self.taken.load(Ordering::Acquire);
        let received = self.received.load(Ordering::Acquire);
        (received, received.saturating_sub(taken))
    }

    /// Bytes queued, with what their items cost.
    #[cfg(test)]
    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Ordering::Acquire)
    }

    fn hold(&self, held: bool) {
        if self.holding.swap(held, Ordering::AcqRel) != held {
            match self.means {
                Means::Pace => self.rein.pace(held),
                Means::Hold => self.rein.hold(held),
            }
        }
    }

    fn add(&self, cost: usize) -> Result<(), Flood> {
        let now = self.queued.fetch_add(cost, Ordering::AcqRel).saturating_add(cost);
        if now > self.mark && self.means == Means::Hold {
            self.hold(true);
        }
        if now > self.mark.saturating_add(BEYOND_MARK) { Err(Flood) } else { Ok(()) }
    }

    fn take(&self, cost: usize) {
        let before = self.queued.fetch_sub(cost, Ordering::AcqRel);
        if before.saturating_sub(cost) < self.mark / 2 {
            self.hold(false);
        }
    }
}

/// One direction of one channel.
pub(crate) struct Lane {
    meter: Arc<Meter>,
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Default)]
struct State {
    items: VecDeque<Queued>,
    room: Room,
    /// Items that are no data.
    requests: usize,
    /// Nothing is taken any more; what comes is dropped.
    shut: bool,
}

enum Queued {
    Data(BytesMut),
    Error(BytesMut),
    Other(Item),
}

impl Lane {
    /// An empty lane.
    pub(crate) fn new(meter: &Arc<Meter>) -> Arc<Self> {
        Arc::new(Self { meter: Arc::clone(meter), state: Mutex::default(), filled: Notify::new() })
    }

    /// Puts bytes in; never waits.
    ///
    /// # Errors
    /// The peer ignores its window.
    pub(crate) fn data(&self, bytes: &[u8], error: bool) -> Result<(), Flood> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.meter.stray(bytes.len());
        let mut state = self.locked();
        if state.shut {
            return Ok(());
        }
        let cost = match (state.items.back_mut(), error) {
            (Some(Queued::Data(tail)), false) | (Some(Queued::Error(tail)), true)
                if tail.len() < LARGE && tail.len().saturating_add(bytes.len()) <= PIECE =>
            {
                tail.extend_from_slice(bytes);
                bytes.len()
            }
            _ => {
                let piece = state.room.piece(bytes, &SHELF);
                state.items.push_back(if error { Queued::Error(piece) } else { Queued::Data(piece) });
                bytes.len().saturating_add(ITEM_COST)
            }
        };
        let counted = self.meter.add(cost);
        drop(state);
        self.filled.notify_one();
        counted
    }

    /// Puts something else in; never waits.
    ///
    /// # Errors
    /// The peer sends more requests than anybody needs.
    pub(crate) fn put(&self, item: Item) -> Result<(), Flood> {
        let mut state = self.locked();
        if state.shut {
            return Ok(());
        }
        // Only the last of several sizes matters.
        if let (Item::Size(..), Some(Queued::Other(last @ Item::Size(..)))) = (&item, state.items.back_mut())
        {
            *last = item;
        } else {
            state.requests = state.requests.saturating_add(1);
            if state.requests > REQUESTS {
                return Err(Flood);
            }
            self.meter.add(ITEM_COST)?;
            state.items.push_back(Queued::Other(item));
        }
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// The next item; waits for it.
    pub(crate) async fn next(&self) -> Item {
        loop {
            if let Some(item) = self.try_next() {
                return item;
            }
            self.filled.notified().await;
        }
    }

    /// The next item, when there is one. Whoever takes bytes accounts for them.
    pub(crate) fn try_next(&self) -> Option<Item> {
        let item = self.pop()?;
        self.meter.taken.fetch_add(item.bytes(), Ordering::AcqRel);
        Some(item)
    }

    fn pop(&self) -> Option<Item> {
        let mut state = self.locked();
        let (item, cost) = match state.items.pop_front()? {
            Queued::Data(piece) => {
                let cost = ITEM_COST.saturating_add(piece.len());
                (Item::Data(piece.freeze()), cost)
            }
            Queued::Error(piece) => {
                let cost = ITEM_COST.saturating_add(piece.len());
                (Item::Error(piece.freeze()), cost)
            }
            Queued::Other(item) => {
                state.requests = state.requests.saturating_sub(1);
                (item, ITEM_COST)
            }
        };
        if state.items.is_empty() {
            state.room.leave(&SHELF);
        }
        drop(state);
        self.meter.take(cost);
        Some(item)
    }

    /// Takes nothing more. What was still queued goes nowhere, and stays untaken in the meter's account.
    pub(crate) fn shut(&self) {
        self.locked().shut = true;
        while self.pop().is_some() {}
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.shut();
    }
}

/// Longest name of a signal that is not one of RFC 4254's: those have four letters.
const SIGNAL_NAME: usize = 64;

/// A signal whose name costs nothing to keep: what waits is counted by the piece.
pub(crate) fn short_name(signal: Sig) -> Sig {
    match signal {
        Sig::Custom(name) => Sig::Custom(name.chars().take(SIGNAL_NAME).collect()),
        known => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leg::Leg;
    use crate::limits::WINDOW;

    fn meter(mark: usize) -> Arc<Meter> {
        Meter::pacing(mark, Leg::new(tokio::io::empty()).1)
    }

    #[test]
    fn a_technician_is_paced_from_the_mark_until_half_of_it() {
        let (_leg, rein) = Leg::new(tokio::io::empty());
        let meter = Meter::pacing(4 * PIECE, rein.clone());
        let lane = Lane::new(&meter);
        for _ in 0..4 {
            lane.data(&vec![0; PIECE], false).unwrap();
        }
        assert!(!rein.is_paced(), "only when his window is re-opened");
        assert!(meter.throttle() && rein.is_paced());
        for expected in [true, true, false] {
            lane.try_next();
            assert_eq!(rein.is_paced(), expected);
        }
        assert!(!meter.throttle() && !rein.is_paced());
    }

    #[tokio::test]
    async fn small_pieces_are_put_together_and_order_is_kept() {
        let meter = meter(1024);
        let lane = Lane::new(&meter);
        lane.data(b"a", false).unwrap();
        lane.data(b"b", false).unwrap();
        lane.data(b"e", true).unwrap();
        lane.put(Item::Eof).unwrap();
        lane.data(b"late", false).unwrap();
        assert!(matches!(lane.next().await, Item::Data(bytes) if bytes == "ab"));
        assert!(matches!(lane.next().await, Item::Error(bytes) if bytes == "e"));
        assert!(matches!(lane.next().await, Item::Eof));
        assert!(matches!(lane.next().await, Item::Data(bytes) if bytes == "late"));
        assert_eq!(meter.queued(), 0);
    }

    /// What follows a large piece is a piece of its own: grown out of its room, the large one would be copied into far
    /// more than the meter counts.
    #[test]
    fn nothing_is_put_behind_a_large_piece() {
        let lane = Lane::new(&meter(1 << 20));
        for length in [LARGE, 1, 1, LARGE, LARGE, 1] {
            lane.data(&vec![7; length], false).unwrap();
        }
        let pieces: Vec<u64> = std::iter::from_fn(|| lane.try_next()).map(|item| item.bytes()).collect();
        let large = LARGE as u64;
        assert_eq!(pieces, [large, 2 + large, large, 1], "small ones grow, large ones do not");
    }

    #[tokio::test]
    async fn the_source_is_held_above_the_mark_and_freed_below_its_half() {
        let (near, _far) = tokio::io::duplex(1);
        let (_leg, rein) = Leg::new(near);
        let meter = Meter::holding(4 * PIECE, rein.clone());
        let lane = Lane::new(&meter);
        let full = vec![0; PIECE];
        for _ in 0..4 {
            lane.data(&full, false).unwrap();
        }
        assert!(meter.throttle() && rein.is_held());
        for _ in 0..2 {
            assert!(rein.is_held());
            lane.next().await;
        }
        lane.next().await;
        assert!(!rein.is_held());
    }

    #[test]
    fn a_peer_that_ignores_its_window_is_found() {
        let meter = meter(0);
        let lane = Lane::new(&meter);
        let full = vec![0; 256 * 1024];
        let pieces = (0..1_000).take_while(|_| lane.data(&full, false).is_ok()).count();
        assert!(pieces * full.len() <= BEYOND_MARK && pieces * full.len() >= WINDOW as usize, "{pieces}");
        drop(lane);
        assert_eq!(meter.queued(), 0);
    }

    #[test]
    fn requests_are_bounded_and_sizes_replace_each_other() {
        let lane = Lane::new(&meter(1 << 20));
        for columns in 0..10_000 {
            lane.put(Item::Size(columns, 1)).unwrap();
        }
        assert!(matches!(lane.try_next(), Some(Item::Size(9_999, ..))));
        let sent = (0..10_000).take_while(|_| lane.put(Item::Eof).is_ok()).count();
        assert_eq!(sent, REQUESTS);
    }

    #[test]
    fn what_nobody_took_is_known() {
        let meter = meter(1 << 20);
        let lane = Lane::new(&meter);
        lane.data(b"taken", false).unwrap();
        assert!(lane.try_next().is_some());
        assert_eq!(meter.account(), (5, 0));
        lane.data(b"queued", true).unwrap();
        assert_eq!(meter.account(), (11, 6));
        lane.shut();
        assert!(lane.try_next().is_none());
        lane.data(b"late", false).unwrap();
        meter.stray(7);
        assert_eq!(meter.account(), (22, 17));
        // A lane that was never taken from.
        Lane::new(&meter).data(b"unread", false).unwrap();
        assert_eq!((meter.account(), meter.queued()), ((28, 23), 0));
    }
}
