//! The store in memory is as strict as this one: whatever is written to both, in whatever order, both take it or
//! refuse it for the same kind of reason, and both then say the same of every moment.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use domain::{
    Attempt, CareImpact, Closing, Confirmed, Covers, DirectPath, DocumentRef, Due, DueGround, Engagement,
    Equipment, EvidenceSource, Exception, Filed, FiledAs, Form, Intervention, Outcome, PaperId, Person,
    PlanAsk, Qualification, Rotation, Scope, Service, ServiceFacts, Signature, Signed, Span, State,
    Subcontract, Suspension, Token, Transition,
};
use gate::ports::{
    Answered, Change, Doomed, FactKind, FactName, Old, PortError, Put, RecordKind, SessionChange, SessionRow,
    Store, Wanted, Within,
};
use proptest::prelude::*;
use store::Database;
use testkit::fiction::{self, at, key_of, name};
use testkit::{SetClock, Site, puts};
use vocab::{BootId, Ending, RecordingId, RuleId, SessionId, Timestamp};

/// One thing that is written, or asked of both.
#[derive(Debug, Clone)]
enum Deed {
    /// One change of facts, interventions, sessions and entries together.
    Commits(Vec<Part>),
    Drains(u64, u64),
    Names,
    /// The clock goes on, or is put back.
    Passes(i64),
}

#[derive(Debug, Clone)]
enum Part {
    Fact(usize),
    End(usize),
    /// Written as of a version that was read, or (none) of the one that stands.
    Intervention {
        number: u8,
        read_at: Option<u64>,
        state: usize,
        qualified: Option<u8>,
        hands: u8,
    },
    Opens {
        number: u8,
        intervention: u8,
        boot: u8,
    },
    Ends {
        number: u8,
    },
    Entry {
        length: usize,
    },
    /// A program is answered, under one of a few keys.
    Answer(u8),
    /// A version of a fact, or an intervention as it stands, is to go.
    Doom {
        index: usize,
        version: u64,
    },
    DoomIntervention(u8),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        4 => (0..facts().len()).prop_map(Part::Fact),
        1 => (0..facts().len()).prop_map(Part::End),
        4 => (
            1..3_u8,
            prop_oneof![3 => Just(None), 1 => (0..5_u64).prop_map(Some)],
            0..State::ALL.len(),
            prop_oneof![2 => Just(None), 1 => (0..2_u8).prop_map(Some)],
            prop_oneof![2 => Just(0), 3 => 0..HANDS],
        )
            .prop_map(|(number, read_at, state, qualified, hands)| Part::Intervention {
                number,
                read_at,
                state,
                qualified,
                hands,
            }),
        2 => (1..4_u8, 1..3_u8, 1..3_u8)
            .prop_map(|(number, intervention, boot)| Part::Opens { number, intervention, boot }),
        1 => (1..4_u8).prop_map(|number| Part::Ends { number }),
        1 => (0..3_u8).prop_map(Part::Answer),
        1 => (0..facts().len(), 1..3_u64).prop_map(|(index, version)| Part::Doom { index, version }),
        1 => (1..3_u8).prop_map(Part::DoomIntervention),
        2 => prop_oneof![Just(15), 16..80_usize].prop_map(|length| Part::Entry { length }),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => prop::collection::vec(part(), 1..4).prop_map(Deed::Commits),
        1 => (0..20_u64, 0..50_u64).prop_map(|(upto, size)| Deed::Drains(upto, size)),
        1 => Just(Deed::Names),
        3 => (-12..60_i64).prop_map(Deed::Passes),
    ]
}

