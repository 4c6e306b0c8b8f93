//! The lines of the old copy protocol.

use crate::content::MAX_OFFSET;
use crate::{Fault, Name};

/// The longest line, with its newline: what OpenSSH's `scp` reads at once (a buffer of 2,048 with its end). What
/// is longer is two lines to the equipment and one to us: a file could hide in the second.
pub(super) const MAX_LINE: usize = 2047;
/// How much of a message is kept for the report.
const MAX_SAID: usize = 256;

/// What the sending end says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record<'a> {
    /// `C`: a file follows.
    File { size: u64, name: &'a [u8] },
    /// `D`: what follows is in this folder.
    Folder { name: &'a [u8] },
    /// `E`: the folder is over.
    FolderEnd,
    /// `T`: times of the next file or folder.
    Times,
    /// It could not send something, and goes on or not.
    Error { said: Name, fatal: bool },
}

/// What the receiving end answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response {
    Ok,
    Error { said: Name, fatal: bool },
}

impl<'a> Record<'a> {
    /// Parses a line with its newline.
    pub(super) fn parse(line: &'a [u8]) -> Result<Self, Fault> {
        let malformed = Fault::Malformed("record");
        let (kind, rest) = line.split_first().ok_or(malformed)?;
        let rest = rest.strip_suffix(b"\n").ok_or(malformed)?;
        match kind {
            b'C' => {
                let (size, name) = announced(rest)?;
                Ok(Self::File { size, name })
            }
            b'D' => match announced(rest)? {
                (0, name) => Ok(Self::Folder { name }),
                _ => Err(malformed),
            },
            b'E' if rest.is_empty() => Ok(Self::FolderEnd),
            b'T' => times(rest),
            1 | 2 => Ok(Self::Error { said: said(rest), fatal: *kind == 2 }),
            _ => Err(malformed),
        }
    }
}

impl Response {
    /// Parses one byte, or a line with its newline.
    pub(super) fn parse(given: &[u8]) -> Result<Self, Fault> {
        match given.split_first() {
            Some((0, [])) => Ok(Self::Ok),
            Some((kind @ (1 | 2), rest)) => {
                Ok(Self::Error { said: said(rest.strip_suffix(b"\n").unwrap_or(rest)), fatal: *kind == 2 })
            }
            _ => Err(Fault::Malformed("acknowledgement")),
        }
    }
}

/// `0644 12345 name`: four octal digits, a decimal number, a name.
fn announced(rest: &[u8]) -> Result<(u64, &[u8]), Fault> {
    let malformed = Fault::Malformed("record");
    let (mode, rest) = rest.split_at_checked(4).ok_or(malformed)?;
    if !mode.iter().all(|digit| (b'0'..=b'7').contains(digit)) {
        return Err(malformed);
    }
    let mut parts = rest.strip_prefix(b" ").ok_or(malformed)?.splitn(2, |byte| *byte == b' ');
    let size = number(parts.next().unwrap_or_default()).ok_or(malformed)?;
    let name = parts.next().ok_or(malformed)?;
    if name.is_empty() || name == b"." || name == b".." || name.iter().any(|byte| matches!(byte, b'/' | 0)) {
        return Err(Fault::UnsafeName);
    }
    Ok((size, name))
}

/// `mtime usec atime usec`.
fn times<'a>(rest: &[u8]) -> Result<Record<'a>, Fault> {
    let numbers: Vec<_> = rest.splitn(5, |byte| *byte == b' ').map(number).collect();
    match numbers.as_slice() {
        [Some(_), Some(a), Some(_), Some(b)] if a.max(b) < &1_000_000 => Ok(Record::Times),
        _ => Err(Fault::Malformed("record")),
    }
}

/// A decimal number without sign, at most the longest file that is counted.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (number <= MAX_OFFSET).then_some(number)
}

fn said(message: &[u8]) -> Name {
    Name::new(message.get(..MAX_SAID).unwrap_or(message))
}

/// How long the line is that `held` starts and `fresh` goes on with.
pub(super) fn line_len(held: &[u8], fresh: &[u8]) -> Result<usize, Fault> {
    if held.last() == Some(&b'\n') {
        return Ok(held.len());
    }
    let end = fresh.iter().take(MAX_LINE).position(|byte| *byte == b'\n');
    let wanted = held.len().saturating_add(end.unwrap_or(fresh.len())).saturating_add(1);
    if wanted > MAX_LINE { Err(Fault::LineLength) } else { Ok(wanted) }
}
