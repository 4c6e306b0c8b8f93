//! Three wrong second factors after a verified key lock that person: for a minute, and twice as long each time
//! it happens again.
//!
//! Only what comes after a verified key counts: an agent with four keys never locks its owner out, nor
//! a stranger a technician.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use vocab::{PersonId, Timestamp};

/// Wrong codes in a row that lock (PSSI template of the PGSSI-S, 5.2.3: three).
pub(crate) const TRIES: u8 = 3;
/// How long the first time (same source: at least a minute).
const LOCKED_FOR: Duration = Duration::from_secs(60);
/// How long at the most. Whoever has stolen a key then has 3 guesses in 32 minutes: 135 a day, against a million
/// codes of which three are right at any moment: one chance in 2,500 a day.
const LOCKED_AT_MOST: u32 = 32;
/// Without a wrong code for so long, the next lock is a first one again.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3600);
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
    /// Locks in a row, without a day of quiet between.
    locks: u32,
    until: Timestamp,
    last: Timestamp,
}

/// What becomes of a try that begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Try {
    /// It may be checked.
    Open,
    /// It may be checked, and locks unless it is right: as the first, second… in a row.
    Locking(u32),
    /// The person is locked: nothing is checked.
    Locked,
}

impl Lockouts {
    /// Until when the person is locked, if he is.
    pub(crate) fn locked(&self, person: &PersonId, now: Timestamp) -> Option<Timestamp> {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.get(person).map(|failures| failures.until).filter(|until| now < *until)
    }

    /// A try begins, and is counted before it is checked: many at once are no more than three.
    pub(crate) fn begin(&self, person: &PersonId, now: Timestamp) -> Try {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= PEOPLE_MAX {
            people.retain(|_, failures| now < failures.until);
        }
        let new = Failures { count: 0, locks: 0, until: Timestamp::MIN, last: now };
        let failures = people.entry(person.clone()).or_insert(new);
        if now < failures.until {
            return Try::Locked;
        }
        if now.since(failures.last) >= FORGOTTEN_AFTER {
            *failures = new;
        }
        (failures.count, failures.last) = (failures.count + 1, now);
        if failures.count < TRIES {
            return Try::Open;
        }
        let times = 2_u32.saturating_pow(failures.locks).min(LOCKED_AT_MOST);
        let locks = failures.locks.saturating_add(1);
        *failures = Failures { count: 0, locks, until: now.after(LOCKED_FOR * times), last: now };
        Try::Locking(locks)
    }

    /// Those who were locked so often without a day of quiet, with how often: for the security officer.
    pub(crate) fn often(&self, locks: u32, now: Timestamp) -> Vec<(PersonId, u32)> {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = people
            .iter()
            .filter(|(_, failures)| failures.locks >= locks && now.since(failures.last) < FORGOTTEN_AFTER);
        let mut found: Vec<_> = recent.map(|(person, failures)| (person.clone(), failures.locks)).collect();
        found.sort();
        found
    }

    /// A right code makes the earlier ones forgotten.
    pub(crate) fn right(&self, person: &PersonId) {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).remove(person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> PersonId {
        "a.technicien".parse().unwrap()
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_000 + secs)
    }

    #[test]
    fn three_in_a_row_lock_for_a_minute() {
        let (lockouts, person) = (Lockouts::default(), person());
        assert_eq!(lockouts.begin(&person, at(0)), Try::Open);
        assert_eq!(lockouts.begin(&person, at(1)), Try::Open);
        lockouts.right(&person);
        assert_eq!(lockouts.begin(&person, at(2)), Try::Open);
        assert_eq!(lockouts.begin(&person, at(3)), Try::Open);
        assert_eq!(lockouts.locked(&person, at(3)), None);
        assert_eq!(lockouts.begin(&person, at(4)), Try::Locking(1));
        assert_eq!(lockouts.begin(&person, at(4)), Try::Locked, "a fourth at the same moment is not checked");
        assert!(lockouts.locked(&person, at(63)).is_some());
        assert_eq!(lockouts.locked(&person, at(64)), None);
        assert_eq!(lockouts.locked(&"b.autre".parse().unwrap(), at(5)), None);
        assert_eq!(lockouts.begin(&person, at(65)), Try::Open, "after the minute the count begins again");
        assert_eq!(lockouts.begin(&person, at(66)), Try::Open);
        assert_eq!(lockouts.begin(&person, at(67)), Try::Locking(2));
        lockouts.right(&person);
        assert_eq!(lockouts.locked(&person, at(67)), None, "the third was right: nothing is locked");
    }

    /// Tries as soon as each lock allows; returns how long each lock lasted, in minutes.
    fn guesses(lockouts: &Lockouts, from: i64, locks: usize) -> Vec<i64> {
        let (person, mut now, mut lasted) = (person(), from, Vec::new());
        while lasted.len() < locks {
            if let Try::Locking(_) = lockouts.begin(&person, at(now)) {
                let begin = now;
                while lockouts.locked(&person, at(now)).is_some() {
                    now += 60;
                }
                lasted.push((now - begin) / 60);
            }
        }
        lasted
    }

    #[test]
    fn each_lock_is_longer_until_a_day_of_quiet() {
        let lockouts = Lockouts::default();
        assert_eq!(guesses(&lockouts, 0, 8), [1, 2, 4, 8, 16, 32, 32, 32]);
        assert_eq!(lockouts.often(3, at(8 * 3600)), [(person(), 8)]);
        assert!(
            lockouts.often(9, at(8 * 3600)).is_empty() && lockouts.often(3, at(3 * 24 * 3600)).is_empty()
        );
        assert_eq!(guesses(&lockouts, 3 * 24 * 3600, 2), [1, 2], "after a day of quiet it begins again");
    }
}
