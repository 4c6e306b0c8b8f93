//! The 38 rules of the guide, one file each, and what follows from all of them together: which apply to
//! a service, how far each is met, which level is reached, and on what each one lets a session open.
//!
//! Everything about a rule stands in its own file of [`rules`]; no rule looks into another's. What takes
//! two rules at once (T12 standing in for T11) stands in [`assess`]. The reading of the guide is the
//! project's; where the two differ, the guide is right.

mod admission;
mod applies;
mod assess;
mod deadlines;
mod direct;
mod engaged;
mod evidence;
mod filtered;
mod finding;
mod house;
mod level;
mod link;
mod outside;
mod overdue;
mod plan;
#[macro_use]
mod rule;
mod rules;
mod standing;
mod statement;
mod threat;
mod treat;

pub use admission::{Admission, Lift, Mender, Unmet};
pub use applies::{Applicability, Cause, Conditions, applies};
pub use assess::assess;
pub use deadlines::{CLOSING_DAYS, Deadline, Within, deadlines, deadlines_of_all};
pub use finding::{Facet, Facets, Finding, Status};
pub use house::house_pack;
pub use level::{LevelReached, Tally, level_reached};
pub use link::{ACTS, LINKS_MAX, Lean, Link};
pub use plan::{plan_end, plan_until};
pub use rule::{Branch, Condition, Manual, Party, Rule};
pub use rules::o3::{exception_in_force, planned_until, windows_until};
pub use rules::{RULES, rule};
pub use standing::{Changed, Stand, Standing, next_change};
pub use statement::{Answer, Count, Hold, Named, Product, STATEMENT_FORMAT, Statement};
pub use threat::{IMPACTS, LIKELIHOODS, RISKS, THREATS, Threat, threat};
pub use treat::{
    derogation_holds, derogation_may_open, transition_for, transition_holds, treat, treatment_for,
    treatment_holds,
};
