//! The product from outside: the built programs, real clients, a real equipment.
//!
//! Every test has a world of its own: a gate with its persons and ledgers, and an OpenSSH server as the
//! equipment, on free ports of loopback. `cargo xtask test` builds the programs first.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests: a failure here is the report"
)]

mod assess;
mod backup;
mod badge;
mod certificate;
mod crash;
mod document;
mod dossier;
mod ends;
mod evidence;
mod exports;
mod faults;
mod files;
mod filter;
mod flow;
mod full;
mod held;
mod hostile;
mod jump;
mod kept;
mod keys;
mod kills;
mod life;
mod login;
mod mail;
mod night;
mod operators;
mod papers;
mod programs;
mod refuge;
mod replay;
mod room;
mod rotation;
mod sandbox;
mod siem;
mod signing;
mod stamps;
mod story;
mod support;
mod tools;
mod unit;
mod vouching;
