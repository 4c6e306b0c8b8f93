//! Interventions: the database's steps against the drawn table, versions, and two hands at once.

use std::collections::BTreeSet;

use domain::{CareImpact, Exception, Intervention, PlanAsk, Qualification, Service, Span, State};
use gate::ports::{Change, PortError, Put, Store};

use super::fixtures::*;

/// The shortest legal way to each state.
fn way(to: State) -> &'static [State] {
    match to {
        State::Requested => &[],
        State::Approved => &[State::Approved],
        State::Open => &[State::Approved, State::Open],
        State::Suspended => &[State::Approved, State::Suspended],
        State::Closing => &[State::Approved, State::Closing],
        State::Closed => &[State::Approved, State::Closing, State::Closed],
        State::Refused => &[State::Refused],
        State::Withdrawn => &[State::Withdrawn],
    }
}

/// Every pair of states: the database takes exactly the steps of the table of `domain`.
#[tokio::test]
async fn the_database_takes_the_drawn_steps_and_no_other() {
    let drawn: BTreeSet<(&str, &str)> = include_str!("../../../domain/tables/intervention.txt")
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            (words.next().unwrap(), words.nth(1).unwrap())
        })
        .collect();
    let world = World::with_hospital().await;
    let mut number = 0;
    for from in State::ALL {
        for to in State::ALL {
            number += 1;
            let name = format!("i-{number}");
            world.intervention(&name, way(from), 20).await;
            let mut value = standing(&name, to);
            // What was confirmed stays.
            if from == State::Closed {
                value.closing = standing(&name, from).closing;
            }
            let read_at = way(from).len() as u64 + 1;
            let taken = world.put(Put::Intervention { read_at, value }, 30).await;
            let legal = from == to || drawn.contains(&(from.as_str(), to.as_str()));
            assert_eq!(taken.is_ok(), legal, "{from:?} to {to:?}: {taken:?}");
            if let Err(error) = taken {
                assert!(matches!(error, PortError::Conflict(_)), "{error:?}");
            }
        }
    }
}

fn qualification(reason: &str) -> Qualification {
    Qualification {
        by: id("h.chef"),
        at: at(25),
        reason: reason.to_owned(),
        impact: CareImpact::Degraded,
        referent: "Fictitious ward".to_owned(),
        telephone: "0199001234".to_owned(),
        ticket: None,
    }
}

/// Where the service demands it the database itself approves nothing unqualified, whatever writes to it.
#[tokio::test]
async fn the_database_approves_nothing_unqualified_where_it_is_demanded() {
    let world = World::with_hospital().await;
    let service = world.db.service_facts(&id("nord"), &id("scanner-tm"), at(19)).await.unwrap().service;
    let demands = |qualified| Put::Service(Service { qualified, ..service.clone() });
    world.put(demands(true), 19).await.unwrap();
    world.intervention("i-1", &[], 20).await;
    let step = async |read_at: u64, state, qualification: Option<Qualification>| {
        let value = Intervention { qualification, ..standing("i-1", state) };
        world.put(Put::Intervention { read_at, value }, 30).await
    };
    let refused =
        |taken: Result<u64, PortError>| assert!(matches!(taken, Err(PortError::Conflict(_))), "{taken:?}");
    refused(step(1, State::Approved, None).await);
    // In one step with the approval it would be nobody's act of its own.
    refused(step(1, State::Approved, Some(qualification("panne"))).await);
    step(1, State::Requested, Some(qualification("panne"))).await.unwrap();
    // It is never taken back.
    refused(step(2, State::Requested, None).await);
    refused(step(2, State::Approved, None).await);
    step(2, State::Approved, Some(qualification("panne"))).await.unwrap();
    // It changes while there is something to do, and never once it is over.
    step(3, State::Approved, Some(qualification("relève"))).await.unwrap();
    step(4, State::Closing, Some(qualification("relève"))).await.unwrap();
    refused(step(5, State::Closing, Some(qualification("autre"))).await);
    step(5, State::Closed, Some(qualification("relève"))).await.unwrap();
    refused(step(6, State::Closed, Some(qualification("autre"))).await);
    // A demand that is no more stands in nobody's way; one begins unqualified.
    world.put(demands(false), 40).await.unwrap();
    world.intervention("i-2", &[State::Approved], 41).await;
    let value = Intervention { qualification: Some(qualification("panne")), ..intervention("i-3") };
    refused(world.put(Put::Intervention { read_at: 0, value }, 42).await);
}

fn is_refused(taken: Result<u64, PortError>, about: &str) {
    assert!(matches!(taken, Err(PortError::Conflict(_))), "{about}: {taken:?}");
}

