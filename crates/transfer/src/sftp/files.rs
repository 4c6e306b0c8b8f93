//! The open files of one channel, from OPEN to the report.

use std::collections::BTreeMap;

use super::sizes::Sizes;
use super::wire::{OPEN_APPEND, OPEN_CREATE, OPEN_EXCLUSIVE, OPEN_TRUNCATE};
use crate::content::{Budget, Follower};
use crate::{Cause, Content, Direction, Fault, FileReport, Name, Outcome, Report, Status};

/// Files and folders open at once: a server of OpenSSH has about as many descriptors.
pub(super) const MAX_OPEN: usize = 1024;

/// One open file. It lives from the equipment's HANDLE until its close was answered and every request on
/// it was answered too.
#[derive(Debug)]
struct File {
    path: Name,
    flags: u32,
    /// Requests on it that are not answered.
    outstanding: u32,
    /// The answer to its close.
    closed: Option<Status>,
    read: Option<Follower>,
    written: Option<Follower>,
    /// The smallest offset at which the equipment said that the file ends.
    ends_at: Option<u64>,
    /// The size that the equipment named.
    size: Option<u64>,
    read_status: Option<Status>,
    write_status: Option<Status>,
    /// A write was acknowledged.
    took_effect: bool,
    /// Its length was set so that what was written is no longer what the file holds.
    cut: bool,
}

/// What an open handle stands for.
#[derive(Debug, Clone)]
pub(super) enum Opened {
    /// The number of a file.
    File(u64),
    /// A folder, with its path.
    Folder(Name),
}

/// All open files and folders of a channel.
#[derive(Debug)]
pub(super) struct Files {
    handles: BTreeMap<Box<[u8]>, Opened>,
    files: BTreeMap<u64, File>,
    next: u64,
    sizes: Sizes,
    budget: Budget,
}

impl Files {
    pub(super) const fn new() -> Self {
        Self {
            handles: BTreeMap::new(),
            files: BTreeMap::new(),
            next: 0,
            sizes: Sizes::new(),
            budget: Budget::new(),
        }
    }

    /// What a handle stands for.
    pub(super) fn opened(&self, handle: &[u8]) -> Option<&Opened> {
        self.handles.get(handle)
    }

    /// How many are open, or closed but not answered to the last.
    pub(super) fn count(&self) -> usize {
        self.handles.len().max(self.files.len())
    }

    /// The path under which a handle was opened.
    pub(super) fn path(&self, opened: &Opened) -> Option<Name> {
        match opened {
            Opened::Folder(path) => Some(path.clone()),
            Opened::File(file) => self.files.get(file).map(|file| file.path.clone()),
        }
    }

    /// The equipment opened a file; that it gave a handle which is in use is its fault.
    pub(super) fn open(&mut self, handle: &[u8], path: Name, flags: u32) -> Result<(), Fault> {
        if self.handles.contains_key(handle) {
            return Err(Fault::WrongAnswer("OPEN"));
        }
        let size = self.sizes.of(&path);
        let number = self.next;
        self.next = self.next.saturating_add(1);
        self.handles.insert(handle.into(), Opened::File(number));
        self.files.insert(
            number,
            File {
                path,
                flags,
                outstanding: 0,
                closed: None,
                read: None,
                written: None,
                ends_at: None,
                size,
                read_status: None,
                write_status: None,
                took_effect: false,
                cut: false,
            },
        );
        Ok(())
    }

    /// The equipment opened a folder.
    pub(super) fn open_folder(&mut self, handle: &[u8], path: Name) -> Result<(), Fault> {
        if self.handles.contains_key(handle) {
            return Err(Fault::WrongAnswer("OPENDIR"));
        }
        self.handles.insert(handle.into(), Opened::Folder(path));
        Ok(())
    }

    /// The client asks to close: the handle means nothing from here on.
    pub(super) fn close(&mut self, handle: &[u8]) -> Option<Opened> {
        self.handles.remove(handle)
    }

    /// The close was answered.
    pub(super) fn closed(&mut self, number: u64, status: Status, reports: &mut Vec<Report>) {
        if let Some(file) = self.files.get_mut(&number) {
            file.closed = Some(status);
        }
        self.conclude(number, reports);
    }

    pub(super) fn read_asked(&mut self, number: u64, offset: u64) {
        if let Some(file) = self.files.get_mut(&number) {
            file.outstanding = file.outstanding.saturating_add(1);
            file.read.get_or_insert_with(|| Follower::new(offset, false));
        }
    }

    pub(super) fn write_asked(&mut self, number: u64, offset: u64) {
        if let Some(file) = self.files.get_mut(&number) {
            file.outstanding = file.outstanding.saturating_add(1);
            let appending = file.flags & OPEN_APPEND != 0;
            file.written.get_or_insert_with(|| Follower::new(offset, appending));
        }
    }

    /// A piece of content passed.
    pub(super) fn piece(&mut self, number: u64, direction: Direction, offset: u64, piece: &[u8]) {
        if let Some(file) = self.files.get_mut(&number) {
            let follower = match direction {
                Direction::In => &mut file.written,
                Direction::Out => &mut file.read,
            };
            if let Some(follower) = follower {
                follower.piece(offset, piece, &mut self.budget);
            }
        }
    }

    /// A READ was answered with content, the last of which has passed.
    pub(super) fn read_answered(&mut self, number: u64, reports: &mut Vec<Report>) {
        self.answered(number, reports);
    }

