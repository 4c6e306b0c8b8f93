//! The parts of a gate, opened and put together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{anyhow, bail};
use archive::{FolderJournal, FolderRecordings, FolderSpools};
use gate::ports::{Clock, Journal, Journals, NoScanner, Scanner};
use gate::{Gate, Parts, Settings};
use store::Database;
use vault::{SystemEntropy, Vault};
use vocab::{EstablishmentId, Timestamp};

use crate::backup::{restored, snapshot};
use crate::config::Config;
use crate::texts::{Because as _, from_vault, of_store, say};

/// The wall clock of the system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // Before 1970 is a broken clock: the epoch is in no window and in no contract.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn kept(&self) -> Option<bool> {
        synchronised(Path::new(TIMESYNC), SystemTime::now())
    }
}

/// Where systemd's synchroniser says when it last reached its servers. What the kernel itself knows of it is to be had by
/// `unsafe` code only, so of another synchroniser (chrony) nothing is known here; that the clock jumps is seen anyhow.
const TIMESYNC: &str = "/run/systemd/timesync";
/// It asks every 34 minutes at the latest: five times in vain, and nothing keeps the clock.
const SYNCHRONISED: Duration = Duration::from_secs(3 * 3600);

/// Whether the synchroniser that has this folder keeps the clock; `None`: it has none.
fn synchronised(folder: &Path, now: SystemTime) -> Option<bool> {
    if !folder.is_dir() {
        return None;
    }
    let last = std::fs::metadata(folder.join("synchronized")).and_then(|file| file.modified());
    // What is after now was before the clock was put back: as good as now.
    Some(last.is_ok_and(|last| now.duration_since(last).unwrap_or_default() < SYNCHRONISED))
}

/// The logs of this gate.
pub(crate) struct Logs {
    home: EstablishmentId,
    home_log: Arc<FolderJournal>,
    all: BTreeMap<EstablishmentId, Arc<FolderJournal>>,
}

impl Logs {
    /// Each, with what only a log on a folder has.
    pub(crate) fn folders(&self) -> impl Iterator<Item = (&EstablishmentId, &Arc<FolderJournal>)> {
        self.all.iter()
    }
}

impl Journals for Logs {
    fn of(&self, establishment: &EstablishmentId) -> Option<Arc<dyn Journal>> {
        self.all.get(establishment).map(|log| Arc::clone(log) as Arc<dyn Journal>)
    }

    fn home(&self) -> (EstablishmentId, Arc<dyn Journal>) {
        (self.home.clone(), Arc::clone(&self.home_log) as Arc<dyn Journal>)
    }

    fn all(&self) -> Vec<(EstablishmentId, Arc<dyn Journal>)> {
        self.all.iter().map(|(name, log)| (name.clone(), Arc::clone(log) as Arc<dyn Journal>)).collect()
    }
}

/// A gate with everything behind it.
pub(crate) struct House {
    pub(crate) config: Config,
    pub(crate) database: Database,
    pub(crate) vault: Vault,
    pub(crate) gate: Arc<Gate>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) recordings: Arc<FolderRecordings>,
}

/// The establishments of this gate: those whose logs have keys.
pub(crate) fn establishments(config: &Config) -> anyhow::Result<Vec<EstablishmentId>> {
    let folder = config.gate.data.join("evidence");
    let entries = std::fs::read_dir(&folder).because("evidence_read", &[&folder.display()])?;
    let mut names = Vec::new();
    for entry in entries {
        if let Some(name) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
            names.push(name);
        }
    }
    names.sort();
    if !names.contains(&config.gate.home) {
        bail!(say("home_log", &[&config.gate.home]));
    }
    Ok(names)
}

impl Config {
    /// The file of the key that opens the vault: handed over by systemd where it is, else in the data folder.
    pub(crate) fn vault_key(&self) -> PathBuf {
        match std::env::var_os("CREDENTIALS_DIRECTORY") {
            Some(folder) if PathBuf::from(&folder).join("vault.key").exists() => {
                PathBuf::from(folder).join("vault.key")
            }
            _ => self.gate.data.join("vault.key"),
        }
    }
}

