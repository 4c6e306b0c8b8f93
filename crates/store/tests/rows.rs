//! What goes from the database when years pass: the gate over this store and over the one in memory lets go of the same, under
//! the same certificates, and keeps the same.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use domain::Provider;
use events::{Actor, Entry, Fact, FactsPurged};
use gate::ports::{Change, FactKind, FactName, Put, Record, RecordKind, Store, Wanted, Within};
use gate::{Gate, Parts, Settings};
use store::Database;
use testkit::fiction::{self, name};
use testkit::{Kit, Site, known, puts};
use vocab::{Ending, Lang};

const MONTH: Duration = Duration::from_secs(30 * 86_400);

/// Everything in order; traces of half a year.
fn beginning() -> Change {
    let mut facts = fiction::service_facts();
    facts.establishment.retention.trace_days = 183;
    facts.establishment.recording_days = 30;
    let people = fiction::people().into_iter().map(Put::Person);
    let vouched = fiction::people().into_iter().map(|person| Put::Vouching {
        establishment: name("nord"),
        keys: person.keys.iter().map(|key| fiction::vouched_key(&key.fingerprint)).collect(),
        person: person.id,
    });
    let providers = fiction::providers().into_iter().map(Put::Provider);
    Change { puts: providers.chain(people).chain(puts(&facts)).chain(vouched).collect(), ..Change::default() }
}

async fn begins(store: &dyn Store) {
    let now = fiction::now();
    store.commit(beginning(), now, "test").await.unwrap();
    let mut one = fiction::intervention();
    for (read_at, state) in (0..).zip([domain::State::Requested, domain::State::Approved]) {
        one.state = state;
        let puts = vec![Put::Intervention { read_at, value: one.clone() }];
        store.commit(Change { puts, ..Change::default() }, now, "test").await.unwrap();
    }
}

async fn all(store: &dyn Store) -> Vec<Record> {
    let mut found = Vec::new();
    let kinds = FactKind::ALL.iter().map(|kind| RecordKind::Fact(*kind));
    for kind in kinds.chain([RecordKind::Intervention, RecordKind::Session]) {
        let wanted = Wanted { kind, within: Within::Everywhere, name: None, closed_before: None };
        found.extend(store.records(wanted).await.unwrap());
    }
    found
}

async fn done(gate: &Gate, kit: &Kit, person: &str, line: &str) {
    let mut who = known(person, Lang::Fr);
    who.since = kit.now();
    let reply = gate.command(&who, line, b"").await;
    assert_eq!(reply.status, 0, "{person}: {line}: {}", reply.text);
}

/// A session, the intervention settled, a provider with another title, somebody who leaves; and then years.
async fn story(store: Arc<dyn Store>, kit: &Kit) -> Vec<FactsPurged> {
    begins(&*store).await;
    kit.logs.reopen();
    let settings = Settings {
        name: name("gate-1"),
        version: "test".to_owned(),
        sessions_max: 100,
        papers_max: 64 * 1024 * 1024,
        restored: None,
        last_backup: None,
        refuge: None,
        over: None,
    };
    let gate = Gate::start(settings, Parts { store: Arc::clone(&store), ..kit.parts() }).await.unwrap();
    let mut attempt = fiction::attempt();
    (attempt.login.enrolment, attempt.login.at) = (0, fiction::just_now());
    let opening = gate.open(known("a.martin", Lang::Fr), attempt).await;
    let opening = opening.unwrap_or_else(|refused| panic!("{}", refused.text));
    gate.close(&opening.live, Ending::Finished, None).await;
    for (person, line) in [
        ("a.martin", "report i-1 'fait'"),
        ("a.martin", "close i-1 reached"),
        ("b.petit", "confirm i-1"),
        ("m.chef", "erased i-1"),
    ] {
        done(&gate, kit, person, line).await;
    }
    let provider: Provider = store.provider(&name("acme"), kit.now()).await.unwrap().unwrap();
    let puts = vec![
        Put::Provider(Provider { name: "Acme, autrement".to_owned(), ..provider }),
        Put::End(FactName::Person(name("v.voisin"))),
    ];
    store.commit(Change { puts, ..Change::default() }, kit.now(), "apply").await.unwrap();
    for _ in 0..72 {
        kit.clock.pass(MONTH);
        gate.reading(&name("nord"), Actor::Host, "traces", None, "le temps passe").await.unwrap();
        gate.retain(&name("nord"), Actor::Gate).await.unwrap();
    }
    let certificates = kit.log().entries().into_iter();
    let certificates = certificates.filter_map(|entry: Entry| match entry.fact {
        Fact::FactsPurged(one) => Some(one),
        _ => None,
    });
    certificates.collect()
}

#[tokio::test]
async fn both_stores_let_go_of_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let real = Database::open(&folder.path().join("poterne.db"), fiction::now()).await.unwrap();
    let mut told = Vec::new();
    let mut kept = Vec::new();
    let mut kit = Kit::new();
    kit.site = Arc::new(Site::new(&[], Vec::new(), Vec::new(), kit.clock.clone(), kit.troubles.clone()));
    let memory: Arc<dyn Store> = kit.site.clone();
    told.push(story(Arc::clone(&memory), &kit).await);
    kept.push(all(&*memory).await);
    told.push(story(Arc::new(real.clone()), &Kit::new()).await);
    kept.push(all(&real).await);
    assert_eq!(told.first(), told.last());
    assert_eq!(kept.first(), kept.last());
    let gone: u64 = told.iter().flatten().map(|one| one.records).sum();
    assert!(gone > 20, "{told:?}");
    let left = kept.iter().flatten();
    assert!(left.clone().all(|one| one.kind != RecordKind::Session && one.kind != RecordKind::Intervention));
    assert!(left.clone().any(|one| one.name == "acme") && !left.clone().any(|one| one.name == "v.voisin"));
    real.close().await;
}
