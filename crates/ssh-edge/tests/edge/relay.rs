//! The walking skeleton: a shell, a command, their ends and their rights.

use std::process::Stdio;
use std::time::Duration;

use events::Fact;
use recording::Track;
use ssh_edge::Settings;
use testkit::Disk;
use tokio::io::AsyncWriteExt as _;
use vocab::{Ending, Right, Rights};

use crate::support::abrupt::Abrupt;
use crate::support::client::finish;
use crate::support::sshd::Sshd;
use crate::support::until;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_runs_with_its_status_and_is_recorded() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().run(&["echo out; echo err >&2; exit 7"]).await;
    assert_eq!(
        (done.status, done.out.as_str(), done.err.as_str()),
        (Some(7), "out\n", "err\n"),
        "{}",
        sshd.log()
    );
    assert_eq!(world.ending().await, Ending::Finished);
    let tape = world.tape();
    assert_eq!(tape.text(Track::Stdout), "out\n");
    assert_eq!(tape.text(Track::Stderr), "err\n");
    assert_eq!(world.log.with(&["channel-closed", "7"]).len(), 1, "{:#?}", world.log.texts());
    assert_eq!(
        world.log.with(&["equipment-reached", "aes128-gcm@openssh.com"]).len(),
        1,
        "{:#?}",
        world.log.texts()
    );
    assert_eq!(world.log.with(&["technician-leg", "OpenSSH"]).len(), 1);
    world.all_was_sent();
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_reaches_the_command_whole() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    // The first byte is a Ctrl-C in a terminal, and nothing but a byte in a command.
    let mut child = world.client().ssh(&["cat"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"\x03\x04binary\n").await.unwrap();
    let done = finish(child).await;
    assert_eq!(
        (done.status, done.bytes.as_slice()),
        (Some(0), b"\x03\x04binary\n".as_slice()),
        "{}",
        done.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_has_a_terminal_that_is_recorded() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mut child = world.client().ssh(&["-tt"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"echo a$((20+3))b; tty; stty size; exit 3\n").await.unwrap();
    let done = finish(child).await;
    drop(stdin);
    assert!(done.out.contains("a23b") && done.out.contains("/dev/pts/"), "{done:?}");
    assert_eq!(done.status, Some(3));
    world.ending().await;
    assert!(world.tape().text(Track::Output).contains("a23b"));
    // What was typed is not recorded: the service does not say so.
    assert!(!world.tape().text(Track::Typed).contains("echo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_command_as_such() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let done = world.client().run(&["kill -TERM $$; sleep 5"]).await;
    // OpenSSH's client answers an exit-signal with 255.
    assert_eq!(done.status, Some(255), "{done:?}");
    world.ending().await;
    assert_eq!(world.log.with(&["channel-closed", "TERM"]).len(), 1, "{:#?}", world.log.texts());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_channels_share_one_session() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mux = world.mux().await;
    for number in 0..4 {
        let done = mux.run(&[&format!("echo {number}")]).await;
        assert_eq!(done.out, format!("{number}\n"), "{done:?}");
    }
    mux.leaves().await;
    assert_eq!(world.sessions(), 1);
    assert_eq!(world.ending().await, Ending::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_sixteen_channels() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let socket = world.folder.path().join("mux");
    let path = format!("ControlPath={}", socket.display());
    let spawn = |options: &[&str]| {
        let client =
            options.iter().fold(world.client().option(&path), |client, option| client.option(option));
        client.ssh(&["cat"]).stdin(Stdio::piped()).spawn().unwrap()
    };
    let mut all = vec![spawn(&["ControlMaster=yes"])];
    until("the first connection stands", Duration::from_secs(20), || socket.exists()).await;
    let opened = || world.log.with(&["channel-opened"]).len();
    while all.len() < 16 {
        all.push(spawn(&[]));
        let count = all.len();
        until("a channel opens", Duration::from_secs(20), || opened() == count).await;
    }
    // Refused here, OpenSSH's client goes on with a connection of its own: another session.
    let done = world.client().option(&path).option("ControlMaster=no").run(&["true"]).await;
    assert!(done.err.contains("refused by peer"), "{done:?}");
    assert_eq!((world.sessions(), opened()), (2, 17));
    world.traced(&["channel-refused", "channels"], 1).await;
    all.iter_mut().for_each(|child| drop(child.stdin.take()));
    for child in all {
        finish(child).await;
    }
}

async fn check_refused(rights: &[Right], arguments: &[&str], right: Right) {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.rights(rights.iter().copied().collect::<Rights>());
    let done = world.client().run(arguments).await;
    assert_eq!(done.status, Some(254), "{arguments:?}: {done:?}");
    // The decision names the right in brackets, the open session between ticks.
    let named = [format!("({})", right.as_str()), format!("`{}`", right.as_str())];
    let said = named.iter().any(|name| done.err.contains(name) || done.out.contains(name));
    assert!(said, "{arguments:?}: {done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_right_is_needed() {
    check_refused(&[Right::Exec], &["-tt"], Right::Shell).await;
    check_refused(&[Right::Shell], &["true"], Right::Exec).await;
    check_refused(&[Right::Exec], &["scp -t /tmp"], Right::Scp).await;
    check_refused(&[Right::Exec], &["tar cf - /etc/hostname"], Right::Bulk).await;
    check_refused(&[Right::Exec], &["head -c 100000 /dev/zero"], Right::Bulk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_name_needs_no_further_right() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    world.rights(Rights::NONE.with(Right::Exec));
    let done = world.client().run(&["head -c 65536 /dev/zero"]).await;
    assert_eq!((done.status, done.bytes.len()), (Some(0), 65536), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_is_refused_and_written_down() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let port = crate::support::free_port();
    let target = format!("127.0.0.1:{}", sshd.port);
    let remote = format!("{port}:{target}");
    let done = world
        .client()
        .option("ForwardAgent=yes")
        .option("SendEnv=LANG")
        .run(&["-R", &remote, "echo $SSH_AUTH_SOCK$LANG$LC_X"])
        .await;
    assert_eq!(done.out.trim(), "", "{done:?}");
    world.ending().await;
    assert_eq!(world.log.with(&["channel-refused", "tcpip-forward"]).len(), 1, "{:#?}", world.log.texts());
    let done = world.client().run(&["-W", &target]).await;
    assert_ne!(done.status, Some(0), "{done:?}");
    let done = world.client().run(&["-s", "netconf"]).await;
    assert_ne!(done.status, Some(0), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_left_ends_on_the_equipment_too() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mut mux = world.mux().await;
    let (began, hung_up) = (sshd.path("began"), sshd.path("hung-up"));
    let command = format!(
        "trap 'touch {}; exit' HUP; touch {}; while :; do sleep 0.1; done",
        hung_up.display(),
        began.display()
    );
    let mut left = mux.ssh(&["-tt", &command]).stdin(Stdio::piped()).spawn().unwrap();
    until("it runs", Duration::from_secs(20), || began.exists()).await;
    left.kill().await.unwrap();
    // OpenSSH's shared connection may find that out and then sleep, without having closed the channel, until
    // anything comes (to a server of its own kind it has something to send at once): at the latest our keep-alive.
    mux.says(b"wake up\n").await;
    until("it is hung up", Duration::from_secs(60), || hung_up.exists()).await;
    mux.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_lost_closes_its_channels_and_no_other() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mut mux = world.mux().await;
    let shell = mux.ssh(&["-tt"]).stdin(Stdio::piped()).spawn().unwrap();
    until("both are open", Duration::from_secs(20), || world.log.with(&["channel-opened"]).len() == 2).await;
    world.rights(Rights::NONE.with(Right::Exec).with(Right::Bulk));
    let done = finish(shell).await;
    assert!(done.status == Some(254) && done.out.contains("no longer permits"), "{done:?}");
    mux.says(b"still here").await;
    let done = mux.leaves().await;
    assert_eq!((done.status, done.out.as_str()), (Some(0), "still here"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_that_the_gate_closes_first_make_room() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mux = world.mux().await;
    for number in 0..40 {
        // Its input stays open: the equipment ends the command, so the gate closes before the client does.
        let mut child = mux.ssh(&[&format!("echo {number}")]).stdin(Stdio::piped()).spawn().unwrap();
        let _stdin = child.stdin.take().unwrap();
        let done = finish(child).await;
        assert_eq!(done.out, format!("{number}\n"), "{done:?}");
    }
    mux.leaves().await;
    assert_eq!((world.sessions(), world.ending().await), (1, Ending::Finished));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_refused_leaves_nothing_behind() {
    let sshd = Sshd::start().await;
    let world = World::with(&sshd, |facts| facts.service.idle_secs = 3, Settings::default()).await;
    // The right is there, the reason for a file to leave is not.
    world.site.change(|facts| facts.interventions[0].reason_out = None);
    let mux = world.mux().await;
    let done = mux.run(&["scp -f /etc/hostname"]).await;
    assert!(done.status == Some(254) && done.err.contains("no reason"), "{done:?}");
    let done = mux.run(&["scp -t 'open"]).await;
    assert_eq!(done.status, Some(254), "{done:?}");
    world.traced(&["channel-refused", "\"scp\"", "no-reason-to-take-out"], 1).await;
    world.traced(&["channel-refused", "\"scp\"", "command-line"], 1).await;
    assert!(world.log.with(&["channel-opened", "scp"]).is_empty());
    // Nobody does anything any more: that is still seen.
    let done = mux.waits().await;
    assert!(done.err.contains("without activity"), "{done:?}");
    assert_eq!(world.ending().await, Ending::Idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixty_fifth_channel_is_refused_and_leaves_nothing() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let mux = world.mux().await;
    let opened = || world.log.with(&["channel-opened"]).len();
    until("the first channel is open", Duration::from_secs(20), || opened() == 1).await;
    // A recording that is behind holds every channel that carries something: its client may leave, it stays.
    world.disk.send_replace(Disk::Behind);
    for number in 2..=64 {
        let mut child = mux.ssh(&["cat"]).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(b"x").await.unwrap();
        until("a channel opens", Duration::from_secs(20), || opened() == number).await;
        let typed = || world.tape().text(Track::Stdin).len();
        until(&format!("channel {number} carries something"), Duration::from_secs(20), || {
            typed() == number - 1
        })
        .await;
        child.kill().await.unwrap();
    }
    let done = mux.run(&["echo never"]).await;
    assert!(done.status == Some(254) && done.err.contains("too many channels"), "{done:?}");
    world.traced(&["channel-refused", "\"channels\""], 1).await;
    assert_eq!(opened(), 64);
    // With room again the next one opens.
    world.disk.send_replace(Disk::Well);
    let closed = || world.log.with(&["channel-closed"]).len();
    until("the channels that were left are closed", Duration::from_secs(20), || closed() == 63).await;
    assert_eq!(mux.run(&["echo again"]).await.out, "again\n");
    mux.leaves().await;
    assert_eq!((world.sessions(), world.ending().await), (1, Ending::Finished));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reads_is_in_the_account_as_refused() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let client = Abrupt::start(&world).await;
    let (idle, busy) = (client.opens().await, client.exec("head -c 10").await);
    // In a channel where nothing was started, on a standard error that no client has, and more than is read.
    idle.data_bytes(vec![1; 1_000]).await.unwrap();
    idle.extended_data_bytes(1, vec![2; 200]).await.unwrap();
    busy.data_bytes(vec![3; 30]).await.unwrap();
    client.is_heard().await;
    until("the command has ended", Duration::from_secs(10), || {
        world.log.with(&["channel-closed", "\"exit\":0"]).len() == 1
    })
    .await;
    client.leaves();
    world.ending().await;
    let entries = world.log.entries();
    let ended = entries.iter().find_map(|entry| match &entry.fact {
        Fact::SessionEnded(ended) => Some(ended.clone()),
        _ => None,
    });
    let inward = ended.unwrap().inward;
    assert_eq!((inward.refused, inward.unparsed), (1_200, 30), "{inward:?}");
}
