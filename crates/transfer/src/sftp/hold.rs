//! Uploads that are held: the gate takes the whole file, and the equipment sees nothing of it before somebody said
//! that it may go on.
//!
//! OPEN, WRITE, FSTAT, FSETSTAT and fsync of such a file are answered here; CLOSE is answered when it was decided and,
//! if it went on, with the status that the equipment gave. So a client learns from CLOSE what became of its file, and
//! a refusal touches nothing.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::extension::{Extension, Offered};
use super::request::{Ask, Request};
use super::wire::{
    ATTRS, HANDLE, OPEN_APPEND, OPEN_CHANGES, OPEN_EXCLUSIVE, OPEN_READ, OPEN_TRUNCATE, STATUS, framed,
    put_attributes, put_string,
};
use crate::hold::{Held, MAX_HELD, Upload};
use crate::{Attributes, Forbidden, Name, Status};

/// Files held at once on one channel: each has a spool of its own. Clients write one after the other.
const MAX_FILES: usize = 16;
/// Attributes of a file whose client said nothing: what OpenSSH's server would give it.
const MODE: u32 = 0o100_000 | 0o644;

#[derive(Debug)]
struct File {
    path: Name,
    exclusive: bool,
    whole: bool,
    created: Option<u32>,
    attributes: Attributes,
    size: u64,
    sync: bool,
    wire: u64,
    /// There is no room for it, or the room was lost.
    spoilt: bool,
    number: u64,
}

/// What the engine does with a request of a held file.
pub(super) enum Taken {
    /// It is answered.
    Answered(Bytes),
    /// It is answered, and this content follows.
    Content(Bytes, u64),
    /// The answer waits for the decision.
    Waits,
}

/// The held files of one channel.
#[derive(Debug)]
pub(super) struct Hold {
    files: BTreeMap<Box<[u8]>, File>,
    next: u64,
    asked: Vec<Held>,
}

impl Hold {
    pub(super) const fn new() -> Self {
        Self { files: BTreeMap::new(), next: 0, asked: Vec::new() }
    }

    /// Whether this request is about a file that is held, or would be.
    pub(super) fn concerns(&self, ask: &Ask<'_>) -> bool {
        match ask {
            Ask::Open { flags, .. } => flags & OPEN_CHANGES != 0,
            Ask::Close { handle }
            | Ask::Read { handle, .. }
            | Ask::Write { handle, .. }
            | Ask::HandleStat { handle }
            | Ask::HandleSetStat { handle, .. }
            | Ask::HandleStatVfs { handle }
            | Ask::ReadFolder { handle }
            | Ask::Fsync { handle } => self.files.contains_key(*handle),
            _ => false,
        }
    }

    /// What would change a file behind the scanner's back, whoever's it is: another length, of which nobody saw what it
    /// makes of the content; another file under the name from which the gate puts one into its place.
    pub(super) fn forbids(ask: &Ask<'_>) -> Option<Forbidden> {
        let ours = |paths: &[&[u8]]| paths.iter().any(|path| is_ours(path)).then_some(Forbidden::GateName);
        match ask {
            Ask::SetStat { attributes, .. } | Ask::HandleSetStat { attributes, .. }
                if attributes.size.is_some() =>
            {
                Some(Forbidden::Held)
            }
            Ask::SetStat { path, .. } => ours(&[path]),
            Ask::Open { path, flags, .. } if flags & OPEN_CHANGES != 0 => ours(&[path]),
            Ask::Rename { from, to, .. } | Ask::HardLink { from, to } => ours(&[from, to]),
            Ask::SymbolicLink { target, link } => ours(&[target, link]),
            _ => None,
        }
    }

    /// Takes a request that [`Hold::concerns`] a held file, in so many bytes.
    pub(super) fn take(&mut self, request: &Request<'_>, wire: u64) -> Result<Taken, Forbidden> {
        let id = request.id;
        if let Ask::Open { path, flags, attributes } = request.ask {
            return self.open(id, path, flags, attributes, wire);
        }
        let (Ask::Close { handle }
        | Ask::Read { handle, .. }
        | Ask::Write { handle, .. }
        | Ask::HandleStat { handle }
        | Ask::HandleSetStat { handle, .. }
        | Ask::Fsync { handle }) = request.ask
        else {
            return Err(Forbidden::Held);
        };
        let file = self.files.get_mut(handle).ok_or(Forbidden::Handle)?;
        let taken = match request.ask {
            Ask::Write { offset, length, .. } => {
                let (size, length) = (file.size, u64::from(length));
                if offset != size {
                    return Err(Forbidden::Held);
                }
                if size.saturating_add(length) > MAX_HELD {
                    return Err(Forbidden::TooLong);
                }
                if file.spoilt {
                    return Err(Forbidden::NoRoom);
                }
                file.size = size.saturating_add(length);
                file.wire = file.wire.saturating_add(length);
                Taken::Content(status(id, Status::OK, ""), file.number)
            }
            Ask::HandleStat { .. } => Taken::Answered(file.attributes(id)),
            Ask::HandleSetStat { attributes, .. } => {
                if attributes.size.is_some_and(|size| size != file.size) {
                    return Err(Forbidden::Held);
                }
                // OpenSSH's scp sets the length at the end instead of emptying the file at the beginning.
                file.whole |= attributes.size.is_some();
                file.set(attributes);
                Taken::Answered(status(id, Status::OK, ""))
            }
            Ask::Fsync { .. } => {
                file.sync = true;
                Taken::Answered(status(id, Status::OK, ""))
            }
            Ask::Close { .. } => {
                file.wire = file.wire.saturating_add(wire);
                let Some(file) = self.files.remove(handle) else { return Err(Forbidden::Handle) };
                self.asked.push(Held::Whole(file.whole(id)));
                return Ok(Taken::Waits);
            }
            _ => return Err(Forbidden::Held),
        };
        file.wire = file.wire.saturating_add(wire);
        Ok(taken)
    }

