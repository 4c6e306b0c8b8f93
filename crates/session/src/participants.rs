//! Who is there: the technician, those who watch, and later the assisted person.

use vocab::{PersonId, Timestamp};

/// Most people in one session: a technician, an assisted person, and a team that watches.
const PARTICIPANTS_MAX: usize = 32;

/// The part somebody plays in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Acts on the equipment.
    Technician,
    /// Watches, and may cut.
    Watcher,
    /// The assisted person, in whose presence everything happens (O7).
    Assisted,
}

/// One who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub person: PersonId,
    /// In which part.
    pub part: Part,
    /// Since when.
    pub since: Timestamp,
}

/// Everybody who is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Participants(Vec<Participant>);

impl Participants {
    /// Somebody comes. `false`: the session is full, or he is there in this part already.
    pub(crate) fn join(&mut self, person: PersonId, part: Part, since: Timestamp) -> bool {
        let there = self.0.iter().any(|one| one.person == person && one.part == part);
        if there || self.0.len() >= PARTICIPANTS_MAX {
            return false;
        }
        self.0.push(Participant { person, part, since });
        true
    }

    /// Somebody leaves.
    pub(crate) fn leave(&mut self, person: &PersonId, part: Part) {
        self.0.retain(|one| one.person != *person || one.part != part);
    }

    /// Those in a part.
    pub fn in_part(&self, part: Part) -> impl Iterator<Item = &Participant> {
        self.0.iter().filter(move |one| one.part == part)
    }
}
