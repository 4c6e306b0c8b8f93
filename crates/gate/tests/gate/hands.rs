//! Two hands on one intervention: whoever comes second is told, and nothing is lost.

use domain::{ServiceFacts, State};
use testkit::fiction::name;
use testkit::known;
use testkit::{Mishap, Step};
use vocab::Lang;

use crate::door::{Door, Edit};

fn requested(facts: &mut ServiceFacts) {
    let one = &mut facts.interventions[0];
    (one.state, one.approval) = (State::Requested, None);
    facts.service.beneficiaries.push(name("g.astreinte"));
}

/// Who says what.
type Said = (&'static str, &'static str);

/// Somebody acts while another has read and not written yet.
async fn meanwhile(door: &Door, person: &'static str, words: &'static str) {
    let gate = door.gate.clone();
    door.kit.troubles.first(Step::ReadIntervention, async move {
        let reply = gate.command(&known(person, Lang::Fr), words, b"").await;
        assert_eq!(reply.status, 0, "{words}: {}", reply.text);
    });
}

/// `first` acts while `second` is between reading and writing: the first is done, the second is told so, and what
/// stands is the first's alone.
async fn meet(edit: Edit, first: Said, second: Said) {
    let door = Door::with(edit).await;
    meanwhile(&door, first.0, first.1).await;
    let reply = door.say(second.0, second.1).await;
    assert!(reply.status == 1 && reply.text.contains("Quelqu'un d'autre"), "{second:?}: {}", reply.text);
    let (after, acts) = (door.stands(), door.acts().len());
    assert!(!door.kit.troubles.waits());

    let alone = Door::with(edit).await;
    alone.done(first.0, first.1).await;
    assert_eq!(after, alone.stands(), "{first:?} and {second:?}");
    assert_eq!(acts, 1, "{first:?} and {second:?}");
}

#[tokio::test]
async fn of_two_hands_the_second_is_told_in_both_orders() {
    let pairs: [(Edit, Said, Said); 5] = [
        (requested, ("b.petit", "approve i-1"), ("q.durand", "withdraw i-1 'résolu'")),
        (requested, ("b.petit", "approve i-1"), ("g.astreinte", "refuse i-1 'non'")),
        (requested, ("b.petit", "approve i-1"), ("g.astreinte", "approve i-1")),
        (|_| {}, ("b.petit", "check i-1 backup 'un'"), ("a.martin", "report i-1 'fait'")),
        (
            |_| {},
            ("h.garde", "derogate i-1 a.martin scanner C2 1h 'x'"),
            ("q.durand", "exception i-1 1h 'y'"),
        ),
    ];
    for (edit, one, other) in pairs {
        meet(edit, one, other).await;
        meet(edit, other, one).await;
    }
}

/// A stop gets through, whatever somebody else does in the same moment, again and again.
#[tokio::test]
async fn a_stop_gets_through() {
    let door = Door::in_order().await;
    meanwhile(&door, "a.martin", "report i-1 'en cours'").await;
    door.done("b.petit", "suspend i-1 'attendre'").await;
    assert_eq!((door.stands().state, door.stands().report.is_some()), (State::Suspended, true));
    // Somebody who never stops acting: the one who stops is told, and nothing is lost.
    let door = Door::in_order().await;
    door.kit.troubles.always(Step::Commit, Mishap::conflict());
    assert_eq!(door.say("b.petit", "suspend i-1 'attendre'").await.status, 1);
    door.kit.troubles.over();
    door.done("b.petit", "suspend i-1 'attendre'").await;
    // What is no conflict is said at once.
    let door = Door::in_order().await;
    door.kit.troubles.next(Step::Commit, Mishap::full());
    assert_eq!(door.say("b.petit", "suspend i-1 'attendre'").await.status, 1);
    assert_eq!(door.stands().state, State::Approved);
}

/// The decision was yes, and before it was written down somebody suspended the intervention: it is asked again.
#[tokio::test]
async fn an_opening_that_meets_a_suspension_is_decided_again() {
    let door = Door::in_order().await;
    meanwhile(&door, "b.petit", "suspend i-1 'attendre'").await;
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("règle de la maison"), "{}", refused.text);
    assert_eq!(door.stands().state, State::Suspended);
    assert!(door.kit.site.sessions().is_empty() && door.kit.safe.lent().is_empty());
    assert!(door.kit.tapes.all().is_empty(), "the container of the first try is gone");
    assert_eq!((door.count("session-opened"), door.count("session-refused")), (0, 1));
}

/// Somebody writes a report in the same moment: the opening is tried again, and opens once.
#[tokio::test]
async fn an_opening_that_meets_another_act_opens_all_the_same() {
    let door = Door::in_order().await;
    meanwhile(&door, "m.chef", "report i-1 'préparé'").await;
    let opening = door.open().await.unwrap();
    assert!(door.kit.log().holds(opening.permit.receipt()));
    assert_eq!((door.stands().sessions, door.kit.site.sessions().len()), (1, 1));
    assert!(door.stands().report.is_some());
    assert_eq!((door.kit.tapes.all().len(), door.kit.safe.lent().len()), (1, 1));
}

/// Many hands at once, each opening one: all of them open, and every session is counted once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_open_at_once_are_all_counted() {
    let door = Door::in_order().await;
    const MANY: u32 = 24;
    let tries: Vec<_> = (0..MANY)
        .map(|_| {
            let (gate, who) = (door.gate.clone(), known("a.martin", Lang::Fr));
            tokio::spawn(async move { gate.open(who, crate::door::attempt()).await.is_ok() })
        })
        .collect();
    let mut opened = 0;
    for one in tries {
        opened += u32::from(one.await.unwrap());
    }
    assert_eq!((opened, door.stands().sessions), (MANY, MANY));
    assert_eq!(door.kit.site.sessions().len(), opened as usize);
    assert_eq!(
        (door.count("session-opened"), door.kit.safe.lent().len()),
        (opened as usize, opened as usize)
    );
    assert_eq!(door.kit.tapes.all().len(), opened as usize);
}
