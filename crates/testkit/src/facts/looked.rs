//! What somebody looked at again: a filter's rules, the people of a provider.

use domain::{AccountsReview, FilterCheck};
use gate::ports::{FactName, Put};
use vocab::{EstablishmentId, ProviderId, ServiceId, Timestamp};

use super::Lines;

impl Lines {
    /// How a filter's rules were compared with what is on file for a service.
    pub(crate) fn filter_check(
        &self,
        at: &EstablishmentId,
        service: &ServiceId,
        as_of: Timestamp,
    ) -> Option<Box<FilterCheck>> {
        let name = FactName::FilterCheck { establishment: at.clone(), service: service.clone() };
        match self.get(&name, as_of) {
            Some(Put::FilterCheck { value, .. }) => Some(Box::new(value.clone())),
            _ => None,
        }
    }

    /// Who confirmed who may come of a provider.
    pub(crate) fn accounts_review(
        &self,
        at: &EstablishmentId,
        provider: &ProviderId,
        as_of: Timestamp,
    ) -> Option<Box<AccountsReview>> {
        let name = FactName::AccountsReview { establishment: at.clone(), provider: provider.clone() };
        match self.get(&name, as_of) {
            Some(Put::AccountsReview { value, .. }) => Some(Box::new(value.clone())),
            _ => None,
        }
    }
}
