//! SSH private keys in OpenSSH's text form (PROTOCOL.key of OpenSSH): making Ed25519 keys, and reading of an
//! imported one no more than whether it is usable.

use crate::Error;
use crate::master::random;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vocab::Secret;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";
pub(crate) const ED25519: &[u8] = b"ssh-ed25519";
/// Columns of base64 that OpenSSH writes.
const COLUMNS: usize = 70;

/// An RSA key of 16,384 bits is 12 KiB in this form; nothing larger is a key.
pub(crate) const TEXT_MAX: usize = 16 * 1024;

/// A key of ours: the private part for the one who uses it, the public line for the other side.
#[derive(Debug, Clone)]
pub struct SshKey {
    /// Private key in OpenSSH's text form, without passphrase.
    pub private: Secret,
    /// `ssh-ed25519 AAAA… comment`, for `authorized_keys` or `known_hosts`.
    pub public: String,
}

impl SshKey {
    /// Writes the key that comes from this seed (RFC 8032); the comment is a word.
    pub(crate) fn from_seed(seed: &[u8; 32], comment: &str) -> Result<Self, Error> {
        let mut check = [0_u8; 4];
        random(&mut check)?;
        Self::with_check(seed, comment, check)
    }

    fn with_check(seed: &[u8; 32], comment: &str, check: [u8; 4]) -> Result<Self, Error> {
        let pair = pair(seed)?;
        let (public, blob) = (pair.public_key().as_ref(), blob(&pair));
        // Room for everything at once, so that no copy is left behind: the whole is below 512 bytes and a comment.
        let mut inner = Zeroizing::new(Vec::with_capacity(512 + comment.len()));
        inner.extend([check, check].concat());
        inner.extend(&blob);
        inner.extend(64_u32.to_be_bytes());
        inner.extend(seed);
        inner.extend(public);
        inner.extend(field(comment.as_bytes()));
        let padding = (8 - inner.len() % 8) % 8;
        inner.extend((1..=8_u8).take(padding));
        let mut outer = Zeroizing::new(Vec::with_capacity(1024 + comment.len()));
        outer.extend(MAGIC);
        outer.extend([field(b"none"), field(b"none"), field(b"")].concat());
        outer.extend(1_u32.to_be_bytes());
        outer.extend(field(&blob));
        outer.extend(u32::try_from(inner.len()).unwrap_or(u32::MAX).to_be_bytes());
        outer.extend(inner.iter());
        let encoded = Zeroizing::new(STANDARD.encode(outer.as_slice()));
        let mut text = Vec::with_capacity(encoded.len() * 2 + BEGIN.len() + END.len());
        text.extend_from_slice(BEGIN.as_bytes());
        for line in encoded.as_bytes().chunks(COLUMNS) {
            text.push(b'\n');
            text.extend_from_slice(line);
        }
        text.push(b'\n');
        text.extend_from_slice(END.as_bytes());
        text.push(b'\n');
        Ok(Self { private: Secret::new(text), public: line(&blob, comment) })
    }
}

/// The public line of an imported private key; an error when it is not one, or has a passphrase.
pub(crate) fn public_line(private: &Secret, comment: &str) -> Result<String, Error> {
    const NOT_A_KEY: Error = Error::Invalid("this is not a private key in OpenSSH's format");
    let text = std::str::from_utf8(private.expose()).map_err(|_| NOT_A_KEY)?;
    let inside = text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(NOT_A_KEY)?;
    let mut encoded = Zeroizing::new(String::with_capacity(inside.len()));
    encoded.extend(inside.chars().filter(|c| !c.is_ascii_whitespace()));
    let bytes = Zeroizing::new(STANDARD.decode(encoded.as_bytes()).map_err(|_| NOT_A_KEY)?);
    let mut rest = bytes.strip_prefix(MAGIC).ok_or(NOT_A_KEY)?;
    let cipher = take(&mut rest).ok_or(NOT_A_KEY)?;
    let (_derivation, _options) = (take(&mut rest).ok_or(NOT_A_KEY)?, take(&mut rest).ok_or(NOT_A_KEY)?);
    if cipher != b"none" {
        return Err(Error::Invalid("this private key has a passphrase: remove it, the vault seals it"));
    }
    let (count, after) = rest.split_at_checked(4).ok_or(NOT_A_KEY)?;
    rest = after;
    let blob = take(&mut rest).filter(|_| count == 1_u32.to_be_bytes()).ok_or(NOT_A_KEY)?;
    take(&mut rest).filter(|_| rest.is_empty()).ok_or(NOT_A_KEY)?;
    Ok(line(blob, comment))
}

/// The key that comes from this seed (RFC 8032).
pub(crate) fn pair(seed: &[u8; 32]) -> Result<Ed25519KeyPair, Error> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error::Crypto("making a key"))
}

/// The public key as SSH writes it (RFC 8709, section 4).
pub(crate) fn blob(pair: &Ed25519KeyPair) -> Vec<u8> {
    [field(ED25519), field(pair.public_key().as_ref())].concat()
}

/// A length in four bytes, then the bytes (RFC 4251, section 5).
pub(crate) fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

pub(crate) fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_at_checked(4)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let (field, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(field)
}

/// Kind, base64 and comment: a line of a file of keys.
pub(crate) fn line(blob: &[u8], comment: &str) -> String {
    let mut rest = blob;
    let kind = String::from_utf8_lossy(take(&mut rest).unwrap_or_default()).into_owned();
    format!("{kind} {} {comment}", STANDARD.encode(blob))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by OpenSSH's own `ssh-keygen`, for this test alone.
    const FOREIGN: &str = include_str!("../tests/data/ed25519");
    const FOREIGN_PUBLIC: &str = include_str!("../tests/data/ed25519.pub");
    const LOCKED: &str = include_str!("../tests/data/ed25519_locked");

    #[test]
    fn we_write_what_openssh_writes() {
        let body: String = FOREIGN.lines().filter(|line| !line.starts_with('-')).collect();
        let bytes = STANDARD.decode(body).unwrap();
        // 15 magic, 8 + 8 + 4 no cipher, 4 one key, 4 + 51 public, 4 length: there is the check, then the seed.
        let inner = &bytes[15 + 8 + 8 + 4 + 4 + 55 + 4..];
        let seed = inner[8 + 51 + 4..][..32].try_into().unwrap();
        let comment = FOREIGN_PUBLIC.trim().rsplit(' ').next().unwrap();
        let ours = SshKey::with_check(&seed, comment, inner[..4].try_into().unwrap()).unwrap();
        assert_eq!(std::str::from_utf8(ours.private.expose()).unwrap(), FOREIGN);
        assert_eq!(ours.public, FOREIGN_PUBLIC.trim());
    }

    #[test]
    fn the_public_line_of_an_imported_key() {
        let read = |text: &str| public_line(&Secret::new(text.as_bytes().to_vec()), "test");
        assert_eq!(read(FOREIGN).unwrap(), FOREIGN_PUBLIC.trim());
        assert!(read(LOCKED).unwrap_err().to_string().contains("has a passphrase"));
        let cut: String = FOREIGN.lines().filter(|line| line.len() != 70).collect::<Vec<_>>().join("\n");
        for text in ["", "hunter2", BEGIN, &format!("{BEGIN}\n{END}"), &format!("{BEGIN}\nAAAA\n{END}"), &cut]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_is_not_printed() {
        let key = SshKey::from_seed(&[7; 32], "a").unwrap();
        assert!(!format!("{key:?}").contains("BEGIN"));
    }
}
