//! Looking for entries in a log: by what they name, and by when. The bytes are asked before they are decoded, since most
//! entries of a log are about something else; what passes is decoded and asked again.

use std::ops::ControlFlow;

use domain::About;
use events::{Envelope, RANDOM_LEN, Value};
use vocab::{EquipmentId, Timestamp};

use crate::ports::{Journal, PortError};
use crate::start::READ_STEP;

/// How an entry begins (`docs/formats/events.md` 2: members in order, no blanks): when it happened, in microseconds.
const BEGINS: &str = "{\"at\":";

/// What is looked for in a log; everything that is named has to fit. What does not begin as an entry does fits always: it
/// may be about anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    about: Vec<About>,
    equipment: Option<EquipmentId>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    /// Words of which one has to be in the text, for each thing that is named.
    words: Vec<Vec<String>>,
}

impl Sought {
    /// Everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Entries about this.
    #[must_use]
    pub fn about(mut self, about: About) -> Self {
        match &about {
            About::All => return self,
            About::Session(id) => self.words.push(vec![format!("\"{id}\"")]),
            About::Intervention(id) => self.words.push(vec![format!("\"{id}\"")]),
            About::Document(sha256) => self.words.push(vec![sha256.clone()]),
            // Wherever his name stands: as who acted, or in a member.
            About::Person(id) => self.words.push(vec![format!("\"{id}\""), format!("\"person:{id}\"")]),
        }
        self.about.push(about);
        self
    }

    /// Entries that name this equipment.
    #[must_use]
    pub fn on(mut self, equipment: EquipmentId) -> Self {
        self.words.push(vec![format!("\"{equipment}\"")]);
        self.equipment = Some(equipment);
        self
    }

    /// What happened from this moment on, and before that one.
    #[must_use]
    pub fn between(mut self, from: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        (self.from, self.until) = (from, until);
        self
    }

    /// Hands over each entry that fits, with its index, from this index on and before that one, until it is told that
    /// it is enough; the index from which to go on then.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn each(
        &self,
        journal: &dyn Journal,
        range: std::ops::Range<u64>,
        mut found: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<u64, PortError> {
        let mut from = range.start;
        while from < range.end {
            let until = range.end.min(from.saturating_add(READ_STEP));
            for (index, bytes) in (from..).zip(&journal.read(from, until).await?) {
                if self.fits(bytes) && found(index, bytes).is_break() {
                    return Ok(index);
                }
            }
            from = until;
        }
        Ok(from)
    }

    /// Whether an entry fits.
    pub fn fits(&self, bytes: &[u8]) -> bool {
        let text = bytes.get(RANDOM_LEN..).and_then(|text| std::str::from_utf8(text).ok());
        let Some(text) = text else { return true };
        if let Some(at) = begins(text)
            && !(self.is_when(at) && self.words.iter().all(|any| any.iter().any(|word| text.contains(word))))
        {
            return false;
        }
        self.is_plain() || self.fits_decoded(bytes, text)
    }

    /// Whether the bytes alone tell.
    fn is_plain(&self) -> bool {
        let plain = |about: &About| matches!(about, About::Person(_) | About::Document(_));
        self.equipment.is_none() && self.about.iter().all(plain)
    }

    fn is_when(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
    }

    fn fits_decoded(&self, bytes: &[u8], text: &str) -> bool {
        let Ok(entry) = Envelope::decode(bytes) else { return true };
        self.is_when(entry.at)
            && self.equipment.as_ref().is_none_or(|one| names_equipment(&entry, one))
            && self.about.iter().all(|about| is_about(about, &entry, text))
    }
}

/// When it happened, as the text says in its first member.
fn begins(text: &str) -> Option<Timestamp> {
    let (at, _) = text.strip_prefix(BEGINS)?.split_once(',')?;
    at.parse().ok().map(Timestamp::from_micros)
}

fn is_about(about: &About, entry: &Envelope, text: &str) -> bool {
    match about {
        About::All => true,
        About::Session(id) => entry.session == Some(*id),
        About::Intervention(id) => entry.intervention.as_ref() == Some(id),
        About::Document(sha256) => text.contains(sha256),
        About::Person(id) => {
            text.contains(&format!("\"{id}\"")) || text.contains(&format!("\"person:{id}\""))
        }
    }
}

/// Equipment stands in a member of that name, alone or in a list.
fn names_equipment(entry: &Envelope, equipment: &EquipmentId) -> bool {
    let is = |value: &Value| matches!(value, Value::Text(text) if text == equipment.as_str());
    let Value::Object(data) = &entry.data else { return false };
    match data.get("equipment") {
        Some(Value::List(all)) => all.iter().any(is),
        Some(one) => is(one),
        None => false,
    }
}
