//! What goes from the database: what is named with a certificate, and nothing that stands or is due.

use domain::State;
use gate::ports::{
    Change, Doomed, FactKind, FactName, Old, PortError, Put, Record, RecordKind, SessionChange, Store,
    Wanted, Within,
};

use super::fixtures::*;

fn doomed(root: u8, rows: Vec<Old>) -> Put {
    Put::Doomed(Doomed { establishment: id("nord"), root: [root; 32], rows })
}

fn fact(kind: FactKind, name: &str, version: u64) -> Old {
    Old::Fact { kind, establishment: None, name: name.to_owned(), version }
}

async fn records(world: &World, kind: RecordKind) -> Vec<Record> {
    let wanted = Wanted { kind, within: Within::Everywhere, name: None, closed_before: None };
    world.db.records(wanted).await.unwrap()
}

async fn conflicts(world: &World, put: Put) {
    let refused = world.put(put.clone(), 90).await;
    assert!(matches!(refused, Err(PortError::Conflict(_))), "{put:?}: {refused:?}");
}

/// A person who changed and left, an intervention that was refused and one that is open, with sessions.
async fn world() -> World {
    let world = World::with_hospital().await;
    let mut changed = person("a.martin", "acme");
    changed.active = false;
    world.put(Put::Person(changed), 50).await.unwrap();
    world.put(Put::End(FactName::Person(id("a.martin"))), 60).await.unwrap();
    world.intervention("i-1", &[State::Approved, State::Open], 20).await;
    world.intervention("i-2", &[State::Refused], 20).await;
    world
}

