//! The decision.

use domain::{Asked, Attempt, Facts};
use guide::{Admission, Conditions, RULES, applies, house_pack};
use vocab::Timestamp;

use crate::choose::choose;
use crate::conditions;
use crate::lift::lift;
use crate::{Permit, Refusal};

/// Whether this attempt opens a session now, on these facts. Every condition that is not met is in the
/// refusal, not only the first; what is not the caller's to know is one answer that tells nothing.
///
/// A person who is not identified, or for whose key nobody has vouched, is told only that: not what an equipment
/// waits for.
pub fn decide(attempt: &Attempt, facts: &Facts, now: Timestamp) -> Result<Permit, Refusal> {
    let staff = conditions::identified(attempt, facts)?;
    let choice = choose(attempt, facts, now)?;
    let Some((service, equipment)) = choice.service else {
        return Err(Refusal::of(&choice, choice.unmet.clone(), Vec::new()));
    };
    // Engagements are towards one establishment: those known in the service count.
    let staff = service.staff.iter().find(|one| one.person.id == attempt.person).unwrap_or(staff);
    if let Some(lack) = conditions::unvouched(attempt, staff) {
        return Err(Refusal::of(&choice, vec![lack], Vec::new()));
    }
    let asked = Asked { attempt, facts: service, staff, equipment, intervention: choice.intervention };
    let answer = Admission::refused(choice.unmet.clone())
        .and(conditions::of_the_house(&asked, facts, now))
        .and(of_the_guide(&asked, now))
        .and(house_pack(&asked, now));
    let lifting = lift(answer, &asked, now);
    let permit = Permit::new(&asked, &lifting, now);
    match permit {
        Some(permit) if lifting.left.is_empty() => Ok(permit),
        _ => Err(Refusal::of(&choice, lifting.left, lifting.lifted)),
    }
}

/// Every rule that applies and bears on a session.
pub(crate) fn of_the_guide(asked: &Asked<'_>, now: Timestamp) -> Admission {
    let service = &asked.facts.service;
    let conditions = Conditions::of(asked.facts, now);
    RULES
        .iter()
        .filter(|rule| applies(rule.id, service.kind, service.level, service.path, conditions).applies())
        .filter_map(|rule| rule.admit)
        .fold(Admission::OPEN, |answer, admit| answer.and(admit(asked, now)))
}
