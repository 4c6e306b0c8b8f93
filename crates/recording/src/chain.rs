//! The order of chunks: numbers, offsets and the running root (`recording.md` section 3).

use vocab::{Ending, Timestamp};

use crate::{DataKey, Error, Header, Mark, Reader, Seal, SealedChunk, header};

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

    /// Appends the frame of the next chunk to `out`. Chunks come in the order of their numbers.
    pub fn append(&mut self, chunk: &SealedChunk, out: &mut Vec<u8>) -> Result<(), Error> {
        if chunk.fields.number != self.mark.chunks || chunk.header_hash != self.header_hash {
            return Err(Error::Misuse("a chunk out of its order"));
        }
        self.mark = self.mark.after(&chunk.fields, &chunk.head, &chunk.hash);
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

impl<R> Reader<R> {
    /// The chain at the end of what was read, to close a container after a crash.
    pub fn into_chain(self) -> Chain {
        Chain { header_hash: self.header_hash, mark: self.mark }
    }
}
