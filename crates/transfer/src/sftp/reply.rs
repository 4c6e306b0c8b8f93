//! What the equipment answers, held against the request that it answers.

use super::wire::{ATTRS, DATA, EXTENDED_REPLY, Fields, HANDLE, LENGTH, MAX_PATH, NAME, STATUS, framed};
use crate::{Attributes, Fault, Name, Operation, Status};

/// A request that went on and is not answered yet.
#[derive(Debug)]
pub(super) enum Pending {
    Open {
        path: Name,
        flags: u32,
    },
    OpenFolder {
        path: Name,
    },
    CloseFile {
        file: u64,
    },
    CloseFolder,
    Read {
        file: u64,
        offset: u64,
        length: u32,
    },
    Write {
        file: u64,
    },
    /// READDIR: any number of names in this folder.
    List {
        folder: Name,
    },
    /// REALPATH, READLINK, expand-path: one name.
    OneName,
    /// STAT of a path whose size is worth remembering.
    PathAttributes {
        path: Name,
    },
    FileAttributes {
        file: u64,
    },
    OtherAttributes,
    /// Something that changes the equipment's files.
    Change(Box<Operation>),
    /// fsync: a status, and nothing to tell.
    Plain,
    Limits,
    StatVfs,
    /// The close of a file that is held: the gate answers it.
    Held,
}

/// An answer whose layout and kind are right.
#[derive(Debug)]
pub(super) enum Reply<'a> {
    Status(Status),
    Handle(&'a [u8]),
    Attributes(Attributes),
    /// Names, in so many bytes; and those of them that are files, with the sizes that were named.
    Names {
        bytes: usize,
        files: Vec<(&'a [u8], u64)>,
    },
    /// The packet goes on with these bytes instead, of the same length.
    Lowered(Vec<u8>),
    /// Understood, and nothing to tell.
    Plain,
}

/// The bits of a mode that tell what it is, and those of a file (POSIX's `S_IFMT` and `S_IFREG`).
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// The longest message of a status: a sentence. What is longer is content that has no name.
const MAX_MESSAGE: usize = 1024;

/// The largest numbers that this gate stands for, in the order of `limits@openssh.com`: packet, read and
/// write length, handles. Those of OpenSSH's own server.
const LIMITS: [u64; 4] = [256 << 10, (256 << 10) - 1024, (256 << 10) - 1024, super::files::MAX_OPEN as u64];

impl Pending {
    /// The request's name, for faults.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "OPEN",
            Self::OpenFolder { .. } => "OPENDIR",
            Self::CloseFile { .. } | Self::CloseFolder => "CLOSE",
            Self::Read { .. } => "READ",
            Self::Write { .. } => "WRITE",
            Self::List { .. } => "READDIR",
            Self::OneName => "REALPATH or READLINK",
            Self::PathAttributes { .. } | Self::FileAttributes { .. } | Self::OtherAttributes => "STAT",
            Self::Change(_) => "a change",
            Self::Plain => "fsync",
            Self::Limits => "limits",
            Self::StatVfs => "statvfs",
            Self::Held => "the close of a held file",
        }
    }

    /// Bytes of names that it keeps.
    pub(super) fn name_bytes(&self) -> usize {
        match self {
            Self::Open { path, .. }
            | Self::OpenFolder { path }
            | Self::PathAttributes { path }
            | Self::List { folder: path } => path.as_bytes().len(),
            Self::Change(operation) => operation_bytes(operation),
            _ => 0,
        }
    }

    /// Parses the whole packet of an answer (DATA apart) and checks that it fits the request.
    pub(super) fn reply<'a>(&self, kind: u8, packet: &'a [u8]) -> Result<Reply<'a>, Fault> {
        let mut fields = Fields::new(packet, "answer");
        fields.take(LENGTH + 1 + 4)?;
        let wrong = Fault::WrongAnswer(self.name());
        let reply = match (kind, self) {
            (STATUS, _) => {
                let status = status(&mut fields)?;
                if status == Status::OK && !self.is_done_by_status() {
                    return Err(wrong);
                }
                Reply::Status(status)
            }
            (HANDLE, Self::Open { .. } | Self::OpenFolder { .. }) => Reply::Handle(fields.handle()?),
            (NAME, Self::List { .. }) => names(&mut fields, None)?,
            (NAME, Self::OneName) => names(&mut fields, Some(1))?,
            (ATTRS, Self::PathAttributes { .. } | Self::FileAttributes { .. } | Self::OtherAttributes) => {
                Reply::Attributes(fields.attributes()?)
            }
            (EXTENDED_REPLY, Self::Limits) => lowered(packet, &mut fields)?,
            (EXTENDED_REPLY, Self::StatVfs) => {
                // Eleven numbers (OpenSSH PROTOCOL, section 4.4).
                for _ in 0..11 {
                    fields.u64()?;
                }
                Reply::Plain
            }
            (HANDLE | DATA | NAME | ATTRS | EXTENDED_REPLY, _) => return Err(wrong),
            (other, _) => return Err(Fault::UnexpectedType(other)),
        };
        fields.end()?;
        Ok(reply)
    }

    const fn is_done_by_status(&self) -> bool {
        matches!(
            self,
            Self::CloseFile { .. } | Self::CloseFolder | Self::Write { .. } | Self::Change(_) | Self::Plain
        )
    }
}

