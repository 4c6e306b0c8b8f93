//! Content without a name: terminals, streams, command lines, and the sums of a session.

use std::process::Stdio;

use domain::ResidualItem;
use recording::Track;
use tokio::io::AsyncWriteExt as _;
use vocab::{Ending, Right, Rights};

use crate::support::client::{Done, finish};
use crate::support::facts::INTERVENTION;
use crate::support::sshd::Sshd;
use crate::support::world::World;
use crate::support::{run, until_said};

const KIB: usize = 1024;

fn without_bulk() -> Rights {
    Rights::NONE.with(Right::Shell).with(Right::Exec).with(Right::Scp)
}

/// What is to be erased at the end of the intervention, once the session is over.
fn residual(world: &World) -> Vec<ResidualItem> {
    world.site.stands(INTERVENTION).residual
}

fn sha256(world: &World, bytes: &[u8]) -> String {
    let path = world.folder.path().join("hashed");
    std::fs::write(&path, bytes).unwrap();
    run("sha256sum", &[path.to_str().unwrap()]).split_whitespace().next().unwrap().to_owned()
}

/// Sends so many bytes into a terminal that takes them raw, and waits for the end.
async fn paste(world: &World, length: usize) -> Done {
    let command = format!("stty raw -echo; echo ready; head -c {length} >/dev/null; echo taken");
    let mut child = world.client().ssh(&["-tt", &command]).stdin(Stdio::piped()).spawn().unwrap();
    until_said(child.stdout.as_mut().unwrap(), "ready").await;
    let mut stdin = child.stdin.take().unwrap();
    // A client whose channel was closed takes no more.
    let _closed = stdin.write_all(&vec![b'x'; length]).await;
    finish(child).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_terminal_shows_is_hashed_whole_and_listed() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.rights(without_bulk());
    // A screen is no file: it needs no reason to leave.
    world.site.change(|facts| facts.interventions[0].reason_out = None);
    let done = world.client().run(&["-tt", "head -c 70000 /dev/zero | tr '\\0' x"]).await;
    assert_eq!((done.status, done.bytes.len()), (Some(0), 70_000), "{}", done.err);
    assert_eq!(world.ending().await, Ending::Finished);
    let hash = sha256(&world, &done.bytes);
    let listed =
        world.log.with(&["unnamed-content", "\"output\"", &hash, "\"recorded\":70000", "\"size\":70000"]);
    assert_eq!(listed.len(), 1, "{:#?}", world.log.with(&["unnamed-content"]));
    let items = residual(&world);
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!((items[0].name.as_str(), items[0].size), ("contenu affiché", 70_000));
    assert_eq!(items[0].sha256.as_deref(), Some(hash.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_screen_is_not_listed() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().run(&["-tt", "head -c 65536 /dev/zero | tr '\\0' x"]).await;
    assert_eq!(done.bytes.len(), 64 * KIB, "{}", done.err);
    world.ending().await;
    assert_eq!((world.log.with(&["unnamed-content"]).len(), residual(&world).len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_takes_what_a_person_types() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.rights(without_bulk());
    let done = paste(&world, 8 * KIB).await;
    assert!(done.status == Some(0) && done.out.contains("taken"), "{done:?}");
    let done = paste(&world, 100_000).await;
    assert_eq!(done.status, Some(254), "{done:?}");
    assert!(done.out.contains("in a minute") && done.out.contains("`bulk`"), "{done:?}");
    assert!(!done.out.contains("taken"), "{done:?}");
    world.ending().await;
    let barred = world.log.with(&["channel-refused", "\"bulk\"", "64 KiB typed in 60 s"]);
    assert_eq!(barred.len(), 1, "{:#?}", world.log.with(&["channel-refused"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_right_a_terminal_takes_more_and_it_is_listed() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = paste(&world, 100_000).await;
    assert!(done.status == Some(0) && done.out.contains("taken"), "{done:?}");
    world.ending().await;
    let hash = sha256(&world, &[b'x'; 100_000]);
    let listed = world.log.with(&["unnamed-content", "\"typed\"", "\"in\"", &hash, "\"size\":100000"]);
    assert_eq!(listed.len(), 1, "{:#?}", world.log.with(&["unnamed-content"]));
    // What is typed is not recorded here: its length and hash are all that is kept.
    assert!(listed[0].contains("\"recorded\":0"), "{listed:?}");
    assert!(residual(&world).is_empty(), "nothing left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_one_sum_for_all_its_streams() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.rights(without_bulk());
    let mux = world.mux().await;
    for _ in 0..16 {
        let done = mux.run(&["head -c 65536 /dev/zero"]).await;
        assert_eq!((done.status, done.bytes.len()), (Some(0), 64 * KIB), "{}", done.err);
    }
    let done = mux.run(&["echo one more"]).await;
    assert_eq!((done.status, done.out.as_str()), (Some(254), ""), "{done:?}");
    assert!(done.err.contains("1 MiB") && done.err.contains("`bulk`"), "{done:?}");
    // The other direction has a sum of its own, and a screen needs none.
    let done = mux.run(&["-tt", "echo shown"]).await;
    assert!(done.out.contains("shown"), "{done:?}");
    mux.leaves().await;
    assert_eq!((world.sessions(), world.ending().await), (1, Ending::Finished));
    assert_eq!(world.log.with(&["channel-refused", "1 MiB a session"]).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_right_there_is_no_sum() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mux = world.mux().await;
    for _ in 0..20 {
        let done = mux.run(&["head -c 65536 /dev/zero"]).await;
        assert_eq!((done.status, done.bytes.len()), (Some(0), 64 * KIB), "{}", done.err);
    }
    mux.leaves().await;
    assert_eq!((world.sessions(), world.ending().await), (1, Ending::Finished));
}

#[tokio::test(flavor = "multi_thread")]
async fn command_lines_are_bounded_counted_and_recorded_whole() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.rights(without_bulk());
    let line = format!("true {}end", "x".repeat(60 * KIB));
    let mux = world.mux().await;
    assert_eq!(mux.run(&[&line]).await.status, Some(0));
    let bytes = format!("\"bytes\":{}", line.len());
    let opened = world.traced(&["channel-opened", "\"cut\":", &bytes], 1).await;
    assert!(opened[0].contains(&sha256(&world, line.as_bytes())), "{opened:?}");
    assert!(world.tape().text(Track::Mark).contains(&format!("exec {line}")));
    let long = format!("true {}", "x".repeat(64 * KIB));
    assert_ne!(mux.run(&[&long]).await.status, Some(0));
    // 17 of them are more than a session's sum.
    for _ in 1..17 {
        assert_eq!(mux.run(&[&line]).await.status, Some(0));
    }
    let done = mux.run(&[&line]).await;
    assert!(done.status == Some(254) && done.err.contains("1 MiB"), "{done:?}");
    mux.leaves().await;
    assert_eq!((world.sessions(), world.ending().await), (1, Ending::Finished));
}

#[tokio::test(flavor = "multi_thread")]
async fn content_leaves_for_a_reason_only() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.site.change(|facts| facts.interventions[0].reason_out = None);
    let done = world.client().run(&["head -c 100000 /dev/zero"]).await;
    assert!(done.status == Some(254) && done.err.contains("E9"), "{:?}", done.err);
    assert!(done.bytes.len() <= 64 * KIB);
    world.ending().await;
    assert_eq!(world.log.with(&["channel-refused", "no-reason-to-take-out"]).len(), 1);
    assert!(residual(&world).is_empty());
    // It may come in.
    let mut child = world.client().ssh(&["wc -c"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&vec![0; 100_000]).await.unwrap();
    let done = finish(child).await;
    assert_eq!(done.out.trim(), "100000", "{done:?}");
}

/// Where the service gives commands and no terminal, a command in one is refused: what is typed into it without
/// being shown would stand in clear in the recording of its streams.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_a_terminal_no_command_has_one() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.rights(Rights::NONE.with(Right::Exec));
    let done = world.client().run(&["-tt", "true"]).await;
    assert_eq!(done.status, Some(254), "{done:?}");
    world.traced(&["channel-refused", "\"shell\""], 1).await;
    world.ending().await;
    assert_eq!(world.client().run(&["true"]).await.status, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_into_a_shell_without_a_terminal_is_a_length() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mut child = world.client().ssh(&["-T"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"read -r p; echo got ${#p}\nhunter2-fictif\n").await.unwrap();
    drop(stdin);
    let done = finish(child).await;
    assert!(done.out.contains("got 14"), "{done:?}");
    world.ending().await;
    let tape = world.tape();
    assert_eq!(tape.text(Track::Stdin), "");
    assert!(tape.text(Track::Stdout).contains("got 14"));
}
