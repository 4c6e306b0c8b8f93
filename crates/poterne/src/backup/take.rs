//! `poterne backup`: asks for a snapshot, writes it sealed for its recipients, has it told to the ledger, and only
//! then gives it its name.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use control::Errand;
use recording::Digest;
use serde_json::json;
use vault::age::{self, Recipient, Sealing};

use super::manifest::{
    ABOUT, APART, About, CONFIG, CURSORS, DATABASE, Hashing, MEMBERS_MAX, SEAL, SUMS, SUMS_MAX, TEXT_MAX,
    seal_text, sum_line,
};
use super::snapshot::{Container, Done, Log, Paper, Plan};
use super::{Hand, Leaving, Unfinished, hex, place, tar};
use crate::cli::Backup;
use crate::config::Config;
use crate::texts::{Because as _, from_vault, say, spoken};
use crate::wiring::establishments;

/// A container of this length may hold no chunk: `recording.md` section 2.
const HEADER_MAX: u64 = 32_768;

pub(crate) async fn backup(asked: &Backup) -> anyhow::Result<()> {
    let config = Config::read(&asked.which.config)?;
    let recipients = recipients(&config, asked.recipients.as_deref())?;
    let leaving = Leaving::take(&config)?;
    let hand = Hand::reach(config.clone()).await?;
    let taken = take(asked, &config, &leaving, &hand, &recipients).await;
    hand.stop().await;
    taken
}

async fn take(
    asked: &Backup,
    config: &Config,
    leaving: &Leaving,
    hand: &Hand,
    recipients: &[Recipient],
) -> anyhow::Result<()> {
    let plan = hand.run(Errand::Snapshot { lang: spoken() }).await?;
    let plan: Plan = serde_json::from_str(&plan).because("control.answer", &[])?;
    let to = place(&asked.to, config, "tar.age", plan.taken);
    let (unfinished, file) = Unfinished::create(&to)?;
    let written = || say("backup_write", &[&to.display()]);
    let sealing = from_vault(age::seal(BufWriter::new(file), recipients)).with_context(written)?;
    let mut archive = Archive::new(sealing, &plan);
    archive
        .everything(config, &asked.which.config, leaving, &plan, asked.without_recordings)
        .with_context(written)?;
    let manifest = archive.sums().with_context(written)?;
    let seal = hand.run(Errand::SealBackup { manifest: hex(&manifest), lang: spoken() }).await?;
    let (recordings, apart) = (archive.recordings, archive.apart.lines().count());
    let bytes = archive.finish(&seal).with_context(written)?;
    let done = Done {
        manifest: hex(&manifest),
        taken: plan.taken,
        logs: plan.logs.clone(),
        recordings,
        apart: apart as u64,
        bytes,
    };
    let report = serde_json::to_string(&done)?;
    hand.run(Errand::BackedUp { report, lang: spoken() }).await?;
    unfinished.name()?;
    if asked.json {
        let done = serde_json::to_value(&done).because("answer_odd", &[])?;
        println!(
            "{:#}",
            json!({"file": to.display().to_string(), "recipients": recipients.len(), "taken": done})
        );
        return Ok(());
    }
    println!("{}", say("backup_done", &[&to.display(), &bytes, &recipients.len()]));
    for log in &plan.logs {
        println!("  {}", say("backup_log", &[&log.establishment, &log.entries]));
    }
    println!("{}", say("backup_recordings", &[&recordings, &apart]));
    println!("{}", say("backup_without", &[&config.vault_key().display()]));
    Ok(())
}

/// Those who are named, or else those who can read the recordings of the only establishment. A backup holds what every
/// establishment of the gate has: where there are several, who opens it is said by whoever takes it.
fn recipients(config: &Config, file: Option<&Path>) -> anyhow::Result<Vec<Recipient>> {
    if file.is_none() && establishments(config)?.len() > 1 {
        bail!(say("backup_whose", &[]));
    }
    let own = config.vault().join("recipients").join(format!("{}.pub", config.gate.home));
    let file = file.unwrap_or(&own);
    let text = std::fs::read_to_string(file).because("recipients_read", &[&file.display()])?;
    from_vault(Recipient::read_all(&text, 1)).because("recipients_of_backup", &[&file.display()])
}

/// The archive, sealed as it is written.
struct Archive {
    tar: tar::Writer<Sealing<BufWriter<File>>>,
    sums: String,
    apart: String,
    members: usize,
    recordings: u64,
}

impl Archive {
    fn new(sealing: Sealing<BufWriter<File>>, plan: &Plan) -> Self {
        let tar = tar::Writer::new(sealing, plan.taken);
        Self { tar, sums: String::new(), apart: String::new(), members: 0, recordings: 0 }
    }

