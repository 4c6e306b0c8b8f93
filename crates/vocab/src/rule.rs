//! The names of the 38 rules of the guide, and of the house's own.

use serde::{Deserialize, Serialize};

/// A name that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a rule of the guide: C1 to C8, E1 to E9, A1, O1 to O8, T1 to T12")]
pub struct UnknownRule(String);

/// A rule of the guide, by its canonical name (guide section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the guide's; `guide` holds a file for each")]
pub enum RuleId {
    C1,
    C2,
    C3,
    C4,
    C5,
    C6,
    C7,
    C8,
    E1,
    E2,
    E3,
    E4,
    E5,
    E6,
    E7,
    E8,
    E9,
    A1,
    O1,
    O2,
    O3,
    O4,
    O5,
    O6,
    O7,
    O8,
    T1,
    T2,
    T3,
    T4,
    T5,
    T6,
    T7,
    T8,
    T9,
    T10,
    T11,
    T12,
}

impl RuleId {
    /// All 38, in the guide's order.
    pub const ALL: [Self; 38] = [
        Self::C1,
        Self::C2,
        Self::C3,
        Self::C4,
        Self::C5,
        Self::C6,
        Self::C7,
        Self::C8,
        Self::E1,
        Self::E2,
        Self::E3,
        Self::E4,
        Self::E5,
        Self::E6,
        Self::E7,
        Self::E8,
        Self::E9,
        Self::A1,
        Self::O1,
        Self::O2,
        Self::O3,
        Self::O4,
        Self::O5,
        Self::O6,
        Self::O7,
        Self::O8,
        Self::T1,
        Self::T2,
        Self::T3,
        Self::T4,
        Self::T5,
        Self::T6,
        Self::T7,
        Self::T8,
        Self::T9,
        Self::T10,
        Self::T11,
        Self::T12,
    ];

    /// The canonical name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::C3 => "C3",
            Self::C4 => "C4",
            Self::C5 => "C5",
            Self::C6 => "C6",
            Self::C7 => "C7",
            Self::C8 => "C8",
            Self::E1 => "E1",
            Self::E2 => "E2",
            Self::E3 => "E3",
            Self::E4 => "E4",
            Self::E5 => "E5",
            Self::E6 => "E6",
            Self::E7 => "E7",
            Self::E8 => "E8",
            Self::E9 => "E9",
            Self::A1 => "A1",
            Self::O1 => "O1",
            Self::O2 => "O2",
            Self::O3 => "O3",
            Self::O4 => "O4",
            Self::O5 => "O5",
            Self::O6 => "O6",
            Self::O7 => "O7",
            Self::O8 => "O8",
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::T3 => "T3",
            Self::T4 => "T4",
            Self::T5 => "T5",
            Self::T6 => "T6",
            Self::T7 => "T7",
            Self::T8 => "T8",
            Self::T9 => "T9",
            Self::T10 => "T10",
            Self::T11 => "T11",
            Self::T12 => "T12",
        }
    }
}

impl std::fmt::Display for RuleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for RuleId {
    type Err = UnknownRule;
    fn from_str(given: &str) -> Result<Self, UnknownRule> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == given).ok_or_else(|| UnknownRule(given.to_owned()))
    }
}

/// A rule of the house: what the guide asks only at level 2 and the house asks of everybody
/// (rules.md §2.5, house pack), and what no door can do without. A refusal by a house rule never
/// cites the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HouseRule {
    /// The person is who the login says, active, with both factors.
    Identity,
    /// Somebody else has vouched that key and second factor are this person's.
    Credentials,
    /// The person works for a provider or listed subcontractor of the service.
    Employer,
    /// The provider is not suspended (E4's cut, done here).
    Suspended,
    /// The service is active and covers the equipment.
    Service,
    /// The equipment is in the intervention's scope.
    Scope,
    /// An open intervention with an objective stands behind the session.
    Intervention,
    /// What is asked for is an explicit right of the service.
    Rights,
    /// At level 1: somebody who may ask has asked (O2's wish).
    Requester,
    /// At level 1: a start and an end are set (O3's wish).
    Window,
    /// At level 1: the beneficiary's checks are done (O4's wish).
    Checklist,
    /// At level 1: encrypted and mutually authenticated (T5's wish).
    Encryption,
    /// At level 1: silence closes the session (T10's wish).
    IdleClose,
    /// The equipment's secret is in the vault.
    Account,
    /// The equipment's host key is pinned and unchanged.
    HostKey,
    /// The service's purpose is inside the guide's field, or its exclusion is decided.
    Purpose,
    /// The second factor was right, new, and not locked.
    SecondFactor,
    /// The gate has room left to open and record one more session.
    Capacity,
    /// The mechanism fits the kind: nothing labelled assistance is a way around O3, O4, O5 and T9.
    Mechanism,
}

impl HouseRule {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Identity,
        Self::Credentials,
        Self::Employer,
        Self::Suspended,
        Self::Service,
        Self::Scope,
        Self::Intervention,
        Self::Rights,
        Self::Requester,
        Self::Window,
        Self::Checklist,
        Self::Encryption,
        Self::IdleClose,
        Self::Account,
        Self::HostKey,
        Self::Purpose,
        Self::SecondFactor,
        Self::Capacity,
        Self::Mechanism,
    ];

    /// The code, for ever: it stands in ledgers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Credentials => "credentials",
            Self::Employer => "employer",
            Self::Suspended => "suspended",
            Self::Service => "service",
            Self::Scope => "scope",
            Self::Intervention => "intervention",
            Self::Rights => "rights",
            Self::Requester => "requester",
            Self::Window => "window",
            Self::Checklist => "checklist",
            Self::Encryption => "encryption",
            Self::IdleClose => "idle-close",
            Self::Account => "account",
            Self::HostKey => "host-key",
            Self::Purpose => "purpose",
            Self::SecondFactor => "second-factor",
            Self::Capacity => "capacity",
            Self::Mechanism => "mechanism",
        }
    }
}

/// Where a condition comes from: the guide, or the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A rule of the guide.
    Guide(RuleId),
    /// A rule of the house.
    House(HouseRule),
}

impl Source {
    /// The code in ledgers and tables: `O3`, or `house:window`.
    pub fn code(self) -> String {
        match self {
            Self::Guide(rule) => rule.as_str().to_owned(),
            Self::House(rule) => format!("house:{}", rule.as_str()),
        }
    }
}

impl std::str::FromStr for Source {
    type Err = UnknownRule;
    fn from_str(given: &str) -> Result<Self, UnknownRule> {
        match given.strip_prefix("house:") {
            None => given.parse().map(Self::Guide),
            Some(code) => HouseRule::ALL
                .into_iter()
                .find(|rule| rule.as_str() == code)
                .map(Self::House)
                .ok_or_else(|| UnknownRule(given.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_printed() {
        for rule in RuleId::ALL {
            assert_eq!(Source::Guide(rule).code().parse(), Ok(Source::Guide(rule)));
        }
        for rule in HouseRule::ALL {
            assert_eq!(Source::House(rule).code().parse(), Ok(Source::House(rule)));
        }
        assert!("house:nothing".parse::<Source>().is_err());
        assert!("01".parse::<Source>().is_err());
    }
}
