//! The content of one file as it passes: hashed in order, with a bounded buffer for what comes early.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};

use crate::Content;

/// How many separate ranges a report lists: 64 × 16 bytes = 1 KiB, far below a ledger entry's 65,535.
pub const MAX_RANGES: usize = 64;

/// The last place in a file that is counted: 8 PiB, and the largest integer of the events' JSON.
pub(crate) const MAX_OFFSET: u64 = (1 << 53) - 1;

/// What a channel may keep of content that came early: 4 MiB, twice OpenSSH's default of 64 requests
/// of 32 KiB.
const MAX_EARLY_BYTES: usize = 4 << 20;

/// In how many pieces: their bookkeeping (about 100 bytes each) stays below 512 KiB, so that pieces of one
/// byte cannot cost more than the bytes themselves.
const MAX_EARLY_PIECES: usize = 4096;

/// What one channel still may keep of early pieces, over all its files.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: usize,
    pieces: usize,
}

impl Budget {
    pub(crate) const fn new() -> Self {
        Self { bytes: MAX_EARLY_BYTES, pieces: MAX_EARLY_PIECES }
    }

    /// Takes from the budget, or answers no.
    fn take(&mut self, bytes: usize, pieces: usize) -> bool {
        match (self.bytes.checked_sub(bytes), self.pieces.checked_sub(pieces)) {
            (Some(bytes), Some(pieces)) => {
                (self.bytes, self.pieces) = (bytes, pieces);
                true
            }
            _ => false,
        }
    }

    fn give(&mut self, bytes: usize, pieces: usize) {
        self.bytes = self.bytes.saturating_add(bytes).min(MAX_EARLY_BYTES);
        self.pieces = self.pieces.saturating_add(pieces).min(MAX_EARLY_PIECES);
    }
}

/// Follows the content of one file in one direction.
pub(crate) struct Follower {
    /// Where the first request started; the hash starts there.
    start: u64,
    /// Up to where the content was hashed without a gap.
    next: u64,
    /// `None` once order was lost for good.
    hash: Option<Context>,
    early: BTreeMap<u64, Vec<u8>>,
    ranges: Ranges,
    passed: u64,
    /// Offsets mean nothing: the equipment appends.
    appending: bool,
}

impl Follower {
    /// Starts where the first request starts. Appending ignores offsets: bytes count in their order.
    pub(crate) fn new(start: u64, appending: bool) -> Self {
        let start = if appending { 0 } else { start };
        Self {
            start,
            next: start,
            hash: Some(Context::new(&SHA256)),
            early: BTreeMap::new(),
            ranges: Ranges::default(),
            passed: 0,
            appending,
        }
    }

    /// One piece passed, which belongs at `offset`.
    pub(crate) fn piece(&mut self, offset: u64, piece: &[u8], budget: &mut Budget) {
        if piece.is_empty() {
            return;
        }
        let offset = if self.appending { self.next } else { offset };
        let end = offset.saturating_add(piece.len() as u64);
        self.passed = self.passed.saturating_add(piece.len() as u64);
        self.ranges.add(offset, end);
        let Some(hash) = &mut self.hash else { return };
        if offset == self.next {
            hash.update(piece);
            self.next = end;
            self.catch_up(budget);
        } else if offset < self.next || !self.keep(offset, piece, budget) {
            self.lose(budget);
        }
    }

    /// The number of bytes that passed.
    pub(crate) const fn passed(&self) -> u64 {
        self.passed
    }

    /// Up to where all passed from the start without a gap, when nothing waits beyond it.
    pub(crate) fn gapless_end(&self) -> Option<u64> {
        self.ranges
            .only()
            .or(if self.passed == 0 { Some((self.start, self.start)) } else { None })
            .and_then(|(from, to)| (from == self.start).then_some(to))
    }

    /// The offset after the last byte that passed.
    pub(crate) fn end(&self) -> u64 {
        self.ranges.end().unwrap_or(self.start)
    }

