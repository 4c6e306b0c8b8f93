//! Facts: versions, history, and the hands that the database refuses.

use gate::ports::{FactName, PortError, Put, Store};
use proptest::prelude::*;

use super::fixtures::*;

#[tokio::test]
async fn a_change_makes_a_version_and_the_past_stays() {
    let world = World::with_hospital().await;
    let mut changed = person("a.martin", "acme");
    changed.active = false;
    world.put(Put::Person(changed), 50).await.unwrap();
    let active = async |secs| world.db.person(&id("a.martin"), at(secs)).await.unwrap().map(|p| p.active);
    assert_eq!(active(9).await, None);
    assert_eq!(active(10).await, Some(true));
    assert_eq!(active(49).await, Some(true));
    assert_eq!(active(50).await, Some(false));
    assert_eq!(active(5_000).await, Some(false));
}

#[tokio::test]
async fn an_ended_fact_is_gone_and_may_come_back() {
    let world = World::with_hospital().await;
    let end = || Put::End(FactName::Person(id("a.martin")));
    world.put(end(), 50).await.unwrap();
    assert!(world.db.person(&id("a.martin"), at(49)).await.unwrap().is_some());
    assert!(world.db.person(&id("a.martin"), at(50)).await.unwrap().is_none());
    assert!(matches!(world.put(end(), 51).await, Err(PortError::Missing(_))));
    world.put(Put::Person(person("a.martin", "acme")), 60).await.unwrap();
    assert!(world.db.person(&id("a.martin"), at(55)).await.unwrap().is_none());
    assert!(world.db.person(&id("a.martin"), at(60)).await.unwrap().is_some());
}

#[tokio::test]
async fn the_same_again_is_no_version() {
    let world = World::with_hospital().await;
    world.puts(hospital("nord"), 50).await.unwrap();
    let mut reader = world.db.reader().await.unwrap();
    let mut tx = reader.begin().await.unwrap();
    let versions: i64 =
        sqlx::query_scalar("select max(version) from fact").fetch_one(&mut *tx).await.unwrap();
    assert_eq!(versions, 1);
}

#[tokio::test]
async fn a_clock_that_went_back_far_is_refused() {
    let world = World::with_hospital().await;
    let mut changed = person("a.martin", "acme");
    changed.active = false;
    assert!(matches!(world.put(Put::Person(changed.clone()), -3_600).await, Err(PortError::Failed(_))));
    // A step of a time server is no reason to refuse: it counts from the version that stands.
    world.put(Put::Person(changed), 5).await.unwrap();
    assert!(!world.db.person(&id("a.martin"), at(10)).await.unwrap().unwrap().active);
}

#[tokio::test]
async fn a_change_is_whole_or_not_at_all() {
    let world = World::with_hospital().await;
    let before = *world.db.changes().borrow();
    let puts = vec![Put::Person(person("b.durand", "acme")), Put::End(FactName::Person(id("nobody")))];
    world.puts(puts, 50).await.unwrap_err();
    assert!(world.db.person(&id("b.durand"), at(60)).await.unwrap().is_none());
    assert_eq!(*world.db.changes().borrow(), before, "nothing changed, nothing is told");
}

#[tokio::test]
async fn watchers_are_told() {
    let world = World::new().await;
    let mut watch = world.db.changes();
    watch.mark_unchanged();
    world.puts(hospital("nord"), 10).await.unwrap();
    assert!(watch.has_changed().unwrap());
}

#[tokio::test]
async fn keys_open_only_for_the_active() {
    let world = World::with_hospital().await;
    let has =
        async |who: &str, what: &str, secs| world.db.key_of(&id(who), &key(what), at(secs)).await.unwrap();
    assert!(has("a.martin", "a.martin", 20).await);
    assert!(!has("a.martin", "another", 20).await);
    assert!(!has("nobody", "a.martin", 20).await);
    assert!(!has("a.martin", "a.martin", 5).await, "not known yet");
    let mut gone = person("a.martin", "acme");
    gone.active = false;
    world.put(Put::Person(gone), 30).await.unwrap();
    assert!(!has("a.martin", "a.martin", 30).await);
}

/// Statements that a hand may try on the history. Each is refused.
#[tokio::test]
async fn history_is_refused_to_every_hand() {
    let world = World::with_hospital().await;
    world.put(Put::End(FactName::Person(id("a.martin"))), 50).await.unwrap();
    let tries = [
        "update fact set body = '{}'",
        "update fact set valid_from = 0",
        "update fact set name = 'x'",
        "update fact set version = 9",
        "update fact set recorded_by = 'x'",
        "update fact set valid_until = 99 where valid_until is null",
        "update fact set valid_until = null, closed_at = null, closed_by = null where valid_until is not null",
        "update fact set valid_until = valid_until + 1 where valid_until is not null",
        "delete from fact",
        "insert or replace into fact select * from fact",
        "insert into fact (kind, establishment, name, version, link, also, valid_from, recorded_at, recorded_by, body)
         values ('person', '', 'a.martin', 7, '', '', 0, 0, 'x', '{}')",
        "insert into fact (kind, establishment, name, version, link, also, valid_from, recorded_at, recorded_by, body)
         values ('provider', '', 'acme', 2, '', '', 0, 0, 'x', '{}')",
    ];
    for sql in tries {
        let mut tx = world.db.write().await.unwrap();
        let refused = sqlx::raw_sql(sql).execute(&mut *tx).await;
        assert!(refused.is_err(), "{sql}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever was written when, each moment sees what was written last before it.
    #[test]
    fn each_moment_sees_the_last_word(words in proptest::collection::vec((0i64..50, any::<Option<bool>>()), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let mut said: Vec<(i64, Option<bool>)> = Vec::new();
            let mut clock = 0;
            for (step, word) in words {
                clock += step;
                let stands = said.last().and_then(|(_, word)| *word);
                let put = match word {
                    Some(active) => {
                        let mut person = person("a.martin", "acme");
                        person.active = active;
                        Put::Person(person)
                    }
                    None if stands.is_some() => Put::End(FactName::Person(id("a.martin"))),
                    None => continue,
                };
                world.put(put, clock).await.unwrap();
                said.push((clock, word));
            }
            for moment in 0..=clock + 1 {
                let expected = said.iter().rev().find(|(when, _)| *when <= moment).and_then(|(_, word)| *word);
                let found = world.db.person(&id("a.martin"), at(moment)).await.unwrap().map(|p| p.active);
                assert_eq!(found, expected, "at {moment} of {said:?}");
            }
        });
    }
}
