//! A door that is full: who comes is told so in one sentence and let go, before descriptors run out. What sessions and
//! their recordings may still need is never given to a newcomer.

use std::os::fd::AsRawFd as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::texts;

/// The descriptors of the process, and what is kept of them.
#[derive(Debug, Clone, Copy)]
pub struct Descriptors {
    /// Most that the process may have.
    pub limit: u64,
    /// Kept for what belongs to no session: logs, database, held uploads.
    pub kept: u64,
    /// Kept for each session that may still be opened, beside the connection that it came by.
    pub each: u64,
}

impl Descriptors {
    /// Whether this connection took one of those that are kept, where so many sessions may still be opened.
    ///
    /// The kernel always gives the lowest number that is free: below it none is.
    pub(super) fn are_short(&self, stream: &TcpStream, places: usize) -> bool {
        let number = u64::try_from(stream.as_raw_fd()).unwrap_or(u64::MAX);
        self.runs_short_at(number, places)
    }

    fn runs_short_at(&self, number: u64, places: usize) -> bool {
        let sessions = u64::try_from(places).unwrap_or(u64::MAX).saturating_mul(self.each);
        number.saturating_add(self.kept).saturating_add(sessions) >= self.limit
    }
}

/// Those who are being told at once; further ones are let go without a word.
const TOLD: usize = 16;
/// A client has read the sentence by then.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a client says before it reads: its version and what it proposes, a few KiB.
const SAID_MAX: u64 = 64 * 1024;
/// `SSH_DISCONNECT_TOO_MANY_CONNECTIONS` (RFC 4253 section 11.1).
const TOO_MANY: u32 = 12;

/// Those who are turned away.
pub(super) struct Threshold(Arc<Semaphore>);

impl Threshold {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(TOLD)))
    }

    /// Tells one, and lets him go.
    pub(super) fn turn_away(&self, stream: TcpStream) {
        let Ok(place) = Arc::clone(&self.0).try_acquire_owned() else { return };
        tokio::spawn(async move {
            // Whoever is gone needs no word.
            let _gone = tokio::time::timeout(PATIENCE, tell(stream)).await;
            drop(place);
        });
    }
}

async fn tell(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(&farewell(texts::full())).await?;
    stream.shutdown().await?;
    // Closed with something unread, the connection would be reset, and the sentence lost with it.
    tokio::io::copy(&mut (&mut stream).take(SAID_MAX), &mut tokio::io::sink()).await.map(|_| ())
}

/// Our version and a disconnect in clear, as a server may say before keys are exchanged (RFC 4253 sections 4.2, 6, 11.1).
fn farewell(sentence: &str) -> Vec<u8> {
    let length = u32::try_from(sentence.len()).unwrap_or(0).to_be_bytes();
    let payload = [[1].as_slice(), &TOO_MANY.to_be_bytes(), &length, sentence.as_bytes(), &[0; 4]].concat();
    // Padded to a multiple of 8 with 4 bytes at least.
    let padding = 4 + (8 - (4 + 1 + payload.len() + 4) % 8) % 8;
    let packet = u32::try_from(1 + payload.len() + padding).unwrap_or(0).to_be_bytes();
    let padded = [u8::try_from(padding).unwrap_or(0)];
    [b"SSH-2.0-Poterne\r\n".as_slice(), &packet, &padded, &payload, &vec![0; padding]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_keep_what_they_need() {
        // 256 + 512 + 4 × 4: what a gate of four sessions asks for.
        let descriptors = Descriptors { limit: 784, kept: 640, each: 3 };
        assert!(!descriptors.runs_short_at(131, 4) && descriptors.runs_short_at(132, 4));
        assert!(!descriptors.runs_short_at(143, 0) && descriptors.runs_short_at(144, 0));
        assert!(Descriptors { limit: 10, kept: u64::MAX, each: 3 }.runs_short_at(3, usize::MAX));
    }

    #[test]
    fn the_farewell_is_a_packet() {
        let said = farewell("full");
        let packet = said.strip_prefix(b"SSH-2.0-Poterne\r\n").unwrap();
        let length = u32::from_be_bytes(packet[..4].try_into().unwrap()) as usize;
        assert_eq!((packet.len(), packet.len() % 8), (4 + length, 0));
        assert!(packet[4] >= 4 && packet[5] == 1 && packet[9] == 12);
        assert_eq!(&packet[14..18], b"full");
    }
}
