//! The edge against real counterparts on loopback: OpenSSH's client and server, PuTTY's clients.
//!
//! The gate behind the door is the real one; its ports are in memory. Every server is started by the test
//! with keys of its own in a folder of its own, and ended by its process id.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod algorithms;
mod commands;
mod ends;
mod equipment;
mod files;
mod flow;
mod jump;
mod login;
mod nameless;
mod outside;
mod relay;
mod support;
