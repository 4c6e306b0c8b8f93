//! TLS for what is reached from elsewhere than this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read, or is no PEM of what it should be.
    #[error("`{}`: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the reader said.
        why: String,
    },
    /// Certificate and key do not belong together, or are of a kind that TLS does not take.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// A certificate with its key, ready to serve.
#[derive(Clone)]
pub struct Tls(pub(crate) TlsAcceptor);

impl Tls {
    /// Reads a certificate with its chain, and its key (PEM). TLS 1.3 alone, with the post-quantum exchange first.
    ///
    /// # Errors
    /// [`TlsError`]; nothing listens then.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let file = |path: &Path, why: String| TlsError::File { path: path.to_owned(), why };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| file(certificate, error.to_string()))?;
        if chain.is_empty() {
            return Err(file(certificate, "no certificate is in it".to_owned()));
        }
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(chain, secret)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Each connection proves itself anew; there is no early data that could be sent twice.
        config.send_tls13_tickets = 0;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}
