//! What somebody asks of the door, and how he proved who he is.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vocab::{EquipmentId, EstablishmentId, InterventionId, PersonId, Right, Timestamp};

/// The SHA-256 fingerprint of a public key, as OpenSSH prints it: `SHA256:` and 43 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// The second factor that was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactor {
    /// A time-based one-time code (RFC 6238), used once.
    Totp,
    /// A certificate of the gate's, given after such a code for some hours, to one key at one address. It opens
    /// sessions; no act is done with it.
    Certificate,
    /// A code of a printed sheet, read out over the telephone for one act; no session is opened with it.
    Voice,
}

impl SecondFactor {
    /// Its name in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Certificate => "certificate",
            Self::Voice => "voice",
        }
    }
}

/// How a login was proved. An `sk-` key counts as one factor only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginProof {
    /// The key whose signature was verified.
    pub key: Fingerprint,
    /// The second factor, verified after the key. `None` is refused by every use case.
    pub second: Option<SecondFactor>,
    /// The number of that second factor: a connection outlives the one that it was opened with.
    pub enrolment: u32,
    /// When it was proved: a connection outlives the vouching of its time, too.
    #[serde(default = "long_ago")]
    pub at: Timestamp,
}

/// A proof that does not say when it was made was made before everything.
const fn long_ago() -> Timestamp {
    Timestamp::MIN
}

/// What the technician named behind the `+`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The equipment's short name.
    pub equipment: EquipmentId,
    /// Its establishment, when the full name was given.
    pub establishment: Option<EstablishmentId>,
    /// The intervention, when named.
    pub intervention: Option<InterventionId>,
}

/// What is asked for first. Later channels of the same session are held against the permit's rights.
pub type Access = Right;

/// One attempt to open a session: who, with what proof, where to, from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Who says he comes.
    pub person: PersonId,
    /// How he proved it.
    pub login: LoginProof,
    /// Where he wants to go.
    pub target: Target,
    /// From which address.
    pub from: IpAddr,
    /// What he wants to do, when already known.
    pub access: Option<Access>,
}
