//! What the gate keeps on a local folder.
//!
//! [`journal`] writes the log of an establishment (`docs/formats/ledger.md`): an entry is durable before its
//! receipt is given, and whatever cannot be written stops the journal rather than being lost in silence.

pub mod journal;

pub use journal::FolderJournal;
