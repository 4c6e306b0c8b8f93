//! What an assessment says of one rule and one service.

use std::collections::BTreeSet;

use domain::{DocumentRef, RiskOption};
use vocab::{EquipmentId, PersonId, RuleId, StatusCode, Text, Timestamp};

use crate::{Cause, Mender};

/// The finding on one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// How far it is met.
    pub status: Status,
    /// Clause present, and actually held: for rules that have the two.
    pub facets: Option<Facets>,
    /// The equipment at fault; empty: all of the service, or none in particular.
    pub concerns: Vec<EquipmentId>,
    /// What the finding leans on.
    pub evidence: Vec<Text>,
    /// What the gate enforces or observes here, it does on what somebody said: that, and whose word it is. Such a rule is
    /// counted apart (rules.md §2.5, column (c)).
    pub by_word: Option<Text>,
    /// What would mend it, and who can.
    pub remedy: Option<(Text, Mender)>,
}

/// How far a rule is met (rules.md §2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Not asked of this service.
    NotApplicable(Cause),
    /// Met: the gate refuses whoever would break it.
    MetEnforced,
    /// Met: the gate sees that it is.
    MetObserved,
    /// Met by somebody's word only.
    MetDeclared {
        /// The paper behind the word.
        document: Option<DocumentRef>,
        /// When it was given.
        date: Timestamp,
        /// Until when it may be leant on.
        expiry: Timestamp,
    },
    /// One part is met, this one is not.
    Partly {
        /// What is missing.
        missing: Text,
    },
    /// Not applied; its risk is treated (section 4). It does not count towards a level.
    NotAppliedTreated {
        /// The options taken, several at once if need be.
        options: BTreeSet<RiskOption>,
        /// Who took the risk.
        owner: PersonId,
        /// Until when.
        until: Timestamp,
    },
    /// Not applied, and nobody took the risk.
    NotApplied,
    /// Nobody said anything: counts as not applied, and not treated.
    Unknown,
}

impl Status {
    /// Whether it counts towards a level.
    pub const fn is_met(&self) -> bool {
        matches!(self, Self::MetEnforced | Self::MetObserved | Self::MetDeclared { .. })
    }

    /// Whether something is lacking that nobody treated.
    pub const fn is_lacking(&self) -> bool {
        matches!(self, Self::Partly { .. } | Self::NotApplied | Self::Unknown)
    }

    /// The code in ledgers, files and tables.
    pub const fn code(&self) -> StatusCode {
        match self {
            Self::NotApplicable(cause) => cause.code(),
            Self::MetEnforced => StatusCode::MetEnforced,
            Self::MetObserved => StatusCode::MetObserved,
            Self::MetDeclared { .. } => StatusCode::MetDeclared,
            Self::Partly { .. } => StatusCode::Partly,
            Self::NotAppliedTreated { .. } => StatusCode::NotAppliedTreated,
            Self::NotApplied => StatusCode::NotApplied,
            Self::Unknown => StatusCode::Unknown,
        }
    }

    /// In words.
    pub fn text(&self) -> Text {
        let (fr, en) = match self {
            Self::NotApplicable(_) => ("non applicable", "not applicable"),
            Self::MetEnforced => ("tenue, imposée par la poterne", "met, enforced by the gate"),
            Self::MetObserved => ("tenue, constatée par la poterne", "met, observed by the gate"),
            Self::MetDeclared { .. } => ("tenue, sur déclaration seule", "met, by declaration only"),
            Self::Partly { .. } => ("tenue en partie", "partly met"),
            Self::NotAppliedTreated { .. } => ("non appliquée, risque traité", "not applied, risk treated"),
            Self::NotApplied => ("non appliquée, risque non traité", "not applied, risk not treated"),
            Self::Unknown => ("inconnue : compte comme non appliquée", "unknown: counts as not applied"),
        };
        Text::new(fr, en)
    }
}

/// The two facets of a rule that the contract must state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facets {
    /// The clause stands in the contract.
    pub clause: Facet,
    /// What it says is actually held.
    pub held: Facet,
}

/// One facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facet {
    /// It is there.
    Present(Text),
    /// It is not.
    Missing(Text),
    /// Nobody said.
    Unknown(Text),
    /// It is not asked.
    NotApplicable(Cause),
}

impl Finding {
    pub(crate) fn new(rule: RuleId, status: Status) -> Self {
        Self {
            rule,
            status,
            facets: None,
            concerns: Vec::new(),
            evidence: Vec::new(),
            by_word: None,
            remedy: None,
        }
    }

    #[must_use]
    pub(crate) fn because(mut self, evidence: Text) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// The gate enforces or observes the act, and takes its content as somebody said it.
    #[must_use]
    pub(crate) fn on_the_word(mut self, said: Text) -> Self {
        self.by_word = matches!(self.status, Status::MetEnforced | Status::MetObserved).then_some(said);
        self
    }

    #[must_use]
    pub(crate) fn mended_by(mut self, mender: Mender, remedy: Text) -> Self {
        self.remedy = Some((remedy, mender));
        self
    }

    #[must_use]
    pub(crate) fn on(mut self, equipment: Vec<EquipmentId>) -> Self {
        self.concerns = equipment;
        self
    }
}
