//! Reading what is kept: whoever does says why, and that is written down before anything is shown.

mod secrets;

use std::ops::ControlFlow;

use domain::About;
use events::{Actor, Envelope, ReadingBegan, SiteExported};
use serde_json::{Value, json};
use vocab::{EstablishmentId, PersonId, Text, Timestamp};

use crate::Gate;
use crate::ports::PortError;
use crate::scribe::Note;
use crate::traces::Sought;

pub use secrets::{NotRead, Tape};

/// The shortest reason: a word says none.
const REASON_MIN: usize = 8;
/// Entries shown at once: as many as somebody reads.
const SHOWN_MAX: usize = 500;

/// Whether it says anything.
pub(crate) fn is_reason(reason: &str) -> bool {
    reason.trim().len() >= REASON_MIN
}

impl Gate {
    /// Writes down that somebody reads what is kept: `what` is `recording`, `session` (one that lives), `traces`, `person`,
    /// `document`, `documents` (all of them, to hold them against their hashes) or `history`.
    ///
    /// # Errors
    /// [`PortError::Conflict`]: the reason says nothing. Whatever fails, nothing is to be shown.
    pub async fn reading(
        &self,
        establishment: &EstablishmentId,
        by: Actor,
        what: &str,
        subject: Option<String>,
        reason: &str,
    ) -> Result<(), PortError> {
        if !is_reason(reason) {
            return Err(PortError::Conflict("a reason has at least eight characters".into()));
        }
        let fact =
            ReadingBegan { what: what.into(), subject: subject.map(Into::into), reason: reason.into() };
        let (establishment, at, fact) = (establishment.clone(), self.clock.now(), fact.into());
        self.scribe
            .note(Note { establishment, at, by, session: None, intervention: None, fact })
            .await
            .map(|_| ())
    }

    /// Writes down that everything typed in about an establishment leaves, as `toml` or `json`, by the host operator.
    ///
    /// # Errors
    /// It could not be written: nothing is to be handed out.
    pub async fn site_exported(
        &self,
        establishment: EstablishmentId,
        form: &str,
        sha256: [u8; 32],
    ) -> Result<(), PortError> {
        let fact = SiteExported { form: form.into(), sha256 };
        self.by_host(establishment, fact).await
    }

    /// The entries that name a person, each with its index: for whom [`Gate::reading`] was written down.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn entries_about(
        &self,
        establishment: &EstablishmentId,
        person: &PersonId,
    ) -> Result<Vec<(u64, String)>, PortError> {
        let journal = self.journals.of(establishment);
        let journal = journal.ok_or_else(|| PortError::Missing(format!("the log of `{establishment}`")))?;
        let sought = Sought::new().about(About::Person(person.clone()));
        let mut found = Vec::new();
        let keep = |index, bytes: &[u8]| {
            let text = bytes.get(events::RANDOM_LEN..).unwrap_or_default();
            found.push((index, String::from_utf8_lossy(text).into_owned()));
            ControlFlow::Continue(())
        };
        sought.each(&*journal, journal.first()..journal.size(), keep).await?;
        Ok(found)
    }

    /// The traces about something, for somebody who says why he reads them. What was purged is not there.
    ///
    /// # Errors
    /// As [`Gate::reading`], and if the log cannot be read.
    pub async fn read_traces(
        &self,
        establishment: &EstablishmentId,
        by: Actor,
        about: &About,
        reason: &str,
    ) -> Result<TracesRead, PortError> {
        let journal = self.journals.of(establishment);
        let journal = journal.ok_or_else(|| PortError::Missing(format!("the log of `{establishment}`")))?;
        let subject = about
            .name()
            .map_or_else(|| about.as_str().to_owned(), |name| format!("{} {name}", about.as_str()));
        self.reading(establishment, by, "traces", Some(subject), reason).await?;
        let mut read = TracesRead { first: journal.first(), found: Vec::new(), more: 0 };
        let show = |index, bytes: &[u8]| {
            if read.found.len() < SHOWN_MAX {
                read.found.push((index, bytes.to_vec()));
            } else {
                read.more += 1;
            }
            ControlFlow::Continue(())
        };
        let sought = Sought::new().about(about.clone());
        sought.each(&*journal, read.first..journal.size(), show).await?;
        Ok(read)
    }
}

/// Entries that were read, the oldest first; at most [`SHOWN_MAX`].
#[derive(Debug)]
pub struct TracesRead {
    /// Where the log begins: what stood before was purged.
    first: u64,
    found: Vec<(u64, Vec<u8>)>,
    /// How many more there are.
    more: u64,
}

impl TracesRead {
    /// A line each.
    pub fn text(&self) -> Text {
        let Self { first, found, more } = self;
        let lines: Vec<String> = found.iter().map(|(index, bytes)| line(*index, bytes)).collect();
        let (count, lines) = (found.len(), lines.join("\n"));
        Text::new(
            format!("{count} entrées ({more} autres) ; le journal commence à l'entrée {first}\n{lines}"),
            format!("{count} entries ({more} more); the log begins at entry {first}\n{lines}"),
        )
    }

    /// For a program: each entry as it stands in the log, with its index; `null` for one that cannot be read.
    pub fn json(&self) -> Value {
        let entry = |(index, bytes): &(u64, Vec<u8>)| {
            let text = bytes.get(events::RANDOM_LEN..).unwrap_or_default();
            json!({"index": index, "entry": serde_json::from_slice::<Value>(text).ok()})
        };
        let entries = Value::from_iter(self.found.iter().map(entry));
        json!({"first": self.first, "more": self.more, "entries": entries})
    }
}

fn line(index: u64, bytes: &[u8]) -> String {
    match Envelope::decode(bytes) {
        Ok(entry) => {
            let by = match entry.by {
                Actor::Gate => "gate".to_owned(),
                Actor::Host => "host operator".to_owned(),
                Actor::Person(person) => person.to_string(),
            };
            let at: Timestamp = entry.at;
            format!("{index}  {at}  {}  {by}  {}", entry.code, entry.data)
        }
        Err(_) => format!("{index}  ?"),
    }
}
