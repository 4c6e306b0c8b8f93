//! A held file goes on: written beside its place under a name of the gate's, then put into its place.
//!
//! Until the last step the equipment's file is what it was. When a step fails, what was written is taken away again,
//! and the client is told the status of that step.

use bytes::Bytes;

use super::extension::Offered;
use super::hold::{OURS, replaces};
use super::wire::{
    ATTRS, CLOSE, EXTENDED, FSETSTAT, Fields, HANDLE, LENGTH, NAME, OPEN, OPEN_CREATE, OPEN_EXCLUSIVE,
    OPEN_WRITE, REALPATH, REMOVE, RENAME, STAT, STATUS, WRITE, framed, put_attributes, put_string,
};
use crate::hold::{Next, PIECE, Upload};
use crate::{Attributes, Fault, Name, Status};

/// WRITEs without an answer: 32 × 32 KiB is 1 MiB on its way.
const AHEAD: usize = 32;
/// What the kind of a file is in its mode, and a plain file.
const KIND: u32 = 0o170_000;
const PLAIN: u32 = 0o100_000;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Look,
    Resolve,
    Open,
    Write,
    Attributes,
    Sync,
    Close,
    /// Where nothing replaces in one step: the old file is taken away first.
    Clear,
    Place,
    /// Something failed: what was written is taken away.
    Undo,
    Over,
}

/// One file on its way from the gate to the equipment.
#[derive(Debug)]
pub(crate) struct Release {
    upload: Upload,
    offered: Offered,
    /// The last part of the temporary name.
    tag: String,
    stage: Stage,
    /// The path behind all links, once it is known.
    place: Vec<u8>,
    temporary: Vec<u8>,
    handle: Vec<u8>,
    existing: Option<Attributes>,
    /// Content that was asked of the equipment to be written.
    sent: u64,
    waiting: usize,
    begun: bool,
    /// The status of the step that failed.
    failed: Option<Status>,
    /// A file of ours lies there under the temporary name.
    written: bool,
    open: bool,
}

impl Release {
    pub(super) fn new(upload: Upload, offered: Offered, tag: String) -> Self {
        let place = upload.path.as_bytes().to_vec();
        Self {
            upload,
            offered,
            tag,
            stage: Stage::Look,
            place,
            temporary: Vec::new(),
            handle: Vec::new(),
            existing: None,
            sent: 0,
            waiting: 0,
            begun: false,
            failed: None,
            written: false,
            open: false,
        }
    }

    /// Where the client wants it.
    pub(super) fn path(&self) -> &Name {
        &self.upload.path
    }

    /// What is to be done now.
    pub(crate) fn next(&self) -> Next {
        match self.stage {
            Stage::Over => Next::Done(self.failed.unwrap_or(Status::OK)),
            Stage::Write if self.failed.is_none() && self.sent < self.upload.size && self.waiting < AHEAD => {
                let left = usize::try_from(self.upload.size.saturating_sub(self.sent)).unwrap_or(PIECE);
                Next::Content { offset: self.sent, length: left.min(PIECE) }
            }
            _ => Next::Wait,
        }
    }

    pub(super) const fn begun(&self) -> bool {
        self.begun
    }

    /// The first request.
    pub(super) fn begin(&mut self, id: u32) -> Vec<u8> {
        (self.begun, self.waiting) = (true, 1);
        path_request(STAT, id, &[&self.place])
    }

    /// The content that was asked for, as a request. None at all: the spool is lost.
    pub(super) fn write(&mut self, id: u32, content: &Bytes) -> Vec<u8> {
        let mut packet = vec![WRITE];
        packet.extend_from_slice(&id.to_be_bytes());
        put_string(&mut packet, &self.handle);
        packet.extend_from_slice(&self.sent.to_be_bytes());
        put_string(&mut packet, content);
        self.sent = self.sent.saturating_add(content.len() as u64);
        self.waiting = self.waiting.saturating_add(1);
        framed(&packet)
    }

    /// The gate cannot go on by itself: what was written is taken away.
    pub(super) fn give_up(&mut self, id: u32) -> Option<Vec<u8>> {
        self.failed = self.failed.or(Some(Status::FAILURE));
        if self.waiting == 0 { self.after(id) } else { None }
    }

    /// An answer came; the next request, if one follows at once.
    pub(super) fn answered(&mut self, id: u32, packet: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.waiting = self.waiting.saturating_sub(1);
        match Answer::read(packet)? {
            Answer::Status(status) => self.status(status),
            Answer::Handle(handle) => {
                self.handle = handle;
                (self.written, self.open) = (true, true);
            }
            Answer::Attributes(attributes) => self.existing = Some(attributes),
            Answer::Name(name) => self.place = name,
        }
        if self.stage == Stage::Write
            && (self.waiting > 0 || (self.failed.is_none() && self.sent < self.upload.size))
        {
            return Ok(None);
        }
        Ok(self.after(id))
    }

    fn status(&mut self, status: Status) {
        match (self.stage, status) {
            (Stage::Look, Status::NO_SUCH_FILE) | (Stage::Undo, _) => {}
            (_, Status::OK) if matches!(self.stage, Stage::Look | Stage::Resolve | Stage::Open) => {
                self.fail(Status::FAILURE);
            }
            (Stage::Close, status) => {
                self.open = false;
                if status != Status::OK {
                    self.fail(status);
                }
            }
            (_, Status::OK) => {}
            (_, status) => self.fail(status),
        }
        if self.stage == Stage::Place && status == Status::OK {
            self.written = false;
        }
    }

    fn fail(&mut self, status: Status) {
        self.failed = self.failed.or(Some(status));
    }

