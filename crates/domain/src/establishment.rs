//! The legal person responsible for the SIS.

use serde::{Deserialize, Serialize};
use vocab::{EstablishmentId, PersonId, ServiceId, Timestamp};

use crate::{Audit, DocumentRef, Retention, Risk, Span, Zone};

/// A written delegation of the responsable (section 4 of the guide; derogations on call).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// To whom.
    pub to: PersonId,
    /// When it holds.
    pub span: Span,
    /// Whether risks may be treated under it.
    #[serde(default)]
    pub may_treat: bool,
    /// The greatest risk that may be left under it, when risks may be treated.
    #[serde(default = "moderate")]
    pub risk_up_to: Risk,
    /// Whether emergency derogations may be signed under it.
    #[serde(default)]
    pub may_derogate: bool,
    /// What else may be done under it. Nothing that is not named is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may: Vec<Power>,
    /// In which services; none named: in the whole establishment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceId>,
    /// The deed.
    pub deed: DocumentRef,
}

impl Delegation {
    /// Whether it gives this power, for this service; `None`: for what concerns the whole establishment, which a deed that
    /// names services never does.
    pub fn gives(&self, power: Power, service: Option<&ServiceId>) -> bool {
        let named = match power {
            Power::Treat => self.may_treat,
            Power::Derogate => self.may_derogate,
            other => self.may.contains(&other),
        };
        named && self.reaches(service.filter(|_| !power.is_of_the_whole()))
    }

    /// Whether it is about this service; `None`: about the whole establishment.
    pub fn reaches(&self, service: Option<&ServiceId>) -> bool {
        self.services.is_empty() || service.is_some_and(|service| self.services.contains(service))
    }
}

/// What the responsable may delegate, one by one: a deed gives what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Power {
    /// Sign treatments of risk, transitions and direct paths (section 4 of the guide).
    Treat,
    /// Sign emergency derogations, and grant the secret of an equipment in one.
    Derogate,
    /// Review exceptions and derogations afterwards, and take up again what the security officer set aside.
    Review,
    /// Agree, or not, that an objective is unreachable (E9).
    Close,
    /// Stop a provider, and let it work again (E4).
    Provider,
    /// Vouch for the establishment's people and keys.
    Vouch,
    /// Place and release legal holds.
    Keep,
    /// Read traces.
    Traces,
    /// Revoke tokens of others.
    Tokens,
    /// Say that a document is the one that was signed, and read what a provider told.
    Documents,
}

impl Power {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Treat,
        Self::Derogate,
        Self::Review,
        Self::Close,
        Self::Provider,
        Self::Vouch,
        Self::Keep,
        Self::Traces,
        Self::Tokens,
        Self::Documents,
    ];

    /// Its word in the site's file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Treat => "treat",
            Self::Derogate => "derogate",
            Self::Review => "review",
            Self::Close => "close",
            Self::Provider => "provider",
            Self::Vouch => "vouch",
            Self::Keep => "keep",
            Self::Traces => "traces",
            Self::Tokens => "tokens",
            Self::Documents => "documents",
        }
    }

    /// Whether it concerns the whole establishment, so that a deed for some services cannot give it.
    pub const fn is_of_the_whole(self) -> bool {
        match self {
            Self::Treat | Self::Derogate | Self::Review | Self::Close => false,
            Self::Provider | Self::Vouch | Self::Keep | Self::Traces | Self::Tokens | Self::Documents => true,
        }
    }
}

/// What a deed covers that names no bound: what is more belongs to the responsable himself.
const fn moderate() -> Risk {
    Risk::Moderate
}

/// What somebody is in the establishment, beside responsable and delegate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Officer {
    /// RSSI: watches, cuts, suspends.
    Security,
    /// DSI and its team: equipment, accounts, operation.
    It,
    /// On call: approves exceptions.
    Oncall,
    /// Biomedical engineering: the medical devices.
    Biomedical,
    /// Purchasing: the contracts, and what providers answer.
    Purchasing,
    /// DPO: what is kept about whom.
    Dpo,
    /// Auditor: reads all, changes nothing; by a dated turn only.
    Auditor,
}

