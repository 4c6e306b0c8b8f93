//! Work that does not pass the gate: begun and ended by people's word, refused where a session would be.

use std::time::Duration;

use domain::{PastConsent, PastWork, ServiceFacts, State};
use events::Fact;
use testkit::fiction::{at, name, now};
use vocab::Path;

use crate::door::Door;

/// The service's path is direct, and a beneficiary lets the technician begin by himself.
pub(crate) fn consented(facts: &mut ServiceFacts) {
    facts.service.path = Path::Direct;
    facts.interventions[0].consent =
        Some(Box::new(PastConsent { by: name("b.petit"), at: now(), to: name("a.martin") }));
}

/// The technician is at work.
pub(crate) fn begun(facts: &mut ServiceFacts) {
    facts.service.path = Path::Direct;
    let one = &mut facts.interventions[0];
    one.state = State::Open;
    one.past.push(PastWork {
        technician: name("a.martin"),
        began: now(),
        declared_by: name("b.petit"),
        consent_by: None,
        until: at("2026-11-24 19:00"),
        ended: None,
    });
}

fn direct(facts: &mut ServiceFacts) {
    facts.service.path = Path::Direct;
}

#[tokio::test]
async fn it_has_a_beginning_and_an_end_and_both_are_in_the_ledger() {
    let door = Door::with(direct).await;
    let said = door.done("b.petit", "begin i-1 a.martin").await;
    assert!(said.contains("20:00"), "the end of the period: {said}");
    let Fact::PastWorkBegan(began) = door.acts().pop().unwrap().fact else { panic!() };
    assert_eq!((began.technician, began.consent), (name("a.martin"), None));
    assert_eq!(began.until, at("2026-11-24 19:00"));
    door.refused("b.petit", "begin i-1 a.martin").await;
    // What is at work is not closed.
    assert!(door.refused("m.chef", "close i-1 reached").await.contains("end i-1 a.martin"));
    let shown = door.done("b.petit", "show i-1").await;
    assert!(shown.contains("a.martin, depuis le 2026-11-24 18:30 (b.petit)"), "{shown}");
    door.kit.clock.pass(Duration::from_secs(600));
    door.done("i.infra", "end i-1 a.martin").await;
    let Fact::PastWorkEnded(ended) = door.acts().pop().unwrap().fact else { panic!() };
    assert_eq!((ended.technician, ended.began), (name("a.martin"), now()));
    door.refused("i.infra", "end i-1 a.martin").await;
    door.done("m.chef", "close i-1 reached").await;
}

#[tokio::test]
async fn a_technician_begins_by_himself_with_a_consent_of_the_day_once() {
    let door = Door::with(direct).await;
    assert!(door.refused("a.martin", "begin i-1 a.martin").await.contains("consent i-1 a.martin"));
    for person in ["a.martin", "m.chef", "i.infra", "r.dupont"] {
        door.refused(person, "consent i-1 a.martin").await;
    }
    door.refused("b.petit", "consent i-1 q.durand").await;
    door.done("b.petit", "consent i-1 a.martin").await;
    door.done("a.martin", "begin i-1 a.martin").await;
    let Fact::PastWorkBegan(began) = door.acts().pop().unwrap().fact else { panic!() };
    assert_eq!(began.consent, Some(name("b.petit")));
    door.done("a.martin", "end i-1 a.martin").await;
    door.refused("a.martin", "begin i-1 a.martin").await;
    // Of yesterday it is none.
    let old = Door::with(|facts| {
        consented(facts);
        facts.interventions[0].consent.as_mut().unwrap().at = at("2026-11-24 05:00");
    })
    .await;
    old.refused("a.martin", "begin i-1 a.martin").await;
}

#[tokio::test]
async fn nothing_begins_where_a_session_would_not_but_for_the_way() {
    let refused = async |edit: fn(&mut ServiceFacts), says: &str| {
        let door = Door::with(|facts| {
            direct(facts);
            edit(facts);
        })
        .await;
        let told = door.refused("b.petit", "begin i-1 a.martin").await;
        assert!(told.contains(says), "{says}: {told}");
    };
    refused(|facts| facts.service.windows.clear(), "[O3]").await;
    refused(|facts| facts.interventions[0].ticks.clear(), "[O4]").await;
    refused(|facts| facts.staff[0].engagements.clear(), "[C6]").await;
    refused(|facts| facts.contract.span.until = now(), "[C1]").await;
    refused(|facts| facts.direct.as_mut().unwrap().signed = None, "[T6]").await;
    refused(|facts| facts.staff[0].person.active = false, "house:identity").await;
    refused(|facts| facts.interventions[0].equipment.push(name("console")), "console").await;
    refused(
        |facts| {
            let one = &mut facts.interventions[0];
            one.planned = Some(domain::Span { from: at("2026-11-25 08:00"), until: at("2026-11-25 20:00") });
        },
        "house:intervention",
    )
    .await;
    // Through the gate it begins with a session.
    let door = Door::in_order().await;
    assert!(door.refused("b.petit", "begin i-1 a.martin").await.contains("[T1]"));
    // And nothing of it opens a session.
    let door = Door::with(begun).await;
    assert!(door.open().await.is_err());
}
