//! What may open although a condition is not met: treatment, exception, derogation, transition. Each lifts
//! what it names and nothing else.

use domain::Asked;
use vocab::{PersonId, Source, Timestamp};

use guide::Admission;

use crate::{Lift, Unmet};

/// By what a condition was lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// A treatment of the risk (section 4 of the guide).
    Treatment,
    /// The exception procedure of O3.
    Exception,
    /// An emergency derogation.
    Derogation,
    /// The transition of a service that was taken over.
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
}

impl Lifted {
    /// Which condition.
    pub fn source(&self) -> Source {
        self.source
    }

    /// By what.
    pub fn ground(&self) -> &'static str {
        self.ground.as_str()
    }

    /// Who signed it.
    pub fn by(&self) -> Option<&PersonId> {
        Some(&self.by)
    }
}

/// Takes away what is lifted. What lifts also ends: the session ends no later.
pub(crate) fn lift(
    asked: &Asked<'_>,
    admission: Admission,
    now: Timestamp,
) -> (Vec<Lifted>, Vec<Unmet>, Timestamp) {
    let (mut lifted, mut left, mut until) = (Vec::new(), Vec::new(), admission.until);
    for unmet in admission.unmet {
        match ground_of(asked, &unmet, now) {
            Some((one, end)) => {
                until = until.min(end);
                if !lifted.contains(&one) {
                    lifted.push(one);
                }
            }
            None => left.push(unmet),
        }
    }
    (lifted, left, until)
}

fn ground_of(asked: &Asked<'_>, unmet: &Unmet, now: Timestamp) -> Option<(Lifted, Timestamp)> {
    let source = unmet.source;
    let made = |ground, by: &PersonId, until| Some((Lifted { source, ground, by: by.clone() }, until));
    if unmet.lift == Lift::Never {
        return None;
    }
    if unmet.lift == Lift::Exception
        && let Some(exception) = guide::exception_in_force(asked, now)
    {
        return made(Ground::Exception, &exception.approved_by, exception.span.until);
    }
    if unmet.lift != Lift::Derogation {
        if let Source::Guide(rule) = source
            && let Some(treatment) = guide::treatment_for(asked.facts, rule, &asked.equipment.id, now)
        {
            return made(Ground::Treatment, &treatment.owner, treatment.span.until);
        }
        if let Some(transition) = guide::transition_holds(asked.facts, now) {
            return made(Ground::Transition, &transition.signed_by, transition.span.until);
        }
    }
    // Two emergency routes, never one: for the window there is the exception, and no derogation.
    let code = source.code();
    let derogation = asked
        .derogations(now)
        .find(|one| one.rules.contains(&code) && guide::derogation_holds(one, asked.facts, now));
    match derogation {
        Some(derogation) if unmet.lift != Lift::Exception => {
            made(Ground::Derogation, &derogation.signed_by, derogation.span.until)
        }
        _ => None,
    }
}
