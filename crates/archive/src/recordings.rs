//! The recordings on a local folder: `<folder>/<establishment>/<recording>.rec`.
//!
//! A recording is created with the space that closes it already reserved, grows by whole chunks that are
//! acknowledged once they are durable, and is sealed at its end, also when the store is full. Nothing is
//! ever truncated or overwritten.

mod container;
mod pool;
mod port;
mod recorder;

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gate::ports;
use recording::{Chain, DataKey, End, Header, Reader, Step, Writer};
use vocab::{Ending, EstablishmentId, RecordingId, Secret, SessionId, Timestamp};

use container::Container;
use pool::Pool;
pub use recorder::{FolderRecorder, Outcome};

/// Free bytes below which no recording is created, unless configured otherwise: the three streams of one
/// bulk command whole (3 × 64 MiB), and 64 MiB for the reserve of 1,000 others (64 KiB each).
pub const FREE_MIN: u64 = 256 * 1024 * 1024;
/// Free inodes below which no recording is created: 1,000 sessions opened between two looks.
const INODES_MIN: u64 = 1_000;
/// The name of what [`FolderRecordings::probe`] creates; no recording's.
const PROBE: &str = "probe.try";
/// After a failed write no session opens for this long; then creating one is the test.
const HOLD_OFF: Duration = Duration::from_secs(30);

/// What can go wrong, sorted by who is at fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller: this recording does not exist.
    #[error("recording `{0}` does not exist")]
    Missing(RecordingId),
    /// The caller: it exists already, or is being written.
    #[error("recording `{0}` is being written")]
    Busy(RecordingId),
    /// The caller: it holds something, and only what is empty is removed.
    #[error("recording `{0}` is not empty")]
    NotEmpty(RecordingId),
    /// The store is too full to begin one more.
    #[error(
        "{free} bytes and {inodes} inodes are free for recordings: fewer than the reserve of {needed} bytes"
    )]
    Full {
        /// Free bytes.
        free: u64,
        /// Free inodes.
        inodes: u64,
        /// The reserve.
        needed: u64,
    },
    /// A write failed a moment ago.
    #[error("the store of recordings failed: {0}")]
    Failing(String),
    /// The store.
    #[error("cannot {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The container is not as the format says, or the caller handed in something that cannot stand in one.
    #[error(transparent)]
    Format(#[from] recording::Error),
}

fn while_doing(doing: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { doing, source }
}

/// The store of recordings on a local folder.
pub struct FolderRecordings {
    shared: Arc<Shared>,
    pool: Pool,
}

struct Shared {
    folder: PathBuf,
    free_min: u64,
    live: Mutex<BTreeSet<RecordingId>>,
    failing: Mutex<Option<(Instant, String)>>,
}

/// A container without a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsealed {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Which.
    pub recording: RecordingId,
    /// Its session; `None` when not even its header is whole.
    pub session: Option<SessionId>,
}

/// A container as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Whose.
    pub establishment: EstablishmentId,
    /// The name of its file.
    pub name: String,
    /// Its length.
    pub length: u64,
    /// Whether it ends with a seal.
    pub sealed: bool,
}

