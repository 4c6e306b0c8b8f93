//! What a start finds of a restoration: half of one, over which nothing starts; or a whole one, to be declared before
//! anything else is written.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use gate::{LogState, Restored};
use serde::{Deserialize, Serialize};
use vault::Vault;
use vocab::{EstablishmentId, Timestamp};

use super::{hex, unhex};
use crate::config::Config;
use crate::texts::{Because as _, say};

/// The folder of a restoration that is not over.
pub(super) const RESTORING: &str = "restoring";
/// The file that is to be declared.
pub(super) const RESTORED: &str = "restored.json";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    manifest: String,
    seal: String,
    taken: Timestamp,
    at: Timestamp,
    logs: Vec<Log>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    establishment: EstablishmentId,
    entries: u64,
    root: String,
}

/// Writes what the first start declares.
pub(super) fn write(folder: &Path, restored: &Restored, seal: &[u8; 32]) -> anyhow::Result<()> {
    let log = |log: &LogState| Log {
        establishment: log.establishment.clone(),
        entries: log.entries,
        root: hex(&log.root),
    };
    let declaration = Declaration {
        manifest: hex(&restored.manifest),
        seal: hex(seal),
        taken: restored.taken,
        at: restored.at,
        logs: restored.logs.iter().map(log).collect(),
    };
    let mut file = File::create(folder.join(RESTORED))?;
    file.write_all(serde_json::to_string_pretty(&declaration)?.as_bytes())?;
    Ok(file.sync_all()?)
}

/// Refuses to start over half of a restoration.
pub(crate) fn whole(config: &Config) -> anyhow::Result<()> {
    let half = config.gate.data.join(RESTORING);
    if half.symlink_metadata().is_ok() {
        bail!(say("restore_half", &[&half.display(), &config.gate.data.display()]));
    }
    Ok(())
}

/// What is to be declared, if anything is; only what this vault's own gate backed up.
pub(crate) fn to_declare(config: &Config, vault: &Vault) -> anyhow::Result<Option<Restored>> {
    let path = file(config);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.because("file_read", &[&path.display()])?,
    };
    let odd = || anyhow!(say("restore_odd", &[&path.display()]));
    let said: Declaration = serde_json::from_str(&text).map_err(|_| odd())?;
    let (manifest, seal) = (unhex(&said.manifest).ok_or_else(odd)?, unhex(&said.seal).ok_or_else(odd)?);
    if !vault.is_own_backup(&manifest, &seal) {
        bail!(say("restore_foreign_vault", &[]));
    }
    let log = |log: Log| {
        Some(LogState { establishment: log.establishment, entries: log.entries, root: unhex(&log.root)? })
    };
    let logs = said.logs.into_iter().map(log).collect::<Option<_>>().ok_or_else(odd)?;
    Ok(Some(Restored { manifest, taken: said.taken, at: said.at, logs }))
}

/// It stands in every log: it need not be declared again.
pub(crate) fn declared(config: &Config) -> anyhow::Result<()> {
    let path = file(config);
    let gone = std::fs::remove_file(&path).and_then(|()| super::sync_around(&path));
    gone.because("file_write", &[&path.display()])
}

fn file(config: &Config) -> PathBuf {
    config.gate.data.join(RESTORED)
}
