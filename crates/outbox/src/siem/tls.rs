//! The way to a receiver: TLS 1.3 (RFC 5425), its certificate checked against the authorities that were given and no
//! others, ours shown where it asks for one.

use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::UNTAKEN;

/// The port of syslog over TLS (RFC 5425 section 4.1).
const PORT: u16 = 6_514;
/// Finding, connecting and the handshake: each of them.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection on which nothing passes is asked this often whether it stands: three times in vain, and it broke.
const ASK: Duration = Duration::from_secs(15);

/// Why a receiver cannot be one.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Refusal {
    #[error("`{0}` is no name of a receiver: 1 to 32 of a-z 0-9 . _ -, the first a letter or digit")]
    Name(String),
    #[error("a message of at most {0} bytes: 2048 to 131072 are possible")]
    Longest(usize),
    #[error("{0} entries a second: 1 to 10000 are possible")]
    Rate(u32),
    #[error(
        "`{0}` is not encrypted: entries leave over TLS only; give `host:port` of a receiver of syslog over TLS"
    )]
    Plain(String),
    #[error("`{0}` is no address of a receiver: give `host` or `host:port`")]
    Address(String),
    #[error("`{0}` is no name that a certificate could have")]
    ServerName(String),
    #[error("{path}: {why}")]
    File { path: PathBuf, why: String },
    #[error("a certificate of ours needs its key, and a key its certificate")]
    Half,
    #[error("certificate and key do not make TLS possible: {0}")]
    Tls(#[from] rustls::Error),
}

/// The files of a connection, all PEM.
#[derive(Debug, Clone, Default)]
pub struct TlsFiles {
    /// The authorities that may vouch for the receiver.
    pub ca: PathBuf,
    /// Our certificate, with those between it and its authority, where the receiver wants one.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
}

/// How a receiver is reached.
#[derive(Clone)]
pub struct Tls {
    host: String,
    port: u16,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} as {:?}", self.host, self.port, self.name)
    }
}

impl Tls {
    /// To `address` (`host`, `host:port`, `tls://…`), which has to show a certificate for `name`, or for its host. Reads the
    /// files.
    ///
    /// # Errors
    /// Which of them cannot be used.
    pub fn new(address: &str, name: Option<&str>, files: &TlsFiles) -> Result<Self, Refusal> {
        let (host, port) = place(address)?;
        let name = name.unwrap_or(&host).to_owned();
        let name = ServerName::try_from(name.clone()).map_err(|_| Refusal::ServerName(name))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(authorities(&files.ca)?);
        let mut config = match (&files.certificate, &files.key) {
            (None, None) => config.with_no_client_auth(),
            (Some(certificate), Some(key)) => {
                let key_of = |error| unreadable(key, error);
                let key = PrivateKeyDer::from_pem_file(key).map_err(key_of)?;
                config.with_client_auth_cert(certificates(certificate)?, key)?
            }
            _ => return Err(Refusal::Half),
        };
        // Each connection is checked anew, and says nothing before that.
        config.resumption = rustls::client::Resumption::disabled();
        config.enable_early_data = false;
        Ok(Self { host, port, name, config: Arc::new(config) })
    }

    /// Connects, and checks who answers.
    pub(crate) async fn connect(&self) -> io::Result<TlsStream<TcpStream>> {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let found = in_time(tokio::net::lookup_host((self.host.as_str(), self.port))).await?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in found {
            match in_time(TcpStream::connect(address)).await {
                Ok(stream) => {
                    prepare(&stream)?;
                    return in_time(connector.connect(self.name.clone(), stream)).await;
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// What the system does of itself: it breaks a connection that does not deliver.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    let socket = stream.as_fd();
    stream.set_nodelay(true)?;
    let untaken = u32::try_from(UNTAKEN.as_millis()).unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(socket, untaken)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, ASK)?;
    sockopt::set_tcp_keepintvl(socket, ASK)?;
    sockopt::set_tcp_keepcnt(socket, 3)?;
    Ok(())
}

async fn in_time<T>(done: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no answer in time");
    tokio::time::timeout(PATIENCE, done).await.map_err(late)?
}

fn place(address: &str) -> Result<(String, u16), Refusal> {
    let wrong = || Refusal::Address(address.to_owned());
    let rest = match address.split_once("://") {
        Some(("tls", rest)) => rest,
        Some(_) => return Err(Refusal::Plain(address.to_owned())),
        None => address,
    };
    let (host, port) = match rest.strip_prefix('[') {
        Some(inside) => {
            let (host, after) = inside.split_once(']').ok_or_else(wrong)?;
            (host, after.strip_prefix(':'))
        }
        None => match rest.rsplit_once(':') {
            // A bare IPv6 address has several.
            Some((host, _)) if host.contains(':') => (rest, None),
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let port = port.map_or(Ok(PORT), str::parse).map_err(|_| wrong())?;
    if host.is_empty() || host.len() > 253 || port == 0 { Err(wrong()) } else { Ok((host.to_owned(), port)) }
}

fn unreadable(path: &Path, why: impl std::fmt::Display) -> Refusal {
    Refusal::File { path: path.to_path_buf(), why: why.to_string() }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let all = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(path, error))?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(|error| unreadable(path, error))?;
    if all.is_empty() { Err(unreadable(path, "no certificate is in it")) } else { Ok(all) }
}

fn authorities(path: &Path) -> Result<RootCertStore, Refusal> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| unreadable(path, error))?;
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_what_is_not_encrypted_is_refused_by_name() {
        let check = |address: &str, read: Option<(&str, u16)>| {
            let read = read.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(place(address).ok(), read, "{address}");
        };
        check("siem.exemple", Some(("siem.exemple", 6_514)));
        check("siem.exemple:10514", Some(("siem.exemple", 10_514)));
        check("tls://siem.exemple:10514", Some(("siem.exemple", 10_514)));
        check("192.0.2.7:6514", Some(("192.0.2.7", 6_514)));
        check("2001:db8::7", Some(("2001:db8::7", 6_514)));
        check("[2001:db8::7]:10514", Some(("2001:db8::7", 10_514)));
        check("[2001:db8::7]", Some(("2001:db8::7", 6_514)));
        for wrong in [
            "",
            ":6514",
            "siem.exemple:",
            "siem.exemple:0",
            "siem.exemple:65536",
            "siem.exemple:x",
            "[2001:db8::7",
        ] {
            check(wrong, None);
        }
        for plain in [
            "tcp://siem.exemple:514",
            "udp://siem.exemple",
            "relp://siem.exemple:20514",
            "http://siem.exemple",
        ] {
            assert!(matches!(place(plain), Err(Refusal::Plain(_))), "{plain}");
        }
    }
}
