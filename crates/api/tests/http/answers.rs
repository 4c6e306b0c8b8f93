//! What is answered to whom, and how it is sealed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::{ALL, House};

const NORD: &str = "/v1/establishments/nord";

#[tokio::test]
async fn each_thing_is_shown_to_whom_it_concerns() {
    let house = House::in_order().await;
    let token = house.token("s.rssi", ALL).await;
    let mine = house.get("/v1/token", &token).await.found(200);
    assert_eq!((&mine["person"], &mine["establishment"]), (&"s.rssi".into(), &"nord".into()));
    assert!(!mine.to_string().contains(token.rsplit('_').next().unwrap()));
    let rules = house.get("/v1/guide/rules", &token).await.found(200);
    assert_eq!(rules.as_array().unwrap().len(), 38);
    assert_eq!(house.get(NORD, &token).await.found(200)["zone"], "Europe/Paris");
    let services = house.get(&format!("{NORD}/services"), &token).await.found(200);
    assert_eq!(services[0]["id"], "maintenance-scanner");
    let of = format!("{NORD}/services/maintenance-scanner");
    let now = house.get(&format!("{of}/assessment"), &token).await.found(200);
    assert_eq!(now["rules"].as_array().unwrap().len(), 38);
    let then = house.get(&format!("{of}/assessment?at=2026-11-24T10:00:00%2B01:00"), &token).await.found(200);
    assert_eq!(then["at"], "2026-11-24T09:00:00Z");
    let stated = house.get(&format!("{of}/statement"), &token).await.found(200);
    assert_eq!(stated["rules"].as_array().unwrap().len(), 38);
    house.get(&format!("{NORD}/deadlines"), &token).await.found(200);
    for (kind, first) in [("providers", "acme"), ("contracts", "c-1"), ("equipment", "scanner")] {
        assert_eq!(house.get(&format!("{NORD}/{kind}"), &token).await.found(200)[0]["id"], first);
    }
    for kind in ["documents", "notices"] {
        house.get(&format!("{NORD}/{kind}"), &token).await.found(200);
    }
    let list = house.get(&format!("{NORD}/interventions"), &token).await.found(200);
    assert_eq!(list[0]["id"], "i-1");
    assert_eq!(
        house.get(&format!("{NORD}/interventions?which=over"), &token).await.found(200),
        Value::Array(vec![])
    );
    let one = house.get(&format!("{NORD}/interventions/i-1"), &token).await.found(200);
    assert_eq!(
        (&one["steps"][0]["step"], &one["steps"][1]["step"]),
        (&"requested".into(), &"approved".into())
    );
    assert_eq!(house.get(&format!("{NORD}/sessions"), &token).await.found(200), Value::Array(vec![]));
    house.get(&format!("{NORD}/refusals?days=31"), &token).await.found(200);
    let traces = house.get(&format!("{NORD}/traces?reason=audit+de+mai&limit=2"), &token).await.found(200);
    assert_eq!((traces["entries"].as_array().unwrap().len(), &traces["next"]), (2, &2.into()));

    // A technician sees no assessment.
    let token = house.token("a.martin", ALL).await;
    house.get(&format!("{of}/assessment"), &token).await.is(403, "not-yours");
    for kind in ["providers", "contracts", "equipment", "documents", "notices"] {
        house.get(&format!("{NORD}/{kind}"), &token).await.is(403, "not-yours");
    }
    house.get(&format!("{NORD}/traces?reason=audit+de+mai"), &token).await.is(403, "not-yours");
}

#[tokio::test]
async fn documents_are_told_as_at_the_door() {
    let house = House::in_order().await;
    let filing = gate::Filing {
        name: "Contrat d'un autre".to_owned(),
        kinds: [domain::FiledAs::Contract].into(),
        covers: None,
    };
    let pdf = b"%PDF-1.7\nplainly fictitious\nstartxref\n0\n%%EOF\n".to_vec();
    house.gate.file_document(&"nord".parse().unwrap(), filing, pdf).await.unwrap();
    let told = async |person| {
        let token = house.token(person, ALL).await;
        house.get(&format!("{NORD}/documents"), &token).await.found(200).as_array().unwrap().len()
    };
    assert_eq!(told("s.rssi").await, 1);
    // Who speaks for the provider sees how his services stand, and no paper of the establishment.
    assert_eq!(told("m.chef").await, 0);
}

