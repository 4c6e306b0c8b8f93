//! The local socket.

use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gate::{CutRefused, Gate};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use vocab::Text;

use crate::{Desk, Request, frame};

/// Longest request: a site's description of 4 MiB, each byte escaped at worst to six.
const REQUEST_MAX: u64 = 32 * 1024 * 1024;
/// Operators at once; watchers count. The gate itself is never held up by them.
const OPERATORS_MAX: usize = 32;
/// A request is typed by a program: it is there at once, or never.
const PATIENCE: Duration = Duration::from_secs(10);

/// What can go wrong with the socket itself.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Another gate answers there.
    #[error("another gate answers on `{0}`")]
    Taken(PathBuf),
    /// The socket cannot be made or reached.
    #[error("the socket `{path}`: {error}")]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The answer makes no sense.
    #[error("the gate's answer cannot be read")]
    Answer,
}

/// The socket, open for operators.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // A socket that is left behind is found dead and replaced at the next start.
        let _left = std::fs::remove_file(&self.path);
    }
}

impl Socket {
    /// Makes the socket, mode 0600. One that nobody answers on is replaced.
    pub async fn bind(path: &Path) -> Result<Self, ControlError> {
        let failed = |error| ControlError::Socket { path: path.to_path_buf(), error };
        if UnixStream::connect(path).await.is_ok() {
            return Err(ControlError::Taken(path.to_path_buf()));
        }
        match std::fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(Self { listener, path: path.to_path_buf() })
    }

    /// Serves operators until dropped.
    pub async fn serve(self, gate: Arc<Gate>, desk: Arc<dyn Desk>) {
        let places = Arc::new(Semaphore::new(OPERATORS_MAX));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let Ok((stream, _)) = self.listener.accept().await else {
                // Out of descriptors, for a moment.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (gate, desk) = (Arc::clone(&gate), Arc::clone(&desk));
            tokio::spawn(async move {
                if let Err(error) = serve_one(stream, &gate, &*desk).await {
                    tracing::debug!(%error, "An operator went away");
                }
                drop(place);
            });
        }
    }
}

async fn serve_one(stream: UnixStream, gate: &Gate, desk: &dyn Desk) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut line = String::new();
    let mut reading = BufReader::new(reading.take(REQUEST_MAX));
    let read = tokio::time::timeout(PATIENCE, reading.read_line(&mut line)).await;
    if !matches!(read, Ok(Ok(length)) if length > 0) {
        return Ok(());
    }
    let Ok(request) = serde_json::from_str::<Request>(&line) else {
        return say(&mut writing, &Err(Text::new("la demande ne se lit pas", "the request cannot be read")))
            .await;
    };
    drop(vocab::Secret::new(line.into_bytes()));
    match request {
        Request::Status => {
            let state = serde_json::to_value(gate.state()).map_err(std::io::Error::other)?;
            say(&mut writing, &Ok(state)).await
        }
        Request::List => {
            let list = serde_json::to_value(gate.overview()).map_err(std::io::Error::other)?;
            say(&mut writing, &Ok(list)).await
        }
        Request::Cut { session, reason } => {
            let cut = gate.cut(&session, &reason).await;
            say(&mut writing, &cut.map(Value::from).map_err(|error| why_not(&error))).await
        }
        Request::Errand(errand) => {
            let done = desk.run(errand).await;
            // It is in the operator's language already.
            say(&mut writing, &done.map(Value::from).map_err(|why| Text::new(why.clone(), why))).await
        }
        Request::Watch { session, reason } => match gate.watch(&session, &reason).await {
            Ok(watch) => {
                say(&mut writing, &Ok(Value::from("watching"))).await?;
                show(watch, &mut reading, &mut writing).await
            }
            Err(CutRefused::NotWritten) => {
                let why = Text::new(
                    "le regard n'a pas pu être écrit au journal : rien n'est montré",
                    "the watch could not be written down: nothing is shown",
                );
                say(&mut writing, &Err(why)).await
            }
            Err(error) => say(&mut writing, &Err(why_not(&error))).await,
        },
    }
}

/// Why nothing was done, for the operator.
fn why_not(error: &CutRefused) -> Text {
    match error {
        CutRefused::Unknown(name) => {
            Text::new(format!("aucune session ouverte ne s'appelle `{name}`"), error.to_string())
        }
        CutRefused::NotWritten => {
            Text::new("coupée, mais la coupure n'a pas pu être écrite", error.to_string())
        }
        CutRefused::NoReason => {
            Text::new("dites pourquoi vous la regardez, en huit caractères au moins", error.to_string())
        }
    }
}

async fn say(to: &mut (impl AsyncWriteExt + Unpin), answer: &Result<Value, Text>) -> std::io::Result<()> {
    let line = match answer {
        Ok(value) => json!({ "ok": value }),
        Err(why) => json!({ "error": why }),
    };
    to.write_all(format!("{line}\n").as_bytes()).await
}

/// What is shown, as it is shown; a watcher who is too slow is told what he missed. It ends with the session,
/// or when the watcher leaves.
async fn show(
    mut watch: gate::Watch,
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
) -> std::io::Result<()> {
    use tokio::sync::broadcast::error::RecvError;
    let mut left = [0; 1];
    loop {
        let record = tokio::select! {
            record = watch.records.recv() => record,
            // A watcher says nothing: whatever comes here, he is gone.
            _ = from.read(&mut left) => return Ok(()),
        };
        match record {
            Ok(record) => {
                if let Some(bytes) = frame::of_record(&record) {
                    to.write_all(&bytes).await?;
                }
            }
            Err(RecvError::Lagged(count)) => to.write_all(&frame::missed(count)).await?,
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}
