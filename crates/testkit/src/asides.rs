//! Emergency journals that were laid aside, in memory.

use std::sync::Mutex;

use gate::ports::{Aside, Asides, Boxed, PortError};
use gate::{Logged, Removal};
use vocab::EstablishmentId;

use crate::lock;

/// Those of a site, each with whose it is.
#[derive(Default)]
pub struct Shelf {
    all: Mutex<Vec<(EstablishmentId, Aside)>>,
    /// Nobody knows of a place.
    nowhere: Mutex<bool>,
}

impl Shelf {
    /// One more is laid aside.
    pub fn lay(&self, whose: EstablishmentId, aside: Aside) {
        lock(&self.all).push((whose, aside));
    }

    /// The site takes all of them elsewhere.
    pub fn clear(&self) {
        lock(&self.all).clear();
    }

    /// The configuration names no place any more.
    pub fn forget(&self) {
        *lock(&self.nowhere) = true;
    }

    /// The places in which something lies.
    pub fn places(&self) -> Vec<String> {
        lock(&self.all).iter().map(|(_, aside)| aside.place.clone()).collect()
    }
}

impl Asides for Shelf {
    fn all(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<Vec<Aside>>, PortError>> {
        let establishment = establishment.clone();
        Box::pin(async move {
            if *lock(&self.nowhere) {
                return Ok(None);
            }
            let all = lock(&self.all);
            let his = all.iter().filter(|(whose, _)| *whose == establishment);
            Ok(Some(his.map(|(_, aside)| aside.clone()).collect()))
        })
    }

    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let Removal { establishment, aside, .. } = removal.value().clone();
        Box::pin(async move {
            lock(&self.all)
                .retain(|(whose, one)| *whose != establishment || Some(&one.place) != aside.as_ref());
            Ok(())
        })
    }
}
