//! Signatures of files by `ssh-keygen -Y sign` (OpenSSH's PROTOCOL.sshsig): read and verified, never made.
//!
//! What a provider signs with the tool that everybody has is verified here against its own bytes; whether the key is the
//! provider's is not known here: whoever asks compares the fingerprint with the one that a person made sure of.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use domain::Fingerprint;

use crate::Error;

/// Longest signature file: an RSA key of 8,192 bits has 2 × 1,024 bytes, in base64 below 4 KiB.
pub const SIGNATURE_MAX: usize = 16 * 1024;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";
/// Fewest bytes of an RSA modulus: 3,072 bits (ANSSI, crypto mechanisms guide).
const RSA_BYTES_MIN: usize = 384;
/// The key in hardware was touched: without it, whoever had the machine had the signature.
const USER_PRESENT: u8 = 1;

/// Verifies the signature of a file, made for this purpose (`ssh-keygen -Y sign -n <namespace>`), and says which key made
/// it.
///
/// # Errors
/// It is no such signature, it was made for something else, or not of these bytes.
pub fn verify(message: &[u8], armored: &str, namespace: &str) -> Result<Fingerprint, Error> {
    const NONE: Error = Error::Invalid("this is not a signature of `ssh-keygen -Y sign`");
    if armored.len() > SIGNATURE_MAX {
        return Err(NONE);
    }
    let inside = armored.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(NONE)?;
    let encoded: String = inside.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let blob = STANDARD.decode(encoded).map_err(|_| NONE)?;
    let parts = Parts::read(&blob).ok_or(NONE)?;
    if parts.namespace != namespace.as_bytes() {
        return Err(Error::Invalid("the signature was made for another purpose (ssh-keygen -Y sign -n)"));
    }
    let hash = match parts.hash {
        b"sha512" => digest::digest(&digest::SHA512, message),
        b"sha256" => digest::digest(&digest::SHA256, message),
        _ => return Err(NONE),
    };
    let signed =
        [MAGIC, &field(parts.namespace), &field(parts.reserved), &field(parts.hash), &field(hash.as_ref())]
            .concat();
    if is_signed(parts.key, parts.signature, &signed).unwrap_or(false) {
        let print = digest::digest(&digest::SHA256, parts.key);
        Ok(Fingerprint(format!("SHA256:{}", STANDARD_NO_PAD.encode(print))))
    } else {
        Err(Error::Invalid("the signature is not of this file, or was made by a key that is not taken"))
    }
}

struct Parts<'a> {
    key: &'a [u8],
    namespace: &'a [u8],
    reserved: &'a [u8],
    hash: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(blob: &'a [u8]) -> Option<Self> {
        let mut rest = blob.strip_prefix(MAGIC)?.strip_prefix(&1_u32.to_be_bytes())?;
        let parts = Self {
            key: take(&mut rest)?,
            namespace: take(&mut rest)?,
            reserved: take(&mut rest)?,
            hash: take(&mut rest)?,
            signature: take(&mut rest)?,
        };
        (rest.is_empty() && !parts.namespace.is_empty()).then_some(parts)
    }
}

/// The next string of the wire form.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (field, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(field)
}

fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [length.to_be_bytes().as_slice(), bytes].concat()
}

/// Whether this key made this signature of these bytes; `None`: they do not belong together.
fn is_signed(key: &[u8], signature: &[u8], signed: &[u8]) -> Option<bool> {
    let (mut key, mut made) = (key, signature);
    let (kind, form, value) = (take(&mut key)?, take(&mut made)?, take(&mut made)?);
    Some(match kind {
        b"ssh-ed25519" if form == kind && made.is_empty() => {
            UnparsedPublicKey::new(&ED25519, take(&mut key)?).verify(signed, value).is_ok()
        }
        b"sk-ssh-ed25519@openssh.com" if form == kind => {
            let (point, application) = (take(&mut key)?, take(&mut key)?);
            let bytes = by_hardware(application, made, signed)?;
            UnparsedPublicKey::new(&ED25519, point).verify(&bytes, value).is_ok()
        }
        b"sk-ecdsa-sha2-nistp256@openssh.com" if form == kind => {
            let (_, point, application) = (take(&mut key)?, take(&mut key)?, take(&mut key)?);
            let bytes = by_hardware(application, made, signed)?;
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            key.verify(&bytes, &pair(value, 32)?).is_ok()
        }
        b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" | b"ecdsa-sha2-nistp521"
            if form == kind && made.is_empty() =>
        {
            let (_, point) = (take(&mut key)?, take(&mut key)?);
            let (algorithm, length) = match kind {
                b"ecdsa-sha2-nistp256" => (&ECDSA_P256_SHA256_FIXED, 32),
                b"ecdsa-sha2-nistp384" => (&ECDSA_P384_SHA384_FIXED, 48),
                _ => (&ECDSA_P521_SHA512_FIXED, 66),
            };
            UnparsedPublicKey::new(algorithm, point).verify(signed, &pair(value, length)?).is_ok()
        }
        b"ssh-rsa" if made.is_empty() => {
            let (e, n) = (number(take(&mut key)?), number(take(&mut key)?));
            let algorithm = match form {
                b"rsa-sha2-512" => &RSA_PKCS1_2048_8192_SHA512,
                b"rsa-sha2-256" => &RSA_PKCS1_2048_8192_SHA256,
                _ => return None,
            };
            n.len() >= RSA_BYTES_MIN
                && RsaPublicKeyComponents { n, e }.verify(algorithm, signed, value).is_ok()
        }
        _ => return None,
    })
}

