//! What is old goes, its certificate first (decision 0024).
//!
//! ```text
//! due ─▶ certificate and what the database remembers of it, one transaction ─▶ receipt ─▶ files removed
//!                                                      the next start: ◀── killed anywhere ──┘
//! ```
//!
//! Recordings go one by one, the oldest first; entries by whole bundles from the beginning of the log, up to the first
//! that is not old or that somebody still needs.

mod asides;
pub(crate) mod belongs;
mod page;
mod papers;
mod rows;
mod scan;
mod silence;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::{Establishment, Hold, Intervention, PaperId, Purged, Retention, State, days};
use events::{Actor, EntriesPurged, Entry, Fact, RecordingPurged, Tally};
use vocab::{EstablishmentId, InterventionId, RecordingId, Text, Timestamp};

pub use page::Keeping;
pub(crate) use page::held;

use crate::acts::Act;
use crate::ports::{Container, Journal, PortError, Put, Receipt, SessionThen};
use crate::scribe::Note;
use crate::start::READ_STEP;
use crate::{Gate, Logged, Removal};
use scan::{Draft, Scan};
use silence::Silences;

/// A term that was shortened counts when it has stood for so long.
const NOTICE: Duration = days(30);
/// An intervention that is not settled keeps its entries for so long at most.
const UNSETTLED_MAX: Duration = days(domain::TRACE_DAYS_MAX);
/// Recordings named with one transaction: 64 × 400 bytes of entries.
const BATCH: usize = 64;
/// How far the clock may be behind what is recorded.
const BEHIND_MAX: Duration = Duration::from_secs(10);

/// What one round removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ran {
    /// Recordings.
    pub recordings: u64,
    /// Documents.
    pub documents: u64,
    /// Emergency journals.
    pub emergencies: u64,
    /// Versions of facts, and interventions, of the database.
    pub rows: u64,
    /// The first entry that is there, before and after.
    pub first: (u64, u64),
}

/// For how long, with why when it is more than a year.
struct Terms {
    traces: u32,
    recordings: u32,
    reason: Option<String>,
    /// Of facts and interventions, the establishment's own and the deployment's.
    facts: u32,
    common: u32,
    fact_reason: Option<String>,
}

/// One round over one establishment.
struct Round<'a> {
    gate: &'a Gate,
    establishment: EstablishmentId,
    journal: Arc<dyn Journal>,
    by: Actor,
    now: Timestamp,
    terms: Terms,
    silences: Silences,
    holds: Vec<Hold>,
}

impl Gate {
    /// Removes what is older than its term from an establishment's traces, and nothing that is still needed or held.
    ///
    /// # Errors
    /// If a port fails, if the clock is behind what is recorded, or on the emergency journal. What was certified and
    /// not removed is removed by the next round.
    pub async fn retain(&self, establishment: &EstablishmentId, by: Actor) -> Result<Ran, PortError> {
        let _alone = self.retaining.lock().await;
        self.finish_purge(establishment).await?;
        let Some(round) = self.round(establishment, by).await? else { return Ok(Ran::default()) };
        let before = round.journal.first();
        let recordings = round.recordings().await?;
        let documents = round.documents().await?;
        let emergencies = round.asides().await?;
        let rows = round.rows().await?;
        round.entries().await?;
        Ok(Ran { recordings, documents, emergencies, rows, first: (before, round.journal.first()) })
    }

