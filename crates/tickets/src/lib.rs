//! The establishment's ticketing tool (GLPI, iTop, any that answers over REST), asked whether one ticket counts.
//!
//! One GET for one question, to the one place that the configuration names: no redirect is followed, nothing is kept, the
//! answer is read up to [`ANSWER_MAX`] and within [`PATIENCE`]. Beyond the loopback there is TLS or nothing. What the tool
//! answers opens nothing: it is written into a qualification, or it refuses one (`docs/decisions/0029`).

mod ask;
mod place;
mod pointer;
mod secret;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gate::ports::{Boxed, TicketAnswer, Tickets};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use vocab::EstablishmentId;

use place::Place;
use pointer::Pointer;
use secret::Headers;

/// One question, from finding the tool to its last byte: a person waits for it at a command line.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Longest body of an answer: a ticket with its whole history is some 20 KiB. Four questions at once take 256 KiB.
pub const ANSWER_MAX: usize = 64 * 1024;
/// Most questions at once; one more waits within its own patience.
const AT_ONCE: usize = 4;
/// Most states that count, and longest of them.
const ACCEPTED_MAX: usize = 64;

/// Why a tool cannot be one.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Refusal {
    #[error(
        "`{0}` is no place of a ticketing tool: https://host[:port]/path with {{ticket}} in path or query"
    )]
    Url(String),
    #[error(
        "`{0}` is not encrypted: beyond the loopback (127.0.0.1, [::1]) a ticket is asked for over https only"
    )]
    Plain(String),
    #[error("`{0}` is no name that a certificate could have")]
    ServerName(String),
    #[error("https needs `ca`, the authorities that may vouch for the tool (PEM)")]
    NoAuthority,
    #[error("`{0}` is no JSON pointer: `/state`, `/objects/*/fields/status`")]
    Pointer(String),
    #[error("at most {ACCEPTED_MAX} states count")]
    Accepted,
    #[error("{path}: {why}")]
    File { path: PathBuf, why: String },
    #[error("{0}: others may read it; take that away (chmod o-rwx), it holds a secret")]
    Open(PathBuf),
    #[error("TLS is not possible: {0}")]
    Tls(#[from] rustls::Error),
}

/// How the gate says who it is. The secret is in a file, never in an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// One line: a token (RFC 6750).
    Bearer,
    /// Two lines: login and password (RFC 7617).
    Basic,
    /// Lines `Name: value`, as they are: tools with tokens of their own.
    Headers,
}

/// What reaches a tool.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://…/{ticket}`.
    pub url: String,
    /// For whom its certificate has to be; `None`: for the host.
    pub server_name: Option<String>,
    /// The authorities that may vouch for it (PEM).
    pub ca: Option<PathBuf>,
    /// How it is told who asks, and the file of the secret; `None`: it asks nobody.
    pub secret: Option<(Scheme, PathBuf)>,
    /// Where in the answer the ticket's state stands: a JSON pointer (RFC 6901), in which `*` is the one member there is.
    pub state: String,
    /// The states that count; none: it is enough that there is one.
    pub accepted: Vec<String>,
    /// Whose tool it is; none: everybody's at this gate.
    pub establishments: Vec<EstablishmentId>,
}

/// A ticketing tool, ready to be asked.
pub struct Desk {
    place: Place,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    headers: Headers,
    state: Pointer,
    accepted: Vec<String>,
    establishments: Vec<EstablishmentId>,
    turns: Semaphore,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Desk({})", self.place.authority())
    }
}

impl Desk {
    /// Reads the files; nothing is asked yet.
    ///
    /// # Errors
    /// Which part cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, Refusal> {
        let place = Place::read(&settings.url)?;
        let state = settings.state.parse().map_err(|_| Refusal::Pointer(settings.state.clone()))?;
        if settings.accepted.len() > ACCEPTED_MAX {
            return Err(Refusal::Accepted);
        }
        let tls = match place.encrypted {
            false => None,
            true => Some(tls(&place, settings)?),
        };
        Ok(Self {
            headers: Headers::read(settings.secret.as_ref())?,
            place,
            tls,
            state,
            accepted: settings.accepted.clone(),
            establishments: settings.establishments.clone(),
            turns: Semaphore::new(AT_ONCE),
        })
    }

    /// What a tool that answered says of the ticket.
    fn judge(&self, status: u16, body: &[u8]) -> TicketAnswer {
        match status {
            200 => {}
            404 | 410 => return TicketAnswer::CountsNot(status.to_string()),
            other => return TicketAnswer::NoAnswer(format!("status {other}")),
        }
        // A page of a proxy is no word about a ticket.
        let Ok(answer) = serde_json::from_slice(body) else {
            return TicketAnswer::NoAnswer("the answer is no JSON".to_owned());
        };
        match self.state.in_words(&answer) {
            None => TicketAnswer::CountsNot("∅".to_owned()),
            Some(state) if self.accepted.is_empty() || self.accepted.contains(&state) => TicketAnswer::Counts,
            Some(state) => TicketAnswer::CountsNot(state.chars().take(STATE_SHOWN).collect()),
        }
    }
}

/// Characters shown of a state that does not count.
const STATE_SHOWN: usize = 40;

impl Tickets for Desk {
    fn ask<'a>(&'a self, establishment: &'a EstablishmentId, number: &'a str) -> Boxed<'a, TicketAnswer> {
        Box::pin(async move {
            if !self.establishments.is_empty() && !self.establishments.contains(establishment) {
                return TicketAnswer::NoTool;
            }
            let asked = async {
                let _turn = self.turns.acquire().await.map_err(|_| "the gate ends".to_owned())?;
                ask::get(&self.place, self.tls.as_ref(), &self.headers, number).await
            };
            match tokio::time::timeout(PATIENCE, asked).await {
                Ok(Ok((status, body))) => self.judge(status, &body),
                Ok(Err(why)) => TicketAnswer::NoAnswer(why),
                Err(_late) => TicketAnswer::NoAnswer("no answer in time".to_owned()),
            }
        })
    }
}

/// TLS 1.3 to whoever the given authorities vouch for, and nobody else.
fn tls(place: &Place, settings: &Settings) -> Result<(TlsConnector, ServerName<'static>), Refusal> {
    let name = settings.server_name.clone().unwrap_or_else(|| place.host.clone());
    let name = ServerName::try_from(name.clone()).map_err(|_| Refusal::ServerName(name))?;
    let roots = authorities(settings.ca.as_deref().ok_or(Refusal::NoAuthority)?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    config.enable_early_data = false;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

fn authorities(path: &Path) -> Result<RootCertStore, Refusal> {
    let unreadable =
        |why: &dyn std::fmt::Display| Refusal::File { path: path.to_path_buf(), why: why.to_string() };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
        roots.add(certificate.map_err(|error| unreadable(&error))?)?;
    }
    if roots.is_empty() { Err(unreadable(&"no certificate is in it")) } else { Ok(roots) }
}
