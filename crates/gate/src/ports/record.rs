//! What the database has of facts, interventions and sessions, version by version: what is shown as history, and what goes when it
//! is old (decision 0037).

use domain::{EngagementKind, SignedWhat, TreatmentPart};
use serde_json::{Value, json};
use vocab::{Ending, EstablishmentId, InterventionId, Timestamp};

use super::{FactName, SessionRow};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal),* $(,)?) => {
        /// What a fact is a fact of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "most are values of `domain`")]
        pub enum FactKind { $($(#[$doc])* $name),* }

        impl FactKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word, in the database, in the ledger and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
        }
    };
}

kinds! {
    Establishment = "establishment",
    Provider = "provider",
    Person = "person",
    Engagement = "engagement",
    Contract = "contract",
    Service = "service",
    Equipment = "equipment",
    Treatment = "treatment",
    Transition = "transition",
    Direct = "direct",
    Suspension = "suspension",
    Vouching = "vouching",
    Enrolment = "enrolment",
    Signature = "signature",
    /// Keyed hash of the secret of an equipment's reserved account.
    AccountTag = "account-tag",
    /// The changes of that secret.
    Rotation = "rotation",
    /// That it is asked for at the equipment itself.
    Disclosure = "disclosure",
    /// How a service stood towards the guide.
    Standing = "standing",
    /// What the gate saw of itself.
    Seen = "seen",
    /// That something is kept whatever its age.
    Hold = "hold",
    /// A document that is kept.
    Filed = "filed",
    /// What changed of what a provider says of itself.
    Notice = "notice",
    /// That somebody confirmed what the file says is done.
    Witness = "witness",
    /// How a filter's rules were compared with what is on file.
    FilterCheck = "filter-check",
    /// Who confirmed who may come of a provider.
    AccountsReview = "accounts-review",
    /// What went from a log.
    Purged = "purged",
    /// What a program shows in place of a person.
    Token = "token",
}

impl FactKind {
    /// Whether it belongs to the deployment, and to no establishment.
    pub const fn is_common(self) -> bool {
        matches!(self, Self::Provider | Self::Person | Self::Enrolment | Self::Token)
    }
}

impl FactName {
    /// Of what it is a fact.
    pub const fn kind(&self) -> FactKind {
        match self {
            Self::Establishment(_) => FactKind::Establishment,
            Self::Provider(_) => FactKind::Provider,
            Self::Person(_) => FactKind::Person,
            Self::Engagement { .. } => FactKind::Engagement,
            Self::Contract { .. } => FactKind::Contract,
            Self::Service { .. } => FactKind::Service,
            Self::Equipment { .. } => FactKind::Equipment,
            Self::Treatment { .. } => FactKind::Treatment,
            Self::Transition { .. } => FactKind::Transition,
            Self::Direct { .. } => FactKind::Direct,
            Self::Suspension { .. } => FactKind::Suspension,
            Self::Vouching { .. } => FactKind::Vouching,
            Self::Enrolment(_) => FactKind::Enrolment,
            Self::AccountTag { .. } => FactKind::AccountTag,
            Self::Rotation { .. } => FactKind::Rotation,
            Self::Disclosure { .. } => FactKind::Disclosure,
            Self::Standing { .. } => FactKind::Standing,
            Self::Seen(_) => FactKind::Seen,
            Self::Hold { .. } => FactKind::Hold,
            Self::Notice { .. } => FactKind::Notice,
            Self::Witness { .. } => FactKind::Witness,
            Self::FilterCheck { .. } => FactKind::FilterCheck,
            Self::AccountsReview { .. } => FactKind::AccountsReview,
            Self::Filed { .. } => FactKind::Filed,
            Self::Purged(_) => FactKind::Purged,
            Self::Token(_) => FactKind::Token,
            Self::Signature { .. } => FactKind::Signature,
        }
    }

    /// Whose it is; `None`: the deployment's.
    pub const fn establishment(&self) -> Option<&EstablishmentId> {
        match self {
            Self::Provider(_) | Self::Person(_) | Self::Enrolment(_) | Self::Token(_) => None,
            Self::Establishment(establishment)
            | Self::Purged(establishment)
            | Self::Seen(establishment)
            | Self::Engagement { establishment, .. }
            | Self::Contract { establishment, .. }
            | Self::Service { establishment, .. }
            | Self::Equipment { establishment, .. }
            | Self::Treatment { establishment, .. }
            | Self::Transition { establishment, .. }
            | Self::Direct { establishment, .. }
            | Self::Suspension { establishment, .. }
            | Self::Vouching { establishment, .. }
            | Self::AccountTag { establishment, .. }
            | Self::Rotation { establishment, .. }
            | Self::Disclosure { establishment, .. }
            | Self::Standing { establishment, .. }
            | Self::Hold { establishment, .. }
            | Self::Notice { establishment, .. }
            | Self::Witness { establishment, .. }
            | Self::FilterCheck { establishment, .. }
            | Self::AccountsReview { establishment, .. }
            | Self::Filed { establishment, .. }
            | Self::Signature { establishment, .. } => Some(establishment),
        }
    }

    /// What it is called among the facts of its kind that are of the same establishment. No name holds a slash, a star, a colon
    /// or a blank: what several names make is told apart from one.
    pub fn label(&self) -> String {
        match self {
            Self::Establishment(id) | Self::Purged(id) | Self::Seen(id) => id.to_string(),
            Self::Provider(id) => id.to_string(),
            Self::Person(id) | Self::Enrolment(id) | Self::Vouching { person: id, .. } => id.to_string(),
            Self::Engagement { person, kind, version, .. } => {
                let kind = match kind {
                    EngagementKind::Confidentiality => "confidentiality",
                    EngagementKind::Limitation => "limitation",
                };
                format!("{person}/{kind}/{version}")
            }
            Self::Contract { contract, .. } => contract.to_string(),
            Self::Service { service, .. }
            | Self::Transition { service, .. }
            | Self::Direct { service, .. }
            | Self::FilterCheck { service, .. }
            | Self::Standing { service, .. } => service.to_string(),
            Self::Equipment { equipment, .. }
            | Self::AccountTag { equipment, .. }
            | Self::Rotation { equipment, .. }
            | Self::Disclosure { equipment, .. } => equipment.to_string(),
            Self::Treatment { service, rule, part, .. } => {
                let part = match part {
                    TreatmentPart::All => "*".to_owned(),
                    TreatmentPart::Equipment(equipment) => equipment.to_string(),
                    TreatmentPart::Batch(_) => part.to_string(),
                };
                format!("{service}/{rule}/{part}")
            }
            Self::Suspension { provider, .. } | Self::AccountsReview { provider, .. } => provider.to_string(),
            Self::Notice { provider, serial, .. } => format!("{provider}/{serial}"),
            // Two that are called alike: the kind of each stands before it.
            Self::Witness { what, .. } => format!("{} {what}", what.link()),
            Self::Hold { id, .. } | Self::Token(id) => id.clone(),
            Self::Filed { sha256, .. } => sha256.clone(),
            Self::Signature { service, what, .. } => {
                // Treatments of all equipment stand under a star.
                let alone = matches!(what, SignedWhat::Treatment(_, TreatmentPart::Equipment(_)));
                let all = if alone { "" } else { "/*" };
                format!("{service}/{what}{all}")
            }
        }
    }
}

/// A value and the version it was read at.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// Version, from 1.
    pub version: u64,
    /// The value.
    pub value: T,
}