/// Versions of facts, several of one name among them.
fn facts() -> Vec<Put> {
    let facts = fiction::service_facts();
    let (staff, service, scanner) = (&facts.staff[0], &facts.service, &facts.equipment[0]);
    let nord = || facts.establishment.id.clone();
    let console = Equipment { id: name("console"), ..scanner.clone() };
    let mut other_login = console.clone();
    other_login.account.as_mut().unwrap().login = "other".to_owned();
    let sub = Subcontract {
        provider: name("voisin"),
        under: name("acme"),
        listed_at: at("2026-01-01 00:00"),
        ended_at: None,
        authorised: None,
        flow_down: None,
    };
    let mut subcontracted = facts.contract.clone();
    subcontracted.subcontracts.push(sub);
    let transition = Transition {
        service: service.id.clone(),
        signed_by: name("r.dupont"),
        span: fiction::year(),
        plan: fiction::paper("plan.pdf"),
        signed: None,
    };
    let longer = Transition { plan: fiction::paper("plan-2.pdf"), ..transition.clone() };
    let signed = Signed::Transition(transition.clone());
    let direct = DirectPath { signed: None, ..facts.direct.clone().unwrap() };
    let wider = DirectPath { reason: "autre".to_owned(), ..direct.clone() };
    let signature = Signature { by: name("r.dupont"), at: fiction::now(), cover: None };
    let suspended = Suspension {
        provider: name("acme"),
        since: fiction::now(),
        by: name("s.rssi"),
        reason: "incident".to_owned(),
        incidents: Vec::new(),
        resumed: None,
    };
    let proposed =
        domain::RiskTreatment { signed: None, transfer: Some(name("c-9")), ..fiction::treatment(RuleId::T2) };
    let mut measured = proposed.clone();
    measured.measures[0].done = Some(fiction::now());
    let reworded = domain::RiskTreatment { remark: "autre".to_owned(), ..proposed.clone() };
    let batch = domain::RiskTreatment {
        batch: Some("reprise".to_owned()),
        equipment: [name("scanner")].into(),
        ..proposed.clone()
    };
    let wider_batch =
        domain::RiskTreatment { equipment: [name("scanner"), name("console")].into(), ..batch.clone() };
    let treatment =
        |value: &domain::RiskTreatment| Put::Treatment { establishment: nord(), value: value.clone() };
    let insurer =
        domain::Contract { id: name("c-9"), covers: vec![service.id.clone()], ..facts.contract.clone() };
    let entrusted = domain::Contract {
        entrusted: vec![domain::Entrusted {
            id: "boitier".to_owned(),
            what: "boîtier fictif".to_owned(),
            nature: domain::Entrust::Means,
            provider: None,
            service: None,
            equipment: None,
            received_at: fiction::now(),
            received_by: name("i.infra"),
            return_by: None,
            state: domain::Custody::Returned { at: fiction::now(), to: "coursier fictif".to_owned() },
        }],
        ..facts.contract.clone()
    };
    let plan = domain::Commissioning {
        planned: fiction::now(),
        downtime_minutes: 30,
        agreed_by: name("b.petit"),
        agreed_at: fiction::now(),
        rollback: "revenir".to_owned(),
        done: Some((fiction::now(), name("b.petit"))),
    };
    let commissioned = Equipment { commissioning: Some(plan), ..scanner.clone() };
    let witness = |of| Put::Witness {
        establishment: nord(),
        value: domain::Witness { by: name("i.infra"), at: fiction::now(), of },
    };
    let notice = |read| Put::Notice {
        establishment: nord(),
        value: domain::Notice {
            provider: name("acme"),
            serial: 2,
            was: Some(1),
            at: fiction::now(),
            changed: vec!["address: Lyon → Lille".to_owned()],
            read,
        },
    };
    let (key, other_key) = (fiction::key(), key_of("v.voisin"));
    let tag = |equipment: &str, tag: Option<&str>| Put::AccountTag {
        establishment: nord(),
        equipment: name(equipment),
        tag: tag.map(str::to_owned),
    };
    let rotation = |due| Put::Rotation {
        establishment: nord(),
        equipment: name("scanner"),
        value: Rotation { rotated_at: Some(fiction::now()), due },
    };
    let token = |id: &str, key: &domain::Fingerprint, enrolment| {
        Put::Token(Token {
            id: id.to_owned(),
            name: "nuit".to_owned(),
            person: name("a.martin"),
            establishment: nord(),
            scopes: vec![Scope::ReadServices],
            sha256: "00".repeat(32),
            key: key.clone(),
            enrolment,
            made_at: fiction::now(),
            until: at("2027-01-01 00:00"),
        })
    };
    let mut naming = facts.contract.clone();
    naming.document = Some(DocumentRef { name: "contrat.pdf".to_owned(), sha256: "aa".repeat(32) });
    let vouching = |keys| Put::Vouching { establishment: nord(), person: name("a.martin"), keys };
    vec![
        Put::Person(staff.person.clone()),
        Put::Person(Person { active: false, ..staff.person.clone() }),
        Put::Person(Person { keys: Vec::new(), ..staff.person.clone() }),
        Put::Person(Person { on_behalf_of: Some(name("voisin")), ..staff.person.clone() }),
        Put::Person(Person { employer: domain::Employer::Establishment(nord()), ..staff.person.clone() }),
        Put::Engagement(staff.engagements[0].clone()),
        Put::Engagement(Engagement { withdrawn_at: Some(fiction::now()), ..staff.engagements[0].clone() }),
        Put::Service(service.clone()),
        Put::Service(Service { title: "autre".to_owned(), qualified: true, ..service.clone() }),
        Put::Service(Service { id: name("autre"), equipment: vec![name("console")], ..service.clone() }),
        Put::Equipment(scanner.clone()),
        Put::Equipment(console),
        Put::Equipment(other_login),
        Put::Contract(facts.contract.clone()),
        Put::Contract(subcontracted),
        Put::Provider(facts.provider.clone()),
        Put::Transition { establishment: nord(), value: transition },
        Put::Transition { establishment: nord(), value: longer },
        Put::Signature { establishment: nord(), signature: signature.clone(), signed },
        Put::Direct { establishment: nord(), value: direct.clone() },
        Put::Direct { establishment: nord(), value: wider },
        Put::Signature { establishment: nord(), signature, signed: Signed::Direct(direct) },
        treatment(&proposed),
        treatment(&measured),
        treatment(&reworded),
        Put::Signature {
            establishment: nord(),
            signature: fiction::signature("r.dupont", fiction::now()),
            signed: Signed::Treatment(proposed.words()),
        },
        treatment(&batch),
        treatment(&wider_batch),
        Put::Signature {
            establishment: nord(),
            signature: fiction::signature("r.dupont", fiction::now()),
            signed: Signed::Treatment(batch.words()),
        },
        Put::Contract(insurer),
        Put::Contract(entrusted.clone()),
        Put::Equipment(commissioned.clone()),
        witness(entrusted.given_back().next().unwrap()),
        witness(commissioned.put_in_service().unwrap()),
        notice(None),
        notice(Some((name("p.achats"), fiction::now()))),
        Put::Suspension { establishment: nord(), value: suspended },
        vouching(vec![fiction::vouched_key(&key)]),
        vouching(vec![fiction::vouched_key(&key), fiction::vouched_key(&other_key)]),
        Put::Enrolment { person: name("a.martin"), number: 0 },
        Put::Enrolment { person: name("a.martin"), number: 1 },
        tag("scanner", Some("t1")),
        tag("console", Some("t1")),
        tag("console", None),
        rotation(None),
        rotation(Some(Due { since: fiction::now(), ground: DueGround::Asked })),
        token("t-1", &key, 0),
        token("t-2", &other_key, 0),
        token("t-3", &key, 1),
        filed("aa", None, false),
        filed("aa", None, true),
        filed("bb", Some("maintenance-scanner"), false),
        filed("cc", Some("autre"), false),
        held("h-1", domain::About::Document("aa".repeat(32))),
        held("h-2", domain::About::All),
        Put::Contract(naming),
    ]
}

