//! The gate's ports, in memory.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex};

use domain::{
    Attempt, Equipment, Establishment, Facts, Fingerprint, Intervention, Person, Provider, Service,
    ServiceFacts, State,
};
use gate::ports::{
    Boxed, Change, Clock, CodeVerdict, Entropy, Journal, Journals, Lent, LentSecret, PortError, Progress,
    Put, Receipt, Recorder, RecordingKey, Recordings, Sealed, SessionRow, Store, Vault, Versioned, Waiting,
};
use gate::{Grant, Logged};
use recording::{Body, Header, Record, Track};
use tokio::sync::watch;
use vocab::{
    BootId, Ending, EquipmentId, EstablishmentId, InterventionId, PersonId, ProviderId, RecordingId, Secret,
    ServiceId, Timestamp,
};

/// The one code that is right.
pub(crate) const CODE: &str = "424242";

pub(crate) fn soon<'a, T: Send + 'a>(value: T) -> Boxed<'a, T> {
    Box::pin(std::future::ready(value))
}

pub(crate) struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }
}

pub(crate) struct Dice;

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        std::fs::File::open("/dev/urandom").unwrap().read_exact(bytes).unwrap();
        Ok(())
    }
}

/// The one log.
#[derive(Default)]
pub(crate) struct Log(Mutex<Vec<Vec<u8>>>);

impl Log {
    /// The entries as text.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|entry| String::from_utf8_lossy(entry).into_owned()).collect()
    }

    /// The entries that hold all of these words.
    pub(crate) fn with(&self, words: &[&str]) -> Vec<String> {
        self.texts().into_iter().filter(|text| words.iter().all(|word| text.contains(word))).collect()
    }
}

impl Journal for Log {
    fn append(&self, entries: Vec<Vec<u8>>) -> Boxed<'_, Result<Vec<Receipt>, PortError>> {
        let mut log = self.0.lock().unwrap();
        let receipts = entries
            .into_iter()
            .map(|entry| {
                log.push(entry);
                Receipt { index: log.len() as u64 - 1, leaf: [0; 32] }
            })
            .collect();
        soon(Ok(receipts))
    }
    fn size(&self) -> u64 {
        self.0.lock().unwrap().len() as u64
    }
    fn read(&self, from: u64, until: u64) -> Boxed<'_, Result<Vec<Vec<u8>>, PortError>> {
        soon(Ok(self.0.lock().unwrap()[from as usize..until as usize].to_vec()))
    }
    fn health(&self) -> Result<(), String> {
        Ok(())
    }
    fn seal(&self) -> Boxed<'_, Result<(), PortError>> {
        soon(Ok(()))
    }
}

pub(crate) struct OneLog(pub(crate) Arc<Log>);

impl Journals for OneLog {
    fn of(&self, _: &EstablishmentId) -> Option<Arc<dyn Journal>> {
        Some(self.0.clone())
    }
    fn home(&self) -> (EstablishmentId, Arc<dyn Journal>) {
        ("nord".parse().unwrap(), self.0.clone())
    }
    fn all(&self) -> Vec<(EstablishmentId, Arc<dyn Journal>)> {
        vec![self.home()]
    }
}

/// What the recorder does with the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    /// Writes at once.
    Well,
    /// Is behind: forwarding waits.
    Behind,
    /// Is lost.
    Lost,
    /// Fails as only a fault of ours can.
    Panics,
}

/// A recording: the beginning of each stream, and how much of it there was.
pub(crate) struct Tape {
    disk: watch::Receiver<Disk>,
    streams: Mutex<BTreeMap<Track, (u64, Vec<u8>)>>,
    pub(crate) ending: Mutex<Option<Ending>>,
}

impl Tape {
    /// The beginning of a stream, as text, of all channels together.
    pub(crate) fn text(&self, track: Track) -> String {
        let streams = self.streams.lock().unwrap();
        streams.get(&track).map_or_else(String::new, |(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
    }
}

impl Recorder for Tape {
    fn push(&self, record: Record) {
        if let Body::Data { track, bytes } = record.body {
            let mut streams = self.streams.lock().unwrap();
            let (length, begin) = streams.entry(track).or_default();
            *length += bytes.len() as u64;
            let room = (256 * 1024_usize).saturating_sub(begin.len());
            begin.extend(bytes.iter().take(room));
        }
    }
    fn keep_up(&self) -> Boxed<'_, Result<(), PortError>> {
        let mut disk = self.disk.clone();
        match *disk.borrow() {
            Disk::Well => return soon(Ok(())),
            Disk::Panics => panic!("a fault for the test"),
            Disk::Behind | Disk::Lost => {}
        }
        Box::pin(async move {
            match disk.wait_for(|disk| *disk != Disk::Behind).await.map(|disk| *disk) {
                Ok(Disk::Lost) => Err(PortError::Failed("the disk is gone".into())),
                _ => Ok(()),
            }
        })
    }
    fn progress(&self) -> Progress {
        Progress::default()
    }
    fn health(&self) -> Result<(), String> {
        Ok(())
    }
    fn seal(&self, ending: Ending, _: Timestamp) -> Boxed<'_, Result<Sealed, PortError>> {
        *self.ending.lock().unwrap() = Some(ending);
        soon(Ok(Sealed { progress: Progress::default(), seal: [0; 32] }))
    }
}

