//! Treatment of risk (section 4 of the guide), emergency derogation and transition.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vocab::{EquipmentId, InterventionId, PersonId, RuleId, ServiceId, Text, Timestamp};

use crate::{DirectPath, DocumentRef, Span};

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

/// Who signed, in his own act at the door. The site's file only proposes what is to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
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

/// Which of a service's proposals is signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignedWhat {
    /// The treatment of the risk of a rule, for one equipment or for all.
    Treatment(RuleId, Option<EquipmentId>),
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
            Self::Treatment(one) => SignedWhat::Treatment(one.rule, one.equipment.clone()),
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
    /// As it is typed and filed: `T9`, `T9/scanner`, `transition`, `direct`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Treatment(rule, None) => rule.fmt(f),
            Self::Treatment(rule, Some(equipment)) => write!(f, "{rule}/{equipment}"),
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
    /// For which equipment of it; `None`: all.
    #[serde(default)]
    pub equipment: Option<EquipmentId>,
    /// The threat of §2.2.
    pub threat: String,
    /// Likelihood.
    pub likelihood: Level4,
    /// Impact.
    pub impact: Level4,
    /// One or several options.
    pub options: BTreeSet<RiskOption>,
    /// What is done instead.
    pub measures: String,
    /// What is left.
    pub residual: Level4,
    /// The contract that takes the risk over, when transferred.
    #[serde(default)]
    pub transfer: Option<DocumentRef>,
    /// The responsable, or his delegate in writing.
    pub owner: PersonId,
    /// From when and until when it holds.
    pub span: Span,
    /// When it is looked at again, before its end.
    pub review: Timestamp,
    /// The owner's signature under these very words; `None`: it is proposed, and treats nothing.
    #[serde(default)]
    pub signed: Option<Signature>,
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
