//! Which bytes stand in which file: tiles, entry bundles and their paths (`docs/formats/ledger.md`
//! section 3).

use std::fmt;

use crate::{Error, Hash};

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;

/// The longest entry, in bytes: its length is framed as a `u16`.
pub const MAX_ENTRY: usize = 65_535;

/// The shortest entry, in bytes: the 16 random bytes that each begins with.
pub const MIN_ENTRY: usize = 16;

/// The longest file of a log, in bytes: a bundle of 256 entries of [`MAX_ENTRY`], each with 2 of length.
pub const MAX_FILE: usize = 256 * (2 + MAX_ENTRY);

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Entries, framed.
    Entries,
    /// Hashes: leaf hashes at 0, roots of full tiles of the level below from 1 to 7.
    Hashes(u8),
}

/// Names one tile or bundle; shown as its path under the log's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TilePath {
    /// What it holds.
    pub level: Level,
    /// Its position in its level, from 0.
    pub index: u64,
    /// Hashes or entries in it, 1 to 256; less than 256 is a partial tile.
    pub width: u64,
}

impl TilePath {
    /// How many full tiles a level has in a log of this size, and its partial tile.
    pub fn of(level: Level, size: u64) -> (u64, Option<Self>) {
        let hashes = match level {
            Level::Entries => size,
            Level::Hashes(level) => size.checked_shr(8 * u32::from(level)).unwrap_or(0),
        };
        let (index, width) = (hashes / TILE_WIDTH, hashes % TILE_WIDTH);
        (index, (width > 0).then_some(Self { level, index, width }))
    }

    /// The tile, full or partial, that holds the hash (or entry) of this position in its level.
    pub fn holding(level: Level, position: u64, size: u64) -> Self {
        let index = position / TILE_WIDTH;
        let full = Self { level, index, width: TILE_WIDTH };
        Self::of(level, size).1.filter(|partial| partial.index == index).unwrap_or(full)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Entries => write!(f, "tile/entries/")?,
            Level::Hashes(level) => write!(f, "tile/{level}/")?,
        }
        // Groups of three digits, all but the last marked with an `x`: 20 digits of a u64 make 7 groups.
        for unit in (1..=6).rev().map(|group| 1_000_u64.pow(group)).filter(|unit| self.index >= *unit) {
            write!(f, "x{:03}/", self.index / unit % 1_000)?;
        }
        write!(f, "{:03}", self.index % 1_000)?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// Appends an entry to a bundle's bytes.
///
/// # Errors
/// If the entry is shorter than [`MIN_ENTRY`] or longer than [`MAX_ENTRY`].
#[cfg(feature = "write")]
pub fn encode_entry(entry: &[u8], bundle: &mut Vec<u8>) -> Result<(), Error> {
    let length = u16::try_from(entry.len()).ok().filter(|_| entry.len() >= MIN_ENTRY);
    bundle.extend(length.ok_or(Error::EntryLength(entry.len()))?.to_be_bytes());
    bundle.extend(entry);
    Ok(())
}

/// The entries in framed bytes, or `None` if they are not exactly `count`, or one is shorter than [`MIN_ENTRY`].
pub fn decode_entries(mut framed: &[u8], count: u64) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    for _ in 0..count {
        let (length, rest) = framed.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        if entry.len() < MIN_ENTRY {
            return None;
        }
        entries.push(entry.to_vec());
        framed = rest;
    }
    framed.is_empty().then_some(entries)
}

/// Where the files of a log are read from.
pub trait TileSource {
    /// The bytes at this path under the log's folder (a [`TilePath`] or [`crate::CHECKPOINT_PATH`]), or
    /// `None` if nothing is there.
    ///
    /// # Errors
    /// Whatever keeps the file from being read, in words. A file longer than [`MAX_FILE`] is such a reason.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String>;
}

/// The hashes of a tile, exactly as many as its path says.
///
/// # Errors
/// If it is missing, unreadable or of another length.
pub fn read_hashes(source: &impl TileSource, path: TilePath) -> Result<Vec<Hash>, Error> {
    read_tile(source, path, |bytes, count| {
        let (hashes, rest) = bytes.as_chunks::<{ Hash::LEN }>();
        let exact = rest.is_empty() && hashes.len() as u64 == count;
        exact.then(|| hashes.iter().copied().map(Hash).collect())
    })
}

/// The entries of a bundle, exactly as many as its path says.
///
/// # Errors
/// If it is missing, unreadable or malformed.
pub fn read_entries(source: &impl TileSource, path: TilePath) -> Result<Vec<Vec<u8>>, Error> {
    read_tile(source, path, decode_entries)
}

/// The content of a tile or bundle; if it is partial and no longer there, the beginning of the full one.
fn read_tile<T>(
    source: &impl TileSource,
    path: TilePath,
    decode: impl Fn(&[u8], u64) -> Option<Vec<T>>,
) -> Result<Vec<T>, Error> {
    for found in [path, TilePath { width: TILE_WIDTH, ..path }] {
        let name = found.to_string();
        if let Some(bytes) = source.read(&name).map_err(|why| Error::Unreadable(name.clone(), why))? {
            let mut content = decode(&bytes, found.width).ok_or(Error::TileLength(name))?;
            content.truncate(path.width as usize);
            return Ok(content);
        }
    }
    Err(Error::Missing(path.to_string()))
}
