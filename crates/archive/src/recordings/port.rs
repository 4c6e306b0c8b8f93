//! The gate's port, answered by the folder. What blocks on the disk runs apart from the gate's own threads.

use std::sync::Arc;

use gate::ports::{Boxed, Container, PortError, Progress, Recorder, Recordings, Sealed};
use gate::{Logged, Removal};
use recording::{Header, Mark, Record};
use vocab::{Ending, EstablishmentId, RecordingId, Secret, Timestamp};

use super::{Error, FolderRecorder, FolderRecordings, Outcome};

impl Recordings for FolderRecordings {
    fn create(&self, header: Header, key: Secret) -> Boxed<'_, Result<Arc<dyn Recorder>, PortError>> {
        let creator = self.creator();
        Box::pin(async move {
            let recorder = apart(move || creator.create(&header, &key)).await?;
            Ok(Arc::new(recorder) as Arc<dyn Recorder>)
        })
    }

    fn seal_crashed(
        &self,
        establishment: &EstablishmentId,
        recording: RecordingId,
        at: Timestamp,
    ) -> Boxed<'_, Result<Sealed, PortError>> {
        let (shared, owner) = (Arc::clone(&self.shared), establishment.clone());
        // A container that was damaged is not one to close: it stays as it is, for whoever verifies, and keeps no
        // door shut. A disk that fails does.
        let seal = move || match shared.seal_crashed(&owner, recording, at) {
            Err(Error::Format(damage)) if !matches!(damage, recording::Error::Read(_)) => {
                tracing::error!(%recording, %damage, "The recording of a crashed session is damaged");
                Err(Error::Missing(recording))
            }
            done => done,
        };
        Box::pin(async move { apart(seal).await.map(Into::into) })
    }

    fn discard(
        &self,
        establishment: &EstablishmentId,
        recording: RecordingId,
    ) -> Boxed<'_, Result<(), PortError>> {
        let (shared, owner) = (Arc::clone(&self.shared), establishment.clone());
        Box::pin(async move { apart(move || shared.discard(&owner, recording)).await })
    }

    fn containers(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<Container>, PortError>> {
        let (shared, owner) = (Arc::clone(&self.shared), establishment.clone());
        Box::pin(async move { apart(move || shared.containers(&owner)).await })
    }

    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let (shared, removal) = (Arc::clone(&self.shared), removal.value().clone());
        Box::pin(
            async move { apart(move || shared.purge(&removal.establishment, &removal.recordings)).await },
        )
    }

    fn health(&self) -> Result<(), String> {
        Self::health(self).map_err(|error| told(&error))
    }
}

impl Recorder for FolderRecorder {
    fn push(&self, record: Record) {
        Self::push(self, &record);
    }

    fn keep_up(&self) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(async { Self::keep_up(self).await.map_err(PortError::Failed) })
    }

    fn progress(&self) -> Progress {
        progress(self.mark())
    }

    fn health(&self) -> Result<(), String> {
        Self::health(self)
    }

    fn seal(&self, ending: Ending, at: Timestamp) -> Boxed<'_, Result<Sealed, PortError>> {
        Box::pin(async move { Self::seal(self, ending, at).await.map(Into::into).map_err(PortError::Failed) })
    }

    fn release(&self) -> Boxed<'_, ()> {
        Box::pin(Self::release(self))
    }
}

async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, PortError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(PortError::Failed("work on a recording broke off".to_owned())),
    }
}

impl From<Error> for PortError {
    fn from(error: Error) -> Self {
        match error {
            Error::Missing(_) => Self::Missing(error.to_string()),
            Error::Busy(_) | Error::NotEmpty(_) => Self::Conflict(error.to_string()),
            _ => Self::Failed(told(&error)),
        }
    }
}

/// The error with its cause: a port's error carries text only.
fn told(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn progress(mark: Mark) -> Progress {
    Progress { chunks: mark.chunks, bytes: mark.bytes, root: mark.root }
}

impl From<Outcome> for Sealed {
    fn from(outcome: Outcome) -> Self {
        Self { progress: progress(outcome.mark), seal: outcome.seal, ending: outcome.ending }
    }
}
