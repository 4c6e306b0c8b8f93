//! Another key for the whole vault. Each sealed file is replaced whole, one after the other, and both keys lie where
//! they lie: what broke off anywhere is taken up by doing it again, and is undone by nothing.

use crate::envelope::{self, Name};
use crate::master::Master;
use crate::vault::SEALED_IN;
use crate::{Error, disk};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const SEALED: &str = "sealed";
/// `accounts/<establishment>/<equipment>.sealed` is the deepest.
const DEPTH: u32 = 2;

/// What it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rekeyed {
    /// Files that were under the former key.
    pub resealed: usize,
    /// Files that were under the new one already.
    pub before: usize,
}

/// Brings every sealed file of the vault in this folder under the new key. Nobody else may hold the vault.
pub fn rekey(folder: &Path, former: &Path, new: &Path) -> Result<Rekeyed, Error> {
    let (former, new) = (Master::read(former)?, Master::read(new)?);
    let _held = disk::lock(folder)?;
    let mut done = Rekeyed::default();
    for path in in_order(folder)? {
        let Some(sealed) = disk::read(&path)? else { continue };
        let Name { kind, owner, key } =
            envelope::name(&sealed).ok_or_else(|| Error::Altered(path.clone()))?;
        if key == new.id {
            // Opened all the same: what cannot be read is told now, while the former key is at hand.
            envelope::open(&new, kind, &owner, &path, &sealed)?;
            done.before += 1;
            continue;
        }
        let opened = envelope::open(&former, kind, &owner, &path, &sealed)?;
        let version = opened.version.saturating_add(1);
        disk::replace(&path, &envelope::seal(&new, kind, &owner, version, &opened.body)?)?;
        done.resealed += 1;
    }
    Ok(done)
}

/// Every sealed file. The keys of the logs come first and that of the door last: a gate has to open both, so that it
/// starts with neither key while some files are under one and some under the other.
fn in_order(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut all = Vec::new();
    for name in SEALED_IN {
        all.extend(sealed_in(&folder.join(name), DEPTH)?);
    }
    all.sort_by_key(|path| match path.file_name().and_then(|name| name.to_str()) {
        Some(name) if name.starts_with("log-") && path.starts_with(folder.join("keys")) => 0,
        Some("door.sealed") if path.starts_with(folder.join("keys")) => 2,
        _ => 1,
    });
    Ok(all)
}

/// What cannot be listed is told: left under the former key, it would be lost with it.
fn sealed_in(folder: &Path, depth: u32) -> Result<Vec<PathBuf>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::disk(folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::disk(folder))?.path();
        if path.is_dir() && depth > 1 {
            found.extend(sealed_in(&path, depth - 1)?);
        } else if path.extension().is_some_and(|extension| extension == SEALED) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewSecret, Sharing, Vault};
    use vocab::Secret;

    /// A vault with one of everything that is drawn at a start, and two accounts.
    fn filled(folder: &Path, key: &Path) {
        let vault = Vault::open(folder, key).unwrap();
        vault.create_door_key("porte-1").unwrap();
        vault.create_log_signers("poterne.invalid/valbrume/porte-1").unwrap();
        let person = "a.durand".parse().unwrap();
        vault.enrol_codes(&person).unwrap();
        let key = domain::Fingerprint("SHA256:a".to_owned());
        vault
            .draw_sheet(
                &person,
                &domain::LoginProof { key, second: None, enrolment: 1, at: vocab::Timestamp::MIN },
            )
            .unwrap();
        for name in ["scanner-1", "scanner-2"] {
            let secret = NewSecret::Password(Secret::new(format!("secret of {name}").into_bytes()));
            let (owner, equipment) = ("valbrume".parse().unwrap(), name.parse().unwrap());
            vault.put_account(&owner, &equipment, name, secret, Sharing::Refused).unwrap();
        }
    }

    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    }

    #[test]
    fn it_is_taken_up_wherever_it_broke_off() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (former, new) = (at("former.key"), at("new.key"));
        Vault::create_key(&former).unwrap();
        Vault::create_key(&new).unwrap();
        filled(&at("whole"), &former);
        let files = in_order(&at("whole")).unwrap().into_iter();
        let files: Vec<PathBuf> =
            files.map(|path| path.strip_prefix(at("whole")).unwrap().to_path_buf()).collect();
        assert_eq!(files.len(), 6);
        for broken in 0..=files.len() {
            // So many files were replaced when the machine went down.
            let vault = at(&format!("broken-{broken}"));
            for file in &files {
                copy(&at("whole").join(file), &vault.join(file));
            }
            let done = rekey(&vault, &former, &new).unwrap();
            assert_eq!(done, Rekeyed { resealed: 6, before: 0 });
            for file in files.iter().skip(broken) {
                copy(&at("whole").join(file), &vault.join(file));
            }
            let starts = |key: &Path| {
                let vault = Vault::open(&vault, key).unwrap();
                let log = vault.log_signers("poterne.invalid/valbrume/porte-1");
                vault.door_key("porte-1").is_ok() && log.is_ok()
            };
            assert_eq!((starts(&former), starts(&new)), (broken == 0, broken == files.len()), "{broken}");
            let again = rekey(&vault, &former, &new).unwrap();
            assert_eq!(again, Rekeyed { resealed: 6 - broken, before: broken });
            let opened = Vault::open(&vault, &new).unwrap();
            assert!(opened.faults().is_empty());
            opened.door_key("porte-1").unwrap();
            opened.log_signers("poterne.invalid/valbrume/porte-1").unwrap();
            let login =
                opened.account(&"valbrume".parse().unwrap(), &"scanner-2".parse().unwrap()).unwrap().0;
            assert_eq!(login, "scanner-2");
            assert_eq!(opened.sheet(&"a.durand".parse().unwrap()).unwrap().unwrap().next, Some(1));
            // While somebody holds it nothing is changed.
            assert!(matches!(rekey(&vault, &former, &new), Err(Error::InUse(_))));
            drop(opened);
            assert!(Vault::open(&vault, &former).unwrap().door_key("porte-1").is_err());
        }
    }

    #[test]
    fn what_is_under_neither_key_or_damaged_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["former.key", "new.key", "third.key"] {
            Vault::create_key(&at(name)).unwrap();
        }
        filled(&at("vault"), &at("third.key"));
        let tried = rekey(&at("vault"), &at("former.key"), &at("new.key"));
        assert!(matches!(tried, Err(Error::OtherKey(_))), "{tried:?}");
        // A folder that cannot be listed is not one without files.
        let (sheets, aside) = (at("vault").join("sheets"), at("vault").join("aside"));
        std::fs::rename(&sheets, &aside).unwrap();
        std::fs::write(&sheets, "").unwrap();
        let tried = rekey(&at("vault"), &at("third.key"), &at("new.key"));
        assert!(matches!(tried, Err(Error::Disk { .. })), "{tried:?}");
        std::fs::remove_file(&sheets).unwrap();
        std::fs::rename(&aside, &sheets).unwrap();
        let door = at("vault").join("keys/door.sealed");
        std::fs::write(&door, "nothing").unwrap();
        let tried = rekey(&at("vault"), &at("third.key"), &at("new.key"));
        assert!(matches!(tried, Err(Error::Altered(_))), "{tried:?}");
    }
}
