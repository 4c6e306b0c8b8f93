//! `poterne restore`: everything is verified beside its place before anything is in place.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use gate::Restored;
use gate::ports::Clock as _;
use recording::Digest;
use store::Database;
use vault::Vault;
use vault::age::{self, Identity, Opening};

use super::manifest::{
    ABOUT, APART, About, CONFIG, CURSOR_MAX, CURSORS, DATABASE, Hashing, MEMBERS_MAX, SEAL, STAMP_MAX, SUMS,
    SUMS_MAX, TEXT_MAX, is_cursor, read_seal, stamp_size, sum_line,
};
use super::restored::{self, RESTORING};
use super::{make_folder, tar};
use crate::cli::Restore;
use crate::config::Config;
use crate::refuge::RefugeFolder;
use crate::texts::{Because as _, from_vault, of_store, say};
use crate::wiring::SystemClock;

/// Most bytes of a file of the vault or of public keys, as `keys.md` has it.
const SMALL_MAX: u64 = 64 * 1024;

pub(crate) async fn restore(asked: &Restore) -> anyhow::Result<()> {
    let identity = from_vault(Identity::read(&asked.key)).because("reader_key", &[])?;
    let mut backup = Backup::open(&asked.backup, &identity)?;
    let about = backup.about()?;
    let text = backup.text(CONFIG)?;
    let there = asked.which.config.exists();
    let config =
        if there { Config::read(&asked.which.config)? } else { Config::parse(&text, &asked.which.config)? };
    if (&config.gate.name, &config.gate.home) != (&about.gate, &about.home) {
        let (gate, home) = (&config.gate.name, &config.gate.home);
        bail!(say("restore_other_gate", &[&about.gate, &about.home, gate, home]));
    }
    // Its two numbers count another queue than the one that comes back.
    if let Some(refuge) = RefugeFolder::of(&config).filter(RefugeFolder::is_unnamed) {
        bail!(say("restore_refuge", &[&refuge.folder().display()]));
    }
    let staging = Staging::make(&config)?;
    let whole = backup.unpack(&staging.folder, &about)?;
    let seal = whole.seal;
    let restored = Restored {
        manifest: whole.manifest,
        taken: about.taken,
        at: SystemClock.now(),
        logs: about.states(),
    };
    for (log, _) in &about.logs {
        check_log(&staging.folder, log)?;
    }
    let database = Database::inspect(&staging.folder.join(DATABASE)).await;
    database.map_err(|error| of_store(&error)).because("database", &[])?;
    let opened = check_vault(&config, &staging.folder, &about, &restored.manifest, &seal)?;
    forget_certificates(&staging.folder)?;
    forget_sheets(&staging.folder)?;
    restored::write(&staging.folder, &restored, &seal)?;
    staging.put_in_place(&config)?;
    if !there {
        write_config(&asked.which.config, &text)?;
    }
    said(asked, &config, &about, &whole, opened, there);
    Ok(())
}

fn said(asked: &Restore, config: &Config, about: &About, whole: &Whole, opened: bool, there: bool) {
    println!("{}", say("restore_done", &[&config.gate.data.display(), &about.taken]));
    for (log, _) in &about.logs {
        println!("  {}", say("backup_log", &[&log.establishment, &log.entries]));
    }
    if whole.apart > 0 {
        let sums = config.gate.data.join(APART);
        println!("{}", say("restore_apart", &[&whole.apart, &config.gate.data.display(), &sums.display()]));
    }
    if !there {
        println!("{}", say("restore_config", &[&asked.which.config.display()]));
    }
    if !opened {
        println!("{}", say("restore_no_key", &[&config.vault_key().display()]));
    }
    println!("{}", say("restore_since", &[]));
    println!("{}", say("restore_next", &[]));
}

/// The archive, opened for one reader.
struct Backup<'a> {
    path: &'a Path,
    archive: tar::Reader<Opening<BufReader<File>>>,
    sums: String,
    members: usize,
}

/// What stood at the end of a backup that is whole.
struct Whole {
    manifest: [u8; 32],
    seal: [u8; 32],
    apart: usize,
}

impl<'a> Backup<'a> {
    fn open(path: &'a Path, identity: &Identity) -> anyhow::Result<Self> {
        let file = File::open(path).because("file_read", &[&path.display()])?;
        let opened = age::open(BufReader::new(file), identity).map_err(|error| read_wrong(path, error))?;
        Ok(Self { path, archive: tar::Reader::new(opened), sums: String::new(), members: 0 })
    }

    fn odd(&self) -> anyhow::Error {
        anyhow!(say("restore_broken", &[&self.path.display()]))
    }

