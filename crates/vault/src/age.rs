//! Files for the establishment's holders, in the format age-encryption.org/v1 with recipients of X25519
//! (`docs/formats/backup.md`, section 1): what leaves the machine opens with the program `age`, too.

mod bech32;
mod header;
mod stream;

use crate::master::KEY_BYTES;
use crate::{Error, RecipientKey, disk, reader};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::{hkdf, hmac};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

pub use stream::{Opening, Sealing};

/// As many as an establishment has readers.
const RECIPIENTS_MAX: usize = 16;
const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";

/// A public key that a file is sealed for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient([u8; KEY_BYTES]);

impl Recipient {
    /// Reads a file of recipients: lines `age1…` or `poterne-recipient-1 …`, at least so many, at most sixteen.
    pub fn read_all(text: &str, least: usize) -> Result<Vec<Self>, Error> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys = lines.map(Self::read).collect::<Result<Vec<_>, _>>()?;
        if keys.iter().collect::<BTreeSet<_>>().len() != keys.len() {
            return Err(Error::Invalid("a recipient is listed twice"));
        }
        if keys.len() < least || keys.len() > RECIPIENTS_MAX {
            return Err(Error::Invalid(if least > 1 {
                "an export of the vault has 2 to 16 recipients"
            } else {
                "an establishment has 1 to 16 recipients"
            }));
        }
        Ok(keys)
    }

    fn read(line: &str) -> Result<Self, Error> {
        const NOT_ONE: Error =
            Error::Invalid("a recipient is a line `age1…` or `poterne-recipient-1 <base64> <label>`");
        let key = if line.starts_with("age1") {
            Self(bech32::decode(RECIPIENT, line).ok_or(NOT_ONE)?)
        } else {
            Self(RecipientKey::read(line).map_err(|_| NOT_ONE)?.public)
        };
        // A key of small order would give everyone the same shared secret.
        key.wrap(&[0; header::FILE_KEY_BYTES]).map(|_| key)
    }

    /// As `age` writes it.
    pub fn line(&self) -> String {
        bech32::encode(RECIPIENT, &self.0)
    }

    /// The ephemeral share, then the wrapped file key.
    fn wrap(&self, file_key: &[u8]) -> Result<([u8; KEY_BYTES], Vec<u8>), Error> {
        let failed = |_| Error::Crypto("drawing a key");
        let ephemeral = PrivateKey::generate(&X25519).map_err(failed)?;
        let share: [u8; KEY_BYTES] = public_of(&ephemeral)?;
        let wrapping = wrapping(&ephemeral, &self.0, &share, &self.0)
            .ok_or(Error::Invalid("this is not a usable public key of X25519"))?;
        Ok((share, header::wrap(&wrapping, file_key)?))
    }
}

impl From<&RecipientKey> for Recipient {
    fn from(key: &RecipientKey) -> Self {
        Self(key.public)
    }
}

/// A private key that opens files.
pub struct Identity {
    private: PrivateKey,
    public: [u8; KEY_BYTES],
}

impl Identity {
    /// Reads a file of `age-keygen` or a reader's key, which only its owner may read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let refuse = || Error::Unsafe { path: path.to_path_buf(), why: "is not a reader's key file" };
        let bytes = disk::read_private(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| refuse())?;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (Some(line), None) = (lines.next(), lines.next()) else { return Err(refuse()) };
        let key = match bech32::decode(IDENTITY, line) {
            Some(key) => Zeroizing::new(key),
            None => reader::private_of(line).ok_or_else(refuse)?,
        };
        Self::new(&key).map_err(|_| refuse())
    }

    fn new(key: &[u8; KEY_BYTES]) -> Result<Self, Error> {
        let failed = |_| Error::Invalid("this is not a usable private key of X25519");
        let private = PrivateKey::from_private_key(&X25519, key).map_err(failed)?;
        let public = public_of(&private)?;
        Ok(Self { private, public })
    }

    /// The file key in a share and what was wrapped with it; `None`: it was wrapped for somebody else.
    fn unwrap(&self, share: &[u8; KEY_BYTES], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = wrapping(&self.private, share, share, &self.public)?;
        header::unwrap(&key, wrapped)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Seals what is written for these recipients.
pub fn seal<W: Write>(to: W, recipients: &[Recipient]) -> Result<Sealing<W>, Error> {
    let file_key = crate::vault::drawn::<{ header::FILE_KEY_BYTES }>()?;
    let nonce = crate::vault::drawn::<{ stream::NONCE_BYTES }>()?;
    let head = header::encode(&file_key, recipients)?;
    Sealing::new(to, &head, file_key.as_slice(), &nonce)
}

/// Opens a file for this reader. What is read counts only once its end was met.
pub fn open<R: Read>(from: R, identity: &Identity) -> std::io::Result<Opening<R>> {
    let mut from = from;
    let file_key = header::read(&mut from, identity)?;
    Opening::new(from, &file_key)
}

fn public_of(private: &PrivateKey) -> Result<[u8; KEY_BYTES], Error> {
    let failed = || Error::Crypto("a public key of X25519");
    let public = private.compute_public_key().map_err(|_| failed())?;
    public.as_ref().try_into().map_err(|_| failed())
}

/// The key that wraps a file key: of the shared secret, bound to both public keys.
fn wrapping(
    private: &PrivateKey,
    peer: &[u8; KEY_BYTES],
    share: &[u8; KEY_BYTES],
    recipient: &[u8; KEY_BYTES],
) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let salt = [share.as_slice(), recipient].concat();
    // A shared secret of zeros is refused by the library.
    agree(private, UnparsedPublicKey::new(&X25519, peer), (), |shared| {
        derive(&salt, shared, b"age-encryption.org/v1/X25519").ok_or(())
    })
    .ok()
}

fn derive(salt: &[u8], secret: &[u8], info: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let root = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    root.expand(&[info], hkdf::HKDF_SHA256).ok()?.fill(key.as_mut_slice()).ok()?;
    Some(key)
}

fn mac_key(file_key: &[u8]) -> Option<hmac::Key> {
    Some(hmac::Key::new(hmac::HMAC_SHA256, derive(&[], file_key, b"header")?.as_slice()))
}

#[cfg(test)]
mod tests;
