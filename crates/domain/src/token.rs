//! Tokens: what a program shows in place of a person, for some of what he may do and for some time.

use serde::{Deserialize, Serialize};
use vocab::{EstablishmentId, PersonId, Timestamp};

use crate::{Credentials, Fingerprint, LoginProof};

/// What a token may be used for. It never gives more than its person has at the moment of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// The services, with their equipment and people of reference.
    #[serde(rename = "read:services")]
    ReadServices,
    /// How services stand towards the guide, and what expires.
    #[serde(rename = "read:conformity")]
    ReadConformity,
    /// Interventions and the sessions that are open.
    #[serde(rename = "read:interventions")]
    ReadInterventions,
    /// The traces, each time with a reason; refused attempts by rule.
    #[serde(rename = "read:traces")]
    ReadTraces,
    /// Asking for an intervention, and withdrawing it.
    #[serde(rename = "write:requests")]
    WriteRequests,
    /// The report of an intervention, and proposing to close it.
    #[serde(rename = "write:reports")]
    WriteReports,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ReadServices,
        Self::ReadConformity,
        Self::ReadInterventions,
        Self::ReadTraces,
        Self::WriteRequests,
        Self::WriteReports,
    ];

    /// Its word, at the door and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadServices => "read:services",
            Self::ReadConformity => "read:conformity",
            Self::ReadInterventions => "read:interventions",
            Self::ReadTraces => "read:traces",
            Self::WriteRequests => "write:requests",
            Self::WriteReports => "write:reports",
        }
    }

    /// The scope of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// A token that a person made. Only the hash of what is shown is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What it is looked for by: `t-` and 16 digits.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// Who made it, and in whose name it acts.
    pub person: PersonId,
    /// The one establishment in which it does.
    pub establishment: EstablishmentId,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// SHA-256 of its 32 random bytes, in hexadecimal.
    pub sha256: String,
    /// The key of the login that made it.
    pub key: Fingerprint,
    /// The number of the second factor of that login.
    pub enrolment: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// From this moment on it proves nothing.
    pub until: Timestamp,
}

impl Token {
    /// What its use is worth as a proof: the key and the number of the login that made it, and no second factor.
    pub fn proof(&self) -> LoginProof {
        LoginProof { key: self.key.clone(), second: None, enrolment: self.enrolment, at: self.made_at }
    }

    /// Whether the login that made it would still be its person's.
    pub fn stands_on(&self, credentials: &Credentials) -> bool {
        credentials.prove(&self.proof())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for scope in Scope::ALL {
            assert_eq!(Scope::of(scope.as_str()), Some(scope));
            assert_eq!(serde_json_word(scope), scope.as_str());
        }
        assert_eq!(Scope::of("read:*"), None);
    }

    /// What serde writes, without a library for it.
    fn serde_json_word(scope: Scope) -> String {
        use serde::de::IntoDeserializer as _;
        let word: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
            scope.as_str().into_deserializer();
        assert_eq!(Scope::deserialize(word), Ok(scope));
        scope.as_str().to_owned()
    }
}
