//! Where documents are kept, as the gate sees it.

use std::sync::Arc;

use domain::PaperId;
use vocab::{EstablishmentId, Secret};

use super::{Boxed, PortError};
use crate::{Logged, Removal};

/// A document as it lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Where.
    pub place: PaperId,
    /// Whether it has its lasting name: its entry was in the ledger.
    pub settled: bool,
}

/// The store of documents. It knows no name and no hash of them.
pub trait Papers: Send + Sync {
    /// Keeps these bytes at a place that has none, covered with this key of [`transfer::COVER_KEY`] bytes: whole and durable
    /// when this returns, under the name of what is not settled.
    fn keep(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
        key: Secret,
        bytes: Arc<Vec<u8>>,
    ) -> Boxed<'_, Result<(), PortError>>;
    /// Gives it its lasting name. One that has it keeps it.
    fn settle(&self, establishment: &EstablishmentId, place: PaperId) -> Boxed<'_, Result<(), PortError>>;
    /// Removes one that is not settled; one that is stays. One that is gone already is.
    fn discard(&self, establishment: &EstablishmentId, place: PaperId) -> Boxed<'_, Result<(), PortError>>;
    /// The bytes, settled or not. An error: it is not what was written with this key.
    fn read(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
        key: Secret,
    ) -> Boxed<'_, Result<Vec<u8>, PortError>>;
    /// Every one of an establishment, by place.
    fn all(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<Kept>, PortError>>;
    /// Removes those that the certificate names, and no other. One that is gone already is.
    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>>;
}
