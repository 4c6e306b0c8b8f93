//! What was found, for people and for machines.

use events::{Field, Object, Value};
use ledger::{Hash, SignedCheckpoint};
use vocab::{Lang, SessionId, Text, Timestamp, printable};

use crate::purge::{Certificate, Purges};
use crate::stamps::Stamped;
use crate::state::State;
use crate::texts::say;

/// Problems that are kept; more are counted only. A list of so many is not read to its end by anybody.
const KEPT_MAX: usize = 1_000;

/// Where something is wrong.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: Option<String>,
    pub(crate) index: Option<u64>,
    pub(crate) session: Option<SessionId>,
}

impl Place {
    pub(crate) fn file(path: &str) -> Self {
        Self { file: Some(path.to_owned()), ..Self::default() }
    }

    pub(crate) fn at(self, index: u64) -> Self {
        Self { index: Some(index), ..self }
    }

    pub(crate) fn of(self, session: SessionId) -> Self {
        Self { session: Some(session), ..self }
    }
}

/// Everything that was found.
#[derive(Debug, Default, Clone)]
pub(crate) struct Report {
    pub(crate) origin: String,
    /// What each key that was given is known by, and last the file of all of them.
    pub(crate) keys: Vec<(String, Hash)>,
    pub(crate) checkpoint: Option<SignedCheckpoint>,
    /// Entries of the older checkpoint, when one was given.
    pub(crate) since: Option<u64>,
    /// Earliest and latest moment at which an entry was written down.
    pub(crate) period: Option<(Timestamp, Timestamp)>,
    pub(crate) sessions: u64,
    pub(crate) crashed: u64,
    /// Where the log was restored, and the moment that the backup shows.
    pub(crate) restored: Vec<(u64, Timestamp)>,
    /// With the moment of their opening.
    pub(crate) still_open: Vec<(SessionId, Timestamp)>,
    pub(crate) purges: Purges,
    pub(crate) stamps: Stamped,
    pub(crate) recordings: u64,
    pub(crate) chunks: u64,
    pub(crate) bytes: u64,
    pub(crate) problems: Vec<(Place, Text)>,
    pub(crate) more: u64,
    /// What lacks where an entry is altered, and may follow from that.
    pub(crate) follows: Vec<(Place, Text)>,
    pub(crate) state: State,
}

impl Report {
    pub(crate) fn wrong(&mut self, place: Place, what: Text) {
        if self.problems.len() < KEPT_MAX {
            self.problems.push((place, what));
        } else {
            self.more += 1;
        }
    }

