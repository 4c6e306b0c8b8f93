//! How each service stands towards the guide: reckoned from the facts of one moment, remembered, and written down when it
//! changes. Nobody leans on what is remembered: a decision asks the facts themselves.
//!
//! A service is assessed again when a fact changes on which it stands, and when time alone changes it: the moment of that
//! is known beforehand, because an assessment is a function of the facts and of the time.

mod compare;
mod links;
mod page;
mod seen;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{GateSeen, ServiceFacts};
use events::{Actor, Fact, RuleChanged, ServiceAssessed};
use guide::{Changed, LevelReached, Standing, level_reached, next_change};
use vocab::{EstablishmentId, Level, ServiceId, Source, Timestamp};

use crate::Gate;
use crate::acts::Act;
use crate::digest::digest;
use crate::ports::{FactName, PortError, Put, Served};
use crate::scribe::Note;

pub use compare::{COMPARED_MAX, side_by_side, side_by_side_json};
pub use links::{Entries, short, versions_of};

/// A service is assessed at least so often, whatever is known of what changes next.
const HORIZON: Duration = Duration::from_secs(24 * 3600);
/// What could not be read or written is tried again after so long.
const AGAIN: Duration = Duration::from_secs(60);
/// So long an opening waits for the assessment of its service: one takes milliseconds, a round of hundreds some seconds.
const BEFORE_MAX: Duration = Duration::from_secs(2);

/// How a service stands, or stood.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The moment.
    pub at: Timestamp,
    /// What it was assessed on.
    pub facts: ServiceFacts,
    /// What was found.
    pub level: LevelReached,
    /// Where the acts that it leans on stand in the ledger; empty where it is not shown to anybody.
    pub entries: Entries,
}

/// What changed since the last assessment, and when each service is due.
#[derive(Default)]
pub(crate) struct Agenda {
    state: Mutex<State>,
    /// Held over one round, so that a gate that stops can wait for it.
    round: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// Facts that changed.
    touched: BTreeSet<FactName>,
    /// Services whose interventions changed.
    moved: BTreeSet<Served>,
    due: BTreeMap<Served, Timestamp>,
    /// The moment of the last round; `None`: nothing was assessed by this boot.
    last: Option<Timestamp>,
    /// What the gate was last seen to be, as it is written down for each establishment.
    seen: BTreeMap<EstablishmentId, GateSeen>,
    stopped: bool,
}

impl Agenda {
    /// A change is made.
    pub(crate) fn touch(&self, names: Vec<FactName>, moved: Vec<Served>) {
        let mut state = self.state();
        state.touched.extend(names);
        state.moved.extend(moved);
    }

    /// No round begins any more, and none is under way.
    pub(crate) async fn stop(&self) {
        self.state().stopped = true;
        let _over = self.round.lock().await;
    }

    /// What was last written down.
    fn was_seen(&self, establishment: &EstablishmentId) -> Option<GateSeen> {
        self.state().seen.get(establishment).copied()
    }