/// All recordings of a gate.
pub(crate) struct Tapes {
    pub(crate) disk: watch::Receiver<Disk>,
    pub(crate) all: Mutex<Vec<Arc<Tape>>>,
}

impl Recordings for Tapes {
    fn create(&self, _: Header, _: Secret) -> Boxed<'_, Result<Arc<dyn Recorder>, PortError>> {
        let tape =
            Arc::new(Tape { disk: self.disk.clone(), streams: Mutex::default(), ending: Mutex::default() });
        self.all.lock().unwrap().push(Arc::clone(&tape));
        soon(Ok(tape as Arc<dyn Recorder>))
    }
    fn seal_crashed(
        &self,
        _: &EstablishmentId,
        _: RecordingId,
        _: Timestamp,
    ) -> Boxed<'_, Result<Sealed, PortError>> {
        soon(Err(PortError::Missing("no earlier boot".into())))
    }
    fn discard(&self, _: &EstablishmentId, _: RecordingId) -> Boxed<'_, Result<(), PortError>> {
        soon(Ok(()))
    }
    fn health(&self) -> Result<(), String> {
        Ok(())
    }
}

/// The secret of the one equipment.
pub(crate) struct Safe {
    pub(crate) login: String,
    pub(crate) key: Mutex<Option<String>>,
    pub(crate) password: Mutex<Option<String>>,
}

impl Vault for Safe {
    fn lend(&self, _: &Logged<Grant>) -> Boxed<'_, Result<Lent, PortError>> {
        let bytes = |text: &String| Secret::new(text.clone().into_bytes());
        let secret = match (&*self.key.lock().unwrap(), &*self.password.lock().unwrap()) {
            (_, Some(password)) => LentSecret::Password(bytes(password)),
            (Some(key), None) => LentSecret::Key(bytes(key)),
            (None, None) => return soon(Err(PortError::Missing("a secret".into()))),
        };
        soon(Ok(Lent { login: self.login.clone(), secret }))
    }
    fn check_code(
        &self,
        _: &PersonId,
        code: &str,
        _: Timestamp,
    ) -> Boxed<'_, Result<CodeVerdict, PortError>> {
        soon(Ok(if code == CODE { CodeVerdict::Right } else { CodeVerdict::Wrong }))
    }
    fn recording_key(&self, _: &EstablishmentId) -> Result<RecordingKey, PortError> {
        Ok(RecordingKey { key: Secret::new(vec![1; 32]), recipients: Vec::new() })
    }
    fn account_tag(
        &self,
        _: &EstablishmentId,
        _: &EquipmentId,
    ) -> Boxed<'_, Result<Option<String>, PortError>> {
        soon(Ok(None))
    }
}

/// The facts of one service, and an outbox.
pub(crate) struct Site {
    pub(crate) facts: Mutex<Facts>,
    pub(crate) versions: watch::Sender<u64>,
    pub(crate) outbox: Mutex<Vec<Waiting>>,
    pub(crate) drained: Mutex<u64>,
}

impl Site {
    pub(crate) fn new(facts: Facts) -> Self {
        Self {
            facts: Mutex::new(facts),
            versions: watch::channel(0).0,
            outbox: Mutex::default(),
            drained: Mutex::new(0),
        }
    }

    /// Changes the facts, and says so.
    pub(crate) fn change(&self, act: impl FnOnce(&mut Facts)) {
        act(&mut self.facts.lock().unwrap());
        self.versions.send_modify(|version| *version += 1);
    }

    fn service(&self) -> ServiceFacts {
        self.facts.lock().unwrap().services[0].clone()
    }
}

