//! `ssh -J`: what a client that keeps to no rule can do inside.

use std::time::{Duration, Instant};

use russh::ChannelMsg;
use ssh_edge::Settings;

use crate::support::abrupt::Abrupt;
use crate::support::facts::{EQUIPMENT, PERSON};
use crate::support::make_key;
use crate::support::sshd::Sshd;
use crate::support::world::World;

/// Who is somebody outside is nobody else inside, and goes where the way leads.
#[tokio::test(flavor = "multi_thread")]
async fn inside_it_is_who_came_outside() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let stranger = world.folder.path().join("stranger");
    make_key(&stranger);
    let outer = Abrupt::outer(&world).await;
    let codes = world.log.with(&["login-succeeded"]).len();
    for (name, key) in [
        ("whoever", stranger.clone()),
        (PERSON, world.folder.path().join("id")),
        ("b.petit+elsewhere", stranger),
    ] {
        let mut inner = outer.inner(EQUIPMENT).await.unwrap();
        assert!(inner.no_code(name).await, "{name}");
        assert!(inner.knocks(name, &key).await, "{name}");
        assert!(inner.way(EQUIPMENT).await.is_err(), "{name}: nobody asks for ways inside");
        let mut channel = inner.exec("exit 7").await;
        let mut status = None;
        while let Some(message) = channel.wait().await {
            if let ChannelMsg::ExitStatus { exit_status } = message {
                status = Some(exit_status);
            }
        }
        assert_eq!(status, Some(7), "{name}");
    }
    world.traced(&["session-opened", PERSON, EQUIPMENT], 3).await;
    assert_eq!(world.log.with(&["login-succeeded"]).len(), codes, "nobody logged in inside");
    assert!(world.log.with(&["login-refused"]).is_empty());
}

/// A way is a connection from its beginning, whether or not anybody logs in there.
#[tokio::test(flavor = "multi_thread")]
async fn ways_take_the_places_of_connections() {
    let sshd = Sshd::start().await;
    let settings = Settings { connections: 3, login_grace: Duration::from_secs(20), ..Settings::default() };
    let world = World::with(&sshd, |_| {}, settings).await;
    let outer = Abrupt::outer(&world).await;
    let silent = (outer.way(EQUIPMENT).await.unwrap(), outer.way(EQUIPMENT).await.unwrap());
    assert!(outer.way(EQUIPMENT).await.is_err());
    let closed = Instant::now();
    outer.closes(silent.0).await;
    let mut found = outer.way(EQUIPMENT).await;
    while found.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        found = outer.way(EQUIPMENT).await;
    }
    assert!(closed.elapsed() < Duration::from_secs(10), "its place is free when it is closed");
}

/// Whoever looks for a way into the network is written down, and does not look for long.
#[tokio::test(flavor = "multi_thread")]
async fn what_leads_to_no_equipment_is_written_down() {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let outer = Abrupt::outer(&world).await;
    for host in ["nowhere", "127.0.0.1", "scanner.sud"] {
        assert!(outer.way(host).await.is_err(), "{host}");
    }
    outer.leaves();
    world.traced(&["asked-outside", "direct-tcpip"], 1).await;
    let outer = Abrupt::outer(&world).await;
    let mut asked = 0;
    while outer.way("nowhere").await.is_err() && outer.is_there() {
        asked += 1;
        assert!(asked < 100, "it ends");
    }
    assert!(asked >= 60, "{asked}");
    world.traced(&["asked-outside", "direct-tcpip"], 2).await;
}
