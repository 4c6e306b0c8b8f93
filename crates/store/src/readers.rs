//! The few connections that read: each is one thread with a cache of its own, kept open and lent in turns.
//!
//! A pool of the library would ask each connection whether it lives when it comes back, which is a way to its thread and
//! back for each decision; a connection to a file does not go away. One that failed is not lent again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::StoreError;

/// The connections that read.
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    turns: Arc<Semaphore>,
    many: u32,
    turn: Duration,
}

/// One of them, for as long as somebody reads.
pub(crate) struct Reader {
    /// There until it is dropped.
    connection: Option<SqliteConnection>,
    home: Arc<Mutex<Vec<SqliteConnection>>>,
    _turn: OwnedSemaphorePermit,
}

impl Readers {
    /// At most so many; whoever waits longer than `turn` for one is refused.
    pub(crate) fn new(options: SqliteConnectOptions, many: u32, turn: Duration) -> Self {
        let turns = Arc::new(Semaphore::new(many as usize));
        Self { options, idle: Arc::default(), turns, many, turn }
    }

    /// The next one that is free.
    ///
    /// # Errors
    /// None came free in time, all are closed, or the file cannot be opened.
    pub(crate) async fn next(&self) -> Result<Reader, StoreError> {
        let turn = timeout(self.turn, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reader { connection: Some(connection), home: Arc::clone(&self.idle), _turn: turn })
    }

    /// Waits until nobody reads, and closes them.
    pub(crate) async fn close(&self) {
        let nobody = self.turns.acquire_many(self.many).await;
        self.turns.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            // What cannot be closed in order is closed by its end.
            let _closed = connection.close().await;
        }
        drop(nobody);
    }
}

impl Reader {
    /// One consistent read: everything inside sees the same state.
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_, Sqlite>, StoreError> {
        Ok(self.connection()?.begin().await?)
    }

    /// Each statement by itself.
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        Ok(self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?)
    }

    /// It failed: the next one opens another.
    pub(crate) fn spent(mut self) {
        self.connection = None;
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut home = self.home.lock().unwrap_or_else(PoisonError::into_inner);
        home.extend(self.connection.take());
    }
}
