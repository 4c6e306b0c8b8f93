//! Which files a growing log needs: the rightmost tiles and bundle in memory, the completed ones on their way
//! to the disk (`docs/formats/ledger.md` section 3).

use ledger::{Error, Frontier, Hash, Level, TilePath, TileSource, encode_entry, leaf_hash, read_entries};

/// A file that an append makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TileFile {
    /// Where it belongs.
    pub(super) path: TilePath,
    /// Its content.
    pub(super) bytes: Vec<u8>,
}

/// A log being appended to.
#[derive(Debug, Clone, Default)]
pub(super) struct Growth {
    frontier: Frontier,
    /// The unfinished bundle, framed.
    bundle: Vec<u8>,
    /// Size when the files were last taken.
    taken: u64,
    completed: Vec<TileFile>,
}

impl Growth {
    /// Goes on with a log of this size and root, whose files are in `source`. Refuses if its rightmost tiles
    /// or bundle are missing, malformed, or not those of this root.
    pub(super) fn resume(source: &impl TileSource, size: u64, root: Hash) -> Result<Self, Error> {
        let frontier = Frontier::resume(source, size, root)?;
        let mut bundle = Vec::new();
        if let (_, Some(path)) = TilePath::of(Level::Entries, size) {
            let entries = read_entries(source, path)?;
            let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
            if frontier.partial().next().is_none_or(|(_, hashes)| hashes != leaves) {
                return Err(Error::TilesNotOfRoot(size));
            }
            entries.iter().try_for_each(|entry| encode_entry(entry, &mut bundle))?;
        }
        Ok(Self { frontier, bundle, taken: size, completed: Vec::new() })
    }

    /// The number of entries.
    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root over them.
    pub(super) fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Appends an entry; returns its index and leaf hash. A refused entry changes nothing.
    pub(super) fn push(&mut self, entry: &[u8]) -> Result<(u64, Hash), Error> {
        encode_entry(entry, &mut self.bundle)?;
        let (index, leaf) = (self.size(), leaf_hash(entry));
        let tiles = self.frontier.push(leaf);
        if let Some((path, _)) = tiles.first() {
            let path = TilePath { level: Level::Entries, ..*path };
            self.completed.push(TileFile { path, bytes: std::mem::take(&mut self.bundle) });
        }
        self.completed.extend(tiles.iter().map(|(path, hashes)| TileFile::of_hashes(*path, hashes)));
        Ok((index, leaf))
    }

    /// The files that the entries since the last call need, full and partial. All must be durable before a
    /// checkpoint of this size is published.
    pub(super) fn take_files(&mut self) -> Vec<TileFile> {
        let (mut files, taken) = (std::mem::take(&mut self.completed), self.taken);
        self.taken = self.size();
        // A level whose partial tile is the same as at the last call already has its file.
        let changed = |path: &TilePath| TilePath::of(path.level, taken).1 != Some(*path);
        let bundle = TilePath::of(Level::Entries, self.size()).1.filter(changed);
        files.extend(bundle.map(|path| TileFile { path, bytes: self.bundle.clone() }));
        let tiles = self.frontier.partial().filter(|(path, _)| changed(path));
        files.extend(tiles.map(|(path, hashes)| TileFile::of_hashes(path, hashes)));
        files
    }
}

impl TileFile {
    fn of_hashes(path: TilePath, hashes: &[Hash]) -> Self {
        Self { path, bytes: hashes.iter().flat_map(|hash| hash.0).collect() }
    }
}
