//! A document on its way to somebody at the door: its bytes as lines of base64 (RFC 4648 section 4), piece by piece.
//!
//! As text it drives no terminal, whatever a file holds, and no shell on the way changes it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Documents given out at once: two of 20 MiB are 40 MiB, and as much while each is opened.
pub(crate) const AT_ONCE: usize = 2;
/// Bytes of one line: 57 are 76 characters, the longest that MIME has (RFC 2045).
const LINE: usize = 57;
/// Bytes of one piece: 512 lines, 39,424 characters.
const PIECE: usize = 512 * LINE;

/// A document that somebody may have. Its place among those that are given out is free again when it is dropped.
#[derive(Clone)]
pub struct Given(Arc<(Vec<u8>, OwnedSemaphorePermit)>);

impl Given {
    /// `None`: as many are on their way already as may be.
    pub(crate) fn room(at_once: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        Arc::clone(at_once).try_acquire_owned().ok()
    }

    pub(crate) fn new(bytes: Vec<u8>, room: OwnedSemaphorePermit) -> Self {
        Self(Arc::new((bytes, room)))
    }

    /// Its bytes in whole lines, one piece after the other.
    pub fn pieces(&self) -> impl Iterator<Item = String> {
        self.0.0.chunks(PIECE).map(|piece| {
            piece.chunks(LINE).map(|line| STANDARD.encode(line) + "\n").collect::<Vec<_>>().concat()
        })
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Given({} bytes)", self.0.0.len())
    }
}

impl PartialEq for Given {
    fn eq(&self, other: &Self) -> bool {
        self.0.0 == other.0.0
    }
}

impl Eq for Given {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_bytes_in_lines_and_room_comes_back() {
        let at_once = Arc::new(Semaphore::new(AT_ONCE));
        for length in [0, 1, LINE, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let given = Given::new(bytes.clone(), Given::room(&at_once).unwrap());
            let text: String = given.pieces().collect();
            assert!(text.lines().all(|line| line.len() <= 76 && !line.is_empty()), "{length}");
            assert!(text.is_empty() || text.ends_with('\n'));
            assert_eq!(STANDARD.decode(text.replace('\n', "")).unwrap(), bytes, "{length}");
            assert_eq!(at_once.available_permits(), AT_ONCE - 1);
        }
        assert_eq!(at_once.available_permits(), AT_ONCE);
        let taken: Vec<_> = (0..AT_ONCE).map(|_| Given::room(&at_once).unwrap()).collect();
        assert!(Given::room(&at_once).is_none());
        drop(taken);
        assert!(Given::room(&at_once).is_some());
    }
}
