//! A receiver of copies that is lost is in the ledger, once, and so is its return.

use std::time::Duration;

use events::Fact;
use testkit::{Kit, fiction};

const ALARM: Duration = Duration::from_secs(900);

#[tokio::test]
async fn a_receiver_that_is_lost_is_told_once_and_so_is_its_return() {
    let kit = Kit::new();
    let gate = kit.boot().await.unwrap();
    let home = fiction::service_facts().establishment.id;
    let feed = gate.feed("siem-1", &home, ALARM, None).unwrap();
    let told = || {
        let all = kit.log().entries().into_iter().map(|entry| entry.fact);
        all.filter(|fact| fact.code().starts_with("siem-")).collect::<Vec<_>>()
    };
    let size = || feed.journal().size();
    feed.moved(size(), size(), None);
    let lost = kit.now();
    // Tries in vain, for less than was agreed.
    for _ in 0..10 {
        assert_eq!(gate.feed_lost(&feed).await, None);
        kit.clock.pass(Duration::from_secs(60));
    }
    assert!(told().is_empty());
    assert_eq!(gate.feeds()[0].lost, Some(lost));
    // Then for longer: one entry, whatever is tried afterwards, and the entry about it waits too.
    kit.clock.pass(ALARM);
    for _ in 0..100 {
        assert_eq!(gate.feed_lost(&feed).await, Some(lost));
        kit.clock.pass(Duration::from_secs(60));
    }
    let facts = told();
    let [Fact::SiemUnreachable(fact)] = facts.as_slice() else { panic!("{facts:?}") };
    assert_eq!((fact.receiver.as_str(), fact.since, fact.waiting), ("siem-1", lost, 0));
    let seen = gate.feeds().pop().unwrap();
    assert_eq!((seen.waiting, seen.receiver.as_str()), (1, "siem-1"));

    // Another start knows that it was told, and does not tell it again.
    let gate = kit.boot().await.unwrap();
    let feed = gate.feed("siem-1", &home, ALARM, Some(lost)).unwrap();
    assert_eq!(gate.feed_lost(&feed).await, Some(lost));
    assert_eq!(told().len(), 1);
    // It is back and has everything: one entry, once.
    feed.moved(feed.journal().size(), 0, None);
    for _ in 0..10 {
        assert_eq!(gate.feed_caught_up(&feed).await, None);
    }
    let facts = told();
    let [_, Fact::SiemCaughtUp(fact)] = facts.as_slice() else { panic!("{facts:?}") };
    assert_eq!((fact.since, fact.entries), (lost, feed.journal().size() - 1));
    assert_eq!(gate.feeds()[0].lost, None);
}

#[tokio::test]
async fn how_far_behind_a_receiver_is_is_seen() {
    let kit = Kit::new();
    let gate = kit.boot().await.unwrap();
    let home = fiction::service_facts().establishment.id;
    let feed = gate.feed("siem-1", &home, ALARM, None).unwrap();
    let oldest = kit.now();
    kit.clock.pass(Duration::from_secs(77));
    feed.moved(0, 0, Some(oldest));
    let seen = gate.feeds().pop().unwrap();
    assert_eq!((seen.waiting, seen.behind, seen.unconfirmed), (feed.journal().size(), 77, 0));
    feed.moved(feed.journal().size(), 0, Some(oldest));
    let seen = gate.feeds().pop().unwrap();
    assert_eq!((seen.waiting, seen.behind, seen.unconfirmed), (0, 0, feed.journal().size()));
    assert!(gate.feed("siem-1", &"nulle-part".parse().unwrap(), ALARM, None).is_err());
}

/// A ledger that takes nothing is no reason to believe that it was told.
#[tokio::test]
async fn what_could_not_be_written_is_not_taken_as_told() {
    let kit = Kit::new();
    let gate = kit.boot().await.unwrap();
    let home = fiction::service_facts().establishment.id;
    let feed = gate.feed("siem-1", &home, Duration::ZERO, None).unwrap();
    kit.log().stop("full");
    assert_eq!(gate.feed_lost(&feed).await, None);
}
