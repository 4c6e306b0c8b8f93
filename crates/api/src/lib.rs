//! The HTTP interface: what a program may see and do in the name of the person who made its token at the door.
//!
//! It decides nothing. Each request is a use case of the gate, asked as that person, with that person's rights at this
//! moment; what is answered here is only how it is written. Reads and four writes, JSON, one establishment for each
//! token, no cookie, no page (`docs/api.md`, decision 0026).

mod app;
mod caller;
mod dto;
mod input;
mod limit;
mod problem;
mod routes;
mod server;
mod tls;

pub use app::{App, openapi};
pub use limit::PER_MINUTE;
pub use server::{Limits, serve};
pub use tls::{Tls, TlsError};
