//! The hospital's relay: SMTP with TLS from the first byte, or with STARTTLS that it has to offer; never plain.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Email;
use lettre::address::{Address, Envelope};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters, TlsVersion};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

/// A relay says something within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a relay cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RelayError {
    #[error("`{0}` is no address of a relay: give `host` or `host:port`")]
    Address(String),
    #[error("{path}: {why}")]
    File { path: PathBuf, why: String },
    #[error("{0}: others may read it; take that away (chmod o-rwx), it holds a password")]
    Open(PathBuf),
    #[error("{0}: the first line is the login, the second the password, and nothing else")]
    Account(PathBuf),
    #[error("the relay's authorities cannot be used: {0}")]
    Tls(#[from] lettre::transport::smtp::Error),
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// From the first byte, port 465 (RFC 8314).
    Implicit,
    /// By STARTTLS, port 587; a relay that does not offer it is sent nothing.
    StartTls,
}

/// What reaches a relay.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// `host` or `host:port`.
    pub address: String,
    /// For whom its certificate has to be; `None`: for the host.
    pub server_name: Option<String>,
    /// The authorities that may vouch for it (PEM).
    pub ca: PathBuf,
    /// How it is encrypted.
    pub security: Security,
    /// A file of two lines, login and password; `None`: the relay asks for none.
    pub account: Option<PathBuf>,
}

/// What became of a try.
pub(super) enum Sent {
    Yes,
    /// It may go later.
    NotNow(String),
    /// It never will.
    Never(String),
}

/// A relay, ready to be spoken to. Each mail has a connection of its own: there are few.
#[derive(Clone)]
pub struct Relay {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Relay")
    }
}

impl Relay {
    /// Reads the files.
    ///
    /// # Errors
    /// Which of them cannot be used.
    pub fn new(settings: &RelaySettings) -> Result<Self, RelayError> {
        let wrong = || RelayError::Address(settings.address.clone());
        let (host, port) = match settings.address.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| wrong())?)),
            None => (settings.address.as_str(), None),
        };
        if host.is_empty() || host.contains([':', '/']) {
            return Err(wrong());
        }
        let name = settings.server_name.clone().unwrap_or_else(|| host.to_owned());
        let mut tls = TlsParameters::builder(name)
            .certificate_store(CertificateStore::None)
            .set_min_tls_version(TlsVersion::Tlsv12);
        for authority in authorities(&settings.ca)? {
            tls = tls.add_root_certificate(authority);
        }
        let (tls, usual) = match settings.security {
            Security::Implicit => (Tls::Wrapper(tls.build_rustls()?), 465),
            Security::StartTls => (Tls::Required(tls.build_rustls()?), 587),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port.unwrap_or(usual))
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some(account) = &settings.account {
            transport = transport.credentials(credentials(account)?);
        }
        Ok(Self { transport: transport.build() })
    }

    pub(super) async fn send(&self, from: &Email, to: &Email, mail: &[u8]) -> Sent {
        let address = |email: &Email| email.as_str().parse::<Address>();
        let envelope = match (address(from), address(to)) {
            (Ok(from), Ok(to)) => Envelope::new(Some(from), vec![to]),
            _ => return Sent::Never("the library takes one of the addresses for none".to_owned()),
        };
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(error) => return Sent::Never(error.to_string()),
        };
        match self.transport.send_raw(&envelope, mail).await {
            Ok(_) => Sent::Yes,
            Err(error) if error.is_permanent() => Sent::Never(said(&error)),
            Err(error) => Sent::NotNow(said(&error)),
        }
    }
}

/// The error with its causes, in one line.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    vocab::printable(&text)
}

fn unreadable(path: &Path, why: impl std::fmt::Display) -> RelayError {
    RelayError::File { path: path.to_path_buf(), why: why.to_string() }
}

/// Each certificate by itself: the library reads one at a time.
fn authorities(path: &Path) -> Result<Vec<Certificate>, RelayError> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
    const END: &str = "-----END CERTIFICATE-----";
    let all: Vec<Certificate> = text
        .split_inclusive(END)
        .filter(|part| part.contains(END))
        .map(|part| Certificate::from_pem(part.as_bytes()).map_err(RelayError::from))
        .collect::<Result<_, _>>()?;
    if all.is_empty() { Err(unreadable(path, "no certificate is in it")) } else { Ok(all) }
}

fn credentials(path: &Path) -> Result<Credentials, RelayError> {
    let mode = fs::metadata(path).map_err(|error| unreadable(path, error))?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err(RelayError::Open(path.to_path_buf()));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
    let lines: Vec<&str> = text.trim_end_matches(['\r', '\n']).lines().collect();
    match lines.as_slice() {
        [login, password] if !login.is_empty() && !password.is_empty() => {
            Ok(Credentials::new((*login).to_owned(), (*password).to_owned()))
        }
        _ => Err(RelayError::Account(path.to_path_buf())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_relay_is_refused_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let ca = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ca.pem");
        let account = folder.path().join("account");
        let settings = RelaySettings {
            address: "relais.exemple".to_owned(),
            server_name: None,
            ca: ca.clone(),
            security: Security::StartTls,
            account: Some(account.clone()),
        };
        let said = |change: &dyn Fn(&mut RelaySettings)| {
            let mut changed = settings.clone();
            change(&mut changed);
            Relay::new(&changed).err().map(|error| error.to_string()).unwrap_or_default()
        };
        let write = |text: &str, mode: u32| {
            fs::write(&account, text).unwrap();
            fs::set_permissions(&account, fs::Permissions::from_mode(mode)).unwrap();
        };
        assert!(said(&|_| {}).contains("account"));
        write("porte\nsecret-fictif\n", 0o644);
        assert!(said(&|_| {}).contains("others may read it"));
        write("porte\n", 0o640);
        assert!(said(&|_| {}).contains("the second the password"));
        write("porte\nsecret-fictif\n", 0o640);
        assert_eq!(said(&|_| {}), "");
        assert_eq!(said(&|all| all.address = "relais.exemple:2525".to_owned()), "");
        for wrong in ["", ":25", "a:b", "a:99999", "smtp://a"] {
            assert!(said(&|all| all.address = wrong.to_owned()).contains("no address of a relay"), "{wrong}");
        }
        assert!(said(&|all| all.ca = account.clone()).contains("no certificate is in it"));
        let shown = format!("{:?}", Relay::new(&settings).unwrap());
        assert!(!shown.contains("fictif"), "{shown}");
    }
}
