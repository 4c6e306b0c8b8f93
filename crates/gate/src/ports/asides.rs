//! Emergency journals that are over and laid aside, as the gate sees them.

use std::collections::BTreeSet;

use vocab::{EstablishmentId, InterventionId, Timestamp};

use super::{Boxed, PortError};
use crate::{Logged, Removal};

/// One establishment's journal of an emergency that the ordinary log has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Where it lies, of all that were laid aside.
    pub place: String,
    /// Its origin.
    pub origin: String,
    /// How many entries it has.
    pub entries: u64,
    /// The root over them.
    pub root: [u8; 32],
    /// When its newest entry was recorded; `None`: it has none.
    pub newest: Option<Timestamp>,
    /// Interventions in it.
    pub interventions: BTreeSet<InterventionId>,
}

/// Where emergency journals are laid aside.
pub trait Asides: Send + Sync {
    /// Those of an establishment that verify, by place; `None`: nobody knows of a place, so they may be anywhere.
    fn all(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<Vec<Aside>>, PortError>>;
    /// Removes the one that the certificate names, log and recordings, and no other. One that is gone already is.
    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>>;
}