impl FolderRecordings {
    /// Opens the store, creating the folder when it is not there. `free_min`: bytes that must be free for
    /// one more recording ([`FREE_MIN`]).
    pub fn open(folder: &Path, free_min: u64) -> Result<Self, Error> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(while_doing("create the folder"))?;
        let (live, failing) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { folder: folder.to_owned(), free_min, live, failing });
        let pool = Pool::start().map_err(while_doing("start the threads that write recordings"))?;
        Ok(Self { shared, pool })
    }

    /// Reserves the space to close the container validly, then creates it durably. Blocks on the disk.
    pub fn create(&self, header: &Header, key: &Secret) -> Result<FolderRecorder, Error> {
        self.creator().create(header, key)
    }

    /// Whether one more can be created. Does not write.
    pub fn health(&self) -> Result<(), Error> {
        self.shared.health()
    }

    /// Whether a recording of this establishment could be created: one is, with the space that closes it, and removed.
    /// Blocks on the disk.
    pub fn probe(&self, owner: &EstablishmentId) -> Result<(), Error> {
        let path = self.shared.folder.join(owner.as_str()).join("recordings").join(PROBE);
        let tried = || {
            // What a trial that was killed left.
            for left in [path.clone(), path.with_extension(container::UNNAMED)] {
                if left.exists() {
                    fs::remove_file(left)?;
                }
            }
            self.shared.make(&path, b"probe")?;
            fs::remove_file(&path)
        };
        tried().map_err(while_doing("create a recording to try it"))
    }

    /// Containers without a seal that nobody is writing: those of boots that ended by crash.
    pub fn unsealed(&self) -> Result<Vec<Unsealed>, Error> {
        let mut found = Vec::new();
        for (establishment, path) in self.shared.files()? {
            let Some(recording) = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok()) else {
                continue;
            };
            let look = container::is_closed(&path).map_err(while_doing("read a recording"))?;
            if !look && !lock(&self.shared.live).contains(&recording) {
                let file = File::open(&path).map_err(while_doing("read a recording"))?;
                let session = Reader::new(file).ok().map(|reader| reader.header().session);
                found.push(Unsealed { establishment, recording, session });
            }
        }
        Ok(found)
    }

    /// Seals a container that an earlier boot left open, after its last whole chunk; one that has its
    /// seal is verified and left as it is. Blocks on the disk.
    pub fn seal_crashed(
        &self,
        owner: &EstablishmentId,
        recording: RecordingId,
        at: Timestamp,
    ) -> Result<Outcome, Error> {
        self.shared.seal_crashed(owner, recording, at)
    }

    /// At start, after what crashed was sealed: removes containers that are open still and hold nothing, or were only
    /// begun. The gate died between making them and writing their session down. Returns how many.
    pub fn sweep(&self) -> Result<usize, Error> {
        let mut swept = 0;
        for (_, path) in self.shared.files_ending(container::UNNAMED)? {
            fs::remove_file(&path).map_err(while_doing("remove a container that was begun"))?;
            swept += 1;
        }
        for stray in self.unsealed()? {
            match self.shared.discard(&stray.establishment, stray.recording) {
                Ok(()) => swept += 1,
                Err(error) => {
                    tracing::warn!(recording = %stray.recording, %error, "An open container is left as it is")
                }
            }
        }
        Ok(swept)
    }

    /// Every container, as long as it is now.
    pub fn listed(&self) -> Result<Vec<Listed>, Error> {
        let of = |(establishment, path): (EstablishmentId, PathBuf)| {
            // One that is removed meanwhile held nothing: its session was never written down.
            let length = path.metadata().ok()?.len();
            let sealed = container::is_closed(&path).ok()?;
            let name = path.file_name()?.to_str()?.to_owned();
            Some(Listed { establishment, name, length, sealed })
        };
        Ok(self.shared.files()?.into_iter().filter_map(of).collect())
    }

    /// Where a recording stands: for those who read it.
    pub fn path(&self, owner: &EstablishmentId, recording: RecordingId) -> PathBuf {
        self.shared.path(owner, recording)
    }

    fn creator(&self) -> Creator {
        Creator { shared: Arc::clone(&self.shared), queue: self.pool.queue() }
    }
}

/// What creating one needs, to do it on another thread.
struct Creator {
    shared: Arc<Shared>,
    queue: Arc<pool::Queue>,
}

impl Creator {
    fn create(&self, header: &Header, key: &Secret) -> Result<FolderRecorder, Error> {
        self.shared.health()?;
        let (chain, start) = Chain::new(header)?;
        let (writer, key) = (Writer::new(header)?, DataKey::new(key)?);
        let path = self.shared.path(&header.establishment, header.recording);
        let container = self.shared.make(&path, &start).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                return Error::Busy(header.recording);
            }
            self.shared.fails(source.to_string());
            Error::Io { doing: "create a recording", source }
        })?;
        *lock(&self.shared.failing) = None;
        lock(&self.shared.live).insert(header.recording);
        let store = Arc::clone(&self.shared);
        Ok(FolderRecorder::new(
            header.recording,
            store,
            Arc::clone(&self.queue),
            writer,
            chain,
            container,
            key,
        ))
    }
}

impl Shared {
    fn path(&self, owner: &EstablishmentId, recording: RecordingId) -> PathBuf {
        self.folder.join(owner.as_str()).join("recordings").join(format!("{recording}.rec"))
    }

