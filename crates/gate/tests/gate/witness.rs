//! What the site's file says is done, and a person confirms: these words, once, by whoever may; other words are not confirmed.

use domain::{
    Commissioning, Custody, Entrust, Entrusted, Installed, Postponed, ServiceFacts, Vulnerability, Witnessed,
};
use events::{Actor, Fact};
use gate::ports::Store as _;
use testkit::fiction::{at, name};

use crate::door::Door;

/// A box that was brought, and given back.
pub(crate) fn box_given_back() -> Entrusted {
    Entrusted {
        id: "boitier".to_owned(),
        what: "boîtier de diagnostic fictif".to_owned(),
        nature: Entrust::Means,
        provider: None,
        service: None,
        equipment: Some(name("scanner")),
        received_at: at("2026-02-01 00:00"),
        received_by: name("i.infra"),
        return_by: None,
        state: Custody::Returned { at: at("2026-11-01 00:00"), to: "coursier fictif".to_owned() },
    }
}

/// A probe with a vulnerability past its date, which the file proposes to leave for a while.
pub(crate) fn postponed_probe() -> Installed {
    Installed {
        id: "sonde".to_owned(),
        what: "sonde de supervision fictive".to_owned(),
        version: "4.2".to_owned(),
        provider: None,
        service: None,
        equipment: Some(name("scanner")),
        since: at("2026-01-15 00:00"),
        removed_at: None,
        vulnerabilities: vec![Vulnerability {
            id: "CVE-2026-0001".to_owned(),
            cvss: "9.8".parse().unwrap(),
            known_at: at("2026-10-01 00:00"),
            correct_by: None,
            corrected_at: None,
            postponed: Some(Postponed {
                until: at("2027-01-01 00:00"),
                reason: "isolée du réseau jusqu'au remplacement".to_owned(),
            }),
        }],
    }
}

/// The equipment was put into service, says the file.
pub(crate) fn put_in_service(facts: &mut ServiceFacts) {
    facts.equipment[0].commissioning = Some(Commissioning {
        planned: at("2026-10-01 00:00"),
        downtime_minutes: 30,
        agreed_by: name("b.petit"),
        agreed_at: at("2026-09-20 00:00"),
        rollback: "remettre l'ancien réseau".to_owned(),
        done: Some((at("2026-10-02 00:00"), name("b.petit"))),
    });
}

fn both(facts: &mut ServiceFacts) {
    facts.contract.entrusted = vec![box_given_back()];
    put_in_service(facts);
}

/// What is to be typed, as the gate shows it.
async fn asked(door: &Door, person: &str) -> Vec<String> {
    let shown = door.done(person, "witness maintenance-scanner").await;
    shown.lines().filter(|line| line.starts_with("witness ")).map(str::to_owned).collect()
}

