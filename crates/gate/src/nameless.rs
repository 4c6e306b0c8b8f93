//! How much content without a name may cross without the right `bulk`.
//!
//! A command's streams and a line of commands are text up to a point, and content beyond it. A terminal is a
//! screen and a keyboard: what it shows is recorded and hashed whole, what is typed comes at a person's pace.

use std::collections::{HashMap, VecDeque};

use recording::Track;
use vocab::{Right, Timestamp};

/// A command's stream up to this length is its text; beyond it, it is content without a name, which only
/// the right `bulk` lets cross. What a terminal showed or was typed is written down with its hash from there on.
pub const NAMELESS_MAX: u64 = 64 * 1024;

/// The same for all commands of a session together, in one direction: 16 streams of the largest size, one for
/// each channel that a connection may have open. What is typed and the command lines count too: a person
/// who types 1 KiB a minute reaches it after 17 hours.
pub const NAMELESS_SESSION_MAX: u64 = 16 * NAMELESS_MAX;

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
}

impl Allowance {
    /// A piece of a command's stream. What is barred is not counted: it does not cross.
    pub(crate) fn stream(&mut self, channel: u32, track: Track, length: u64) -> Result<(), Barred> {
        let seen = self.streams.entry((channel, track)).or_default();
        let longer = seen.saturating_add(length);
        if longer > NAMELESS_MAX {
            return Err(Barred::Stream);
        }
        let all = if track == Track::Stdin { &mut self.inward } else { &mut self.outward };
        add(all, length)?;
        *seen = longer;
        Ok(())
    }

    /// Typed into a terminal.
    pub(crate) fn typed(&mut self, at: Timestamp, channel: u32, length: u64) -> Result<(), Barred> {
        let pace = self.typed.entry(channel).or_default();
        if pace.within(at).saturating_add(length) > NAMELESS_MAX {
            return Err(Barred::Typed);
        }
        add(&mut self.inward, length)?;
        pace.add(length);
        Ok(())
    }

    /// A command line.
    pub(crate) fn command(&mut self, length: u64) -> Result<(), Barred> {
        add(&mut self.inward, length)
    }

    /// A channel is over; what it carried stays counted.
    pub(crate) fn channel_over(&mut self, channel: u32) {
        self.streams.retain(|(of, _), _| *of != channel);
        self.typed.remove(&channel);
    }
}

fn add(all: &mut u64, length: u64) -> Result<(), Barred> {
    let more = all.saturating_add(length);
    if more > NAMELESS_SESSION_MAX {
        return Err(Barred::Session);
    }
    *all = more;
    Ok(())
}

/// How much was typed in each of the last seconds: at most 61 of them, a KiB.
#[derive(Debug, Default)]
struct Pace {
    seconds: VecDeque<(i64, u64)>,
    sum: u64,
}

impl Pace {
    /// What was typed within the span that ends now. A second counts until all of it is outside.
    fn within(&mut self, at: Timestamp) -> u64 {
        // A clock that goes back forgets nothing.
        let now = self.seconds.back().map_or(at.as_secs(), |(last, _)| at.as_secs().max(*last));
        while let Some((second, length)) = self.seconds.front()
            && second.saturating_add(TYPED_SECS) < now
        {
            self.sum = self.sum.saturating_sub(*length);
            self.seconds.pop_front();
        }
        if self.seconds.back().is_none_or(|(last, _)| *last < now) {
            self.seconds.push_back((now, 0));
        }
        self.sum
    }

    /// Typed at the moment last told.
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

    #[test]
    fn a_stream_has_its_text_and_no_more() {
        let mut allowance = Allowance::default();
        assert_eq!(allowance.stream(1, Track::Stdout, NAMELESS_MAX), Ok(()));
        assert_eq!(allowance.stream(1, Track::Stdout, 1), Err(Barred::Stream));
        assert_eq!(allowance.stream(1, Track::Stderr, 1), Ok(()));
        assert_eq!(allowance.stream(2, Track::Stdout, NAMELESS_MAX + 1), Err(Barred::Stream));
    }

    #[test]
    fn a_session_has_its_sum_whatever_the_channels() {
        let mut allowance = Allowance::default();
        for channel in 0..16 {
            assert_eq!(allowance.stream(channel, Track::Stdout, NAMELESS_MAX), Ok(()), "{channel}");
            allowance.channel_over(channel);
        }
        assert_eq!(allowance.stream(16, Track::Stderr, 1), Err(Barred::Session));
        // The other direction has its own.
        assert_eq!(allowance.command(NAMELESS_SESSION_MAX - 2), Ok(()));
        assert_eq!(allowance.stream(17, Track::Stdin, 1), Ok(()));
        assert_eq!(allowance.typed(at(0), 18, 1), Ok(()));
        assert_eq!(allowance.typed(at(0), 18, 1), Err(Barred::Session));
        assert_eq!(allowance.command(1), Err(Barred::Session));
    }

    #[test]
    fn what_is_barred_is_not_counted() {
        let mut allowance = Allowance::default();
        for _ in 0..100 {
            assert_eq!(allowance.stream(1, Track::Stdin, NAMELESS_MAX + 1), Err(Barred::Stream));
        }
        assert_eq!(allowance.stream(2, Track::Stdin, NAMELESS_MAX), Ok(()));
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
            pace.within(at(second));
            pace.add(1);
        }
        assert!(pace.seconds.len() <= 62, "{}", pace.seconds.len());
        assert_eq!(pace.within(at(10_000)), 60);
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
