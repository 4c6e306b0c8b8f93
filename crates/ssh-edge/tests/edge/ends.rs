//! How sessions end, and what the technician is told.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use events::Fact;
use recording::Track;
use ssh_edge::Settings;
use testkit::{Disk, Step};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin};
use vocab::Ending;

use crate::support::abrupt::Abrupt;
use crate::support::client::finish;
use crate::support::facts::pinned;
use crate::support::sshd::{Sshd, kill};
use crate::support::until;
use crate::support::world::World;

/// A shell with a terminal that has said its first words.
async fn shell(world: &World) -> (Child, ChildStdin) {
    let mut child = world.client().ssh(&["-tt"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"echo re'ady'\n").await.unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
    let mut line = String::new();
    while !line.contains("ready\r") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).await.unwrap(), 0, "the shell ends");
    }
    (child, stdin)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_killed_is_a_lost_connection() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let (mut child, _stdin) = shell(&world).await;
    child.kill().await.unwrap();
    assert_eq!(world.ending().await, Ending::ConnectionLost);
    until("the equipment's side is closed", Duration::from_secs(5), || sshd.children().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_closed_its_channels_left_in_order() {
    for closes in [true, false] {
        let sshd = Sshd::start().await;
        let world = World::start(&sshd).await;
        let client = Abrupt::start(&world).await;
        let channel = client.exec("echo shown; sleep 600").await;
        // The gate has work left in the channel for as long as its recording is behind: what it makes of the
        // end does not hang on how fast it works.
        world.disk.send_replace(Disk::Behind);
        until("it speaks", Duration::from_secs(10), || {
            world.sessions() == 1 && world.tape().text(Track::Stdout) == "shown\n"
        })
        .await;
        if closes {
            client.closes(channel).await;
        }
        client.leaves();
        let expected = if closes { Ending::Finished } else { Ending::ConnectionLost };
        assert_eq!(world.ending().await, expected, "closes: {closes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equipment_that_dies_is_told() {
    let mut sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let (child, _stdin) = shell(&world).await;
    sshd.kill();
    let done = finish(child).await;
    assert!(done.out.contains("equipment closed"), "{done:?}");
    assert_eq!(done.status, Some(254), "{done:?}");
    assert_eq!(world.ending().await, Ending::EquipmentClosed);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_equipment_said_last_is_still_carried() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().run(&["head -c 3000000 /dev/zero; sleep 1; kill -KILL $PPID"]).await;
    assert_eq!(done.bytes.len(), 3_000_000, "{}", done.err);
    assert_eq!(world.ending().await, Ending::EquipmentClosed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_stops_in_order() {
    let sshd = Sshd::start().await;
    let mut world = World::start(&sshd).await;
    let (child, _stdin) = shell(&world).await;
    world.stop().await;
    let done = finish(child).await;
    assert!(done.out.contains("Poterne"), "{done:?}");
    assert_eq!(world.ending().await, Ending::GateStopped);
}

/// The gate's clock stands still: no end of a window, no silence, no minute's question can end the session, only
/// the change itself. How long the parting takes at most is held by its own test, without any clock of a machine.
async fn cut_while(command: &str, stdout: Stdio, freeze: bool) {
    let sshd = Sshd::start().await;
    let world = World::timeless(&sshd).await;
    let child = world.client().ssh(&[command]).stdin(Stdio::piped()).stdout(stdout).spawn().unwrap();
    until("the session is open", Duration::from_secs(10), || !world.log.with(&["channel-opened"]).is_empty())
        .await;
    if freeze {
        kill("-STOP", child.id().unwrap());
        // Time for the sockets to fill.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    world.site.change(|facts| facts.staff[0].person.active = false);
    // A client that is stopped has done nothing meanwhile: neither leg waited for it.
    assert_eq!(world.ending().await, Ending::NoLongerPermitted, "{command}");
    until("the equipment's side is closed", Duration::from_secs(20), || sshd.children().is_empty()).await;
    // The question, its answer, the end: in this order, and nothing else happened to the session in between.
    let codes: Vec<&str> = world.log.entries().iter().map(|entry| entry.fact.code()).collect();
    let place = |code: &str| codes.iter().position(|one| *one == code).unwrap();
    assert!(place("recheck-refused") < place("channel-closed"), "{codes:?}");
    assert!(place("channel-closed") < place("session-ended"), "{codes:?}");
    assert!(!codes.contains(&"session-warned"), "{codes:?}");
    if freeze {
        kill("-CONT", child.id().unwrap());
    }
    let done = finish(child).await;
    if !freeze {
        assert!(done.err.contains("no longer"), "{done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_turns_to_no_cuts_both_legs_at_once() {
    cut_while("sleep 60", Stdio::piped(), false).await;
    cut_while("cat /dev/zero", Stdio::null(), false).await;
    // A client that takes nothing does not hold the gate back either.
    cut_while("cat /dev/zero", Stdio::null(), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_behind_holds_what_is_shown() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mut child = world.client().ssh(&["echo shown; sleep 600"]).spawn().unwrap();
    world.disk.send_replace(Disk::Behind);
    let mut stdout = child.stdout.take().unwrap();
    until("it is recorded", Duration::from_secs(10), || {
        world.sessions() == 1 && world.tape().text(Track::Stdout) == "shown\n"
    })
    .await;
    let mut shown = [0; 6];
    let early = tokio::time::timeout(Duration::from_millis(300), stdout.read_exact(&mut shown)).await;
    assert!(early.is_err(), "shown before it was recorded");
    world.disk.send_replace(Disk::Well);
    let mut rest = [0; 6];
    stdout.read_exact(&mut rest).await.unwrap();
    assert_eq!(&rest, b"shown\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_lost_ends_the_session() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let (child, mut stdin) = shell(&world).await;
    world.disk.send_replace(Disk::Lost);
    stdin.write_all(b"echo never\n").await.unwrap();
    let done = finish(child).await;
    assert!(!done.out.contains("never\r\nnever") && done.out.contains("recorded"), "{done:?}");
    assert_eq!(world.ending().await, Ending::RecordingLost);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_a_recording_after_its_seal() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let (child, mut stdin) = shell(&world).await;
    // In the middle of the end, when the seal is written, comes the moment at which progress is written down.
    let (clock, troubles) = (Arc::clone(&world.clock), Arc::clone(&world.troubles));
    world.troubles.first(Step::Commit, async move {
        troubles.forget();
        clock.pass(Duration::from_secs(6));
        until("the moment has passed", Duration::from_secs(10), || {
            troubles.asked().contains(&Step::MarkOutbox)
        })
        .await;
    });
    stdin.write_all(b"exit\n").await.unwrap();
    finish(child).await;
    assert_eq!(world.ending().await, Ending::Finished);
    assert!(!world.troubles.waits(), "it came to that");
    let entries = world.log.entries();
    let sealed = entries.iter().position(|one| matches!(one.fact, Fact::RecordingSealed(_))).unwrap();
    let late = entries.iter().skip(sealed).any(|one| matches!(one.fact, Fact::RecordingProgress(_)));
    assert!(!late, "{entries:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_its_own_session_only() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    // It says nothing while the other one fails.
    let mut first = world.client().ssh(&["read word; exit 9"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = first.stdin.take().unwrap();
    until("the first is open", Duration::from_secs(10), || world.log.with(&["channel-opened"]).len() == 1)
        .await;
    world.disk.send_replace(Disk::Panics);
    let done = world.client().run(&["echo never"]).await;
    assert!(done.status == Some(254) && done.err.contains("internal error"), "{done:?}");
    assert_eq!(world.ending().await, Ending::Crash);
    world.disk.send_replace(Disk::Well);
    stdin.write_all(b"word\n").await.unwrap();
    assert_eq!(finish(first).await.status, Some(9));
    until("both ends are in the ledger", Duration::from_secs(5), || {
        world.log.with(&["session-ended"]).len() == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_cut_while_it_dials() {
    let sshd = Sshd::start().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let world = World::timeless(&sshd).await;
    world.site.change(|facts| {
        facts.equipment[0].address = silent.local_addr().unwrap().to_string().parse().unwrap();
    });
    let child = world.client().ssh(&["true"]).spawn().unwrap();
    let _dialled = tokio::time::timeout(Duration::from_secs(10), silent.accept()).await.unwrap().unwrap();
    assert_eq!(world.sessions(), 1, "it is open before anything is dialled");
    world.site.change(|facts| facts.staff[0].person.active = false);
    // The dialling would end by itself, and would say so: it did not come to that.
    assert_eq!(world.ending().await, Ending::NoLongerPermitted);
    assert!(world.log.with(&["equipment-unreachable"]).is_empty());
    assert_eq!(finish(child).await.status, Some(254));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_asks_for_nothing_is_dropped() {
    let sshd = Sshd::start().await;
    let settings = Settings { first_request: Duration::from_secs(1), ..Settings::default() };
    let world = World::with(&sshd, |_| {}, settings).await;
    let done = world.client().run(&["-N"]).await;
    assert!(done.status == Some(255) && done.err.contains("no session was opened"), "{done:?}");
    assert!(world.log.with(&["asked-outside"]).is_empty());
    assert_eq!(world.sessions(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn t10_warnings_are_shown_in_terminals_and_nowhere_else() {
    let sshd = Sshd::start().await;
    // One minute before it closes, silence is announced: here at once.
    let world = World::with(&sshd, |facts| facts.service.idle_secs = 4, Settings::default()).await;
    let (child, _stdin) = shell(&world).await;
    let done = finish(child).await;
    assert!(done.out.contains("\r\nWithout activity"), "{done:?}");
    assert_eq!(world.ending().await, Ending::Idle);
    let done = world.client().run(&["sleep 600"]).await;
    assert_eq!(done.out, "", "{done:?}");
    assert!(done.err.contains("closed") && !done.err.contains("Without activity"), "{done:?}");
    assert_eq!(world.ending().await, Ending::Idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equipment_that_cannot_be_reached_is_explained() {
    let sshd = Sshd::start().await;
    let settings = || Settings { dial: Duration::from_secs(2), ..Settings::default() };
    let to = |port: u16| {
        move |facts: &mut domain::ServiceFacts| {
            facts.equipment[0].address = format!("127.0.0.1:{port}").parse().unwrap()
        }
    };
    let check = async |world: World, words: &str, ending: Ending, status: i32| {
        for arguments in [&["true"][..], &["-tt"][..]] {
            let done = world.client().run(arguments).await;
            let said = if arguments == ["-tt"] { &done.out } else { &done.err };
            assert!(said.contains(words), "{words}: {done:?}");
            assert_eq!(done.status, Some(status), "{words}: {done:?}");
            assert_eq!(world.ending().await, ending);
        }
    };
    let closed = crate::support::free_port();
    let world = World::with(&sshd, to(closed), settings()).await;
    check(world, "refuses the connection", Ending::EquipmentUnreachable, 254).await;

    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let world = World::with(&sshd, to(silent.local_addr().unwrap().port()), settings()).await;
    check(world, "does not speak", Ending::EquipmentUnreachable, 254).await;

    let world = World::start(&sshd).await;
    world.site.change(|facts| {
        facts.equipment[0].host_key = pinned("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    });
    let done = world.client().run(&["true"]).await;
    assert!(done.status == Some(254) && done.err.contains("not the one pinned"), "{done:?}");
    assert_eq!(world.ending().await, Ending::HostKeyChanged);
    // From here on the decision itself says no, until the establishment has pinned again.
    let done = world.client().run(&["true"]).await;
    assert!(done.status == Some(254) && done.err.contains("has changed since it was pinned"), "{done:?}");
    assert_eq!(world.sessions(), 1);

    let world = World::start(&sshd).await;
    *world.safe.password.lock().unwrap() = Some("wrong".into());
    check(world, "refused the reserved account", Ending::EquipmentUnreachable, 254).await;

    let world = World::start(&sshd).await;
    *world.safe.key.lock().unwrap() = Some("no key at all".into());
    check(world, "cannot be read", Ending::EquipmentUnreachable, 254).await;
    assert!(!sshd.log().contains("no key at all"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_device_needs_its_algorithms_named() {
    let sshd = Sshd::start_with(
        "KexAlgorithms diffie-hellman-group14-sha1\nCiphers aes128-cbc\nMACs hmac-sha1\nHostKeyAlgorithms ssh-ed25519",
    )
    .await;
    let world = World::start(&sshd).await;
    let done = world.client().run(&["true"]).await;
    assert!(done.err.contains("share no algorithm"), "{done:?}");
    world.ending().await;
    world.site.change(|facts| {
        facts.equipment[0].old_algorithms =
            ["diffie-hellman-group14-sha1", "aes128-cbc", "hmac-sha1"].map(String::from).to_vec();
    });
    let done = world.client().run(&["echo old"]).await;
    assert_eq!(done.out, "old\n", "{done:?}\n{}", sshd.log());
    world.ending().await;
    assert_eq!(world.log.with(&["equipment-reached", "aes128-cbc", "diffie-hellman-group14-sha1"]).len(), 1);
}
