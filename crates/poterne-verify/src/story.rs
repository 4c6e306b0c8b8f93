//! What the entries say, held against itself: sequences without a gap, every session with its end and its
//! recording (`docs/formats/events.md` section 6).

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::path::PathBuf;

use events::{Envelope, Sequence, number};
use recording::{End, Mark, Verified};
use vocab::{BootId, Ending, RecordingId, SessionId, Text, Timestamp};

use crate::folder;
use crate::purge::{Certificate, Kept, Purges};
use crate::report::{Place, Report};
use crate::texts::{ensure, say, translated};

/// The story of one log, told entry by entry.
#[derive(Clone, Default)]
pub(crate) struct Story {
    recordings: PathBuf,
    /// What lay in that folder at the beginning.
    listed: Vec<String>,
    /// `<establishment>/<gate>`, as the log's origin ends.
    owner: String,
    report: Report,
    /// Boots that began, and the latest while it is not over.
    boots: BTreeSet<BootId>,
    latest: Option<BootId>,
    sources: BTreeMap<(BootId, String), Sequence>,
    open: BTreeMap<SessionId, Open>,
    ended: BTreeSet<SessionId>,
    known: BTreeSet<RecordingId>,
    /// The first entry that is told: what stood before it is told by a certificate.
    start: u64,
    pub(crate) purges: Purges,
}

/// A session that was opened.
#[derive(Clone)]
struct Open {
    index: u64,
    at: Timestamp,
    boot: BootId,
    recording: RecordingId,
    /// Its intervention and person.
    names: [String; 2],
    /// What the log says of its recording, with the index of each.
    marks: Vec<(Mark, u64)>,
    /// What `recording-sealed` says: the last mark, and the seal's digest.
    sealed: Option<(Mark, [u8; 32])>,
}

/// An entry, as it was found.
pub(crate) struct Line<'a> {
    pub(crate) index: u64,
    pub(crate) entry: &'a Envelope,
}

impl Story {
    /// Begins with the log, or where a certificate says that it goes on.
    pub(crate) fn new(recordings: PathBuf, report: Report, from: Option<&Certificate>) -> Self {
        let mut parts = report.origin.rsplitn(3, '/');
        let (gate, establishment) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (owner, listed) = (format!("{establishment}/{gate}"), folder::names(&recordings));
        let mut story = Self { recordings, listed, owner, report, ..Self::default() };
        let Some(from) = from else { return story };
        story.start = from.said.until;
        for one in &from.said.counts {
            story.boots.insert(one.boot);
            story.latest = Some(one.boot);
            story.sources.insert((one.boot, one.source.clone()), Sequence::after(one.last));
        }
        for one in &from.said.open {
            story.known.insert(one.recording);
            let (index, at, boot, recording) = (one.index, one.at, one.boot, one.recording);
            let (names, marks) = (Default::default(), Vec::new());
            let open = Open { index, at, boot, recording, names, marks, sealed: None };
            story.open.insert(one.session, open);
        }
        story
    }

    /// Takes the next entry of the log; what it says, for others.
    pub(crate) fn entry(&mut self, index: u64, bytes: &[u8]) -> Option<Envelope> {
        if index < self.start {
            return None;
        }
        let place = Place::default().at(index);
        let entry = match Envelope::decode(bytes) {
            Ok(entry) => entry,
            Err(error) => {
                self.report.wrong(place, say("unreadable_entry", &[&error]));
                return None;
            }
        };
        let line = Line { index, entry: &entry };
        let (first, last) = self.report.period.unwrap_or((entry.rec, entry.rec));
        self.report.period = Some((first.min(entry.rec), last.max(entry.rec)));
        if format!("{}/{}", entry.est, entry.gate) != self.owner {
            self.report.wrong(place.clone(), say("another_log", &[]));
        }
        if self.boots.insert(entry.boot) {
            self.latest = Some(entry.boot);
        }
        if entry.n == number::GATE_STOPPED && self.latest == Some(entry.boot) {
            self.latest = None;
        }
        self.count(&line);
        let asked = (entry.n == number::ENTRIES_PURGED).then_some(&self.open);
        let open = asked.and_then(|open| open.values().map(|open| open.index).min());
        if let Err(what) = self.purges.entry(&line, open, &self.known) {
            self.report.wrong(Place { session: entry.session, ..place.clone() }, what);
        }
        let told = match entry.session {
            Some(session) => self.tell(session, &line),
            None if entry.n == number::LEDGER_RESTORED => self.restored(&line),
            None => self.report.state.entry(&line),
        };
        if let Err(what) = told {
            self.report.wrong(Place { session: entry.session, ..place }, what);
        }
        Some(entry)
    }

    /// Each source counts from 1 in each boot: no number is missing, none comes twice.
    fn count(&mut self, line: &Line<'_>) {
        let (seq, source) = (line.entry.seq, &line.entry.src);
        let sequence = self.sources.entry((line.entry.boot, source.clone())).or_default();
        if !sequence.take(seq, line.index) {
            self.report.wrong(Place::default().at(line.index), say("comes_again", &[&seq, source]));
        }
    }

