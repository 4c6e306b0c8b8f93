//! Certificates towards the door: for the key that a technician has, for some hours, from one address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gate::{Badge, ENROLMENT_EXTENSION};
use vocab::Timestamp;

use super::{Authority, BEFORE, Form, NONCE_BYTES, second};
use crate::Error;
use crate::master::random;
use crate::openssh::{field, take};

/// Kinds of keys that the door takes.
const KINDS: [&[u8]; 7] = [
    b"ssh-ed25519",
    b"ecdsa-sha2-nistp256",
    b"ecdsa-sha2-nistp384",
    b"ecdsa-sha2-nistp521",
    b"sk-ssh-ed25519@openssh.com",
    b"sk-ecdsa-sha2-nistp256@openssh.com",
    b"ssh-rsa",
];

impl Authority {
    /// Signs for a key that the technician has. `serial`: the index in the ledger of the entry that was written
    /// before.
    pub(crate) fn for_technician(&self, badge: &Badge, serial: u64, now: Timestamp) -> Result<String, Error> {
        let mut nonce = [0; NONCE_BYTES];
        random(&mut nonce)?;
        self.badge(badge, serial, &nonce, now)
    }

    pub(super) fn badge(
        &self,
        badge: &Badge,
        serial: u64,
        nonce: &[u8; NONCE_BYTES],
        now: Timestamp,
    ) -> Result<String, Error> {
        const NOT_A_KEY: Error = Error::Invalid("this is not a public key of a kind that the door takes");
        let encoded = badge.key.split_whitespace().nth(1).ok_or(NOT_A_KEY)?;
        let blob = STANDARD.decode(encoded).map_err(|_| NOT_A_KEY)?;
        let mut fields = blob.as_slice();
        let kind = take(&mut fields).filter(|kind| KINDS.contains(kind)).ok_or(NOT_A_KEY)?;
        let option =
            |name: &str, value: &str| [field(name.as_bytes()), field(&field(value.as_bytes()))].concat();
        let form = Form {
            serial,
            key_id: format!("poterne {} {serial}", badge.person),
            principal: badge.person.to_string(),
            from: second(now.before(BEFORE)),
            until: second(badge.until),
            critical: option("source-address", &badge.from.to_string()),
            extensions: option(ENROLMENT_EXTENSION, &badge.enrolment.to_string()),
        };
        Ok(self.sign(kind, fields, nonce, form))
    }
}
