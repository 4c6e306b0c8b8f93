//! What stands around sealed records: the head of a chunk, and the mark after it (`recording.md` section 3).

use crate::{CHUNK_MAX, Digest, FRAME_OVERHEAD, HEAD_LEN, TAG_LEN};

pub(crate) const COMPRESSED: u8 = 0x01;

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

    /// The mark after one more chunk: its head, read and as it stands, and the hash of its sealed records.
    pub(crate) fn after(&self, fields: &Head, head: &[u8; HEAD_LEN], hash: &[u8; 32]) -> Self {
        let frame = u64::from(fields.sealed_len).saturating_add(FRAME_OVERHEAD);
        Self {
            chunks: self.chunks.saturating_add(1),
            bytes: self.bytes.saturating_add(frame),
            root: Digest::of(&[&[0x01], &self.root, head, hash]),
            clear: self.clear.saturating_add(u64::from(fields.clear_len)),
        }
    }
}

/// The first bytes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) flags: u8,
    pub(crate) number: u64,
    pub(crate) clear_len: u32,
    pub(crate) sealed_len: u32,
}

impl Head {
    /// A head with legal lengths, or what is wrong.
    pub(crate) fn parse(head: &[u8; HEAD_LEN]) -> Result<Self, &'static str> {
        let [kind, flags, r, s, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *head;
        if kind != b'C' || (r, s) != (0, 0) || flags > COMPRESSED {
            return Err("no chunk begins here");
        }
        let (clear_len, sealed_len) = (u32::from_be_bytes([i, j, k, l]), u32::from_be_bytes([m, n, o, p]));
        let clear = usize::try_from(clear_len).unwrap_or(usize::MAX);
        let sealed = usize::try_from(sealed_len).unwrap_or(usize::MAX);
        if clear == 0 || clear > CHUNK_MAX || sealed <= TAG_LEN || sealed > CHUNK_MAX + TAG_LEN {
            return Err("its length is not legal");
        }
        Ok(Self { flags, number: u64::from_be_bytes([a, b, c, d, e, f, g, h]), clear_len, sealed_len })
    }
}