    /// A backup took the log's place: said right after what was restored, and shown whatever else there is.
    fn restored(&mut self, line: &Line<'_>) -> Result<(), Text> {
        self.report.restored.push((line.index, line.member("taken")?));
        ensure(line.member::<u64>("entries")? == line.index, "restored_elsewhere")
    }

    fn tell(&mut self, session: SessionId, line: &Line<'_>) -> Result<(), Text> {
        if line.entry.n == number::SESSION_OPENED {
            return self.opened(session, line);
        }
        let ends = matches!(line.entry.n, number::SESSION_ENDED | number::SESSION_CRASHED);
        if ends && let Some(open) = self.open.remove(&session) {
            self.ended.insert(session);
            return self.over(session, &open, line);
        }
        let Some(open) = self.open.get_mut(&session) else {
            let records = matches!(line.entry.n, number::RECORDING_PROGRESS | number::RECORDING_SEALED);
            let bears = ends || records || line.entry.n == number::SECRET_LENT;
            // It may have ended before what is told begins, and is only spoken of.
            ensure(self.ended.contains(&session) || (self.start > 0 && !bears), "never_opened")?;
            return ensure(!ends && !records, "had_ended");
        };
        match line.entry.n {
            number::RECORDING_PROGRESS => open.progress(line),
            number::RECORDING_SEALED => open.seal(line),
            number::SECRET_LENT => ensure(line.member::<u64>("permit")? == open.index, "another_permit"),
            _ => Ok(()),
        }
    }

    fn opened(&mut self, session: SessionId, line: &Line<'_>) -> Result<(), Text> {
        let recording = line.member("recording")?;
        self.report.sessions += 1;
        ensure(!self.ended.contains(&session) && !self.open.contains_key(&session), "opened_before")?;
        // Before it counts as opened: no recording is read twice, whatever a forged log says.
        ensure(self.known.insert(recording), "recording_taken")?;
        let (index, at, boot) = (line.index, line.entry.at, line.entry.boot);
        let intervention = line.entry.intervention.as_ref().map(ToString::to_string).unwrap_or_default();
        let (names, marks) = ([intervention, line.member("person")?], Vec::new());
        self.open.insert(session, Open { index, at, boot, recording, names, marks, sealed: None });
        Ok(())
    }

    /// Judges a session at its end, together with its recording.
    fn over(&mut self, session: SessionId, open: &Open, line: &Line<'_>) -> Result<(), Text> {
        let (opening, ended, sealed) = (open.index, line.entry.at, open.sealed.map(|(mark, _)| mark));
        // That it was purged may be said later.
        let path = self.recordings.join(format!("{}.rec", open.recording));
        let is_there = !matches!(folder::open(&path), Ok(None));
        let kept = Kept { session, opening, ended, sealed, names: open.names.clone(), is_there };
        self.purges.kept.insert(open.recording, kept);
        let verified = if is_there { self.recording(session, open) } else { None };
        line.is_of(open)?;
        let crashed = line.entry.n == number::SESSION_CRASHED;
        self.report.crashed += u64::from(crashed);
        let (sealed, _) = open.sealed.ok_or_else(|| say("not_sealed", &[]))?;
        if crashed {
            let named = line.member::<BootId>("boot")? == open.boot;
            return ensure(named && line.entry.boot != open.boot, "not_a_crash");
        }
        let (ending, root): (Ending, Option<[u8; 32]>) = (line.member("ending")?, line.member("root")?);
        ensure(root.is_none_or(|root| root == sealed.root), "another_root")?;
        match verified.map(|verified| verified.end) {
            Some(End::Sealed { seal, .. }) => ensure(seal.ending == ending, "another_ending"),
            _ => Ok(()),
        }
    }

    /// Judges a session's recording, and counts it or says what is wrong with it.
    fn recording(&mut self, session: SessionId, open: &Open) -> Option<Verified> {
        let path = format!("{}.rec", open.recording);
        let judged = self.judge(session, open, &path).map_err(|(index, what)| {
            let place = Place::file(&format!("recordings/{path}")).at(index).of(session);
            self.report.wrong(place, what);
        });
        let verified = judged.ok()?;
        self.report.recordings += 1;
        self.report.chunks += verified.mark.chunks;
        self.report.bytes += verified.mark.bytes;
        Some(verified)
    }

    /// Reads a session's recording whole and holds it against everything that the log says of it. A fault
    /// comes with the index of the entry that it contradicts.
    fn judge(&self, session: SessionId, open: &Open, path: &str) -> Result<Verified, (u64, Text)> {
        let marks: Vec<Mark> = open.marks.iter().map(|(mark, _)| *mark).collect();
        let file = folder::open(&self.recordings.join(path));
        let file = file.map_err(|why| (open.index, say("unreadable", &[&why])))?;
        let file = file.ok_or_else(|| (open.index, say("recording_missing", &[])))?;
        let verified = recording::verify(BufReader::new(file), &marks)
            .map_err(|error| (open.index_of(&error), translated(&error.to_string())))?;
        open.fits(session, &self.owner, &verified).map_err(|what| (open.last_said(), what))?;
        Ok(verified)
    }

