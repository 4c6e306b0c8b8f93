//! What leaves the machine and comes back: backups, their restoration, and the export of the vault
//! (`docs/formats/backup.md`).

pub(crate) mod export;
mod manifest;
pub(crate) mod restore;
pub(crate) mod restored;
pub(crate) mod snapshot;
pub(crate) mod take;
mod tar;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use control::{ControlError, Desk, Errand, Request};
use lock::Lock;
use vocab::Timestamp;

use crate::config::Config;
use crate::desk::OwnDesk;
use crate::operator::in_words;
use crate::texts::{Because as _, of_control, say};
use crate::wiring::{self, House};

/// In the data folder: what the gate hands over to the command line, for as long as that takes.
pub(crate) const LEAVING: &str = "leaving";
/// In the data folder: the moment that the last backup shows, in microseconds. Not proof, memory.
const LAST: &str = "last-backup";

/// Whoever does errands: the gate that runs, or this process with everything opened.
pub(crate) enum Hand {
    Gate(PathBuf),
    Own(Arc<House>),
}

impl Hand {
    /// The first errand tells whether a gate runs.
    pub(crate) async fn reach(config: Config) -> anyhow::Result<Self> {
        let socket = config.control_socket();
        match control::ask(&socket, &Request::List).await {
            Ok(_) => Ok(Self::Gate(socket)),
            Err(ControlError::Socket { .. }) => Ok(Self::Own(Arc::new(wiring::open_here(config).await?))),
            Err(error) => Err(anyhow!(of_control(&error))),
        }
    }

    pub(crate) async fn run(&self, errand: Errand) -> anyhow::Result<String> {
        match self {
            Self::Gate(socket) => {
                let answer = control::ask(socket, &Request::Errand(errand)).await;
                let answer = answer.map_err(|error| anyhow!(of_control(&error)))?;
                answer
                    .map(|value| value.as_str().unwrap_or_default().to_owned())
                    .map_err(|why| anyhow!(in_words(&why)))
            }
            Self::Own(house) => OwnDesk(Arc::clone(house)).run(errand).await.map_err(|why| anyhow!(why)),
        }
    }

    pub(crate) async fn stop(self) {
        if let Self::Own(house) = self
            && let Ok(house) = Arc::try_unwrap(house)
        {
            house.stop().await;
        }
    }
}

/// The folder of what leaves, for one command at a time; emptied when it is over.
struct Leaving {
    folder: PathBuf,
    _alone: Lock,
}

impl Leaving {
    fn take(config: &Config) -> anyhow::Result<Self> {
        let lock = config.gate.data.join("leaving.lock");
        let alone = Lock::take(&lock).because("file_write", &[&lock.display()])?;
        let Some(alone) = alone else { bail!(say("backup_two", &[])) };
        Ok(Self { folder: config.gate.data.join(LEAVING), _alone: alone })
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        // The next one empties it before it begins.
        let _left = std::fs::remove_dir_all(&self.folder);
    }
}

/// A file that is being written beside its place; gone when it does not come to its name.
pub(crate) struct Unfinished {
    path: PathBuf,
    to: PathBuf,
    named: bool,
}

impl Unfinished {
    pub(crate) fn create(to: &Path) -> anyhow::Result<(Self, File)> {
        if to.symlink_metadata().is_ok() {
            bail!(say("backup_there", &[&to.display()]));
        }
        let mut name = to.as_os_str().to_owned();
        name.push(".tmp");
        let path = PathBuf::from(name);
        // What a command that was killed left under this name is nobody's backup.
        let _none = std::fs::remove_file(&path);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        let file = file.because("file_write", &[&path.display()])?;
        Ok((Self { path, to: to.to_owned(), named: false }, file))
    }

    /// Gives it its name, durably. What it holds is on the disk already.
    pub(crate) fn name(mut self) -> anyhow::Result<()> {
        let named = std::fs::rename(&self.path, &self.to).and_then(|()| sync_around(&self.to));
        named.because("file_write", &[&self.to.display()])?;
        self.named = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.named {
            // What is left of it has no name that anybody would take for whole.
            let _gone = std::fs::remove_file(&self.path);
        }
    }
}

/// The file itself, or, in a folder, one whose name says gate, kind and moment.
fn place(to: &Path, config: &Config, ending: &str, at: Timestamp) -> PathBuf {
    if !to.is_dir() {
        return to.to_owned();
    }
    to.join(format!("poterne-{}-{}.{ending}", config.gate.name, at.to_string().replace([':', '-'], "")))
}

fn sync_around(path: &Path) -> io::Result<()> {
    let around = path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(around)?.sync_all()
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).because("folder", &[&path.display()])
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let pair = |at: usize| text.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Vec<u8> = (0..32_usize).map(pair).collect::<Option<_>>()?;
    bytes.try_into().ok()
}
