//! Keys of kept documents: one for each, drawn for it, sealed like everything here. Without it the file is noise, wherever a
//! copy of it lies.

use crate::envelope::Kind;
use crate::master::{KEY_BYTES, random};
use crate::{Error, Vault, disk};
use domain::PaperId;
use std::io::ErrorKind;
use vocab::{EstablishmentId, Secret};
use zeroize::Zeroizing;

fn owner(establishment: &EstablishmentId, place: PaperId) -> String {
    format!("{place}.{establishment}")
}

impl Vault {
    /// Draws the key for a place that has none: durable when this returns.
    pub(crate) fn draw_paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Result<Secret, Error> {
        let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
        random(key.as_mut_slice())?;
        let folder = self.0.papers_folder(establishment);
        if !folder.exists() {
            disk::make_folder(&folder)?;
            disk::sync_folder(&folder)?;
        }
        let (owner, path) = (owner(establishment, place), self.0.paper_path(establishment, place));
        self.0.create(Kind::Paper, &owner, &path, "key of a document", key.as_slice())?;
        Ok(Secret::new(key.to_vec()))
    }

    /// The key of a place.
    pub(crate) fn read_paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Result<Secret, Error> {
        let (owner, path) = (owner(establishment, place), self.0.paper_path(establishment, place));
        match self.0.unseal(Kind::Paper, &owner, &path)? {
            Some(opened) if opened.body.len() == KEY_BYTES => Ok(Secret::new(opened.body.to_vec())),
            Some(_) => Err(Error::Altered(path)),
            None => Err(Error::Missing { what: "key of a document", owner }),
        }
    }

    /// The places of an establishment that have a key.
    pub(crate) fn list_paper_keys(&self, establishment: &EstablishmentId) -> Result<Vec<PaperId>, Error> {
        let folder = self.0.papers_folder(establishment);
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(Error::disk(&folder))?,
        };
        let mut places = Vec::new();
        for entry in entries {
            let path = entry.map_err(Error::disk(&folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            // What a crash left of a writing is one, too: it is discarded like a key that nobody came to use.
            let name = name.strip_suffix(".tmp").unwrap_or(name);
            places.extend(name.strip_suffix(".sealed").and_then(|place| place.parse::<PaperId>().ok()));
        }
        places.sort();
        places.dedup();
        Ok(places)
    }

    /// Forgets the key of a place; one that is gone already is.
    pub(crate) fn remove_paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Result<(), Error> {
        let path = self.0.paper_path(establishment, place);
        for path in [path.with_extension("sealed.tmp"), path] {
            if path.exists() {
                disk::remove(&path)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_a_key_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("vault.key");
        Vault::create_key(&key_file).unwrap();
        let vault = Vault::open(&folder.path().join("vault"), &key_file).unwrap();
        let (nord, sud): (EstablishmentId, EstablishmentId) =
            ("nord".parse().unwrap(), "sud".parse().unwrap());
        let (one, other) = (PaperId::from_bytes([1; 16]), PaperId::from_bytes([2; 16]));
        assert_eq!(vault.list_paper_keys(&nord).unwrap(), []);
        let first = vault.draw_paper_key(&nord, one).unwrap();
        let second = vault.draw_paper_key(&nord, other).unwrap();
        assert_eq!(first.expose().len(), KEY_BYTES);
        assert_ne!(first.expose(), second.expose());
        assert_eq!(vault.read_paper_key(&nord, one).unwrap().expose(), first.expose());
        assert!(matches!(vault.draw_paper_key(&nord, one), Err(Error::Exists { .. })), "it has one");
        // A key is of one establishment and one place, also where somebody moves its file.
        assert!(matches!(vault.read_paper_key(&sud, one), Err(Error::Missing { .. })));
        let path = |of, place| vault.0.paper_path(of, place);
        std::fs::create_dir_all(vault.0.papers_folder(&sud)).unwrap();
        std::fs::copy(path(&nord, one), path(&sud, one)).unwrap();
        assert!(matches!(vault.read_paper_key(&sud, one), Err(Error::Altered(_))));
        std::fs::copy(path(&nord, one), path(&nord, other)).unwrap();
        assert!(matches!(vault.read_paper_key(&nord, other), Err(Error::Altered(_))));
        assert_eq!(vault.list_paper_keys(&nord).unwrap(), [one, other]);
        std::fs::write(path(&nord, one).with_extension("sealed.tmp"), "left by a crash").unwrap();
        vault.remove_paper_key(&nord, one).unwrap();
        vault.remove_paper_key(&nord, one).unwrap();
        assert_eq!(vault.list_paper_keys(&nord).unwrap(), [other]);
        assert_eq!(std::fs::read_dir(vault.0.papers_folder(&nord)).unwrap().count(), 1);
    }
}
