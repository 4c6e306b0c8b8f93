//! What a rule answers when somebody asks for a session.

use vocab::{Source, Text, Timestamp};

/// A rule's answer: what it finds missing, and until when the rest holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Until when the rule lets a session live, by what it can tell now. A session never ends later.
    pub until: Timestamp,
    /// What is missing. Empty: the rule lets the session open.
    pub unmet: Vec<Unmet>,
}

impl Admission {
    /// Nothing is missing, and nothing ends by itself.
    pub const OPEN: Self = Self { until: Timestamp::MAX, unmet: Vec::new() };

    /// Nothing is missing until then.
    pub fn until(until: Timestamp) -> Self {
        Self { until, unmet: Vec::new() }
    }

    /// This is missing.
    pub fn refused(unmet: Vec<Unmet>) -> Self {
        Self { until: Timestamp::MAX, unmet }
    }

    /// Both answers at once.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.until = self.until.min(other.until);
        self.unmet.extend(other.unmet);
        self
    }
}

/// One condition that is not met, with everything a person needs to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The rule it comes from.
    pub source: Source,
    /// What is missing.
    pub sentence: Text,
    /// What would mend it.
    pub remedy: Text,
    /// Who can do that.
    pub mender: Mender,
    /// What may open all the same.
    pub lift: Lift,
}

/// Who can mend a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mender {
    /// The technician himself.
    Technician,
    /// The provider's management.
    Provider,
    /// A beneficiary of the service.
    Beneficiary,
    /// A person entitled to ask for interventions.
    Requester,
    /// The responsable du SIS, or his delegate.
    Responsable,
    /// The establishment's IT team.
    It,
    /// The establishment's security officer.
    Security,
    /// Whoever operates the gate.
    Operator,
}

impl Mender {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Technician,
        Self::Provider,
        Self::Beneficiary,
        Self::Requester,
        Self::Responsable,
        Self::It,
        Self::Security,
        Self::Operator,
    ];

    /// In words.
    pub fn text(self) -> Text {
        let (fr, en) = match self {
            Self::Technician => ("vous-même", "you"),
            Self::Provider => ("la direction du fournisseur", "the provider's management"),
            Self::Beneficiary => ("un bénéficiaire de la prestation", "a beneficiary of the service"),
            Self::Requester => ("un demandeur habilité", "an entitled requester"),
            Self::Responsable => {
                ("le responsable du SIS ou son délégué", "the responsable of the SIS or a delegate")
            }
            Self::It => ("l'équipe informatique de l'établissement", "the establishment's IT team"),
            Self::Security => ("le RSSI de l'établissement", "the establishment's security officer"),
            Self::Operator => ("l'exploitant de la poterne", "whoever operates the gate"),
        };
        Text::new(fr, en)
    }
}

/// What may open a session although a condition is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lift {
    /// A risk treatment in force, a transition, or an emergency derogation that names the rule.
    Treatment,
    /// Only an emergency derogation that names the rule.
    Derogation,
    /// For the agreed periods: a treatment, a transition, or the exception procedure of O3; a derogation
    /// never (two emergency routes, never one).
    Exception,
    /// For the plan of the intervention: the exception procedure of O3 alone, which lets somebody of the establishment agree
    /// to the hour. No treatment and no transition stands in for an approval.
    ExceptionAlone,
    /// Nothing.
    Never,
}
