//! Malware in files (E6): ClamAV's daemon behind the gate's port.
//!
//! The daemon is spoken to as its manual page (clamd(8), *INSTREAM*) says, each file over a connection of its own. What
//! it does not say is clean is not clean: no answer, an error, a limit, a connection that breaks are *not scanned*.
//!
//! As it comes, it also calls clean what it gave up looking at: a member of an archive that is longer than its limits, or
//! lies too deep in others. `AlertExceedsMax yes` (clamd.conf(5)) makes it say so. Its word counts only with that: a
//! file that is packed too deep is shown to it beside each one that it calls clean.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use gate::ports::{Boxed, PortError, Scanned, Scanner, Spool};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// To be connected, and for the daemon to say which it is.
const GREETING: Duration = Duration::from_secs(5);
/// For the daemon to take one piece.
const PIECE_PATIENCE: Duration = Duration::from_secs(30);
/// For its verdict after the last piece: an archive of 1 GiB takes clamd about a minute.
const VERDICT: Duration = Duration::from_secs(300);
/// Bytes handed over at a time.
const PIECE: usize = 128 * 1024;
/// The longest answer: a name of a signature is far below.
const ANSWER: u64 = 1024;

/// How the names begin under which it says that it gave up.
const LIMIT: &str = "Heuristics.Limits.Exceeded";
/// A sentence in 64 layers of gzip: it unpacks 17 of them unless it is told otherwise (`MaxRecursion`).
const NESTED: &[u8] = include_bytes!("nested.gz");

/// Where the daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An address; keep it on loopback or in a network of its own: files cross it in clear.
    Address(SocketAddr),
    /// A local socket.
    Socket(PathBuf),
}

/// ClamAV's daemon.
#[derive(Debug, Clone)]
pub struct Clamd {
    place: Place,
}

impl Clamd {
    /// The daemon that listens there. Nothing is asked of it yet.
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    async fn look(&self, file: &dyn Spool) -> Result<Scanned, Trouble> {
        let engine = self.ask(b"zVERSION\0", GREETING).await?;
        if !engine.starts_with("ClamAV") {
            return Err(Trouble::Failed(engine));
        }
        let answer = self.stream(file).await?;
        let verdict = answer.strip_prefix("stream: ").unwrap_or(&answer);
        match verdict.strip_suffix(" FOUND") {
            Some(name) if name.starts_with(LIMIT) => Err(Trouble::TooLong),
            Some(name) => Ok(Scanned::Found { engine, name: name.to_owned() }),
            None if verdict == "OK" => self.says_limits().await.map(|()| Scanned::Clean { engine }),
            None if verdict.contains("size limit exceeded") => Err(Trouble::TooLong),
            None => Err(Trouble::Failed(answer)),
        }
    }

    /// Whether it says what it did not look at.
    async fn says_limits(&self) -> Result<(), Trouble> {
        if self.stream(&Nested).await?.contains(LIMIT) { Ok(()) } else { Err(Trouble::Quiet) }
    }

    /// One command, and its answer.
    async fn ask(&self, command: &[u8], patience: Duration) -> Result<String, Trouble> {
        let asked = async {
            let mut wire = self.connect().await?;
            wire.write_all(command).await.map_err(|_| Trouble::Unreachable)?;
            answer(&mut wire).await
        };
        timeout(patience, asked).await.map_err(|_| Trouble::Slow)?
    }

    /// Hands the file over in pieces; the daemon's word about it.
    async fn stream(&self, file: &dyn Spool) -> Result<String, Trouble> {
        let mut wire = timeout(GREETING, self.connect()).await.map_err(|_| Trouble::Slow)??;
        let mut from = 0_u64;
        let mut cut = send(&mut wire, b"zINSTREAM\0").await.is_err();
        while !cut && from < file.length() {
            let piece = file.read(from, PIECE).await.map_err(|error| Trouble::Failed(error.to_string()))?;
            if piece.is_empty() {
                return Err(Trouble::Failed("the file is shorter than it is".to_owned()));
            }
            let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            from = from.saturating_add(piece.len() as u64);
            cut = match send(&mut wire, &[&length.to_be_bytes()[..], &piece].concat()).await {
                Ok(()) => false,
                Err(Trouble::Slow) => return Err(Trouble::Slow),
                Err(_) => true,
            };
        }
        if !cut {
            cut = send(&mut wire, &0_u32.to_be_bytes()).await.is_err();
        }
        // A daemon whose limit is exceeded says so and hangs up, or only hangs up.
        let said = timeout(VERDICT, answer(&mut wire)).await.map_err(|_| Trouble::Slow)?;
        match said {
            Err(_) if cut => Err(Trouble::TooLong),
            said => said,
        }
    }

    async fn connect(&self) -> Result<Box<dyn Wire>, Trouble> {
        let unreachable = |_| Trouble::Unreachable;
        Ok(match &self.place {
            Place::Address(address) => Box::new(TcpStream::connect(address).await.map_err(unreachable)?),
            Place::Socket(path) => Box::new(UnixStream::connect(path).await.map_err(unreachable)?),
        })
    }
}

impl Scanner for Clamd {
    fn is_there(&self) -> bool {
        true
    }

    fn scan<'a>(&'a self, file: &'a dyn Spool) -> Boxed<'a, Scanned> {
        Box::pin(async move {
            self.look(file).await.unwrap_or_else(|trouble| {
                tracing::error!(%trouble, place = ?self.place, "A file could not be scanned");
                Scanned::NotScanned(trouble.word())
            })
        })
    }
}

/// [`NESTED`] as a file.
struct Nested;

impl Spool for Nested {
    fn append(&mut self, _: Vec<u8>) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(async { Err(PortError::Failed("it is as it is".into())) })
    }

    fn length(&self) -> u64 {
        NESTED.len() as u64
    }

    fn read(&self, from: u64, length: usize) -> Boxed<'_, Result<Vec<u8>, PortError>> {
        let rest = usize::try_from(from).ok().and_then(|from| NESTED.get(from..)).unwrap_or_default();
        Box::pin(async move { Ok(rest.get(..length).unwrap_or(rest).to_vec()) })
    }
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the daemon is not there, or hung up")]
    Unreachable,
    #[error("the daemon did not answer in time")]
    Slow,
    #[error("the file is longer than the daemon takes")]
    TooLong,
    #[error("the daemon calls clean what it did not look at: set `AlertExceedsMax yes` in clamd.conf")]
    Quiet,
    #[error("it was said instead: {0}")]
    Failed(String),
}

impl Trouble {
    const fn word(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Slow => "slow",
            Self::TooLong => "too-long",
            Self::Quiet => "limits",
            Self::Failed(_) => "failed",
        }
    }
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

async fn send(wire: &mut Box<dyn Wire>, bytes: &[u8]) -> Result<(), Trouble> {
    let sent = timeout(PIECE_PATIENCE, wire.write_all(bytes)).await.map_err(|_| Trouble::Slow)?;
    sent.map_err(|_| Trouble::Unreachable)
}

/// What it says up to the end, or to its NUL.
async fn answer(wire: &mut Box<dyn Wire>) -> Result<String, Trouble> {
    let mut said = Vec::new();
    wire.take(ANSWER).read_to_end(&mut said).await.map_err(|_| Trouble::Unreachable)?;
    let text = said.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Err(Trouble::Unreachable);
    }
    Ok(String::from_utf8_lossy(text).trim().chars().filter(|c| !c.is_control()).collect())
}

#[cfg(test)]
mod tests;
