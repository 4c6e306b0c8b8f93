//! What the gate needs of the world, as traits. Each has two implementations from the first day: the
//! real one in an edge, and one in memory in `testkit`.

mod asides;
mod papers;
mod put;
mod record;
mod tickets;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::{
    Attempt, Credentials, Disclosure, Equipment, Establishment, Facts, Filed, Fingerprint, GateSeen, Hold,
    Intervention, LoginProof, PaperId, Person, Provider, Purged, Service, ServiceFacts, State, Token,
};
use vocab::{
    BootId, EquipmentId, EstablishmentId, GateId, InterventionId, PersonId, RecordingId, Secret, ServiceId,
    SessionId, Timestamp,
};

pub use self::asides::{Aside, Asides};
pub use self::papers::{Kept, Papers};
pub use self::put::{FactName, Put};
pub use self::record::{
    AboutPerson, Doomed, FactKind, Old, Record, RecordKind, Stood, Versioned, Wanted, Within,
};
pub use self::tickets::{NoTickets, TicketAnswer, Tickets};
use crate::{Badge, Disclosed, Grant, Logged, PaperRead, Removal, Stamped};
pub use guide::Standing;

/// Whose equipment, and which.
pub type Whose = (EstablishmentId, EquipmentId);

/// Whose service, and which.
pub type Served = (EstablishmentId, ServiceId);

/// A future that a port returns.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a port could not do what it was asked, sorted by who is at fault.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PortError {
    /// The thing asked for does not exist.
    #[error("{0} does not exist")]
    Missing(String),
    /// Somebody else changed it first, or the step is illegal: the caller may read again and retry.
    #[error("{0}")]
    Conflict(String),
    /// The disk, the database or the other side failed. Fail closed.
    #[error("{0}")]
    Failed(String),
    /// The act is in the database, and its entry could not be moved to its log: it was done, and cannot be proved
    /// before the log takes entries again. Whoever leaned on the receipt has none.
    #[error("done, but not in the log yet: {0}")]
    Unproved(String),
}

/// Wall clock and monotonic clock. One read of the wall clock per use case.
pub trait Clock: Send + Sync {
    /// Now, UTC.
    fn now(&self) -> Timestamp;
    /// Whether something keeps it right (a synchroniser that reaches its servers); `None`: nobody can say.
    fn kept(&self) -> Option<bool> {
        None
    }
}

/// Random bytes for identifiers and entries.
pub trait Entropy: Send + Sync {
    /// Fills the slice, or fails: nothing is opened with bytes that are not random.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError>;
}

/// Proof that an entry is durable in a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The entry's index in the log.
    pub index: u64,
    /// The entry's leaf hash (RFC 6962).
    pub leaf: [u8; 32],
}

/// One establishment's log at this gate. An entry is durable before its receipt is given.
pub trait Journal: Send + Sync {
    /// Appends in order, all of them one after the other; resolves when all are durable.
    fn append(&self, entries: Vec<Vec<u8>>) -> Boxed<'_, Result<Vec<Receipt>, PortError>>;
    /// Number of durable entries.
    fn size(&self) -> u64;
    /// Index of the first entry that is there: those before it were purged.
    fn first(&self) -> u64;
    /// The root that the log had at this size, a published one or less.
    fn root_at(&self, size: u64) -> Boxed<'_, Result<[u8; 32], PortError>>;
    /// Removes the entries that the certificate names, the oldest first, and nothing else of the log. Done again, it goes
    /// on where it broke off.
    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>>;
    /// Durable entries `from..until`, for those who read the log back. [`PortError::Missing`]: some were purged.
    fn read(&self, from: u64, until: u64) -> Boxed<'_, Result<Vec<Vec<u8>>, PortError>>;
    /// Whether it takes entries; why not, in words for the log.
    fn health(&self) -> Result<(), String>;
    /// Signs a checkpoint over everything that is durable now.
    fn seal(&self) -> Boxed<'_, Result<(), PortError>>;
    /// The last signed checkpoint, as its file has it, and how many entries it covers.
    fn checkpoint(&self) -> (u64, Vec<u8>);
    /// Puts the timestamp that the entry of this receipt holds into files beside the checkpoint, for those who verify
    /// without us. Done again, they say the same.
    fn put_stamp(&self, stamp: &Logged<Stamped>) -> Boxed<'_, Result<(), PortError>>;
}

