//! What was purged, and whether it might be (`docs/formats/ledger.md` section 8, `events.md` 6.9): certificates, holds,
//! and the recordings that went.

use std::collections::{BTreeMap, BTreeSet};

use events::{Envelope, Gone, Held, Purged, number};
use ledger::{Level, SignedCheckpoint, TILE_WIDTH, TilePath, read_entries};
use recording::Mark;
use vocab::{RecordingId, SessionId, Text, Timestamp};

use crate::folder::Folder;
use crate::report::{Place, Report};
use crate::story::Line;
use crate::texts::{ensure, say};

/// What no term is shorter than, in days: of entries (six months) and of recordings.
const DAYS_MIN: u64 = 183;
const RECORDING_DAYS_MIN: u64 = 30;
/// What no term is longer than, and how long it is without a reason that is written down, in days.
const DAYS_MAX: u64 = 1_096;
const DAYS_USUAL: u64 = 366;
/// How far a clock may have been ahead when something was purged, in microseconds: a day.
const AHEAD_MAX: i64 = 86_400_000_000;

/// Says that entries are gone: its own index, when it was written, what it says.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) index: u64,
    pub(crate) at: Timestamp,
    pub(crate) said: Purged,
}

/// How many entries are not there, from the first on, and the certificates behind them, before anything is verified:
/// what comes after a purge can only be judged from where a certificate says that it begins.
pub(crate) fn find(source: &Folder, size: u64) -> (u64, Vec<Certificate>) {
    let path = |index| TilePath::holding(Level::Entries, index, size);
    let mut index = 0;
    while index < size && source.is_missing(&path(index).to_string()) {
        index += TILE_WIDTH;
    }
    let (gone, mut found) = (index, Vec::new());
    let is_one = |bytes: &[u8]| bytes.windows(24).any(|part| part == b"\"code\":\"entries-purged\",");
    while gone > 0 && index < size {
        let entries = read_entries(source, path(index)).unwrap_or_default();
        for (index, bytes) in (index..).zip(&entries).filter(|(_, bytes)| is_one(bytes)) {
            let entry = Envelope::decode(bytes).ok().filter(|entry| entry.n == number::ENTRIES_PURGED);
            let read = entry.and_then(|entry| Some((entry.rec, entry.whole().ok()?)));
            found.extend(read.map(|(at, said)| Certificate { index, at, said }));
        }
        index += TILE_WIDTH;
    }
    (gone, found)
}

/// Holds what is gone from a log against what its certificates say, which its entries have confirmed. `older` is what
/// somebody kept: the entries that it has not were written after it was signed.
pub(crate) fn judge(
    found: &ledger::Report,
    told: &Purges,
    older: Option<&SignedCheckpoint>,
    report: &mut Report,
) {
    let covered = told.certificates.iter().map(|one| one.said.until).max().unwrap_or(0);
    if found.gone > covered {
        let first = TilePath::holding(Level::Entries, covered, found.gone).to_string();
        report.wrong(Place::file(&first).at(covered), say("gone", &[&covered, &(found.gone - 1)]));
    }
    let kept = older.map_or((u64::MAX, 0), |older| (older.checkpoint().size, older.signed_at().unwrap_or(0)));
    for Certificate { index, said, .. } in &told.certificates {
        let younger =
            said.until > kept.0 && u64::try_from(said.newest.as_secs()).is_ok_and(|secs| secs < kept.1);
        let another = found.roots.get(&said.until).is_some_and(|root| root.0 != said.root);
        let what = if another { "purged_root" } else { "purged_younger" };
        if younger || another {
            report.wrong(Place::default().at(*index), say(what, &[]));
        }
    }
}

/// A session that ended in what was told, while its recording is to be there; and what a hold may be about beside it: its
/// intervention, its person.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) session: SessionId,
    /// The index of its opening.
    pub(crate) opening: u64,
    pub(crate) ended: Timestamp,
    pub(crate) sealed: Option<Mark>,
    pub(crate) names: [String; 2],
    /// Whether the recording is there.
    pub(crate) is_there: bool,
}

/// Everything that was said of purging.
#[derive(Debug, Clone, Default)]
pub(crate) struct Purges {
    /// Each with whether it is in force.
    holds: BTreeMap<String, (Held, bool)>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) kept: BTreeMap<RecordingId, Kept>,
    /// Of recordings: how many went, the shortest term, and when the last of them had ended.
    pub(crate) recordings: u64,
    pub(crate) days: Option<u64>,
    last: Option<Timestamp>,
    /// The latest moment at which anything was purged.
    at: Option<Timestamp>,
}

