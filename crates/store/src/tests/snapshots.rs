//! Snapshots: what is in them, and above all what is not.

use domain::{Intervention, State};
use gate::ports::{FactName, PortError, Put, Store};
use proptest::prelude::*;
use vocab::InterventionId;

use super::fixtures::*;

/// The services that an attempt sees, as `service of establishment`.
async fn sees(world: &World, person: &str, target: &str) -> Vec<String> {
    let facts = world.db.facts_for(&attempt(person, target), at(500)).await.unwrap();
    facts.services.iter().map(|f| format!("{} of {}", f.service.id, f.establishment.id)).collect()
}

#[tokio::test]
async fn an_attempt_sees_its_service_whole() {
    let world = World::with_hospital().await;
    world.intervention("i-1", &[State::Approved], 20).await;
    let facts = world.db.facts_for(&attempt("a.martin", "scanner"), at(500)).await.unwrap();
    assert!(facts.target_known);
    let staff = facts.person.unwrap();
    assert_eq!((staff.employer.id.as_str(), staff.engagements.len()), ("acme", 2));
    let [service] = facts.services.as_slice() else { panic!("{:?}", facts.services) };
    assert_eq!(service.provider.id.as_str(), "acme");
    assert_eq!(service.contract.id.as_str(), "c-acme");
    assert_eq!(service.equipment.len(), 1);
    assert_eq!(service.staff, [staff]);
    assert_eq!(service.interventions.len(), 1);
    assert_eq!(service.trace_store, domain::TraceStore::WELL);
    assert_eq!(sees(&world, "a.martin", "scanner.nord").await, ["scanner-tm of nord"]);
}

#[tokio::test]
async fn strangers_see_nothing() {
    let world = World::with_hospital().await;
    world
        .puts(vec![Put::Provider(provider("rival")), Put::Person(person("r.rival", "rival"))], 20)
        .await
        .unwrap();
    let facts = world.db.facts_for(&attempt("r.rival", "scanner"), at(500)).await.unwrap();
    assert!(facts.services.is_empty() && facts.target_known);
    assert!(facts.person.unwrap().engagements.is_empty());
    let facts = world.db.facts_for(&attempt("r.rival", "nothing"), at(500)).await.unwrap();
    assert!(facts.services.is_empty() && !facts.target_known);
    let facts = world.db.facts_for(&attempt("nobody", "scanner"), at(500)).await.unwrap();
    assert!(facts.person.is_none() && facts.services.is_empty() && facts.target_known);
}

#[tokio::test]
async fn a_hospitals_own_people_have_no_contract() {
    let world = World::with_hospital().await;
    let mut own = person("h.chef", "acme");
    own.employer = domain::Employer::Establishment(id("nord"));
    // A provider that bears the establishment's name does not lend it its contracts.
    let mut trap = contract("nord", "c-trap", "nord");
    trap.provider = id("nord");
    let puts = vec![
        Put::Person(own),
        Put::Provider(provider("nord")),
        Put::Contract(trap),
        Put::Service(service("nord", "trap", "c-trap", &["scanner"])),
    ];
    world.puts(puts, 20).await.unwrap();
    let facts = world.db.facts_for(&attempt("h.chef", "scanner"), at(500)).await.unwrap();
    assert_eq!(facts.person.unwrap().employer.name, "Hôpital fictif nord");
    assert!(facts.services.is_empty());
}