    fn next(&mut self) -> anyhow::Result<Option<(String, u64)>> {
        let next = self.archive.next().map_err(|error| read_wrong(self.path, error))?;
        self.members += 1;
        // The sums, the seal and the end beside the members.
        if self.members > MEMBERS_MAX + 3 { Err(self.odd()) } else { Ok(next) }
    }

    /// The whole of the next member, which must have this name.
    fn small(&mut self, name: &str, most: u64) -> anyhow::Result<Vec<u8>> {
        match self.next()? {
            Some((path, size)) if path == name && size <= most => self.bytes(),
            _ => Err(self.odd()),
        }
    }

    fn bytes(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.archive.content().read_to_end(&mut bytes);
        read.map_err(|error| read_wrong(self.path, error)).map(|_| bytes)
    }

    fn text(&mut self, name: &str) -> anyhow::Result<String> {
        let bytes = self.small(name, TEXT_MAX)?;
        self.sums += &sum_line(&Digest::of(&[&bytes]), name);
        String::from_utf8(bytes).map_err(|_| self.odd())
    }

    fn about(&mut self) -> anyhow::Result<About> {
        let text = self.text(ABOUT)?;
        About::read(&text).ok_or_else(|| self.odd())
    }

    /// Every file into the folder, up to the end, with each sum as it is written down.
    fn unpack(&mut self, folder: &Path, about: &About) -> anyhow::Result<Whole> {
        let (mut apart, mut seen) = (0, BTreeSet::new());
        let sums = loop {
            let Some((path, size)) = self.next()? else { return Err(self.odd()) };
            if path == SUMS && size <= SUMS_MAX {
                break self.bytes()?;
            }
            if !is_of_a_backup(&path, size, about) || !seen.insert(path.clone()) {
                return Err(self.odd());
            }
            self.file(&folder.join(&path), &path)?;
            if path == APART {
                apart = std::fs::read_to_string(folder.join(APART))?.lines().count();
            }
        };
        if sums != self.sums.as_bytes() {
            return Err(self.odd());
        }
        let seal = self.small(SEAL, TEXT_MAX)?;
        let seal = std::str::from_utf8(&seal).ok().and_then(read_seal).ok_or_else(|| self.odd())?;
        if self.next()?.is_some() {
            return Err(self.odd());
        }
        // One sync for all of them: there may be hundreds of thousands.
        rustix::fs::syncfs(File::open(folder)?).because("file_write", &[&folder.display()])?;
        Ok(Whole { manifest: Digest::of(&[&sums]), seal, apart })
    }

    fn file(&mut self, to: &Path, path: &str) -> anyhow::Result<()> {
        if let Some(around) = to.parent() {
            make_folder(around)?;
        }
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(to);
        let mut file = file.because("file_write", &[&to.display()])?;
        let (mut buffer, mut hashing) = (vec![0; 64 * 1024], Hashing::new(self.archive.content()));
        loop {
            let read = hashing.read(&mut buffer).map_err(|error| read_wrong(self.path, error))?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            io::Write::write_all(&mut file, bytes).because("file_write", &[&to.display()])?;
        }
        self.sums += &sum_line(&hashing.value(), path);
        Ok(())
    }
}

/// Why a backup cannot be read.
fn read_wrong(path: &Path, error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::PermissionDenied => anyhow!(say("restore_other_reader", &[&path.display()])),
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
            anyhow!(say("restore_broken", &[&path.display()]))
        }
        _ => anyhow::Error::from(error).context(say("file_read", &[&path.display()])),
    }
}

/// The paths that a backup has between its first two members and its sums.
fn is_of_a_backup(path: &str, size: u64, about: &About) -> bool {
    let is_name = |part: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(plain)
    };
    let of_log = |name: &str| about.logs.iter().any(|(log, _)| log.establishment.as_str() == name);
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [DATABASE] => true,
        [APART] => size <= SUMS_MAX,
        ["public", name] => size <= SMALL_MAX && name.strip_suffix(".keys").is_some_and(of_log),
        ["vault", inner @ ..] => {
            size <= SMALL_MAX && (1..=3).contains(&inner.len()) && inner.iter().all(|part| is_name(part))
        }
        [CURSORS, kind, name] => size <= CURSOR_MAX && is_cursor(kind, name),
        // One of a size that this log does not have yet is of another history.
        ["evidence", name, "timestamps", file] => {
            let log = about.logs.iter().find(|(log, _)| log.establishment.as_str() == *name);
            size <= STAMP_MAX
                && stamp_size(file).zip(log).is_some_and(|(stamped, (log, _))| stamped <= log.entries)
        }
        ["evidence", name, "checkpoint"] => size <= ledger::MAX_NOTE as u64 && of_log(name),
        ["evidence", name, "documents", file] => {
            let place = file.strip_suffix(".doc").or_else(|| file.strip_suffix(".part"));
            of_log(name) && place.is_some_and(|place| place.parse::<domain::PaperId>().is_ok())
        }
        ["evidence", name, "recordings", file] => of_log(name) && is_name(file) && file.ends_with(".rec"),
        // A level, seven groups of three digits, and a width at most.
        ["evidence", name, "tile", inner @ ..] => {
            let small = size <= ledger::MAX_FILE as u64 && (1..=9).contains(&inner.len());
            of_log(name) && small && inner.iter().all(|part| is_name(part))
        }
        _ => false,
    }
}

