//! The HTTP interface for programs, where the configuration has one.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::bail;
use api::{App, Limits, PER_MINUTE, Tls};
use tokio::net::TcpListener;

use crate::config::{ApiSection, Config};
use crate::texts::{Because as _, say};
use crate::wiring::House;

/// What listens, once it does.
pub(crate) struct Programs {
    listen: SocketAddr,
    tls: Option<Tls>,
    per_minute: u32,
}

/// Descriptors of the connections at their most, and of the listener.
pub(crate) fn descriptors(config: &Config) -> u64 {
    let connections = u64::try_from(Limits::default().connections).unwrap_or(u64::MAX);
    config.api.as_ref().map_or(0, |_| connections.saturating_add(1))
}

/// Reads what the section names. What is reached from elsewhere than this machine is encrypted, or nothing listens.
pub(crate) fn of(config: &Config) -> anyhow::Result<Option<Programs>> {
    config.api.as_ref().map(read).transpose()
}

fn read(section: &ApiSection) -> anyhow::Result<Programs> {
    let ApiSection { listen, certificate, key, requests_per_minute } = section;
    let tls = match (certificate, key) {
        (Some(certificate), Some(key)) => {
            private(key)?;
            Some(Tls::read(certificate, key).because("api_tls", &[])?)
        }
        (None, None) if listen.ip().is_loopback() => None,
        (None, None) => bail!(say("api_plain", &[listen])),
        _ => bail!(say("api_half", &[])),
    };
    let per_minute = requests_per_minute.unwrap_or(PER_MINUTE);
    if per_minute == 0 {
        bail!(say("api_never", &[]));
    }
    Ok(Programs { listen: *listen, tls, per_minute })
}

/// Requests of programs that are answered at once: half of the database's readers are left to those who stand at the door.
const AT_ONCE: usize = store::READERS as usize / 2;

/// A key that others read is no key.
fn private(key: &Path) -> anyhow::Result<()> {
    let mode = std::fs::metadata(key).because("api_key", &[&key.display()])?.permissions().mode();
    if mode & 0o007 != 0 {
        bail!(say("api_key_open", &[&key.display()]));
    }
    Ok(())
}

/// Listens; it serves for as long as what is returned is driven.
pub(crate) async fn start(
    house: &House,
    programs: Programs,
) -> anyhow::Result<impl Future<Output = ()> + use<>> {
    let Programs { listen, tls, per_minute } = programs;
    let listener = TcpListener::bind(listen).await.because("api_on", &[&listen])?;
    tracing::info!(address = %listener.local_addr()?, tls = tls.is_some(), "The HTTP interface is open");
    let app = App::new(std::sync::Arc::clone(&house.gate), per_minute, AT_ONCE);
    Ok(api::serve(listener, tls, app, Limits::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(listen: &str) -> ApiSection {
        ApiSection {
            listen: listen.parse().unwrap(),
            certificate: None,
            key: None,
            requests_per_minute: None,
        }
    }

    #[test]
    fn nothing_is_said_in_clear_beyond_this_machine() {
        for here in ["127.0.0.1:8420", "[::1]:8420"] {
            assert!(read(&section(here)).unwrap().tls.is_none());
        }
        for elsewhere in ["0.0.0.0:8420", "[::]:8420", "192.0.2.7:8420", "[::ffff:127.0.0.1]:8420"] {
            assert!(read(&section(elsewhere)).is_err(), "{elsewhere}");
        }
        assert!(read(&ApiSection { requests_per_minute: Some(0), ..section("127.0.0.1:1") }).is_err());
    }

    #[test]
    fn a_certificate_comes_with_a_key_that_others_do_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../outbox/testdata");
        let (certificate, key) = (data.join("receiver.pem"), folder.path().join("key.pem"));
        std::fs::copy(data.join("receiver.key"), &key).unwrap();
        let set = |mode| std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let with = |certificate: Option<&Path>, key: Option<&Path>| {
            let (certificate, key) = (certificate.map(Path::to_owned), key.map(Path::to_owned));
            read(&ApiSection { certificate, key, ..section("0.0.0.0:8420") })
        };
        set(0o640);
        assert!(with(Some(&certificate), Some(&key)).unwrap().tls.is_some());
        assert!(with(Some(&certificate), None).is_err() && with(None, Some(&key)).is_err());
        assert!(with(Some(&key), Some(&key)).is_err(), "a key is no certificate");
        set(0o644);
        assert!(with(Some(&certificate), Some(&key)).is_err());
    }
}
