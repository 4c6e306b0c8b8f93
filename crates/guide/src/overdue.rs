//! What closed interventions owe, and what follows when it comes too late (O5, E9).

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

/// The service's closed interventions that owe something this many days after they closed.
pub(crate) fn overdue(
    facts: &ServiceFacts,
    days: u32,
    now: Timestamp,
    owes: impl Fn(&Intervention) -> bool,
) -> Option<Overdue> {
    let delay = Duration::from_secs(u64::from(days) * 24 * 3600);
    let is_late =
        |i: &&Intervention| owes(i) && i.closed_at().is_some_and(|closed| closed.after(delay) <= now);
    let names: Vec<&str> = facts.unsettled.iter().filter(is_late).map(|i| i.id.as_str()).collect();
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
