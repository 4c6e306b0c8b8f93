//! The numbered catalogue of what a ledger says, and its one spelling in bytes.
//!
//! The format is `docs/formats/events.md`. Whoever reads a ledger decodes each entry's [`Envelope`], with the
//! event's data as a [`Value`]: that is all that the verifier links. With the feature `catalogue` (on unless
//! switched off), a gate fills one of the catalogue's structs and encodes it in its `Entry`. Random bytes,
//! time and the hash function are handed in.

mod envelope;
mod field;
mod sequence;
mod value;

#[cfg(feature = "catalogue")]
mod catalogue;
#[cfg(feature = "catalogue")]
mod entry;
#[cfg(feature = "catalogue")]
mod outputs;
#[cfg(feature = "catalogue")]
pub mod siem;
#[cfg(feature = "catalogue")]
mod types;

pub use envelope::{
    Actor, CountAt, ENTRY_MAX, Envelope, Gone, Held, Mark, OpenAt, Purged, RANDOM_LEN, number,
};
pub use field::Field;
pub use sequence::Sequence;
pub use value::{INTEGER_MAX, MEMBERS_MAX, Object, Value};

#[cfg(feature = "catalogue")]
pub use catalogue::*;
#[cfg(feature = "catalogue")]
pub use entry::Entry;
#[cfg(feature = "catalogue")]
pub use outputs::{Atna, Ocsf};
#[cfg(feature = "catalogue")]
pub use types::{Bytes, Long, SignedNote, Text, Token, Word, Words};

/// SHA-256, handed in by the caller.
pub type Sha256<'a> = &'a dyn Fn(&[u8]) -> [u8; 32];

/// Why an entry cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than a ledger takes.
    #[error("an entry of {0} bytes is longer than 65535")]
    TooLong(usize),
    /// Without its random bytes.
    #[error("an entry of {0} bytes has no room for its 16 random bytes")]
    TooShort(usize),
    /// Not text.
    #[error("not UTF-8 from byte {0} of the text on")]
    Utf8(usize),
    /// Not canonical JSON.
    #[error("byte {at} of the text: {what}")]
    Syntax {
        /// Where, in bytes after the random ones.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Of a version that this program does not know.
    #[error("version {0} of the format is not known here")]
    Version(i64),
    /// Of a number that is in no catalogue known here.
    #[error("event number {0} is not in the catalogue")]
    Number(u64),
    /// A member that is missing, superfluous, or not of its type.
    #[error("member `{place}`: {what}")]
    Content {
        /// The member, from outside inwards, joined by dots.
        place: String,
        /// What is wrong.
        what: &'static str,
    },
    /// Not the one right spelling of what it says.
    #[error("byte {0} of the text: not the canonical spelling")]
    NotCanonical(usize),
}

impl Error {
    /// The same error, one member further out.
    fn within(self, outer: &str) -> Self {
        match self {
            Self::Content { place, what } if place.is_empty() => {
                Self::Content { place: outer.to_owned(), what }
            }
            Self::Content { place, what } => Self::Content { place: format!("{outer}.{place}"), what },
            other => other,
        }
    }
}

#[cfg(all(test, feature = "catalogue"))]
mod samples;
#[cfg(all(test, feature = "catalogue"))]
mod tests;
