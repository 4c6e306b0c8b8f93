//! The proof that a decision was made, and said yes.

use std::time::Duration;

use domain::{Asked, Fingerprint, HostKeyState, SecretKind};
use guide::{plan_until, planned_until};
use vocab::{
    Address, ContractId, EquipmentId, EstablishmentId, InterventionId, Kind, Level, PersonId, ProviderId,
    ServiceId, Terms, Timestamp,
};

use crate::lift::{Lifted, Lifting};

/// How long before its end a session is warned.
const WARN_END: Duration = Duration::from_secs(5 * 60);

/// How long before the idle close a session is warned; half of a very short delay.
const WARN_IDLE: Duration = Duration::from_secs(60);

/// The idle delay where none is agreed and that risk is taken: the house's own for maintenance (rules.md
/// §3).
const IDLE_DEFAULT: Duration = Duration::from_secs(10 * 60);

/// A permit to open one session. Only [`crate::decide`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    person: PersonId,
    employer: ProviderId,
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
    secret: SecretKind,
    old_algorithms: Vec<String>,
    intervention: InterventionId,
    terms: Terms,
    lifted: Vec<Lifted>,
}

impl Permit {
    /// From a case in which nothing is missing. `None` where a fact is missing that a permit has to name.
    pub(crate) fn new(asked: &Asked<'_>, lifting: &Lifting, now: Timestamp) -> Option<Self> {
        let (facts, equipment) = (asked.facts, asked.equipment);
        let (intervention, account) = (asked.intervention?, equipment.account.as_ref()?);
        let HostKeyState::Pinned { fingerprint, .. } = &equipment.host_key else {
            return None;
        };
        let terms = terms(asked, lifting, now).filter(|terms| now < terms.ends_at)?;
        Some(Self {
            person: asked.attempt.person.clone(),
            employer: asked.staff.employer.id.clone(),
            establishment: facts.establishment.id.clone(),
            provider: facts.provider.id.clone(),
            contract: facts.contract.id.clone(),
            service: facts.service.id.clone(),
            kind: facts.service.kind,
            level: facts.service.level,
            equipment: equipment.id.clone(),
            address: equipment.address,
            host_key: fingerprint.clone(),
            login: account.login.clone(),
            secret: account.secret,
            old_algorithms: equipment.old_algorithms.clone(),
            intervention: intervention.id.clone(),
            terms,
            lifted: lifting.lifted.clone(),
        })
    }

    /// Who.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// By whom this person is employed: the provider, or one of its subcontractors.
    pub fn employer(&self) -> &ProviderId {
        &self.employer
    }

    /// Whose SIS.
    pub fn establishment(&self) -> &EstablishmentId {
        &self.establishment
    }

    /// The contract's provider.
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// Under which contract.
    pub fn contract(&self) -> &ContractId {
        &self.contract
    }

    /// For which service.
    pub fn service(&self) -> &ServiceId {
        &self.service
    }

    /// Which kind of intervention.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// At which target level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// On what.
    pub fn equipment(&self) -> &EquipmentId {
        &self.equipment
    }

    /// Where to dial. It is never looked up again.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The host key that was pinned at commissioning; any other is refused.
    pub fn host_key(&self) -> &Fingerprint {
        &self.host_key
    }

    /// The login of the reserved account.
    pub fn login(&self) -> &str {
        &self.login
    }

    /// What kind of secret the account has; the secret is the vault's.
    pub fn secret_kind(&self) -> SecretKind {
        self.secret
    }

    /// Old algorithms that this equipment may use, each named explicitly.
    pub fn old_algorithms(&self) -> &[String] {
        &self.old_algorithms
    }

    /// Inside which intervention.
    pub fn intervention(&self) -> &InterventionId {
        &self.intervention
    }

    /// Under which terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What was opened by treatment, exception, derogation or transition: to be logged and shown.
    pub fn lifted(&self) -> &[Lifted] {
        &self.lifted
    }

    /// Whether another permit reaches the same place by the same account: what a live session may go on
    /// under.
    #[must_use]
    pub fn same_reach(&self, other: &Self) -> bool {
        fn reach(permit: &Permit) -> impl PartialEq + '_ {
            (
                (&permit.person, &permit.establishment, &permit.equipment),
                (permit.address, &permit.host_key, &permit.login),
                (&permit.service, &permit.intervention),
            )
        }
        reach(self) == reach(other)
    }
}

fn terms(asked: &Asked<'_>, lifting: &Lifting, now: Timestamp) -> Option<Terms> {
    let (service, intervention) = (&asked.facts.service, asked.intervention?);
    let idle = if service.idle_secs == 0 { IDLE_DEFAULT } else { service.idle() };
    Some(Terms {
        ends_at: lifting.until,
        warn_end: WARN_END,
        idle,
        warn_idle: WARN_IDLE.min(idle / 2),
        rights: service.rights,
        extension: extension(asked, now),
        record_typed: service.typed_purpose.as_deref().is_some_and(|purpose| !purpose.trim().is_empty()),
        uploads: service.uploads,
        may_take_out: intervention.reason_out.as_deref().is_some_and(|reason| !reason.trim().is_empty()),
    })
}

/// One extension of a window that is open, where the service agrees to one and none was granted for it.
fn extension(asked: &Asked<'_>, now: Timestamp) -> Option<Duration> {
    let agreed = Duration::from_secs(u64::from(asked.facts.service.extension_secs));
    let end = planned_until(asked, now)?;
    let granted = asked.intervention?.extension.as_ref();
    let free = granted.is_none_or(|granted| granted.window_end != end && granted.until != end);
    // A plan that ends before the window is moved by an approval, not by an extension.
    let reaches = plan_until(asked, now).is_none_or(|plan| end <= plan);
    (free && reaches && !agreed.is_zero()).then_some(agreed)
}
