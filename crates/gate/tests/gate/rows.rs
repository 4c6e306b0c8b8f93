//! What goes from the database and what stays: closed versions of facts, settled interventions, under their certificate
//! (decision 0037).

use std::collections::BTreeMap;

use domain::Intervention;
use events::{Fact, FactsPurged};
use gate::ports::{FactKind, FactName, Put, Record, RecordKind, Store, Wanted, Within};
use testkit::fiction::name;
use testkit::{Kit, Mishap, Step};
use vocab::Ending;

use crate::door::Door;
use crate::retention::{DAY, brief, fill, months, retain, settled};

/// Months of thirty days from the beginning of the story until five years after the contract ended.
const AFTER_THE_CONTRACT: u32 = 69;

fn certificates(kit: &Kit) -> Vec<FactsPurged> {
    let all = kit.log().entries().into_iter();
    all.filter_map(|entry| if let Fact::FactsPurged(one) = entry.fact { Some(one) } else { None }).collect()
}

fn kinds(kit: &Kit) -> BTreeMap<String, u64> {
    let all = certificates(kit).into_iter().flat_map(|one| one.kinds);
    all.fold(BTreeMap::new(), |mut kinds, one| {
        *kinds.entry(one.class.as_str().to_owned()).or_default() += one.entries;
        kinds
    })
}

async fn records(door: &Door, kind: RecordKind) -> Vec<Record> {
    let wanted = Wanted { kind, within: Within::Everywhere, name: None, closed_before: None };
    door.kit.site.records(wanted).await.unwrap()
}

async fn rows(door: &Door) -> u64 {
    let due = door.gate.keeping(&name("nord")).await.unwrap().unwrap().rows.0;
    let gone = retain(door).await.unwrap().rows;
    assert!(due <= gone, "what was shown goes: {due}, {gone}");
    gone
}

/// The provider has another title, somebody of another provider leaves, and the intervention is settled.
async fn over(door: &Door) {
    settled(door).await;
    let mut provider = door.kit.site.first_service().provider;
    provider.name = "Acme, autrement".to_owned();
    let left = Put::End(FactName::Person(name("v.voisin")));
    door.apply(vec![Put::Provider(provider), left]).await.unwrap();
}

#[tokio::test]
async fn what_is_over_goes_five_years_after_the_contract_that_it_belongs_to() {
    let door = Door::on(brief()).await;
    over(&door).await;
    months(&door, 60).await;
    assert_eq!(rows(&door).await, 0, "1,800 days are not five years");
    months(&door, 1).await;
    // No contract was ever his: five years after he left.
    assert!(rows(&door).await > 0);
    let gone = kinds(&door.kit);
    assert_eq!(
        (gone.get("person"), gone.get("vouching"), gone.get("intervention")),
        (Some(&1), Some(&1), None)
    );
    assert!(!door.kit.site.whole().contains("\"v.voisin\""));
    assert_eq!(door.kit.site.versions(&FactName::Provider(name("acme"))), 2, "its contract ended later");
    months(&door, AFTER_THE_CONTRACT - 61).await;
    assert!(rows(&door).await > 0);
    let (all, gone) = (certificates(&door.kit), kinds(&door.kit));
    assert!(all.iter().all(|one| one.days == 1_827 && one.reason.is_none() && one.holds == 0), "{all:?}");
    assert_eq!((gone.get("provider"), gone.get("session")), (Some(&1), Some(&1)), "{gone:?}");
    assert!(gone.get("intervention").is_some_and(|versions| *versions > 3), "{gone:?}");
    assert_eq!(all.iter().map(|one| one.records).sum::<u64>(), gone.values().sum::<u64>());
    assert!(door.kit.site.history("i-1").is_empty() && door.kit.site.sessions().is_empty());
    assert_eq!(door.kit.site.versions(&FactName::Provider(name("acme"))), 1, "what stands stays");
    // Never what it said.
    let said = format!("{all:?}");
    assert!(!said.contains("voisin") && !said.contains("Acme") && !said.contains("i-1"), "{said}");
    // Nothing more is due, and nothing that stands was lost.
    months(&door, 1).await;
    assert_eq!(door.kit.site.first_service().provider.name, "Acme, autrement");
    assert_eq!(records(&door, RecordKind::Fact(FactKind::Contract)).await.len(), 1);
}

#[tokio::test]
async fn a_contract_that_runs_keeps_all_that_was_ever_under_it() {
    let kit = Kit::with(|facts| {
        facts.establishment.retention.trace_days = 183;
        facts.contract.span.until = facts.contract.span.until.after(DAY * 4_000);
    });
    let door = Door::on(kit).await;
    over(&door).await;
    months(&door, 80).await;
    retain(&door).await.unwrap();
    let gone = kinds(&door.kit);
    assert_eq!((gone.get("provider"), gone.get("intervention")), (None, None), "{gone:?}");
    assert!(!door.kit.site.history("i-1").is_empty());
}