impl Store for Site {
    fn facts_for(&self, attempt: &Attempt, _: Timestamp) -> Boxed<'_, Result<Facts, PortError>> {
        let mut facts = self.facts.lock().unwrap().clone();
        if facts.person.as_ref().is_none_or(|staff| staff.person.id != attempt.person) {
            facts.person = None;
            facts.services.clear();
        }
        soon(Ok(facts))
    }
    fn service_facts(
        &self,
        _: &EstablishmentId,
        _: &ServiceId,
        _: Timestamp,
    ) -> Boxed<'_, Result<ServiceFacts, PortError>> {
        soon(Ok(self.service()))
    }
    fn services(&self, _: &EstablishmentId, _: Timestamp) -> Boxed<'_, Result<Vec<Service>, PortError>> {
        soon(Ok(vec![self.service().service]))
    }
    fn establishments(&self, _: Timestamp) -> Boxed<'_, Result<Vec<Establishment>, PortError>> {
        soon(Ok(vec![self.service().establishment]))
    }
    fn person(&self, person: &PersonId, _: Timestamp) -> Boxed<'_, Result<Option<Person>, PortError>> {
        let known = self.facts.lock().unwrap().person.clone().map(|staff| staff.person);
        soon(Ok(known.filter(|known| known.id == *person)))
    }
    fn provider(&self, _: &ProviderId, _: Timestamp) -> Boxed<'_, Result<Option<Provider>, PortError>> {
        soon(Ok(Some(self.service().provider)))
    }
    fn equipment(
        &self,
        _: &EstablishmentId,
        _: &EquipmentId,
        _: Timestamp,
    ) -> Boxed<'_, Result<Option<Equipment>, PortError>> {
        soon(Ok(self.service().equipment.first().cloned()))
    }
    fn key_of(
        &self,
        person: &PersonId,
        key: &Fingerprint,
        _: Timestamp,
    ) -> Boxed<'_, Result<bool, PortError>> {
        let facts = self.facts.lock().unwrap();
        let known = facts.person.as_ref().is_some_and(|staff| {
            staff.person.id == *person && staff.person.keys.iter().any(|known| known.fingerprint == *key)
        });
        soon(Ok(known))
    }
    fn intervention(
        &self,
        id: &InterventionId,
    ) -> Boxed<'_, Result<Option<Versioned<Intervention>>, PortError>> {
        let found = self.service().interventions.into_iter().find(|one| one.id == *id);
        soon(Ok(found.map(|value| Versioned { version: 1, value })))
    }
    fn interventions(
        &self,
        _: &EstablishmentId,
        _: &[State],
    ) -> Boxed<'_, Result<Vec<Intervention>, PortError>> {
        soon(Ok(self.service().interventions))
    }
    fn next_intervention(&self) -> Boxed<'_, Result<InterventionId, PortError>> {
        soon(Ok("i-2".parse().unwrap()))
    }
    fn commit(&self, change: Change, _: Timestamp, _: &str) -> Boxed<'_, Result<u64, PortError>> {
        for put in change.puts {
            let mut facts = self.facts.lock().unwrap();
            match put {
                Put::Intervention { value, .. } => {
                    let all = &mut facts.services[0].interventions;
                    all.retain(|one| one.id != value.id);
                    all.push(value);
                }
                Put::Equipment(value) => facts.services[0].equipment = vec![value],
                _ => {}
            }
        }
        let mut outbox = self.outbox.lock().unwrap();
        for (establishment, entry) in change.entries {
            let seq = outbox.len() as u64 + 1;
            outbox.push(Waiting { seq, establishment, entry });
        }
        soon(Ok(outbox.len() as u64))
    }
    fn waiting(&self, after: u64, limit: u32) -> Boxed<'_, Result<Vec<Waiting>, PortError>> {
        let (outbox, drained) = (self.outbox.lock().unwrap(), *self.drained.lock().unwrap());
        let from = after.max(drained);
        soon(Ok(outbox.iter().filter(|one| one.seq > from).take(limit as usize).cloned().collect()))
    }
    fn drained(&self, upto: u64, _: Vec<(EstablishmentId, u64)>) -> Boxed<'_, Result<(), PortError>> {
        *self.drained.lock().unwrap() = upto;
        soon(Ok(()))
    }
    fn drained_upto(&self, _: &EstablishmentId) -> Boxed<'_, Result<u64, PortError>> {
        soon(Ok(0))
    }
    fn left_open(&self, _: BootId) -> Boxed<'_, Result<Vec<SessionRow>, PortError>> {
        soon(Ok(Vec::new()))
    }
    fn changes(&self) -> watch::Receiver<u64> {
        self.versions.subscribe()
    }
    fn health(&self) -> Boxed<'_, Result<(), String>> {
        soon(Ok(()))
    }
}
