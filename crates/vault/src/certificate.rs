//! Certificates for one login on one equipment, in OpenSSH's form (PROTOCOL.certkeys of OpenSSH), signed by the
//! authority of the establishment (`docs/formats/keys.md`, section 5).

use crate::master::{KEY_BYTES, random};
use crate::openssh::{self, ED25519, SshKey, field};
use crate::{Error, vault};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use std::time::Duration;
use vocab::{Secret, Timestamp};

const KIND: &[u8] = b"ssh-ed25519-cert-v01@openssh.com";
/// Type of a certificate for users, not for hosts.
const USER: u32 = 1;
/// Why two certificates for the same thing differ, should the rest be equal.
const NONCE_BYTES: usize = 32;

/// Valid from before now, for an equipment whose clock is behind by as much.
const BEFORE: Duration = Duration::from_secs(60);
/// Valid for this long: 30 s that reaching the equipment may take in all, and 150 s for a clock that is ahead.
/// Only the login needs it.
const AFTER: Duration = Duration::from_secs(180);

/// What one certificate is for.
#[derive(Debug, Clone)]
pub(crate) struct Purpose {
    /// The one name that it is valid for: the equipment's full name.
    pub(crate) principal: String,
    /// What the equipment writes into its own log.
    pub(crate) key_id: String,
    /// The index in the ledger of the permit that it was lent for.
    pub(crate) serial: u64,
    /// It ends at the latest when the session's window does.
    pub(crate) until: Timestamp,
    /// Whether a terminal may be asked for. Nothing else that a certificate can permit is ever permitted.
    pub(crate) terminal: bool,
}

/// A key that was drawn for one login, and the certificate that makes it valid.
pub(crate) struct Issued {
    /// In OpenSSH's text form.
    pub(crate) key: Secret,
    /// `ssh-ed25519-cert-v01@openssh.com AAAA… principal`.
    pub(crate) line: String,
}

/// The authority of an establishment: what its equipment trusts.
pub(crate) struct Authority(Ed25519KeyPair);

impl Authority {
    pub(crate) fn from_seed(seed: &[u8; KEY_BYTES]) -> Result<Self, Error> {
        openssh::pair(seed).map(Self)
    }

    /// The line for the equipment's `TrustedUserCAKeys`.
    pub(crate) fn line(&self, comment: &str) -> String {
        openssh::line(&openssh::blob(&self.0), comment)
    }

    /// Draws a key and signs its certificate.
    pub(crate) fn issue(&self, purpose: &Purpose, now: Timestamp) -> Result<Issued, Error> {
        let seed = vault::drawn::<KEY_BYTES>()?;
        let mut nonce = [0; NONCE_BYTES];
        random(&mut nonce)?;
        let key = SshKey::from_seed(&seed, &purpose.principal)?.private;
        Ok(Issued { key, line: self.sign(&openssh::pair(&seed)?, &nonce, purpose, now) })
    }

    fn sign(
        &self,
        subject: &Ed25519KeyPair,
        nonce: &[u8; NONCE_BYTES],
        purpose: &Purpose,
        now: Timestamp,
    ) -> String {
        // Certificates count in whole seconds since 1970.
        let second = |at: Timestamp| u64::try_from(at.as_secs()).unwrap_or(0).to_be_bytes();
        let extensions =
            if purpose.terminal { [field(b"permit-pty"), field(b"")].concat() } else { Vec::new() };
        let mut certificate = [
            field(KIND),
            field(nonce),
            field(subject.public_key().as_ref()),
            purpose.serial.to_be_bytes().to_vec(),
            USER.to_be_bytes().to_vec(),
            field(purpose.key_id.as_bytes()),
            field(&field(purpose.principal.as_bytes())),
            second(now.before(BEFORE)).to_vec(),
            second(now.after(AFTER).min(purpose.until)).to_vec(),
            // Critical options: none. The address that the equipment sees us come from is not known here.
            field(b""),
            field(&extensions),
            // Reserved.
            field(b""),
            field(&openssh::blob(&self.0)),
        ]
        .concat();
        let signature = self.0.sign(&certificate);
        certificate.extend(field(&[field(ED25519), field(signature.as_ref())].concat()));
        openssh::line(&certificate, &purpose.principal)
    }
}

#[cfg(test)]
mod tests;
