//! The recording container: what happened inside a session, in chunks that are sealed as they grow.
//!
//! The format is `docs/formats/recording.md`. Three parts, none of which does I/O or knows the time:
//! [`Writer`] and [`Chain`] make a container, [`Reader`] and [`verify`] check one without any key,
//! [`Decoder`] opens one. Keys, moments and identifiers are handed in.

mod bytes;
mod chain;
mod decoder;
mod digest;
mod elision;
mod header;
mod reader;
mod record;
mod seal;
mod writer;

pub use chain::{Chain, Mark};
pub use decoder::Decoder;
pub use digest::Digest;
pub use elision::{STREAM_LIMIT, StreamBudget};
pub use header::{Header, Recipient};
pub use reader::{End, Reader, Step, Verified, verify};
pub use record::{Body, Record, Track};
pub use seal::{DataKey, SEAL_LEN, Seal};
pub use writer::{CUT_AFTER, Compressor, PendingChunk, SealedChunk, Writer};

/// Most clear bytes in one chunk. With one chunk open, one waiting and one being sealed, a session at
/// full speed holds 3 × 256 KiB.
pub const CHUNK_MAX: usize = 256 * 1024;
/// Bytes of a frame around its sealed records: head, then root.
pub const FRAME_OVERHEAD: usize = HEAD_LEN + 32;
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
