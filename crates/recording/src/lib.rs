//! The recording container: what happened inside a session, in chunks that are sealed as they grow.
//!
//! The format is `docs/formats/recording.md`. Three parts, none of which does I/O or knows the time:
//! `Writer` and `Chain` make a container, [`Reader`] and [`verify`] check one without any key, `Decoder`
//! opens one. Keys, moments and identifiers are handed in. The verifier links the second part alone: the
//! others need a data key, and are the feature `key`.

mod bytes;
#[cfg(feature = "key")]
mod chain;
#[cfg(feature = "key")]
mod decoder;
mod digest;
#[cfg(feature = "key")]
mod elision;
#[cfg(feature = "key")]
mod encode;
mod frame;
mod header;
#[cfg(feature = "key")]
mod key;
mod reader;
#[cfg(feature = "key")]
mod record;
mod seal;
#[cfg(feature = "key")]
mod writer;

pub use digest::Digest;
pub use frame::Mark;
pub use header::{Header, Recipient};
pub use reader::{End, Reader, Step, Verified, verify};
pub use seal::{SEAL_LEN, Seal};
#[cfg(feature = "key")]
pub use {
    chain::Chain,
    decoder::Decoder,
    elision::{STREAM_LIMIT, StreamBudget},
    key::DataKey,
    record::{Body, Record, Track},
    writer::{CUT_AFTER, Compressor, PendingChunk, SealedChunk, Writer},
};

/// Most clear bytes in one chunk. With one chunk open, one waiting and one being sealed, a session at
/// full speed holds 3 × 256 KiB.
pub const CHUNK_MAX: usize = 256 * 1024;
/// Bytes of a frame around its sealed records: head, then root.
pub const FRAME_OVERHEAD: u64 = HEAD_LEN as u64 + 32;
/// Most bytes after the last whole chunk, seal not counted, that unfinished writes can have left.
pub const TORN_MAX: usize = 4 * 1024 * 1024;

const HEAD_LEN: usize = 20;
const TAG_LEN: usize = 16;

/// What can be wrong, sorted by who is at fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller: something that has no place in a container.
    #[error("cannot be recorded: {0}")]
    Misuse(&'static str),
    /// The key is not this recording's, or an authenticated part was altered with all its hashes.
    #[error("{0} cannot be opened with this key")]
    Key(String),
    /// The cryptographic library refused to seal.
    #[error("sealing failed")]
    Crypto,
    /// The file does not begin with a header of this format.
    #[error("not a recording: {0}")]
    Header(&'static str),
    /// A chunk is altered, missing, moved, repeated or of another recording.
    #[error("chunk {number} at offset {offset} is broken: {what}")]
    Chunk {
        /// The number that is expected here.
        number: u64,
        /// Where its frame begins.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The seal does not fit what it seals.
    #[error("the seal at offset {offset} is broken: {what}")]
    Seal {
        /// Where it begins.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The recording is not the one that the ledger acknowledged.
    #[error("after {chunks} chunks the root is not the one in the ledger")]
    NotAcknowledged {
        /// Number of chunks of the mark.
        chunks: u64,
    },
    /// Acknowledged chunks are missing.
    #[error(
        "chunk {whole} at offset {offset} is missing or broken: the ledger acknowledged {acknowledged} chunks"
    )]
    Missing {
        /// Whole chunks that are there: the number of the first that is missing.
        whole: u64,
        /// Where it would begin.
        offset: u64,
        /// Chunks that the ledger acknowledged.
        acknowledged: u64,
    },
    /// A chunk was opened, and its records make no sense.
    #[error("chunk {number}: its records break off at byte {offset}")]
    Records {
        /// The chunk.
        number: u64,
        /// Where in its clear text.
        offset: usize,
    },
    /// The file could not be read.
    #[error("the recording cannot be read")]
    Read(#[from] std::io::Error),
}
