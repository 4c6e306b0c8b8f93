//! What is reported of a channel. Each field is explained in `docs/formats/transfer.md`.

use std::fmt;

use crate::Forbidden;

/// A path or file name, exactly as its sender gave it: raw bytes, at most 4096.
///
/// Displayed lossily as UTF-8; control characters, invisible direction marks and the backslash are
/// escaped, so that a name can neither drive a terminal nor be taken for another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<[u8]>);

impl Name {
    /// From the bytes of the protocol.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes as they were sent.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c == '\\' {
                    f.write_str("\\\\")?;
                } else if vocab::is_hidden(c) {
                    write!(f, "\\u{{{:x}}}", u32::from(c))?;
                } else {
                    write!(f, "{c}")?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

/// Which way content went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the equipment (written; E6, E7).
    In,
    /// Leaving the equipment and the hospital (read; E9).
    Out,
}

impl Direction {
    /// The code for ledgers.
    pub const fn code(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// One line of what became known on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Content of a file passed.
    File(FileReport),
    /// The equipment's files were changed, or it was tried.
    Operation(OperationReport),
    /// A request was refused at the gate and never reached the equipment.
    Refused(RefusedReport),
}

/// One file whose content passed one way. A file both read and written through one handle makes two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// SFTP: the path as the client gave it. SCP: the path of the command line.
    pub path: Name,
    /// SCP only: the name announced in the protocol, below the folders announced before it, joined by
    /// `/`. Whether it lies below `path` or stands for it, only the equipment knows.
    pub announced: Option<Name>,
    /// Which way.
    pub direction: Direction,
    /// Bytes of content that passed. Bytes that passed twice count twice.
    pub size: u64,
    /// What the content was.
    pub content: Content,
    /// How it ended.
    pub outcome: Outcome,
}

/// What is known of the content that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Bytes `0..size` without a gap, with their SHA-256. With [`Outcome::Complete`] that is the file.
    Whole {
        /// SHA-256 of the content.
        sha256: [u8; 32],
    },
    /// Bytes `offset..offset + size` without a gap (a resumed transfer), with the SHA-256 of this part.
    Part {
        /// Where the part starts, in bytes; more than 0.
        offset: u64,
        /// SHA-256 of the part.
        sha256: [u8; 32],
    },
    /// Bytes added at the end of a file opened for appending; where that was, only the equipment knows.
    Appended {
        /// SHA-256 of what was added.
        sha256: [u8; 32],
    },
    /// Pieces in an order that could not be put right within the reorder buffer, with gaps, or some twice:
    /// no hash can be given. At most [`crate::MAX_RANGES`] ranges, sorted, apart from each other.
    Ranges {
        /// Half-open ranges of offsets in bytes.
        ranges: Vec<(u64, u64)>,
        /// There were more ranges than these.
        more: bool,
    },
}

impl Content {
    /// The SHA-256, where one can be given.
    pub const fn sha256(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Whole { sha256 } | Self::Part { sha256, .. } | Self::Appended { sha256 } => Some(sha256),
            Self::Ranges { .. } => None,
        }
    }
}

/// How the transfer of one file ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// In: every write and the close were acknowledged. Out: the content passed up to the end of the file
    /// (seen as such, or as the size that the equipment had named).
    Complete,
    /// Some content passed; that it was all, or took effect, is not proved.
    Partial(Cause),
    /// Nothing of the content took effect, or none passed.
    Failed(Cause),
}

impl Outcome {
    /// The code for ledgers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial(_) => "partial",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it is not complete.
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Complete => None,
            Self::Partial(cause) | Self::Failed(cause) => Some(cause),
        }
    }
}

/// Why a transfer is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The channel ended before the file was closed.
    ChannelEnded,
    /// The end of the file was not seen: the client stopped reading before it.
    EndNotSeen,
    /// Not every part between the first byte and the last passed.
    Gaps,
    /// SFTP: the first status by which the equipment refused a part of it.
    Status(Status),
    /// SCP: one side said so in these words, at most 256 bytes of them.
    Said(Name),
}

/// A status code of SFTP (draft-ietf-secsh-filexfer-02, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Status(pub u32);

impl Status {
    /// Success.
    pub const OK: Self = Self(0);
    /// End of file.
    pub const EOF: Self = Self(1);
    /// No such file.
    pub const NO_SUCH_FILE: Self = Self(2);
    /// Permission denied.
    pub const PERMISSION_DENIED: Self = Self(3);
    /// Failure without more detail.
    pub const FAILURE: Self = Self(4);
    /// The operation is not supported.
    pub const OP_UNSUPPORTED: Self = Self(8);

    /// The name for ledgers; a code outside the draft is `status-other`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "ok",
            1 => "eof",
            2 => "no-such-file",
            3 => "permission-denied",
            4 => "failure",
            5 => "bad-message",
            6 => "no-connection",
            7 => "connection-lost",
            8 => "op-unsupported",
            _ => "status-other",
        }
    }
}

/// A change of the equipment's files, told when the equipment answered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationReport {
    /// What was asked.
    pub operation: Operation,
    /// What the equipment answered; `None` when the channel ended before, so that it is not known.
    pub status: Option<Status>,
}

/// A change of the equipment's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A file was removed.
    Remove {
        /// The file.
        path: Name,
    },
    /// A folder was made.
    MakeFolder {
        /// The folder.
        path: Name,
    },
    /// A folder was removed.
    RemoveFolder {
        /// The folder.
        path: Name,
    },
    /// A file or folder was renamed.
    Rename {
        /// Its name until then.
        from: Name,
        /// Its name from then.
        to: Name,
        /// Whether an existing `to` is replaced (posix-rename@openssh.com).
        replacing: bool,
    },
    /// A second name for a file (hardlink@openssh.com).
    HardLink {
        /// The file.
        from: Name,
        /// The new name.
        to: Name,
    },
    /// A symbolic link, in the order that OpenSSH sends (target first; the draft has it the other way).
    SymbolicLink {
        /// First argument: where the link points.
        target: Name,
        /// Second argument: the link itself.
        link: Name,
    },
    /// Attributes were set, by path or by an open handle.
    SetAttributes {
        /// The file, as it was opened when set by handle.
        path: Name,
        /// What was set.
        attributes: Attributes,
        /// Whether a symbolic link itself was meant (lsetstat@openssh.com).
        link: bool,
    },
}

impl Operation {
    /// The code for ledgers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Remove { .. } => "remove",
            Self::MakeFolder { .. } => "mkdir",
            Self::RemoveFolder { .. } => "rmdir",
            Self::Rename { .. } => "rename",
            Self::HardLink { .. } => "hardlink",
            Self::SymbolicLink { .. } => "symlink",
            Self::SetAttributes { .. } => "setstat",
        }
    }
}

/// Attributes of a file (draft, section 5); only what was present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attributes {
    /// Length in bytes (setting it truncates or extends).
    pub size: Option<u64>,
    /// User and group numbers.
    pub owner: Option<(u32, u32)>,
    /// POSIX mode.
    pub mode: Option<u32>,
    /// Access and modification times in seconds since 1970.
    pub times: Option<(u32, u32)>,
}

/// A request that the gate refused. It never reached the equipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedReport {
    /// The request's name in the protocol, or that of the extension, escaped.
    pub request: Name,
    /// The path that it named, when it named one that is no longer than 4096 bytes.
    pub path: Option<Name>,
    /// Why.
    pub why: Forbidden,
}
