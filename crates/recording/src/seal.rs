//! The data key, and the seal that closes a container (`recording.md` section 4).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use vocab::{Ending, Secret, Timestamp};

use crate::bytes::Bytes;
use crate::{Digest, Error, HEAD_LEN, Mark, TAG_LEN};

/// Length of a seal.
pub const SEAL_LEN: usize = 188;

const MAGIC: &[u8; 8] = b"PTNSEAL\n";
const CODE_LEN: usize = 24;
/// What the tag covers; then the tag; what the digest covers.
const TAGGED_LEN: usize = 132;
const DIGESTED_LEN: usize = TAGGED_LEN + TAG_LEN;

/// The key of one recording.
pub struct DataKey(LessSafeKey);

impl DataKey {
    /// From 32 random bytes that were drawn for this recording alone.
    pub fn new(key: &Secret) -> Result<Self, Error> {
        let key = UnboundKey::new(&AES_256_GCM, key.expose());
        key.map(|key| Self(LessSafeKey::new(key))).map_err(|_| Error::Misuse("a data key has 32 bytes"))
    }

    /// Seals the records of a chunk in place, tag appended.
    pub(crate) fn seal_chunk(
        &self,
        number: u64,
        hash: &[u8; 32],
        head: &[u8; HEAD_LEN],
        data: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let aad = Aad::from(chunk_aad(hash, head));
        self.0.seal_in_place_append_tag(nonce(0, number), aad, data).map_err(|_| Error::Crypto)
    }

    /// Opens a chunk in place; the clear text, or `None` when it is not what was sealed.
    pub(crate) fn open_chunk<'a>(
        &self,
        number: u64,
        hash: &[u8; 32],
        head: &[u8; HEAD_LEN],
        data: &'a mut [u8],
    ) -> Option<&'a [u8]> {
        let aad = Aad::from(chunk_aad(hash, head));
        self.0.open_in_place(nonce(0, number), aad, data).ok().map(|clear| &*clear)
    }

    fn seal_tag(&self, chunks: u64, hash: &[u8; 32], fields: &[u8]) -> Result<Vec<u8>, Error> {
        let aad = Aad::from([&[0x01], hash.as_slice(), fields].concat());
        let tag =
            self.0.seal_in_place_separate_tag(nonce(1, chunks), aad, &mut []).map_err(|_| Error::Crypto)?;
        Ok(tag.as_ref().to_vec())
    }

    fn check_tag(&self, chunks: u64, hash: &[u8; 32], fields: &[u8], tag: &[u8]) -> bool {
        let aad = Aad::from([&[0x01], hash.as_slice(), fields].concat());
        self.0.open_in_place(nonce(1, chunks), aad, &mut tag.to_vec()).is_ok()
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// How a recording ended, and all that it must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// How it ended.
    pub ending: Ending,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// Its chunks, their length, their root.
    pub mark: Mark,
    /// Bytes of unfinished frames between the last chunk and the seal.
    pub torn: u64,
    /// SHA-256 of them.
    pub torn_hash: [u8; 32],
    /// Whether it was made with the data key. A gate that closes after a crash has none.
    pub authenticated: bool,
}

impl Seal {
    /// The hash that stands for this seal in a ledger, from the last [`SEAL_LEN`] bytes of a container.
    pub fn digest(encoded: &[u8]) -> Option<[u8; 32]> {
        Bytes(encoded.get(DIGESTED_LEN..)?).array()
    }

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
        out.extend_from_slice(MAGIC);
        Ok(out)
    }

    /// Whether the last [`SEAL_LEN`] bytes of a container claim to be a seal. Only reading it whole tells
    /// whether it fits.
    pub fn claimed(encoded: &[u8]) -> bool {
        encoded.len() == SEAL_LEN && encoded.first() == Some(&b'S') && encoded.ends_with(MAGIC)
    }

    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, &'static str> {
        let digested = encoded.get(..DIGESTED_LEN).ok_or("it is too short")?;
        if Self::digest(encoded) != Some(Digest::of(&[&[0x02], digested])) {
            return Err("its digest does not fit it");
        }
        Self::fields(Bytes(digested)).ok_or("a field of it is wrong")
    }

    fn fields(mut fields: Bytes<'_>) -> Option<Self> {
        let authenticated = match fields.array()? {
            [b'S', flag @ (0 | 1), 0, 0] => flag == 1,
            _ => return None,
        };
        let code: [u8; CODE_LEN] = fields.array()?;
        let text = std::str::from_utf8(&code).ok()?.trim_end_matches('\0');
        let (chunks, bytes, clear) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let sealed_at = Timestamp::from_micros(i64::from_be_bytes(fields.array()?));
        let (torn, torn_hash) = (fields.u64()?, fields.array()?);
        let mark = Mark { chunks, bytes, root: fields.array()?, clear };
        let tag: [u8; TAG_LEN] = fields.array()?;
        let seal = Self { ending: text.parse().ok()?, sealed_at, mark, torn, torn_hash, authenticated };
        (authenticated || tag == [0; TAG_LEN]).then_some(seal)
    }

    /// Whether an authenticated seal was made with this key.
    pub(crate) fn check(encoded: &[u8], mark: &Mark, header_hash: &[u8; 32], key: &DataKey) -> bool {
        let parts = encoded.get(..TAGGED_LEN).zip(encoded.get(TAGGED_LEN..DIGESTED_LEN));
        parts.is_some_and(|(fields, tag)| key.check_tag(mark.chunks, header_hash, fields, tag))
    }
}

/// Chunks and the seal count in different spaces, so that no nonce comes twice.
fn nonce(space: u8, number: u64) -> Nonce {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    Nonce::assume_unique_for_key([space, 0, 0, 0, a, b, c, d, e, f, g, h])
}

fn chunk_aad(header_hash: &[u8; 32], head: &[u8; HEAD_LEN]) -> Vec<u8> {
    [&[0x00], header_hash.as_slice(), head].concat()
}
