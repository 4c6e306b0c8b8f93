//! The database under test: one folder, one file, real SQLite.

mod facts;
mod fixtures;
mod interventions;
mod opening;
mod outbox;
mod record;
mod sessions;
mod snapshots;
mod touched;
