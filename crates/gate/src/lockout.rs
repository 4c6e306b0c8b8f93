//! Three wrong second factors after a verified key lock that person for a minute.
//!
//! Only what comes after a verified key counts: an agent with four keys never locks its owner out, nor
//! a stranger a technician.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use vocab::{PersonId, Timestamp};

/// Wrong codes in a row that lock (PSSI template of the PGSSI-S, 5.2.3: three).
pub(crate) const TRIES: u8 = 3;
/// How long (same source: at least a minute).
const LOCKED_FOR: Duration = Duration::from_secs(60);
/// People remembered: each has shown a key of his own, so their number is that of the people known. The
/// bound is for a deployment far beyond any: 100,000 × 100 bytes = 10 MB.
const PEOPLE_MAX: usize = 100_000;

/// Who failed how often.
#[derive(Default)]
pub(crate) struct Lockouts {
    people: Mutex<HashMap<PersonId, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u8,
    until: Timestamp,
}

impl Lockouts {
    /// Until when the person is locked, if he is.
    pub(crate) fn locked(&self, person: &PersonId, now: Timestamp) -> Option<Timestamp> {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.get(person).map(|failures| failures.until).filter(|until| now < *until)
    }

    /// A try begins, and is counted before it is checked: many at once are no more than three. `None`: the
    /// person is locked. `Some(true)`: this one locks, unless it is right.
    pub(crate) fn begin(&self, person: &PersonId, now: Timestamp) -> Option<bool> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= PEOPLE_MAX {
            people.retain(|_, failures| now < failures.until);
        }
        let failures = people.entry(person.clone()).or_insert(Failures { count: 0, until: Timestamp::MIN });
        if now < failures.until {
            return None;
        }
        failures.count += 1;
        if failures.count < TRIES {
            return Some(false);
        }
        *failures = Failures { count: 0, until: now.after(LOCKED_FOR) };
        Some(true)
    }

    /// A right code makes the earlier ones forgotten.
    pub(crate) fn right(&self, person: &PersonId) {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).remove(person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_in_a_row_lock_for_a_minute() {
        let (lockouts, person) = (Lockouts::default(), "a.technicien".parse().unwrap());
        let at = |secs: i64| Timestamp::from_secs(1_000 + secs);
        assert_eq!(lockouts.begin(&person, at(0)), Some(false));
        assert_eq!(lockouts.begin(&person, at(1)), Some(false));
        lockouts.right(&person);
        assert_eq!(lockouts.begin(&person, at(2)), Some(false));
        assert_eq!(lockouts.begin(&person, at(3)), Some(false));
        assert_eq!(lockouts.locked(&person, at(3)), None);
        assert_eq!(lockouts.begin(&person, at(4)), Some(true));
        assert_eq!(lockouts.begin(&person, at(4)), None, "a fourth at the same moment is not checked");
        assert!(lockouts.locked(&person, at(63)).is_some());
        assert_eq!(lockouts.locked(&person, at(64)), None);
        assert_eq!(lockouts.locked(&"b.autre".parse().unwrap(), at(5)), None);
        assert_eq!(lockouts.begin(&person, at(65)), Some(false), "after the minute the count begins again");
        assert_eq!(lockouts.begin(&person, at(66)), Some(false));
        assert_eq!(lockouts.begin(&person, at(67)), Some(true));
        lockouts.right(&person);
        assert_eq!(lockouts.locked(&person, at(67)), None, "the third was right: nothing is locked");
    }
}
