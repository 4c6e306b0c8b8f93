//! The stream under the library: one leg of a session, which we can hold, slow down and cut whatever the
//! library is doing.
//!
//! The library reads a disconnect only between packets, and not at all while it exchanges keys or waits
//! for a peer to take bytes. So every connection runs on a [`Leg`], and its [`Rein`] is in our hand.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::limits::PACE;

/// A connection that can be held and cut.
pub(crate) struct Leg<S> {
    stream: S,
    shared: Arc<Shared>,
    /// While paced: nothing is read before it has elapsed.
    rest: Option<Pin<Box<Sleep>>>,
    /// The peer takes nothing any more: it closed its side while something was on the way. What it said before
    /// is still to be read (its last close, how its command ended), and reading finds its end.
    deaf: bool,
}

/// Our hand on a leg. Cheap to clone; the leg is not kept open by it.
#[derive(Clone)]
pub(crate) struct Rein(Arc<Shared>);

#[derive(Default)]
struct Shared {
    cut: AtomicBool,
    held: AtomicBool,
    paced: AtomicBool,
    read: AtomicU64,
    written: AtomicU64,
    /// The first bytes from the peer, in clear: its identification and what it proposes.
    hello: Mutex<Vec<u8>>,
    /// Since when the peer takes nothing, while something waits to be written.
    blocked: Mutex<Option<Instant>>,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl<S> Leg<S> {
    /// Takes a connection over.
    pub(crate) fn new(stream: S) -> (Self, Rein) {
        let shared = Arc::new(Shared::default());
        (Self { stream, shared: Arc::clone(&shared), rest: None, deaf: false }, Rein(shared))
    }
}

impl Rein {
    /// Ends the leg at once: the library's next read or write fails, and one that waits now is woken.
    pub(crate) fn cut(&self) {
        self.0.cut.store(true, Ordering::Release);
        self.0.reader.wake();
        self.0.writer.wake();
    }

