//! A1 and O1 to O8: the security plan, and how an intervention is asked for, agreed to, followed and told.

use domain::{Acceptance, ServiceFacts, Span};
use events::Fact;
use testkit::fiction::{at, name};
use vocab::{Ending, Kind, RuleId};

use super::{finding, opens, shut, shuts, stands};
use crate::door::Door;

/// A plan that nobody accepted, or that lacks one of its seven themes.
#[tokio::test]
async fn a1_a_plan_that_is_not_accepted_or_not_whole_opens_nothing() {
    shut(RuleId::A1, |facts| facts.contract.plan.versions[0].acceptance = Acceptance::Pending).await;
    shut(RuleId::A1, |facts| facts.contract.plan.versions[0].themes.truncate(6)).await;
    shut(RuleId::A1, |facts| facts.contract.plan.versions.clear()).await;
    // A newer version that waits leaves the accepted one in force.
    opens(|facts| {
        let mut newer = facts.contract.plan.versions[0].clone();
        (newer.version, newer.acceptance) = (2, Acceptance::Pending);
        facts.contract.plan.versions.push(newer);
    })
    .await;
}

/// Without its five headings nothing opens; whoever approves is shown the version, and the approval says which.
#[tokio::test]
async fn o1_whoever_approves_was_shown_the_agreement() {
    shut(RuleId::O1, |facts| facts.contract.agreement = None).await;
    shut(RuleId::O1, |facts| facts.contract.agreement.as_mut().unwrap().headings.truncate(4)).await;
    let door = Door::with(|facts| facts.interventions.clear()).await;
    door.done("q.durand", "request maintenance-scanner --on scanner 'changer un disque'").await;
    door.done("b.petit", "approve i-1").await;
    let approved = door.kit.log().entries().into_iter().find_map(|entry| match entry.fact {
        Fact::InterventionApproved(fact) => Some(fact.agreement),
        _ => None,
    });
    assert_eq!(approved, Some(3));
    assert_eq!(door.stands().approval.unwrap().agreement_version, 3);
}

/// A stranger does not ask, and whoever was taken off the list asks no more.
#[tokio::test]
async fn o2_whoever_is_not_on_the_list_asks_for_nothing() {
    let words = "request maintenance-scanner --on scanner 'changer un disque'";
    let door = Door::in_order().await;
    for stranger in ["n.personne", "v.voisin", "a.martin"] {
        door.refused(stranger, words).await;
    }
    door.done("q.durand", words).await;
    door.kit.site.change(|facts| facts.contract.requesters.people.clear());
    door.refused("q.durand", words).await;
    stands(RuleId::O2, "partly", |facts| facts.contract.requesters.acknowledged_at = None).await;
}

/// Outside the window, at both of its edges, and on the days on which an hour is left out or repeated.
#[tokio::test]
async fn o3_outside_the_window_nothing_opens_whatever_the_clock_does() {
    let door = Door::in_order().await;
    for (moment, is_open) in [
        ("2026-11-24 16:59", false),
        ("2026-11-24 17:00", true),
        ("2026-11-24 18:59", true),
        ("2026-11-24 19:00", false),
        ("2026-11-25 17:30", false),
    ] {
        door.kit.clock.set(at(moment));
        assert_eq!(door.open().await.is_ok(), is_open, "{moment}");
    }
    // On 30 March 2027 Paris is two hours ahead of UTC: the same window is an hour earlier there.
    door.kit.site.change(|facts| {
        facts.interventions[0].planned =
            Some(Span { from: at("2027-03-20 08:00"), until: at("2027-04-10 08:00") });
    });
    for (moment, is_open) in
        [("2027-03-30 15:59", false), ("2027-03-30 16:00", true), ("2027-03-30 18:00", false)]
    {
        door.kit.clock.set(at(moment));
        assert_eq!(door.open().await.is_ok(), is_open, "{moment}");
    }
    let door = Door::in_order().await;
    door.kit.clock.set(at("2026-11-24 21:00"));
    shuts(RuleId::O3, &door).await;
    stands(RuleId::O3, "not-applied", |facts| facts.service.windows.clear()).await;
}

/// Without the beneficiary's ticks nothing opens, and it is not the provider who ticks.
#[tokio::test]
async fn o4_without_the_beneficiarys_checks_nothing_opens() {
    let door = Door::with(|facts| facts.interventions[0].ticks.clear()).await;
    shuts(RuleId::O4, &door).await;
    for other in ["a.martin", "m.chef", "s.rssi"] {
        door.refused(other, "check i-1 backup 'numéro 42'").await;
    }
    door.done("b.petit", "check i-1 backup 'numéro 42'").await;
    shuts(RuleId::O4, &door).await;
    door.done("b.petit", "check i-1 rollback --not-needed 'rien à défaire'").await;
    assert!(door.open().await.is_ok());
    stands(RuleId::O4, "not-applied", |facts| facts.service.checklist.clear()).await;
}

/// Ten maintenances, nine reports: the tenth is found, and bars the next one where that was agreed.
#[tokio::test]
async fn o5_the_report_that_is_missing_is_found() {
    let without_report = |facts: &mut ServiceFacts| {
        let mut closed = facts.interventions[0].clone();
        closed.id = name("i-0");
        closed.state = domain::State::Closed;
        closed.closing = Some(domain::Closing {
            outcome: domain::Outcome::Reached,
            proposed_by: name("a.martin"),
            proposed_at: at("2026-11-20 10:00"),
            by_establishment: false,
            confirmed_by: Some(name("b.petit")),
            confirmed_at: Some(at("2026-11-20 10:00")),
        });
        facts.unsettled = vec![closed];
        facts.settled = 9;
    };
    stands(RuleId::O5, "partly", without_report).await;
    shut(RuleId::O5, without_report).await;
    let door = Door::in_order().await;
    let live = door.open().await.unwrap().live;
    door.gate.close(&live, Ending::Finished, None).await;
    door.done("a.martin", "report i-1 'disque changé'").await;
    assert_eq!(door.count("report-handed-over"), 1);
}

fn assistance(facts: &mut ServiceFacts) {
    facts.service.kind = Kind::Assistance;
}

/// Assistance does not pass this gate: nothing of it is called enforced, and what nobody declared is unknown.
async fn is_known_by_word_alone(rule: RuleId) {
    stands(rule, "not-for-kind", |_| {}).await;
    stands(rule, "met-declared", assistance).await;
    stands(rule, "unknown", |facts| {
        assistance(facts);
        facts.service.declared.clear();
    })
    .await;
}

/// Consent is somebody's word until a mechanism of ours asks for it.
#[tokio::test]
async fn o6_consent_is_known_by_word_alone() {
    is_known_by_word_alone(RuleId::O6).await;
}

/// So is that the beneficiary stays.
#[tokio::test]
async fn o7_presence_is_known_by_word_alone() {
    is_known_by_word_alone(RuleId::O7).await;
}

/// So are the means to interrupt, and the training; of a maintenance the beneficiary cuts here himself.
#[tokio::test]
async fn o8_the_beneficiary_interrupts_what_passes_here() {
    is_known_by_word_alone(RuleId::O8).await;
    let door = Door::in_order().await;
    let live = door.open().await.unwrap().live;
    door.done("b.petit", &format!("cut {} 'assez'", live.id())).await;
    assert_eq!(door.count("session-cut"), 1);
    assert!(finding(&door, RuleId::O5).await.facets.is_none());
}
