//! What a client asks, and which right it takes.

use super::extension::{Extension, Offered};
use super::wire::{
    CLOSE, EXTENDED, FSETSTAT, FSTAT, Fields, LENGTH, LSTAT, MAX_PATH, MAX_REQUEST, MKDIR, OPEN,
    OPEN_CHANGES, OPEN_KNOWN, OPEN_READ, OPEN_WRITE, OPENDIR, READ, READDIR, READLINK, REALPATH, REMOVE,
    RENAME, RMDIR, SETSTAT, STAT, SYMLINK, WRITE,
};
use crate::content::MAX_OFFSET;
use crate::{Allowed, Attributes, Fault, Forbidden};

/// One request, its strings still in the packet.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) id: u32,
    /// Its name in the protocol, for reports.
    pub(super) name: &'a [u8],
    pub(super) ask: Ask<'a>,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Ask<'a> {
    Open {
        path: &'a [u8],
        flags: u32,
        attributes: Attributes,
    },
    Close {
        handle: &'a [u8],
    },
    Read {
        handle: &'a [u8],
        offset: u64,
        length: u32,
    },
    /// Its content follows as the body.
    Write {
        handle: &'a [u8],
        offset: u64,
        length: u32,
    },
    Stat {
        path: &'a [u8],
        follow: bool,
    },
    HandleStat {
        handle: &'a [u8],
    },
    SetStat {
        path: &'a [u8],
        attributes: Attributes,
        link: bool,
    },
    HandleSetStat {
        handle: &'a [u8],
        attributes: Attributes,
    },
    OpenFolder {
        path: &'a [u8],
    },
    ReadFolder {
        handle: &'a [u8],
    },
    Remove {
        path: &'a [u8],
    },
    MakeFolder {
        path: &'a [u8],
    },
    RemoveFolder {
        path: &'a [u8],
    },
    RealPath {
        path: &'a [u8],
    },
    ReadLink {
        path: &'a [u8],
    },
    Rename {
        from: &'a [u8],
        to: &'a [u8],
        replacing: bool,
    },
    HardLink {
        from: &'a [u8],
        to: &'a [u8],
    },
    SymbolicLink {
        target: &'a [u8],
        link: &'a [u8],
    },
    Fsync {
        handle: &'a [u8],
    },
    StatVfs {
        path: &'a [u8],
    },
    HandleStatVfs {
        handle: &'a [u8],
    },
    Limits,
    /// Something that is not understood, or too long to be looked at.
    Refused(Forbidden),
}

impl<'a> Request<'a> {
    /// Parses a whole request, or the head of a WRITE (everything before its content).
    pub(super) fn parse(packet: &'a [u8], offered: Offered) -> Result<Self, Fault> {
        let mut fields = Fields::new(packet, "request");
        let length = fields.u32()?;
        let kind = fields.take(1)?.first().copied().unwrap_or_default();
        let name = name_of(kind)?;
        let mut fields = Fields::new(packet, name);
        fields.take(LENGTH + 1)?;
        let id = fields.u32()?;
        let name = name.as_bytes();
        if kind != WRITE && usize::try_from(length).unwrap_or(usize::MAX) > MAX_REQUEST {
            return Ok(Self { id, name, ask: Ask::Refused(Forbidden::Name) });
        }
        if kind == EXTENDED {
            return extended(id, fields, offered);
        }
        let ask = match kind {
            OPEN => {
                let (path, flags) = (fields.string()?, fields.u32()?);
                Ask::Open { path, flags, attributes: fields.attributes()? }
            }
            CLOSE => Ask::Close { handle: fields.handle()? },
            READ => Ask::Read { handle: fields.handle()?, offset: fields.u64()?, length: fields.u32()? },
            WRITE => Ask::Write { handle: fields.handle()?, offset: fields.u64()?, length: fields.u32()? },
            STAT => Ask::Stat { path: fields.string()?, follow: true },
            LSTAT => Ask::Stat { path: fields.string()?, follow: false },
            FSTAT => Ask::HandleStat { handle: fields.handle()? },
            SETSTAT => Ask::SetStat { path: fields.string()?, attributes: fields.attributes()?, link: false },
            FSETSTAT => Ask::HandleSetStat { handle: fields.handle()?, attributes: fields.attributes()? },
            OPENDIR => Ask::OpenFolder { path: fields.string()? },
            READDIR => Ask::ReadFolder { handle: fields.handle()? },
            REMOVE => Ask::Remove { path: fields.string()? },
            MKDIR => {
                let path = fields.string()?;
                fields.attributes()?;
                Ask::MakeFolder { path }
            }
            RMDIR => Ask::RemoveFolder { path: fields.string()? },
            REALPATH => Ask::RealPath { path: fields.string()? },
            READLINK => Ask::ReadLink { path: fields.string()? },
            RENAME => Ask::Rename { from: fields.string()?, to: fields.string()?, replacing: false },
            SYMLINK => Ask::SymbolicLink { target: fields.string()?, link: fields.string()? },
            _ => return Ok(Self { id, name, ask: Ask::Refused(Forbidden::Unknown) }),
        };
        fields.end()?;
        Ok(Self { id, name, ask })
    }

