//! Hashes of the tree, as RFC 6962 section 2.1 defines them (`docs/formats/ledger.md` section 2.3).

use std::fmt;

use aws_lc_rs::digest;

/// A SHA-256 hash. Shown as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; Hash::LEN]);

impl Hash {
    /// Length in bytes.
    pub const LEN: usize = 32;
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of these byte strings, one after the other.
pub fn hash_of(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut hash = [0; Hash::LEN];
    // SHA-256 gives 32 bytes; `zip` says so without a branch that could panic.
    hash.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    Hash(hash)
}

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    hash_of(&[&[0x00], entry])
}

/// The hash of a node over its two children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash_of(&[&[0x01], &left.0, &right.0])
}

/// The root of a log that has no entry.
pub fn empty_root() -> Hash {
    hash_of(&[])
}

/// The root over these hashes, each of which stands for one leaf or for one perfect subtree of equal size
/// (the last may stand for a smaller one). `None` if there is none.
pub(crate) fn root_of(hashes: &[Hash]) -> Option<Hash> {
    match hashes {
        [] => None,
        [only] => Some(*only),
        _ => {
            let (left, right) = hashes.split_at(split(hashes.len() as u64) as usize);
            Some(node_hash(&root_of(left)?, &root_of(right)?))
        }
    }
}

/// The largest power of two smaller than `size`, which is at least 2.
pub(crate) fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}