/// The logs of this gate, one for each establishment.
pub trait Journals: Send + Sync {
    /// The establishment's log.
    fn of(&self, establishment: &EstablishmentId) -> Option<Arc<dyn Journal>>;
    /// The log for what belongs to no establishment yet (a stranger's attempt): the home establishment's.
    fn home(&self) -> (EstablishmentId, Arc<dyn Journal>);
    /// All of them.
    fn all(&self) -> Vec<(EstablishmentId, Arc<dyn Journal>)>;
}

/// How far a recording has come on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Durable chunks.
    pub chunks: u64,
    /// Bytes of the container that are durable.
    pub bytes: u64,
    /// Running root over the durable chunks, as `docs/formats/recording.md` defines it.
    pub root: [u8; 32],
}

/// A recording that is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// All of its chunks.
    pub progress: Progress,
    /// Digest of the seal, as `docs/formats/recording.md` defines it.
    pub seal: [u8; 32],
    /// How it was closed, which is not always as was asked: one that failed is closed as lost, one that had its seal
    /// keeps it.
    pub ending: vocab::Ending,
}

/// One recording being written. Cheap to share; every method may be called from any task.
pub trait Recorder: Send + Sync {
    /// Hands a record over. Never waits and never blocks; the record is durable within a second.
    fn push(&self, record: recording::Record);
    /// Resolves as soon as no more than 1 MiB or 1 s of records is not durable: forwarding waits here.
    /// An error: the recording is lost, and the session with it (T11).
    fn keep_up(&self) -> Boxed<'_, Result<(), PortError>>;
    /// How far it is durable.
    fn progress(&self) -> Progress;
    /// Whether it still records.
    fn health(&self) -> Result<(), String>;
    /// Writes what is left and the seal, in space that was reserved at creation.
    fn seal(&self, ending: vocab::Ending, at: Timestamp) -> Boxed<'_, Result<Sealed, PortError>>;
    /// Lets go of the container without a seal: what holds nothing then is nothing, whenever the gate dies.
    fn release(&self) -> Boxed<'_, ()>;
}

/// A container as it lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// The recording.
    pub recording: RecordingId,
    /// Its session; `None`: not even its header can be read.
    pub session: Option<SessionId>,
    /// Root and length, as its seal says; `None`: it has none that fits itself.
    pub sealed: Option<([u8; 32], u64)>,
}

/// The store of recordings.
pub trait Recordings: Send + Sync {
    /// Reserves the space to close the container validly, then creates it durably.
    fn create(
        &self,
        header: recording::Header,
        key: Secret,
    ) -> Boxed<'_, Result<Arc<dyn Recorder>, PortError>>;
    /// Seals a container that was left open by an earlier boot, after its last whole chunk.
    fn seal_crashed(
        &self,
        establishment: &EstablishmentId,
        recording: RecordingId,
        at: Timestamp,
    ) -> Boxed<'_, Result<Sealed, PortError>>;
    /// Removes a container whose session never was: it must hold no chunk.
    fn discard(
        &self,
        establishment: &EstablishmentId,
        recording: RecordingId,
    ) -> Boxed<'_, Result<(), PortError>>;
    /// Every container of an establishment.
    fn containers(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<Container>, PortError>>;
    /// Removes the containers that the certificate names, and no other. One that is gone already is.
    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>>;
    /// Whether one more can be created; why not, in words for the log.
    fn health(&self) -> Result<(), String>;
}

/// A data key made for one recording.
pub struct RecordingKey {
    /// The 256-bit key. It is wiped when the recording is sealed.
    pub key: Secret,
    /// The key, wrapped to each recipient of the establishment.
    pub recipients: Vec<recording::Recipient>,
}

/// A secret of an equipment, lent for one session.
pub struct Lent {
    /// The login on the equipment.
    pub login: String,
    /// The secret.
    pub secret: LentSecret,
    /// A second one, where a change of the secret broke off and nobody knows yet which of both opens.
    pub spare: Option<LentSecret>,
}

/// What kind of secret was lent.
pub enum LentSecret {
    /// A password.
    Password(Secret),
    /// A private key, in OpenSSH's text format.
    Key(Secret),
    /// A key that was drawn for this login, and the certificate that makes it valid for some minutes.
    Certificate {
        /// The private key, in OpenSSH's text format.
        key: Secret,
        /// The certificate, as a line of a `-cert.pub` file.
        certificate: String,
    },
}

/// One held upload on the disk: appended to, then read. What it holds is gone when it is dropped, and with the
/// process.
pub trait Spool: Send + Sync {
    /// Takes the next bytes. An error: there is no room, or the disk failed; what was taken before stays.
    fn append(&mut self, bytes: Vec<u8>) -> Boxed<'_, Result<(), PortError>>;
    /// How many bytes it holds.
    fn length(&self) -> u64;
    /// Bytes from here on, as many as there are and at most so many.
    fn read(&self, from: u64, length: usize) -> Boxed<'_, Result<Vec<u8>, PortError>>;
}

/// Where uploads are held.
pub trait Spools: Send + Sync {
    /// Room for one more, covered with this key of [`transfer::COVER_KEY`] bytes.
    fn begin(&self, key: Secret) -> Boxed<'_, Result<Box<dyn Spool>, PortError>>;
}

/// What a scanner says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// Nothing was found, by this engine with these signatures.
    Clean {
        /// Engine and signatures, as it names them.
        engine: String,
    },
    /// Malware, by the name that the engine has for it.
    Found {
        /// Engine and signatures, as it names them.
        engine: String,
        /// What was found.
        name: String,
    },
    /// It was not scanned, in a word: `none`, `unreachable`, `slow`, `too-long`, `limits`, `failed`. That is never
    /// clean.
    NotScanned(&'static str),
}

/// What looks for malware in files (E6).
pub trait Scanner: Send + Sync {
    /// Whether there is one: without, files that are held go on, and everything says that they were not scanned.
    fn is_there(&self) -> bool;
    /// Looks at a whole file. It answers in the end, whatever the other side does.
    fn scan<'a>(&'a self, file: &'a dyn Spool) -> Boxed<'a, Scanned>;
}

/// The policy `none`.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoScanner;

impl Scanner for NoScanner {
    fn is_there(&self) -> bool {
        false
    }

