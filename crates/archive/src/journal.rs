//! The log of one establishment at this gate, on a local folder (`docs/formats/ledger.md`).
//!
//! One thread writes. Entries that wait together are made durable together: appended to the tail as one
//! group, one fsync, then every waiter has its receipt. At most a second later, and at close, the tail is
//! integrated: bundles, tiles, then the signed checkpoint. Whatever fails to be written stops the journal
//! for good: every later append is refused until a restart, because how much is on the disk is not known.

mod copy;
mod disk;
mod growth;
mod log;
mod purge;
mod queue;
mod stamps;
mod tail;

#[cfg(test)]
mod tests;

pub use copy::{LogFile, each_entry, empty_tail, files_of, verify};

use lock::Lock;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gate::ports::{self, Boxed, Clock, PortError, Receipt};
use gate::{Logged, Removal, Stamped};
use ledger::{MAX_ENTRY, MAX_FILE, MIN_ENTRY, Signer, TILE_WIDTH};
use tokio::sync::{Semaphore, oneshot};

use disk::{Folder, Source};
use log::{Log, TAIL_FULL, read_range};
use queue::{Job, Queue, Taken};

/// Entries in one append: four times what the gate's outbox moves at once.
pub const APPEND_MAX: usize = 1_024;
/// Bytes of entries in one append: a whole bundle of the longest ones (256 of 65,537 bytes with framing).
pub const APPEND_BYTES_MAX: usize = MAX_FILE;
/// Entries in one read: at most 1,024 × 64 KiB = 64 MiB.
pub const READ_MAX: u64 = 1_024;

/// How long an acknowledged entry may wait for the checkpoint that covers it.
const INTEGRATE_AFTER: Duration = Duration::from_secs(1);
/// What waits to be written, in KiB: 32 MiB, two of the largest appends. Whoever comes then waits his turn.
const WAITING_KIB: u32 = 32 * 1_024;

/// Why the journal cannot do what it was asked, sorted by who is at fault.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The caller's: an entry or an append outside the limits.
    #[error("an append has at most 1024 entries of 16 to 65535 bytes, 16 MiB in all")]
    Limit,
    /// The caller's: entries that are not there, or too many of them at once.
    #[error("entries {from} to {until} are not in a log of {size}, or more than 1024")]
    Range {
        /// First index asked for.
        from: u64,
        /// Index after the last.
        until: u64,
        /// Durable entries.
        size: u64,
    },
    /// The caller's: entries that were purged.
    #[error("the entries from {from} on were asked for, and those before {first} were purged")]
    Purged {
        /// First index asked for.
        from: u64,
        /// First index that is there.
        first: u64,
    },
    /// The operator's: two gates on one ledger.
    #[error("the ledger in `{0}` is held by another gate")]
    Held(String),
    /// The folder's: what is there contradicts itself, and no entry may be added to it.
    #[error("the ledger is damaged or was rolled back: {0}")]
    Damaged(String),
    /// The folder's, or the keys': what the ledger itself says.
    #[error("the ledger does not verify: {0}")]
    Ledger(#[from] ledger::Error),
    /// The disk's.
    #[error("cannot write or read the ledger: {what}: {source}")]
    Io {
        /// The file or step.
        what: String,
        /// The system's answer.
        source: Arc<io::Error>,
    },
    /// An earlier failure, after which nothing is taken until a restart.
    #[error("the journal takes no entries: {0}")]
    Stopped(String),
}

