//! What goes from a log: bundles from its beginning, and nothing else (`docs/formats/ledger.md` section 8).

use ledger::{Level, TILE_WIDTH, TilePath};

use super::Error;
use super::disk::Disk;
use super::log::failed;

fn bundle(index: u64) -> TilePath {
    TilePath { level: Level::Entries, index: index / TILE_WIDTH, width: TILE_WIDTH }
}

/// The index of the first entry that is there, in a log of this size.
pub(super) fn first(disk: &impl Disk, size: u64) -> Result<u64, Error> {
    let mut first = 0;
    // Only whole bundles go: what is left of the last one is there whatever went.
    while first + TILE_WIDTH <= size {
        let path = bundle(first).to_string();
        if disk.has_file(&path).map_err(|error| failed(&path, error))? {
            break;
        }
        first += TILE_WIDTH;
    }
    Ok(first)
}

/// Removes the bundles of these entries, the oldest first, each durably before the next: what is there after a crash is the
/// end of the log, without a hole.
pub(super) fn remove(disk: &mut impl Disk, from: u64, until: u64) -> Result<(), Error> {
    for index in (from..until).step_by(256) {
        let path = bundle(index).to_string();
        // A partial one that was left over holds entries of it, too.
        disk.remove_folder(&format!("{path}.p")).map_err(|error| failed(&path, error))?;
        disk.remove_file(&path).map_err(|error| failed(&path, error))?;
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        disk.sync_folder(folder).map_err(|error| failed(folder, error))?;
    }
    Ok(())
}
