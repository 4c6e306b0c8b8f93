//! Searching in the traces, for somebody who says why; and what was refused, by rule, without anybody's name.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use domain::About;
use events::{Actor, Envelope};
use vocab::{EquipmentId, EstablishmentId, InterventionId, PersonId, SessionId, Timestamp};

use super::Bearer;
use crate::Gate;
use crate::commands::{Deed, NotDone, place};
use crate::ports::{Journal, PortError};
use crate::scribe::Note;
use crate::start::READ_STEP;
use crate::traces::Sought;

/// Entries looked at for one page: 1,024 readings of half a MiB, about a second. Whoever finds none there goes on from the
/// cursor.
const SCANNED_MAX: u64 = 1_024 * READ_STEP;
/// Entries decoded to count refusals: 64 readings.
const COUNTED_MAX: u64 = 64 * READ_STEP;
/// Entries in one page, at most: below 65,535 bytes each, most below one KiB.
const PAGE_MAX: usize = 200;
/// Bytes of entries in one page, at most, and one entry more: 64 connections then hold 64 of them, 68 MiB.
const PAGE_BYTES: usize = 1 << 20;
/// Days of refusals counted at once: a month on the page of the security officer.
pub const REFUSALS_DAYS_MAX: u32 = 31;

/// What is looked for; everything that is named has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceAsked {
    /// Entries that name this person.
    pub person: Option<PersonId>,
    /// Entries that name this equipment.
    pub equipment: Option<EquipmentId>,
    /// Entries of this intervention.
    pub intervention: Option<InterventionId>,
    /// Entries of this session.
    pub session: Option<SessionId>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// The index from which to go on.
    pub cursor: Option<u64>,
    /// Most entries in the page; `None`: as many as there may be.
    pub limit: Option<usize>,
    /// Why it is read.
    pub reason: String,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its index in the log.
    pub index: u64,
    /// Its envelope and data; `None`: it cannot be read, and is shown as being there.
    pub entry: Option<Envelope>,
}

/// Some of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries, oldest first.
    pub entries: Vec<Found>,
    /// From where to go on; `None`: that was all.
    pub next: Option<u64>,
    /// The index of the first entry that is there: those before it were purged.
    pub first: u64,
    /// How many entries the log has.
    pub size: u64,
}

/// Refused attempts to open a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// Counted from this moment on.
    pub since: Timestamp,
    /// How many attempts were refused.
    pub attempts: u64,
    /// How many of them by each rule; one attempt may meet several.
    pub by_rule: BTreeMap<String, u64>,
    /// Whether everything since then was looked at; if not, only the newest part of it.
    pub complete: bool,
}

impl TraceAsked {
    /// In words, for the entry that says that it was read.
    fn subject(&self) -> String {
        let named = [
            self.person.as_ref().map(|one| format!("person {one}")),
            self.equipment.as_ref().map(|one| format!("equipment {one}")),
            self.intervention.as_ref().map(|one| format!("intervention {one}")),
            self.session.as_ref().map(|one| format!("session {one}")),
            self.from.map(|at| format!("from {at}")),
            self.until.map(|at| format!("until {at}")),
            self.cursor.map(|index| format!("entry {index}")),
        ];
        let named: Vec<String> = named.into_iter().flatten().collect();
        if named.is_empty() { "all".to_owned() } else { named.join(", ") }
    }

    fn sought(&self) -> Sought {
        let about = [
            self.person.clone().map(About::Person),
            self.intervention.clone().map(About::Intervention),
            self.session.map(About::Session),
        ];
        let sought = about.into_iter().flatten().fold(Sought::new(), Sought::about);
        let sought = self.equipment.clone().into_iter().fold(sought, Sought::on);
        sought.between(self.from, self.until)
    }
}

