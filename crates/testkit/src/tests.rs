//! That the ports do what they say, where nothing else would notice.

use std::sync::Arc;
use std::time::Duration;

use gate::ports::{Clock, Entropy, Journal, PortError, Store};
use vocab::Timestamp;

use crate::{Dice, Kit, Mishap, SetClock, Step, Troubles, fiction};

#[test]
fn dice_are_the_same_in_each_run_and_never_twice() {
    let drawn = |seed| {
        let dice = Dice::seeded(seed, Arc::default());
        let mut all = [[0; 16]; 4];
        all.iter_mut().for_each(|bytes| dice.fill(bytes).unwrap());
        all
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    assert!(drawn(1).windows(2).all(|pair| pair[0] != pair[1]));
}

#[tokio::test(start_paused = true)]
async fn a_clock_stands_or_goes_with_the_runtime() {
    let (still, running) = (SetClock::at(fiction::now()), SetClock::running(fiction::now()));
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!((still.now(), running.now()), (fiction::now(), fiction::now().after(Duration::from_secs(60))));
    running.set(Timestamp::from_secs(0));
    tokio::time::advance(Duration::from_secs(1)).await;
    still.pass(Duration::from_secs(5));
    assert_eq!(running.now(), Timestamp::from_secs(1));
    assert_eq!(still.now(), fiction::now().after(Duration::from_secs(5)));
}

#[tokio::test]
async fn a_step_goes_wrong_when_it_was_said_to() {
    let (troubles, done) = (Troubles::default(), std::cell::Cell::new(0));
    let step = async |step| {
        let work = || {
            done.set(done.get() + 1);
            Ok::<_, PortError>(())
        };
        troubles.around(step, work).await.is_ok()
    };
    troubles.nth(Step::Commit, 1, Mishap::full());
    assert!(step(Step::Commit).await && step(Step::Append).await);
    assert!(!step(Step::Commit).await && step(Step::Commit).await);
    assert_eq!((done.get(), troubles.waits()), (3, false));
    troubles.next(Step::Append, Mishap::lost_answer());
    assert!(troubles.waits() && !step(Step::Append).await);
    assert_eq!(done.get(), 4, "done, and not told");
    troubles.always(Step::Append, Mishap::conflict());
    assert!(!step(Step::Append).await && !step(Step::Append).await);
    troubles.over();
    assert!(step(Step::Append).await);
    assert_eq!(troubles.asked().len(), 8);
}

/// A log that failed takes nothing until it is opened again, as the real one.
#[tokio::test]
async fn a_log_that_failed_stays_stopped() {
    let kit = Kit::new();
    kit.troubles.next(Step::Append, Mishap::lost_answer());
    let entry = || vec![vec![7; 32]];
    assert!(kit.log().append(entry()).await.is_err());
    assert!(kit.log().append(entry()).await.is_err() && kit.log().health().is_err());
    kit.log().reopen();
    let receipts = kit.log().append(entry()).await.unwrap();
    assert_eq!(receipts[0].index, 1, "what was not told is there");
    assert!(kit.log().holds(receipts[0]));
    assert!(kit.log().append(vec![vec![7; 15]]).await.is_err());
}

#[tokio::test]
async fn a_change_by_hand_is_a_change_of_facts() {
    let kit = Kit::new();
    let mut changes = kit.site.changes();
    changes.mark_unchanged();
    let before = kit.site.first_service();
    kit.site.change(|facts| facts.staff[0].person.active = false);
    assert!(changes.has_changed().unwrap());
    kit.site.change(|facts| facts.staff[0].person.active = true);
    assert_eq!(kit.site.first_service(), before);
    let line = gate::ports::FactName::Person(fiction::name("a.martin"));
    // As one of the people, with the name that the service gives, and twice changed.
    assert_eq!(kit.site.versions(&line), 4);
}
