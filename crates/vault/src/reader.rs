//! The reader's side: the private key of a recipient, which never enters the gate, and what it opens.
//!
//! `poterne replay` and `poterne export` use this on the reader's own machine (`docs/formats/keys.md`, section 4).

use crate::master::KEY_BYTES;
use crate::recipients::{Aead, Drawn, ENCAPPED_BYTES, Kdf, Kem, PURPOSE, RecipientKey, additional};
use crate::{Error, disk};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hpke::{Deserializable as _, Kem as KemTrait, OpModeR, Serializable as _};
use std::path::Path;
use vocab::{EstablishmentId, Secret};
use zeroize::Zeroizing;

/// First word of a reader's key file.
const KEY_FILE: &str = "poterne-reader-1";

/// A recipient's private key.
pub struct ReaderKey {
    private: <Kem as KemTrait>::PrivateKey,
    recipient: RecipientKey,
}

impl ReaderKey {
    /// Draws a key and writes its file, which must not exist; the label is one word that says whose it is.
    pub fn create(path: &Path, label: &str) -> Result<Self, Error> {
        let mut dice = Drawn::new()?;
        let (private, public) = Kem::gen_keypair_with_rng(&mut dice);
        dice.were_enough()?;
        let recipient = RecipientKey::new(public.to_bytes().into(), label)?;
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
        private.write_exact(bytes.as_mut_slice());
        let text = Zeroizing::new(format!("{KEY_FILE} {} {label}\n", STANDARD.encode(bytes.as_slice())));
        if disk::create(path, text.as_bytes())? {
            return Ok(Self { private, recipient });
        }
        Err(Error::Exists { what: "key", owner: path.display().to_string() })
    }

    /// Reads a key file, which only its owner may read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = disk::read_private(path)?;
        let refuse = || Error::Unsafe { path: path.to_path_buf(), why: "is not a reader's key file" };
        let text = std::str::from_utf8(&bytes).map_err(|_| refuse())?;
        let (key, label) = words_of(text).ok_or_else(refuse)?;
        let key = Zeroizing::new(STANDARD.decode(key).map_err(|_| refuse())?);
        let private = <Kem as KemTrait>::PrivateKey::from_bytes(&key).map_err(|_| refuse())?;
        let recipient = RecipientKey::new(Kem::sk_to_pk(&private).to_bytes().into(), label)?;
        Ok(Self { private, recipient })
    }

    /// The public half, to be given to the establishment's gate.
    pub fn recipient(&self) -> &RecipientKey {
        &self.recipient
    }

    /// Opens the data key of a recording of this establishment, from the recipients in its header.
    pub fn unwrap(
        &self,
        establishment: &EstablishmentId,
        recipients: &[recording::Recipient],
    ) -> Result<Secret, Error> {
        let id = self.recipient.id();
        let mine = recipients.iter().find(|recipient| recipient.key_id == id.as_bytes());
        let mine = mine
            .ok_or_else(|| Error::missing("wrapped key", format!("the reader `{}`", self.recipient.label)))?;
        const BROKEN: Error = Error::Invalid("the wrapped key of this recording was altered");
        let (encapped, text) = mine.wrapped.split_at_checked(ENCAPPED_BYTES).ok_or(BROKEN)?;
        let encapped = <Kem as KemTrait>::EncappedKey::from_bytes(encapped).map_err(|_| BROKEN)?;
        let additional = additional(establishment.as_str(), &id);
        let key = hpke::single_shot_open::<Aead, Kdf, Kem>(
            &OpModeR::Base,
            &self.private,
            &encapped,
            PURPOSE,
            text,
            &additional,
        )
        .map_err(|_| BROKEN)?;
        if key.len() == KEY_BYTES { Ok(Secret::new(key)) } else { Err(BROKEN) }
    }
}

/// Key and label in the one line of a key file.
fn words_of(text: &str) -> Option<(&str, &str)> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(KEY_FILE), Some(key), Some(label), None) => Some((key, label)),
        _ => None,
    }
}

/// The private key in the text of a key file: it opens what leaves the machine, too.
pub(crate) fn private_of(text: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let key = Zeroizing::new(STANDARD.decode(words_of(text)?.0).ok()?);
    key.as_slice().try_into().ok().map(Zeroizing::new)
}

impl std::fmt::Debug for ReaderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReaderKey({})", self.recipient.label)
    }
}