    /// The step is done: the next one, and its request.
    fn after(&mut self, id: u32) -> Option<Vec<u8>> {
        if self.stage == Stage::Look && self.failed.is_none() {
            self.looked();
        }
        self.stage = self.following();
        let request = match self.stage {
            Stage::Resolve => path_request(REALPATH, id, &[&self.place]),
            Stage::Open => self.create(id),
            Stage::Attributes => self.set(id),
            Stage::Sync => extended(id, b"fsync@openssh.com", &[&self.handle]),
            Stage::Close => path_request(CLOSE, id, &[&self.handle]),
            Stage::Clear => path_request(REMOVE, id, &[&self.place]),
            Stage::Place if replaces(self.offered) && !self.upload.exclusive => {
                extended(id, b"posix-rename@openssh.com", &[&self.temporary, &self.place])
            }
            Stage::Place => path_request(RENAME, id, &[&self.temporary, &self.place]),
            Stage::Undo => path_request(REMOVE, id, &[&self.temporary]),
            Stage::Look | Stage::Write | Stage::Over => return None,
        };
        self.waiting = 1;
        Some(request)
    }

    fn following(&self) -> Stage {
        if self.failed.is_some() {
            return match self.stage {
                Stage::Undo | Stage::Over => Stage::Over,
                _ if self.open && self.stage != Stage::Close => Stage::Close,
                _ if self.written => Stage::Undo,
                _ => Stage::Over,
            };
        }
        let replaces = replaces(self.offered) || self.existing.is_none();
        match self.stage {
            Stage::Look if self.existing.is_some() => Stage::Resolve,
            Stage::Look | Stage::Resolve => Stage::Open,
            Stage::Open if self.upload.size > 0 => Stage::Write,
            Stage::Open | Stage::Write if self.mode().is_some() || self.upload.attributes.times.is_some() => {
                Stage::Attributes
            }
            Stage::Open | Stage::Write | Stage::Attributes if self.upload.sync => Stage::Sync,
            Stage::Open | Stage::Write | Stage::Attributes | Stage::Sync => Stage::Close,
            Stage::Close if !replaces => Stage::Clear,
            Stage::Close | Stage::Clear => Stage::Place,
            Stage::Place | Stage::Undo | Stage::Over => Stage::Over,
        }
    }

    /// What lies there already decides.
    fn looked(&mut self) {
        let Some(found) = self.existing else { return };
        // A device or a folder is not replaced by a file; nor is anything that must not be there.
        let plain = found.mode.is_none_or(|mode| mode & KIND == PLAIN || mode & KIND == 0);
        let keeps_an_end = !self.upload.whole && found.size.is_none_or(|size| size > self.upload.size);
        if self.upload.exclusive || !plain || keeps_an_end {
            self.fail(Status::FAILURE);
        }
    }

    /// The mode that is set on it: what the client set, else that of the file in whose place it comes.
    fn mode(&self) -> Option<u32> {
        let mode = self.upload.attributes.mode.or_else(|| self.existing?.mode)?;
        Some(mode & 0o7777)
    }

    fn create(&mut self, id: u32) -> Vec<u8> {
        let folder = self.place.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at.saturating_add(1));
        self.temporary = self.place.get(..folder).unwrap_or_default().to_vec();
        self.temporary.extend_from_slice(format!("{OURS}{}", self.tag).as_bytes());
        let mut packet = vec![OPEN];
        packet.extend_from_slice(&id.to_be_bytes());
        put_string(&mut packet, &self.temporary);
        packet.extend_from_slice(&(OPEN_WRITE | OPEN_CREATE | OPEN_EXCLUSIVE).to_be_bytes());
        // While it is written it is nobody else's to read, where its mode is set afterwards.
        let mode = if self.mode().is_some() { Some(0o600) } else { self.upload.created };
        put_attributes(&mut packet, Attributes { mode, ..Attributes::default() });
        framed(&packet)
    }

    fn set(&self, id: u32) -> Vec<u8> {
        let mut packet = vec![FSETSTAT];
        packet.extend_from_slice(&id.to_be_bytes());
        put_string(&mut packet, &self.handle);
        let times = self.upload.attributes.times;
        put_attributes(&mut packet, Attributes { mode: self.mode(), times, ..Attributes::default() });
        framed(&packet)
    }
}

/// An answer to a request of the gate's own.
enum Answer {
    Status(Status),
    Handle(Vec<u8>),
    Attributes(Attributes),
    Name(Vec<u8>),
}

impl Answer {
    fn read(packet: &[u8]) -> Result<Self, Fault> {
        let mut fields = Fields::new(packet, "answer");
        fields.take(LENGTH)?;
        let kind = fields.take(1)?.first().copied().unwrap_or_default();
        fields.u32()?;
        Ok(match kind {
            STATUS => Self::Status(Status(fields.u32()?)),
            HANDLE => Self::Handle(fields.handle()?.to_vec()),
            ATTRS => Self::Attributes(fields.attributes()?),
            NAME => {
                fields.u32()?;
                Self::Name(fields.string()?.to_vec())
            }
            other => return Err(Fault::UnexpectedType(other)),
        })
    }
}

/// A request that is its strings.
fn path_request(kind: u8, id: u32, strings: &[&[u8]]) -> Vec<u8> {
    let mut packet = vec![kind];
    packet.extend_from_slice(&id.to_be_bytes());
    strings.iter().for_each(|string| put_string(&mut packet, string));
    framed(&packet)
}

fn extended(id: u32, name: &[u8], strings: &[&[u8]]) -> Vec<u8> {
    let mut all = vec![name];
    all.extend(strings);
    path_request(EXTENDED, id, &all)
}
