//! Uploads by the old protocol that are held: the gate acknowledges a file's record and takes its content; the
//! equipment hears of it when it was decided that it may.
//!
//! What is no file (times, folders, what a client could not send) goes on at once. The client's last acknowledgement
//! of a file is what became of it.

use bytes::Bytes;

use super::record::{MAX_LINE, Record, Response};
use crate::hold::{Held, MAX_HELD, Next, PIECE, Upload};
use crate::{Fault, Name, Status};

/// What the client is in the middle of.
#[derive(Debug)]
enum State {
    /// A record; what came of it.
    Record(Vec<u8>),
    Content {
        left: u64,
    },
    /// What it says of the content.
    Status(Vec<u8>),
    /// It waits for us.
    Waits,
}

/// The file that is held: its record, and how much of it came.
#[derive(Debug)]
struct File {
    number: u64,
    line: Vec<u8>,
    size: u64,
    path: Name,
}

/// The hold of one channel.
#[derive(Debug)]
pub(crate) struct Hold {
    state: State,
    file: Option<File>,
    next: u64,
    /// Bytes of the file that the parser behind us has not seen.
    pub(crate) kept: u64,
    asked: Vec<Held>,
    answers: Vec<Bytes>,
    /// What the equipment answers while a file goes on, instead of the client.
    heard: Option<Vec<u8>>,
}

/// What follows from one piece of the client's: so many bytes were taken and are kept, and these, kept up to now, go on.
pub(crate) struct Fed {
    pub(crate) taken: usize,
    pub(crate) passes: Option<Bytes>,
}

impl Hold {
    pub(crate) const fn new() -> Self {
        Self {
            state: State::Record(Vec::new()),
            file: None,
            next: 0,
            kept: 0,
            asked: Vec::new(),
            answers: Vec::new(),
            heard: None,
        }
    }

    /// The client sent this. `path`: what a file of this name is called, as far as the gate can tell.
    pub(crate) fn feed(
        &mut self,
        data: &mut Bytes,
        path: impl Fn(&[u8]) -> Result<Name, Fault>,
    ) -> Result<Option<Fed>, Fault> {
        if data.is_empty() {
            return Ok(None);
        }
        let before = data.len();
        let passes = self.take(data, path)?;
        let taken = before.saturating_sub(data.len());
        let passed = passes.as_ref().map_or(0, Bytes::len) as u64;
        self.kept = self.kept.saturating_add(taken as u64).saturating_sub(passed);
        Ok(Some(Fed { taken, passes }))
    }

    fn take(
        &mut self,
        data: &mut Bytes,
        path: impl Fn(&[u8]) -> Result<Name, Fault>,
    ) -> Result<Option<Bytes>, Fault> {
        match &mut self.state {
            State::Waits => return Err(Fault::OutOfTurn("a record")),
            State::Record(line) => {
                take_line(line, data);
                // What is no line is not ours to judge.
                if line.ends_with(b"\n") || line.len() > MAX_LINE {
                    let line = std::mem::take(line);
                    return self.record(line, path);
                }
            }
            State::Content { left } => {
                let length = usize::try_from(*left).unwrap_or(usize::MAX).min(data.len());
                *left = left.saturating_sub(length as u64);
                let (over, bytes) = (*left == 0, data.split_to(length));
                if let Some(file) = &self.file {
                    self.asked.push(Held::Content { file: file.number, bytes });
                }
                if over {
                    self.state = State::Status(Vec::new());
                }
            }
            State::Status(said) => {
                if said.is_empty() && data.first() == Some(&0) {
                    drop(data.split_to(1));
                    self.whole();
                    return Ok(None);
                }
                take_line(said, data);
                if said.len() > MAX_LINE || !matches!(said.first(), Some(1 | 2)) {
                    return Err(Fault::Malformed("status"));
                }
                if said.ends_with(b"\n") {
                    self.gone();
                }
            }
        }
        Ok(None)
    }

    fn record(
        &mut self,
        line: Vec<u8>,
        path: impl Fn(&[u8]) -> Result<Name, Fault>,
    ) -> Result<Option<Bytes>, Fault> {
        let Ok(Record::File { size, name }) = Record::parse(&line) else { return Ok(Some(line.into())) };
        if size > MAX_HELD {
            return Err(Fault::TooMany("bytes of a held file"));
        }
        let (number, path) = (self.next, path(name)?);
        self.next = number.saturating_add(1);
        self.asked.push(Held::Begun { file: number });
        self.answers.push(Bytes::from_static(b"\0"));
        self.state = if size > 0 { State::Content { left: size } } else { State::Status(Vec::new()) };
        self.file = Some(File { number, line, size, path });
        Ok(None)
    }