/// A document whose hash has these digits, on a service or on none.
fn filed(digits: &str, service: Option<&str>, confirmed: bool) -> Put {
    let covers =
        |service| Covers { source: EvidenceSource::Firewall, service: name(service), span: fiction::year() };
    let value = Filed {
        sha256: digits.repeat(32),
        place: PaperId::from_bytes([7; 16]),
        name: "piece".to_owned(),
        kinds: [FiledAs::Contract].into(),
        form: Form::Pdf,
        bytes: 7,
        filed_at: fiction::now(),
        scanned: None,
        covers: service.map(covers),
        confirmed: confirmed.then(|| Confirmed { by: name("s.rssi"), at: fiction::now() }),
    };
    Put::Filed { establishment: name("nord"), value }
}

/// Something that is to be kept: a document that is not there cannot be.
fn held(id: &str, about: domain::About) -> Put {
    let value = domain::Hold {
        id: id.to_owned(),
        about,
        reason: "plainte".to_owned(),
        placed_by: name("s.rssi"),
        placed_at: fiction::now(),
        first: 0,
    };
    Put::Hold { establishment: name("nord"), value }
}

/// So many ways in which the hands of an intervention differ.
const HANDS: u8 = 9;

/// What two people have to agree on, by one of them, by both, or by none.
fn by_hands(state: State, hands: u8) -> Intervention {
    let mut one = fiction::intervention();
    let later = Span { from: fiction::at("2026-12-29 17:00"), until: fiction::at("2026-12-29 19:00") };
    let ask =
        PlanAsk { by: name("q.durand"), at: fiction::now(), span: later, reason: "plus tard".to_owned() };
    let confirmed = |by: &str| Closing {
        outcome: Outcome::Reached,
        proposed_by: name("a.martin"),
        proposed_at: fiction::now(),
        by_establishment: false,
        confirmed_by: (state == State::Closed).then(|| name(by)),
        confirmed_at: (state == State::Closed).then(fiction::now),
    };
    if matches!(state, State::Closing | State::Closed) {
        one.closing = Some(confirmed(if hands == 1 { "a.martin" } else { "b.petit" }));
    }
    match hands {
        2 => one.closing = None,
        3 => one.planned = None,
        4 => one.approval = None,
        5 => one.move_asked = Some(ask),
        6 => one.planned = Some(later),
        7 => {
            one.planned = Some(later);
            one.approval.as_mut().unwrap().at = fiction::now();
        }
        8 => one.exceptions.push(Exception {
            requested_by: name("q.durand"),
            approved_by: name(if state == State::Open { "q.durand" } else { "b.petit" }),
            relayed_by: None,
            reason: "panne".to_owned(),
            span: later,
            reviewed: None,
        }),
        _ => {}
    }
    one
}

