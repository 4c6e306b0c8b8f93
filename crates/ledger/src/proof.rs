//! Proofs that an entry is in a log and that a log has only grown (RFC 6962 sections 2.1.1 and 2.1.2). Making
//! and checking follow the same division of the tree, from the root down: at most 64 steps.

use crate::hash::{root_of, split};
use crate::tile::{Level, TILE_WIDTH, TilePath, TileSource, read_hashes};
use crate::{Error, Hash, empty_root, node_hash};

/// The tiles of a log of a known size, read as a tree.
#[derive(Debug)]
pub struct Tree<'a, S> {
    source: &'a S,
    size: u64,
}

impl<'a, S: TileSource> Tree<'a, S> {
    /// The tree of the log in `source` at a size that one of its checkpoints has.
    pub fn new(source: &'a S, size: u64) -> Self {
        Self { source, size }
    }

    /// The hashes that, with the entry of this index, lead to the root.
    ///
    /// # Errors
    /// If the index is not below the size, or if a tile is missing or malformed.
    pub fn prove_inclusion(&self, index: u64) -> Result<Vec<Hash>, Error> {
        if index >= self.size {
            return Err(Error::OutOfRange(index, self.size));
        }
        self.prove(index, |start, end| end - start == 1).map(|(proof, ..)| proof)
    }

    /// The hashes that lead from the root at an older size to the root at this one.
    ///
    /// # Errors
    /// If the older size is 0 or larger than this one, or if a tile is missing or malformed.
    pub fn prove_consistency(&self, older: u64) -> Result<Vec<Hash>, Error> {
        if older == 0 || older > self.size {
            return Err(Error::OutOfRange(older, self.size));
        }
        let (mut proof, start, end) = self.prove(older - 1, |_, end| end == older)?;
        // The old root itself is known to the verifier when it is one whole subtree.
        if start > 0 {
            proof.insert(0, self.root(start, end)?);
        }
        Ok(proof)
    }

    /// The roots beside the way from the root towards the leaf of this index, lowest first, down to the
    /// first range for which `done` holds; and that range.
    fn prove(&self, index: u64, done: impl Fn(u64, u64) -> bool) -> Result<(Vec<Hash>, u64, u64), Error> {
        let (mut start, mut end, mut proof) = (0, self.size, Vec::new());
        while !done(start, end) {
            let middle = start + split(end - start);
            if index < middle {
                proof.push(self.root(middle, end)?);
                end = middle;
            } else {
                proof.push(self.root(start, middle)?);
                start = middle;
            }
        }
        proof.reverse();
        Ok((proof, start, end))
    }

    /// The root over the leaves from `start` to `end`, a range that the tree's division gives.
    fn root(&self, start: u64, end: u64) -> Result<Hash, Error> {
        let size = end - start;
        if !size.is_power_of_two() {
            let middle = start + split(size);
            return Ok(node_hash(&self.root(start, middle)?, &self.root(middle, end)?));
        }
        // A perfect subtree: one hash of a tile, or the root over some hashes of one tile.
        let height = size.ilog2() / 8;
        let (first, count) = (start >> (8 * height), size >> (8 * height));
        let path = TilePath::holding(Level::Hashes(height as u8), first, self.size);
        let hashes = read_hashes(self.source, path)?;
        let at = (first % TILE_WIDTH) as usize;
        let hashes = hashes.get(at..at + count as usize).and_then(root_of);
        hashes.ok_or_else(|| Error::TileLength(path.to_string()))
    }
}

/// Whether these hashes lead from the leaf of this index to the root of a log of this size.
#[must_use]
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    index < size && included(leaf, index, size, proof) == Some(root)
}

fn included(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if size == 1 {
        return proof.is_empty().then_some(leaf);
    }
    let ((beside, proof), middle) = (proof.split_last()?, split(size));
    Some(if index < middle {
        node_hash(&included(leaf, index, middle, proof)?, beside)
    } else {
        node_hash(beside, &included(leaf, index - middle, size - middle, proof)?)
    })
}

/// Whether these hashes show that the log of size `size` and root `root` begins with the log of size `older`
/// and root `older_root`. An empty log is the beginning of every log.
#[must_use]
pub fn verify_consistency(older: u64, older_root: Hash, size: u64, root: Hash, proof: &[Hash]) -> bool {
    if older == 0 {
        return proof.is_empty() && older_root == empty_root();
    }
    older <= size && grown(older, size, Some(older_root), proof) == Some((older_root, root))
}

/// The roots at both sizes; `known` is the older one where the way has so far gone left only.
fn grown(older: u64, size: u64, known: Option<Hash>, proof: &[Hash]) -> Option<(Hash, Hash)> {
    if older == size {
        let same = known.or(proof.first().copied())?;
        return (proof.len() == usize::from(known.is_none())).then_some((same, same));
    }
    let ((beside, proof), middle) = (proof.split_last()?, split(size));
    Some(if older <= middle {
        let (old, new) = grown(older, middle, known, proof)?;
        (old, node_hash(&new, beside))
    } else {
        let (old, new) = grown(older - middle, size - middle, None, proof)?;
        (node_hash(beside, &old), node_hash(beside, &new))
    })
}
