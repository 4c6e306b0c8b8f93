//! How a service stands towards the guide, for those who answer for it and those who can mend it.

use domain::{LocalMoment, Zone};
use vocab::{Lang, Text, Timestamp};

use super::case::{NotDone, Why};
use super::role::Deed;
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

fn moment(given: &str, zone: &Zone, now: Timestamp) -> Result<Timestamp, NotDone> {
    LocalMoment::past(given, zone, now).ok_or_else(|| {
        NotDone::new(
            format!("« {given} » n'est pas une date et heure passées, comme '2026-03-14 22:10'."),
            format!("`{given}` is not a past date and time, such as '2026-03-14 22:10'."),
        )
    })
}
