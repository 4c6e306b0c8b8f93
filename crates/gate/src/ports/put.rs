//! Facts as they are recorded, and what they are called.

use domain::{
    AccountsReview, Contract, DirectPath, Disclosure, Engagement, EngagementKind, Equipment, Establishment,
    Filed, FilterCheck, GateSeen, Hold, Intervention, Notice, Person, Provider, Purged, RiskTreatment,
    Rotation, Service, Signature, Signed, SignedWhat, Suspension, Token, Transition, TreatmentPart,
    VouchedKey, Witness, WitnessedWhat,
};
use guide::Standing;
use vocab::{ContractId, EquipmentId, EstablishmentId, PersonId, ProviderId, RuleId, ServiceId};

use super::Doomed;

/// One fact to be recorded. Facts are never updated in place: the store closes the version that stood
/// and adds this one.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is a value of `domain`")]
#[expect(clippy::large_enum_variant, reason = "few live at a time, each only until it is written")]
pub enum Put {
    Establishment(Establishment),
    Provider(Provider),
    Person(Person),
    Engagement(Engagement),
    Contract(Contract),
    Service(Service),
    Equipment(Equipment),
    Treatment {
        establishment: EstablishmentId,
        value: RiskTreatment,
    },
    Transition {
        establishment: EstablishmentId,
        value: Transition,
    },
    Direct {
        establishment: EstablishmentId,
        value: DirectPath,
    },
    Suspension {
        establishment: EstablishmentId,
        value: Suspension,
    },
    /// The keys of a person that are vouched for, towards one establishment.
    Vouching {
        establishment: EstablishmentId,
        person: PersonId,
        keys: Vec<VouchedKey>,
    },
    /// A signature under what the site's file proposes: it counts for these very words.
    Signature {
        establishment: EstablishmentId,
        signature: Signature,
        signed: Signed,
    },
    /// A secret that is asked for at the equipment itself.
    Disclosure {
        establishment: EstablishmentId,
        equipment: EquipmentId,
        value: Disclosure,
    },
    /// The number of a person's second factor.
    Enrolment {
        person: PersonId,
        number: u32,
    },
    /// Keyed hash of the secret of an equipment's reserved account, by which shared secrets are found (T9); `None`: none
    /// is kept.
    AccountTag {
        establishment: EstablishmentId,
        equipment: EquipmentId,
        tag: Option<String>,
    },
    /// The changes of that secret.
    Rotation {
        establishment: EstablishmentId,
        equipment: EquipmentId,
        value: Rotation,
    },
    /// How a service stands towards the guide, as it was last written down.
    Standing {
        establishment: EstablishmentId,
        service: ServiceId,
        value: Standing,
    },
    /// What the gate sees of itself, towards an establishment.
    Seen {
        establishment: EstablishmentId,
        value: GateSeen,
    },
    /// Something is kept whatever its age.
    Hold {
        establishment: EstablishmentId,
        value: Hold,
    },
    /// A document that is kept, by its hash.
    Filed {
        establishment: EstablishmentId,
        value: Filed,
    },
    /// Somebody confirmed what the site's file says is done.
    Witness {
        establishment: EstablishmentId,
        value: Witness,
    },
    /// The rules of a filter were compared with what is on file (T8, T3).
    FilterCheck {
        establishment: EstablishmentId,
        value: FilterCheck,
    },
    /// Somebody confirmed who may come of a provider.
    AccountsReview {
        establishment: EstablishmentId,
        value: AccountsReview,
    },
    /// What changed of what a provider says of itself (C3), and who read it.
    Notice {
        establishment: EstablishmentId,
        value: Notice,
    },
    /// What went from an establishment's log.
    Purged {
        establishment: EstablishmentId,
        value: Purged,
    },
    /// What a program shows in place of a person.
    Token(Token),
    /// An intervention: the version it was read at (0: new), so that two hands never write one over
    /// the other. The database refuses illegal steps of its state itself.
    Intervention {
        read_at: u64,
        value: Intervention,
    },
    /// A fact that ends and has no successor; its history stays.
    End(FactName),
    /// What is to go from the database, being past its term: named with the certificate, removed after it.
    Doomed(Doomed),
}

/// What a fact is called: one name, one line of versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the values")]
pub enum FactName {
    Establishment(EstablishmentId),
    Provider(ProviderId),
    Person(PersonId),
    Engagement { establishment: EstablishmentId, person: PersonId, kind: EngagementKind, version: u32 },
    Contract { establishment: EstablishmentId, contract: ContractId },
    Service { establishment: EstablishmentId, service: ServiceId },
    Equipment { establishment: EstablishmentId, equipment: EquipmentId },
    Treatment { establishment: EstablishmentId, service: ServiceId, rule: RuleId, part: TreatmentPart },
    Transition { establishment: EstablishmentId, service: ServiceId },
    Direct { establishment: EstablishmentId, service: ServiceId },
    Suspension { establishment: EstablishmentId, provider: ProviderId },
    Vouching { establishment: EstablishmentId, person: PersonId },
    Enrolment(PersonId),
    AccountTag { establishment: EstablishmentId, equipment: EquipmentId },
    Rotation { establishment: EstablishmentId, equipment: EquipmentId },
    Disclosure { establishment: EstablishmentId, equipment: EquipmentId },
    Standing { establishment: EstablishmentId, service: ServiceId },
    Hold { establishment: EstablishmentId, id: String },
    Notice { establishment: EstablishmentId, provider: ProviderId, serial: u64 },
    Witness { establishment: EstablishmentId, what: WitnessedWhat },
    Filed { establishment: EstablishmentId, sha256: String },
    FilterCheck { establishment: EstablishmentId, service: ServiceId },
    AccountsReview { establishment: EstablishmentId, provider: ProviderId },
    Purged(EstablishmentId),
    Seen(EstablishmentId),
    Token(String),
    Signature { establishment: EstablishmentId, service: ServiceId, what: SignedWhat },
}

