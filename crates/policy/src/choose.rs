//! Which intervention is meant: the one named, or the only one that is open.

use domain::{Attempt, Equipment, Facts, Intervention, ServiceFacts};
use vocab::{HouseRule, Source, Text};

use guide::Admission;

use crate::{Lift, Mender, Refusal, Unmet};

/// What an attempt is about.
pub(crate) struct Chosen<'a> {
    pub(crate) facts: &'a ServiceFacts,
    pub(crate) equipment: &'a Equipment,
    pub(crate) intervention: Option<&'a Intervention>,
    /// What the choice itself found missing.
    pub(crate) admission: Admission,
}

/// Chooses. Nothing outside the contracts of the caller's employer is in the facts: for the caller it does
/// not exist.
pub(crate) fn case<'a>(attempt: &Attempt, facts: &'a Facts) -> Result<Chosen<'a>, Refusal> {
    let covering: Vec<(&ServiceFacts, &Equipment)> = facts
        .services
        .iter()
        .filter_map(|service| {
            let equipment = service.equipment.iter().find(|one| one.id == attempt.target.equipment)?;
            let wanted = attempt.target.establishment.as_ref();
            wanted.is_none_or(|name| *name == service.establishment.id).then_some((service, equipment))
        })
        .collect();
    if covering.is_empty() {
        return Err(Refusal::unknown_target(attempt, facts.target_known));
    }
    let mut establishments: Vec<&str> =
        covering.iter().map(|(service, _)| service.establishment.id.as_str()).collect();
    establishments.dedup();
    if establishments.len() > 1 {
        let names = establishments
            .iter()
            .map(|name| format!("{}.{name}", attempt.target.equipment))
            .collect::<Vec<_>>();
        return Err(ambiguous(attempt, HouseRule::Scope, &names));
    }
    let all = covering.iter().flat_map(|(service, equipment)| {
        service.interventions.iter().map(move |intervention| (*service, *equipment, intervention))
    });
    let (open, other): (Vec<_>, Vec<_>) = all
        .filter(|(_, equipment, intervention)| intervention.equipment.contains(&equipment.id))
        .partition(|(_, _, intervention)| intervention.state.opens());
    if let Some(name) = &attempt.target.intervention {
        let named = open.iter().chain(&other).find(|(_, _, intervention)| intervention.id == *name);
        return match named {
            Some((facts, equipment, intervention)) => {
                Ok(Chosen { facts, equipment, intervention: Some(intervention), admission: Admission::OPEN })
            }
            None => Ok(without(&covering, attempt)?),
        };
    }
    match open.as_slice() {
        [(facts, equipment, intervention)] => {
            Ok(Chosen { facts, equipment, intervention: Some(intervention), admission: Admission::OPEN })
        }
        [] => match other.as_slice() {
            // Not open yet, and the only one: its own state says what is missing.
            [(facts, equipment, intervention)] => {
                Ok(Chosen { facts, equipment, intervention: Some(intervention), admission: Admission::OPEN })
            }
            _ => without(&covering, attempt),
        },
        several => {
            let names: Vec<String> =
                several.iter().map(|(_, equipment, one)| format!("{}+{}", equipment.id, one.id)).collect();
            Err(ambiguous(attempt, HouseRule::Intervention, &names))
        }
    }
}

/// No intervention stands behind the attempt: said together with whatever else is missing.
fn without<'a>(
    covering: &[(&'a ServiceFacts, &'a Equipment)],
    attempt: &Attempt,
) -> Result<Chosen<'a>, Refusal> {
    let Some((facts, equipment)) = covering.first() else {
        return Err(Refusal::unknown_target(attempt, false));
    };
    let services =
        covering.iter().map(|(service, _)| service.service.id.as_str()).collect::<Vec<_>>().join(", ");
    let unmet = Unmet {
        source: Source::House(HouseRule::Intervention),
        sentence: Text::new(
            "Aucune intervention n'est ouverte pour cet équipement.",
            "No intervention is open for this equipment.",
        ),
        remedy: Text::new(
            format!(
                "Un demandeur de l'établissement la demande, un bénéficiaire l'approuve (prestation : {services})."
            ),
            format!(
                "A requester of the establishment asks for it, a beneficiary approves it (service: {services})."
            ),
        ),
        mender: Mender::Requester,
        lift: Lift::Never,
    };
    Ok(Chosen { facts, equipment, intervention: None, admission: Admission::refused(vec![unmet]) })
}

fn ambiguous(attempt: &Attempt, rule: HouseRule, names: &[String]) -> Refusal {
    let names = names.join(", ");
    let unmet = Unmet {
        source: Source::House(rule),
        sentence: Text::new(
            "Plusieurs correspondent : il faut nommer laquelle.",
            "Several match: name which one.",
        ),
        remedy: Text::new(
            format!("Connectez-vous avec l'un de ces noms après votre identifiant et « + » : {names}."),
            format!("Connect with one of these names behind your own and a `+`: {names}."),
        ),
        mender: Mender::Technician,
        lift: Lift::Never,
    };
    Refusal::single(attempt, None, unmet)
}
