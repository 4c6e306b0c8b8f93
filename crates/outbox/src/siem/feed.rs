//! One log on its way to one receiver.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use events::Envelope;
use events::siem::{Stand, message};
use gate::ports::PortError;
use gate::{Feed, Gate};
use ledger::leaf_hash;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use vocab::Timestamp;

use super::{Receiver, SETTLE, Source};
use crate::cursor::{Cursor, CursorFile};

/// Entries read and sent at once: a bundle of the log, 256 × 8 KiB = 2 MiB of messages as they usually are, 256 × 128 KiB =
/// 32 MiB at the very most.
const BATCH: u64 = 256;
/// How often it is looked whether there is something new.
const LOOK: Duration = Duration::from_millis(250);
/// After a try in vain the next one is this much later, then twice as long each time, up to a minute.
const BACKOFF: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// The cursor is written this often at most.
const SAVE: Duration = Duration::from_secs(1);
/// How long a receiver may take to read to the end when we go.
const GOODBYE: Duration = Duration::from_secs(5);
/// A write may take this long; the system breaks a connection that takes nothing long before.
const WRITE: Duration = Duration::from_secs(60);

/// Why a connection is over.
enum Broke {
    /// We were told to stop, and the receiver has what there was or will be sent it again.
    Stopped,
    /// The other side, or what lies between.
    Away(io::Error),
    /// Our own log cannot be read: nothing is known of the receiver.
    Log(PortError),
}

impl From<io::Error> for Broke {
    fn from(error: io::Error) -> Self {
        Self::Away(error)
    }
}

/// Entries that were written to the connection that stands.
struct Sent {
    next: u64,
    leaf: [u8; 32],
    at: Instant,
}

/// The hand that sends.
pub(super) struct Sender {
    gate: Arc<Gate>,
    feed: Arc<Feed>,
    receiver: Receiver,
    origin: String,
    file: CursorFile,
    /// What the receiver has, as far as is known.
    cursor: Cursor,
    /// What the file says, and since when.
    saved: (Cursor, Option<Instant>),
    /// Whether the file could be written the last time.
    writable: bool,
    /// What it may have: at most one for each [`LOOK`] and each batch of [`SETTLE`].
    sent: VecDeque<Sent>,
    /// The first entry that was not written to the connection.
    next: u64,
    /// When the first entry that waits was written down.
    oldest: Option<Timestamp>,
}

impl Sender {
    pub(super) fn new(
        gate: &Arc<Gate>,
        receiver: &Receiver,
        source: &Source,
        folder: &Path,
    ) -> Result<Self, PortError> {
        let file = CursorFile::of(folder, &receiver.name, &source.origin);
        let cursor = file.read();
        let feed = gate.feed(&receiver.name, &source.establishment, receiver.alarm, cursor.told)?;
        Ok(Self {
            gate: Arc::clone(gate),
            feed,
            receiver: receiver.clone(),
            origin: source.origin.clone(),
            file,
            saved: (cursor, None),
            writable: true,
            sent: VecDeque::new(),
            next: cursor.next,
            oldest: None,
            cursor,
        })
    }

    /// Sends until told to stop.
    pub(super) async fn run(mut self, stopping: watch::Receiver<bool>) {
        self.find_place().await;
        let (mut backoff, mut away) = (BACKOFF, false);
        loop {
            let connected = tokio::select! {
                connected = self.receiver.tls.connect() => connected,
                // Where nobody answers there is nobody to take leave of.
                () = until_told(stopping.clone()) => return,
            };
            let began = Instant::now();
            let broke = match connected {
                Ok(stream) => {
                    if std::mem::take(&mut away) {
                        tracing::info!(receiver = self.receiver.name, "A receiver of copies is back");
                    }
                    self.connection(stream, &stopping).await
                }
                Err(error) => Broke::Away(error),
            };
            self.go_back().await;
            match broke {
                Broke::Stopped => return,
                Broke::Away(error) => {
                    if !std::mem::replace(&mut away, true) {
                        tracing::warn!(receiver = self.receiver.name, %error, "A receiver of copies is away");
                    }
                    self.cursor.told = self.gate.feed_lost(&self.feed).await;
                    self.save(true).await;
                }
                Broke::Log(error) => tracing::error!(%error, "A log cannot be read to be sent"),
            }
            if began.elapsed() >= SETTLE {
                backoff = BACKOFF;
            }
            tokio::select! {
                () = sleep(backoff) => {}
                () = until_told(stopping.clone()) => return,
            }
            backoff = (backoff * 2).min(BACKOFF_MAX);
        }
    }

