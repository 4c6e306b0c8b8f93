//! The way to an equipment by its own name: `ssh -J <person>@<gate> <equipment>`, for tools that know only
//! ProxyJump. The door ends the inner connection itself, under the name of the equipment; what happens in it is decided
//! and recorded as always.

use domain::{Attempt, Target};
use vocab::EstablishmentId;

use crate::ports::PortError;
use crate::{Gate, Known};

/// An equipment that the door may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Its port: no other leads there.
    pub port: u16,
    /// A host certificate for the door's key under its names, as a line of OpenSSH; `None` when none could be signed,
    /// and the client is shown the key alone.
    pub certificate: Option<String>,
}

impl Gate {
    /// The equipment of this name, if it is one that the person may know of; `key`: the door's own, as a line of OpenSSH.
    /// Outside the contracts of the person's employer there is one answer, the same as for an unknown name.
    pub async fn way_to(&self, known: &Known, target: &Target, key: &str) -> Option<Way> {
        self.find_way(known, target, key).await.unwrap_or_else(|error| {
            tracing::error!(%error, "The way to an equipment could not be looked up");
            None
        })
    }

    async fn find_way(&self, known: &Known, target: &Target, key: &str) -> Result<Option<Way>, PortError> {
        let now = self.clock.now();
        let attempt = Attempt {
            person: known.person.clone(),
            login: known.proof.clone(),
            target: target.clone(),
            from: known.from,
            access: None,
        };
        let facts = self.facts(&attempt, now).await?;
        let found = facts.services.iter().find_map(|service| {
            let here = target.establishment.as_ref().is_none_or(|named| *named == service.establishment.id);
            service.equipment.iter().find(|one| here && one.id == target.equipment)
        });
        let Some(equipment) = found else { return Ok(None) };
        let names = [equipment.id.to_string(), equipment.full_name()];
        let establishment = equipment.establishment.clone();
        let signed = self.vault.certify_host(&establishment, &names, key, now).await;
        let certificate =
            signed.inspect_err(|error| tracing::error!(%error, "No host certificate was signed")).ok();
        Ok(Some(Way { establishment, port: equipment.address.socket().port(), certificate }))
    }
}
