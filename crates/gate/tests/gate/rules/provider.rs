//! E1 to E9: what the provider holds, and what of it the door can see.

use std::time::Duration;

use domain::ServiceFacts;
use events::Fact;
use gate::{Gate, Order};
use testkit::Nose;
use testkit::fiction;
use vocab::{Ending, Right, RuleId};

use super::{finding, opens, stands};
use crate::door::{Door, attempt, may_take_out, takes_out};
use crate::held;

fn unsaid(facts: &mut ServiceFacts) {
    facts.service.declared.clear();
}

/// Met by a paper that has an end, unknown without; and no way into the network is given beside the session.
#[tokio::test]
async fn e1_a_platform_is_as_safe_as_its_paper_says_and_until_when() {
    stands(RuleId::E1, "met-declared", |_| {}).await;
    stands(RuleId::E1, "unknown", unsaid).await;
    stands(RuleId::E1, "partly", |facts| {
        let declared = facts.service.declared.get_mut(&RuleId::E1).unwrap();
        declared.held.as_mut().unwrap().until = fiction::now();
    })
    .await;
    let door = Door::in_order().await;
    let mut tunnel = attempt();
    tunnel.access = None;
    let opening = door.open_as(tunnel, "a.martin").await.unwrap();
    let rights = opening.live.terms().rights;
    assert!(Right::ALL.into_iter().filter(|right| rights.has(*right)).count() <= 2, "{rights:?}");
}

/// A workstation that is not enrolled has no key of his: nothing opens.
#[tokio::test]
async fn e2_from_a_workstation_that_is_not_enrolled_nothing_opens() {
    let door = Door::in_order().await;
    let mut elsewhere = attempt();
    elsewhere.login.key = fiction::key_of("another-machine");
    assert!(door.open_as(elsewhere, "a.martin").await.is_err());
    assert!(door.kit.safe.lent().is_empty());
    stands(RuleId::E2, "unknown", unsaid).await;
}

/// Who was connected is one person, with his key and second factor; another's key is not his.
#[tokio::test]
async fn e3_who_was_connected_has_one_name() {
    let door = opens(|_| {}).await;
    let opened = door.kit.log().entries().into_iter().filter_map(|entry| match entry.fact {
        Fact::SessionOpened(fact) => Some((fact.person, fact.key, fact.second)),
        _ => None,
    });
    let opened: Vec<_> = opened.collect();
    let [(person, key, second)] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!((person.as_str(), key.as_str()), ("a.martin", fiction::key().0.as_str()));
    assert!(!second.as_str().is_empty());
    let door = Door::in_order().await;
    let mut shared = attempt();
    shared.login.key = fiction::key_of("m.chef");
    assert!(door.open_as(shared, "a.martin").await.is_err(), "with another's key");
    stands(RuleId::E3, "unknown", unsaid).await;
}

/// The drill: an incident is announced, and every session of the provider is cut before a minute is over.
#[tokio::test(start_paused = true)]
async fn e4_an_incident_at_the_provider_cuts_all_its_sessions() {
    let door = Door::ticking(|_| {}).await;
    let supervising = tokio::spawn(Gate::supervise(door.gate.clone()));
    let live = door.open().await.unwrap().live;
    let mut orders = live.orders().unwrap();
    door.done("s.rssi", "suspend-provider acme 'incident annoncé'").await;
    let cut = async {
        loop {
            match orders.recv().await {
                Some(Order::Close(ending, _)) => return ending,
                Some(_) => {}
                None => panic!("no order to close"),
            }
        }
    };
    let ending = tokio::time::timeout(Duration::from_secs(60), cut).await.unwrap();
    assert_eq!(ending, Ending::NoLongerPermitted);
    assert!(door.open().await.is_err());
    door.refused("s.rssi", "resume-provider acme").await;
    door.done("r.dupont", "resume-provider acme").await;
    supervising.abort();
}

/// What stands in the SIS is the provider's to watch over: known by its word, clause and holding apart, and the session
/// that patches is never barred for it.
#[tokio::test]
async fn e5_means_in_the_sis_are_watched_over_by_word_alone() {
    stands(RuleId::E5, "met-declared", |_| {}).await;
    stands(RuleId::E5, "unknown", unsaid).await;
    stands(RuleId::E5, "partly", |facts| {
        facts.service.declared.get_mut(&RuleId::E5).unwrap().held = None;
    })
    .await;
    opens(|facts| drop(facts.service.declared.remove(&RuleId::E5))).await;
}

/// A file in which something is found, or that nobody could look at, never reaches the equipment.
#[tokio::test]
async fn e6_what_is_not_found_clean_does_not_reach_the_equipment() {
    let door = Door::with(held::holds).await;
    let live = door.open().await.unwrap().live;
    for (nose, content) in [(Nose::Well, "with malware"), (Nose::Silent, "plain")] {
        door.kit.sniffer.is(nose);
        let held = held::holding(&live, content).await;
        assert!(live.judge(1, &held::upload(content.len()), &held).await.is_err(), "{nose:?}");
    }
    assert!(held::verdicts(&door).iter().all(|(_, released)| !released));
    stands(RuleId::E6, "unknown", unsaid).await;
}

/// An update is traced whole: its name, length, digest and verdict are in the log before it goes on.
#[tokio::test]
async fn e7_an_update_that_was_altered_is_blocked_and_one_that_passed_is_traced() {
    let door = Door::with(held::holds).await;
    door.kit.sniffer.is(Nose::Well);
    let live = door.open().await.unwrap().live;
    let held = held::holding(&live, "plain").await;
    assert!(live.judge(1, &held::upload(6), &held).await.is_err(), "other bytes than were announced");
    assert!(live.judge(1, &held::upload(5), &held).await.is_ok());
    let scanned = door.kit.log().entries().into_iter().filter_map(|entry| match entry.fact {
        Fact::FileScanned(fact) => Some((fact.size, fact.released)),
        _ => None,
    });
    assert_eq!(scanned.collect::<Vec<_>>(), [(5, true)]);
    stands(RuleId::E7, "unknown", unsaid).await;
}

/// Asked of télémaintenance alone, and known by the provider's word.
#[tokio::test]
async fn e8_components_are_under_control_by_word_and_for_maintenance_alone() {
    stands(RuleId::E8, "met-declared", |_| {}).await;
    stands(RuleId::E8, "unknown", unsaid).await;
    stands(RuleId::E8, "not-for-kind", |facts| facts.service.kind = vocab::Kind::Monitoring).await;
}

/// The list of what left is kept whatever is attested, and `unreachable` takes both.
#[tokio::test]
async fn e9_what_left_is_listed_and_unreachable_takes_two() {
    let door = Door::with(may_take_out).await;
    let live = door.open().await.unwrap().live;
    let size = takes_out(&live);
    door.gate.close(&live, Ending::Finished, None).await;
    assert_eq!(door.stands().residual.iter().map(|one| one.size).collect::<Vec<_>>(), [size]);
    door.done("a.martin", "close i-1 unreachable").await;
    for alone in ["a.martin", "m.chef", "b.petit"] {
        door.refused(alone, "confirm i-1").await;
    }
    door.refused("m.chef", "erased i-1").await;
    door.done("r.dupont", "confirm i-1").await;
    door.kit.clock.pass(Duration::from_secs(8 * 24 * 3_600));
    assert!(finding(&door, RuleId::E9).await.status.is_lacking(), "a week is over");
    door.done("m.chef", "erased i-1").await;
    assert!(!finding(&door, RuleId::E9).await.status.is_lacking());
}
