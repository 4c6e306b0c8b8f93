//! Verification of a whole log by someone who trusts nothing but a key file (`docs/formats/ledger.md`
//! section 6.3): every entry and every hash is computed again, and each fault is named with its place.

use std::collections::BTreeMap;

use crate::tile::{Level, TILE_WIDTH, TilePath, TileSource, read_entries, read_hashes};
use crate::{CHECKPOINT_PATH, Checkpoint, Error, Frontier, Hash, KeyRing, SignedCheckpoint, leaf_hash};

/// Faults after which verification stops: 256 name one whole tile, and nobody reads more.
pub const MAX_FAULTS: usize = 256;

/// Something wrong with a log, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, under the log's folder.
    pub path: String,
    /// The index of the entry in the log, or of the hash in its level, where the fault is in one.
    pub index: Option<u64>,
    /// What is wrong.
    pub what: Error,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The log's checkpoint, if its signatures hold.
    pub checkpoint: Option<SignedCheckpoint>,
    /// Everything wrong; empty for a sound log.
    pub faults: Vec<Fault>,
    /// Whether verification stopped at [`MAX_FAULTS`], with the rest unread.
    pub stopped: bool,
    /// Entries whose bundles are not there, from the first on: no fault of the tree, which their hashes still give.
    /// Whoever knows what the entries say judges whether they may be gone (section 8).
    pub gone: u64,
    /// The root at each of the sizes that were asked for and the log has.
    pub roots: BTreeMap<u64, Hash>,
}

/// Verifies the log in `source` against the keys and, if there is one, an older checkpoint of it. `visit` is
/// given, in order, each entry that its tile confirms, with its index: one reading serves for what the
/// entries say, too (which counts only if the report has no fault). `sizes`: of which the roots are wanted.
pub fn verify_log(
    source: &impl TileSource,
    ring: &KeyRing,
    older: Option<&Checkpoint>,
    sizes: &[u64],
    visit: impl FnMut(u64, &[u8]),
) -> Report {
    let mut audit = Audit {
        source,
        older,
        older_found: older.is_none_or(|older| older.size == 0),
        entries: Frontier::default(),
        tiles: Frontier::default(),
        contradictions: Vec::new(),
        faults: Vec::new(),
        gone: 0,
        sizes,
        roots: BTreeMap::new(),
    };
    let checkpoint =
        SignedCheckpoint::read(source, ring).map_err(|what| audit.fault(CHECKPOINT_PATH, None, what)).ok();
    if let Some(signed) = &checkpoint {
        audit.read(signed.checkpoint().size, visit);
    }
    let stopped = audit.full();
    if let Some(signed) = &checkpoint {
        audit.conclude(signed.checkpoint(), stopped);
    }
    Report { checkpoint, faults: audit.faults, stopped, gone: audit.gone, roots: audit.roots }
}

/// Verification under way. Two trees grow side by side, one from the entries and one from the leaf hashes in
/// the tiles: where the two differ, the signed root says afterwards which of them was altered.
struct Audit<'a, S> {
    source: &'a S,
    older: Option<&'a Checkpoint>,
    older_found: bool,
    entries: Frontier,
    tiles: Frontier,
    /// Indices at which entry and leaf hash differ.
    contradictions: Vec<u64>,
    faults: Vec<Fault>,
    gone: u64,
    sizes: &'a [u64],
    roots: BTreeMap<u64, Hash>,
}