    /// `None`: nobody has described this establishment yet, or the traces are those of an emergency.
    async fn round(
        &self,
        establishment: &EstablishmentId,
        by: Actor,
    ) -> Result<Option<Round<'_>>, PortError> {
        let now = self.clock.now();
        if self.acts.newest().since(now) > BEHIND_MAX {
            return Err(PortError::Failed("the clock is behind what is recorded".into()));
        }
        let terms = self.terms_of(establishment, now).await?;
        let journal = self.journals.of(establishment).filter(|_| !self.refuge);
        let (Some(terms), Some(journal)) = (terms, journal) else { return Ok(None) };
        let carried = self.store.purged(establishment).await?.unwrap_or_default().silences;
        let silences = Silences::of(&*journal, now, carried).await?;
        let holds = self.store.holds(establishment, self.as_of(now)).await?;
        let establishment = establishment.clone();
        Ok(Some(Round { gate: self, establishment, journal, by, now, terms, silences, holds }))
    }

    /// The longer of the terms of now and of a month ago.
    async fn terms_of(
        &self,
        establishment: &EstablishmentId,
        now: Timestamp,
    ) -> Result<Option<Terms>, PortError> {
        let mut terms: Option<Terms> = None;
        let mut common = 0;
        for as_of in [self.as_of(now), now.before(NOTICE)] {
            let all = self.store.establishments(as_of).await?;
            // What belongs to all of them is kept as long as the one that keeps longest.
            common = all.iter().map(Establishment::fact_days).fold(common, u32::max);
            let Some(one) = all.into_iter().find(|one| one.id == *establishment) else { continue };
            let (traces, recordings, facts) = (one.trace_days(), one.recording_term(), one.fact_days());
            let Retention { reason, fact_reason, .. } = one.retention;
            match &mut terms {
                // What was described then and is no more is nobody's to purge.
                None if as_of != self.as_of(now) => {}
                None => terms = Some(Terms { traces, recordings, reason, facts, common, fact_reason }),
                Some(terms) => {
                    if terms.traces < traces {
                        (terms.traces, terms.reason) = (traces, reason);
                    }
                    if terms.facts < facts {
                        (terms.facts, terms.fact_reason) = (facts, fact_reason);
                    }
                    terms.recordings = terms.recordings.max(recordings);
                }
            }
        }
        let terms = terms.map(|terms| Terms { common, ..terms });
        Ok(terms)
    }

    /// Removes what the last certificates name and is there still: exactly that, and only where the log has them.
    async fn finish_purge(&self, establishment: &EstablishmentId) -> Result<(), PortError> {
        let Some(journal) = self.journals.of(establishment).filter(|_| !self.refuge) else { return Ok(()) };
        let mut rows = self.store.doomed(establishment).await?;
        let purged = self.store.purged(establishment).await?.unwrap_or_default();
        let mut recordings: BTreeSet<RecordingId> = purged.recordings.iter().copied().collect();
        if !recordings.is_empty() {
            let there = self.recordings.containers(establishment).await?;
            recordings.retain(|one| there.iter().any(|container| container.recording == *one));
        }
        let mut documents: BTreeSet<PaperId> = purged.documents.iter().copied().collect();
        if !documents.is_empty() {
            let there = self.papers.all(establishment).await?;
            documents.retain(|one| there.iter().any(|kept| kept.place == *one));
        }
        let mut until = (purged.until > journal.first()).then_some(purged.until);
        let mut end = journal.size();
        while end > journal.first()
            && (until.is_some() || !recordings.is_empty() || !documents.is_empty() || rows.is_some())
        {
            let from = end.saturating_sub(READ_STEP).max(journal.first());
            let read = journal.read(from, end).await?;
            for (index, bytes) in (from..).zip(&read).collect::<Vec<_>>().into_iter().rev() {
                let fact = Entry::decode(bytes).map(|entry| entry.fact);
                let receipt = Receipt { index, leaf: ledger::leaf_hash(bytes).0 };
                let removal = Removal::of(establishment);
                match fact {
                    Ok(Fact::EntriesPurged(said)) if Some(said.until) == until => {
                        journal
                            .purge(&Logged::new(Removal { until: said.until, ..removal }, receipt))
                            .await?;
                        until = None;
                    }
                    Ok(Fact::RecordingPurged(said)) if recordings.remove(&said.recording) => {
                        let removal = Removal { recordings: vec![said.recording], ..removal };
                        self.recordings.purge(&Logged::new(removal, receipt)).await?;
                    }
                    Ok(Fact::FactsPurged(said)) if Some(said.root) == rows => {
                        self.store.remove(&Logged::new(Removal { rows, ..removal }, receipt)).await?;
                        rows = None;
                    }
                    Ok(Fact::DocumentPurged(said)) => {
                        let place = said.place.as_str().parse().ok().filter(|place| documents.remove(place));
                        let Some(place) = place else { continue };
                        let removal = Removal { documents: vec![place], ..removal };
                        self.remove_documents(&Logged::new(removal, receipt)).await?;
                    }
                    _ => {}
                }
            }
            end = from;
        }
        match until.is_some() || !recordings.is_empty() || !documents.is_empty() || rows.is_some() {
            true => {
                Err(PortError::Failed("the log has no certificate of what the database calls purged".into()))
            }
            false => Ok(()),
        }
    }
}