    /// At the end of the log: what is still open, what is missing from a sequence, what nobody knows.
    pub(crate) fn finish(mut self) -> Report {
        for (session, open) in std::mem::take(&mut self.open) {
            self.recording(session, &open);
            if Some(open.boot) == self.latest {
                self.report.still_open.push((session, open.at));
            } else {
                self.report.wrong(Place::default().at(open.index).of(session), say("no_end", &[]));
            }
        }
        self.purges.finish(&mut self.report);
        self.report.purges = self.purges.clone();
        for ((boot, source), sequence) in &self.sources {
            if let Some((from, to, index)) = sequence.gap() {
                self.report.wrong(Place::default().at(index), say("gap", &[&from, &to, source, boot]));
            }
        }
        for name in std::mem::take(&mut self.listed) {
            let id = name.strip_suffix(".rec").and_then(|id| id.parse::<RecordingId>().ok());
            if !id.is_some_and(|id| self.known.contains(&id)) && !self.is_nothing(&name) {
                self.report.wrong(Place::file(&format!("recordings/{name}")), say("unexplained", &[]));
            }
        }
        self.report
    }

    /// The container of a session that could not be written down, and was not opened; a gate removes it.
    fn is_nothing(&self, name: &str) -> bool {
        let Ok(file) = folder::open(&self.recordings.join(name)) else { return false };
        let empty = |v: Verified| v.is_empty() && format!("{}.rec", v.header.recording) == name;
        file.is_none_or(|file| recording::verify(BufReader::new(file), &[]).is_ok_and(empty))
    }
}

impl Open {
    fn progress(&mut self, line: &Line<'_>) -> Result<(), Text> {
        let mark = line.mark_of(self)?;
        let last = self.marks.last().map(|(mark, _)| *mark);
        ensure(last.is_none_or(|last| last.chunks <= mark.chunks), "goes_back")?;
        ensure(self.sealed.is_none(), "sealed_before")?;
        if last != Some(mark) {
            self.marks.push((mark, line.index));
        }
        Ok(())
    }

    fn seal(&mut self, line: &Line<'_>) -> Result<(), Text> {
        let sealed = (line.mark_of(self)?, line.member("seal")?);
        if let Some(before) = self.sealed {
            return ensure(before == sealed, "sealed_twice");
        }
        let last = self.marks.last().map_or(0, |(mark, _)| mark.chunks);
        self.sealed = Some(sealed);
        ensure(last <= sealed.0.chunks, "goes_back")?;
        self.marks.push((sealed.0, line.index));
        Ok(())
    }

    /// The index of the last thing said of the recording.
    fn last_said(&self) -> u64 {
        self.marks.last().map_or(self.index, |(_, index)| *index)
    }

    /// The entry that a broken recording contradicts.
    fn index_of(&self, error: &recording::Error) -> u64 {
        let chunks = match error {
            recording::Error::NotAcknowledged { chunks } => *chunks,
            recording::Error::Missing { whole: before, .. }
            | recording::Error::Chunk { number: before, .. } => before.saturating_add(1),
            _ => return self.last_said(),
        };
        let said = self.marks.iter().find(|(mark, _)| mark.chunks >= chunks);
        said.map_or(self.last_said(), |(_, index)| *index)
    }

    fn fits(&self, session: SessionId, owner: &str, verified: &Verified) -> Result<(), Text> {
        let header = &verified.header;
        let its = (header.recording, header.session, header.boot) == (self.recording, session, self.boot);
        ensure(its && format!("{}/{}", header.establishment, header.gate) == owner, "foreign_recording")?;
        match (&self.sealed, &verified.end) {
            (Some((_, sealed)), End::Sealed { digest, .. }) => ensure(sealed == digest, "another_seal"),
            (Some(_), End::Open { .. }) => ensure(false, "seal_missing"),
            (None, _) => Ok(()),
        }
    }
}

impl Line<'_> {
    pub(crate) fn whole<T: events::Field>(&self) -> Result<T, Text> {
        self.entry.whole().map_err(|error| say("unreadable_entry", &[&error]))
    }

    pub(crate) fn member<T: events::Field>(&self, name: &str) -> Result<T, Text> {
        self.entry.member(name).map_err(|error| say("unreadable_entry", &[&error]))
    }

    fn is_of(&self, open: &Open) -> Result<(), Text> {
        ensure(self.member::<RecordingId>("recording")? == open.recording, "another_recording")
    }

    /// The mark of a session's recording. The log does not say the clear length, and nobody compares it.
    fn mark_of(&self, open: &Open) -> Result<Mark, Text> {
        self.is_of(open)?;
        let events::Mark { chunks, bytes, root } = self.member("mark")?;
        Ok(Mark { chunks, bytes, root, clear: 0 })
    }
}
