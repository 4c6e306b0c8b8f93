//! Assessments: what stands otherwise is written down once, when a fact changes and when time does; the past is told as it
//! was.

use std::time::Duration;

use events::{Actor, Entry, Fact, ServiceAssessed};
use gate::ports::{Put, Store as _};
use testkit::{Kit, Mishap, SetClock, Step, fiction};
use vocab::{Lang, Level, RuleId, Source, StatusCode};

use crate::door::Door;

/// The assessments in the log, with what each says.
fn assessed(door: &Door) -> Vec<(Entry, ServiceAssessed)> {
    let all = door.kit.log().entries().into_iter();
    all.filter_map(|entry| match entry.fact.clone() {
        Fact::ServiceAssessed(fact) => Some((entry, fact)),
        _ => None,
    })
    .collect()
}

/// What one of them says to have changed.
fn changed(fact: &ServiceAssessed) -> Vec<(Source, Option<StatusCode>, StatusCode)> {
    fact.changed.iter().map(|one| (one.rule, one.was, one.is)).collect()
}

async fn without_checklist(door: &Door) {
    let mut service = door.kit.site.first_service().service;
    service.checklist.clear();
    door.apply(vec![Put::Service(service)]).await.unwrap();
}

const O4: (Source, Option<StatusCode>, StatusCode) =
    (Source::Guide(RuleId::O4), Some(StatusCode::MetEnforced), StatusCode::NotApplied);

#[tokio::test]
async fn what_changes_is_written_down_once() {
    let door = Door::in_order().await;
    let services = door.gate.services(None).await.unwrap().len();
    assert_eq!(door.gate.assess_again().await.unwrap(), services);
    let first = assessed(&door);
    assert_eq!(first.len(), services);
    for (entry, fact) in &first {
        assert_eq!((fact.changed.len(), &entry.by), (38, &Actor::Gate));
        assert!(fact.changed.iter().all(|one| one.was.is_none()));
    }
    assert_eq!(door.gate.assess_again().await.unwrap(), 0, "nothing changed and nothing is due");

    without_checklist(&door).await;
    assert!(door.gate.assess_again().await.unwrap() >= 1);
    let all = assessed(&door);
    let [(_, fact)] = &all[services..] else { panic!("{all:?}") };
    assert_eq!(changed(fact), [O4]);
    assert_eq!((fact.target, fact.reached), (2, Some(1)));
    // The next boot assesses all, and has nothing to tell.
    let door = Door::on(door.kit).await;
    assert_eq!(door.gate.assess_again().await.unwrap(), services);
    assert_eq!(assessed(&door).len(), services + 1);
    // An act upon an intervention that changes no finding is none either.
    door.done("b.petit", "suspend i-1 'attendre'").await;
    assert_eq!(door.gate.assess_again().await.unwrap(), 1);
    assert_eq!(assessed(&door).len(), services + 1);
}

#[tokio::test]
async fn time_alone_changes_what_stands() {
    let mut ends = None;
    let door = Door::with(|facts| {
        facts.contract.span.until = testkit::fiction::now().after(Duration::from_secs(7200));
        ends = Some(facts.contract.span.until);
    })
    .await;
    door.gate.assess_again().await.unwrap();
    let before = assessed(&door).len();
    door.kit.clock.pass(Duration::from_secs(7100));
    assert_eq!(door.gate.assess_again().await.unwrap(), 0);
    door.kit.clock.pass(Duration::from_secs(102));
    assert!(door.gate.assess_again().await.unwrap() >= 1);
    let all = assessed(&door);
    let [(entry, fact)] = &all[before..] else { panic!("{all:?}") };
    assert!(
        changed(fact)
            .iter()
            .any(|(rule, _, is)| *rule == Source::Guide(RuleId::C1) && *is == StatusCode::NotApplied)
    );
    assert!(entry.at >= ends.unwrap());
}

