//! Both directions' judgements over the one state of a channel.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use super::answer::refusal;
use super::extension::{Offered, rewrite_version};
use super::files::{Files, MAX_OPEN, Opened};
use super::hold::{Hold, Taken};
use super::release::Release;
use super::reply::{Pending, Reply};
use super::request::{Ask, Request};
use super::wire::{
    DATA, Fields, INIT, LENGTH, MAX_HANDLE, MAX_REQUEST, VERSION, VERSION_3, WRITE, framed, number_at,
    opening,
};
use crate::hold::{Held, Upload};
use crate::pump::{Fate, Judge, Verdict};
use crate::{
    Allowed, Attributes, Direction, Fault, Forbidden, Name, Operation, RefusedReport, Report, Status,
};

/// Above this many requests without an answer, the edge should wait. Some clients ask for a whole file
/// in one breath, so this is a pause and no fault.
const ENOUGH_PENDING: usize = 8192;
/// Above this many it is a fault: the pause, and what one more piece of 64 KiB can hold at 13 bytes for
/// the shortest request (5,041), and slack. 16,384 × about 64 bytes = 1 MiB.
const MAX_PENDING: usize = 16_384;
/// Names kept by requests without an answer: the edge should wait above the first; the second is the
/// first, and one more piece, and slack.
const ENOUGH_NAME_BYTES: usize = 512 << 10;
const MAX_NAME_BYTES: usize = 1 << 20;
/// The gate's answers that wait for the end of one of the equipment's packets (about 250 bytes each).
const ENOUGH_ANSWERS: usize = 64;
const MAX_ANSWERS: usize = 8192;
/// Refused requests that are reported on one channel. Nothing honest is refused a thousand times and goes on.
const MAX_REFUSALS: u32 = 1000;

/// Where the greeting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Greeting {
    NotYet,
    Asked,
    Done,
}

/// What is left of a WRITE's or DATA's content.
#[derive(Debug)]
struct Body {
    left: u32,
    fate: Fate,
    file: u64,
    offset: u64,
}

impl Body {
    const NONE: Self = Self { left: 0, fate: Fate::Refused, file: 0, offset: 0 };

    /// Takes a piece; answers the offset that it belongs to.
    fn advance(&mut self, piece: &[u8]) -> u64 {
        let at = self.offset;
        self.left = self.left.saturating_sub(u32::try_from(piece.len()).unwrap_or(u32::MAX));
        self.offset = at.saturating_add(piece.len() as u64);
        at
    }
}

/// What REALPATH and READLINK may answer in all where no file may leave: 64 KiB, as a command's stream.
const MAX_POINTED: usize = 64 * 1024;

/// The state of one channel.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(super) allowed: Allowed,
    greeting: Greeting,
    offered: Offered,
    pending: BTreeMap<u32, Pending>,
    name_bytes: usize,
    /// Bytes of answers to REALPATH and READLINK up to now.
    pointed: usize,
    opening: usize,
    files: Files,
    writing: Body,
    reading: Body,
    answers: VecDeque<Bytes>,
    refusals: u32,
    reports: Vec<Report>,
    /// Where uploads are held.
    hold: Option<Hold>,
    own: Own,
}

/// The gate's own requests.
#[derive(Debug)]
struct Own {
    next: u32,
    waiting: BTreeSet<u32>,
    answers: VecDeque<(u32, Vec<u8>)>,
}

/// Ids of the gate's own requests begin here: clients count from 0 or 1.
const FIRST_OWN_ID: u32 = 0xF000_0000;

impl Engine {
    /// With all uploads held.
    pub(crate) fn holding(allowed: Allowed) -> Self {
        let mut engine = Self::new(allowed);
        engine.hold = Some(Hold::new());
        engine
    }

    pub(crate) const fn new(allowed: Allowed) -> Self {
        Self {
            allowed,
            greeting: Greeting::NotYet,
            offered: Offered::NONE,
            pending: BTreeMap::new(),
            name_bytes: 0,
            pointed: 0,
            opening: 0,
            files: Files::new(),
            writing: Body::NONE,
            reading: Body::NONE,
            answers: VecDeque::new(),
            refusals: 0,
            reports: Vec::new(),
            hold: None,
            own: Own { next: FIRST_OWN_ID, waiting: BTreeSet::new(), answers: VecDeque::new() },
        }
    }

    pub(crate) fn held(&mut self) -> Vec<Held> {
        self.hold.as_mut().map(Hold::asked).unwrap_or_default()
    }

