//! How much content without a name may cross without the right `bulk`.
//!
//! A command's streams and a line of commands are text up to a point, and content beyond it. A terminal is a
//! screen and a keyboard: what it shows is recorded and hashed whole, what is typed comes at a person's pace.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use recording::Track;
use vocab::{InterventionId, PersonId, Right, Timestamp};

/// A command's stream up to this length is its text; beyond it, it is content without a name, which only
/// the right `bulk` lets cross. What a terminal showed or was typed is written down with its hash from there on.
pub const NAMELESS_MAX: u64 = 64 * 1024;

/// The same for all commands of a session together, in one direction: 16 streams of the largest size, one for
/// each channel that a connection may have open. What is typed and the command lines count too: a person
/// who types 1 KiB a minute reaches it after 17 hours.
pub const NAMELESS_SESSION_MAX: u64 = 16 * NAMELESS_MAX;

/// The same for all sessions of one person in one intervention, within an hour: as much as four sessions, however many
/// are opened with one code.
pub const NAMELESS_HOUR_MAX: u64 = 4 * NAMELESS_SESSION_MAX;

const HOUR_SECS: i64 = 3_600;

/// A terminal takes [`NAMELESS_MAX`] bytes in any span of this many seconds. A person types below 1 KiB a
/// minute; a key held down is 30 × 3 bytes a second, 5 KiB; a mouse that never rests 60 × 12 bytes, 42 KiB; a
/// pasted configuration is a few KiB. Programs are faster.
const TYPED_SECS: i64 = 60;

/// Why something may not cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// The service does not give this right.
    Right(Right),
    /// Too many channels live in this session.
    Channels,
    /// A command's stream is longer than its text may be, without the right `bulk`.
    Stream,
    /// All of them together are, in this session.
    Session,
    /// All of them together are, in this person's sessions of the last hour.
    Hour,
    /// A terminal takes input faster than a person types, without the right `bulk`.
    Typed,
    /// Content would leave, and the intervention says no reason (E9).
    NoReason,
}

impl Barred {
    /// What was asked for, why it is refused, and by which limit: as it stands in the ledger.
    pub(crate) const fn codes(self) -> (Right, &'static str, Option<&'static str>) {
        match self {
            Self::Right(right) => (right, "no-right", None),
            Self::Channels => (Right::Exec, "channels", None),
            Self::Stream => (Right::Bulk, "no-right", Some("64 KiB a stream")),
            Self::Session => (Right::Bulk, "no-right", Some("1 MiB a session")),
            Self::Hour => (Right::Bulk, "no-right", Some("4 MiB an hour")),
            Self::Typed => (Right::Bulk, "no-right", Some("64 KiB typed in 60 s")),
            Self::NoReason => (Right::Bulk, "no-reason-to-take-out", None),
        }
    }
}

/// What crossed one session without a name and without the right `bulk`.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    streams: HashMap<(u32, Track), u64>,
    typed: HashMap<u32, Pace>,
    inward: u64,
    outward: u64,
    /// What all sessions of this person in this intervention share.
    hour: Arc<Hour>,
}

/// What one person's sessions in one intervention carried so within the last hour, inward and outward.
#[derive(Debug, Default)]
pub(crate) struct Hour(Mutex<[Pace; 2]>);

/// The hours of everybody who is in, or was within the last hour.
#[derive(Default)]
pub(crate) struct Hours(Mutex<HashMap<(PersonId, InterventionId), Arc<Hour>>>);

impl Hours {
    /// That of a person in an intervention.
    pub(crate) fn of(&self, person: &PersonId, intervention: &InterventionId, now: Timestamp) -> Arc<Hour> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What nobody is in and nothing is remembered of goes.
        all.retain(|_, hour| Arc::strong_count(hour) > 1 || !hour.is_empty(now));
        Arc::clone(all.entry((person.clone(), intervention.clone())).or_default())
    }
}

impl Hour {
    fn add(&self, at: Timestamp, inward: bool, length: u64) -> Result<(), Barred> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [into, out] = &mut *paces;
        let pace = if inward { into } else { out };
        if pace.within(at, HOUR_SECS, MINUTE_SECS).saturating_add(length) > NAMELESS_HOUR_MAX {
            return Err(Barred::Hour);
        }
        pace.add(length);
        Ok(())
    }

    fn is_empty(&self, now: Timestamp) -> bool {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paces.iter_mut().all(|pace| pace.within(now, HOUR_SECS, MINUTE_SECS) == 0)
    }
}