#[tokio::test]
async fn the_past_is_told_as_it_was() {
    let door = Door::in_order().await;
    let (establishment, service) = door.gate.services(None).await.unwrap().remove(0);
    door.gate.see().await.unwrap();
    door.gate.assess_again().await.unwrap();
    let then = door.kit.now();
    door.kit.clock.pass(Duration::from_secs(3600));
    without_checklist(&door).await;
    door.gate.assess_again().await.unwrap();
    let reached = async |at| door.gate.assessment(&establishment, &service, at).await.unwrap().level.reached;
    assert_eq!(reached(Some(then)).await, Some(Level::Two));
    assert_eq!(reached(None).await, Some(Level::One));
    let standing = async |at| door.kit.site.standing(&establishment, &service, at).await.unwrap().unwrap();
    assert_eq!(standing(then).await.reached, Some(Level::Two));
    assert_eq!(standing(door.kit.now()).await.reached, Some(Level::One));
}

/// What the gate sees of itself is written once, and a past moment leans on what was seen then, or on nothing.
#[tokio::test]
async fn the_past_leans_on_what_was_seen_then() {
    let door = Door::in_order().await;
    let (establishment, service) = door.gate.services(None).await.unwrap().remove(0);
    let before = door.kit.now();
    let status = async |at| {
        let assessed = door.gate.assessment(&establishment, &service, at).await.unwrap();
        let found = assessed.level.findings.into_iter().find(|one| one.rule == RuleId::T11);
        found.unwrap().status.code()
    };
    assert_eq!(status(Some(before)).await, StatusCode::Unknown, "nobody kept it");
    assert_eq!(status(None).await, StatusCode::MetEnforced);
    door.kit.clock.pass(Duration::from_secs(3600));
    door.gate.see().await.unwrap();
    door.gate.see().await.unwrap();
    let seen = |entry: &Entry| matches!(&entry.fact, Fact::GateSeen(_));
    assert_eq!(door.kit.log().entries().iter().filter(|entry| seen(entry)).count(), 1, "once");
    let then = door.kit.now();
    assert_eq!(status(Some(then)).await, StatusCode::MetEnforced);
    assert_eq!(status(Some(before)).await, StatusCode::Unknown);
    // The next boot sees the same, and has nothing to tell.
    let door = Door::on(door.kit).await;
    door.gate.see().await.unwrap();
    assert_eq!(door.kit.log().entries().iter().filter(|entry| seen(entry)).count(), 1);
    // The link leads to the entry that says so.
    let assessed = door.gate.assessment(&establishment, &service, Some(then)).await.unwrap();
    let index = door.kit.log().entries().iter().position(seen).unwrap();
    let told = assessed.json()["rules"].as_array().unwrap().clone();
    let of = |rule: &str| told.iter().find(|one| one["rule"] == rule).unwrap()["links"].to_string();
    assert!(of("T11").contains(&format!("\"entry\":{index}")), "{}", of("T11"));
}

/// An approval at the door, and a file that was applied: the finding leads to their entries.
#[tokio::test]
async fn findings_lead_to_their_entries() {
    let door = Door::in_order().await;
    without_checklist(&door).await;
    let (establishment, service) = door.gate.services(None).await.unwrap().remove(0);
    let assessed = door.gate.assessment(&establishment, &service, None).await.unwrap();
    let entries = door.kit.log().entries();
    let at = |code: &str| entries.iter().rposition(|entry| entry.fact.code() == code);
    let said = assessed.text(Lang::En);
    let applied = at("site-applied").unwrap();
    assert!(said.contains(&format!("[service {service} v2, entry {applied}]")), "{said}");
    for code in guide::ACTS {
        assert!(Fact::ALL.iter().any(|(_, known)| *known == code), "{code} is no event");
    }
}