impl Gate {
    /// A page of the traces. That it is read is written down first, with the reason, each time.
    pub async fn traces_by(&self, bearer: &Bearer, asked: &TraceAsked) -> Result<Page, NotDone> {
        let establishment = self.reader(bearer).await?;
        let journal = self.log_of(&establishment)?;
        let by = Actor::Person(bearer.known.person.clone());
        let read = self.reading(&establishment, by, "traces", Some(asked.subject()), &asked.reason).await;
        read.map_err(|error| match error {
            PortError::Conflict(_) => NotDone::new(
                "Dites pourquoi vous les lisez, en huit caractères au moins : c'est écrit au journal.",
                "Say why you read them, in eight characters at least: it is written into the ledger.",
            ),
            error => error.into(),
        })?;
        self.say_by_token(bearer, &establishment, "reading-began").await?;
        Ok(search(&*journal, asked).await?)
    }

    /// How many attempts were refused in the last days, by rule. Nobody is named in it.
    pub async fn refusals_by(&self, bearer: &Bearer, days: u32) -> Result<Refusals, NotDone> {
        let establishment = self.reader(bearer).await?;
        let journal = self.log_of(&establishment)?;
        let since = self.clock.now().before(domain::days(days.clamp(1, REFUSALS_DAYS_MAX)));
        Ok(count(&*journal, since).await?)
    }

    async fn reader(&self, bearer: &Bearer) -> Result<EstablishmentId, NotDone> {
        let only = bearer.establishment().as_str();
        bearer.known.scope(Deed::ReadTraces)?;
        let (establishment, _) = place(self, &bearer.known, Some(only), Deed::ReadTraces, only).await?;
        Ok(establishment)
    }

    fn log_of(&self, establishment: &EstablishmentId) -> Result<std::sync::Arc<dyn Journal>, PortError> {
        let journal = self.journals.of(establishment);
        journal.ok_or_else(|| PortError::Missing(format!("the log of `{establishment}`")))
    }

    /// Says beside an entry of this person that it came by his token.
    async fn say_by_token(
        &self,
        bearer: &Bearer,
        establishment: &EstablishmentId,
        act: &str,
    ) -> Result<(), PortError> {
        let Some(by) = &bearer.known.by_token else { return Ok(()) };
        let note = Note {
            establishment: establishment.clone(),
            at: self.clock.now(),
            by: Actor::Person(bearer.known.person.clone()),
            session: None,
            intervention: None,
            fact: by.acted(act, bearer.known.from).into(),
        };
        self.scribe.note(note).await.map(drop)
    }
}

async fn search(journal: &dyn Journal, asked: &TraceAsked) -> Result<Page, PortError> {
    let (first, size) = (journal.first(), journal.size());
    let limit = asked.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let from = asked.cursor.unwrap_or(first).max(first);
    let end = size.min(from.saturating_add(SCANNED_MAX));
    let (mut entries, mut length) = (Vec::new(), 0_usize);
    let found = |index, bytes: &[u8]| {
        if entries.len() == limit || length >= PAGE_BYTES {
            return ControlFlow::Break(());
        }
        length = length.saturating_add(bytes.len());
        entries.push(Found { index, entry: Envelope::decode(bytes).ok() });
        ControlFlow::Continue(())
    };
    let next = asked.sought().each(journal, from..end, found).await?;
    Ok(Page { entries, next: (next < size).then_some(next), first, size })
}

/// Backwards, the newest first.
async fn count(journal: &dyn Journal, since: Timestamp) -> Result<Refusals, PortError> {
    let (first, size) = (journal.first(), journal.size());
    let mut refusals = Refusals { since, attempts: 0, by_rule: BTreeMap::new(), complete: true };
    let (mut until, mut scanned) = (size, 0_u64);
    while until > first {
        if scanned >= COUNTED_MAX {
            refusals.complete = false;
            break;
        }
        let from = until.saturating_sub(READ_STEP).max(first);
        let mut older = true;
        for bytes in journal.read(from, until).await? {
            let Ok(entry) = Envelope::decode(&bytes) else { continue };
            older &= entry.rec < since;
            if entry.code == "session-refused" && entry.at >= since {
                refusals.attempts = refusals.attempts.saturating_add(1);
                let codes: Vec<vocab::Source> = entry.member("codes").unwrap_or_default();
                for code in codes {
                    let count = refusals.by_rule.entry(code.code()).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
        if older {
            break;
        }
        scanned = scanned.saturating_add(until.saturating_sub(from));
        until = from;
    }
    Ok(refusals)
}