    fn open(
        &mut self,
        id: u32,
        path: &[u8],
        flags: u32,
        attributes: Attributes,
        wire: u64,
    ) -> Result<Taken, Forbidden> {
        // What is not written from its beginning cannot be judged. What is not emptied first may keep an older, longer
        // end: that is found out when it goes on.
        if flags & (OPEN_READ | OPEN_APPEND) != 0 {
            return Err(Forbidden::Held);
        }
        if self.files.len() >= MAX_FILES {
            return Err(Forbidden::TooManyOpen);
        }
        let number = self.next;
        self.next = number.saturating_add(1);
        let handle = format!("poterne-{number}").into_bytes();
        let file = File {
            path: Name::new(path),
            exclusive: flags & OPEN_EXCLUSIVE != 0,
            whole: flags & (OPEN_EXCLUSIVE | OPEN_TRUNCATE) != 0,
            created: attributes.mode,
            attributes: Attributes::default(),
            size: 0,
            sync: false,
            wire,
            spoilt: false,
            number,
        };
        self.files.insert(handle.clone().into(), file);
        self.asked.push(Held::Begun { file: number });
        let mut packet = vec![HANDLE];
        packet.extend_from_slice(&id.to_be_bytes());
        put_string(&mut packet, &handle);
        Ok(Taken::Answered(framed(&packet).into()))
    }

    /// A handle of the equipment's must not be taken for one of ours.
    pub(super) fn has(&self, handle: &[u8]) -> bool {
        self.files.contains_key(handle)
    }

    /// Content of a held file came.
    pub(super) fn content(&mut self, file: u64, piece: &[u8]) {
        self.asked.push(Held::Content { file, bytes: Bytes::copy_from_slice(piece) });
    }

    /// The room for this file is lost: what comes of it from here on is refused.
    pub(super) fn spoil(&mut self, number: u64) {
        for file in self.files.values_mut().filter(|file| file.number == number) {
            file.spoilt = true;
        }
    }

    pub(super) fn asked(&mut self) -> Vec<Held> {
        std::mem::take(&mut self.asked)
    }
}

impl File {
    fn set(&mut self, new: Attributes) {
        let old = self.attributes;
        self.attributes = Attributes {
            size: None,
            owner: new.owner.or(old.owner),
            mode: new.mode.or(old.mode),
            times: new.times.or(old.times),
        };
    }

    fn attributes(&self, id: u32) -> Bytes {
        let mut packet = vec![ATTRS];
        packet.extend_from_slice(&id.to_be_bytes());
        let mode = self.attributes.mode.or(self.created).map_or(MODE, |mode| mode | 0o100_000);
        put_attributes(
            &mut packet,
            Attributes { size: Some(self.size), mode: Some(mode), ..self.attributes },
        );
        framed(&packet).into()
    }

    fn whole(self, close: u32) -> Upload {
        Upload {
            file: self.number,
            path: self.path,
            size: self.size,
            close,
            exclusive: self.exclusive,
            whole: self.whole,
            created: self.created,
            attributes: self.attributes,
            sync: self.sync,
            wire: self.wire,
        }
    }
}

/// The answer to a request of a held file.
pub(super) fn status(id: u32, status: Status, text: &str) -> Bytes {
    let mut packet = vec![STATUS];
    packet.extend_from_slice(&id.to_be_bytes());
    packet.extend_from_slice(&status.0.to_be_bytes());
    put_string(&mut packet, text.as_bytes());
    put_string(&mut packet, b"");
    framed(&packet).into()
}

/// How the names begin under which the gate writes what was held.
pub(super) const OURS: &str = ".poterne-";

/// Whether a path ends in a name of the gate's, also for servers to which `\` parts names and case is none.
fn is_ours(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default();
    name.get(..OURS.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(OURS.as_bytes()))
}

/// Whether the equipment can put a file in the place of another in one step.
pub(super) const fn replaces(offered: Offered) -> bool {
    offered.has(Extension::PosixRename)
}
