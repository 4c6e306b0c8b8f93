//! Documents on a folder: `<evidence>/<establishment>/documents/<place>.doc`, and `<place>.part` until they are settled.
//!
//! | size | field |
//! |---|---|
//! | 8 | `PTNDOC\r\n` |
//! | 1 | version, 1 |
//! | 8 | length of the content, big-endian |
//! | | the content in pieces of 64 KiB, the last one shorter, each covered (AES-256-GCM, the piece's number as nonce) and 16 bytes longer |
//!
//! The key is drawn for this file and used for nothing else; it lies in the vault. The name and the folder say nothing of what
//! is in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{FILED_MAX, PaperId};
use gate::ports::{Boxed, Kept, Papers, PortError};
use gate::{Logged, Removal};
use transfer::{COVER_TAG, Cover};
use vocab::{EstablishmentId, Secret};

use crate::recordings::FREE_MIN;

const MAGIC: &[u8; 9] = b"PTNDOC\r\n\x01";
const PIECE: usize = 64 * 1024;
const HEAD: usize = MAGIC.len() + 8;
/// The longest file: 320 pieces of 20 MiB.
const FILE_MAX: u64 = (HEAD + FILED_MAX + FILED_MAX.div_ceil(PIECE) * COVER_TAG) as u64;
/// Bytes that stay free beside a document: below [`FREE_MIN`] no session opens.
const FREE_BESIDE: u64 = 4 * FREE_MIN;

const SETTLED: &str = "doc";
const PART: &str = "part";
/// What is being written, and has not even that name.
const UNNAMED: &str = "new";

/// Documents of all establishments, in the folder of the evidence.
#[derive(Debug, Clone)]
pub struct FolderPapers {
    evidence: PathBuf,
    free_min: u64,
}

/// A file of a document, as it lies there: for a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperFile {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Its name in the folder of documents.
    pub name: String,
    /// Its length.
    pub length: u64,
}

impl FolderPapers {
    /// In this folder of evidence. Nothing is made before the first document.
    pub fn new(evidence: &Path) -> Self {
        Self { evidence: evidence.to_path_buf(), free_min: FREE_BESIDE }
    }