#[tokio::test]
async fn a_hold_keeps_what_it_is_about() {
    for (hold, stays) in [
        ("hold all 'perquisition'", ["person", "provider", "intervention"].as_slice()),
        ("hold i-1 'plainte'", &["provider", "intervention"]),
        ("hold person a.martin 'enquête'", &["intervention"]),
        ("hold person v.voisin 'enquête'", &["person"]),
    ] {
        let door = Door::on(brief()).await;
        over(&door).await;
        let said = door.done("s.rssi", hold).await;
        months(&door, AFTER_THE_CONTRACT).await;
        rows(&door).await;
        let gone = kinds(&door.kit);
        let left = || door.kit.site.versions(&FactName::Person(name("v.voisin")));
        assert_eq!(left() > 0, stays.contains(&"person"), "{hold}");
        for kind in ["provider", "intervention"] {
            assert_eq!(gone.contains_key(kind), !stays.contains(&kind), "{hold}: {kind}: {gone:?}");
        }
        let id = said.split_whitespace().find(|word| word.starts_with("h-")).unwrap().to_owned();
        door.done("r.dupont", &format!("release {id} 'close'")).await;
        rows(&door).await;
        let gone = kinds(&door.kit);
        assert_eq!(left(), 0, "{hold} released");
        for kind in ["provider", "intervention"] {
            assert!(gone.contains_key(kind), "{hold} released: {kind}: {gone:?}");
        }
    }
}

#[tokio::test]
async fn what_is_needed_stays() {
    // Nobody closed the intervention; and who stands in what stands may have left.
    let door = Door::on(brief()).await;
    let opening = door.open().await.unwrap();
    door.gate.close(&opening.live, Ending::Finished, None).await;
    door.apply(vec![Put::End(FactName::Person(name("q.durand")))]).await.unwrap();
    months(&door, AFTER_THE_CONTRACT + 20).await;
    rows(&door).await;
    assert!(!door.kit.site.history("i-1").is_empty());
    assert_eq!(
        door.kit.site.versions(&FactName::Person(name("q.durand"))),
        1,
        "the list of requesters has him"
    );
    // The list has him no more, but the intervention does: it was never settled.
    let mut contract = door.kit.site.first_service().contract;
    contract.requesters.people.clear();
    door.apply(vec![Put::Contract(contract)]).await.unwrap();
    rows(&door).await;
    assert_eq!(door.kit.site.versions(&FactName::Person(name("q.durand"))), 1);
    for (person, line) in [
        ("a.martin", "report i-1 'fait'"),
        ("a.martin", "close i-1 reached"),
        ("b.petit", "confirm i-1"),
        ("m.chef", "erased i-1"),
    ] {
        door.done(person, line).await;
    }
    rows(&door).await;
    assert!(!door.kit.site.history("i-1").is_empty(), "it was settled just now");
    months(&door, 62).await;
    rows(&door).await;
    assert!(door.kit.site.history("i-1").is_empty());
    rows(&door).await;
    assert_eq!(door.kit.site.versions(&FactName::Person(name("q.durand"))), 0);
}

#[tokio::test]
async fn what_was_asked_for_and_never_began_goes_with_its_contract() {
    let door = Door::on(brief()).await;
    months(&door, AFTER_THE_CONTRACT).await;
    rows(&door).await;
    assert!(door.kit.site.history("i-1").is_empty(), "it was approved, and nobody ever came");
}

#[tokio::test]
async fn a_clock_that_jumps_makes_nothing_old_even_when_the_log_has_forgotten_it() {
    let door = Door::on(brief()).await;
    over(&door).await;
    fill(&door, 600).await;
    door.kit.clock.pass(DAY * 4_000);
    assert_eq!(rows(&door).await, 0);
    // The entries around the jump are purged, and what it skipped is known still.
    months(&door, 9).await;
    fill(&door, 600).await;
    months(&door, 9).await;
    assert!(retain(&door).await.unwrap().first.1 > 512);
    months(&door, 2).await;
    assert_eq!(rows(&door).await, 0);
    assert!(!door.kit.site.history("i-1").is_empty());
}

#[tokio::test]
async fn a_term_is_the_site_s_and_counts_in_a_month() {
    let kit = Kit::with(|facts| {
        facts.establishment.retention.trace_days = 183;
        facts.establishment.retention.fact_days = 3_000;
        facts.establishment.retention.fact_reason = Some("garantie décennale".to_owned());
    });
    let door = Door::on(kit).await;
    over(&door).await;
    months(&door, AFTER_THE_CONTRACT).await;
    assert_eq!(rows(&door).await, 0);
    let keeping = door.gate.keeping(&name("nord")).await.unwrap().unwrap();
    assert_eq!((keeping.rows.1, keeping.rows.2.as_deref()), (3_000, Some("garantie décennale")));
    let mut establishment = door.kit.site.first_service().establishment;
    (establishment.retention.fact_days, establishment.retention.fact_reason) = (1_100, None);
    door.apply(vec![Put::Establishment(establishment)]).await.unwrap();
    assert_eq!(rows(&door).await, 0, "a month of notice");
    months(&door, 1).await;
    door.kit.clock.pass(DAY);
    assert!(rows(&door).await > 0);
    assert!(certificates(&door.kit).iter().all(|one| one.days == 1_100));
}

