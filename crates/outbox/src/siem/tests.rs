//! Copies of a log as a receiver sees them, whatever breaks; and whom the gate speaks to.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use events::siem::{ENTERPRISE_EXAMPLE, Format, MESSAGE_USUAL};
use gate::FeedSeen;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use testkit::{Kit, fiction};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::*;

const ORIGIN: &str = "poterne.invalid/nord/gate-1";
const HOST: &str = "siem.exemple.invalid";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn files(ca: &str, own: Option<&str>) -> TlsFiles {
    let of = |end: &str| own.map(|own| data(&format!("{own}.{end}")));
    TlsFiles { ca: data(ca), certificate: of("pem"), key: of("key") }
}

fn terms() -> Terms {
    let wanted = Wanted {
        format: Format::Rfc5424,
        class: Class::Public,
        enterprise: ENTERPRISE_EXAMPLE,
        longest: MESSAGE_USUAL,
    };
    Terms { name: "siem-1".to_owned(), wanted, rate: RATE_MAX, alarm: Duration::from_secs(900) }
}

fn receiver(port: u16) -> Receiver {
    let tls = Tls::new(&format!("127.0.0.1:{port}"), Some(HOST), &files("ca.pem", None)).unwrap();
    Receiver::new(terms(), tls).unwrap()
}

/// A gate with its log, and a folder for cursors.
struct Bed {
    kit: Kit,
    gate: Arc<Gate>,
    folder: tempfile::TempDir,
}

impl Bed {
    async fn new() -> Self {
        let kit = Kit::new();
        let gate = kit.boot().await.unwrap();
        Self { kit, gate, folder: tempfile::tempdir().unwrap() }
    }

    fn source(&self) -> Source {
        let establishment = fiction::service_facts().establishment.id;
        Source { establishment, origin: ORIGIN.to_owned() }
    }

    fn sender(&self) -> feed::Sender {
        feed::Sender::new(&self.gate, &receiver(1), &self.source(), self.folder.path()).unwrap()
    }

    fn cursor(&self) -> u64 {
        crate::cursor::CursorFile::of(self.folder.path(), "siem-1", ORIGIN).read().next
    }

    /// One more entry in the log.
    async fn entry(&self) {
        let log = self.kit.log();
        let raw = log.raw();
        gate::ports::Journal::append(&*log, vec![raw[0].clone()]).await.unwrap();
    }

    fn size(&self) -> u64 {
        gate::ports::Journal::size(&*self.kit.log())
    }

    fn seen(&self) -> FeedSeen {
        self.gate.feeds().pop().unwrap()
    }
}

/// Reads one message and says which entry it is of.
async fn next(from: &mut DuplexStream) -> u64 {
    let mut length = String::new();
    loop {
        let byte = from.read_u8().await.unwrap();
        if byte == b' ' {
            break;
        }
        length.push(char::from(byte));
    }
    let mut text = vec![0; length.parse().unwrap()];
    from.read_exact(&mut text).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with('<') && text.ends_with('}'), "{text}");
    let (_, after) = text.split_once(" index=\"").unwrap();
    after.split('"').next().unwrap().parse().unwrap()
}

/// A sender on a connection of its own; what it sends comes out of the other end.
fn connected(
    mut sender: feed::Sender,
) -> (DuplexStream, watch::Sender<bool>, tokio::task::JoinHandle<feed::Sender>) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (stop, stopping) = watch::channel(false);
    let talking = tokio::spawn(async move {
        sender.connect_over(ours, &stopping).await;
        sender
    });
    (theirs, stop, talking)
}

/// A log whose beginning was purged is sent from where it begins now, to a new receiver and to one that was behind.
#[tokio::test(start_paused = true)]
async fn what_was_purged_is_passed() {
    let bed = Bed::new().await;
    for _ in 0..600 {
        bed.entry().await;
    }
    let (mut there, _stop, talking) = connected(bed.sender());
    assert_eq!(next(&mut there).await, 0);
    tokio::time::sleep(SETTLE + Duration::from_secs(2)).await;
    talking.abort();
    let behind = bed.cursor();
    assert!(behind > 0);
    bed.kit.log().begin_at(512);
    for _ in 0..100 {
        bed.entry().await;
    }
    let (mut there, _stop, _talking) = connected(bed.sender());
    for index in behind.max(512)..bed.size() {
        assert_eq!(next(&mut there).await, index);
    }
    // A receiver that nobody told anything yet.
    std::fs::remove_dir_all(bed.folder.path()).unwrap();
    std::fs::create_dir(bed.folder.path()).unwrap();
    let (mut there, _stop, _talking) = connected(bed.sender());
    assert_eq!(next(&mut there).await, 512);
}

