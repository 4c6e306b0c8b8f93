//! Writing header and seal: what [`header`](crate::header) and [`seal`](crate::seal) read.

use crate::header::{FIXED_LEN, KEY_ID_MAX, MAGIC, RECIPIENTS_MAX, VERSION, WRAPPED_MAX};
use crate::seal::{self, CODE_LEN, DIGESTED_LEN, TAGGED_LEN};
use crate::{DataKey, Digest, Error, Header, Mark, SEAL_LEN, Seal, TAG_LEN};

impl Header {
    /// The bytes at the start of the file.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut rest = Vec::with_capacity(256);
        rest.extend_from_slice(self.recording.as_bytes());
        rest.extend_from_slice(self.session.as_bytes());
        rest.extend_from_slice(self.boot.as_bytes());
        rest.extend_from_slice(&self.started_at.as_micros().to_be_bytes());
        put_short(&mut rest, self.establishment.as_str().as_bytes(), 64)?;
        put_short(&mut rest, self.gate.as_str().as_bytes(), 64)?;
        if self.recipients.is_empty() || self.recipients.len() > RECIPIENTS_MAX {
            return Err(Error::Misuse("a recording has 1 to 16 recipients"));
        }
        rest.extend(u8::try_from(self.recipients.len()));
        for recipient in &self.recipients {
            put_short(&mut rest, &recipient.key_id, KEY_ID_MAX)?;
            let length = u16::try_from(recipient.wrapped.len()).unwrap_or(u16::MAX);
            if recipient.wrapped.is_empty() || usize::from(length) > WRAPPED_MAX {
                return Err(Error::Misuse("a wrapped key has 1 to 1,024 bytes"));
            }
            rest.extend_from_slice(&length.to_be_bytes());
            rest.extend_from_slice(&recipient.wrapped);
        }
        let length =
            u32::try_from(FIXED_LEN + rest.len()).map_err(|_| Error::Misuse("the header is too long"))?;
        Ok([MAGIC.as_slice(), &VERSION.to_be_bytes(), &length.to_be_bytes(), &rest].concat())
    }
}

fn put_short(out: &mut Vec<u8>, bytes: &[u8], max: usize) -> Result<(), Error> {
    match u8::try_from(bytes.len()) {
        Ok(length) if length > 0 && bytes.len() <= max => {
            out.push(length);
            out.extend_from_slice(bytes);
            Ok(())
        }
        _ => Err(Error::Misuse("a name or key id of the header has 1 to 64 bytes")),
    }
}

impl Seal {
    pub(crate) fn encode(&self, header_hash: &[u8; 32], key: Option<&DataKey>) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(SEAL_LEN);
        out.extend([b'S', u8::from(key.is_some()), 0, 0]);
        out.extend_from_slice(self.ending.as_str().as_bytes());
        out.resize(4 + CODE_LEN, 0);
        for number in [self.mark.chunks, self.mark.bytes, self.mark.clear] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.sealed_at.as_micros().to_be_bytes());
        out.extend_from_slice(&self.torn.to_be_bytes());
        out.extend_from_slice(&self.torn_hash);
        out.extend_from_slice(&self.mark.root);
        match key {
            Some(key) => out.extend(key.seal_tag(self.mark.chunks, header_hash, &out)?),
            None => out.extend([0; TAG_LEN]),
        }
        out.extend(Digest::of(&[&[0x02], &out]));
        out.extend_from_slice(seal::MAGIC);
        Ok(out)
    }

    /// Whether an authenticated seal was made with this key.
    pub(crate) fn check(encoded: &[u8], mark: &Mark, header_hash: &[u8; 32], key: &DataKey) -> bool {
        let parts = encoded.get(..TAGGED_LEN).zip(encoded.get(TAGGED_LEN..DIGESTED_LEN));
        parts.is_some_and(|(fields, tag)| key.check_tag(mark.chunks, header_hash, fields, tag))
    }
}