/// People and providers of all establishments are asked about by when it ended: a contract stays as long as the longest term.
#[tokio::test]
async fn a_contract_stays_for_as_long_as_anybody_asks_when_it_ended() {
    let door = Door::on(brief()).await;
    over(&door).await;
    let facts = door.kit.site.first_service();
    let mut contract = facts.contract.clone();
    contract.erasure_within_days += 1;
    let mut sud = facts.establishment.clone();
    sud.id = name("sud");
    (sud.retention.fact_days, sud.retention.fact_reason) = (3_000, Some("garantie décennale".to_owned()));
    door.apply(vec![Put::Contract(contract), Put::Establishment(sud)]).await.unwrap();
    months(&door, AFTER_THE_CONTRACT).await;
    assert!(rows(&door).await > 0, "the intervention is only nord's");
    assert_eq!(records(&door, RecordKind::Fact(FactKind::Contract)).await.len(), 2);
}

#[tokio::test]
async fn a_gate_that_fails_anywhere_removes_nothing_or_what_its_certificate_names() {
    // What it would be without any mishap.
    let whole = async |door: &Door| {
        let mut all = Vec::new();
        for kind in FactKind::ALL {
            if *kind != FactKind::Purged {
                all.extend(records(door, RecordKind::Fact(*kind)).await);
            }
        }
        (all, records(door, RecordKind::Intervention).await, records(door, RecordKind::Session).await)
    };
    let story = async || {
        let door = Door::on(brief()).await;
        over(&door).await;
        months(&door, AFTER_THE_CONTRACT).await;
        door
    };
    let clean = story().await;
    let before = whole(&clean).await;
    retain(&clean).await.unwrap();
    let (after, told) = (whole(&clean).await, certificates(&clean.kit));
    assert_ne!(before, after);
    for (step, mishap) in [
        (Step::Commit, Mishap::full()),
        (Step::Commit, Mishap::lost_answer()),
        (Step::Append, Mishap::full()),
        (Step::RemoveRows, Mishap::full()),
        (Step::RemoveRows, Mishap::lost_answer()),
        (Step::ReadLog, Mishap::full()),
    ] {
        for skip in 0..6 {
            let door = story().await;
            door.kit.troubles.nth(step, skip, mishap.clone());
            let failed = retain(&door).await.is_err();
            door.kit.troubles.over();
            let (now, certified) = (whole(&door).await, certificates(&door.kit).len());
            if certified == 0 {
                assert_eq!(now, before, "{step:?} {skip}: without a certificate");
            }
            let door = Door::on(door.kit.clone()).await;
            retain(&door).await.unwrap();
            assert_eq!(whole(&door).await, after, "{step:?} {skip} {failed}");
            let roots = |all: &[FactsPurged]| all.iter().map(|one| one.root).collect::<Vec<_>>();
            assert_eq!(roots(&certificates(&door.kit)), roots(&told), "{step:?} {skip} {failed}");
        }
    }
}

/// An intervention that is to go takes no step, and what stands is not named.
#[tokio::test]
async fn what_is_named_changes_no_more() {
    use gate::ports::{Change, Doomed, Old, PortError};
    let door = Door::on(brief()).await;
    settled(&door).await;
    let read = door.kit.site.intervention(&name("i-1")).await.unwrap().unwrap();
    let doom = |rows| Change {
        puts: vec![Put::Doomed(Doomed { establishment: name("nord"), root: [1; 32], rows })],
        ..Change::default()
    };
    let fact = |version| Old::Fact {
        kind: FactKind::Provider,
        establishment: None,
        name: "acme".to_owned(),
        version,
    };
    let conflicts = async |change: Change| {
        let refused = door.kit.site.commit(change, door.kit.now(), "test").await;
        assert!(matches!(refused, Err(PortError::Conflict(_))), "{refused:?}");
    };
    conflicts(doom(vec![fact(1)])).await;
    conflicts(doom(vec![fact(2)])).await;
    conflicts(doom(vec![Old::Intervention { id: name("i-1"), version: 1 }])).await;
    let named = doom(vec![Old::Intervention { id: name("i-1"), version: read.version }]);
    door.kit.site.commit(named.clone(), door.kit.now(), "test").await.unwrap();
    conflicts(named).await;
    let value = Intervention { objective: "autre".to_owned(), ..read.value };
    let step = Put::Intervention { read_at: read.version, value };
    conflicts(Change { puts: vec![step], ..Change::default() }).await;
}