/// Number and first moment of the version of a fact that stood; `None`: none did.
pub type Stood = Option<(u32, Timestamp)>;

/// What a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// A version of a fact.
    Fact(FactKind),
    /// A version of an intervention.
    Intervention,
    /// A session.
    Session,
}

impl RecordKind {
    /// Its word, in the ledger and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fact(kind) => kind.as_str(),
            Self::Intervention => "intervention",
            Self::Session => "session",
        }
    }

    /// The one of this word, of those that have versions.
    pub fn of(word: &str) -> Option<Self> {
        let fact = FactKind::ALL.iter().find(|kind| kind.as_str() == word).map(|kind| Self::Fact(*kind));
        fact.or((word == "intervention").then_some(Self::Intervention))
    }
}

/// One version, as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Of what.
    pub kind: RecordKind,
    /// Whose it is; `None`: the deployment's.
    pub establishment: Option<EstablishmentId>,
    /// What it is called ([`FactName::label`]).
    pub name: String,
    /// Its place in the line of versions.
    pub version: u64,
    /// From when on it stands, or stood.
    pub from: Timestamp,
    /// When it was replaced or ended; `None`: it stands.
    pub until: Option<Timestamp>,
    /// Who wrote it: a person's name, `apply` for the site's file, `gate` or `host operator`.
    pub by: String,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// What it says, as JSON.
    pub body: String,
}

