//! Timestamps of the checkpoints of every log, asked of an authority (RFC 3161, `docs/formats/timestamp.md`).
//!
//! What is asked is 32 bytes that say nothing, and what is answered is signed: it may travel unencrypted, and over TLS where
//! the authority has it. An answer is verified before anything is written down; an authority that gives none delays
//! nothing. A small file for each log (`cursor`) says what was stamped last.

mod http;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gate::{Answered, Gate, Stamping, ToStamp, Unstamped};
use stamp::{Authorities, Question, TOKEN_MAX};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use vocab::Timestamp;

use crate::cursor::{Cursor, CursorFile};
use crate::siem::Source;
pub use http::{Place, Refusal};
pub use stamp::is_policy;

/// The longest answer: a token, its status, and room for the words beside it.
pub const ANSWER_MAX: usize = 2 * TOKEN_MAX;
/// The longest that may be between two timestamps: a day.
pub const EVERY_MAX: Duration = Duration::from_secs(24 * 3600);
/// The longest that an answer may take.
pub const PATIENCE_MAX: Duration = Duration::from_secs(120);
/// After a try in vain the next one is this much later, then twice as long each time, up to the usual time.
const BACKOFF: Duration = Duration::from_secs(30);

/// An authority, and on what terms it is asked.
#[derive(Debug, Clone)]
pub struct Authority {
    /// Its name in metrics, cursor files and the ledger: 1 to 32 of `a-z 0-9 . _ -`.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// In whom the chain of what it signs may end.
    pub authorities: Authorities,
    /// Whether the operator declares it qualified (eIDAS).
    pub qualified: bool,
    /// The policy that is asked for; `None`: its own.
    pub policy: Option<String>,
    /// How often a log that grew is stamped.
    pub every: Duration,
    /// How long an answer may take, from the first step on.
    pub patience: Duration,
    /// No timestamp for longer than this, and the ledger says so.
    pub alarm: Duration,
}

/// Why there is no timestamp, and in which words.
struct Failure(Unstamped, String);

/// Begins to stamp every log, for as long as what is returned is driven. `folder` is where the cursors are.
///
/// # Errors
/// If the folder cannot be made, or if a log is not one of the gate's.
pub fn start(
    gate: &Arc<Gate>,
    authority: &Authority,
    sources: &[Source],
    folder: &Path,
) -> Result<impl Future<Output = ()> + use<>, String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut hands = JoinSet::new();
    for source in sources {
        let hand = Hand::new(gate, authority, source, folder.to_path_buf())?;
        hands.spawn(hand.run());
    }
    Ok(async move { while hands.join_next().await.is_some() {} })
}

/// The hand that has one log stamped.
struct Hand {
    gate: Arc<Gate>,
    authority: Authority,
    stamping: Arc<Stamping>,
    file: CursorFile,
    cursor: Cursor,
}

impl Hand {
    fn new(
        gate: &Arc<Gate>,
        authority: &Authority,
        source: &Source,
        folder: PathBuf,
    ) -> Result<Self, String> {
        let file = CursorFile::of(&folder, &authority.name, &source.origin);
        let cursor = file.read();
        let terms = (authority.name.as_str(), authority.qualified, authority.alarm);
        let stamping = gate.stamping(&source.establishment, terms, (cursor.next, cursor.told));
        let stamping = stamping.map_err(|error| error.to_string())?;
        Ok(Self { gate: Arc::clone(gate), authority: authority.clone(), stamping, file, cursor })
    }

    async fn run(mut self) {
        let (every, mut backoff) = (self.authority.every, BACKOFF);
        // A gate that starts often asks no more often.
        let age = self.file.age(SystemTime::now()).filter(|_| self.cursor.told.is_none());
        let mut pause = every.saturating_sub(age.unwrap_or(every));
        loop {
            sleep(pause).await;
            pause = match self.once().await {
                Ok(()) => {
                    backoff = BACKOFF;
                    every
                }
                Err(()) => {
                    let pause = backoff.min(every);
                    backoff = backoff.saturating_mul(2);
                    pause
                }
            };
        }
    }

    /// One timestamp, where there is something to stamp.
    async fn once(&mut self) -> Result<(), ()> {
        let asked = match self.gate.to_stamp(&self.stamping).await {
            Ok(Some(asked)) => asked,
            Ok(None) => return Ok(()),
            Err(error) => {
                tracing::error!(%error, "A log has no checkpoint to be stamped");
                return Err(());
            }
        };
        let size = asked.size;
        let told = match self.ask(&asked).await {
            Ok(answered) => match self.gate.stamped(&self.stamping, asked, answered).await {
                Ok(told) => told,
                Err(error) => {
                    tracing::error!(%error, "A timestamp could not be kept");
                    return Err(());
                }
            },
            Err(Failure(why, detail)) => {
                tracing::warn!(authority = self.authority.name, ?why, detail, "No timestamp was given");
                let told = self.gate.unstamped(&self.stamping, why, &detail).await;
                self.keep(Cursor { told, ..self.cursor });
                return Err(());
            }
        };
        self.keep(Cursor { next: size, told, ..self.cursor });
        Ok(())
    }

    async fn ask(&self, asked: &ToStamp) -> Result<Answered, Failure> {
        let refused = |error: stamp::Error| Failure(Unstamped::Refused, error.to_string());
        let away = |why: String| Failure(Unstamped::Unreachable, why);
        let question = Question::new(&asked.note, asked.nonce, self.authority.policy.as_deref());
        let question = question.map_err(refused)?;
        let body = question.encode().map_err(refused)?;
        let answer = timeout(self.authority.patience, self.authority.place.ask(body)).await;
        let answer = answer.map_err(|_| away("no answer in time".to_owned()))?;
        let answer = match answer {
            Ok(answer) => answer,
            Err(http::Broke::Away(why)) => return Err(away(why)),
            Err(http::Broke::Answer(why)) => return Err(Failure(Unstamped::Refused, why)),
        };
        let (token, stamp) = question.answered(&answer, &self.authority.authorities).map_err(refused)?;
        let time = Timestamp::from_micros(stamp.at);
        let answered = Answered { token, time, by: stamp.by, policy: stamp.policy };
        let too_long = || Failure(Unstamped::Refused, "a name or policy too long for an entry".to_owned());
        if answered.is_sayable() { Ok(answered) } else { Err(too_long()) }
    }

    /// Where that fails, the log is stamped sooner than it need be after the next start.
    fn keep(&mut self, cursor: Cursor) {
        if cursor != self.cursor
            && let Err(error) = self.file.write(&cursor)
        {
            tracing::warn!(%error, "What was stamped last could not be written down");
        }
        self.cursor = cursor;
    }
}

/// The certificates of a file (PEM), in which the chain of what an authority signs may end.
///
/// # Errors
/// If there are none, too many, or one that is no certificate.
pub fn authorities(pem: &[u8]) -> Result<Authorities, stamp::Error> {
    Authorities::parse(pem)
}

/// Whether this may be the name of an authority.
pub fn is_name(name: &str) -> bool {
    let of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    (1..=32).contains(&name.len()) && name.chars().all(of_a_name) && !name.starts_with(['.', '-', '_'])
}
