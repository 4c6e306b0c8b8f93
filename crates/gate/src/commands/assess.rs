//! How a service stands towards the guide, for those who answer for it and those who can mend it.

use domain::LocalMoment;
use vocab::{Lang, Text, Timestamp};

use super::case::NotDone;
use super::role::Deed;
use crate::{Gate, Known};

/// `assess <service> [<day> <time>]`: now, or as it stood at a moment on the establishment's wall.
pub(crate) async fn one(gate: &Gate, who: &Known, name: &str, at: Option<&str>) -> Result<Text, NotDone> {
    // Who may see it is asked of today: whoever has left sees nothing of when he was there.
    let (facts, now) = gate.service(who, name, Deed::Assess).await?;
    let at = at.map(|at| moment(at, &facts.establishment.zone, now)).transpose()?;
    let assessed = gate.assessment(&facts.establishment.id, &facts.service.id, at).await?;
    Ok(Text::new(assessed.text(Lang::Fr), assessed.text(Lang::En)))
}

fn moment(given: &str, zone: &domain::Zone, now: Timestamp) -> Result<Timestamp, NotDone> {
    let found = given.parse::<LocalMoment>().ok().and_then(|moment| moment.in_zone(zone));
    found.filter(|at| *at <= now).ok_or_else(|| {
        NotDone::new(
            format!("« {given} » n'est pas une date et heure passées, comme '2026-03-14 22:10'."),
            format!("`{given}` is not a past date and time, such as '2026-03-14 22:10'."),
        )
    })
}
