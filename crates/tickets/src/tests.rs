//! A tool as the gate sees it, over TLS and not, whatever it answers.

use std::os::unix::fs::PermissionsExt as _;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

const HOST: &str = "siem.exemple.invalid";

/// The certificates of the receivers' tests.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../outbox/testdata").join(name)
}

/// A tool that answers one question with these bytes, and what it was asked.
struct Tool {
    port: u16,
    asked: tokio::task::JoinHandle<String>,
}

impl Tool {
    async fn plain(answer: impl Into<Vec<u8>>) -> Self {
        let (listener, port) = listen().await;
        let answer = answer.into();
        let asked = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream, &answer).await
        });
        Self { port, asked }
    }

    async fn encrypted(answer: impl Into<Vec<u8>>) -> Self {
        let (listener, port) = listen().await;
        let answer = answer.into();
        let chain =
            CertificateDer::pem_file_iter(data("receiver.pem")).unwrap().collect::<Result<_, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_file(data("receiver.key")).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let asked = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            match acceptor.accept(stream).await {
                Ok(stream) => serve(stream, &answer).await,
                Err(error) => format!("no TLS: {error}"),
            }
        });
        Self { port, asked }
    }
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Reads the head of the question, answers, and hangs up.
async fn serve<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    mut stream: S,
    answer: &[u8],
) -> String {
    let (mut asked, mut piece) = (Vec::new(), [0; 1024]);
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => asked.extend_from_slice(&piece[..read]),
            _ => break,
        }
    }
    let _gone = stream.write_all(answer).await;
    let _gone = stream.shutdown().await;
    String::from_utf8(asked).unwrap()
}

fn settings(url: String) -> Settings {
    Settings {
        url,
        server_name: None,
        ca: None,
        secret: None,
        state: "/status".to_owned(),
        accepted: vec!["open".to_owned(), "2".to_owned()],
        establishments: Vec::new(),
    }
}

fn at(tool: &Tool) -> Settings {
    settings(format!("http://127.0.0.1:{}/tickets/{{ticket}}?fields=status", tool.port))
}

fn encrypted(tool: &Tool) -> Settings {
    Settings {
        server_name: Some(HOST.to_owned()),
        ca: Some(data("ca.pem")),
        ..settings(format!("https://127.0.0.1:{}/tickets/{{ticket}}", tool.port))
    }
}

async fn ask(settings: &Settings) -> TicketAnswer {
    let nord = "nord".parse().unwrap();
    Desk::new(settings).unwrap().ask(&nord, "INC-7").await
}

fn said(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into()
}

