//! What opens although a condition is not met: a treatment in force, the exception, a derogation, a
//! transition. Each opens only what it names, and is logged and shown.

use std::time::Duration;

use domain::Asked;
use guide::{
    Admission, Conditions, Lift, Unmet, applies, derogation_holds, exception_in_force, plan_until,
    planned_until, transition_for, treatment_for,
};
use vocab::{HouseRule, PersonId, RuleId, Source, Timestamp};

/// Where a treatment or a transition stands in for the agreed periods, a session still has an end: four
/// hours, as an exception would have (rules.md §3). It may be opened again.
const UNPLANNED_MAX: Duration = Duration::from_secs(4 * 3600);

/// By what a condition was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// A treatment of the risk (section 4 of the guide), by its owner.
    Treatment,
    /// The exception procedure of O3, by whoever approved it.
    Exception,
    /// An emergency derogation, by whoever signed it.
    Derogation,
    /// A transition, by whoever signed it: the condition is a would-be refusal.
    Transition,
}

impl Ground {
    /// The code in ledgers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Treatment => "treatment",
            Self::Exception => "exception",
            Self::Derogation => "derogation",
            Self::Transition => "transition",
        }
    }
}

/// A condition that is not met and does not stop the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    source: Source,
    ground: Ground,
    by: PersonId,
    until: Timestamp,
}

impl Lifted {
    /// Which condition.
    pub fn source(&self) -> Source {
        self.source
    }

    /// By what: the code in ledgers.
    pub fn ground(&self) -> &'static str {
        self.ground.as_str()
    }

    /// On whose word.
    pub fn by(&self) -> Option<&PersonId> {
        Some(&self.by)
    }

    /// Until when. The session ends then at the latest.
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

/// What is left after all that may be opened was opened.
pub(crate) struct Lifting {
    /// Conditions that stay unmet.
    pub(crate) left: Vec<Unmet>,
    /// Conditions that were opened.
    pub(crate) lifted: Vec<Lifted>,
    /// When the session ends at the latest.
    pub(crate) until: Timestamp,
}

/// Opens what may be opened.
pub(crate) fn lift(answer: Admission, asked: &Asked<'_>, now: Timestamp) -> Lifting {
    let Admission { mut until, unmet } = answer;
    let (mut left, mut lifted) = (Vec::new(), Vec::new());
    for lack in unmet {
        match opening(&lack, asked, now) {
            Some(opened) => {
                until = until.min(opened.until);
                if !lifted.contains(&opened) {
                    lifted.push(opened);
                }
            }
            None => left.push(lack),
        }
    }
    lifted.extend(overreach(asked, now));
    Lifting { left, lifted, until }
}

/// What opens this condition longest, if anything does.
fn opening(lack: &Unmet, asked: &Asked<'_>, now: Timestamp) -> Option<Lifted> {
    let ways = match lack.lift {
        Lift::Never => [None, None, None, None],
        Lift::Derogation => [derogation(lack, asked, now), None, None, None],
        Lift::Treatment => {
            [treatment(lack, asked, now), derogation(lack, asked, now), transition(lack, asked, now), None]
        }
        Lift::Exception => {
            let capped = |opened: Option<Lifted>| {
                opened.map(|opened| Lifted { until: opened.until.min(now.after(UNPLANNED_MAX)), ..opened })
            };
            let planned = [treatment(lack, asked, now), transition(lack, asked, now)].map(capped);
            let [treatment, transition] = planned;
            [treatment, transition, exception(lack.source, asked, now), None]
        }
        Lift::ExceptionAlone => [exception(lack.source, asked, now), None, None, None],
    };
    ways.into_iter().flatten().max_by_key(|opened| opened.until)
}

fn treatment(lack: &Unmet, asked: &Asked<'_>, now: Timestamp) -> Option<Lifted> {
    let Source::Guide(rule) = lack.source else {
        return None;
    };
    let treatment = treatment_for(asked.facts, rule, &asked.equipment.id, now)?;
    let (ground, by) = (Ground::Treatment, treatment.owner.clone());
    Some(Lifted { source: lack.source, ground, by, until: treatment.ends() })
}

/// An emergency derogation of this intervention that names the rule, signed by somebody else than the one
/// who asks.
fn derogation(lack: &Unmet, asked: &Asked<'_>, now: Timestamp) -> Option<Lifted> {
    let intervention = asked.intervention?;
    let derogation = asked
        .derogations(now)
        .filter(|derogation| derogation.intervention == intervention.id)
        .filter(|derogation| derogation.signed_by != asked.attempt.person)
        .filter(|derogation| derogation.rules.contains(&lack.source.code()))
        .filter(|derogation| derogation_holds(derogation, asked.facts, now))
        .max_by_key(|derogation| derogation.span.until)?;
    let (ground, by) = (Ground::Derogation, derogation.signed_by.clone());
    Some(Lifted { source: lack.source, ground, by, until: derogation.span.until })
}

fn transition(lack: &Unmet, asked: &Asked<'_>, now: Timestamp) -> Option<Lifted> {
    let transition = transition_for(asked.facts, &asked.equipment.id, now)?;
    let (ground, by) = (Ground::Transition, transition.signed_by.clone());
    Some(Lifted { source: lack.source, ground, by, until: transition.span.until })
}

fn exception(source: Source, asked: &Asked<'_>, now: Timestamp) -> Option<Lifted> {
    let exception = exception_in_force(asked, now)?;
    let (ground, by) = (Ground::Exception, exception.approved_by.clone());
    Some(Lifted { source, ground, by, until: exception.span.until })
}

/// An exception that reaches over the end of an open window, or of the plan: nothing is unmet yet, but the session will
/// live by it, so that it is said at once.
fn overreach(asked: &Asked<'_>, now: Timestamp) -> Vec<Lifted> {
    let service = &asked.facts.service;
    let conditions = Conditions::of(asked.facts, now);
    let by_guide = applies(RuleId::O3, service.kind, service.level, service.path, conditions).applies();
    let window = if by_guide { Source::Guide(RuleId::O3) } else { Source::House(HouseRule::Window) };
    let ends = [
        (window, planned_until(asked, now)),
        (Source::House(HouseRule::Intervention), plan_until(asked, now)),
    ];
    let over = ends.into_iter().filter_map(|(source, end)| {
        let end = end?;
        exception(source, asked, now).filter(|opened| end < opened.until)
    });
    over.collect()
}
