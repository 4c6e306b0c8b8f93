//! Opening a recording with its data key.

use std::io::Read;

use vocab::Timestamp;

use crate::bytes::Bytes;
use crate::frame::{COMPRESSED, Head};
use crate::record::take;
use crate::{DataKey, End, Error, HEAD_LEN, Header, Reader, Record, SEAL_LEN, Seal, Step};

/// Reads the records of a container, one chunk at a time, verifying all that [`Reader`] verifies, that
/// each chunk was sealed with this key, and so was an authenticated seal.
#[derive(Debug)]
pub struct Decoder<R> {
    reader: Reader<R>,
    key: DataKey,
    last_micros: u64,
    end: Option<End>,
}

impl<R: Read> Decoder<R> {
    /// Reads the header.
    pub fn new(input: R, key: DataKey) -> Result<Self, Error> {
        Reader::new(input).map(|reader| Self { reader, key, last_micros: 0, end: None })
    }

    /// Whose recording it is.
    pub fn header(&self) -> &Header {
        self.reader.header()
    }

    /// How it ends, once [`chunk`](Self::chunk) has returned `None`.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// The records of the next chunk, in order; `None` at the end.
    pub fn chunk(&mut self) -> Result<Option<Vec<Record>>, Error> {
        if self.end.is_some() {
            return Ok(None);
        }
        if let Step::End(end) = self.reader.step()? {
            self.check_end(&end)?;
            self.end = Some(end);
            return Ok(None);
        }
        let number = self.reader.mark().chunks.saturating_sub(1);
        let clear = self.open(number).ok_or_else(|| Error::Key(format!("chunk {number}")))?;
        let mut fields = Bytes(&clear);
        let mut records = Vec::new();
        while !fields.0.is_empty() {
            let offset = clear.len().saturating_sub(fields.0.len());
            let taken = take(&mut fields).filter(|(micros, _, _)| *micros >= self.last_micros);
            let (micros, channel, body) = taken.ok_or(Error::Records { number, offset })?;
            self.last_micros = micros;
            let started = self.header().started_at.as_micros();
            let at = started.saturating_add(i64::try_from(micros).unwrap_or(i64::MAX));
            records.push(Record { at: Timestamp::from_micros(at), channel, body });
        }
        Ok(Some(records))
    }

    /// The clear text of the chunk that was just read.
    fn open(&mut self, number: u64) -> Option<Vec<u8>> {
        let hash = self.reader.header_hash;
        let (head, parsed, sealed) = self.reader.chunk()?;
        let opened = self.key.open_chunk(number, &hash, &head, sealed)?;
        let clear_len = usize::try_from(parsed.clear_len).ok()?;
        let clear = if parsed.flags == COMPRESSED {
            zstd::bulk::decompress(opened, clear_len).ok()?
        } else {
            opened.to_vec()
        };
        (clear.len() == clear_len).then_some(clear)
    }

    fn check_end(&self, end: &End) -> Result<(), Error> {
        match end {
            End::Sealed { seal, .. } if seal.authenticated => {
                let right =
                    Seal::check(self.reader.seal_bytes(), &seal.mark, &self.reader.header_hash, &self.key);
                if right { Ok(()) } else { Err(Error::Key("the seal".to_owned())) }
            }
            _ => Ok(()),
        }
    }
}

impl<R> Reader<R> {
    /// Head and sealed records of the chunk of the last step.
    fn chunk(&mut self) -> Option<([u8; HEAD_LEN], Head, &mut [u8])> {
        let (head, rest) = self.frame.split_first_chunk_mut::<HEAD_LEN>()?;
        let parsed = Head::parse(head).ok()?;
        let sealed = rest.get_mut(..usize::try_from(parsed.sealed_len).ok()?)?;
        Some((*head, parsed, sealed))
    }

    /// The seal's bytes, after the last step.
    fn seal_bytes(&self) -> &[u8] {
        self.frame.get(self.frame.len().saturating_sub(SEAL_LEN)..).unwrap_or_default()
    }
}