    /// The room of a held file is lost.
    pub(crate) fn spoil(&mut self, file: u64) {
        if let Some(hold) = &mut self.hold {
            hold.spoil(file);
        }
    }

    /// Begins to let a held file go on.
    pub(crate) fn release(&mut self, upload: Upload, tag: String) -> Release {
        Release::new(upload, self.offered, tag)
    }

    /// What is to be sent to the equipment for this release now. `content`: what it asked for; `None` on the first
    /// call, and when the last answer was that it waits.
    pub(crate) fn drive(
        &mut self,
        release: &mut Release,
        content: Option<Bytes>,
    ) -> Result<Vec<Vec<u8>>, Fault> {
        let mut requests = Vec::new();
        if !release.begun() {
            let id = self.own_id();
            requests.push(release.begin(id));
            self.ask(requests.last(), release.path())?;
        }
        if let Some(content) = content {
            let id = self.own_id();
            let request =
                if content.is_empty() { release.give_up(id) } else { Some(release.write(id, &content)) };
            requests.extend(request);
            self.ask(requests.last(), release.path())?;
        }
        while let Some((_, packet)) = self.own.answers.pop_front() {
            let id = self.own_id();
            if let Some(request) = release.answered(id, &packet)? {
                requests.push(request);
                self.ask(requests.last(), release.path())?;
            }
        }
        Ok(requests)
    }

    /// Answers the close of a held file.
    pub(crate) fn answer_close(&mut self, upload: &Upload, status: Status, text: &str) {
        self.pending.remove(&upload.close);
        self.answers.push_back(super::hold::status(upload.close, status, text));
    }

    /// A number that no request without an answer has.
    fn own_id(&mut self) -> u32 {
        while self.pending.contains_key(&self.own.next) {
            self.own.next = self.own.next.wrapping_add(1);
        }
        self.own.next
    }

    /// A request of the gate's own: followed as if the client had asked. What it opens is told by the path that the
    /// client wanted.
    fn ask(&mut self, packet: Option<&Vec<u8>>, path: &Name) -> Result<(), Fault> {
        let Some(packet) = packet else { return Ok(()) };
        let content = write_content(packet);
        let head = packet.get(..packet.len().saturating_sub(content.len())).unwrap_or_default();
        let request = Request::parse(head, self.offered)?;
        if self.pending.contains_key(&request.id) {
            return Err(Fault::IdInUse(request.id));
        }
        // The client may be in the middle of a WRITE of its own.
        let theirs = std::mem::replace(&mut self.writing, Body::NONE);
        let pending = request.permitted(self.allowed).and_then(|()| self.prepare(&request.ask));
        let ours = std::mem::replace(&mut self.writing, theirs);
        let mut pending = pending.map_err(|_| Fault::OutOfTurn("a request of the gate's own"))?;
        if let Pending::Open { path: told, .. } = &mut pending {
            *told = path.clone();
        }
        if !content.is_empty() {
            self.files.piece(ours.file, Direction::In, ours.offset, content);
        }
        self.own.waiting.insert(request.id);
        self.own.next = request.id.wrapping_add(1);
        self.expect(request.id, pending)
    }

    /// A request about a file that is held, if it is one.
    fn held_request(&mut self, request: &Request<'_>, packet: &[u8]) -> Result<Option<Verdict>, Fault> {
        let Some(hold) = &mut self.hold else { return Ok(None) };
        let concerns = hold.concerns(&request.ask);
        let forbidden = Hold::forbids(&request.ask).filter(|why| !concerns || *why == Forbidden::GateName);
        if !concerns && forbidden.is_none() {
            return Ok(None);
        }
        let taken = request.permitted(self.allowed).and_then(|()| match forbidden {
            Some(why) => Err(why),
            None => hold.take(request, packet.len() as u64),
        });
        match taken {
            Ok(Taken::Waits) => {
                self.expect(request.id, Pending::Held)?;
                return Ok(Some(Verdict::Park));
            }
            Ok(Taken::Answered(answer)) => self.answers.push_back(answer),
            Ok(Taken::Content(answer, file)) => {
                let Ask::Write { length, .. } = request.ask else { return Ok(Some(Verdict::Drop)) };
                self.writing = Body { left: length, fate: Fate::Parked, file, offset: 0 };
                self.answers.push_back(answer);
            }
            Err(why) => {
                self.refuse(request, why)?;
                return Ok(Some(Verdict::Drop));
            }
        }
        if self.answers.len() > MAX_ANSWERS {
            return Err(Fault::TooMany("answers"));
        }
        Ok(Some(Verdict::Park))
    }

