//! What the log says of a service, gathered entry by entry for a pack.

use std::collections::{BTreeMap, BTreeSet};

use documents::{Assessed, Attempt, Changed, Moment, Pack, Read, Step, Tallied, Traced, Vouched};
use domain::ServiceFacts;
use events::{Actor, Entry, Fact, PersonVouched, ReadingBegan, SessionRefused, SiteApplied};
use vocab::{EquipmentId, InterventionId, PersonId, RecordingId, SessionId, Source};

use super::grounds::Coming;
use super::log::{Most, Told};
use super::pack::Scope;
use super::sheet::{Sheet, hex};
use super::stamped::Stamped;
use super::statement::assessed_entry;
use super::steps::step;
use super::words;
use crate::ports::PortError;

/// Files are in the report of each intervention, and among the acts of each session.
const MOST: Most = Most { sessions: Pack::LISTED_MAX, files: 0, acts: Traced::ACTS_MAX };

/// Steps told of one intervention: a request, an approval, twenty checks and the closing are some thirty.
const STEPS_OF_ONE: usize = 60;

/// What the log says of the service.
pub(super) struct Gathered<'a> {
    scope: Scope<'a>,
    /// The service's equipment: an attempt on it that fits no service concerns this one too.
    equipment: BTreeSet<EquipmentId>,
    /// Its sessions, to their ends wherever they stand.
    pub(super) told: Told,
    sessions: BTreeMap<SessionId, RecordingId>,
    sealed: BTreeSet<RecordingId>,
    pub(super) interventions: BTreeSet<InterventionId>,
    pub(super) steps: BTreeMap<InterventionId, (Vec<Step>, u64)>,
    /// Everybody who came or tried to, in order.
    pub(super) comings: Vec<Coming>,
    /// The last login of each person.
    logins: BTreeMap<PersonId, u64>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) attempts_more: u64,
    pub(super) refused: BTreeMap<Source, u64>,
    pub(super) changes: Vec<(vocab::Timestamp, Changed)>,
    pub(super) changes_more: u64,
    pub(super) readings: Vec<Read>,
    pub(super) readings_more: u64,
    pub(super) vouched: Vec<Vouched>,
    pub(super) vouched_more: u64,
    pub(super) tallied: Tallied,
    /// The timestamps that cover what is leant on.
    pub(super) stamped: Stamped,
    pub(super) begins: Option<(u64, Moment)>,
    /// The last assessment of the service, up to the end of the time.
    pub(super) assessed: Option<Assessed>,
    begun: bool,
}

impl<'a> Gathered<'a> {
    pub(super) fn of(scope: Scope<'a>, facts: &ServiceFacts) -> Self {
        Self {
            scope,
            equipment: facts.equipment.iter().map(|one| one.id.clone()).collect(),
            told: Told::default(),
            sessions: BTreeMap::new(),
            sealed: BTreeSet::new(),
            interventions: BTreeSet::new(),
            steps: BTreeMap::new(),
            comings: Vec::new(),
            logins: BTreeMap::new(),
            attempts: Vec::new(),
            attempts_more: 0,
            refused: BTreeMap::new(),
            changes: Vec::new(),
            changes_more: 0,
            readings: Vec::new(),
            readings_more: 0,
            vouched: Vec::new(),
            vouched_more: 0,
            tallied: Tallied::default(),
            stamped: Stamped::default(),
            begins: None,
            assessed: None,
            begun: false,
        }
    }

    pub(super) fn take(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry) {
        if index >= self.scope.entries {
            return;
        }
        if self.begins.is_none() {
            self.begins = Some((index, sheet.moment(entry.at)));
        }
        let inside = self.scope.span.holds(entry.at);
        if entry.at <= self.scope.span.until {
            let told = assessed_entry(sheet, self.scope.service, index, entry);
            self.assessed = told.or_else(|| self.assessed.take());
        }
        if inside && !std::mem::replace(&mut self.begun, true) {
            self.tallied.first = index;
        }
        if inside {
            self.tallied.after = index.saturating_add(1);
            self.inside(sheet, index, entry);
        }
        self.stamped.take(sheet, index, entry);
        self.whenever(sheet, index, entry);
        self.of_a_session(sheet, index, entry);
    }

    /// What counts because it was in this time.
    fn inside(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry) {
        let tallied = &mut self.tallied;
        match &entry.fact {
            Fact::LedgerRestored(_) => tallied.restored = tallied.restored.saturating_add(1),
            Fact::RefugeJoined(_) => tallied.refuge = tallied.refuge.saturating_add(1),
            Fact::SiteApplied(applied) => self.applied(sheet, index, entry, applied),
            Fact::SessionRefused(refused) => self.attempt(sheet, index, entry, refused),
            Fact::SessionOpened(opened) if opened.service == *self.scope.service => {
                tallied.opened = tallied.opened.saturating_add(1);
                self.sessions.extend(entry.session.map(|id| (id, opened.recording)));
                self.interventions.extend(entry.intervention.clone());
                self.stamped.proves(index);
                self.comings.push(Coming {
                    at: entry.at,
                    person: opened.person.clone(),
                    opened: Some(index),
                });
            }
            Fact::InterventionRequested(requested) if requested.service == *self.scope.service => {
                self.interventions.extend(entry.intervention.clone());
            }
            _ => {}
        }
    }

