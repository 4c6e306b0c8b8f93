//! Which assessments a changed fact may change: all that have it in their snapshot, and not everybody's.

use std::collections::BTreeSet;

use domain::EngagementKind;
use gate::ports::{FactName, Put, Standing, Store};

use super::fixtures::*;

async fn touched(world: &World, name: FactName) -> BTreeSet<String> {
    let found = world.db.touched(vec![name], at(500)).await.unwrap();
    found.into_iter().map(|(establishment, service)| format!("{service} of {establishment}")).collect()
}

#[tokio::test]
async fn every_fact_of_a_snapshot_touches_its_service() {
    let world = World::with_hospital().await;
    world.puts(hospital("sud"), 20).await.unwrap();
    world
        .puts(vec![Put::Provider(provider("rival")), Put::Person(person("r.rival", "rival"))], 20)
        .await
        .unwrap();
    let (nord, scanner) = (|| id("nord"), || id("scanner"));
    let both = ["scanner-tm of nord", "scanner-tm of sud"];
    let one = ["scanner-tm of nord"];
    let kind = EngagementKind::Confidentiality;
    let cases: Vec<(FactName, &[&str])> = vec![
        (FactName::Establishment(nord()), &one),
        (FactName::Suspension { establishment: nord(), provider: id("acme") }, &one),
        (FactName::Contract { establishment: nord(), contract: id("c-acme") }, &one),
        (FactName::Service { establishment: nord(), service: id("scanner-tm") }, &one),
        (FactName::Transition { establishment: nord(), service: id("scanner-tm") }, &one),
        (FactName::Equipment { establishment: nord(), equipment: scanner() }, &one),
        (FactName::AccountTag { establishment: nord(), equipment: scanner() }, &one),
        (FactName::Rotation { establishment: nord(), equipment: scanner() }, &one),
        (FactName::Engagement { establishment: nord(), person: id("a.martin"), kind, version: 1 }, &one),
        (FactName::Vouching { establishment: nord(), person: id("a.martin") }, &one),
        (FactName::Provider(id("acme")), &both),
        (FactName::Person(id("a.martin")), &both),
        (FactName::Enrolment(id("a.martin")), &both),
        (FactName::Provider(id("rival")), &[]),
        (FactName::Person(id("r.rival")), &[]),
        (FactName::Standing { establishment: nord(), service: id("scanner-tm") }, &[]),
    ];
    for (name, wanted) in cases {
        let wanted: BTreeSet<String> = wanted.iter().map(|one| (*one).to_owned()).collect();
        assert_eq!(touched(&world, name.clone()).await, wanted, "{name:?}");
    }
    // Whoever goes over to another employer leaves the services of the former one otherwise than they were.
    world.put(Put::Person(person("a.martin", "rival")), 30).await.unwrap();
    assert_eq!(touched(&world, FactName::Person(id("a.martin"))).await.len(), 2);
}

