//! Section 4 of the guide: the risk of a rule that is not applied, and who may take it.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Derogation, RiskOption, RiskTreatment, ServiceFacts, Signature, Transition};
use vocab::{EquipmentId, HouseRule, Lang, PersonId, RuleId, Source, Timestamp};

use crate::evidence::{is_said, say};
use crate::{Finding, Status};

/// An emergency derogation lasts at most this long (rules.md §2.5).
const DEROGATION_MAX: Duration = Duration::from_secs(4 * 3600);

/// Whether a treatment may be leant on now: in force, with at least one option, signed at the door by its owner,
/// who is the responsable or was his delegate in writing, reviewed before it ends; a transfer
/// names the contract that takes the risk over, every other option says what is done.
pub fn treatment_holds(treatment: &RiskTreatment, facts: &ServiceFacts, now: Timestamp) -> bool {
    let transfer = treatment.options.contains(&RiskOption::Transfer);
    let acts =
        [RiskOption::Reduce, RiskOption::Avoid].iter().any(|option| treatment.options.contains(option));
    treatment.service == facts.service.id
        && treatment.span.holds(now)
        && !treatment.options.is_empty()
        && (!transfer || treatment.transfer.is_some())
        && (!acts || !treatment.measures.trim().is_empty())
        && treatment.review <= treatment.span.until
        && facts.establishment.may_treat(&treatment.owner, treatment.span.from)
        && is_signed(treatment.signed.as_ref(), &treatment.owner, facts, now)
}

/// Whether the one whose signature it takes has signed, being entitled to at that moment.
pub(crate) fn is_signed(
    signed: Option<&Signature>,
    owner: &PersonId,
    facts: &ServiceFacts,
    now: Timestamp,
) -> bool {
    signed.is_some_and(|signed| {
        signed.by == *owner && signed.at <= now && facts.establishment.may_treat(owner, signed.at)
    })
}

/// The treatment of a rule that covers this equipment now; the one that lasts longest.
pub fn treatment_for<'a>(
    facts: &'a ServiceFacts,
    rule: RuleId,
    equipment: &EquipmentId,
    now: Timestamp,
) -> Option<&'a RiskTreatment> {
    facts
        .treatments
        .iter()
        .filter(|treatment| treatment.rule == rule && treatment_holds(treatment, facts, now))
        .filter(|treatment| treatment.equipment.as_ref().is_none_or(|covered| covered == equipment))
        .max_by_key(|treatment| treatment.span.until)
}

/// Whether an emergency derogation may be leant on now: in force, at most 4 hours long, with a reason,
/// signed by the responsable or by whoever was his delegate for this when it was signed.
pub fn derogation_holds(derogation: &Derogation, facts: &ServiceFacts, now: Timestamp) -> bool {
    derogation.span.holds(now)
        && derogation.span.until <= derogation.span.from.after(DEROGATION_MAX)
        && !derogation.reason.trim().is_empty()
        && facts.establishment.may_derogate(&derogation.signed_by, derogation.span.from)
}

/// Whether there is anything that a derogation of this rule may open: not the agreed periods (their way is the
/// exception), not what the proof and the channel rest on, and of the house's own rules the employer only. On the
/// emergency journal (`refuge`) there is something for T11.
pub fn derogation_may_open(source: Source, refuge: bool) -> bool {
    match source {
        Source::Guide(RuleId::T11) => refuge,
        Source::Guide(rule) => !matches!(rule, RuleId::O3 | RuleId::T5),
        Source::House(rule) => rule == HouseRule::Employer,
    }
}

/// The transition the service runs under now, if one is in force, names its plan and was signed by whoever
/// may treat risks.
pub fn transition_holds(facts: &ServiceFacts, now: Timestamp) -> Option<&Transition> {
    facts.transition.as_ref().filter(|transition| {
        transition.service == facts.service.id
            && transition.span.holds(now)
            && is_said(&transition.plan.name)
            && facts.establishment.may_treat(&transition.signed_by, transition.span.from)
            && is_signed(transition.signed.as_ref(), &transition.signed_by, facts, now)
    })
}

/// Lays the recorded treatments over a finding. A finding that is met or not applicable stays as it is; a
/// treated one is still not applied, and never counts towards a level.
#[must_use]
pub fn treat(mut finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    if !finding.status.is_lacking() {
        return finding;
    }
    // Every equipment at fault has to be covered: one treatment for one of two devices treats nothing.
    let at_fault = if finding.concerns.is_empty() { &facts.service.equipment } else { &finding.concerns };
    let covering: Option<Vec<&RiskTreatment>> =
        at_fault.iter().map(|equipment| treatment_for(facts, finding.rule, equipment, now)).collect();
    let Some(first_to_end) = covering.iter().flatten().copied().min_by_key(|treatment| treatment.span.until)
    else {
        return with_proposed(finding, facts);
    };
    let until = facts.establishment.zone.last_day(first_to_end.span.until);
    let (owner, residual) = (&first_to_end.owner, u8::from(first_to_end.residual));
    let options: BTreeSet<RiskOption> =
        covering.iter().flatten().flat_map(|treatment| treatment.options.iter().copied()).collect();
    let list =
        |lang| options.iter().map(|one| one.text().in_lang(lang).to_owned()).collect::<Vec<_>>().join(", ");
    let (fr, en) = (list(Lang::Fr), list(Lang::En));
    finding.evidence.push(say!(
        "Risque traité ({fr}) par {owner} jusqu'au {until}, risque résiduel {residual} sur 4 ; la règle reste non appliquée.",
        "Risk treated ({en}) by {owner} until {until}, residual risk {residual} of 4; the rule is still not applied."
    ));
    if first_to_end.review <= now {
        let review = facts.establishment.zone.day(first_to_end.review);
        finding.evidence.push(say!(
            "La revue de ce traitement était attendue le {review}.",
            "The review of this treatment was due on {review}."
        ));
    }
    finding.status = Status::NotAppliedTreated {
        options,
        owner: first_to_end.owner.clone(),
        until: first_to_end.span.until,
    };
    finding
}

/// Says that a treatment waits for its owner's signature.
fn with_proposed(mut finding: Finding, facts: &ServiceFacts) -> Finding {
    let mut proposed = facts.treatments.iter().filter(|treatment| treatment.rule == finding.rule);
    if let Some(treatment) = proposed.find(|treatment| treatment.signed.is_none()) {
        let (owner, service, rule) = (&treatment.owner, &facts.service.id, finding.rule);
        finding.evidence.push(say!(
            "Un traitement du risque attend la signature de {owner} : sign {service} {rule}",
            "A treatment of the risk waits for the signature of {owner}: sign {service} {rule}"
        ));
    }
    finding
}