    /// A READ was answered with a status.
    pub(super) fn read_refused(
        &mut self,
        number: u64,
        offset: u64,
        status: Status,
        reports: &mut Vec<Report>,
    ) {
        if let Some(file) = self.files.get_mut(&number) {
            if status == Status::EOF {
                file.ends_at = Some(file.ends_at.map_or(offset, |known| known.min(offset)));
            } else {
                file.read_status.get_or_insert(status);
            }
        }
        self.answered(number, reports);
    }

    /// A WRITE was answered.
    pub(super) fn write_answered(&mut self, number: u64, status: Status, reports: &mut Vec<Report>) {
        if let Some(file) = self.files.get_mut(&number) {
            if status == Status::OK {
                file.took_effect = true;
            } else {
                file.write_status.get_or_insert(status);
            }
        }
        self.answered(number, reports);
    }

    /// The client sets the length of an open file.
    pub(super) fn resized(&mut self, opened: &Opened, size: u64) {
        if let Opened::File(number) = opened
            && let Some(file) = self.files.get_mut(number)
            && let Some(follower) = &mut file.written
            && follower.end() != size
        {
            file.cut = true;
            follower.lose(&mut self.budget);
        }
    }

    /// The equipment named the size of an open file.
    pub(super) fn size_of(&mut self, number: u64, size: u64) {
        if let Some(file) = self.files.get_mut(&number) {
            file.size = Some(size);
        }
    }

    /// The equipment named the size of a path.
    pub(super) fn size_of_path(&mut self, path: &Name, size: u64) {
        self.sizes.named(path, size);
    }

    /// The equipment named the sizes of files in a folder.
    pub(super) fn listed(&mut self, folder: &Name, files: &[(&[u8], u64)]) {
        for (name, size) in files {
            self.sizes.listed(folder, name, *size);
        }
    }

    /// The channel is over: everything that is still open is reported.
    pub(super) fn finish(&mut self, reports: &mut Vec<Report>) {
        self.handles.clear();
        for file in std::mem::take(&mut self.files).into_values() {
            file.report(&mut self.budget, reports);
        }
    }

    fn answered(&mut self, number: u64, reports: &mut Vec<Report>) {
        if let Some(file) = self.files.get_mut(&number) {
            file.outstanding = file.outstanding.saturating_sub(1);
        }
        self.conclude(number, reports);
    }

    fn conclude(&mut self, number: u64, reports: &mut Vec<Report>) {
        let over = self.files.get(&number).is_some_and(|file| file.closed.is_some() && file.outstanding == 0);
        if over && let Some(file) = self.files.remove(&number) {
            file.report(&mut self.budget, reports);
        }
    }
}

impl File {
    fn report(mut self, budget: &mut Budget, reports: &mut Vec<Report>) {
        if let Some(follower) = self.read.take() {
            // Nothing passed of a part beyond the end: nothing left.
            let nothing = follower.passed() == 0 && (follower.start() > 0 || self.closed.is_none());
            if !nothing || self.read_status.is_some() {
                let outcome = self.read_outcome(&follower);
                reports.push(self.file(
                    Direction::Out,
                    follower.passed(),
                    follower.conclude(budget),
                    outcome,
                ));
            }
        }
        match self.written.take() {
            Some(follower) => {
                let outcome = self.write_outcome(&follower);
                reports.push(self.file(Direction::In, follower.passed(), follower.conclude(budget), outcome));
            }
            None => self.report_made(budget, reports),
        }
    }

    /// A file that was made or emptied, and closed without a write.
    fn report_made(&self, budget: &mut Budget, reports: &mut Vec<Report>) {
        let emptied = self.flags & OPEN_TRUNCATE != 0
            || (self.flags & OPEN_CREATE != 0 && self.flags & OPEN_EXCLUSIVE != 0);
        let content = if emptied {
            Follower::new(0, false).conclude(budget)
        } else if self.flags & OPEN_CREATE != 0 {
            Content::Ranges { ranges: Vec::new(), more: false }
        } else {
            return;
        };
        let outcome = match self.closed {
            Some(Status::OK) => Outcome::Complete,
            Some(status) => Outcome::Partial(Cause::Status(status)),
            None => Outcome::Partial(Cause::ChannelEnded),
        };
        reports.push(self.file(Direction::In, 0, content, outcome));
    }

    fn read_outcome(&self, follower: &Follower) -> Outcome {
        let end = follower.gapless_end();
        match (self.read_status, end) {
            (Some(status), _) if follower.passed() == 0 => Outcome::Failed(Cause::Status(status)),
            (Some(status), _) => Outcome::Partial(Cause::Status(status)),
            (None, None) => Outcome::Partial(Cause::Gaps),
            (None, end) if self.ends_at == end || self.size == end => Outcome::Complete,
            _ if self.closed.is_none() => Outcome::Partial(Cause::ChannelEnded),
            _ => Outcome::Partial(Cause::EndNotSeen),
        }
    }

    fn write_outcome(&self, follower: &Follower) -> Outcome {
        match (self.write_status, self.closed) {
            (Some(status), _) if !self.took_effect => Outcome::Failed(Cause::Status(status)),
            (Some(status), _) => Outcome::Partial(Cause::Status(status)),
            (None, None) => Outcome::Partial(Cause::ChannelEnded),
            (None, Some(status)) if status != Status::OK => Outcome::Partial(Cause::Status(status)),
            (None, Some(_)) if self.cut || follower.gapless_end().is_none() => Outcome::Partial(Cause::Gaps),
            (None, Some(_)) => Outcome::Complete,
        }
    }

    fn file(&self, direction: Direction, size: u64, content: Content, outcome: Outcome) -> Report {
        Report::File(FileReport {
            path: self.path.clone(),
            announced: None,
            direction,
            size,
            content,
            outcome,
        })
    }
}