impl Round<'_> {
    /// Whether it is older than so many days, as far as the log has seen time pass.
    fn old(&self, then: Timestamp, days_: u32) -> bool {
        self.silences.age(then, self.now) >= days(days_)
    }

    fn note(&self, fact: impl Into<Fact>) -> Note {
        let (establishment, by) = (self.establishment.clone(), self.by.clone());
        Note { establishment, at: self.now, by, session: None, intervention: None, fact: fact.into() }
    }

    async fn purged(&self) -> Result<Purged, PortError> {
        Ok(self.gate.store.purged(&self.establishment).await?.unwrap_or_default())
    }

    async fn write(&self, purged: Purged, notes: Vec<Note>) -> Result<Receipt, PortError> {
        self.write_with(Vec::new(), purged, notes).await
    }

    /// Who does it, as the database says.
    fn hand(&self) -> String {
        let by = match &self.by {
            Actor::Host => "host operator",
            _ => "gate",
        };
        by.to_owned()
    }

    /// The same with what ends.
    async fn write_with(
        &self,
        mut puts: Vec<Put>,
        purged: Purged,
        notes: Vec<Note>,
    ) -> Result<Receipt, PortError> {
        puts.push(Put::Purged { establishment: self.establishment.clone(), value: purged });
        let act = Act { puts, sessions: Vec::new(), notes, at: self.now, by: self.hand() };
        let receipts = self.gate.acts.commit(act).await?;
        receipts.last().copied().ok_or_else(|| PortError::Failed("no receipt was given".into()))
    }

    /// Recordings whose sessions ended longer ago than their term, the oldest first.
    async fn due(&self) -> Result<Vec<(SessionThen, Timestamp, Container)>, PortError> {
        let there = self.gate.recordings.containers(&self.establishment).await?;
        let names = there.iter().filter_map(|one| one.session).collect();
        let known = self.gate.store.sessions(names).await?;
        let mut due = Vec::new();
        for container in there {
            let of = |then: &&SessionThen| then.row.recording == container.recording;
            let Some(then) =
                known.iter().find(of).filter(|then| then.row.establishment == self.establishment)
            else {
                continue;
            };
            let Some(ended) = then.ended.filter(|ended| self.old(*ended, self.terms.recordings)) else {
                continue;
            };
            let row = &then.row;
            if self.holds.iter().any(|hold| hold.about.covers(row.session, &row.intervention, &row.person)) {
                continue;
            }
            due.push((then.clone(), ended, container));
        }
        due.sort_by_key(|(then, ended, _)| (*ended, then.row.session));
        Ok(due)
    }

    async fn recordings(&self) -> Result<u64, PortError> {
        let due = self.due().await?;
        for batch in due.chunks(BATCH) {
            let note = |(then, ended, container): &(SessionThen, Timestamp, Container)| {
                // A seal that fits nothing is said as such: no root has these digits.
                let (root, bytes) = container.sealed.unwrap_or_default();
                let (recording, ended) = (container.recording, *ended);
                let fact =
                    RecordingPurged { recording, root, bytes, ended, days: self.terms.recordings.into() };
                let (session, intervention) = (Some(then.row.session), Some(then.row.intervention.clone()));
                Note { session, intervention, ..self.note(fact) }
            };
            let recordings: Vec<RecordingId> = batch.iter().map(|(.., one)| one.recording).collect();
            let purged = Purged { recordings: recordings.clone(), ..self.purged().await? };
            let receipt = self.write(purged, batch.iter().map(note).collect()).await?;
            let removal = Removal { recordings, ..Removal::of(&self.establishment) };
            self.gate.recordings.purge(&Logged::new(removal, receipt)).await?;
        }
        Ok(due.len() as u64)
    }

    /// Interventions that somebody still owes something to.
    async fn unsettled(&self) -> Result<BTreeSet<InterventionId>, PortError> {
        let all = self.gate.store.interventions(&self.establishment, &State::ALL).await?;
        Ok(all
            .into_iter()
            .filter(|one| !(one.is_settled() && one.is_reviewed()))
            .map(|one: Intervention| one.id)
            .collect())
    }

    /// Certificate after certificate, until something is not old or is needed.
    async fn entries(&self) -> Result<(), PortError> {
        while let (Some(draft), _) = self.look().await? {
            self.certify(draft).await?;
        }
        Ok(())
    }

    /// What may go from the beginning of the log now, and what stands in the way of more.
    async fn look(&self) -> Result<(Option<Draft>, Option<(u64, Text)>), PortError> {
        let purged = self.purged().await?;
        if purged.until != self.journal.first() {
            return Err(PortError::Failed(format!(
                "the log begins at {}, and its last certificate says {}",
                self.journal.first(),
                purged.until
            )));
        }
        let unsettled = self.unsettled().await?;
        let there = self.gate.recordings.containers(&self.establishment).await?;
        let there: BTreeSet<RecordingId> = there.into_iter().map(|one| one.recording).collect();
        let (size, mut scan, mut best) = (self.journal.size(), Scan::after(&purged), None);
        while scan.index() < size && !scan.is_long() {
            let until = size.min(scan.index() + READ_STEP);
            for bytes in self.journal.read(scan.index(), until).await? {
                let entry = match Entry::decode(&bytes) {
                    Ok(entry) => entry,
                    Err(_) => return Ok((best, Some((scan.index(), page::unreadable())))),
                };
                if let Some(why) = self.needs(scan.index(), &entry, &unsettled, &there) {
                    return Ok((best, Some((scan.index(), why))));
                }
                scan.take(entry);
                let Some(draft) = scan.draft() else { continue };
                let names: Vec<_> = draft.open.iter().map(|one| one.session).collect();
                let known = self.gate.store.sessions(names).await?;
                // One that is not known any more went with its intervention, under a certificate.
                let ended = |open: &domain::OpenThere| {
                    known.iter().all(|then| then.row.session != open.session || then.ended.is_some())
                };
                if let Some(open) = draft.open.iter().find(|open| !ended(open)) {
                    return Ok((best, Some((open.index, page::open(open.session)))));
                }
                best = Some(draft);
            }
        }
        Ok((best, None))
    }

    /// Why an entry has to stay; `None`: it may go.
    fn needs(
        &self,
        index: u64,
        entry: &Entry,
        unsettled: &BTreeSet<InterventionId>,
        there: &BTreeSet<RecordingId>,
    ) -> Option<Text> {
        if let Some(hold) = self.holds.iter().find(|hold| hold.first <= index) {
            return Some(page::held(hold));
        }
        if !self.old(entry.recorded_at, self.terms.traces) {
            return Some(page::young(entry.recorded_at, self.terms.traces));
        }
        if let Some(id) = entry.intervention.as_ref().filter(|id| unsettled.contains(*id))
            && self.silences.age(entry.recorded_at, self.now) < UNSETTLED_MAX
        {
            return Some(page::unsettled(id));
        }
        let recording = match &entry.fact {
            Fact::SessionEnded(ended) => ended.recording,
            Fact::SessionCrashed(crashed) => crashed.recording,
            _ => return None,
        };
        there.contains(&recording).then(|| page::recorded(recording))
    }

    /// Writes the certificate, then removes what it names.
    async fn certify(&self, draft: Draft) -> Result<(), PortError> {
        self.journal.seal().await?;
        let until = draft.until;
        let open = draft.open.iter().map(|one| {
            let domain::OpenThere { session, recording, boot, index, at } = *one;
            events::OpenAt { session, recording, boot, index, at }
        });
        let counts = draft.counts.iter().map(|one| {
            let domain::CountThere { boot, source, last } = one;
            events::CountAt { boot: *boot, source: source.clone(), last: *last }
        });
        let tallies = draft.tallies.iter().filter(|(_, entries)| *entries > 0);
        let fact = EntriesPurged {
            from: self.journal.first(),
            until,
            root: self.journal.root_at(until).await?,
            opened: draft.opened,
            ended: draft.ended,
            open: open.collect(),
            counts: counts.collect(),
            tallies: tallies
                .map(|(class, entries)| Tally { class: (*class).into(), entries: *entries })
                .collect(),
            newest: draft.newest,
            days: self.terms.traces.into(),
            reason: self
                .terms
                .reason
                .as_deref()
                .filter(|_| self.terms.traces > domain::TRACE_DAYS)
                .map(Into::into),
            holds: self.holds.len() as u64,
            held_from: self.holds.iter().map(|hold| hold.first).min(),
        };
        // An emergency journal is named as long as there may be one.
        let joined = self.joined_still(&draft.joined).await?;
        let mut notes: Vec<Note> = joined.into_iter().map(|joined| self.note(joined)).collect();
        notes.extend(self.filed_still(&draft.filed).await?);
        notes.push(self.note(fact));
        let silences = self.silences.begun_by(draft.newest);
        let purged = Purged { until, open: draft.open, counts: draft.counts, silences, ..Purged::default() };
        let receipt = self.write(purged, notes).await?;
        let removal = Removal { until, ..Removal::of(&self.establishment) };
        self.journal.purge(&Logged::new(removal, receipt)).await
    }
}
