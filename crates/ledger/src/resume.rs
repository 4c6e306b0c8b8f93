//! Going on with a log where it stands. Only who writes a log links this.

use std::fmt;

use crate::tile::{Level, TILE_WIDTH, TilePath, TileSource, read_hashes};
use crate::{Error, Fault, Frontier, Hash};

impl Frontier {
    /// The frontier of a log of this size, from its partial tiles.
    ///
    /// # Errors
    /// If a tile is missing or malformed, or if the tiles do not give this root.
    pub fn resume(source: &impl TileSource, size: u64, root: Hash) -> Result<Self, Error> {
        let frontier = Self::of_tiles(source, size, size)?;
        if frontier.root() == root { Ok(frontier) } else { Err(Error::TilesNotOfRoot(size)) }
    }

    /// The frontier that a log of size `now` had at an earlier size, from its tiles as they are: its root is that of the
    /// log at that size.
    ///
    /// # Errors
    /// If a tile is missing or malformed.
    pub fn of_tiles(source: &impl TileSource, size: u64, now: u64) -> Result<Self, Error> {
        let level = |level: u8| {
            let Some(path) = TilePath::of(Level::Hashes(level), size).1 else { return Ok(Vec::new()) };
            let first = path.index.saturating_mul(TILE_WIDTH);
            let mut found = read_hashes(source, TilePath::holding(path.level, first, now))?;
            found.truncate(path.width as usize);
            Ok(found)
        };
        Ok(Self { size, levels: (0..8).map(level).collect::<Result<_, _>>()? })
    }
}

/// In one line, for the log of a program.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.path)?;
        if let Some(index) = self.index {
            write!(f, ", index {index}")?;
        }
        write!(f, ": {}", self.what)
    }
}