impl Allowance {
    /// Nothing yet, in a session of this person.
    pub(crate) fn of(hour: Arc<Hour>) -> Self {
        Self { hour, ..Self::default() }
    }

    /// A piece of a command's stream. What is barred is not counted: it does not cross.
    pub(crate) fn stream(
        &mut self,
        at: Timestamp,
        channel: u32,
        track: Track,
        length: u64,
    ) -> Result<(), Barred> {
        let longer = self.streams.get(&(channel, track)).copied().unwrap_or(0).saturating_add(length);
        if longer > NAMELESS_MAX {
            return Err(Barred::Stream);
        }
        self.add(at, track == Track::Stdin, length)?;
        self.streams.insert((channel, track), longer);
        Ok(())
    }

    /// Typed into a terminal.
    pub(crate) fn typed(&mut self, at: Timestamp, channel: u32, length: u64) -> Result<(), Barred> {
        let pace = self.typed.entry(channel).or_default();
        if pace.within(at, TYPED_SECS, 1).saturating_add(length) > NAMELESS_MAX {
            return Err(Barred::Typed);
        }
        self.add(at, true, length)?;
        self.typed.entry(channel).or_default().add(length);
        Ok(())
    }

    /// A command line.
    pub(crate) fn command(&mut self, at: Timestamp, length: u64) -> Result<(), Barred> {
        self.add(at, true, length)
    }

    fn add(&mut self, at: Timestamp, inward: bool, length: u64) -> Result<(), Barred> {
        let all = if inward { &mut self.inward } else { &mut self.outward };
        let more = all.saturating_add(length);
        if more > NAMELESS_SESSION_MAX {
            return Err(Barred::Session);
        }
        self.hour.add(at, inward, length)?;
        *all = more;
        Ok(())
    }

    /// A channel is over; what it carried stays counted.
    pub(crate) fn channel_over(&mut self, channel: u32) {
        self.streams.retain(|(of, _), _| *of != channel);
        self.typed.remove(&channel);
    }
}

/// An hour is counted by the minute.
const MINUTE_SECS: i64 = 60;

/// How much came in each of the last seconds, or minutes: at most 61 of them, a KiB.
#[derive(Debug, Default)]
struct Pace {
    seconds: VecDeque<(i64, u64)>,
    sum: u64,
}

impl Pace {
    /// What came within the span that ends now, counted in steps of so many seconds. A step counts until all of it is
    /// outside.
    fn within(&mut self, at: Timestamp, span: i64, step: i64) -> u64 {
        // A clock that goes back forgets nothing.
        let at = at.as_secs().div_euclid(step) * step;
        let now = self.seconds.back().map_or(at, |(last, _)| at.max(*last));
        while let Some((second, length)) = self.seconds.front()
            && second.saturating_add(span) < now
        {
            self.sum = self.sum.saturating_sub(*length);
            self.seconds.pop_front();
        }
        if self.seconds.back().is_none_or(|(last, _)| *last < now) {
            self.seconds.push_back((now, 0));
        }
        self.sum
    }

