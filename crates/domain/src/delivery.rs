//! Software that comes in, and waits for a person of the establishment (E7): what it is, and who let this very content go on.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{PersonId, SessionId, Timestamp};

use crate::Intervention;

/// A release is for the delivery at hand: three days. Whoever comes later asks again.
pub const RELEASE_TERM: Duration = Duration::from_secs(72 * 3600);
/// Digits of a hash that name a content: with 64 bits nobody makes another one that begins alike.
pub const DELIVERY_DIGITS: usize = 16;
/// So many contents are kept with an intervention, of some 400 bytes each: 26 KB, which are read with it.
pub const DELIVERIES_MAX: usize = 64;
/// Bytes of a name that is kept; a longer one is cut at the end of a character.
pub const DELIVERY_NAME: usize = 200;

/// What a person of the establishment said of a content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Whether it may go on.
    pub released: bool,
}

/// One content that was brought in an intervention, known by its hash: the gate keeps no copy of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// SHA-256 of the content, lower-case hexadecimal.
    pub sha256: String,
    /// Its name, as the technician gave it last.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Who brought it.
    pub by: PersonId,
    /// When it came first.
    pub at: Timestamp,
    /// In which session.
    pub session: SessionId,
    /// The word of a person of the establishment; `None`: it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
}

impl Delivery {
    /// Its short name: the first [`DELIVERY_DIGITS`] of its hash.
    pub fn short(&self) -> &str {
        self.sha256.get(..DELIVERY_DIGITS).unwrap_or(&self.sha256)
    }

    /// Whether it may go on now.
    pub fn is_released(&self, now: Timestamp) -> bool {
        self.settled
            .as_ref()
            .is_some_and(|word| word.released && word.at <= now && now < word.at.after(RELEASE_TERM))
    }
}

impl Intervention {
    /// The content of this hash, if it was brought.
    pub fn delivery(&self, sha256: &str) -> Option<&Delivery> {
        self.deliveries.iter().find(|one| one.sha256 == sha256)
    }

    /// A content came that nobody released: it waits. What was refused, or released too long ago, waits anew only once
    /// somebody looked at it again, so that nobody is asked twice by whoever brings it. `false`: there is no room for another one.
    pub fn brought(&mut self, mut delivery: Delivery) -> bool {
        let end = DELIVERY_NAME.min(delivery.name.len());
        let cut = (0..=end).rev().find(|end| delivery.name.is_char_boundary(*end));
        delivery.name.truncate(cut.unwrap_or_default());
        if let Some(known) = self.deliveries.iter_mut().find(|one| one.sha256 == delivery.sha256) {
            known.name = delivery.name;
            return true;
        }
        let room = self.deliveries.len() < DELIVERIES_MAX;
        if room {
            self.deliveries.push(delivery);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_for_some_days_and_a_refusal_is_none() {
        let at = Timestamp::from_secs(1_000_000);
        let mut one = Delivery {
            sha256: "ab".repeat(32),
            name: "maj.bin".to_owned(),
            size: 7,
            by: "a.martin".parse().unwrap(),
            at,
            session: SessionId::from_bytes([1; 16]),
            settled: None,
        };
        assert!(!one.is_released(at));
        let word = |released| Some(Settled { by: "b.petit".parse().unwrap(), at, released });
        one.settled = word(false);
        assert!(!one.is_released(at));
        one.settled = word(true);
        assert!(one.is_released(at) && one.is_released(at.after(RELEASE_TERM - Duration::from_secs(1))));
        assert!(
            !one.is_released(at.after(RELEASE_TERM)) && !one.is_released(at.before(Duration::from_secs(1)))
        );
        assert_eq!(one.short(), "abababababababab");
    }
}
