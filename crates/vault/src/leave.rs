//! What of the vault leaves the machine: its sealed files, for a backup, and its accounts in clear, for the
//! establishment's own holders (`docs/formats/backup.md`).

use crate::accounts::NewSecret;
use crate::vault::held;
use crate::{Error, SshKey, Vault, disk};
use gate::{Export, Logged};
use std::path::{Path, PathBuf};
use vocab::{EquipmentId, EstablishmentId, Secret};

/// One thing that an export has.
pub enum Exported {
    /// Login and secret of an equipment.
    Account {
        /// Whose equipment.
        establishment: EstablishmentId,
        /// Which.
        equipment: EquipmentId,
        /// Its login.
        login: String,
        /// Its secret.
        secret: NewSecret,
        /// Whether it is the second one of an account whose change broke off: one of both opens.
        spare: bool,
    },
    /// The key that signs certificates for equipment, in OpenSSH's text form.
    Authority(EstablishmentId, Secret),
}

impl Vault {
    /// Copies every file of the vault into this folder, as they are at one moment: sealed, without the lock.
    pub fn copy_to(&self, folder: &Path) -> Result<(), Error> {
        let _accounts = held(&self.0.accounts);
        let _codes = held(&self.0.codes);
        copy(&self.0.folder, folder, 0)
    }

    /// Says that a backup with this manifest is of this vault.
    pub fn seal_backup(&self, manifest: &[u8; 32]) -> Vec<u8> {
        self.0.master.seal(manifest)
    }

    /// Whether this vault said so.
    pub fn is_own_backup(&self, manifest: &[u8; 32], seal: &[u8]) -> bool {
        self.0.master.is_sealed(manifest, seal)
    }

    /// How many accounts each establishment has.
    pub fn accounts(&self) -> Vec<(EstablishmentId, u64)> {
        let mut counts: Vec<(EstablishmentId, u64)> = Vec::new();
        for (owner, _) in held(&self.0.accounts).keys() {
            match counts.last_mut() {
                Some((last, count)) if last == owner => *count += 1,
                _ => counts.push((owner.clone(), 1)),
            }
        }
        counts
    }

    /// Every account, and the authorities that equipment trusts. Only for an export that is written down.
    pub fn export(&self, _logged: &Logged<Export>) -> Result<Vec<Exported>, Error> {
        let names: Vec<_> = held(&self.0.accounts).keys().cloned().collect();
        let mut all = Vec::new();
        for (establishment, equipment) in &names {
            let account = self.read_account(establishment, equipment)?;
            let spare = account.other.map(|other| (other.secret, true));
            for (secret, spare) in std::iter::once((account.secret, false)).chain(spare) {
                all.push(Exported::Account {
                    establishment: establishment.clone(),
                    equipment: equipment.clone(),
                    login: account.login.clone(),
                    secret,
                    spare,
                });
            }
        }
        let mut owners: Vec<&EstablishmentId> = names.iter().map(|(owner, _)| owner).collect();
        owners.dedup();
        for establishment in owners {
            match self.0.authority_seed(establishment) {
                Ok(seed) => {
                    let key = SshKey::from_seed(&seed, &format!("poterne:{establishment}"))?;
                    all.push(Exported::Authority(establishment.clone(), key.private));
                }
                Err(Error::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }
}

/// Folders inside folders: `accounts/<establishment>`.
const DEPTH_MAX: u32 = 2;

fn copy(from: &Path, to: &Path, depth: u32) -> Result<(), Error> {
    disk::make_folder(to)?;
    for entry in from.read_dir().map_err(Error::disk(from))? {
        let path: PathBuf = entry.map_err(Error::disk(from))?.path();
        let Some(name) = path.file_name() else { continue };
        let kept = path.extension().is_some_and(|ending| ending == "sealed" || ending == "pub");
        if path.is_dir() && depth < DEPTH_MAX {
            copy(&path, &to.join(name), depth + 1)?;
        } else if kept && let Some(bytes) = disk::read(&path)? {
            disk::replace(&to.join(name), &bytes)?;
        }
    }
    Ok(())
}