/// `stands`: the version of each intervention, by its number.
fn change(parts: &[Part], stands: &[u64], now: Timestamp) -> Change {
    let mut change = Change::default();
    for part in parts {
        match part {
            Part::Fact(index) => change.puts.push(facts()[*index].clone()),
            Part::End(index) => change.puts.push(Put::End(facts()[*index].name().unwrap())),
            Part::Intervention { number, read_at, state, qualified, hands } => {
                let (id, state) = (name(&format!("i-{number}")), State::ALL[*state]);
                let qualification = qualified.map(qualification);
                let value = Intervention { id, state, qualification, ..by_hands(state, *hands) };
                let read_at =
                    read_at.unwrap_or_else(|| stands.get(usize::from(*number)).copied().unwrap_or(0));
                change.puts.push(Put::Intervention { read_at, value });
            }
            Part::Opens { number, intervention, boot } => {
                change.sessions.push(SessionChange::Opened(session(*number, *intervention, *boot, now)));
            }
            Part::Ends { number } => change.sessions.push(SessionChange::Ended {
                session: SessionId::from_bytes([*number; 16]),
                at: now,
                ending: Ending::Finished,
            }),
            Part::Answer(number) => change.answered = Some(answer(*number)),
            Part::Doom { index, version } => {
                let fact = facts()[*index].name().unwrap();
                let (kind, establishment) = (fact.kind(), fact.establishment().cloned());
                let row = Old::Fact { kind, establishment, name: fact.label(), version: *version };
                change.puts.push(doomed(row));
            }
            Part::DoomIntervention(number) => {
                let (id, version) = (name(&format!("i-{number}")), stands[usize::from(*number)]);
                change.puts.push(doomed(Old::Intervention { id, version }));
            }
            Part::Entry { length } => change.entries.push((name("nord"), vec![7; *length])),
        }
    }
    change
}

fn doomed(row: Old) -> Put {
    Put::Doomed(Doomed { establishment: name("nord"), root: [9; 32], rows: vec![row] })
}

fn answer(number: u8) -> Answered {
    let request = [number; 32];
    Answered { token: "t-1".to_owned(), key: format!("k{number}"), request, body: "{}".to_owned() }
}

/// One of several.
fn qualification(number: u8) -> Qualification {
    Qualification {
        by: name("i.infra"),
        at: fiction::now(),
        reason: "panne".to_owned(),
        impact: CareImpact::ALL[usize::from(number)],
        referent: "Cadre fictif".to_owned(),
        telephone: "0199001234".to_owned(),
        ticket: None,
    }
}