    fn sees(&self, establishment: &EstablishmentId, value: GateSeen) {
        self.state().seen.insert(establishment.clone(), value);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    /// How a service stands now, or stood at a moment, with the links of each finding. Of a moment of the past it says what was
    /// seen then, or that nobody kept it.
    pub async fn assessment(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        at: Option<Timestamp>,
    ) -> Result<Assessment, PortError> {
        let mut found = self.reckoned(establishment, service, at).await?;
        let as_of = at.unwrap_or_else(|| self.as_of(found.at));
        found.facts.versions = versions_of(&*self.store, &found.facts, as_of).await?;
        found.entries = self.follow(&found, as_of).await;
        Ok(found)
    }

    /// The same, without links.
    pub(crate) async fn reckoned(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        at: Option<Timestamp>,
    ) -> Result<Assessment, PortError> {
        let now = self.clock.now();
        let (moment, as_of) = at.map_or_else(|| (now, self.as_of(now)), |at| (at, at));
        let facts = self.store.service_facts(establishment, service, as_of).await?;
        let seen = match at {
            Some(_) => self.store.seen(establishment, as_of).await?,
            None => Some(self.seen_now()),
        };
        let facts = facts.as_seen(seen);
        let level = level_reached(&facts, moment);
        Ok(Assessment { at: moment, facts, level, entries: Entries::default() })
    }

    /// Every service of every establishment, in the order of their names.
    pub async fn services(&self, at: Option<Timestamp>) -> Result<Vec<Served>, PortError> {
        let as_of = at.unwrap_or_else(|| self.as_of(self.clock.now()));
        let mut all = Vec::new();
        for establishment in self.store.establishments(as_of).await? {
            let services = self.store.services(&establishment.id, as_of).await?;
            all.extend(services.into_iter().map(|one| (one.establishment, one.id)));
        }
        Ok(all)
    }

    /// One round: whatever changed or is due is assessed, and what stands otherwise is written down. Called by the gate's
    /// tick. Returns how many services were assessed.
    pub async fn assess_again(&self) -> Result<usize, PortError> {
        let _one_at_a_time = self.agenda.round.lock().await;
        let due = self.due().await?;
        let count = due.len();
        for served in due {
            let now = self.clock.now();
            let next = match self.assess_one(&served).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(service = %served.1, %error, "A service could not be assessed");
                    Some(now.after(AGAIN))
                }
            };
            let mut state = self.agenda.state();
            match next {
                Some(next) => drop(state.due.insert(served, next)),
                None => drop(state.due.remove(&served)),
            }
        }
        Ok(count)
    }

    /// A service that is about to be opened, or stated, is assessed first where a fact changed since it last was: so the ledger
    /// says before it how the service stood. It decides nothing: what fails or takes too long is left to the next round.
    pub async fn assess_before(&self, served: &Served) {
        let now = self.clock.now();
        let stale = {
            let state = self.agenda.state();
            let due = state.due.get(served).is_some_and(|due| *due <= now);
            let changed = !state.touched.is_empty() || state.moved.contains(served) || due;
            state.last.is_some() && !state.stopped && changed
        };
        if !stale {
            return;
        }
        // Only the wait for a round is bounded: what is begun is written to its end.
        let Ok(_alone) = tokio::time::timeout(BEFORE_MAX, self.agenda.round.lock()).await else {
            tracing::warn!(service = %served.1, "A service is opened before its assessment was written");
            return;
        };
        if let Err(error) = self.assess_one(served).await {
            tracing::warn!(service = %served.1, %error, "A service could not be assessed before it was opened");
        }
    }

    /// The services whose turn it is.
    async fn due(&self) -> Result<Vec<Served>, PortError> {
        let now = self.clock.now();
        let (touched, moved, fresh) = {
            let mut state = self.agenda.state();
            if state.stopped {
                return Ok(Vec::new());
            }
            // A clock that was put back: nothing that was reckoned for later is known any more.
            let fresh = state.last.is_none_or(|last| now < last);
            (std::mem::take(&mut state.touched), std::mem::take(&mut state.moved), fresh)
        };
        let found = if fresh {
            self.services(None).await
        } else if touched.is_empty() {
            Ok(Vec::new())
        } else {
            let names = touched.iter().cloned().collect();
            self.store.touched(names, self.as_of(now)).await.map(|found| found.into_iter().collect())
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                // It is asked again; nothing of what changed is forgotten.
                self.agenda.touch(touched.into_iter().collect(), moved.into_iter().collect());
                return Err(error);
            }
        };
        let mut state = self.agenda.state();
        state.last = Some(now);
        state.due.extend(found.into_iter().chain(moved).map(|served| (served, now)));
        Ok(state.due.iter().filter(|(_, due)| **due <= now).map(|(served, _)| served.clone()).collect())
    }

    /// Assesses one service. The answer is when it is due again; `None`: there is no such service any more.
    async fn assess_one(&self, served: &Served) -> Result<Option<Timestamp>, PortError> {
        let (establishment, service) = served;
        let Assessment { at, facts, level, .. } = match self.reckoned(establishment, service, None).await {
            Ok(assessment) => assessment,
            Err(PortError::Missing(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let standing = Standing::from_level(&level, &facts, at);
        let before = self.store.standing(establishment, service, self.as_of(at)).await?;
        let changed = standing.changed(before.as_ref());
        if before.as_ref().is_none_or(|before| *before != standing) {
            let fact = assessed(service, &standing, &changed, digest(&facts)).into();
            let value = standing.clone();
            let put = Put::Standing { establishment: establishment.clone(), service: service.clone(), value };
            self.write_assessed(establishment, put, fact, at).await?;
        }
        Ok(Some(next_change(&facts, &standing, at, HORIZON)))
    }

    async fn write_assessed(
        &self,
        establishment: &EstablishmentId,
        put: Put,
        fact: Fact,
        at: Timestamp,
    ) -> Result<(), PortError> {
        let establishment = establishment.clone();
        let note = Note { establishment, at, by: Actor::Gate, session: None, intervention: None, fact };
        let act = Act { puts: vec![put], sessions: Vec::new(), notes: vec![note], at, by: "gate".to_owned() };
        match self.acts.commit(act).await {
            // It is done; the next start moves its entry.
            Ok(_) | Err(PortError::Unproved(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn assessed(
    service: &ServiceId,
    standing: &Standing,
    changed: &[Changed<'_>],
    facts: [u8; 32],
) -> ServiceAssessed {
    let number = |level: Level| u64::from(u8::from(level));
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let tally = standing.tally;
    ServiceAssessed {
        service: service.clone(),
        target: number(standing.target),
        reached: standing.reached.map(number),
        transition: standing.transition,
        applicable: count(tally.applicable),
        met: count(tally.met),
        declared: count(tally.declared),
        not_applied: count(tally.not_applied),
        treated: count(tally.treated),
        changed: changed
            .iter()
            .map(|one| RuleChanged {
                rule: Source::Guide(one.rule),
                was: one.was.map(|was| was.code),
                is: one.is.code,
                until: one.is.until,
                clause: one.is.clause,
                held: one.is.held,
                concerns: count(one.is.concerns.len()),
            })
            .collect(),
        facts,
    }
}