    fn make(&self, path: &Path, start: &[u8]) -> io::Result<Container> {
        let folder = path.parent().unwrap_or(&self.folder);
        let owner = folder.parent().unwrap_or(&self.folder);
        for (made, above) in [(owner, self.folder.as_path()), (folder, owner)] {
            match DirBuilder::new().mode(0o700).create(made) {
                Ok(()) => File::open(above)?.sync_all()?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Container::create(path, folder, start)
    }

    fn health(&self) -> Result<(), Error> {
        if let Some((since, why)) = &*lock(&self.failing)
            && since.elapsed() < HOLD_OFF
        {
            return Err(Error::Failing(why.clone()));
        }
        let stat = rustix::fs::statvfs(&self.folder)
            .map_err(|errno| while_doing("measure the folder")(errno.into()))?;
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        // A file system that does not count inodes says 0 of 0.
        let inodes = if stat.f_files == 0 { u64::MAX } else { stat.f_favail };
        if free < self.free_min || inodes < INODES_MIN {
            return Err(Error::Full { free, inodes, needed: self.free_min });
        }
        Ok(())
    }

    fn fails(&self, why: String) {
        tracing::error!(%why, "The store of recordings failed");
        *lock(&self.failing) = Some((Instant::now(), why));
    }

    /// Removes a container that holds nothing, not even torn bytes (a broken first chunk looks like those): the
    /// session it was made for never was.
    fn discard(&self, owner: &EstablishmentId, recording: RecordingId) -> Result<(), Error> {
        if lock(&self.live).contains(&recording) {
            return Err(Error::Busy(recording));
        }
        let path = self.path(owner, recording);
        let file = File::open(&path).map_err(while_doing("open a recording"))?;
        let mut reader = Reader::new(io::BufReader::with_capacity(64 * 1024, file))?;
        match reader.step()? {
            Step::End(End::Open { torn: 0, .. }) => {}
            Step::End(End::Sealed { seal, .. }) if seal.torn == 0 => {}
            _ => return Err(Error::NotEmpty(recording)),
        }
        fs::remove_file(&path).map_err(while_doing("remove an unused container"))?;
        let folder = path.parent().unwrap_or(&self.folder);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(while_doing("remove an unused container"))
    }

    fn containers(&self, owner: &EstablishmentId) -> Result<Vec<ports::Container>, Error> {
        let of = |(_, path): (EstablishmentId, PathBuf)| -> Option<Result<ports::Container, Error>> {
            let recording = path.file_stem()?.to_str()?.parse().ok()?;
            let read = || -> io::Result<ports::Container> {
                let session = Reader::new(File::open(&path)?).ok().map(|reader| reader.header().session);
                let sealed = container::seal_of(&path)?.map(|seal| (seal.mark.root, seal.mark.bytes));
                Ok(ports::Container { recording, session, sealed })
            };
            match read() {
                // It held nothing, and was removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                read => Some(read.map_err(while_doing("read a recording"))),
            }
        };
        self.files()?.into_iter().filter(|(whose, _)| whose == owner).filter_map(of).collect()
    }

    /// Removes containers, durably. One that is being written stays: no certificate is of it.
    fn purge(&self, owner: &EstablishmentId, recordings: &[RecordingId]) -> Result<(), Error> {
        let mut folder = None;
        for recording in recordings {
            if lock(&self.live).contains(recording) {
                return Err(Error::Busy(*recording));
            }
            let path = self.path(owner, *recording);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(while_doing("remove a recording")(error));
                }
                _ => folder = path.parent().map(Path::to_owned),
            }
        }
        let synced = folder.filter(|folder| folder.is_dir()).map(|folder| File::open(folder)?.sync_all());
        synced.unwrap_or(Ok(())).map_err(while_doing("remove a recording"))
    }

    fn forget(&self, recording: RecordingId) {
        lock(&self.live).remove(&recording);
    }

    fn files(&self) -> Result<Vec<(EstablishmentId, PathBuf)>, Error> {
        self.files_ending("rec")
    }

    fn files_ending(&self, ending: &str) -> Result<Vec<(EstablishmentId, PathBuf)>, Error> {
        let list = |folder: &Path| {
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()
        };
        let mut files = Vec::new();
        for folder in list(&self.folder).map_err(while_doing("list the folder"))? {
            let name = folder.file_name().and_then(|name| name.to_str()?.parse::<EstablishmentId>().ok());
            let folder = folder.join("recordings");
            if let Some(establishment) = name.filter(|_| folder.is_dir()) {
                let paths = list(&folder).map_err(while_doing("list the folder"))?;
                let recordings =
                    paths.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == ending));
                files.extend(recordings.map(|path| (establishment.clone(), path)));
            }
        }
        files.sort();
        Ok(files)
    }

    fn seal_crashed(
        &self,
        owner: &EstablishmentId,
        recording: RecordingId,
        at: Timestamp,
    ) -> Result<Outcome, Error> {
        if lock(&self.live).contains(&recording) {
            return Err(Error::Busy(recording));
        }
        let path = self.path(owner, recording);
        let file = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::Missing(recording),
            _ => Error::Io { doing: "open a recording", source },
        })?;
        let mut reader = Reader::new(io::BufReader::with_capacity(64 * 1024, file))?;
        let end = loop {
            if let Step::End(end) = reader.step()? {
                break end;
            }
        };
        let mark = reader.mark();
        match end {
            End::Sealed { seal, digest } => Ok(Outcome { mark, seal: digest, ending: seal.ending }),
            End::Open { torn, torn_hash } => {
                let (_, seal) = reader.into_chain().close(None, Ending::Crash, at, (torn, torn_hash))?;
                container::close_again(&path, mark.bytes.saturating_add(torn), &seal)
                    .map_err(while_doing("seal a recording"))?;
                let digest = recording::Seal::digest(&seal).unwrap_or_default();
                Ok(Outcome { mark, seal: digest, ending: Ending::Crash })
            }
        }
    }
}

/// A thread that panicked while it held the lock has left nothing half done: each change is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
