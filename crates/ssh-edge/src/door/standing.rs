//! The channels of one connection as its client sees them: which are open, and what was sent in them.
//!
//! The library tells of a client's close only when ours did not come before it, and of the end of a
//! connection nothing but that it broke. So both are counted here, at the moment they happen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};

/// All channels of a connection.
#[derive(Default)]
pub(crate) struct Standing {
    open: AtomicUsize,
    sent: AtomicU64,
}

/// One channel, open until one of the two sides has closed it.
pub(crate) struct Place {
    all: Arc<Standing>,
    said: AtomicU8,
    closed: AtomicBool,
    /// It counts no more: it was closed, or nothing but its closing is left to be said.
    over: AtomicBool,
}

/// The last words of a channel.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Last {
    /// The client sends no more.
    Input = 1,
    /// The equipment sends no more.
    Output = 2,
    /// How its command ended.
    Exit = 4,
}

impl Standing {
    /// Whether every channel was closed, by the client or by us, or has said all but that: whoever goes now goes in
    /// order.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    /// Bytes of data that were sent in all channels.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Place {
    /// One more channel is open.
    pub(crate) fn open(all: &Arc<Standing>) -> Arc<Self> {
        all.open.fetch_add(1, Ordering::AcqRel);
        Arc::new(Self {
            all: Arc::clone(all),
            said: AtomicU8::new(0),
            closed: AtomicBool::new(false),
            over: AtomicBool::new(false),
        })
    }

    /// It is closed; whoever says so first is who counts.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.leave();
    }

    /// One of its last words is said, or about to be. Behind the end of the output and one of the others only its
    /// closing follows: PuTTY does not wait for that.
    pub(crate) fn said(&self, last: Last) {
        let said = self.said.fetch_or(last as u8, Ordering::AcqRel) | last as u8;
        if said & Last::Output as u8 != 0 && said != Last::Output as u8 {
            self.leave();
        }
    }

    fn leave(&self) {
        if !self.over.swap(true, Ordering::AcqRel) {
            self.all.open.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Whether one side has closed it.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// So much data was sent in it.
    pub(crate) fn sent(&self, length: usize) {
        self.all.sent.fetch_add(u64::try_from(length).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_closed_once_whoever_closes_it() {
        let all = Arc::new(Standing::default());
        assert!(all.is_empty());
        let (one, two) = (Place::open(&all), Place::open(&all));
        one.close();
        one.close();
        assert!(!all.is_empty() && one.is_closed() && !two.is_closed());
        two.close();
        assert!(all.is_empty());
        let three = [Place::open(&all), Place::open(&all), Place::open(&all)];
        three[0].said(Last::Input);
        three[0].said(Last::Exit);
        three[1].said(Last::Output);
        assert_eq!(all.open.load(Ordering::Acquire), 3);
        three[0].said(Last::Output);
        three[1].said(Last::Input);
        three[2].said(Last::Exit);
        three[2].said(Last::Output);
        assert!(all.is_empty() && three.iter().all(|place| !place.is_closed()));
        three[0].close();
        assert!(all.is_empty() && three[0].is_closed());
        one.sent(3);
        two.sent(4);
        assert_eq!(all.sent(), 7);
    }
}
