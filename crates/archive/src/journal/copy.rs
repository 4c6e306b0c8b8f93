//! A log as a backup holds it: which files a size requires, each as it was then, and whether they verify.

use std::path::Path;

use ledger::{Hash, KeyRing, Level, MAX_FILE, TILE_WIDTH, TilePath, encode_entry};

use super::disk::{Disk as _, Folder, Source};
use super::tail::Base;
use super::{Error, log};

/// One file of the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogFile(TilePath);

impl LogFile {
    /// Its path under the log's folder.
    pub fn path(&self) -> String {
        self.0.to_string()
    }

    /// Its bytes. A partial one that was filled up since is cut out of the full one.
    ///
    /// # Errors
    /// If it is missing or malformed, or the disk fails.
    pub fn read(&self, folder: &Path) -> Result<Vec<u8>, Error> {
        let disk = Folder::at_rest(folder);
        let path = self.path();
        if let Some(bytes) = disk.read(&path, MAX_FILE).map_err(|error| log::failed(&path, error))? {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        if self.0.level == Level::Entries {
            for entry in ledger::read_entries(&Source(&disk), self.0)? {
                encode_entry(&entry, &mut bytes)?;
            }
        } else {
            let hashes = ledger::read_hashes(&Source(&disk), self.0)?;
            bytes.extend(hashes.iter().flat_map(|hash| hash.0));
        }
        Ok(bytes)
    }
}

/// The files that a log of this size requires whose entries before `first` were purged, in order of their level.
pub fn files_of(first: u64, size: u64) -> impl Iterator<Item = LogFile> {
    let levels = [Level::Entries].into_iter().chain((0..8).map(Level::Hashes));
    levels.flat_map(move |level| {
        let (full, partial) = TilePath::of(level, size);
        let gone = if level == Level::Entries { first / TILE_WIDTH } else { 0 };
        (gone..full)
            .map(move |index| LogFile(TilePath { level, index, width: TILE_WIDTH }))
            .chain(partial.map(LogFile))
    })
}

/// Every entry of a log of this size, in order, from the first that is there.
///
/// # Errors
/// If a bundle is missing or malformed, or the disk fails.
pub fn each_entry(folder: &Path, first: u64, size: u64, mut each: impl FnMut(&[u8])) -> Result<(), Error> {
    let disk = Folder::at_rest(folder);
    for file in files_of(first, size).take_while(|file| file.0.level == Level::Entries) {
        for entry in ledger::read_entries(&Source(&disk), file.0)? {
            each(&entry);
        }
    }
    Ok(())
}

/// The file `tail` of a log that has nothing beyond the checkpoint of this size and root.
pub fn empty_tail(size: u64, root: [u8; 32]) -> Vec<u8> {
    Base { size, root: Hash(root) }.header()
}

/// Verifies the log in a folder against its public keys: size, root, and index of the first entry that is there. Whether
/// those before it might go is not asked here.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn verify(folder: &Path, keys: &str) -> Result<(u64, [u8; 32], u64), Error> {
    let ring = KeyRing::parse(keys)?;
    let disk = Folder::at_rest(folder);
    let report = ledger::verify_log(&Source(&disk), &ring, None, &[], |_, _| {});
    if let Some(fault) = report.faults.first() {
        return Err(Error::Damaged(fault.to_string()));
    }
    let signed = report.checkpoint.ok_or_else(|| Error::Damaged("it has no checkpoint".into()))?;
    Ok((signed.checkpoint().size, signed.checkpoint().root.0, report.gone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_its_files() {
        let paths = |size| files_of(0, size).map(|file| file.path()).collect::<Vec<_>>();
        assert_eq!(paths(0), [""; 0]);
        assert_eq!(paths(7), ["tile/entries/000.p/7", "tile/0/000.p/7"]);
        assert_eq!(
            paths(300),
            ["tile/entries/000", "tile/entries/001.p/44", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1",]
        );
        let purged: Vec<_> = files_of(256, 300).map(|file| file.path()).collect();
        assert_eq!(purged, ["tile/entries/001.p/44", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"]);
        assert_eq!(files_of(0, 100_000_000).count(), 390_625 * 2 + 1_525 + 1 + 5 + 1 + 1);
    }

    #[test]
    fn a_partial_file_is_cut_out_of_the_full_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["tile/entries", "tile/0"] {
            std::fs::create_dir_all(at(path)).unwrap();
        }
        let entry = |n: usize| vec![n as u8; 16 + n % 5];
        let framed = |count: usize| {
            let mut bytes = Vec::new();
            (0..count).for_each(|n| encode_entry(&entry(n), &mut bytes).unwrap());
            bytes
        };
        std::fs::write(at("tile/entries/000"), framed(256)).unwrap();
        std::fs::write(at("tile/0/000"), [3; 256 * 32]).unwrap();
        let read: Vec<_> = files_of(0, 7).map(|file| file.read(folder.path()).unwrap()).collect();
        assert_eq!(read, [framed(7), vec![3; 7 * 32]]);
        std::fs::remove_file(at("tile/0/000")).unwrap();
        assert!(files_of(0, 7).last().unwrap().read(folder.path()).is_err());
    }
}
