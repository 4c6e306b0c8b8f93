//! What the host operator's acts leave in the ledger, and what is found at the equipment.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};

use domain::{Equipment, Fingerprint, HostKeyState};
use events::{AccountStored, Actor, ReadersChanged, SecondFactorEnrolled, Word};
use vocab::{EquipmentId, EstablishmentId, PersonId};

use crate::Gate;
use crate::acts::Act;
use crate::live::Live;
use crate::ports::{PortError, Put};
use crate::rotation::Alone;

/// While this lives a secret is put into the vault by hand, and not changed by the gate.
#[must_use]
pub struct Storing<'a> {
    _alone: Alone<'a>,
}

impl Gate {
    /// An equipment as it is described now.
    pub async fn equipment(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
    ) -> Result<Option<Equipment>, PortError> {
        self.store.equipment(establishment, equipment, self.as_of(self.clock.now())).await
    }

    /// Writes down that the secret of a reserved account is put into the vault: before it is. `form`: `password`,
    /// `key`, `new-key` or `certificate`. The gate does not change it while what is returned lives.
    pub async fn storing_account(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        login: &str,
        form: &str,
    ) -> Result<Storing<'_>, PortError> {
        let alone = self.unturned(&(establishment.clone(), equipment.clone())).await;
        let alone =
            alone.ok_or_else(|| PortError::Conflict("the secret is just being changed".to_owned()))?;
        let fact = AccountStored { equipment: equipment.clone(), login: login.into(), form: form.into() };
        self.by_host(establishment.clone(), fact).await?;
        Ok(Storing { _alone: alone })
    }

    /// Writes down that others may read what is recorded for an establishment: before they may. The ids of the former keys
    /// and of the present ones; of no establishment but this one.
    pub async fn readers_changing(
        &self,
        establishment: &EstablishmentId,
        former: Vec<String>,
        present: Vec<String>,
    ) -> Result<(), PortError> {
        let words = |ids: Vec<String>| ids.into_iter().map(Word::from).collect();
        let fact = ReadersChanged { former: words(former), present: words(present) };
        self.by_host(establishment.clone(), fact).await
    }

    /// Writes down that a person is given a second factor: before it is drawn, so that none exists without its
    /// entry. From here on no vouching stands behind the person's keys until somebody vouches again, and until
    /// [`Gate::drawn`] nobody logs in under this name.
    pub async fn enrolling(&self, person: &PersonId) -> Result<(), PortError> {
        let _alone = self.people.lock().await;
        let now = self.clock.now();
        if self.store.person(person, self.as_of(now)).await?.is_none() {
            return Err(PortError::Missing(format!("person `{person}`")));
        }
        let credentials = self.store.credentials(&self.home, person, self.as_of(now)).await?;
        let number = credentials.enrolment.saturating_add(1);
        let fact = SecondFactorEnrolled { person: person.clone(), enrolment: u64::from(number) };
        let act = Act {
            puts: vec![Put::Enrolment { person: person.clone(), number }],
            sessions: Vec::new(),
            notes: vec![self.home_note(now, Actor::Host, fact.into())],
            at: now,
            by: "host operator".to_owned(),
        };
        self.being_drawn().insert(person.clone());
        let written = self.acts.commit(act).await;
        // What was surely not done leaves the former one as it was. Where it is not known, nothing is drawn, and the
        // former one may have a number that is not its own: it logs nobody in before another is drawn.
        if matches!(written, Err(PortError::Conflict(_) | PortError::Missing(_))) {
            self.drawn(person);
        }
        written.map(|_| ())
    }

    /// The second factor that was written down is drawn: from now on it logs in, and no other.
    pub fn drawn(&self, person: &PersonId) {
        self.being_drawn().remove(person);
    }

    pub(crate) fn being_drawn(&self) -> MutexGuard<'_, BTreeSet<PersonId>> {
        self.drawing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The equipment showed another host key than the pinned one. It is written down now; when the session
    /// ends, the equipment is closed until the establishment has looked and pinned again.
    pub async fn host_key_changed(&self, live: &Live, seen: &Fingerprint) {
        live.host_key_changed(&seen.0);
    }

    /// Records a host key that was seen to have changed.
    pub(crate) async fn mark_changed(&self, live: &Live) -> Result<(), PortError> {
        let Some(seen) = live.other_key() else { return Ok(()) };
        let now = self.clock.now();
        let (establishment, equipment) = (live.permit.establishment(), live.permit.equipment());
        let Some(mut found) = self.store.equipment(establishment, equipment, self.as_of(now)).await? else {
            return Ok(());
        };
        let HostKeyState::Pinned { fingerprint, .. } = &found.host_key else { return Ok(()) };
        if fingerprint != live.permit.host_key() {
            return Ok(());
        }
        found.host_key = HostKeyState::Changed { pinned: fingerprint.clone(), seen: seen.clone(), at: now };
        let act = Act {
            puts: vec![Put::Equipment(found)],
            sessions: Vec::new(),
            notes: Vec::new(),
            at: now,
            by: "gate".to_owned(),
        };
        self.acts.commit(act).await.map(|_| ())
    }
}
