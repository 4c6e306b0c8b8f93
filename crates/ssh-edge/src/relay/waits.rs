//! Who waits for whom, and since when: a leg that takes nothing for too long is found here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use session::Leg;

/// All that waits for a leg to take something.
#[derive(Default)]
pub(crate) struct Waits(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    since: BTreeMap<u64, (Leg, Instant)>,
}

/// One wait; over when dropped.
pub(crate) struct Wait {
    waits: Arc<Waits>,
    number: u64,
}

impl Waits {
    /// Something begins to wait for this leg.
    pub(crate) fn begin(self: &Arc<Self>, leg: Leg) -> Wait {
        let mut state = self.locked();
        let number = state.next;
        state.next = number.wrapping_add(1);
        state.since.insert(number, (leg, Instant::now()));
        Wait { waits: Arc::clone(self), number }
    }

    /// The leg that has been waited for longest, and for how long.
    pub(crate) fn longest(&self) -> Option<(Leg, Duration)> {
        let state = self.locked();
        let (leg, since) = state.since.values().min_by_key(|(_, since)| *since)?;
        Some((*leg, since.elapsed()))
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.waits.locked().since.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_wait_is_told_until_it_is_over() {
        let waits = Arc::new(Waits::default());
        assert!(waits.longest().is_none());
        let first = waits.begin(Leg::Equipment);
        let _second = waits.begin(Leg::Technician);
        assert_eq!(waits.longest().unwrap().0, Leg::Equipment);
        drop(first);
        assert_eq!(waits.longest().unwrap().0, Leg::Technician);
    }
}
