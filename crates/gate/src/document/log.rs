//! What the log says of sessions: who came, on what, what passed, how it ended.

use std::collections::{BTreeMap, BTreeSet};

use documents::{File, Session};
use events::{Entry, Fact, SessionOpened};
use vocab::{EstablishmentId, PersonId, SessionId};

use super::sheet::{Sheet, hex};
use crate::Gate;
use crate::ports::PortError;

/// Entries read at once: 512 of at most 64 KiB are 32 MiB, usually 300 KiB.
const READ: u64 = 512;

impl Gate {
    /// Tells every durable entry whose text holds this word, in order. A log of a million entries takes some seconds.
    pub(super) async fn told(
        &self,
        establishment: &EstablishmentId,
        word: &str,
        tell: &mut (dyn FnMut(u64, &Entry) + Send),
    ) -> Result<u64, PortError> {
        let missing = || PortError::Missing(format!("the log of `{establishment}`"));
        let journal = self.journals.of(establishment).ok_or_else(missing)?;
        let size = journal.size();
        let mut from = 0;
        while from < size {
            let until = size.min(from.saturating_add(READ));
            let entries = journal.read(from, until).await?;
            if entries.is_empty() {
                return Err(PortError::Failed(format!(
                    "the log of `{establishment}` ends at {from} of {size}"
                )));
            }
            for (index, bytes) in (from..).zip(&entries) {
                let text = bytes.get(events::RANDOM_LEN..).and_then(|text| std::str::from_utf8(text).ok());
                if !text.is_some_and(|text| text.contains(word)) {
                    continue;
                }
                let entry = Entry::decode(bytes);
                tell(index, &entry.map_err(|error| PortError::Failed(format!("entry {index}: {error}")))?);
            }
            from = from.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
        }
        Ok(size)
    }
}

/// Sessions as they are told, entry by entry, in the order of their openings.
#[derive(Default)]
pub(super) struct Told {
    pub(super) sessions: Vec<Session>,
    pub(super) sessions_more: u64,
    pub(super) files: Vec<File>,
    pub(super) files_more: u64,
    places: BTreeMap<SessionId, usize>,
    people: BTreeSet<PersonId>,
}

impl Told {
    /// Once all is told: people are named, whom nobody knew before their entries were read.
    pub(super) async fn name(&mut self, sheet: &mut Sheet<'_>) -> Result<(), PortError> {
        let people: Vec<PersonId> = self.people.iter().cloned().collect();
        sheet.meet(&people).await?;
        for session in &mut self.sessions {
            if let Some(id) = self.people.iter().find(|id| id.as_str() == session.person.id) {
                session.person = sheet.person(id);
            }
        }
        Ok(())
    }

    /// Takes an entry of a session; at most so many sessions and files are kept, the others are counted.
    pub(super) fn take(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry, most: (usize, usize)) {
        let Some(id) = entry.session else { return };
        if let Fact::SessionOpened(opened) = &entry.fact {
            if self.sessions.len() >= most.0 {
                self.sessions_more = self.sessions_more.saturating_add(1);
                return;
            }
            self.places.insert(id, self.sessions.len());
            self.people.insert(opened.person.clone());
            self.sessions.push(session(sheet, id, index, entry, opened));
            return;
        }
        let place = self.places.get(&id).copied();
        if let Fact::FilePassed(passed) = &entry.fact {
            if self.files.len() < most.1 {
                self.files.push(File {
                    session: first_eight(id),
                    path: passed.path.as_str().to_owned(),
                    out: passed.direction.as_str() == "out",
                    size: passed.size,
                    sha256: passed.sha256.map(|sha256| hex(&sha256)),
                    at: sheet.moment(entry.at),
                    outcome: passed.outcome.as_str().to_owned(),
                });
            } else {
                self.files_more = self.files_more.saturating_add(1);
            }
        }
        let Some(session) = place.and_then(|place| self.sessions.get_mut(place)) else { return };
        match &entry.fact {
            Fact::SessionEnded(ended) => {
                session.ended = Some(sheet.moment(entry.at));
                session.ending = Some(ended.ending.as_str().to_owned());
            }
            Fact::SessionCrashed(_) => session.ending = Some(vocab::Ending::Crash.as_str().to_owned()),
            Fact::ChannelOpened(_) => session.channels = session.channels.saturating_add(1),
            Fact::FilePassed(_) => session.files = session.files.saturating_add(1),
            Fact::ChannelRefused(_) | Fact::RequestRefused(_) => {
                session.refused = session.refused.saturating_add(1);
            }
            _ => {}
        }
    }
}

fn session(sheet: &Sheet<'_>, id: SessionId, index: u64, entry: &Entry, opened: &SessionOpened) -> Session {
    let lifted = opened.lifted.iter().map(|one| format!("{} ({})", one.source.code(), one.ground.as_str()));
    Session {
        session: id.to_string(),
        entry: index,
        intervention: entry.intervention.as_ref().map(ToString::to_string),
        person: sheet.person(&opened.person),
        employer: opened.employer.to_string(),
        equipment: opened.equipment.to_string(),
        opened: sheet.moment(entry.at),
        ended: None,
        ending: None,
        recording: opened.recording.to_string(),
        lifted: lifted.collect(),
        channels: 0,
        files: 0,
        refused: 0,
    }
}

fn first_eight(id: SessionId) -> String {
    id.to_string().chars().take(8).collect()
}
