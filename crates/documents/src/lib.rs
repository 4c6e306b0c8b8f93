//! What stands in each document that is printed: plain data, without a word of how it looks.
//!
//! The gate gathers it, `poterne` hands it as JSON to the program `poterne-typesetter`, which reads it with these same
//! types and prints it. The format is `docs/formats/documents.md`. Everything that people wrote is a string here and
//! stays one: it is never read as markup. Sentences are in the document's one language.

mod around;
mod engagement;
mod kit;
mod pack;
mod provider;
mod report;
mod statement;
mod traced;

use serde::{Deserialize, Serialize};

pub use around::{Around, Audited, Commissioned, Custody, Point, Requesters, Subcontractor};
pub use engagement::{Bound, Engagement, Signed};
pub use kit::{Crossing, Kit, Part};
pub use pack::{
    Attempt, Changed, Come, Ground, Moved, OnFile, Pack, Passed, Question, Read, Reason, Refused, Stamp,
    Stamps, Step, Tallied, Vouched,
};
pub use provider::ProviderStatement;
pub use report::{
    Agreed, Check, Closing, Derogation, Done, Exception, File, Left, Planned, Qualified, Report, Reviewed,
    Session, Words,
};
pub use statement::{Assessed, Count, Declared, Facet, Remedy, Risk, RuleLine, Statement, Treated};
pub use traced::{Act, Cut, Noted, Traced};

/// The name of this version of the format: a reader refuses any other.
pub const FORMAT: &str = "poterne-document-1";

/// Longest JSON of one document: 8 MiB. The largest is a pack: 500 sessions and interventions at about 2 KiB, 2,000 acts of
/// sessions and as many steps of interventions at 1 KiB (what was typed is cut at 500 letters), 1,200 attempts, readings,
/// vouchings and changes at 0.5 KiB, 38 rules at 4 KiB: below 6 MiB.
pub const JSON_MAX: usize = 8 * 1024 * 1024;

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// The language of its sentences.
    pub lang: Lang,
    /// When it was made.
    pub made: Moment,
    /// Whose it is.
    pub establishment: Named,
    /// The establishment's time zone (IANA): all moments are shown on its wall.
    pub zone: String,
    /// The gate that gathered it.
    pub gate: String,
    /// The establishment's log, against which all of it is verified.
    pub ledger: Ledger,
    /// What it says.
    pub body: Body,
}

/// The language of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Français.
    Fr,
    /// English.
    En,
}

/// The kinds of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, only until it is written")]
pub enum Body {
    /// How one service stands towards the guide, at a moment.
    Statement(Statement),
    /// How all services of a provider stand, at a moment.
    Provider(ProviderStatement),
    /// What was done in one intervention (O5), what left and its erasure (E9).
    Report(Report),
    /// One person's two engagements (C6, C7), with the employer's attestation.
    Engagement(Engagement),
    /// What an auditor needs of one service over a time.
    Pack(Pack),
    /// What an establishment needs to be allowed to use the gate.
    Kit(Kit),
}

impl Body {
    /// The kind, in file names and in the ledger.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Statement(_) => "statement",
            Self::Provider(_) => "provider",
            Self::Report(_) => "report",
            Self::Engagement(_) => "engagement",
            Self::Pack(_) => "pack",
            Self::Kit(_) => "kit",
        }
    }

    /// What it is about: a service, a provider, an intervention, a person; the establishment for its kit.
    pub fn subject<'a>(&'a self, establishment: &'a Named) -> &'a str {
        match self {
            Self::Statement(one) => &one.service.id,
            Self::Provider(one) => &one.provider.id,
            Self::Report(one) => &one.intervention,
            Self::Engagement(one) => &one.person.id,
            Self::Pack(one) => &one.service.id,
            Self::Kit(_) => &establishment.id,
        }
    }
}

/// A moment: for machines, and as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// RFC 3339, UTC.
    pub utc: String,
    /// On the establishment's wall, to the minute: `2026-11-24 18:30`.
    pub wall: String,
}

/// A thing or person: its name in the site's file, and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its name in the site's file.
    pub id: String,
    /// In words; the name again when there are none.
    pub title: String,
}

/// What every document on a service says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name in the site's file.
    pub id: String,
    /// In words.
    pub title: String,
    /// Télésurveillance, télémaintenance or téléassistance, in words.
    pub kind: String,
    /// Through an access point or directly, in words.
    pub path: String,
    /// The level it aims at.
    pub target: u8,
    /// On what.
    pub equipment: Vec<Named>,
    /// The actions that are permitted, in words (C7).
    pub actions: Vec<String>,
    /// Who approves, watches, checks and receives reports.
    pub beneficiaries: Vec<Named>,
    /// Whether its purpose lies outside the guide's field.
    pub outside_guide: bool,
}

/// What every document on a contract says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its name in the site's file.
    pub id: String,
    /// Règlement, contrat or convention, in words.
    pub form: String,
    /// With whom.
    pub provider: Named,
    /// In force from then on.
    pub from: Moment,
    /// Until then.
    pub until: Moment,
    /// The scan, as filed.
    pub document: Option<Paper>,
    /// The version of the security assurance plan in force (A1).
    pub plan: Option<u32>,
    /// The version of the service agreement (O1).
    pub agreement: Option<u32>,
}

/// A file that somebody can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Its name as filed.
    pub name: String,
    /// SHA-256, hexadecimal; empty where only the name is known.
    pub sha256: String,
}

/// The establishment's log when the data was gathered, and with what it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Its origin, as checkpoints name it.
    pub origin: String,
    /// So many entries stand under the checkpoint.
    pub entries: u64,
    /// The root over them, hexadecimal.
    pub root: String,
    /// The first public key, a line of a signed note's verifier.
    pub key: String,
    /// SHA-256 of the file of public keys, hexadecimal.
    pub keys_sha256: String,
    /// The checkpoint as the log signed it, whole: at most 4,200 bytes.
    pub note: String,
}