    /// Every document that is settled or whole, of every establishment.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn listed(&self) -> io::Result<Vec<PaperFile>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.evidence)? {
            let Some(establishment) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            for kept in self.all_of(&establishment)? {
                let path = self.path(&establishment, kept.place, if kept.settled { SETTLED } else { PART });
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
                // One that is settled or removed meanwhile is the next backup's.
                let Ok(about) = fs::metadata(&path) else { continue };
                found.push(PaperFile { establishment: establishment.clone(), name, length: about.len() });
            }
        }
        Ok(found)
    }

    fn folder(&self, establishment: &EstablishmentId) -> PathBuf {
        self.evidence.join(establishment.as_str()).join("documents")
    }

    fn path(&self, establishment: &EstablishmentId, place: PaperId, ending: &str) -> PathBuf {
        self.folder(establishment).join(format!("{place}.{ending}"))
    }

    fn put(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
        key: &Secret,
        bytes: &[u8],
    ) -> io::Result<()> {
        let cover = Cover::new(key.expose()).ok_or_else(|| io::Error::other("the key has another length"))?;
        if bytes.len() > FILED_MAX {
            return Err(io::Error::other("a document is longer than any"));
        }
        let folder = self.folder(establishment);
        if !folder.exists() {
            DirBuilder::new().mode(0o700).create(&folder)?;
            sync(self.evidence.join(establishment.as_str()).as_path())?;
        }
        let path = self.path(establishment, place, PART);
        if path.exists() || self.path(establishment, place, SETTLED).exists() {
            return Err(io::Error::from(ErrorKind::AlreadyExists));
        }
        let disk = rustix::fs::statvfs(&folder)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if disk.f_bavail.saturating_mul(disk.f_frsize) < self.free_min.saturating_add(FILE_MAX) {
            return Err(io::Error::from(ErrorKind::StorageFull));
        }
        let unnamed = self.path(establishment, place, UNNAMED);
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unnamed)?;
            file.write_all(MAGIC)?;
            file.write_all(&length.to_be_bytes())?;
            for (number, piece) in (0..).zip(bytes.chunks(PIECE)) {
                let mut covered = piece.to_vec();
                if !cover.seal(number, &mut covered) {
                    return Err(io::Error::other("a piece could not be covered"));
                }
                file.write_all(&covered)?;
            }
            file.sync_all()?;
            fs::rename(&unnamed, &path)
        })();
        if let Err(error) = written {
            let _gone = fs::remove_file(&unnamed);
            return Err(error);
        }
        sync(&folder)
    }

    fn settle_one(&self, establishment: &EstablishmentId, place: PaperId) -> io::Result<()> {
        let settled = self.path(establishment, place, SETTLED);
        match fs::rename(self.path(establishment, place, PART), &settled) {
            Err(error) if error.kind() == ErrorKind::NotFound && settled.exists() => Ok(()),
            renamed => renamed.and_then(|()| sync(&self.folder(establishment))),
        }
    }

    fn remove(&self, establishment: &EstablishmentId, place: PaperId, endings: &[&str]) -> io::Result<()> {
        for ending in endings {
            match fs::remove_file(self.path(establishment, place, ending)) {
                Ok(()) => sync(&self.folder(establishment))?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn get(&self, establishment: &EstablishmentId, place: PaperId, key: &Secret) -> io::Result<Vec<u8>> {
        let cover = Cover::new(key.expose()).ok_or_else(|| io::Error::other("the key has another length"))?;
        let file = match File::open(self.path(establishment, place, SETTLED)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                File::open(self.path(establishment, place, PART))
            }
            opened => opened,
        }?;
        let mut sealed = Vec::new();
        file.take(FILE_MAX.saturating_add(1)).read_to_end(&mut sealed)?;
        uncovered(&cover, &sealed).ok_or_else(|| io::Error::other("it is not what was written"))
    }

    fn all_of(&self, establishment: &EstablishmentId) -> io::Result<Vec<Kept>> {
        let entries = match fs::read_dir(self.folder(establishment)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            let place = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            match (place, ending) {
                (Some(place), Some(SETTLED)) => all.push(Kept { place, settled: true }),
                (Some(place), Some(PART)) => all.push(Kept { place, settled: false }),
                _ => {}
            }
        }
        all.sort();
        Ok(all)
    }

    /// Removes what was being written when an earlier run ended. Nobody else writes meanwhile.
    ///
    /// # Errors
    /// If a folder cannot be read, or a file not removed.
    pub fn sweep(&self) -> io::Result<()> {
        for owner in fs::read_dir(&self.evidence)? {
            let entries = match fs::read_dir(owner?.path().join("documents")) {
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    continue;
                }
                entries => entries?,
            };
            for entry in entries {
                let path = entry?.path();
                if path.extension().is_some_and(|ending| ending == UNNAMED) {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(())
    }

    /// Does what blocks on the disk apart.
    fn apart<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Boxed<'_, Result<T, PortError>> {
        let own = self.clone();
        Box::pin(async move {
            match tokio::task::spawn_blocking(move || act(&own)).await {
                Ok(Ok(done)) => Ok(done),
                Ok(Err(error)) if error.kind() == ErrorKind::NotFound => {
                    Err(PortError::Missing("the file of a document".to_owned()))
                }
                Ok(Err(error)) => Err(failed(&error)),
                Err(error) => Err(failed(&error)),
            }
        })
    }
}

/// The content, when every piece is what was covered, in its place, and none is missing or more.
fn uncovered(cover: &Cover, sealed: &[u8]) -> Option<Vec<u8>> {
    let (length, pieces) = sealed.strip_prefix(MAGIC)?.split_first_chunk()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok().filter(|length| *length <= FILED_MAX)?;
    if pieces.len() != length.checked_add(length.div_ceil(PIECE).checked_mul(COVER_TAG)?)? {
        return None;
    }
    let mut bytes = Vec::with_capacity(length);
    for (number, piece) in (0..).zip(pieces.chunks(PIECE + COVER_TAG)) {
        bytes.extend(cover.open(number, piece.to_vec())?);
    }
    (bytes.len() == length).then_some(bytes)
}

impl Papers for FolderPapers {
    fn keep(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
        key: Secret,
        bytes: Arc<Vec<u8>>,
    ) -> Boxed<'_, Result<(), PortError>> {
        let establishment = establishment.clone();
        self.apart(move |own| own.put(&establishment, place, &key, &bytes))
    }

    fn settle(&self, establishment: &EstablishmentId, place: PaperId) -> Boxed<'_, Result<(), PortError>> {
        let establishment = establishment.clone();
        self.apart(move |own| own.settle_one(&establishment, place))
    }

    fn discard(&self, establishment: &EstablishmentId, place: PaperId) -> Boxed<'_, Result<(), PortError>> {
        let establishment = establishment.clone();
        self.apart(move |own| own.remove(&establishment, place, &[PART]))
    }

    fn read(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
        key: Secret,
    ) -> Boxed<'_, Result<Vec<u8>, PortError>> {
        let establishment = establishment.clone();
        self.apart(move |own| own.get(&establishment, place, &key))
    }

    fn all(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<Kept>, PortError>> {
        let establishment = establishment.clone();
        self.apart(move |own| own.all_of(&establishment))
    }

    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let removal = removal.value().clone();
        self.apart(move |own| {
            let remove = |place: &PaperId| own.remove(&removal.establishment, *place, &[SETTLED, PART]);
            removal.documents.iter().try_for_each(remove)
        })
    }
}

/// What is in the folder is there after a crash.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn failed(error: &dyn std::fmt::Display) -> PortError {
    PortError::Failed(format!("a document: {error}"))
}

#[cfg(test)]
mod tests;
