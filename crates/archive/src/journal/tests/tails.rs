//! Tails cut or altered at every byte.

use super::*;
use crate::journal::tail::{self, Base, Damage, Key, Tail};

fn base() -> Base {
    Base { size: 7, root: ledger::leaf_hash(b"root") }
}

fn key(seed: u8) -> Key {
    let signer: Box<dyn Signer> = Box::new(Ed25519Signer::from_seed(ORIGIN, &[seed; 32]).unwrap());
    Key::of(ORIGIN, &[signer]).unwrap()
}

fn read(bytes: &[u8]) -> Result<Tail, Damage> {
    tail::read(&key(1), bytes)
}

/// Whoever can write the disk and has no key of the log writes nothing that is believed, behind what is sound or in its place.
#[test]
fn groups_under_another_key_were_never_acknowledged() {
    let (tail, ends) = three_groups();
    let forged = base().group(&key(2), 13, &entries(13..14)).unwrap();
    let longer = [&tail[..], &forged].concat();
    assert_eq!(read(&longer), Ok(Tail { base: base(), entries: entries(7..13), torn: true }));
    let forged = base().group(&key(2), 8, &entries(8..9)).unwrap();
    let other = [&tail[..ends[1]], &forged].concat();
    assert_eq!(read(&other), Ok(Tail { base: base(), entries: entries(7..8), torn: true }));
}

/// A tail of three groups, and where each ends.
fn three_groups() -> (Vec<u8>, [usize; 4]) {
    let mut tail = base().header();
    let mut ends = [tail.len(), 0, 0, 0];
    for (group, end) in [7..8, 8..12, 12..13].into_iter().zip(&mut ends[1..]) {
        tail.extend(base().group(&key(1), group.start, &entries(group)).unwrap());
        *end = tail.len();
    }
    (tail, ends)
}

#[test]
fn cut_at_every_byte() {
    let (tail, ends) = three_groups();
    for length in 0..=tail.len() {
        let read = read(&tail[..length]);
        if length < ends[0] {
            assert_eq!(read, Err(Damage { what: "its header is not one", at: 0 }));
            continue;
        }
        let whole = ends.iter().filter(|end| **end <= length).count() - 1;
        let wanted =
            Tail { base: base(), entries: entries(7..[7, 8, 12, 13][whole]), torn: length != ends[whole] };
        assert_eq!(read, Ok(wanted), "length {length}");
    }
}

#[test]
fn every_bit_flipped() {
    let (tail, ends) = three_groups();
    for bit in 8 * ends[0]..8 * tail.len() {
        let mut altered = tail.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let read = read(&altered);
        // In the last group it is as if that had never been acknowledged; before, it is damage, at its place.
        if bit / 8 >= ends[2] {
            assert_eq!(read, Ok(Tail { base: base(), entries: entries(7..12), torn: true }), "bit {bit}");
        } else {
            let at = if bit / 8 < ends[1] { ends[0] } else { ends[1] };
            assert_eq!(read, Err(Damage { what: "an acknowledged group is altered", at }), "bit {bit}");
        }
    }
}

#[test]
fn groups_of_another_tail_say_nothing() {
    let (tail, ends) = three_groups();
    let other = Base { size: 8, ..base() };
    // As bytes behind a torn group, or as an entry that somebody managed to have written.
    let group = other.group(&key(1), 8, &entries(8..9)).unwrap();
    let torn = [&tail[..ends[1]], &group].concat();
    assert_eq!(read(&torn), Ok(Tail { base: base(), entries: entries(7..8), torn: true }));
    let mut forged = entry(8);
    forged.extend(&group);
    let mut written = tail[..ends[1]].to_vec();
    written.extend(base().group(&key(1), 8, &[forged]).unwrap());
    written.pop();
    assert_eq!(read(&written), Ok(Tail { base: base(), entries: entries(7..8), torn: true }));
}

#[test]
fn groups_out_of_order_are_damage() {
    let (tail, ends) = three_groups();
    for order in [[0, 2, 1], [1, 0, 2], [0, 0, 1]] {
        let groups = order.map(|group| &tail[ends[group]..ends[group + 1]]);
        let mixed = [&tail[..ends[0]], groups[0], groups[1], groups[2]].concat();
        assert_eq!(read(&mixed).unwrap_err().what, "a group is out of order", "{order:?}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_that_is_read_is_too_strange(bytes: Vec<u8>, at: proptest::sample::Index) {
        let (tail, ends) = three_groups();
        let _ = read(&bytes);
        let at = ends[0] + at.index(tail.len() - ends[0]);
        let strange = [&tail[..at], &bytes, &tail[at..]].concat();
        // Whatever stands between, nothing is read that was not written there, in its order.
        if let Ok(read) = read(&strange) {
            proptest::prop_assert!(entries(7..13).starts_with(&read.entries));
        }
    }
}
