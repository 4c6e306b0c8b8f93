//! What was written down before it is done.

use policy::Permit;
use vocab::Timestamp;

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

/// On what ground a secret is lent.
#[derive(Debug, Clone)]
pub enum Grant {
    /// For the session of this permit.
    Session(Permit),
}
