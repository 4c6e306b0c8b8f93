//! Certificates in OpenSSH's form (PROTOCOL.certkeys of OpenSSH): for one login on one equipment, signed by the
//! authority of the establishment; and for the key of a technician towards the door, signed by the gate's own
//! (`docs/formats/keys.md`, sections 5 to 7).

mod door;

use crate::master::{KEY_BYTES, random};
use crate::openssh::{self, ED25519, SshKey, field};
use crate::{Error, vault};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::Fingerprint;
use std::time::Duration;
use vocab::{Secret, Timestamp};

/// What stands behind the name of a key's kind in the name of its certificate's.
const CERTIFICATE: &[u8] = b"-cert-v01@openssh.com";
/// Types of certificates.
const USER: u32 = 1;
const HOST: u32 = 2;
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

/// What a certificate says of its key.
struct Form {
    role: u32,
    serial: u64,
    key_id: String,
    /// Whom it is valid for: a person, an equipment, the names of a host.
    principals: Vec<String>,
    /// Whole seconds since 1970, as certificates count.
    from: u64,
    until: u64,
    /// Critical options and extensions, each as it is written.
    critical: Vec<u8>,
    extensions: Vec<u8>,
}

/// An authority: what the equipment of an establishment trusts, or the door.
pub(crate) struct Authority(Ed25519KeyPair);

impl Authority {
    pub(crate) fn from_seed(seed: &[u8; KEY_BYTES]) -> Result<Self, Error> {
        openssh::pair(seed).map(Self)
    }

    /// As OpenSSH prints it.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let hash = digest::digest(&digest::SHA256, &openssh::blob(&self.0));
        Fingerprint(format!("SHA256:{}", STANDARD_NO_PAD.encode(hash)))
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
        Ok(Issued { key, line: self.for_equipment(&openssh::pair(&seed)?, &nonce, purpose, now) })
    }

    fn for_equipment(
        &self,
        subject: &Ed25519KeyPair,
        nonce: &[u8; NONCE_BYTES],
        purpose: &Purpose,
        now: Timestamp,
    ) -> String {
        let form = Form {
            role: USER,
            serial: purpose.serial,
            key_id: purpose.key_id.clone(),
            principals: vec![purpose.principal.clone()],
            from: second(now.before(BEFORE)),
            until: second(now.after(AFTER).min(purpose.until)),
            // The address that the equipment sees us come from is not known here.
            critical: Vec::new(),
            extensions: if purpose.terminal {
                [field(b"permit-pty"), field(b"")].concat()
            } else {
                Vec::new()
            },
        };
        self.sign(ED25519, &field(subject.public_key().as_ref()), nonce, form)
    }

    /// Signs for a key of this kind, whose own fields these are. The comment of the line is the first principal.
    fn sign(&self, kind: &[u8], subject: &[u8], nonce: &[u8; NONCE_BYTES], form: Form) -> String {
        // `sk-ssh-ed25519@openssh.com` loses its domain, which the certificate's name has behind itself.
        let kind = kind.strip_suffix(b"@openssh.com").unwrap_or(kind);
        let mut certificate = [
            field(&[kind, CERTIFICATE].concat()),
            field(nonce),
            subject.to_vec(),
            form.serial.to_be_bytes().to_vec(),
            form.role.to_be_bytes().to_vec(),
            field(form.key_id.as_bytes()),
            field(&form.principals.iter().flat_map(|name| field(name.as_bytes())).collect::<Vec<u8>>()),
            form.from.to_be_bytes().to_vec(),
            form.until.to_be_bytes().to_vec(),
            field(&form.critical),
            field(&form.extensions),
            // Reserved.
            field(b""),
            field(&openssh::blob(&self.0)),
        ]
        .concat();
        let signature = self.0.sign(&certificate);
        certificate.extend(field(&[field(ED25519), field(signature.as_ref())].concat()));
        openssh::line(&certificate, form.principals.first().map_or("", String::as_str))
    }
}

fn second(at: Timestamp) -> u64 {
    u64::try_from(at.as_secs()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
