//! What held uploads are covered with where they lie: nobody who takes the disk reads them.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Bytes of the key.
pub const COVER_KEY: usize = 32;
/// Bytes that each piece grows by.
pub const COVER_TAG: usize = 16;

/// The cover of one file: AES-256-GCM, a key that was drawn for it and is kept in memory alone, and the number of the
/// piece as nonce. Each piece is covered once.
pub struct Cover(LessSafeKey);

impl std::fmt::Debug for Cover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cover(…)")
    }
}

impl Cover {
    /// With this key, which is drawn for this file; `None` if it has another length.
    pub fn new(key: &[u8]) -> Option<Self> {
        UnboundKey::new(&AES_256_GCM, key).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    /// Covers the piece of this number in place, which grows by [`COVER_TAG`]. False: it could not be.
    #[must_use]
    pub fn seal(&self, piece: u64, bytes: &mut Vec<u8>) -> bool {
        self.0.seal_in_place_append_tag(nonce(piece), Aad::empty(), bytes).is_ok()
    }

    /// Uncovers the piece of this number; `None` when it is not what was covered.
    pub fn open(&self, piece: u64, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        let length = self.0.open_in_place(nonce(piece), Aad::empty(), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

fn nonce(piece: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&piece.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_opens_in_its_place_alone() {
        let cover = Cover::new(&[7; COVER_KEY]).unwrap();
        let mut piece = b"content".to_vec();
        assert!(cover.seal(3, &mut piece));
        assert_eq!(piece.len(), 7 + COVER_TAG);
        assert_ne!(&piece[..7], b"content");
        assert_eq!(cover.open(3, piece.clone()).unwrap(), b"content");
        assert_eq!(cover.open(4, piece.clone()), None);
        assert_eq!(Cover::new(&[8; COVER_KEY]).unwrap().open(3, piece.clone()), None);
        piece[0] ^= 1;
        assert_eq!(cover.open(3, piece), None);
        assert!(Cover::new(&[7; 31]).is_none());
    }
}
