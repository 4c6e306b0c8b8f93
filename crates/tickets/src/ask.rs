//! One GET, on a connection of its own.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::ANSWER_MAX;
use crate::place::Place;
use crate::secret::Headers;

/// Longest head of an answer; hyper's least is 8 KiB.
const HEAD_MAX: usize = 16 * 1024;
/// Most headers of an answer.
const HEADERS_MAX: usize = 100;

/// Status and body of the answer, or why there is none, without secrets.
pub(crate) async fn get(
    place: &Place,
    tls: Option<&(TlsConnector, ServerName<'static>)>,
    headers: &Headers,
    number: &str,
) -> Result<(u16, Bytes), String> {
    let stream = connect(place).await?;
    match tls {
        None => speak(stream, place, headers, number).await,
        Some((connector, name)) => {
            let stream = connector.connect(name.clone(), stream).await.map_err(|error| error.to_string())?;
            speak(stream, place, headers, number).await
        }
    }
}

async fn connect(place: &Place) -> Result<TcpStream, String> {
    let found = tokio::net::lookup_host((place.host.as_str(), place.port)).await;
    let mut last = "the name has no address".to_owned();
    for address in found.map_err(|error| error.to_string())? {
        // A name that leads to the loopback in clear is refused as a place; one that is encrypted proves who it is.
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

async fn speak<S>(stream: S, place: &Place, headers: &Headers, number: &str) -> Result<(u16, Bytes), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut asked = Request::get(place.target(number))
        .header(HOST, place.authority())
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, "poterne")
        .header(CONNECTION, "close");
    for (name, value) in &headers.0 {
        asked = asked.header(name, value);
    }
    let asked = asked.body(Empty::<Bytes>::new()).map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_MAX)
        .max_headers(HEADERS_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    // Driven beside the question, and dropped with it: nothing of it outlives the answer.
    let answered = async {
        let answer = sender.send_request(asked).await.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
        Ok((status, body.map_err(|error| error.to_string())?.to_bytes()))
    };
    tokio::pin!(connection, answered);
    tokio::select! {
        answer = &mut answered => answer,
        over = &mut connection => match over {
            // Its last bytes may be there still.
            Ok(()) => answered.await,
            Err(error) => Err(error.to_string()),
        },
    }
}
