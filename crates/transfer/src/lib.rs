//! File transfers seen from the gate: SFTP and the old copy protocol (SCP), parsed in passing.
//!
//! A [`Tap`] stands between the two directions of one SSH channel. It is handed the bytes of either side
//! in pieces of any size ([`Tap::client_sent`], [`Tap::server_sent`]) and answers with a [`Step`]: what to
//! forward, what the gate itself answers, what to report, and whether the channel must end. It does no
//! I/O and reads no clock.
//!
//! - Rights are enforced here ([`Allowed`]): a request without its right is never forwarded; the gate
//!   answers it with `SSH_FXP_STATUS`.
//! - Every file whose content passed becomes a [`FileReport`] with its name, direction, size and SHA-256
//!   (guide rules E6, E7, E9); every change to the equipment's files an [`OperationReport`]; every refused
//!   request a [`RefusedReport`] (C7).
//! - Every byte is counted ([`Account`]): received = released + refused + consumed + held back.
//! - Uploads may be held ([`Tap::sftp_holding`]): the edge gets the whole file first ([`Held`]), and lets it go on or
//!   not ([`Release`], E6).
//! - Payloads are forwarded as slices of what came in, without a copy.
//!
//! What the reports mean, field by field, stands in `docs/formats/transfer.md`.

mod account;
mod allowed;
mod command;
mod content;
mod cover;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
mod hold;
mod pump;
mod report;
mod scp;
mod sftp;
mod tap;
#[cfg(test)]
mod tests;
mod violation;

pub use account::{Account, Flow};
pub use allowed::{Allowed, Forbidden};
pub use command::{CommandRefusal, Mode, ScpCommand};
pub use content::MAX_RANGES;
pub use cover::{COVER_KEY, COVER_TAG, Cover};
pub use hold::{Held, Next, Upload};
pub use report::{
    Attributes, Cause, Content, Direction, FileReport, Name, Operation, OperationReport, Outcome,
    RefusedReport, Report, Status,
};
pub use tap::{Release, Step, Tap};
pub use violation::{Fault, Side, Violation};
