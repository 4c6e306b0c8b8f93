//! Verifying without any key (`recording.md` section 6).

use std::io::Read;

use crate::frame::Head;
use crate::{Digest, Error, HEAD_LEN, Header, Mark, SEAL_LEN, Seal, TORN_MAX, header};

/// What a whole reading found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whose recording it is.
    pub header: Header,
    /// Its whole chunks.
    pub mark: Mark,
    /// How the file ends.
    pub end: End,
}

impl Verified {
    /// Whether it holds nothing, not even bytes that were never acknowledged.
    pub fn is_empty(&self) -> bool {
        let (End::Sealed { seal: Seal { torn, .. }, .. } | End::Open { torn, .. }) = self.end;
        self.mark.chunks == 0 && torn == 0
    }
}

/// How a container ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With a seal that fits.
    Sealed {
        /// The seal.
        seal: Seal,
        /// Its digest, as it stands in the ledger.
        digest: [u8; 32],
    },
    /// Without: still being written, or the gate was killed.
    Open {
        /// Bytes after the last whole chunk.
        torn: u64,
        /// SHA-256 of them.
        torn_hash: [u8; 32],
    },
}

/// Reads a container whole. `acknowledged` are the marks that the ledger has of it, in whichever order; each is
/// demanded, so that a later and shorter one takes nothing back. The error names what is wrong and where.
pub fn verify(input: impl Read, acknowledged: &[Mark]) -> Result<Verified, Error> {
    let mut reader = Reader::new(input)?;
    let mut acknowledged: Vec<&Mark> = acknowledged.iter().collect();
    acknowledged.sort_by_key(|mark| mark.chunks);
    let mut expected = acknowledged.iter().peekable();
    loop {
        while let Some(mark) = expected.next_if(|mark| mark.chunks <= reader.mark().chunks) {
            let here = reader.mark();
            if (mark.chunks, mark.bytes, mark.root) != (here.chunks, here.bytes, here.root) {
                return Err(Error::NotAcknowledged { chunks: mark.chunks });
            }
        }
        if let Step::End(end) = reader.step()? {
            let mark = reader.mark();
            return match acknowledged.last().filter(|last| last.chunks > mark.chunks) {
                Some(last) => {
                    Err(Error::Missing { whole: mark.chunks, offset: mark.bytes, acknowledged: last.chunks })
                }
                None => Ok(Verified { header: reader.header, mark, end }),
            };
        }
    }
}

/// Reads a container chunk by chunk; holds one chunk at a time.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    header: Header,
    #[cfg(feature = "key")]
    pub(crate) header_hash: [u8; 32],
    pub(crate) mark: Mark,
    /// The bytes of the last step, a chunk's frame or the tail, and what was read ahead.
    pub(crate) frame: Vec<u8>,
    /// Bytes of it that belong to the last chunk.
    taken: usize,
}

/// What came next.
#[derive(Debug)]
pub enum Step {
    /// One more whole chunk; [`Reader::mark`] counts it.
    Chunk,
    /// The end.
    End(End),
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    pub fn new(mut input: R) -> Result<Self, Error> {
        let (header, encoded) = Header::read(&mut input)?;
        let header_hash = header::hash(&encoded);
        let mark = Mark::start(encoded.len(), header_hash);
        Ok(Self {
            input,
            header,
            #[cfg(feature = "key")]
            header_hash,
            mark,
            frame: Vec::new(),
            taken: 0,
        })
    }

    /// Whose recording it is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The whole chunks up to now.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Reads one chunk, or the end.
    pub fn step(&mut self) -> Result<Step, Error> {
        self.frame.drain(..std::mem::take(&mut self.taken).min(self.frame.len()));
        match self.read_chunk()? {
            Ok(mark) => {
                self.mark = mark;
                Ok(Step::Chunk)
            }
            Err(what) => self.read_end(what).map(Step::End),
        }
    }

    fn read_chunk(&mut self) -> Result<Result<Mark, &'static str>, Error> {
        self.fill(HEAD_LEN)?;
        let Some(head) = self.frame.first_chunk::<HEAD_LEN>().copied() else {
            return Ok(Err("it breaks off"));
        };
        let parsed = match Head::parse(&head) {
            Ok(parsed) if parsed.number == self.mark.chunks => parsed,
            Ok(_) => return Ok(Err("another chunk stands in its place")),
            Err(what) => return Ok(Err(what)),
        };
        let sealed_end = HEAD_LEN.saturating_add(usize::try_from(parsed.sealed_len).unwrap_or(usize::MAX));
        let end = sealed_end.saturating_add(32);
        self.fill(end.saturating_add(SEAL_LEN))?;
        let parts = self.frame.get(HEAD_LEN..sealed_end).zip(self.frame.get(sealed_end..end));
        Ok(match parts {
            Some((sealed, root)) if !self.is_ended_by_seal_in(end) => {
                let mark = self.mark.after(&parsed, &head, &Digest::of(&[sealed]));
                if mark.root.as_slice() == root {
                    self.taken = end;
                    Ok(mark)
                } else {
                    Err("its hash does not fit its bytes")
                }
            }
            _ => Err("it breaks off"),
        })
    }

    /// Whether the file ends with a seal that begins before `end`: the frame up to there was not whole when
    /// it was sealed, even if the seal's first bytes happen to be those that it lacked.
    fn is_ended_by_seal_in(&self, end: usize) -> bool {
        let start = self.frame.len().saturating_sub(SEAL_LEN);
        let last = self.frame.get(start..).unwrap_or_default();
        start < end && Seal::claimed(last) && Seal::parse(last).is_ok()
    }

    /// What remains is the tail: torn bytes, a seal, or a broken chunk.
    fn read_end(&mut self, what: &'static str) -> Result<End, Error> {
        let (number, offset) = (self.mark.chunks, self.mark.bytes);
        let broken = Error::Chunk { number, offset, what };
        self.fill(TORN_MAX + SEAL_LEN + 1)?;
        let torn_len = self.frame.len().saturating_sub(SEAL_LEN);
        let (torn, last) = self.frame.split_at_checked(torn_len).unwrap_or_default();
        if !Seal::claimed(last) {
            let torn = u64::try_from(self.frame.len()).unwrap_or(u64::MAX);
            let open = End::Open { torn, torn_hash: Digest::of(&[&self.frame]) };
            return if self.frame.len() > TORN_MAX { Err(broken) } else { Ok(open) };
        }
        let torn_len = u64::try_from(torn_len).unwrap_or(u64::MAX);
        let seal_offset = offset.saturating_add(torn_len);
        let wrong = |what| Error::Seal { offset: seal_offset, what };
        let seal = Seal::parse(last).map_err(wrong)?;
        if seal.mark.chunks > number {
            return Err(broken);
        }
        if seal.mark != self.mark {
            return Err(wrong("it counts other chunks than there are"));
        }
        if (seal.torn, seal.torn_hash) != (torn_len, Digest::of(&[torn])) {
            return Err(wrong("the bytes before it are not those that it counts"));
        }
        let digest = Seal::digest(last).ok_or_else(|| wrong("it is too short"))?;
        Ok(End::Sealed { seal, digest })
    }

    /// Reads until the frame has this many bytes or the file ends.
    fn fill(&mut self, length: usize) -> Result<(), Error> {
        let missing = u64::try_from(length.saturating_sub(self.frame.len())).unwrap_or(u64::MAX);
        self.input.by_ref().take(missing).read_to_end(&mut self.frame)?;
        Ok(())
    }
}
