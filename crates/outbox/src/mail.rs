//! Mail to the people whom something concerns: a request that waits, a session that opens or is over, and in the morning
//! what expires.
//!
//! The ledger is the source, as for [`crate::siem`]: what is told is what was written down, from a place that is kept. Each mail
//! is durable in a queue before that place moves; it is sent at least once, and under the same Message-ID when it is sent
//! again. Nothing waits for it.

mod message;
mod queue;
mod relay;
mod texts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::Email;
use events::Entry;
use gate::ports::{Journal, PortError};
use gate::{Gate, Notice};
use ledger::leaf_hash;
use tokio::task::JoinSet;
use tokio::time::Instant;
use vocab::{EstablishmentId, Timestamp};

use crate::cursor::{Cursor, CursorFile};
use crate::siem::Source;
use message::Message;
use queue::{QUEUE_MAX, Queue, Waiting};
use relay::Sent;
pub use relay::{Relay, RelayError, RelaySettings, Security};
pub use texts::{TextError, Texts};

/// How often it is looked whether there is something to tell or to send.
const LOOK: Duration = Duration::from_secs(1);
/// Entries looked at in one go.
const BATCH: u64 = 256;
/// What happened longer ago than this is told nobody any more: the gate was away.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// A mail that could not be sent for so long is given up.
const GIVE_UP: Duration = Duration::from_secs(48 * 3600);
/// Mails sent in one look: 20 a second at most, for each establishment.
const ROUND: usize = 20;
/// A relay that does not take mail is asked again after so long, then twice as long each time, up to ten minutes: within
/// [`GIVE_UP`] at least 288 tries.
const BACKOFF: Duration = Duration::from_secs(5);
const BACKOFF_MAX: Duration = Duration::from_secs(600);

/// What the sending of mail is made of.
pub struct Settings {
    /// Through whom.
    pub relay: Relay,
    /// In whose name.
    pub from: Email,
    /// In which words.
    pub texts: Texts,
    /// The hour of the morning on each establishment's wall, 0 to 23.
    pub hour: u8,
}

/// Tells and sends until dropped, for each of these establishments by itself: none waits behind another's mail, and what is in
/// a queue leaves by the relay of whose it is. `folder` is where queues and places are.
///
/// # Errors
/// If the folder cannot be made or read.
pub fn start(
    gate: &Arc<Gate>,
    settings: Settings,
    sources: &[Source],
    folder: &Path,
) -> Result<impl Future<Output = ()> + use<>, std::io::Error> {
    let settings = Arc::new(settings);
    let mut posts = JoinSet::new();
    for source in sources {
        if let Some(post) = Post::new(gate, &settings, source, folder)? {
            posts.spawn(post.run());
        }
    }
    Ok(async move { while posts.join_next().await.is_some() {} })
}

/// A log that is read for what people are to be told.
struct Tail {
    origin: String,
    journal: Arc<dyn Journal>,
    file: CursorFile,
    cursor: Cursor,
}

impl Tail {
    /// From its end on, when it was never read: what happened before there was mail is told nobody.
    fn new(gate: &Gate, source: &Source, folder: &Path) -> Option<Self> {
        let journal = gate.log(&source.establishment)?;
        let file = CursorFile::of(folder, "mail", &source.origin);
        let cursor = match file.is_there() {
            true => file.read(),
            false => Cursor { next: journal.size(), ..Cursor::default() },
        };
        // A log that was restored is shorter: what it had beyond was told already.
        let next = cursor.next.min(journal.size());
        Some(Self { origin: source.origin.clone(), journal, file, cursor: Cursor { next, ..cursor } })
    }
}

/// The post of one establishment.
struct Post {
    gate: Arc<Gate>,
    settings: Arc<Settings>,
    establishment: EstablishmentId,
    queue: Queue,
    tail: Tail,
    morning: Morning,
    /// Until when the relay is left in peace.
    rest: Instant,
    backoff: Duration,
    given_up: u64,
}

impl Post {
    /// `None`: the gate has no such log.
    fn new(
        gate: &Arc<Gate>,
        settings: &Arc<Settings>,
        source: &Source,
        folder: &Path,
    ) -> Result<Option<Self>, std::io::Error> {
        let establishment = source.establishment.clone();
        let queue = Queue::open(&folder.join("queue").join(establishment.as_str()))?;
        let Some(tail) = Tail::new(gate, source, folder) else { return Ok(None) };
        let morning = Morning::read(folder.join(format!("morning.{establishment}")));
        let (gate, settings) = (Arc::clone(gate), Arc::clone(settings));
        let (rest, backoff) = (Instant::now(), BACKOFF);
        Ok(Some(Self { gate, settings, establishment, queue, tail, morning, rest, backoff, given_up: 0 }))
    }

