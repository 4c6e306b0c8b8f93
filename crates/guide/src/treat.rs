//! Section 4 of the guide: the risk of a rule that is not applied, and who may take it.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{Derogation, RiskOption, RiskTreatment, ServiceFacts, Signature, Transition};
use vocab::{EquipmentId, HouseRule, Lang, PersonId, RuleId, Source, Timestamp};

use crate::evidence::{is_said, say};
use crate::{Finding, Status};

/// An emergency derogation lasts at most this long (rules.md §2.5).
const DEROGATION_MAX: Duration = Duration::from_secs(4 * 3600);

/// Whether a treatment may be leant on now: in force and not overdue for its review, about a threat of the catalogue, with
/// at least one option and what each of them asks for (measures, a change that stands in the service, a contract in force
/// that covers it), signed at the door by its owner, who is the responsable or was his delegate in writing for a risk of
/// the size that is left. What it covers is another question: [`treatment_for`].
pub fn treatment_holds(treatment: &RiskTreatment, facts: &ServiceFacts, now: Timestamp) -> bool {
    let may = |at| {
        facts.establishment.may_leave(&treatment.owner, &facts.service.id, treatment.residual.risk(), at)
    };
    treatment.service == facts.service.id
        && treatment.span.holds(now)
        && now < treatment.ends()
        && treatment.review <= treatment.span.until
        && !treatment.threats.is_empty()
        && treatment.is_answered(&facts.service, now)
        && may(treatment.span.from)
        && treatment.signed.as_ref().is_some_and(|signed| may(signed.at))
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
        signed.by == *owner
            && signed.at <= now
            && facts.establishment.may_treat(owner, &facts.service.id, signed.at)
    })
}

/// The treatment of a rule that covers this equipment now; the one that lasts longest. A signature covers what there was
/// when it was given ([`domain::Cover`]): what the file adds or moves afterwards is not covered before it is signed anew.
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
        .filter(|treatment| treatment.covers(equipment, facts))
        .max_by_key(|treatment| treatment.ends())
}

/// Whether an emergency derogation may be leant on now: in force, at most 4 hours long, with a reason,
/// signed by the responsable or by whoever was his delegate for this when it was signed.
pub fn derogation_holds(derogation: &Derogation, facts: &ServiceFacts, now: Timestamp) -> bool {
    derogation.span.holds(now)
        && derogation.span.until <= derogation.span.from.after(DEROGATION_MAX)
        && !derogation.reason.trim().is_empty()
        && facts.establishment.may_derogate(&derogation.signed_by, &facts.service.id, derogation.span.from)
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
/// may treat risks. What it opens is another question: [`transition_for`].
pub fn transition_holds(facts: &ServiceFacts, now: Timestamp) -> Option<&Transition> {
    facts.transition.as_ref().filter(|transition| {
        transition.service == facts.service.id
            && transition.span.holds(now)
            && is_said(&transition.plan.name)
            && facts.establishment.may_treat(&transition.signed_by, &facts.service.id, transition.span.from)
            && is_signed(transition.signed.as_ref(), &transition.signed_by, facts, now)
    })
}

/// The transition that opens this equipment now: what it says in [`transition_holds`], and its signature reaches the equipment
/// as it is today.
pub fn transition_for<'a>(
    facts: &'a ServiceFacts,
    equipment: &EquipmentId,
    now: Timestamp,
) -> Option<&'a Transition> {
    transition_holds(facts, now).filter(|transition| transition.covers(equipment, facts))
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
    let Some(first_to_end) = covering.iter().flatten().copied().min_by_key(|treatment| treatment.ends())
    else {
        return with_proposed(finding, facts, now);
    };
    let until = facts.establishment.zone.last_date(first_to_end.ends());
    let (owner, residual) = (&first_to_end.owner, first_to_end.residual.risk().text());
    let options: BTreeSet<RiskOption> =
        covering.iter().flatten().flat_map(|treatment| treatment.options.iter().copied()).collect();
    let list =
        |lang| options.iter().map(|one| one.text().in_lang(lang).to_owned()).collect::<Vec<_>>().join(", ");
    let (fr, en) = (list(Lang::Fr), list(Lang::En));
    let (left, leaves) = (residual.fr, residual.en);
    finding.evidence.push(say!(
        "Risque traité ({fr}) par {owner} jusqu'au {until:#}, risque résiduel {left} ; la règle reste non appliquée.",
        "Risk treated ({en}) by {owner} until {until}, residual risk {leaves}; the rule is still not applied."
    ));
    let mut told: Vec<&RiskTreatment> = Vec::new();
    for treatment in covering.iter().flatten().copied() {
        if !told.contains(&treatment) {
            told.push(treatment);
        }
    }
    for measure in told.iter().flat_map(|treatment| late_measures(treatment, now)) {
        let (what, by, due) = (&measure.what, &measure.by, facts.establishment.zone.last_date(measure.until));
        finding.evidence.push(say!(
            "Mesure en retard : {what} ({by}, attendue le {due:#}).",
            "Measure overdue: {what} ({by}, due on {due})."
        ));
    }
    finding.status =
        Status::NotAppliedTreated { options, owner: first_to_end.owner.clone(), until: first_to_end.ends() };
    finding
}

/// The measures of a treatment that were to be done by now and are not.
pub(crate) fn late_measures(
    treatment: &RiskTreatment,
    now: Timestamp,
) -> impl Iterator<Item = &domain::Measure> {
    treatment.measures.iter().filter(move |measure| measure.done.is_none() && measure.until <= now)
}

/// Says why nothing treats the risk although something is proposed: it waits for a signature, the whole of it or for what
/// came since; its review is overdue; what it leans on is no more.
fn with_proposed(mut finding: Finding, facts: &ServiceFacts, now: Timestamp) -> Finding {
    let of_rule = || facts.treatments.iter().filter(|treatment| treatment.rule == finding.rule);
    let (service, rule, zone) = (&facts.service.id, finding.rule, &facts.establishment.zone);
    let said = if let Some(one) = of_rule().find(|one| one.signed.is_none()) {
        let owner = &one.owner;
        say!(
            "Un traitement du risque attend la signature de {owner} : sign {service} {rule}",
            "A treatment of the risk waits for the signature of {owner}: sign {service} {rule}"
        )
    } else if let Some(one) = of_rule().find(|one| one.review <= now && now < one.span.until) {
        let due = zone.last_date(one.review);
        say!(
            "La revue du traitement de ce risque était attendue le {due:#} ; il ne traite plus rien depuis.",
            "The review of the treatment of this risk was due on {due}; it treats nothing since then."
        )
    } else if let Some(one) = of_rule().find(|one| treatment_holds(one, facts, now) && !one.covers_all(facts))
    {
        let owner = &one.owner;
        say!(
            "Le traitement de ce risque a été signé pour d'autres équipements, adresses, comptes, droits ou contrat que ceux d'aujourd'hui ; à {owner} de signer de nouveau : sign {service}",
            "The treatment of this risk was signed for other equipment, addresses, accounts, rights or contract than today's; {owner} is to sign anew: sign {service}"
        )
    } else if of_rule()
        .any(|one| now < one.span.until && one.span.from <= now && !one.is_answered(&facts.service, now))
    {
        say!(
            "Le traitement de ce risque ne tient pas : mesures, changement de la prestation ou contrat qu'il nomme manquent.",
            "The treatment of this risk does not hold: the measures, the change of the service or the contract that it names are missing."
        )
    } else {
        return finding;
    };
    finding.evidence.push(said);
    finding
}