fn session(number: u8, intervention: u8, boot: u8, opened_at: Timestamp) -> SessionRow {
    SessionRow {
        session: SessionId::from_bytes([number; 16]),
        recording: RecordingId::from_bytes([number; 16]),
        boot: BootId::from_bytes([boot; 16]),
        establishment: name("nord"),
        person: name("a.martin"),
        service: name("maintenance-scanner"),
        equipment: name("scanner"),
        intervention: name(&format!("i-{intervention}")),
        opened_at,
    }
}

/// An answer, with the kind of a refusal in the place of its words.
fn told<T: std::fmt::Debug>(answer: &Result<T, PortError>) -> String {
    match answer {
        Ok(value) => format!("{value:?}"),
        Err(PortError::Missing(_)) => "missing".to_owned(),
        Err(PortError::Conflict(_)) => "conflict".to_owned(),
        Err(PortError::Failed(_)) => "failed".to_owned(),
        Err(PortError::Unproved(_)) => "unproved".to_owned(),
    }
}

/// Everything that a store says of a moment.
async fn says(store: &dyn Store, then: Timestamp) -> Vec<String> {
    let nord = name("nord");
    let mut said = vec![
        told(&store.services(&nord, then).await),
        told(&store.establishments(then).await),
        told(&store.provider(&name("acme"), then).await),
        told(&store.vouched_people(&nord, then).await),
        told(&store.interventions(&nord, &State::ALL).await),
        told(&store.waiting(0, 100).await),
        told(&store.waiting(3, 2).await),
        told(&store.drained_upto(&nord).await),
        told(&store.left_open(BootId::from_bytes([1; 16])).await),
        told(&store.open_sessions(&name("i-1")).await),
        told(&store.newest().await),
        told(&store.rotations_due(then).await),
        told(&store.filed(&nord, then).await),
        told(&store.filed(&name("sud"), then).await),
        told(&store.named_until(&nord, &"aa".repeat(32)).await),
        told(&store.named_until(&name("sud"), &"aa".repeat(32)).await),
    ];
    let (scanner, martin) = (name("scanner"), name("a.martin"));
    let named = vec![
        FactName::Establishment(nord.clone()),
        FactName::Provider(name("acme")),
        FactName::Person(martin),
        FactName::Contract { establishment: nord.clone(), contract: name("c-1") },
        FactName::Equipment { establishment: nord.clone(), equipment: scanner },
        FactName::Person(name("x.inconnu")),
    ];
    said.push(told(&store.versions(named, then).await));
    said.push(told(&store.seen(&nord, then).await));
    for service in ["maintenance-scanner", "autre", "rien"] {
        said.push(told(&store.service_facts(&nord, &name(service), then).await));
    }
    for equipment in ["scanner", "console", "rien"] {
        said.push(told(&store.equipment(&nord, &name(equipment), then).await));
    }
    for (person, target) in [
        ("a.martin", "scanner"),
        ("a.martin", "console"),
        ("a.martin", "scanner.nord"),
        ("a.martin", "rien"),
        ("v.voisin", "scanner"),
        ("q.durand", "scanner"),
        ("x.inconnu", "scanner"),
    ] {
        for intervention in [None, Some(name("i-1")), Some(name("i-2"))] {
            let mut asked = Attempt { person: name(person), ..fiction::attempt() };
            (asked.target.equipment, asked.target.intervention) = (name(target), intervention);
            said.push(told(&store.facts_for(&asked, then).await));
        }
        said.push(told(&store.person(&name(person), then).await));
        said.push(told(&store.credentials(&nord, &name(person), then).await));
        said.push(told(&store.key_of(&name(person), &fiction::key(), then).await));
        for key in [fiction::key(), key_of("v.voisin")] {
            said.push(told(&store.vouching_fell(&nord, &name(person), &key, 0).await));
        }
    }
    said.push(told(&store.tokens(&nord, then).await));
    let kinds = FactKind::ALL.iter().map(|kind| RecordKind::Fact(*kind));
    for kind in kinds.chain([RecordKind::Intervention, RecordKind::Session]) {
        for within in [Within::Everywhere, Within::Deployment, Within::One(nord.clone())] {
            let wanted = Wanted { kind, within, name: None, closed_before: Some(then) };
            said.push(told(&store.records(wanted.clone()).await));
            said.push(told(&store.records(Wanted { closed_before: None, ..wanted }).await));
        }
    }
    for word in ["a.martin", "acme", "q.durand", "scanner", "nobody"] {
        said.push(told(&store.names(None, word).await));
        said.push(told(&store.names(Some(&name("sud")), word).await));
    }
    said.push(told(&store.doomed(&nord).await));
    for person in ["a.martin", "q.durand", "v.voisin", "x.inconnu"] {
        said.push(told(&store.about(&name(person), &nord).await));
        said.push(told(&store.about(&name(person), &name("sud")).await));
    }
    for number in 0..4 {
        said.push(told(&store.token(&format!("t-{number}"), then).await));
        said.push(told(&store.answered("t-1", &format!("k{number}"), then).await));
    }
    for number in 1..3 {
        said.push(told(&store.intervention(&name(&format!("i-{number}"))).await));
    }
    said
}