    pub(crate) const fn start(&self) -> u64 {
        self.start
    }

    /// Order is lost: only ranges can be told from here on.
    pub(crate) fn lose(&mut self, budget: &mut Budget) {
        self.hash = None;
        for (_, piece) in std::mem::take(&mut self.early) {
            budget.give(piece.len(), 1);
        }
    }

    /// What is known of the content, for the report.
    pub(crate) fn conclude(mut self, budget: &mut Budget) -> Content {
        if !self.early.is_empty() {
            self.lose(budget);
        }
        match self.hash {
            Some(hash) => {
                let sha256 = digest(hash);
                match (self.appending, self.start) {
                    (true, _) => Content::Appended { sha256 },
                    (false, 0) => Content::Whole { sha256 },
                    (false, offset) => Content::Part { offset, sha256 },
                }
            }
            None => Content::Ranges { more: self.ranges.more, ranges: self.ranges.list },
        }
    }

    /// Keeps an early piece; answers no when that is not possible.
    fn keep(&mut self, offset: u64, piece: &[u8], budget: &mut Budget) -> bool {
        let end = offset.saturating_add(piece.len() as u64);
        if self.early.range(offset..end).next().is_some() {
            return false;
        }
        if let Some((at, before)) = self.early.range_mut(..offset).next_back() {
            let before_end = at.saturating_add(before.len() as u64);
            if before_end > offset {
                return false;
            }
            if before_end == offset {
                let fits = budget.take(piece.len(), 0);
                if fits {
                    before.extend_from_slice(piece);
                }
                return fits;
            }
        }
        let fits = budget.take(piece.len(), 1);
        if fits {
            self.early.insert(offset, piece.to_vec());
        }
        fits
    }

    /// Hashes the early pieces whose turn has come.
    fn catch_up(&mut self, budget: &mut Budget) {
        while let Some(first) = self.early.first_entry() {
            let at = *first.key();
            if at > self.next {
                return;
            }
            let piece = first.remove();
            budget.give(piece.len(), 1);
            if at < self.next {
                self.lose(budget);
                return;
            }
            if let Some(hash) = &mut self.hash {
                hash.update(&piece);
            }
            self.next = at.saturating_add(piece.len() as u64);
        }
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower")
            .field("next", &self.next)
            .field("passed", &self.passed)
            .finish_non_exhaustive()
    }
}

/// The 32 bytes of a finished SHA-256.
pub(crate) fn digest(hash: Context) -> [u8; 32] {
    let mut sha256 = [0; 32];
    for (to, from) in sha256.iter_mut().zip(hash.finish().as_ref()) {
        *to = *from;
    }
    sha256
}

/// Sorted ranges that do not touch, at most [`MAX_RANGES`].
#[derive(Debug, Default)]
struct Ranges {
    list: Vec<(u64, u64)>,
    more: bool,
}

impl Ranges {
    fn add(&mut self, from: u64, to: u64) {
        if let Some(last) = self.list.last_mut()
            && last.1 == from
        {
            last.1 = to;
            return;
        }
        let first = self.list.partition_point(|range| range.1 < from);
        let after = self.list.partition_point(|range| range.0 <= to);
        if first == after && self.list.len() >= MAX_RANGES {
            self.more = true;
            return;
        }
        let merged = self
            .list
            .get(first..after)
            .unwrap_or_default()
            .iter()
            .fold((from, to), |sum, range| (sum.0.min(range.0), sum.1.max(range.1)));
        self.list.splice(first..after, [merged]);
    }

    /// The one range, when all is in one.
    fn only(&self) -> Option<(u64, u64)> {
        match self.list.as_slice() {
            [only] if !self.more => Some(*only),
            _ => None,
        }
    }

    fn end(&self) -> Option<u64> {
        self.list.last().map(|range| range.1)
    }
}

#[cfg(test)]
mod tests;