    pub(crate) fn has_room(&self) -> bool {
        self.pending.len() < ENOUGH_PENDING
            && self.name_bytes < ENOUGH_NAME_BYTES
            && self.answers.len() < ENOUGH_ANSWERS
    }

    pub(crate) fn take_reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }

    /// The channel is over: what was asked and never answered is told as such.
    pub(crate) fn finish(&mut self) -> Vec<Report> {
        for pending in std::mem::take(&mut self.pending).into_values() {
            if let Pending::Change(operation) = pending {
                self.changed(*operation, None);
            }
        }
        self.name_bytes = 0;
        self.opening = 0;
        self.answers.clear();
        self.writing.left = 0;
        self.reading.left = 0;
        self.files.finish(&mut self.reports);
        self.take_reports()
    }

    /// INIT: a higher version is lowered to 3 before the equipment sees it, and extensions of the client
    /// are taken out.
    fn init(&mut self, packet: &[u8]) -> Result<Verdict, Fault> {
        if self.greeting != Greeting::NotYet {
            return Err(Fault::OutOfTurn("INIT"));
        }
        let mut fields = Fields::new(packet, "INIT");
        fields.take(LENGTH + 1)?;
        let version = fields.u32()?;
        let mut plain = version == VERSION_3;
        while !fields.is_empty() {
            fields.string()?;
            fields.string()?;
            plain = false;
        }
        if version < VERSION_3 {
            return Err(Fault::Version(version));
        }
        self.greeting = Greeting::Asked;
        if plain {
            return Ok(Verdict::Forward);
        }
        let mut init = vec![INIT];
        init.extend_from_slice(&VERSION_3.to_be_bytes());
        Ok(Verdict::Replace(framed(&init)))
    }

    fn version(&mut self, packet: &[u8]) -> Result<Verdict, Fault> {
        if self.greeting != Greeting::Asked {
            return Err(Fault::OutOfTurn("VERSION"));
        }
        let (rewritten, offered) = rewrite_version(packet)?;
        self.greeting = Greeting::Done;
        self.offered = offered;
        Ok(Verdict::Replace(rewritten))
    }

    fn request(&mut self, packet: &[u8]) -> Result<Verdict, Fault> {
        if self.greeting != Greeting::Done {
            return Err(Fault::OutOfTurn("a request"));
        }
        let request = Request::parse(packet, self.offered)?;
        if self.pending.contains_key(&request.id) {
            return Err(Fault::IdInUse(request.id));
        }
        if let Some(verdict) = self.held_request(&request, packet)? {
            return Ok(verdict);
        }
        let pending = request.permitted(self.allowed).and_then(|()| self.prepare(&request.ask));
        match pending {
            Ok(pending) => {
                self.expect(request.id, pending)?;
                Ok(Verdict::Forward)
            }
            Err(why) => {
                self.refuse(&request, why)?;
                Ok(Verdict::Drop)
            }
        }
    }

    /// What is to be expected of the equipment after a request that may go on.
    fn prepare(&mut self, ask: &Ask<'_>) -> Result<Pending, Forbidden> {
        let change = |operation| Ok(Pending::Change(Box::new(operation)));
        match *ask {
            Ask::Open { path, flags, .. } => {
                self.may_open()?;
                Ok(Pending::Open { path: Name::new(path), flags })
            }
            Ask::OpenFolder { path } => {
                self.may_open()?;
                Ok(Pending::OpenFolder { path: Name::new(path) })
            }
            Ask::Close { handle } => match self.files.close(handle).ok_or(Forbidden::Handle)? {
                Opened::File(file) => Ok(Pending::CloseFile { file }),
                Opened::Folder(_) => Ok(Pending::CloseFolder),
            },
            Ask::Read { handle, offset, length } => {
                let file = self.file(handle)?;
                self.files.read_asked(file, offset);
                Ok(Pending::Read { file, offset, length })
            }
            Ask::Write { handle, offset, length } => {
                let file = self.file(handle)?;
                self.files.write_asked(file, offset);
                self.writing = Body { left: length, fate: Fate::On, file, offset };
                Ok(Pending::Write { file })
            }
            Ask::Stat { path, follow: true } => Ok(Pending::PathAttributes { path: Name::new(path) }),
            Ask::Stat { follow: false, .. } => Ok(Pending::OtherAttributes),
            Ask::HandleStat { handle } => match self.opened(handle)? {
                Opened::File(file) => Ok(Pending::FileAttributes { file }),
                Opened::Folder(_) => Ok(Pending::OtherAttributes),
            },
            Ask::ReadFolder { handle } => {
                let opened = self.opened(handle)?;
                let folder = self.files.path(&opened).ok_or(Forbidden::Handle)?;
                Ok(Pending::List { folder })
            }
            Ask::RealPath { .. } | Ask::ReadLink { .. } => Ok(Pending::OneName),
            Ask::Fsync { handle } => self.file(handle).map(|_| Pending::Plain),
            Ask::StatVfs { .. } => Ok(Pending::StatVfs),
            Ask::HandleStatVfs { handle } => self.opened(handle).map(|_| Pending::StatVfs),
            Ask::Limits => Ok(Pending::Limits),
            Ask::SetStat { path, attributes, link } => {
                change(Operation::SetAttributes { path: Name::new(path), attributes, link })
            }
            Ask::HandleSetStat { handle, attributes } => {
                let opened = self.opened(handle)?;
                let path = self.files.path(&opened).ok_or(Forbidden::Handle)?;
                if let Some(size) = attributes.size {
                    self.files.resized(&opened, size);
                }
                change(Operation::SetAttributes { path, attributes, link: false })
            }
            Ask::Remove { path } => change(Operation::Remove { path: Name::new(path) }),
            Ask::MakeFolder { path } => change(Operation::MakeFolder { path: Name::new(path) }),
            Ask::RemoveFolder { path } => change(Operation::RemoveFolder { path: Name::new(path) }),
            Ask::Rename { from, to, replacing } => {
                change(Operation::Rename { from: Name::new(from), to: Name::new(to), replacing })
            }
            Ask::HardLink { from, to } => {
                change(Operation::HardLink { from: Name::new(from), to: Name::new(to) })
            }
            Ask::SymbolicLink { target, link } => {
                change(Operation::SymbolicLink { target: Name::new(target), link: Name::new(link) })
            }
            Ask::Refused(why) => Err(why),
        }
    }

    fn expect(&mut self, id: u32, pending: Pending) -> Result<(), Fault> {
        self.name_bytes = self.name_bytes.saturating_add(pending.name_bytes());
        if matches!(pending, Pending::Open { .. } | Pending::OpenFolder { .. }) {
            self.opening = self.opening.saturating_add(1);
        }
        self.pending.insert(id, pending);
        if self.pending.len() > MAX_PENDING || self.name_bytes > MAX_NAME_BYTES {
            return Err(Fault::TooMany("requests"));
        }
        Ok(())
    }

    /// The request that an answer belongs to; it is no longer pending.
    fn settle(&mut self, id: u32) -> Result<Pending, Fault> {
        // The equipment knows nothing of a close that waits for a decision.
        if matches!(self.pending.get(&id), Some(Pending::Held)) {
            return Err(Fault::UnknownId(id));
        }
        let pending = self.pending.remove(&id).ok_or(Fault::UnknownId(id))?;
        self.name_bytes = self.name_bytes.saturating_sub(pending.name_bytes());
        if matches!(pending, Pending::Open { .. } | Pending::OpenFolder { .. }) {
            self.opening = self.opening.saturating_sub(1);
        }
        Ok(pending)
    }

    fn refuse(&mut self, request: &Request<'_>, why: Forbidden) -> Result<(), Fault> {
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals > MAX_REFUSALS || self.answers.len() >= MAX_ANSWERS {
            return Err(Fault::TooMany("refused requests"));
        }
        self.answers.push_back(refusal(request.id, why));
        let [path, _] = request.paths();
        let clip = |name: &[u8]| Name::new(name.get(..super::wire::MAX_PATH).unwrap_or(name));
        self.reports.push(Report::Refused(RefusedReport {
            request: Name::new(request.name.get(..MAX_HANDLE).unwrap_or(request.name)),
            path: path.map(clip),
            why,
        }));
        Ok(())
    }

    /// The head of DATA: its content follows.
    fn data(&mut self, head: &[u8]) -> Result<Verdict, Fault> {
        let mut fields = Fields::new(head, "DATA");
        let packet = fields.u32()?;
        fields.take(1)?;
        let (id, length) = (fields.u32()?, fields.u32()?);
        match self.settle(id)? {
            Pending::Read { file, offset, length: asked } => {
                if packet.checked_sub(9) != Some(length) {
                    return Err(Fault::Malformed("DATA"));
                }
                if length > asked {
                    return Err(Fault::WrongAnswer("READ"));
                }
                self.reading = Body { left: length, fate: Fate::On, file, offset };
                if length == 0 {
                    self.files.read_answered(file, &mut self.reports);
                }
                Ok(Verdict::Forward)
            }
            other => Err(Fault::WrongAnswer(other.name())),
        }
    }

    fn reply(&mut self, packet: &[u8]) -> Result<Verdict, Fault> {
        let mut fields = Fields::new(packet, "answer");
        fields.take(LENGTH)?;
        let kind = fields.take(1)?.first().copied().unwrap_or_default();
        let id = fields.u32()?;
        let pending = self.settle(id)?;
        let own = self.own.waiting.remove(&id);
        match (pending.reply(kind, packet)?, pending) {
            (Reply::Lowered(other), _) => return Ok(Verdict::Replace(other)),
            (Reply::Handle(handle), _) if self.hold.as_ref().is_some_and(|hold| hold.has(handle)) => {
                return Err(Fault::WrongAnswer("OPEN"));
            }
            (Reply::Handle(handle), Pending::Open { path, flags }) => self.files.open(handle, path, flags)?,
            (Reply::Handle(handle), Pending::OpenFolder { path }) => self.files.open_folder(handle, path)?,
            (Reply::Attributes(attributes), pending) => self.sizes(&attributes, pending),
            (Reply::Status(status), pending) => self.status(status, pending),
            (Reply::Names { bytes, .. }, Pending::OneName) if !own => self.pointed(bytes)?,
            (Reply::Names { files, .. }, Pending::List { folder }) => self.files.listed(&folder, &files),
            _ => {}
        }
        if own {
            self.own.answers.push_back((id, packet.to_vec()));
            return Ok(Verdict::Consume);
        }
        Ok(Verdict::Forward)
    }

    /// Where links point is text that the technician may have written: as much of it as a command's stream may
    /// carry without a name, where no file may leave.
    fn pointed(&mut self, bytes: usize) -> Result<(), Fault> {
        self.pointed = self.pointed.saturating_add(bytes);
        if self.pointed > MAX_POINTED && !self.allowed.take_out {
            return Err(Fault::TooMany("targets of links"));
        }
        Ok(())
    }

    fn sizes(&mut self, attributes: &Attributes, pending: Pending) {
        let Some(size) = attributes.size else { return };
        match pending {
            Pending::PathAttributes { path } => self.files.size_of_path(&path, size),
            Pending::FileAttributes { file } => self.files.size_of(file, size),
            _ => {}
        }
    }

    fn status(&mut self, status: Status, pending: Pending) {
        match pending {
            Pending::CloseFile { file } => self.files.closed(file, status, &mut self.reports),
            Pending::Read { file, offset, .. } => {
                self.files.read_refused(file, offset, status, &mut self.reports)
            }
            Pending::Write { file } => self.files.write_answered(file, status, &mut self.reports),
            Pending::Change(operation) => self.changed(*operation, Some(status)),
            _ => {}
        }
    }

    fn changed(&mut self, operation: Operation, status: Option<Status>) {
        self.reports.push(Report::Operation(crate::OperationReport { operation, status }));
    }

    fn may_open(&self) -> Result<(), Forbidden> {
        if self.files.count().saturating_add(self.opening) < MAX_OPEN {
            Ok(())
        } else {
            Err(Forbidden::TooManyOpen)
        }
    }

    fn opened(&self, handle: &[u8]) -> Result<Opened, Forbidden> {
        self.files.opened(handle).cloned().ok_or(Forbidden::Handle)
    }

    fn file(&self, handle: &[u8]) -> Result<u64, Forbidden> {
        match self.files.opened(handle) {
            Some(Opened::File(file)) => Ok(*file),
            _ => Err(Forbidden::Handle),
        }
    }
}

