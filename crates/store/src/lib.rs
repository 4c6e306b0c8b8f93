//! Facts with their history, interventions, sessions and the outbox, in a SQL database; and the site's file.
//!
//! The database is the second guard: what `domain` calls illegal, its triggers refuse too. One act is one
//! transaction, its event included. The statements are written for SQLite and PostgreSQL alike: integer, text
//! and blob, numbered parameters, no macros; but for the one statement of `wave`, whose lists are SQLite's JSON.

mod about;
mod answer;
mod current;
mod error;
mod fact;
mod falls;
mod intervention;
mod outbox;
mod port;
mod readers;
mod record;
mod schema;
mod session;
pub mod site;
mod snapshot;
mod sqlite;
mod touched;
mod wave;

pub use error::StoreError;
pub use sqlite::{Database, READERS};

#[cfg(test)]
mod tests;