    fn scan<'a>(&'a self, _: &'a dyn Spool) -> Boxed<'a, Scanned> {
        Box::pin(std::future::ready(Scanned::NotScanned("none")))
    }
}

/// The two secrets of an account while one takes the place of the other.
pub struct Pair {
    /// The login on the equipment.
    pub login: String,
    /// The one that opened before.
    pub former: LentSecret,
    /// The one that is to open from now on.
    pub fresh: LentSecret,
    /// Whether the fresh one was seen to open already: only the former one is left to be taken out of force.
    pub proved: bool,
    /// Whether it was drawn by an earlier try: whoever was shown the account's secret since was shown both.
    pub again: bool,
}

/// Why a secret was not changed at the equipment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct RotationFault {
    /// In a word: those of an equipment that is not reached, `command` (it was refused or failed), `unproved` (the
    /// fresh secret does not open), `former-opens` (the former one still does).
    pub why: &'static str,
    /// For the ledger, without secrets.
    pub detail: Option<String>,
}

/// What changes the secret of a reserved account at the equipment itself (T9). Each step may be done again from its
/// beginning, whatever became of the one before.
pub trait Rotator: Send + Sync {
    /// Puts the fresh secret in force; resolves when a login with it was seen to succeed.
    fn establish<'a>(
        &'a self,
        grant: &'a Logged<Grant>,
        pair: &'a Pair,
    ) -> Boxed<'a, Result<(), RotationFault>>;
    /// Takes the former one out of force; resolves when a login with it was seen to fail.
    fn retire<'a>(&'a self, grant: &'a Logged<Grant>, pair: &'a Pair)
    -> Boxed<'a, Result<(), RotationFault>>;
}

/// A person's printed codes, for acts that he agrees to over the telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// How he had proved who he was when he drew it: it counts for as long as that does.
    pub proof: LoginProof,
    /// The first number whose code was not used; `None`: all were.
    pub next: Option<u32>,
}

/// What came of a one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeVerdict {
    /// Right, and never to be accepted again: that is durable already.
    Right,
    /// Wrong, or used before, or nobody of that name has a second factor.
    Wrong,
}

