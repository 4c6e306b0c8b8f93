//! Equipment as it is used: what the file says of it, what is known of its secret, and who shares either.

use domain::{Equipment, Rotation};
use vocab::{EquipmentId, EstablishmentId, Timestamp};

use crate::StoreError;
use crate::fact::{Kind, Place};
use crate::sqlite::Db;
use crate::wave::{Answers, Names, One, Wave};

/// An equipment that is asked for.
pub(super) struct Asked {
    equipment: One<Equipment>,
    tag: One<Option<String>>,
    rotation: One<Rotation>,
}

/// An equipment that was found; who shares its login or secret is asked for.
pub(super) struct Shared {
    equipment: Equipment,
    login: Option<Names<EquipmentId>>,
    secret: Option<Names<EquipmentId>>,
}

impl Asked {
    pub(super) fn of(wave: &mut Wave, at: &EstablishmentId, id: &EquipmentId) -> Self {
        Self {
            equipment: wave.one(Place::new(Kind::Equipment, at, id)),
            tag: wave.one(Place::new(Kind::AccountTag, at, id)),
            rotation: wave.one(Place::new(Kind::Rotation, at, id)),
        }
    }

    pub(super) fn found(self, answers: &mut Answers, next: &mut Wave) -> Result<Option<Shared>, StoreError> {
        let tag = answers.one(self.tag)?.flatten();
        let rotation = answers.one(self.rotation)?.unwrap_or_default();
        let Some(mut equipment) = answers.one(self.equipment)? else { return Ok(None) };
        let at = &equipment.establishment;
        let (mut login, mut secret) = (None, None);
        if let Some(account) = &mut equipment.account {
            (account.rotated_at, account.rotation_due) = (rotation.rotated_at, rotation.due);
            account.secret_held = tag.is_some();
            login = Some(next.equipment_linked(Kind::Equipment, at, &account.login));
            secret = tag.map(|tag| next.equipment_linked(Kind::AccountTag, at, &tag));
        }
        Ok(Some(Shared { equipment, login, secret }))
    }
}

impl Shared {
    /// The equipment with those that share its login or secret.
    pub(super) fn whole(self, answers: &mut Answers) -> Result<Equipment, StoreError> {
        let Self { mut equipment, login, secret } = self;
        let mut others = |names: Option<Names<EquipmentId>>| {
            let mut all = names.map(|names| answers.names(names)).transpose()?.unwrap_or_default();
            all.retain(|other| *other != equipment.id);
            Ok::<_, StoreError>(all)
        };
        let (login, secret) = (others(login)?, others(secret)?);
        if let Some(account) = &mut equipment.account {
            (account.login_shared_with, account.secret_shared_with) = (login, secret);
        }
        Ok(equipment)
    }
}

/// An equipment, with those that share its login or secret worked out, and what is known of its rotations.
pub(crate) async fn one_equipment(
    db: &mut Db,
    at: &EstablishmentId,
    id: &EquipmentId,
    as_of: Timestamp,
) -> Result<Option<Equipment>, StoreError> {
    let (mut wave, mut next) = (Wave::default(), Wave::default());
    let asked = Asked::of(&mut wave, at, id);
    let mut answers = wave.ask(db, as_of).await?;
    let Some(shared) = asked.found(&mut answers, &mut next)? else { return Ok(None) };
    shared.whole(&mut next.ask(db, as_of).await?).map(Some)
}
