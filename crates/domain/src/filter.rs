//! What a filter was seen to let through, held against what is on file (T8, T3).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{ServiceId, Timestamp};

use crate::{Flow, ServiceFacts};

/// A review of filters, of accounts, of default accounts and of lists stands for twelve months: 365 days.
pub const REVIEW_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// The rules of a filter, brought and compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterCheck {
    /// For which service.
    pub service: ServiceId,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the file that was brought, lower-case hexadecimal.
    pub sha256: String,
    /// `nft` or `csv`.
    pub form: String,
    /// What it was compared with: another list of flows is another comparison.
    pub flows: Vec<Flow>,
    /// How many rules let something through.
    pub rules: u32,
    /// How many flows no rule lets through.
    pub missing: u32,
    /// How many rules let more through.
    pub wider: u32,
}

impl ServiceFacts {
    /// The newest comparison of the filter's rules with what is on file now: those of another list of flows say nothing of it. On a
    /// way through the gate, with the gate's own flows, which nobody signs.
    pub fn filter_check(&self) -> Option<&FilterCheck> {
        let counts = |one: &&FilterCheck| match self.at_the_gate() {
            true => true,
            false => self.direct.as_ref().is_some_and(|direct| direct.flows == one.flows),
        };
        self.filter_check.as_deref().filter(counts)
    }
}
