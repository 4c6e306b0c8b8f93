//! A daemon that says what it is told, and one that misbehaves. The real one is in the end-to-end tests.

use super::*;
use gate::ports::Spools;
use std::sync::Arc;
use testkit::{Bench, Troubles};
use tokio::net::TcpListener;
use vocab::Secret;

/// What the daemon does with a file.
#[derive(Clone, Copy)]
enum Does {
    Says(&'static str),
    /// Says it of what it did not look at too.
    SaysOfAll(&'static str),
    /// Hangs up after so many bytes of it.
    HangsUp(usize),
    /// Hangs up before it says which it is.
    Nothing,
}

async fn daemon(version: &'static str, does: Does) -> Clamd {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = Place::Address(listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut wire, _)) = listener.accept().await {
            if matches!(does, Does::Nothing) {
                continue;
            }
            tokio::spawn(async move {
                let mut command = [0; 10];
                wire.read_exact(&mut command[..9]).await.unwrap();
                if &command[..9] == b"zVERSION\0" {
                    return wire.write_all(format!("{version}\0").as_bytes()).await.unwrap();
                }
                wire.read_exact(&mut command[9..]).await.unwrap();
                // "zINSTREAM\0" has ten bytes; pieces follow.
                let (mut taken, mut nested) = (0, false);
                loop {
                    let length = wire.read_u32().await.unwrap() as usize;
                    if length == 0 {
                        break;
                    }
                    let mut piece = vec![0; length];
                    wire.read_exact(&mut piece).await.unwrap();
                    taken += length;
                    nested = piece == NESTED;
                    if matches!(does, Does::HangsUp(after) if taken >= after) {
                        return;
                    }
                }
                let text = match does {
                    Does::Says(_) if nested => "stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND",
                    Does::Says(text) | Does::SaysOfAll(text) => text,
                    Does::HangsUp(_) | Does::Nothing => return,
                };
                wire.write_all(format!("{text}\0").as_bytes()).await.unwrap();
            });
        }
    });
    Clamd::new(place)
}

async fn file(length: usize) -> Box<dyn Spool> {
    let mut spool = Bench::new(Arc::<Troubles>::default()).begin(Secret::new(vec![0; 32])).await.unwrap();
    spool.append(vec![7; length]).await.unwrap();
    spool
}

async fn check(version: &'static str, does: Does, length: usize, expected: Scanned) {
    let clamd = daemon(version, does).await;
    assert_eq!(clamd.scan(&*file(length).await).await, expected);
}

#[tokio::test]
async fn only_what_it_says_is_clean_is_clean() {
    let engine = "ClamAV 1.4.6/27000/Fri Nov 27 09:00:00 2026";
    let clean = || Scanned::Clean { engine: engine.to_owned() };
    let not = Scanned::NotScanned;
    for length in [0, 1, PIECE, PIECE + 1, 3 * PIECE] {
        check(engine, Does::Says("stream: OK"), length, clean()).await;
    }
    let found = Scanned::Found { engine: engine.to_owned(), name: "Win.Test.EICAR_HDB-1".to_owned() };
    check(engine, Does::Says("stream: Win.Test.EICAR_HDB-1 FOUND"), 100, found).await;
    for (says, why) in [
        ("INSTREAM size limit exceeded. ERROR", "too-long"),
        ("stream: Can't allocate memory ERROR", "failed"),
        ("stream: OK ERROR", "failed"),
        ("UNKNOWN COMMAND", "failed"),
        ("", "unreachable"),
        ("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", "too-long"),
    ] {
        check(engine, Does::Says(says), 100, not(why)).await;
    }
    check(engine, Does::SaysOfAll("stream: OK"), 100, not("limits")).await;
    check(engine, Does::HangsUp(1), 40 * PIECE, not("too-long")).await;
    check("HTTP/1.1 400 Bad Request", Does::Says("stream: OK"), 100, not("failed")).await;
    check("", Does::Says("stream: OK"), 100, not("unreachable")).await;
    check(engine, Does::Nothing, 100, not("unreachable")).await;
}

#[tokio::test]
async fn a_daemon_that_is_not_there_has_scanned_nothing() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let gone = Clamd::new(Place::Address(port));
    assert_eq!(gone.scan(&*file(10).await).await, Scanned::NotScanned("unreachable"));
    let gone = Clamd::new(Place::Socket("/nonexistent/clamd".into()));
    assert_eq!(gone.scan(&*file(10).await).await, Scanned::NotScanned("unreachable"));
}

/// Time passes by itself while everybody waits.
#[tokio::test(start_paused = true)]
async fn a_daemon_that_is_silent_has_scanned_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Clamd::new(Place::Address(listener.local_addr().unwrap()));
    assert_eq!(silent.scan(&*file(10).await).await, Scanned::NotScanned("slow"));
}
