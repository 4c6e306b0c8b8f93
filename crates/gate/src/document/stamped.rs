//! Which checkpoints an authority outside stamped (RFC 3161, decision 0027), and what of a pack they cover.

use documents::{Pack, Stamp, Stamps};
use events::{CheckpointTimestamped, Entry, Fact};

use super::sheet::Sheet;

/// Timestamps of the log, and the entries that a pack leans on, as both are met.
#[derive(Default)]
pub(super) struct Stamped {
    /// One each hour for ten years: 87,600 of some 300 bytes are 26 MB.
    all: Vec<Stamp>,
    /// Indexes of entries that the pack names.
    proofs: Vec<u64>,
}

impl Stamped {
    /// Takes a timestamp, wherever it stands: one of later covers what was before.
    pub(super) fn take(&mut self, sheet: &Sheet<'_>, index: u64, entry: &Entry) {
        if let Fact::CheckpointTimestamped(fact) = &entry.fact {
            self.all.push(stamp(sheet, index, fact));
        }
    }

    /// The pack leans on this entry.
    pub(super) fn proves(&mut self, index: u64) {
        self.proofs.push(index);
    }

    /// Those that are the first to cover something of the pack, of the time from `first` to before `after`.
    pub(super) fn told(self, (first, after): (u64, u64)) -> Stamps {
        let mut told = Stamps::default();
        let mut proofs = self.proofs.into_iter().peekable();
        // In the order of the log, which is the order of their sizes: a log never goes back.
        let mut covered = first;
        for stamp in self.all.into_iter().filter(|stamp| stamp.size > first) {
            let mut first_of_any = covered < after && stamp.size >= after;
            while proofs.next_if(|proof| *proof < stamp.size).is_some() {
                first_of_any = true;
            }
            covered = covered.max(stamp.size);
            if first_of_any && told.listed.len() < Pack::LISTED_MAX {
                told.listed.push(stamp);
            } else {
                told.more = told.more.saturating_add(1);
            }
        }
        told.bare = after.saturating_sub(covered);
        told
    }
}

fn stamp(sheet: &Sheet<'_>, entry: u64, fact: &CheckpointTimestamped) -> Stamp {
    Stamp {
        entry,
        size: fact.size,
        time: sheet.moment(fact.time),
        authority: fact.authority.as_str().to_owned(),
        qualified: fact.qualified,
        by: fact.by.as_str().to_owned(),
        policy: fact.policy.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use documents::Moment;

    use super::*;

    fn told(sizes: &[u64], proofs: &[u64], time: (u64, u64)) -> (Vec<u64>, u64, u64) {
        let stamp = |size: &u64| Stamp {
            entry: *size,
            size: *size,
            time: Moment { utc: String::new(), wall: String::new() },
            authority: "tsa-1".to_owned(),
            qualified: false,
            by: String::new(),
            policy: String::new(),
        };
        let stamped = Stamped { all: sizes.iter().map(stamp).collect(), proofs: proofs.to_vec() };
        let told = stamped.told(time);
        (told.listed.iter().map(|stamp| stamp.size).collect(), told.more, told.bare)
    }

    #[test]
    fn only_the_first_timestamp_that_covers_something_is_listed() {
        for (sizes, proofs, time, listed, more, bare) in [
            // None at all: everything of the time is bare.
            (&[][..], &[12][..], (10, 40), &[][..], 0, 30),
            // Before the time: it says nothing of it.
            (&[5, 10], &[12], (10, 40), &[], 0, 30),
            // 20 covers 12 first, 30 nothing more of what is leant on, 40 the whole time, 50 nothing more.
            (&[20, 30, 40, 50], &[12], (10, 40), &[20, 40], 2, 0),
            // An entry is covered by a size beyond its index only.
            (&[12, 13], &[12], (10, 40), &[13], 1, 27),
            // What ends after the time is covered after it.
            (&[40, 60], &[12, 55], (10, 40), &[40, 60], 0, 0),
            (&[20], &[12, 30], (10, 40), &[20], 0, 20),
            // An empty time asks for nothing.
            (&[20], &[], (10, 10), &[], 1, 0),
        ] {
            assert_eq!(
                told(sizes, proofs, time),
                (listed.to_vec(), more, bare),
                "{sizes:?} {proofs:?} {time:?}"
            );
        }
    }
}
