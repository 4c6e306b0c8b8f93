//! The gate's part of a backup: the moment that it shows, the seal, and what the ledger says. The process that holds
//! the stores does this; the command line writes the file.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use gate::ports::Clock;
use gate::{Backup, LogState};
use ledger::{KeyRing, SignedCheckpoint};
use serde::{Deserialize, Serialize};
use vocab::{EstablishmentId, Lang, Timestamp};

use super::manifest::{CURSORS, DATABASE, is_cursor, stamp_size};
use super::{LAST, LEAVING, hex, make_folder, unhex};
use crate::config::Config;
use crate::desk::failed;
use crate::texts::{Because as _, from_vault, say_in};
use crate::wiring::{House, SystemClock};

/// How long acts wait for a snapshot at most: a database of 1 GiB is copied in 20 s at 50 MB/s.
const STILL_MAX: Duration = Duration::from_secs(60);

/// What a snapshot holds beside its files.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) taken: Timestamp,
    pub(super) logs: Vec<Log>,
    pub(super) recordings: Vec<Container>,
    pub(super) documents: Vec<Paper>,
    /// The files of timestamps that lay beside each checkpoint.
    pub(super) stamps: Vec<Beside>,
}

/// A small file that is never written again.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Beside {
    pub(super) establishment: EstablishmentId,
    pub(super) name: String,
}

/// One document, as it lies there: covered, and as long as it stays.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Paper {
    pub(super) establishment: EstablishmentId,
    pub(super) name: String,
    pub(super) length: u64,
}

/// One log, and how far it goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Log {
    pub(super) establishment: EstablishmentId,
    pub(super) origin: String,
    /// The first entry that is there.
    pub(super) first: u64,
    pub(super) entries: u64,
    pub(super) root: String,
}

/// One recording, as long as it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Container {
    pub(super) establishment: EstablishmentId,
    pub(super) name: String,
    pub(super) length: u64,
    pub(super) sealed: bool,
}

/// What the command line says of a backup that is whole.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) manifest: String,
    pub(super) taken: Timestamp,
    pub(super) logs: Vec<Log>,
    pub(super) recordings: u64,
    pub(super) apart: u64,
    pub(super) bytes: u64,
}

impl Log {
    pub(super) fn state(&self) -> Option<LogState> {
        let root = unhex(&self.root)?;
        Some(LogState { establishment: self.establishment.clone(), entries: self.entries, root })
    }
}

/// Takes the snapshot; the answer is its plan.
pub(crate) async fn take(house: &House, lang: Lang) -> Result<String, String> {
    if house.gate.on_refuge() {
        return Err(say_in(lang, "backup_refuge", &[]));
    }
    let folder = house.config.gate.data.join(LEAVING);
    let begun = Instant::now();
    let plan = async {
        renew(&folder)?;
        // All of it while no act is committed; the files are written out by somebody else, afterwards.
        let still = tokio::time::timeout(STILL_MAX, still(house, &folder));
        let plan = house.gate.standing_still(still).await.map_err(|error| anyhow!("{error}"))?;
        plan.map_err(|_| anyhow!(say_in(lang, "backup_slow", &[&STILL_MAX.as_secs()])))?
    };
    let plan: Plan = plan.await.map_err(|error| failed(lang)(format!("{error:#}")))?;
    tracing::info!(ms = begun.elapsed().as_millis(), "Stood still for a backup");
    serde_json::to_string(&plan).map_err(failed(lang))
}