/// A log that is open for writing.
pub struct FolderJournal {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer and its callers share.
struct Shared {
    folder: Folder,
    queue: Queue,
    /// Room for what waits, in KiB.
    room: Arc<Semaphore>,
    view: RwLock<View>,
}

/// What readers see.
struct View {
    /// The first entry that is there.
    first: u64,
    /// Entries that the checkpoint covers.
    published: u64,
    /// The checkpoint file.
    note: Vec<u8>,
    /// Durable entries after them.
    recent: Vec<Vec<u8>>,
    stopped: Option<String>,
}

impl FolderJournal {
    /// Opens the log in this folder, or makes it if there is none, and integrates what an earlier gate left in
    /// its tail. `origin` names the log; each signer must be of that name.
    ///
    /// # Errors
    /// If another gate holds it, if it is damaged or of another log, or if the disk fails.
    pub fn open(
        folder: &Path,
        origin: &str,
        signers: Vec<Box<dyn Signer>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let io = |source: io::Error| Error::Io { what: "the folder".into(), source: Arc::new(source) };
        let disk = Folder::open(folder).map_err(io)?;
        let held = || Error::Held(folder.display().to_string());
        let lock = disk.lock().map_err(io)?.ok_or_else(held)?;
        let log = Log::open(disk.clone(), origin, signers, clock)?;
        let first = purge::first(&disk, log.published())?;
        let shared = Arc::new(Shared {
            folder: disk,
            queue: Queue::default(),
            room: Arc::new(Semaphore::new(WAITING_KIB as usize)),
            view: RwLock::new(View {
                first,
                published: log.published(),
                note: log.note().to_vec(),
                recent: Vec::new(),
                stopped: None,
            }),
        });
        let of_writer = Arc::clone(&shared);
        let writer = thread::Builder::new().name("journal".into());
        let of_writer = Writer { shared: of_writer, log, due: None, _lock: lock };
        let writer = writer.spawn(move || of_writer.run()).map_err(io)?;
        Ok(Self { shared, writer: Mutex::new(Some(writer)) })
    }

    /// Appends entries, in order and one after the other; resolves when all are durable. Waits while 32 MiB
    /// are waiting already. Dropping the future does not take the entries back.
    ///
    /// # Errors
    /// If an entry or their sum is outside the limits, or if the journal has stopped: then the entries may or
    /// may not be in the log after the next start, which their leaf hashes tell.
    pub async fn append(&self, entries: Vec<Vec<u8>>) -> Result<Vec<Receipt>, Error> {
        let bytes: usize = entries.iter().map(|entry| entry.len() + 2).sum();
        let fits = |entry: &Vec<u8>| (MIN_ENTRY..=MAX_ENTRY).contains(&entry.len());
        if entries.len() > APPEND_MAX || bytes > APPEND_BYTES_MAX || !entries.iter().all(fits) {
            return Err(Error::Limit);
        }
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        // At most 16,385 of the 32,768 there are.
        let kib = u32::try_from(bytes / 1_024 + 1).unwrap_or(WAITING_KIB);
        let room = Arc::clone(&self.shared.room).acquire_many_owned(kib).await;
        let room = room.map_err(|_| self.shared.stopped())?;
        let (answer, receipts) = oneshot::channel();
        self.shared.queue.put(Job::Append(queue::Append { entries, bytes, answer, room }));
        receipts.await.unwrap_or_else(|_| Err(self.shared.stopped()))
    }

    /// Publishes a checkpoint over everything that is durable now.
    ///
    /// # Errors
    /// If the journal has stopped.
    pub async fn seal(&self) -> Result<(), Error> {
        let (answer, sealed) = oneshot::channel();
        self.shared.queue.put(Job::Seal(answer));
        sealed.await.unwrap_or_else(|_| Err(self.shared.stopped()))
    }

    /// Number of durable entries.
    pub fn size(&self) -> u64 {
        self.shared.read_view(|view| view.published + view.recent.len() as u64)
    }

    /// The published checkpoint, as its file has it.
    pub fn checkpoint(&self) -> Vec<u8> {
        self.shared.read_view(|view| view.note.clone())
    }

    /// Index of the first entry that is there: those before it were purged.
    pub fn first(&self) -> u64 {
        self.shared.read_view(|view| view.first)
    }

    /// Removes the entries before this index, which is that of a bundle, the oldest first. Hashes stay. Reads and writes
    /// files: not for an asynchronous task.
    ///
    /// # Errors
    /// If it is not the index of a bundle that a checkpoint covers, or if the disk fails: then some of them are gone.
    pub fn purge(&self, until: u64) -> Result<(), Error> {
        self.shared.purge(until)
    }

