//! `/metrics` for Prometheus and `/healthz`, over plain HTTP on loopback. No name of a person is in them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gate::{FeedSeen, Gate, StampingSeen};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Scrapers at once.
const CONNECTIONS_MAX: usize = 16;
/// A scraper says what it wants within this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the program knows of itself and its machine.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// Whether the process shut itself in: `whole`, `half` (the kernel lacks the rest), `none` (it has nothing), `off`.
    pub sandbox: &'static str,
}

/// Serves until dropped.
pub async fn serve_http(listener: TcpListener, gate: Arc<Gate>, host: Host) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let gate = Arc::clone(&gate);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let gate = Arc::clone(&gate);
                async move { Ok::<_, Infallible>(answer(&request, &gate, host)) }
            });
            let serving = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = serving.await {
                tracing::debug!(%error, "A scraper went away");
            }
            drop(place);
        });
    }
}

fn answer(request: &Request<Incoming>, gate: &Gate, host: Host) -> Response<Full<Bytes>> {
    let (status, kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/healthz") => match gate.health() {
            Ok(()) => (
                StatusCode::OK,
                "text/plain; charset=utf-8",
                format!(
                    "ok\nsandbox: {}\nclock: {}\n{}{}",
                    host.sandbox,
                    clock(gate),
                    receivers(gate),
                    authorities(gate)
                ),
            ),
            Err(why) => {
                tracing::warn!(%why, "Asked for its health");
                (StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", "not well\n".to_owned())
            }
        },
        (&Method::GET, "/metrics") => match metrics(gate, host) {
            Ok(page) => (StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", page),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", String::new()),
        },
        _ => (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "not found\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    if let Ok(kind) = kind.parse() {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

fn clock(gate: &Gate) -> &'static str {
    match gate.clock_kept() {
        Some(true) => "synchronised",
        Some(false) => "not synchronised",
        None => "nobody says",
    }
}

/// A line for each log at each receiver of copies. One that is away makes nobody unwell: the entries are safe here.
fn receivers(gate: &Gate) -> String {
    let line = |seen: FeedSeen| {
        let state = if seen.lost.is_some() { "unreachable" } else { "ok" };
        let FeedSeen { receiver, establishment, waiting, behind, .. } = seen;
        format!("siem {receiver} {establishment}: {state}, {waiting} entries and {behind} s behind\n")
    };
    gate.feeds().into_iter().map(line).collect()
}

/// A line for each log that is stamped. Without timestamps nobody is unwell either: the next one covers what waits.
fn authorities(gate: &Gate) -> String {
    let line = |seen: StampingSeen| {
        let state = if seen.lost.is_some() { "none" } else { "ok" };
        let StampingSeen { authority, establishment, waiting, .. } = seen;
        format!("timestamps {authority} {establishment}: {state}, {waiting} entries wait\n")
    };
    gate.stampings().into_iter().map(line).collect()
}

/// What waits for a timestamp in each log that has an authority.
fn stampings(gate: &Gate, registry: &mut Registry) {
    type ByLog = Family<Vec<(String, String)>, Gauge>;
    let (waiting, given, last) = (ByLog::default(), ByLog::default(), ByLog::default());
    for seen in gate.stampings() {
        let labels =
            vec![("authority".to_owned(), seen.authority), ("establishment".to_owned(), seen.establishment)];
        waiting.get_or_create(&labels).set(i64::try_from(seen.waiting).unwrap_or(i64::MAX));
        given.get_or_create(&labels).set(i64::from(seen.lost.is_none()));
        if let Some(at) = seen.last {
            last.get_or_create(&labels).set(at.as_micros().div_euclid(1_000_000));
        }
    }
    for (name, help, family) in [
        ("timestamps_waiting_entries", "Entries that no timestamp covers yet", waiting),
        ("timestamps_given", "1 while the authority gives timestamps", given),
        ("timestamps_last_seconds", "The moment of the last timestamp of this start, in POSIX seconds", last),
    ] {
        registry.register(name, help, family);
    }
}

/// How far each receiver of copies is behind each log.
fn feeds(gate: &Gate, registry: &mut Registry) {
    type ByFeed = Family<Vec<(String, String)>, Gauge>;
    let (waiting, behind) = (ByFeed::default(), ByFeed::default());
    let (unconfirmed, reachable) = (ByFeed::default(), ByFeed::default());
    for seen in gate.feeds() {
        let labels =
            vec![("receiver".to_owned(), seen.receiver), ("establishment".to_owned(), seen.establishment)];
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        waiting.get_or_create(&labels).set(number(seen.waiting));
        behind.get_or_create(&labels).set(number(seen.behind));
        unconfirmed.get_or_create(&labels).set(number(seen.unconfirmed));
        reachable.get_or_create(&labels).set(i64::from(seen.lost.is_none()));
    }
    for (name, help, family) in [
        ("siem_waiting_entries", "Entries that were not sent to a receiver of copies yet", waiting),
        ("siem_behind_seconds", "Age of the oldest of them", behind),
        (
            "siem_unconfirmed_entries",
            "Entries sent that would be sent again if the connection broke",
            unconfirmed,
        ),
        ("siem_reachable", "1 while a receiver of copies is reached", reachable),
    ] {
        registry.register(name, help, family);
    }
}

/// Mails that wait or were given up, where any are sent.
fn mail(gate: &Gate, registry: &mut Registry) {
    let Some(seen) = gate.mail() else { return };
    let (waiting, given_up) = (<Gauge>::default(), <Counter>::default());
    waiting.set(i64::try_from(seen.waiting).unwrap_or(i64::MAX));
    given_up.inc_by(seen.given_up);
    registry.register("mail_waiting", "Mails that wait to be sent", waiting);
    registry.register("mail_given_up", "Mails that were given up since the start", given_up);
}

fn metrics(gate: &Gate, host: Host) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("poterne");
    let sessions = Family::<Vec<(String, String)>, Gauge>::default();
    for (service, count) in gate.live_by_service() {
        sessions
            .get_or_create(&vec![("service".to_owned(), service)])
            .set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    registry.register("sessions", "Live sessions", sessions);
    let entries = Family::<Vec<(String, String)>, Gauge>::default();
    for (establishment, size) in gate.log_sizes() {
        entries
            .get_or_create(&vec![("establishment".to_owned(), establishment)])
            .set(i64::try_from(size).unwrap_or(i64::MAX));
    }
    registry.register("ledger_entries", "Durable entries of the ledger", entries);
    if let Some(last) = gate.last_backup() {
        let taken: Gauge = Gauge::default();
        taken.set(last.as_secs());
        registry.register("backup_timestamp_seconds", "The moment that the last backup shows", taken);
    }
    let due: Gauge = Gauge::default();
    due.set(i64::try_from(gate.rotations_due()).unwrap_or(i64::MAX));
    registry.register("rotations_due", "Secrets of equipment that are to change and did not yet", due);
    let well: Gauge = Gauge::default();
    well.set(i64::from(gate.health().is_ok()));
    registry.register("well", "1 when ledgers and recordings take what they are given", well);
    if let Some(kept) = gate.clock_kept() {
        let synchronised: Gauge = Gauge::default();
        synchronised.set(i64::from(kept));
        registry.register("clock_synchronised", "1 when something keeps the clock right", synchronised);
    }
    for (name, help, count) in [
        ("clock_jumps", "Jumps of the clock since the start", gate.clock_jumps()),
        (
            "connections_refused",
            "Connections turned away before descriptors ran out",
            gate.turned_away_count(),
        ),
    ] {
        let counter: Counter = Counter::default();
        counter.inc_by(count);
        registry.register(name, help, counter);
    }
    let sandbox = Family::<Vec<(String, String)>, Gauge>::default();
    sandbox.get_or_create(&vec![("state".to_owned(), host.sandbox.to_owned())]).set(1);
    registry.register("sandbox", "How far the process shut itself in", sandbox);
    let refuge = <Gauge>::default();
    refuge.set(i64::from(gate.on_refuge()));
    registry.register(
        "refuge",
        "1 while the emergency journal is kept, because the trace store is lost",
        refuge,
    );
    feeds(gate, &mut registry);
    stampings(gate, &mut registry);
    mail(gate, &mut registry);
    let mut page = String::new();
    encode(&mut page, &registry)?;
    Ok(page)
}
