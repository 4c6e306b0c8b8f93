//! Which case it is: the service, the equipment and the intervention that an attempt is about.

use domain::{Attempt, Equipment, Facts, Intervention, ServiceFacts, State};
use guide::{Mender, Unmet};
use vocab::{HouseRule, Text, Timestamp};

use crate::conditions::unmet;
use crate::refusal::InternalCode;
use crate::{Case, Refusal};

/// What an attempt is about, as far as it can be told.
pub(crate) struct Choice<'a> {
    /// The service and the equipment in it; `None` when several services are possible.
    pub(crate) service: Option<(&'a ServiceFacts, &'a Equipment)>,
    /// The intervention; `None` when none or several are possible.
    pub(crate) intervention: Option<&'a Intervention>,
    /// Why there is no intervention.
    pub(crate) unmet: Vec<Unmet>,
}

impl Choice<'_> {
    /// By name, for the ledger.
    pub(crate) fn case(&self) -> Option<Case> {
        self.service.map(|(facts, equipment)| Case {
            establishment: facts.establishment.id.clone(),
            contract: facts.contract.id.clone(),
            service: facts.service.id.clone(),
            equipment: equipment.id.clone(),
            intervention: self.intervention.map(|intervention| intervention.id.clone()),
        })
    }
}

/// The named intervention, else the one that is open on that equipment, of several the one that is planned for now; none or
/// several are said.
pub(crate) fn choose<'a>(attempt: &Attempt, facts: &'a Facts, now: Timestamp) -> Result<Choice<'a>, Refusal> {
    let services: Vec<(&ServiceFacts, &Equipment)> =
        facts.services.iter().filter_map(|service| Some((service, targeted(attempt, service)?))).collect();
    if services.is_empty() {
        let code =
            if facts.target_known { InternalCode::OutsideContracts } else { InternalCode::UnknownTarget };
        return Err(Refusal::unknown_target(code));
    }
    let only = match services.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let mut found: Vec<_> = services
        .iter()
        .flat_map(|(service, equipment)| service.interventions.iter().map(move |i| (*service, *equipment, i)))
        .filter(|(_, equipment, intervention)| match &attempt.target.intervention {
            Some(named) => intervention.id == *named,
            None => intervention.state.opens() && intervention.equipment.contains(&equipment.id),
        })
        .collect();
    let timely = |(service, _, one): &(&ServiceFacts, &Equipment, &Intervention)| {
        one.plan(service.service.kind).is_some_and(|plan| plan.holds(now))
    };
    if found.iter().any(timely) {
        found.retain(timely);
    }
    Ok(match found.as_slice() {
        [(service, equipment, intervention)] => Choice {
            service: Some((service, equipment)),
            intervention: Some(intervention),
            unmet: Vec::new(),
        },
        [] => match waiting(&services).as_slice() {
            // The only one that may still open: its own state says what is missing, with all the rest.
            [(service, equipment, intervention)] if attempt.target.intervention.is_none() => Choice {
                service: Some((service, equipment)),
                intervention: Some(intervention),
                unmet: Vec::new(),
            },
            _ => Choice { service: only, intervention: None, unmet: vec![none_open(attempt, &services)] },
        },
        several => {
            let names: Vec<String> =
                several.iter().map(|(_, e, i)| format!("{} ({})", i.id, e.full_name())).collect();
            Choice { service: only, intervention: None, unmet: vec![several_open(&names.join(", "))] }
        }
    })
}

fn targeted<'a>(attempt: &Attempt, service: &'a ServiceFacts) -> Option<&'a Equipment> {
    let target = &attempt.target;
    let here = target.establishment.as_ref().is_none_or(|named| *named == service.establishment.id);
    service.equipment.iter().find(|equipment| here && equipment.id == target.equipment)
}

/// Interventions on the equipment that are not over.
fn waiting<'a>(
    services: &[(&'a ServiceFacts, &'a Equipment)],
) -> Vec<(&'a ServiceFacts, &'a Equipment, &'a Intervention)> {
    let all = services.iter().flat_map(|(service, equipment)| {
        service.interventions.iter().map(move |intervention| (*service, *equipment, intervention))
    });
    all.filter(|(_, equipment, intervention)| intervention.equipment.contains(&equipment.id))
        .filter(|(_, _, i)| !matches!(i.state, State::Closed | State::Refused | State::Withdrawn))
        .collect()
}

fn none_open(attempt: &Attempt, services: &[(&ServiceFacts, &Equipment)]) -> Unmet {
    let equipment = &attempt.target.equipment;
    let remedy = Text::new(
        "Demander une intervention sur cet équipement, et la faire approuver par un bénéficiaire.",
        "Ask for an intervention on this equipment, and have a beneficiary approve it.",
    );
    if let Some(named) = &attempt.target.intervention {
        let sentence = Text::new(
            format!("Aucune intervention « {named} » n'est en cours sur {equipment}."),
            format!("No intervention `{named}` is under way on {equipment}."),
        );
        return unmet(HouseRule::Intervention, Mender::Requester, sentence, remedy);
    }
    let (mut fr, mut en) = (Vec::new(), Vec::new());
    for (_, _, intervention) in waiting(services) {
        let words = state_in_words(intervention.state);
        fr.push(format!("{} est {}", intervention.id, words.0));
        en.push(format!("{} is {}", intervention.id, words.1));
    }
    if fr.is_empty() {
        let sentence = Text::new(
            format!("Aucune intervention n'est ouverte sur {equipment}."),
            format!("No intervention is open on {equipment}."),
        );
        return unmet(HouseRule::Intervention, Mender::Requester, sentence, remedy);
    }
    let sentence = Text::new(
        format!("Aucune intervention n'est ouverte sur {equipment} : {}.", fr.join(" ; ")),
        format!("No intervention is open on {equipment}: {}.", en.join("; ")),
    );
    let remedy = Text::new(
        "Faire approuver ou reprendre l'intervention, ou en demander une autre.",
        "Have the intervention approved or resumed, or ask for another.",
    );
    unmet(HouseRule::Intervention, Mender::Beneficiary, sentence, remedy)
}

fn several_open(names: &str) -> Unmet {
    unmet(
        HouseRule::Intervention,
        Mender::Technician,
        Text::new(
            format!("Plusieurs interventions sont ouvertes : {names}."),
            format!("Several interventions are open: {names}."),
        ),
        Text::new(
            "Nommer l'intervention derrière l'équipement : <personne>+<équipement>+<intervention>.",
            "Name the intervention behind the equipment: <person>+<equipment>+<intervention>.",
        ),
    )
}

/// A state, as it is said to people.
pub(crate) fn state_in_words(state: State) -> (&'static str, &'static str) {
    match state {
        State::Requested => ("demandée et pas encore approuvée", "asked for and not yet approved"),
        State::Approved => ("approuvée", "approved"),
        State::Open => ("ouverte", "open"),
        State::Suspended => ("suspendue", "suspended"),
        State::Closing => ("en cours de clôture", "being closed"),
        State::Closed => ("close", "closed"),
        State::Refused => ("refusée", "refused"),
        State::Withdrawn => ("retirée", "withdrawn"),
    }
}
