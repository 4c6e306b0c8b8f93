//! All findings of a service: each rule by its own file, and what takes two rules at once.

use domain::ServiceFacts;
use vocab::{Kind, Level, Path, RuleId, Timestamp};

use crate::evidence::say;
use crate::{Applicability, Conditions, Finding, RULES, Rule, Status, applies, rules, treat};

/// The 38 findings of a service at a level, in the guide's order, treatments laid over them.
pub fn assess(facts: &ServiceFacts, level: Level, now: Timestamp) -> Vec<Finding> {
    let conditions = Conditions::of(facts, now);
    RULES
        .iter()
        .map(|rule| match applies(rule.id, facts.service.kind, level, facts.path(), conditions) {
            Applicability::NotApplicable(cause) => {
                Finding::new(rule.id, Status::NotApplicable(cause)).because(cause.text())
            }
            Applicability::Applies => {
                let finding = stand_in((rule.assess)(facts, now), facts, now);
                treat(only_at_the_gate(finding, facts, now), facts, now)
            }
        })
        .collect()
}

/// What the gate refuses, it refuses at its own door. On a direct path it stands beside the way and keeps the record;
/// and a window (O3) is enforced only where it is seen that nothing goes around the gate (T2, T3; rules.md §2.3).
fn only_at_the_gate(mut finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    if finding.status != Status::MetEnforced {
        return finding;
    }
    let seen =
        |rule: &Rule| matches!((rule.assess)(facts, now).status, Status::MetEnforced | Status::MetObserved);
    if facts.path() == Path::Direct {
        finding.status = Status::MetObserved;
        return finding.because(say!(
            "Accès direct : la poterne en tient le dossier, et ne se trouve pas sur le chemin.",
            "Direct path: the gate keeps its record, and does not stand on the way."
        ));
    }
    if finding.rule == RuleId::O3 && !(seen(&rules::t2::RULE) && seen(&rules::t3::RULE)) {
        finding.status = Status::MetObserved;
        return finding.because(say!(
            "La poterne ferme sa propre porte ; que rien ne la contourne n'est pas constaté (T2, T3).",
            "The gate closes its own door; that nothing goes around it is not observed (T2, T3)."
        ));
    }
    finding
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