#[tokio::test]
async fn subcontractors_come_by_list_or_principal() {
    let world = World::with_hospital().await;
    let mut with_list = contract("nord", "c-acme", "acme");
    with_list.subcontracts = vec![subcontract("sub", "acme"), subcontract("subsub", "sub")];
    let mut ended = subcontract("former", "acme");
    ended.ended_at = Some(at(100));
    with_list.subcontracts.push(ended);
    let mut behalf = person("u.unlisted", "unlisted");
    behalf.on_behalf_of = Some(id("acme"));
    let mut deep = person("d.deep", "unlisted");
    deep.on_behalf_of = Some(id("sub"));
    let mut puts = vec![Put::Contract(with_list), Put::Person(behalf), Put::Person(deep)];
    for firm in ["sub", "subsub", "former", "unlisted"] {
        puts.push(Put::Provider(provider(firm)));
        puts.push(Put::Person(person(&format!("x.{firm}"), firm)));
    }
    world.puts(puts, 20).await.unwrap();
    let one = ["scanner-tm of nord"];
    for inside in ["x.sub", "x.subsub", "u.unlisted", "d.deep"] {
        assert_eq!(sees(&world, inside, "scanner").await, one, "{inside}");
    }
    for outside in ["x.former", "x.unlisted"] {
        assert!(sees(&world, outside, "scanner").await.is_empty(), "{outside}");
    }
    let facts = world.db.service_facts(&id("nord"), &id("scanner-tm"), at(500)).await.unwrap();
    let mut names: Vec<_> = facts.staff.iter().map(|staff| staff.person.id.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a.martin", "d.deep", "u.unlisted", "x.sub", "x.subsub"]);
}

#[tokio::test]
async fn a_short_name_is_all_it_may_be() {
    let world = World::with_hospital().await;
    // Another hospital has a scanner too, but not with this firm: the short name stays unique for it.
    let mut other = hospital("sud");
    other[1] = Put::Contract(contract("sud", "c-acme", "rival"));
    world.puts(other, 20).await.unwrap();
    assert_eq!(sees(&world, "a.martin", "scanner").await, ["scanner-tm of nord"]);
    assert!(sees(&world, "a.martin", "scanner.sud").await.is_empty());
    // The firm comes to the other hospital as well: both are seen, each with the engagements towards it; the full
    // name says which, or the intervention.
    world.put(Put::Contract(contract("sud", "c-acme", "acme")), 30).await.unwrap();
    let facts = world.db.facts_for(&attempt("a.martin", "scanner"), at(500)).await.unwrap();
    let signed: Vec<_> = facts.services.iter().map(|f| f.staff[0].engagements.len()).collect();
    assert_eq!(signed, [2, 0]);
    assert!(facts.person.unwrap().engagements.is_empty(), "towards whom is not said");
    assert_eq!(sees(&world, "a.martin", "scanner.sud").await, ["scanner-tm of sud"]);
    let mut full = attempt("a.martin", "scanner");
    full.target.establishment = Some(id("sud"));
    let facts = world.db.facts_for(&full, at(500)).await.unwrap();
    assert_eq!(facts.services.len(), 1);
    assert!(facts.person.unwrap().engagements.is_empty(), "signed towards nord only");
    world.intervention("i-1", &[], 40).await;
    let mut named = attempt("a.martin", "scanner");
    named.target.intervention = Some(id("i-1"));
    let facts = world.db.facts_for(&named, at(500)).await.unwrap();
    assert_eq!(facts.services[0].establishment.id.as_str(), "nord");
}

#[tokio::test]
async fn names_with_dots_are_short_or_full() {
    let world = World::with_hospital().await;
    let puts = vec![
        Put::Equipment(equipment("nord", "mri.2", "maint-mri")),
        Put::Service(service("nord", "mri", "c-acme", &["mri.2"])),
    ];
    world.puts(puts, 20).await.unwrap();
    assert_eq!(sees(&world, "a.martin", "mri.2").await, ["mri of nord"]);
    assert_eq!(sees(&world, "a.martin", "mri.2.nord").await, ["mri of nord"]);
    assert!(sees(&world, "a.martin", "mri.2.sud").await.is_empty());
    assert!(sees(&world, "a.martin", "mri").await.is_empty());
}

fn account_tag(owner: &str, name: &str, tag: Option<&str>) -> Put {
    Put::AccountTag { establishment: id(owner), equipment: id(name), tag: tag.map(str::to_owned) }
}

#[tokio::test]
async fn shared_logins_and_secrets_are_worked_out() {
    let world = World::with_hospital().await;
    let puts = vec![
        Put::Equipment(equipment("nord", "mri", "maint-scanner")),
        Put::Equipment(equipment("nord", "pacs", "maint-pacs")),
    ];
    world.puts(puts, 20).await.unwrap();
    world.puts(hospital("sud"), 20).await.unwrap();
    for (owner, name, tag) in
        [("nord", "scanner", "t1"), ("nord", "pacs", "t1"), ("nord", "mri", "t2"), ("sud", "scanner", "t1")]
    {
        world.put(account_tag(owner, name, Some(tag)), 30).await.unwrap();
    }
    let shared = async |secs| {
        let found = world.db.equipment(&id("nord"), &id("scanner"), at(secs)).await.unwrap().unwrap();
        let account = found.account.unwrap();
        let words = |ids: &[vocab::EquipmentId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        (words(&account.login_shared_with), words(&account.secret_shared_with))
    };
    let of = |one: &[&str], other: &[&str]| {
        let words = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        (words(one), words(other))
    };
    assert_eq!(shared(25).await, of(&["mri"], &[]));
    assert_eq!(shared(35).await, of(&["mri"], &["pacs"]));
    world.put(account_tag("nord", "pacs", Some("t3")), 40).await.unwrap();
    assert_eq!(shared(45).await, of(&["mri"], &[]));
    // No secret kept is no secret shared.
    for name in ["scanner", "pacs"] {
        world.put(account_tag("nord", name, None), 50).await.unwrap();
    }
    assert_eq!(shared(55).await, of(&["mri"], &[]));
    // What was worked out is never written back.
    let found = world.db.equipment(&id("nord"), &id("scanner"), at(60)).await.unwrap().unwrap();
    world.put(Put::Equipment(found), 60).await.unwrap();
    let mut reader = world.db.reader().await.unwrap();
    let mut tx = reader.begin().await.unwrap();
    let versions: i64 = sqlx::query_scalar("select max(version) from fact where kind = 'equipment'")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(versions, 1);
}

#[tokio::test]
async fn interventions_are_those_that_were_due_then() {
    let world = World::with_hospital().await;
    world.intervention("i-1", &[State::Approved], 20).await;
    world.intervention("i-2", &[State::Refused], 20).await;
    world.intervention("i-3", &[State::Approved, State::Closing, State::Closed], 30).await;
    let mut elsewhere = intervention("i-4");
    elsewhere.equipment = vec![id("mri")];
    world.put(Put::Intervention { read_at: 0, value: elsewhere }, 30).await.unwrap();
    let due = async |named: Option<&str>, secs| {
        let mut asks = attempt("a.martin", "scanner");
        asks.target.intervention = named.map(id::<InterventionId>);
        let facts = world.db.facts_for(&asks, at(secs)).await.unwrap();
        let names = |all: &[Intervention]| all.iter().map(|i| i.id.to_string()).collect::<Vec<_>>().join(" ");
        let [service] = facts.services.as_slice() else { panic!("{facts:?}") };
        (names(&service.interventions), names(&service.unsettled))
    };
    assert_eq!(due(None, 15).await, (String::new(), String::new()));
    assert_eq!(due(None, 25).await, ("i-1".to_owned(), String::new()));
    assert_eq!(due(None, 40).await, ("i-1".to_owned(), "i-3".to_owned()));
    // The named one is there whatever it is, to be refused with its reason.
    assert_eq!(due(Some("i-2"), 40).await.0, "i-1 i-2");
    assert_eq!(due(Some("i-4"), 40).await.0, "i-1 i-4");
    assert_eq!(due(Some("i-1"), 40).await.0, "i-1");
    assert_eq!(due(Some("i-99"), 40).await.0, "i-1");
    // Report and attestation settle it, from then on.
    let mut settled = world.db.intervention(&id("i-3")).await.unwrap().unwrap();
    settled.value.report = Some(domain::Report { by: id("a.martin"), at: at(50), text: "done".to_owned() });
    settled.value.erasure = Some((at(50), id("a.martin")));
    world.put(Put::Intervention { read_at: settled.version, value: settled.value }, 50).await.unwrap();
    assert_eq!(due(None, 49).await.1, "i-3");
    assert_eq!(due(None, 50).await.1, "");
    let all = world.db.service_facts(&id("nord"), &id("scanner-tm"), at(60)).await.unwrap();
    assert_eq!(all.interventions.len(), 2, "i-1 and i-4");
}

#[tokio::test]
async fn what_ended_is_not_there() {
    let world = World::with_hospital().await;
    let nord = || id("nord");
    world
        .put(Put::End(FactName::Service { establishment: nord(), service: id("scanner-tm") }), 50)
        .await
        .unwrap();
    assert!(sees(&world, "a.martin", "scanner").await.is_empty());
    assert!(matches!(
        world.db.service_facts(&nord(), &id("scanner-tm"), at(60)).await,
        Err(PortError::Missing(_))
    ));
    assert!(world.db.service_facts(&nord(), &id("scanner-tm"), at(40)).await.is_ok());
    world.put(Put::End(FactName::Provider(id("acme"))), 70).await.unwrap();
    let facts = world.db.facts_for(&attempt("a.martin", "scanner"), at(80)).await.unwrap();
    assert!(facts.person.is_none(), "nobody employs this person any more");
}

#[tokio::test]
async fn treatments_and_transition_are_of_their_establishment() {
    let world = World::with_hospital().await;
    world.puts(hospital("sud"), 20).await.unwrap();
    let treatment: domain::RiskTreatment = serde_json::from_value(serde_json::json!({
        "rule": "T9", "service": "scanner-tm", "threats": ["means"], "likelihood": 1, "impact": 2,
        "options": ["accept"], "residual": {"likelihood": 1, "impact": 2}, "owner": "h.chef",
        "span": {"from": 0, "until": 1}, "review": 0,
    }))
    .unwrap();
    world.put(Put::Treatment { establishment: id("sud"), value: treatment.clone() }, 30).await.unwrap();
    let of = async |name: &str| {
        world.db.service_facts(&id(name), &id("scanner-tm"), at(40)).await.unwrap().treatments.len()
    };
    assert_eq!((of("nord").await, of("sud").await), (0, 1));
    let name = FactName::Treatment {
        establishment: id("sud"),
        service: treatment.service,
        rule: treatment.rule,
        part: domain::TreatmentPart::All,
    };
    world.put(Put::End(name), 35).await.unwrap();
    assert_eq!(of("sud").await, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whoever has no contract, whatever else exists, sees nothing.
    #[test]
    fn outside_the_contracts_nothing(
        contracts in proptest::collection::vec((0usize..3, 0usize..4), 0..6),
        caller in 0usize..4,
        target in 0usize..3,
    ) {
        const HOUSES: [&str; 3] = ["nord", "sud", "est"];
        const FIRMS: [&str; 4] = ["acme", "rival", "tiers", "quart"];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let mut puts: Vec<Put> = FIRMS.iter().map(|firm| Put::Provider(provider(firm))).collect();
            puts.extend(FIRMS.iter().map(|firm| Put::Person(person(&format!("x.{firm}"), firm))));
            for house in HOUSES {
                puts.push(Put::Establishment(establishment(house)));
                puts.push(Put::Equipment(equipment(house, &format!("scanner-{house}"), "maint")));
            }
            for (house, firm) in &contracts {
                let (house, firm) = (HOUSES[*house], FIRMS[*firm]);
                let equipment = format!("scanner-{house}");
                puts.push(Put::Contract(contract(house, &format!("c-{firm}"), firm)));
                puts.push(Put::Service(service(house, &format!("s-{firm}"), &format!("c-{firm}"), &[&equipment])));
            }
            world.puts(puts, 10).await.unwrap();
            let asks = attempt(&format!("x.{}", FIRMS[caller]), &format!("scanner-{}", HOUSES[target]));
            let facts = world.db.facts_for(&asks, at(20)).await.unwrap();
            assert!(facts.target_known);
            assert_eq!(facts.services.is_empty(), !contracts.contains(&(target, caller)));
            for service in facts.services {
                assert_eq!(service.provider.id.as_str(), FIRMS[caller]);
                assert_eq!(service.establishment.id.as_str(), HOUSES[target]);
            }
        });
    }
}

#[tokio::test]
async fn an_attempt_knows_everybody_of_the_providers_side() {
    let world = World::with_hospital().await;
    let mut firm = provider("acme");
    firm.managers = vec![id("m.chef")];
    let mut with_list = contract("nord", "c-acme", "acme");
    with_list.subcontracts = vec![subcontract("sub", "acme")];
    let mut ended = subcontract("former", "acme");
    ended.ended_at = Some(at(100));
    with_list.subcontracts.push(ended);
    let mut behalf = person("u.unlisted", "unlisted");
    behalf.on_behalf_of = Some(id("acme"));
    let puts = vec![
        Put::Provider(firm),
        Put::Contract(with_list),
        Put::Person(person("c.colleague", "acme")),
        Put::Person(person("s.sub", "sub")),
        Put::Person(person("f.former", "former")),
        Put::Person(behalf),
        Put::Person(person("r.rival", "rival")),
    ];
    world.puts(puts, 20).await.unwrap();
    let facts = world.db.facts_for(&attempt("a.martin", "scanner"), at(500)).await.unwrap();
    let side: Vec<&str> = facts.services[0].provider_side.iter().map(|one| one.as_str()).collect();
    assert_eq!(side, ["a.martin", "c.colleague", "f.former", "m.chef", "s.sub", "u.unlisted"]);
    assert_eq!(facts.services[0].staff.len(), 1, "their facts stay outside");
    let whole = world.db.service_facts(&id("nord"), &id("scanner-tm"), at(500)).await.unwrap();
    assert_eq!(whole.provider_side, facts.services[0].provider_side);
}

#[tokio::test]
async fn each_establishment_stops_a_provider_for_itself() {
    let world = World::with_hospital().await;
    world.puts(hospital("sud"), 10).await.unwrap();
    let value = domain::Suspension {
        provider: id("acme"),
        since: at(20),
        by: id("h.chef"),
        reason: "incident fictif".to_owned(),
        incidents: Vec::new(),
        resumed: None,
    };
    world.put(Put::Suspension { establishment: id("nord"), value: value.clone() }, 20).await.unwrap();
    let stopped = async |at_house: &str, secs| {
        let read = world.db.service_facts(&id(at_house), &id("scanner-tm"), at(secs)).await.unwrap();
        read.suspension(&id("acme")).is_some()
    };
    assert!(stopped("nord", 30).await && !stopped("sud", 30).await && !stopped("nord", 15).await);
    let facts = world.db.facts_for(&attempt("a.martin", "scanner.nord"), at(30)).await.unwrap();
    assert_eq!(facts.services[0].suspensions, [value]);
    let name = FactName::Suspension { establishment: id("nord"), provider: id("acme") };
    world.put(Put::End(name), 40).await.unwrap();
    assert!(!stopped("nord", 50).await);
}

#[tokio::test]
async fn vouching_is_towards_one_establishment_and_one_second_factor() {
    let world = World::with_hospital().await;
    world.puts(hospital("sud"), 10).await.unwrap();
    let vouched = |enrolment| {
        let (key, by) = (key("a.martin"), id("h.chef"));
        let keys = vec![domain::VouchedKey { key, enrolment, by, at: at(20), fell: None }];
        Put::Vouching { establishment: id("nord"), person: id("a.martin"), keys }
    };
    let number = |number| Put::Enrolment { person: id("a.martin"), number };
    world.puts(vec![number(1), vouched(1)], 20).await.unwrap();
    let holds = async |place: &str, secs| {
        let found = world.db.credentials(&id(place), &id("a.martin"), at(secs)).await.unwrap();
        found.hold(&key("a.martin"))
    };
    assert!(holds("nord", 30).await && !holds("sud", 30).await && !holds("nord", 15).await);
    let facts = world.db.facts_for(&attempt("a.martin", "scanner.nord"), at(30)).await.unwrap();
    assert!(facts.services[0].staff[0].credentials.hold(&key("a.martin")));
    assert!(facts.person.unwrap().credentials.hold(&key("a.martin")));
    let facts = world.db.facts_for(&attempt("a.martin", "scanner.sud"), at(30)).await.unwrap();
    assert!(!facts.services[0].staff[0].credentials.hold(&key("a.martin")));
    let people = world.db.vouched_people(&id("nord"), at(30)).await.unwrap();
    assert_eq!(people, [id("a.martin")]);
    assert!(world.db.vouched_people(&id("sud"), at(30)).await.unwrap().is_empty());
    world.put(number(2), 40).await.unwrap();
    assert!(!holds("nord", 50).await, "a new second factor");
}

#[tokio::test]
async fn a_signature_is_under_these_very_words() {
    let world = World::with_hospital().await;
    let treatment = domain::RiskTreatment {
        service: id("scanner-tm"),
        owner: id("h.chef"),
        span: domain::Span { from: at(0), until: at(1_000) },
        review: at(900),
        signed: None,
        ..testkit::fiction::treatment(vocab::RuleId::T2)
    };
    let put =
        |value: &domain::RiskTreatment| Put::Treatment { establishment: id("nord"), value: value.clone() };
    let signature = domain::Signature { by: id("h.chef"), at: at(30), cover: None };
    let signed = domain::Signed::Treatment(treatment.clone());
    world.put(put(&treatment), 20).await.unwrap();
    let sign = Put::Signature { establishment: id("nord"), signature: signature.clone(), signed };
    world.put(sign, 30).await.unwrap();
    let read = async |secs| {
        let facts = world.db.service_facts(&id("nord"), &id("scanner-tm"), at(secs)).await.unwrap();
        facts.treatments[0].signed.clone()
    };
    assert_eq!((read(25).await, read(35).await), (None, Some(signature.clone())));
    // Another text is not signed; nor is the first one when it comes back: it is proposed anew.
    let other = domain::RiskTreatment { remark: "rien".to_owned(), ..treatment.clone() };
    world.put(put(&other), 40).await.unwrap();
    assert_eq!(read(45).await, None);
    world.put(put(&treatment), 50).await.unwrap();
    assert_eq!((read(55).await, read(35).await), (None, Some(signature)));
    let facts = world.db.facts_for(&attempt("a.martin", "scanner"), at(55)).await.unwrap();
    assert!(facts.services[0].treatments[0].signed.is_none());
}
