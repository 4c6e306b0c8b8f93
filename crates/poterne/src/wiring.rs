//! The parts of a gate, opened and put together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{anyhow, bail};
use archive::{FolderJournal, FolderPapers, FolderRecordings, FolderSpools};
use gate::ports::{Change, Clock, Journal, Journals, NoScanner, Put, Scanner, Store as _};
use gate::{Gate, Over, Parts, Refuge, Settings, StartError};
use store::Database;
use vault::{SystemEntropy, Vault};
use vocab::{EstablishmentId, Timestamp};

use crate::backup::{restored, snapshot};
use crate::config::Config;
use crate::refuge::asides::FolderAsides;
use crate::refuge::{RefugeFolder, open_logs};
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
    /// The home establishment's is one of them.
    pub(crate) fn new(
        home: EstablishmentId,
        all: BTreeMap<EstablishmentId, Arc<FolderJournal>>,
    ) -> anyhow::Result<Self> {
        let home_log = all.get(&home).cloned().ok_or_else(|| anyhow!(say("home_log", &[&home])))?;
        Ok(Self { home, home_log, all })
    }

    /// Whether every log takes entries.
    pub(crate) fn healthy(&self) -> Result<(), archive::journal::Error> {
        self.all.values().try_for_each(|log| log.healthy())
    }

    /// Whether a recording of each establishment could be created. Blocks on the disk.
    pub(crate) fn try_recordings(
        &self,
        recordings: &FolderRecordings,
    ) -> Result<(), archive::recordings::Error> {
        self.all.keys().try_for_each(|establishment| recordings.probe(establishment))
    }

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
    /// Where documents are kept.
    pub(crate) fn papers(&self) -> FolderPapers {
        FolderPapers::new(&self.gate.data.join("evidence"))
    }

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

/// Opens everything and finishes what an earlier run left. Nothing listens yet. Where the trace store is lost and there is
/// a place for the emergency journal, it is opened on that.
pub(crate) async fn open(config: Config) -> anyhow::Result<House> {
    restored::whole(&config)?;
    let database = Database::open(&config.database(), SystemClock.now()).await;
    let database = database.map_err(|error| of_store(&error)).because("database", &[])?;
    // Held from here on: what lies there now was left by a command that was killed.
    let _none = std::fs::remove_dir_all(config.gate.data.join(crate::backup::LEAVING));
    let vault = from_vault(Vault::open(&config.vault(), &config.vault_key())).because("vault", &[])?;
    for fault in vault.faults() {
        tracing::error!(%fault, "A sealed secret cannot be opened; its equipment has no account");
    }
    let ground = Ground { config, database, vault };
    ground.tag_anew().await?;
    let lost = match ordinary(&ground).await {
        Ok(opened) => return Ok(ground.house(opened)),
        Err(Failed::Otherwise(error)) => return Err(error),
        Err(Failed::Lost(error)) => error,
    };
    let Some(folder) = RefugeFolder::of(&ground.config) else { return Err(lost) };
    tracing::error!(error = %format!("{lost:#}"), "The trace store is lost: the emergency journal is kept instead");
    let opened = emergency(&ground, &folder).await.map_err(|also| lost.context(format!("{also:#}")))?;
    tracing::warn!("Only an emergency derogation for T11 opens a session until the trace store is back");
    Ok(ground.house(opened))
}

/// What every gate stands on.
struct Ground {
    config: Config,
    database: Database,
    vault: Vault,
}

/// A gate with its traces.
struct Opened {
    gate: Arc<Gate>,
    logs: Arc<Logs>,
    recordings: Arc<FolderRecordings>,
}

impl Ground {
    /// What tells shared secrets apart comes from the vault's key (T9): under another one all of it is written anew, so
    /// that old and new can be compared.
    async fn tag_anew(&self) -> anyhow::Result<()> {
        if former_key(&self.config, &self.vault).is_none() {
            return Ok(());
        }
        let anew =
            |(establishment, equipment, tag)| Put::AccountTag { establishment, equipment, tag: Some(tag) };
        let puts = self.vault.tags().into_iter().map(anew).collect();
        let change = Change { puts, ..Change::default() };
        self.database.commit(change, SystemClock.now(), "host operator").await.because("database", &[])?;
        Ok(())
    }

