//! Recordings in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gate::ports::{Boxed, Container, PortError, Progress, Recorder, Recordings, Sealed};
use gate::{Logged, Removal};
use recording::{Body, Digest, Header, Record, Track};
use tokio::sync::watch;
use vocab::{Ending, EstablishmentId, RecordingId, Secret, Timestamp};

use crate::{Step, Troubles, lock};

/// Bytes kept of each stream: enough for what a test looks for, and no flood fills the memory.
const KEPT: usize = 256 * 1024;

/// What the disk under the recordings does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// Writes at once.
    Well,
    /// Is behind: forwarding waits.
    Behind,
    /// Is lost.
    Lost,
    /// Fails as only a fault of ours can.
    Panics,
}

/// One recording: the beginning of each stream, how far it came, and how it ended.
pub struct Tape {
    header: Header,
    disk: watch::Receiver<Disk>,
    troubles: Arc<Troubles>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    streams: BTreeMap<Track, Vec<u8>>,
    progress: Progress,
    ending: Option<Ending>,
}

impl Tape {
    /// The beginning of a stream, as text, of all channels together.
    pub fn text(&self, track: Track) -> String {
        let state = lock(&self.state);
        state
            .streams
            .get(&track)
            .map_or_else(String::new, |bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// What it was created with.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How its session ended, once it is sealed.
    pub fn ending(&self) -> Option<Ending> {
        lock(&self.state).ending
    }

    fn container(&self) -> Container {
        let state = lock(&self.state);
        let sealed = state.ending.map(|_| (state.progress.root, state.progress.bytes));
        Container { recording: self.header.recording, session: Some(self.header.session), sealed }
    }

    /// Seals it, as lost when its disk is; sealed again, it stays what it is.
    fn close(&self, ending: Ending) -> Sealed {
        let asked = if self.health().is_err() { Ending::RecordingLost } else { ending };
        let mut state = lock(&self.state);
        let ending = *state.ending.get_or_insert(asked);
        Sealed { progress: state.progress, seal: Digest::of(&[b"seal", &state.progress.root]), ending }
    }
}

impl State {
    fn add(&mut self, record: &Record) {
        let bytes = match &record.body {
            Body::Data { track, bytes } => {
                let stream = self.streams.entry(*track).or_default();
                let room = KEPT.saturating_sub(stream.len());
                stream.extend(bytes.iter().take(room));
                bytes.as_slice()
            }
            _ => &[],
        };
        // Each record is a chunk of its own, durable at once.
        self.progress.chunks += 1;
        self.progress.bytes += bytes.len() as u64;
        self.progress.root = Digest::of(&[&self.progress.root, bytes]);
    }
}

impl Recorder for Tape {
    fn push(&self, record: Record) {
        lock(&self.state).add(&record);
    }

    fn keep_up(&self) -> Boxed<'_, Result<(), PortError>> {
        let mut disk = self.disk.clone();
        assert!(*disk.borrow() != Disk::Panics, "a fault for the test");
        Box::pin(async move {
            match disk.wait_for(|disk| *disk != Disk::Behind).await.map(|disk| *disk) {
                Ok(Disk::Lost) => Err(PortError::Failed("the disk is gone".to_owned())),
                _ => Ok(()),
            }
        })
    }

    fn progress(&self) -> Progress {
        lock(&self.state).progress
    }

    fn health(&self) -> Result<(), String> {
        if *self.disk.borrow() == Disk::Lost { Err("the disk is gone".to_owned()) } else { Ok(()) }
    }

    fn seal(&self, ending: Ending, _: Timestamp) -> Boxed<'_, Result<Sealed, PortError>> {
        Box::pin(self.troubles.around(Step::SealRecording, move || Ok(self.close(ending))))
    }

    fn release(&self) -> Boxed<'_, ()> {
        Box::pin(async {})
    }
}

/// All recordings of one deployment.
pub struct Tapes {
    /// The disk under all of them.
    pub disk: watch::Sender<Disk>,
    /// In the order of their creation.
    all: Mutex<Vec<Arc<Tape>>>,
    full: Mutex<Option<String>>,
    troubles: Arc<Troubles>,
}

