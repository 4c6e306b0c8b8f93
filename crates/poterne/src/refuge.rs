//! The emergency journal on the disk: its place, its keys, and what becomes of it afterwards (`gate::Refuge`).
//!
//! ```text
//! <refuge>/<establishment>/   log and recordings, as in the evidence of the data folder
//! <refuge>/held               what waits for the ordinary log; there while there is an emergency
//! <refuge>/joined-<moment>/   an emergency that is over, named in the ordinary log
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use archive::FolderJournal;
use gate::Joined;
use gate::ports::{Clock as _, Store as _};
use ledger::{KeyRing, SignedCheckpoint};
use store::Database;
use vault::Vault;
use vocab::EstablishmentId;

use crate::config::Config;
use crate::texts::{Because as _, from_vault, say};
use crate::wiring::{Logs, SystemClock};

const HELD: &str = "held";
/// Entries of the outbox that are read at a time.
const STEP: u32 = 256;
/// Entries of a log that are read at a time.
const READ: u64 = 1_024;

/// Where the emergency journals of this gate are, when it has a place for them.
pub(crate) struct Shelter<'a> {
    config: &'a Config,
    folder: &'a Path,
}

impl<'a> Shelter<'a> {
    pub(crate) fn of(config: &'a Config) -> Option<Self> {
        config.gate.refuge.as_deref().map(|folder| Self { config, folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder
    }

    /// The origin of an establishment's emergency journal: another log than the ordinary one, of the same gate.
    pub(crate) fn origin(&self, establishment: &EstablishmentId) -> String {
        format!("poterne.invalid/secours/{establishment}/{}", self.config.gate.name)
    }

    /// While everything is well: folders and keys are made, and the public halves laid beside those of the ordinary logs.
    pub(crate) fn prepare<'b>(
        &self,
        vault: &Vault,
        names: impl Iterator<Item = &'b EstablishmentId>,
    ) -> anyhow::Result<()> {
        for name in names {
            crate::init::folder(&self.folder.join(name.as_str()))?;
            let origin = self.origin(name);
            let signers = match vault.log_signers(&origin) {
                Err(vault::Error::Missing { .. }) => vault.create_log_signers(&origin),
                signers => signers,
            };
            let keys = crate::keys_file(&from_vault(signers).because("log_keys", &[])?);
            let file = self.public_keys(name);
            if std::fs::read_to_string(&file).ok().as_deref() != Some(&keys) {
                std::fs::write(&file, keys).because("file_write", &[&file.display()])?;
            }
        }
        Ok(())
    }

    fn public_keys(&self, establishment: &EstablishmentId) -> PathBuf {
        self.config.gate.data.join("public").join(format!("{establishment}.secours.keys"))
    }

    /// The establishments that were prepared.
    pub(crate) fn establishments(&self) -> anyhow::Result<Vec<EstablishmentId>> {
        let entries = std::fs::read_dir(self.folder).because("folder", &[&self.folder.display()])?;
        let mut names: Vec<EstablishmentId> = entries
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()))
            .filter(|name: &EstablishmentId| !name.as_str().starts_with("joined-"))
            .collect();
        names.sort();
        Ok(names)
    }

    /// The last entry that waits for the ordinary log: remembered from the first start of an emergency on.
    pub(crate) async fn hold(&self, database: &Database) -> anyhow::Result<u64> {
        if let Some(held) = self.held()? {
            return Ok(held);
        }
        let mut last = 0;
        while let Some(waiting) = database.waiting(last, STEP).await?.last() {
            last = waiting.seq;
        }
        let (file, beside) = (self.folder.join(HELD), self.folder.join("held.tmp"));
        let written = std::fs::write(&beside, format!("{last}\n"))
            .and_then(|()| std::fs::File::open(&beside)?.sync_all())
            .and_then(|()| std::fs::rename(&beside, &file))
            .and_then(|()| std::fs::File::open(self.folder)?.sync_all());
        written.because("file_write", &[&file.display()])?;
        Ok(last)
    }

    /// What was remembered; `None`: there is no emergency.
    pub(crate) fn held(&self) -> anyhow::Result<Option<u64>> {
        let file = self.folder.join(HELD);
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text.trim().parse().because("file_read", &[&file.display()])?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).because("file_read", &[&file.display()]),
        }
    }

    /// What the ordinary logs are told of the emergency journals, which are over.
    pub(crate) async fn joined(&self, logs: &Logs) -> anyhow::Result<Vec<Joined>> {
        let mut all = Vec::new();
        for (establishment, log) in logs.folders() {
            log.seal().await?;
            let mut entries = std::collections::HashSet::new();
            let mut from = 0;
            while from < log.size() {
                let until = log.size().min(from.saturating_add(READ));
                entries.extend(gate::ports::Journal::read(&**log, from, until).await?);
                from = until;
            }
            let origin = self.origin(establishment);
            let keys = std::fs::read_to_string(self.public_keys(establishment))?;
            let signed = SignedCheckpoint::verify(&log.checkpoint(), &KeyRing::parse(&keys)?)?;
            let root = signed.checkpoint().root.0;
            all.push(Joined { establishment: establishment.clone(), origin, entries, root });
        }
        Ok(all)
    }

    /// The ordinary logs name them: they are laid aside, to be shown to an auditor and kept with the evidence.
    pub(crate) fn lay_aside(&self) -> anyhow::Result<PathBuf> {
        let moment = SystemClock.now().to_string().replace([':', '.'], "-");
        let aside = self.folder.join(format!("joined-{moment}"));
        crate::init::folder(&aside)?;
        for name in self.establishments()? {
            let (from, to) = (self.folder.join(name.as_str()), aside.join(name.as_str()));
            std::fs::rename(&from, &to).because("file_write", &[&to.display()])?;
        }
        // The last: without it there is no emergency any more.
        let held = self.folder.join(HELD);
        std::fs::remove_file(&held).because("file_write", &[&held.display()])?;
        Ok(aside)
    }
}

/// The logs of these establishments in this folder.
pub(crate) fn open_logs(
    config: &Config,
    vault: &Vault,
    names: Vec<EstablishmentId>,
    place: impl Fn(&EstablishmentId) -> (PathBuf, String),
) -> anyhow::Result<Logs> {
    let mut all = BTreeMap::new();
    for name in names {
        let (folder, origin) = place(&name);
        let signers = from_vault(vault.log_signers(&origin)).because("log_keys_of", &[&name])?;
        let signers: Vec<Box<dyn ledger::Signer>> =
            vec![Box::new(signers.ed25519), Box::new(signers.ml_dsa_44)];
        let log = FolderJournal::open(&folder, &origin, signers, Arc::new(SystemClock));
        if let Err(archive::journal::Error::Held(_)) = &log {
            return Err(anyhow::anyhow!(say("log_held", &[&name])));
        }
        all.insert(name.clone(), Arc::new(log.because("log_of", &[&name])?));
    }
    Logs::new(config.gate.home.clone(), all)
}
