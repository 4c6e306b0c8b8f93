//! What is told to whom, once; the relay itself is met end to end (`testsuite`, `mail`).

use domain::{Person, ServiceFacts};
use testkit::{Kit, fiction};

use super::*;

const ORIGIN: &str = "poterne.invalid/nord/gate-1";

struct Bed {
    kit: Kit,
    gate: Arc<Gate>,
    folder: tempfile::TempDir,
}

impl Bed {
    async fn with(edit: impl FnOnce(&mut ServiceFacts)) -> Self {
        let kit = Kit::with(edit);
        let gate = kit.boot().await.unwrap();
        for (person, email) in
            [("b.petit", "b.petit@h.exemple"), ("s.rssi", "rssi@h.exemple"), ("m.chef", "chef@acme.exemple")]
        {
            let found = fiction::people().into_iter().find(|one: &Person| one.id.as_str() == person).unwrap();
            let put = gate::ports::Put::Person(Person { email: Some(email.parse().unwrap()), ..found });
            let change = gate::ports::Change { puts: vec![put], ..Default::default() };
            gate::ports::Store::commit(&*kit.site, change, kit.now(), "apply").await.unwrap();
        }
        Self { kit, gate, folder: tempfile::tempdir().unwrap() }
    }

    fn post(&self) -> Post {
        let ca = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ca.pem");
        // Nobody listens there.
        let relay = Relay::new(&RelaySettings {
            address: "127.0.0.1:1".to_owned(),
            server_name: None,
            ca,
            security: Security::Implicit,
            account: None,
        });
        let settings = Settings {
            relay: relay.unwrap(),
            from: "porte@h.exemple".parse().unwrap(),
            texts: Texts::read(None).unwrap(),
            hour: 7,
        };
        let establishment = fiction::service_facts().establishment.id;
        let source = Source { establishment, origin: ORIGIN.to_owned() };
        Post::new(&self.gate, &Arc::new(settings), &source, self.folder.path()).unwrap().unwrap()
    }
}

/// Whom the mails that wait are for.
fn waiting(post: &Post) -> Vec<String> {
    let mut all: Vec<String> =
        post.queue.ids().iter().map(|id| post.queue.get(id).unwrap().to.to_string()).collect();
    all.sort();
    all
}

/// Where the beginning of a log was purged before it was read for mail, what comes after is told all the same.
#[tokio::test]
async fn what_was_purged_unread_is_passed() {
    let bed = Bed::with(|_| {}).await;
    let mut post = bed.post();
    let who = testkit::known("q.durand", vocab::Lang::Fr);
    for _ in 0..2 {
        let reply = bed.gate.command(&who, "request maintenance-scanner 'changer un disque'", b"").await;
        assert_eq!(reply.status, 0, "{}", reply.text);
    }
    let log = bed.kit.log();
    log.begin_at(gate::ports::Journal::size(&*log) - 1);
    post.tell().await.unwrap();
    assert_eq!(waiting(&post).len(), 1);
}

#[tokio::test]
async fn a_request_is_told_to_its_beneficiaries_once() {
    let bed = Bed::with(|_| {}).await;
    let mut post = bed.post();
    // What was there before is told nobody.
    post.tell().await.unwrap();
    assert!(waiting(&post).is_empty());
    let who = testkit::known("q.durand", vocab::Lang::Fr);
    let reply = bed.gate.command(&who, "request maintenance-scanner 'changer un disque'", b"").await;
    assert_eq!(reply.status, 0, "{}", reply.text);
    post.tell().await.unwrap();
    assert_eq!(waiting(&post), ["b.petit@h.exemple"]);
    // Told again after a crash before the place was written, it is the same mail.
    post.tail.cursor.next = 0;
    post.tell().await.unwrap();
    assert_eq!(waiting(&post).len(), 1);
    // A start goes on from there.
    let mut post = bed.post();
    post.tell().await.unwrap();
    assert_eq!(waiting(&post).len(), 1);
    // Long ago: nobody is told any more.
    bed.kit.clock.pass(STALE + Duration::from_secs(60));
    let mut late = bed.post();
    late.queue = Queue::open(&bed.folder.path().join("other")).unwrap();
    late.tail.cursor.next = 0;
    late.tell().await.unwrap();
    assert!(waiting(&late).is_empty());
}