/// Where files are put until all of them are verified. Gone when it does not come to that.
struct Staging {
    folder: PathBuf,
    in_place: bool,
}

impl Staging {
    fn make(config: &Config) -> anyhow::Result<Self> {
        let data = &config.gate.data;
        make_folder(data)?;
        for entry in std::fs::read_dir(data).because("folder_read", &[&data.display()])? {
            let name = entry?.file_name();
            // The vault's key may lie there already, and the folder may be a file system of its own.
            if name != "vault.key" && name != "lost+found" {
                bail!(say("restore_not_empty", &[&data.display(), &name.to_string_lossy()]));
            }
        }
        let folder = data.join(RESTORING);
        make_folder(&folder)?;
        Ok(Self { folder, in_place: false })
    }

    /// Moves everything to its place. The folder goes last: as long as it is there, nothing starts.
    fn put_in_place(mut self, config: &Config) -> anyhow::Result<()> {
        // From here on it is not taken back: what is there is whole, and a start refuses until all of it is there.
        self.in_place = true;
        let data = &config.gate.data;
        let moved = || -> io::Result<()> {
            for entry in std::fs::read_dir(&self.folder)? {
                let name = entry?.file_name();
                std::fs::rename(self.folder.join(&name), data.join(&name))?;
            }
            File::open(data)?.sync_all()?;
            std::fs::remove_dir(&self.folder)?;
            File::open(data)?.sync_all()
        };
        moved().because("file_write", &[&data.display()])
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.in_place {
            // What cannot be removed keeps a gate from starting over it.
            let _gone = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Verifies a log with the public keys that came with it, and gives it an empty tail.
fn check_log(folder: &Path, log: &gate::LogState) -> anyhow::Result<()> {
    let name = &log.establishment;
    let evidence = folder.join("evidence").join(name.as_str());
    let keys = folder.join("public").join(format!("{name}.keys"));
    let keys = std::fs::read_to_string(&keys).because("restore_other_log", &[name])?;
    let found = archive::journal::verify(&evidence, &keys).because("restore_other_log", &[name])?;
    // What was purged before the backup is not in it: its certificate is, and the gate holds both against each other.
    if (found.0, found.1) != (log.entries, log.root) {
        bail!(say("restore_other_log", &[name]));
    }
    let tail = archive::journal::empty_tail(log.entries, log.root);
    let file = File::create(evidence.join("tail"));
    let written = file.and_then(|mut file| {
        io::Write::write_all(&mut file, &tail)?;
        file.sync_all()
    });
    written.because("file_write", &[&evidence.display()])
}

/// With the vault's key, where it lies: the vault opens, it sealed this backup, and the logs are its own. `false`:
/// the key is not there, and the first start asks the same.
fn check_vault(
    config: &Config,
    folder: &Path,
    about: &About,
    manifest: &[u8; 32],
    seal: &[u8; 32],
) -> anyhow::Result<bool> {
    let key = config.vault_key();
    if !key.exists() {
        return Ok(false);
    }
    let vault = from_vault(Vault::open(&folder.join("vault"), &key)).because("vault", &[])?;
    if let Some(fault) = vault.faults().first() {
        bail!(crate::texts::of_vault(crate::texts::spoken(), fault));
    }
    if !vault.is_own_backup(manifest, seal) {
        bail!(say("restore_foreign_vault", &[]));
    }
    for (log, origin) in &about.logs {
        let name = &log.establishment;
        let signers = from_vault(vault.log_signers(origin)).because("log_keys_of", &[name])?;
        let keys = std::fs::read_to_string(folder.join("public").join(format!("{name}.keys")))?;
        if keys != crate::keys_file(&signers) || *origin != config.origin(name) {
            bail!(say("restore_other_log", &[name]));
        }
    }
    drop(vault);
    std::fs::remove_file(folder.join("vault").join("lock")).context("vault/lock")?;
    Ok(true)
}

/// Certificates of technicians end with the second factor that was given for them, which is told by its number: and a
/// number that was given after the backup is given again. So the authority that signed them is drawn anew.
fn forget_certificates(folder: &Path) -> anyhow::Result<()> {
    let authority = folder.join("vault").join("keys").join("technicians.sealed");
    match std::fs::remove_file(&authority) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).because("file_write", &[&authority.display()])
        }
        _ => Ok(()),
    }
}

