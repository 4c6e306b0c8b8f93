//! What can go wrong, sorted by who is at fault. No variant carries a secret.

use std::io;
use std::path::{Path, PathBuf};

/// Why the vault refused, or could not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller: what was given is not usable.
    #[error("{0}")]
    Invalid(&'static str),
    /// The caller: nothing is kept under that name.
    #[error("the vault keeps no {what} for `{owner}`")]
    Missing {
        /// What was asked for.
        what: &'static str,
        /// For whom.
        owner: String,
    },
    /// The caller: something is kept there already.
    #[error("the vault already keeps a {what} for `{owner}`")]
    Exists {
        /// What there is.
        what: &'static str,
        /// For whom.
        owner: String,
    },
    /// The caller: the account would not be reserved, because another equipment has the same (T9).
    #[error("the {what} is already that of `{with}`: a reserved account differs from every other (T9)")]
    Shared {
        /// `login` or `secret`.
        what: &'static str,
        /// The other equipment's full name.
        with: String,
    },
    /// The caller: the decision was made for another account than the one that is kept.
    #[error("the vault keeps another login for `{owner}` than the one permitted")]
    OtherLogin {
        /// The equipment's full name.
        owner: String,
    },
    /// The caller: the description says another kind of secret than the one that is kept.
    #[error("the vault keeps another kind of secret for `{owner}` than the one described")]
    OtherForm {
        /// The equipment's full name.
        owner: String,
    },
    /// The caller: another secret was stored while it was being changed, and stays.
    #[error("another secret of `{owner}` was stored meanwhile")]
    StoredAnew {
        /// The equipment's full name.
        owner: String,
    },
    /// The operator: others could read this file, or it is none.
    #[error("`{path}` {why}")]
    Unsafe {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The operator: another process works with this vault.
    #[error("`{0}` is in use by another process")]
    InUse(PathBuf),
    /// The operator: sealed under another key than the one given.
    #[error("`{0}` is sealed under another key")]
    OtherKey(PathBuf),
    /// Somebody, or the disk: the file is not what was written.
    #[error("`{0}` was altered or is damaged")]
    Altered(PathBuf),
    /// The disk.
    #[error("`{path}`: {source}")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The cryptographic library refused; it does so when the system has no randomness.
    #[error("{0} failed")]
    Crypto(&'static str),
}

impl Error {
    pub(crate) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Disk { path, source }
    }

    pub(crate) fn missing(what: &'static str, owner: impl Into<String>) -> Self {
        Self::Missing { what, owner: owner.into() }
    }
}
