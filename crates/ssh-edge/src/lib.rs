//! The SSH edge: the *door* towards technicians, the *dialler* towards equipment, and the *relay* between
//! both.
//!
//! The SSH library is a hostile surface that is used here and nowhere else. Three things are ours on
//! purpose: the order of the login ([`door`]), the flow of bytes (`lane`: no loop of the library is ever
//! waited in), and the stream under the library (`leg`), which can be cut whatever the library is doing.

mod agreed;
mod dialler;
mod door;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
mod keys;
mod lane;
mod leg;
mod limits;
mod profile;
mod relay;
mod rotation;
mod texts;
mod user;

pub use door::{Descriptors, serve};
pub use keys::{HostKey, InvalidHostKey};
pub use limits::Settings;
pub use rotation::SshRotator;
