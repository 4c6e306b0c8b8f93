//! Whose turn it is, and what passed.

use std::collections::VecDeque;

use aws_lc_rs::digest::{Context, SHA256};

use super::record::{Record, Response, line_len};
use crate::content::digest;
use crate::pump::{Fate, Judge, Verdict};
use crate::{
    Cause, Content, Direction, Fault, FileReport, Mode, Name, Operation, OperationReport, Outcome, Report,
    ScpCommand, Status,
};

/// Answers of the receiving end that came before what they answer (a full disk is told at once).
const MAX_AHEAD: usize = 8;
/// The longest name below the path of the command line, with all its folders.
const MAX_NAME: usize = 4096;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The receiving end greets.
    Greeting,
    /// The sending end may say something.
    Record,
    /// The receiving end answers a file's record.
    FileAnswer,
    /// The receiving end answers a folder's record.
    FolderAnswer,
    /// The receiving end answers the end of a folder.
    FolderEndAnswer,
    /// The receiving end answers times.
    TimesAnswer,
    /// Content.
    Content,
    /// The sending end says whether the content was right.
    ContentStatus,
    /// The receiving end says whether it took the content.
    ContentAnswer,
    /// One end gave up.
    Over,
}

/// The file that is being copied.
struct Current {
    name: Name,
    left: u64,
    passed: u64,
    hash: Context,
    /// What the sending end said was wrong with it.
    said: Option<Name>,
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current")
            .field("name", &self.name)
            .field("passed", &self.passed)
            .finish_non_exhaustive()
    }
}

/// The state of one channel.
#[derive(Debug)]
pub(crate) struct Machine {
    mode: Mode,
    recursive: bool,
    path: Name,
    turn: Turn,
    /// The folders that were announced, joined by `/`, and the length before each of them.
    folder: Vec<u8>,
    depths: Vec<usize>,
    /// The folder that waits for its answer.
    announced_folder: Option<Vec<u8>>,
    current: Option<Current>,
    ahead: VecDeque<Response>,
    reports: Vec<Report>,
}

impl Machine {
    pub(crate) fn new(command: &ScpCommand) -> Self {
        Self {
            mode: command.mode(),
            recursive: command.recursive(),
            path: command.path(),
            turn: Turn::Greeting,
            folder: Vec::new(),
            depths: Vec::new(),
            announced_folder: None,
            current: None,
            ahead: VecDeque::new(),
            reports: Vec::new(),
        }
    }

