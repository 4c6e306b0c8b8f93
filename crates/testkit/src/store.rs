//! The state of the store, and what it refuses.

use std::collections::BTreeMap;

use domain::{Intervention, State as Stage, Step as Stride};
use gate::ports::{
    Answered, Change, Doomed, FactName, PortError, Put, SessionChange, SessionRow, SessionThen, Versioned,
};
use vocab::{BootId, Ending, EstablishmentId, InterventionId, SessionId, Timestamp};

use crate::facts::{Lines, not_before};
use crate::outbox::Outbox;

/// Everything that the store holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) facts: Lines,
    /// Every version of each intervention, with the moment it holds from.
    pub(crate) interventions: BTreeMap<InterventionId, Vec<(Timestamp, Intervention)>>,
    /// Who wrote each version of them, as far as an act did.
    pub(crate) hands: BTreeMap<InterventionId, Vec<String>>,
    /// What is to go, by whose ledger has the certificate.
    pub(crate) doomed: BTreeMap<EstablishmentId, Doomed>,
    /// Numbers of interventions given up to now.
    pub(crate) named: u64,
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) outbox: Outbox,
    /// What programs were answered, and when.
    pub(crate) answers: Vec<(Timestamp, Answered)>,
}

/// A session, and its end.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) row: SessionRow,
    pub(crate) ended: Option<(Timestamp, Ending)>,
}

impl State {
    /// The state with a whole change made, and the place of its last entry; or why it is refused.
    pub(crate) fn with(&self, change: Change, at: Timestamp, by: &str) -> Result<(Self, u64), PortError> {
        let mut next = self.clone();
        by.clone_into(&mut next.facts.1);
        for put in change.puts {
            match put {
                Put::Intervention { read_at, value } => next.put_intervention(read_at, value, at)?,
                Put::End(name) => {
                    next.nothing_owed(&name)?;
                    next.facts.end(&name, at)?;
                    next.facts.fall(&name, at)?;
                }
                Put::Doomed(doomed) => next.doom(doomed)?,
                Put::Enrolment { person, number }
                    if next.facts.drawn(&person).is_some_and(|n| n >= number) =>
                {
                    return Err(PortError::Conflict("this number was given".to_owned()));
                }
                put => {
                    let name = put.name();
                    if let Put::Person(person) = &put {
                        next.facts.moves(person, at)?;
                    }
                    if next.facts.put(put, at)?
                        && let Some(name) = name
                    {
                        next.facts.fall(&name, at)?;
                    }
                }
            }
        }
        for change in change.sessions {
            next.change_session(change)?;
        }
        if let Some(answered) = change.answered {
            next.answer(answered, at)?;
        }
        let mut last = 0;
        for (establishment, entry) in change.entries {
            last = next.outbox.add(establishment, entry)?;
        }
        // Two states that say the same are equal, whoever wrote last.
        next.facts.1.clear();
        Ok((next, last))
    }

    /// Each once, kept for a day.
    fn answer(&mut self, answered: Answered, at: Timestamp) -> Result<(), PortError> {
        let old = at.before(gate::ANSWERS_KEPT);
        self.answers.retain(|(then, _)| *then >= old);
        if self.answered(&answered.token, &answered.key, Timestamp::MIN).is_some() {
            return Err(PortError::Conflict(format!("the request `{}`", answered.key)));
        }
        self.answers.push((at, answered));
        Ok(())
    }

    pub(crate) fn answered(&self, token: &str, key: &str, since: Timestamp) -> Option<Answered> {
        let known = |(at, one): &&(Timestamp, Answered)| one.token == token && one.key == key && *at >= since;
        self.answers.iter().find(known).map(|(_, one)| one.clone())
    }

    /// A service does not go while an intervention of it is not settled.
    fn nothing_owed(&self, name: &FactName) -> Result<(), PortError> {
        let FactName::Service { establishment, service } = name else { return Ok(()) };
        let stands = self.interventions.values().filter_map(|line| line.last());
        let owed = stands
            .map(|(_, value)| value)
            .any(|one| one.is_owed() && (&one.establishment, &one.service) == (establishment, service));
        if owed { Err(PortError::Conflict(format!("service `{service}`: not settled"))) } else { Ok(()) }
    }

    /// Whoever read an older version than the one that stands is refused, and so are steps that are not legal.
    fn put_intervention(
        &mut self,
        read_at: u64,
        value: Intervention,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let conflict = |why: &str| Err(PortError::Conflict(format!("intervention `{}` {why}", value.id)));
        let line = self.interventions.entry(value.id.clone()).or_default();
        if line.len() as u64 != read_at {
            return conflict("stands at another version");
        }
        let Some((changed_at, old)) = line.last() else {
            if value.state != Stage::Requested || value.qualification.is_some() {
                return conflict("begins as requested, unqualified");
            }
            if value.planned.is_none_or(|plan| plan.from >= plan.until) {
                return conflict("is planned when it is asked for");
            }
            self.hands.entry(value.id.clone()).or_default().push(self.facts.1.clone());
            line.push((at, value));
            return Ok(());
        };
        let from = not_before(at, *changed_at)?;
        if !steps(old.state, value.state) {
            return conflict("cannot take this step");
        }
        if (&old.establishment, &old.service) != (&value.establishment, &value.service) {
            return conflict("keeps its service");
        }
        let (given, moves) = (&value.qualification, old.state != value.state);
        if *given != old.qualification && (given.is_none() || !old.state.qualifies() || moves) {
            return conflict("is qualified by an act of its own");
        }
        let approves = moves && value.state == Stage::Approved;
        if let Some(why) = lacks_a_hand(old, &value) {
            return conflict(why);
        }
        if approves
            && given.is_none()
            && self.facts.demands_qualification(&value.establishment, &value.service)
        {
            return conflict("is to be qualified first");
        }
        if self.is_doomed(&value.id) {
            return conflict("is to go");
        }
        self.hands.entry(value.id.clone()).or_default().push(self.facts.1.clone());
        self.interventions.entry(value.id.clone()).or_default().push((from, value));
        Ok(())
    }

