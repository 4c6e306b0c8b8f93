//! Connections that are turned away at the door, before anything is known of them: the machine has no more room.
//! They are counted, and their number written down each minute.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::{Actor, ConnectionsRefused};

use crate::Gate;
use crate::flood::Sum;

/// How often their number is written.
const SUMMED: Duration = Duration::from_secs(60);

/// Who was turned away.
#[derive(Default)]
pub(crate) struct Turned {
    all: AtomicU64,
    unwritten: Mutex<Option<Sum>>,
}

impl Gate {
    /// A connection was turned away, because descriptors would run out.
    pub fn turned_away(&self) {
        let now = self.clock.now();
        self.turned.all.fetch_add(1, Ordering::Relaxed);
        let mut unwritten = self.turned.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = unwritten.get_or_insert_with(|| {
            tracing::warn!("Descriptors would run out: connections are turned away");
            Sum { count: 0, since: now, until: now }
        });
        (sum.count, sum.until) = (sum.count.saturating_add(1), now);
    }

    /// How many were turned away since the start.
    pub fn turned_away_count(&self) -> u64 {
        self.turned.all.load(Ordering::Relaxed)
    }

    /// Sessions that may still be opened at once.
    pub fn places_left(&self) -> usize {
        self.sessions_max.saturating_sub(self.sessions.count())
    }

    /// Writes down how many, when it is time (or at the stop: `all`).
    pub(crate) fn sum_turned_away(&self, all: bool) {
        let now = self.clock.now();
        let due = {
            let mut unwritten = self.turned.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
            let ripe = |sum: &Sum| all || now.since(sum.since) >= SUMMED || now < sum.since;
            if unwritten.as_ref().is_some_and(ripe) { unwritten.take() } else { None }
        };
        if let Some(sum) = due {
            let Sum { count, since, until } = sum;
            let fact = ConnectionsRefused { why: "descriptors".into(), count, since, until };
            self.observe(self.home_note(now, Actor::Gate, fact.into()));
        }
    }
}
