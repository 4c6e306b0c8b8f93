//! How a service stands towards the guide, for those who answer for it and those who can mend it.

use domain::LocalMoment;
use vocab::{Lang, Text, Timestamp};

use super::case::NotDone;
use super::role::Deed;
use crate::ports::PortError;
use crate::{Gate, Known};

/// `assess <service> [<day> <time>]`: now, or as it stood at a moment on the establishment's wall.
pub(crate) async fn one(gate: &Gate, who: &Known, name: &str, at: Option<&str>) -> Result<Text, NotDone> {
    // Who may see it is asked of today: whoever has left sees nothing of when he was there.
    let (facts, now) = gate.service(who, name, Deed::Assess).await?;
    let at = at.map(|at| moment(at, &facts.establishment.zone, now)).transpose()?;
    let assessed = gate.assessment(&facts.establishment.id, &facts.service.id, at).await;
    let assessed = assessed.map_err(|error| match error {
        PortError::Missing(_) => NotDone::new(
            format!("La prestation {name} n'existait pas encore à ce moment, ou n'avait pas de contrat."),
            format!("The service {name} did not exist yet at that moment, or had no contract."),
        ),
        error => error.into(),
    })?;
    Ok(Text::new(assessed.text(Lang::Fr), assessed.text(Lang::En)))
}

fn moment(given: &str, zone: &domain::Zone, now: Timestamp) -> Result<Timestamp, NotDone> {
    LocalMoment::past(given, zone, now).ok_or_else(|| {
        NotDone::new(
            format!("« {given} » n'est pas une date et heure passées, comme '2026-03-14 22:10'."),
            format!("`{given}` is not a past date and time, such as '2026-03-14 22:10'."),
        )
    })
}