/// A plan moves with an approval only, to what was asked for; a closing and an exception are of two hands.
#[tokio::test]
async fn the_database_takes_nothing_that_one_hand_did_alone() {
    let world = World::with_hospital().await;
    let put =
        async |read_at: u64, value: Intervention| world.put(Put::Intervention { read_at, value }, 30).await;
    let one = |state| standing("i-1", state);
    let later = Span { from: at(100), until: at(30_000) };
    let asked = PlanAsk { by: id("h.chef"), at: at(30), span: later, reason: "pas fini".to_owned() };
    let again = |by: &str| {
        let mut approval = one(State::Approved).approval.unwrap();
        (approval.by, approval.at) = (id(by), at(31));
        Some(approval)
    };
    is_refused(put(0, Intervention { planned: None, ..one(State::Requested) }).await, "no plan");
    let backwards = Some(Span { from: at(9), until: at(8) });
    is_refused(put(0, Intervention { planned: backwards, ..one(State::Requested) }).await, "backwards");
    put(0, one(State::Requested)).await.unwrap();
    is_refused(put(1, Intervention { approval: None, ..one(State::Approved) }).await, "approved by nobody");
    is_refused(
        put(1, Intervention { planned: None, ..one(State::Approved) }).await,
        "approved without a plan",
    );
    put(1, one(State::Approved)).await.unwrap();
    is_refused(put(2, Intervention { planned: Some(later), ..one(State::Approved) }).await, "moved alone");
    is_refused(put(2, Intervention { approval: again("h.chef"), ..one(State::Approved) }).await, "not asked");
    let waits = Intervention { move_asked: Some(asked.clone()), ..one(State::Approved) };
    put(2, waits.clone()).await.unwrap();
    is_refused(put(3, Intervention { planned: Some(later), ..waits.clone() }).await, "by no approval");
    let other = Some(Span { until: at(40_000), ..later });
    is_refused(
        put(3, Intervention { planned: other, approval: again("h.chef"), ..waits.clone() }).await,
        "another",
    );
    let moved = |state| Intervention { planned: Some(later), approval: again("h.chef"), ..one(state) };
    put(3, moved(State::Approved)).await.unwrap();
    let exception = |by: &str| Exception {
        requested_by: id("a.martin"),
        approved_by: id(by),
        relayed_by: None,
        reason: "panne".to_owned(),
        span: later,
        reviewed: None,
    };
    let with = |by: &[&str]| {
        let exceptions = by.iter().map(|by| exception(by)).collect();
        Intervention { exceptions, ..moved(State::Approved) }
    };
    is_refused(put(4, with(&["a.martin"])).await, "granted by its asker");
    put(4, with(&["h.chef"])).await.unwrap();
    is_refused(put(5, with(&[])).await, "an exception is gone");
    let closing = |state| Intervention { exceptions: with(&["h.chef"]).exceptions, ..moved(state) };
    put(5, closing(State::Closing)).await.unwrap();
    let confirmed = |by: Option<&str>| {
        let mut value = closing(State::Closed);
        value.closing.as_mut().unwrap().confirmed_by = by.map(id);
        value
    };
    is_refused(put(6, confirmed(None)).await, "confirmed by nobody");
    is_refused(put(6, confirmed(Some("a.martin"))).await, "confirmed by its proposer");
    put(6, confirmed(Some("h.chef"))).await.unwrap();
    is_refused(put(7, confirmed(Some("x.autre"))).await, "confirmed otherwise afterwards");
}

#[tokio::test]
async fn it_begins_as_requested() {
    let world = World::with_hospital().await;
    for state in State::ALL {
        let mut value = intervention(&format!("i-{}", state.as_str()));
        value.state = state;
        let taken = world.put(Put::Intervention { read_at: 0, value }, 20).await;
        assert_eq!(taken.is_ok(), state == State::Requested, "{state:?}");
    }
}

#[tokio::test]
async fn an_old_reading_is_a_conflict() {
    let world = World::with_hospital().await;
    world.intervention("i-1", &[State::Approved], 20).await;
    let read = world.db.intervention(&id("i-1")).await.unwrap().unwrap();
    assert_eq!((read.version, read.value.state), (2, State::Approved));
    for read_at in [0, 1, 3] {
        let put = Put::Intervention { read_at, value: read.value.clone() };
        assert!(matches!(world.put(put, 30).await, Err(PortError::Conflict(_))), "{read_at}");
    }
    assert!(world.db.intervention(&id("i-2")).await.unwrap().is_none());
    let unknown = Put::Intervention { read_at: 1, value: intervention("i-2") };
    assert!(matches!(world.put(unknown, 30).await, Err(PortError::Conflict(_))));
}

