//! Exceptions and derogations: asked, granted, signed, used, over, reviewed, each by another hand.

use std::time::Duration;

use domain::{Derogation, Officer, ServiceFacts, Span};
use testkit::fiction::{at, name};

use crate::door::Door;

/// Two hours after the window.
fn at_night(door: &Door) {
    door.kit.clock.set(at("2026-11-24 21:00"));
}

#[tokio::test]
async fn an_exception_opens_the_window_for_its_span() {
    let door = Door::in_order().await;
    at_night(&door);
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("[O3]"), "{}", refused.text);
    door.refused("b.petit", "grant i-1 a.martin 1h").await;
    door.done("a.martin", "exception i-1 1h 'scanner en panne'").await;
    assert!(door.open().await.is_err(), "asked for is not granted");
    door.done("g.astreinte", "grant i-1 a.martin 1h").await;
    door.refused("g.astreinte", "grant i-1 a.martin 1h").await;
    let opening = door.open().await.unwrap();
    assert_eq!(opening.live.terms().ends_at, at("2026-11-24 22:00"));
    assert_eq!(door.gate.overview()[0].lifted, ["O3"]);
    door.kit.clock.set(at("2026-11-24 22:00"));
    assert!(door.open().await.is_err(), "over");
}

#[tokio::test]
async fn whoever_asks_does_not_grant() {
    let door = Door::with(|facts| facts.service.beneficiaries.push(name("q.durand"))).await;
    door.done("q.durand", "exception i-1 1h 'panne'").await;
    let said = door.refused("q.durand", "grant i-1 q.durand 1h").await;
    assert!(said.contains("[O3]"), "{said}");
    door.done("b.petit", "grant i-1 q.durand 1h").await;
    assert_eq!(door.stands().exceptions[0].approved_by.as_str(), "b.petit");
}

/// Whoever grants says to whom and how much, and reads it all first: nothing else is granted.
#[tokio::test]
async fn what_is_granted_is_what_was_asked_for() {
    let door = Door::in_order().await;
    door.done("q.durand", "exception i-1 10m 'relancer le service'").await;
    let shown = door.done("b.petit", "show i-1").await;
    assert!(shown.contains("relancer le service — grant i-1 q.durand 10m"), "{shown}");
    door.done("a.martin", "exception i-1 2h 'autre chose'").await;
    let said = door.refused("b.petit", "grant i-1 q.durand 10m").await;
    assert!(said.contains("« autre chose »") && said.contains("grant i-1 a.martin 120m"), "{said}");
    door.refused("b.petit", "grant i-1 a.martin 1h").await;
    assert_eq!(door.say("b.petit", "grant i-1").await.status, 2);
    let said = door.done("b.petit", "grant i-1 a.martin 2h").await;
    assert!(said.contains("par a.martin accordée pour 120 min") && said.contains("autre chose"), "{said}");
}

/// Under asker and span stands one reason.
#[tokio::test]
async fn a_question_that_waits_keeps_its_reason() {
    let door = Door::in_order().await;
    door.done("a.martin", "exception i-1 1h 'relancer le service'").await;
    door.refused("a.martin", "exception i-1 1h 'copier la base'").await;
    door.done("a.martin", "exception i-1 30m 'copier la base'").await;
    door.done("b.petit", "grant i-1 a.martin 30m").await;
    door.done("a.martin", "exception i-1 1h 'copier la base'").await;
}

/// Each reviews what is not his own: two hands never stand in each other's way.
#[tokio::test]
async fn two_emergencies_of_two_hands_are_reviewed() {
    let offices = |facts: &mut ServiceFacts| facts.service.beneficiaries.push(name("s.rssi"));
    let door = Door::with(offices).await;
    door.done("q.durand", "exception i-1 1h 'panne'").await;
    door.done("s.rssi", "grant i-1 q.durand 1h").await;
    door.done("r.dupont", "derogate i-1 a.martin scanner T2 1h 'panne'").await;
    let said = door.refused("s.rssi", "review i-1").await;
    assert!(said.contains("court encore"), "{said}");
    door.kit.clock.pass(Duration::from_secs(3_600));
    let said = door.done("s.rssi", "review i-1").await;
    assert!(said.contains("revus : 1") && said.contains("par un autre"), "{said}");
    assert_eq!((door.count("exception-reviewed"), door.count("derogation-reviewed")), (0, 1));
    door.refused("s.rssi", "review i-1").await;
    door.done("r.dupont", "review i-1").await;
    assert_eq!((door.count("exception-reviewed"), door.count("derogation-reviewed")), (1, 1));
}

