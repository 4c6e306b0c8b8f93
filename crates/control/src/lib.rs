//! The edge for those who run the gate: a local socket, `/metrics` and `/healthz`.
//!
//! Whoever can open the socket (mode 0600, the gate's own user) is the *host operator*: he may look, watch
//! and cut, describe the site and put secrets into the vault. He may neither approve nor consent: there is
//! no such request here.

mod client;
mod content;
mod frame;
mod http;
mod request;
mod socket;

pub use client::{Answer, ask, watch};
pub use content::Content;
pub use frame::{Seen, Watching};
pub use http::{Host, serve_http};
pub use request::{Desk, DossierFile, Errand, Request};
pub use socket::{ControlError, Socket};