async fn still(house: &House, folder: &Path) -> anyhow::Result<Plan> {
    let taken = SystemClock.now();
    house.database.copy_to(&folder.join(DATABASE)).await?;
    let (vault, to) = (house.vault.clone(), folder.join("vault"));
    from_vault(tokio::task::spawn_blocking(move || vault.copy_to(&to)).await?)?;
    // Before the checkpoints are signed, so that these cover whatever a receiver has, and each timestamp's entry.
    cursors(&house.config, &folder.join(CURSORS))?;
    let mut stamps = Vec::new();
    for (establishment, _) in house.logs.folders() {
        stamps.extend(stamps_of(&house.config, establishment)?);
    }
    let mut logs = Vec::new();
    for (establishment, log) in house.logs.folders() {
        log.seal().await?;
        let note = log.checkpoint();
        let keys = std::fs::read_to_string(house.config.public_keys(establishment))?;
        let signed = SignedCheckpoint::verify(&note, &KeyRing::parse(&keys)?)?;
        std::fs::write(folder.join(format!("{establishment}.checkpoint")), &note)?;
        let (entries, root) = (signed.checkpoint().size, hex(&signed.checkpoint().root.0));
        let (establishment, origin) = (establishment.clone(), house.config.origin(establishment));
        logs.push(Log { establishment, origin, first: log.first(), entries, root });
    }
    // After the checkpoints, so that every chunk that they speak of is there.
    let recordings = std::sync::Arc::clone(&house.recordings);
    let listed = tokio::task::spawn_blocking(move || recordings.listed()).await??;
    let recordings = listed.into_iter().map(|one| Container {
        establishment: one.establishment,
        name: one.name,
        length: one.length,
        sealed: one.sealed,
    });
    // Their keys are in the copy of the vault, what they are in that of the database.
    let papers = house.config.papers();
    let listed = tokio::task::spawn_blocking(move || papers.listed()).await??;
    let documents = listed.into_iter().map(|one| Paper {
        establishment: one.establishment,
        name: one.name,
        length: one.length,
    });
    Ok(Plan { taken, logs, recordings: recordings.collect(), documents: documents.collect(), stamps })
}

/// Up to where each receiver has each log, what was told by mail, and what was stamped last: small files, replaced whole.
/// What waits to be mailed lies in one of these folders too, and stays.
fn cursors(config: &Config, to: &Path) -> anyhow::Result<()> {
    let folders = [
        ("siem", config.siem_cursors()),
        ("mail", config.mail_folder()),
        ("timestamps", config.stamp_cursors()),
    ];
    for (kind, from) in folders {
        for name in names(&from)?.into_iter().filter(|name| is_cursor(kind, name)) {
            // One that is replaced meanwhile is read as it was, or as it is.
            let bytes = std::fs::read(from.join(&name)).because("file_read", &[&from.display()])?;
            make_folder(&to.join(kind))?;
            std::fs::write(to.join(kind).join(&name), bytes)?;
        }
    }
    Ok(())
}

fn stamps_of(config: &Config, establishment: &EstablishmentId) -> anyhow::Result<Vec<Beside>> {
    let all = names(&config.evidence(establishment).join("timestamps"))?;
    let all = all.into_iter().filter(|name| stamp_size(name).is_some());
    Ok(all.map(|name| Beside { establishment: establishment.clone(), name }).collect())
}

/// The names in a folder, in order; none where it is not there.
fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.because("folder_read", &[&folder.display()])?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// The folder, empty.
pub(super) fn renew(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).because("folder", &[&folder.display()])
        }
        _ => make_folder(folder),
    }
}

/// What this vault says of a backup with this manifest.
pub(crate) fn seal(house: &House, manifest: &str, lang: Lang) -> Result<String, String> {
    let manifest = unhex(manifest).ok_or_else(|| say_in(lang, "backup_odd", &[]))?;
    Ok(hex(&house.vault.seal_backup(&manifest)))
}

/// Tells the ledger of a backup that is whole and durable, and remembers when it was.
pub(crate) async fn done(house: &House, report: &str, lang: Lang) -> Result<String, String> {
    let odd = || say_in(lang, "backup_odd", &[]);
    let done: Done = serde_json::from_str(report).map_err(|_| odd())?;
    let logs = done.logs.iter().map(Log::state).collect::<Option<Vec<_>>>().ok_or_else(odd)?;
    let manifest = unhex(&done.manifest).ok_or_else(odd)?;
    let Done { taken, recordings, apart, bytes, .. } = done;
    let backup = Backup { manifest, taken, logs, recordings, apart, bytes };
    house.gate.backed_up(&backup).await.map_err(failed(lang))?;
    if let Err(error) = remember(&house.config, taken) {
        tracing::warn!(%error, "The time of the last backup could not be kept for the next start");
    }
    Ok(String::new())
}

fn remember(config: &Config, taken: Timestamp) -> std::io::Result<()> {
    let path = config.gate.data.join(LAST);
    let beside = path.with_extension("tmp");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(format!("{}\n", taken.as_micros()).as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, &path)
}

/// The moment that the last backup shows, where it is known.
pub(crate) fn last(config: &Config) -> Option<Timestamp> {
    let text = std::fs::read_to_string(config.gate.data.join(LAST)).ok()?;
    text.trim_end().parse().ok().map(Timestamp::from_micros)
}