/// A further exception does not take the first one away: both are reviewed.
#[tokio::test]
async fn each_exception_is_reviewed() {
    let door = Door::in_order().await;
    at_night(&door);
    for words in ["exception i-1 1m 'un'", "exception i-1 1h 'deux'"] {
        door.done("a.martin", words).await;
        let span = if words.contains("1m") { "1m" } else { "1h" };
        door.done("b.petit", &format!("grant i-1 a.martin {span}")).await;
    }
    assert_eq!(door.open().await.unwrap().live.terms().ends_at, at("2026-11-24 22:00"));
    let shown = door.done("s.rssi", "show i-1").await;
    assert_eq!(shown.matches("(à revoir)").count(), 2, "{shown}");
    door.kit.clock.pass(Duration::from_secs(60));
    door.done("s.rssi", "review i-1 'vu'").await;
    assert_eq!(door.count("exception-reviewed"), 1, "the first one alone is over");
    door.kit.clock.pass(Duration::from_secs(3_600));
    door.done("s.rssi", "review i-1 'vu'").await;
    assert_eq!(door.count("exception-reviewed"), 2);
    door.refused("s.rssi", "review i-1").await;

    let asks = |facts: &mut ServiceFacts| facts.contract.requesters.people.push(name("s.rssi"));
    let door = Door::with(asks).await;
    door.done("s.rssi", "exception i-1 1h 'panne'").await;
    door.done("b.petit", "grant i-1 s.rssi 1h").await;
    door.kit.clock.pass(Duration::from_secs(3_600));
    let said = door.refused("s.rssi", "review i-1").await;
    assert!(said.contains("Qui a demandé"), "{said}");
}

#[tokio::test]
async fn an_exception_is_no_longer_than_agreed() {
    // Two hours are agreed.
    let door = Door::in_order().await;
    door.refused("q.durand", "exception i-1 2h01 'panne'").await;
    door.done("q.durand", "exception i-1 2h 'panne'").await;
    let none = Door::with(|facts| facts.service.exception_secs = 0).await;
    none.refused("q.durand", "exception i-1 1m 'panne'").await;
    let much = Door::with(|facts| facts.service.exception_secs = 24 * 3600).await;
    much.refused("q.durand", "exception i-1 4h01 'panne'").await;
}

#[tokio::test]
async fn an_exception_of_what_is_not_approved_is_not_granted() {
    let door = Door::with(|facts| facts.interventions[0].state = domain::State::Suspended).await;
    door.done("q.durand", "exception i-1 1h 'panne'").await;
    door.refused("b.petit", "grant i-1 q.durand 1h").await;
    assert!(door.stands().exception_asked.is_some(), "the question stands");
}

#[tokio::test]
async fn an_exception_opens_nothing_but_the_window() {
    let door = Door::with(|facts| facts.interventions[0].ticks.clear()).await;
    at_night(&door);
    door.done("q.durand", "exception i-1 1h 'panne'").await;
    door.done("b.petit", "grant i-1 q.durand 1h").await;
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("[O4]"), "{}", refused.text);
}

fn without_a_zone(facts: &mut ServiceFacts) {
    facts.equipment[0].admin_zone = None;
}

#[tokio::test]
async fn a_derogation_opens_what_it_names_for_whom_it_names_until_it_is_over() {
    let door = Door::with(without_a_zone).await;
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("[T2]"), "{}", refused.text);
    door.done("h.garde", "derogate i-1 a.martin scanner C2,T3 1h 'panne'").await;
    assert!(door.open().await.is_err(), "other rules");
    door.done("h.garde", "derogate i-1 a.martin scanner T2 30m 'panne'").await;
    let opening = door.open().await.unwrap();
    assert_eq!(opening.live.terms().ends_at, at("2026-11-24 18:00"));
    assert_eq!(door.gate.overview()[0].lifted, ["T2"]);
    door.kit.clock.set(at("2026-11-24 18:00"));
    assert!(door.open().await.is_err(), "over");
}

#[tokio::test]
async fn a_derogation_is_signed_for_something_known_and_for_four_hours() {
    let door = Door::in_order().await;
    for words in [
        "derogate i-1 v.voisin scanner T2 1h 'x'",
        "derogate i-1 x.inconnu scanner T2 1h 'x'",
        "derogate i-1 a.martin console T2 1h 'x'",
        "derogate i-1 a.martin scanner T99 1h 'x'",
        "derogate i-1 a.martin scanner '' 1h 'x'",
        "derogate i-1 a.martin scanner T2 4h01 'x'",
    ] {
        door.refused("r.dupont", words).await;
    }
    door.done("r.dupont", "derogate i-1 a.martin scanner T2 4h 'x'").await;
    // Words that are no command are answered with how it is written.
    assert_eq!(door.say("r.dupont", "derogate i-1 a.martin scanner T2 0m 'x'").await.status, 2);
}