impl Purges {
    /// Takes an entry. `open`: the lowest index at which a session that is open was opened; `known`: whether a session
    /// named this recording.
    pub(crate) fn entry(
        &mut self,
        line: &Line<'_>,
        open: Option<u64>,
        known: &BTreeSet<RecordingId>,
    ) -> Result<(), Text> {
        let now = line.entry.rec;
        if let Some(at) = self.at.take_if(|at| at.as_micros().saturating_sub(now.as_micros()) > AHEAD_MAX) {
            return Err(say("purged_ahead", &[&at]));
        }
        match line.entry.n {
            number::ENTRIES_PURGED => {
                self.certificates.push(Certificate { index: line.index, at: now, said: line.whole()? });
                self.at = Some(now);
                self.judge(open)
            }
            number::RECORDING_PURGED => self.gone(&line.whole()?, now, known),
            number::HOLD_PLACED => {
                let hold: Held = line.whole()?;
                self.holds.insert(hold.hold.clone(), (hold, true));
                Ok(())
            }
            number::HOLD_RELEASED => {
                let hold = self.holds.get_mut(&line.member::<String>("hold")?);
                hold.into_iter().for_each(|(_, in_force)| *in_force = false);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn in_force(&self) -> impl Iterator<Item = &Held> {
        self.holds.values().filter(|(_, in_force)| *in_force).map(|(hold, _)| hold)
    }

    /// Whether what the last certificate says could be purged when it was written.
    fn judge(&self, open: Option<u64>) -> Result<(), Text> {
        let [before @ .., Certificate { index, at, said }] = self.certificates.as_slice() else {
            return Ok(());
        };
        let Purged { from, until, days, newest, .. } = *said;
        let whole = from.is_multiple_of(TILE_WIDTH) && until.is_multiple_of(TILE_WIDTH);
        let follows = before.last().is_none_or(|before| before.said.until == from);
        ensure(whole && follows && from < until && until <= *index, "purged_range")?;
        let most = if said.reason.is_some() { DAYS_MAX } else { DAYS_USUAL };
        ensure((DAYS_MIN..=most).contains(&days), "purged_term")?;
        let there = said.open.iter().all(|one| one.index < until && one.at <= newest);
        ensure(there && old(newest, *at, days), "purged_early")?;
        ensure(open.is_none_or(|open| open >= until), "purged_open")?;
        if let Some(hold) = self.in_force().find(|hold| hold.first < until) {
            return Err(say("purged_held", &[&hold.hold]));
        }
        ensure(self.in_force().count() as u64 == said.holds, "purged_holds")
    }

    fn gone(&mut self, said: &Gone, at: Timestamp, known: &BTreeSet<RecordingId>) -> Result<(), Text> {
        self.recordings += 1;
        self.days = self.days.into_iter().chain([said.days]).min();
        self.at = Some(at);
        let Some(kept) = self.kept.remove(&said.recording) else {
            // Its session may have ended before what is told begins; one that is known has not, or lost it before.
            return ensure(!known.contains(&said.recording), "purged_open");
        };
        self.last = self.last.max(Some(kept.ended));
        let same = kept.sealed.is_none_or(|mark| (mark.root, mark.bytes) == (said.root, said.bytes));
        ensure(same && kept.ended == said.ended, "purged_other")?;
        ensure(said.days >= RECORDING_DAYS_MIN && old(said.ended, at, said.days), "purged_early")?;
        let held = self.in_force().find(|hold| covers(hold, &kept));
        held.map_or(Ok(()), |hold| Err(say("purged_held", &[&hold.hold])))
    }

    /// At the end: recordings that are not there without a word, and those that are older than one that went.
    pub(crate) fn finish(&self, report: &mut Report) {
        for (recording, kept) in &self.kept {
            let place = Place::file(&format!("recordings/{recording}.rec")).at(kept.opening).of(kept.session);
            let held = || self.holds.values().any(|(hold, _)| covers(hold, kept));
            if !kept.is_there {
                report.wrong(place, say("recording_missing", &[]));
            } else if Some(kept.ended) < self.last && !held() {
                report.wrong(place, say("passed_over", &[]));
            }
        }
    }
}

fn covers(hold: &Held, kept: &Kept) -> bool {
    let [intervention, person] = &kept.names;
    let named = |name: &String| hold.name.as_ref() == Some(name);
    match hold.about.as_str() {
        "session" => named(&kept.session.to_string()),
        "intervention" => named(intervention),
        "person" => named(person),
        _ => true,
    }
}

/// Whether what was last written then was so many days old now.
fn old(then: Timestamp, now: Timestamp, days: u64) -> bool {
    now.since(then).as_secs() / 86_400 >= days
}
