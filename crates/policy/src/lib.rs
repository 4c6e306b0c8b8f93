//! The decision: who and what first, then every applicable rule, then what was lifted.
//!
//! Short, because the guide *is* the policy. [`decide`] is pure, and the only maker of a [`Permit`].

mod choose;
mod identity;
mod lifts;
mod permit;
mod refusal;
mod rules;

use domain::{Asked, Attempt, Facts};
use vocab::Timestamp;

pub use lifts::{Ground, Lifted};
pub use permit::Permit;
pub use refusal::Refusal;

pub use guide::{Lift, Mender, Unmet};

/// Whether this attempt may open a session now, and if not, everything that is missing.
///
/// Asked at the opening, and again while the session lives: at each change of facts, and each minute.
pub fn decide(attempt: &Attempt, facts: &Facts, now: Timestamp) -> Result<Permit, Refusal> {
    let staff = identity::person(attempt, facts)?;
    let chosen = choose::case(attempt, facts)?;
    // Engagements are towards one establishment: those of the service chosen count.
    let staff = chosen.facts.staff.iter().find(|one| one.person.id == attempt.person).unwrap_or(staff);
    let asked = Asked {
        attempt,
        facts: chosen.facts,
        staff,
        equipment: chosen.equipment,
        intervention: chosen.intervention,
    };
    let admission = identity::state(&asked, now).and(chosen.admission).and(rules::admit(&asked, now));
    let (lifted, unmet, until) = lifts::lift(&asked, admission, now);
    if unmet.is_empty() { Permit::new(&asked, lifted, until, now) } else { Err(Refusal::of(&asked, unmet)) }
}