    /// All of the file came.
    fn whole(&mut self) {
        self.state = State::Waits;
        if let Some(file) = &self.file {
            let upload = Upload::by_scp(file.number, file.path.clone(), file.size);
            self.asked.push(Held::Whole(upload));
        }
    }

    /// The client could not send it.
    fn gone(&mut self) {
        self.state = State::Record(Vec::new());
        self.answers.push(Bytes::from_static(b"\0"));
        if let Some(file) = self.file.take() {
            self.asked.push(Held::Gone { file: file.number });
        }
    }

    pub(crate) fn asked(&mut self) -> Vec<Held> {
        std::mem::take(&mut self.asked)
    }

    /// The gate's own acknowledgements.
    pub(crate) fn answers(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.answers)
    }

    /// The equipment said this. While a file goes on it is ours; how much of it.
    pub(crate) fn heard(&mut self, pieces: &mut Vec<Bytes>) -> usize {
        let Some(heard) = &mut self.heard else { return 0 };
        let before = heard.len();
        pieces.drain(..).for_each(|piece| heard.extend_from_slice(&piece));
        heard.len().saturating_sub(before)
    }

    /// Begins to let the file go on.
    pub(crate) fn release(&mut self) -> Release {
        self.heard = Some(Vec::new());
        let file = self.file.as_ref();
        let (line, size) = file.map_or((Vec::new(), 0), |file| (file.line.clone(), file.size));
        Release { line, size, sent: 0, stage: Stage::Begin }
    }

    /// The next bytes for the equipment, as if the client sent them now; `content` is what was asked for.
    pub(crate) fn drive(&mut self, release: &mut Release, content: Option<Bytes>) -> Vec<Bytes> {
        let mut out = Vec::new();
        if release.stage == Stage::Begin {
            out.push(Bytes::from(std::mem::take(&mut release.line)));
            release.stage = Stage::Answer;
        }
        if let Some(content) = content {
            release.sent = release.sent.saturating_add(content.len() as u64);
            out.push(content);
        }
        if let Some(agrees) = self.answer() {
            release.stage = match (release.stage, agrees) {
                (Stage::Answer, true) => Stage::Content,
                (Stage::Last, true) => Stage::Over(Status::OK),
                (_, _) => Stage::Over(Status::FAILURE),
            };
        }
        if release.stage == Stage::Content && release.sent >= release.size {
            out.push(Bytes::from_static(b"\0"));
            release.stage = Stage::Last;
        }
        out
    }

    /// Whether the oldest thing that the equipment said, and we have not looked at, is a yes.
    fn answer(&mut self) -> Option<bool> {
        let heard = self.heard.as_mut()?;
        let length = match heard.first()? {
            0 => 1,
            _ => heard.iter().position(|byte| *byte == b'\n')?.saturating_add(1),
        };
        let said: Vec<u8> = heard.drain(..length).collect();
        Some(matches!(Response::parse(&said), Ok(Response::Ok)))
    }

    /// The answer to the file: its last acknowledgement, or a sentence. How much was kept and went nowhere.
    pub(crate) fn decided(&mut self, status: Status, text: &str) -> (Bytes, u64) {
        self.state = State::Record(Vec::new());
        (self.file, self.heard) = (None, None);
        let left = std::mem::take(&mut self.kept);
        if status == Status::OK {
            return (Bytes::from_static(b"\0"), left);
        }
        let mut line = vec![1];
        line.extend(text.bytes().filter(|byte| *byte != b'\n' && *byte != 0).take(MAX_SAID));
        line.push(b'\n');
        (line.into(), left)
    }
}

/// The longest sentence in an acknowledgement.
const MAX_SAID: usize = 1024;

/// Moves the rest of a line over, as far as it came, and no more than one byte beyond the longest.
fn take_line(line: &mut Vec<u8>, data: &mut Bytes) {
    let end = data.iter().position(|byte| *byte == b'\n').map_or(data.len(), |at| at.saturating_add(1));
    let end = end.min(MAX_LINE.saturating_add(1).saturating_sub(line.len()));
    line.extend_from_slice(&data.split_to(end));
}

/// Where a release stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    /// The equipment answers the record.
    Answer,
    Content,
    /// The equipment answers the content.
    Last,
    Over(Status),
}

/// One file on its way from the gate to the equipment.
#[derive(Debug)]
pub(crate) struct Release {
    line: Vec<u8>,
    size: u64,
    sent: u64,
    stage: Stage,
}

impl Release {
    pub(crate) fn next(&self) -> Next {
        match self.stage {
            Stage::Content => {
                let left = usize::try_from(self.size.saturating_sub(self.sent)).unwrap_or(PIECE);
                Next::Content { offset: self.sent, length: left.min(PIECE) }
            }
            Stage::Over(status) => Next::Done(status),
            Stage::Begin | Stage::Answer | Stage::Last => Next::Wait,
        }
    }
}