/// Code, and in version 3 a message and its language, which old equipment leaves out.
fn status(fields: &mut Fields<'_>) -> Result<Status, Fault> {
    let code = fields.u32()?;
    for _ in 0..2 {
        if !fields.is_empty() && fields.string()?.len() > MAX_MESSAGE {
            return Err(fields.malformed());
        }
    }
    Ok(Status(code))
}

fn names<'a>(fields: &mut Fields<'a>, exactly: Option<u32>) -> Result<Reply<'a>, Fault> {
    let count = fields.u32()?;
    if exactly.is_some_and(|wanted| wanted != count) {
        return Err(fields.malformed());
    }
    let (mut bytes, mut files) = (0_usize, Vec::new());
    for _ in 0..count {
        // A name cannot be longer than a path; its long form adds a line of `ls -l`.
        let short = fields.string()?;
        let long = fields.string()?;
        if short.len() > MAX_PATH || long.len() > MAX_PATH.saturating_mul(2) {
            return Err(fields.malformed());
        }
        bytes = bytes.saturating_add(short.len()).saturating_add(long.len());
        // A link has a size of its own, which is not that of what is read through it.
        if let Attributes { size: Some(size), mode: Some(mode), .. } = fields.attributes()?
            && mode & TYPE == REGULAR
        {
            files.push((short, size));
        }
    }
    Ok(Reply::Names { bytes, files })
}

/// The equipment's limits, lowered to the gate's (0 means none).
fn lowered<'a>(packet: &[u8], fields: &mut Fields<'_>) -> Result<Reply<'a>, Fault> {
    let id = packet.get(LENGTH + 1..LENGTH + 5).unwrap_or_default();
    let mut reply = vec![EXTENDED_REPLY];
    reply.extend_from_slice(id);
    for ours in LIMITS {
        let theirs = fields.u64()?;
        let lower = if theirs == 0 { ours } else { theirs.min(ours) };
        reply.extend_from_slice(&lower.to_be_bytes());
    }
    Ok(Reply::Lowered(framed(&reply)))
}

fn operation_bytes(operation: &Operation) -> usize {
    let len = |name: &Name| name.as_bytes().len();
    match operation {
        Operation::Remove { path }
        | Operation::MakeFolder { path }
        | Operation::RemoveFolder { path }
        | Operation::SetAttributes { path, .. } => len(path),
        Operation::Rename { from, to, .. } | Operation::HardLink { from, to } => {
            len(from).saturating_add(len(to))
        }
        Operation::SymbolicLink { target, link } => len(target).saturating_add(len(link)),
    }
}
