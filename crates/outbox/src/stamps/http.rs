//! The way to an authority: one question, one answer, over HTTP (RFC 3161 section 3.4), in TLS where its address says so.

use std::path::Path;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::ANSWER_MAX;
use crate::siem::{Tls, TlsFiles};

/// The head of an answer is at most so long.
const HEAD_MAX: usize = 16_384;
const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// Why there cannot be an authority.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Refusal {
    #[error("`{0}` is no address of an authority: give `http://host/path` or `https://host/path`")]
    Address(String),
    #[error("an address of `https` needs `tls_ca`, who may vouch for the server; one of `http` has none")]
    Authority,
    #[error("{0}")]
    Tls(#[from] crate::siem::Refusal),
}

/// Where an authority is.
#[derive(Debug, Clone)]
pub struct Place {
    host: String,
    port: u16,
    path: String,
    /// As the server is told its own name.
    named: String,
    tls: Option<Tls>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Broke {
    /// Nobody answered, or in the middle no more.
    Away(String),
    /// It answered otherwise than an authority does.
    Answer(String),
}

impl Place {
    /// At this address; `ca` may vouch for the server of an `https` one (PEM). Reads the file.
    ///
    /// # Errors
    /// If it is no address, or if the file is absent, superfluous or no use.
    pub fn new(address: &str, ca: Option<&Path>) -> Result<Self, Refusal> {
        let wrong = || Refusal::Address(address.to_owned());
        let uri: Uri = address.parse().map_err(|_| wrong())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong());
        };
        let encrypted = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(wrong()),
        };
        // Nobody's password stands in an address.
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        if host.is_empty() || host.len() > 253 || port == 0 || authority.as_str().contains('@') {
            return Err(wrong());
        }
        let tls = match (encrypted, ca) {
            (true, Some(ca)) => {
                let files = TlsFiles { ca: ca.to_path_buf(), ..TlsFiles::default() };
                let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                Some(Tls::new(&format!("{bracketed}:{port}"), None, &files)?)
            }
            (false, None) => None,
            _ => return Err(Refusal::Authority),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { host, port, path, named: authority.to_string(), tls })
    }

    /// The body of the answer to this question.
    pub(super) async fn ask(&self, question: Vec<u8>) -> Result<Vec<u8>, Broke> {
        let away = |error: std::io::Error| Broke::Away(error.to_string());
        match &self.tls {
            Some(tls) => self.exchange(tls.connect().await.map_err(away)?, question).await,
            None => {
                let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(away)?;
                self.exchange(stream, question).await
            }
        }
    }

    async fn exchange<S>(&self, stream: S, question: Vec<u8>) -> Result<Vec<u8>, Broke>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let away = |error: hyper::Error| Broke::Away(error.to_string());
        let mut way = http1::Builder::new();
        let way = way.max_buf_size(HEAD_MAX).handshake(TokioIo::new(stream));
        let (mut sender, connection) = way.await.map_err(away)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(HOST, &self.named)
            .header(CONTENT_TYPE, QUERY)
            .header(CONNECTION, "close")
            .body(Full::new(hyper::body::Bytes::from(question)))
            .map_err(|error| Broke::Answer(error.to_string()))?;
        let exchange = async {
            let response = sender.send_request(request).await.map_err(away)?;
            let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
            // A server that is out of order is away, one that is another one is not to be believed.
            match response.status() {
                StatusCode::OK if kind.eq_ignore_ascii_case(REPLY) => {}
                StatusCode::OK => return Err(Broke::Answer("not an answer of an authority".to_owned())),
                status if status.is_server_error() => return Err(Broke::Away(status.to_string())),
                status => return Err(Broke::Answer(status.to_string())),
            }
            let body = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
            let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
                Ok(cut) => Broke::Away(cut.to_string()),
                Err(_too_long) => Broke::Answer(format!("an answer of more than {ANSWER_MAX} bytes")),
            })?;
            Ok(body.to_bytes().to_vec())
        };
        // The connection is driven here and nowhere else: dropped, it is gone.
        tokio::pin!(exchange);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            biased;
            answered = &mut exchange => answered,
            ended = &mut connection => match ended {
                // It is done when the answer is read; what is left of that needs no connection.
                Ok(()) => exchange.await,
                Err(error) => Err(away(error)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_http_and_says_who_vouches_only_where_it_is_encrypted() {
        let ca = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/ca.pem"));
        let check = |address: &str, ca: Option<&Path>, read: Option<(&str, u16, &str, &str)>| {
            let place = Place::new(address, ca);
            let said =
                place.as_ref().ok().map(|p| (p.host.as_str(), p.port, p.path.as_str(), p.named.as_str()));
            assert_eq!(said, read, "{address}");
            if let Ok(place) = &place {
                assert_eq!(place.tls.is_some(), ca.is_some());
            }
        };
        check("http://tsa.exemple/tsr?x=1", None, Some(("tsa.exemple", 80, "/tsr?x=1", "tsa.exemple")));
        check("http://tsa.exemple:3180", None, Some(("tsa.exemple", 3_180, "/", "tsa.exemple:3180")));
        check("http://[2001:db8::7]:3180/", None, Some(("2001:db8::7", 3_180, "/", "[2001:db8::7]:3180")));
        check("https://tsa.exemple/", Some(ca), Some(("tsa.exemple", 443, "/", "tsa.exemple")));
        check("https://192.0.2.7:8443/a", Some(ca), Some(("192.0.2.7", 8_443, "/a", "192.0.2.7:8443")));
        check("https://tsa.exemple/", None, None);
        check("http://tsa.exemple/", Some(ca), None);
        check("https://tsa.exemple/", Some(Path::new("/nowhere/ca.pem")), None);
        for wrong in [
            "",
            "tsa.exemple",
            "/tsr",
            "ftp://tsa.exemple/",
            "http://",
            "http://a:0/",
            "http://a:b@tsa.exemple/",
            "http://a b/",
        ] {
            check(wrong, None, None);
        }
    }
}
