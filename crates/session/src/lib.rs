//! A session's life, as a state machine without I/O.
//!
//! A [`Session`] is opened under the [`vocab::Terms`] of a permit. It is told what happens
//! ([`Input`], with the moment) and answers what is to be done ([`Effect`]). It reads no clock: the edge
//! calls it at the latest at [`Session::next_deadline`].
//!
//! - Idle (T10) means no application data: in a shell only what the technician types counts (a `top` would
//!   never be idle); in a command or a transfer, bytes either way. Keep-alives, window-adjusts and empty
//!   messages are no activity. It warns, then closes. A declared long operation is not cut.
//! - The end of the window (O3) is announced, may be extended once where the terms say so, then closes.
//! - Somebody may cut, the decision may turn to no, the recording or the trace store may be lost (T11).
//! - Nothing reopens a closed session: whatever comes after, it has no effect.
//! - Time that goes backwards extends nothing: the machine keeps the latest moment it was told.
//!
//! Participants, presence and pause are known from the start, because assistance needs them.

mod effect;
mod input;
mod machine;
mod notice;
#[cfg(test)]
mod tests;

pub use effect::{Declined, Effect, Mark};
pub use input::{Actor, ChannelId, ChannelKind, Failure, Input, Leg, ParticipantId, Role};
pub use machine::{MAX_CHANNELS, MAX_PARTICIPANTS, Session};
pub use notice::Notice;
