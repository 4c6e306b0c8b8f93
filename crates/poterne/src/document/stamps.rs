//! The timestamps that a pack names, as files that openssl verifies with nothing of ours (`docs/formats/timestamp.md` 4.2).

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use documents::{Body, Document};
use recording::Digest;
use vocab::EstablishmentId;

use crate::backup::hex;
use crate::cli::PrintDo;
use crate::config::Config;
use crate::texts::{Because as _, say};

/// The longest of these files: a checkpoint (`ledger.md` section 4); a token is at most 16 KiB.
const FILE_MAX: u64 = ledger::MAX_NOTE as u64;

/// Where the timestamps of a pack are asked to be.
pub(super) fn asked(what: &PrintDo) -> Option<PathBuf> {
    match what {
        PrintDo::Pack { with_timestamps, .. } => with_timestamps.clone(),
        _ => None,
    }
}

/// Writes those that the pack names into a new folder, with their sums; says which have no file here.
pub(super) fn write(folder: &Path, config: &Config, document: &Document) -> anyhow::Result<()> {
    let Body::Pack(pack) = &document.body else { return Ok(()) };
    let owner: EstablishmentId = document.establishment.id.parse().because("document_odd", &[])?;
    let from = config.evidence(&owner).join("timestamps");
    let made = DirBuilder::new().mode(0o700).create(folder);
    made.because("folder", &[&folder.display()])?;
    let (mut sums, mut absent) = (String::new(), Vec::new());
    for stamp in &pack.stamps.listed {
        for ending in ["checkpoint", "tsr"] {
            let name = format!("{}.{ending}", stamp.size);
            let Some(bytes) = read(&from.join(&name))? else {
                absent.push(stamp.entry.to_string());
                break;
            };
            put(&folder.join(&name), &bytes)?;
            sums += &format!("{}  {name}\n", hex(&Digest::of(&[&bytes])));
        }
    }
    put(&folder.join("SHA256SUMS"), sums.as_bytes())?;
    File::open(folder).and_then(|folder| folder.sync_all()).because("folder", &[&folder.display()])?;
    if !absent.is_empty() {
        eprintln!("{}", say("stamps_absent", &[&absent.join(", ")]));
    }
    Ok(())
}

/// `None`: it is not there.
fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.because("file_read", &[&path.display()])?,
    };
    let mut bytes = Vec::new();
    file.take(FILE_MAX).read_to_end(&mut bytes).because("file_read", &[&path.display()])?;
    Ok(Some(bytes))
}

fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = created.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.because("file_write", &[&path.display()])
}
