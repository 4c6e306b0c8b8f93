//! Treatment of risk (section 4 of the guide), emergency derogation and transition.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use vocab::{
    Address, ContractId, EquipmentId, InterventionId, Path, PersonId, ProviderId, Rights, RuleId, ServiceId,
    Text, Timestamp,
};

use crate::{DirectPath, DocumentRef, Service, ServiceFacts, Span};

/// The four options of section 4; several may be taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RiskOption {
    /// Reduce, by measures.
    Reduce,
    /// Accept as it is.
    Accept,
    /// Avoid, by rearranging the service.
    Avoid,
    /// Transfer to a third party by contract.
    Transfer,
}

impl RiskOption {
    /// The word in the site's file, in entries and in English.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reduce => "reduce",
            Self::Accept => "accept",
            Self::Avoid => "avoid",
            Self::Transfer => "transfer",
        }
    }

    /// In words.
    pub fn text(self) -> Text {
        let fr = match self {
            Self::Reduce => "réduire",
            Self::Accept => "accepter",
            Self::Avoid => "éviter",
            Self::Transfer => "transférer",
        };
        Text::new(fr, self.as_str())
    }
}

/// A value of the 4 × 4 matrix of the PGSSI-S, 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Level4(u8);

impl TryFrom<u8> for Level4 {
    type Error = String;
    fn try_from(given: u8) -> Result<Self, String> {
        if (1..=4).contains(&given) { Ok(Self(given)) } else { Err(format!("`{given}` is not 1 to 4")) }
    }
}

impl From<Level4> for u8 {
    fn from(value: Level4) -> u8 {
        value.0
    }
}

/// How great a risk is: likelihood and impact, by the matrix of the PGSSI-S.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// *Limité*.
    Limited,
    /// *Modéré*.
    Moderate,
    /// *Fort*.
    High,
}

/// A row for each likelihood, a column for each impact (the matrix of the PGSSI-S).
pub static RISK_MATRIX: [[Risk; 4]; 4] = {
    use Risk::{High, Limited, Moderate};
    [
        [Limited, Limited, Limited, Moderate],
        [Limited, Moderate, Moderate, High],
        [Limited, Moderate, Moderate, High],
        [Limited, Moderate, High, High],
    ]
};

impl Risk {
    /// All three, the smallest first.
    pub const ALL: [Self; 3] = [Self::Limited, Self::Moderate, Self::High];

    /// The word in the site's file, in entries and in English.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::Moderate => "moderate",
            Self::High => "high",
        }
    }

    /// In words.
    pub fn text(self) -> Text {
        let fr = match self {
            Self::Limited => "limité",
            Self::Moderate => "modéré",
            Self::High => "fort",
        };
        Text::new(fr, self.as_str())
    }
}

/// How likely, and how grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Likelihood.
    pub likelihood: Level4,
    /// Impact.
    pub impact: Level4,
}

impl Estimate {
    /// The risk, by the matrix.
    pub fn risk(self) -> Risk {
        let place = |level: Level4| usize::from(u8::from(level).saturating_sub(1));
        let row = RISK_MATRIX.get(place(self.likelihood));
        // A level is 1 to 4: there is a place for it; what had none would be the greatest.
        row.and_then(|row| row.get(place(self.impact))).copied().unwrap_or(Risk::High)
    }

    /// Whether nothing of it is greater than in the other.
    pub fn within(self, other: Self) -> bool {
        self.likelihood <= other.likelihood && self.impact <= other.impact
    }
}

/// A threat of the guide's §2.2: what `guide::THREATS` tells of. The guide numbers none; the names are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThreatId {
    /// The provider's people.
    People,
    /// The provider's organisation.
    Organisation,
    /// The provider's technique.
    Technique,
    /// The provider's premises.
    Premises,
    /// Access to information.
    Information,
    /// Access to functions.
    Functions,
    /// The means placed in the SIS.
    Means,
    /// The information that the provider entrusts.
    EntrustedInformation,
    /// The means that the provider entrusts.
    EntrustedMeans,
}

impl ThreatId {
    /// All of them, in the order of the guide.
    pub const ALL: [Self; 9] = [
        Self::People,
        Self::Organisation,
        Self::Technique,
        Self::Premises,
        Self::Information,
        Self::Functions,
        Self::Means,
        Self::EntrustedInformation,
        Self::EntrustedMeans,
    ];