#[tokio::test]
async fn what_is_named_goes_and_nothing_else() {
    let world = world().await;
    let people = records(&world, RecordKind::Fact(FactKind::Person)).await;
    let his: Vec<&Record> = people.iter().filter(|one| one.name == "a.martin").collect();
    assert_eq!(his.iter().map(|one| one.version).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((his[0].from, his[0].until, his[1].until), (at(10), Some(at(50)), Some(at(60))));
    let wanted = |before| Wanted {
        kind: RecordKind::Fact(FactKind::Person),
        within: Within::Deployment,
        name: Some("a.martin".to_owned()),
        closed_before: Some(at(before)),
    };
    assert_eq!(world.db.records(wanted(50)).await.unwrap(), []);
    assert_eq!(world.db.records(wanted(51)).await.unwrap().len(), 1);
    let rows = vec![fact(FactKind::Person, "a.martin", 1), Old::Intervention { id: id("i-2"), version: 2 }];
    world.put(doomed(1, rows), 90).await.unwrap();
    assert_eq!(world.db.doomed(&id("nord")).await.unwrap(), Some([1; 32]));
    assert_eq!(world.db.doomed(&id("sud")).await.unwrap(), None);
    // Not under another certificate, nor of another establishment.
    world.db.remove_all(&id("nord"), &[2; 32]).await.unwrap();
    world.db.remove_all(&id("sud"), &[1; 32]).await.unwrap();
    assert_eq!(records(&world, RecordKind::Fact(FactKind::Person)).await, people);
    world.db.remove_all(&id("nord"), &[1; 32]).await.unwrap();
    let left = records(&world, RecordKind::Fact(FactKind::Person)).await;
    assert_eq!(left.len(), people.len() - 1);
    assert!(left.iter().all(|one| one.name != "a.martin" || one.version == 2));
    let interventions = records(&world, RecordKind::Intervention).await;
    assert!(!interventions.is_empty() && interventions.iter().all(|one| one.name == "i-1"));
    assert_eq!(world.db.doomed(&id("nord")).await.unwrap(), None);
    // Once more it is nothing; and who comes back begins after what is left.
    world.db.remove_all(&id("nord"), &[1; 32]).await.unwrap();
    world.put(Put::Person(person("a.martin", "acme")), 95).await.unwrap();
    let last = records(&world, RecordKind::Fact(FactKind::Person)).await;
    assert_eq!(last.iter().rfind(|one| one.name == "a.martin").unwrap().version, 3);
}

#[tokio::test]
async fn what_stands_or_is_due_is_not_named() {
    let world = world().await;
    let row = |version| vec![Old::Intervention { id: id("i-1"), version }];
    conflicts(&world, doomed(1, vec![fact(FactKind::Person, "b.petit", 1)])).await;
    conflicts(&world, doomed(1, vec![fact(FactKind::Provider, "acme", 1)])).await;
    conflicts(&world, doomed(1, vec![fact(FactKind::Person, "a.martin", 3)])).await;
    conflicts(&world, doomed(1, row(3))).await;
    conflicts(&world, doomed(1, vec![Old::Intervention { id: id("i-2"), version: 1 }])).await;
    // One that is there is not named by another establishment's certificate.
    let other = Doomed {
        establishment: id("sud"),
        root: [1; 32],
        rows: vec![Old::Intervention { id: id("i-2"), version: 2 }],
    };
    conflicts(&world, Put::Doomed(other)).await;
    world.put(doomed(1, vec![fact(FactKind::Person, "a.martin", 1)]), 90).await.unwrap();
    conflicts(&world, doomed(2, vec![fact(FactKind::Person, "a.martin", 2)])).await;
    conflicts(&world, doomed(1, vec![fact(FactKind::Person, "a.martin", 1)])).await;
}

#[tokio::test]
async fn hands_on_what_is_named_are_refused() {
    let world = world().await;
    let rows = vec![fact(FactKind::Person, "a.martin", 1), Old::Intervention { id: id("i-2"), version: 2 }];
    world.put(doomed(1, rows), 90).await.unwrap();
    for sql in [
        "update doomed set root = zeroblob(32)",
        "delete from doomed",
        "delete from fact where name = 'a.martin' and version = 2",
        "delete from fact where kind = 'provider'",
        "delete from intervention where id = 'i-1'",
        "delete from intervention_history where intervention = 'i-1'",
        "update intervention set version = version + 1 where id = 'i-2'",
        "insert into doomed (establishment, root, fact) select 'nord', root, (select id from fact where kind = 'provider' and valid_until is null limit 1) from doomed limit 1",
        "insert into doomed (establishment, root, intervention) select 'nord', root, 'i-1' from doomed limit 1",
    ] {
        let mut tx = world.db.write().await.unwrap();
        assert!(sqlx::raw_sql(sql).execute(&mut *tx).await.is_err(), "{sql}");
    }
}

/// What was deleted lies nowhere in the file any more.
#[tokio::test]
async fn bytes_that_went_are_overwritten() {
    let world = world().await;
    let mut marked = person("z.marque", "acme");
    marked.name = "Zacharie Marqueur-Fictif".to_owned();
    world.put(Put::Person(marked), 70).await.unwrap();
    world.put(Put::End(FactName::Person(id("z.marque"))), 80).await.unwrap();
    world.put(doomed(1, vec![fact(FactKind::Person, "z.marque", 1)]), 90).await.unwrap();
    world.db.remove_all(&id("nord"), &[1; 32]).await.unwrap();
    world.db.close().await;
    let file = std::fs::read(world.folder.path().join("poterne.db")).unwrap();
    assert!(!file.windows(8).any(|bytes| bytes == b"Marqueur"));
}

#[tokio::test]
async fn a_session_without_its_end_keeps_its_intervention() {
    let world = world().await;
    let mut change = Change::default();
    change.sessions.push(SessionChange::Opened(session(1, "i-1")));
    world.db.commit(change, at(30), "test").await.unwrap();
    let told = records(&world, RecordKind::Session).await;
    assert_eq!((told.len(), told[0].until, told[0].by.as_str()), (1, None, "a.martin"));
    let sql = "insert into doomed (establishment, root, intervention) values ('nord', zeroblob(32), 'i-1')";
    let mut tx = world.db.write().await.unwrap();
    assert!(sqlx::raw_sql(sql).execute(&mut *tx).await.is_err());
}

/// A gate that dies between two of the transactions leaves some of what is named, and it alone.
#[tokio::test]
async fn what_broke_off_goes_on() {
    let world = World::with_hospital().await;
    for secs in 0..300 {
        let mut changed = person("a.martin", "acme");
        changed.active = secs % 2 == 1;
        world.put(Put::Person(changed), 50 + secs).await.unwrap();
    }
    let before = records(&world, RecordKind::Fact(FactKind::Person)).await.len();
    let rows = (1..=300).map(|version| fact(FactKind::Person, "a.martin", version)).collect();
    world.put(doomed(1, rows), 900).await.unwrap();
    let mut tx = world.db.write().await.unwrap();
    assert!(crate::record::remove_some(&mut tx, &id("nord"), &[1; 32]).await.unwrap());
    tx.commit().await.unwrap();
    let left = records(&world, RecordKind::Fact(FactKind::Person)).await.len();
    assert_eq!((before - left, world.db.doomed(&id("nord")).await.unwrap()), (256, Some([1; 32])));
    world.db.remove_all(&id("nord"), &[1; 32]).await.unwrap();
    let left = records(&world, RecordKind::Fact(FactKind::Person)).await.len();
    assert_eq!((before - left, world.db.doomed(&id("nord")).await.unwrap()), (300, None));
}