    /// Came at the moment last told.
    fn add(&mut self, length: u64) {
        if let Some((_, typed)) = self.seconds.back_mut() {
            *typed = typed.saturating_add(length);
            self.sum = self.sum.saturating_add(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    /// However many sessions one code opens, what they carry together is bounded, and after an hour forgotten.
    #[test]
    fn sessions_of_one_person_share_an_hour() {
        let hours = Hours::default();
        let of = |person: &str, now| {
            Allowance::of(hours.of(&person.parse().unwrap(), &"i-1".parse().unwrap(), now))
        };
        let carry = |person, now| {
            let mut session = of(person, now);
            (0..).take_while(|channel| session.stream(now, *channel, Track::Stdout, 32_768).is_ok()).count()
        };
        let all: Vec<usize> = (0..6).map(|minute| carry("a.martin", at(60 * minute))).collect();
        assert_eq!(all, [32, 32, 32, 32, 0, 0]);
        assert_eq!(of("a.martin", at(600)).stream(at(600), 1, Track::Stdout, 1), Err(Barred::Hour));
        assert_eq!(of("a.martin", at(600)).command(at(600), 1), Ok(()), "the other direction is another sum");
        assert_eq!(carry("b.petit", at(600)), 32, "another person has his own");
        assert_eq!(carry("a.martin", at(3_661)), 32, "the first session is forgotten");
        assert_eq!(carry("c.morel", at(20_000)), 32);
        assert_eq!(hours.0.lock().unwrap().len(), 1, "and so are those who left");
    }

    #[test]
    fn a_stream_has_its_text_and_no_more() {
        let mut allowance = Allowance::default();
        assert_eq!(allowance.stream(at(0), 1, Track::Stdout, NAMELESS_MAX), Ok(()));
        assert_eq!(allowance.stream(at(0), 1, Track::Stdout, 1), Err(Barred::Stream));
        assert_eq!(allowance.stream(at(0), 1, Track::Stderr, 1), Ok(()));
        assert_eq!(allowance.stream(at(0), 2, Track::Stdout, NAMELESS_MAX + 1), Err(Barred::Stream));
    }

    #[test]
    fn a_session_has_its_sum_whatever_the_channels() {
        let mut allowance = Allowance::default();
        for channel in 0..16 {
            assert_eq!(allowance.stream(at(0), channel, Track::Stdout, NAMELESS_MAX), Ok(()), "{channel}");
            allowance.channel_over(channel);
        }
        assert_eq!(allowance.stream(at(0), 16, Track::Stderr, 1), Err(Barred::Session));
        // The other direction has its own.
        assert_eq!(allowance.command(at(0), NAMELESS_SESSION_MAX - 2), Ok(()));
        assert_eq!(allowance.stream(at(0), 17, Track::Stdin, 1), Ok(()));
        assert_eq!(allowance.typed(at(0), 18, 1), Ok(()));
        assert_eq!(allowance.typed(at(0), 18, 1), Err(Barred::Session));
        assert_eq!(allowance.command(at(0), 1), Err(Barred::Session));
    }

    #[test]
    fn what_is_barred_is_not_counted() {
        let mut allowance = Allowance::default();
        for _ in 0..100 {
            assert_eq!(allowance.stream(at(0), 1, Track::Stdin, NAMELESS_MAX + 1), Err(Barred::Stream));
        }
        assert_eq!(allowance.stream(at(0), 2, Track::Stdin, NAMELESS_MAX), Ok(()));
    }

    #[test]
    fn a_terminal_takes_a_persons_pace() {
        let mut allowance = Allowance::default();
        assert_eq!(allowance.typed(at(0), 1, NAMELESS_MAX - 1), Ok(()));
        assert_eq!(allowance.typed(at(30), 1, 1), Ok(()));
        assert_eq!(allowance.typed(at(60), 1, 1), Err(Barred::Typed));
        // Another terminal has its own pace.
        assert_eq!(allowance.typed(at(60), 2, 1), Ok(()));
        // The whole second 0 is outside from second 61 on; a clock that goes back forgets nothing.
        assert_eq!(allowance.typed(at(20), 1, 1), Err(Barred::Typed));
        assert_eq!(allowance.typed(at(61), 1, NAMELESS_MAX - 1), Ok(()));
        assert_eq!(allowance.typed(at(61), 1, 1), Err(Barred::Typed));
    }

    #[test]
    fn a_pace_stays_small() {
        let mut pace = Pace::default();
        for second in 0..10_000 {
            pace.within(at(second), TYPED_SECS, 1);
            pace.add(1);
        }
        assert!(pace.seconds.len() <= 62, "{}", pace.seconds.len());
        assert_eq!(pace.within(at(10_000), TYPED_SECS, 1), 60);
    }

    proptest::proptest! {
        /// However it is typed, no span of a minute holds more than its measure.
        #[test]
        fn no_minute_holds_more(typed in proptest::collection::vec((0..30i64, 0..40_000u64), 0..80)) {
            let (mut allowance, mut now, mut taken) = (Allowance::default(), 0, Vec::new());
            for (pause, length) in typed {
                now += pause;
                if allowance.typed(at(now), 1, length).is_ok() {
                    taken.push((now, length));
                }
                let span: u64 = taken.iter().filter(|(second, _)| *second > now - 60).map(|(_, length)| length).sum();
                proptest::prop_assert!(span <= NAMELESS_MAX);
            }
        }
    }
}
