//! What crosses a session, on its way to the recording: every byte is recorded, elided with its hash,
//! or counted, and shown to those who watch.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use recording::{Body, Digest, Record, STREAM_LIMIT, StreamBudget, Track};
use tokio::sync::broadcast;
use vocab::Timestamp;

use crate::nameless::{Allowance, Barred, Hour};
use crate::ports::Recorder;
use crate::typed::{Typed, Typing};

/// Records that a watcher may be behind before he loses some and is told so: 1,024 × 32 KiB packets at
/// most, a screen's worth in daily work.
const WATCH_QUEUE: usize = 1_024;

/// The four states of bytes that cross, in one direction, and what the gate itself said. Their sum is
/// what the sockets carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Crossed {
    /// Parsed and released: SFTP and SCP.
    pub parsed: u64,
    /// Unparsed by right, and recorded: terminals and commands.
    pub unparsed: u64,
    /// Unparsed by right, beyond what is recorded: elided with its hash.
    pub elided: u64,
    /// Refused: came in and was not let through.
    pub refused: u64,
    /// Said by the gate itself.
    pub own: u64,
}

impl Crossed {
    /// All that came: the gate's own words did not.
    pub const fn came(&self) -> u64 {
        self.parsed.saturating_add(self.unparsed).saturating_add(self.elided).saturating_add(self.refused)
    }
}

/// Both directions of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Crossings {
    /// Towards the equipment.
    pub inward: Crossed,
    /// Towards the technician.
    pub outward: Crossed,
}

/// A stream without a name that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamEnd {
    /// Which stream.
    pub track: Track,
    /// Its length in bytes.
    pub length: u64,
    /// How many of them stand in the recording.
    pub recorded: u64,
    /// SHA-256 of all of it.
    pub sha256: [u8; 32],
}

/// The streams of one session.
pub(crate) struct Streams {
    recorder: Arc<dyn Recorder>,
    watchers: Mutex<Watchers>,
    /// Whether what is typed is recorded.
    record_typed: bool,
    state: Mutex<State>,
}

/// Who sees what crosses. Their queue takes its whole room (1,024 × 120 bytes) at once: there is one while somebody watches.
#[derive(Default)]
enum Watchers {
    #[default]
    Nobody,
    Somebody(broadcast::Sender<Record>),
    /// The session is over: whoever watches sees the end.
    Over,
}

#[derive(Default)]
struct State {
    budgets: HashMap<(u32, Track), StreamBudget>,
    /// What terminals showed, and what was typed into them.
    screens: HashMap<(u32, Track), Whole>,
    typed: HashMap<u32, Typed>,
    /// Channels whose input is a keyboard's, with a terminal or without.
    keyboards: HashSet<u32>,
    allowance: Allowance,
    crossings: Crossings,
}

/// A terminal's stream up to now, hashed whole.
#[derive(Default)]
struct Whole {
    length: u64,
    recorded: u64,
    digest: Digest,
}

impl Whole {
    fn add(&mut self, bytes: &[u8], recorded: u64) {
        self.length = self.length.saturating_add(length(bytes));
        self.recorded = self.recorded.saturating_add(recorded);
        self.digest.update(bytes);
    }
}

impl Streams {
    pub(crate) fn new(recorder: Arc<dyn Recorder>, record_typed: bool, hour: Arc<Hour>) -> Self {
        let state = State { allowance: Allowance::of(hour), ..State::default() };
        Self { recorder, watchers: Mutex::default(), record_typed, state: Mutex::new(state) }
    }

    /// What crosses from now on; `None` when the session is over.
    pub(crate) fn watch(&self) -> Option<broadcast::Receiver<Record>> {
        let mut watchers = self.watchers();
        match &*watchers {
            Watchers::Nobody => {
                let (sender, receiver) = broadcast::channel(WATCH_QUEUE);
                *watchers = Watchers::Somebody(sender);
                Some(receiver)
            }
            Watchers::Somebody(sender) => Some(sender.subscribe()),
            Watchers::Over => None,
        }
    }

