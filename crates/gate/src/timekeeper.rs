//! The clock of the machine, watched: windows, codes and proofs lean on it.
//!
//! A *jump* is where the wall clock and the time that passes part by more than a synchroniser that slews ever moves
//! it. Whether the clock is kept right at all is what the system says of it. Both are written into every log, and once
//! for each change.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::{Actor, ClockJumped, ClockKept, Fact};
use tokio::time::Instant;
use vocab::Timestamp;

use crate::Gate;
use crate::scribe::Note;

/// Further than this and it is a jump. Slewing moves a clock by 500 ppm at most: 0.3 s in [`SPELL`].
const JUMP: Duration = Duration::from_secs(1);
/// How long the two are compared before they are set alike again.
const SPELL: Duration = Duration::from_secs(600);
/// After a jump the next is told this much later at the earliest, all of it in one: a clock that jumps each second fills
/// no log.
const QUIET: Duration = Duration::from_secs(60);

/// What was seen of the clock.
#[derive(Default)]
pub(crate) struct Timekeeper {
    state: Mutex<State>,
    jumps: AtomicU64,
}

#[derive(Default)]
struct State {
    /// A moment of both clocks at which they were alike.
    alike: Option<(Timestamp, Instant)>,
    told: Option<Instant>,
    kept: Option<bool>,
}

/// Where the clock should have stood, and where it stood.
#[derive(Debug, PartialEq, Eq)]
struct Jump {
    expected: Timestamp,
    found: Timestamp,
}

impl State {
    fn look(&mut self, wall: Timestamp, passed: Instant) -> Option<Jump> {
        let (then, since) = *self.alike.get_or_insert((wall, passed));
        let expected = then.after(passed.saturating_duration_since(since));
        let apart = wall.since(expected).max(expected.since(wall));
        if apart < JUMP {
            if passed.saturating_duration_since(since) >= SPELL {
                self.alike = Some((wall, passed));
            }
            return None;
        }
        if self.told.is_some_and(|told| passed.saturating_duration_since(told) < QUIET) {
            return None;
        }
        (self.alike, self.told) = (Some((wall, passed)), Some(passed));
        Some(Jump { expected, found: wall })
    }

    /// What the system says of the clock, where that changed; the first word too, unless all is well.
    fn hears(&mut self, kept: Option<bool>) -> Option<bool> {
        let kept = kept?;
        let before = self.kept.replace(kept);
        (before.unwrap_or(true) != kept).then_some(kept)
    }
}

impl Gate {
    /// Looks at the clock; called as time passes.
    pub(crate) fn watch_clock(&self) {
        let (passed, wall) = (Instant::now(), self.clock.now());
        let (jump, kept) = {
            let mut state = self.timekeeper.state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.look(wall, passed), state.hears(self.clock.kept()))
        };
        if let Some(Jump { expected, found }) = jump {
            self.timekeeper.jumps.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%expected, %found, "The clock jumped");
            self.tell_everywhere(wall, &ClockJumped { expected, found }.into());
        }
        if let Some(synchronised) = kept {
            tracing::warn!(synchronised, "What keeps the clock changed");
            self.tell_everywhere(wall, &ClockKept { synchronised }.into());
        }
    }

    /// Whether something keeps the clock right; `None`: the system does not say.
    pub fn clock_kept(&self) -> Option<bool> {
        self.clock.kept()
    }

    /// Jumps of the clock since the start.
    pub fn clock_jumps(&self) -> u64 {
        self.timekeeper.jumps.load(Ordering::Relaxed)
    }

    fn tell_everywhere(&self, at: Timestamp, fact: &Fact) {
        for (establishment, _) in self.journals.all() {
            let (by, fact) = (Actor::Gate, fact.clone());
            self.observe(Note { establishment, at, by, session: None, intervention: None, fact });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Both {
        start: Instant,
        state: State,
    }

    impl Both {
        /// So many milliseconds of time have passed, and the wall clock is so far from them.
        fn at(&mut self, passed: u64, apart: i64) -> Option<i64> {
            let wall = 1_790_000_000_000_000 + i64::try_from(passed).unwrap() * 1_000 + apart * 1_000;
            let passed = self.start + Duration::from_millis(passed);
            let jump = self.state.look(Timestamp::from_micros(wall), passed)?;
            Some((jump.found.as_micros() - jump.expected.as_micros()) / 1_000)
        }
    }

    fn both() -> Both {
        Both { start: Instant::now(), state: State::default() }
    }

    #[test]
    fn a_jump_is_told_once_in_both_directions() {
        let mut both = both();
        assert_eq!(both.at(0, 0), None);
        assert_eq!(both.at(5_000, 900), None);
        assert_eq!(both.at(10_000, 3_600_000), Some(3_600_000));
        assert_eq!(both.at(11_000, 3_600_000), None);
        assert_eq!(both.at(200_000, 0), Some(-3_600_000));
        assert_eq!(both.at(201_000, 0), None);
    }

    #[test]
    fn slewing_is_no_jump_and_small_steps_are() {
        let mut slewed = both();
        // 500 ppm, for a day.
        assert!(
            (0..86_400).all(|second| slewed.at(second * 1_000, i64::try_from(second / 2).unwrap()).is_none())
        );
        let mut stepped = both();
        let told = (0..60).filter_map(|i| stepped.at(i * 1_000, i64::try_from(i).unwrap() * 300)).count();
        assert!(told > 0);
    }

    #[test]
    fn a_clock_that_stands_still_floods_nothing() {
        let mut both = both();
        let told =
            (0..3_600_u64).filter_map(|i| both.at(i * 1_000, -i64::try_from(i * 1_000).unwrap())).count();
        assert_eq!(told, 60);
    }

    #[test]
    fn what_keeps_the_clock_is_told_when_it_changes() {
        let mut state = State::default();
        let heard = [None, Some(true), Some(true), Some(false), Some(false), None, Some(true)];
        let told: Vec<_> = heard.into_iter().map(|kept| state.hears(kept)).collect();
        assert_eq!(told, [None, None, None, Some(false), None, None, Some(true)]);
        assert_eq!(State::default().hears(Some(false)), Some(false));
    }
}
