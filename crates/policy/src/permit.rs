//! What a session may do. Made by `decide`, and by nothing else.

use std::time::Duration;

use domain::{Asked, Fingerprint, HostKeyState};
use vocab::{
    Address, ContractId, EquipmentId, EstablishmentId, InterventionId, Kind, Level, PersonId, ProviderId,
    ServiceId, Terms, Timestamp,
};

use crate::{Lifted, Refusal};

/// The technician is warned this long before his window ends.
const WARN_END: Duration = Duration::from_secs(5 * 60);
/// Silence closes after this long when nothing, or more, was agreed (rules.md section 3: ceiling 30 min).
const IDLE_CEILING: Duration = Duration::from_secs(30 * 60);
/// He is warned this long before silence closes, or half of the delay when that is shorter.
const WARN_IDLE: Duration = Duration::from_secs(60);

/// A permit: one person, one equipment, one intervention, these terms. It says where to dial; nothing is
/// looked up again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    person: PersonId,
    establishment: EstablishmentId,
    provider: ProviderId,
    contract: ContractId,
    service: ServiceId,
    kind: Kind,
    level: Level,
    equipment: EquipmentId,
    address: Address,
    host_key: Fingerprint,
    login: String,
    old_algorithms: Vec<String>,
    intervention: InterventionId,
    terms: Terms,
    lifted: Vec<Lifted>,
}

impl Permit {
    /// INVARIANT: `decide` found nothing unmet, so that account, pinned key and intervention are there.
    pub(crate) fn new(
        asked: &Asked<'_>,
        lifted: Vec<Lifted>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (facts, equipment) = (asked.facts, asked.equipment);
        let (Some(account), Some(intervention), HostKeyState::Pinned { fingerprint, .. }) =
            (&equipment.account, asked.intervention, &equipment.host_key)
        else {
            return Err(Refusal::unknown_target(asked.attempt, false));
        };
        let service = &facts.service;
        let idle = match service.idle() {
            Duration::ZERO => IDLE_CEILING,
            agreed => agreed.min(IDLE_CEILING),
        };
        let extended = intervention.extension.as_ref().is_some_and(|extension| now < extension.until);
        let extension = Duration::from_secs(u64::from(service.extension_secs));
        let terms = Terms {
            ends_at: until,
            warn_end: WARN_END,
            idle,
            warn_idle: WARN_IDLE.min(idle / 2),
            rights: service.rights,
            extension: (!extension.is_zero() && !extended).then_some(extension),
            record_typed: service.typed_purpose.is_some(),
            may_take_out: intervention.reason_out.is_some(),
        };
        Ok(Self {
            person: asked.attempt.person.clone(),
            establishment: facts.establishment.id.clone(),
            provider: facts.provider.id.clone(),
            contract: facts.contract.id.clone(),
            service: service.id.clone(),
            kind: service.kind,
            level: service.level,
            equipment: equipment.id.clone(),
            address: equipment.address,
            host_key: fingerprint.clone(),
            login: account.login.clone(),
            old_algorithms: equipment.old_algorithms.clone(),
            intervention: intervention.id.clone(),
            terms,
            lifted,
        })
    }

    /// Who.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// Whose SIS.
    pub fn establishment(&self) -> &EstablishmentId {
        &self.establishment
    }

    /// The contract's provider.
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The contract.
    pub fn contract(&self) -> &ContractId {
        &self.contract
    }

    /// The service.
    pub fn service(&self) -> &ServiceId {
        &self.service
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its target level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The equipment.
    pub fn equipment(&self) -> &EquipmentId {
        &self.equipment
    }

    /// Where to dial.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The host key that must be shown there.
    pub fn host_key(&self) -> &Fingerprint {
        &self.host_key
    }

    /// The login of the reserved account.
    pub fn login(&self) -> &str {
        &self.login
    }

    /// Old algorithms that this equipment needs, each named explicitly.
    pub fn old_algorithms(&self) -> &[String] {
        &self.old_algorithms
    }

    /// The intervention.
    pub fn intervention(&self) -> &InterventionId {
        &self.intervention
    }

    /// The terms of the session.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What was not met and does not stop the session: shown, and written down.
    pub fn lifted(&self) -> &[Lifted] {
        &self.lifted
    }

    /// Whether another permit reaches the same place by the same account: what a live session may go on
    /// under.
    #[must_use]
    pub fn same_reach(&self, other: &Self) -> bool {
        let reach = |permit: &Self| {
            (
                permit.person.clone(),
                permit.establishment.clone(),
                permit.equipment.clone(),
                permit.address,
                permit.host_key.clone(),
                permit.login.clone(),
                permit.intervention.clone(),
            )
        };
        reach(self) == reach(other)
    }
}
