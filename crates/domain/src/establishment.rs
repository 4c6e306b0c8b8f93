//! The legal person responsible for the SIS.

use serde::{Deserialize, Serialize};
use vocab::{EstablishmentId, PersonId, Timestamp};

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
    /// The deed.
    pub deed: DocumentRef,
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
    /// Whether this person may treat risks now: the responsable, or a delegate whose deed says so.
    pub fn may_treat(&self, person: &PersonId, now: Timestamp) -> bool {
        self.responsable == *person || self.delegated(person, now, |deed| deed.may_treat)
    }

    /// Whether this person may leave a risk of this size now: the responsable, or a delegate whose deed reaches it.
    pub fn may_leave(&self, person: &PersonId, risk: Risk, now: Timestamp) -> bool {
        self.responsable == *person
            || self.delegated(person, now, |deed| deed.may_treat && risk <= deed.risk_up_to)
    }

    /// Whether this person may sign an emergency derogation now.
    pub fn may_derogate(&self, person: &PersonId, now: Timestamp) -> bool {
        self.responsable == *person || self.delegated(person, now, |deed| deed.may_derogate)
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

    fn delegated(&self, person: &PersonId, now: Timestamp, says: impl Fn(&Delegation) -> bool) -> bool {
        self.delegations.iter().any(|deed| deed.to == *person && deed.span.holds(now) && says(deed))
    }
}