    fn change_session(&mut self, change: SessionChange) -> Result<(), PortError> {
        match change {
            SessionChange::Opened(row) => self.open_session(row),
            SessionChange::Ended { session, at, ending } => {
                let found = self.sessions.get_mut(&session);
                let known = found.ok_or_else(|| PortError::Missing(format!("session `{session}`")))?;
                if known.ended.is_some() {
                    return Err(PortError::Conflict(format!("session `{session}` ended before")));
                }
                known.ended = Some((at, ending));
                Ok(())
            }
        }
    }

    fn open_session(&mut self, row: SessionRow) -> Result<(), PortError> {
        let inside = self.intervention(&row.intervention).is_some_and(|read| {
            let one = read.value;
            one.state == Stage::Open && one.establishment == row.establishment && one.service == row.service
        });
        if !inside {
            return Err(PortError::Conflict("a session opens inside an open intervention".to_owned()));
        }
        let taken =
            |known: &Session| known.row.session == row.session || known.row.recording == row.recording;
        if self.sessions.values().any(taken) {
            return Err(PortError::Conflict(format!("session `{}` exists", row.session)));
        }
        self.sessions.insert(row.session, Session { row, ended: None });
        Ok(())
    }

    pub(crate) fn intervention(&self, id: &InterventionId) -> Option<Versioned<Intervention>> {
        let line = self.interventions.get(id)?;
        let (_, value) = line.last()?;
        Some(Versioned { version: line.len() as u64, value: value.clone() })
    }

    pub(crate) fn interventions(
        &self,
        establishment: &EstablishmentId,
        states: &[Stage],
    ) -> Vec<Intervention> {
        let last = self.interventions.values().filter_map(|line| line.last());
        let asked = last
            .map(|(_, value)| value)
            .filter(|value| value.establishment == *establishment && states.contains(&value.state));
        in_order(asked.cloned().collect())
    }

    pub(crate) fn next_intervention(&mut self) -> Result<InterventionId, PortError> {
        self.named += 1;
        format!("i-{}", self.named).parse().map_err(|_| PortError::Failed("no name is left".to_owned()))
    }

    pub(crate) fn left_open(&self, boot: BootId) -> Vec<SessionRow> {
        let open = self.sessions.values().filter(|known| known.ended.is_none() && known.row.boot != boot);
        let mut left: Vec<SessionRow> = open.map(|known| known.row.clone()).collect();
        left.sort_by_key(|row| (row.opened_at, row.session));
        left
    }

    pub(crate) fn sessions_named(&self, names: &[SessionId]) -> Vec<SessionThen> {
        let known = names.iter().filter_map(|name| self.sessions.get(name));
        known.map(|one| SessionThen { row: one.row.clone(), ended: one.ended.map(|(at, _)| at) }).collect()
    }

    pub(crate) fn open_sessions(&self, intervention: &InterventionId) -> u64 {
        let open = self.sessions.values().filter(|known| known.ended.is_none());
        open.filter(|known| known.row.intervention == *intervention).count() as u64
    }
}

/// `i-9` before `i-10`.
pub(crate) fn in_order(mut all: Vec<Intervention>) -> Vec<Intervention> {
    all.sort_by_key(|one| (one.id.as_str().len(), one.id.clone()));
    all
}

/// What two people have to agree on, and one of them is missing.
fn lacks_a_hand(old: &Intervention, new: &Intervention) -> Option<&'static str> {
    let approved = new.approval.is_some() && new.planned.is_some();
    if old.state == Stage::Requested && new.state == Stage::Approved && !approved {
        return Some("is approved by nobody, or without a plan");
    }
    let moves = (&new.planned, &new.approval) != (&old.planned, &old.approval);
    let asked = old.move_asked.as_ref().map(|asked| asked.span);
    let agreed =
        new.approval.is_some() && new.approval != old.approval && asked.is_some() && new.planned == asked;
    if old.state != Stage::Requested && moves && !agreed {
        return Some("moves by an approval only");
    }
    let confirmed = new.closing.as_ref().is_some_and(|closing| {
        closing.confirmed_at.is_some()
            && closing.confirmed_by.as_ref().is_some_and(|by| *by != closing.proposed_by)
    });
    if old.state == Stage::Closing && new.state == Stage::Closed && !confirmed {
        return Some("is closed by one hand");
    }
    if old.state == Stage::Closed && new.closing != old.closing {
        return Some("is closed as it was confirmed");
    }
    let alone = |one: &domain::Exception| one.requested_by == one.approved_by;
    let fewer = new.exceptions.len() < old.exceptions.len();
    (fewer || new.exceptions.iter().any(alone)).then_some("has an exception of one hand, or lost one")
}

/// Whether one legal step leads from here to there, or none at all.
fn steps(from: Stage, to: Stage) -> bool {
    from == to || Stride::ALL.into_iter().any(|step| from.after(step) == Ok(to))
}
