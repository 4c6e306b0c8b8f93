//! Work that does not pass the gate: whether it may begin now, by everything but the way itself.

use domain::Asked;
use guide::{Admission, Unmet, house_pack};
use vocab::{RuleId, Source, Timestamp};

use crate::conditions;
use crate::decide::of_the_guide;
use crate::lift::lift;

/// Whether somebody's work in an intervention may begin on an equipment past the gate, and until when: nobody opens anything by it. What
/// the gate asks of its own way (T1, a login, the equipment's key and account) is not asked; what is asked of people, contract, plan,
/// periods and checks is, as for a session.
///
/// # Errors
/// Everything that is not met.
pub fn past_the_gate(asked: &Asked<'_>, now: Timestamp) -> Result<Timestamp, Vec<Unmet>> {
    let person = &asked.staff.person;
    let known = person.id == asked.attempt.person && person.active;
    let house = conditions::past_the_gate(asked, now);
    let mut answer = house.and(of_the_guide(asked, now)).and(house_pack(asked, now));
    if !known {
        answer = answer.and(Admission::refused(vec![conditions::inactive()]));
    }
    answer.unmet.retain(|lack| lack.source != Source::Guide(RuleId::T1));
    let lifting = lift(answer, asked, now);
    if lifting.left.is_empty() && now < lifting.until { Ok(lifting.until) } else { Err(lifting.left) }
}