    async fn run(mut self) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Err(error) = self.look().await {
                tracing::error!(%error, "Mail cannot be made; it is tried again");
            }
            self.gate.mail_stands(&self.establishment, self.queue.len() as u64, self.given_up);
        }
    }

    async fn look(&mut self) -> Result<(), PortError> {
        let told = self.tell().await;
        // A log that cannot be read keeps back nothing that waits.
        let greeted = self.greet().await;
        self.send().await;
        told.and(greeted)
    }

    /// What is new in the log.
    async fn tell(&mut self) -> Result<(), PortError> {
        let tail = &self.tail;
        let (journal, origin) = (Arc::clone(&tail.journal), tail.origin.clone());
        // What was purged unread is too old to be told anyway.
        let from = tail.cursor.next.max(journal.first());
        let until = journal.size().min(from.saturating_add(BATCH));
        if until <= from {
            return Ok(());
        }
        let now = self.gate.now();
        for (number, bytes) in (from..until).zip(journal.read(from, until).await?) {
            let Ok(entry) = Entry::decode(&bytes) else { continue };
            if now.since(entry.at) > STALE {
                continue;
            }
            for notice in self.gate.notices_of(&entry).await? {
                self.keep(&notice, &format!("{origin} {number}"), now)?;
            }
        }
        let tail = &mut self.tail;
        tail.cursor.next = until;
        tail.file.write(&tail.cursor).map_err(|error| PortError::Failed(error.to_string()))
    }

    /// The mail of the morning, once a day.
    async fn greet(&mut self) -> Result<(), PortError> {
        for (establishment, date, hour) in self.gate.walls().await? {
            let own = establishment == self.establishment;
            if !own || hour < self.settings.hour || self.morning.was(&establishment, &date) {
                continue;
            }
            let now = self.gate.now();
            for (number, notice) in self.gate.morning(&establishment).await?.iter().enumerate() {
                self.keep(notice, &format!("{establishment} {date} {number}"), now)?;
            }
            self.morning.is(&establishment, &date).map_err(|error| PortError::Failed(error.to_string()))?;
        }
        Ok(())
    }

    /// Puts a mail for each of its people into the queue. `about` is the same whenever the same thing is told.
    fn keep(&mut self, notice: &Notice, about: &str, at: Timestamp) -> Result<(), PortError> {
        for one in &notice.to {
            let (subject, body) = self.settings.texts.fill(notice, one.lang);
            let id = id_of(&format!("{} {about} {}", notice.text.name(), one.person));
            let (from, to) = (&self.settings.from, &one.email);
            let mail = Message { from, to, id: &id, at, subject: &subject, body: &body }.bytes();
            let waiting = Waiting { to: one.email.clone(), made: at, tries: 0, mail };
            let kept = self.queue.put(&id, waiting).map_err(|error| PortError::Failed(error.to_string()))?;
            if !kept {
                tracing::error!(person = %one.person, limit = QUEUE_MAX, "Too many mails wait: one is not sent");
                self.given_up += 1;
            }
        }
        Ok(())
    }

    /// Some of what waits, unless the relay is left in peace.
    async fn send(&mut self) {
        for id in self.queue.ids().into_iter().take(ROUND) {
            if Instant::now() < self.rest {
                return;
            }
            let Some(waiting) = self.queue.get(&id).cloned() else { continue };
            let sent = self.settings.relay.send(&self.settings.from, &waiting.to, &waiting.mail).await;
            let late = self.gate.now().since(waiting.made) > GIVE_UP;
            let written = match sent {
                Sent::Yes => {
                    self.backoff = BACKOFF;
                    self.queue.remove(&id)
                }
                Sent::NotNow(why) if !late => {
                    tracing::warn!(why, "A mail is not taken; it is tried again");
                    self.rest = Instant::now() + self.backoff;
                    self.backoff = (self.backoff * 2).min(BACKOFF_MAX);
                    self.queue.failed(&id)
                }
                Sent::NotNow(why) | Sent::Never(why) => {
                    tracing::error!(why, tries = waiting.tries, "A mail is given up");
                    self.given_up += 1;
                    self.queue.remove(&id)
                }
            };
            if let Err(error) = written {
                tracing::error!(%error, "The queue of mails cannot be written: one may be sent again");
            }
        }
    }
}

/// 32 digits that are the same for the same thing and say nothing of it.
fn id_of(about: &str) -> String {
    let hash = leaf_hash(about.as_bytes()).0;
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The last morning of each establishment, in a file of a line each.
struct Morning {
    path: PathBuf,
    last: BTreeMap<EstablishmentId, String>,
}

impl Morning {
    fn read(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let line = |line: &str| {
            let (name, date) = line.split_once(' ')?;
            Some((name.parse().ok()?, date.to_owned()))
        };
        Self { last: text.lines().filter_map(line).collect(), path }
    }

    /// Whether this day was greeted, or a later one: a clock that is put back greets nobody twice.
    fn was(&self, establishment: &EstablishmentId, date: &str) -> bool {
        self.last.get(establishment).is_some_and(|last| last.as_str() >= date)
    }

    fn is(&mut self, establishment: &EstablishmentId, date: &str) -> std::io::Result<()> {
        self.last.insert(establishment.clone(), date.to_owned());
        let text: String = self.last.iter().map(|(name, date)| format!("{name} {date}\n")).collect();
        let beside = self.path.with_extension("tmp");
        std::fs::write(&beside, text)?;
        std::fs::rename(&beside, &self.path)
    }
}

#[cfg(test)]
mod tests;
