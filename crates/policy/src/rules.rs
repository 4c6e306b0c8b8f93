//! The guide's rules that apply, and the house's own at level 1.

use domain::Asked;
use guide::{Admission, Applicability, Cause, Conditions, Rule};
use vocab::{HouseRule, RuleId, Timestamp};

/// Asks every rule that applies to the service and bears on access.
pub(crate) fn admit(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let conditions = Conditions::of(asked.facts, now);
    guide::RULES
        .iter()
        .fold(Admission::OPEN, |admission, rule| admission.and(one(rule, asked, conditions, now)))
}

fn one(rule: &Rule, asked: &Asked<'_>, conditions: Conditions, now: Timestamp) -> Admission {
    let service = &asked.facts.service;
    match guide::applies(rule.id, service.kind, service.level, service.path, conditions) {
        Applicability::Applies => rule.admit.map_or(Admission::OPEN, |admit| admit(asked, now)),
        Applicability::NotApplicable(Cause::Level) => house(rule, asked, now),
        Applicability::NotApplicable(_) => Admission::OPEN,
    }
}

/// The house pack at level 1 (rules.md §2.5): what the guide asks only at level 2 and no open door can do
/// without. Its refusals never cite the guide.
fn house(rule: &Rule, asked: &Asked<'_>, now: Timestamp) -> Admission {
    let facts = asked.facts;
    let own = match rule.id {
        RuleId::C4 => {
            return guide::employer_of_the_house(asked, now)
                .map_or(Admission::OPEN, |unmet| Admission::refused(vec![unmet]));
        }
        RuleId::O2 if !facts.contract.requesters.people.is_empty() => HouseRule::Requester,
        RuleId::O3 => HouseRule::Window,
        RuleId::O4 if !facts.service.checklist.is_empty() => HouseRule::Checklist,
        RuleId::T5 => HouseRule::Encryption,
        RuleId::T10 => HouseRule::IdleClose,
        _ => return Admission::OPEN,
    };
    let mut admission = rule.admit.map_or(Admission::OPEN, |admit| admit(asked, now));
    admission.unmet = admission.unmet.into_iter().map(|unmet| unmet.of_the_house(own)).collect();
    admission
}
