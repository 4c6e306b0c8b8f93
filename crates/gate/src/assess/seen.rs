//! What the gate sees of itself, kept with its history: an assessment of a past moment leans on what was seen then, and not on
//! what is seen today.
//!
//! It is written when the gate starts and when it changes. While the ledger takes nothing, nothing is written of that either: the
//! entry that follows bears the moment at which it could be.

use domain::GateSeen;
use events::{Actor, Fact};
use vocab::EstablishmentId;

use crate::Gate;
use crate::acts::Act;
use crate::ports::{PortError, Put};
use crate::scribe::Note;

impl Gate {
    /// As it is now.
    pub(super) fn seen_now(&self) -> GateSeen {
        GateSeen {
            ledger: self.journals.all().iter().all(|(_, journal)| journal.health().is_ok()),
            recordings: self.recordings.health().is_ok(),
            refuge: self.refuge,
            scanner: self.quarantine.scanner.is_there(),
        }
    }

    /// Writes down what it sees of itself where that is not what stands. Called by the gate's tick, before services are
    /// assessed; what could not be written is tried again at the next one.
    ///
    /// # Errors
    /// The store cannot be read, or takes nothing.
    pub async fn see(&self) -> Result<(), PortError> {
        let now = self.clock.now();
        for establishment in self.store.establishments(self.as_of(now)).await? {
            self.see_for(&establishment.id).await?;
        }
        Ok(())
    }

    async fn see_for(&self, establishment: &EstablishmentId) -> Result<(), PortError> {
        let value = self.seen_now();
        if self.agenda.was_seen(establishment) == Some(value) {
            return Ok(());
        }
        let at = self.clock.now();
        if self.store.seen(establishment, self.as_of(at)).await? != Some(value) {
            let GateSeen { ledger, recordings, refuge, scanner } = value;
            let fact = Fact::from(events::GateSeen { ledger, recordings, refuge, scanner });
            let owner = establishment.clone();
            let note = Note {
                establishment: owner.clone(),
                at,
                by: Actor::Gate,
                session: None,
                intervention: None,
                fact,
            };
            let puts = vec![Put::Seen { establishment: owner, value }];
            let act = Act { puts, sessions: Vec::new(), notes: vec![note], at, by: "gate".to_owned() };
            match self.acts.commit(act).await {
                Ok(_) | Err(PortError::Unproved(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.agenda.sees(establishment, value);
        Ok(())
    }
}