/// Many hands, each counting one session more: nothing is lost, whoever was late reads again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hands_never_write_over_each_other() {
    const HANDS: u32 = 8;
    const EACH: u32 = 5;
    let world = World::with_hospital().await;
    world.intervention("i-1", &[State::Approved, State::Open], 20).await;
    let hands: Vec<_> = (0..HANDS)
        .map(|_| {
            let db = world.db.clone();
            tokio::spawn(async move {
                let mut conflicts = 0;
                for _ in 0..EACH {
                    loop {
                        let read = db.intervention(&id("i-1")).await.unwrap().unwrap();
                        let value = Intervention { sessions: read.value.sessions + 1, ..read.value };
                        let puts = vec![Put::Intervention { read_at: read.version, value }];
                        let entries = vec![(id("nord"), vec![7; 32])];
                        let change = Change { puts, entries, ..Change::default() };
                        match db.commit(change, at(30), "hand").await {
                            Ok(_) => break,
                            Err(PortError::Conflict(_)) => conflicts += 1,
                            Err(other) => panic!("{other}"),
                        }
                    }
                }
                conflicts
            })
        })
        .collect();
    let mut conflicts = 0;
    for hand in hands {
        conflicts += hand.await.unwrap();
    }
    let read = world.db.intervention(&id("i-1")).await.unwrap().unwrap();
    assert_eq!(read.value.sessions, HANDS * EACH, "after {conflicts} conflicts");
    assert_eq!(read.version, 3 + u64::from(HANDS * EACH));
    // A refused act left no entry behind.
    assert_eq!(world.db.waiting(0, 1_000).await.unwrap().len(), (HANDS * EACH) as usize);
}

/// Two hands that read the same version: one is first, the other is told.
#[tokio::test]
async fn of_two_who_read_the_same_one_is_told() {
    let world = World::with_hospital().await;
    world.intervention("i-1", &[], 20).await;
    let approve = |state| {
        let value = standing("i-1", state);
        world.put(Put::Intervention { read_at: 1, value }, 30)
    };
    let (one, other) = tokio::join!(approve(State::Approved), approve(State::Refused));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
    assert!(matches!(one.and(other), Err(PortError::Conflict(_))));
    assert_eq!(world.db.intervention(&id("i-1")).await.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn hands_on_the_rows_are_refused() {
    let world = World::with_hospital().await;
    world.intervention("i-1", &[State::Approved], 20).await;
    let tries = [
        "update intervention set state = 'open'",
        "update intervention set version = version + 2",
        "update intervention set version = version + 1, service = 'x'",
        "update intervention set version = version + 1, changed_at = changed_at - 1",
        "update intervention set version = version + 1, settled = 1",
        "update intervention set version = version + 1, state = 'nothing'",
        "delete from intervention",
        "insert or replace into intervention select * from intervention",
        "update intervention_history set body = '{}'",
        "delete from intervention_history",
        "update counter set value = value",
        "update counter set value = value - 1",
        "delete from counter",
    ];
    for sql in tries {
        let mut tx = world.db.write().await.unwrap();
        assert!(sqlx::raw_sql(sql).execute(&mut *tx).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn names_are_never_given_twice() {
    let world = World::new().await;
    let path = world.folder.path().join("poterne.db");
    let first = world.db.next_intervention().await.unwrap();
    let second = world.db.next_intervention().await.unwrap();
    world.db.close().await;
    drop(world.db);
    let again = crate::Database::open(&path, at(0)).await.unwrap();
    let third = again.next_intervention().await.unwrap();
    assert_eq!([first.as_str(), second.as_str(), third.as_str()], ["i-1", "i-2", "i-3"]);
}

#[tokio::test]
async fn they_are_listed_by_state_in_their_order() {
    let world = World::with_hospital().await;
    for (name, path) in
        [("i-10", way(State::Open)), ("i-9", way(State::Approved)), ("i-2", way(State::Refused))]
    {
        world.intervention(name, path, 20).await;
    }
    let names = async |states: &[State]| -> Vec<String> {
        let found = world.db.interventions(&id("nord"), states).await.unwrap();
        found.into_iter().map(|value| value.id.to_string()).collect()
    };
    assert_eq!(names(&State::ALL).await, ["i-2", "i-9", "i-10"]);
    assert_eq!(names(&[State::Open, State::Open]).await, ["i-10"]);
    assert_eq!(names(&[]).await, [""; 0]);
    assert!(world.db.interventions(&id("sud"), &State::ALL).await.unwrap().is_empty());
}
