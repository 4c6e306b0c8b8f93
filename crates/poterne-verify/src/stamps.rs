//! What an authority outside says of this log: timestamps of its checkpoints (`docs/formats/timestamp.md`), in entries, and
//! in files beside the checkpoint that are copies of them.

use std::collections::BTreeSet;
use std::path::Path;

use events::Value;
use ledger::{Checkpoint, Frontier, Hash, KeyRing, MAX_NOTE, SignedCheckpoint, hash_of};
use stamp::{Authorities, Stamp, TOKEN_MAX};
use vocab::{Text, Timestamp};

use crate::folder::{self, Folder};
use crate::report::{Place, Report};
use crate::story::Line;
use crate::texts::{ensure, say, translated};

/// A checkpoint, and what was verified of the token under it.
type Judged = (Checkpoint, Option<Stamp>);

/// Judges timestamps, one after the other.
pub(crate) struct Stamps<'a> {
    ring: &'a KeyRing,
    by: Option<&'a Authorities>,
    found: Stamped,
}

/// Every timestamp that was found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stamped {
    /// Those that were verified, and those that could not be because no authority was named.
    pub(crate) verified: u64,
    pub(crate) unverified: u64,
    /// The latest that was verified: moment, entries, by whom, whether it is declared qualified (a file declares nothing).
    pub(crate) last: Option<(Timestamp, u64, String, bool)>,
    /// Tokens that were judged.
    known: BTreeSet<Hash>,
    /// The checkpoints that were stamped.
    notes: Vec<(Place, Checkpoint)>,
    problems: Vec<(Place, Text)>,
}

impl<'a> Stamps<'a> {
    /// Begins with the files of the folder.
    pub(crate) fn new(folder: &Path, ring: &'a KeyRing, by: Option<&'a Authorities>) -> Self {
        let mut stamps = Self { ring, by, found: Stamped::default() };
        for name in folder::names(&folder.join("timestamps")) {
            let Some(size) = name.strip_suffix(".tsr") else { continue };
            let path = format!("timestamps/{name}");
            let read = |path: &str, limit| folder::read(&folder.join(path), limit).ok().flatten();
            let note = read(&format!("timestamps/{size}.checkpoint"), MAX_NOTE).unwrap_or_default();
            let token = read(&path, TOKEN_MAX).unwrap_or_default();
            let judged = stamps.judge(Place::file(&path), [&note, &token], Value::Flag(false));
            stamps.found.problems.extend(judged.err().map(|what| (Place::file(&path), what)));
        }
        stamps
    }

    /// Takes the entry of a timestamp.
    pub(crate) fn entry(&mut self, line: &Line<'_>) {
        let place = Place::default().at(line.index);
        let told = self.told(place.clone(), line);
        self.found.problems.extend(told.err().map(|what| (place, what)));
    }

    fn told(&mut self, place: Place, line: &Line<'_>) -> Result<(), Text> {
        let (note, token): (String, String) = (line.member("note")?, line.member("token")?);
        let (note, stamp) = self.judge(place, [&bytes(&note), &bytes(&token)], line.member("qualified")?)?;
        agrees(line, &note, stamp)
    }

    /// Holds a checkpoint against the log's keys, and a token against the checkpoint; both.
    fn judge(&mut self, place: Place, pair: [&[u8]; 2], qualified: Value) -> Result<Judged, Text> {
        let english = |error: &dyn std::fmt::Display| translated(&error.to_string());
        let signed = SignedCheckpoint::verify(pair[0], self.ring).map_err(|error| english(&error))?;
        let note = signed.checkpoint().clone();
        self.found.notes.push((place, note.clone()));
        // A file and its entry are one timestamp.
        let new = u64::from(self.found.known.insert(hash_of(&pair)));
        let Some(by) = self.by else {
            self.found.unverified += new;
            return Ok((note, None));
        };
        let stamp = stamp::verify(pair[1], pair[0], by).map_err(|error| english(&error))?;
        let at = Timestamp::from_micros(stamp.at);
        self.found.verified += new;
        if self.found.last.as_ref().is_none_or(|(last, ..)| *last <= at) {
            self.found.last = Some((at, note.size, stamp.by.clone(), qualified == Value::Flag(true)));
        }
        Ok((note, Some(stamp)))
    }

    /// What was stamped is this log at an earlier size, whose tiles are those in the folder.
    pub(crate) fn finish(&self, source: &Folder, now: u64, report: &mut Report) {
        for (place, note) in &self.found.notes {
            let then = Frontier::of_tiles(source, note.size.min(now), now);
            if note.size > now || !then.is_ok_and(|then| then.root() == note.root) {
                report.wrong(place.clone(), say("stamp_root", &[&note.size]));
            }
        }
        self.found.problems.iter().for_each(|(place, what)| report.wrong(place.clone(), what.clone()));
        report.stamps = self.found.clone();
    }
}

/// What an entry says beside its checkpoint and its token is what these say.
pub(crate) fn agrees(line: &Line<'_>, note: &Checkpoint, stamp: Option<Stamp>) -> Result<(), Text> {
    let same = (line.member("size")?, line.member("root")?) == (note.size, note.root.0);
    ensure(same, "stamp_note")?;
    let Some(stamp) = stamp else { return Ok(()) };
    let said = (line.member("time")?, line.member("by")?, line.member("policy")?);
    ensure(said == (Timestamp::from_micros(stamp.at), stamp.by, stamp.policy), "stamp_token")
}

/// The bytes of hexadecimal digits; nothing where there are others.
fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(byte).collect::<Option<_>>().unwrap_or_default()
}
