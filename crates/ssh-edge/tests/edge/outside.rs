//! What is closed and asked for where no session is: refused, told, and written down.

use std::time::Duration;

use events::{Actor, AskedOutside, Entry, Fact};
use ssh_edge::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::client::{Client, Done, finish};
use crate::support::facts::{EQUIPMENT, PERSON};
use crate::support::sshd::Sshd;
use crate::support::world::World;
use crate::support::{free_port, until};

/// A door that waits two seconds for something to do.
async fn world(sshd: &Sshd) -> World {
    let settings = Settings { first_request: Duration::from_secs(2), ..Settings::default() };
    World::with(sshd, |_| {}, settings).await
}

/// What was written down, by whom; waits for it.
async fn asked(world: &World) -> Vec<(Entry, AskedOutside)> {
    let found = || -> Vec<(Entry, AskedOutside)> {
        let of = |entry: Entry| match &entry.fact {
            Fact::AskedOutside(asked) => Some((entry.clone(), asked.clone())),
            _ => None,
        };
        world.log.entries().into_iter().filter_map(of).collect()
    };
    until("it is written down", Duration::from_secs(10), || !found().is_empty()).await;
    found()
}

fn talkative(world: &World) -> Client<'_> {
    world.client().option("LogLevel=INFO")
}

/// Holds one entry against what was asked.
async fn check(world: &World, kinds: &[&str], times: u64, equipment: Option<&str>) {
    let all = asked(world).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    let (entry, asked) = &all[0];
    assert_eq!(entry.by, Actor::Person(PERSON.parse().unwrap()));
    assert_eq!((entry.session, asked.from.to_string()), (None, "127.0.0.1".to_owned()));
    let named: Vec<&str> = asked.asked.iter().map(events::Text::as_str).collect();
    assert_eq!((named.as_slice(), asked.times), (kinds, times));
    assert_eq!(asked.equipment.as_ref().map(ToString::to_string).as_deref(), equipment);
    assert_eq!(world.sessions(), 0);
}

/// Connects to a forwarding's end on this side once it listens.
async fn reached(port: u16) -> TcpStream {
    loop {
        match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => return stream,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Whether anything comes before the end.
async fn hears(mut stream: TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    // Closed in order or cut.
    let _closed = stream.read_to_end(&mut heard).await;
    heard
}

fn told(done: &Done) {
    assert_eq!(done.status, Some(255), "{done:?}");
    assert!(done.err.contains("no session was opened"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_a_local_forwarding_alone_is_refused_told_and_written_down() {
    let sshd = Sshd::start().await;
    let world = world(&sshd).await;
    let port = free_port();
    let forward = format!("127.0.0.1:{port}:127.0.0.1:{}", sshd.port);
    let child = talkative(&world).ssh(&["-N", "-L", &forward]).spawn().unwrap();
    assert!(hears(reached(port).await).await.is_empty());
    let done = finish(child).await;
    told(&done);
    assert!(done.err.contains("open failed") && done.err.contains("no forwarding of ports"), "{done:?}");
    check(&world, &["direct-tcpip"], 1, Some(EQUIPMENT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_forwarding_alone_is_refused_told_and_written_down() {
    let sshd = Sshd::start().await;
    let world = world(&sshd).await;
    let forward = format!("{}:127.0.0.1:{}", free_port(), sshd.port);
    let done = talkative(&world).run(&["-N", "-R", &forward]).await;
    told(&done);
    assert!(done.err.contains("remote port forwarding failed"), "{done:?}");
    check(&world, &["tcpip-forward"], 1, Some(EQUIPMENT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dynamic_forwarding_alone_is_refused_told_and_written_down() {
    let sshd = Sshd::start().await;
    let world = world(&sshd).await;
    let port = free_port();
    let child = talkative(&world).ssh(&["-N", "-D", &format!("127.0.0.1:{port}")]).spawn().unwrap();
    // SOCKS 5 (RFC 1928): no authentication; connect to an IPv4 address.
    let mut stream = reached(port).await;
    stream.write_all(&[5, 1, 0]).await.unwrap();
    stream.write_all(&[5, 1, 0, 1, 127, 0, 0, 1]).await.unwrap();
    stream.write_all(&sshd.port.to_be_bytes()).await.unwrap();
    let heard = hears(stream).await;
    assert!(!String::from_utf8_lossy(&heard).contains("SSH-2.0"), "{heard:?}");
    let done = finish(child).await;
    told(&done);
    assert!(done.err.contains("no forwarding of ports"), "{done:?}");
    check(&world, &["direct-tcpip"], 1, Some(EQUIPMENT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_again_and_again_is_one_entry_and_is_ended() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let port = free_port();
    let forward = format!("127.0.0.1:{port}:127.0.0.1:{}", sshd.port);
    let child = world.client().ssh(&["-N", "-L", &forward]).spawn().unwrap();
    drop(hears(reached(port).await).await);
    while let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await {
        assert!(hears(stream).await.is_empty());
    }
    assert_eq!(finish(child).await.status, Some(255));
    check(&world, &["direct-tcpip"], 64, Some(EQUIPMENT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_command_of_the_gate_it_is_written_down_too() {
    let sshd = Sshd::start().await;
    let world = world(&sshd).await;
    let forward = format!("{}:127.0.0.1:{}", free_port(), sshd.port);
    let done = world.client().user(PERSON).option("ForwardAgent=yes").run(&["-R", &forward, "list"]).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    check(&world, &["tcpip-forward"], 1, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_refused_session_it_is_written_down_too() {
    let sshd = Sshd::start().await;
    let world = world(&sshd).await;
    world.site.change(|facts| facts.interventions.clear());
    let forward = format!("{}:127.0.0.1:{}", free_port(), sshd.port);
    let done = world.client().run(&["-R", &forward, "true"]).await;
    assert_eq!(done.status, Some(254), "{done:?}");
    check(&world, &["tcpip-forward"], 1, Some(EQUIPMENT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_it_in_its_own_account() {
    let sshd = Sshd::start().await;
    let world = world(&sshd).await;
    let forward = format!("{}:127.0.0.1:{}", free_port(), sshd.port);
    assert_eq!(world.client().run(&["-R", &forward, "true"]).await.status, Some(0));
    world.ending().await;
    assert_eq!(world.log.with(&["channel-refused", "tcpip-forward"]).len(), 1);
    assert!(world.log.with(&["asked-outside"]).is_empty());
}
