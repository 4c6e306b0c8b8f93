//! What can be asked over the local socket: one request a connection, one line of JSON.

use gate::ports::Boxed;
use serde::{Deserialize, Serialize};
use vocab::Lang;

use crate::Content;

/// A request of the host operator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask")]
pub enum Request {
    /// How the gate is.
    Status,
    /// The live sessions.
    List,
    /// Watch one: after the answer, what its terminals and commands show follows in frames (see `frame`).
    Watch {
        /// Its name, or the beginning of it.
        session: String,
        /// Why it is watched.
        reason: String,
    },
    /// Cut one, or `all`.
    Cut {
        /// Its name, the beginning of it, or `all`.
        session: String,
        /// Why.
        reason: String,
    },
    /// Something that the program does beside the gate.
    Errand(Errand),
}

/// A provider's dossier and its signature, as they were read beside a site's file; neither is verified yet.
#[derive(Clone, Serialize, Deserialize)]
pub struct DossierFile {
    /// As the site's file names it.
    pub name: String,
    /// Its bytes.
    pub text: String,
    /// The file of the signature.
    pub signature: String,
}

/// An errand for the program: it owns the site's description and the vault.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "errand")]
pub enum Errand {
    /// Says what a site's description would change, and applies it if told so.
    Site {
        /// The file, addresses resolved.
        text: String,
        /// The dossiers of providers that it names, as they lie beside it.
        #[serde(default)]
        dossiers: Vec<DossierFile>,
        /// Whether to apply.
        apply: bool,
        /// Whether the answer is JSON, faults of the file included.
        #[serde(default)]
        json: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Puts the secret of an equipment's reserved account into the vault.
    Account {
        /// Full name of the equipment.
        equipment: String,
        /// `password`, `key`, `new-key` (one is drawn, and its public line answered) or `certificate` (each login
        /// has its own; what the equipment is to trust is answered).
        form: String,
        /// The secret; empty for the last two.
        secret: String,
        /// Whether a login or secret that another equipment has is taken all the same.
        shared: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Gives an equipment's reserved account another secret, now.
    Rotate {
        /// Full name of the equipment.
        equipment: String,
        /// The language of the answer.
        lang: Lang,
    },
    /// Says how services stand towards the guide.
    Assess {
        /// `<service>` or `<service>@<establishment>`; `None`: all of them, a line each.
        service: Option<String>,
        /// A past day and time on the establishment's wall, as `2026-03-14 22:10`; `None`: now.
        at: Option<String>,
        /// Whether the answer is JSON.
        json: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Services side by side, rule by rule.
    Compare {
        /// Each `<service>` or `<service>@<establishment>`; two to five.
        services: Vec<String>,
        /// Whether the answer is JSON.
        json: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Gathers the data of a document; the answer is JSON (`docs/formats/documents.md`).
    Document {
        /// Which, as the program's own JSON.
        asked: String,
        /// The language of the document, and of the answer.
        lang: Lang,
    },
    /// Tells the ledger of a document that was printed; the answer is the index of its entry.
    DocumentMade {
        /// Its kind, subject and hashes, as the program's own JSON.
        made: String,
        /// The language of the answer.
        lang: Lang,
    },
    /// Keeps a document, or says of those that are kept; the answer is the program's own JSON.
    Paper {
        /// What, as the program's own JSON.
        asked: String,
        /// The bytes of a document that comes; empty for the rest.
        content: Content,
        /// The language of the answer.
        lang: Lang,
    },
    /// Writes the rules of a filter, or compares an export of them with what is on file; the answer is the program's own JSON.
    Filter {
        /// What, as the program's own JSON.
        asked: String,
        /// The export; empty where rules are written.
        content: Content,
        /// The language of the answer.
        lang: Lang,
    },
    /// Reads what stands for an establishment, without any secret.
    Takeout {
        /// Which; `None`: the home establishment.
        establishment: Option<String>,
        /// As JSON, with the interventions; else as the file that describes a site.
        json: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Says what expires.
    Deadlines {
        /// Whether the answer is JSON.
        json: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Removes what is past its term now, or only says what would go and why not more.
    Retention {
        /// Whether to remove.
        run: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Writes down that a recording is read, before it is.
    Reading {
        /// Whose.
        establishment: String,
        /// Which.
        recording: String,
        /// Of which session.
        session: String,
        /// Why.
        reason: String,
        /// Who speaks for the provider and was told, where it may show the provider's secrets.
        told: Option<String>,
        /// Why nobody was told.
        untold: Option<String>,
        /// The language of the answer.
        lang: Lang,
    },
    /// Says what the log has about something; that it is read is written down first.
    Traces {
        /// Whose log; `None`: that of the home establishment.
        establishment: Option<String>,
        /// `all`, `intervention`, `session` or `person`.
        about: String,
        /// Its name, but for `all`.
        name: Option<String>,
        /// Why.
        reason: String,
        /// Whether the answer is JSON.
        #[serde(default)]
        json: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Shows every version of what is described; that it is read is written down first.
    History {
        /// Whose; `None`: the home establishment's.
        establishment: Option<String>,
        /// Of what: the word of its kind.
        kind: String,
        /// Its name.
        name: String,
        /// Why.
        reason: String,
        /// Whether the answer is JSON.
        json: bool,
        /// The language of the answer.
        lang: Lang,
    },
    /// Collects what is kept about a person, as JSON; that it is read is written down first.
    Person {
        /// Who.
        person: String,
        /// What which establishment keeps; `None`: the only one of the gate.
        establishment: Option<String>,
        /// Why.
        reason: String,
        /// The language of the answer.
        lang: Lang,
    },
    /// Makes a copy of what one moment holds, for a backup; the answer is its plan.
    Snapshot {
        /// The language of the answer.
        lang: Lang,
    },
    /// Says that a backup with this manifest is of this vault; the answer is the seal.
    SealBackup {
        /// The hash of its manifest, in hexadecimal digits.
        manifest: String,
        /// The language of the answer.
        lang: Lang,
    },
    /// Tells the ledger of a backup that is whole.
    BackedUp {
        /// What it holds.
        report: String,
        /// The language of the answer.
        lang: Lang,
    },
    /// Seals the accounts in the vault for the establishment's holders; the answer is how many there are.
    VaultExport {
        /// The language of the answer.
        lang: Lang,
    },
    /// Says who may read what is recorded for an establishment from now on; the answer is who came and who left.
    Readers {
        /// Which.
        establishment: String,
        /// The file of recipients.
        text: String,
        /// The language of the answer.
        lang: Lang,
    },
    /// Draws a person's second factor; the answer is its link, shown once.
    Codes {
        /// Who.
        person: String,
        /// The language of the answer.
        lang: Lang,
    },
}

impl std::fmt::Debug for Errand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Site { .. } => "Site(…)",
            Self::Account { .. } => "Account(…)",
            Self::Rotate { .. } => "Rotate(…)",
            Self::Assess { .. } => "Assess(…)",
            Self::Compare { .. } => "Compare(…)",
            Self::Document { .. } => "Document(…)",
            Self::DocumentMade { .. } => "DocumentMade(…)",
            Self::Paper { .. } => "Paper(…)",
            Self::Filter { .. } => "Filter(…)",
            Self::Takeout { .. } => "Takeout(…)",
            Self::Deadlines { .. } => "Deadlines(…)",
            Self::Retention { .. } => "Retention(…)",
            Self::Reading { .. } => "Reading(…)",
            Self::Traces { .. } => "Traces(…)",
            Self::History { .. } => "History(…)",
            Self::Person { .. } => "Person(…)",
            Self::Readers { .. } => "Readers(…)",
            Self::Codes { .. } => "Codes(…)",
            Self::Snapshot { .. } => "Snapshot(…)",
            Self::SealBackup { .. } => "SealBackup(…)",
            Self::BackedUp { .. } => "BackedUp(…)",
            Self::VaultExport { .. } => "VaultExport(…)",
        })
    }
}

/// Does errands. The answer is text for the operator's terminal, in the language that the errand names; an error is, too.
pub trait Desk: Send + Sync {
    /// Does one.
    fn run(&self, errand: Errand) -> Boxed<'_, Result<String, String>>;
}
