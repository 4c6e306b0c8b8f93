//! All findings of a service: each rule by its own file, and what takes two rules at once.

use domain::ServiceFacts;
use vocab::{Kind, Level, RuleId, Timestamp};

use crate::evidence::say;
use crate::{
    Applicability, Conditions, Finding, Mender, RULES, Status, applies, rules, transition_holds, treat,
};

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

/// What the gate refuses, it refuses at its own door: it enforces nothing of what goes past it, nor, but for the traces,
/// while a transition lets everything open.
fn only_at_the_gate(mut finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    if finding.status != Status::MetEnforced {
        return finding;
    }
    if !facts.at_the_gate() {
        finding.status = Status::MetObserved;
        return finding.because(say!(
            "La prestation ne passe pas par cette poterne, qui en tient le dossier et n'y impose rien.",
            "The service does not pass this gate, which keeps its record and enforces nothing of it."
        ));
    }
    if finding.rule != RuleId::T11 && transition_holds(facts, now).is_some() {
        finding.status = Status::MetObserved;
        return finding.because(say!(
            "Constaté, et non imposé : pendant la transition, la poterne ouvre quoi qu'il manque.",
            "Observed, not enforced: during the transition the gate opens whatever is missing."
        ));
    }
    if finding.rule == RuleId::O3 { unless_gone_around(finding, facts, now) } else { finding }
}

/// A window of the gate is worth what keeps people from going around it (T2, T3; rules.md §2.3): enforced where that is
/// seen, somebody's word where it is a word, and half of the rule where it is not so.
fn unless_gone_around(finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let around = [&rules::t2::RULE, &rules::t3::RULE].map(|rule| (rule.assess)(facts, now));
    let weakest = around.into_iter().min_by_key(|one| match one.status {
        Status::MetEnforced | Status::MetObserved => Timestamp::MAX,
        Status::MetDeclared { expiry, .. } => expiry,
        _ => Timestamp::MIN,
    });
    let mut finding = finding;
    match weakest.map(|one| one.status) {
        Some(Status::MetEnforced | Status::MetObserved) | None => finding,
        Some(word @ Status::MetDeclared { .. }) => {
            finding.status = word;
            finding.because(say!(
                "La poterne ferme sa propre porte ; que rien ne la contourne est déclaré, et non constaté (T2, T3).",
                "The gate closes its own door; that nothing goes around it is declared, not observed (T2, T3)."
            ))
        }
        Some(_) => {
            let missing = say!(
                "La poterne ferme sa propre porte, et l'on peut passer à côté (T2, T3).",
                "The gate closes its own door, and one can go around it (T2, T3)."
            );
            finding.status = Status::Partly { missing: missing.clone() };
            finding.because(missing).mended_by(
                Mender::It,
                say!("Tenir T2 et T3, ou traiter le risque.", "Give effect to T2 and T3, or treat the risk."),
            )
        }
    }
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
        "Les traces locales de T12 en tiennent lieu.",
        "The local traces of T12 stand in for it."
    ));
    standing.evidence.extend(local.evidence);
    standing
}