impl Tapes {
    /// None yet.
    pub fn new(troubles: Arc<Troubles>) -> Self {
        let disk = watch::channel(Disk::Well).0;
        Self { disk, all: Mutex::default(), full: Mutex::default(), troubles }
    }

    /// Those that exist, in the order of their creation.
    pub fn all(&self) -> Vec<Arc<Tape>> {
        lock(&self.all).clone()
    }

    /// Those that exist and are not sealed.
    pub fn open(&self) -> Vec<Arc<Tape>> {
        self.all().into_iter().filter(|tape| tape.ending().is_none()).collect()
    }

    /// No more can be created from now on; `None`: they can again.
    pub fn fill(&self, why: Option<&str>) {
        *lock(&self.full) = why.map(str::to_owned);
    }

    fn find(&self, establishment: &EstablishmentId, recording: RecordingId) -> Result<Arc<Tape>, PortError> {
        let all = self.all();
        let found = all
            .into_iter()
            .find(|tape| tape.header.recording == recording && tape.header.establishment == *establishment);
        found.ok_or_else(|| PortError::Missing(format!("recording `{recording}`")))
    }

    fn add(&self, header: Header) -> Result<Arc<dyn Recorder>, PortError> {
        Recordings::health(self).map_err(PortError::Failed)?;
        if self.find(&header.establishment, header.recording).is_ok() {
            return Err(PortError::Conflict(format!("recording `{}` exists", header.recording)));
        }
        let (disk, troubles) = (self.disk.subscribe(), Arc::clone(&self.troubles));
        let tape = Arc::new(Tape { header, disk, troubles, state: Mutex::default() });
        lock(&self.all).push(Arc::clone(&tape));
        Ok(tape)
    }

    fn remove(&self, establishment: &EstablishmentId, recording: RecordingId) -> Result<(), PortError> {
        let tape = self.find(establishment, recording)?;
        if tape.progress().chunks > 0 {
            return Err(PortError::Conflict(format!("recording `{recording}` holds something")));
        }
        lock(&self.all).retain(|one| !Arc::ptr_eq(one, &tape));
        Ok(())
    }
}

impl Recordings for Tapes {
    fn create(&self, header: Header, _: Secret) -> Boxed<'_, Result<Arc<dyn Recorder>, PortError>> {
        Box::pin(self.troubles.around(Step::CreateRecording, move || self.add(header)))
    }

    fn seal_crashed(
        &self,
        establishment: &EstablishmentId,
        recording: RecordingId,
        _: Timestamp,
    ) -> Boxed<'_, Result<Sealed, PortError>> {
        let establishment = establishment.clone();
        Box::pin(self.troubles.around(Step::SealCrashed, move || {
            self.find(&establishment, recording).map(|tape| tape.close(Ending::Crash))
        }))
    }

    fn discard(
        &self,
        establishment: &EstablishmentId,
        recording: RecordingId,
    ) -> Boxed<'_, Result<(), PortError>> {
        let establishment = establishment.clone();
        let work = move || self.remove(&establishment, recording);
        Box::pin(self.troubles.around(Step::DiscardRecording, work))
    }

    fn containers(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<Container>, PortError>> {
        let establishment = establishment.clone();
        let work = move || {
            let its = self.all().into_iter().filter(|tape| tape.header.establishment == establishment);
            Ok(its.map(|tape| tape.container()).collect())
        };
        Box::pin(self.troubles.around(Step::ListRecordings, work))
    }

    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let removal = removal.value().clone();
        let work = move || {
            lock(&self.all).retain(|tape| {
                let named = removal.recordings.contains(&tape.header.recording);
                !(named && tape.header.establishment == removal.establishment)
            });
            Ok(())
        };
        Box::pin(self.troubles.around(Step::PurgeRecordings, work))
    }

    fn health(&self) -> Result<(), String> {
        lock(&self.full).clone().map_or(Ok(()), Err)
    }
}
