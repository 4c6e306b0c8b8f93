//! People, for whom they work, and what they signed.

use serde::{Deserialize, Serialize};
use vocab::{EstablishmentId, Lang, PersonId, ProviderId, Timestamp};

use crate::{Country, DocumentRef, Email, Fingerprint};

/// Who employs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Employer {
    /// The establishment itself.
    Establishment(EstablishmentId),
    /// A provider or subcontractor.
    Provider(ProviderId),
}

/// A public key that logs a person in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonKey {
    /// The key as a line of OpenSSH: algorithm, base64; no options, no comment.
    pub line: String,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

/// One named human being. Generic accounts do not exist (E3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Unique in the deployment.
    pub id: PersonId,
    /// Given and family name.
    pub name: String,
    /// Telephone, for calling back.
    #[serde(default)]
    pub phone: Option<String>,
    /// Where mail reaches this person; absent: none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The language we speak to this person.
    #[serde(default)]
    pub lang: Lang,
    /// Whether this person may log in at all.
    pub active: bool,
    /// Who employs this person.
    pub employer: Employer,
    /// The provider on whose behalf this person comes, when that is not the employer (C4).
    #[serde(default)]
    pub on_behalf_of: Option<ProviderId>,
    /// Where this person works from (C2). Unknown means: cannot be chosen.
    #[serde(default)]
    pub country: Option<Country>,
    /// Keys that log this person in.
    #[serde(default)]
    pub keys: Vec<PersonKey>,
}

impl Person {
    /// Whether this person works for the same side as before: whoever vouched for him did so for that side.
    pub fn stays_with(&self, before: &Self) -> bool {
        self.employer == before.employer && self.on_behalf_of == before.on_behalf_of
    }

    /// Whether this person may log in with this key: nobody who is not active may.
    pub fn shows(&self, key: &Fingerprint) -> bool {
        self.active && self.keys.iter().any(|own| own.fingerprint == *key)
    }
}

/// The two individual engagements (C6 and C7). They are two, even on one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngagementKind {
    /// Confidentiality (C6).
    Confidentiality,
    /// Actions limited to the need of the intervention (C7).
    Limitation,
}

/// An individual engagement towards one establishment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engagement {
    /// Who signed.
    pub person: PersonId,
    /// Towards whom.
    pub establishment: EstablishmentId,
    /// Which of the two.
    pub kind: EngagementKind,
    /// Version of the text that was signed; the contract says from which version on it counts.
    pub version: u32,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// When it was withdrawn.
    #[serde(default)]
    pub withdrawn_at: Option<Timestamp>,
    /// The employer's attestation that the engagement is annexed to the employment contract (C6). The
    /// employment contract itself is never collected.
    #[serde(default)]
    pub attestation: Option<DocumentRef>,
    /// The signed engagement itself, where its hash is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<DocumentRef>,
}

impl Engagement {
    /// What the fact is called.
    pub fn fact_name(&self) -> String {
        let kind = match self.kind {
            EngagementKind::Confidentiality => "confidentiality",
            EngagementKind::Limitation => "limitation",
        };
        format!("{}/{kind}/{}", self.person, self.version)
    }

    /// Whether it binds now, in at least this version of the text.
    pub fn binds(&self, from_version: u32, now: Timestamp) -> bool {
        self.version >= from_version
            && self.signed_at <= now
            && self.withdrawn_at.is_none_or(|withdrawn| now < withdrawn)
    }
}
