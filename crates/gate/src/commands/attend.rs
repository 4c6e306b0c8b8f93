//! Somebody of the establishment follows an intervention on data that are worked on under its control (guide, section 1.2.2).

use std::time::Duration;

use domain::{ATTENDANCE_MAX, Attendance};
use events::InterventionAttended;
use vocab::Text;

use super::case::NotDone;
use super::role::Deed;
use crate::{Gate, Known};

/// `attend i-12 <span>`: I follow it until then.
pub(crate) async fn attend(gate: &Gate, who: &Known, name: &str, span: Duration) -> Result<Text, NotDone> {
    let mut case = gate.case(who, name, Deed::Attend).await?;
    if !case.intervention.state.opens() {
        return Err(NotDone::new(
            "L'intervention n'est pas approuvée, ou n'est plus ouverte : il n'y a rien à suivre.",
            "The intervention is not approved, or is open no more: there is nothing to follow.",
        ));
    }
    if span.is_zero() || span > ATTENDANCE_MAX {
        let hours = ATTENDANCE_MAX.as_secs() / 3600;
        return Err(NotDone::new(
            format!("On suit une intervention {hours} h d'affilée au plus ; redites-le ensuite."),
            format!("One follows an intervention for {hours} h in a row at most; say it again afterwards."),
        ));
    }
    let until = case.now.after(span);
    case.intervention.attendance = Some(Box::new(Attendance { by: who.person.clone(), at: case.now, until }));
    let end = case.facts.establishment.zone.show(until);
    case.write(gate, InterventionAttended { until: Some(until) }).await?;
    Ok(Text::new(
        format!("Vous suivez {name} jusqu'au {end} ; si vous partez avant : leave {name}"),
        format!("You follow {name} until {end}; if you go before: leave {name}"),
    ))
}

/// `leave i-12`: nobody follows it any more, and what needs somebody ends.
pub(crate) async fn leave(gate: &Gate, who: &Known, name: &str) -> Result<Text, NotDone> {
    let mut case = gate.case(who, name, Deed::Attend).await?;
    let theirs = case.intervention.attendance.as_ref().is_some_and(|there| there.by == who.person);
    if !theirs {
        return Err(NotDone::new(
            "Vous ne suivez pas cette intervention.",
            "You do not follow this intervention.",
        ));
    }
    case.intervention.attendance = None;
    case.write(gate, InterventionAttended { until: None }).await?;
    Ok(Text::new(format!("Vous ne suivez plus {name}."), format!("You follow {name} no more.")))
}