/// A deed that is over lets nobody sign, and what was signed under it no longer opens.
#[tokio::test]
async fn a_deed_that_is_over_signs_nothing() {
    let door = Door::with(without_a_zone).await;
    door.done("h.garde", "derogate i-1 a.martin scanner T2 1h 'panne'").await;
    door.open().await.unwrap();
    door.kit.site.change(|facts| {
        facts.establishment.delegations.iter_mut().for_each(|deed| deed.span.until = at("2026-11-24 17:30"));
    });
    door.refused("h.garde", "derogate i-1 a.martin scanner T2 1h 'panne'").await;
    assert!(door.open().await.is_err());
}

#[tokio::test]
async fn nobody_reviews_his_own_act() {
    let offices = |facts: &mut ServiceFacts| {
        for person in ["b.petit", "h.garde"] {
            facts.establishment.officers.push((Officer::Security, name(person)));
        }
    };
    let door = Door::with(offices).await;
    door.refused("s.rssi", "review i-1").await;
    door.done("q.durand", "exception i-1 1h 'panne'").await;
    door.done("b.petit", "grant i-1 q.durand 1h").await;
    door.done("h.garde", "derogate i-1 a.martin scanner T2 1h 'panne'").await;
    let shown = door.done("b.petit", "show i-1").await;
    assert!(
        shown.contains("T2, h.garde → a.martin, scanner, 2026-11-24 19:30 — panne (à revoir)"),
        "{shown}"
    );
    door.kit.clock.pass(Duration::from_secs(3_600));
    door.done("s.rssi", "review i-1 'justifié'").await;
    door.refused("s.rssi", "review i-1").await;
    let one = door.stands();
    assert!(one.exceptions[0].reviewed.is_some());
    assert!(one.derogations.iter().all(|derogation| derogation.reviewed.is_some()));
    assert_eq!((door.count("exception-reviewed"), door.count("derogation-reviewed")), (1, 1));
}

/// Once a derogation of another intervention stands in the facts by mistake, it opens nothing.
#[tokio::test]
async fn a_derogation_counts_in_its_own_intervention() {
    let door = Door::with(|facts| {
        without_a_zone(facts);
        facts.interventions[0].derogations.push(Derogation {
            intervention: name("i-2"),
            rules: ["T2".to_owned()].into(),
            person: name("a.martin"),
            equipment: name("scanner"),
            reason: "x".to_owned(),
            signed_by: name("r.dupont"),
            relayed_by: None,
            span: Span { from: at("2026-11-24 17:00"), until: at("2026-11-24 19:00") },
            reviewed: None,
        });
    })
    .await;
    assert!(door.open().await.is_err());
}

#[tokio::test]
async fn a_window_is_extended_once_and_no_longer_than_agreed() {
    let door = Door::in_order().await;
    door.refused("a.martin", "extend i-1 31m 'presque'").await;
    door.done("a.martin", "extend i-1 30m 'presque'").await;
    door.refused("a.martin", "extend i-1 10m 'encore'").await;
    let opening = door.open().await.unwrap();
    assert_eq!(opening.live.terms().ends_at, at("2026-11-24 19:30"));
    at_night(&door);
    door.refused("a.martin", "extend i-1 10m 'encore'").await;
}

#[tokio::test]
async fn a_suspended_provider_opens_nothing_until_the_responsable_resumes() {
    let door = Door::in_order().await;
    door.refused("r.dupont", "resume-provider acme").await;
    door.done("g.astreinte", "suspend-provider acme 'incident'").await;
    door.refused("s.rssi", "suspend-provider acme 'encore'").await;
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("règle de la maison"), "{}", refused.text);
    door.refused("g.astreinte", "resume-provider acme").await;
    door.done("r.dupont", "resume-provider acme 'réglé'").await;
    door.open().await.unwrap();
}

/// A clock that is put back brings nothing back, after a start neither; put right, all goes on.
#[tokio::test]
async fn a_clock_that_goes_back_opens_nothing() {
    let mut door = Door::in_order().await;
    let now = door.kit.now();
    door.done("s.rssi", "suspend-provider acme 'incident'").await;
    for restarted in [false, true] {
        if restarted {
            door.gate = door.kit.boot().await.unwrap();
        }
        door.kit.clock.set(at("2026-11-24 17:20"));
        let refused = door.open().await.err().unwrap();
        assert!(refused.text.contains("suspendu"), "{}", refused.text);
        door.kit.clock.set(now);
        assert!(door.open().await.is_err());
    }
    door.done("r.dupont", "resume-provider acme").await;
    door.open().await.unwrap();
}

/// Nobody signs for what it cannot open.
#[tokio::test]
async fn a_derogation_names_what_it_can_open() {
    let door = Door::with(|facts| facts.equipment[0].admin_zone = None).await;
    for code in
        ["O3", "T5", "T11", "house:suspended", "house:credentials", "house:intervention", "C2,O3", "X9"]
    {
        door.refused("h.garde", &format!("derogate i-1 a.martin scanner {code} 1h 'panne'")).await;
    }
    door.done("h.garde", "derogate i-1 a.martin scanner T2,house:employer 1h 'panne'").await;
    door.open().await.unwrap();
}