    /// The word in the site's file, in entries and in catalogues.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Organisation => "organisation",
            Self::Technique => "technique",
            Self::Premises => "premises",
            Self::Information => "information",
            Self::Functions => "functions",
            Self::Means => "means",
            Self::EntrustedInformation => "entrusted-information",
            Self::EntrustedMeans => "entrusted-means",
        }
    }
}

/// Something that is done against a risk (option *reduce*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// What.
    pub what: String,
    /// Who sees to it.
    pub by: PersonId,
    /// Until when it is to be done.
    pub until: Timestamp,
    /// When it was done, on the word of whoever keeps the file: no part of what is signed.
    #[serde(default)]
    pub done: Option<Timestamp>,
}

/// What of the service was changed so that the risk is not met (option *avoid*). At least one of the three, and each has
/// to stand in the service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Avoided {
    /// Rights that the service has no more.
    #[serde(default)]
    pub rights: Rights,
    /// Equipment that is the service's no more.
    #[serde(default)]
    pub equipment: BTreeSet<EquipmentId>,
    /// When the service ends at the latest; in the past: it is stopped.
    #[serde(default)]
    pub ends: Option<Timestamp>,
}

impl Avoided {
    /// Whether it says anything, and all that it says is so.
    pub fn stands_in(&self, service: &Service) -> bool {
        let says = self.rights.iter().next().is_some() || !self.equipment.is_empty() || self.ends.is_some();
        says && !self.rights.iter().any(|right| service.rights.has(right))
            && !service.equipment.iter().any(|one| self.equipment.contains(one))
            && self.ends.is_none_or(|ends| service.until.is_some_and(|until| until <= ends))
    }
}

/// What a signature under a treatment or a transition reaches: the contract and its provider, the path, the rights, and the
/// equipment as it was when it was signed. What comes later has to be signed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// On what, and where and as whom it is reached.
    pub equipment: BTreeMap<EquipmentId, Reached>,
    /// What a session may carry.
    pub rights: Rights,
    /// Under whose contract.
    pub contract: ContractId,
    /// Whose contract it is: another provider is another risk, under whatever name of the contract.
    pub provider: ProviderId,
    /// On which way.
    pub path: Path,
}

/// How an equipment is reached: another machine, or another account on it, is another risk under whatever name. Empty for
/// what is named and not described.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Where it is.
    #[serde(default)]
    pub address: Option<Address>,
    /// The login of its reserved account.
    #[serde(default)]
    pub account: Option<String>,
}

impl Reached {
    fn of(facts: &ServiceFacts, equipment: &EquipmentId) -> Self {
        let found = facts.equipment.iter().find(|one| one.id == *equipment);
        let account = found.and_then(|one| one.account.as_ref()).map(|account| account.login.clone());
        Self { address: found.map(|one| one.address), account }
    }
}

impl Cover {
    /// What a signature reaches today, of this equipment of the service.
    pub fn of(facts: &ServiceFacts, ours: impl Fn(&EquipmentId) -> bool) -> Self {
        let service = &facts.service;
        let equipment = service.equipment.iter().filter(|one| ours(one));
        Self {
            equipment: equipment.map(|one| (one.clone(), Reached::of(facts, one))).collect(),
            rights: service.rights,
            contract: service.contract.clone(),
            provider: facts.provider.id.clone(),
            path: service.path,
        }
    }

    /// Whether it reaches this equipment as it is today, with all rights that the service has, under this contract of this
    /// provider and on this way.
    pub fn reaches(&self, equipment: &EquipmentId, facts: &ServiceFacts) -> bool {
        let service = &facts.service;
        self.equipment.get(equipment) == Some(&Reached::of(facts, equipment))
            && (&self.contract, self.path) == (&service.contract, service.path)
            && (&self.provider, &self.provider) == (&facts.provider.id, &facts.contract.provider)
            && service.rights.iter().all(|right| self.rights.has(right))
    }
}

/// Who signed, in his own act at the door. The site's file only proposes what is to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// What it reaches, under a treatment of risk or a transition; `None` there: nothing.
    #[serde(default, deserialize_with = "whole_cover")]
    pub cover: Option<Cover>,
}

impl Signature {
    fn reaches(&self, equipment: &EquipmentId, facts: &ServiceFacts) -> bool {
        self.cover.as_ref().is_some_and(|cover| cover.reaches(equipment, facts))
    }
}