impl<S: TileSource> Audit<'_, S> {
    fn full(&self) -> bool {
        self.faults.len() + self.contradictions.len() >= MAX_FAULTS
    }

    fn fault(&mut self, path: impl ToString, index: Option<u64>, what: Error) {
        self.faults.push(Fault { path: path.to_string(), index, what });
    }

    fn read(&mut self, size: u64, mut visit: impl FnMut(u64, &[u8])) {
        while self.entries.size() < size && !self.full() {
            let path = TilePath::holding(Level::Entries, self.entries.size(), size);
            let (entries, hashes) = (read_entries(self.source, path), self.hashes(path, Level::Hashes(0)));
            let begins = self.gone == self.entries.size() && path.width == TILE_WIDTH && hashes.is_some();
            let entries = match entries {
                Err(Error::Missing(_)) if begins => {
                    self.gone += TILE_WIDTH;
                    None
                }
                entries => self.found(path, entries),
            };
            for at in 0..path.width as usize {
                let index = self.entries.size();
                let entry = entries.as_ref().and_then(|entries| entries.get(at));
                let leaf = entry.map(|entry| leaf_hash(entry));
                let hash = hashes.as_ref().and_then(|hashes| hashes.get(at).copied());
                if leaf.is_some() && hash.is_some() && leaf != hash {
                    self.contradictions.push(index);
                } else if let Some(entry) = entry {
                    visit(index, entry);
                }
                // Where one side is missing, and was named as such, the other stands in for it.
                let nothing = Hash([0; Hash::LEN]);
                self.grow(leaf.or(hash).unwrap_or(nothing), hash.or(leaf).unwrap_or(nothing));
            }
        }
        let (computed, stored) = (self.entries.clone(), self.tiles.clone());
        for ((path, by_entries), (_, by_tiles)) in computed.partial().zip(stored.partial()) {
            self.compare(path, by_entries, by_tiles);
        }
    }

    /// Takes one leaf, as its entry and as its tile give it, and compares the tiles that it completes.
    fn grow(&mut self, by_entry: Hash, by_tile: Hash) {
        let computed = self.entries.push(by_entry);
        let stored = self.tiles.push(by_tile);
        for ((path, by_entries), (_, by_tiles)) in computed.iter().zip(&stored) {
            self.compare(*path, by_entries, by_tiles);
        }
        if self.sizes.contains(&self.entries.size()) {
            self.roots.insert(self.entries.size(), self.tiles.root());
        }
        if let Some(older) = self.older.filter(|older| older.size == self.entries.size()) {
            self.older_found = [self.entries.root(), self.tiles.root()].contains(&older.root);
        }
    }

    /// Compares a tile above level 0, which was read with its bundle, to what the level below gives.
    fn compare(&mut self, path: TilePath, by_entries: &[Hash], by_tiles: &[Hash]) {
        if path.level == Level::Hashes(0) || self.full() {
            return;
        }
        let Some(hashes) = self.hashes(path, path.level) else { return };
        for (at, hash) in hashes.iter().enumerate() {
            if by_entries.get(at) != Some(hash) && by_tiles.get(at) != Some(hash) {
                self.fault(path, Some(path.index * TILE_WIDTH + at as u64), Error::Altered);
            }
        }
    }

    fn hashes(&mut self, path: TilePath, level: Level) -> Option<Vec<Hash>> {
        let path = TilePath { level, ..path };
        let read = read_hashes(self.source, path);
        self.found(path, read)
    }

    fn found<T>(&mut self, path: TilePath, read: Result<T, Error>) -> Option<T> {
        read.map_err(|what| self.fault(path, None, what)).ok()
    }

    /// Compares the two trees to the signed root and names what contradicts it.
    fn conclude(&mut self, signed: &Checkpoint, stopped: bool) {
        let (by_entries, by_tiles) = (self.entries.root(), self.tiles.root());
        for index in std::mem::take(&mut self.contradictions) {
            let (level, what) = match (by_entries == signed.root, by_tiles == signed.root) {
                (true, false) => (Level::Hashes(0), Error::Altered),
                (false, true) => (Level::Entries, Error::Altered),
                _ => (Level::Entries, Error::Contradiction),
            };
            self.fault(TilePath::holding(level, index, signed.size), Some(index), what);
        }
        if stopped {
            return;
        }
        if by_entries != signed.root && by_tiles != signed.root {
            self.fault(CHECKPOINT_PATH, None, Error::Root(by_entries));
        }
        if let Some(older) = self.older.filter(|older| older.size > signed.size) {
            self.fault(CHECKPOINT_PATH, None, Error::Shrunk(older.size, signed.size));
        } else if let Some(older) = self.older.filter(|_| !self.older_found) {
            self.fault(CHECKPOINT_PATH, None, Error::Rewritten(older.size));
        }
    }
}
