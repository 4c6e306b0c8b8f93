//! Emergency journals go whole: their log is closed, so that no certificate can stand in it. The ordinary log has it.

use std::collections::BTreeSet;

use domain::{About, Hold};
use events::{RefugeJoined, RefugePurged};
use vocab::InterventionId;

use super::{Round, UNSETTLED_MAX};
use crate::ports::{Aside, PortError};
use crate::{Logged, Removal};

impl Round<'_> {
    /// Removes those whose newest entry is past the term of traces, and that nobody needs or holds; so many. Dying between the
    /// certificate and the removal, the next round writes it once more.
    pub(super) async fn asides(&self) -> Result<u64, PortError> {
        let mut gone: u64 = 0;
        for aside in self.asides_due().await? {
            let fact = RefugePurged {
                origin: aside.origin.as_str().into(),
                entries: aside.entries,
                root: aside.root,
                newest: aside.newest,
                days: self.terms.traces.into(),
            };
            let receipt = self.gate.scribe.note(self.note(fact)).await?;
            let removal = Removal { aside: Some(aside.place.clone()), ..Removal::of(&self.establishment) };
            self.gate.asides.purge(&Logged::new(removal, receipt)).await?;
            gone = gone.saturating_add(1);
        }
        Ok(gone)
    }

    /// Those that may go now.
    pub(super) async fn asides_due(&self) -> Result<Vec<Aside>, PortError> {
        let mut all = self.gate.asides.all(&self.establishment).await?.unwrap_or_default();
        if all.is_empty() {
            return Ok(all);
        }
        let unsettled = self.unsettled().await?;
        all.retain(|one| self.is_due(one, &unsettled));
        Ok(all)
    }

    fn is_due(&self, aside: &Aside, unsettled: &BTreeSet<InterventionId>) -> bool {
        // One without entries names nobody, and nothing in it grows old: it stays.
        let Some(newest) = aside.newest else { return false };
        let needed = !aside.interventions.is_disjoint(unsettled)
            && self.silences.age(newest, self.now) < UNSETTLED_MAX;
        self.old(newest, self.terms.traces) && !needed && !self.holds.iter().any(|hold| keeps(hold, aside))
    }

    /// What the ordinary log says again before it purges it: of a journal that is there still, or that may be anywhere.
    pub(super) async fn joined_still(&self, joined: &[RefugeJoined]) -> Result<Vec<RefugeJoined>, PortError> {
        if joined.is_empty() {
            return Ok(Vec::new());
        }
        let there = self.gate.asides.all(&self.establishment).await?;
        let is_there = |one: &&RefugeJoined| {
            there.as_ref().is_none_or(|all| all.iter().any(|aside| aside.root == one.root))
        };
        Ok(joined.iter().filter(is_there).cloned().collect())
    }
}

/// Whether a hold keeps it. Which sessions and people it names is not looked up: a hold of one keeps it whole.
fn keeps(hold: &Hold, aside: &Aside) -> bool {
    match &hold.about {
        About::All | About::Session(_) | About::Person(_) => true,
        About::Intervention(id) => aside.interventions.contains(id),
        About::Document(_) => false,
    }
}
