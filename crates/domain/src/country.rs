//! Countries, and what the law lets happen from there (C2).

use serde::{Deserialize, Serialize};

/// A country that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a country: two capital letters of ISO 3166-1, such as FR")]
pub struct InvalidCountry(String);

/// A country by its two capital letters (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country(String);

/// Members of the European Union in 2026.
const EUROPEAN_UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl Country {
    /// Whether the guide's first case holds (C2: activities in the European Union).
    pub fn in_european_union(&self) -> bool {
        EUROPEAN_UNION.contains(&self.0.as_str())
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Country {
    type Err = InvalidCountry;
    fn from_str(given: &str) -> Result<Self, InvalidCountry> {
        if given.len() == 2 && given.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(Self(given.to_owned()))
        } else {
            Err(InvalidCountry(given.to_owned()))
        }
    }
}

impl TryFrom<String> for Country {
    type Error = InvalidCountry;
    fn try_from(given: String) -> Result<Self, InvalidCountry> {
        given.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.0
    }
}

/// On what a transfer outside the Union rests (C2, GDPR chapter V).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferBasis {
    /// The country it is for.
    pub country: Country,
    /// The legal ground in words: adequacy decision, standard clauses…
    pub ground: String,
    /// The paper.
    pub document: super::DocumentRef,
}