    /// What the story lacks. Of an altered entry nothing is known: what others lack for it is told apart, and it once. What is
    /// wrong with a recording itself, held against an entry that stands, is another thing.
    pub(crate) fn lacks(&mut self, lacks: Vec<(Place, Text)>, altered: bool) {
        for (place, what) in lacks {
            let own = place.file.is_some() && place.index.is_some();
            if altered && !own { self.follows.push((place, what)) } else { self.wrong(place, what) }
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.problems.is_empty() && self.checkpoint.is_some()
    }

    /// What there is to know when nothing is wrong, by name, in order.
    fn facts(&self) -> Vec<(&'static str, Value)> {
        let signed = self.checkpoint.as_ref();
        let signed_at = signed.and_then(|signed| i64::try_from(signed.signed_at()?).ok());
        let facts = [
            ("origin", Some(text(&self.origin))),
            ("keys", Some(number(self.keys.len().saturating_sub(1) as u64))),
            ("size", signed.map(|signed| number(signed.checkpoint().size))),
            ("root", signed.map(|signed| text(signed.checkpoint().root))),
            ("signed_at", signed_at.map(Timestamp::from_secs).map(text)),
            ("since", self.since.map(number)),
            ("first", self.period.map(|(first, _)| text(first))),
            ("last", self.period.map(|(_, last)| text(last))),
            ("sessions", Some(number(self.sessions))),
            ("crashed", Some(number(self.crashed))),
            ("recordings", Some(number(self.recordings))),
            ("chunks", Some(number(self.chunks))),
            ("bytes", Some(number(self.bytes))),
            ("timestamps", Some(number(self.stamps.verified))),
        ];
        facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The summary for people.
    pub(crate) fn summary(&self, lang: Lang) -> String {
        let label = |name| say(name, &[]).in_lang(lang).to_owned();
        let mut lines: Vec<String> = Vec::new();
        for (name, value) in self.facts() {
            let value = if let Value::Text(text) = value { text } else { value.to_string() };
            lines.push(format!("{:<22}{value}", label(name)));
        }
        for (key, sha256) in &self.keys {
            lines.push(say("key", &[sha256, key]).in_lang(lang).to_owned());
        }
        for (index, taken) in &self.restored {
            lines.push(say("restored", &[index, taken]).in_lang(lang).to_owned());
        }
        for Certificate { index, at, said } in &self.purges.certificates {
            let events::Purged { from, until, newest, days, opened, ended, .. } = said;
            let last = until.saturating_sub(1);
            let gaps: [&dyn std::fmt::Display; 8] = [from, &last, at, index, newest, days, opened, ended];
            lines.push(say("purged", &gaps).in_lang(lang).to_owned());
        }
        if let Some(days) = self.purges.days {
            let gone = say("recordings_purged", &[&self.purges.recordings, &days]);
            lines.push(gone.in_lang(lang).to_owned());
        }
        if let Some((at, size, by, qualified)) = &self.stamps.last {
            let declared = say(if *qualified { "qualified" } else { "not_qualified" }, &[]);
            let said = say("stamped", &[size, at, by, &declared.in_lang(lang)]);
            lines.push(said.in_lang(lang).to_owned());
        }
        if self.stamps.unverified > 0 {
            lines.push(say("unstamped", &[&self.stamps.unverified]).in_lang(lang).to_owned());
        }
        for (session, at) in &self.still_open {
            lines.push(say("still_open", &[session, at]).in_lang(lang).to_owned());
        }
        for (place, what) in &self.problems {
            let index = place.index.map(|index| say("entry", &[&index]).in_lang(lang).to_owned());
            let session = place.session.map(|session| say("session", &[&session]).in_lang(lang).to_owned());
            let parts: Vec<String> = [place.file.clone(), index, session].into_iter().flatten().collect();
            lines.push(format!("✗ {} — {}", parts.join(", "), what.in_lang(lang)));
        }
        if !self.follows.is_empty() {
            lines.push(say("follows", &[&self.follows.len()]).in_lang(lang).to_owned());
        }
        lines.extend(self.state.lines(self.is_whole()).iter().map(|line| line.in_lang(lang).to_owned()));
        if self.more > 0 {
            lines.push(format!("✗ {}", say("more", &[&self.more]).in_lang(lang)));
        }
        lines.push(label(if self.is_whole() { "whole" } else { "not_whole" }));
        lines.iter().map(|line| printable(line) + "\n").collect()
    }

    /// The same for machines: one JSON object.
    pub(crate) fn json(&self) -> String {
        let problem = |(place, what): &(Place, Text)| {
            object([
                ("file", place.file.as_ref().map(text)),
                ("index", place.index.map(number)),
                ("session", place.session.map(text)),
                ("fr", Some(text(&what.fr))),
                ("en", Some(text(&what.en))),
            ])
        };
        let open = |(session, at): &(SessionId, Timestamp)| {
            object([("session", Some(text(session))), ("since", Some(text(at)))])
        };
        let restored = |(index, taken): &(u64, Timestamp)| {
            object([("index", Some(number(*index))), ("taken", Some(text(taken)))])
        };
        let stamped = self.stamps.last.as_ref().map(|(at, size, by, qualified)| {
            let qualified = Some(Value::Flag(*qualified));
            let (at, size, by) = (Some(text(at)), Some(number(*size)), Some(text(by)));
            object([("at", at), ("size", size), ("by", by), ("qualified", qualified)])
        });
        let purged = self.purges.certificates.iter().filter_map(|one| one.said.value());
        let facts = self.facts().into_iter().map(|(name, value)| (name, Some(value)));
        let state = self.state.lines(self.is_whole());
        let rest = [
            ("whole", Some(Value::Flag(self.is_whole()))),
            ("restored", Some(Value::List(self.restored.iter().map(restored).collect()))),
            ("purged", Some(Value::List(purged.collect()))),
            ("recordings_purged", Some(number(self.purges.recordings))),
            ("timestamped", stamped),
            ("timestamps_unverified", Some(number(self.stamps.unverified))),
            ("still_open", Some(Value::List(self.still_open.iter().map(open).collect()))),
            ("problems", Some(Value::List(self.problems.iter().map(problem).collect()))),
            ("more", Some(number(self.more))),
            ("follows", Some(Value::List(self.follows.iter().map(problem).collect()))),
            ("key_sha256", Some(Value::List(self.keys.iter().map(|(_, sha256)| text(sha256)).collect()))),
            ("state", Some(Value::List(state.iter().map(|line| text(&line.en)).collect()))),
        ];
        printable(&object(facts.chain(rest)).to_string()) + "\n"
    }
}

fn text(shown: impl std::fmt::Display) -> Value {
    Value::Text(shown.to_string())
}

fn number(count: u64) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    let there = |(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?));
    Value::Object(members.into_iter().filter_map(there).collect::<Object>())
}
