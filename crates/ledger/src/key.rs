//! Who signs a log: verifier keys and key files (`docs/formats/ledger.md` sections 5 and 6).

use std::collections::BTreeSet;
use std::fmt;

use aws_lc_rs::signature::{ED25519, ML_DSA_44, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Error, hash_of};

/// The most keys that a key file lists: two of the log and room for a change of both.
pub const MAX_KEYS: usize = 16;

/// The kinds of key that sign a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// Ed25519 over the checkpoint's text, C2SP type 0x01.
    Ed25519,
    /// ML-DSA-44 over a timestamped statement of size and root, C2SP type 0x06.
    MlDsa44,
}

impl KeyKind {
    /// Type octet, length of a public key, length of a signature, algorithm.
    pub(crate) fn parameters(self) -> (u8, usize, usize, &'static dyn VerificationAlgorithm) {
        match self {
            Self::Ed25519 => (0x01, 32, 64, &ED25519),
            Self::MlDsa44 => (0x06, 1_312, 2_420, &ML_DSA_44),
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Ed25519 { "Ed25519" } else { "ML-DSA-44" })
    }
}

/// A public key with the name of the log it signs. Shown and parsed as a C2SP vkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    pub(crate) name: String,
    pub(crate) kind: KeyKind,
    pub(crate) id: [u8; 4],
    public: Vec<u8>,
}

impl VerifierKey {
    /// A key of the log with this origin.
    ///
    /// # Errors
    /// If the name is no origin (1 to 255 bytes without white space, `+` or control characters) or the
    /// public key has the wrong length.
    pub fn new(name: &str, kind: KeyKind, public: &[u8]) -> Result<Self, Error> {
        if !is_key_name(name) {
            return Err(Error::KeyName(name.into()));
        }
        let (type_octet, public_len, _, _) = kind.parameters();
        if public.len() != public_len {
            return Err(Error::KeyMalformed);
        }
        let [a, b, c, d, ..] = hash_of(&[name.as_bytes(), b"\n", &[type_octet], public]).0;
        Ok(Self { name: name.into(), kind, public: public.into(), id: [a, b, c, d] })
    }

    /// Parses one line of a key file.
    ///
    /// # Errors
    /// If it is no vkey, of an unknown type, or its id is not the one of its name and key.
    pub fn parse(line: &str) -> Result<Self, Error> {
        let mut parts = line.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::KeyMalformed);
        };
        let key = STANDARD.decode(key).map_err(|_| Error::KeyMalformed)?;
        let (kind, public) = match key.split_first() {
            Some((0x01, public)) => (KeyKind::Ed25519, public),
            Some((0x06, public)) => (KeyKind::MlDsa44, public),
            _ => return Err(Error::KeyMalformed),
        };
        let parsed = Self::new(name, kind, public)?;
        if id == hex_id(parsed.id) { Ok(parsed) } else { Err(Error::KeyMalformed) }
    }

    /// What it signs with.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The origin of the log it signs.
    #[cfg(feature = "write")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is its signature of this message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let (_, _, signature_len, algorithm) = self.kind.parameters();
        signature.len() == signature_len
            && UnparsedPublicKey::new(algorithm, &self.public).verify(message, signature).is_ok()
    }
}

pub(crate) fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.contains(forbidden) && (1..=255).contains(&name.len())
}

fn hex_id(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(feature = "write")]
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[self.kind.parameters().0], self.public.as_slice()].concat());
        write!(f, "{}+{}+{key}", self.name, hex_id(self.id))
    }
}

/// The keys of one log: whoever verifies demands a signature by each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    // INVARIANT: 1 to MAX_KEYS, all of one name, none twice.
    keys: Vec<VerifierKey>,
    origin: String,
}

impl KeyRing {
    /// The ring of these keys.
    ///
    /// # Errors
    /// If there is none, more than [`MAX_KEYS`], one twice, or if they are not all of one log.
    pub fn new(keys: Vec<VerifierKey>) -> Result<Self, Error> {
        let origin = keys.first().map(|key| key.name.clone()).ok_or(Error::KeyCount)?;
        if let Some(other) = keys.iter().find(|key| key.name != origin) {
            return Err(Error::KeysOfTwoLogs(origin, other.name.clone()));
        }
        // Ids are four bytes: two keys that share one could not be told apart in a note.
        let ids: BTreeSet<_> = keys.iter().map(|key| key.id).collect();
        if keys.len() > MAX_KEYS || ids.len() < keys.len() {
            return Err(Error::KeyCount);
        }
        Ok(Self { keys, origin })
    }

    /// Parses a key file.
    ///
    /// # Errors
    /// As for [`VerifierKey::parse`] and [`KeyRing::new`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        // One more than the limit is enough to refuse, however long the file.
        Self::new(lines.take(MAX_KEYS + 1).map(VerifierKey::parse).collect::<Result<_, _>>()?)
    }

    /// The origin of the log whose keys these are.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The keys.
    pub fn keys(&self) -> &[VerifierKey] {
        &self.keys
    }
}
