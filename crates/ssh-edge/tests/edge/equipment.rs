//! Equipment that asks differently, or is not what it should be.

use std::time::Duration;

use vocab::Ending;

use crate::support::client::finish;
use crate::support::rogue::{Manner, PASSWORD, Rogue};
use crate::support::sshd::Sshd;
use crate::support::until;
use crate::support::world::World;

async fn behind(manner: Manner) -> (Sshd, World, Rogue) {
    let sshd = Sshd::start().await;
    let world = World::start(&sshd).await;
    let rogue = Rogue::start(manner).await;
    rogue.replaces(&world);
    (sshd, world, rogue)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_given_as_such_or_as_an_answer() {
    for manner in [Manner::Password, Manner::Question] {
        let (_sshd, world, _rogue) = behind(manner).await;
        let done = world.client().run(&["anything"]).await;
        assert_eq!((done.status, done.out.as_str()), (Some(0), "from the rogue\n"), "{manner:?}: {done:?}");
        world.ending().await;
        assert!(world.log.texts().iter().all(|text| !text.contains(PASSWORD)), "{manner:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_not_for_the_password_is_not_answered() {
    let (_sshd, world, rogue) = behind(Manner::Curious).await;
    let done = world.client().run(&["anything"]).await;
    assert!(done.status == Some(254) && done.err.contains("refused the reserved account"), "{done:?}");
    assert_eq!(world.ending().await, Ending::EquipmentUnreachable);
    assert!(!rogue.saw(PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_before_it_was_granted_never_arrives() {
    for manner in [Manner::Early, Manner::Refuses] {
        let (_sshd, world, _rogue) = behind(manner).await;
        let done = world.client().run(&["anything"]).await;
        assert_eq!((done.status, done.out.as_str()), (Some(254), ""), "{manner:?}: {done:?}");
        assert!(done.err.contains("refused this request"), "{manner:?}: {done:?}");
        world.ending().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equipment_opens_nothing_towards_the_gate() {
    let (_sshd, world, rogue) = behind(Manner::Opens).await;
    let mut child = world.client().ssh(&["anything"]).spawn().unwrap();
    until("the rogue has tried", Duration::from_secs(10), || rogue.saw("refused session")).await;
    let seen = rogue.seen.lock().unwrap().clone();
    assert!(seen.len() == 6 && seen.iter().all(|what| what.starts_with("refused")), "{seen:?}");
    child.start_kill().unwrap();
    finish(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_equipment_that_answers_no_opening_is_told() {
    let sshd = Sshd::start().await;
    let settings = ssh_edge::Settings {
        stall: Duration::from_secs(2),
        keep_alive: Duration::from_secs(1),
        ..Default::default()
    };
    let world = World::with(&sshd, |_| {}, settings).await;
    let rogue = Rogue::start(Manner::Mute).await;
    rogue.replaces(&world);
    let child = world.client().ssh(&["anything"]).spawn().unwrap();
    until("it was asked", Duration::from_secs(10), || rogue.saw("asked")).await;
    let done = finish(child).await;
    assert!(done.status == Some(254) && !done.err.is_empty(), "{done:?}");
}
