//! Documents that are kept here as files: the papers of the contract side, and evidence from outside (decision 0028).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use vocab::{PersonId, ServiceId, Timestamp};

use crate::{DocumentRef, Form, Span};

/// Longest document. It comes over the local socket as one line: 20 MiB in base64 are 27,962,028 bytes of its 32 MiB.
pub const FILED_MAX: usize = 20 * 1024 * 1024;
/// Longest name of a document, in bytes: it stands whole in a word of the ledger (128).
pub const FILED_NAME_MAX: usize = 120;
/// Documents of one establishment at once. Each is about 600 bytes in an assessment: 4,096 × 600 is 2.4 MB.
pub const FILED_COUNT_MAX: usize = 4_096;
/// For how long signed papers are kept once nothing names them: five years (civil limitation).
pub const PAPER_DAYS: u32 = 1_827;
/// How old the newest evidence of a direct path or of traces kept elsewhere may be: a quarter, as firewalls and rotas are
/// looked at; the guide says none.
pub const EVIDENCE_DAYS: u32 = 90;

/// Where a document lies: drawn for each filing, so that the disk does not say which known file is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaperId([u8; 16]);

impl PaperId {
    /// Of these random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for PaperId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The name of a place is 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no place of a document")]
pub struct InvalidPaperId;

impl FromStr for PaperId {
    type Err = InvalidPaperId;

    fn from_str(text: &str) -> Result<Self, InvalidPaperId> {
        let plain = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        let number = u128::from_str_radix(text, 16).map_err(|_| InvalidPaperId)?;
        if text.len() == 32 && text.bytes().all(plain) {
            Ok(Self(number.to_be_bytes()))
        } else {
            Err(InvalidPaperId)
        }
    }
}

impl Serialize for PaperId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PaperId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $name:ident $word:literal),* $(,)? })*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $type { $($(#[$of])* $name),* }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word, on the command line and in the ledger.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
        }

        impl FromStr for $type {
            type Err = ();

            fn from_str(word: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word).ok_or(())
            }
        }
    )* };
}

words! {
    /// What a document is. One may be several at once.
    FiledAs {
        /// An act of C1.
        Contract "contract",
        /// A service agreement (O1).
        Agreement "agreement",
        /// A security assurance plan (A1).
        Plan "plan",
        /// The report of an audit (C8, T4).
        Audit "audit",
        /// An employer's attestation (C6), or another word that somebody put on paper.
        Attestation "attestation",
        /// A person's signed engagement (C6, C7).
        Engagement "engagement",
        /// What a firewall, a provider or an equipment wrote down of what does not pass the gate (T6 to T8, T12).
        Evidence "evidence",
    }

    /// Who wrote evidence from outside.
    EvidenceSource {
        /// The firewall.
        Firewall "firewall",
        /// The provider.
        Provider "provider",
        /// The equipment.
        Equipment "equipment",
    }
}

/// What evidence from outside is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covers {
    /// Who wrote it.
    pub source: EvidenceSource,
    /// On which service.
    pub service: ServiceId,
    /// Over which time, as whoever filed it says.
    pub span: Span,
}

/// Somebody of the establishment looked at it and says that it is the signed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// A document that is kept here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits: what it is called.
    pub sha256: String,
    /// Where it lies.
    pub place: PaperId,
    /// As whoever filed it called it. It is never a path.
    pub name: String,
    /// What it is.
    pub kinds: BTreeSet<FiledAs>,
    /// Its type, told by its content.
    pub form: Form,
    /// Its length.
    pub bytes: u64,
    /// When it was filed.
    pub filed_at: Timestamp,
    /// The scanner that found nothing in it; `None`: none is configured.
    #[serde(default)]
    pub scanned: Option<String>,
    /// For evidence from outside: on what.
    #[serde(default)]
    pub covers: Option<Covers>,
    /// Who says that it is the signed one.
    #[serde(default)]
    pub confirmed: Option<Confirmed>,
}

impl Filed {
    /// Its short name: the first eight digits of its hash.
    pub fn short(&self) -> &str {
        self.sha256.get(..8).unwrap_or(&self.sha256)
    }

    /// Whether it is the paper that is named: by its hash, never by its name.
    pub fn is(&self, named: &DocumentRef) -> bool {
        !named.sha256.is_empty() && named.sha256 == self.sha256
    }
}

/// Whether a document bears on a service over a time: signed papers do, evidence where it is on this service and touches it.
pub fn bears_on(filed: &Filed, service: &ServiceId, span: Span) -> bool {
    filed.covers.as_ref().is_none_or(|covers| {
        covers.service == *service && covers.span.from < span.until && span.from < covers.span.until
    })
}

/// Whether something may be the name of a document: short, one line, no path, nothing hidden in it.
pub fn is_filed_name(name: &str) -> bool {
    let plain = |c: char| !vocab::is_hidden(c) && !matches!(c, '/' | '\\');
    !name.trim().is_empty()
        && name.trim() == name
        && name.len() <= FILED_NAME_MAX
        && !name.starts_with('.')
        && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path_and_hides_nothing() {
        for good in ["Contrat 2026", "contract.pdf", "Avenant n°2 (signé).pdf", &"x".repeat(120)] {
            assert!(is_filed_name(good), "{good}");
        }
        for bad in [
            "",
            " ",
            " a",
            "a ",
            ".hidden",
            "..",
            "a/b",
            "../../etc/passwd",
            "a\\b",
            "a\nb",
            "a\0",
            "a\u{1b}[2J",
            "gnp.\u{202e}fdp",
            &"x".repeat(121),
        ] {
            assert!(!is_filed_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_place_is_read_as_written() {
        let place = PaperId::from_bytes([0x0a; 16]);
        assert_eq!(place.to_string(), "0a".repeat(16));
        assert_eq!(place.to_string().parse(), Ok(place));
        for bad in
            ["", "0a", &"0A".repeat(16), &"0g".repeat(16), &"0a".repeat(17), &format!("+{}", "a".repeat(31))]
        {
            assert_eq!(bad.parse::<PaperId>(), Err(InvalidPaperId), "{bad}");
        }
    }

    #[test]
    fn words_are_read_as_written() {
        for one in FiledAs::ALL {
            assert_eq!(one.as_str().parse(), Ok(*one));
        }
        for one in EvidenceSource::ALL {
            assert_eq!(one.as_str().parse(), Ok(*one));
        }
        assert!("Contract".parse::<FiledAs>().is_err());
    }

    #[test]
    fn a_document_is_known_by_its_hash_alone() {
        let named = |sha256: &str| DocumentRef { name: "contrat.pdf".to_owned(), sha256: sha256.to_owned() };
        let filed = Filed {
            sha256: "ab".repeat(32),
            place: PaperId::from_bytes([0; 16]),
            name: "contrat.pdf".to_owned(),
            kinds: [FiledAs::Contract].into(),
            form: Form::Pdf,
            bytes: 9,
            filed_at: Timestamp::from_micros(0),
            scanned: None,
            covers: None,
            confirmed: None,
        };
        assert!(filed.is(&named(&"ab".repeat(32))));
        assert!(!filed.is(&named("")) && !filed.is(&named(&"cd".repeat(32))));
        assert_eq!(filed.short(), "abababab");
    }
}