    /// Whether it was cut by us.
    #[cfg(test)]
    pub(crate) fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::Acquire)
    }

    /// Stops reading, or goes on.
    pub(crate) fn hold(&self, held: bool) {
        if self.0.held.swap(held, Ordering::AcqRel) && !held {
            self.0.reader.wake();
        }
    }

    /// Whether reading is stopped.
    #[cfg(test)]
    pub(crate) fn is_held(&self) -> bool {
        self.0.held.load(Ordering::Acquire)
    }

    /// Whether reading is slowed down.
    #[cfg(test)]
    pub(crate) fn is_paced(&self) -> bool {
        self.0.paced.load(Ordering::Acquire)
    }

    /// Reads no more often than once in [`PACE`], or as fast as it comes.
    pub(crate) fn pace(&self, paced: bool) {
        self.0.paced.store(paced, Ordering::Release);
    }

    /// For how long the peer has taken nothing of what waits for it.
    pub(crate) fn blocked(&self) -> Duration {
        self.0
            .blocked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// What the peer calls itself: its identification line, printable characters only. The library tells
    /// it only after the login.
    pub(crate) fn hello(&self) -> String {
        let hello = self.0.hello.lock().unwrap_or_else(PoisonError::into_inner);
        let line = hello.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        line.iter()
            .take(LINE)
            .filter(|byte| (b' '..=b'~').contains(byte))
            .map(|byte| char::from(*byte))
            .collect()
    }

    /// The first bytes from the peer, which are forgotten by this.
    pub(crate) fn take_hello(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.hello.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Bytes that the socket carried: from the peer, to the peer.
    pub(crate) fn carried(&self) -> (u64, u64) {
        (self.0.read.load(Ordering::Relaxed), self.0.written.load(Ordering::Relaxed))
    }
}

/// Longest identification line (RFC 4253 section 4.2).
const LINE: usize = 255;
/// First bytes that are kept until the login: the line, and a KEXINIT of 1.5 KiB as OpenSSH sends it.
const HELLO: u64 = 4096;

impl Shared {
    fn hear(&self, fresh: &[u8]) {
        let mut hello = self.hello.lock().unwrap_or_else(PoisonError::into_inner);
        let room = usize::try_from(HELLO).unwrap_or(0).saturating_sub(hello.len());
        hello.extend(fresh.iter().take(room));
    }

    fn refusal(&self) -> Option<io::Error> {
        self.cut
            .load(Ordering::Acquire)
            .then(|| io::Error::new(io::ErrorKind::ConnectionAborted, "cut by the gate"))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Leg<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // Registered before the flags are read: a change in between wakes us.
        this.shared.reader.register(cx.waker());
        if let Some(refusal) = this.shared.refusal() {
            return Poll::Ready(Err(refusal));
        }
        if this.shared.held.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        if let Some(rest) = &mut this.rest {
            ready!(rest.as_mut().poll(cx));
            this.rest = None;
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        if polled.is_pending() && this.shared.paced.load(Ordering::Acquire) {
            let mut rest = Box::pin(tokio::time::sleep(PACE));
            if rest.as_mut().poll(cx).is_pending() {
                this.rest = Some(rest);
            } else {
                cx.waker().wake_by_ref();
            }
        }
        ready!(polled)?;
        let fresh = buf.filled().get(before..).unwrap_or_default();
        if this.shared.read.fetch_add(count(fresh.len()), Ordering::Relaxed) < HELLO {
            this.shared.hear(fresh);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Leg<S> {
    /// Notes since when the peer takes nothing, and what it took.
    fn took(&self, polled: &Poll<io::Result<usize>>) {
        let mut blocked = self.shared.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        match polled {
            Poll::Pending => {
                blocked.get_or_insert_with(Instant::now);
            }
            Poll::Ready(Ok(taken)) => {
                *blocked = None;
                self.shared.written.fetch_add(count(*taken), Ordering::Relaxed);
            }
            Poll::Ready(Err(_)) => *blocked = None,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Leg<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.shared.writer.register(cx.waker());
        if let Some(refusal) = self.shared.refusal() {
            return Poll::Ready(Err(refusal));
        }
        if self.deaf {
            return Poll::Ready(Ok(bytes.len()));
        }
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.took(&polled);
        if matches!(polled, Poll::Ready(Err(_))) {
            self.deaf = true;
            return Poll::Ready(Ok(bytes.len()));
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(refusal) = self.shared.refusal() {
            return Poll::Ready(Err(refusal));
        }
        if self.deaf {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deaf || self.shared.cut.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_cut_wakes_whoever_waits_either_way() {
        let (near, far) = tokio::io::duplex(16);
        let (leg, rein) = Leg::new(near);
        let (mut reader, mut writer) = tokio::io::split(leg);
        let reading = tokio::spawn(async move { reader.read(&mut [0; 4]).await });
        let writing = tokio::spawn(async move { writer.write_all(&[0; 64]).await });
        while rein.blocked().is_zero() {
            tokio::task::yield_now().await;
        }
        rein.cut();
        assert_eq!(reading.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        assert_eq!(writing.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        drop(far);
    }

    #[tokio::test]
    async fn what_a_peer_said_before_it_left_is_still_heard() {
        let (near, mut far) = tokio::io::duplex(16);
        let (mut leg, _rein) = Leg::new(near);
        far.write_all(b"last words").await.unwrap();
        drop(far);
        // What it takes no more is lost, and is no reason to stop listening.
        leg.write_all(&[0; 64]).await.unwrap();
        leg.flush().await.unwrap();
        let mut heard = Vec::new();
        leg.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"last words");
        leg.shutdown().await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_read_while_it_is_held() {
        let (near, mut far) = tokio::io::duplex(16);
        let (mut leg, rein) = Leg::new(near);
        far.write_all(b"abc").await.unwrap();
        rein.hold(true);
        let mut buffer = [0; 3];
        assert!(tokio::time::timeout(Duration::from_millis(20), leg.read(&mut buffer)).await.is_err());
        let waiting = tokio::spawn(async move { leg.read_exact(&mut buffer).await.map(|_| buffer) });
        rein.hold(false);
        assert_eq!(&waiting.await.unwrap().unwrap(), b"abc");
        assert_eq!(rein.carried(), (3, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_paced_leg_rests_between_reads() {
        let (near, mut far) = tokio::io::duplex(16);
        let (mut leg, rein) = Leg::new(near);
        rein.pace(true);
        let start = tokio::time::Instant::now();
        let reading = tokio::spawn(async move {
            let mut buffer = [0; 1];
            for _ in 0..5 {
                leg.read_exact(&mut buffer).await.unwrap();
            }
        });
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_micros(10)).await;
            far.write_all(b"x").await.unwrap();
        }
        reading.await.unwrap();
        assert!(start.elapsed() >= PACE, "{:?}", start.elapsed());
    }
}
