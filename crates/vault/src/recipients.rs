//! Who of an establishment can read its recordings: public keys that the gate wraps data keys to, and cannot
//! open again (`docs/formats/keys.md`, sections 3 and 4).

use crate::Error;
use crate::master::random;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem as KemTrait, OpModeS, Serializable as _};
use std::collections::BTreeSet;
use std::convert::Infallible;
use zeroize::Zeroizing;

/// RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
pub(crate) type Kem = X25519HkdfSha256;
pub(crate) type Kdf = HkdfSha256;
pub(crate) type Aead = AesGcm256;

/// First word of a recipient's line.
pub(crate) const LINE: &str = "poterne-recipient-1";
/// The `info` of HPKE: what the key is for.
pub(crate) const PURPOSE: &[u8] = b"poterne recording key v1";
/// The encapsulated key, before the ciphertext.
pub(crate) const ENCAPPED_BYTES: usize = 32;
/// As many as a recording's header takes.
const RECIPIENTS_MAX: usize = 16;
/// Letters of a label: for people, never compared.
const LABEL_MAX: usize = 64;

/// One reader's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientKey {
    pub(crate) public: [u8; 32],
    /// Whose it is, in one word.
    pub label: String,
}

impl RecipientKey {
    pub(crate) fn new(public: [u8; 32], label: &str) -> Result<Self, Error> {
        let is_word = |c: char| c.is_ascii_graphic();
        if label.is_empty() || label.len() > LABEL_MAX || !label.chars().all(is_word) {
            return Err(Error::Invalid("a recipient's label is one word of at most 64 letters"));
        }
        Ok(Self { public, label: label.to_owned() })
    }

    /// The name of the key in a recording's header: 32 hexadecimal digits of its hash.
    pub fn id(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &[LINE.as_bytes(), &self.public].concat());
        hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The line as it stands in a file of recipients.
    pub fn line(&self) -> String {
        format!("{LINE} {} {}", STANDARD.encode(self.public), self.label)
    }

    /// Reads a file of recipients: one to sixteen lines, none twice; empty lines and `#` lines say nothing.
    pub fn read_all(text: &str) -> Result<Vec<Self>, Error> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys = lines.map(Self::read).collect::<Result<Vec<_>, _>>()?;
        let distinct: BTreeSet<_> = keys.iter().map(|key| key.public).collect();
        if distinct.len() != keys.len() {
            return Err(Error::Invalid("a recipient is listed twice"));
        }
        if keys.is_empty() || keys.len() > RECIPIENTS_MAX {
            return Err(Error::Invalid("an establishment has 1 to 16 recipients"));
        }
        Ok(keys)
    }

    pub(crate) fn read(line: &str) -> Result<Self, Error> {
        const NOT_ONE: Error = Error::Invalid("a recipient is a line `poterne-recipient-1 <base64> <label>`");
        let mut words = line.split_whitespace();
        let (Some(LINE), Some(key), Some(label), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(NOT_ONE);
        };
        let public = STANDARD.decode(key).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(NOT_ONE)?;
        let key = Self::new(public, label)?;
        // A key of small order would give everyone the same shared secret.
        key.wrap("", &[]).map(|_| key.clone())
    }

    /// Wraps a data key of a recording of this establishment: encapsulated key, then ciphertext.
    pub(crate) fn wrap(&self, establishment: &str, key: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |_| Error::Invalid("this is not a usable public key of X25519");
        let public = <Kem as KemTrait>::PublicKey::from_bytes(&self.public).map_err(failed)?;
        let additional = additional(establishment, &self.id());
        let mut dice = Drawn::new()?;
        let (encapped, text) = hpke::single_shot_seal_with_rng::<Aead, Kdf, Kem>(
            &OpModeS::Base,
            &public,
            PURPOSE,
            key,
            &additional,
            &mut dice,
        )
        .map_err(failed)?;
        dice.were_enough()?;
        Ok([encapped.to_bytes().as_slice(), &text].concat())
    }
}

/// What the wrapping is bound to: the establishment, and the key that it was made for.
pub(crate) fn additional(establishment: &str, key_id: &str) -> Vec<u8> {
    format!("{establishment}/{key_id}").into_bytes()
}

/// Random bytes, drawn before they are asked for: the library's generator may not fail, the system's may.
pub(crate) struct Drawn {
    bytes: Zeroizing<[u8; DRAWN_BYTES]>,
    used: usize,
}

/// The library draws 32 bytes for a key pair, once.
const DRAWN_BYTES: usize = 32;

impl Drawn {
    pub(crate) fn new() -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; DRAWN_BYTES]);
        random(bytes.as_mut_slice())?;
        Ok(Self { bytes, used: 0 })
    }

    /// Fails when more was asked for than was drawn: nothing made of it may be used.
    pub(crate) fn were_enough(&self) -> Result<(), Error> {
        let enough = self.used <= DRAWN_BYTES;
        enough.then_some(()).ok_or(Error::Crypto("drawing enough random bytes"))
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.iter_mut().zip(self.bytes.iter().skip(self.used)).for_each(|(out, byte)| *out = *byte);
        self.used = self.used.saturating_add(out.len());
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_was_drawn() {
        let mut drawn = Drawn::new().unwrap();
        let mut out = [0; DRAWN_BYTES];
        let Ok(()) = drawn.try_fill_bytes(&mut out);
        assert!(out != [0; DRAWN_BYTES] && drawn.were_enough().is_ok());
        let Ok(_) = drawn.try_next_u32();
        assert!(drawn.were_enough().is_err());
    }

    #[test]
    fn keys_of_small_order_are_refused() {
        let one = std::iter::once(1).chain([0; 31]).collect::<Vec<u8>>();
        for bytes in [vec![0; 32], one] {
            let line = format!("{LINE} {} a", STANDARD.encode(bytes));
            assert!(RecipientKey::read_all(&line).is_err(), "{line}");
        }
    }
}
