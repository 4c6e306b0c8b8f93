//! One process at a time holds the data: a lock on a file, given back when the holder lets go.
//!
//! The three stores on the disk (facts, log and recordings, secrets) each have one, so that a second gate on
//! the same data is refused at its start.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The right to be the only one at something on the disk, for as long as it lives.
///
/// The kernel gives it back when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock file at `path`, which is made if it is missing, readable by its owner alone. `None`
    /// if somebody else holds it.
    ///
    /// # Errors
    ///
    /// What the file system says when the file can be neither made nor locked.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Lock {
    /// Given back in words: closing the file is not enough while a program that another thread is just
    /// starting still has a copy of it.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn one_holds_and_the_next_takes_it_after_him() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::take(&path).unwrap().unwrap();
        assert!(Lock::take(&path).unwrap().is_none());
        drop(first);
        let second = Lock::take(&path).unwrap().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(second);
        assert!(Lock::take(&folder.path().join("absent/lock")).is_err());
    }

    #[test]
    fn it_is_free_although_a_copy_of_the_file_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::take(&path).unwrap().unwrap();
        let copy = first.file.try_clone().unwrap();
        drop(first);
        assert!(Lock::take(&path).unwrap().is_some());
        drop(copy);
    }
}