/// Who answers for it reads it at the door, in his language, as it stands and as it stood.
#[tokio::test]
async fn it_is_read_at_the_door() {
    let door = Door::in_order().await;
    let now = door.done("s.rssi", "assess maintenance-scanner").await;
    assert!(
        now.contains("palier 2 atteint") && now.lines().filter(|line| line.starts_with('O')).count() == 8,
        "{now}"
    );
    assert!(now.contains("O6  non applicable : ne concerne pas ce type d'intervention"), "{now}");
    without_checklist(&door).await;
    let lacking = door.say_in(Lang::En, "s.rssi", "assess maintenance-scanner").await.text;
    assert!(
        lacking.contains("level 2 not reached: 1 rule not applied") && lacking.contains("      → "),
        "{lacking}"
    );
    let zone = door.kit.site.first_service().establishment.zone;
    let earlier = door.kit.now().after(Duration::ZERO);
    door.kit.clock.pass(Duration::from_secs(86_400));
    let past = format!("assess maintenance-scanner '{}'", zone.show(earlier));
    door.done("s.rssi", &past).await;
    for never in ["2199-01-01 10:00", "hier", "2026-02-30 10:00"] {
        door.refused("s.rssi", &format!("assess maintenance-scanner '{never}'")).await;
    }
    door.refused("s.rssi", "assess nulle-part").await;
}

/// Purchasing holds two providers' answers side by side before it signs; nobody compares what he may not see.
#[tokio::test]
async fn two_providers_are_compared_before_either_is_signed_with() {
    let one = fiction::service_facts();
    let mut other = fiction::service_facts();
    other.service.id = fiction::name("maintenance-scanner-bis");
    (other.contract.id, other.service.contract) = (fiction::name("c-2"), fiction::name("c-2"));
    other.contract.span.from = fiction::at("2027-01-01 00:00");
    other.interventions.clear();
    other.service.declared.remove(&RuleId::E1);
    let door = Door::on(Kit::of(&[one, other], SetClock::at(fiction::now()))).await;
    let words = "compare maintenance-scanner maintenance-scanner-bis";
    let said = door.done("p.achats", words).await;
    assert!(said.starts_with("A  maintenance-scanner — acme, c-1") && said.contains("(2027-01-01"), "{said}");
    let e1: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("E1")).take(3).collect();
    assert!(e1[1].contains("A tenue") && e1[2].contains("B inconnue"), "{e1:?}\n{said}");
    assert!(said.lines().last().unwrap().contains(" C1 C2 "), "on its first day it is in force: {said}");
    for barred in ["a.martin", "v.voisin", "n.personne"] {
        door.refused(barred, words).await;
    }
    door.refused("p.achats", &format!("{words} x y z w")).await;
    door.refused("p.achats", "compare maintenance-scanner nulle-part").await;
}

/// Whatever fails at whatever step, it is written down in the end, and once.
#[tokio::test]
async fn it_is_written_in_the_end() {
    for step in [Step::ReadSite, Step::ReadService, Step::Commit, Step::Append, Step::Draw] {
        for how in [Mishap::full(), Mishap::conflict(), Mishap::lost_answer()] {
            let door = Door::in_order().await;
            door.gate.assess_again().await.unwrap();
            let before = assessed(&door).len();
            without_checklist(&door).await;
            let about = format!("{step:?} {how:?}");
            door.kit.troubles.next(step, how);
            let _refused = door.gate.assess_again().await;
            door.kit.troubles.over();
            door.kit.clock.pass(Duration::from_secs(61));
            door.gate.assess_again().await.unwrap();
            // What waits in the outbox is moved by the next act, or the next start.
            let door = Door::on(door.kit).await;
            let all = assessed(&door);
            let [(_, fact)] = &all[before..] else { panic!("{about}: {}", all.len() - before) };
            assert_eq!(changed(fact), [O4], "{about}");
        }
    }
}

/// A gate that stops assesses nothing any more, so that its last entry is that it stopped.
#[tokio::test]
async fn a_gate_that_stops_is_silent() {
    let door = Door::in_order().await;
    door.gate.assess_again().await.unwrap();
    without_checklist(&door).await;
    door.gate.stop(Duration::from_secs(1)).await;
    assert_eq!(door.gate.assess_again().await.unwrap(), 0);
    assert_eq!(door.kit.log().entries().last().unwrap().fact.code(), "gate-stopped");
}
