//! The other end of the socket: the command line.

use std::path::Path;

use serde::Deserialize as _;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use vocab::Text;

use crate::{ControlError, Request, Watching};

/// What the gate answered: a value, or why not.
pub type Answer = Result<Value, Text>;

/// Asks the running gate. An error of kind `Socket`: none is running there.
pub async fn ask(path: &Path, request: &Request) -> Result<Answer, ControlError> {
    stream(path, request).await.map(|(answer, _)| answer)
}

/// Watches a session, or says why not.
pub async fn watch(
    path: &Path,
    session: String,
    reason: String,
) -> Result<Result<Watching<impl AsyncRead + Unpin + use<>>, Text>, ControlError> {
    let (answer, reading) = stream(path, &Request::Watch { session, reason }).await?;
    Ok(answer.map(|_| Watching(reading)))
}

/// Asks, and keeps the connection.
async fn stream(path: &Path, request: &Request) -> Result<(Answer, BufReader<UnixStream>), ControlError> {
    let failed = |error| ControlError::Socket { path: path.to_path_buf(), error };
    let mut stream = UnixStream::connect(path).await.map_err(failed)?;
    let mut line = serde_json::to_vec(request).map_err(|_| ControlError::Answer)?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(failed)?;
    drop(vocab::Secret::new(line));
    let mut reading = BufReader::new(stream);
    let mut answer = String::new();
    reading.read_line(&mut answer).await.map_err(failed)?;
    let value: Value = serde_json::from_str(&answer).map_err(|_| ControlError::Answer)?;
    let answer = match (value.get("ok"), value.get("error").map(Text::deserialize)) {
        (Some(ok), _) => Ok(ok.clone()),
        (None, Some(Ok(why))) => Err(why),
        (None, _) => return Err(ControlError::Answer),
    };
    Ok((answer, reading))
}
