//! Certificates at the door: for the key that a technician has, for some hours, from one address; and for the door's
//! own key, under the name of an equipment.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gate::{Badge, ENROLMENT_EXTENSION};
use vocab::Timestamp;

use super::{Authority, BEFORE, Form, HOST, NONCE_BYTES, USER, second};
use crate::Error;
use crate::master::random;
use crate::openssh::{ED25519, field, take};

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
        let blob = blob(&badge.key)?;
        let mut fields = blob.as_slice();
        let kind = take(&mut fields).filter(|kind| KINDS.contains(kind)).ok_or(NOT_A_KEY)?;
        let option =
            |name: &str, value: &str| [field(name.as_bytes()), field(&field(value.as_bytes()))].concat();
        let form = Form {
            role: USER,
            serial,
            key_id: format!("poterne {} {serial}", badge.person),
            principals: vec![badge.person.to_string()],
            from: second(now.before(BEFORE)),
            until: second(badge.until),
            critical: option("source-address", &badge.from.to_string()),
            extensions: option(ENROLMENT_EXTENSION, &badge.enrolment.to_string()),
        };
        Ok(self.sign(kind, fields, nonce, form))
    }

    /// Signs for the door's own key, under the names of one equipment: who connects to it through the door sees the
    /// establishment's word that this is the way to it.
    pub(crate) fn for_equipment_at_the_door(
        &self,
        key: &str,
        names: &[String],
        now: Timestamp,
    ) -> Result<String, Error> {
        let mut nonce = [0; NONCE_BYTES];
        random(&mut nonce)?;
        let blob = blob(key)?;
        let mut fields = blob.as_slice();
        let kind = take(&mut fields).filter(|kind| *kind == ED25519).ok_or(NOT_A_KEY)?;
        let form = Form {
            role: HOST,
            serial: 0,
            key_id: "poterne".to_owned(),
            principals: names.to_vec(),
            from: second(now.before(BEFORE)),
            until: second(now.after(HOST_LIFE)),
            critical: Vec::new(),
            extensions: Vec::new(),
        };
        Ok(self.sign(kind, fields, &nonce, form))
    }
}

const NOT_A_KEY: Error = Error::Invalid("this is not a public key of a kind that the door takes");

/// A host certificate is signed for each connection, and may be looked at again whenever keys are exchanged anew: it
/// outlives every session of a working day.
const HOST_LIFE: Duration = Duration::from_secs(24 * 3_600);

/// The key in a line of OpenSSH.
fn blob(line: &str) -> Result<Vec<u8>, Error> {
    let encoded = line.split_whitespace().nth(1).ok_or(NOT_A_KEY)?;
    STANDARD.decode(encoded).map_err(|_| NOT_A_KEY)
}