/// The content of a WRITE of our own; of any other request, nothing.
fn write_content(packet: &[u8]) -> &[u8] {
    let found = || {
        let (kind, mut fields) = (*packet.get(LENGTH)?, Fields::new(packet, "WRITE"));
        fields.take(LENGTH + 5).ok()?;
        fields.handle().ok().filter(|_| kind == WRITE)?;
        fields.u64().ok()?;
        fields.string().ok()
    };
    found().unwrap_or_default()
}

/// What the client sends.
pub(crate) struct Client<'a>(pub(crate) &'a mut Engine);

impl Judge for Client<'_> {
    fn body_left(&self) -> (u64, Fate) {
        (u64::from(self.0.writing.left), self.0.writing.fate)
    }

    fn body(&mut self, piece: &[u8]) {
        let engine = &mut *self.0;
        let at = engine.writing.advance(piece);
        let file = engine.writing.file;
        match (engine.writing.fate, &mut engine.hold) {
            (Fate::On, _) => engine.files.piece(file, Direction::In, at, piece),
            (Fate::Parked, Some(hold)) => hold.content(file, piece),
            (Fate::Parked | Fate::Refused, _) => {}
        }
    }

    fn head_len(&self, held: &[u8], fresh: &[u8]) -> Result<usize, Fault> {
        let Some((length, kind)) = opening(held, fresh)? else { return Ok(LENGTH + 1) };
        let whole = length.saturating_add(LENGTH);
        if kind == WRITE {
            // Type 1, id 4, then the handle with its length, offset 8, length of the content 4.
            let Some(handle) = number_at(held, fresh, LENGTH + 5) else { return Ok(LENGTH + 9) };
            let handle = usize::try_from(handle).unwrap_or(usize::MAX);
            let head = handle.saturating_add(LENGTH + 9 + 12);
            return if handle > MAX_HANDLE || head > whole {
                Err(Fault::Malformed("WRITE"))
            } else {
                Ok(head)
            };
        }
        match (kind, length > MAX_REQUEST) {
            (_, false) => Ok(whole),
            (INIT, true) => Err(Fault::Malformed("INIT")),
            (_, true) => Ok(LENGTH + 5),
        }
    }

    fn head(&mut self, head: &[u8]) -> Result<Verdict, Fault> {
        let Some((length, kind)) = opening(&[], head)? else { return Err(Fault::Malformed("packet")) };
        if kind == INIT {
            return self.0.init(head);
        }
        // What follows the head of a WRITE must be its content to the last byte.
        let after = length.saturating_add(LENGTH).saturating_sub(head.len());
        if kind == WRITE {
            let stated = number_at(&[], head, head.len().saturating_sub(4)).unwrap_or_default();
            if usize::try_from(stated) != Ok(after) {
                return Err(Fault::Malformed("WRITE"));
            }
        }
        let verdict = self.0.request(head)?;
        if matches!(verdict, Verdict::Drop) {
            let left = u32::try_from(after).unwrap_or(u32::MAX);
            self.0.writing = Body { left, ..Body::NONE };
        }
        Ok(verdict)
    }
}

