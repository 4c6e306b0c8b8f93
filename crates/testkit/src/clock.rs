//! A clock that a test sets.

use std::sync::Mutex;
use std::time::Duration;

use gate::ports::Clock;
use tokio::time::Instant;
use vocab::Timestamp;

use crate::lock;

/// A wall clock that stands still, or goes on from a moment with the time of the runtime: where the runtime's
/// time is paused, both go when the test says so.
pub struct SetClock(Mutex<(Timestamp, Option<Instant>)>, Mutex<Option<bool>>);

impl SetClock {
    /// Stands still at a moment.
    pub fn at(moment: Timestamp) -> Self {
        Self(Mutex::new((moment, None)), Mutex::default())
    }

    /// Goes on from a moment.
    pub fn running(from: Timestamp) -> Self {
        Self(Mutex::new((from, Some(Instant::now()))), Mutex::default())
    }

    /// From now on it is this moment. One that ran goes on from there.
    pub fn set(&self, moment: Timestamp) {
        let mut state = lock(&self.0);
        let running = state.1.map(|_| Instant::now());
        *state = (moment, running);
    }

    /// From now on this is what the system says of it.
    pub fn is_kept(&self, kept: Option<bool>) {
        *lock(&self.1) = kept;
    }

    /// It is so much later.
    pub fn pass(&self, span: Duration) {
        let later = self.now().after(span);
        self.set(later);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let (from, running) = *lock(&self.0);
        running.map_or(from, |since| from.after(since.elapsed()))
    }

    fn kept(&self) -> Option<bool> {
        *lock(&self.1)
    }
}
