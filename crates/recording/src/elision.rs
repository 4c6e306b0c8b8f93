//! How much of a bulk stream is recorded, and the account of what is not.

use std::time::Duration;

use vocab::Timestamp;

use crate::{Body, Digest, Track};

/// Bytes of one bulk stream that are recorded whole, unless the service says otherwise. A container of
/// a session with a few bulk commands stays below 1 GiB.
pub const STREAM_LIMIT: u64 = 64 * 1024 * 1024;

/// Elided bytes and time after which the account is written again: what crosses is never further ahead
/// of its account than forwarding may be ahead of the recording. A marker takes at most 80 bytes, so a
/// GiB elided takes 80 KiB.
const MARK_EVERY: u64 = 1024 * 1024;
const MARK_AFTER: Duration = Duration::from_millis(500);

/// One bulk stream: hashed whole, recorded up to its limit, and elided with a marker beyond it.
///
/// Push what [`record`](Self::record) returns, and a [`marker`](Self::marker) when the stream ends and
/// each second while it lives.
#[derive(Debug)]
pub struct StreamBudget {
    track: Track,
    limit: u64,
    seen: u64,
    marked: u64,
    marked_at: Timestamp,
    digest: Digest,
}

impl StreamBudget {
    /// A stream of which nothing came yet, recorded up to `limit` bytes.
    pub fn new(track: Track, limit: u64) -> Self {
        Self { track, limit, seen: 0, marked: 0, marked_at: Timestamp::MIN, digest: Digest::new() }
    }

    /// Takes the next bytes; returns what to push, in this order: the part within the limit, and a
    /// marker when the account of what is elided is to be written.
    pub fn record(&mut self, at: Timestamp, bytes: &[u8]) -> (Option<Body>, Option<Body>) {
        self.digest.update(bytes);
        let room = usize::try_from(self.limit.saturating_sub(self.seen)).unwrap_or(usize::MAX);
        self.seen = self.seen.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let kept = bytes.get(..room).unwrap_or(bytes);
        let data = (!kept.is_empty()).then(|| Body::Data { track: self.track, bytes: kept.to_vec() });
        let unmarked = self.elided().saturating_sub(self.marked);
        let due = self.marked == 0 || unmarked >= MARK_EVERY || at.since(self.marked_at) >= MARK_AFTER;
        (data, if due { self.marker(at) } else { None })
    }

    /// The account of what was elided up to now; `None` when nothing was since the last one.
    pub fn marker(&mut self, at: Timestamp) -> Option<Body> {
        let length = self.elided();
        if length == self.marked {
            return None;
        }
        (self.marked, self.marked_at) = (length, at);
        let offset = self.seen.saturating_sub(length);
        Some(Body::Elided { track: self.track, offset, length, digest: self.digest() })
    }

    /// Bytes that came up to now.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// How many of them are not recorded.
    pub fn elided(&self) -> u64 {
        self.seen.saturating_sub(self.limit)
    }

    /// SHA-256 of all that came up to now.
    pub fn digest(&self) -> [u8; 32] {
        self.digest.value()
    }
}