/// What one equipment is bears on those who hold it, on those who share with it (T9), and on all where it has a link (T3):
/// every service whose snapshot changed is told, whichever way it changed.
#[tokio::test]
async fn an_equipment_touches_those_who_share_with_it() {
    let world = World::with_hospital().await;
    let two = vec![
        Put::Equipment(equipment("nord", "irm", "maint-irm")),
        Put::Service(service("nord", "irm-tm", "c-acme", &["irm"])),
    ];
    world.puts(two, 20).await.unwrap();
    let scanner = || FactName::Equipment { establishment: id("nord"), equipment: id("scanner") };
    let tag_of = |name: &str| FactName::AccountTag { establishment: id("nord"), equipment: id(name) };
    let tag = || tag_of("scanner");
    let tagged = |name: &str, tag: &str| Put::AccountTag {
        establishment: id("nord"),
        equipment: id(name),
        tag: Some(tag.to_owned()),
    };
    let linked = || domain::Equipment {
        own_link: Some("4G".to_owned()),
        ..equipment("nord", "scanner", "maint-scanner")
    };
    let alone = ["scanner-tm of nord"].as_slice();
    let both = ["irm-tm of nord", "scanner-tm of nord"].as_slice();
    let cases: Vec<(&str, Put, FactName, &[&str])> = vec![
        ("nothing shared", tagged("irm", "one"), tag_of("irm"), &["irm-tm of nord"]),
        ("its login is shared", Put::Equipment(equipment("nord", "scanner", "maint-irm")), scanner(), both),
        ("it was", Put::Equipment(equipment("nord", "scanner", "maint-scanner")), scanner(), both),
        ("another secret", tagged("scanner", "two"), tag(), alone),
        ("its secret is shared", tagged("scanner", "one"), tag(), both),
        ("it was", tagged("scanner", "three"), tag(), both),
        ("a link", Put::Equipment(linked()), scanner(), both),
        ("there was one", Put::Equipment(equipment("nord", "scanner", "maint-scanner")), scanner(), both),
    ];
    let snapshots = async |secs| {
        let mut all = std::collections::BTreeMap::new();
        for service in ["scanner-tm", "irm-tm"] {
            let facts = world.db.service_facts(&id("nord"), &id(service), at(secs)).await.unwrap();
            all.insert(format!("{service} of nord"), facts);
        }
        all
    };
    for (hour, (what, put, name, wanted)) in (1_i64..).zip(cases) {
        // Two days on, nothing of before is remembered.
        let secs = hour * 3 * 86_400;
        world.put(put, secs).await.unwrap();
        let (before, after) = (snapshots(secs - 1).await, snapshots(secs).await);
        let found = world.db.touched(vec![name], at(secs + 60)).await.unwrap();
        let told: BTreeSet<String> = found.iter().map(|(at, service)| format!("{service} of {at}")).collect();
        assert_eq!(told, wanted.iter().map(|one| (*one).to_owned()).collect(), "{what}");
        for (service, facts) in after {
            assert!(told.contains(&service) || before.get(&service) == Some(&facts), "{what}: {service}");
        }
    }
}

#[tokio::test]
async fn a_subcontractor_touches_the_contracts_that_list_it() {
    let world = World::with_hospital().await;
    let mut listed = contract("nord", "c-acme", "acme");
    listed.subcontracts = vec![subcontract("sub", "acme")];
    let puts =
        vec![Put::Contract(listed), Put::Provider(provider("sub")), Put::Person(person("s.sub", "sub"))];
    world.puts(puts, 20).await.unwrap();
    for name in [FactName::Provider(id("sub")), FactName::Person(id("s.sub"))] {
        assert_eq!(touched(&world, name).await.len(), 1);
    }
    // Nobody listed it, and its people come all the same on behalf of one who is: what it is stands in their snapshot.
    let mut sent = person("u.unlisted", "unlisted");
    sent.on_behalf_of = Some(id("acme"));
    world.puts(vec![Put::Provider(provider("unlisted")), Put::Person(sent)], 30).await.unwrap();
    assert_eq!(touched(&world, FactName::Provider(id("unlisted"))).await.len(), 1);
}

#[tokio::test]
async fn what_stood_is_kept_with_its_history_and_tells_nobody() {
    let world = World::with_hospital().await;
    let facts = world.db.service_facts(&id("nord"), &id("scanner-tm"), at(20)).await.unwrap();
    let standing = |secs| Standing::of(&facts, at(secs));
    let put =
        |secs| Put::Standing { establishment: id("nord"), service: id("scanner-tm"), value: standing(secs) };
    let changes = *world.db.changes().borrow();
    world.put(put(20), 20).await.unwrap();
    world.put(put(90_000_000), 30).await.unwrap();
    assert_eq!(*world.db.changes().borrow(), changes, "nobody stands on it");
    let found = async |secs| world.db.standing(&id("nord"), &id("scanner-tm"), at(secs)).await.unwrap();
    assert_eq!(found(10).await, None);
    assert_eq!(found(25).await, Some(standing(20)));
    assert_eq!(found(30).await, Some(standing(90_000_000)));
}