    fn house(self, opened: Opened) -> House {
        let (Self { config, database, vault }, Opened { gate, logs, recordings }) = (self, opened);
        House { config, database, vault, gate, logs, recordings }
    }

    /// Starts a gate on these traces.
    async fn start(
        &self,
        logs: Arc<Logs>,
        recordings: Arc<FolderRecordings>,
        change: impl FnOnce(Settings) -> Settings,
    ) -> anyhow::Result<Opened> {
        let config = &self.config;
        let spool = config.gate.data.join("spool");
        let spools = FolderSpools::open(&spool).because("folder", &[&spool.display()])?;
        let scanner: Arc<dyn Scanner> = match &config.scanner {
            Some(section) => Arc::new(scanner::Clamd::new(section.place())),
            None => Arc::new(NoScanner),
        };
        let papers = config.papers();
        // In an emergency they may be where nothing can be read: then none is, and nothing else stops.
        if let Err(error) = papers.sweep() {
            tracing::warn!(%error, "What was left of a document could not be removed");
        }
        let settings = Settings {
            name: config.gate.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sessions_max: usize::try_from(config.gate.sessions_max).unwrap_or(usize::MAX),
            papers_max: config.documents.total(),
            last_backup: snapshot::last(config),
            restored: None,
            refuge: None,
            over: None,
        };
        let parts = Parts {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            store: Arc::new(self.database.clone()),
            journals: Arc::clone(&logs) as Arc<dyn Journals>,
            recordings: Arc::clone(&recordings) as Arc<dyn gate::ports::Recordings>,
            vault: Arc::new(self.vault.clone()),
            rotator: Arc::new(ssh_edge::SshRotator::new(ssh_edge::Settings::default())),
            spools: Arc::new(spools),
            scanner,
            tickets: crate::outward::tickets(config)?,
            papers: Arc::new(papers),
            asides: Arc::new(FolderAsides::of(config)),
        };
        let gate = Gate::start(change(settings), parts).await?;
        recordings.sweep().because("recordings", &[])?;
        Ok(Opened { gate, logs, recordings })
    }
}

/// Why there is no gate on the ordinary logs.
pub(crate) enum Failed {
    /// The trace store takes nothing: the emergency journal's case.
    Lost(anyhow::Error),
    /// Nothing that another place for the traces would mend.
    Otherwise(anyhow::Error),
}

impl Failed {
    pub(crate) fn into_inner(self) -> anyhow::Error {
        let (Self::Lost(error) | Self::Otherwise(error)) = self;
        error
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Otherwise(error)
    }
}

/// On the evidence of the data folder. An emergency that is over is named there.
async fn ordinary(ground: &Ground) -> Result<Opened, Failed> {
    let Ground { config, vault, .. } = ground;
    let restored = restored::to_declare(config, vault)?;
    let to_declare = restored.is_some();
    let names = establishments(config).map_err(Failed::Lost)?;
    let logs = open_logs(vault, names, |name| (config.evidence(name), config.origin(name)))?;
    let logs = Arc::new(Logs::new(config.gate.home.clone(), logs)?);
    let recordings = FolderRecordings::open(&config.gate.data.join("evidence"), archive::FREE_MIN);
    let recordings = Arc::new(recordings.because("recordings", &[]).map_err(Failed::Lost)?);
    let folder = RefugeFolder::of(config);
    let over = match &folder {
        // Nobody is told that it is over before it is.
        Some(folder) => {
            recordings.health().because("recordings", &[]).map_err(Failed::Lost)?;
            logs.try_recordings(&recordings).because("recordings", &[]).map_err(Failed::Lost)?;
            over(ground, folder).await.because("refuge_over", &[&folder.folder().display()])?
        }
        None => None,
    };
    let is_over = over.is_some();
    let (ledgers, tapes) = (Arc::clone(&logs), Arc::clone(&recordings));
    let opened = ground.start(ledgers, tapes, |all| Settings { restored, over, ..all }).await;
    // Not where it failed, but whether the store still takes something tells whether it is lost.
    let takes = || logs.healthy().is_ok() && logs.try_recordings(&recordings).is_ok();
    let opened = opened.map_err(|error| match error.downcast_ref() {
        Some(StartError::Shorter { establishment, entries, remembered }) => {
            Failed::Lost(anyhow!(say("log_shorter", &[establishment, entries, remembered])))
        }
        _ if takes() => error.into(),
        _ => Failed::Lost(error),
    })?;
    if to_declare {
        restored::declared(config)?;
        tracing::warn!("The ledgers were restored from a backup; each says so");
    }
    name_key(config, vault, &opened.gate).await?;
    if let Some(folder) = &folder {
        // The ordinary door opens all the same: what it lacks is the next emergency's.
        if let Err(error) = tidy(ground, folder, is_over, &opened.logs) {
            tracing::error!(error = %format!("{error:#}"), "The place of the emergency journal cannot be written: there is none until it can");
        }
    }
    Ok(opened)
}

