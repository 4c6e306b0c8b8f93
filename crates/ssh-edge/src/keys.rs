//! Which keys may be offered for a login, whoever offers them.

use domain::Fingerprint;
use gate::Shown;
use russh::keys::ssh_key::certificate::{CertType, OptionsMap};
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, Certificate, HashAlg, PrivateKey, PublicKey};

/// The gate's own host key: Ed25519, nothing else.
#[derive(Debug, Clone)]
pub struct HostKey(PrivateKey);

/// Text that is not an Ed25519 private key without a passphrase, in OpenSSH's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host key is not an Ed25519 private key in OpenSSH's format")]
pub struct InvalidHostKey;

impl HostKey {
    /// Reads the key in OpenSSH's text format.
    ///
    /// # Errors
    /// The text is no such key. It is not repeated in the error.
    pub fn from_openssh(text: &str) -> Result<Self, InvalidHostKey> {
        let key = russh::keys::decode_secret_key(text, None).map_err(|_| InvalidHostKey)?;
        if key.algorithm() == Algorithm::Ed25519 { Ok(Self(key)) } else { Err(InvalidHostKey) }
    }

    /// Its fingerprint, for people to compare.
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(self.0.public_key())
    }

    /// Its public half in OpenSSH's format, for `known_hosts`.
    pub fn public(&self) -> String {
        self.0.public_key().to_openssh().unwrap_or_default()
    }

    pub(crate) fn private(&self) -> PrivateKey {
        self.0.clone()
    }
}

/// The SHA-256 fingerprint, as OpenSSH prints it.
pub(crate) fn fingerprint(key: &PublicKey) -> Fingerprint {
    Fingerprint(key.fingerprint(HashAlg::Sha256).to_string())
}

/// What a certificate says, for the gate to judge.
pub(crate) fn shown(certificate: &Certificate) -> Shown {
    let print = |key: &KeyData| Fingerprint(key.fingerprint(HashAlg::Sha256).to_string());
    let options = |map: &OptionsMap| map.iter().map(|(name, data)| (name.clone(), data.clone())).collect();
    Shown {
        key: print(certificate.public_key()),
        authority: print(certificate.signature_key()),
        of_user: certificate.cert_type() == CertType::User,
        principals: certificate.valid_principals().to_vec(),
        valid_after: certificate.valid_after(),
        valid_before: certificate.valid_before(),
        critical: options(certificate.critical_options()),
        extensions: options(certificate.extensions()),
        serial: certificate.serial(),
    }
}

/// Whether its signature is that of the key that is named in it as its authority. The library has looked already;
/// who is let in by this asks again.
pub(crate) fn is_signed(certificate: &Certificate) -> bool {
    certificate.verify_signature().is_ok()
}

/// Smallest RSA modulus (ANSSI, *Guide de sélection d'algorithmes cryptographiques*: 3072 bits).
const RSA_BITS: u32 = 3072;

/// Whether a key may be offered at all. It depends on the key and the algorithm of its signature alone.
pub(crate) fn acceptable(key: &PublicKey, signature: &Algorithm) -> bool {
    match (key.key_data(), signature) {
        (KeyData::Ed25519(_), Algorithm::Ed25519)
        | (KeyData::SkEd25519(_), Algorithm::SkEd25519)
        | (KeyData::SkEcdsaSha2NistP256(_), Algorithm::SkEcdsaSha2NistP256)
        | (KeyData::Ecdsa(_), Algorithm::Ecdsa { .. }) => true,
        (KeyData::Rsa(rsa), Algorithm::Rsa { hash: Some(_) }) => rsa.key_size() >= RSA_BITS,
        _ => false,
    }
}
