//! One container on the disk: space first, then bytes, then the acknowledgement.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use recording::{Digest, SEAL_LEN, Seal, TORN_MAX};
use rustix::fs::{FallocateFlags, fallocate};

/// Space that is reserved beyond what is written, at least: the seal, twice over.
const TAIL: u64 = 2 * SEAL_LEN as u64;
/// Space is reserved in steps of a quarter of the file, but at least this much (the chunks of some minutes
/// of typing; 1,000 sessions reserve 64 MiB) and at most [`STEP_MAX`] (four times what may run ahead).
const STEP_MIN: u64 = 64 * 1024;
const STEP_MAX: u64 = 4 * 1024 * 1024;

/// How the name of a container ends that has no whole header yet.
pub(super) const UNNAMED: &str = "tmp";

/// An open container.
pub(super) struct Container {
    file: File,
    /// Where the last acknowledged chunk ends.
    end: u64,
    /// INVARIANT: blocks are allocated up to here, and this is at least `end + TAIL`.
    reserved: u64,
}

impl Container {
    /// Creates the file with its header, durable when this returns. It has its name once its header is whole, whenever
    /// the gate dies; what is left under the other name is swept at the next start.
    pub(super) fn create(path: &Path, folder: &Path, start: &[u8]) -> io::Result<Self> {
        let unnamed = path.with_extension(UNNAMED);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&unnamed)?;
        let mut container = Self { file, end: 0, reserved: 0 };
        // A link, unlike another name, takes no place that is taken.
        let named = container.append(start).and_then(|()| std::fs::hard_link(&unnamed, path));
        let _swept_later = std::fs::remove_file(&unnamed);
        named?;
        let made = File::open(folder).and_then(|folder| folder.sync_all());
        if made.is_err() {
            // No session knows of it, and none will.
            let _swept_later = std::fs::remove_file(path);
        }
        made.map(|()| container)
    }

    /// Appends bytes; they are durable when this returns. On an error they do not count.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.end.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.reserve(end.saturating_add(TAIL))?;
        self.file.write_all_at(bytes, self.end)?;
        self.file.sync_data()?;
        self.end = end;
        Ok(())
    }

    /// What a failed write left after the last acknowledged chunk: length and SHA-256. It may have left whole chunks,
    /// of which only the acknowledgement failed: without its first byte none is read as one, and no more is kept than
    /// may stand there.
    pub(super) fn torn(&self) -> io::Result<(u64, [u8; 32])> {
        let mut file = &self.file;
        if file.metadata()?.len() > self.end {
            file.write_all_at(&[0], self.end)?;
        }
        file.seek(SeekFrom::Start(self.end))?;
        let mut torn = Vec::new();
        file.take(TORN_MAX as u64).read_to_end(&mut torn)?;
        Ok((u64::try_from(torn.len()).unwrap_or(u64::MAX), Digest::of(&[&torn])))
    }

    /// Writes the seal after what is torn, into the space that was reserved, and gives back the rest of it.
    pub(super) fn close(self, torn: u64, seal: &[u8]) -> io::Result<()> {
        close(&self.file, self.end.saturating_add(torn), seal)
    }

    #[cfg(test)]
    pub(super) fn replace_file(&mut self, file: File) {
        self.file = file;
    }

    fn reserve(&mut self, needed: u64) -> io::Result<()> {
        if needed <= self.reserved {
            return Ok(());
        }
        let step = (self.end / 4).clamp(STEP_MIN, STEP_MAX);
        let wanted = needed.saturating_add(step);
        let allocate = |until: u64| {
            fallocate(
                &self.file,
                FallocateFlags::KEEP_SIZE,
                self.reserved,
                until.saturating_sub(self.reserved),
            )
        };
        // What is just enough is tried when a generous step is refused.
        self.reserved = match allocate(wanted) {
            Ok(()) => wanted,
            Err(_) => allocate(needed).map(|()| needed)?,
        };
        Ok(())
    }
}

/// Seals a container of an earlier boot, whose bytes end at `end`. Blocks that were reserved then are
/// still there: the kernel keeps them with the file.
pub(super) fn close_again(path: &Path, end: u64, seal: &[u8]) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if file.metadata()?.len() != end {
        return Err(io::Error::other("the recording changed while it was being closed"));
    }
    close(&file, end, seal)
}

/// Whether a file ends as a sealed container does. Only a whole reading tells whether the seal fits.
pub(super) fn is_closed(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    let mut last = [0; SEAL_LEN];
    match file.metadata()?.len().checked_sub(SEAL_LEN as u64) {
        Some(start) => file.read_exact_at(&mut last, start).map(|()| recording::Seal::claimed(&last)),
        None => Ok(false),
    }
}

/// The seal at the end of a file, when it fits itself.
pub(super) fn seal_of(path: &Path) -> io::Result<Option<Seal>> {
    let file = File::open(path)?;
    let mut last = [0; SEAL_LEN];
    match file.metadata()?.len().checked_sub(SEAL_LEN as u64) {
        Some(start) => file.read_exact_at(&mut last, start).map(|()| Seal::read(&last)),
        None => Ok(None),
    }
}

fn close(file: &File, end: u64, seal: &[u8]) -> io::Result<()> {
    let sealed = || file.write_all_at(seal, end).and_then(|()| file.sync_all());
    // A disk that failed once: the seal is written anew, not only synced, since what was not synced may be gone.
    sealed().or_else(|_| sealed())?;
    let sealed = end.saturating_add(u64::try_from(seal.len()).unwrap_or(0));
    // Setting the length that it has frees the blocks beyond it. Failing to free them harms nothing; bytes beyond the
    // seal would.
    let freed = file.set_len(sealed);
    if file.metadata()?.len() > sealed { freed } else { Ok(()) }
}
