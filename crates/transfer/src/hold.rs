//! What uploads that are held have in common, whichever protocol they come by.

use bytes::Bytes;

use crate::{Attributes, Name, Status};

/// The longest file that is held: 16 GiB, a full set of images of one examination several times over. What is longer
/// goes by another way than an intervention.
pub(crate) const MAX_HELD: u64 = 16 << 30;
/// Content that is handed over at once: what every server takes in one WRITE (draft, section 3: packets of 34,000
/// bytes).
pub(crate) const PIECE: usize = 32 * 1024;

/// What a held upload asks of the edge, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// It begins: make room for it.
    Begun {
        /// Its number on this channel.
        file: u64,
    },
    /// The next bytes of it.
    Content {
        /// Which.
        file: u64,
        /// The bytes.
        bytes: Bytes,
    },
    /// All of it came: decide.
    Whole(Upload),
    /// It will never be whole.
    Gone {
        /// Which.
        file: u64,
    },
}

/// An upload that is whole and waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its number on this channel.
    pub file: u64,
    /// Where the client wants it. By SCP: the path of the command line, and the name that was announced; whether that
    /// lies below the path or stands for it, only the equipment knows.
    pub path: Name,
    /// Its length in bytes.
    pub size: u64,
    /// The CLOSE that waits for its answer.
    pub(crate) close: u32,
    /// It must not be there yet.
    pub(crate) exclusive: bool,
    /// It ends where its content does, however long the file was that it takes the place of.
    pub(crate) whole: bool,
    /// The mode that it was opened with: the server's own mask is applied to it.
    pub(crate) created: Option<u32>,
    /// What was set on it by FSETSTAT.
    pub(crate) attributes: Attributes,
    pub(crate) sync: bool,
    /// Bytes that came in with it, framing included.
    pub(crate) wire: u64,
}

impl Upload {
    /// By the old protocol, in which all else is in the record.
    pub(crate) fn by_scp(file: u64, path: Name, size: u64) -> Self {
        Self {
            file,
            path,
            size,
            close: 0,
            exclusive: false,
            whole: true,
            created: None,
            attributes: Attributes::default(),
            sync: false,
            wire: 0,
        }
    }
}

/// What is to be done next for a file that goes on.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Hand over at most so many bytes of the file, from this offset on.
    Content {
        /// Where.
        offset: u64,
        /// How many.
        length: usize,
    },
    /// Wait for the equipment.
    Wait,
    /// It is over.
    Done(Status),
}
