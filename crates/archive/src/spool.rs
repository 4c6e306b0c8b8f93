//! Held uploads on the disk: a file that loses its name at once, covered with a key that is nowhere but in
//! memory, so that nothing of it is left when the process ends, however it ends.
//!
//! It is written piece by piece; the last, which is not whole yet, waits in memory.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{self, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};

use gate::ports::{Boxed, PortError, Spool, Spools};
use rustix::fs::FallocateFlags;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use transfer::{COVER_TAG, Cover};
use vocab::Secret;

use crate::recordings::FREE_MIN;

/// Bytes of a piece. With the copy that is being covered and one that is being read, an upload takes below 1 MiB of
/// memory: 3 × 256 KiB.
const PIECE: usize = 256 * 1024;
/// Room is taken in steps of so many pieces: 16 MiB.
const STEP: u64 = 64;
/// Held uploads of the whole gate at once: 256 descriptors, and 256 × 768 KiB is 192 MiB of memory.
pub const SPOOLS_MAX: usize = 256;
/// Bytes that held uploads leave free. Below [`FREE_MIN`] no session opens: whoever fills the disk with uploads must not
/// keep everybody else out, nor when recordings and ledgers have grown for some time meanwhile.
const FREE_BESIDE: u64 = 4 * FREE_MIN;

/// A folder for held uploads.
#[derive(Debug, Clone)]
pub struct FolderSpools {
    folder: PathBuf,
    free_min: u64,
    begun: Arc<AtomicU64>,
    places: Arc<Semaphore>,
    /// Room is measured and taken by one at a time.
    taking: Arc<Mutex<()>>,
}

impl FolderSpools {
    /// In this folder, which is made if it is missing. Four times [`FREE_MIN`] stays free for what the gate must write.
    ///
    /// # Errors
    /// The folder cannot be made, or what an earlier run left in it cannot be removed.
    pub fn open(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // Between its making and the loss of its name, a file may have outlived an earlier run.
        for left in std::fs::read_dir(folder)? {
            std::fs::remove_file(left?.path())?;
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            free_min: FREE_BESIDE,
            begun: Arc::default(),
            places: Arc::new(Semaphore::new(SPOOLS_MAX)),
            taking: Arc::default(),
        })
    }
}

impl Spools for FolderSpools {
    fn begin(&self, key: Secret) -> Boxed<'_, Result<Box<dyn Spool>, PortError>> {
        let number = self.begun.fetch_add(1, atomic::Ordering::Relaxed);
        let (path, free_min) = (self.folder.join(number.to_string()), self.free_min);
        let (taking, places) = (Arc::clone(&self.taking), Arc::clone(&self.places));
        Box::pin(async move {
            let place = places.try_acquire_owned().map_err(|_| failed("so many are held already"))?;
            let cover = Cover::new(key.expose()).ok_or_else(|| failed("the key has another length"))?;
            let file = blocking(move || {
                let file =
                    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
                std::fs::remove_file(&path)?;
                Ok(file)
            });
            let file = Arc::new(file.await?);
            let cover = Arc::new(cover);
            let spool = FileSpool {
                file,
                cover,
                free_min,
                taking,
                whole: 0,
                room: 0,
                last: Vec::new(),
                _place: place,
            };
            Ok(Box::new(spool) as Box<dyn Spool>)
        })
    }
}

struct FileSpool {
    file: Arc<File>,
    cover: Arc<Cover>,
    free_min: u64,
    taking: Arc<Mutex<()>>,
    /// Pieces that are written.
    whole: u64,
    /// Pieces that there is room for.
    room: u64,
    /// What is not a whole piece yet.
    last: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl Spool for FileSpool {
    fn append(&mut self, bytes: Vec<u8>) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(async move {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(PIECE.saturating_sub(self.last.len())));
                self.last.extend_from_slice(now);
                rest = later;
                if self.last.len() == PIECE {
                    self.write().await?;
                }
            }
            Ok(())
        })
    }

    fn length(&self) -> u64 {
        self.whole.saturating_mul(PIECE as u64).saturating_add(self.last.len() as u64)
    }

    fn read(&self, from: u64, length: usize) -> Boxed<'_, Result<Vec<u8>, PortError>> {
        Box::pin(async move {
            let (piece, skip) = (from / PIECE as u64, usize::try_from(from % PIECE as u64).unwrap_or(0));
            let found = match piece.cmp(&self.whole) {
                Less => self.piece(piece).await?,
                Equal => self.last.clone(),
                Greater => Vec::new(),
            };
            let found = found.get(skip..).unwrap_or_default();
            // What goes beyond this piece is read from the next.
            let mut read = found.get(..length).unwrap_or(found).to_vec();
            if read.len() < length && piece < self.whole && !read.is_empty() {
                let more = length.saturating_sub(read.len());
                read.extend(self.read(from.saturating_add(read.len() as u64), more).await?);
            }
            Ok(read)
        })
    }
}