/// Where secrets are. It takes a logged grant and nothing else.
pub trait Vault: Send + Sync {
    /// Lends the secret of the permit's reserved account, or signs a certificate that is valid from about `now`.
    fn lend(&self, grant: &Logged<Grant>, now: Timestamp) -> Boxed<'_, Result<Lent, PortError>>;
    /// Draws a fresh secret and keeps it beside the one that is lent: durable before it is handed out. Where a change
    /// broke off before, its secrets are handed out again.
    fn begin_rotation(&self, grant: &Logged<Grant>) -> Boxed<'_, Result<Pair, PortError>>;
    /// The fresh secret was seen to open: it is lent first from now on, and the former one stays beside it.
    /// [`PortError::Conflict`]: another secret was stored meanwhile, here and in [`Vault::end_rotation`].
    fn prove_rotation(&self, grant: &Logged<Grant>) -> Boxed<'_, Result<(), PortError>>;
    /// The former secret opens nothing any more: it is forgotten. Returns the keyed hash of the one that stays.
    fn end_rotation(&self, grant: &Logged<Grant>) -> Boxed<'_, Result<String, PortError>>;
    /// The password of an account in clear, for a person; where a change of it broke off, both. What is no password
    /// opens no console: [`PortError::Conflict`].
    fn disclose(&self, disclosed: &Logged<Disclosed>) -> Boxed<'_, Result<Vec<Secret>, PortError>>;
    /// Checks a one-time code of a person (RFC 6238) and burns it before answering.
    fn check_code(
        &self,
        person: &PersonId,
        code: &str,
        now: Timestamp,
    ) -> Boxed<'_, Result<CodeVerdict, PortError>>;
    /// Draws a sheet of printed codes for a person, in place of an earlier one: durable before it is handed out. The codes
    /// in the order of their numbers, from 1.
    fn draw_sheet(&self, person: &PersonId, proof: &LoginProof) -> Boxed<'_, Result<Vec<Secret>, PortError>>;
    /// A person's sheet, when he has one.
    fn sheet(&self, person: &PersonId) -> Boxed<'_, Result<Option<Sheet>, PortError>>;
    /// Checks the code of this number on a person's sheet and burns it before answering.
    fn check_sheet(
        &self,
        person: &PersonId,
        number: u32,
        code: &str,
    ) -> Boxed<'_, Result<CodeVerdict, PortError>>;
    /// Signs a certificate for a technician's own key with the gate's authority, which is drawn with the first one.
    /// It is a line of a `-cert.pub` file, valid from a little before `now`; its serial is the index of the receipt.
    fn certify(&self, badge: &Logged<Badge>, now: Timestamp) -> Boxed<'_, Result<String, PortError>>;
    /// The authority that vouches for an establishment's equipment at the door, as a line of OpenSSH without a comment;
    /// drawn when there is none.
    fn host_authority(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<String, PortError>>;
    /// A host certificate for the door's own key (a line of OpenSSH) under these names of one equipment.
    fn certify_host(
        &self,
        establishment: &EstablishmentId,
        names: &[String],
        key: &str,
        now: Timestamp,
    ) -> Boxed<'_, Result<String, PortError>>;
    /// The fingerprint of the gate's authority towards technicians; `None`: none was drawn yet.
    fn badge_authority(&self, gate: &GateId) -> Boxed<'_, Result<Option<Fingerprint>, PortError>>;
    /// A fresh data key for a recording, wrapped to the establishment's recipients.
    fn recording_key(&self, establishment: &EstablishmentId) -> Result<RecordingKey, PortError>;
    /// Draws the key of one document and keeps it: durable before it is handed out. [`PortError::Conflict`]: that place has
    /// one.
    fn paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Boxed<'_, Result<Secret, PortError>>;
    /// The key of a document that somebody reads.
    fn open_paper(&self, read: &Logged<PaperRead>) -> Boxed<'_, Result<Secret, PortError>>;
    /// The places that have a key.
    fn paper_keys(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<PaperId>, PortError>>;
    /// Forgets the key of a document that was never filed. One that is gone already is.
    fn discard_paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Boxed<'_, Result<(), PortError>>;
    /// Forgets the keys of the documents that the certificate names: without them every copy is noise.
    fn forget_papers(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>>;
}

/// A session that begins, as the database keeps it.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SessionRow {
    pub session: SessionId,
    pub recording: RecordingId,
    pub boot: BootId,
    pub establishment: EstablishmentId,
    pub person: PersonId,
    pub service: ServiceId,
    pub equipment: EquipmentId,
    pub intervention: InterventionId,
    pub opened_at: Timestamp,
}

/// A session as the database knows it now.
#[derive(Debug, Clone)]
pub struct SessionThen {
    /// The session.
    pub row: SessionRow,
    /// When it ended, if it did.
    pub ended: Option<Timestamp>,
}

/// A change of sessions.
#[derive(Debug, Clone)]
pub enum SessionChange {
    /// It begins.
    Opened(SessionRow),
    /// It ended; refused by the database when it is not open.
    Ended {
        /// Which.
        session: SessionId,
        /// When.
        at: Timestamp,
        /// How.
        ending: vocab::Ending,
    },
}

/// What was answered to a program, so that it is answered again and not done again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// By which token.
    pub token: String,
    /// The key that the program gave to its request.
    pub key: String,
    /// SHA-256 of that request.
    pub request: [u8; 32],
    /// The answer, as it is given again.
    pub body: String,
}

/// Everything that one act changes, with its event: one database transaction, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Facts, valid from the moment given to `commit`.
    pub puts: Vec<Put>,
    /// Sessions.
    pub sessions: Vec<SessionChange>,
    /// Encoded entries for ledgers, in order.
    pub entries: Vec<(EstablishmentId, Vec<u8>)>,
    /// What a program is answered; [`PortError::Conflict`]: this key of this token was answered already.
    pub answered: Option<Answered>,
}

