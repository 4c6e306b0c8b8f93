//! Where copies of the ledgers go: how far each receiver has come, and what the ledger itself says of one that is lost.
//!
//! The edge that sends reports here; `/metrics`, `/healthz` and the operator read here. A receiver that is not reached for
//! longer than was agreed is one entry, and its return is one: what is written about sending is sent too, and never
//! calls for another entry.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use events::{Actor, Fact, SiemCaughtUp, SiemUnreachable};
use vocab::{EstablishmentId, Timestamp};

use crate::Gate;
use crate::ports::{Journal, PortError};
use crate::scribe::Note;

/// One log on its way to one receiver.
pub struct Feed {
    receiver: String,
    establishment: EstablishmentId,
    alarm: Duration,
    journal: Arc<dyn Journal>,
    now: Mutex<Now>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Now {
    sent: u64,
    confirmed: u64,
    oldest: Option<Timestamp>,
    lost: Option<Timestamp>,
    told: Option<Timestamp>,
}

/// How one log stands at one receiver.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FeedSeen {
    /// The receiver's name.
    pub receiver: String,
    /// Whose log.
    pub establishment: String,
    /// Durable entries that were not sent yet.
    pub waiting: u64,
    /// How old the oldest of them is, in seconds.
    pub behind: u64,
    /// Entries that were sent, and would be sent again if the connection broke now.
    pub unconfirmed: u64,
    /// Since when the receiver is not reached; `None`: it is.
    pub lost: Option<Timestamp>,
}

/// How mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct MailSeen {
    /// Mails that wait.
    pub waiting: u64,
    /// Those that were given up since the start.
    pub given_up: u64,
}

impl Feed {
    /// So many entries of the log were sent, and so many are confirmed; `oldest` is when the first that was not sent was
    /// written down.
    pub fn moved(&self, sent: u64, confirmed: u64, oldest: Option<Timestamp>) {
        self.change(|now| *now = Now { sent, confirmed, oldest, ..*now });
    }

    /// The log itself.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// Whose log it is.
    pub fn establishment(&self) -> &EstablishmentId {
        &self.establishment
    }

    fn change<T>(&self, change: impl FnOnce(&mut Now) -> T) -> T {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn seen(&self, at: Timestamp) -> FeedSeen {
        let now = self.change(|now| *now);
        let waiting = self.journal.size().saturating_sub(now.sent);
        FeedSeen {
            receiver: self.receiver.clone(),
            establishment: self.establishment.to_string(),
            waiting,
            behind: if waiting == 0 { 0 } else { now.oldest.map_or(0, |oldest| at.since(oldest).as_secs()) },
            unconfirmed: now.sent.saturating_sub(now.confirmed),
            lost: now.lost,
        }
    }
}

impl Gate {
    /// A log of this gate goes to a receiver from now on. `told`: the ledger says already that it is unreachable since
    /// then. After `alarm` without reaching it, the ledger says so.
    pub fn feed(
        &self,
        receiver: &str,
        establishment: &EstablishmentId,
        alarm: Duration,
        told: Option<Timestamp>,
    ) -> Result<Arc<Feed>, PortError> {
        let journal = self.journals.of(establishment);
        let journal = journal.ok_or_else(|| PortError::Missing(format!("the log of `{establishment}`")))?;
        let now = Mutex::new(Now { lost: told, told, ..Now::default() });
        let (receiver, establishment) = (receiver.to_owned(), establishment.clone());
        let feed = Arc::new(Feed { receiver, establishment, alarm, journal, now });
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&feed));
        Ok(feed)
    }

    /// How every log stands at every receiver.
    pub fn feeds(&self) -> Vec<FeedSeen> {
        let now = self.clock.now();
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|feed| feed.seen(now)).collect()
    }

    /// An establishment's log at this gate, to be read.
    pub fn log(&self, establishment: &EstablishmentId) -> Option<Arc<dyn Journal>> {
        self.journals.of(establishment)
    }

    /// The moment it is, by the gate's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How an establishment's mail stands from now on.
    pub fn mail_stands(&self, whose: &EstablishmentId, waiting: u64, given_up: u64) {
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        mail.insert(whose.clone(), MailSeen { waiting, given_up });
    }

    /// How mail stands, of all establishments together; `None`: none is sent.
    pub fn mail(&self) -> Option<MailSeen> {
        let mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        mail.values().copied().reduce(|sum, one| MailSeen {
            waiting: sum.waiting.saturating_add(one.waiting),
            given_up: sum.given_up.saturating_add(one.given_up),
        })
    }

    /// The receiver is not reached: called at each try in vain. Since when the ledger says so, once it does.
    pub async fn feed_lost(&self, feed: &Feed) -> Option<Timestamp> {
        let at = self.clock.now();
        let (since, told) = feed.change(|now| (*now.lost.get_or_insert(at), now.told));
        if told.is_some() || at.since(since) < feed.alarm {
            return told;
        }
        let waiting = feed.seen(at).waiting;
        let fact = SiemUnreachable { receiver: feed.receiver.as_str().into(), since, waiting };
        self.say_of(feed, at, fact.into(), Some(since)).await
    }

    /// The receiver has everything of the log. Since when the ledger says that it is unreachable, where that could not be
    /// taken back yet.
    pub async fn feed_caught_up(&self, feed: &Feed) -> Option<Timestamp> {
        let told = feed.change(|now| {
            now.lost = None;
            now.told
        });
        let since = told?;
        let entries = feed.change(|now| now.sent);
        let fact = SiemCaughtUp { receiver: feed.receiver.as_str().into(), since, entries };
        self.say_of(feed, self.clock.now(), fact.into(), None).await
    }

    /// Writes it down; what the ledger says is as before where that fails, and it is tried again.
    async fn say_of(
        &self,
        feed: &Feed,
        at: Timestamp,
        fact: Fact,
        told: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let establishment = feed.establishment.clone();
        let note = Note { establishment, at, by: Actor::Gate, session: None, intervention: None, fact };
        let written = self.scribe.note(note).await;
        if let Err(error) = &written {
            tracing::error!(%error, receiver = feed.receiver, "What became of a receiver could not be written down");
        }
        feed.change(|now| {
            if written.is_ok() {
                now.told = told;
            }
            now.told
        })
    }
}
