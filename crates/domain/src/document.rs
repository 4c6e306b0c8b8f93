//! Papers: what a fact leans on.

use serde::{Deserialize, Serialize};
use vocab::Timestamp;

/// A span of time, half open: `from` is in, `until` is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First moment inside.
    pub from: Timestamp,
    /// First moment after.
    pub until: Timestamp,
}

impl Span {
    /// Whether the moment is inside.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// A file that somebody can be shown: its name and the SHA-256 of its bytes, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRef {
    /// Name of the file as filed.
    pub name: String,
    /// SHA-256 of the file, lower-case hexadecimal; empty when only the name is known.
    #[serde(default)]
    pub sha256: String,
}

/// Where a contract says something: the facet *clause present*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// The document that holds the clause. One file may be contract, agreement and plan at once.
    pub document: DocumentRef,
    /// The article in it.
    pub article: String,
}

/// Somebody's word that something is held: the facet *actually held*, by declaration only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// Who declared it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when it may be leant on.
    pub until: Timestamp,
    /// The paper behind it: a word without one is hearsay.
    pub document: DocumentRef,
}

impl Declaration {
    /// Whether it may be leant on now.
    pub fn stands(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.until
    }
}

/// What is declared about one rule for one service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Declared {
    /// Facet *clause present*.
    #[serde(default)]
    pub clause: Option<Clause>,
    /// Facet *actually held*.
    #[serde(default)]
    pub held: Option<Declaration>,
}
