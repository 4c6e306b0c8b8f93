//! What the log says of sessions: who came, on what, what passed, how it ended.

use std::collections::{BTreeMap, BTreeSet};

use documents::{Cut, File, Noted, Session, Traced};
use events::{Actor, Entry, Fact, SessionOpened};
use vocab::{EstablishmentId, PersonId, Right, SessionId};

use super::acts;
use super::sheet::{Sheet, hex};
use super::words;
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
        // What was purged is not there any more.
        let mut from = journal.first();
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

/// What of sessions is told, at most.
#[derive(Clone, Copy)]
pub(super) struct Most {
    pub(super) sessions: usize,
    pub(super) files: usize,
    /// Acts of all sessions; nought: sessions are listed and not told.
    pub(super) acts: usize,
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
    acts: usize,
}

impl Told {
    /// Once all is told: people are named, whom nobody knew before their entries were read.
    pub(super) async fn name(&mut self, sheet: &mut Sheet<'_>) -> Result<(), PortError> {
        let people: Vec<PersonId> = self.people.iter().cloned().collect();
        sheet.meet(&people).await?;
        for session in &mut self.sessions {
            sheet.name(&mut session.person);
            if let Some(cut) = session.traced.as_mut().and_then(|traced| traced.cut.as_mut()) {
                sheet.name(&mut cut.by);
            }
        }
        Ok(())
    }

    /// Takes an entry of a session; at most so many sessions, files and acts are kept, the others are counted.
    pub(super) fn take(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry, most: Most) {
        let Some(id) = entry.session else { return };
        if let Actor::Person(person) = &entry.by {
            self.people.insert(person.clone());
        }
        if let Fact::SessionOpened(opened) = &entry.fact {
            if self.sessions.len() >= most.sessions {
                self.sessions_more = self.sessions_more.saturating_add(1);
                return;
            }
            self.places.insert(id, self.sessions.len());
            self.people.insert(opened.person.clone());
            let mut session = session(sheet, id, index, entry, opened);
            let told = most.acts > 0 && self.sessions.len() < Traced::SESSIONS_MAX;
            session.traced = told.then(|| traced(sheet, opened));
            self.sessions.push(session);
            return;
        }
        let place = self.places.get(&id).copied();
        if let Fact::FilePassed(passed) = &entry.fact {
            if self.files.len() < most.files {
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
        if let Some(traced) = session.traced.as_mut() {
            trace(sheet, traced, index, entry);
            if let Some(act) = acts::act(sheet, index, entry) {
                if self.acts < most.acts && traced.acts.len() < Traced::OF_ONE_MAX {
                    self.acts = self.acts.saturating_add(1);
                    traced.acts.push(act);
                } else {
                    traced.acts_more = traced.acts_more.saturating_add(1);
                }
            }
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
        traced: None,
    }
}

fn traced(sheet: &Sheet<'_>, opened: &SessionOpened) -> Traced {
    Traced {
        login: None,
        from: opened.from.to_string(),
        key: opened.key.as_str().to_owned(),
        second: words::second(sheet, opened.second.as_str()),
        account: None,
        host_key: None,
        pinned: String::new(),
        ends_at: sheet.last(opened.ends_at),
        idle_secs: opened.idle_secs,
        rights: opened.rights.iter().map(|right| words::right(sheet, right)).collect(),
        may_take_out: opened.may_take_out,
        facts: hex(&opened.facts),
        acts: Vec::new(),
        acts_more: 0,
        refused_in: 0,
        refused_out: 0,
        refused_why: String::new(),
        cut: None,
        ended: None,
        sealed: None,
    }
}

/// What an entry says of the session as a whole.
fn trace(sheet: &Sheet<'_>, traced: &mut Traced, index: u64, entry: &Entry) {
    match &entry.fact {
        Fact::SecretLent(lent) => {
            traced.account = Some(Noted { said: lent.login.as_str().to_owned(), entry: index });
        }
        Fact::EquipmentReached(reached) => {
            traced.host_key = Some(Noted { said: reached.host_key.as_str().to_owned(), entry: index });
        }
        Fact::SessionCut(cut) => {
            traced.cut = Some(Cut {
                by: words::actor(sheet, &entry.by),
                reason: cut.reason.as_str().to_owned(),
                entry: index,
                at: sheet.moment(entry.at),
            });
        }
        Fact::RecordingSealed(_) => traced.sealed = Some(index),
        Fact::ChannelClosed(closed) => acts::ended(sheet, &mut traced.acts, index, closed),
        Fact::SessionEnded(ended) => {
            traced.ended = Some(index);
            traced.refused_in = ended.inward.refused;
            traced.refused_out = ended.outward.refused;
            traced.refused_why = why_refused(sheet, traced);
        }
        Fact::SessionCrashed(_) => traced.ended = Some(index),
        _ => {}
    }
}

/// Why bytes were refused: where an entry tells of each request, that is it; else the account alone has them.
fn why_refused(sheet: &Sheet<'_>, traced: &Traced) -> String {
    let told = traced.acts.iter().any(|act| act.refused);
    let sftp = words::channel(sheet, Right::SftpRead);
    let transfer = traced.acts.iter().any(|act| act.what == sftp);
    match (traced.refused_in, traced.refused_out) {
        (0, 0) => String::new(),
        (_, 0) if told => sheet.pick("les demandes refusées ci-dessus", "the requests refused above"),
        (0, _) if transfer && !told => sheet.pick(
            "extensions du protocole SFTP que l'équipement annonçait et que la porte retire de l'annonce ; aucun contenu de fichier",
            "extensions of SFTP that the equipment announced and the gate takes out of the announcement; no content of a file",
        ),
        _ => sheet.pick(
            "demandes refusées, et ce qui restait à la fermeture sans que personne le prenne",
            "refused requests, and what was left at the end with nobody to take it",
        ),
    }
}

fn first_eight(id: SessionId) -> String {
    id.to_string().chars().take(8).collect()
}
