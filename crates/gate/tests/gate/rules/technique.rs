//! T1 to T12: the path, the gate, the accounts, the silence and the traces.

use std::time::Duration;

use domain::{DefaultAccounts, Equipment, FlowHours, ServiceFacts};
use gate::{Gate, Order};
use testkit::fiction::{self, at, name};
use vocab::{Ending, Kind, Path, RuleId};

use super::{level, opens, shut, stands};
use crate::door::Door;

fn direct(facts: &mut ServiceFacts) -> &mut domain::DirectPath {
    facts.service.path = Path::Direct;
    facts.direct.as_mut().unwrap()
}

fn is_direct(facts: &mut ServiceFacts) {
    let _decision = direct(facts);
}

/// A direct path that nobody decided, or whose decision nobody signed, is found; so is a link that an equipment has of its own.
#[tokio::test]
async fn t1_a_direct_path_that_nobody_decided_is_found() {
    stands(RuleId::T1, "met-observed", is_direct).await;
    stands(RuleId::T1, "not-applied", |facts| {
        direct(facts);
        facts.direct = None;
    })
    .await;
    stands(RuleId::T1, "not-applied", |facts| direct(facts).signed = None).await;
    stands(RuleId::T1, "not-applied", |facts| direct(facts).reason.clear()).await;
    stands(RuleId::T1, "partly", |facts| facts.equipment[0].own_link = Some("modem 4G".to_owned())).await;
}

/// The gate reaches nothing that is in no administration zone.
#[tokio::test]
async fn t2_an_equipment_outside_the_administration_zone_is_not_reached() {
    shut(RuleId::T2, |facts| facts.equipment[0].admin_zone = None).await;
}

/// A way around the gate, of whichever equipment, takes T3 from every service; so does a word that is over.
#[tokio::test]
async fn t3_a_way_around_the_gate_is_told_of_all_services() {
    stands(RuleId::T3, "met-declared", |_| {}).await;
    stands(RuleId::T3, "not-applied", |facts| {
        let modem = Some("modem 4G".to_owned());
        let other =
            Equipment { id: name("centrale"), own_link: modem, account: None, ..facts.equipment[0].clone() };
        facts.equipment.push(other);
    })
    .await;
    stands(RuleId::T3, "unknown", |facts| facts.service.declared.clear()).await;
}

/// An audit older than a year no longer counts; no session is cut for it.
#[tokio::test]
async fn t4_an_audit_that_grew_old_is_told_and_cuts_nothing() {
    let old = |facts: &mut ServiceFacts| {
        let declared = facts.service.declared.get_mut(&RuleId::T4).unwrap();
        declared.held.as_mut().unwrap().at = at("2025-11-20 00:00");
    };
    stands(RuleId::T4, "not-applied", old).await;
    opens(old).await;
}

/// Nobody enters by a password alone, nor by a key alone; that the client checked the gate's key is said as what it is.
#[tokio::test]
async fn t5_both_sides_are_authenticated_or_it_is_said_how_far() {
    let door = Door::in_order().await;
    let mut alone = crate::door::attempt();
    alone.login.second = None;
    assert!(door.open_as(alone, "a.martin").await.is_err(), "a key alone");
    stands(RuleId::T5, "met-observed", |facts| facts.service.assurance = domain::Assurance::Certificate)
        .await;
    stands(RuleId::T5, "partly", |facts| facts.service.assurance = domain::Assurance::None).await;
}

/// The decision precedes the first use, and is the responsable's on the provider's recommendation.
#[tokio::test]
async fn t6_the_decision_precedes_the_first_use() {
    stands(RuleId::T6, "met-observed", is_direct).await;
    stands(RuleId::T6, "not-applied", |facts| direct(facts).recommendation.name.clear()).await;
    stands(RuleId::T6, "not-applied", |facts| direct(facts).signed.as_mut().unwrap().by = name("i.infra"))
        .await;
    stands(RuleId::T6, "not-applied", |facts| direct(facts).span.from = at("2026-12-01 00:00")).await;
    stands(RuleId::T6, "other-path", |_| {}).await;
}

/// What is encrypted past the gate is a word, never more.
#[tokio::test]
async fn t7_encryption_past_the_gate_is_known_by_word_alone() {
    stands(RuleId::T7, "met-declared", is_direct).await;
    stands(RuleId::T7, "unknown", |facts| {
        direct(facts);
        facts.service.declared.clear();
    })
    .await;
    stands(RuleId::T7, "other-path", |_| {}).await;
}

