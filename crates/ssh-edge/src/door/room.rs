//! The waiting room: connections that are not logged in.
//!
//! A source has so many seats. When they are taken, whoever comes displaces another one that is not logged in, so that a
//! thousand silent connections never keep out the one person behind the same address who really logs in: of the silent
//! one that waited long, or else any; where most have exchanged keys and go no further, the one of these that waited
//! longest. Nobody can fill the seats with what is never displaced, and who is displaced cannot be foretold. Nobody but
//! themselves displaces a person whose key was verified, and one person has so many seats: a stolen key without its
//! second factor keeps nobody else out.
//!
//! Whoever fails often from one source is answered ever later: that slows this source, and its failures
//! only. A login that succeeds waits for nothing, and nobody is locked out.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use vocab::PersonId;

use crate::leg::Rein;

/// How far a connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Progress {
    /// It said nothing that makes sense yet.
    Silent,
    /// Keys are exchanged; it may log in.
    Speaking,
    /// A key of the person was verified.
    Verified,
}

/// The waiting room.
pub(crate) struct Room {
    per_source: usize,
    total: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// Which of several equal ones leaves, nobody can foretell.
    dice: RandomState,
    guests: BTreeMap<u64, Guest>,
    /// Failures of each source, as of a moment.
    failures: BTreeMap<IpAddr, (u32, Instant)>,
}

/// Failures that cost nothing: three agents full of keys.
const FREE: u32 = 20;
/// What each further one adds to the answer.
const STEP: Duration = Duration::from_millis(100);
/// Most that is added: 32 connections of one source then fail 10 times a second in all.
const SLOWEST: Duration = Duration::from_secs(3);
/// One failure is forgotten in this time.
const FORGET: Duration = Duration::from_secs(2);
/// Failures that are counted, so that all are forgotten in two minutes and a half.
const COUNTED: u32 = 75;
/// Sources whose failures are kept: 4,096 × 64 bytes is 256 KiB. Beyond it the oldest is forgotten.
const SOURCES: usize = 4_096;

/// Seats of one person whose key was verified: a file transfer client opens up to ten connections at once.
const PER_PERSON: usize = 10;

/// Who exchanged no keys by then is slower than any client on any line: it is the first to leave.
const SILENT_MAX: Duration = Duration::from_secs(2);
/// Who showed no key by then waits for a person, or for nothing.
const SPEAKING_MAX: Duration = Duration::from_secs(3);

struct Guest {
    source: IpAddr,
    progress: Progress,
    /// When it came this far.
    since: Instant,
    /// Whose key was verified.
    person: Option<PersonId>,
    rein: Rein,
}

/// A seat; given back when dropped.
pub(crate) struct Seat {
    room: Arc<Room>,
    number: u64,
}

impl Room {
    /// With so many seats for each source, and in all.
    pub(crate) fn new(per_source: usize, total: usize) -> Arc<Self> {
        Arc::new(Self { per_source, total, state: Mutex::default() })
    }

    /// A seat for a connection, at the cost of another where there is none left; `None`: nobody can be
    /// displaced.
    pub(crate) fn admit(self: &Arc<Self>, from: IpAddr, rein: Rein, now: Instant) -> Option<Seat> {
        let source = source(from);
        let mut state = self.locked();
        if state.seats(source) >= self.per_source {
            state.displace(&BTreeSet::from([source]), now)?;
        } else if state.guests.len() >= self.total {
            let crowds = state.most_crowded();
            state.displace(&crowds, now)?;
        }
        let number = state.next;
        state.next = state.next.wrapping_add(1);
        state
            .guests
            .insert(number, Guest { source, progress: Progress::Silent, since: now, person: None, rein });
        Some(Seat { room: Arc::clone(self), number })
    }

