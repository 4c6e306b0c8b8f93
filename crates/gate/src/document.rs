//! The data of documents: gathered here from one moment's facts and from the log, printed elsewhere by a program of its
//! own (`docs/formats/documents.md`). What was printed is an entry of the ledger, by its hash.

mod acts;
mod around;
mod changes;
mod engagement;
mod gathered;
mod grounds;
mod kit;
mod log;
mod pack;
mod report;
mod sheet;
mod stamped;
mod statement;
mod steps;
mod words;

use documents::{Body, Document, FORMAT, Ledger, Named};
use domain::Establishment;
use events::DocumentMade;
use vocab::{EstablishmentId, InterventionId, Lang, PersonId, ProviderId, ServiceId, Timestamp};

use self::sheet::Sheet;
pub(crate) use self::sheet::{kind, path};
use crate::Gate;
use crate::ports::{PortError, Receipt};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// How a service stands, or stood.
    Statement {
        /// Which.
        service: ServiceId,
        /// A moment of the past; `None`: now.
        at: Option<Timestamp>,
    },
    /// How all services of a provider stand, or stood.
    Provider {
        /// Whose.
        provider: ProviderId,
        /// A moment of the past; `None`: now.
        at: Option<Timestamp>,
    },
    /// The report of an intervention.
    Report {
        /// Which.
        intervention: InterventionId,
    },
    /// The engagements of a person of the provider's side.
    Engagement {
        /// Whose.
        person: PersonId,
    },
    /// The evidence on a service over a time.
    Pack {
        /// Which.
        service: ServiceId,
        /// From then.
        from: Timestamp,
        /// Until then; `None`: now.
        until: Option<Timestamp>,
    },
    /// What the establishment needs to be allowed to use the gate.
    Kit {
        /// One part; `None`: all.
        part: Option<documents::Part>,
    },
}

/// A document that was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Its kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of the data that it was printed from.
    pub data: [u8; 32],
}

impl Gate {
    /// Gathers the data of a document. [`PortError::Missing`]: what it is about does not exist, or did not.
    pub async fn document(
        &self,
        establishment: &EstablishmentId,
        wanted: Wanted,
        lang: Lang,
        ledger: Ledger,
    ) -> Result<Document, PortError> {
        let now = self.clock.now();
        let owner = self.owner(establishment, now).await?;
        let mut sheet = Sheet::new(self, lang, owner.zone.clone());
        let body = match wanted {
            Wanted::Statement { service, at } => {
                let of = (establishment, &service);
                Body::Statement(self.statement_in_ledger(&mut sheet, of, at, ledger.entries).await?)
            }
            Wanted::Provider { provider, at } => {
                let of = (establishment, &provider);
                Body::Provider(self.provider_statement(&mut sheet, of, at, ledger.entries).await?)
            }
            Wanted::Report { intervention } => {
                Body::Report(self.report(&mut sheet, establishment, &intervention, now).await?)
            }
            Wanted::Engagement { person } => {
                Body::Engagement(self.engagement(&mut sheet, establishment, &person, now).await?)
            }
            Wanted::Pack { service, from, until } => {
                let span = domain::Span { from, until: until.unwrap_or(now) };
                let (past, entries) = (until.is_some(), ledger.entries);
                let scope = pack::Scope { establishment, service: &service, span, past, entries };
                Body::Pack(self.pack(&mut sheet, scope).await?)
            }
            Wanted::Kit { part } => Body::Kit(self.kit(&mut sheet, &owner, part, now).await?),
        };
        Ok(Document {
            format: FORMAT.to_owned(),
            lang: if lang == Lang::Fr { documents::Lang::Fr } else { documents::Lang::En },
            made: sheet.moment(now),
            establishment: Named { id: owner.id.to_string(), title: owner.title.clone() },
            zone: owner.zone.name().to_owned(),
            gate: self.name.to_string(),
            ledger,
            body,
        })
    }

    /// Writes into the establishment's log that a document was printed. It bears its name only afterwards.
    pub async fn printed(&self, printed: &Printed) -> Result<Receipt, PortError> {
        let fact = DocumentMade {
            kind: printed.kind.as_str().into(),
            subject: printed.subject.as_str().into(),
            sha256: printed.sha256,
            bytes: printed.bytes,
            data: printed.data,
        };
        self.scribe.note(self.host_note(printed.establishment.clone(), fact)).await
    }

    async fn owner(&self, id: &EstablishmentId, now: Timestamp) -> Result<Establishment, PortError> {
        let all = self.store.establishments(self.as_of(now)).await?;
        let found = all.into_iter().find(|one| one.id == *id);
        found.ok_or_else(|| PortError::Missing(format!("the establishment `{id}`")))
    }
}