impl Officer {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Security,
        Self::It,
        Self::Oncall,
        Self::Biomedical,
        Self::Purchasing,
        Self::Dpo,
        Self::Auditor,
    ];

    /// The word in the site's file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::It => "it",
            Self::Oncall => "oncall",
            Self::Biomedical => "biomedical",
            Self::Purchasing => "purchasing",
            Self::Dpo => "dpo",
            Self::Auditor => "auditor",
        }
    }
}

/// An office for a time: a turn of the rota, or an auditor's mandate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Which office.
    pub office: Officer,
    /// Who holds it.
    pub person: PersonId,
    /// When.
    pub span: Span,
}

/// An establishment, *structure juridique*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Establishment {
    /// Its name in the deployment.
    pub id: EstablishmentId,
    /// In words.
    pub title: String,
    /// Its time zone: windows are local time.
    pub zone: Zone,
    /// The responsable du SIS.
    pub responsable: PersonId,
    /// Written delegations.
    #[serde(default)]
    pub delegations: Vec<Delegation>,
    /// Who holds which office until the file says otherwise.
    #[serde(default)]
    pub officers: Vec<(Officer, PersonId)>,
    /// Who holds which office for a time.
    #[serde(default)]
    pub turns: Vec<Turn>,
    /// How long recordings are kept, in days: [`Establishment::recording_term`] is what counts, and is said in the banner.
    pub recording_days: u32,
    /// How long traces are kept.
    #[serde(default)]
    pub retention: Retention,
    /// Audits of the access point (T4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audits: Vec<Audit>,
}

impl Establishment {
    /// Whether this person may treat risks of this service now: the responsable, or a delegate whose deed says so.
    pub fn may_treat(&self, person: &PersonId, service: &ServiceId, now: Timestamp) -> bool {
        self.may(person, Power::Treat, Some(service), now)
    }

    /// Whether this person may leave a risk of this size in this service now: the responsable, or a delegate whose deed
    /// reaches it.
    pub fn may_leave(&self, person: &PersonId, service: &ServiceId, risk: Risk, now: Timestamp) -> bool {
        self.responsable == *person
            || self
                .deeds(person, now)
                .any(|deed| deed.gives(Power::Treat, Some(service)) && risk <= deed.risk_up_to)
    }

    /// Whether this person may sign an emergency derogation in this service now.
    pub fn may_derogate(&self, person: &PersonId, service: &ServiceId, now: Timestamp) -> bool {
        self.may(person, Power::Derogate, Some(service), now)
    }

    /// Whether this person is the responsable, or a delegate whose deed gives this power now; for this service, or (`None`)
    /// for what concerns the whole establishment.
    pub fn may(&self, person: &PersonId, power: Power, service: Option<&ServiceId>, now: Timestamp) -> bool {
        self.responsable == *person || self.deeds(person, now).any(|deed| deed.gives(power, service))
    }

    /// The deeds of this person that are in force now.
    pub fn deeds<'a>(&'a self, person: &'a PersonId, now: Timestamp) -> impl Iterator<Item = &'a Delegation> {
        self.delegations.iter().filter(move |deed| deed.to == *person && deed.span.holds(now))
    }

    /// Whether this person holds the office now: for as long as the file says so, or in a turn. An auditor's mandate
    /// always has an end (C8).
    pub fn holds(&self, person: &PersonId, office: Officer, now: Timestamp) -> bool {
        let standing = office != Officer::Auditor
            && self.officers.iter().any(|(held, by)| *held == office && by == person);
        standing
            || self
                .turns
                .iter()
                .any(|turn| turn.office == office && turn.person == *person && turn.span.holds(now))
    }

    /// Everybody who holds an office, now or at another time.
    pub fn office_holders(&self) -> impl Iterator<Item = &PersonId> {
        self.officers.iter().map(|(_, person)| person).chain(self.turns.iter().map(|turn| &turn.person))
    }
}
