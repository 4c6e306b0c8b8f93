//! The waiting room: connections that are not logged in.
//!
//! A source has so many seats. When they are taken, whoever comes displaces the one that waited longest
//! among those that came least far, so that a thousand silent connections never keep out the one person
//! behind the same address who really logs in; nobody displaces a person whose key was verified.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    guests: BTreeMap<u64, Guest>,
}

struct Guest {
    source: IpAddr,
    progress: Progress,
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
    pub(crate) fn admit(self: &Arc<Self>, from: IpAddr, rein: Rein) -> Option<Seat> {
        let source = source(from);
        let mut state = self.locked();
        if state.seats(source) >= self.per_source {
            state.displace(source)?;
        } else if state.guests.len() >= self.total {
            let crowd = state.most_crowded()?;
            state.displace(crowd)?;
        }
        let number = state.next;
        state.next = state.next.wrapping_add(1);
        state.guests.insert(number, Guest { source, progress: Progress::Silent, rein });
        Some(Seat { room: Arc::clone(self), number })
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn seats(&self, source: IpAddr) -> usize {
        self.guests.values().filter(|guest| guest.source == source).count()
    }

    fn most_crowded(&self) -> Option<IpAddr> {
        let mut seats: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for guest in self.guests.values().filter(|guest| guest.progress < Progress::Verified) {
            let count = seats.entry(guest.source).or_default();
            *count = count.saturating_add(1);
        }
        seats.into_iter().max_by_key(|(_, count)| *count).map(|(source, _)| source)
    }

    fn displace(&mut self, source: IpAddr) -> Option<()> {
        let (number, _) = self
            .guests
            .iter()
            .filter(|(_, guest)| guest.source == source && guest.progress < Progress::Verified)
            .min_by_key(|(number, guest)| (guest.progress, **number))?;
        let number = *number;
        self.guests.remove(&number).map(|guest| guest.rein.cut())
    }
}

impl Seat {
    /// The connection came this far.
    pub(crate) fn came(&self, progress: Progress) {
        if let Some(guest) = self.room.locked().guests.get_mut(&self.number) {
            guest.progress = guest.progress.max(progress);
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
        let one = room.admit(at("192.0.2.1"), first.clone()).unwrap();
        one.came(Progress::Speaking);
        let _two = room.admit(at("192.0.2.1"), second.clone()).unwrap();
        let _three = room.admit(at("192.0.2.1"), third.clone()).unwrap();
        assert_eq!((first.is_cut(), second.is_cut(), third.is_cut()), (false, true, false));
    }

    #[test]
    fn nobody_displaces_a_verified_person() {
        let room = Room::new(1, 10);
        let seat = room.admit(at("192.0.2.1"), rein()).unwrap();
        seat.came(Progress::Verified);
        seat.came(Progress::Silent);
        assert!(room.admit(at("192.0.2.1"), rein()).is_none());
        assert!(room.admit(at("192.0.2.2"), rein()).is_some());
        drop(seat);
        assert!(room.admit(at("192.0.2.1"), rein()).is_some());
    }

    #[test]
    fn a_full_house_costs_the_most_crowded_source() {
        let room = Room::new(5, 6);
        let crowd: Vec<_> = (0..5).map(|_| rein()).collect();
        let _crowd: Vec<_> =
            crowd.iter().map(|rein| room.admit(at("192.0.2.1"), rein.clone()).unwrap()).collect();
        let alone = rein();
        let _alone = room.admit(at("192.0.2.2"), alone.clone()).unwrap();
        let _new = room.admit(at("192.0.2.3"), rein()).unwrap();
        assert!(crowd.iter().filter(|rein| rein.is_cut()).count() == 1 && !alone.is_cut());
    }

    #[test]
    fn one_site_is_one_source() {
        assert_eq!(source(at("2001:db8::1")), source(at("2001:db8::ffff:1")));
        assert_ne!(source(at("2001:db8::1")), source(at("2001:db8:0:1::1")));
        assert_eq!(source(at("::ffff:192.0.2.1")), at("192.0.2.1"));
    }
}
