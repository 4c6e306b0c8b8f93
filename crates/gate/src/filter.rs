//! What a filter was seen to let through: written down with its event, so that an assessment can lean on it (T8, T3).

use domain::FilterCheck;
use events::FilterChecked;
use vocab::EstablishmentId;

use crate::Gate;
use crate::acts::Act;
use crate::ports::{PortError, Put};
use crate::scribe::Note;

impl Gate {
    /// The rules of a filter were compared with what is on file, by the host operator: `file` is the hash of what was brought.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn filter_checked(
        &self,
        establishment: &EstablishmentId,
        file: [u8; 32],
        value: FilterCheck,
    ) -> Result<(), PortError> {
        let fact = FilterChecked {
            service: value.service.clone(),
            file,
            form: value.form.as_str().into(),
            flows: u64::try_from(value.flows.len()).unwrap_or(u64::MAX),
            rules: u64::from(value.rules),
            missing: u64::from(value.missing),
            wider: u64::from(value.wider),
        };
        // One moment for both, by which the entry is found.
        let at = value.at;
        let note = Note { at, ..self.host_note(establishment.clone(), fact) };
        let puts = vec![Put::FilterCheck { establishment: establishment.clone(), value }];
        let act = Act { puts, sessions: Vec::new(), notes: vec![note], at, by: "host operator".to_owned() };
        self.acts.commit(act).await.map(drop)
    }
}
