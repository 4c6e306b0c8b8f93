//! Timestamps of checkpoints: in the ledger before they are anywhere else, and what is lacking is told once.

use std::time::Duration;

use events::Fact;
use gate::{Answered, Gate, Stamping, ToStamp, Unstamped};
use std::sync::Arc;
use testkit::{Kit, Mishap, Step, fiction};
use vocab::Timestamp;

const ALARM: Duration = Duration::from_secs(900);

fn begins(gate: &Gate, stamped: u64, told: Option<Timestamp>) -> Arc<Stamping> {
    let home = fiction::service_facts().establishment.id;
    gate.stamping(&home, ("tsa-1", true, ALARM), (stamped, told)).unwrap()
}

fn answer(time: Timestamp) -> Answered {
    let (by, policy) = ("CN=Horloge fictive".to_owned(), "1.2.3".to_owned());
    Answered { token: vec![0x30; 2_000], time, by, policy }
}

fn facts(kit: &Kit, begins_with: &str) -> Vec<Fact> {
    let all = kit.log().entries().into_iter().map(|entry| entry.fact);
    all.filter(|fact| fact.code().starts_with(begins_with)).collect()
}

async fn asked(gate: &Gate, stamping: &Stamping) -> ToStamp {
    gate.to_stamp(stamping).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_timestamp_is_an_entry_then_files_and_covers_what_was_before() {
    let kit = Kit::new();
    let gate = kit.boot().await.unwrap();
    let stamping = begins(&gate, 0, None);
    let first = asked(&gate, &stamping).await;
    assert_eq!(first.size, kit.log().sealed());
    let next = asked(&gate, &stamping).await;
    assert_ne!(first.nonce, next.nonce, "each question has its own");
    gate.stamped(&stamping, next.clone(), answer(kit.now())).await.unwrap();
    let all = facts(&kit, "checkpoint-");
    let [Fact::CheckpointTimestamped(fact)] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((fact.size, fact.qualified, fact.note.as_slice()), (next.size, true, &next.note[..]));
    let beside = kit.log().stamps();
    assert_eq!((beside[0].size, &beside[0].note), (next.size, &next.note));
    assert_eq!(beside[0].token, fact.token.as_slice());
    assert_eq!((gate.stampings()[0].waiting, gate.stampings()[0].last), (1, Some(kit.now())));
    // Its own entry is nothing to be stamped; another one is.
    assert!(gate.to_stamp(&stamping).await.unwrap().is_none());
    kit.boot().await.unwrap();
    assert!(gate.to_stamp(&stamping).await.unwrap().is_some());
    // A log that is shorter than what was stamped of it went on otherwise.
    assert!(gate.to_stamp(&begins(&gate, 1_000_000, None)).await.unwrap().is_some());
    let nowhere = "nulle-part".parse().unwrap();
    assert!(gate.stamping(&nowhere, ("tsa-1", true, ALARM), (0, None)).is_err());
}

#[tokio::test]
async fn what_fails_keeps_nothing_and_is_asked_again() {
    let kit = Kit::new();
    let gate = kit.boot().await.unwrap();
    let stamping = begins(&gate, 0, None);
    let question = asked(&gate, &stamping).await;
    // Longer than an entry takes: never cut.
    let honest = answer(kit.now());
    for long in [
        Answered { token: vec![0; 16_385], ..honest.clone() },
        Answered { by: "x".repeat(1_025), ..honest.clone() },
        Answered { policy: "1".repeat(129), ..honest.clone() },
    ] {
        assert!(gate.stamped(&stamping, question.clone(), long).await.is_err());
    }
    assert!(facts(&kit, "checkpoint-").is_empty());
    // The files fail after the entry: the entry has it.
    kit.troubles.next(Step::PutStamp, Mishap::full());
    assert!(gate.stamped(&stamping, question.clone(), answer(kit.now())).await.is_err());
    assert_eq!((facts(&kit, "checkpoint-").len(), kit.log().stamps().len()), (1, 0));
    // The log fails: nothing is beside it that is not in it.
    kit.log().stop("full");
    assert!(gate.stamped(&stamping, question, answer(kit.now())).await.is_err());
    assert!(kit.log().stamps().is_empty());
    assert_eq!(
        gate.unstamped(&stamping, Unstamped::Refused, "x").await,
        None,
        "not told where it is not written"
    );
}

#[tokio::test]
async fn an_authority_that_gives_none_is_told_once_and_so_is_its_return() {
    let kit = Kit::new();
    let gate = kit.boot().await.unwrap();
    let stamping = begins(&gate, 0, None);
    let lost = kit.now();
    for _ in 0..10 {
        assert_eq!(gate.unstamped(&stamping, Unstamped::Unreachable, "no answer").await, None);
        kit.clock.pass(Duration::from_secs(60));
    }
    assert_eq!(gate.stampings()[0].lost, Some(lost));
    kit.clock.pass(ALARM);
    for _ in 0..10 {
        assert_eq!(gate.unstamped(&stamping, Unstamped::Unreachable, "no answer").await, Some(lost));
    }
    let all = facts(&kit, "timestamps-");
    let [Fact::TimestampsMissing(fact)] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((fact.since, fact.why.as_str()), (lost, "unreachable"));
    // Another start knows that it was told.
    let gate = kit.boot().await.unwrap();
    let stamping = begins(&gate, 0, Some(lost));
    assert_eq!(gate.unstamped(&stamping, Unstamped::Refused, "its signature").await, Some(lost));
    let question = asked(&gate, &stamping).await;
    assert_eq!(gate.stamped(&stamping, question, answer(kit.now())).await.unwrap(), None);
    let all = facts(&kit, "timestamps-");
    let [_, Fact::TimestampsBack(fact)] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(fact.since, lost);
    // What is not to be believed is told at once.
    assert!(gate.unstamped(&stamping, Unstamped::Refused, "its signature").await.is_some());
    let all = facts(&kit, "timestamps-");
    let Some(Fact::TimestampsMissing(fact)) = all.last() else { panic!("{all:?}") };
    assert_eq!((fact.why.as_str(), fact.detail.as_str()), ("refused", "its signature"));
}

#[tokio::test]
async fn two_clocks_that_differ_are_told_until_they_agree() {
    let kit = Kit::new();
    let gate = kit.boot().await.unwrap();
    let stamping = begins(&gate, 0, None);
    let minutes = |count: i64| Timestamp::from_micros(kit.now().as_micros() + count * 60_000_000);
    for (apart, told) in [(0, 0), (1, 0), (-1, 0), (2, 1), (2, 1), (-3, 1), (0, 1), (-2, 2)] {
        let question = asked(&gate, &stamping).await;
        gate.stamped(&stamping, question, answer(minutes(apart))).await.unwrap();
        assert_eq!(facts(&kit, "clock-contradicted").len(), told, "{apart}");
        kit.boot().await.unwrap();
    }
    // However far they are apart, what was signed is kept.
    assert_eq!(facts(&kit, "checkpoint-").len(), 8);
}
