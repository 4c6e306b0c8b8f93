//! Files of the vault: private, whole or absent, and on the disk before anyone is told.

use crate::Error;
use lock::Lock;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// No file of the vault is larger: a key of 16 KiB with its envelope, or 16 recipients, stay far below.
const FILE_MAX: u64 = 64 * 1024;

/// What must not be there on a file with secrets: any right of the group or of others.
const OTHERS: u32 = 0o077;

/// What systemd hands over on newer kernels: read-only, root's, and our right to read it in an access list, whose mask
/// stands where the group's rights do. The group itself is root's.
const HANDED_OVER: u32 = 0o440;

/// Makes a folder that only we can enter, with its parents.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Error::disk(path))
}

/// Takes the folder for this process.
pub(crate) fn lock(folder: &Path) -> Result<Lock, Error> {
    let path = folder.join("lock");
    Lock::take(&path).map_err(Error::disk(&path))?.ok_or_else(|| Error::InUse(folder.to_path_buf()))
}

/// Reads a file that may hold a secret in clear: it must be a plain file, ours or root's, closed to others.
pub(crate) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let file = File::open(path).map_err(Error::disk(path))?;
    let metadata = file.metadata().map_err(Error::disk(path))?;
    let ours = std::fs::metadata("/proc/self").map_err(Error::disk(path))?.uid();
    let refuse = |why| Err(Error::Unsafe { path: path.to_path_buf(), why });
    if !metadata.is_file() {
        return refuse("is not a plain file");
    }
    let handed_over = metadata.mode() & 0o777 == HANDED_OVER && metadata.uid() == 0 && metadata.gid() == 0;
    if metadata.mode() & OTHERS != 0 && !handed_over {
        return refuse("can be read by others: its mode must be 0600 or 0400");
    }
    if metadata.uid() != ours && metadata.uid() != 0 {
        return refuse("belongs to another user");
    }
    contents(file, path)
}

/// Reads a sealed or public file; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    match File::open(path) {
        Ok(file) => contents(file, path).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Disk { path: path.to_path_buf(), source }),
    }
}

fn contents(file: File, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let length = file.metadata().map_err(Error::disk(path))?.len();
    if length > FILE_MAX {
        return Err(Error::Unsafe { path: path.to_path_buf(), why: "is larger than any file of the vault" });
    }
    // Room for everything at once: a growing buffer would leave copies of a secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length + 1).unwrap_or(0)));
    file.take(FILE_MAX).read_to_end(&mut bytes).map_err(Error::disk(path))?;
    Ok(bytes)
}

/// Puts `bytes` in place of what was there: whole and durable when this returns, or not at all.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    put(path, bytes, |temporary| std::fs::rename(temporary, path))
}

/// Puts `bytes` where nothing is; whole and durable when this returns. `false`: something is there.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    let linked = put(path, bytes, |temporary| {
        // A rename would replace; a link refuses. The second name goes away either way.
        let linked = std::fs::hard_link(temporary, path);
        std::fs::remove_file(temporary)?;
        linked
    });
    match linked {
        Ok(()) => Ok(true),
        Err(Error::Disk { source, .. }) if source.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes a file away; durable when this returns. `false`: there was none.
pub(crate) fn remove(path: &Path) -> Result<bool, Error> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_folder(path).map(|()| true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error::Disk { path: path.to_path_buf(), source }),
    }
}

/// Bytes to a file beside the place, to the disk, then `publish`, then the folder to the disk.
fn put(path: &Path, bytes: &[u8], publish: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), Error> {
    let mut name = path.file_name().ok_or(Error::Invalid("a file needs a name"))?.to_os_string();
    // One name is enough: the folder is locked for one process, and a rest of a crash is overwritten.
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    match std::fs::remove_file(&temporary) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(Error::Disk { path: temporary, source }),
    }
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create_new(true).mode(0o600).open(&temporary).map_err(Error::disk(&temporary))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::disk(&temporary))?;
    publish(&temporary).map_err(Error::disk(path))?;
    sync_folder(path)
}

/// What a file's folder says is there after a crash.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().ok_or(Error::Invalid("a file needs a folder"))?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::disk(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn files_are_private_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(folder.path().join("a.tmp"), "left by a crash").unwrap();
        replace(&path, b"one").unwrap();
        assert_eq!(mode(&path), 0o600);
        replace(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().as_slice(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(remove(&path).unwrap() && !remove(&path).unwrap());
        assert!(read(&path).unwrap().is_none());
    }

    #[test]
    fn what_is_created_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert!(create(&path, b"one").unwrap());
        assert!(!create(&path, b"two").unwrap());
        assert_eq!(read(&path).unwrap().unwrap().as_slice(), b"one");
        assert_eq!((mode(&path), std::fs::read_dir(folder.path()).unwrap().count()), (0o600, 1));
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        replace(&path, b"secret").unwrap();
        assert_eq!(read_private(&path).unwrap().as_slice(), b"secret");
        for mode in [0o640, 0o604, 0o660, 0o601, 0o444] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(read_private(&path), Err(Error::Unsafe { .. })), "{mode:o}");
        }
        // As systemd hands it over, and no otherwise.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!(read_private(&path).is_ok(), metadata.uid() == 0 && metadata.gid() == 0);
        assert!(matches!(read_private(folder.path()), Err(Error::Unsafe { .. } | Error::Disk { .. })));
        assert!(matches!(read_private(&folder.path().join("none")), Err(Error::Disk { .. })));
    }

    #[test]
    fn a_file_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![0; usize::try_from(FILE_MAX).unwrap() + 1]).unwrap();
        assert!(matches!(read(&path), Err(Error::Unsafe { .. })));
    }

    #[test]
    fn one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).unwrap();
        assert!(matches!(lock(folder.path()), Err(Error::InUse(_))));
        drop(held);
        assert!(lock(folder.path()).is_ok());
    }
}
