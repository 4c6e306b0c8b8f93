//! What interventions owe that are closed, or were worked in and whose plan is past, and what follows when it comes too late (O5, E9).

use std::time::Duration;

use domain::{Asked, Intervention, ServiceFacts};
use vocab::{RuleId, Text, Timestamp};

use crate::evidence::unmet;
use crate::{Admission, Mender};

/// Interventions that owe something since too long.
pub(crate) struct Overdue {
    /// How many there are: at least one.
    pub(crate) count: usize,
    /// Their names, for people.
    pub(crate) names: String,
}

/// The service's interventions that owe something this many days after they closed; those that nobody closes, after the end
/// of their plan.
pub(crate) fn overdue(
    facts: &ServiceFacts,
    days: u32,
    now: Timestamp,
    owes: impl Fn(&Intervention) -> bool,
) -> Option<Overdue> {
    let delay = Duration::from_secs(u64::from(days) * 24 * 3600);
    let over = |i: &Intervention| i.over_since(facts.service.kind, now);
    let is_late = |i: &&Intervention| owes(i) && over(i).is_some_and(|over| over.after(delay) <= now);
    let all = facts.interventions.iter().chain(&facts.unsettled);
    let names: Vec<&str> = all.filter(is_late).map(|i| i.id.as_str()).collect();
    (!names.is_empty()).then(|| Overdue { count: names.len(), names: names.join(", ") })
}

/// What is overdue closes planned work that has not begun, where the contract says so, never the one at hand.
/// `says` gives sentence and remedy.
pub(crate) fn closes_new_work(
    rule: RuleId,
    asked: &Asked<'_>,
    late: Option<Overdue>,
    says: impl FnOnce(&str) -> (Text, Text),
) -> Admission {
    let begun = asked.intervention.is_some_and(|intervention| intervention.sessions > 0);
    match late.filter(|_| asked.facts.contract.overdue_blocks && !begun) {
        None => Admission::OPEN,
        Some(late) => {
            let (sentence, remedy) = says(&late.names);
            Admission::refused(vec![unmet(rule, Mender::Provider, sentence, remedy)])
        }
    }
}
