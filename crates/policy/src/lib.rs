//! Who may open a session, and why not. The guide is the policy: this crate only asks who and what
//! first, then every applicable rule, then what may open all the same.
//!
//! [`decide`] is pure, and the only maker of a [`Permit`]. It is asked again while a session lives, on
//! fresh facts; a *no* closes the session.

mod choose;
mod conditions;
mod decide;
mod lift;
mod past;
mod permit;
mod refusal;

pub use decide::decide;
pub use guide::{Lift, Mender, Unmet};
pub use lift::{Ground, Lifted};
pub use past::past_the_gate;
pub use permit::Permit;
pub use refusal::{Case, InternalCode, Refusal};
