//! Sessions: opened inside an open intervention, ended once.

use domain::State;
use gate::ports::{Change, PortError, Put, SessionChange, Store};
use vocab::{BootId, Ending, SessionId};

use super::fixtures::*;

async fn change(world: &World, change: SessionChange) -> Result<u64, PortError> {
    world.db.commit(Change { sessions: vec![change], ..Change::default() }, at(100), "test").await
}

fn ended(number: u8) -> SessionChange {
    SessionChange::Ended { session: SessionId::from_bytes([number; 16]), at: at(200), ending: Ending::Crash }
}

#[tokio::test]
async fn it_is_opened_and_ended_once() {
    let world = World::with_hospital().await;
    world.intervention("i-1", &[State::Approved, State::Open], 20).await;
    change(&world, SessionChange::Opened(session(1, "i-1"))).await.unwrap();
    assert!(matches!(
        change(&world, SessionChange::Opened(session(1, "i-1"))).await,
        Err(PortError::Conflict(_))
    ));
    change(&world, ended(1)).await.unwrap();
    assert!(matches!(change(&world, ended(1)).await, Err(PortError::Conflict(_))));
    assert!(matches!(change(&world, ended(2)).await, Err(PortError::Missing(_))));
}

#[tokio::test]
async fn it_opens_only_inside_an_open_intervention() {
    let world = World::with_hospital().await;
    assert!(change(&world, SessionChange::Opened(session(1, "i-1"))).await.is_err(), "none of that name");
    world.intervention("i-1", &[State::Approved], 20).await;
    assert!(change(&world, SessionChange::Opened(session(1, "i-1"))).await.is_err(), "approved only");
    // Opening the intervention and its first session is one act.
    let mut value = intervention("i-1");
    value.state = State::Open;
    let puts = vec![Put::Intervention { read_at: 2, value }];
    let sessions = vec![SessionChange::Opened(session(1, "i-1"))];
    let act = Change { puts, sessions, entries: vec![(id("nord"), vec![1; 40])], ..Change::default() };
    assert_eq!(world.db.commit(act, at(100), "a.martin").await.unwrap(), 1);
    let mut elsewhere = session(2, "i-1");
    elsewhere.service = id("other");
    assert!(change(&world, SessionChange::Opened(elsewhere)).await.is_err(), "of another service");
}

#[tokio::test]
async fn what_another_boot_left_open_is_found() {
    let world = World::with_hospital().await;
    world.intervention("i-1", &[State::Approved, State::Open], 20).await;
    for number in 1..=3 {
        let mut row = session(number, "i-1");
        row.boot = BootId::from_bytes([number; 16]);
        change(&world, SessionChange::Opened(row)).await.unwrap();
    }
    change(&world, ended(2)).await.unwrap();
    let left = world.db.left_open(BootId::from_bytes([3; 16])).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(format!("{:?}", left[0]), format!("{:?}", session(1, "i-1")));
}

#[tokio::test]
async fn hands_on_the_rows_are_refused() {
    let world = World::with_hospital().await;
    world.intervention("i-1", &[State::Approved, State::Open], 20).await;
    change(&world, SessionChange::Opened(session(1, "i-1"))).await.unwrap();
    change(&world, SessionChange::Opened(session(2, "i-1"))).await.unwrap();
    change(&world, ended(2)).await.unwrap();
    let tries = [
        "update session set ended_at = null, ending = null",
        "update session set ending = 'finished' where ended_at is not null",
        "update session set person = 'x' where ended_at is null",
        "update session set person = 'x', ended_at = 1, ending = 'cut' where ended_at is null",
        "update session set ended_at = 1 where ended_at is null",
        "delete from session",
        "insert or replace into session select * from session",
    ];
    for sql in tries {
        let mut tx = world.db.write().await.unwrap();
        assert!(sqlx::raw_sql(sql).execute(&mut *tx).await.is_err(), "{sql}");
    }
}
