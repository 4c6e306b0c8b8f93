//! What can go wrong with the database, by whose fault it is.

use gate::ports::PortError;

/// Why the database could not be opened, read or written. Every case fails closed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    // The caller's.
    /// The thing asked for is not there.
    #[error("{0} does not exist")]
    Missing(String),
    /// Somebody else was first, or the database refused an illegal step.
    #[error("{0}")]
    Conflict(String),

    /// A value that the database never holds: an entry out of bounds, an unknown state. Trying again does not help.
    #[error("the database refuses the value: {0}")]
    Illegal(String),

    // The operator's.
    /// Another process has the database open.
    #[error("the database `{0}` is in use by another process")]
    InUse(String),
    /// A file that another program wrote.
    #[error("`{0}` is a database of another program")]
    Foreign(String),
    /// Written by a later version of this program.
    #[error(
        "the database has schema {found}, this program knows up to {known}: start the version that wrote it, or a later one"
    )]
    Newer {
        /// The schema of the file.
        found: i64,
        /// The last one known here.
        known: i64,
    },
    /// A migration that was applied in other words than those known here.
    #[error("migration {version} of the database is not the one this program knows as `{name}`")]
    Altered {
        /// Which.
        version: i64,
        /// Its name here.
        name: &'static str,
    },
    /// The clock went back behind what is recorded.
    #[error("the clock is {0} s behind what is recorded already: set it right first")]
    ClockBehind(u64),

    // The machine's.
    /// The file is damaged.
    #[error("the database is damaged ({0}): restore it from a backup, nothing opens meanwhile")]
    Corrupt(String),
    /// The disk is full.
    #[error("the disk of the database is full")]
    Full,
    /// The file could not be made or locked.
    #[error("cannot use `{path}`: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something stored cannot be read as what it should be.
    #[error("{kind} `{name}` in the database cannot be read: {source}")]
    Body {
        /// What it should be.
        kind: &'static str,
        /// Its name.
        name: String,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// A value of ours that cannot be written as text.
    #[error("{0} cannot be written: {1}")]
    Unwritable(&'static str, serde_json::Error),
    /// A number outside what the database holds.
    #[error("`{0}` is out of range for the database")]
    Range(&'static str),
    /// A name or code in a column that is none.
    #[error("the column `{0}` holds what it cannot hold")]
    Column(&'static str),
    /// The database failed otherwise.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
}

/// Result codes of SQLite (sqlite.org/rescode.html): primary ones, the low byte of an extended code, and two
/// extended ones for a value that could never stand.
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CONSTRAINT: u32 = 19;
const SQLITE_NOTADB: u32 = 26;
const SQLITE_CONSTRAINT_CHECK: u32 = 275;
const SQLITE_CONSTRAINT_NOTNULL: u32 = 1299;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(told) = &error else {
            return Self::Database(error);
        };
        let code = told.code().and_then(|code| code.parse::<u32>().ok());
        if matches!(code, Some(SQLITE_CONSTRAINT_CHECK | SQLITE_CONSTRAINT_NOTNULL)) {
            return Self::Illegal(told.message().to_owned());
        }
        match code.map(|code| code & 0xff) {
            Some(SQLITE_CONSTRAINT) => Self::Conflict(told.message().to_owned()),
            Some(SQLITE_CORRUPT | SQLITE_NOTADB) => Self::Corrupt(told.message().to_owned()),
            Some(SQLITE_FULL) => Self::Full,
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// Whether the machine is at fault: until a write succeeds again, the store is not well.
    pub(crate) fn is_trouble(&self) -> bool {
        !matches!(self, Self::Missing(_) | Self::Conflict(_) | Self::Illegal(_) | Self::Range(_))
    }
}

impl From<StoreError> for PortError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing(what) => Self::Missing(what),
            StoreError::Conflict(why) => Self::Conflict(why),
            other => Self::Failed(other.to_string()),
        }
    }
}