impl Record {
    /// Its leaf in the tree whose root is in the certificate of a purge (`docs/formats/events.md` 5.4): the members, each behind its
    /// length in eight bytes, most significant first; a moment as eight bytes, none as the largest.
    pub fn leaf(&self) -> Vec<u8> {
        let establishment = self.establishment.as_ref().map_or("", EstablishmentId::as_str);
        let mut leaf = Vec::new();
        for text in [self.kind.as_str(), establishment, &self.name, &self.by, &self.body] {
            leaf.extend((text.len() as u64).to_be_bytes());
            leaf.extend(text.as_bytes());
        }
        leaf.extend(self.version.to_be_bytes());
        leaf.extend(self.from.as_micros().to_be_bytes());
        leaf.extend(self.until.unwrap_or(Timestamp::MAX).as_micros().to_be_bytes());
        leaf
    }
}

/// Where records are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// What an establishment has of its own.
    One(EstablishmentId),
    /// What no establishment has of its own: providers, people, second factors, tokens.
    Deployment,
    /// Both, and all establishments.
    Everywhere,
}

/// Which records are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Of what.
    pub kind: RecordKind,
    /// Where.
    pub within: Within,
    /// Of this name; for sessions that of their intervention. `None`: of all.
    pub name: Option<String>,
    /// Only versions that were closed before.
    pub closed_before: Option<Timestamp>,
}

/// What is to go from the database, as a certificate names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Old {
    /// A version of a fact that is closed.
    Fact {
        /// Of what.
        kind: FactKind,
        /// Whose; `None`: the deployment's.
        establishment: Option<EstablishmentId>,
        /// What it is called.
        name: String,
        /// Which version.
        version: u64,
    },
    /// An intervention that nothing is due of any more, in all its versions, with its sessions; `version` is its last one.
    Intervention {
        /// Which.
        id: InterventionId,
        /// The version that it was read at.
        version: u64,
    },
}

/// What is to go under one certificate, whose entry is in the same transaction. The database refuses what stands, what is
/// due, and another certificate before everything of the last one is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// In whose ledger the certificate is.
    pub establishment: EstablishmentId,
    /// The root that it says.
    pub root: [u8; 32],
    /// What goes.
    pub rows: Vec<Old>,
}

/// What is kept about one person, in the eyes of one establishment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AboutPerson {
    /// His own facts, every version: keys, engagements, vouchings, second factors, tokens.
    pub facts: Vec<Value>,
    /// Where else he is named: kind, whose, name. What stands there is about others, too.
    pub named_in: Vec<Value>,
    /// His sessions, with their recordings.
    pub sessions: Vec<Value>,
    /// The interventions that name him, or that he entered, as they stand.
    pub interventions: Vec<Value>,
    /// Everybody who was ever described, with the name in words: who is to be left out.
    pub people: Vec<(String, String)>,
}

impl SessionRow {
    /// What a record of it says.
    pub fn told(&self, ending: Option<Ending>) -> String {
        let Self {
            session, recording, boot, establishment, person, service, equipment, intervention, ..
        } = self;
        json!({
            "session": session.to_string(), "recording": recording.to_string(), "boot": boot.to_string(),
            "establishment": establishment.as_str(), "person": person.as_str(), "service": service.as_str(),
            "equipment": equipment.as_str(), "intervention": intervention.as_str(), "ending": ending.map(Ending::as_str),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that the page of the format describes.
    #[test]
    fn a_leaf_is_its_members_each_behind_its_length() {
        let record = Record {
            kind: RecordKind::Fact(FactKind::Hold),
            establishment: None,
            name: "h-1".to_owned(),
            version: 2,
            from: Timestamp::from_micros(3),
            until: Some(Timestamp::from_micros(4)),
            by: "a".to_owned(),
            closed_by: Some("b".to_owned()),
            body: "{}".to_owned(),
        };
        let text = |text: &str| {
            [&[0, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
        };
        let number = |last: u8| vec![0, 0, 0, 0, 0, 0, 0, last];
        let expected =
            [text("hold"), text(""), text("h-1"), text("a"), text("{}"), number(2), number(3), number(4)];
        assert_eq!(record.leaf(), expected.concat());
        let stands = Record { until: None, ..record.clone() };
        assert_eq!(
            stands.leaf().get(record.leaf().len() - 8..),
            Some(&[0x7f, 255, 255, 255, 255, 255, 255, 255][..])
        );
    }

    #[test]
    fn words_of_kinds_are_read_back() {
        for kind in FactKind::ALL {
            assert_eq!(RecordKind::of(kind.as_str()), Some(RecordKind::Fact(*kind)));
        }
        assert_eq!(RecordKind::of("intervention"), Some(RecordKind::Intervention));
        assert_eq!((RecordKind::of("session"), RecordKind::of("secret")), (None, None));
    }
}
