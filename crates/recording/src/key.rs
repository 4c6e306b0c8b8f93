//! The data key of one recording, and what it seals.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use vocab::Secret;

use crate::{Error, HEAD_LEN};

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

    pub(crate) fn seal_tag(&self, chunks: u64, hash: &[u8; 32], fields: &[u8]) -> Result<Vec<u8>, Error> {
        let aad = Aad::from([&[0x01], hash.as_slice(), fields].concat());
        let tag =
            self.0.seal_in_place_separate_tag(nonce(1, chunks), aad, &mut []).map_err(|_| Error::Crypto)?;
        Ok(tag.as_ref().to_vec())
    }

    pub(crate) fn check_tag(&self, chunks: u64, hash: &[u8; 32], fields: &[u8], tag: &[u8]) -> bool {
        let aad = Aad::from([&[0x01], hash.as_slice(), fields].concat());
        self.0.open_in_place(nonce(1, chunks), aad, &mut tag.to_vec()).is_ok()
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
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