/// A code of a sheet is of no time: one that was used after the backup would be right again, and whoever relayed it knows
/// it. So the sheets are drawn anew.
fn forget_sheets(folder: &Path) -> anyhow::Result<()> {
    let sheets = folder.join("vault").join("sheets");
    match std::fs::remove_dir_all(&sheets) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).because("file_write", &[&sheets.display()])
        }
        _ => Ok(()),
    }
}

fn write_config(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o640).open(path);
    let written = file.and_then(|mut file| {
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    });
    written.because("file_write", &[&path.display()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_out_since_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, sheets) = (folder.path().join("vault/keys"), folder.path().join("vault/sheets"));
        for kept in [false, true] {
            if kept {
                std::fs::create_dir_all(&keys).unwrap();
                std::fs::create_dir_all(&sheets).unwrap();
                std::fs::write(keys.join("technicians.sealed"), "x").unwrap();
                std::fs::write(keys.join("door.sealed"), "x").unwrap();
                std::fs::write(sheets.join("l.leroy.sealed"), "x").unwrap();
            }
            forget_certificates(folder.path()).unwrap();
            forget_sheets(folder.path()).unwrap();
            assert!(!keys.join("technicians.sealed").exists() && !sheets.exists());
            assert_eq!(keys.join("door.sealed").exists(), kept);
        }
    }

    #[test]
    fn only_the_paths_of_a_backup_are_written() {
        let about = About::read(&format!(
            "poterne-backup-1\ngate porte-1\nhome nord\nprogram 0\ntaken 1\nlog nord 1 {} poterne.invalid/nord/porte-1\n",
            "0".repeat(64)
        ))
        .unwrap();
        let good = [
            "poterne.sqlite",
            "recordings-apart.sha256",
            "public/nord.keys",
            "vault/keys/door.sealed",
            "vault/accounts/nord/scanner-1.sealed",
            "evidence/nord/checkpoint",
            "evidence/nord/tile/entries/x001/x234/067.p/12",
            "evidence/nord/recordings/00ff.rec",
            "evidence/nord/documents/000102030405060708090a0b0c0d0e0f.doc",
            "evidence/nord/documents/000102030405060708090a0b0c0d0e0f.part",
            "vault/documents/nord/000102030405060708090a0b0c0d0e0f.sealed",
            "outbox/siem/siem-1+poterne.invalid+nord+porte-1",
            "outbox/mail/mail+poterne.invalid+nord+porte-1",
            "outbox/timestamps/tsa-1+poterne.invalid+nord+porte-1",
            "evidence/nord/timestamps/1.checkpoint",
            "evidence/nord/timestamps/1.tsr",
        ];
        for path in good {
            assert!(is_of_a_backup(path, 1, &about), "{path}");
        }
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "vault.key",
            "vault",
            "vault/",
            "vault/../x",
            "vault/.ssh/x",
            "vault/a/b/c/d",
            "evidence/sud/checkpoint",
            "evidence/nord/tail",
            "evidence/nord/lock",
            "evidence/nord/recordings/../x.rec",
            "evidence/nord/documents/contrat.doc",
            "evidence/nord/documents/000102030405060708090a0b0c0d0e0f.new",
            "evidence/sud/documents/000102030405060708090a0b0c0d0e0f.doc",
            "evidence/nord/tile/../../x",
            "outbox/siem/siem-1",
            "outbox/siem/siem-1+..+x",
            "outbox/siem/siem-1+poterne.invalid+nord+porte-1.tmp",
            "outbox/siem/a/siem-1+x",
            "outbox/autre/siem-1+x",
            "evidence/nord/timestamps/2.tsr",
            "evidence/nord/timestamps/01.tsr",
            "evidence/nord/timestamps/1.tsr.tmp",
            "evidence/nord/timestamps/../1.tsr",
            "evidence/sud/timestamps/1.tsr",
            "restored.json",
            "control.sock",
            "public/sud.keys",
            "about.txt",
            "poterne.toml",
        ] {
            assert!(!is_of_a_backup(path, 1, &about), "{path}");
        }
        assert!(!is_of_a_backup("vault/keys/door.sealed", SMALL_MAX + 1, &about));
        assert!(!is_of_a_backup("outbox/siem/siem-1+x", CURSOR_MAX + 1, &about));
        assert!(!is_of_a_backup("evidence/nord/timestamps/1.tsr", STAMP_MAX + 1, &about));
    }
}
