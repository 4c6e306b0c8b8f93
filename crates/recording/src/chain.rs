//! The order of chunks: numbers, offsets and the running root (`recording.md` section 3).

use vocab::{Ending, Timestamp};

use crate::seal::{DataKey, Seal};
use crate::{Digest, Error, FRAME_OVERHEAD, HEAD_LEN, Header, SealedChunk, header};

/// How far a container goes: what a ledger acknowledges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Whole chunks.
    pub chunks: u64,
    /// Offset where the last of them ends, or the header when there is none.
    pub bytes: u64,
    /// Root after them.
    pub root: [u8; 32],
    /// Sum of their clear lengths.
    pub clear: u64,
}

impl Mark {
    pub(crate) fn start(header_len: usize, header_hash: [u8; 32]) -> Self {
        Self { chunks: 0, bytes: u64::try_from(header_len).unwrap_or(u64::MAX), root: header_hash, clear: 0 }
    }

    /// The mark after one more chunk.
    pub(crate) fn after(&self, head: &[u8; HEAD_LEN], sealed: &[u8], clear_len: u32) -> Self {
        self.after_hashed(head, &Digest::of(&[sealed]), sealed.len(), clear_len)
    }

    fn after_hashed(
        &self,
        head: &[u8; HEAD_LEN],
        hash: &[u8; 32],
        sealed_len: usize,
        clear_len: u32,
    ) -> Self {
        let frame = u64::try_from(FRAME_OVERHEAD.saturating_add(sealed_len)).unwrap_or(u64::MAX);
        Self {
            chunks: self.chunks.saturating_add(1),
            bytes: self.bytes.saturating_add(frame),
            root: Digest::of(&[&[0x01], &self.root, head, hash]),
            clear: self.clear.saturating_add(u64::from(clear_len)),
        }
    }
}

/// Puts sealed chunks in order and closes the container.
#[derive(Debug)]
pub struct Chain {
    header_hash: [u8; 32],
    mark: Mark,
}

impl Chain {
    /// An empty container, and the bytes that it begins with.
    pub fn new(header: &Header) -> Result<(Self, Vec<u8>), Error> {
        let encoded = header.encode()?;
        let header_hash = header::hash(&encoded);
        Ok((Self { header_hash, mark: Mark::start(encoded.len(), header_hash) }, encoded))
    }

    /// Goes on where a container ends that was read again, to close it.
    pub(crate) fn resume(header_hash: [u8; 32], mark: Mark) -> Self {
        Self { header_hash, mark }
    }

    /// Appends the frame of the next chunk to `out`. Chunks come in the order of their numbers.
    pub fn append(&mut self, chunk: &SealedChunk, out: &mut Vec<u8>) -> Result<(), Error> {
        if chunk.number != self.mark.chunks || chunk.header_hash != self.header_hash {
            return Err(Error::Misuse("a chunk out of its order"));
        }
        self.mark = self.mark.after_hashed(&chunk.head, &chunk.hash, chunk.sealed.len(), chunk.clear_len);
        out.reserve(FRAME_OVERHEAD + chunk.sealed.len());
        out.extend_from_slice(&chunk.head);
        out.extend_from_slice(&chunk.sealed);
        out.extend_from_slice(&self.mark.root);
        Ok(())
    }

    /// How far it goes.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Goes back to an earlier mark: what could not be written is not counted. Nothing that was counted
    /// no longer may be appended again; the container can only be closed.
    pub fn go_back(&mut self, mark: Mark) {
        self.mark = mark;
    }

    /// Makes the seal, after `torn` bytes of unfinished frames. It takes the chain, because the one
    /// nonce of a seal is used once. Without key it is not authenticated (crash).
    pub fn close(
        self,
        key: Option<&DataKey>,
        ending: Ending,
        at: Timestamp,
        torn: (u64, [u8; 32]),
    ) -> Result<(Seal, Vec<u8>), Error> {
        let seal = Seal {
            ending,
            sealed_at: at,
            mark: self.mark,
            torn: torn.0,
            torn_hash: torn.1,
            authenticated: key.is_some(),
        };
        let bytes = seal.encode(&self.header_hash, key)?;
        Ok((seal, bytes))
    }
}
