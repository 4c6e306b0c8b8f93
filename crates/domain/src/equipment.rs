//! Equipment and the account reserved on it.

use serde::{Deserialize, Serialize};
use vocab::{Address, EquipmentId, EstablishmentId, InterventionId, PersonId, Timestamp};

use crate::{Fingerprint, REVIEW_MAX};

/// What is known of the equipment's host key. It is pinned by the establishment, never by the
/// technician.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostKeyState {
    /// Never pinned: no session.
    #[default]
    Unknown,
    /// Pinned at commissioning.
    Pinned {
        /// Its fingerprint.
        fingerprint: Fingerprint,
        /// Who pinned it.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Another key was seen: no session until the establishment pins again.
    Changed {
        /// The pinned one.
        pinned: Fingerprint,
        /// The one that was seen.
        seen: Fingerprint,
        /// When.
        at: Timestamp,
    },
}

/// What kind of secret the reserved account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// A password.
    Password,
    /// A private key.
    Key,
    /// A certificate of the gate's authority: one principal per equipment.
    Certificate,
}

/// The account reserved for remote interventions (T9). The secret itself is in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservedAccount {
    /// The login on the equipment.
    pub login: String,
    /// What kind of secret.
    pub secret: SecretKind,
    /// Equipment of the same establishment with the same login, worked out by the store.
    #[serde(default)]
    pub login_shared_with: Vec<EquipmentId>,
    /// Equipment of the same establishment with the same secret, worked out from keyed hashes.
    #[serde(default)]
    pub secret_shared_with: Vec<EquipmentId>,
    /// Whether its secret is in the vault, worked out by the store; a certificate has none.
    #[serde(default)]
    pub secret_held: bool,
    /// Who gives it a new secret at the end of an intervention.
    #[serde(default)]
    pub rotation: RotationBy,
    /// When the secret last changed, worked out by the store.
    #[serde(default)]
    pub rotated_at: Option<Timestamp>,
    /// Since when it is to change, and did not yet; worked out by the store.
    #[serde(default)]
    pub rotation_due: Option<Due>,
}

/// Who gives the reserved account a new secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationBy {
    /// The establishment's people.
    #[default]
    Hand,
    /// The gate, over SSH, with the commands of a Linux system.
    Linux,
}

/// What is known of the changes of a reserved account's secret: a fact of its own, which no file touches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rotation {
    /// When it last changed.
    #[serde(default)]
    pub rotated_at: Option<Timestamp>,
    /// Since when it is to change.
    #[serde(default)]
    pub due: Option<Due>,
}

/// A secret that is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// From when on; it may lie ahead.
    pub since: Timestamp,
    /// Why.
    pub ground: DueGround,
}

/// Why a secret is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DueGround {
    /// An intervention in which it was lent is over.
    Closed(InterventionId),
    /// The host operator asks for it.
    Asked,
    /// It was disclosed for a repair on the spot.
    Disclosed,
}

impl DueGround {
    /// The word for the ledger.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Asked => "asked",
            Self::Disclosed => "disclosed",
        }
    }
}

/// A secret that somebody needs at the equipment itself: asked for by one person, granted by another, shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// Who asks, and is shown it.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Timestamp,
    /// Why.
    pub reason: String,
    /// Who granted it, and when.
    #[serde(default)]
    pub granted: Option<(PersonId, Timestamp)>,
    /// When it was shown.
    #[serde(default)]
    pub shown_at: Option<Timestamp>,
    /// When it was last shown on an earlier asking, and did not change since.
    #[serde(default)]
    pub shown_before: Option<Timestamp>,
}

impl Disclosure {
    /// When somebody was last shown the secret that there is still.
    pub fn last_shown(&self) -> Option<Timestamp> {
        self.shown_at.or(self.shown_before)
    }
}

impl ReservedAccount {
    /// Whether the gate itself gives it new secrets. A certificate is new for each login.
    pub fn rotates(&self) -> bool {
        self.rotation == RotationBy::Linux && self.secret != SecretKind::Certificate
    }
}

/// What became of the accounts that the equipment came with (T9).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultAccounts {
    /// Nobody looked.
    #[default]
    NotChecked,
    /// All removed, disabled or changed.
    Clean {
        /// When it was last checked.
        at: Timestamp,
        /// Who checked.
        by: PersonId,
    },
    /// Some are left.
    Left {
        /// Which.
        logins: Vec<String>,
    },
}

impl DefaultAccounts {
    /// When somebody is to look again: twelve months after the last time. `None`: nobody looked, or some are left.
    pub fn look_again(&self) -> Option<Timestamp> {
        match self {
            Self::Clean { at, .. } => Some(at.after(REVIEW_MAX)),
            Self::NotChecked | Self::Left { .. } => None,
        }
    }
}

/// How an equipment is put into service for remote interventions: what that costs care, and the way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commissioning {
    /// The day it is planned for: its first moment.
    pub planned: Timestamp,
    /// For how long the equipment is out of use meanwhile, in minutes.
    pub downtime_minutes: u32,
    /// Who agreed to that, of the establishment.
    pub agreed_by: PersonId,
    /// When.
    pub agreed_at: Timestamp,
    /// What is done when it fails.
    pub rollback: String,
    /// When it was done, and who saw it work.
    #[serde(default)]
    pub done: Option<(Timestamp, PersonId)>,
}

/// An equipment of the SIS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equipment {
    /// Its name in the establishment.
    pub id: EquipmentId,
    /// Whose it is.
    pub establishment: EstablishmentId,
    /// In words.
    pub title: String,
    /// Where it is: an IP literal.
    pub address: Address,
    /// Whether it holds applications or personal data (T1).
    #[serde(default)]
    pub holds_data: bool,
    /// The administration zone it is linked by (T2), when it is.
    #[serde(default)]
    pub admin_zone: Option<String>,
    /// A link of its own to the outside, past the gate: a maker's modem, a router, a radio (T3).
    #[serde(default)]
    pub own_link: Option<String>,
    /// Its host key.
    #[serde(default)]
    pub host_key: HostKeyState,
    /// The account reserved for remote interventions.
    #[serde(default)]
    pub account: Option<ReservedAccount>,
    /// The accounts it came with.
    #[serde(default)]
    pub default_accounts: DefaultAccounts,
    /// Old algorithms that this device needs, each named explicitly. Empty: modern ones only.
    #[serde(default)]
    pub old_algorithms: Vec<String>,
    /// How it is put into service; `None`: it is, and nobody planned it here.
    #[serde(default)]
    pub commissioning: Option<Commissioning>,
}

impl Equipment {
    /// How it is still to be put into service, if it is.
    pub fn to_commission(&self) -> Option<&Commissioning> {
        self.commissioning.as_ref().filter(|plan| plan.done.is_none())
    }

    /// The full name, `<equipment>.<establishment>`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.id, self.establishment)
    }
}
