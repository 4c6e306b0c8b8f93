//! A flood of refused logins: the first of them are written one by one, the rest are counted, and their number is
//! written down each minute. Whoever floods the door fills neither the log nor the disk.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use vocab::Timestamp;

/// Refusals written one by one, over all sources, before it is a flood: a morning on which everybody forgot his
/// code.
const AT_ONCE: u32 = 60;
/// One more for each of these: at most 86,400 a day of below 1 KiB each, below 90 MB a day under the worst flood.
const REFILL: Duration = Duration::from_secs(1);
/// How often the number of the others is written.
const SUMMED: Duration = Duration::from_secs(60);

/// What was not written one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) count: u64,
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
}

/// Counts refused logins.
#[derive(Default)]
pub(crate) struct Flood(Mutex<State>);

#[derive(Default)]
struct State {
    /// Written since the bucket was full, less what was refilled.
    spent: u32,
    /// Up to when it was refilled.
    refilled: Option<Timestamp>,
    counted: Option<Sum>,
}

impl Flood {
    /// A login was refused: whether it is written down by itself. If not, it is counted.
    pub(crate) fn admits(&self, now: Timestamp) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.refill(now);
        if state.spent < AT_ONCE {
            state.spent += 1;
            return true;
        }
        let sum = state.counted.get_or_insert(Sum { count: 0, since: now, until: now });
        (sum.count, sum.until) = (sum.count.saturating_add(1), now);
        false
    }

    /// What was counted, when it is time to write it, or `all` of it when the gate stops.
    pub(crate) fn due(&self, now: Timestamp, all: bool) -> Option<Sum> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = state.counted?;
        (all || now.since(sum.since) >= SUMMED || now < sum.since).then(|| state.counted.take()).flatten()
    }
}

impl State {
    fn refill(&mut self, now: Timestamp) {
        // A clock that steps back refills nothing.
        let from = self.refilled.filter(|from| *from <= now).unwrap_or(now);
        let whole = u32::try_from(now.since(from).as_secs() / REFILL.as_secs()).unwrap_or(u32::MAX);
        self.spent = self.spent.saturating_sub(whole);
        self.refilled = Some(from.after(REFILL.saturating_mul(whole)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(1_000_000_000 + millis * 1_000)
    }

    #[test]
    fn the_first_are_written_and_the_others_summed() {
        let flood = Flood::default();
        let written = (0..1_000).filter(|i| flood.admits(at(*i))).count();
        assert_eq!(written, 60);
        assert_eq!(flood.due(at(1_000), false), None, "a minute is not over");
        let sum = flood.due(at(61_000), false).unwrap();
        assert_eq!((sum.count, sum.since, sum.until), (940, at(60), at(999)));
        assert_eq!(flood.due(at(200_000), true), None, "it is written once");
    }

    #[test]
    fn a_steady_trickle_is_written_whole() {
        let flood = Flood::default();
        assert!((0..500).all(|i| flood.admits(at(i * 1_000))));
        assert_eq!(flood.due(at(600_000), true), None);
    }

    #[test]
    fn a_clock_that_steps_back_opens_nothing() {
        let flood = Flood::default();
        (0..60).for_each(|_| assert!(flood.admits(at(10_000))));
        assert!(!flood.admits(at(-500_000)));
        assert!(!flood.admits(at(-500_000)));
        assert_eq!(flood.due(at(-500_000), true).unwrap().count, 2);
    }
}
