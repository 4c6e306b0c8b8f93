//! How a service stands towards the guide, for those who answer for it and those who can mend it.

use domain::{LocalMoment, Zone};
use vocab::{Lang, Text, Timestamp};

use super::case::{NotDone, Why};
use super::role::Deed;
use crate::assess::COMPARED_MAX;
use crate::ports::PortError;
use crate::{Assessment, Gate, Known};

/// `assess <service> [<day> <time>]`: now, or as it stood at a moment on the establishment's wall.
pub(crate) async fn one(gate: &Gate, who: &Known, name: &str, at: Option<&str>) -> Result<Text, NotDone> {
    let moment = |zone: &Zone, now| at.map(|at| moment(at, zone, now)).transpose();
    let assessed = assessed(gate, who, name, moment).await?;
    Ok(Text::new(assessed.text(Lang::Fr), assessed.text(Lang::En)))
}

/// An assessment for somebody who may see it; `at`: the moment that is meant, on the establishment's wall.
pub(crate) async fn assessed(
    gate: &Gate,
    who: &Known,
    name: &str,
    at: impl FnOnce(&Zone, Timestamp) -> Result<Option<Timestamp>, NotDone>,
) -> Result<Assessment, NotDone> {
    // Who may see it is asked of today: whoever has left sees nothing of when he was there.
    let (facts, now) = gate.service(who, name, Deed::Assess).await?;
    let at = at(&facts.establishment.zone, now)?;
    let assessed = gate.assessment(&facts.establishment.id, &facts.service.id, at).await;
    assessed.map_err(|error| match error {
        PortError::Missing(_) => NotDone::new(
            format!("La prestation {name} n'existait pas encore à ce moment, ou n'avait pas de contrat."),
            format!("The service {name} did not exist yet at that moment, or had no contract."),
        )
        .because(Why::Unknown),
        error => error.into(),
    })
}

/// `compare <service> <service> …`: what each answers, where they differ. Before a contract begins, as on its first day.
pub(crate) async fn side_by_side(gate: &Gate, who: &Known, names: &[&str]) -> Result<Text, NotDone> {
    if names.len() > COMPARED_MAX {
        return Err(NotDone::new(
            format!("Cinq prestations au plus se comparent ; il y en a {}.", names.len()),
            format!("At most five services are compared; these are {}.", names.len()),
        ));
    }
    let mut all = Vec::new();
    for name in names {
        let (facts, _) = gate.service(who, name, Deed::Assess).await?;
        all.push(gate.prospect(&(facts.establishment.id, facts.service.id)).await?);
    }
    Ok(Text::new(crate::side_by_side(&all, Lang::Fr), crate::side_by_side(&all, Lang::En)))
}

fn moment(given: &str, zone: &Zone, now: Timestamp) -> Result<Timestamp, NotDone> {
    LocalMoment::past(given, zone, now).ok_or_else(|| {
        NotDone::new(
            format!("« {given} » n'est pas une date et heure passées, comme '2026-03-14 22:10'."),
            format!("`{given}` is not a past date and time, such as '2026-03-14 22:10'."),
        )
    })
}
