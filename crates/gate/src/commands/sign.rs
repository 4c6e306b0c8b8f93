//! Signing what the site's file proposes: treatments of risk and transitions (section 4 of the guide). A file
//! asserts no signature; whoever owns the risk signs these very words under his own key and second factor.

use domain::{RiskOption, ServiceFacts, Signature, Signed};
use events::{Actor, Fact, RiskTreated, TransitionSigned};
use vocab::{EquipmentId, RuleId, Source, Text, Timestamp};

use super::case::NotDone;
use super::role::Deed;
use crate::acts::Act;
use crate::ports::Put;
use crate::scribe::Note;
use crate::{Gate, Known};

/// `sign <service>`: what waits for this person's signature.
pub(crate) async fn list(gate: &Gate, who: &Known, service: &str) -> Result<Text, NotDone> {
    let (facts, _) = gate.service(who, service, Deed::Sign).await?;
    let zone = &facts.establishment.zone;
    let (mut fr, mut en) = (String::new(), String::new());
    for one in facts.treatments.iter().filter(|one| one.owner == who.person && one.signed.is_none()) {
        let on = one.equipment.as_ref().map(|equipment| format!("/{equipment}")).unwrap_or_default();
        let (name, options) = (format!("{}{on}", one.rule), words(&one.options));
        let (until, measures) = (zone.show(one.span.until), &one.measures);
        fr.push_str(&format!("sign {service} {name}\n  {options} jusqu'au {until} : {measures}\n"));
        en.push_str(&format!("sign {service} {name}\n  {options} until {until}: {measures}\n"));
    }
    if let Some(one) = &facts.transition
        && one.signed_by == who.person
        && one.signed.is_none()
    {
        let (until, plan) = (zone.show(one.span.until), &one.plan.name);
        fr.push_str(&format!("sign {service} transition\n  non conforme jusqu'au {until} ; plan : {plan}\n"));
        en.push_str(&format!("sign {service} transition\n  not compliant until {until}; plan: {plan}\n"));
    }
    if fr.is_empty() {
        return Ok(Text::new("Rien n'attend votre signature.", "Nothing waits for your signature."));
    }
    Ok(Text::new(fr.trim_end(), en.trim_end()))
}

/// `sign <service> <rule>[/<equipment>] | transition`
pub(crate) async fn sign(gate: &Gate, who: &Known, service: &str, what: &str) -> Result<Text, NotDone> {
    let (facts, now) = gate.service(who, service, Deed::Sign).await?;
    let (signed, fact) = match what {
        "transition" => transition(&facts, what)?,
        rule => treatment(&facts, rule)?,
    };
    let owner = match &signed {
        Signed::Treatment(one) => &one.owner,
        Signed::Transition(one) => &one.signed_by,
    };
    if *owner != who.person {
        return Err(NotDone::new(
            format!("Cette signature revient à {owner}, et à personne d'autre."),
            format!("This signature belongs to {owner}, and to nobody else."),
        ));
    }
    if !facts.establishment.may_treat(&who.person, now) {
        return Err(NotDone::new(
            "Votre délégation ne permet pas de traiter un risque maintenant.",
            "Your delegation does not let you treat a risk now.",
        ));
    }
    write(gate, who, &facts, signed, fact, now).await?;
    Ok(Text::new(
        format!("Signé pour {service} : {what}. Un autre texte serait à signer de nouveau."),
        format!("Signed for {service}: {what}. Another text would have to be signed again."),
    ))
}

fn treatment(facts: &ServiceFacts, what: &str) -> Result<(Signed, Fact), NotDone> {
    let (rule, equipment) = what.split_once('/').map_or((what, None), |(rule, on)| (rule, Some(on)));
    let rule: RuleId = rule.parse().map_err(|_| nothing(what))?;
    let on = |of: Option<&EquipmentId>| of.map(EquipmentId::as_str) == equipment;
    let mut found = facts.treatments.iter().filter(|one| one.rule == rule && on(one.equipment.as_ref()));
    let mut one = found.next().cloned().ok_or_else(|| nothing(what))?;
    one.signed = None;
    let fact = RiskTreated {
        rule: Source::Guide(rule),
        service: one.service.clone(),
        equipment: one.equipment.clone(),
        options: one.options.iter().map(|option| code(*option).into()).collect(),
        owner: one.owner.clone(),
        until: one.span.until,
    };
    Ok((Signed::Treatment(one), fact.into()))
}

fn transition(facts: &ServiceFacts, what: &str) -> Result<(Signed, Fact), NotDone> {
    let mut one = facts.transition.clone().ok_or_else(|| nothing(what))?;
    one.signed = None;
    let (service, plan) = (one.service.clone(), one.plan.name.as_str().into());
    let fact = TransitionSigned { service, plan, until: one.span.until };
    Ok((Signed::Transition(one), fact.into()))
}

fn nothing(what: &str) -> NotDone {
    NotDone::new(
        format!("« {what} » n'est ni le traitement d'une règle de cette prestation, ni sa transition."),
        format!("`{what}` is neither the treatment of a rule of this service nor its transition."),
    )
}

async fn write(
    gate: &Gate,
    who: &Known,
    facts: &ServiceFacts,
    signed: Signed,
    fact: Fact,
    now: Timestamp,
) -> Result<(), NotDone> {
    let establishment = facts.establishment.id.clone();
    let signature = Signature { by: who.person.clone(), at: now };
    let by = Actor::Person(who.person.clone());
    let note =
        Note { establishment: establishment.clone(), at: now, by, session: None, intervention: None, fact };
    let puts = vec![Put::Signature { establishment, signature, signed }];
    let act = Act { puts, sessions: Vec::new(), notes: vec![note], at: now, by: who.person.to_string() };
    gate.acts.commit(act).await?;
    Ok(())
}

fn words(options: &std::collections::BTreeSet<RiskOption>) -> String {
    options.iter().map(|option| code(*option)).collect::<Vec<_>>().join(", ")
}

fn code(option: RiskOption) -> &'static str {
    match option {
        RiskOption::Reduce => "reduce",
        RiskOption::Accept => "accept",
        RiskOption::Avoid => "avoid",
        RiskOption::Transfer => "transfer",
    }
}
