//! The two pumps of a channel. They take from the lanes, record, wait for the recording, and write.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use gate::{Barred, Live};
use recording::Track;
use russh::{Sig, server};
use session::Leg;
use tokio::sync::{Notify, watch};
use transfer::{Forbidden, Report, Step, Tap};
use vocab::{Ending, Text};

use super::channel::Begun;
use super::holding::Holdings;
use super::say::Mouth;
use super::waits::Waits;
use crate::dialler::FarChannel;
use crate::door::Last;
use crate::lane::{Item, Lane};
use crate::limits::EXIT_FOLLOWS;
use crate::texts;

/// What a channel carries, and how it is recorded.
pub(crate) enum Carries {
    /// A terminal: shown and typed.
    Terminal,
    /// A command's streams.
    Streams,
    /// A transfer that is parsed.
    Files(Box<Files>),
}

/// A parsed transfer: one parser for both directions.
pub(crate) struct Files {
    tap: Mutex<Tap>,
    /// The gate's own answers that wait for their turn towards the technician.
    answers: Mutex<Vec<Bytes>>,
    /// Why requests were refused: each reason is said once beside the protocol, on the standard error.
    refused: Mutex<Refused>,
    /// What is said of held uploads, beside the protocol too.
    words: Mutex<Vec<Text>>,
    answered: Notify,
    /// The equipment sent something: the parser may take more from the client.
    moved: Notify,
    /// The equipment sent something: a held upload may go on.
    pub(super) replied: Notify,
    pub(super) holdings: tokio::sync::Mutex<Holdings>,
}

