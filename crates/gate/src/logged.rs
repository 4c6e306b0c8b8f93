//! What was written down before it is done.

use domain::{Equipment, Fingerprint, HostKeyState, PaperId, SecretKind};
use policy::Permit;
use vocab::{Address, EquipmentId, EstablishmentId, RecordingId, Timestamp};

use crate::ports::Receipt;

/// A value whose entry is durable in the ledger. Only this crate makes one: no receipt, no dial; no
/// receipt, no secret.
#[derive(Debug)]
pub struct Logged<T> {
    value: T,
    receipt: Receipt,
}

impl<T> Logged<T> {
    pub(crate) fn new(value: T, receipt: Receipt) -> Self {
        Self { value, receipt }
    }

    /// What was logged.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Where it stands in the log.
    pub fn receipt(&self) -> Receipt {
        self.receipt
    }
}

/// The accounts in the vault, for the establishment's own holders.
#[derive(Debug, Clone, Copy)]
pub struct Export {
    /// The moment.
    pub at: Timestamp,
}

/// The secret of an account, for one person at the equipment itself.
#[derive(Debug, Clone)]
pub struct Disclosed {
    /// Whose equipment.
    pub establishment: EstablishmentId,
    /// Which.
    pub equipment: EquipmentId,
    /// The login that is disclosed with it.
    pub login: String,
}

/// A document that is opened, for a reader whose reason is written down.
#[derive(Debug, Clone)]
pub struct PaperRead {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Where it lies.
    pub place: PaperId,
}

/// What is to go from what an establishment keeps: entries before an index, recordings and documents by name, rows of the
/// database by their certificate.
#[derive(Debug, Clone)]
pub struct Removal {
    /// Whose.
    pub establishment: EstablishmentId,
    /// The entries before this index; 0: none.
    pub until: u64,
    /// These recordings.
    pub recordings: Vec<RecordingId>,
    /// These documents.
    pub documents: Vec<PaperId>,
    /// The emergency journal that was laid aside there.
    pub aside: Option<String>,
    /// What the database was told to let go under this root.
    pub rows: Option<[u8; 32]>,
}

impl Removal {
    /// Nothing yet.
    pub(crate) fn of(establishment: &EstablishmentId) -> Self {
        let establishment = establishment.clone();
        let (recordings, documents) = (Vec::new(), Vec::new());
        Self { establishment, until: 0, recordings, documents, aside: None, rows: None }
    }
}

/// A timestamp of a checkpoint.
#[derive(Debug, Clone)]
pub struct Stamped {
    /// Entries that the checkpoint covers.
    pub size: u64,
    /// The signed checkpoint, as its file had it.
    pub note: Vec<u8>,
    /// The authority's token.
    pub token: Vec<u8>,
}

/// On what ground a secret is lent.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one for each session and each rotation, never in a list")]
pub enum Grant {
    /// For the session of this permit.
    Session(Permit),
    /// To put another in its place (T9).
    Rotation(Turn),
}

/// A reserved account that is given a new secret: where it is, as the description says.
#[derive(Debug, Clone)]
pub struct Turn {
    establishment: EstablishmentId,
    equipment: EquipmentId,
    address: Address,
    host_key: Fingerprint,
    login: String,
    secret: SecretKind,
    old_algorithms: Vec<String>,
}

impl Turn {
    /// Of an equipment that the gate itself gives new secrets, and whose host key is the pinned one.
    pub(crate) fn of(equipment: &Equipment) -> Option<Self> {
        let account = equipment.account.as_ref().filter(|account| account.rotates())?;
        let HostKeyState::Pinned { fingerprint, .. } = &equipment.host_key else { return None };
        Some(Self {
            establishment: equipment.establishment.clone(),
            equipment: equipment.id.clone(),
            address: equipment.address,
            host_key: fingerprint.clone(),
            login: account.login.clone(),
            secret: account.secret,
            old_algorithms: equipment.old_algorithms.clone(),
        })
    }
}

/// What both grounds say of the equipment.
macro_rules! of_both {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $of_turn:expr;)*) => {
        impl Grant {
            $($(#[$doc])*
            pub fn $name(&self) -> $type {
                let of_turn: fn(&Turn) -> $type = $of_turn;
                match self {
                    Self::Session(permit) => permit.$name(),
                    Self::Rotation(turn) => of_turn(turn),
                }
            })*
        }
    };
}

of_both! {
    /// Whose equipment.
    establishment: &EstablishmentId = |turn| &turn.establishment;
    /// Which.
    equipment: &EquipmentId = |turn| &turn.equipment;
    /// Where it is dialled.
    address: Address = |turn| turn.address;
    /// The host key that it has to show.
    host_key: &Fingerprint = |turn| &turn.host_key;
    /// The login of its reserved account.
    login: &str = |turn| &turn.login;
    /// What kind of secret that has.
    secret_kind: SecretKind = |turn| turn.secret;
    /// Old algorithms that it needs.
    old_algorithms: &[String] = |turn| &turn.old_algorithms;
}