#[tokio::test]
async fn what_a_tool_answers_counts_or_does_not() {
    use TicketAnswer::{Counts, CountsNot, NoAnswer};
    let no = |why: &str| CountsNot(why.to_owned());
    let silent = |why: &str| NoAnswer(why.to_owned());
    let rows = [
        (said("200 OK", r#"{"status":"open"}"#), Counts),
        (said("200 OK", r#"{"status":2}"#), Counts),
        (said("200 OK", r#"{"status":"closed"}"#), no("closed")),
        (said("200 OK", r#"{"state":"open"}"#), no("∅")),
        (said("200 OK", "[]"), no("∅")),
        (said("404 Not Found", r#"{"status":"open"}"#), no("404")),
        (said("410 Gone", ""), no("410")),
        (said("200 OK", "<html>open</html>"), silent("the answer is no JSON")),
        (said("401 Unauthorized", "{}"), silent("status 401")),
        (said("500 Oops", r#"{"status":"open"}"#), silent("status 500")),
        (said("204 No Content", ""), silent("status 204")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"statu\r\n9\r\ns\":\"open\"\r\n1\r\n}\r\n0\r\n\r\n".to_vec(),
            Counts,
        ),
        // Without a length, up to its end.
        (b"HTTP/1.0 200 OK\r\n\r\n{\"status\":\"open\"}".to_vec(), Counts),
    ];
    for (answer, expected) in rows {
        let tool = Tool::plain(answer.clone()).await;
        assert_eq!(ask(&at(&tool)).await, expected, "{}", String::from_utf8_lossy(&answer));
        let asked = tool.asked.await.unwrap();
        assert!(asked.starts_with("GET /tickets/INC-7?fields=status HTTP/1.1\r\n"), "{asked}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_what_breaks_off_or_has_no_end_is_no_answer() {
    let elsewhere = Tool::plain(said("200 OK", r#"{"status":"open"}"#)).await;
    let to = format!("http://127.0.0.1:{}/x", elsewhere.port);
    let moved = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let tool = Tool::plain(moved).await;
    assert_eq!(ask(&at(&tool)).await, TicketAnswer::NoAnswer("status 302".to_owned()));
    assert!(!elsewhere.asked.is_finished(), "nobody came there");
    elsewhere.asked.abort();
    let long = format!(r#"{{"status":"open","text":"{}"}}"#, "x".repeat(ANSWER_MAX));
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"status\":\"open\"}".to_vec();
    let headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(HEAD_LINES));
    for answer in [said("200 OK", &long), short, Vec::new(), b"\0\0\0\0".to_vec(), headers.into()] {
        let shown = String::from_utf8_lossy(answer.get(..40).unwrap_or(&answer)).into_owned();
        let tool = Tool::plain(answer).await;
        let answered = ask(&at(&tool)).await;
        assert!(matches!(answered, TicketAnswer::NoAnswer(_)), "{shown}: {answered:?}");
    }
    // As much as is taken is taken.
    let most = r#"{"status":"open","text":""}"#.len();
    let whole = format!(r#"{{"status":"open","text":"{}"}}"#, "x".repeat(ANSWER_MAX - most));
    let tool = Tool::plain(said("200 OK", &whole)).await;
    assert_eq!(ask(&at(&tool)).await, TicketAnswer::Counts);
}

/// More than are taken.
const HEAD_LINES: usize = 200;

#[tokio::test(start_paused = true)]
async fn one_that_is_silent_is_waited_for_no_longer_than_a_person_waits() {
    let (listener, port) = listen().await;
    let silent = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut all = Vec::new();
        let _until_it_hangs_up = stream.read_to_end(&mut all).await;
    });
    let began = tokio::time::Instant::now();
    let answered = ask(&settings(format!("http://127.0.0.1:{port}/{{ticket}}"))).await;
    assert_eq!(answered, TicketAnswer::NoAnswer("no answer in time".to_owned()));
    assert_eq!(began.elapsed(), PATIENCE);
    silent.await.unwrap();
}

#[tokio::test]
async fn nobody_there_is_no_answer() {
    let (listener, port) = listen().await;
    drop(listener);
    let answered = ask(&settings(format!("http://127.0.0.1:{port}/{{ticket}}"))).await;
    assert!(matches!(answered, TicketAnswer::NoAnswer(_)), "{answered:?}");
}

#[tokio::test]
async fn over_tls_it_proves_who_it_is_before_it_is_told_anything() {
    let folder = tempfile::tempdir().unwrap();
    let secret = kept(&folder, "jeton-fictif\n", 0o600);
    let bearer = Some((Scheme::Bearer, secret));
    let tool = Tool::encrypted(said("200 OK", r#"{"status":"open"}"#)).await;
    let settings = Settings { secret: bearer.clone(), ..encrypted(&tool) };
    assert_eq!(ask(&settings).await, TicketAnswer::Counts);
    let asked = tool.asked.await.unwrap();
    assert!(asked.contains("authorization: Bearer jeton-fictif\r\n"), "{asked}");
    // Another name, another authority: nothing is said.
    type Change = fn(&mut Settings);
    let changes: [Change; 2] = [
        |all| all.server_name = Some("autre.exemple.invalid".to_owned()),
        |all| all.ca = Some(data("other-ca.pem")),
    ];
    for change in changes {
        let tool = Tool::encrypted(said("200 OK", r#"{"status":"open"}"#)).await;
        let mut settings = Settings { secret: bearer.clone(), ..encrypted(&tool) };
        change(&mut settings);
        assert!(matches!(ask(&settings).await, TicketAnswer::NoAnswer(_)));
        let asked = tool.asked.await.unwrap();
        assert!(asked.starts_with("no TLS") && !asked.contains("jeton-fictif"), "{asked}");
    }
    // In clear where TLS was wanted.
    let tool = Tool::plain(said("200 OK", r#"{"status":"open"}"#)).await;
    let settings = Settings { secret: bearer, ..encrypted(&tool) };
    assert!(matches!(ask(&settings).await, TicketAnswer::NoAnswer(_)));
    tool.asked.abort();
}

fn kept(folder: &tempfile::TempDir, text: &str, mode: u32) -> PathBuf {
    let path = folder.path().join("secret");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[tokio::test]
async fn a_secret_is_read_as_its_scheme_says_and_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let check = async |scheme, text: &str, header: &str| {
        let tool = Tool::plain(said("200 OK", r#"{"status":"open"}"#)).await;
        let settings = Settings { secret: Some((scheme, kept(&folder, text, 0o640))), ..at(&tool) };
        let desk = Desk::new(&settings).unwrap();
        assert!(!format!("{desk:?} {:?}", desk.headers).contains("fictif"), "{desk:?}");
        assert_eq!(desk.ask(&"nord".parse().unwrap(), "7").await, TicketAnswer::Counts);
        let asked = tool.asked.await.unwrap();
        assert!(asked.to_ascii_lowercase().contains(&header.to_ascii_lowercase()), "{asked}");
    };
    check(Scheme::Bearer, "fictif-1", "\r\nauthorization: Bearer fictif-1\r\n").await;
    check(Scheme::Basic, "porte\nfictif:2\n", "\r\nauthorization: Basic cG9ydGU6ZmljdGlmOjI=\r\n").await;
    check(
        Scheme::Headers,
        "App-Token: fictif-3\nSession-Token: x\n",
        "\r\napp-token: fictif-3\r\nsession-token: x\r\n",
    )
    .await;
    let refused = |scheme, text: &str, mode| {
        let settings = Settings {
            secret: Some((scheme, kept(&folder, text, mode))),
            ..settings("http://127.0.0.1:1/{ticket}".to_owned())
        };
        Desk::new(&settings).unwrap_err().to_string()
    };
    for (scheme, text) in [
        (Scheme::Bearer, ""),
        (Scheme::Bearer, "fictif\nfictif\n"),
        (Scheme::Bearer, "fictif\u{7}"),
        (Scheme::Basic, "fictif"),
        (Scheme::Basic, "fic:tif\nx"),
        (Scheme::Headers, ""),
        (Scheme::Headers, "fictif"),
        (Scheme::Headers, "Host: fictif"),
    ] {
        let why = refused(scheme, text, 0o600);
        assert!(!why.contains("fictif"), "{scheme:?} {text:?}: {why}");
    }
    assert!(refused(Scheme::Bearer, "fictif", 0o604).contains("others may read it"));
}

#[tokio::test]
async fn another_establishments_tool_is_none() {
    let elsewhere = Settings {
        establishments: vec!["sud".parse().unwrap()],
        ..settings("http://127.0.0.1:1/{ticket}".to_owned())
    };
    assert_eq!(ask(&elsewhere).await, TicketAnswer::NoTool);
}

#[test]
fn what_cannot_be_used_is_refused_at_the_start() {
    let good = || settings("https://glpi.exemple/{ticket}".to_owned());
    assert!(matches!(Desk::new(&good()), Err(Refusal::NoAuthority)));
    let ca = |name: &str| Settings { ca: Some(data(name)), ..good() };
    assert!(matches!(Desk::new(&ca("nothing.pem")), Err(Refusal::File { .. })));
    assert!(Desk::new(&ca("ca.pem")).is_ok());
    let pointer = Settings { state: "status".to_owned(), ..ca("ca.pem") };
    assert!(matches!(Desk::new(&pointer), Err(Refusal::Pointer(_))));
    let many = Settings { accepted: vec![String::new(); ACCEPTED_MAX + 1], ..ca("ca.pem") };
    assert!(matches!(Desk::new(&many), Err(Refusal::Accepted)));
}

proptest::proptest! {
    /// A number that the gate takes stays where it belongs in the question, whatever it is.
    #[test]
    fn a_number_is_one_step_of_the_way(number in "[A-Za-z0-9_.#-]{1,64}") {
        proptest::prop_assume!(domain::is_ticket(&number));
        let place = Place::read("https://glpi.exemple/a/{ticket}/b").unwrap();
        let target = place.target(&number);
        let inside = target.strip_prefix("/a/").and_then(|rest| rest.strip_suffix("/b")).unwrap();
        proptest::prop_assert!(!inside.is_empty() && !inside.contains(['/', '?', '#', ' ']) && inside != "..");
    }
}