/// Everything in order, written as the first change of both.
fn beginning() -> Change {
    let facts: ServiceFacts = fiction::service_facts();
    let people = fiction::people().into_iter().map(Put::Person);
    let providers = fiction::providers().into_iter().map(Put::Provider);
    Change { puts: providers.chain(people).chain(puts(&facts)).collect(), ..Change::default() }
}

async fn alike(deeds: Vec<Deed>) {
    let folder = tempfile::tempdir().unwrap();
    let mut now = fiction::now();
    let real = Database::open(&folder.path().join("poterne.db"), now).await.unwrap();
    let clock = Arc::new(SetClock::at(now));
    let memory = Site::new(&[], Vec::new(), Vec::new(), clock, Arc::default());
    let both: [&dyn Store; 2] = [&real, &memory];
    for store in both {
        store.commit(beginning(), now, "test").await.unwrap();
        // The first intervention is open.
        for (read_at, state) in (0..).zip([State::Requested, State::Approved, State::Open]) {
            let value = Intervention { state, ..fiction::intervention() };
            let puts = vec![Put::Intervention { read_at, value }];
            store.commit(Change { puts, ..Change::default() }, now, "test").await.unwrap();
        }
    }
    let mut moments = vec![now];
    for deed in &deeds {
        let mut answers = Vec::new();
        let mut stands = Vec::new();
        for number in 0..3 {
            let read = memory.intervention(&name(&format!("i-{number}"))).await.unwrap();
            stands.push(read.map_or(0, |read| read.version));
        }
        for store in both {
            answers.push(match deed {
                Deed::Commits(parts) => told(&store.commit(change(parts, &stands, now), now, "test").await),
                Deed::Drains(upto, size) => told(&store.drained(*upto, vec![(name("nord"), *size)]).await),
                Deed::Names => told(&store.next_intervention().await),
                Deed::Passes(_) => String::new(),
            });
        }
        assert_eq!(answers[0], answers[1], "{deed:?} of {deeds:#?}");
        if let Deed::Passes(seconds) = deed {
            let span = Duration::from_secs(seconds.unsigned_abs());
            now = if *seconds < 0 { now.before(span) } else { now.after(span) };
            moments.push(now);
        }
    }
    for then in moments {
        let (real, memory) = (says(&real, then).await, says(&memory, then).await);
        for (one, other) in real.iter().zip(&memory) {
            assert_eq!(one, other, "at {then:?} after {deeds:#?}");
        }
    }
    real.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_take_and_refuse_the_same(deeds in prop::collection::vec(deed(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(alike(deeds));
    }
}

/// Cases that told the two apart once.
#[tokio::test]
async fn what_told_them_apart_does_no_more() {
    // The secret of an equipment that is not described is another one's too.
    alike(vec![Deed::Commits(vec![Part::Fact(25)]), Deed::Commits(vec![Part::Fact(24)])]).await;
    // What is confirmed of an equipment that ended is of its service all the same.
    alike(vec![Deed::Commits(vec![Part::End(10)]), Deed::Commits(vec![Part::Fact(33)])]).await;
}

/// A fact that is written again word for word has no second version, in either.
#[test]
fn a_name_is_a_name() {
    let names: Vec<FactName> = facts().iter().filter_map(Put::name).collect();
    assert_eq!(names.len(), facts().len());
}