/// Opens everything and finishes what an earlier run left. Nothing listens yet.
pub(crate) async fn open(config: Config) -> anyhow::Result<House> {
    let clock = SystemClock;
    restored::whole(&config)?;
    let database = Database::open(&config.database(), clock.now()).await;
    let database = database.map_err(|error| of_store(&error)).because("database", &[])?;
    // Held from here on: what lies there now was left by a command that was killed.
    let _none = std::fs::remove_dir_all(config.gate.data.join(crate::backup::LEAVING));
    let vault = from_vault(Vault::open(&config.vault(), &config.vault_key())).because("vault", &[])?;
    for fault in vault.faults() {
        tracing::error!(%fault, "A sealed secret cannot be opened; its equipment has no account");
    }
    let restored = restored::to_declare(&config, &vault)?;
    let logs = Arc::new(logs(&config, &vault)?);
    let evidence = config.gate.data.join("evidence");
    let recordings =
        Arc::new(FolderRecordings::open(&evidence, archive::FREE_MIN).because("recordings", &[])?);
    let spool = config.gate.data.join("spool");
    let spools = FolderSpools::open(&spool).because("folder", &[&spool.display()])?;
    let scanner: Arc<dyn Scanner> = match &config.scanner {
        Some(section) => Arc::new(scanner::Clamd::new(section.place())),
        None => Arc::new(NoScanner),
    };
    let settings = Settings {
        name: config.gate.name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sessions_max: usize::try_from(config.gate.sessions_max).unwrap_or(usize::MAX),
        last_backup: snapshot::last(&config),
        restored,
    };
    let parts = Parts {
        clock: Arc::new(clock),
        entropy: Arc::new(SystemEntropy),
        store: Arc::new(database.clone()),
        journals: Arc::clone(&logs) as Arc<dyn Journals>,
        recordings: Arc::clone(&recordings) as Arc<dyn gate::ports::Recordings>,
        vault: Arc::new(vault.clone()),
        rotator: Arc::new(ssh_edge::SshRotator::new(ssh_edge::Settings::default())),
        spools: Arc::new(spools),
        scanner,
    };
    let to_declare = settings.restored.is_some();
    let gate = Gate::start(settings, parts).await?;
    if to_declare {
        restored::declared(&config)?;
        tracing::warn!("The ledgers were restored from a backup; each says so");
    }
    name_key(&config, &vault, &gate).await?;
    recordings.sweep().because("recordings", &[])?;
    Ok(House { config, database, vault, gate, logs, recordings })
}

/// Keeps the name of the vault's key beside it, and tells the ledgers when it is another one than at the last start.
async fn name_key(config: &Config, vault: &Vault, gate: &Gate) -> anyhow::Result<()> {
    let (file, present) = (config.gate.data.join("vault.key-id"), vault.key_id());
    let former = std::fs::read_to_string(&file).ok();
    match former.as_deref().map(str::trim) {
        Some(former) if former == present => return Ok(()),
        Some(former) => gate.vault_key_changed(former, &present).await?,
        None => {}
    }
    // Written after it was told: what breaks off here is told again.
    let beside = file.with_extension("tmp");
    let kept = std::fs::write(&beside, format!("{present}\n")).and_then(|()| std::fs::rename(&beside, &file));
    kept.because("file_write", &[&file.display()])
}

fn logs(config: &Config, vault: &Vault) -> anyhow::Result<Logs> {
    let mut all = BTreeMap::new();
    for name in establishments(config)? {
        let origin = config.origin(&name);
        let signers = from_vault(vault.log_signers(&origin)).because("log_keys_of", &[&name])?;
        let signers: Vec<Box<dyn ledger::Signer>> =
            vec![Box::new(signers.ed25519), Box::new(signers.ml_dsa_44)];
        let log = FolderJournal::open(&config.evidence(&name), &origin, signers, Arc::new(SystemClock));
        if let Err(archive::journal::Error::Held(_)) = &log {
            bail!(say("log_held", &[&name]));
        }
        let log = log.because("log_of", &[&name])?;
        all.insert(name, Arc::new(log));
    }
    let home = config.gate.home.clone();
    let home_log = all.get(&home).cloned().ok_or_else(|| anyhow!(say("home_log", &[&home])))?;
    Ok(Logs { home, home_log, all })
}

/// The same for one errand of the operator, who is told what a log would say.
pub(crate) async fn open_here(config: Config) -> anyhow::Result<House> {
    let house = open(config).await?;
    if let Some(kept) = house.database.kept() {
        eprintln!("{}", say("schema_kept", &[&kept.display()]));
    }
    Ok(house)
}

impl House {
    /// Stops in order: sessions closed, logs sealed, database folded.
    pub(crate) async fn stop(self) {
        self.gate.stop(std::time::Duration::from_secs(10)).await;
        self.database.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_kept_while_its_synchroniser_reaches_somebody() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        assert_eq!(synchronised(&folder.path().join("none"), now), None);
        assert_eq!(synchronised(folder.path(), now), Some(false));
        std::fs::write(folder.path().join("synchronized"), "").unwrap();
        assert_eq!(synchronised(folder.path(), now), Some(true));
        assert_eq!(synchronised(folder.path(), now + SYNCHRONISED * 2), Some(false));
    }
}
