//! The embedded database: one file, one writer, a few readers.

use lock::Lock;
use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _, Sqlite, SqliteConnection, Transaction};
use tokio::sync::watch;
use vocab::Timestamp;

use crate::readers::{Reader, Readers};
use crate::{StoreError, schema};

/// Readers: a decision takes milliseconds, so 4 carry some hundreds a second; each holds a page cache of
/// [`CACHE`] and two descriptors.
pub const READERS: u32 = 4;
/// Pages that each connection keeps, in KiB: the facts of a group of hospitals (5,000 equipments, 10,000 people) take some
/// 40 MiB, and what decisions read of them again and again is a part. Five connections keep 40 MiB.
const CACHE: u32 = 8 * 1024;
/// How long a statement waits for a lock that another connection holds. Nobody holds one for long: the one
/// writer commits within milliseconds.
const BUSY: Duration = Duration::from_secs(5);
/// How long an act waits for its turn to write or read before it fails closed.
const TURN: Duration = Duration::from_secs(10);

/// The database of one gate. Cheap to clone; all clones are the same database.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    writer: SqlitePool,
    readers: Readers,
    changes: watch::Sender<u64>,
    trouble: Mutex<Option<String>>,
    kept: Option<PathBuf>,
    /// Held as long as the database is open: no second process writes.
    _lock: Lock,
}

impl Database {
    /// Opens the file, or makes it (mode 0600), brings its schema forward and checks every page of it.
    ///
    /// The folder must exist. `now` dates the steps of the schema that are applied.
    ///
    /// # Errors
    /// In use by another process, of another program, of a newer version, damaged, or not to be had.
    pub async fn open(path: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        make_private(path)?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(TURN)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options(path))
            .await?;
        let mut first = writer.acquire().await?;
        let kept = schema::bring_up(&mut first, path, now).await?;
        drop(first);
        let readers = Readers::new(options(path).pragma("query_only", "on"), READERS, TURN);
        let (changes, _) = watch::channel(0);
        let inner = Inner { writer, readers, changes, trouble: Mutex::new(None), kept, _lock: lock };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where it was copied to when this opening brought its schema forward.
    pub fn kept(&self) -> Option<&Path> {
        self.inner.kept.as_deref()
    }

    /// Copies everything, as it is at one moment, into this file, which is durable and closed to others then.
    ///
    /// # Errors
    /// The disk is full or fails: nothing is left behind.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        schema::copy(&mut *self.inner.writer.acquire().await?, to).await
    }

    /// Says whether a copy is whole and of a schema that this program knows. It is only read.
    ///
    /// # Errors
    /// Of another program, of a newer version, damaged, or not to be had.
    pub async fn inspect(copy: &Path) -> Result<(), StoreError> {
        let options = SqliteConnectOptions::new().filename(copy).read_only(true).immutable(true);
        let mut db = options.disable_statement_logging().connect().await?;
        let seen = schema::inspect(&mut db, copy).await;
        db.close().await?;
        seen
    }

    /// Ends all connections in order; the journal of the database is folded into the file.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    /// A connection to read by: each statement sees one state, two may see two. In a transaction, all see the same.
    pub(crate) async fn reader(&self) -> Result<Reader, StoreError> {
        self.inner.readers.next().await
    }

    /// One transaction of the one writer. Dropped before `commit`, it never was.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.inner.writer.begin_with("begin immediate").await.map_err(StoreError::from)
    }

    /// Tells everybody who watches that facts changed.
    pub(crate) fn announce(&self) {
        self.inner.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A watch on the changes of facts.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Remembers how a write ended, for [`Database::well`].
    pub(crate) fn note<T>(&self, outcome: &Result<T, StoreError>) {
        let mut trouble = self.inner.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(_) => *trouble = None,
            Err(error) if error.is_trouble() => *trouble = Some(error.to_string()),
            Err(_) => {}
        }
    }

    /// Whether it takes changes: the writer's turn comes, and after a failed write a small one succeeds.
    pub(crate) async fn well(&self) -> Result<(), StoreError> {
        let in_doubt = self.inner.trouble.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let outcome = self.beat(in_doubt).await;
        self.note(&outcome);
        outcome
    }

    async fn beat(&self, durably: bool) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("update pulse set beat = beat + 1 where id = 1").execute(&mut *tx).await?;
        if durably {
            tx.commit().await?
        } else {
            tx.rollback().await?
        }
        Ok(())
    }
}

/// What one connection needs of the database: every function of this crate takes one.
pub(crate) type Db = SqliteConnection;

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // Every commit is on the disk before the act goes on.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        // `insert or replace` deletes rows: with this, the triggers that refuse deletion see it.
        .pragma("recursive_triggers", "on")
        .pragma("trusted_schema", "off")
        // What is deleted is past its term: its bytes are overwritten, and lie in no free page.
        .pragma("secure_delete", "on")
        // What is sorted on the way stays in memory: nothing of it lies in the system's temporary folder, which `serve`
        // cannot reach.
        .pragma("temp_store", "memory")
        // Negative: in KiB.
        .pragma("cache_size", format!("-{CACHE}"))
        .disable_statement_logging()
}

fn lock(path: &Path) -> Result<Lock, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    Lock::take(&name)
        .map_err(|source| StoreError::File { path: name.display().to_string(), source })?
        .ok_or_else(|| StoreError::InUse(path.display().to_string()))
}

/// Makes the file before SQLite does, so that it is never readable by others, not even for a moment. The
/// journal beside it takes its mode from it.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::File { path: path.display().to_string(), source };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "Database was open to others; made private");
        file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
    }
    Ok(())
}
