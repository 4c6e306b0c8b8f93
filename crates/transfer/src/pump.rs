//! The common way of both protocols through a piece of input: heads are judged, bodies stream through.

use bytes::Bytes;

use crate::{Fault, Flow};

/// What becomes of a head that was judged.
pub(crate) enum Verdict {
    /// It goes on as it is.
    Forward,
    /// It stops here.
    Drop,
    /// It belongs to an upload that is held: whether it went on is decided later.
    Park,
    /// It answers a request of the gate's own, and goes no further.
    Consume,
    /// These bytes go on in its place. They are the head's own with something taken out or lowered,
    /// never longer.
    Replace(Vec<u8>),
}

/// What becomes of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    On,
    Refused,
    Parked,
}

/// One direction of one protocol.
pub(crate) trait Judge {
    /// Bytes of the current body still to come, and what becomes of them.
    fn body_left(&self) -> (u64, Fate);
    /// This much of the body passed: never empty, never more than is left.
    fn body(&mut self, piece: &[u8]);
    /// How long the head is that starts with `held` followed by `fresh`, as far as these tell; more than
    /// there is asks for more. Never 0.
    fn head_len(&self, held: &[u8], fresh: &[u8]) -> Result<usize, Fault>;
    /// Judges a whole head. A body may follow.
    fn head(&mut self, head: &[u8]) -> Result<Verdict, Fault>;
    /// An answer of the gate that may go out in this direction now, between two packets.
    fn answer(&mut self) -> Option<Bytes> {
        None
    }
}

/// One direction of a channel: what is held back, and the count.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// The beginning of a head; bounded by what `head_len` accepts.
    held: Vec<u8>,
    /// Bytes of uploads that are held.
    parked: u64,
    flow: Flow,
}

impl Lane {
    /// Passes one piece of input through the judge; what goes on is added to `out`. On a fault the rest
    /// of the input is refused.
    pub(crate) fn pass(
        &mut self,
        judge: &mut impl Judge,
        input: Bytes,
        out: &mut Vec<Bytes>,
    ) -> Result<(), Fault> {
        self.flow.received = self.flow.received.saturating_add(input.len() as u64);
        let mut feed = Feed { input, at: 0, run: 0, out };
        let result = self.walk(judge, &mut feed);
        if result.is_err() {
            self.flow.refused = self.flow.refused.saturating_add(feed.rest().len() as u64);
        }
        feed.flush();
        if result.is_err() {
            self.refuse_held();
        }
        result
    }

    /// Sends the gate's own answers that may go out now.
    pub(crate) fn answers(&mut self, judge: &mut impl Judge, out: &mut Vec<Bytes>) {
        if judge.body_left().0 > 0 {
            return;
        }
        while let Some(answer) = judge.answer() {
            self.flow.generated = self.flow.generated.saturating_add(answer.len() as u64);
            out.push(answer);
        }
    }

    /// Counts a piece of input that comes after the end.
    pub(crate) fn refuse(&mut self, input: &Bytes) {
        self.flow.received = self.flow.received.saturating_add(input.len() as u64);
        self.flow.refused = self.flow.refused.saturating_add(input.len() as u64);
    }

    /// What was held back will never be decided.
    pub(crate) fn refuse_held(&mut self) {
        self.flow.refused =
            self.flow.refused.saturating_add(self.held.len() as u64).saturating_add(self.parked);
        (self.flow.held, self.parked) = (0, 0);
        self.held = Vec::new();
    }

    fn walk(&mut self, judge: &mut impl Judge, feed: &mut Feed<'_>) -> Result<(), Fault> {
        loop {
            let (left, fate) = judge.body_left();
            if left > 0 {
                let rest = feed.rest();
                let piece = rest.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(rest);
                if piece.is_empty() {
                    return Ok(());
                }
                let length = piece.len();
                judge.body(piece);
                self.advance(feed, length, fate);
                continue;
            }
            while let Some(answer) = judge.answer() {
                self.flow.generated = self.flow.generated.saturating_add(answer.len() as u64);
                feed.push(answer);
            }
            if feed.rest().is_empty() || !self.one_head(judge, feed)? {
                return Ok(());
            }
        }
    }

