//! What is closed and was asked for where no session is: it is refused at once, and written down when the
//! connection ends, all of it in one entry.

use std::collections::BTreeSet;

use crate::door::{Caller, Door, Event, LoggedIn};
use crate::limits::REFUSALS;

/// What one connection was refused: at most [`REFUSALS`], beyond which it is ended.
#[derive(Default)]
pub(super) struct Outside(Vec<&'static str>);

impl Outside {
    /// This was refused.
    pub(super) fn refused(&mut self, what: &'static str) {
        if self.0.len() < REFUSALS {
            self.0.push(what);
        }
    }

    /// It was refused more than anybody asks for.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= REFUSALS
    }

    /// A session opened: it has all of it in its own account.
    pub(super) fn into_session(self) -> Vec<&'static str> {
        self.0
    }

    /// The connection ends, or says nothing more that counts: what it was refused is durable after this.
    pub(super) async fn write(mut self, door: &Door, login: &LoggedIn, caller: &mut Caller) {
        while let Ok(event) = caller.events.try_recv() {
            if let Event::Refused(what) = event {
                self.refused(what);
            }
        }
        if self.0.is_empty() {
            return;
        }
        let kinds: BTreeSet<&str> = self.0.iter().copied().collect();
        let (kinds, times) = (kinds.into_iter().collect(), self.0.len());
        let equipment = login.user.target.as_ref().map(|target| target.equipment.clone());
        door.gate.asked_outside(&login.known.person, equipment, caller.from, kinds, times).await;
    }
}
