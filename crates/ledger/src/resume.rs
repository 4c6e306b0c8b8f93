//! Going on with a log where it stands. Only who writes a log links this.

use std::fmt;

use crate::tile::TileSource;
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
