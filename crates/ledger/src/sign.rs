//! Signing a log's checkpoints (`docs/formats/ledger.md` section 5). Only who writes a log links this.

use std::fmt::Write as _;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, PqdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::SIGNATURE_MARK;
use crate::{Checkpoint, Error, KeyKind, KeyRing, SignedCheckpoint, VerifierKey};

/// Signs with a key that lives elsewhere.
pub trait Signer: Send + Sync {
    /// The public side of its key.
    fn key(&self) -> &VerifierKey;

    /// The bare signature of this message: 64 bytes for Ed25519, 2,420 for ML-DSA-44.
    ///
    /// # Errors
    /// Why it cannot sign, in words without secrets.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String>;
}

impl Checkpoint {
    /// The checkpoint file, signed by each signer; `now` is in POSIX seconds. What it returns was verified.
    ///
    /// # Errors
    /// If there is no signer, if one is not of this log, cannot sign, or signs wrongly.
    pub fn sign(&self, signers: &[Box<dyn Signer>], now: u64) -> Result<Vec<u8>, Error> {
        let ring = KeyRing::new(signers.iter().map(|signer| signer.key().clone()).collect())?;
        let mut note = self.text() + "\n";
        for signer in signers {
            let key = signer.key();
            let signature = signer.sign(&self.message(key, now)).map_err(Error::Signer)?;
            let time = now.to_be_bytes();
            let time: &[u8] = if key.kind == KeyKind::MlDsa44 { &time } else { &[] };
            let line = STANDARD.encode([&key.id[..], time, &signature].concat());
            // Writing to a `String` does not fail.
            let _ = writeln!(note, "{SIGNATURE_MARK}{} {line}", &key.name);
        }
        let note = note.into_bytes();
        SignedCheckpoint::verify(&note, &ring)?;
        Ok(note)
    }
}

/// A [`Signer`] over a key pair whose seed is handed in.
#[derive(Debug)]
pub struct SeedSigner<P> {
    key: VerifierKey,
    pair: P,
}

/// Signs with Ed25519.
pub type Ed25519Signer = SeedSigner<Ed25519KeyPair>;

/// Signs with ML-DSA-44.
pub type MlDsa44Signer = SeedSigner<PqdsaKeyPair>;

impl Ed25519Signer {
    /// Of the log with this origin, from a private key as RFC 8032 has it.
    ///
    /// # Errors
    /// If the name or the seed is unfit.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error::KeyMalformed)?;
        let key = VerifierKey::new(origin, KeyKind::Ed25519, pair.public_key().as_ref())?;
        Ok(Self { key, pair })
    }
}

impl MlDsa44Signer {
    /// Of the log with this origin, from a seed as FIPS 204 has it.
    ///
    /// # Errors
    /// If the name or the seed is unfit.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<Self, Error> {
        let pair = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, seed).map_err(|_| Error::KeyMalformed)?;
        let key = VerifierKey::new(origin, KeyKind::MlDsa44, pair.public_key().as_ref())?;
        Ok(Self { key, pair })
    }
}

impl Signer for Ed25519Signer {
    fn key(&self) -> &VerifierKey {
        &self.key
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        self.pair
            .try_sign(message)
            .map(|signature| signature.as_ref().into())
            .map_err(|error| error.to_string())
    }
}

impl Signer for MlDsa44Signer {
    fn key(&self) -> &VerifierKey {
        &self.key
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let mut signature = vec![0; self.key.kind.parameters().2];
        self.pair.sign(message, &mut signature).map_err(|error| error.to_string())?;
        Ok(signature)
    }
}
