//! How far a rule is met, as one code.

use serde::{Deserialize, Serialize};

use crate::UnknownCode;

/// How far a rule is met by a service (rules.md §2.5). The codes are for ever: they stand in ledgers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusCode {
    /// Not asked: it is not for this kind of intervention.
    NotForKind,
    /// Not asked: only above the target level.
    AboveLevel,
    /// Not asked: it is for the other path of T1.
    OtherPath,
    /// Not asked: T11 is met, which leaves nothing to T12.
    CentralTraces,
    /// Not asked: what it hangs on does not exist.
    NoCondition,
    /// Met: the gate refuses whoever would break it.
    MetEnforced,
    /// Met: the gate sees that it is.
    MetObserved,
    /// Met by somebody's word only.
    MetDeclared,
    /// One part is met, another is not.
    Partly,
    /// Not applied; its risk is treated.
    NotAppliedTreated,
    /// Not applied, and nobody took the risk.
    NotApplied,
    /// Nobody said anything.
    Unknown,
}

impl StatusCode {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NotForKind,
        Self::AboveLevel,
        Self::OtherPath,
        Self::CentralTraces,
        Self::NoCondition,
        Self::MetEnforced,
        Self::MetObserved,
        Self::MetDeclared,
        Self::Partly,
        Self::NotAppliedTreated,
        Self::NotApplied,
        Self::Unknown,
    ];

    /// The code in ledgers, files and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotForKind => "not-for-kind",
            Self::AboveLevel => "above-level",
            Self::OtherPath => "other-path",
            Self::CentralTraces => "central-traces",
            Self::NoCondition => "no-condition",
            Self::MetEnforced => "met-enforced",
            Self::MetObserved => "met-observed",
            Self::MetDeclared => "met-declared",
            Self::Partly => "partly",
            Self::NotAppliedTreated => "not-applied-treated",
            Self::NotApplied => "not-applied",
            Self::Unknown => "unknown",
        }
    }
}

impl std::str::FromStr for StatusCode {
    type Err = UnknownCode;
    fn from_str(given: &str) -> Result<Self, UnknownCode> {
        Self::ALL.into_iter().find(|code| code.as_str() == given).ok_or_else(|| UnknownCode(given.to_owned()))
    }
}
