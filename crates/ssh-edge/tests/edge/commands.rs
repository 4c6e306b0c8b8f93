//! The gate's own commands, under a person's own name.

use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;

use crate::support::client::finish;
use crate::support::facts::PERSON;
use crate::support::sshd::Sshd;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_the_gate_is_answered() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    // Its standard input is never closed: nothing waits for it.
    let mut child = world.client().user(PERSON).ssh(&["whoami"]).stdin(Stdio::piped()).spawn().unwrap();
    let held = child.stdin.take();
    let done = finish(child).await;
    drop(held);
    assert_eq!((done.status, done.out.as_str()), (Some(0), "You are a.martin.\n"), "{done:?}");
    assert_eq!(world.sessions(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_words_it_explains_itself() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().user(PERSON).run(&[]).await;
    assert!(done.status == Some(0) && done.out.contains("request"), "{done:?}");
    let done = world.client().user(PERSON).run(&["no such thing"]).await;
    assert!(done.status == Some(2) && done.out.is_empty() && done.err.contains("`help`"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_read_from_standard_input_up_to_its_limit() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mut child = world.client().user(PERSON).ssh(&["report i-1"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writing = tokio::spawn(async move { stdin.write_all(&vec![b'x'; 100_000]).await });
    let done = finish(child).await;
    assert!(done.status == Some(254) && done.err.contains("64 KiB"), "{done:?}");
    // It may have been ended before all was written.
    let _ended = writing.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_commands_is_there() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().user(PERSON).run(&["-s", "sftp"]).await;
    assert!(done.status == Some(254) && done.err.contains("commands only"), "{done:?}");
    assert_eq!(world.sessions(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why_on_every_kind_of_channel() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.site.change(|facts| facts.interventions.clear());
    for arguments in [&["true"][..], &["-tt"][..], &["-s", "sftp"][..]] {
        let done = world.client().run(arguments).await;
        let said = if arguments == ["-tt"] { &done.out } else { &done.err };
        assert!(said.contains("No intervention is open"), "{arguments:?}: {done:?}");
        assert_eq!(done.status, Some(254), "{arguments:?}: {done:?}");
    }
    assert_eq!(world.sessions(), 0);
    assert_eq!(world.log.with(&["session-refused"]).len(), 3);
}
