//! What the gate keeps on a local folder.
//!
//! [`journal`] writes the log of an establishment (`docs/formats/ledger.md`): an entry is durable before its
//! receipt is given, and whatever cannot be written stops the journal rather than being lost in silence.
//! [`recordings`] writes what sessions show (`docs/formats/recording.md`), with the space to close each
//! reserved. [`papers`] keeps documents. [`spool`] holds uploads until somebody decides about them.

pub mod journal;
pub mod papers;
pub mod recordings;
pub mod spool;

pub use journal::FolderJournal;
pub use papers::{FolderPapers, PaperFile};
pub use recordings::{FREE_MIN, FolderRecordings};
pub use spool::{FolderSpools, SPOOLS_MAX};