/// What a key in hardware signs (PROTOCOL.u2f): the application, its flags and counter, the hash of the message.
fn by_hardware(application: &[u8], flags_and_counter: &[u8], signed: &[u8]) -> Option<Vec<u8>> {
    let (flags, counter) = flags_and_counter.split_first()?;
    if counter.len() != 4 || flags & USER_PRESENT == 0 {
        return None;
    }
    let hash = |bytes| digest::digest(&digest::SHA256, bytes);
    Some([hash(application).as_ref(), flags_and_counter, hash(signed).as_ref()].concat())
}

/// The two numbers of an ECDSA signature, each to this length.
fn pair(value: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut rest = value;
    let (r, s) = (take(&mut rest)?, take(&mut rest)?);
    let mut pair = Vec::with_capacity(length.saturating_mul(2));
    for one in [number(r), number(s)] {
        let missing = length.checked_sub(one.len())?;
        pair.extend(std::iter::repeat_n(0, missing));
        pair.extend_from_slice(one);
    }
    rest.is_empty().then_some(pair)
}

/// A number of the wire form without the zero in front that keeps it positive.
fn number(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(&[0]).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    const MESSAGE: &[u8] = b"serial = 7\n";

    fn signed(namespace: &str, message: &[u8], seed: u8) -> String {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let hash = digest::digest(&digest::SHA512, message);
        let signed =
            [MAGIC, &field(namespace.as_bytes()), &field(b""), &field(b"sha512"), &field(hash.as_ref())]
                .concat();
        let key = [field(b"ssh-ed25519"), field(pair.public_key().as_ref())].concat();
        let signature = [field(b"ssh-ed25519"), field(pair.sign(&signed).as_ref())].concat();
        let blob = [
            MAGIC,
            &1_u32.to_be_bytes(),
            &field(&key),
            &field(namespace.as_bytes()),
            &field(b""),
            &field(b"sha512"),
            &field(&signature),
        ]
        .concat();
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(blob))
    }

    #[test]
    fn a_signature_is_of_these_bytes_and_for_this_purpose() {
        let good = signed("poterne-dossier", MESSAGE, 1);
        let key = verify(MESSAGE, &good, "poterne-dossier").unwrap();
        assert!(key.0.starts_with("SHA256:"));
        assert_ne!(verify(MESSAGE, &signed("poterne-dossier", MESSAGE, 2), "poterne-dossier").unwrap(), key);
        assert!(verify(b"serial = 8\n", &good, "poterne-dossier").is_err());
        assert!(verify(MESSAGE, &good, "git").is_err());
        assert!(verify(MESSAGE, &signed("file", MESSAGE, 1), "poterne-dossier").is_err());
    }

    #[test]
    fn every_bit_of_a_signature_counts() {
        let good = signed("poterne-dossier", MESSAGE, 1);
        let inside = good.trim().strip_prefix(BEGIN).unwrap().strip_suffix(END).unwrap().trim();
        let blob = STANDARD.decode(inside).unwrap();
        for bit in 0..blob.len() * 8 {
            let mut other = blob.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let armored = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(&other));
            assert!(verify(MESSAGE, &armored, "poterne-dossier").is_err(), "bit {bit}");
        }
        for length in 0..blob.len() {
            let armored = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(&blob[..length]));
            assert!(verify(MESSAGE, &armored, "poterne-dossier").is_err(), "{length} bytes");
        }
        for broken in ["", BEGIN, "-----BEGIN SSH SIGNATURE-----\n!!\n-----END SSH SIGNATURE-----"] {
            assert!(verify(MESSAGE, broken, "poterne-dossier").is_err(), "{broken}");
        }
    }
}