    /// What counts whenever it was: who vouched for whom, who read what is told here, how an intervention went on.
    fn whenever(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry) {
        match (&entry.fact, &entry.by) {
            (Fact::LoginSucceeded(_), Actor::Person(person)) => {
                self.logins.insert(person.clone(), index);
            }
            (Fact::PersonVouched(vouched), _) => self.vouch(sheet, index, entry, vouched),
            (Fact::ReadingBegan(reading), _) => self.read(sheet, index, entry, reading),
            _ => {}
        }
        let Some(id) = &entry.intervention else { return };
        let Some(step) = step(sheet, index, entry) else { return };
        // Asked for before this time, it may have sessions in it.
        let ours = match &entry.fact {
            Fact::InterventionRequested(requested) => requested.service == *self.scope.service,
            _ => self.steps.contains_key(id) || self.interventions.contains(id),
        };
        if !ours {
            return;
        }
        let (steps, more) = self.steps.entry(id.clone()).or_default();
        if steps.len() < STEPS_OF_ONE {
            steps.push(step);
        } else {
            *more = more.saturating_add(1);
        }
    }

    /// What belongs to a session that was opened in this time is told to its end.
    fn of_a_session(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry) {
        if !entry.session.is_some_and(|id| self.sessions.contains_key(&id)) {
            return;
        }
        if matches!(entry.fact, Fact::SessionEnded(_) | Fact::SessionCrashed(_) | Fact::RecordingSealed(_)) {
            self.stamped.proves(index);
        }
        let tallied = &mut self.tallied;
        match &entry.fact {
            Fact::SessionEnded(_) => tallied.ended = tallied.ended.saturating_add(1),
            Fact::SessionCrashed(_) => tallied.crashed = tallied.crashed.saturating_add(1),
            Fact::RecordingSealed(sealed) => drop(self.sealed.insert(sealed.recording)),
            Fact::WatchBegan(_) | Fact::WatchEnded(_) => self.watch(sheet, index, entry),
            _ => {}
        }
        self.told.take(sheet, index, entry, MOST);
        if let Fact::SessionOpened(opened) = &entry.fact {
            let login = self.logins.get(&opened.person).copied();
            let last = self.told.sessions.last_mut().filter(|one| one.entry == index);
            if let Some(traced) = last.and_then(|session| session.traced.as_mut()) {
                traced.login = login;
            }
        }
    }

    /// An attempt on this service; or on its equipment, by somebody whom no service knows there.
    fn attempt(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry, refused: &SessionRefused) {
        let ours = match &refused.service {
            Some(service) => service == self.scope.service,
            None => self.equipment.contains(&refused.equipment),
        };
        if !ours {
            return;
        }
        self.tallied.refused = self.tallied.refused.saturating_add(1);
        for code in &refused.codes {
            let times = self.refused.entry(*code).or_default();
            *times = times.saturating_add(1);
        }
        self.comings.push(Coming { at: entry.at, person: refused.person.clone(), opened: None });
        if self.attempts.len() >= Pack::LINES_MAX {
            self.attempts_more = self.attempts_more.saturating_add(1);
            return;
        }
        self.attempts.push(Attempt {
            entry: index,
            login: self.logins.get(&refused.person).copied(),
            at: sheet.moment(entry.at),
            person: sheet.person(&refused.person),
            equipment: refused.equipment.to_string(),
            access: refused.access.map(|right| words::right(sheet, right)).unwrap_or_default(),
            from: refused.from.to_string(),
            reasons: refused.codes.iter().map(|code| words::reason(sheet, *code)).collect(),
        });
    }

    /// The last ones are told: those before them are counted.
    fn applied(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry, applied: &SiteApplied) {
        if self.changes.len() >= Pack::CHANGES_MAX {
            self.changes.remove(0);
            self.changes_more = self.changes_more.saturating_add(1);
        }
        let change = Changed {
            entry: index,
            at: sheet.moment(entry.at),
            by: words::actor(sheet, &entry.by),
            added: applied.added,
            changed: applied.changed,
            ended: applied.ended,
            items: applied.named.iter().flatten().map(|item| item.as_str().to_owned()).collect(),
            items_more: applied.more.unwrap_or_default(),
            file: hex(&applied.file),
            moved: Vec::new(),
        };
        self.changes.push((entry.at, change));
    }