    /// Judges the next head; false when it is not whole yet.
    fn one_head(&mut self, judge: &mut impl Judge, feed: &mut Feed<'_>) -> Result<bool, Fault> {
        let wanted = judge.head_len(&self.held, feed.rest())?;
        if self.held.is_empty()
            && let Some(head) = feed.rest().get(..wanted)
        {
            match judge.head(head)? {
                Verdict::Forward => self.advance(feed, wanted, Fate::On),
                Verdict::Drop => self.advance(feed, wanted, Fate::Refused),
                Verdict::Park => self.advance(feed, wanted, Fate::Parked),
                Verdict::Consume => {
                    self.flow.consumed = self.flow.consumed.saturating_add(wanted as u64);
                    feed.skip(wanted);
                }
                Verdict::Replace(other) => {
                    self.count_replaced(wanted, other.len());
                    feed.skip(wanted);
                    feed.push(other.into());
                }
            }
            return Ok(true);
        }
        let missing = wanted.saturating_sub(self.held.len());
        let rest = feed.rest();
        let whole = rest.len() >= missing;
        let taken = rest.get(..missing).unwrap_or(rest);
        let length = taken.len();
        self.held.extend_from_slice(taken);
        self.flow.held = self.held.len() as u64;
        feed.skip(length);
        if !whole || judge.head_len(&self.held, &[])? > self.held.len() {
            return Ok(whole);
        }
        let verdict = judge.head(&self.held)?;
        let head = std::mem::take(&mut self.held);
        self.flow.held = 0;
        match verdict {
            Verdict::Forward => {
                self.flow.released = self.flow.released.saturating_add(head.len() as u64);
                feed.push(head.into());
            }
            Verdict::Drop => self.flow.refused = self.flow.refused.saturating_add(head.len() as u64),
            Verdict::Park => self.parked = self.parked.saturating_add(head.len() as u64),
            Verdict::Consume => self.flow.consumed = self.flow.consumed.saturating_add(head.len() as u64),
            Verdict::Replace(other) => {
                self.count_replaced(head.len(), other.len());
                feed.push(other.into());
            }
        }
        Ok(true)
    }

    fn advance(&mut self, feed: &mut Feed<'_>, length: usize, fate: Fate) {
        let count = match fate {
            Fate::On => &mut self.flow.released,
            Fate::Refused => &mut self.flow.refused,
            Fate::Parked => &mut self.parked,
        };
        *count = count.saturating_add(length as u64);
        if fate == Fate::On { feed.forward(length) } else { feed.skip(length) }
    }

    /// What an upload that was held came in with is decided: it went on, or it did not.
    pub(crate) fn unpark(&mut self, bytes: u64, released: bool) {
        let bytes = bytes.min(self.parked);
        self.parked = self.parked.saturating_sub(bytes);
        let count = if released { &mut self.flow.released } else { &mut self.flow.refused };
        *count = count.saturating_add(bytes);
    }

    /// So many bytes came, and are kept: whether they go on is decided later.
    pub(crate) fn park(&mut self, bytes: u64) {
        self.flow.received = self.flow.received.saturating_add(bytes);
        self.parked = self.parked.saturating_add(bytes);
    }

    /// Bytes that were kept come now: they are counted as they pass.
    pub(crate) fn come(&mut self, bytes: u64) {
        self.flow.received = self.flow.received.saturating_sub(bytes);
        self.parked = self.parked.saturating_sub(bytes);
    }

    /// What was released is ours after all.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.flow.released = self.flow.released.saturating_sub(bytes as u64);
        self.flow.consumed = self.flow.consumed.saturating_add(bytes as u64);
    }

    /// A request of the gate's own.
    pub(crate) fn generate(&mut self, bytes: usize) {
        self.flow.generated = self.flow.generated.saturating_add(bytes as u64);
    }

    /// The count as it stands.
    pub(crate) fn account(&self) -> Flow {
        Flow { held: self.flow.held.saturating_add(self.parked), ..self.flow }
    }

    fn count_replaced(&mut self, old: usize, new: usize) {
        self.flow.released = self.flow.released.saturating_add(new as u64);
        self.flow.refused = self.flow.refused.saturating_add(old.saturating_sub(new) as u64);
    }
}

/// One piece of input on its way: neighbouring parts that go on leave as one slice of it.
struct Feed<'a> {
    input: Bytes,
    at: usize,
    /// From here up to `at` everything goes on and is not in `out` yet.
    run: usize,
    out: &'a mut Vec<Bytes>,
}

impl Feed<'_> {
    fn rest(&self) -> &[u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn forward(&mut self, length: usize) {
        self.at = self.at.saturating_add(length).min(self.input.len());
    }

    fn skip(&mut self, length: usize) {
        self.flush();
        self.forward(length);
        self.run = self.at;
    }

    fn push(&mut self, other: Bytes) {
        self.flush();
        if !other.is_empty() {
            self.out.push(other);
        }
    }

    fn flush(&mut self) {
        if self.run < self.at {
            self.out.push(self.input.slice(self.run..self.at));
        }
        self.run = self.at;
    }
}