    /// A login failed. Returns how much later than usual it is answered.
    pub(crate) fn failed(&self, from: IpAddr, now: Instant) -> Duration {
        let mut state = self.locked();
        let source = source(from);
        let count = state.failures_of(source, now).saturating_add(1).min(COUNTED);
        if state.failures.len() >= SOURCES
            && !state.failures.contains_key(&source)
            && let Some(oldest) =
                state.failures.iter().min_by_key(|(_, (_, at))| *at).map(|(source, _)| *source)
        {
            state.failures.remove(&oldest);
        }
        state.failures.insert(source, (count, now));
        STEP.saturating_mul(count.saturating_sub(FREE)).min(SLOWEST)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Failures of a source that are not forgotten yet.
    fn failures_of(&self, source: IpAddr, now: Instant) -> u32 {
        let Some((count, at)) = self.failures.get(&source) else { return 0 };
        let forgotten = now.saturating_duration_since(*at).as_secs() / FORGET.as_secs();
        count.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX))
    }

    fn seats(&self, source: IpAddr) -> usize {
        self.guests.values().filter(|guest| guest.source == source).count()
    }

    /// The sources of which most are here.
    fn most_crowded(&self) -> BTreeSet<IpAddr> {
        let mut seats: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for guest in self.guests.values().filter(|guest| guest.progress < Progress::Verified) {
            let count = seats.entry(guest.source).or_default();
            *count = count.saturating_add(1);
        }
        let most = seats.values().max().copied();
        seats.into_iter().filter(|(_, count)| Some(*count) == most).map(|(source, _)| source).collect()
    }

    /// One of these sources leaves.
    fn displace(&mut self, sources: &BTreeSet<IpAddr>, now: Instant) -> Option<()> {
        let (mut silent, mut speaking) = (Vec::new(), Vec::new());
        for (number, guest) in self.guests.iter().filter(|(_, guest)| sources.contains(&guest.source)) {
            let waited = now.saturating_duration_since(guest.since);
            match guest.progress {
                Progress::Silent => silent.push((*number, waited)),
                Progress::Speaking => speaking.push((*number, waited)),
                Progress::Verified => {}
            }
        }
        // In the order in which they came.
        let overdue = |all: &[(u64, Duration)], most| all.iter().find(|(_, waited)| *waited >= most).copied();
        let found = if speaking.len() > silent.len() {
            overdue(&speaking, SPEAKING_MAX)
                .or_else(|| self.any_of(&silent))
                .or_else(|| self.any_of(&speaking))
        } else {
            overdue(&silent, SILENT_MAX).or_else(|| self.any_of(&silent))
        };
        let (number, _) = found?;
        self.guests.remove(&number).map(|guest| guest.rein.cut())
    }

    fn any_of(&self, all: &[(u64, Duration)]) -> Option<(u64, Duration)> {
        let length = u64::try_from(all.len()).ok().filter(|length| *length > 0)?;
        // Another number for each who comes, under keys that nobody knows.
        let drawn = self.dice.hash_one(self.next).checked_rem(length)?;
        all.get(usize::try_from(drawn).ok()?).copied()
    }
}

impl Seat {
    /// The connection came this far.
    pub(crate) fn came(&self, progress: Progress) {
        if let Some(guest) = self.room.locked().guests.get_mut(&self.number)
            && guest.progress < progress
        {
            (guest.progress, guest.since) = (progress, Instant::now());
        }
    }

