//! All findings of a service: each rule by its own file, and what takes two rules at once.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::say;
use crate::{Applicability, Conditions, Finding, RULES, Status, applies, rules, treat};

/// The 38 findings of a service at a level, in the guide's order, treatments laid over them.
pub fn assess(facts: &ServiceFacts, level: Level, now: Timestamp) -> Vec<Finding> {
    let conditions = Conditions::of(facts, now);
    RULES
        .iter()
        .map(|rule| match applies(rule.id, facts.service.kind, level, facts.path(), conditions) {
            Applicability::NotApplicable(cause) => {
                Finding::new(rule.id, Status::NotApplicable(cause)).because(cause.text())
            }
            Applicability::Applies => treat(stand_in((rule.assess)(facts, now), facts, now), facts, now),
        })
        .collect()
}

/// T12 stands in for T11 (rules.md §1): for monitoring and assistance, where traces are not centralised
/// but kept locally as T12 asks, T11 is not counted as not applied, at level 1 as at level 2. For
/// maintenance nothing stands in.
fn stand_in(finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let decided = finding.rule == RuleId::T11 && !facts.service.central_traces;
    if !decided || facts.service.kind == Kind::Maintenance {
        return finding;
    }
    let local = (rules::t12::RULE.assess)(facts, now);
    if !local.status.is_met() {
        return finding;
    }
    let mut standing = Finding::new(RuleId::T11, local.status).because(say!(
        "Centralisation déclarée impossible ; les traces locales de T12 en tiennent lieu.",
        "Centralising is declared impossible; the local traces of T12 stand in for it."
    ));
    standing.evidence.extend(local.evidence);
    standing
}
