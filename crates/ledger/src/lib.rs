//! The proof: an append-only log as a C2SP tiled log with signed checkpoints, over opaque bytes and in memory.
//!
//! The format is `docs/formats/ledger.md`. Who reads a log uses [`verify_log`]; that is all that a verifier
//! links. Who writes one (feature `write`) uses [`Frontier`] (which tiles an append completes),
//! [`encode_entry`] and `Checkpoint::sign`; who shows one entry, or growth, to others (feature `proof`) uses
//! `Tree` and the verifying functions beside it. Files, clock and private keys are elsewhere: they come in as
//! [`TileSource`], `now` and `Signer`.

mod checkpoint;
mod hash;
mod key;
#[cfg(feature = "proof")]
mod proof;
#[cfg(feature = "write")]
mod resume;
#[cfg(feature = "write")]
mod sign;
mod tile;
mod tree;
mod verify;

pub use checkpoint::{CHECKPOINT_PATH, Checkpoint, MAX_NOTE, SignedCheckpoint};
pub use hash::{Hash, empty_root, hash_of, leaf_hash, node_hash};
pub use key::{KeyKind, KeyRing, MAX_KEYS, VerifierKey};
#[cfg(feature = "proof")]
pub use proof::{Tree, verify_consistency, verify_inclusion};
#[cfg(feature = "write")]
pub use sign::{Ed25519Signer, MlDsa44Signer, SeedSigner, Signer};
#[cfg(feature = "write")]
pub use tile::encode_entry;
pub use tile::{
    Level, MAX_ENTRY, MAX_FILE, MIN_ENTRY, TILE_WIDTH, TilePath, TileSource, decode_entries, read_entries,
    read_hashes,
};
pub use tree::Frontier;
pub use verify::{Fault, MAX_FAULTS, Report, verify_log};

/// What can go wrong here, by whose fault it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    // The caller's.
    /// An entry outside 16 to 65,535 bytes.
    #[error("an entry has 16 to 65535 bytes, not {0}")]
    EntryLength(usize),
    /// A proof for an index or older size (first) that is not in a log of this size (second).
    #[error("`{0}` is not in the range of a log of {1} entries")]
    OutOfRange(u64, u64),
    /// A signer that could not sign, in its own words.
    #[error("the signer failed: {0}")]
    Signer(String),

    // The key file's.
    /// No key, more than [`MAX_KEYS`], or two with one id.
    #[error("a log has 1 to 16 keys, none twice")]
    KeyCount,
    /// Keys of two names.
    #[error("keys of two logs, `{0}` and `{1}`")]
    KeysOfTwoLogs(String, String),
    /// Not an origin.
    #[error("`{0}` cannot name a log: 1 to 255 bytes without white space, `+` or control characters")]
    KeyName(String),
    /// Not a vkey of a known type, or its id is not the one of its name and key.
    #[error("not a verifier key of type Ed25519 or ML-DSA-44")]
    KeyMalformed,

    // The log's.
    /// Not a signed note whose text is a checkpoint.
    #[error("not a checkpoint of three lines with its signature lines")]
    NoteMalformed,
    /// A checkpoint of another log: found, expected.
    #[error("a checkpoint of `{0}` in place of `{1}`")]
    Origin(String, String),
    /// A demanded signature that is not there.
    #[error("no {0} signature by the log's key")]
    SignatureMissing(KeyKind),
    /// A signature that does not verify.
    #[error("the {0} signature is wrong")]
    SignatureWrong(KeyKind),
    /// A file that must be there and is not.
    #[error("`{0}` is missing")]
    Missing(String),
    /// A file (first) that could not be read, and why, in the source's words.
    #[error("`{0}` cannot be read: {1}")]
    Unreadable(String, String),
    /// A tile or bundle (first) with another number of hashes or entries than its name says.
    #[error("`{0}` has another length than its name says")]
    TileLength(String),
    /// Tiles that do not belong to the checkpoint of this size.
    #[error("the tiles and bundles at size {0} do not give the root of the checkpoint")]
    TilesNotOfRoot(u64),
    /// An entry or hash that is not the one that the signed root covers.
    #[error("altered: not what the signed root covers")]
    Altered,
    /// An entry and its leaf hash in the tile differ, and neither gives the signed root.
    #[error("entry and tile contradict each other, and neither gives the signed root")]
    Contradiction,
    /// What is there gives this root, not the signed one.
    #[error("signs another root than {0}, that of the entries")]
    Root(Hash),
    /// A log of this size (second) that once was larger (first).
    #[error("the log once had {0} entries, and has {1} now")]
    Shrunk(u64, u64),
    /// The log did not begin as the older checkpoint of this size says.
    #[error("the first {0} entries are not those once signed")]
    Rewritten(u64),
}
