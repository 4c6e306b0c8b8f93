//! Tests of order: whatever comes early is put right within the budget.

use proptest::prelude::*;

use super::*;
use crate::tests::sha256;

fn bytes(from: u64, length: usize) -> Vec<u8> {
    (0..length as u64).map(|at| (from.wrapping_add(at) % 253) as u8).collect()
}

fn follow(start: u64, appending: bool, pieces: &[(u64, usize)]) -> (Follower, Budget) {
    let (mut follower, mut budget) = (Follower::new(start, appending), Budget::new());
    for (offset, length) in pieces {
        follower.piece(*offset, &bytes(*offset, *length), &mut budget);
    }
    (follower, budget)
}

#[test]
fn content_by_order() {
    let whole = |length| Content::Whole { sha256: sha256(&bytes(0, length)) };
    let ranges = |ranges: &[(u64, u64)]| Content::Ranges { ranges: ranges.to_vec(), more: false };
    for (start, pieces, expected) in [
        (0, &[][..], whole(0)),
        (0, &[(0, 10), (10, 5)], whole(15)),
        (0, &[(10, 5), (0, 10)], whole(15)),
        (0, &[(20, 5), (10, 10), (25, 1), (0, 10)], whole(26)),
        (7, &[(7, 3), (10, 5)], Content::Part { offset: 7, sha256: sha256(&bytes(7, 8)) }),
        // A gap, something twice, something before the start.
        (0, &[(0, 10), (20, 5)], ranges(&[(0, 10), (20, 25)])),
        (0, &[(0, 10), (5, 10)], ranges(&[(0, 15)])),
        (0, &[(5, 5), (5, 5), (0, 5)], ranges(&[(0, 10)])),
        (0, &[(5, 5), (4, 3), (0, 5)], ranges(&[(0, 10)])),
        (10, &[(10, 5), (0, 10)], ranges(&[(0, 15)])),
        (0, &[(u64::MAX, 5), (0, 1)], ranges(&[(0, 1), (u64::MAX, u64::MAX)])),
    ] {
        let (follower, mut budget) = follow(start, false, pieces);
        assert_eq!(follower.conclude(&mut budget), expected, "{start} {pieces:?}");
        assert_eq!(
            (budget.bytes, budget.pieces),
            (MAX_EARLY_BYTES, MAX_EARLY_PIECES),
            "the budget is given back"
        );
    }
    let (follower, mut budget) = follow(99, true, &[(0, 3), (0, 2)]);
    let sha256 = sha256(&[bytes(0, 3), bytes(0, 2)].concat());
    assert_eq!(follower.conclude(&mut budget), Content::Appended { sha256 });
}

#[test]
fn the_buffer_is_bounded() {
    // Exactly full, and one byte more.
    for (length, kept) in [(MAX_EARLY_BYTES, true), (MAX_EARLY_BYTES + 1, false)] {
        let (mut follower, mut budget) = follow(0, false, &[(1, length)]);
        follower.piece(0, &bytes(0, 1), &mut budget);
        assert_eq!(follower.conclude(&mut budget).sha256().is_some(), kept, "{length}");
    }
    // Pieces of one byte with gaps between them.
    let scattered: Vec<(u64, usize)> = (1..=MAX_EARLY_PIECES as u64 + 1).map(|at| (at * 2, 1)).collect();
    let (follower, mut budget) = follow(0, false, &scattered);
    let Content::Ranges { ranges, more } = follower.conclude(&mut budget) else { panic!("a hash of gaps") };
    assert_eq!((ranges.len(), more), (MAX_RANGES, true));
}

proptest! {
    #[test]
    fn any_order_within_the_buffer_is_put_right(sizes in proptest::collection::vec(1..300usize, 1..40), seed in any::<u64>()) {
        let mut pieces = Vec::new();
        let mut at = 0;
        for size in &sizes {
            pieces.push((at, *size));
            at += *size as u64;
        }
        let mut seed = seed;
        for i in (1..pieces.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            pieces.swap(i, (seed >> 33) as usize % (i + 1));
        }
        let (follower, mut budget) = follow(0, false, &pieces);
        prop_assert_eq!(follower.gapless_end(), Some(at));
        prop_assert_eq!(follower.conclude(&mut budget), Content::Whole { sha256: sha256(&bytes(0, at as usize)) });
    }

    #[test]
    fn ranges_are_the_union(pieces in proptest::collection::vec((0..200u64, 1..20u64), 0..60)) {
        let mut ranges = Ranges::default();
        let mut covered = [false; 256];
        for (from, length) in pieces {
            ranges.add(from, from + length);
            covered[from as usize..(from + length) as usize].fill(true);
        }
        prop_assert!(ranges.list.windows(2).all(|pair| pair[0].1 < pair[1].0));
        for (at, covered) in covered.iter().enumerate() {
            let at = at as u64;
            prop_assert_eq!(*covered, ranges.list.iter().any(|range| (range.0..range.1).contains(&at)));
        }
    }
}
