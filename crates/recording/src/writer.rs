//! Records go in, chunks come out: the part that a live session touches.

use std::time::Duration;

use vocab::Timestamp;

use crate::frame::{COMPRESSED, Head};
use crate::record::{RECORD_OVERHEAD, put_body, put_data};
use crate::{Body, CHUNK_MAX, DataKey, Digest, Error, HEAD_LEN, Header, Record, header};

/// A chunk is cut this long after its first record. Forwarding waits when it is 1 s ahead of what is
/// durable: the other half second is for compressing, writing and syncing, so that a store in good
/// health never makes anybody wait.
pub const CUT_AFTER: Duration = Duration::from_millis(500);

/// Level of Zstandard: 1 needs 0.6 MB of context, 3 already 1.3 MB.
const LEVEL: i32 = 1;

/// Collects the records of one session. An idle session holds no buffer here.
#[derive(Debug)]
pub struct Writer {
    header_hash: [u8; 32],
    started_at: Timestamp,
    last_micros: u64,
    next_number: u64,
    clear: Vec<u8>,
    cut_at: Option<Timestamp>,
}

impl Writer {
    /// For the container that begins with this header.
    pub fn new(header: &Header) -> Result<Self, Error> {
        let header_hash = header::hash(&header.encode()?);
        let started_at = header.started_at;
        Ok(Self { header_hash, started_at, last_micros: 0, next_number: 0, clear: Vec::new(), cut_at: None })
    }

    /// Takes a record; returns the chunks that became full, in order (usually none). A long piece of a
    /// stream is split. A time before that of the last record counts as that.
    pub fn push(&mut self, record: &Record) -> Vec<PendingChunk> {
        let micros = u64::try_from(record.at.since(self.started_at).as_micros()).unwrap_or(u64::MAX);
        self.last_micros = self.last_micros.max(micros);
        let mut full = Vec::new();
        if let Body::Data { track, bytes } = &record.body {
            for piece in bytes.chunks(PIECE_MAX) {
                self.make_room(record.at, piece.len(), &mut full);
                put_data(&mut self.clear, self.last_micros, record.channel, *track, piece);
            }
        } else {
            self.make_room(record.at, BODY_MAX, &mut full);
            put_body(&mut self.clear, self.last_micros, record.channel, &record.body);
        }
        full
    }

    /// The number of the chunk that is open, or will be.
    pub fn number(&self) -> u64 {
        self.next_number
    }

    /// Bytes of records that wait to be cut.
    pub fn waiting(&self) -> usize {
        self.clear.len()
    }

    /// When [`cut`](Self::cut) is due; `None` while nothing waits.
    pub fn cut_at(&self) -> Option<Timestamp> {
        self.cut_at
    }

    /// Cuts what waits, if anything does. The buffer goes with the chunk.
    pub fn cut(&mut self) -> Option<PendingChunk> {
        self.cut_at = None;
        if self.clear.is_empty() {
            return None;
        }
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        Some(PendingChunk { header_hash: self.header_hash, number, clear: std::mem::take(&mut self.clear) })
    }

    fn make_room(&mut self, at: Timestamp, body: usize, full: &mut Vec<PendingChunk>) {
        if self.clear.len() + RECORD_OVERHEAD + body > CHUNK_MAX {
            full.extend(self.cut());
        }
        self.cut_at.get_or_insert(at.after(CUT_AFTER));
    }
}

/// A piece of a stream that is longer is split, so that chunks fill up well: at worst 32 KiB of 256 stay empty.
const PIECE_MAX: usize = 32 * 1024;
/// The longest body that is not a piece of a stream: 1 + 10 + 10 + 32 bytes, an elision.
const BODY_MAX: usize = 53;

/// A chunk that was cut: the heavy work on it can be done on any thread.
#[derive(Debug)]
pub struct PendingChunk {
    header_hash: [u8; 32],
    number: u64,
    clear: Vec<u8>,
}

impl PendingChunk {
    /// Its number: the order in which sealed chunks are appended.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Bytes of its records.
    pub fn clear_len(&self) -> usize {
        self.clear.len()
    }

    /// Compresses, seals and hashes.
    pub fn seal(self, key: &DataKey, compressor: &mut Compressor) -> Result<SealedChunk, Error> {
        let clear_len = u32::try_from(self.clear.len()).map_err(|_| Error::Misuse("a chunk is too long"))?;
        let (flags, mut sealed) = match compressor.shorter(&self.clear) {
            Some(compressed) => (COMPRESSED, compressed),
            None => (0, self.clear),
        };
        let sealed_len = sealed.len().saturating_add(crate::TAG_LEN);
        let sealed_len = u32::try_from(sealed_len).map_err(|_| Error::Misuse("a chunk is too long"))?;
        let fields = Head { flags, number: self.number, clear_len, sealed_len };
        let head = fields.encode();
        key.seal_chunk(self.number, &self.header_hash, &head, &mut sealed)?;
        let hash = Digest::of(&[&sealed]);
        Ok(SealedChunk { header_hash: self.header_hash, fields, head, sealed, hash })
    }
}

/// A chunk that only waits for its place in the [`Chain`](crate::Chain).
#[derive(Debug)]
pub struct SealedChunk {
    pub(crate) header_hash: [u8; 32],
    pub(crate) fields: Head,
    pub(crate) head: [u8; HEAD_LEN],
    pub(crate) sealed: Vec<u8>,
    pub(crate) hash: [u8; 32],
}

/// The compressor of one worker thread, used for chunk after chunk of all recordings.
pub struct Compressor(Option<zstd::bulk::Compressor<'static>>);

impl Compressor {
    /// One that compresses, or one that leaves all as it is (vectors, and where memory lacks).
    pub fn new(compress: bool) -> Self {
        Self(compress.then(|| zstd::bulk::Compressor::new(LEVEL).ok()).flatten())
    }

    fn shorter(&mut self, clear: &[u8]) -> Option<Vec<u8>> {
        let compressed = self.0.as_mut()?.compress(clear).ok()?;
        (compressed.len() < clear.len()).then_some(compressed)
    }
}

impl Head {
    fn encode(&self) -> [u8; HEAD_LEN] {
        let [a, b, c, d, e, f, g, h] = self.number.to_be_bytes();
        let ([i, j, k, l], [m, n, o, p]) = (self.clear_len.to_be_bytes(), self.sealed_len.to_be_bytes());
        [b'C', self.flags, 0, 0, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
    }
}