impl Files {
    pub(crate) fn new(tap: Tap) -> Box<Self> {
        Box::new(Self {
            tap: Mutex::new(tap),
            answers: Mutex::default(),
            refused: Mutex::default(),
            words: Mutex::default(),
            answered: Notify::new(),
            moved: Notify::new(),
            replied: Notify::new(),
            holdings: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn words(&self) -> MutexGuard<'_, Vec<Text>> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The parser gives out answers of the gate's; what else its step says is the caller's.
    pub(super) fn with_answers(&self, act: impl FnOnce(&mut Tap) -> Step) -> Step {
        let step = self.tap(|tap| {
            let mut step = act(tap);
            // Inside the parser's lock: what it gives out for one direction keeps its order.
            self.answers.lock().unwrap_or_else(PoisonError::into_inner).append(&mut step.to_client);
            step
        });
        self.answered.notify_one();
        step
    }

    pub(super) fn tap<T>(&self, act: impl FnOnce(&mut Tap) -> T) -> T {
        act(&mut self.tap.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take_answers(&self) -> Vec<Bytes> {
        std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps the reasons of refusals that are not said yet.
    fn keep_reasons(&self, reports: &[Report]) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        for report in reports {
            if let Report::Refused(report) = report
                && refused.known.insert(report.why)
            {
                refused.unsaid.push(report.why);
            }
        }
    }

    fn take_reasons(&self) -> Vec<Forbidden> {
        std::mem::take(&mut self.refused.lock().unwrap_or_else(PoisonError::into_inner).unsaid)
    }

    /// Whether the client's next bytes may be parsed: the parser has room, and so have the answers.
    fn accepts_client(&self) -> bool {
        let waiting = self.answers.lock().unwrap_or_else(PoisonError::into_inner).len();
        waiting < ANSWERS && self.tap(|tap| tap.accepts_client())
    }
}

/// Reasons for which a transfer was refused something.
#[derive(Default)]
struct Refused {
    known: BTreeSet<Forbidden>,
    unsaid: Vec<Forbidden>,
}

/// Refusals of the gate that wait for a technician who does not read: 256 of some 200 bytes.
const ANSWERS: usize = 256;

/// Why a channel ends.
#[derive(Debug)]
pub(crate) enum End {
    /// The equipment closed it.
    Equipment,
    /// The technician closed it.
    Technician,
    /// The gate refuses to go on, and says why.
    Refused(Text),
    /// A leg is gone; the session's own task knows.
    Gone,
}

impl From<russh::Error> for End {
    fn from(_: russh::Error) -> Self {
        Self::Gone
    }
}

impl From<Barred> for End {
    fn from(why: Barred) -> Self {
        Self::Refused(texts::barred(why))
    }
}

impl From<Ending> for End {
    fn from(_: Ending) -> Self {
        // The order to close is on its way.
        Self::Gone
    }
}

/// What a signal says, in bytes: one of thirteen.
const SIGNAL: usize = 1;

/// One channel, bridged.
pub(crate) struct Bridge {
    pub(crate) number: u32,
    pub(crate) live: Arc<Live>,
    pub(crate) waits: Arc<Waits>,
    pub(crate) held: watch::Receiver<bool>,
    pub(crate) mouth: Mouth,
    pub(crate) handle: server::Handle,
    pub(crate) lane: Arc<Lane>,
    pub(crate) far: FarChannel,
    pub(crate) carries: Carries,
    /// Bytes in hand that are not accounted for yet, of each direction.
    pub(crate) hands: Hands,
    /// The last to be dropped: what crossed is accounted for before the channel is closed.
    pub(crate) begun: Begun,
}

/// Bytes that a pump took and has not accounted for yet, towards the equipment and towards the technician. A task
/// that is ended while it waits leaves them here.
#[derive(Default)]
pub(crate) struct Hands {
    inward: AtomicU64,
    outward: AtomicU64,
}

impl Bridge {
    /// Runs both pumps until the channel ends.
    pub(crate) async fn run(&self) -> End {
        tokio::select! {
            end = self.inward() => end,
            end = self.outward() => end,
        }
    }

    /// From the technician to the equipment.
    async fn inward(&self) -> End {
        loop {
            if let Err(end) = self.inward_once().await {
                return end;
            }
        }
    }

    async fn inward_once(&self) -> Result<(), End> {
        let item = self.lane.next().await;
        self.hands.inward.store(item.bytes(), Ordering::Relaxed);
        // Held hands: what is typed meanwhile waits in its lane. A channel may always be closed.
        if !matches!(item, Item::Close) {
            let mut held = self.held.clone();
            // A sender that is gone holds nothing.
            let _gone = held.wait_for(|held| !held).await.is_err();
        }
        match item {
            Item::Data(bytes) => self.to_equipment(bytes).await?,
            Item::Eof => {
                self.mouth.place.said(Last::Input);
                self.far.write.eof().await?;
            }
            Item::Size(columns, rows) => {
                self.live.resized(self.number, columns, rows)?;
                self.far.write.window_change(columns, rows, 0, 0).await?;
            }
            Item::Signal(signal) => {
                self.live.asked(self.number, SIGNAL)?;
                self.far.write.signal(signal).await?;
            }
            Item::Close => return Err(End::Technician),
            // Never from this side.
            Item::Error(_) | Item::Exit(_) | Item::Killed(..) | Item::Answer(_) | Item::Lost => {}
        }
        Ok(())
    }

    async fn to_equipment(&self, bytes: Bytes) -> Result<(), End> {
        if let Carries::Files(files) = &self.carries {
            return self.file_in(files, bytes).await;
        }
        self.hands.inward.store(0, Ordering::Relaxed);
        match &self.carries {
            Carries::Terminal => self.live.typed(self.number, &bytes)?,
            Carries::Streams | Carries::Files(_) => self.live.piece(self.number, Track::Stdin, &bytes)?,
        }
        self.live.keep_up().await?;
        self.write_far(bytes).await
    }

    async fn file_in(&self, files: &Files, bytes: Bytes) -> Result<(), End> {
        // Some clients ask for a whole file in one breath.
        while !files.accepts_client() {
            files.moved.notified().await;
        }
        self.hands.inward.store(0, Ordering::Relaxed);
        self.live.activity(self.number, Leg::Technician, bytes.len());
        let Step { to_server, reports, held, end, .. } = files.with_answers(|tap| {
            let step = tap.client_sent(bytes);
            files.keep_reasons(&step.reports);
            step
        });
        reports.into_iter().for_each(|report| self.live.reported(self.number, report));
        self.live.keep_up().await?;
        for piece in to_server {
            self.write_far(piece).await?;
        }
        self.hold(files, held).await?;
        end.map_or(Ok(()), |violation| Err(End::Refused(texts::transfer_broken(&violation))))
    }

    pub(super) async fn write_far(&self, bytes: Bytes) -> Result<(), End> {
        let _wait = self.waits.begin(Leg::Equipment);
        Ok(self.far.send(bytes).await?)
    }

    /// From the equipment to the technician.
    async fn outward(&self) -> End {
        loop {
            if let Err(end) = self.outward_once().await {
                return end;
            }
        }
    }

    async fn outward_once(&self) -> Result<(), End> {
        let item = match &self.carries {
            Carries::Files(files) => tokio::select! {
                biased;
                () = files.answered.notified() => {
                    for why in files.take_reasons() {
                        self.tell(&texts::forbidden(why)).await?;
                    }
                    let words = std::mem::take(&mut *files.words());
                    for text in words {
                        self.tell(&text).await?;
                    }
                    for answer in files.take_answers() {
                        self.write_near(answer, false).await?;
                    }
                    files.moved.notify_one();
                    return Ok(());
                }
                item = self.far.lane.next() => item,
            },
            Carries::Terminal | Carries::Streams => self.far.lane.next().await,
        };
        if !matches!(item, Item::Eof) {
            return self.pass(item).await;
        }
        // The equipment says the end of its output, then how its command ended. PuTTY leaves at the first: so
        // what ends the command goes before it, when it comes at once.
        match tokio::time::timeout(EXIT_FOLLOWS, self.far.lane.next()).await {
            Ok(exit @ (Item::Exit(_) | Item::Killed(..))) => {
                self.pass(exit).await?;
                Ok(self.mouth.eof().await?)
            }
            Ok(other) => {
                self.hands.outward.store(other.bytes(), Ordering::Relaxed);
                self.mouth.eof().await?;
                self.hands.outward.store(0, Ordering::Relaxed);
                self.pass(other).await
            }
            Err(_) => Ok(self.mouth.eof().await?),
        }
    }

    async fn pass(&self, item: Item) -> Result<(), End> {
        match item {
            Item::Data(bytes) => self.to_technician(bytes, false).await?,
            Item::Error(bytes) => self.to_technician(bytes, true).await?,
            Item::Eof => self.mouth.eof().await?,
            Item::Exit(status) => {
                self.begun.exited(status);
                self.mouth.place.said(Last::Exit);
                self.mouth.write.exit_status(status).await?;
            }
            Item::Killed(signal, core, words) => {
                self.begun.killed(signal_name(&signal));
                self.mouth.place.said(Last::Exit);
                let id = self.mouth.write.id();
                self.handle
                    .exit_signal_request(id, signal, core, words, String::new())
                    .await
                    .map_err(|()| End::Gone)?;
            }
            Item::Close => return Err(End::Equipment),
            Item::Lost => return Err(End::Gone),
            // An answer to a signal or a size was not asked for.
            Item::Size(..) | Item::Signal(_) | Item::Answer(_) => {}
        }
        Ok(())
    }

    async fn to_technician(&self, bytes: Bytes, error: bool) -> Result<(), End> {
        match &self.carries {
            Carries::Terminal => self.live.shown(self.number, &bytes),
            Carries::Streams => {
                let track = if error { Track::Stderr } else { Track::Stdout };
                self.live.piece(self.number, track, &bytes)?;
            }
            // What a transfer says on its standard error is text beside the protocol.
            Carries::Files(_) if error => self.live.piece(self.number, Track::Stderr, &bytes)?,
            Carries::Files(files) => return self.file_out(files, bytes).await,
        }
        self.live.keep_up().await?;
        self.write_near(bytes, error).await
    }

    async fn file_out(&self, files: &Files, bytes: Bytes) -> Result<(), End> {
        self.live.activity(self.number, Leg::Equipment, bytes.len());
        let (mut before, Step { to_server, to_client, reports, end, .. }) = files.tap(|tap| {
            // Answers given before this piece go out before it.
            let before = files.take_answers();
            (before, tap.server_sent(bytes))
        });
        files.moved.notify_one();
        files.replied.notify_one();
        reports.into_iter().for_each(|report| self.live.reported(self.number, report));
        self.live.keep_up().await?;
        before.extend(to_client);
        for piece in before {
            self.write_near(piece, false).await?;
        }
        for piece in to_server {
            self.write_far(piece).await?;
        }
        end.map_or(Ok(()), |violation| Err(End::Refused(texts::transfer_broken(&violation))))
    }

    /// Says something of the gate's own beside the protocol.
    async fn tell(&self, text: &Text) -> Result<(), End> {
        let text = text.in_lang(self.live.lang());
        self.live.notice(self.number, text, self.mouth.line(text).len());
        let _wait = self.waits.begin(Leg::Technician);
        Ok(self.mouth.say(text).await?)
    }

    async fn write_near(&self, bytes: Bytes, error: bool) -> Result<(), End> {
        let _wait = self.waits.begin(Leg::Technician);
        Ok(self.mouth.send(bytes, error).await?)
    }

    /// Accounts for what was in hand and will not go on, and for what the parser counted.
    fn settle(&self) {
        if let Carries::Files(files) = &self.carries {
            let reports = files.tap(|tap| tap.finish());
            reports.into_iter().for_each(|report| self.live.reported(self.number, report));
            self.live.parsed(&files.tap(|tap| tap.account()));
        }
        for (inward, hand) in [(true, &self.hands.inward), (false, &self.hands.outward)] {
            self.live.refused_bytes(inward, hand.swap(0, Ordering::Relaxed));
        }
    }
}

impl Drop for Bridge {
    /// A task that is ended from outside leaves nothing uncounted.
    fn drop(&mut self) {
        self.settle();
    }
}

/// The name of a signal as an equipment gave it, for the ledger.
fn signal_name(signal: &Sig) -> String {
    let name = format!("{signal:?}");
    name.chars().filter(char::is_ascii_alphanumeric).take(32).collect()
}
