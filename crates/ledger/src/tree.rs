//! The tree as it grows: a frontier that takes one leaf after the other.

use crate::hash::root_of;
use crate::tile::{Level, TILE_WIDTH, TilePath, TileSource, read_hashes};
use crate::{Error, Hash, empty_root};

/// The right edge of a tree: the hashes of the one unfinished tile of each level. Enough to append and to
/// know the root, and never more than 255 hashes for each of 8 levels: 65,280 bytes.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Frontier {
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

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next leaf and returns the tiles which that completes, lowest level first.
    pub fn push(&mut self, leaf: Hash) -> Vec<(TilePath, Vec<Hash>)> {
        let (mut completed, mut carried) = (Vec::new(), Some(leaf));
        self.size += 1;
        for level in 0_u8.. {
            let Some(hash) = carried.take() else { break };
            if self.levels.len() <= usize::from(level) {
                self.levels.push(Vec::new());
            }
            let Some(tile) = self.levels.get_mut(usize::from(level)) else { break };
            tile.push(hash);
            if tile.len() as u64 == TILE_WIDTH {
                let (level, hashes) = (Level::Hashes(level), std::mem::take(tile));
                carried = root_of(&hashes);
                let index = TilePath::of(level, self.size).0 - 1;
                completed.push((TilePath { level, index, width: TILE_WIDTH }, hashes));
            }
        }
        completed
    }

    /// The partial tiles, lowest level first.
    pub fn partial(&self) -> impl Iterator<Item = (TilePath, &[Hash])> {
        self.levels.iter().zip(0_u8..).filter_map(|(hashes, level)| {
            let (_, path) = TilePath::of(Level::Hashes(level), self.size);
            Some((path?, hashes.as_slice()))
        })
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let root = self.levels.iter().fold(None, |below, level| {
            let hashes: Vec<Hash> = level.iter().copied().chain(below).collect();
            root_of(&hashes)
        });
        root.unwrap_or_else(empty_root)
    }
}
