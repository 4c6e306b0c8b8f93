//! What waits to be sent: a file for each mail, durable before the ledger's place is passed.
//!
//! ```text
//! poterne-mail-1
//! to b.petit@hopital.exemple
//! made 1790000000000000
//! tries 0
//!
//! <the mail>
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use domain::Email;
use vocab::Timestamp;

const MAGIC: &str = "poterne-mail-1";
/// Mails that wait at most: 1,000 × 66 KiB are 66 MB. What comes then is not sent, and counted.
pub(super) const QUEUE_MAX: usize = 1_000;
/// Longest file: a body of 48 KiB in base64 (66 KiB), its headers, and room.
const FILE_MAX: u64 = 96 * 1024;

/// A mail that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) to: Email,
    pub(super) made: Timestamp,
    pub(super) tries: u32,
    pub(super) mail: Vec<u8>,
}

/// The folder of what waits, and what is in it.
pub(super) struct Queue {
    folder: PathBuf,
    all: BTreeMap<String, Waiting>,
}

impl Queue {
    /// What an earlier run left is there again. A file that is none of ours is left alone.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !is_id(&name) || entry.metadata()?.len() > FILE_MAX {
                continue;
            }
            match parse(&fs::read(entry.path())?) {
                Some(waiting) => drop(all.insert(name, waiting)),
                None => tracing::error!(name, "A file among the mails that wait is none, and is not sent"),
            }
        }
        Ok(Self { folder: folder.to_path_buf(), all })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Adds one under its id; one that is there already stays, and is not sent twice. `false`: there is no room.
    pub(super) fn put(&mut self, id: &str, waiting: Waiting) -> io::Result<bool> {
        if self.all.contains_key(id) {
            return Ok(true);
        }
        if self.all.len() >= QUEUE_MAX {
            return Ok(false);
        }
        self.write(id, &waiting)?;
        self.all.insert(id.to_owned(), waiting);
        Ok(true)
    }

    /// The ids of what waits.
    pub(super) fn ids(&self) -> Vec<String> {
        self.all.keys().cloned().collect()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Waiting> {
        self.all.get(id)
    }

    /// One more try was in vain.
    pub(super) fn failed(&mut self, id: &str) -> io::Result<()> {
        let Some(waiting) = self.all.get_mut(id) else { return Ok(()) };
        waiting.tries = waiting.tries.saturating_add(1);
        let waiting = waiting.clone();
        self.write(id, &waiting)
    }

    /// It was sent, or is given up.
    pub(super) fn remove(&mut self, id: &str) -> io::Result<()> {
        self.all.remove(id);
        fs::remove_file(self.folder.join(id))
    }

    fn write(&self, id: &str, waiting: &Waiting) -> io::Result<()> {
        let (beside, path) = (self.folder.join(format!("{id}.tmp")), self.folder.join(id));
        let mut file = File::create(&beside)?;
        let Waiting { to, made, tries, mail } = waiting;
        file.write_all(format!("{MAGIC}\nto {to}\nmade {}\ntries {tries}\n\n", made.as_micros()).as_bytes())?;
        file.write_all(mail)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(&self.folder)?.sync_all()
    }
}

fn is_id(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

fn parse(bytes: &[u8]) -> Option<Waiting> {
    let at = bytes.windows(2).position(|two| two == b"\n\n")?;
    let head = std::str::from_utf8(bytes.get(..at)?).ok()?;
    let mut lines = head.lines();
    if lines.next() != Some(MAGIC) {
        return None;
    }
    let to = lines.next()?.strip_prefix("to ")?.parse().ok()?;
    let made = Timestamp::from_micros(lines.next()?.strip_prefix("made ")?.parse().ok()?);
    let tries = lines.next()?.strip_prefix("tries ")?.parse().ok()?;
    Some(Waiting { to, made, tries, mail: bytes.get(at + 2..)?.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(tries: u32) -> Waiting {
        let to = "b.petit@hopital.exemple".parse().unwrap();
        Waiting {
            to,
            made: Timestamp::from_secs(1_790_000_000),
            tries,
            mail: b"To: x\r\n\r\nYQ==\r\n".to_vec(),
        }
    }

    fn id(number: usize) -> String {
        format!("{number:032x}")
    }

    #[test]
    fn what_waits_is_there_after_a_start_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = Queue::open(folder.path()).unwrap();
        assert!(queue.put(&id(1), waiting(0)).unwrap());
        queue.failed(&id(1)).unwrap();
        assert!(queue.put(&id(1), waiting(0)).unwrap());
        fs::write(folder.path().join("note.txt"), "of somebody else").unwrap();
        fs::write(folder.path().join(id(2)), "cut short").unwrap();
        let mut queue = Queue::open(folder.path()).unwrap();
        assert_eq!((queue.ids(), queue.get(&id(1))), (vec![id(1)], Some(&waiting(1))));
        queue.remove(&id(1)).unwrap();
        assert_eq!(Queue::open(folder.path()).unwrap().len(), 0);
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = Queue::open(folder.path()).unwrap();
        // As if they were written: a thousand fsyncs prove nothing more.
        queue.all = (0..QUEUE_MAX).map(|number| (id(number), waiting(0))).collect();
        assert!(!queue.put(&id(QUEUE_MAX), waiting(0)).unwrap());
        assert!(queue.put(&id(1), waiting(0)).unwrap(), "one that is there already");
    }
}