    fn vouch(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry, vouched: &PersonVouched) {
        if self.vouched.len() >= Pack::LINES_MAX {
            self.vouched_more = self.vouched_more.saturating_add(1);
            return;
        }
        self.vouched.push(Vouched {
            entry: index,
            at: sheet.moment(entry.at),
            by: words::actor(sheet, &entry.by),
            person: sheet.person(&vouched.person),
            key: vouched.key.as_str().to_owned(),
            founding: vouched.founding,
        });
    }

    /// Somebody reads one of these sessions, its recording, or traces of one of these interventions, people or things.
    fn read(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry, reading: &ReadingBegan) {
        let subject = reading.subject.as_ref().map(|subject| subject.as_str()).unwrap_or_default();
        let name = subject.rsplit(' ').next().unwrap_or_default();
        let session =
            |id: &SessionId, recording: &RecordingId| id.to_string() == name || recording.to_string() == name;
        let ours = self.sessions.iter().any(|(id, recording)| session(id, recording))
            || self.interventions.iter().any(|id| id.as_str() == name)
            || self.equipment.iter().any(|id| id.as_str() == name)
            || self.comings.iter().any(|coming| coming.person.as_str() == name)
            || self.scope.service.as_str() == name;
        if ours {
            let what = match reading.what.as_str() {
                "recording" => sheet.pick("enregistrement lu", "recording read"),
                "session" => sheet.pick("session suivie en direct", "session watched live"),
                "traces" => sheet.pick("traces lues", "traces read"),
                "person" => sheet.pick("données d'une personne lues", "data of a person read"),
                "history" => sheet.pick("historique lu", "history read"),
                other => other.to_owned(),
            };
            self.reading(sheet, index, entry, (what, subject, reading.reason.as_str()));
        }
    }

    fn watch(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry) {
        let what = match &entry.fact {
            Fact::WatchEnded(_) => sheet.pick("fin du suivi en direct", "watching ends"),
            _ => sheet.pick("début du suivi en direct", "watching begins"),
        };
        let subject = entry.session.map(|id| id.to_string()).unwrap_or_default();
        self.reading(sheet, index, entry, (what, &subject, ""));
    }

    fn reading(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry, of: (String, &str, &str)) {
        if self.readings.len() >= Pack::LINES_MAX {
            self.readings_more = self.readings_more.saturating_add(1);
            return;
        }
        let (what, subject, reason) = of;
        self.readings.push(Read {
            entry: index,
            at: sheet.moment(entry.at),
            by: words::actor(sheet, &entry.by),
            what,
            subject: subject.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Once all is told: what is missing is counted, and vouchings of people who are not named here are left out.
    pub(super) fn settle(&mut self, size: u64) {
        if !self.begun {
            self.tallied.first = size;
        }
        if self.tallied.after == 0 {
            self.tallied.after = size;
        }
        let unsealed = self.sessions.values().filter(|id| !self.sealed.contains(id)).count();
        let tallied = &mut self.tallied;
        tallied.open = tallied.opened.saturating_sub(tallied.ended).saturating_sub(tallied.crashed);
        tallied.unsealed = u64::try_from(unsealed).unwrap_or(u64::MAX).saturating_sub(tallied.open);
        self.trim_steps();
        // Whoever vouched was vouched for in turn: the chain is followed to its beginning.
        let mut named: BTreeSet<String> = self.comings.iter().map(|one| one.person.to_string()).collect();
        named.extend(self.steps.values().flat_map(|(steps, _)| steps.iter().map(|step| step.by.id.clone())));
        for one in self.vouched.iter().rev() {
            if named.contains(&one.person.id) {
                named.insert(one.by.id.clone());
            }
        }
        self.vouched.retain(|one| named.contains(&one.person.id));
    }

    /// Steps of interventions that are listed, as many as are printed.
    fn trim_steps(&mut self) {
        let interventions = &self.interventions;
        self.steps.retain(|id, _| interventions.contains(id));
        let mut left = Pack::STEPS_MAX;
        for (steps, more) in self.steps.values_mut() {
            let over = steps.len().saturating_sub(left);
            steps.truncate(left);
            left = left.saturating_sub(steps.len());
            *more = more.saturating_add(u64::try_from(over).unwrap_or(u64::MAX));
        }
    }

    /// Puts the names of people where only their identifiers stand.
    pub(super) async fn name(&mut self, sheet: &mut Sheet<'_>) -> Result<(), PortError> {
        let attempts = self.attempts.iter_mut().map(|one| &mut one.person);
        let readings = self.readings.iter_mut().map(|one| &mut one.by);
        let vouched = self.vouched.iter_mut().flat_map(|one| [&mut one.by, &mut one.person]);
        for named in attempts.chain(readings).chain(vouched) {
            if let Ok(person) = named.id.parse::<PersonId>() {
                sheet.meet(std::slice::from_ref(&person)).await?;
                sheet.name(named);
            }
        }
        Ok(())
    }
}
