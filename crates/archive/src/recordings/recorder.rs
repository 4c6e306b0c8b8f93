//! One recording while its session lives: records in, acknowledged chunks on the disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use recording::{Chain, Compressor, DataKey, Digest, Mark, PendingChunk, Record, Seal, Writer};
use tokio::sync::watch;
use vocab::{Ending, RecordingId, Timestamp};

use super::container::Container;
use super::pool::Queue;
use super::{Shared, lock};

/// How far forwarding may be ahead of what is durable: so much, and so long.
const AHEAD_MAX: usize = 1024 * 1024;
const AHEAD_FOR: Duration = Duration::from_secs(1);
/// Records that are held at most, should somebody push without waiting: 8 channels with a window of 1 MiB each.
const HELD_MAX: usize = 8 * AHEAD_MAX;
/// A disk that acknowledges nothing for this long has failed.
const STUCK: Duration = Duration::from_secs(20);
/// Chunks that share one write and one sync: what may be ahead, 4 × 256 KiB.
const BATCH: usize = 4;

/// One recording that is being written. Dropped without a seal, it writes what it has and stays open, to be
/// sealed as crashed.
pub struct FolderRecorder {
    live: Arc<Live>,
}

/// What a sealed container holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// All its chunks.
    pub mark: Mark,
    /// The digest of its seal.
    pub seal: [u8; 32],
    /// What the seal says.
    pub ending: Ending,
}

impl FolderRecorder {
    pub(super) fn new(
        recording: RecordingId,
        store: Arc<Shared>,
        queue: Arc<Queue>,
        writer: Writer,
        chain: Chain,
        container: Container,
        key: DataKey,
    ) -> Self {
        let state = State {
            writer,
            begun: None,
            waiting: VecDeque::new(),
            unwritten: 0,
            working_since: None,
            scheduled: false,
            mark: chain.mark(),
            disk: Some(Disk { chain, container, key }),
            failed: None,
            closing: None,
            closed: None,
        };
        let changed = watch::Sender::new(());
        Self { live: Arc::new(Live { recording, store, queue, state: Mutex::new(state), changed }) }
    }

    /// Hands a record over. Never waits for the disk; the record is durable within a second.
    pub fn push(&self, record: &Record) {
        self.live.push(record);
    }

    /// Waits until no more than 1 MiB or 1 s of records is not durable. The error says why the recording is lost.
    pub async fn keep_up(&self) -> Result<(), String> {
        let settled = self.live.until(|state| match &state.failed {
            Some(why) => Some(Err(why.clone())),
            None if state.is_behind() => None,
            None => Some(Ok(())),
        });
        match tokio::time::timeout(STUCK, settled).await {
            Ok(settled) => settled,
            Err(_) => Err(self.live.fail("the disk acknowledges nothing")),
        }
    }

    /// What is durable.
    pub fn mark(&self) -> Mark {
        lock(&self.live.state).mark
    }

    /// Whether it still records; why not.
    pub fn health(&self) -> Result<(), String> {
        lock(&self.live.state).failed.clone().map_or(Ok(()), Err)
    }

    /// Writes what is left and the seal. A recording that failed is sealed as lost, after its last durable
    /// chunk, in the space that was reserved. Asked again, it answers the same.
    pub async fn seal(&self, ending: Ending, at: Timestamp) -> Result<Outcome, String> {
        self.live.close(Closing::Seal(ending, at));
        let closed = self.live.until(|state| state.closed.clone());
        tokio::time::timeout(STUCK, closed)
            .await
            .unwrap_or_else(|_| Err("the disk acknowledges nothing".to_owned()))
    }

    /// Writes what it has and leaves the file open, as a crash would. It is nobody's then.
    pub async fn release(&self) {
        self.live.close(Closing::Abandon);
        let closed = self.live.until(|state| state.closed.as_ref().map(|_| ()));
        if tokio::time::timeout(STUCK, closed).await.is_err() {
            tracing::error!(recording = %self.live.recording, "The disk acknowledges nothing");
        }
    }
}

impl Drop for FolderRecorder {
    fn drop(&mut self) {
        self.live.close(Closing::Abandon);
    }
}

