//! TLS 1.3 alone, with the post-quantum exchange.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::Tls;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{House, read};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../outbox/testdata").join(name)
}

fn client(versions: &[&'static rustls::SupportedProtocolVersion]) -> tokio_rustls::TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(data("ca.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config).into()
}

#[tokio::test]
async fn beyond_this_machine_everything_is_encrypted() {
    let tls = Tls::read(&data("receiver.pem"), &data("receiver.key")).unwrap();
    let house = House::with(|_| {}, 60, Some(tls)).await;
    let token = house.token("q.durand", "read:services").await;
    let name = ServerName::try_from("siem.exemple.invalid").unwrap();
    let stream = TcpStream::connect(house.address).await.unwrap();
    let mut stream = client(&[&rustls::version::TLS13]).connect(name, stream).await.unwrap();
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
    let ask = format!(
        "GET /v1/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _perhaps_without_a_farewell = stream.read_to_string(&mut answer).await;
    read(&answer).found(200);

    // In clear nothing is answered.
    let mut clear = TcpStream::connect(house.address).await.unwrap();
    clear.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _broken_off = clear.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
}