/// What happened is told to those whose turn it is, and not to whoever did it.
#[tokio::test]
async fn what_happened_is_told_to_whoever_is_to_act() {
    let cases: [(&str, &str, &[&str]); 6] = [
        ("q.durand", "exception i-1 1h 'panne'", &["b.petit@h.exemple"]),
        ("m.chef", "report i-1 'disque changé'", &["b.petit@h.exemple"]),
        ("m.chef", "close i-1 reached", &["b.petit@h.exemple"]),
        ("r.dupont", "derogate i-1 a.martin scanner C2 1h 'panne'", &["rssi@h.exemple"]),
        ("s.rssi", "suspend-provider acme 'incident'", &["b.petit@h.exemple", "chef@acme.exemple"]),
        ("m.chef", "declare-incident acme now 'poste volé'", &["b.petit@h.exemple", "rssi@h.exemple"]),
    ];
    for (person, words, told) in cases {
        let bed = Bed::with(|_| {}).await;
        let mut post = bed.post();
        post.tell().await.unwrap();
        let reply = bed.gate.command(&testkit::known(person, vocab::Lang::Fr), words, b"").await;
        assert_eq!(reply.status, 0, "{words}: {}", reply.text);
        post.tell().await.unwrap();
        assert_eq!(waiting(&post), told, "{words}");
    }
}

#[tokio::test]
async fn a_request_that_is_to_be_qualified_is_told_to_those_who_can() {
    let bed = Bed::with(|facts| {
        facts.service.qualified = true;
        facts.establishment.officers.push((domain::Officer::It, "s.rssi".parse().unwrap()));
    })
    .await;
    let mut post = bed.post();
    post.tell().await.unwrap();
    let who = testkit::known("q.durand", vocab::Lang::Fr);
    bed.gate.command(&who, "request maintenance-scanner 'changer un disque'", b"").await;
    post.tell().await.unwrap();
    assert_eq!(waiting(&post), ["b.petit@h.exemple", "rssi@h.exemple"]);
}

#[tokio::test]
async fn the_morning_comes_once_a_day_at_its_hour_on_the_wall() {
    let bed = Bed::with(|facts| facts.contract.span.until = fiction::at("2026-11-28 00:00")).await;
    let mut post = bed.post();
    // Half past six in Paris, in the evening: the hour of that day is past.
    post.greet().await.unwrap();
    assert_eq!(waiting(&post), ["rssi@h.exemple"]);
    post.greet().await.unwrap();
    assert_eq!(waiting(&post).len(), 1);
    bed.kit.clock.set(fiction::at("2026-11-25 05:59"));
    post.greet().await.unwrap();
    assert_eq!(waiting(&post).len(), 1, "one minute before seven");
    bed.kit.clock.set(fiction::at("2026-11-25 06:00"));
    post.greet().await.unwrap();
    assert_eq!(waiting(&post).len(), 2);
    // The clock is put back: nobody is greeted twice, by another start neither.
    bed.kit.clock.set(fiction::at("2026-11-24 17:30"));
    let mut post = bed.post();
    post.greet().await.unwrap();
    assert_eq!(waiting(&post).len(), 2);
}

/// Whoever can mend something is told it in the morning, and nothing else; the security officer is told everything.
#[tokio::test]
async fn the_morning_tells_each_what_is_his_to_mend() {
    let bed = Bed::with(|facts| {
        facts.contract.span.until = fiction::at("2026-11-28 00:00");
        let renew_by = fiction::at("2026-12-01 00:00");
        facts.service.windows[0].when = domain::WindowKind::Continuous { renew_by };
    })
    .await;
    let mut post = bed.post();
    post.greet().await.unwrap();
    assert_eq!(waiting(&post), ["b.petit@h.exemple", "rssi@h.exemple"]);
    let said = |to: &str| {
        let ids = post.queue.ids();
        let mail = ids.iter().map(|id| post.queue.get(id).unwrap()).find(|one| one.to.to_string() == to);
        mail.unwrap().mail.len()
    };
    assert!(said("b.petit@h.exemple") < said("rssi@h.exemple"));
}

#[tokio::test(start_paused = true)]
async fn what_no_relay_takes_waits_and_is_given_up_in_the_end() {
    let bed = Bed::with(|facts| facts.contract.span.until = fiction::at("2026-11-28 00:00")).await;
    let mut post = bed.post();
    post.greet().await.unwrap();
    post.send().await;
    let id = post.queue.ids().pop().unwrap();
    assert_eq!((post.queue.get(&id).unwrap().tries, post.given_up), (1, 0));
    post.send().await;
    assert_eq!(post.queue.get(&id).unwrap().tries, 1, "it is left in peace");
    tokio::time::sleep(BACKOFF).await;
    post.send().await;
    assert_eq!(post.queue.get(&id).unwrap().tries, 2);
    bed.kit.clock.pass(GIVE_UP + Duration::from_secs(60));
    tokio::time::sleep(BACKOFF_MAX).await;
    post.send().await;
    assert_eq!((post.queue.len(), post.given_up), (0, 1));
}
