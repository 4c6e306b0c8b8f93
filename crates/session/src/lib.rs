//! A session's life, without I/O: what comes in changes it, what comes out has to be done.
//!
//! The machine sees control events only, never the bytes themselves. Time is handed in, and never runs
//! backwards here: a clock that jumps back makes no session live longer.

mod machine;
mod participants;

pub use machine::{Activity, ChannelKind, Close, Effect, Input, Session, Side, Warning};
pub use participants::{Part, Participant, Participants};

#[cfg(test)]
mod tests;
