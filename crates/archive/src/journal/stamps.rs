//! Timestamps of the checkpoint, beside it (`docs/formats/timestamp.md` section 4): copies of what the log's own entries hold,
//! for those who verify with other tools than ours.

use gate::Stamped;

use super::Error;
use super::disk::Disk;
use super::log::failed;

/// The folder of timestamps. A year of one each hour: 2 × 8,760 files of some 5 KiB each.
const FOLDER: &str = "timestamps";

/// Writes the checkpoint that was stamped, then its token, each under its name only when it is whole.
pub(super) fn put(disk: &mut impl Disk, stamp: &Stamped) -> Result<(), Error> {
    put_files(disk, stamp).map_err(|error| failed(FOLDER, error))
}

fn put_files(disk: &mut impl Disk, stamp: &Stamped) -> std::io::Result<()> {
    disk.make_folder(FOLDER)?;
    disk.sync_folder("")?;
    for (ending, bytes) in [("checkpoint", &stamp.note), ("tsr", &stamp.token)] {
        let path = format!("{FOLDER}/{}.{ending}", stamp.size);
        let beside = format!("{path}.tmp");
        disk.put(&beside, bytes)?;
        disk.rename(&beside, &path)?;
    }
    disk.sync_folder(FOLDER)
}