    /// A cursor that is of another log, or of one that went on otherwise, is of no use: a restored log is sent anew.
    pub(super) async fn find_place(&mut self) {
        let Some(last) = self.cursor.next.checked_sub(1) else { return };
        if last < self.feed.journal().first() {
            // It was purged meanwhile, and cannot be compared any more.
            return;
        }
        let read = self.feed.journal().read(last, self.cursor.next).await;
        let same = match &read {
            Ok(entries) => entries.first().is_some_and(|entry| leaf_hash(entry).0 == self.cursor.leaf),
            Err(PortError::Missing(_)) => false,
            // It is not known: what comes next will tell, and is not passed over.
            Err(_) => true,
        };
        if !same {
            tracing::warn!(
                receiver = self.receiver.name,
                origin = self.origin,
                "This log went on otherwise than it was sent: it is sent from its beginning"
            );
            self.cursor = Cursor { told: self.cursor.told, ..Cursor::default() };
            self.next = 0;
        }
    }

    /// What was purged before it was sent is sent no more: its certificate, which comes later in the log, says what it was.
    fn pass_what_is_gone(&mut self) {
        let (from, until) = (self.next, self.feed.journal().first());
        if from < until {
            tracing::warn!(
                receiver = self.receiver.name,
                origin = self.origin,
                from,
                until,
                "Entries were purged before they were sent"
            );
            self.next = until;
        }
    }

    /// What is not known to have arrived is sent again.
    async fn go_back(&mut self) {
        self.sent.clear();
        self.next = self.cursor.next;
        self.oldest = match self.feed.journal().read(self.next, self.next.saturating_add(1)).await {
            Ok(entries) => entries.first().and_then(|entry| recorded(entry)),
            Err(_) => None,
        };
        self.report();
    }

    fn report(&self) {
        self.feed.moved(self.next, self.cursor.next, self.oldest);
    }

    /// One connection, to its end.
    async fn connection(
        &mut self,
        stream: impl AsyncRead + AsyncWrite,
        stopping: &watch::Receiver<bool>,
    ) -> Broke {
        let (mut from, mut to) = tokio::io::split(stream);
        match self.converse(&mut from, &mut to, stopping).await {
            Ok(()) => {
                self.take_leave(&mut from, &mut to).await;
                Broke::Stopped
            }
            Err(broke) => broke,
        }
    }

    /// One connection for a test, with what comes after it.
    #[cfg(test)]
    pub(super) async fn connect_over(
        &mut self,
        stream: impl AsyncRead + AsyncWrite,
        stopping: &watch::Receiver<bool>,
    ) {
        let _over = self.connection(stream, stopping).await;
        self.go_back().await;
    }

    /// Sends what there is as it comes, until told to stop: `Ok`.
    async fn converse(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
        stopping: &watch::Receiver<bool>,
    ) -> Result<(), Broke> {
        let (began, mut pause) = (Instant::now(), Duration::ZERO);
        let mut said = [0; 256];
        loop {
            tokio::select! {
                biased;
                () = until_told(stopping.clone()) => return Ok(()),
                // A receiver says nothing; what it says all the same is not listened to.
                read = from.read(&mut said) => if read? == 0 {
                    return Err(io::Error::new(io::ErrorKind::ConnectionReset, "it closed the connection").into());
                },
                () = sleep(pause) => {}
            }
            self.confirm().await;
            let sent = self.send(to).await?;
            let rate = Duration::from_secs(1) / self.receiver.rate;
            pause = if sent == 0 { LOOK } else { rate * sent };
            if sent == 0 && began.elapsed() >= SETTLE {
                self.cursor.told = self.gate.feed_caught_up(&self.feed).await;
                self.save(false).await;
            }
            self.report();
        }
    }