    /// Which way the files go.
    pub(crate) const fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn take_reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }

    pub(crate) fn finish(&mut self) -> Vec<Report> {
        if let Some(current) = self.current.take() {
            let outcome = if current.passed == 0 && self.turn != Turn::ContentAnswer {
                Outcome::Failed(Cause::ChannelEnded)
            } else {
                Outcome::Partial(current.said.clone().map_or(Cause::ChannelEnded, Cause::Said))
            };
            self.report(current, outcome);
        }
        self.folder_made(None);
        self.turn = Turn::Over;
        self.take_reports()
    }

    /// The sending end said something in its turn.
    fn record(&mut self, line: &[u8]) -> Result<(), Fault> {
        match Record::parse(line)? {
            Record::File { size, name } => {
                let name = self.below(name)?;
                let hash = Context::new(&SHA256);
                self.current =
                    Some(Current { name: Name::new(&name), left: size, passed: 0, hash, said: None });
                self.turn = Turn::FileAnswer;
            }
            Record::Folder { name } => {
                if !self.recursive {
                    return Err(Fault::OutOfTurn("a folder without `-r`"));
                }
                self.announced_folder = Some(self.below(name)?);
                self.turn = Turn::FolderAnswer;
            }
            Record::FolderEnd => {
                let Some(length) = self.depths.pop() else {
                    return Err(Fault::OutOfTurn("the end of a folder"));
                };
                self.folder.truncate(length);
                self.turn = Turn::FolderEndAnswer;
            }
            Record::Times => self.turn = Turn::TimesAnswer,
            // The receiving end does not answer these.
            Record::Error { fatal, .. } => self.turn = if fatal { Turn::Over } else { Turn::Record },
        }
        self.use_ahead();
        Ok(())
    }

    /// After the content: zero, or what went wrong.
    fn content_status(&mut self, given: &[u8]) -> Result<(), Fault> {
        if let Response::Error { said, fatal } = Response::parse(given)? {
            if let Some(current) = &mut self.current {
                current.said = Some(said);
            }
            if fatal {
                self.file_over(None);
                self.turn = Turn::Over;
                return Ok(());
            }
        }
        self.turn = Turn::ContentAnswer;
        self.use_ahead();
        Ok(())
    }

    /// The receiving end said something.
    fn response(&mut self, response: Response) -> Result<(), Fault> {
        match (self.turn, &response) {
            (Turn::Over, _) => Err(Fault::OutOfTurn("an acknowledgement")),
            // Nothing to acknowledge yet; an error may come early, and so may the answer to content that
            // is all there.
            (Turn::Record | Turn::Content, Response::Ok) => Err(Fault::OutOfTurn("an acknowledgement")),
            (Turn::Record | Turn::Content | Turn::ContentStatus, _) => {
                if self.ahead.len() >= MAX_AHEAD {
                    return Err(Fault::TooMany("acknowledgements"));
                }
                self.ahead.push_back(response);
                Ok(())
            }
            _ => {
                self.answered(response);
                Ok(())
            }
        }
    }

    fn use_ahead(&mut self) {
        if !matches!(self.turn, Turn::Record | Turn::Over)
            && let Some(response) = self.ahead.pop_front()
        {
            self.answered(response);
        }
    }

    /// What waited for an answer has it.
    fn answered(&mut self, response: Response) {
        let (said, fatal) = match response {
            Response::Ok => (None, false),
            Response::Error { said, fatal } => (Some(said), fatal),
        };
        let fine = said.is_none();
        let next = match self.turn {
            Turn::Greeting if !fine => Turn::Over,
            Turn::FileAnswer if fine => self.content_or_status(),
            Turn::FileAnswer | Turn::ContentAnswer => {
                self.file_over(said);
                Turn::Record
            }
            Turn::FolderAnswer => {
                self.folder_made(Some(if fine { Status::OK } else { Status::FAILURE }));
                Turn::Record
            }
            _ => Turn::Record,
        };
        self.turn = if fatal { Turn::Over } else { next };
    }

    fn content_or_status(&self) -> Turn {
        if self.current.as_ref().is_some_and(|current| current.left > 0) {
            Turn::Content
        } else {
            Turn::ContentStatus
        }
    }

    /// The file is over: either end may have said what was wrong.
    fn file_over(&mut self, refused: Option<Name>) {
        let Some(current) = self.current.take() else { return };
        let outcome = match (refused, current.said.clone()) {
            (None, None) => Outcome::Complete,
            (Some(said), _) if self.turn == Turn::FileAnswer => Outcome::Failed(Cause::Said(said)),
            (Some(said), _) | (None, Some(said)) => Outcome::Partial(Cause::Said(said)),
        };
        self.report(current, outcome);
    }

    fn report(&mut self, current: Current, outcome: Outcome) {
        let content = if matches!(outcome, Outcome::Failed(_)) && current.passed == 0 {
            Content::Ranges { ranges: Vec::new(), more: false }
        } else {
            Content::Whole { sha256: digest(current.hash) }
        };
        self.reports.push(Report::File(FileReport {
            path: self.path.clone(),
            announced: Some(current.name),
            direction: match self.mode {
                Mode::To => Direction::In,
                Mode::From => Direction::Out,
            },
            size: current.passed,
            content,
            outcome,
        }));
    }

    /// The announced folder has its answer, or never will. Only on the equipment it is a change to report.
    fn folder_made(&mut self, status: Option<Status>) {
        let Some(name) = self.announced_folder.take() else { return };
        if self.mode == Mode::To {
            let path = Name::new(&[self.path.as_bytes(), &name].join(&b'/'));
            self.reports.push(Report::Operation(OperationReport {
                operation: Operation::MakeFolder { path },
                status,
            }));
        }
        if status == Some(Status::OK) {
            self.depths.push(self.folder.len());
            self.folder = name;
        }
    }

    /// What a file of this name is called: the path of the command line, and the name below the folders.
    pub(crate) fn called(&self, name: &[u8]) -> Result<Name, Fault> {
        Ok(Name::new(&[self.path.as_bytes(), &self.below(name)?].join(&b'/')))
    }

    /// A name below the folders that were announced.
    fn below(&self, name: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut full = self.folder.clone();
        if !full.is_empty() {
            full.push(b'/');
        }
        full.extend_from_slice(name);
        if full.len() > MAX_NAME { Err(Fault::UnsafeName) } else { Ok(full) }
    }
}

/// The end that sends files.
pub(crate) struct Source<'a>(pub(crate) &'a mut Machine);

impl Judge for Source<'_> {
    fn body_left(&self) -> (u64, Fate) {
        match (&self.0.current, self.0.turn) {
            (Some(current), Turn::Content) => (current.left, Fate::On),
            _ => (0, Fate::On),
        }
    }

    fn body(&mut self, piece: &[u8]) {
        let Some(current) = &mut self.0.current else { return };
        current.hash.update(piece);
        current.passed = current.passed.saturating_add(piece.len() as u64);
        current.left = current.left.saturating_sub(piece.len() as u64);
        if current.left == 0 {
            self.0.turn = Turn::ContentStatus;
        }
    }

    fn head_len(&self, held: &[u8], fresh: &[u8]) -> Result<usize, Fault> {
        match (self.0.turn, held.first().or(fresh.first())) {
            (Turn::ContentStatus, Some(0)) => Ok(1),
            (Turn::ContentStatus, Some(1 | 2)) | (Turn::Record, _) => line_len(held, fresh),
            (Turn::ContentStatus, _) => Err(Fault::Malformed("status")),
            _ => Err(Fault::OutOfTurn("a record")),
        }
    }

    fn head(&mut self, head: &[u8]) -> Result<Verdict, Fault> {
        if self.0.turn == Turn::ContentStatus {
            self.0.content_status(head)?
        } else {
            self.0.record(head)?
        }
        Ok(Verdict::Forward)
    }
}

/// The end that takes files.
pub(crate) struct Sink<'a>(pub(crate) &'a mut Machine);

impl Judge for Sink<'_> {
    fn body_left(&self) -> (u64, Fate) {
        (0, Fate::On)
    }

    fn body(&mut self, _piece: &[u8]) {}

    fn head_len(&self, held: &[u8], fresh: &[u8]) -> Result<usize, Fault> {
        match held.first().or(fresh.first()) {
            Some(0) => Ok(1),
            Some(1 | 2) => line_len(held, fresh),
            _ => Err(Fault::Malformed("acknowledgement")),
        }
    }

    fn head(&mut self, head: &[u8]) -> Result<Verdict, Fault> {
        self.0.response(Response::parse(head)?)?;
        Ok(Verdict::Forward)
    }
}