impl Change {
    /// Whether it is told to whoever stands on facts. A session that begins or ends changes none on which another
    /// stands: a thousand of them would ask for a thousand decisions each. What was reckoned from facts is none, nor what is
    /// kept or went.
    pub fn bears_on_others(&self) -> bool {
        !self.puts.iter().all(Put::is_beside) && self.sessions.is_empty()
    }
}

/// One entry waiting in the outbox.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its place in the order of all acts.
    pub seq: u64,
    /// Which log.
    pub establishment: EstablishmentId,
    /// The bytes, as they will stand in the log.
    pub entry: Vec<u8>,
}

/// The database: facts with their history, sessions, and the outbox.
pub trait Store: Send + Sync {
    /// One consistent snapshot for an attempt. What lies outside the contracts of the caller's employer
    /// is not in it.
    fn facts_for(&self, attempt: &Attempt, as_of: Timestamp) -> Boxed<'_, Result<Facts, PortError>>;
    /// One consistent snapshot of a service, for assessment and for acts upon its interventions.
    fn service_facts(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<ServiceFacts, PortError>>;
    /// Number and first moment of the version of each fact that stood at a moment, in the order of their names.
    fn versions(&self, names: Vec<FactName>, as_of: Timestamp) -> Boxed<'_, Result<Vec<Stood>, PortError>>;
    /// All services of an establishment, by name.
    fn services(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Service>, PortError>>;
    /// How a service stood towards the guide when that was last written down.
    fn standing(
        &self,
        establishment: &EstablishmentId,
        service: &ServiceId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Standing>, PortError>>;
    /// What the gate saw of itself at a moment, towards an establishment; `None`: nobody kept it.
    fn seen(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<GateSeen>, PortError>>;
    /// The services whose assessment these facts may change, having changed; more of them are allowed.
    fn touched(
        &self,
        names: Vec<FactName>,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<BTreeSet<Served>, PortError>>;
    /// All establishments.
    fn establishments(&self, as_of: Timestamp) -> Boxed<'_, Result<Vec<Establishment>, PortError>>;
    /// A person.
    fn person(&self, person: &PersonId, as_of: Timestamp) -> Boxed<'_, Result<Option<Person>, PortError>>;
    /// A provider.
    fn provider(
        &self,
        provider: &vocab::ProviderId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Provider>, PortError>>;
    /// An equipment.
    fn equipment(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Equipment>, PortError>>;
    /// Every equipment, of whatever establishment, whose secret is to change and did not yet, and from when on.
    fn rotations_due(&self, as_of: Timestamp) -> Boxed<'_, Result<Vec<(Whose, Timestamp)>, PortError>>;
    /// The disclosure of an equipment's secret that is asked for or was granted.
    fn disclosure(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Option<Disclosure>, PortError>>;
    /// What is kept whatever its age.
    fn holds(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Hold>, PortError>>;
    /// The token of this name.
    fn token(&self, id: &str, as_of: Timestamp) -> Boxed<'_, Result<Option<Token>, PortError>>;
    /// All tokens of an establishment, by their names.
    fn tokens(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Token>, PortError>>;
    /// What was answered to a request with this key since then.
    fn answered(
        &self,
        token: &str,
        key: &str,
        since: Timestamp,
    ) -> Boxed<'_, Result<Option<Answered>, PortError>>;
    /// The documents that are kept for an establishment, by hash.
    fn filed(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<Filed>, PortError>>;
    /// The last moment at which any fact of the establishment, or of the deployment, named this hash; the end of time: one
    /// does now. `None`: none ever did.
    fn named_until(
        &self,
        establishment: &EstablishmentId,
        sha256: &str,
    ) -> Boxed<'_, Result<Option<Timestamp>, PortError>>;
    /// What went from the establishment's log.
    fn purged(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<Purged>, PortError>>;
    /// Versions as they are recorded, by establishment, name and number.
    fn records(&self, wanted: Wanted) -> Boxed<'_, Result<Vec<Record>, PortError>>;
    /// What is kept about a person for one establishment: nothing where he has no part in it.
    fn about(
        &self,
        person: &PersonId,
        establishment: &EstablishmentId,
    ) -> Boxed<'_, Result<AboutPerson, PortError>>;
    /// Whether a fact that stands, of the establishment or of the deployment (`None`: of whomever), or an intervention that is
    /// there names this: holds it as a word of its own.
    fn names(
        &self,
        establishment: Option<&EstablishmentId>,
        word: &str,
    ) -> Boxed<'_, Result<bool, PortError>>;
    /// The root of the certificate under which something is to go that is there still; `None`: all that was named is gone.
    fn doomed(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<[u8; 32]>, PortError>>;
    /// Removes what was named with the certificate, and nothing else. Done again, it goes on where it broke off.
    fn remove(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>>;
    /// Those of these sessions that are known.
    fn sessions(&self, names: Vec<SessionId>) -> Boxed<'_, Result<Vec<SessionThen>, PortError>>;
    /// Whether this key is one of this person's, the person being active. The answer to a stranger's
    /// offer takes the same path.
    fn key_of(
        &self,
        person: &PersonId,
        key: &Fingerprint,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<bool, PortError>>;
    /// Who vouched for a person's keys towards an establishment, and the number of his second factor.
    fn credentials(
        &self,
        establishment: &EstablishmentId,
        person: &PersonId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Credentials, PortError>>;
    /// When the last vouching towards an establishment for this key with this second factor of a person fell, whatever stands now;
    /// `None`: none ever did.
    fn vouching_fell(
        &self,
        establishment: &EstablishmentId,
        person: &PersonId,
        key: &Fingerprint,
        enrolment: u32,
    ) -> Boxed<'_, Result<Option<Timestamp>, PortError>>;
    /// The people for whom anybody ever vouched towards an establishment.
    fn vouched_people(
        &self,
        establishment: &EstablishmentId,
        as_of: Timestamp,
    ) -> Boxed<'_, Result<Vec<PersonId>, PortError>>;
    /// An intervention, with the version to hand back when it changes.
    fn intervention(
        &self,
        intervention: &InterventionId,
    ) -> Boxed<'_, Result<Option<Versioned<Intervention>>, PortError>>;
    /// Interventions of an establishment in these states.
    fn interventions(
        &self,
        establishment: &EstablishmentId,
        states: &[State],
    ) -> Boxed<'_, Result<Vec<Intervention>, PortError>>;
    /// The name for the next intervention, never given twice.
    fn next_intervention(&self) -> Boxed<'_, Result<InterventionId, PortError>>;
    /// Records a change valid from `at`, by `by` (a person's name, or `apply` for the site's file).
    /// Returns the sequence number of its last entry in the outbox.
    fn commit(&self, change: Change, at: Timestamp, by: &str) -> Boxed<'_, Result<u64, PortError>>;
    /// The oldest entries of the outbox after this sequence number that are not marked as drained, in
    /// order.
    fn waiting(&self, after_seq: u64, limit: u32) -> Boxed<'_, Result<Vec<Waiting>, PortError>>;
    /// Marks every entry up to this sequence number as drained, and remembers for each log the size up
    /// to which it need not be searched again. Called about once a second, not with each act.
    fn drained(&self, upto_seq: u64, logs: Vec<(EstablishmentId, u64)>) -> Boxed<'_, Result<(), PortError>>;
    /// The size of the log that was remembered last; 0 when none was.
    fn drained_upto(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<u64, PortError>>;
    /// Sessions of other boots of this gate that have no end.
    fn left_open(&self, boot: BootId) -> Boxed<'_, Result<Vec<SessionRow>, PortError>>;
    /// The newest moment at which a fact began or ended; `None`: there is none.
    fn newest(&self) -> Boxed<'_, Result<Option<Timestamp>, PortError>>;
    /// How many sessions of this intervention have no end yet.
    fn open_sessions(&self, intervention: &InterventionId) -> Boxed<'_, Result<u64, PortError>>;
    /// Resolves at each change of facts: the port `FactsChanged`, in process.
    fn changes(&self) -> tokio::sync::watch::Receiver<u64>;
    /// Whether it takes changes; why not, in words for the log.
    fn health(&self) -> Boxed<'_, Result<(), String>>;
}
