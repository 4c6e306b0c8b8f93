//! The interface from outside: a gate on the fictitious site, its routes on a port of loopback, and a client that says
//! what no decent library would.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod answers;
mod client;
mod description;
mod encrypted;
mod writes;