/// What the equipment sends, and what the gate answers in its place.
pub(crate) struct Server<'a>(pub(crate) &'a mut Engine);

impl Judge for Server<'_> {
    fn body_left(&self) -> (u64, Fate) {
        (u64::from(self.0.reading.left), Fate::On)
    }

    fn body(&mut self, piece: &[u8]) {
        let engine = &mut *self.0;
        let file = engine.reading.file;
        let at = engine.reading.advance(piece);
        engine.files.piece(file, Direction::Out, at, piece);
        if engine.reading.left == 0 {
            engine.files.read_answered(file, &mut engine.reports);
        }
    }

    fn head_len(&self, held: &[u8], fresh: &[u8]) -> Result<usize, Fault> {
        let Some((length, kind)) = opening(held, fresh)? else { return Ok(LENGTH + 1) };
        match kind {
            DATA if length < 9 => Err(Fault::Malformed("DATA")),
            DATA => Ok(LENGTH + 9),
            _ => Ok(length.saturating_add(LENGTH)),
        }
    }

    fn head(&mut self, head: &[u8]) -> Result<Verdict, Fault> {
        let Some((_, kind)) = opening(&[], head)? else { return Err(Fault::Malformed("packet")) };
        match (kind, self.0.greeting) {
            (VERSION, _) => self.0.version(head),
            (_, Greeting::NotYet | Greeting::Asked) => Err(Fault::OutOfTurn("an answer")),
            (DATA, Greeting::Done) => self.0.data(head),
            (_, Greeting::Done) => self.0.reply(head),
        }
    }

    fn answer(&mut self) -> Option<Bytes> {
        self.0.answers.pop_front()
    }
}
