//! What the log needs of a file system, and the real one.
//!
//! The names are paths under the log's folder. What an operation made durable is in its description; nothing
//! else may be believed after a crash.

use lock::Lock;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ledger::{MAX_FILE, TileSource};

/// A file system.
pub(super) trait Disk: Send {
    /// The bytes of a file, or `None` if it is not there; an error if it has more than `limit`.
    fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>>;
    /// Writes a file anew. Its content is durable afterwards, its name is not.
    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// Adds to a file. Durable afterwards.
    fn append(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// Gives a file another name, in place of what had it. Durable with `sync_folder` of its folder.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Makes a folder, if it is not there. Durable with `sync_folder` of the folder around it.
    fn make_folder(&mut self, path: &str) -> io::Result<()>;
    /// Makes the names in a folder durable; the log's own is "".
    fn sync_folder(&mut self, path: &str) -> io::Result<()>;
    /// Whether there is a folder.
    fn has_folder(&self, path: &str) -> io::Result<bool>;
    /// Whether there is a file.
    fn has_file(&self, path: &str) -> io::Result<bool>;
    /// Removes a file, if it is there. Durable with `sync_folder` of its folder.
    fn remove_file(&mut self, path: &str) -> io::Result<()>;
    /// Removes a folder and the files in it, if it is there. Need not be durable.
    fn remove_folder(&mut self, path: &str) -> io::Result<()>;
}

/// A disk read as the files of a log.
pub(super) struct Source<'a, D>(pub(super) &'a D);

impl<D: Disk> TileSource for Source<'_, D> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        self.0.read(path, MAX_FILE).map_err(|error| error.to_string())
    }
}

/// A folder on a local file system.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder, made durably if it is not there, readable by its owner alone.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let missing: Vec<&Path> =
            root.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
        for path in missing.into_iter().rev() {
            DirBuilder::new().mode(0o700).create(path)?;
            let around = path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(around)?.sync_all()?;
        }
        Ok(Self { root: root.into() })
    }

    /// A folder that is only read.
    pub(super) fn at_rest(root: &Path) -> Self {
        Self { root: root.into() }
    }

    /// The lock that one gate holds at a time; `None` if another one does.
    pub(super) fn lock(&self) -> io::Result<Option<Lock>> {
        Lock::take(&self.root.join("lock"))
    }

    fn at(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }
}

impl Disk for Folder {
    fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.at(path)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > limit { Err(io::Error::other("longer than it may be")) } else { Ok(Some(bytes)) }
    }

    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(self.at(path))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn append(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).open(self.at(path))?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.at(from), self.at(to))
    }

    fn make_folder(&mut self, path: &str) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(self.at(path)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    fn sync_folder(&mut self, path: &str) -> io::Result<()> {
        File::open(self.at(path))?.sync_all()
    }

    fn has_folder(&self, path: &str) -> io::Result<bool> {
        self.at(path).try_exists()
    }

    fn has_file(&self, path: &str) -> io::Result<bool> {
        self.at(path).try_exists()
    }

    fn remove_file(&mut self, path: &str) -> io::Result<()> {
        match fs::remove_file(self.at(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn remove_folder(&mut self, path: &str) -> io::Result<()> {
        match fs::remove_dir_all(self.at(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