    fn everything(
        &mut self,
        config: &Config,
        config_file: &Path,
        leaving: &Leaving,
        plan: &Plan,
        without_recordings: bool,
    ) -> anyhow::Result<()> {
        let about = About {
            gate: config.gate.name.clone(),
            home: config.gate.home.clone(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            taken: plan.taken,
            logs: plan
                .logs
                .iter()
                .map(|log| Some((log.state()?, log.origin.clone())))
                .collect::<Option<_>>()
                .ok_or_else(|| anyhow!(say("backup_odd", &[])))?,
        };
        self.bytes(ABOUT, about.text().as_bytes())?;
        let text = std::fs::read(config_file).because("config_read", &[&config_file.display()])?;
        if text.len() as u64 > TEXT_MAX {
            bail!(say("backup_much", &[&config_file.display(), &TEXT_MAX]));
        }
        self.bytes(CONFIG, &text)?;
        self.file(DATABASE, &leaving.folder.join(DATABASE), None)?;
        self.folder("vault", &leaving.folder.join("vault"))?;
        for log in &plan.logs {
            let keys = config.public_keys(&log.establishment);
            self.file(&format!("public/{}.keys", log.establishment), &keys, None)?;
        }
        let cursors = leaving.folder.join(CURSORS);
        if cursors.exists() {
            self.folder(CURSORS, &cursors)?;
        }
        for log in &plan.logs {
            self.log(config, leaving, log)?;
        }
        for one in &plan.stamps {
            let path = format!("evidence/{}/timestamps/{}", one.establishment, one.name);
            self.file(&path, &config.gate.data.join(&path), None)?;
        }
        for one in &plan.documents {
            self.document(config, one)?;
        }
        for one in &plan.recordings {
            self.recording(config, one, without_recordings && one.sealed)?;
        }
        if !self.apart.is_empty() {
            let apart = self.apart.clone();
            self.bytes(APART, apart.as_bytes())?;
        }
        Ok(())
    }

    fn log(&mut self, config: &Config, leaving: &Leaving, log: &Log) -> anyhow::Result<()> {
        let folder = config.evidence(&log.establishment);
        let at = format!("evidence/{}", log.establishment);
        let note = leaving.folder.join(format!("{}.checkpoint", log.establishment));
        self.file(&format!("{at}/checkpoint"), &note, None)?;
        for file in archive::journal::files_of(log.first, log.entries) {
            self.bytes(&format!("{at}/{}", file.path()), &file.read(&folder)?)?;
        }
        Ok(())
    }

    /// A recording as long as it was when the gate stood still, or only its sum.
    fn recording(&mut self, config: &Config, one: &Container, apart: bool) -> anyhow::Result<()> {
        let path = format!("evidence/{}/recordings/{}", one.establishment, one.name);
        let file = config.gate.data.join(&path);
        let opened = match File::open(&file) {
            // Its session was never written down, and it held nothing.
            Err(error) if error.kind() == ErrorKind::NotFound && one.length <= HEADER_MAX => return Ok(()),
            opened => opened.because("file_read", &[&file.display()])?,
        };
        if apart {
            let mut hashing = Hashing::new(opened.take(one.length));
            std::io::copy(&mut hashing, &mut std::io::sink())?;
            self.apart += &sum_line(&hashing.value(), &path);
            return Ok(());
        }
        self.recordings += 1;
        self.member(&path, one.length, opened)
    }

    /// A document under the name that it had when the gate stood still; it may have been settled since.
    fn document(&mut self, config: &Config, one: &Paper) -> anyhow::Result<()> {
        let path = format!("evidence/{}/documents/{}", one.establishment, one.name);
        let file = config.gate.data.join(&path);
        let there = if file.exists() { file } else { file.with_extension("doc") };
        self.file(&path, &there, Some(one.length))
    }

    /// A folder of small files, and the folders in it.
    fn folder(&mut self, path: &str, folder: &Path) -> anyhow::Result<()> {
        let mut names = std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<std::io::Result<Vec<String>>>()?;
        names.sort();
        for name in names {
            let (inner, path) = (folder.join(&name), format!("{path}/{name}"));
            if inner.is_dir() { self.folder(&path, &inner)? } else { self.file(&path, &inner, None)? }
        }
        Ok(())
    }

    fn file(&mut self, path: &str, file: &Path, length: Option<u64>) -> anyhow::Result<()> {
        let opened = File::open(file).because("file_read", &[&file.display()])?;
        let length = length.map_or_else(|| opened.metadata().map(|about| about.len()), Ok)?;
        self.member(path, length, opened)
    }

    fn bytes(&mut self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.member(path, bytes.len() as u64, bytes)
    }

    fn member(&mut self, path: &str, length: u64, content: impl Read) -> anyhow::Result<()> {
        let mut hashing = Hashing::new(content.take(length));
        self.tar.member(path, length, &mut hashing)?;
        self.sums += &sum_line(&hashing.value(), path);
        self.members += 1;
        if self.members > MEMBERS_MAX || self.sums.len() as u64 > SUMS_MAX {
            bail!(say("backup_many", &[&MEMBERS_MAX]));
        }
        Ok(())
    }

    /// The sums of all that was written, and their hash.
    fn sums(&mut self) -> anyhow::Result<[u8; 32]> {
        let sums = std::mem::take(&mut self.sums);
        self.tar.member(SUMS, sums.len() as u64, sums.as_bytes())?;
        Ok(Digest::of(&[sums.as_bytes()]))
    }

    /// The last member; then all of it is on the disk. Returns its length.
    fn finish(mut self, seal: &str) -> anyhow::Result<u64> {
        let seal = seal_text(seal);
        self.tar.member(SEAL, seal.len() as u64, seal.as_bytes())?;
        let mut buffer = self.tar.finish()?.finish()?;
        buffer.flush()?;
        let file = buffer.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}
