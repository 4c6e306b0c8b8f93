//! The one key that everything else is sealed under, and what is derived from it.

use crate::{Error, disk};
use aws_lc_rs::{hkdf, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;
use zeroize::Zeroizing;

/// First word of a key file.
const KEY_FILE: &str = "poterne-vault-key-1";

/// 256 bits, for AES-256 and for HMAC-SHA-256.
pub(crate) const KEY_BYTES: usize = 32;

/// Enough to tell two keys apart; it says nothing of the key.
pub(crate) const KEY_ID_BYTES: usize = 8;

/// The keys derived from the key file (`docs/formats/keys.md`, section 1).
pub(crate) struct Master {
    /// Wraps the data key of each sealed file.
    pub(crate) wrapping: Zeroizing<[u8; KEY_BYTES]>,
    /// Tells which key a file was sealed under.
    pub(crate) id: [u8; KEY_ID_BYTES],
    tagging: hmac::Key,
    /// Says that a backup is of this vault.
    sealing: hmac::Key,
}

impl Master {
    /// Draws a key and writes its file, which must not exist.
    pub(crate) fn create(path: &Path) -> Result<(), Error> {
        let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
        random(key.as_mut_slice())?;
        let text = Zeroizing::new(format!("{KEY_FILE} {}\n", STANDARD.encode(key.as_slice())));
        if disk::create(path, text.as_bytes())? {
            return Ok(());
        }
        Err(Error::Exists { what: "key", owner: path.display().to_string() })
    }

    /// Reads the key file, which only its owner may read.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let bytes = disk::read_private(path)?;
        let refuse = || Error::Unsafe { path: path.to_path_buf(), why: "is not a key file of the vault" };
        let text = std::str::from_utf8(&bytes).map_err(|_| refuse())?;
        let encoded = text.trim_end().strip_prefix(KEY_FILE).and_then(|rest| rest.strip_prefix(' '));
        let key = Zeroizing::new(STANDARD.decode(encoded.ok_or_else(refuse)?).map_err(|_| refuse())?);
        if key.len() != KEY_BYTES {
            return Err(refuse());
        }
        Self::derive(&key)
    }

    fn derive(key: &[u8]) -> Result<Self, Error> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"poterne vault v1").extract(key);
        let mut wrapping = Zeroizing::new([0_u8; KEY_BYTES]);
        let mut tagging = Zeroizing::new([0_u8; KEY_BYTES]);
        let mut sealing = Zeroizing::new([0_u8; KEY_BYTES]);
        let mut id = [0_u8; KEY_ID_BYTES];
        expand(&root, b"wrapping", wrapping.as_mut_slice())?;
        expand(&root, b"tagging", tagging.as_mut_slice())?;
        expand(&root, b"backup", sealing.as_mut_slice())?;
        expand(&root, b"id", &mut id)?;
        let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
        Ok(Self { wrapping, id, tagging: key(tagging.as_slice()), sealing: key(sealing.as_slice()) })
    }

    /// Its id, in hexadecimal digits.
    pub(crate) fn name(&self) -> String {
        self.id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What only this vault says of a backup.
    pub(crate) fn seal(&self, manifest: &[u8; 32]) -> Vec<u8> {
        hmac::sign(&self.sealing, manifest).as_ref().to_vec()
    }

    /// Whether this vault said it of this backup.
    pub(crate) fn is_sealed(&self, manifest: &[u8; 32], seal: &[u8]) -> bool {
        hmac::verify(&self.sealing, manifest, seal).is_ok()
    }

    /// Keyed hash of a secret within an establishment: equal for equal secrets, and of no use without the key.
    pub(crate) fn tag(&self, establishment: &str, secret: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.tagging);
        // A name has no zero byte, so the two parts cannot run into one another.
        context.update(establishment.as_bytes());
        context.update(&[0]);
        context.update(secret);
        context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(root: &hkdf::Prk, label: &[u8], out: &mut [u8]) -> Result<(), Error> {
    let failed = |_| Error::Crypto("key derivation");
    let labels = [label];
    let okm = root.expand(&labels, Length(out.len())).map_err(failed)?;
    okm.fill(out).map_err(failed)
}

/// Bytes of the system's generator.
pub(crate) fn random(out: &mut [u8]) -> Result<(), Error> {
    rand::fill(out).map_err(|_| Error::Crypto("the system's random generator"))
}

#[cfg(test)]
impl Master {
    pub(crate) fn of_test(byte: u8) -> Self {
        Self::derive(&[byte; KEY_BYTES]).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_read_back_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        Master::create(&path).unwrap();
        let first = Master::read(&path).unwrap();
        assert!(matches!(Master::create(&path), Err(Error::Exists { .. })));
        assert_eq!(Master::read(&path).unwrap().id, first.id);
    }

    #[test]
    fn what_is_no_key_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        for text in ["", "poterne-vault-key-1", "poterne-vault-key-1 AAAA", "other AAAA", "\u{ff}"] {
            disk::replace(&path, text.as_bytes()).unwrap();
            assert!(matches!(Master::read(&path), Err(Error::Unsafe { .. })), "{text}");
        }
    }

    #[test]
    fn tags_tell_equal_secrets_of_one_establishment() {
        let master = Master::of_test(1);
        assert_eq!(master.tag("nord", b"secret"), master.tag("nord", b"secret"));
        assert_ne!(master.tag("nord", b"secret"), master.tag("nord", b"secret2"));
        assert_ne!(master.tag("nord", b"secret"), master.tag("sud", b"secret"));
        assert_ne!(master.tag("nord", b"secret"), Master::of_test(2).tag("nord", b"secret"));
        assert_eq!(master.tag("nord", b"secret").len(), 64);
    }

    #[test]
    fn derivation_stands_as_documented() {
        let vector = include_str!("../../../docs/formats/vectors/keys/derivation.txt");
        let field = |name: &str| crate::tests::field(vector, name);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let master = Master::of_test(0x2a);
        assert_eq!(hex(&master.id), field("id"));
        assert_eq!(hex(master.wrapping.as_slice()), field("wrapping"));
        assert_eq!(master.tag("nord", b"not a real password"), field("tag"));
        assert_eq!(hex(&master.seal(&[7; 32])), field("seal"));
    }
}
