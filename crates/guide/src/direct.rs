//! The way past the gate: the responsable's decision (T1, T6, T8), and what is known where the gate does not stand.

use domain::{DirectPath, ServiceFacts};
use vocab::{RuleId, Text, Timestamp};

use crate::evidence::{Held, declared_held, declared_met, is_said, say};
use crate::{Finding, Mender, Status, treat};

/// The decision in force: signed at the door by the responsable or his delegate, with its reason, the provider's
/// recommendation and at least one flow; or what is missing.
pub(crate) fn decision(facts: &ServiceFacts, now: Timestamp) -> Result<&DirectPath, Text> {
    let Some(decision) = &facts.direct else {
        return Err(say!(
            "Aucune décision du responsable n'est enregistrée sur l'accès direct.",
            "No decision of the responsable is recorded on the direct path."
        ));
    };
    let (owner, service) = (&decision.owner, &facts.service.id);
    if !treat::is_signed(decision.signed.as_ref(), owner, facts, now) {
        return Err(say!(
            "La décision sur l'accès direct attend la signature de {owner} : sign {service} direct",
            "The decision on the direct path waits for the signature of {owner}: sign {service} direct"
        ));
    }
    let until = facts.establishment.zone.last_date(decision.span.until);
    if !decision.span.holds(now) || !facts.establishment.may_treat(owner, service, decision.span.from) {
        return Err(say!(
            "La décision sur l'accès direct n'est pas en vigueur (fin : {until:#}).",
            "The decision on the direct path is not in force (end: {until})."
        ));
    }
    let whole = is_said(&decision.reason)
        && is_said(&decision.solution)
        && is_said(&decision.recommendation.name)
        && !decision.flows.is_empty();
    if whole {
        return Ok(decision);
    }
    Err(say!(
        "La décision sur l'accès direct ne dit pas tout : motif, solution, recommandation, flux.",
        "The decision on the direct path does not say all: reason, solution, recommendation, flows."
    ))
}

/// What the gate holds itself on its own path, and does not see on the direct one: there it takes somebody's word.
pub(crate) fn seen_by_word(finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    if facts.at_the_gate() || !finding.status.is_met() {
        return finding;
    }
    // The finding's own words say that the gate holds the rule: they do not hold here.
    let rule = finding.rule;
    if let Held::Declared(word) = declared_held(rule, facts, now) {
        return declared_met(rule, word, facts);
    }
    let missing = say!(
        "La prestation ne passe pas par cette poterne, qui ne voit pas que la règle est tenue ; et rien ne le déclare.",
        "The service does not pass this gate, which does not see that the rule is held; and nothing declares it."
    );
    Finding::new(rule, Status::Partly { missing: missing.clone() }).because(missing).mended_by(
        Mender::It,
        say!(
            "Passer par la poterne, ou déclarer qui tient la règle, jusqu'à quand, sur quel document.",
            "Go through the gate, or declare who holds the rule, until when, on which document."
        ),
    )
}

/// The same for a facet.
pub(crate) fn held_by_word<'a>(
    rule: RuleId,
    facts: &'a ServiceFacts,
    now: Timestamp,
    held: Held<'a>,
) -> Held<'a> {
    match held {
        Held::Enforced(_) | Held::Observed(_) if !facts.at_the_gate() => declared_held(rule, facts, now),
        held => held,
    }
}