async fn o1(door: &Door) -> String {
    let (home, service) = (name("nord"), name("maintenance-scanner"));
    let facts = door.kit.site.service_facts(&home, &service, door.kit.now()).await.unwrap();
    let found = guide::assess(&facts, facts.level(), door.kit.now());
    let o1 = found.into_iter().find(|one| one.rule == vocab::RuleId::O1).unwrap();
    assert!(matches!(o1.status, guide::Status::MetDeclared { .. }), "no status leans on it: {:?}", o1.status);
    o1.evidence.iter().map(|text| text.fr.as_str()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_person_confirms_what_the_file_says_and_the_assessment_tells_them_apart() {
    let door = Door::with(both).await;
    let before = o1(&door).await;
    assert!(before.contains("rendu, sur déclaration seule"), "{before}");
    assert!(before.contains("scanner est en service, sur déclaration seule"), "{before}");
    // To each what he may confirm.
    let (of_provider, of_it) = (asked(&door, "m.chef").await, asked(&door, "i.infra").await);
    assert!(matches!(of_provider.as_slice(), [one] if one.contains(" c-1/boitier ")), "{of_provider:?}");
    assert!(matches!(of_it.as_slice(), [one] if one.contains(" scanner ")), "{of_it:?}");
    door.refused("i.infra", &of_provider[0]).await;
    door.refused("m.chef", &of_it[0]).await;
    door.refused("m.chef", "witness maintenance-scanner c-1/boitier 00112233445566778899aabbccddeeff").await;
    door.refused("m.chef", "witness maintenance-scanner c-1/autre 00112233445566778899aabbccddeeff").await;
    door.done("m.chef", &of_provider[0]).await;
    let entry = door.acts().pop().unwrap();
    assert_eq!(entry.by, Actor::Person(name("m.chef")));
    let Fact::EntrustedConfirmed(told) = entry.fact else { panic!("{entry:?}") };
    assert_eq!(
        (told.item.as_str(), told.state.as_str(), told.ended),
        ("boitier", "returned", at("2026-11-01 00:00"))
    );
    door.done("i.infra", &of_it[0]).await;
    let Fact::CommissioningConfirmed(told) = door.acts().pop().unwrap().fact else { panic!() };
    assert_eq!((told.equipment, told.by), (name("scanner"), name("b.petit")));
    assert!(door.refused("s.rssi", &of_provider[0]).await.contains("m.chef"), "once");
    assert!(asked(&door, "s.rssi").await.is_empty());
    let after = o1(&door).await;
    assert!(after.contains("rendu, confirmé à la porte par m.chef"), "{after}");
    assert!(after.contains("en service, confirmé à la porte par i.infra"), "{after}");
}

#[tokio::test]
async fn other_words_are_not_confirmed_and_what_fell_does_not_come_back() {
    let door = Door::with(both).await;
    let line = asked(&door, "s.rssi").await.remove(0);
    let says = async |what: &str| {
        let mut contract = door.kit.site.first_service().contract;
        contract.entrusted[0].what = what.to_owned();
        door.apply(vec![gate::ports::Put::Contract(contract)]).await.unwrap();
        door.kit.clock.pass(std::time::Duration::from_secs(1));
    };
    let (first, other) = ("boîtier de diagnostic fictif", "autre boîtier");
    // It changed since it was read.
    says(other).await;
    assert!(door.refused("s.rssi", &line).await.contains("changé"));
    says(first).await;
    door.done("s.rssi", &line).await;
    assert!(o1(&door).await.contains("rendu, confirmé à la porte par s.rssi"));
    says(other).await;
    assert!(o1(&door).await.contains("rendu, sur déclaration seule"));
    says(first).await;
    assert!(o1(&door).await.contains("rendu, sur déclaration seule"), "it does not come back by itself");
}

#[tokio::test]
async fn who_destroyed_it_is_no_witness_of_it() {
    let door = Door::with(|facts| {
        let state = Custody::Destroyed { at: at("2026-11-01 00:00"), by: name("s.rssi") };
        facts.contract.entrusted = vec![Entrusted { state, ..box_given_back() }];
    })
    .await;
    let line = asked(&door, "s.rssi").await.remove(0);
    assert!(door.refused("s.rssi", &line).await.contains("un autre"));
    door.done("r.dupont", &line).await;
}

/// E5: a vulnerability that stays takes both parties; with one of them, or in other words, nothing opens.
#[tokio::test]
async fn a_joint_decision_takes_two_signatures_and_falls_with_its_words() {
    let door = Door::with(|facts| facts.contract.installed = vec![postponed_probe()]).await;
    assert!(door.open().await.is_err(), "past its date, and nothing is decided");
    let (theirs, ours) = (asked(&door, "m.chef").await, asked(&door, "r.dupont").await);
    assert!(matches!(theirs.as_slice(), [one] if one.contains("/CVE-2026-0001/provider ")), "{theirs:?}");
    assert!(matches!(ours.as_slice(), [one] if one.contains("/CVE-2026-0001/establishment ")), "{ours:?}");
    // Nobody signs for the other party, and who reads no risk signs none.
    door.refused("m.chef", &ours[0]).await;
    for person in ["r.dupont", "s.rssi", "b.petit", "i.infra"] {
        door.refused(person, &theirs[0]).await;
    }
    door.done("m.chef", &theirs[0]).await;
    let Fact::VulnerabilityPostponed(told) = door.acts().pop().unwrap().fact else { panic!() };
    assert_eq!((told.party.as_str(), told.until), ("provider", at("2027-01-01 00:00")));
    assert!(e5(&door).await.contains("sans décision commune"), "one signature is none");
    assert!(door.open().await.is_err());
    door.done("r.dupont", &ours[0]).await;
    assert!(e5(&door).await.contains("par décision commune signée des deux parties"));
    assert!(door.open().await.is_ok());
    // The next version is another thing: both look again.
    let mut contract = door.kit.site.first_service().contract;
    contract.installed[0].version = "4.3".to_owned();
    door.apply(vec![gate::ports::Put::Contract(contract.clone())]).await.unwrap();
    assert!(e5(&door).await.contains("sans décision commune"));
    door.kit.clock.pass(std::time::Duration::from_secs(1));
    contract.installed[0].version = "4.2".to_owned();
    door.apply(vec![gate::ports::Put::Contract(contract)]).await.unwrap();
    assert!(e5(&door).await.contains("sans décision commune"), "it does not come back by itself");
}

async fn e5(door: &Door) -> String {
    let (home, service) = (name("nord"), name("maintenance-scanner"));
    let facts = door.kit.site.service_facts(&home, &service, door.kit.now()).await.unwrap();
    assert!(facts.witnesses.iter().all(|one| matches!(one.of, Witnessed::Decided { .. })));
    let found = guide::assess(&facts, facts.level(), door.kit.now());
    let e5 = found.into_iter().find(|one| one.rule == vocab::RuleId::E5).unwrap();
    e5.evidence.iter().map(|text| text.fr.as_str()).collect::<Vec<_>>().join("\n")
}
