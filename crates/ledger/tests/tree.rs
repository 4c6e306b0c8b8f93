//! The tree against another implementation of RFC 6962, and proofs that must not hold.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Memory, entry, root};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ledger::{Error, Frontier, Hash, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion};
use proptest::prelude::*;
use sha2::Sha256;

fn oracle(size: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|index| tree.push(entry(index)));
    tree
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.chunks(32).map(|chunk| Hash(chunk.try_into().unwrap())).collect()
}

#[test]
fn roots_of_all_small_sizes() {
    let (mut oracle, mut frontier) = (oracle(0), Frontier::default());
    for index in 0..1_100 {
        assert_eq!(frontier.root().0.as_slice(), oracle.root().as_bytes().as_slice(), "size {index}");
        oracle.push(entry(index));
        frontier.push(leaf_hash(&entry(index)));
    }
}

#[test]
fn a_frontier_resumes_at_every_size_and_only_with_its_root() {
    let mut grown = Frontier::default();
    for size in 0..600 {
        let log = Memory::tiles(size);
        let resumed = Frontier::resume(&log, size, grown.root()).unwrap();
        assert_eq!((resumed.size(), resumed.root()), (size, grown.root()));
        assert_eq!(Frontier::resume(&log, size, Hash([7; 32])).unwrap_err(), Error::TilesNotOfRoot(size));
        grown.push(leaf_hash(&entry(size)));
    }
}

#[test]
fn ranges_that_do_not_exist_have_no_proof() {
    let log = Memory::tiles(5);
    let tree = Tree::new(&log, 5);
    assert_eq!(tree.prove_inclusion(5), Err(Error::OutOfRange(5, 5)));
    assert_eq!(tree.prove_consistency(0), Err(Error::OutOfRange(0, 5)));
    assert_eq!(tree.prove_consistency(6), Err(Error::OutOfRange(6, 5)));
    assert!(!verify_inclusion(root(1), 1, 1, &[], root(1)));
    assert!(!verify_inclusion(root(1), 0, 0, &[], root(1)));
    assert!(verify_consistency(0, root(0), 5, root(5), &[]));
    assert!(!verify_consistency(0, root(1), 5, root(5), &[]));
    assert!(!verify_consistency(6, root(6), 5, root(5), &[]));
    assert!(!verify_consistency(u64::MAX, root(6), u64::MAX, root(5), &[]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inclusion(size in 1_u64..1_000, at in 0.0..1.0_f64, flip in any::<prop::sample::Index>()) {
        let index = (at * size as f64) as u64;
        let (log, leaf, root) = (Memory::tiles(size), leaf_hash(&entry(index)), root(size));
        let proof = Tree::new(&log, size).prove_inclusion(index).unwrap();
        prop_assert_eq!(&proof, &hashes(oracle(size).prove_inclusion(index as usize).as_bytes()));
        prop_assert!(verify_inclusion(leaf, index, size, &proof, root));
        // Another leaf, index, size, root or proof is refused.
        prop_assert!(!verify_inclusion(node_hash(&leaf, &leaf), index, size, &proof, root));
        prop_assert!(!verify_inclusion(leaf, index, size, &proof, leaf_hash(b"")));
        if size > 1 {
            prop_assert!(!verify_inclusion(leaf, (index + 1) % size, size, &proof, root));
            prop_assert!(!verify_inclusion(leaf, index, size, &proof[1..], root));
            let mut altered = proof.clone();
            let bit = flip.index(proof.len() * 256);
            altered[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify_inclusion(leaf, index, size, &altered, root));
        }
        let longer = [proof.as_slice(), &[leaf]].concat();
        prop_assert!(!verify_inclusion(leaf, index, size, &longer, root));
    }

    #[test]
    fn consistency(size in 1_u64..1_000, at in 0.0..1.0_f64, flip in any::<prop::sample::Index>()) {
        let older = 1 + (at * size as f64) as u64;
        let (log, old_root, new_root) = (Memory::tiles(size), root(older), root(size));
        let proof = Tree::new(&log, size).prove_consistency(older).unwrap();
        if older < size {
            let theirs = oracle(size).prove_consistency((size - older) as usize);
            prop_assert_eq!(&proof, &hashes(theirs.as_bytes()));
        }
        prop_assert!(verify_consistency(older, old_root, size, new_root, &proof));
        prop_assert!(!verify_consistency(older, leaf_hash(b""), size, new_root, &proof));
        prop_assert!(!verify_consistency(older, old_root, size, leaf_hash(b""), &proof));
        let longer = [proof.as_slice(), &[old_root]].concat();
        prop_assert!(!verify_consistency(older, old_root, size, new_root, &longer));
        if !proof.is_empty() {
            prop_assert!(!verify_consistency(older, old_root, size, new_root, &proof[1..]));
            let mut altered = proof.clone();
            let bit = flip.index(proof.len() * 256);
            altered[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify_consistency(older, old_root, size, new_root, &altered));
        }
    }
}