#[tokio::test]
async fn without_a_token_that_proves_somebody_nothing_is_answered() {
    let house = House::in_order().await;
    let token = house.token("q.durand", "read:services").await;
    for path in ["/v1/token", NORD, "/", "/v1/nowhere", "/v1/establishments/nord/traces"] {
        let answer = house.say("GET", path, &[], b"").await;
        answer.is(401, "no-token");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    house.get("/v1/token", "poterne_abc").await.is(401, "bad-token");
    let basic = format!("Basic {token}");
    house.say("GET", "/v1/token", &[("Authorization", &basic)], b"").await.is(401, "no-token");
    // Never in an address.
    house.say("GET", &format!("/v1/token?access_token={token}"), &[], b"").await.is(401, "no-token");
    let bearer = format!("Bearer {token}");
    let twice = [("Authorization", bearer.as_str()), ("Authorization", bearer.as_str())];
    house.say("GET", "/v1/token", &twice, b"").await.is(401, "no-token");
    house.get("/v1/token", &token).await.found(200);
    house.kit.clock.pass(Duration::from_secs(30 * 86_400));
    let over = house.get("/v1/token", &token).await.is(401, "bad-token");
    assert!(
        over["detail"].as_str().unwrap().contains("expiré")
            && over["remedy"].as_str().unwrap().contains("token new")
    );
}

/// Each answer: not kept, not taken for something else, no cookie, no other site.
#[tokio::test]
async fn every_answer_is_sealed() {
    let house = House::in_order().await;
    let token = house.token("q.durand", ALL).await;
    let bearer = format!("Bearer {token}");
    let origin =
        [("Authorization", bearer.as_str()), ("Origin", "https://ailleurs.exemple"), ("Cookie", "a=b")];
    for (method, path, headers) in [
        ("GET", "/v1/openapi.json", &[][..]),
        ("GET", "/v1/token", &[]),
        ("GET", "/v1/token", &origin),
        ("OPTIONS", "/v1/token", &origin),
        ("GET", "/v1/nowhere", &origin),
        ("POST", "/v1/establishments/nord/interventions", &origin),
    ] {
        let answer = house.say(method, path, headers, b"").await;
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        let more = ["set-cookie", "access-control-allow-origin", "server"];
        assert!(more.iter().all(|name| !answer.headers.contains_key(*name)), "{answer:?}");
        assert!(!answer.body.contains(&token));
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_in_the_language_of_who_asked() {
    let house = House::in_order().await;
    let token = house.token("s.rssi", ALL).await;
    let get = async |path: &str| house.get(&format!("{NORD}{path}"), &token).await;
    for path in [
        "/nowhere",
        "/interventions/i-77",
        "/interventions/%FF",
        "/services/rien/assessment",
        "/services/%2e%2e/assessment",
    ] {
        get(path).await.is(404, "unknown");
    }
    for other in [
        "/v1/establishments/sud",
        "/v1/establishments/sud/services",
        "/v1/establishments/NORD",
        "/v1/establishments/%2e%2e",
    ] {
        house.get(other, &token).await.is(404, "unknown");
    }
    for path in [
        "/services/maintenance-scanner/assessment?at=hier",
        "/services/maintenance-scanner/assessment?when=now",
        "/services?a=b",
        "/interventions?which=all",
        "/refusals?days=0",
        "/refusals?days=32",
        "/refusals?days=1&days=2",
        "/traces",
        "/traces?reason=bof",
        "/traces?reason=audit+de+mai&limit=201",
        "/traces?reason=audit+de+mai&person=A+B",
        "/traces?reason=audit+de+mai&session=1",
        "/traces?reason=audit+de+mai&cursor=-1",
    ] {
        get(path).await.is(422, "invalid");
    }
    get("/services/maintenance-scanner/assessment?at=2099-01-01T00:00:00Z").await.is(409, "refused");
    get("/services/maintenance-scanner/assessment?at=1999-01-01T00:00:00Z").await.found(200);
    let bearer = format!("Bearer {token}");
    let wrong = house.say("DELETE", "/v1/token", &[("Authorization", &bearer)], b"").await;
    wrong.is(405, "method");
    assert_eq!(wrong.headers["allow"], "GET,HEAD");
    let english = [("Authorization", bearer.as_str()), ("Accept-Language", "en-GB,en;q=0.9,fr;q=0.1")];
    let told = house.say("GET", &format!("{NORD}/interventions/i-77"), &english, b"").await;
    assert_eq!(told.is(404, "unknown")["title"], "Unknown");
    assert_eq!(told.headers["content-language"], "en");
    assert_eq!(get("/interventions/i-77").await.is(404, "unknown")["title"], "Inconnu");
}

#[tokio::test]
async fn a_token_that_asks_too_often_waits_and_no_other_with_it() {
    let house = House::with(|_| {}, 3, None).await;
    let (one, other) = (house.token("q.durand", ALL).await, house.token("s.rssi", ALL).await);
    for _ in 0..3 {
        house.get("/v1/token", &one).await.found(200);
    }
    let answer = house.get("/v1/token", &one).await;
    answer.is(429, "too-often");
    assert!((1..=21).contains(&answer.headers["retry-after"].parse::<u64>().unwrap()));
    house.get("/v1/token", &other).await.found(200);
    // One that proves nothing is refused, not counted.
    for _ in 0..10 {
        house.get("/v1/token", "poterne_x").await.is(401, "bad-token");
    }
}

/// However many ask at once, two of them are answered at a time, and half of the database's readers are left to the door.
#[tokio::test]
async fn programs_leave_the_door_its_readers() {
    const ASKING: usize = 12;
    let house = Arc::new(House::in_order().await);
    let token = house.token("s.rssi", ALL).await;
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let go = Arc::new(tokio::sync::Semaphore::new(0));
    for _ in 0..ASKING {
        let (inside, most, go) = (Arc::clone(&inside), Arc::clone(&most), Arc::clone(&go));
        house.kit.troubles.first(testkit::Step::ReadService, async move {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            go.acquire().await.unwrap().forget();
            inside.fetch_sub(1, Ordering::SeqCst);
        });
    }
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..ASKING {
        let (house, token) = (Arc::clone(&house), token.clone());
        asking.spawn(async move {
            house.get(&format!("{NORD}/services/maintenance-scanner/assessment"), &token).await.found(200);
        });
    }
    while inside.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    // Everybody else has asked by now, and waits; what is everybody's is answered all the same.
    for _ in 0..50 {
        house.say("GET", "/v1/openapi.json", &[], b"").await.found(200);
    }
    assert_eq!(inside.load(Ordering::SeqCst), 2);
    go.add_permits(ASKING);
    while let Some(done) = asking.join_next().await {
        done.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

/// Nor does whoever sends slowly keep the others from theirs.
#[tokio::test]
async fn a_body_that_does_not_come_takes_nobodys_turn() {
    let house = House::in_order().await;
    let token = house.token("q.durand", ALL).await;
    let known = || house.kit.troubles.asked().iter().filter(|step| **step == testkit::Step::ReadKey).count();
    let before = known();
    let head = format!(
        "POST {NORD}/interventions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nIdempotency-Key: k\r\nContent-Length: 50\r\n\r\n"
    );
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    // Each of them was let in: key and credentials were looked up.
    while known() < before + 16 {
        tokio::task::yield_now().await;
    }
    house.get("/v1/token", &token).await.found(200);
}

#[tokio::test]
async fn where_the_gate_cannot_tell_it_lets_nobody_in() {
    let house = House::in_order().await;
    let token = house.token("q.durand", ALL).await;
    house.kit.troubles.always(testkit::Step::ReadKey, testkit::Mishap::full());
    let told = house.get("/v1/token", &token).await.is(503, "unable");
    assert!(!told.to_string().contains("disk"), "what the machine says is not told: {told}");
}
