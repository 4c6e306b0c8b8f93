//! The texts of a backup: what it is of, the sums of its files, the seal of its vault (`docs/formats/backup.md`).

use std::io::Read;

use gate::LogState;
use recording::Digest;
use vocab::{EstablishmentId, GateId, Timestamp};

use super::{hex, unhex};

/// The names of the members that are ours.
pub(super) const ABOUT: &str = "about.txt";
pub(super) const CONFIG: &str = "poterne.toml";
pub(super) const DATABASE: &str = "poterne.sqlite";
pub(super) const APART: &str = "recordings-apart.sha256";
pub(super) const CURSORS: &str = "outbox";
pub(super) const SUMS: &str = "SHA256SUMS";
pub(super) const SEAL: &str = "seal.txt";

/// Members at most: section 2.7.
pub(super) const MEMBERS_MAX: usize = 1_000_000;
/// A million lines of 64 + 2 + 155 + 1 bytes are 222 MB.
pub(super) const SUMS_MAX: u64 = 256 * 1024 * 1024;
/// Of `about.txt`, `poterne.toml`, `seal.txt`: 2,500 logs of at most 410 bytes.
pub(super) const TEXT_MAX: u64 = 1024 * 1024;

/// A cursor has four short lines.
pub(super) const CURSOR_MAX: u64 = 512;
/// A token has 16 KiB at most, a checkpoint as `ledger.md` says.
pub(super) const STAMP_MAX: u64 = ledger::MAX_NOTE as u64;

const FORMAT: &str = "poterne-backup-1";
const SEAL_WORD: &str = "poterne-backup-seal-1";

/// What a backup is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    pub(super) gate: GateId,
    pub(super) home: EstablishmentId,
    pub(super) program: String,
    pub(super) taken: Timestamp,
    /// Each log, and its origin.
    pub(super) logs: Vec<(LogState, String)>,
}

impl About {
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{FORMAT}\ngate {}\nhome {}\nprogram {}\ntaken {}\n",
            self.gate,
            self.home,
            self.program,
            self.taken.as_micros()
        );
        for (log, origin) in &self.logs {
            text += &format!("log {} {} {} {origin}\n", log.establishment, log.entries, hex(&log.root));
        }
        text
    }

    /// `None`: it is not such a text, in its one spelling.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut after = |word: &str| lines.next()?.strip_prefix(word);
        after(FORMAT)?;
        let (gate, home) = (after("gate ")?.parse().ok()?, after("home ")?.parse().ok()?);
        let (program, taken) = (after("program ")?.to_owned(), after("taken ")?.parse().ok()?);
        let log = |line: &str| {
            let mut words = line.strip_prefix("log ")?.split(' ');
            let log = LogState {
                establishment: words.next()?.parse().ok()?,
                entries: words.next()?.parse().ok()?,
                root: unhex(words.next()?)?,
            };
            Some((log, words.next()?.to_owned()))
        };
        let logs = lines.map(log).collect::<Option<Vec<_>>>()?;
        let about = Self { gate, home, program, taken: Timestamp::from_micros(taken), logs };
        (about.text() == text && !about.logs.is_empty()).then_some(about)
    }

    pub(super) fn states(&self) -> Vec<LogState> {
        self.logs.iter().map(|(log, _)| log.clone()).collect()
    }
}

/// Whether a file in this folder of `outbox/` says up to where a receiver has a log: `<receiver>+<origin>`, `+` for `/`.
pub(super) fn is_cursor(kind: &str, name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-+".contains(c);
    ["siem", "mail", "timestamps"].contains(&kind)
        && name.contains('+')
        && name.chars().all(plain)
        && name.split('+').all(|part| !part.is_empty() && !part.starts_with('.'))
        && !name.ends_with(".tmp")
}

/// The size of the checkpoint that a file of `timestamps/` is about; `None`: it is no such file.
pub(super) fn stamp_size(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".checkpoint").or_else(|| name.strip_suffix(".tsr"))?;
    let size: u64 = digits.parse().ok()?;
    (size.to_string() == digits).then_some(size)
}

/// A line that `sha256sum -c` reads.
pub(super) fn sum_line(hash: &[u8; 32], path: &str) -> String {
    format!("{}  {path}\n", hex(hash))
}

/// The text of the seal.
pub(super) fn seal_text(seal: &str) -> String {
    format!("{SEAL_WORD} {seal}\n")
}

/// The seal in its text.
pub(super) fn read_seal(text: &str) -> Option<[u8; 32]> {
    unhex(text.strip_prefix(SEAL_WORD)?.strip_prefix(' ')?.strip_suffix('\n')?)
}

/// Hashes what passes.
pub(super) struct Hashing<R> {
    from: R,
    digest: Digest,
}

impl<R> Hashing<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, digest: Digest::new() }
    }

    pub(super) fn value(&self) -> [u8; 32] {
        self.digest.value()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(out)?;
        self.digest.update(out.get(..read).unwrap_or_default());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        let log = LogState { establishment: "nord".parse().unwrap(), entries: 12, root: [7; 32] };
        About {
            gate: "porte-1".parse().unwrap(),
            home: "nord".parse().unwrap(),
            program: "0.0.0".to_owned(),
            taken: Timestamp::from_micros(1_790_000_000_000_001),
            logs: vec![(log, "poterne.invalid/nord/porte-1".to_owned())],
        }
    }

    #[test]
    fn what_it_is_of_is_read_as_written() {
        let text = about().text();
        assert_eq!(About::read(&text), Some(about()));
        for other in [
            text.replace("backup-1", "backup-2"),
            text.replace("log nord", "log  nord"),
            text.replace("12", "012"),
            text.replace("07", "0A"),
            format!("{text}more\n"),
            text.trim_end().to_owned(),
            text.lines().take(5).map(|line| format!("{line}\n")).collect(),
            String::new(),
        ] {
            assert_eq!(About::read(&other), None, "{other}");
        }
    }

    #[test]
    fn a_seal_is_read_as_written() {
        let text = seal_text(&hex(&[0xab; 32]));
        assert_eq!(read_seal(&text), Some([0xab; 32]));
        for other in [text.to_uppercase(), text.trim_end().to_owned(), text.replace("ab", "a")] {
            assert_eq!(read_seal(&other), None, "{other}");
        }
    }
}
