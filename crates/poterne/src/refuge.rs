//! The emergency journal on the disk: its place, its keys, and what becomes of it afterwards (`gate::Refuge`).
//!
//! ```text
//! <refuge>/<establishment>/   log and recordings, as in the evidence of the data folder
//! <refuge>/held               what waits for the ordinary log; there while there is an emergency
//! <refuge>/over               what the emergency has of the outbox; there from its end until the ordinary log names it
//! <refuge>/joined+<moment>/   an emergency that is over and named (no establishment has a `+` in its name)
//! ```

pub(crate) mod asides;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use archive::FolderJournal;
use gate::ports::{Clock as _, Store as _};
use gate::{Joined, Over};
use ledger::{KeyRing, SignedCheckpoint};
use store::Database;
use vault::Vault;
use vocab::EstablishmentId;

use crate::config::Config;
use crate::texts::{Because as _, from_vault, say};
use crate::wiring::{Failed, SystemClock};

const HELD: &str = "held";
const OVER: &str = "over";
/// What is laid aside: no establishment has a `+` in its name.
const JOINED: &str = "joined+";
/// Entries of the outbox that are read at a time.
const STEP: u32 = 256;

/// Where the emergency journals of this gate are, when it has a place for them.
pub(crate) struct RefugeFolder<'a> {
    config: &'a Config,
    folder: &'a Path,
}