    /// Nothing crosses any more: watchers see the end.
    pub(crate) fn over(&self) {
        *self.watchers() = Watchers::Over;
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn crossings(&self) -> Crossings {
        self.locked(|state| state.crossings)
    }

    /// Adds what a protocol's parser counted for a channel that is over.
    pub(crate) fn parsed(&self, account: &transfer::Account) {
        self.locked(|state| {
            for (crossed, flow) in [
                (&mut state.crossings.inward, &account.inward),
                (&mut state.crossings.outward, &account.outward),
            ] {
                crossed.parsed += flow.released + flow.consumed;
                crossed.refused += flow.refused + flow.held;
                crossed.own += flow.generated;
            }
        });
    }

    /// Bytes that came in from one side and were not let through.
    pub(crate) fn refused(&self, towards_equipment: bool, length: u64) {
        self.locked(|state| side(&mut state.crossings, towards_equipment).refused += length);
    }

    /// So many bytes that the equipment is asked with: a command line, or what is said beside a channel's data.
    pub(crate) fn asked(&self, at: Timestamp, bytes: usize) -> Result<(), Barred> {
        self.locked(|state| state.allowance.command(at, u64::try_from(bytes).unwrap_or(u64::MAX)))
    }

    /// What the technician typed into a terminal; `bulk`: as fast and as much as he likes.
    pub(crate) fn typed(&self, at: Timestamp, channel: u32, bytes: &[u8], bulk: bool) -> Result<(), Barred> {
        let settled = self.locked(|state| {
            if !bulk {
                state.allowance.typed(at, channel, length(bytes))?;
            }
            state.crossings.inward.unparsed += length(bytes);
            let settled = if self.record_typed {
                state.typed.entry(channel).or_default().typed(bytes)
            } else {
                Vec::new()
            };
            let whole = state.screens.entry((channel, Track::Typed)).or_default();
            whole.add(bytes, settled.iter().map(Typing::shown).sum());
            Ok(settled)
        })?;
        settled.into_iter().for_each(|typing| self.typing(at, channel, typing));
        if !self.record_typed {
            self.push(Record { at, channel, body: Body::Unseen { length: length(bytes) } });
        }
        Ok(())
    }

    /// What a terminal showed.
    pub(crate) fn shown(&self, at: Timestamp, channel: u32, bytes: &[u8]) {
        let settled = self.locked(|state| {
            state.crossings.outward.unparsed += length(bytes);
            state.screens.entry((channel, Track::Output)).or_default().add(bytes, length(bytes));
            let settled = state.typed.get_mut(&channel).and_then(|typed| typed.shown(bytes));
            if let (Some(typing), Some(whole)) = (&settled, state.screens.get_mut(&(channel, Track::Typed))) {
                whole.recorded = whole.recorded.saturating_add(typing.shown());
            }
            settled
        });
        if let Some(typing) = settled {
            self.typing(at, channel, typing);
        }
        self.push(Record { at, channel, body: Body::Data { track: Track::Output, bytes: bytes.to_vec() } });
    }

    /// A piece of a command's stream; `bulk`: as much as there is.
    pub(crate) fn piece(
        &self,
        at: Timestamp,
        channel: u32,
        track: Track,
        bytes: &[u8],
        bulk: bool,
    ) -> Result<(), Barred> {
        let (data, marker) = self.locked(|state| {
            if !bulk {
                state.allowance.stream(at, channel, track, length(bytes))?;
            }
            let budget = state
                .budgets
                .entry((channel, track))
                .or_insert_with(|| StreamBudget::new(track, STREAM_LIMIT));
            let before = budget.elided();
            let (mut data, marker) = budget.record(at, bytes);
            let elided = budget.elided() - before;
            if track == Track::Stdin && state.keyboards.contains(&channel) {
                // A shell without a terminal echoes nothing: what is typed there is stored as its length.
                data = Some(Body::Unseen { length: length(bytes) });
            }
            let crossed = side(&mut state.crossings, track == Track::Stdin);
            crossed.elided += elided;
            crossed.unparsed += length(bytes) - elided;
            Ok((data, marker))
        })?;
        for body in [data, marker].into_iter().flatten() {
            self.push(Record { at, channel, body });
        }
        Ok(())
    }

    /// This channel's input comes from a keyboard.
    pub(crate) fn keyboard(&self, channel: u32) {
        self.locked(|state| state.keyboards.insert(channel));
    }

    /// Something the gate says to the technician, in so many bytes.
    pub(crate) fn notice(&self, at: Timestamp, channel: u32, text: &str, sent: usize) {
        let sent = u64::try_from(sent).unwrap_or(u64::MAX);
        self.locked(|state| state.crossings.outward.own += sent);
        let bytes = text.as_bytes().to_vec();
        self.push(Record { at, channel, body: Body::Data { track: Track::Notice, bytes } });
    }

    /// Anything else.
    pub(crate) fn mark(&self, at: Timestamp, channel: u32, body: Body) {
        self.push(Record { at, channel, body });
    }

    /// A channel is over: what was elided is marked with its final hash, what was typed is settled.
    /// Returns its streams without a name.
    pub(crate) fn channel_over(&self, at: Timestamp, channel: u32) -> Vec<StreamEnd> {
        let (markers, ends, typing) = self.locked(|state| {
            state.allowance.channel_over(channel);
            state.keyboards.remove(&channel);
            let mut over = taken(&mut state.budgets, channel);
            let markers: Vec<Body> = over.iter_mut().filter_map(|(_, budget)| budget.marker(at)).collect();
            let typing = state.typed.remove(&channel).and_then(|mut typed| typed.closed());
            let mut ends: Vec<StreamEnd> =
                over.iter().map(|(track, budget)| StreamEnd::of_budget(*track, budget)).collect();
            for (track, whole) in taken(&mut state.screens, channel) {
                let late = typing.as_ref().filter(|_| track == Track::Typed).map_or(0, Typing::shown);
                let recorded = whole.recorded.saturating_add(late);
                ends.push(StreamEnd { track, length: whole.length, recorded, sha256: whole.digest.value() });
            }
            (markers, ends, typing)
        });
        markers.into_iter().for_each(|body| self.push(Record { at, channel, body }));
        if let Some(typing) = typing {
            self.typing(at, channel, typing);
        }
        ends
    }

    fn typing(&self, at: Timestamp, channel: u32, typing: Typing) {
        let body = match typing {
            Typing::Shown(bytes) => Body::Data { track: Track::Typed, bytes },
            Typing::Unseen(length) => Body::Unseen { length },
        };
        self.push(Record { at, channel, body });
    }

    fn push(&self, record: Record) {
        let mut watchers = self.watchers();
        if let Watchers::Somebody(sender) = &*watchers
            && sender.send(record.clone()).is_err()
        {
            // The last one went away.
            *watchers = Watchers::Nobody;
        }
        drop(watchers);
        self.recorder.push(record);
    }

    fn locked<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl StreamEnd {
    fn of_budget(track: Track, budget: &StreamBudget) -> Self {
        let (length, sha256) = (budget.seen(), budget.digest());
        Self { track, length, recorded: length.saturating_sub(budget.elided()), sha256 }
    }
}

/// Takes what belongs to one channel out, in the order of the tracks.
fn taken<T>(all: &mut HashMap<(u32, Track), T>, channel: u32) -> Vec<(Track, T)> {
    let mut taken: Vec<(Track, T)> =
        all.extract_if(|(of, _), _| *of == channel).map(|((_, track), one)| (track, one)).collect();
    taken.sort_by_key(|(track, _)| *track);
    taken
}

fn side(crossings: &mut Crossings, towards_equipment: bool) -> &mut Crossed {
    if towards_equipment { &mut crossings.inward } else { &mut crossings.outward }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use std::fmt::Write as _;
        // Writing to a string does not fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