impl Put {
    /// What the fact is called; `None` for an intervention, which has a line of versions of its own, and for what is to go.
    pub fn name(&self) -> Option<FactName> {
        Some(match self {
            Self::Establishment(value) => FactName::Establishment(value.id.clone()),
            Self::Provider(value) => FactName::Provider(value.id.clone()),
            Self::Person(value) => FactName::Person(value.id.clone()),
            Self::Engagement(value) => FactName::Engagement {
                establishment: value.establishment.clone(),
                person: value.person.clone(),
                kind: value.kind,
                version: value.version,
            },
            Self::Contract(value) => {
                FactName::Contract { establishment: value.establishment.clone(), contract: value.id.clone() }
            }
            Self::Service(value) => {
                FactName::Service { establishment: value.establishment.clone(), service: value.id.clone() }
            }
            Self::Equipment(value) => FactName::Equipment {
                establishment: value.establishment.clone(),
                equipment: value.id.clone(),
            },
            Self::Treatment { establishment, value } => FactName::Treatment {
                establishment: establishment.clone(),
                service: value.service.clone(),
                rule: value.rule,
                part: value.part(),
            },
            Self::Transition { establishment, value } => {
                FactName::Transition { establishment: establishment.clone(), service: value.service.clone() }
            }
            Self::Direct { establishment, value } => {
                FactName::Direct { establishment: establishment.clone(), service: value.service.clone() }
            }
            Self::Suspension { establishment, value } => FactName::Suspension {
                establishment: establishment.clone(),
                provider: value.provider.clone(),
            },
            Self::Vouching { establishment, person, .. } => {
                FactName::Vouching { establishment: establishment.clone(), person: person.clone() }
            }
            Self::Enrolment { person, .. } => FactName::Enrolment(person.clone()),
            Self::AccountTag { establishment, equipment, .. } => {
                FactName::AccountTag { establishment: establishment.clone(), equipment: equipment.clone() }
            }
            Self::Disclosure { establishment, equipment, .. } => {
                FactName::Disclosure { establishment: establishment.clone(), equipment: equipment.clone() }
            }
            Self::Rotation { establishment, equipment, .. } => {
                FactName::Rotation { establishment: establishment.clone(), equipment: equipment.clone() }
            }
            Self::Standing { establishment, service, .. } => {
                FactName::Standing { establishment: establishment.clone(), service: service.clone() }
            }
            Self::Signature { establishment, signed, .. } => signature(establishment, signed),
            Self::Hold { establishment, value } => {
                FactName::Hold { establishment: establishment.clone(), id: value.id.clone() }
            }
            Self::Filed { establishment, value } => filed(establishment, value),
            Self::Witness { establishment, value } => witness(establishment, value),
            Self::FilterCheck { establishment, value } => filter_check(establishment, value),
            Self::AccountsReview { establishment, value } => accounts_review(establishment, value),
            Self::Notice { establishment, value } => notice(establishment, value),
            Self::Purged { establishment, .. } => FactName::Purged(establishment.clone()),
            Self::Seen { establishment, .. } => FactName::Seen(establishment.clone()),
            Self::Token(value) => FactName::Token(value.id.clone()),
            Self::End(name) => name.clone(),
            Self::Intervention { .. } | Self::Doomed(_) => return None,
        })
    }

    /// Whether no act stands on it: what was reckoned from facts, what is kept or went, what a program shows.
    pub(super) fn is_beside(&self) -> bool {
        match self {
            Self::Standing { .. }
            | Self::Seen { .. }
            | Self::Hold { .. }
            | Self::Purged { .. }
            | Self::Filed { .. }
            | Self::Token(_)
            | Self::Doomed(_) => true,
            Self::End(name) => {
                matches!(name, FactName::Hold { .. } | FactName::Filed { .. } | FactName::Token(_))
            }
            _ => false,
        }
    }
}

fn signature(establishment: &EstablishmentId, signed: &Signed) -> FactName {
    let (service, what) = (signed.service().clone(), signed.what());
    FactName::Signature { establishment: establishment.clone(), service, what }
}

fn filed(establishment: &EstablishmentId, value: &Filed) -> FactName {
    FactName::Filed { establishment: establishment.clone(), sha256: value.sha256.clone() }
}

fn witness(establishment: &EstablishmentId, value: &Witness) -> FactName {
    FactName::Witness { establishment: establishment.clone(), what: value.of.what() }
}

fn filter_check(establishment: &EstablishmentId, value: &FilterCheck) -> FactName {
    FactName::FilterCheck { establishment: establishment.clone(), service: value.service.clone() }
}

fn accounts_review(establishment: &EstablishmentId, value: &AccountsReview) -> FactName {
    FactName::AccountsReview { establishment: establishment.clone(), provider: value.provider.clone() }
}

fn notice(establishment: &EstablishmentId, value: &Notice) -> FactName {
    let Notice { provider, serial, .. } = value;
    FactName::Notice { establishment: establishment.clone(), provider: provider.clone(), serial: *serial }
}