impl<'a> RefugeFolder<'a> {
    pub(crate) fn of(config: &'a Config) -> Option<Self> {
        config.gate.refuge.as_deref().map(|folder| Self { config, folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder
    }

    /// Folder and origin of an establishment's emergency journal: another log than the ordinary one, of the same gate.
    pub(crate) fn place(&self, establishment: &EstablishmentId) -> (PathBuf, String) {
        (self.folder.join(establishment.as_str()), origin(establishment, &self.config.gate.name))
    }

    fn public_keys(&self, establishment: &EstablishmentId) -> PathBuf {
        self.config.gate.data.join("public").join(format!("{establishment}.secours.keys"))
    }

    /// While everything is well: folders and keys are made, and the public halves laid beside those of the ordinary logs.
    pub(crate) fn prepare<'b>(
        &self,
        vault: &Vault,
        names: impl Iterator<Item = &'b EstablishmentId>,
    ) -> anyhow::Result<()> {
        for name in names {
            let (folder, origin) = self.place(name);
            crate::init::folder(&folder)?;
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

    /// The establishments that were prepared, and not laid aside.
    pub(crate) fn establishments(&self) -> anyhow::Result<Vec<EstablishmentId>> {
        let entries = std::fs::read_dir(self.folder).because("folder", &[&self.folder.display()])?;
        let folders = entries.flatten().filter(|entry| entry.path().is_dir());
        let named = |entry: std::fs::DirEntry| entry.file_name().to_str().and_then(|name| name.parse().ok());
        let mut names: Vec<EstablishmentId> = folders.filter_map(named).collect();
        names.sort();
        Ok(names)
    }

    /// An emergency begins, or goes on: the last entry that waits for the ordinary log, remembered from its first start.
    pub(crate) async fn hold(&self, database: &Database) -> anyhow::Result<u64> {
        if let Some([held, last]) = self.numbers(OVER)? {
            // It was to be joined, and the ordinary log was lost again first: it goes on, unless that log has had its own.
            if last_waiting(database).await? != last {
                bail!(say("refuge_unjoined", &[&self.folder.display()]));
            }
            self.write(HELD, &[held])?;
            self.remove(OVER)?;
            return Ok(held);
        }
        if let Some([held]) = self.numbers(HELD)? {
            return Ok(held);
        }
        let held = last_waiting(database).await?;
        self.write(HELD, &[held])?;
        Ok(held)
    }

    /// Whether there is an emergency that no ordinary log has named yet.
    pub(crate) fn is_unnamed(&self) -> bool {
        [HELD, OVER].iter().any(|name| self.folder.join(name).exists())
    }

    /// Whether an emergency goes on, as far as this folder knows.
    pub(crate) fn is_held(&self) -> anyhow::Result<bool> {
        Ok(self.numbers::<1>(HELD)?.is_some())
    }

    /// The emergency is over, and its own gate has finished it: what the outbox has of it is all in its journals.
    pub(crate) async fn end(&self, database: &Database) -> anyhow::Result<()> {
        let gone = || anyhow!(say("refuge_numbers", &[&self.folder.join(HELD).display()]));
        let [held] = self.numbers(HELD)?.ok_or_else(gone)?;
        self.write(OVER, &[held, last_waiting(database).await?])?;
        self.remove(HELD)
    }

    /// An emergency that is over and not laid aside, with what the ordinary logs are to be told of it.
    pub(crate) fn over(&self, vault: &Vault) -> anyhow::Result<Option<Over>> {
        let Some([held, last]) = self.numbers(OVER)? else { return Ok(None) };
        let mut journals = Vec::new();
        let logs = open_logs(vault, self.establishments()?, |name| self.place(name));
        let logs = logs.map_err(Failed::into_inner)?;
        for (establishment, log) in &logs {
            let keys = std::fs::read_to_string(self.public_keys(establishment))?;
            let signed = SignedCheckpoint::verify(&log.checkpoint(), &KeyRing::parse(&keys)?)?;
            let (entries, root) = (signed.checkpoint().size, signed.checkpoint().root.0);
            let (establishment, (_, origin)) = (establishment.clone(), self.place(establishment));
            journals.push(Joined { establishment, origin, entries, root });
        }
        Ok(Some(Over { held, last, journals }))
    }

    /// The ordinary logs name them: they are laid aside, to be shown to an auditor and kept with the evidence.
    pub(crate) fn lay_aside(&self) -> anyhow::Result<PathBuf> {
        let name = format!("{JOINED}{}", SystemClock.now().to_string().replace(':', "-"));
        // Another one of the same second, or of a clock that was put back, keeps its own.
        let mut aside = self.folder.join(&name);
        for number in 2_u32.. {
            if !aside.exists() {
                break;
            }
            aside = self.folder.join(format!("{name}-{number}"));
        }
        crate::init::folder(&aside)?;
        for name in self.establishments()? {
            let (from, to) = (self.place(&name).0, aside.join(name.as_str()));
            std::fs::rename(&from, &to).because("file_write", &[&to.display()])?;
        }
        // The last: without it there is no emergency any more.
        self.remove(OVER)?;
        Ok(aside)
    }

    /// What one of the small files says; `None`: it is not there. One that says less or more is an error: taken for not
    /// there, what it stands for would be in both logs or in none.
    fn numbers<const N: usize>(&self, name: &str) -> anyhow::Result<Option<[u64; N]>> {
        let file = self.folder.join(name);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).because("file_read", &[&file.display()]),
        };
        let numbers: Result<Vec<u64>, _> = text.split_whitespace().map(str::parse).collect();
        let numbers = numbers.ok().and_then(|numbers| numbers.try_into().ok());
        numbers.map(Some).ok_or_else(|| anyhow!(say("refuge_numbers", &[&file.display()])))
    }

    /// Durably, in place of what was there.
    fn write(&self, name: &str, numbers: &[u64]) -> anyhow::Result<()> {
        let (file, beside) = (self.folder.join(name), self.folder.join(format!("{name}.tmp")));
        let text: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let written = std::fs::write(&beside, text.join(" "))
            .and_then(|()| std::fs::File::open(&beside)?.sync_all())
            .and_then(|()| std::fs::rename(&beside, &file))
            .and_then(|()| std::fs::File::open(self.folder)?.sync_all());
        written.because("file_write", &[&file.display()])
    }

    fn remove(&self, name: &str) -> anyhow::Result<()> {
        let file = self.folder.join(name);
        let gone = std::fs::remove_file(&file).and_then(|()| std::fs::File::open(self.folder)?.sync_all());
        gone.because("file_write", &[&file.display()])
    }
}

/// The origin of an establishment's emergency journal.
fn origin(establishment: &EstablishmentId, gate: &vocab::GateId) -> String {
    format!("poterne.invalid/secours/{establishment}/{gate}")
}

/// Whether something was laid aside under this name.
fn named_aside(name: &str) -> bool {
    name.starts_with(JOINED)
}

/// The last entry of the outbox that is marked in no log.
async fn last_waiting(database: &Database) -> anyhow::Result<u64> {
    let mut last = 0;
    while let Some(waiting) = database.waiting(last, STEP).await?.last() {
        last = waiting.seq;
    }
    Ok(last)
}

/// The logs of these establishments, each in its place and under its origin. One that another gate holds is not lost.
pub(crate) fn open_logs(
    vault: &Vault,
    names: Vec<EstablishmentId>,
    place: impl Fn(&EstablishmentId) -> (PathBuf, String),
) -> Result<BTreeMap<EstablishmentId, Arc<FolderJournal>>, Failed> {
    let mut all = BTreeMap::new();
    for name in names {
        let (folder, origin) = place(&name);
        let signers = from_vault(vault.log_signers(&origin)).because("log_keys_of", &[&name])?;
        let signers: Vec<Box<dyn ledger::Signer>> =
            vec![Box::new(signers.ed25519), Box::new(signers.ml_dsa_44)];
        match FolderJournal::open(&folder, &origin, signers, Arc::new(SystemClock)) {
            Ok(log) => drop(all.insert(name, Arc::new(log))),
            Err(archive::journal::Error::Held(_)) => return Err(anyhow!(say("log_held", &[&name])).into()),
            // The keys are not this log's: another place would not mend that.
            Err(error @ archive::journal::Error::Ledger(_)) => {
                return Err(Failed::Otherwise(anyhow!(error).context(say("log_of", &[&name]))));
            }
            Err(error) => return Err(error).because("log_of", &[&name]).map_err(Failed::Lost),
        }
    }
    Ok(all)
}