impl FileSpool {
    async fn write(&mut self) -> Result<(), PortError> {
        let (number, mut bytes) = (self.whole, std::mem::take(&mut self.last));
        let (file, cover) = (Arc::clone(&self.file), Arc::clone(&self.cover));
        let (room, free_min, taking) = (self.room, self.free_min, Arc::clone(&self.taking));
        self.room = blocking(move || {
            if !cover.seal(number, &mut bytes) {
                return Err(io::Error::other("a piece could not be covered"));
            }
            let room = if number < room {
                room
            } else {
                let _alone = taking.lock().unwrap_or_else(PoisonError::into_inner);
                make_room(&file, number, free_min)?
            };
            file.write_all_at(&bytes, place(number))?;
            Ok(room)
        })
        .await?;
        self.whole = number.saturating_add(1);
        Ok(())
    }

    async fn piece(&self, number: u64) -> Result<Vec<u8>, PortError> {
        let (file, cover) = (Arc::clone(&self.file), Arc::clone(&self.cover));
        blocking(move || {
            let mut bytes = vec![0; PIECE + COVER_TAG];
            file.read_exact_at(&mut bytes, place(number))?;
            cover.open(number, bytes).ok_or_else(|| io::Error::other("a piece is not what was written"))
        })
        .await
    }
}

/// Where a piece begins.
const fn place(number: u64) -> u64 {
    number.saturating_mul((PIECE + COVER_TAG) as u64)
}

/// Takes room for the next pieces, and says for how many there is. What the gate must be able to write stays free.
fn make_room(file: &File, number: u64, free_min: u64) -> io::Result<u64> {
    let (from, until) = (place(number), place(number.saturating_add(STEP)));
    let disk = rustix::fs::fstatvfs(file)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < free_min.saturating_add(until.saturating_sub(from)) {
        return Err(io::Error::from(io::ErrorKind::StorageFull));
    }
    rustix::fs::fallocate(file, FallocateFlags::empty(), from, until.saturating_sub(from))?;
    Ok(number.saturating_add(STEP))
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, PortError> {
    match tokio::task::spawn_blocking(act).await {
        Ok(done) => done.map_err(|error| failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: impl std::fmt::Display) -> PortError {
    PortError::Failed(format!("a held upload: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run<T>(act: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(act)
    }

    async fn begun(folder: &Path, free_min: u64) -> Box<dyn Spool> {
        let spools = FolderSpools { free_min, ..FolderSpools::open(folder).unwrap() };
        spools.begin(Secret::new(vec![7; 32])).await.unwrap()
    }

    #[test]
    fn nothing_of_it_is_seen_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        run(async {
            let mut spool = begun(folder.path(), 0).await;
            spool.append(b"plainly fictitious ".repeat(50_000)).await.unwrap();
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it has no name");
        });
    }

    #[test]
    fn what_the_gate_must_write_stays_free() {
        let folder = tempfile::tempdir().unwrap();
        run(async {
            let mut spool = begun(folder.path(), u64::MAX / 2).await;
            spool.append(vec![1; PIECE - 1]).await.unwrap();
            assert!(spool.append(vec![1; 1]).await.is_err());
            assert!(FolderSpools::open(Path::new("/dev/null/x")).is_err());
        });
        let spools = FolderSpools::open(folder.path()).unwrap();
        assert!(run(spools.begin(Secret::new(vec![7; 31]))).is_err());
    }

    #[test]
    fn so_many_are_held_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let spools = FolderSpools::open(folder.path()).unwrap();
        assert!(spools.free_min >= 4 * FREE_MIN, "a session opens as long as {FREE_MIN} are free");
        run(async {
            let begin = || spools.begin(Secret::new(vec![7; 32]));
            let mut all = Vec::new();
            for _ in 0..SPOOLS_MAX {
                all.push(begin().await.unwrap());
            }
            assert!(begin().await.is_err());
            drop(all.pop());
            assert!(begin().await.is_ok());
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_was_put_in_comes_out(
            parts in proptest::collection::vec(0_usize..300_000, 0..6),
            reads in proptest::collection::vec((0_u64..1_200_000, 0_usize..600_000), 1..8),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let whole: Vec<u8> = (0..parts.iter().sum::<usize>()).map(|at| (at % 251) as u8).collect();
            run(async {
                let (mut spool, mut at) = (begun(folder.path(), 0).await, 0);
                for part in parts {
                    spool.append(whole[at..at + part].to_vec()).await.unwrap();
                    at += part;
                }
                assert_eq!(spool.length(), whole.len() as u64);
                for (from, length) in reads {
                    let start = (from as usize).min(whole.len());
                    let end = (start + length).min(whole.len());
                    let read = spool.read(from, length).await.unwrap();
                    assert!(read == whole[start..end], "{from} {length}: {} bytes", read.len());
                }
            });
        }
    }
}
