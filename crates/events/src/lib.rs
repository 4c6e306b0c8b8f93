//! The numbered catalogue of what a ledger says, and its one spelling in bytes.
//!
//! The format is `docs/formats/events.md`. A gate fills one of the structs of the [catalogue](Fact) and
//! encodes it in its [`Entry`]; whoever reads a ledger decodes the entry again. Random bytes, time and the
//! hash function are handed in.

mod catalogue;
mod entry;
mod field;
mod outputs;
mod value;

pub use catalogue::*;
pub use entry::{Actor, ENTRY_MAX, Entry, RANDOM_LEN};
pub use field::{Field, Long, Text, Word, Words};
pub use outputs::{Atna, Ocsf};
pub use value::{INTEGER_MAX, MEMBERS_MAX, Object, Value};

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
    Version(u64),
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