    /// One batch of what there is; how many entries it was.
    async fn send(&mut self, to: &mut (impl AsyncWrite + Unpin)) -> Result<u32, Broke> {
        self.pass_what_is_gone();
        let size = self.feed.journal().size();
        let until = size.min(self.next.saturating_add(BATCH));
        if until <= self.next {
            self.oldest = None;
            return Ok(0);
        }
        let entries = self.feed.journal().read(self.next, until).await.map_err(Broke::Log)?;
        let mut frames = Vec::new();
        let mut leaf = self.cursor.leaf;
        for (index, entry) in (self.next..until).zip(&entries) {
            leaf = leaf_hash(entry).0;
            let stand = Stand { origin: &self.origin, index, leaf };
            let Some(text) = message(entry, stand, &self.receiver.wanted) else { continue };
            // Octet counting (RFC 5425 section 4.3).
            frames.extend_from_slice(format!("{} ", text.len()).as_bytes());
            frames.extend_from_slice(&text);
        }
        let written = async {
            to.write_all(&frames).await?;
            to.flush().await
        };
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "it takes nothing");
        timeout(WRITE, written).await.map_err(late)??;
        self.next = until;
        self.oldest = if until < size { entries.last().and_then(|entry| recorded(entry)) } else { None };
        self.sent.push_back(Sent { next: until, leaf, at: Instant::now() });
        Ok(u32::try_from(entries.len()).unwrap_or(u32::MAX))
    }

    /// What was written long enough ago to a connection that stands has arrived.
    async fn confirm(&mut self) {
        while let Some(sent) = self.sent.pop_front_if(|sent| sent.at.elapsed() >= SETTLE) {
            self.cursor = Cursor { next: sent.next, leaf: sent.leaf, ..self.cursor };
        }
        self.save(false).await;
    }

    /// Sends the rest and waits until the receiver has read to the end.
    async fn take_leave(&mut self, from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) {
        let leave = async {
            while self.send(to).await? > 0 {}
            to.shutdown().await?;
            let mut said = [0; 256];
            while from.read(&mut said).await? > 0 {}
            Ok::<(), Broke>(())
        };
        if let Ok(Ok(())) = timeout(GOODBYE, leave).await {
            // It closed in order, after everything that we wrote.
            if let Some(last) = self.sent.pop_back() {
                self.cursor = Cursor { next: last.next, leaf: last.leaf, ..self.cursor };
            }
        }
        self.save(true).await;
    }

    /// Writes the cursor where it is another one than in the file, at once or when it is time.
    async fn save(&mut self, at_once: bool) {
        let due = at_once || self.saved.1.is_none_or(|last| last.elapsed() >= SAVE);
        if self.cursor == self.saved.0 || !due {
            return;
        }
        let (file, cursor) = (self.file.clone(), self.cursor);
        let written = tokio::task::spawn_blocking(move || file.write(&cursor)).await;
        self.saved.1 = Some(Instant::now());
        match written.map_err(io::Error::other).flatten() {
            Ok(()) => {
                self.saved.0 = cursor;
                self.writable = true;
            }
            Err(error) => {
                if std::mem::take(&mut self.writable) {
                    tracing::error!(receiver = self.receiver.name, %error, "A cursor cannot be written: entries are sent again after the next start");
                }
            }
        }
    }
}

/// When an entry was written down; `None`: it cannot be read.
fn recorded(entry: &[u8]) -> Option<Timestamp> {
    Envelope::decode(entry).ok().map(|envelope| envelope.rec)
}

/// Resolves when it is time to stop.
async fn until_told(mut stopping: watch::Receiver<bool>) {
    // Whoever could tell is gone: that is a word too.
    let _told = stopping.wait_for(|stop| *stop).await;
}
