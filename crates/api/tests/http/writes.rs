//! What is done by a token: once, under a key, within bounds.

use serde_json::json;
use testkit::{Mishap, Step};

use crate::client::{ALL, House};

const ASK: &str = "/v1/establishments/nord/interventions";

fn asked(objective: &str) -> String {
    json!({ "service": "maintenance-scanner", "objective": objective }).to_string()
}

#[tokio::test]
async fn an_intervention_is_asked_for_once_and_withdrawn() {
    let house = House::in_order().await;
    let token = house.token("q.durand", ALL).await;
    let first = house.post(ASK, &token, "k1", &asked("panne")).await.found(201);
    assert_eq!(first["state"], "requested");
    assert_eq!(house.post(ASK, &token, "k1", &asked("panne")).await.found(201), first);
    house.post(ASK, &token, "k1", &asked("autre")).await.is(422, "key-reused");
    let id = first["intervention"].as_str().unwrap();
    let one = format!("{ASK}/{id}");
    assert_eq!(house.get(&one, &token).await.found(200)["objective"], "panne");
    // The key of a request at one place is none at another.
    let reason = json!({ "reason": "résolu" }).to_string();
    house.post(&format!("{one}/withdraw"), &token, "k1", &reason).await.is(422, "key-reused");
    let done = house.post(&format!("{one}/withdraw"), &token, "k2", &reason).await.found(200);
    assert_eq!(done["state"], "withdrawn");
    house.post(&format!("{one}/withdraw"), &token, "k3", &reason).await.is(409, "refused");
    house.post(&format!("{ASK}/i-77/withdraw"), &token, "k4", &reason).await.is(404, "unknown");
    house
        .post(&format!("{one}/report"), &token, "k5", &json!({ "text": "fait" }).to_string())
        .await
        .is(403, "not-yours");
}

#[tokio::test]
async fn a_report_and_a_closing_name_the_rule_that_refuses_them() {
    let house = House::in_order().await;
    let technician = house.token("a.martin", ALL).await;
    let report = json!({ "text": "disque changé" }).to_string();
    let requester = house.token("q.durand", ALL).await;
    let fresh = house.post(ASK, &requester, "k", &asked("panne")).await.found(201);
    let fresh = fresh["intervention"].as_str().unwrap();
    let refused =
        house.post(&format!("{ASK}/{fresh}/report"), &technician, "k", &report).await.is(409, "refused");
    assert_eq!(refused["rule"], "O5");
    house.post(&format!("{ASK}/i-1/report"), &technician, "k1", &report).await.found(200);
    let closing = json!({ "outcome": "reached" }).to_string();
    let done = house.post(&format!("{ASK}/i-1/closing"), &technician, "k2", &closing).await.found(200);
    assert_eq!(done["state"], "closing");
    house
        .post(&format!("{ASK}/i-1/closing"), &technician, "k3", r#"{"outcome":"lost"}"#)
        .await
        .is(422, "invalid");
}

#[tokio::test]
async fn what_is_not_written_as_it_should_be_does_nothing() {
    let house = House::in_order().await;
    let token = house.token("q.durand", ALL).await;
    let before = house.kit.site.whole();
    let bearer = format!("Bearer {token}");
    let with = async |headers: &[(&str, &str)], body: &str| {
        let mut all = vec![("Authorization", bearer.as_str())];
        all.extend(headers);
        house.say("POST", ASK, &all, body.as_bytes()).await
    };
    let (json, key) = (("Content-Type", "application/json"), ("Idempotency-Key", "k"));
    with(&[json], &asked("panne")).await.is(400, "unreadable");
    for bad in ["", "deux mots", "é", &"k".repeat(65)] {
        with(&[json, ("Idempotency-Key", bad)], &asked("panne")).await.is(400, "unreadable");
    }
    with(&[json, key, key], &asked("panne")).await.is(400, "unreadable");
    with(&[key], &asked("panne")).await.is(415, "media-type");
    with(&[key, ("Content-Type", "text/plain")], &asked("panne")).await.is(415, "media-type");
    for bad in ["", "{", "nul", "\u{feff}{}", "{\"service\":\"\\ud800\"}"] {
        with(&[json, key], bad).await.is(400, "unreadable");
    }
    for bad in [
        "[]",
        "{}",
        "null",
        r#"{"service":"maintenance-scanner"}"#,
        r#"{"service":"maintenance-scanner","objective":""}"#,
        r#"{"service":"maintenance-scanner","objective":"x","person":"b.petit"}"#,
        r#"{"service":"maintenance-scanner","objective":"x","objective":"y"}"#,
        r#"{"service":1,"objective":"x"}"#,
    ] {
        with(&[json, key], bad).await.is(422, "invalid");
    }
    with(&[json, key], &asked(&"x".repeat(2_001))).await.is(422, "invalid");
    with(&[json, key], &asked(&"x".repeat(140_000))).await.is(413, "too-long");
    with(&[json, key], &asked(" ")).await.is(409, "refused");
    let elsewhere =
        json!({ "service": "maintenance-scanner", "objective": "x", "equipment": ["rien"] }).to_string();
    with(&[json, key], &elsewhere).await.is(409, "refused");
    let unknown = json!({ "service": "rien", "objective": "x" }).to_string();
    with(&[json, key], &unknown).await.is(404, "unknown");
    assert_eq!(
        house.kit.site.whole().replace("named: 2", "named: 1").len(),
        before.len(),
        "something changed"
    );
}

/// The gate could not say whether it was done: the same request is told what was.
#[tokio::test]
async fn an_answer_that_was_lost_is_told_again() {
    let house = House::in_order().await;
    let token = house.token("q.durand", ALL).await;
    house.kit.troubles.next(Step::Commit, Mishap::lost_answer());
    let lost = house.post(ASK, &token, "k1", &asked("panne")).await.is(503, "unable");
    assert!(lost["remedy"].as_str().unwrap().contains("même clé"));
    house.post(ASK, &token, "k1", &asked("panne")).await.found(201);
    assert_eq!(house.kit.site.whole().matches("objective: \"panne\"").count(), 1);
}

/// Everything that a person has to do himself has no path.
#[tokio::test]
async fn what_only_a_person_does_has_no_path() {
    let house = House::in_order().await;
    let token = house.token("b.petit", ALL).await;
    for deed in [
        "approve",
        "refuse",
        "check",
        "confirm",
        "reject",
        "grant",
        "exception",
        "derogate",
        "extend",
        "suspend",
    ] {
        house.post(&format!("{ASK}/i-1/{deed}"), &token, "k", "{}").await.is(404, "unknown");
    }
}
