//! A session's share of what waits to be written down.
//!
//! Observations wait for the disk in one queue. Each session has a share of it of its own: one that floods the
//! queue is made to wait, and ends alone when that does not help; the others never notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::ports::PortError;

/// Observations of one session that wait before its bytes do: a tenth of a second of the fastest transfer of
/// small files (2,000 a second, one trace each).
const WAITS_ABOVE: usize = 128;
/// Observations of one session that wait at the very most. One packet of 32 KiB asks for at most 1,900 things (17
/// bytes each), and two directions may have one in hand. At 1 KiB each, 4 MiB.
pub(crate) const MOST: usize = 4_096;

/// One share. Cheap to clone; all clones are the same share.
#[derive(Clone, Default)]
pub(crate) struct Share(Arc<Inner>);

#[derive(Default)]
struct Inner {
    waiting: AtomicUsize,
    written: Notify,
    /// An observation of it was never written: nothing more is taken.
    lost: AtomicBool,
}

/// One observation of a share that waits; it is over when this is dropped.
pub(crate) struct Place(Share);

impl Share {
    /// A place for one more, or that the share is used up.
    pub(crate) fn place(&self) -> Result<Place, PortError> {
        if self.is_lost() {
            return Err(PortError::Failed("an earlier observation was lost".into()));
        }
        // Counted first, and given back when it is one too many: two hands never both take the last.
        let place = Place(self.clone());
        if self.0.waiting.fetch_add(1, Ordering::AcqRel) >= MOST {
            return Err(PortError::Failed("more is observed than the trace store takes".into()));
        }
        Ok(place)
    }

    /// Whether an observation could not be written: whoever leans on this share may not go on (T11).
    pub(crate) fn is_lost(&self) -> bool {
        self.0.lost.load(Ordering::Acquire)
    }

    /// Resolves when little waits.
    pub(crate) async fn keep_up(&self) {
        loop {
            let written = self.0.written.notified();
            if self.0.waiting.load(Ordering::Acquire) <= WAITS_ABOVE {
                return;
            }
            written.await;
        }
    }
}

impl Place {
    /// It could not be written, and never will be.
    pub(crate) fn lost(self) {
        let Self(share) = &self;
        share.0.lost.store(true, Ordering::Release);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self(share) = self;
        if share.0.waiting.fetch_sub(1, Ordering::AcqRel) <= WAITS_ABOVE + 1 {
            share.0.written.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_used_up_alone_and_given_back() {
        let (one, other) = (Share::default(), Share::default());
        let mut held: Vec<Place> = (0..MOST).map(|_| one.place().ok().unwrap()).collect();
        assert!(one.place().is_err());
        assert!(one.place().is_err(), "a place that was refused takes none");
        assert!(other.place().is_ok());
        held.pop();
        held.push(one.place().ok().unwrap());
        assert!(one.place().is_err());
    }

    #[test]
    fn what_is_lost_ends_its_own_share_only() {
        let (one, other) = (Share::default(), Share::default());
        one.place().ok().unwrap().lost();
        assert!(one.is_lost() && one.place().is_err());
        assert!(!other.is_lost() && other.place().is_ok());
    }

    #[tokio::test]
    async fn whoever_floods_waits_until_little_is_left() {
        let share = Share::default();
        share.keep_up().await;
        let mut held: Vec<Place> = (0..WAITS_ABOVE + 2).map(|_| share.place().ok().unwrap()).collect();
        let waiting = share.clone();
        let mut waiting = tokio::spawn(async move { waiting.keep_up().await });
        tokio::task::yield_now().await;
        held.pop();
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "one too many is left");
        held.pop();
        (&mut waiting).await.unwrap();
    }
}
