//! Which rules a service is held to, and why it is not held to the others.

use vocab::{Kind, Level, Path, RuleId, StatusCode, Timestamp};

use crate::{Condition, rule, rules};

/// What is not in the service itself and decides whether a rule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// Something is subcontracted now.
    pub subcontracting: bool,
    /// T11 is met: traces are centralised under the responsable's control.
    pub central_traces: bool,
}

impl Conditions {
    /// As they stand for one service.
    pub fn of(facts: &domain::ServiceFacts, now: Timestamp) -> Self {
        Self {
            subcontracting: facts.contract.subcontracts_now(now),
            central_traces: (rules::t11::RULE.assess)(facts, now).status.is_met(),
        }
    }
}

/// Why a rule is not asked. *Not applicable* is not *not applied*: no risk is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// It is not for this kind of intervention.
    Kind,
    /// It is asked only above the target level.
    Level,
    /// It is for the other path of T1.
    Branch,
    /// T11 is met, which leaves nothing to T12.
    CentralTraces,
    /// What it hangs on does not exist (the held facet of C5, while nothing is subcontracted).
    Condition,
}

impl Cause {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Kind, Self::Level, Self::Branch, Self::CentralTraces, Self::Condition];

    /// The code in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Level => "level",
            Self::Branch => "branch",
            Self::CentralTraces => "central-traces",
            Self::Condition => "condition",
        }
    }

    /// As a status.
    pub const fn code(self) -> StatusCode {
        match self {
            Self::Kind => StatusCode::NotForKind,
            Self::Level => StatusCode::AboveLevel,
            Self::Branch => StatusCode::OtherPath,
            Self::CentralTraces => StatusCode::CentralTraces,
            Self::Condition => StatusCode::NoCondition,
        }
    }

    /// In words.
    pub fn text(self) -> vocab::Text {
        let (fr, en) = match self {
            Self::Kind => ("ne concerne pas ce type d'intervention", "not for this kind of intervention"),
            Self::Level => ("demandée seulement au palier 2", "asked at level 2 only"),
            Self::Branch => ("concerne l'autre chemin d'accès (T1)", "for the other path (T1)"),
            Self::CentralTraces => ("sans objet : T11 est tenue", "moot: T11 is met"),
            Self::Condition => ("sans objet : rien n'est sous-traité", "moot: nothing is subcontracted"),
        };
        vocab::Text::new(fr, en)
    }
}

impl Cause {
    /// What an auditor asks where a rule is said not to be asked: whether the reason is so.
    pub fn audit(self) -> vocab::Text {
        let (fr, en) = match self {
            Self::Kind => (
                "Rien de ce que demande cette règle n'est-il fait sous cette prestation, sous un autre nom ?",
                "Is nothing of what this rule asks about done under this service, by another name?",
            ),
            Self::Level => (
                "Qui a choisi de viser le palier 1, et pour quel motif ?",
                "Who chose to aim at level 1, and on what ground?",
            ),
            Self::Branch => (
                "N'existe-t-il vraiment aucun autre chemin d'accès à ces équipements (accès direct, boîtier, modem) ?",
                "Is there really no other path to this equipment (direct access, a box, a modem)?",
            ),
            Self::CentralTraces => (
                "Toutes les traces sont-elles bien réunies (T11), celles de l'équipement comprises ?",
                "Are all traces really brought together (T11), those of the equipment included?",
            ),
            Self::Condition => (
                "N'y a-t-il vraiment aucun sous-traitant, hébergeur et travailleur indépendant compris ?",
                "Is there really no subcontractor, hosts and the self-employed included?",
            ),
        };
        vocab::Text::new(fr, en)
    }
}

/// Whether a rule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applicability {
    /// It is.
    Applies,
    /// It is not, for this cause.
    NotApplicable(Cause),
}

impl Applicability {
    /// Whether it is asked.
    pub const fn applies(self) -> bool {
        matches!(self, Self::Applies)
    }

    /// Why not.
    pub const fn cause(self) -> Option<Cause> {
        match self {
            Self::Applies => None,
            Self::NotApplicable(cause) => Some(cause),
        }
    }
}

/// Whether a rule is asked of a service of this kind, target level and path. Where several causes hold,
/// the first of [`Cause::ALL`] is given. C5 always applies: while nothing is subcontracted, only its
/// facet *actually held* is not applicable.
pub fn applies(id: RuleId, kind: Kind, level: Level, path: Path, conditions: Conditions) -> Applicability {
    let rule = rule(id);
    let moot = rule.condition == Some(Condition::WithoutCentralTraces) && conditions.central_traces;
    let cause = if !rule.kinds.contains(&kind) {
        Cause::Kind
    } else if level < rule.level {
        Cause::Level
    } else if !rule.branch.holds(path) {
        Cause::Branch
    } else if moot {
        Cause::CentralTraces
    } else {
        return Applicability::Applies;
    };
    Applicability::NotApplicable(cause)
}
