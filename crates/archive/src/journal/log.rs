//! One log on one disk: committed group by group to its tail, integrated into tiles from time to time, and
//! recovered at start (`docs/formats/ledger.md` section 7). One hand at a time writes it.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use gate::ports::{Clock, Receipt};
use ledger::{
    CHECKPOINT_PATH, Checkpoint, KeyRing, Level, MAX_NOTE, SignedCheckpoint, Signer, TILE_WIDTH, TilePath,
};

use super::Error;
use super::disk::{Disk, Source};
use super::growth::{Growth, TileFile};
use super::tail::{self, Base, Key};

/// The file of acknowledged entries that are in no bundle yet.
pub(super) const TAIL_PATH: &str = "tail";

/// The length at which a tail is integrated without waiting: hashed again in a quarter of a second at start.
pub(super) const TAIL_FULL: usize = 32 * 1_024 * 1_024;

/// The longest tail that is read at start: a full one and one group beyond (4 MiB, and one append of 16 MiB),
/// with a MiB for the heads.
const TAIL_MAX: usize = TAIL_FULL + 21 * 1_024 * 1_024;

/// A log that is being written.
pub(super) struct Log<D> {
    disk: D,
    signers: Vec<Box<dyn Signer>>,
    origin: String,
    /// Of its tails.
    key: Key,
    clock: Arc<dyn Clock>,
    growth: Growth,
    /// The checkpoint after which the tail began.
    base: Base,
    /// Size in the last checkpoint published: the base's, but for a start after a crash between the two.
    published: u64,
    /// Length of the tail; 0 until the first integration after a start, which begins a new one in any case.
    tail_len: usize,
    /// The last checkpoint published, as its file has it.
    note: Vec<u8>,
}

impl<D: Disk> Log<D> {
    /// Opens the log, or makes it if there is none, and integrates its tail.
    pub(super) fn open(
        mut disk: D,
        origin: &str,
        signers: Vec<Box<dyn Signer>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let ring = KeyRing::new(signers.iter().map(|signer| signer.key().clone()).collect())?;
        if ring.origin() != origin {
            return Err(ledger::Error::KeysOfTwoLogs(origin.into(), ring.origin().into()).into());
        }
        let note = match read(&disk, CHECKPOINT_PATH, MAX_NOTE)? {
            Some(note) => note,
            None => create(&mut disk, origin, &signers, clock.as_ref())?,
        };
        let signed = SignedCheckpoint::verify(&note, &ring)?;
        let Checkpoint { size, root, .. } = *signed.checkpoint();
        let tail = read(&disk, TAIL_PATH, TAIL_MAX)?.ok_or_else(|| damaged("`tail` is missing"))?;
        let key = Key::of(origin, &signers).map_err(|why| damaged(&why))?;
        let tail = tail::read(&key, &tail)
            .map_err(|damage| damaged(&format!("`tail`: {} (byte {})", damage.what, damage.at)))?;
        if tail.torn {
            tracing::warn!(origin, "A last group that was never acknowledged was dropped");
        }
        // The names were read, but perhaps by grace of a cache: a gate that died may not have synced them.
        disk.sync_folder("").map_err(|error| failed("the folder", error))?;
        let growth = Growth::resume(&Source(&disk), size, root)?;
        let base = tail.base;
        let mut log = Self {
            disk,
            signers,
            origin: origin.into(),
            key,
            clock,
            growth,
            base,
            published: size,
            tail_len: 0,
            note,
        };
        log.take_tail(&tail.entries, size, root)?;
        log.integrate()?;
        Ok(log)
    }

