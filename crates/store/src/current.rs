//! What stands for one establishment, for a plan to be held against.

use std::collections::BTreeMap;

use domain::{Dossier, Provider};
use gate::ports::PortError;
use vocab::{EstablishmentId, ProviderId, Timestamp};

use crate::fact::{self, Kind};
use crate::site::{Current, Elsewhere};
use crate::sqlite::Db;
use crate::{Database, StoreError, intervention};

impl Database {
    /// Everything that stands for an establishment at a moment, and what others share with it, in one consistent read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn current(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Result<Current, PortError> {
        let mut reader = self.reader().await?;
        let mut tx = reader.begin().await?;
        Ok(current(&mut tx, establishment, as_of).await?)
    }
}

/// The last dossier that ever stood, provider by provider: taken out and put in again, an older one is older all the same,
/// another one is another, and so is its key.
async fn dossiers(db: &mut Db) -> Result<BTreeMap<ProviderId, Box<Dossier>>, StoreError> {
    // The versions come in their order, and numbers only rise.
    let all = fact::all_versions::<Provider>(db, Kind::Provider).await?.into_iter();
    Ok(all.filter_map(|provider| Some((provider.id, provider.dossier?))).collect())
}

async fn current(db: &mut Db, own: &EstablishmentId, as_of: Timestamp) -> Result<Current, StoreError> {
    let mut found = Current {
        providers: fact::list(db, Kind::Provider, None, as_of).await?,
        people: fact::list(db, Kind::Person, None, as_of).await?,
        engagements: fact::list(db, Kind::Engagement, Some(own), as_of).await?,
        contracts: fact::list(db, Kind::Contract, Some(own), as_of).await?,
        services: fact::list(db, Kind::Service, Some(own), as_of).await?,
        equipment: fact::list(db, Kind::Equipment, Some(own), as_of).await?,
        treatments: fact::list(db, Kind::Treatment, Some(own), as_of).await?,
        direct: fact::list(db, Kind::Direct, Some(own), as_of).await?,
        transitions: fact::list(db, Kind::Transition, Some(own), as_of).await?,
        owed: intervention::owed(db, own).await?,
        dossiers: dossiers(db).await?,
        ..Current::default()
    };
    let all: Vec<domain::Establishment> = fact::everywhere(db, Kind::Establishment, as_of).await?;
    for establishment in all {
        if establishment.id == *own {
            found.establishment = Some(establishment);
            continue;
        }
        let at = establishment.id.clone();
        found.lean_elsewhere(&Elsewhere {
            engagements: fact::list(db, Kind::Engagement, Some(&at), as_of).await?,
            contracts: fact::list(db, Kind::Contract, Some(&at), as_of).await?,
            services: fact::list(db, Kind::Service, Some(&at), as_of).await?,
            establishment,
        });
    }
    Ok(found)
}
