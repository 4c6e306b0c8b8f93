//! Going on with a log where it stands. Only who writes a log links this.

use crate::tile::{Level, TilePath, TileSource, read_hashes};
use crate::{Error, Frontier, Hash};

impl Frontier {
    /// The frontier of a log of this size, from its partial tiles.
    ///
    /// # Errors
    /// If a tile is missing or malformed, or if the tiles do not give this root.
    pub fn resume(source: &impl TileSource, size: u64, root: Hash) -> Result<Self, Error> {
        let level = |level| TilePath::of(Level::Hashes(level), size).1;
        let read = |path: Option<_>| path.map_or(Ok(Vec::new()), |path| read_hashes(source, path));
        let frontier = Self { size, levels: (0..8).map(|l| read(level(l))).collect::<Result<_, _>>()? };
        if frontier.root() == root { Ok(frontier) } else { Err(Error::TilesNotOfRoot(size)) }
    }
}
