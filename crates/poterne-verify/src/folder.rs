//! The evidence as it lies on the disk: ordinary files and nothing else, read within limits.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Take};
use std::path::{Path, PathBuf};

use ledger::{MAX_FILE, TILE_WIDTH, TileSource, decode_entries};

/// Folders inside folders under `tile`: its own level, and one for each group of three of the 20 digits.
const DEPTH_MAX: usize = 9;

/// One log's folder. It keeps which files lay under `tile` at the beginning, and which verification asked for.
pub(crate) struct Folder {
    root: PathBuf,
    listed: Vec<String>,
    read: RefCell<BTreeSet<String>>,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        let mut listed = Vec::new();
        list(root, "tile", 0, &mut listed);
        Self { root: root.to_owned(), listed, read: RefCell::default() }
    }

    /// Files under `tile` that this log does not explain, and why not. Tiles of other sizes may lie beside
    /// those that were verified, if they say the same, and a gate may remove those that it filled up.
    pub(crate) fn strangers(&self) -> Vec<(&str, &'static str)> {
        let why = |path: &str| match self.same_as_verified(path) {
            Some(true) => None,
            _ if fs::symlink_metadata(self.root.join(path)).is_err() => None,
            Some(false) => Some("tile_contradicts"),
            None => Some("tile_stranger"),
        };
        let unread = |path: &&String| !self.read.borrow().contains(*path) && !path.ends_with(".tmp");
        self.listed
            .iter()
            .filter(unread)
            .filter_map(|path| why(path).map(|why| (path.as_str(), why)))
            .collect()
    }

    /// Whether nothing is at this path.
    pub(crate) fn is_missing(&self, path: &str) -> bool {
        matches!(open(&self.root.join(path)), Ok(None))
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        read(&self.root.join(path), MAX_FILE).ok().flatten()
    }

    /// Whether a tile that was not asked for begins, or goes on, as the one that was; `None`: none was.
    fn same_as_verified(&self, path: &str) -> Option<bool> {
        let (tile, width) = path.split_once(".p/").unwrap_or((path, "256"));
        let verified = self.read.borrow().range(tile.to_owned()..).next().cloned()?;
        let verified = Some(verified).filter(|read| read.split(".p/").next() == Some(tile))?;
        let count: u64 = width.parse().ok().filter(|count: &u64| count.to_string() == width)?;
        let (one, other) = (self.bytes(path)?, self.bytes(&verified)?);
        let hashes = u64::try_from(one.len()) == Ok(32 * count.min(TILE_WIDTH));
        let entries = tile.starts_with("tile/entries/");
        let whole = if entries { decode_entries(&one, count).is_some() } else { hashes };
        Some(whole && (one.starts_with(&other) || other.starts_with(&one)))
    }
}

impl TileSource for Folder {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let bytes = read(&self.root.join(path), MAX_FILE)?;
        if bytes.is_some() {
            self.read.borrow_mut().insert(path.to_owned());
        }
        Ok(bytes)
    }
}

/// The bytes of an ordinary file that has at most so many; `None`: there is none.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, String> {
    let (mut bytes, more) = (Vec::new(), u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1));
    let Some(file) = open(path)? else { return Ok(None) };
    file.take(more).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > limit { Err(format!("longer than {limit} bytes")) } else { Ok(Some(bytes)) }
}

/// Opens an ordinary file, as long as it is now. A pipe would never end, and a link could lead anywhere.
pub(crate) fn open(path: &Path) -> Result<Option<Take<File>>, String> {
    match fs::symlink_metadata(path) {
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(None),
        Err(error) => Err(error.to_string()),
        Ok(about) if !about.is_file() => Err("not an ordinary file".to_owned()),
        Ok(_) => {
            let file = File::open(path).and_then(|file| file.metadata().map(|now| file.take(now.len())));
            file.map(Some).map_err(|error| error.to_string())
        }
    }
}

/// The names in a folder, in order; nothing when there is no such folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Everything under a folder that is no folder, by its path from the log's folder.
fn list(root: &Path, path: &str, depth: usize, files: &mut Vec<String>) {
    let folder = root.join(path);
    match fs::symlink_metadata(&folder) {
        Err(_gone_or_not_there_yet) => return,
        Ok(about) if depth > DEPTH_MAX || !about.is_dir() => return files.push(path.to_owned()),
        Ok(_) => {}
    }
    names(&folder).iter().for_each(|name| list(root, &format!("{path}/{name}"), depth + 1, files));
}