    /// Whether it takes entries.
    ///
    /// # Errors
    /// Why it does not.
    pub fn healthy(&self) -> Result<(), Error> {
        self.shared.read_view(|view| view.stopped.clone()).map_or(Ok(()), |why| Err(Error::Stopped(why)))
    }

    /// The durable entries `from..until`. Reads files: not for an asynchronous task.
    ///
    /// # Errors
    /// If there are not so many, if they are more than [`READ_MAX`], or if the files cannot be read.
    pub fn entries(&self, from: u64, until: u64) -> Result<Vec<Vec<u8>>, Error> {
        self.shared.entries(from, until)
    }

    /// Takes no more entries, writes those that wait, publishes a checkpoint over all of them and lets go of
    /// the folder's lock. Blocks until that is done: not for an asynchronous task.
    ///
    /// # Errors
    /// If the journal had stopped, or stops doing so.
    pub fn close(&self) -> Result<(), Error> {
        self.shared.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // A writer that panicked has said so through `stopped`.
            let _ = writer.join();
        }
        match self.healthy() {
            Err(Error::Stopped(why)) if why == CLOSED => Ok(()),
            other => other,
        }
    }
}

/// What a journal that was closed in good order says.
const CLOSED: &str = "it was closed";

impl Drop for FolderJournal {
    fn drop(&mut self) {
        // What could not be written is in the log file of the program already.
        let _ = self.close();
    }
}

impl Shared {
    fn read_view<T>(&self, read: impl FnOnce(&View) -> T) -> T {
        read(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change_view(&self, change: impl FnOnce(&mut View)) {
        change(&mut self.view.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn stopped(&self) -> Error {
        Error::Stopped(self.read_view(|view| view.stopped.clone()).unwrap_or_else(|| CLOSED.into()))
    }

    /// Refuses whatever waits or comes, for this reason (the first one stays).
    fn stop(&self, why: &str) {
        self.change_view(|view| {
            view.stopped.get_or_insert_with(|| why.into());
        });
        self.room.close();
        // Dropping a job answers its waiter.
        self.queue.end();
    }

    fn entries(&self, from: u64, until: u64) -> Result<Vec<Vec<u8>>, Error> {
        let (published, size, recent) = self.read_view(|view| {
            let skip = from.saturating_sub(view.published) as usize;
            let take = until.saturating_sub(view.published.max(from)).min(READ_MAX) as usize;
            let recent: Vec<_> = view.recent.iter().skip(skip).take(take).cloned().collect();
            (view.published, view.published + view.recent.len() as u64, recent)
        });
        if from > until || until > size || until - from > READ_MAX {
            return Err(Error::Range { from, until, size });
        }
        let first = self.read_view(|view| view.first);
        if from < first {
            return Err(Error::Purged { from, first });
        }
        let mut entries = read_range(&self.folder, from, until.min(published), published)?;
        entries.extend(recent);
        Ok(entries)
    }
}

impl Shared {
    fn purge(&self, until: u64) -> Result<(), Error> {
        let (first, published) = self.read_view(|view| (view.first, view.published));
        if !until.is_multiple_of(TILE_WIDTH) || until > published {
            return Err(Error::Range { from: first, until, size: published });
        }
        // Whoever reads from here on is told so, and finds no file gone under his hands.
        self.change_view(|view| view.first = view.first.max(until));
        purge::remove(&mut self.folder.clone(), first, until)
    }

    fn root_at(&self, size: u64) -> Result<[u8; 32], Error> {
        let published = self.read_view(|view| view.published);
        if size > published {
            return Err(Error::Range { from: 0, until: size, size: published });
        }
        Ok(ledger::Frontier::of_tiles(&Source(&self.folder), size, published)?.root().0)
    }
}

/// The one thread that writes.
struct Writer {
    shared: Arc<Shared>,
    log: Log<Folder>,
    /// When the tail must be integrated; `None` if it is empty.
    due: Option<Instant>,
    /// Held as long as there is a writer.
    _lock: Lock,
}

impl Writer {
    fn run(mut self) {
        let _ending = Ending(Arc::clone(&self.shared));
        if self.work().is_ok() {
            self.shared.stop(CLOSED);
        }
    }

    fn work(&mut self) -> Result<(), Error> {
        loop {
            match self.shared.queue.take(self.due) {
                Taken::Group(jobs) => self.commit(jobs)?,
                Taken::Seal(answer) => {
                    self.integrate()?;
                    let _ = answer.send(Ok(()));
                }
                Taken::Nothing => {}
                Taken::Closed => return self.integrate(),
            }
            if self.due.is_some_and(|due| due <= Instant::now()) || self.log.tail_len() >= TAIL_FULL {
                self.integrate()?;
            }
        }
    }

    /// One group: one fsync, then every waiter has its receipts.
    fn commit(&mut self, jobs: Vec<queue::Append>) -> Result<(), Error> {
        let (mut entries, mut waiters) = (Vec::new(), Vec::new());
        for job in jobs {
            waiters.push((job.entries.len(), job.answer, job.room));
            entries.extend(job.entries);
        }
        let committed = self.log.commit(&entries);
        let mut receipts = self.or_stop(committed)?.into_iter();
        self.shared.change_view(|view| view.recent.extend(entries));
        self.due.get_or_insert_with(|| Instant::now() + INTEGRATE_AFTER);
        for (count, answer, _room) in waiters {
            // A waiter that has gone away does not want its receipts.
            let _ = answer.send(Ok(receipts.by_ref().take(count).collect()));
        }
        Ok(())
    }

    fn integrate(&mut self) -> Result<(), Error> {
        self.due = None;
        let integrated = self.log.integrate();
        self.or_stop(integrated)?;
        self.shared.change_view(|view| {
            view.published = self.log.published();
            view.note = self.log.note().to_vec();
            view.recent.clear();
        });
        Ok(())
    }

    /// A failure is known to everybody before its waiters are let go.
    fn or_stop<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        done.inspect_err(|error| {
            tracing::error!(%error, "The journal stopped");
            self.shared.stop(&error.to_string());
        })
    }
}

/// Says that the writer is gone, however it went.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.stop("its writer ended unexpectedly");
    }
}

impl ports::Journal for FolderJournal {
    fn append(&self, entries: Vec<Vec<u8>>) -> Boxed<'_, Result<Vec<Receipt>, PortError>> {
        Box::pin(async { self.append(entries).await.map_err(PortError::from) })
    }

