//! The numbers that one source of one boot gives its entries (`docs/formats/events.md` section 3.2).

use std::collections::BTreeMap;

/// How far a source has counted without a gap, and what came before its turn, with its index in the log.
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    last: u64,
    ahead: BTreeMap<u64, u64>,
}

impl Sequence {
    /// Goes on after this number.
    pub fn after(last: u64) -> Self {
        Self { last, ahead: BTreeMap::new() }
    }

    /// Takes the number of the entry at this index; `false`: it came before.
    pub fn take(&mut self, number: u64, index: u64) -> bool {
        let new = number > self.last && self.ahead.insert(number, index).is_none();
        while self.ahead.remove(&self.last.saturating_add(1)).is_some() {
            self.last = self.last.saturating_add(1);
        }
        new
    }

    /// The last number up to which none is missing.
    #[cfg(feature = "catalogue")]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The first and last number that are missing before one that came, and its index.
    pub fn gap(&self) -> Option<(u64, u64, u64)> {
        let (next, index) = self.ahead.first_key_value()?;
        Some((self.last.saturating_add(1), next.saturating_sub(1), *index))
    }
}

#[cfg(test)]
mod tests {
    use super::Sequence;

    #[test]
    fn numbers_come_once_and_none_is_missing() {
        let mut sequence = Sequence::default();
        assert!(sequence.take(2, 10) && sequence.gap() == Some((1, 1, 10)));
        assert!(!sequence.take(2, 11) && sequence.take(1, 12) && sequence.gap().is_none());
        assert!(!sequence.take(1, 13) && sequence.take(7, 14));
        assert_eq!(sequence.gap(), Some((3, 6, 14)));
        assert!(!sequence.take(0, 15) && sequence.take(u64::MAX, 16));
    }
}