    /// The paths that the request names.
    pub(super) fn paths(&self) -> [Option<&'a [u8]>; 2] {
        match &self.ask {
            Ask::Open { path, .. }
            | Ask::Stat { path, .. }
            | Ask::SetStat { path, .. }
            | Ask::OpenFolder { path }
            | Ask::Remove { path }
            | Ask::MakeFolder { path }
            | Ask::RemoveFolder { path }
            | Ask::RealPath { path }
            | Ask::ReadLink { path }
            | Ask::StatVfs { path } => [Some(path), None],
            Ask::Rename { from, to, .. } | Ask::HardLink { from, to } => [Some(from), Some(to)],
            Ask::SymbolicLink { target, link } => [Some(link), Some(target)],
            _ => [None, None],
        }
    }

    /// Whether the request may go on, as far as rights and names tell.
    pub(super) fn permitted(&self, allowed: Allowed) -> Result<(), Forbidden> {
        if let Ask::Refused(why) = self.ask {
            return Err(why);
        }
        self.rights(allowed)?;
        if let Ask::Read { offset, length, .. } | Ask::Write { offset, length, .. } = self.ask
            && offset.saturating_add(u64::from(length)) > MAX_OFFSET
        {
            return Err(Forbidden::Offset);
        }
        let bad = |path: &[u8]| path.len() > MAX_PATH || path.contains(&0);
        if self.paths().into_iter().flatten().any(bad) { Err(Forbidden::Name) } else { Ok(()) }
    }

    fn rights(&self, allowed: Allowed) -> Result<(), Forbidden> {
        let take_out = match (allowed.take_out, allowed.list) {
            (true, _) => Ok(()),
            (false, true) => Err(Forbidden::NoReason),
            (false, false) => Err(Forbidden::Read),
        };
        let write = if allowed.write { Ok(()) } else { Err(Forbidden::Write) };
        match &self.ask {
            Ask::Open { flags, .. } => {
                if flags & !OPEN_KNOWN != 0 {
                    return Err(Forbidden::Unknown);
                }
                if flags & OPEN_CHANGES != 0 {
                    write?;
                    if !allowed.put {
                        return Err(Forbidden::Put);
                    }
                }
                // Without WRITE the equipment opens for reading, whatever else is set.
                if flags & OPEN_READ != 0 || flags & OPEN_WRITE == 0 { take_out } else { Ok(()) }
            }
            Ask::Read { .. } => take_out,
            Ask::OpenFolder { .. } | Ask::ReadFolder { .. } | Ask::ReadLink { .. } => {
                if allowed.list {
                    Ok(())
                } else {
                    Err(Forbidden::Read)
                }
            }
            // Where one is and whether a name exists: no client can write without asking these.
            Ask::Stat { .. }
            | Ask::HandleStat { .. }
            | Ask::RealPath { .. }
            | Ask::StatVfs { .. }
            | Ask::HandleStatVfs { .. } => {
                if allowed.list || allowed.write {
                    Ok(())
                } else {
                    Err(Forbidden::Read)
                }
            }
            Ask::Write { .. }
            | Ask::SetStat { .. }
            | Ask::HandleSetStat { .. }
            | Ask::Remove { .. }
            | Ask::MakeFolder { .. }
            | Ask::RemoveFolder { .. }
            | Ask::Rename { .. }
            | Ask::HardLink { .. }
            | Ask::SymbolicLink { .. }
            | Ask::Fsync { .. } => write,
            Ask::Close { .. } | Ask::Limits => Ok(()),
            Ask::Refused(why) => Err(*why),
        }
    }
}

fn extended<'a>(id: u32, mut fields: Fields<'a>, offered: Offered) -> Result<Request<'a>, Fault> {
    let name = fields.string()?;
    let Some(extension) = Extension::named(name).filter(|extension| offered.has(*extension)) else {
        return Ok(Request { id, name, ask: Ask::Refused(Forbidden::Unknown) });
    };
    let ask = match extension {
        Extension::PosixRename => {
            Ask::Rename { from: fields.string()?, to: fields.string()?, replacing: true }
        }
        Extension::HardLink => Ask::HardLink { from: fields.string()?, to: fields.string()? },
        Extension::Fsync => Ask::Fsync { handle: fields.handle()? },
        Extension::StatVfs => Ask::StatVfs { path: fields.string()? },
        Extension::FstatVfs => Ask::HandleStatVfs { handle: fields.handle()? },
        Extension::LsetStat => {
            Ask::SetStat { path: fields.string()?, attributes: fields.attributes()?, link: true }
        }
        Extension::Limits => Ask::Limits,
        Extension::ExpandPath => Ask::RealPath { path: fields.string()? },
    };
    fields.end()?;
    Ok(Request { id, name, ask })
}

/// The request's name in the draft. A number that only later versions use is refused by its id; what a
/// client can never send breaks the protocol.
fn name_of(kind: u8) -> Result<&'static str, Fault> {
    Ok(match kind {
        OPEN => "OPEN",
        CLOSE => "CLOSE",
        READ => "READ",
        WRITE => "WRITE",
        LSTAT => "LSTAT",
        FSTAT => "FSTAT",
        SETSTAT => "SETSTAT",
        FSETSTAT => "FSETSTAT",
        OPENDIR => "OPENDIR",
        READDIR => "READDIR",
        REMOVE => "REMOVE",
        MKDIR => "MKDIR",
        RMDIR => "RMDIR",
        REALPATH => "REALPATH",
        STAT => "STAT",
        RENAME => "RENAME",
        READLINK => "READLINK",
        SYMLINK => "SYMLINK",
        EXTENDED => "EXTENDED",
        21..=99 => "UNKNOWN",
        other => return Err(Fault::UnexpectedType(other)),
    })
}
