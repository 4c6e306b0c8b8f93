//! How much time a log has seen pass. A clock that jumps ahead makes nothing old: between two entries, and after the last
//! one, a month counts at most.

use std::time::Duration;

use domain::Silence;
use events::Envelope;
use vocab::Timestamp;

use crate::ports::{Journal, PortError};

/// What a silence counts for at most.
const COUNTS: Duration = domain::days(31);

/// The silences of a log that are longer than that: when each began, and how much of it does not count.
pub(super) struct Silences(Vec<(Timestamp, Duration)>);

impl Silences {
    /// Finds them by bisection: what is between two entries of one month has none. `carried`: those of the part that was purged.
    pub(super) async fn of(
        journal: &dyn Journal,
        now: Timestamp,
        carried: Vec<Silence>,
    ) -> Result<Self, PortError> {
        let (first, size) = (journal.first(), journal.size());
        let carried = carried.iter().map(|one| (one.began, Duration::from_secs(one.beyond)));
        let mut found = Self(carried.collect());
        let Some(last) = size.checked_sub(1).filter(|last| *last >= first) else { return Ok(found) };
        let ends = (moment(journal, first).await?, moment(journal, last).await?);
        found.between(ends.1, now);
        let mut open = vec![((first, ends.0), (last, ends.1))];
        while let Some(((from, began), (until, over))) = open.pop() {
            if over.since(began) <= COUNTS {
                continue;
            }
            if until - from <= 1 {
                found.between(began, over);
                continue;
            }
            let middle = from + (until - from) / 2;
            let at = moment(journal, middle).await?;
            open.push(((from, began), (middle, at)));
            open.push(((middle, at), (until, over)));
        }
        Ok(found)
    }

    fn between(&mut self, began: Timestamp, over: Timestamp) {
        let more = over.since(began).saturating_sub(COUNTS);
        if !more.is_zero() {
            self.0.push((began, more));
        }
    }

    /// Those that had begun by this moment, for when the log does not show them any more. One that is there already is not
    /// counted twice: the log that is left begins after them.
    pub(super) fn begun_by(&self, newest: Timestamp) -> Vec<Silence> {
        let begun = self.0.iter().filter(|(began, _)| *began <= newest);
        begun.map(|(began, more)| Silence { began: *began, beyond: more.as_secs() }).collect()
    }

    /// How old something of this moment is now.
    pub(super) fn age(&self, then: Timestamp, now: Timestamp) -> Duration {
        // Of one that had begun already (a contract ended meanwhile) what is left of it counts for a month, too.
        let beyond = |(began, more): &(Timestamp, Duration)| match *began >= then {
            true => *more,
            false => began.after(COUNTS).after(*more).since(then).saturating_sub(COUNTS),
        };
        self.0.iter().map(beyond).fold(now.since(then), Duration::saturating_sub)
    }
}

async fn moment(journal: &dyn Journal, index: u64) -> Result<Timestamp, PortError> {
    let read = journal.read(index, index + 1).await?;
    let entry = read.first().and_then(|bytes| Envelope::decode(bytes).ok());
    entry.map(|entry| entry.rec).ok_or_else(|| PortError::Failed(format!("entry {index} cannot be read")))
}
