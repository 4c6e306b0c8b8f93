//! The outbox: in order, in the act's own transaction, drained once.

use gate::ports::{Change, Put, Store};

use super::fixtures::*;

fn act(entries: &[u8]) -> Change {
    let entries = entries.iter().map(|byte| (id("nord"), vec![*byte; 32])).collect();
    Change { entries, ..Change::default() }
}

async fn waiting(world: &World, after: u64) -> Vec<(u64, u8)> {
    let found = world.db.waiting(after, 100).await.unwrap();
    found.iter().map(|waiting| (waiting.seq, waiting.entry[0])).collect()
}

#[tokio::test]
async fn entries_wait_in_order_until_they_are_drained() {
    let world = World::new().await;
    assert_eq!(world.db.commit(act(&[]), at(0), "x").await.unwrap(), 0);
    assert_eq!(world.db.commit(act(&[10, 11]), at(0), "x").await.unwrap(), 2);
    assert_eq!(world.db.commit(act(&[12]), at(0), "x").await.unwrap(), 3);
    assert_eq!(waiting(&world, 0).await, [(1, 10), (2, 11), (3, 12)]);
    assert_eq!(waiting(&world, 2).await, [(3, 12)]);
    assert_eq!(world.db.waiting(0, 2).await.unwrap().len(), 2);
    world.db.drained(2, vec![(id("nord"), 17)]).await.unwrap();
    assert_eq!(waiting(&world, 0).await, [(3, 12)]);
    assert_eq!(world.db.drained_upto(&id("nord")).await.unwrap(), 17);
    assert_eq!(world.db.drained_upto(&id("sud")).await.unwrap(), 0);
    // The mark only rises, and draining again changes nothing.
    world.db.drained(2, vec![(id("nord"), 3)]).await.unwrap();
    assert_eq!(world.db.drained_upto(&id("nord")).await.unwrap(), 17);
}

#[tokio::test]
async fn an_act_that_is_dropped_midway_never_was() {
    let world = World::with_hospital().await;
    let puts = vec![Put::Person(person("b.durand", "acme"))];
    let change = Change { puts, entries: vec![(id("nord"), vec![9; 32])], ..Change::default() };
    let mut tx = world.db.write().await.unwrap();
    let seq = crate::port::write_all(&mut tx, &change, at(50), "x").await.unwrap();
    assert_eq!(seq, 1);
    drop(tx);
    assert!(world.db.person(&id("b.durand"), at(60)).await.unwrap().is_none());
    assert!(waiting(&world, 0).await.is_empty());
}

#[tokio::test]
async fn an_act_goes_on_when_its_asker_leaves() {
    let world = World::with_hospital().await;
    let mut watch = world.db.changes();
    watch.mark_unchanged();
    let puts = vec![Put::Person(person("b.durand", "acme"))];
    let change = Change { puts, entries: vec![(id("nord"), vec![9; 32])], ..Change::default() };
    {
        let mut asked = world.db.commit(change, at(50), "x");
        // Polled once, so that it has begun; then its asker leaves.
        let waker = std::task::Waker::noop();
        let begun = asked.as_mut().poll(&mut std::task::Context::from_waker(waker));
        assert!(begun.is_pending());
    }
    watch.changed().await.unwrap();
    assert!(world.db.person(&id("b.durand"), at(60)).await.unwrap().is_some());
    assert_eq!(waiting(&world, 0).await, [(1, 9)]);
}

/// A copy of the files while the database is open is what a killed process leaves.
#[tokio::test]
async fn what_was_committed_survives_a_kill() {
    let world = World::new().await;
    world.db.commit(act(&[1, 2, 3]), at(0), "x").await.unwrap();
    let left = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), left.path().join(entry.file_name())).unwrap();
    }
    let again = crate::Database::open(&left.path().join("poterne.db"), at(1)).await.unwrap();
    assert_eq!(again.waiting(0, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_entry_out_of_bounds_is_no_conflict_to_retry() {
    let world = World::new().await;
    for length in [0, 15, 65_536] {
        let change = Change { entries: vec![(id("nord"), vec![0; length])], ..Change::default() };
        let refused = world.db.commit(change, at(0), "x").await;
        assert!(matches!(refused, Err(gate::ports::PortError::Failed(_))), "{length}: {refused:?}");
    }
    assert_eq!(world.db.health().await, Ok(()));
}

#[tokio::test]
async fn old_drained_entries_leave() {
    let world = World::new().await;
    let many = 4_200_u64;
    for _ in 0..42 {
        world.db.commit(act(&[5; 100]), at(0), "x").await.unwrap();
    }
    world.db.drained(many, Vec::new()).await.unwrap();
    let mut reader = world.db.reader().await.unwrap();
    let mut tx = reader.begin().await.unwrap();
    let (rows, first): (i64, i64) =
        sqlx::query_as("select count(*), min(seq) from outbox").fetch_one(&mut *tx).await.unwrap();
    assert_eq!((rows, first), (4_096, 105));
    drop(tx);
    assert_eq!(
        world.db.commit(act(&[6]), at(0), "x").await.unwrap(),
        many + 1,
        "places are never given twice"
    );
}

#[tokio::test]
async fn hands_on_the_rows_are_refused() {
    let world = World::new().await;
    world.db.commit(act(&[1, 2]), at(0), "x").await.unwrap();
    world.db.drained(1, vec![(id("nord"), 4)]).await.unwrap();
    let tries = [
        "update outbox set entry = zeroblob(32)",
        "update outbox set drained = 0",
        "update outbox set seq = seq + 10",
        "delete from outbox where drained = 0",
        "insert or replace into outbox select * from outbox where drained = 0",
        "insert into outbox (establishment, entry, drained) values ('nord', zeroblob(32), 1)",
        "insert into outbox (establishment, entry) values ('nord', zeroblob(15))",
        "insert into outbox (establishment, entry) values ('nord', zeroblob(65536))",
        "update outbox_mark set size = 3",
    ];
    for sql in tries {
        let mut tx = world.db.write().await.unwrap();
        assert!(sqlx::raw_sql(sql).execute(&mut *tx).await.is_err(), "{sql}");
    }
}
