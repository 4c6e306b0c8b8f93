//! Up to where a receiver of copies has a log, or its entries were told by mail: four lines of text in a file of its own, replaced whole.
//!
//! ```text
//! poterne-cursor-1
//! next 4711
//! leaf <64 hexadecimal digits: the leaf hash of entry 4710; of no entry: zeroes>
//! told <microseconds: since when the ledger says that the receiver is unreachable; or ->
//! ```

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use vocab::Timestamp;

const MAGIC: &str = "poterne-cursor-1";
/// Longest file: four lines of at most 80 bytes.
const FILE_MAX: usize = 512;

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cursor {
    /// The first entry that the receiver may not have.
    pub(crate) next: u64,
    /// The leaf hash of the one before it.
    pub(crate) leaf: [u8; 32],
    /// Since when the ledger says that the receiver is unreachable.
    pub(crate) told: Option<Timestamp>,
}

/// The file of a cursor.
#[derive(Debug, Clone)]
pub(crate) struct CursorFile(PathBuf);

impl CursorFile {
    /// No establishment, gate or receiver has a `+` in its name.
    pub(crate) fn of(folder: &Path, receiver: &str, origin: &str) -> Self {
        Self(folder.join(format!("{receiver}+{}", origin.replace('/', "+"))))
    }

    /// What it says; the beginning of the log where there is none, or none that can be read.
    pub(crate) fn read(&self) -> Cursor {
        match fs::read(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Cursor::default(),
            Err(error) => self.not_read(&error.to_string()),
            Ok(bytes) => parse(&bytes).unwrap_or_else(|| self.not_read("it is not a cursor")),
        }
    }

    /// How long ago it was written; `None`: there is none. One from after now was before the clock was put back.
    pub(crate) fn age(&self, now: SystemTime) -> Option<Duration> {
        let written = fs::metadata(&self.0).and_then(|file| file.modified()).ok()?;
        Some(now.duration_since(written).unwrap_or_default())
    }

    /// Whether there is one.
    pub(crate) fn is_there(&self) -> bool {
        self.0.exists()
    }

    fn not_read(&self, why: &str) -> Cursor {
        tracing::warn!(file = %self.0.display(), why, "A cursor cannot be read: the log is sent from its beginning");
        Cursor::default()
    }

    /// Replaces it, durably. Where that fails the old one stays, and entries are sent again after the next start.
    pub(crate) fn write(&self, cursor: &Cursor) -> io::Result<()> {
        let beside = self.0.with_file_name(format!(
            "{}.tmp",
            self.0.file_name().and_then(|name| name.to_str()).unwrap_or_default()
        ));
        let mut file = File::create(&beside)?;
        file.write_all(spell(cursor).as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.0)?;
        match self.0.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

fn spell(cursor: &Cursor) -> String {
    let leaf: String = cursor.leaf.iter().map(|byte| format!("{byte:02x}")).collect();
    let told = cursor.told.map_or_else(|| "-".to_owned(), |told| told.as_micros().to_string());
    format!("{MAGIC}\nnext {}\nleaf {leaf}\ntold {told}\n", cursor.next)
}

fn parse(bytes: &[u8]) -> Option<Cursor> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= FILE_MAX)?;
    let mut lines = text.lines();
    if lines.next() != Some(MAGIC) {
        return None;
    }
    let next = lines.next()?.strip_prefix("next ")?.parse().ok()?;
    let digits = lines.next()?.strip_prefix("leaf ")?;
    let mut leaf = [0; 32];
    for (index, byte) in leaf.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    let told = match lines.next()?.strip_prefix("told ")? {
        "-" => None,
        micros => Some(Timestamp::from_micros(micros.parse().ok()?)),
    };
    let cursor = Cursor { next, leaf, told };
    // One spelling: what was cut short or changed by hand is no cursor.
    (spell(&cursor) == text).then_some(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: Cursor =
        Cursor { next: 4_711, leaf: [0xa7; 32], told: Some(Timestamp::from_secs(1_790_000_000)) };

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = CursorFile::of(folder.path(), "siem-1", "poterne.invalid/nord/porte-1");
        assert_eq!(file.read(), Cursor::default());
        for cursor in [SAMPLE, Cursor::default(), Cursor { told: None, ..SAMPLE }] {
            file.write(&cursor).unwrap();
            assert_eq!(file.read(), cursor);
        }
        file.write(&SAMPLE).unwrap();
        let whole = fs::read(folder.path().join("siem-1+poterne.invalid+nord+porte-1")).unwrap();
        for end in 0..whole.len() {
            assert_eq!(parse(whole.get(..end).unwrap()), None, "{end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            *changed.get_mut(at).unwrap() ^= 0x80;
            assert_eq!(parse(&changed), None, "{at}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_cursor_that_cannot_be_written_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = CursorFile::of(folder.path(), "siem-1", "o");
        file.write(&SAMPLE).unwrap();
        // Something stands where it would be written first.
        fs::create_dir(folder.path().join("siem-1+o.tmp")).unwrap();
        assert!(file.write(&Cursor { next: 4_712, ..SAMPLE }).is_err());
        assert_eq!(file.read(), SAMPLE);
    }
}