/// A signature of an earlier version says less of what it covers than is asked for: it reaches nothing, and waits for a new one.
fn whole_cover<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cover>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Found {
        Whole(Cover),
        Less(IgnoredAny),
    }
    Ok(match Option::deserialize(from)? {
        Some(Found::Whole(cover)) => Some(cover),
        Some(Found::Less(IgnoredAny)) | None => None,
    })
}

/// What was signed, word for word: another text is not signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signed {
    /// The treatment of a risk.
    Treatment(RiskTreatment),
    /// A transition.
    Transition(Transition),
    /// A way past the gate.
    Direct(DirectPath),
}

/// For which part of a service the risk of a rule is treated: one treatment each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TreatmentPart {
    /// All its equipment.
    All,
    /// One equipment.
    Equipment(EquipmentId),
    /// What a batch of this name takes of it.
    Batch(String),
}

impl std::fmt::Display for TreatmentPart {
    /// As it follows the rule: nothing, `/scanner`, `:takeover`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Equipment(equipment) => write!(f, "/{equipment}"),
            Self::Batch(name) => write!(f, ":{name}"),
        }
    }
}

/// Which of a service's proposals is signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignedWhat {
    /// The treatment of the risk of a rule, for a part of the service.
    Treatment(RuleId, TreatmentPart),
    /// Its transition.
    Transition,
    /// Its way past the gate.
    Direct,
}

impl Signed {
    /// Of which service.
    pub fn service(&self) -> &ServiceId {
        match self {
            Self::Treatment(one) => &one.service,
            Self::Transition(one) => &one.service,
            Self::Direct(one) => &one.service,
        }
    }

    /// Which of its proposals.
    pub fn what(&self) -> SignedWhat {
        match self {
            Self::Treatment(one) => SignedWhat::Treatment(one.rule, one.part()),
            Self::Transition(_) => SignedWhat::Transition,
            Self::Direct(_) => SignedWhat::Direct,
        }
    }

    /// Whose signature it takes.
    pub fn owner(&self) -> &PersonId {
        match self {
            Self::Treatment(one) => &one.owner,
            Self::Transition(one) => &one.signed_by,
            Self::Direct(one) => &one.owner,
        }
    }
}

impl std::fmt::Display for SignedWhat {
    /// As it is typed and filed: `T9`, `T9/scanner`, `T9:takeover`, `transition`, `direct`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Treatment(rule, part) => write!(f, "{rule}{part}"),
            Self::Transition => f.write_str("transition"),
            Self::Direct => f.write_str("direct"),
        }
    }
}

/// The treatment of the risk of one rule that is not applied. A treated rule stays *not applied*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskTreatment {
    /// Which rule.
    pub rule: RuleId,
    /// For which service.
    pub service: ServiceId,
    /// For which equipment of it; empty: all.
    #[serde(default)]
    pub equipment: BTreeSet<EquipmentId>,
    /// The batch that it is one of: several services or equipments treated, and signed, at once.
    #[serde(default)]
    pub batch: Option<String>,
    /// The threats of §2.2; at least one.
    #[serde(default)]
    pub threats: BTreeSet<ThreatId>,
    /// What else is to be said of them.
    #[serde(default)]
    pub remark: String,
    /// Likelihood and impact as things are.
    #[serde(flatten)]
    pub before: Estimate,
    /// One or several options.
    pub options: BTreeSet<RiskOption>,
    /// What is done instead; at least one to *reduce*.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// What is left: likelihood and impact with all that.
    pub residual: Estimate,
    /// What of the service was changed, to *avoid*.
    #[serde(default)]
    pub avoided: Option<Avoided>,
    /// The contract that takes the risk over, to *transfer*.
    #[serde(default)]
    pub transfer: Option<ContractId>,
    /// The term of that contract, as the store finds it; `None`: there is none, or it does not cover the service.
    #[serde(default)]
    pub transferred: Option<Span>,
    /// The responsable, or his delegate in writing.
    pub owner: PersonId,
    /// From when and until when it holds.
    pub span: Span,
    /// Until when it is looked at again, before its end: from then on it treats nothing.
    pub review: Timestamp,
    /// The owner's signature under these very words; `None`: it is proposed, and treats nothing.
    #[serde(default)]
    pub signed: Option<Signature>,
}

impl RiskTreatment {
    /// Which part of its service it treats.
    pub fn part(&self) -> TreatmentPart {
        match (&self.batch, self.equipment.first()) {
            (Some(batch), _) => TreatmentPart::Batch(batch.clone()),
            (None, Some(equipment)) => TreatmentPart::Equipment(equipment.clone()),
            (None, None) => TreatmentPart::All,
        }
    }

