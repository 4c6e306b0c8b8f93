//! Emergency journals that are over, in `joined+<moment>/<establishment>/`: what the gate knows of each, and its removal.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use events::Entry;
use gate::ports::{Aside, Asides, Boxed, PortError};
use gate::{Logged, Removal};
use vocab::{EstablishmentId, GateId};

use super::{RefugeFolder, named_aside};

/// What is on its way out: certified, and perhaps not gone whole.
const GOING: &str = ".gone";

/// The place of a gate's emergency journals, where it has one.
#[derive(Clone)]
pub(crate) struct FolderAsides {
    folder: Option<PathBuf>,
    data: PathBuf,
    gate: GateId,
}

impl FolderAsides {
    pub(crate) fn of(config: &crate::config::Config) -> Self {
        let folder = RefugeFolder::of(config).map(|refuge| refuge.folder().to_owned());
        Self { folder, data: config.gate.data.clone(), gate: config.gate.name.clone() }
    }

    /// What an earlier removal left goes first.
    fn found(&self, establishment: &EstablishmentId) -> Result<Option<Vec<Aside>>, io::Error> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let mut all = Vec::new();
        for place in places(folder)? {
            let at = folder.join(&place);
            let going = at.join(format!("{establishment}{GOING}"));
            if going.exists() {
                remove(&at, &going)?;
            }
            let log = at.join(establishment.as_str());
            if !log.exists() {
                continue;
            }
            match self.read(&place, &log, establishment) {
                Ok(aside) => all.push(aside),
                // What is damaged stays, for a person to look at.
                Err(error) => {
                    tracing::warn!(place, %establishment, error = %format!("{error:#}"), "An emergency journal cannot be read");
                }
            }
        }
        Ok(Some(all))
    }

    fn read(&self, place: &str, log: &Path, establishment: &EstablishmentId) -> anyhow::Result<Aside> {
        let keys =
            fs::read_to_string(self.data.join("public").join(format!("{establishment}.secours.keys")))?;
        let (entries, root, first) = archive::journal::verify(log, &keys)?;
        let (mut newest, mut interventions, mut odd) = (None, BTreeSet::new(), 0_u64);
        archive::journal::each_entry(log, first, entries, |bytes| match Entry::decode(bytes) {
            Ok(entry) => {
                newest = newest.max(Some(entry.recorded_at));
                interventions.extend(entry.intervention);
            }
            Err(_) => odd = odd.saturating_add(1),
        })?;
        anyhow::ensure!(odd == 0, "{odd} entries of another version");
        let origin = super::origin(establishment, &self.gate);
        Ok(Aside { place: place.to_owned(), origin, entries, root, newest, interventions })
    }

    fn go(&self, removal: &Removal) -> Result<(), io::Error> {
        let (Some(folder), Some(place)) = (&self.folder, &removal.aside) else { return Ok(()) };
        // The place is one that was listed, and no other.
        if !places(folder)?.contains(place) {
            return Ok(());
        }
        let at = folder.join(place);
        let log = at.join(removal.establishment.as_str());
        if !log.exists() {
            return Ok(());
        }
        let going = at.join(format!("{}{GOING}", removal.establishment));
        fs::rename(&log, &going)?;
        File::open(&at)?.sync_all()?;
        remove(&at, &going)
    }
}

/// The places that something was laid aside in, in order.
fn places(folder: &Path) -> Result<Vec<String>, io::Error> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().unwrap_or_default();
        if named_aside(&name) && entry.file_type()?.is_dir() {
            all.push(name);
        }
    }
    all.sort();
    Ok(all)
}

/// Removes it; its place too, when nothing else is there.
fn remove(at: &Path, going: &Path) -> Result<(), io::Error> {
    fs::remove_dir_all(going)?;
    if fs::read_dir(at)?.next().is_none() {
        fs::remove_dir(at)?;
    } else {
        File::open(at)?.sync_all()?;
    }
    Ok(())
}

fn failed(error: &io::Error) -> PortError {
    PortError::Failed(format!("emergency journals: {error}"))
}