    fn size(&self) -> u64 {
        self.size()
    }

    fn first(&self) -> u64 {
        self.first()
    }

    fn root_at(&self, size: u64) -> Boxed<'_, Result<[u8; 32], PortError>> {
        let shared = Arc::clone(&self.shared);
        apart(move || shared.root_at(size))
    }

    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let (shared, until) = (Arc::clone(&self.shared), removal.value().until);
        apart(move || shared.purge(until))
    }

    fn read(&self, from: u64, until: u64) -> Boxed<'_, Result<Vec<Vec<u8>>, PortError>> {
        let shared = Arc::clone(&self.shared);
        apart(move || shared.entries(from, until))
    }

    fn health(&self) -> Result<(), String> {
        self.healthy().map_err(|error| error.to_string())
    }

    fn seal(&self) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(async { self.seal().await.map_err(PortError::from) })
    }

    fn checkpoint(&self) -> (u64, Vec<u8>) {
        self.shared.read_view(|view| (view.published, view.note.clone()))
    }

    fn put_stamp(&self, stamp: &Logged<Stamped>) -> Boxed<'_, Result<(), PortError>> {
        let (shared, stamp) = (Arc::clone(&self.shared), stamp.value().clone());
        apart(move || stamps::put(&mut shared.folder.clone(), &stamp))
    }
}

/// Does what blocks on the disk apart from the gate's own threads.
fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Boxed<'static, Result<T, PortError>> {
    Box::pin(async move {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| PortError::Failed(error.to_string()))?.map_err(PortError::from)
    })
}

impl From<Error> for PortError {
    fn from(error: Error) -> Self {
        match error {
            Error::Range { .. } | Error::Purged { .. } => Self::Missing(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}
