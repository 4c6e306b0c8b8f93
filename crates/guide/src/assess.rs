//! All rules held against one service: what applies, how far it is met, what is treated.

use domain::ServiceFacts;
use vocab::{RuleId, Timestamp};

use crate::evidence::say;
use crate::{Applicability, Conditions, Finding, RULES, Status, applies, rule, treat};

/// The findings on all 38 rules, in the guide's order. A treated rule stays *not applied*.
pub fn assess(facts: &ServiceFacts, now: Timestamp) -> Vec<Finding> {
    let conditions = Conditions::of(facts, now);
    let service = &facts.service;
    RULES
        .iter()
        .map(|rule| match applies(rule.id, service.kind, service.level, service.path, conditions) {
            Applicability::NotApplicable(cause) => {
                Finding::new(rule.id, Status::NotApplicable(cause)).because(cause.text())
            }
            Applicability::Applies => stand_in((rule.assess)(facts, now), facts, now),
        })
        .map(|finding| treat(finding, facts, now))
        .collect()
}

/// T12 stands in for T11, for the kinds that T12 is for: where traces cannot be central, those on the
/// equipment count. For maintenance nothing does.
fn stand_in(central: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let local = rule(RuleId::T12);
    if central.rule != RuleId::T11
        || !central.status.is_lacking()
        || !local.kinds.contains(&facts.service.kind)
    {
        return central;
    }
    let word = (local.assess)(facts, now);
    if !word.status.is_met() {
        return central;
    }
    Finding::new(RuleId::T11, word.status).because(say!(
        "Les traces ne sont pas centralisées ; T12 en tient lieu.",
        "Traces are not central; T12 stands in for that."
    ))
}