    /// What the fact is called.
    pub fn fact_name(&self) -> String {
        format!("{}/{}{}", self.service, self.rule, self.part())
    }

    /// What is signed: everything that somebody decided. Not that a measure was done since; nor, of a batch, which
    /// equipment it has today, because the signature says itself what it reaches.
    #[must_use]
    pub fn words(&self) -> Self {
        let mut words = Self { signed: None, transferred: None, ..self.clone() };
        words.measures.iter_mut().for_each(|measure| measure.done = None);
        if words.batch.is_some() {
            words.equipment.clear();
        }
        words
    }

    /// What a signature under it reaches today.
    pub fn reach(&self, facts: &ServiceFacts) -> Cover {
        Cover::of(facts, |one| self.equipment.is_empty() || self.equipment.contains(one))
    }

    /// Whether it is about this equipment, and its signature reaches it as it is today.
    pub fn covers(&self, equipment: &EquipmentId, facts: &ServiceFacts) -> bool {
        (self.equipment.is_empty() || self.equipment.contains(equipment))
            && self.signed.as_ref().is_some_and(|signed| signed.reaches(equipment, facts))
    }

    /// Whether its signature reaches all that it is about today.
    pub fn covers_all(&self, facts: &ServiceFacts) -> bool {
        self.signed.is_some() && self.reach(facts).equipment.keys().all(|one| self.covers(one, facts))
    }

    /// When it ends: with its term, when its review is due, or with the contract that took the risk over.
    pub fn ends(&self) -> Timestamp {
        let transferred = self.transferred.filter(|_| self.transfer.is_some());
        [Some(self.span.until), Some(self.review), transferred.map(|term| term.until)]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.span.until)
    }

    /// Whether each option is answered by what it asks for: measures, a change that stands in the service, a contract in
    /// force that covers it.
    pub fn is_answered(&self, service: &Service, now: Timestamp) -> bool {
        !self.options.is_empty()
            && self.options.iter().all(|option| match option {
                RiskOption::Accept => true,
                RiskOption::Reduce => self.measures.iter().any(|measure| !measure.what.trim().is_empty()),
                RiskOption::Avoid => self.avoided.as_ref().is_some_and(|what| what.stands_in(service)),
                RiskOption::Transfer => {
                    self.transfer.is_some() && self.transferred.is_some_and(|term| term.holds(now))
                }
            })
    }
}

/// An emergency derogation: named rules, one person, one equipment, at most 4 hours, reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derogation {
    /// For which intervention.
    pub intervention: InterventionId,
    /// The rules it opens, by code (`C2`, `house:checklist`), and no other.
    pub rules: BTreeSet<String>,
    /// For whom.
    pub person: PersonId,
    /// On what.
    pub equipment: EquipmentId,
    /// Why.
    pub reason: String,
    /// The responsable, or a delegate on call.
    pub signed_by: PersonId,
    /// Who heard the agreement over the telephone and relayed it; `None`: it was given in person.
    #[serde(default)]
    pub relayed_by: Option<PersonId>,
    /// From the signature, at most 4 hours.
    pub span: Span,
    /// When it was reviewed, and by whom.
    #[serde(default)]
    pub reviewed: Option<(Timestamp, PersonId)>,
}

/// A service taken over from yesterday's door: it opens, and every would-be refusal is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Which service.
    pub service: ServiceId,
    /// The responsable, or his delegate.
    pub signed_by: PersonId,
    /// Until when at the latest.
    pub span: Span,
    /// The plan towards the guide.
    pub plan: DocumentRef,
    /// The signature under these very words; `None`: it is proposed, and opens nothing.
    #[serde(default)]
    pub signed: Option<Signature>,
}

impl Transition {
    /// What a signature under it reaches today: all of its service.
    pub fn reach(&self, facts: &ServiceFacts) -> Cover {
        Cover::of(facts, |_| true)
    }

    /// Whether its signature reaches this equipment as it is today.
    pub fn covers(&self, equipment: &EquipmentId, facts: &ServiceFacts) -> bool {
        self.signed.as_ref().is_some_and(|signed| signed.reaches(equipment, facts))
    }

    /// Whether its signature reaches all of its service as it is today.
    pub fn covers_all(&self, facts: &ServiceFacts) -> bool {
        self.signed.is_some() && facts.service.equipment.iter().all(|one| self.covers(one, facts))
    }
}