/// On the emergency journal.
async fn emergency(ground: &Ground, folder: &RefugeFolder<'_>) -> anyhow::Result<Opened> {
    let logs = open_logs(&ground.vault, folder.establishments()?, |name| folder.place(name));
    let logs = Arc::new(Logs::new(ground.config.gate.home.clone(), logs.map_err(Failed::into_inner)?)?);
    let recordings = FolderRecordings::open(folder.folder(), archive::FREE_MIN).because("recordings", &[])?;
    let recordings = Arc::new(recordings);
    let held = folder.hold(&ground.database).await?;
    ground.start(logs, recordings, |all| Settings { refuge: Some(Refuge { held }), ..all }).await
}

/// Finishes what an emergency left, with its own gate: its sessions have their end in its own journal.
async fn over(ground: &Ground, folder: &RefugeFolder<'_>) -> anyhow::Result<Option<Over>> {
    if folder.is_held()? {
        let opened = emergency(ground, folder).await?;
        opened.gate.stop(Duration::from_secs(10)).await;
        for (_, log) in opened.logs.folders() {
            log.close()?;
        }
        folder.end(&ground.database).await?;
    }
    folder.over(&ground.vault)
}

/// Lays aside what is over, and gets ready for another emergency.
fn tidy(ground: &Ground, folder: &RefugeFolder<'_>, is_over: bool, logs: &Logs) -> anyhow::Result<()> {
    if is_over {
        let aside = folder.lay_aside()?;
        tracing::warn!(aside = %aside.display(), "The emergency is over: its journal is named in the ledger");
    }
    folder.prepare(&ground.vault, logs.folders().map(|(name, _)| name))
}

/// Where the name of the vault's key of the last start is kept.
fn named_key(config: &Config) -> PathBuf {
    config.gate.data.join("vault.key-id")
}

/// The name of the vault's key at the last start, when that was another one.
fn former_key(config: &Config, vault: &Vault) -> Option<String> {
    let former = std::fs::read_to_string(named_key(config)).ok()?.trim().to_owned();
    (former != vault.key_id()).then_some(former)
}

/// Keeps the name of the vault's key beside it, and tells the ledgers when it is another one than at the last start.
async fn name_key(config: &Config, vault: &Vault, gate: &Gate) -> anyhow::Result<()> {
    let (file, present) = (named_key(config), vault.key_id());
    match former_key(config, vault) {
        Some(former) => gate.vault_key_changed(&former, &present).await?,
        None if file.exists() => return Ok(()),
        None => {}
    }
    // Written after it was told: what breaks off here is told again.
    let beside = file.with_extension("tmp");
    let kept = std::fs::write(&beside, format!("{present}\n")).and_then(|()| std::fs::rename(&beside, &file));
    kept.because("file_write", &[&file.display()])
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
        self.gate.stop(Duration::from_secs(10)).await;
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