/// What session and threads share.
pub(super) struct Live {
    recording: RecordingId,
    store: Arc<Shared>,
    queue: Arc<Queue>,
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

pub(super) struct State {
    writer: Writer,
    /// Since when the open chunk has records.
    begun: Option<Instant>,
    /// Chunks that were cut, each with the moment of its first record.
    waiting: VecDeque<(Instant, PendingChunk)>,
    /// Bytes of records in chunks that were cut and are not durable.
    unwritten: usize,
    /// The moment of the first record that a thread is writing now.
    working_since: Option<Instant>,
    /// INVARIANT: true while it stands in the queue or a thread works on it, so that only one does.
    scheduled: bool,
    mark: Mark,
    /// `None` while a thread has it, and once closed.
    disk: Option<Disk>,
    failed: Option<String>,
    closing: Option<Closing>,
    closed: Option<Result<Outcome, String>>,
}

struct Disk {
    chain: Chain,
    container: Container,
    key: DataKey,
}

#[derive(Clone, Copy)]
enum Closing {
    Seal(Ending, Timestamp),
    Abandon,
}

impl State {
    fn is_behind(&self) -> bool {
        let first =
            self.working_since.or_else(|| self.waiting.front().map(|(since, _)| *since)).or(self.begun);
        self.held() > AHEAD_MAX || first.is_some_and(|since| since.elapsed() > AHEAD_FOR)
    }

    fn held(&self) -> usize {
        self.unwritten + self.writer.waiting()
    }

    fn enqueue(&mut self, chunk: PendingChunk) {
        let since = self.begun.take().unwrap_or_else(Instant::now);
        self.unwritten += chunk.clear_len();
        self.waiting.push_back((since, chunk));
    }

    fn fail(&mut self, why: &str) -> String {
        let why = self.failed.get_or_insert_with(|| why.to_owned()).clone();
        self.writer.cut();
        self.waiting.clear();
        self.begun = None;
        self.unwritten = 0;
        why
    }
}

impl Live {
    fn push(self: &Arc<Self>, record: &Record) {
        let mut state = lock(&self.state);
        if state.failed.is_some() || state.closing.is_some() {
            return;
        }
        let full = state.writer.push(record);
        full.into_iter().for_each(|chunk| state.enqueue(chunk));
        if state.begun.is_none() && state.writer.waiting() > 0 {
            state.begun = Some(Instant::now());
            self.queue.begun(state.writer.number(), self);
        }
        if state.held() > HELD_MAX {
            state.fail("more was pushed than may be held");
            self.changed.send_replace(());
        }
        self.schedule(&mut state);
    }

    /// The chunk of this number has been open long enough.
    pub(super) fn cut_due(self: &Arc<Self>, number: u64) {
        let mut state = lock(&self.state);
        if state.writer.number() == number
            && let Some(chunk) = state.writer.cut()
        {
            state.enqueue(chunk);
            self.schedule(&mut state);
        }
    }

    fn close(self: &Arc<Self>, closing: Closing) {
        let mut state = lock(&self.state);
        if state.closing.is_none() {
            state.closing = Some(closing);
            if let Some(chunk) = state.writer.cut() {
                state.enqueue(chunk);
            }
            self.schedule(&mut state);
        }
    }

    fn schedule(self: &Arc<Self>, state: &mut State) {
        let needed = !state.waiting.is_empty() || (state.closing.is_some() && state.closed.is_none());
        if needed && !state.scheduled {
            state.scheduled = self.queue.ready(self);
            if !state.scheduled {
                let why = state.fail("the store of recordings is closed");
                state.closed = Some(Err(why));
                self.changed.send_replace(());
            }
        }
    }

    fn fail(&self, why: &str) -> String {
        let why = lock(&self.state).fail(why);
        self.store.fails(why.clone());
        self.changed.send_replace(());
        why
    }

    /// A thread broke off in the middle of this recording: what it held is gone, the file stays open.
    pub(super) fn broke(&self) {
        let why = self.fail("writing broke off");
        lock(&self.state).closed = Some(Err(why));
        self.store.forget(self.recording);
        self.changed.send_replace(());
    }

