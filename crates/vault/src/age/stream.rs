//! The payload: chunks that are numbered, and of which the last says that it is the last.

use super::derive;
use super::header::{broken, cut_short};
use crate::Error;
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

pub(super) const NONCE_BYTES: usize = 16;
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// 16 TiB: many times the largest disk of recordings, and far below what the cipher carries.
const CHUNKS_MAX: u64 = 1 << 28;

/// What is sealed as it is written. Without [`Sealing::finish`] the file has no end, and does not open.
pub struct Sealing<W> {
    to: W,
    chunks: Chunks,
    /// INVARIANT: at most one chunk; it is sealed when more comes, or as the last.
    clear: Zeroizing<Vec<u8>>,
}

/// What is opened as it is read; the end of the file is an error where it is not that of the stream.
pub struct Opening<R> {
    from: R,
    chunks: Chunks,
    /// The chunk that is handed out, and how far.
    clear: Zeroizing<Vec<u8>>,
    given: usize,
    /// What was read ahead, to know whether the next chunk is the last.
    ahead: Vec<u8>,
    over: bool,
}

struct Chunks {
    key: LessSafeKey,
    next: u64,
}

impl Chunks {
    fn new(file_key: &[u8], nonce: &[u8; NONCE_BYTES]) -> Option<Self> {
        let key = derive(nonce, file_key, b"payload")?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).ok()?;
        Some(Self { key: LessSafeKey::new(key), next: 0 })
    }

    fn nonce(&mut self, last: bool) -> io::Result<Nonce> {
        if self.next >= CHUNKS_MAX {
            return Err(io::Error::other("longer than 16 TiB"));
        }
        let [a, b, c, d, e, f, g, h] = self.next.to_be_bytes();
        self.next += 1;
        Ok(Nonce::assume_unique_for_key([0, 0, 0, a, b, c, d, e, f, g, h, u8::from(last)]))
    }
}

impl<W: Write> Sealing<W> {
    pub(super) fn new(
        mut to: W,
        head: &[u8],
        file_key: &[u8],
        nonce: &[u8; NONCE_BYTES],
    ) -> Result<Self, Error> {
        let chunks = Chunks::new(file_key, nonce).ok_or(Error::Crypto("key derivation"))?;
        let written = to.write_all(head).and_then(|()| to.write_all(nonce));
        written.map_err(Error::disk("age".as_ref()))?;
        Ok(Self { to, chunks, clear: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)) })
    }

    /// Seals the last chunk, and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let nonce = self.chunks.nonce(last)?;
        let sealed = self.chunks.key.seal_in_place_append_tag(nonce, Aad::empty(), &mut *self.clear);
        sealed.map_err(|_| io::Error::other("sealing failed"))?;
        self.to.write_all(&self.clear)?;
        self.clear.clear();
        Ok(())
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.clear.len() == CHUNK {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.clear.len());
        self.clear.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    /// A chunk is written when it is full: there is nothing to be hurried.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<R: Read> Opening<R> {
    pub(super) fn new(mut from: R, file_key: &[u8]) -> io::Result<Self> {
        let mut nonce = [0; NONCE_BYTES];
        from.read_exact(&mut nonce).map_err(cut_short)?;
        let chunks = Chunks::new(file_key, &nonce).ok_or_else(broken)?;
        let clear = Zeroizing::new(Vec::new());
        let mut opening = Self { from, chunks, clear, given: 0, ahead: Vec::new(), over: false };
        opening.ahead = opening.next_bytes()?;
        Ok(opening)
    }

    fn next_bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(CHUNK + TAG);
        (&mut self.from).take((CHUNK + TAG) as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn chunk(&mut self) -> io::Result<()> {
        let mut bytes = Zeroizing::new(std::mem::take(&mut self.ahead));
        self.ahead = if bytes.len() == CHUNK + TAG { self.next_bytes()? } else { Vec::new() };
        let (first, last) = (self.chunks.next == 0, self.ahead.is_empty());
        let nonce = self.chunks.nonce(last)?;
        let opened = self.chunks.key.open_in_place(nonce, Aad::empty(), &mut bytes).map_err(|_| broken())?;
        let length = opened.len();
        // Only a file of nothing ends with an empty chunk.
        if length == 0 && !first {
            return Err(broken());
        }
        bytes.truncate(length);
        (self.clear, self.given, self.over) = (bytes, 0, last);
        Ok(())
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.clear.len() && !self.over {
            self.chunk()?;
        }
        let rest = self.clear.get(self.given..).unwrap_or_default();
        let taken = rest.len().min(out.len());
        if let (Some(out), Some(rest)) = (out.get_mut(..taken), rest.get(..taken)) {
            out.copy_from_slice(rest);
        }
        self.given += taken;
        Ok(taken)
    }
}