    /// A key of this person was verified. Beyond [`PER_PERSON`] the one of them that waited longest leaves.
    pub(crate) fn verified(&self, person: &PersonId) {
        let mut state = self.room.locked();
        if let Some(guest) = state.guests.get_mut(&self.number) {
            (guest.progress, guest.person) = (Progress::Verified, Some(person.clone()));
        }
        let theirs = |guest: &&Guest| guest.person.as_ref() == Some(person);
        if state.guests.values().filter(theirs).count() > PER_PERSON {
            let oldest = state.guests.iter().find(|(_, guest)| theirs(guest)).map(|(number, _)| *number);
            if let Some(guest) = oldest.and_then(|oldest| state.guests.remove(&oldest)) {
                guest.rein.cut();
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.locked().guests.remove(&self.number);
    }
}

/// What counts as one source: an IPv4 address, or the 64 bits that one IPv6 site has for itself.
fn source(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leg::Leg;

    fn rein() -> Rein {
        Leg::new(tokio::io::empty()).1
    }

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_silent_make_room_for_who_comes_later() {
        let room = Room::new(2, 10);
        let (first, second, third) = (rein(), rein(), rein());
        let one = room.admit(at("192.0.2.1"), first.clone(), Instant::now()).unwrap();
        one.came(Progress::Speaking);
        let _two = room.admit(at("192.0.2.1"), second.clone(), Instant::now()).unwrap();
        let _three = room.admit(at("192.0.2.1"), third.clone(), Instant::now()).unwrap();
        assert_eq!((first.is_cut(), second.is_cut(), third.is_cut()), (false, true, false));
    }

    /// Who exchanges keys and goes no further does not take all seats for good: one who logs in behind the same address is
    /// displaced as seldom as any other of the silent.
    #[test]
    fn who_speaks_and_goes_no_further_leaves() {
        let (room, start) = (Room::new(32, 1_000), Instant::now());
        let from = at("192.0.2.1");
        let mut idle: Vec<_> = (0..31).map(|_| room.admit(from, rein(), start).unwrap()).collect();
        idle.iter().for_each(|seat| seat.came(Progress::Speaking));
        let later = start + SPEAKING_MAX + Duration::from_secs(1);
        // Connections that say nothing come and come; after a while most seats are theirs.
        idle.extend((0..31).map(|_| room.admit(from, rein(), later).unwrap()));
        let person = rein();
        let seat = room.admit(from, person.clone(), later).unwrap();
        idle.extend((0..4).map(|_| room.admit(from, rein(), later).unwrap()));
        seat.came(Progress::Speaking);
        let before = person.is_cut();
        idle.extend((0..1_000).map(|_| room.admit(from, rein(), later).unwrap()));
        assert_eq!(person.is_cut(), before, "who has exchanged keys is not displaced by the silent");
    }

    /// Which of many sources with one connection each leaves, nobody can foretell: not always the same.
    #[test]
    fn no_address_is_the_first_to_leave() {
        let highest = "203.0.113.9";
        let left = (0..64).filter(|_| {
            let (room, person) = (Room::new(4, 16), rein());
            let mut seats: Vec<_> = (1..16)
                .map(|host| room.admit(at(&format!("192.0.2.{host}")), rein(), Instant::now()).unwrap())
                .collect();
            seats.push(room.admit(at(highest), person.clone(), Instant::now()).unwrap());
            seats.push(room.admit(at("192.0.2.77"), rein(), Instant::now()).unwrap());
            person.is_cut()
        });
        assert!(left.count() < 32);
    }

    #[test]
    fn nobody_displaces_a_verified_person() {
        let room = Room::new(1, 10);
        let seat = room.admit(at("192.0.2.1"), rein(), Instant::now()).unwrap();
        seat.verified(&"a.durand".parse().unwrap());
        seat.came(Progress::Silent);
        assert!(room.admit(at("192.0.2.1"), rein(), Instant::now()).is_none());
        assert!(room.admit(at("192.0.2.2"), rein(), Instant::now()).is_some());
        drop(seat);
        assert!(room.admit(at("192.0.2.1"), rein(), Instant::now()).is_some());
    }

    #[test]
    fn one_person_has_so_many_seats() {
        let room = Room::new(100, 100);
        let come = |from: &str, person: &str| {
            let rein = rein();
            let seat = room.admit(at(from), rein.clone(), Instant::now()).unwrap();
            seat.verified(&person.parse().unwrap());
            (seat, rein)
        };
        let other = come("192.0.2.9", "b.petit");
        let all: Vec<_> =
            (1..=PER_PERSON + 1).map(|host| come(&format!("192.0.2.{host}"), "a.durand")).collect();
        let cut: Vec<_> = all.iter().map(|(_, rein)| rein.is_cut()).collect();
        assert_eq!(cut.iter().position(|cut| *cut), Some(0), "who waited longest leaves");
        assert_eq!(cut.iter().filter(|cut| **cut).count(), 1);
        assert!(!other.1.is_cut());
    }

    #[test]
    fn a_full_house_costs_the_most_crowded_source() {
        let room = Room::new(5, 6);
        let crowd: Vec<_> = (0..5).map(|_| rein()).collect();
        let _crowd: Vec<_> = crowd
            .iter()
            .map(|rein| room.admit(at("192.0.2.1"), rein.clone(), Instant::now()).unwrap())
            .collect();
        let alone = rein();
        let _alone = room.admit(at("192.0.2.2"), alone.clone(), Instant::now()).unwrap();
        let _new = room.admit(at("192.0.2.3"), rein(), Instant::now()).unwrap();
        assert!(crowd.iter().filter(|rein| rein.is_cut()).count() == 1 && !alone.is_cut());
    }

    #[test]
    fn who_fails_often_is_answered_later_and_is_forgiven() {
        let room = Room::new(1, 1);
        let (now, from) = (Instant::now(), at("192.0.2.1"));
        let delays: Vec<_> = (0..100).map(|_| room.failed(from, now)).collect();
        assert!(delays.iter().take(FREE as usize).all(Duration::is_zero));
        assert_eq!(delays.get(FREE as usize), Some(&STEP));
        assert_eq!(delays.last(), Some(&SLOWEST));
        assert_eq!(room.failed(at("192.0.2.2"), now), Duration::ZERO);
        assert_eq!(room.failed(from, now + Duration::from_secs(150)), Duration::ZERO);
    }

    #[test]
    fn the_sources_that_are_kept_are_bounded() {
        let room = Room::new(1, 1);
        for number in 0..10_000_u32 {
            room.failed(std::net::Ipv4Addr::from_bits(number).into(), Instant::now());
        }
        assert_eq!(room.locked().failures.len(), SOURCES);
    }

    #[test]
    fn one_site_is_one_source() {
        assert_eq!(source(at("2001:db8::1")), source(at("2001:db8::ffff:1")));
        assert_ne!(source(at("2001:db8::1")), source(at("2001:db8:0:1::1")));
        assert_eq!(source(at("::ffff:192.0.2.1")), at("192.0.2.1"));
    }
}