    /// Writes one batch, and closes when that was the last. Returns whether there is more to do.
    pub(super) fn write(&self, compressor: &mut Compressor) -> bool {
        let (mut disk, batch, failed) = {
            let mut state = lock(&self.state);
            let Some(disk) = state.disk.take() else {
                state.scheduled = false;
                return false;
            };
            state.working_since = state.waiting.front().map(|(since, _)| *since);
            let count = state.waiting.len().min(BATCH);
            (
                disk,
                state.waiting.drain(..count).map(|(_, chunk)| chunk).collect::<Vec<_>>(),
                state.failed.is_some(),
            )
        };
        let bytes = batch.iter().map(PendingChunk::clear_len).sum::<usize>();
        let written = if failed { Ok(()) } else { disk.append(batch, compressor) };
        if let Err(why) = written {
            self.fail(&why);
        }
        let mut state = lock(&self.state);
        state.mark = disk.chain.mark();
        state.working_since = None;
        state.unwritten = state.unwritten.saturating_sub(bytes);
        match state.closing.filter(|_| state.waiting.is_empty()) {
            None => state.disk = Some(disk),
            Some(closing) => {
                let lost = state.failed.is_some();
                drop(state);
                let closed = disk.close(closing, lost);
                self.store.forget(self.recording);
                state = lock(&self.state);
                state.closed = Some(closed);
            }
        }
        state.scheduled = !state.waiting.is_empty() || (state.closing.is_some() && state.closed.is_none());
        let again = state.scheduled;
        drop(state);
        self.changed.send_replace(());
        again
    }

    /// Waits until the state has an answer.
    pub(super) async fn until<T>(&self, answer: impl Fn(&State) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            if let Some(answer) = answer(&lock(&self.state)) {
                return answer;
            }
            // The sender lives as long as `self`, so this only ever returns because something changed.
            let _ = changed.changed().await;
        }
    }
}

impl Disk {
    /// On an error the chain stands where it stood.
    fn append(&mut self, batch: Vec<PendingChunk>, compressor: &mut Compressor) -> Result<(), String> {
        let before = self.chain.mark();
        let mut frames = Vec::new();
        let mut seal = |chunk: PendingChunk| {
            let sealed = chunk.seal(&self.key, compressor)?;
            self.chain.append(&sealed, &mut frames)
        };
        let sealed = batch.into_iter().try_for_each(&mut seal).map_err(|error| error.to_string());
        let written = sealed.and_then(|()| {
            if frames.is_empty() {
                Ok(())
            } else {
                self.container.append(&frames).map_err(|error| error.to_string())
            }
        });
        if written.is_err() {
            self.chain.go_back(before);
        }
        written
    }

    fn close(self, closing: Closing, lost: bool) -> Result<Outcome, String> {
        let Closing::Seal(asked, at) = closing else {
            return Err("the recording was left without a seal".to_owned());
        };
        let ending = if lost { Ending::RecordingLost } else { asked };
        let torn = if lost {
            self.container.torn().map_err(|error| error.to_string())?
        } else {
            (0, Digest::of(&[]))
        };
        let mark = self.chain.mark();
        let (_, bytes) =
            self.chain.close(Some(&self.key), ending, at, torn).map_err(|error| error.to_string())?;
        self.container.close(torn.0, &bytes).map_err(|error| error.to_string())?;
        Ok(Outcome { mark, seal: Seal::digest(&bytes).unwrap_or_default(), ending })
    }
}

#[cfg(test)]
mod for_tests {
    use std::fs::File;

    use super::*;

    impl FolderRecorder {
        pub(in crate::recordings) fn live(&self) -> &Live {
            &self.live
        }
    }

    impl Live {
        /// A write failed.
        pub(in crate::recordings) fn fails(&self, why: &str) {
            lock(&self.state).fail(why);
        }

        /// From now on the disk takes nothing: the file is one that cannot be written.
        pub(in crate::recordings) fn breaks(&self, unwritable: File) {
            if let Some(disk) = &mut lock(&self.state).disk {
                disk.container.replace_file(unwritable);
            }
        }
    }

    impl State {
        pub(in crate::recordings) fn mark(&self) -> Mark {
            self.mark
        }

        pub(in crate::recordings) fn failed(&self) -> Option<&str> {
            self.failed.as_deref()
        }
    }
}
