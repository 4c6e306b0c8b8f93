//! The plan of an intervention: from when to when it may be worked in, and the plan that a request gets without saying one.
//! A condition of the house beside the agreed periods (O3): one approval does not open for ever.

use std::time::Duration;

use domain::{Asked, ServiceFacts, plan_max};
use vocab::Timestamp;

use crate::rules::o3::{extension_in_force, next_window, windows_until};

/// The shortest plan that a request gets without saying one: an approval may take some hours.
const PLAN_MIN: Duration = Duration::from_secs(24 * 3600);

/// Until when the approved plan lets it be worked in, now; `None`: it does not. The one extension of an agreed period carries
/// a plan that reaches the end of that period.
pub fn plan_until(asked: &Asked<'_>, now: Timestamp) -> Option<Timestamp> {
    let plan = asked.intervention?.plan(asked.facts.service.kind)?;
    let carried = extension_in_force(asked).filter(|extension| extension.window_end <= plan.until);
    let until = carried.map_or(plan.until, |extension| extension.until.max(plan.until));
    (plan.from <= now && now < until).then_some(until)
}

/// The end of a plan that begins then and for which nobody said an end. Of one that begins now, the end of the agreed period
/// that comes next, so that whoever approves has some time; of a later one, that of the period in which it begins, or of the
/// next; a day where no period is to come. Never longer than a plan may be.
pub fn plan_end(facts: &ServiceFacts, from: Timestamp, now: Timestamp) -> Timestamp {
    let (open, next) = (windows_until(facts, from), next_window(facts, from).map(|span| span.until));
    let end = if from <= now { next.or(open) } else { open.or(next) };
    let shortest = from.after(PLAN_MIN);
    let end =
        if from <= now { end.map_or(shortest, |end| end.max(shortest)) } else { end.unwrap_or(shortest) };
    end.min(from.after(plan_max(facts.service.kind)))
}