#[tokio::test(start_paused = true)]
async fn entries_come_in_order_and_are_believed_to_have_arrived_only_after_a_while() {
    let bed = Bed::new().await;
    for _ in 0..600 {
        bed.entry().await;
    }
    let size = bed.size();
    let (mut there, _stop, talking) = connected(bed.sender());
    for index in 0..size {
        assert_eq!(next(&mut there).await, index);
    }
    assert_eq!(bed.cursor(), 0, "they were written, and nobody knows whether they were read");
    tokio::time::sleep(SETTLE + Duration::from_secs(2)).await;
    assert_eq!(bed.cursor(), size);
    let seen = bed.seen();
    assert_eq!((seen.waiting, seen.behind, seen.unconfirmed, seen.lost), (0, 0, 0, None));

    // One more, and the connection breaks at once: it comes again over the next one, and nothing else does.
    bed.entry().await;
    assert_eq!(next(&mut there).await, size);
    drop(there);
    let sender = talking.await.unwrap();
    let (mut there, _stop, _talking) = connected(sender);
    assert_eq!(next(&mut there).await, size);
    bed.entry().await;
    assert_eq!(next(&mut there).await, size + 1);
}

#[tokio::test(start_paused = true)]
async fn a_start_goes_on_from_the_cursor_and_a_log_that_went_on_otherwise_is_sent_anew() {
    let bed = Bed::new().await;
    bed.entry().await;
    let (mut there, stop, talking) = connected(bed.sender());
    for _ in 0..bed.size() {
        next(&mut there).await;
    }
    // Told to stop, it waits until the receiver has read to the end and closed.
    stop.send(true).unwrap();
    assert_eq!(there.read(&mut [0; 1]).await.unwrap(), 0);
    drop(there);
    talking.await.unwrap();
    assert_eq!(bed.cursor(), bed.size());

    bed.entry().await;
    let mut sender = bed.sender();
    sender.find_place().await;
    let (mut there, _stop, _talking) = connected(sender);
    assert_eq!(next(&mut there).await, bed.size() - 1);

    // Another log under the same origin: restored from a backup, and gone on with.
    let other = Bed { folder: bed.folder, ..Bed::new().await };
    gate::ports::Journal::append(&*other.kit.log(), vec![vec![1; 40], vec![2; 40]]).await.unwrap();
    let mut sender = other.sender();
    sender.find_place().await;
    let (mut there, _stop, _talking) = connected(sender);
    assert_eq!(next(&mut there).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_does_not_close_in_order_is_not_believed() {
    let bed = Bed::new().await;
    let (there, stop, talking) = connected(bed.sender());
    stop.send(true).unwrap();
    // It reads nothing and never closes.
    talking.await.unwrap();
    assert_eq!(bed.cursor(), 0);
    drop(there);
}

/// A receiver over TLS on loopback, which takes one connection; and what came of it on both sides.
async fn handshake(
    shows: &str,
    wants_ours: bool,
    tls: impl FnOnce(String) -> Tls,
) -> (std::io::Result<rustls::NamedGroup>, std::io::Result<()>) {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let certificate = CertificateDer::from_pem_file(data(&format!("{shows}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(data(&format!("{shows}.key"))).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap();
    let config = if wants_ours {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(data("ca.pem")).unwrap()).unwrap();
        config.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap(),
        )
    } else {
        config.with_no_client_auth()
    };
    let acceptor =
        tokio_rustls::TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tls = tls(listener.local_addr().unwrap().to_string());
    let theirs = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        acceptor
            .accept(stream)
            .await
            .map(|mut stream| async move {
                let mut byte = [0; 1];
                stream.read_exact(&mut byte).await.map(|_| ())
            })?
            .await
    });
    let ours = async {
        let mut stream = tls.connect().await?;
        let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap().name();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
        // A refusal of our certificate comes after the handshake.
        stream.write_all(b"x").await?;
        stream.flush().await?;
        match stream.read(&mut [0; 1]).await {
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => Err(error),
            _ => Ok(group),
        }
    };
    (ours.await, theirs.await.unwrap())
}

fn to(address: String, ca: &str, own: Option<&str>) -> Tls {
    Tls::new(&address, Some(HOST), &files(ca, own)).unwrap()
}

#[tokio::test]
async fn the_way_is_tls_1_3_with_a_key_that_stands_tomorrow() {
    let (ours, theirs) = handshake("receiver", false, |at| to(at, "ca.pem", None)).await;
    assert_eq!(ours.unwrap(), rustls::NamedGroup::X25519MLKEM768);
    theirs.unwrap();
}

#[tokio::test]
async fn whoever_else_answers_is_sent_nothing() {
    let refused = |(ours, theirs): (std::io::Result<_>, std::io::Result<()>)| {
        assert!(theirs.is_err(), "it was sent something");
        ours.err().unwrap().to_string()
    };
    let said = refused(handshake("receiver", false, |at| to(at, "other-ca.pem", None)).await);
    assert!(said.contains("UnknownIssuer"), "{said}");
    let said = refused(handshake("elsewhere", false, |at| to(at, "ca.pem", None)).await);
    assert!(said.contains("not valid for name"), "{said}");
    // Without a name it is the host's, and this is no certificate of an address.
    let by_host = |at: String| Tls::new(&at, None, &files("ca.pem", None)).unwrap();
    let said = refused(handshake("receiver", false, by_host).await);
    assert!(said.contains("not valid for name"), "{said}");
    // That of a client is none of a receiver.
    refused(handshake("gate", false, |at| to(at, "ca.pem", None)).await);
}

#[tokio::test]
async fn a_receiver_that_asks_who_we_are_is_told_or_breaks() {
    let (ours, theirs) = handshake("receiver", true, |at| to(at, "ca.pem", Some("gate"))).await;
    ours.unwrap();
    theirs.unwrap();
    let (ours, theirs) = handshake("receiver", true, |at| to(at, "ca.pem", None)).await;
    assert!(ours.is_err() && theirs.is_err());
}

#[test]
fn what_cannot_be_a_receiver_is_refused_with_its_reason() {
    let of = |ca: &str, certificate: Option<&str>, key: Option<&str>| {
        let files = TlsFiles { ca: data(ca), certificate: certificate.map(data), key: key.map(data) };
        Tls::new("siem.exemple.invalid", None, &files).err().unwrap().to_string()
    };
    assert!(of("none.pem", None, None).contains("none.pem"));
    assert!(of("README.md", None, None).contains("no certificate is in it"));
    assert!(of("ca.pem", Some("gate.pem"), None).contains("needs its key"));
    assert!(of("ca.pem", Some("gate.pem"), Some("receiver.key")).contains("make TLS possible"));
    assert!(of("ca.pem", Some("gate.pem"), Some("gate.pem")).contains("gate.pem"));
    let tls = || Tls::new(HOST, None, &files("ca.pem", None)).unwrap();
    let not = |change: &dyn Fn(&mut Terms)| {
        let mut terms = terms();
        change(&mut terms);
        Receiver::new(terms, tls()).err().unwrap().to_string()
    };
    for name in ["", "A", "a+b", "../x", &"a".repeat(33)] {
        assert!(not(&|terms| terms.name = name.to_owned()).contains("no name of a receiver"), "{name}");
    }
    assert!(not(&|terms| terms.wanted.longest = 2_047).contains("2047"));
    assert!(not(&|terms| terms.rate = 0).contains("0 entries a second"));
    let more = Terms { wanted: Wanted { class: Class::Secret, ..terms().wanted }, ..terms() };
    assert_eq!(Receiver::new(more, tls()).unwrap().wanted.class, Class::Sensitive);
}