    /// Takes what the tail has beyond the checkpoint, after a look at what it has before it.
    fn take_tail(&mut self, entries: &[Vec<u8>], size: u64, root: ledger::Hash) -> Result<(), Error> {
        let base = self.base;
        let end = base.size + entries.len() as u64;
        if base.size > size || (base.size == size && base.root != root) {
            return Err(damaged("`checkpoint` is not the one after which `tail` began: it was rolled back"));
        }
        if end < size {
            return Err(damaged("`tail` ends before `checkpoint`"));
        }
        let (old, new) = entries.split_at((size - base.size) as usize);
        if old != read_range(&self.disk, base.size, size, size)? {
            return Err(damaged("`tail` has other entries than the log"));
        }
        new.iter().try_for_each(|entry| self.growth.push(entry).map(|_| ()))?;
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn disk(&self) -> &D {
        &self.disk
    }

    #[cfg(test)]
    pub(super) fn into_disk(self) -> D {
        self.disk
    }

    /// Number of entries that are durable.
    pub(super) fn size(&self) -> u64 {
        self.growth.size()
    }

    /// Number of entries that the published checkpoint covers.
    pub(super) fn published(&self) -> u64 {
        self.published
    }

    /// The published checkpoint, as its file has it.
    pub(super) fn note(&self) -> &[u8] {
        &self.note
    }

    /// Length of the tail in bytes.
    pub(super) fn tail_len(&self) -> usize {
        self.tail_len
    }

    /// Makes these entries durable, in this order, as one group. After an error nothing may be written any
    /// more: how much of the group is on the disk is not known.
    pub(super) fn commit(&mut self, entries: &[Vec<u8>]) -> Result<Vec<Receipt>, Error> {
        let group = self.base.group(&self.key, self.size(), entries)?;
        self.disk.append(TAIL_PATH, &group).map_err(|error| failed("write `tail`", error))?;
        self.tail_len += group.len();
        let receipt = |entry: &Vec<u8>| -> Result<Receipt, Error> {
            let (index, leaf) = self.growth.push(entry)?;
            Ok(Receipt { index, leaf: leaf.0 })
        };
        entries.iter().map(receipt).collect()
    }

    /// Writes tiles, bundles and checkpoint for every entry in the tail, then begins a new tail. The order of
    /// the steps is what makes a crash between any two of them harmless (section 7.3).
    pub(super) fn integrate(&mut self) -> Result<(), Error> {
        if self.tail_len == self.base.header().len() {
            return Ok(());
        }
        let files = self.growth.take_files();
        self.write_files(&files)?;
        let now = Base { size: self.growth.size(), root: self.growth.root() };
        if self.published != now.size {
            self.note = sign(&self.origin, now, &self.signers, self.clock.as_ref())?;
            replace(&mut self.disk, CHECKPOINT_PATH, &self.note)?;
            self.published = now.size;
        }
        self.remove_superseded(now.size);
        replace(&mut self.disk, TAIL_PATH, &now.header())?;
        (self.base, self.tail_len) = (now, now.header().len());
        Ok(())
    }

    fn write_files(&mut self, files: &[TileFile]) -> Result<(), Error> {
        let mut folders = BTreeSet::new();
        let paths: Vec<String> = files.iter().map(|file| file.path.to_string()).collect();
        for (path, file) in paths.iter().zip(files) {
            for (at, _) in path.match_indices('/') {
                let (folder, _) = path.split_at(at);
                self.disk.make_folder(folder).map_err(|error| failed(folder, error))?;
                // Also if it was there: a gate that died may have made it without making it durable.
                folders.extend([parent(folder), folder]);
            }
            self.disk.put(&format!("{path}.tmp"), &file.bytes).map_err(|error| failed(path, error))?;
        }
        for path in &paths {
            self.disk.rename(&format!("{path}.tmp"), path).map_err(|error| failed(path, error))?;
        }
        for folder in folders {
            self.disk.sync_folder(folder).map_err(|error| failed(folder, error))?;
        }
        Ok(())
    }

    /// Removes the partial tiles of the last checkpoint where the full ones are durable now. What is left
    /// over does no harm.
    fn remove_superseded(&mut self, size: u64) {
        for level in [Level::Entries].into_iter().chain((0..8).map(Level::Hashes)) {
            let (Some(partial), (full, _)) =
                (TilePath::of(level, self.base.size).1, TilePath::of(level, size))
            else {
                continue;
            };
            if partial.index < full {
                let folder = format!("{}.p", TilePath { width: TILE_WIDTH, ..partial });
                if let Err(error) = self.disk.remove_folder(&folder) {
                    tracing::warn!(folder, %error, "Partial tiles could not be removed");
                }
            }
        }
    }
}

/// The entries from one index up to another, from the bundles of a log of this size.
pub(super) fn read_range<D: Disk>(disk: &D, from: u64, until: u64, size: u64) -> Result<Vec<Vec<u8>>, Error> {
    let mut entries = Vec::new();
    let mut next = from;
    while next < until {
        let path = TilePath::holding(Level::Entries, next, size);
        let start = path.index * TILE_WIDTH;
        let bundle = ledger::read_entries(&Source(disk), path)?.into_iter().zip(start..);
        entries.extend(bundle.filter(|(_, index)| (next..until).contains(index)).map(|(entry, _)| entry));
        next = start + path.width;
    }
    Ok(entries)
}

/// Makes the log: its tail first, so that a checkpoint without a tail is always damage.
fn create(
    disk: &mut impl Disk,
    origin: &str,
    signers: &[Box<dyn Signer>],
    clock: &dyn Clock,
) -> Result<Vec<u8>, Error> {
    let base = Base { size: 0, root: ledger::empty_root() };
    let tail = read(disk, TAIL_PATH, TAIL_MAX)?;
    if tail.is_some_and(|tail| tail != base.header())
        || disk.has_folder("tile").map_err(|error| failed("tile", error))?
    {
        return Err(damaged("`checkpoint` is missing"));
    }
    replace(disk, TAIL_PATH, &base.header())?;
    let note = sign(origin, base, signers, clock)?;
    replace(disk, CHECKPOINT_PATH, &note)?;
    Ok(note)
}

fn sign(origin: &str, base: Base, signers: &[Box<dyn Signer>], clock: &dyn Clock) -> Result<Vec<u8>, Error> {
    let checkpoint = Checkpoint { origin: origin.into(), size: base.size, root: base.root };
    // A clock before 1970 signs 0: "no statement of time" (C2SP tlog-cosignature).
    Ok(checkpoint.sign(signers, u64::try_from(clock.now().as_secs()).unwrap_or(0))?)
}

/// Writes a file of the log's own folder so that after a crash it is either the old or the new one.
fn replace(disk: &mut impl Disk, path: &str, bytes: &[u8]) -> Result<(), Error> {
    let temporary = format!("{path}.tmp");
    disk.put(&temporary, bytes).map_err(|error| failed(path, error))?;
    disk.rename(&temporary, path).map_err(|error| failed(path, error))?;
    disk.sync_folder("").map_err(|error| failed(path, error))
}

fn read(disk: &impl Disk, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Error> {
    disk.read(path, limit).map_err(|error| failed(path, error))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn damaged(what: &str) -> Error {
    Error::Damaged(what.into())
}

pub(super) fn failed(what: &str, error: io::Error) -> Error {
    Error::Io { what: what.into(), source: Arc::new(error) }
}