/// A flow names source, target, port and hours; none, or one to another machine, is no filter.
#[tokio::test]
async fn t8_only_the_flows_that_are_needed_pass() {
    stands(RuleId::T8, "met-declared", is_direct).await;
    stands(RuleId::T8, "not-applied", |facts| {
        direct(facts).flows.clear();
        facts.service.declared.clear();
    })
    .await;
    stands(RuleId::T8, "not-applied", |facts| direct(facts).flows[0].equipment = name("autre")).await;
    // At any hour is more than was agreed (O3).
    stands(RuleId::O3, "partly", |facts| direct(facts).flows[0].hours = FlowHours::Always).await;
}

/// Two devices with one login or one secret; a default account that nobody looked for; a secret that the gate does not hold.
#[tokio::test]
async fn t9_a_shared_secret_or_a_default_account_opens_nothing() {
    shut(RuleId::T9, |facts| facts.equipment[0].account = None).await;
    shut(RuleId::T9, |facts| facts.equipment[0].default_accounts = DefaultAccounts::NotChecked).await;
    shut(RuleId::T9, |facts| {
        // The console has the scanner's login.
        let twin = Equipment { id: name("console"), ..facts.equipment[0].clone() };
        facts.equipment.push(twin);
    })
    .await;
}

/// Silence: a warning, then both legs are closed, and the end says why.
#[tokio::test(start_paused = true)]
async fn t10_a_silent_session_is_warned_and_closed_on_both_sides() {
    let door = Door::ticking(|facts| facts.service.idle_secs = 300).await;
    let supervising = tokio::spawn(Gate::supervise(door.gate.clone()));
    let live = door.open().await.unwrap().live;
    let mut orders = live.orders().unwrap();
    let began = door.kit.now();
    let _channel = live.channel_opened(1, vocab::Right::Shell, None);
    let mut warned = false;
    let ending = loop {
        match tokio::time::timeout(Duration::from_secs(600), orders.recv()).await.unwrap().unwrap() {
            Order::Warn(..) => warned = true,
            Order::Close(ending, _) => break ending,
            _ => {}
        }
    };
    assert_eq!((ending, warned), (Ending::Idle, true));
    let waited = door.kit.now().since(began).as_secs();
    assert!((300..=310).contains(&waited), "{waited}");
    door.gate.close(&live, Ending::Idle, None).await;
    supervising.abort();
    stands(RuleId::T10, "not-applied", |facts| facts.service.idle_secs = 0).await;
    stands(RuleId::T10, "not-applied", |facts| facts.service.idle_secs = 1801).await;
}

/// What cannot be written down does not happen: nothing opens on a log that takes nothing.
#[tokio::test]
async fn t11_without_a_trace_store_nothing_opens() {
    let door = Door::in_order().await;
    door.kit.log().stop("no space");
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("[T11]"), "{}", refused.text);
    assert!(door.kit.safe.lent().is_empty());
    shut(RuleId::T11, |facts| facts.service.central_traces = false).await;
    let door = Door::in_order().await;
    door.done("s.rssi", "traces all 'revue trimestrielle'").await;
    assert_eq!(door.count("reading-began"), 1, "reading is a trace");
}

/// Traces on the equipment stand in for central ones of a télésurveillance, for a reason, and never of a télémaintenance.
#[tokio::test]
async fn t12_local_traces_never_count_for_maintenance() {
    fn local(facts: &mut ServiceFacts) {
        facts.service.kind = Kind::Monitoring;
        facts.service.central_traces = false;
    }
    stands(RuleId::T12, "met-declared", local).await;
    stands(RuleId::T12, "not-for-kind", |facts| facts.service.central_traces = false).await;
    stands(RuleId::T11, "not-applied", |facts| facts.service.central_traces = false).await;
    stands(RuleId::T12, "partly", |facts| {
        local(facts);
        facts.service.local_traces = None;
    })
    .await;
    let door = Door::with(|facts| facts.service.central_traces = false).await;
    assert_eq!(level(&door).await.reached, None, "at no level");
    assert!(fiction::now() > at("2026-01-01 00:00"));
}
