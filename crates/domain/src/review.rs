//! The yearly look at who may come: a person of the establishment confirms the people of a provider and their keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::{PersonId, ProviderId, Timestamp};

use crate::{Fingerprint, REVIEW_MAX, ServiceFacts};

/// Who may come of a provider, with the keys that log them in: what is confirmed.
pub type Accounts = BTreeMap<PersonId, Vec<Fingerprint>>;

/// Somebody looked at the accounts of a provider's people, and confirmed them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsReview {
    /// Whose people.
    pub provider: ProviderId,
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// What was confirmed.
    pub accounts: Accounts,
}

impl ServiceFacts {
    /// When the accounts of the provider's people are to be looked at: twelve months after the last time, or after the contract began.
    pub fn accounts_due(&self) -> Timestamp {
        let from = self.accounts_review.as_ref().map_or(self.contract.span.from, |review| review.at);
        from.after(REVIEW_MAX)
    }

    /// Who may come for the service's provider, as it stands.
    pub fn accounts(&self) -> Accounts {
        let active = self.staff.iter().filter(|staff| staff.person.active);
        active
            .map(|staff| {
                let keys = staff.person.keys.iter().map(|key| key.fingerprint.clone()).collect();
                (staff.person.id.clone(), keys)
            })
            .collect()
    }
}