impl Asides for FolderAsides {
    fn all(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Option<Vec<Aside>>, PortError>> {
        let (this, establishment) = (self.clone(), establishment.clone());
        Box::pin(async move {
            let work = tokio::task::spawn_blocking(move || this.found(&establishment));
            let done = work.await.map_err(|error| PortError::Failed(error.to_string()))?;
            done.map_err(|error| failed(&error))
        })
    }

    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let (this, removal) = (self.clone(), removal.value().clone());
        Box::pin(async move {
            let work = tokio::task::spawn_blocking(move || this.go(&removal));
            let done = work.await.map_err(|error| PortError::Failed(error.to_string()))?;
            done.map_err(|error| failed(&error))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use archive::FolderJournal;
    use ledger::{Ed25519Signer, MlDsa44Signer, Signer};

    use super::*;
    use crate::wiring::SystemClock;

    fn asides(folder: &Path) -> FolderAsides {
        let gate = "porte-1".parse().unwrap();
        FolderAsides { folder: Some(folder.join("secours")), data: folder.join("data"), gate }
    }

    /// A log without entries under its keys, in its place.
    fn log(folder: &Path, place: &str) -> PathBuf {
        let (nord, gate) = ("nord".parse().unwrap(), "porte-1".parse().unwrap());
        let origin = crate::refuge::origin(&nord, &gate);
        let at = folder.join("secours").join(place).join("nord");
        fs::create_dir_all(&at).unwrap();
        let (one, other) = (
            Ed25519Signer::from_seed(&origin, &[1; 32]).unwrap(),
            MlDsa44Signer::from_seed(&origin, &[2; 32]).unwrap(),
        );
        fs::create_dir_all(folder.join("data/public")).unwrap();
        let keys = format!("{}\n{}\n", one.key(), other.key());
        fs::write(folder.join("data/public/nord.secours.keys"), keys).unwrap();
        let signers: Vec<Box<dyn Signer>> = vec![Box::new(one), Box::new(other)];
        let log = FolderJournal::open(&at, &origin, signers, Arc::new(SystemClock)).unwrap();
        log.close().unwrap();
        at
    }

    #[test]
    fn what_was_laid_aside_is_found_and_goes_whole_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (log(folder.path(), "joined+1"), log(folder.path(), "joined+2"));
        let live = log(folder.path(), "nord-actif");
        let (asides, nord) = (asides(folder.path()), "nord".parse().unwrap());
        let found = asides.found(&nord).unwrap().unwrap();
        let places: Vec<&str> = found.iter().map(|one| one.place.as_str()).collect();
        assert_eq!(places, ["joined+1", "joined+2"]);
        assert_eq!((found[0].entries, found[0].newest), (0, None));
        assert!(asides.found(&"sud".parse().unwrap()).unwrap().unwrap().is_empty());
        let removal = |aside: &str| Removal {
            establishment: nord.clone(),
            until: 0,
            recordings: Vec::new(),
            documents: Vec::new(),
            aside: Some(aside.to_owned()),
            rows: None,
        };
        // Nothing but what was laid aside, by no other name.
        for other in ["nord-actif", "..", "joined+1/../joined+2", "joined+3", ""] {
            asides.go(&removal(other)).unwrap();
        }
        assert!(first.exists() && second.exists() && live.exists());
        asides.go(&removal("joined+1")).unwrap();
        assert!(!first.parent().unwrap().exists() && second.exists() && live.exists());
        asides.go(&removal("joined+1")).unwrap();
        // It died between the name and the removal: the next look finishes it.
        fs::rename(&second, second.with_file_name("nord.gone")).unwrap();
        assert!(asides.found(&nord).unwrap().unwrap().is_empty());
        assert!(!second.parent().unwrap().exists());
        // Damaged, it stays.
        let damaged = log(folder.path(), "joined+4");
        fs::write(damaged.join("checkpoint"), "x").unwrap();
        assert!(asides.found(&nord).unwrap().unwrap().is_empty() && damaged.exists());
        let nowhere = FolderAsides { folder: None, ..asides };
        assert!(nowhere.found(&nord).unwrap().is_none());
    }
}
