//! Who vouches for whose key, and what the site's file only proposes until somebody signs.

use domain::{PersonKey, RiskOption, RiskTreatment, ServiceFacts, Span};
use gate::SiteChange;
use gate::ports::Put;
use testkit::fiction::{PEOPLE, at, key_of, name};
use vocab::RuleId;

use crate::door::Door;

/// `vouch` for the key that a person has.
fn vouch(person: &str) -> String {
    format!("vouch {person}={}", key_of(person).0)
}

/// A site for which nobody has vouched yet: everybody has just been given a second factor.
async fn new_site() -> Door {
    let door = Door::in_order().await;
    for (person, ..) in PEOPLE {
        door.gate.enrolling(&name(person)).await.unwrap();
    }
    door
}

#[tokio::test]
async fn the_responsable_is_first_and_nobody_else() {
    let door = new_site().await;
    for person in ["s.rssi", "m.chef", "d.leroy", "b.petit", "a.martin", "n.personne"] {
        door.refused(person, &vouch(person)).await;
    }
    door.refused("r.dupont", &vouch("s.rssi")).await;
    assert!(door.open().await.is_err());
    door.done("r.dupont", &vouch("r.dupont")).await;
    assert_eq!(door.kit.log().with(&["person-vouched", "\"founding\":true"]).len(), 1);
    door.done("r.dupont", &format!("{} m.chef={}", vouch("s.rssi"), key_of("m.chef").0)).await;
    door.done("m.chef", &vouch("a.martin")).await;
    assert_eq!(door.count("person-vouched"), 4);
    assert_eq!(door.kit.log().with(&["person-vouched", "\"founding\":true"]).len(), 1, "once");
    door.open().await.unwrap();
}

/// He founds with the key of that very login, and only where nobody else could vouch for him.
#[tokio::test]
async fn founding_is_for_the_key_of_that_login_where_nobody_else_can_vouch() {
    let door = new_site().await;
    let mut person =
        testkit::fiction::people().into_iter().find(|one| one.id.as_str() == "r.dupont").unwrap();
    let other = key_of("another.key");
    person.keys.push(PersonKey { line: "ssh-ed25519 BBBB".to_owned(), fingerprint: other.clone() });
    let puts = vec![Put::Person(person)];
    let file =
        SiteChange { establishment: name("nord"), file: [7; 32], added: 0, changed: 1, ended: 0, puts };
    door.gate.apply_site(file).await.unwrap();
    door.refused("r.dupont", &format!("vouch r.dupont={}", other.0)).await;
    door.done("r.dupont", &vouch("r.dupont")).await;
    door.done("r.dupont", &format!("vouch r.dupont={}", other.0)).await;

    let door = Door::in_order().await;
    door.gate.enrolling(&name("r.dupont")).await.unwrap();
    door.refused("r.dupont", &vouch("r.dupont")).await;
    door.done("s.rssi", &vouch("r.dupont")).await;
    assert!(door.kit.log().with(&["person-vouched", "\"founding\":true"]).is_empty());
}

#[tokio::test]
async fn a_provider_vouches_for_its_own_people_only() {
    let door = Door::in_order().await;
    for person in ["b.petit", "r.dupont", "n.personne", "v.voisin", "x.inconnu"] {
        door.refused("m.chef", &vouch(person)).await;
    }
    door.done("m.chef", &vouch("a.martin")).await;
    door.done("s.rssi", &vouch("b.petit")).await;
    // All of them, or none.
    door.refused("m.chef", &format!("{} b.petit={}", vouch("a.martin"), key_of("b.petit").0)).await;
}

#[tokio::test]
async fn a_key_is_compared_with_what_is_on_file() {
    let door = Door::in_order().await;
    for words in ["vouch a.martin=SHA256:a+mart", "vouch a.martin=SHA256:another+key0", "vouch a.martin"] {
        let said = door.refused("s.rssi", words).await;
        assert!(!said.is_empty(), "{words}");
    }
    let people = door.done("s.rssi", "people").await;
    assert!(people.contains("a.martin") && people.contains("attestée par s.rssi"), "{people}");
    let none = door.done("q.durand", "people").await;
    assert!(!none.contains("a.martin"), "{none}");
}

/// A new second factor makes the vouching void: the live session closes, and nothing opens until somebody vouches.
#[tokio::test]
async fn a_new_second_factor_is_vouched_for_again() {
    let door = Door::in_order().await;
    door.open().await.unwrap();
    door.gate.enrolling(&name("a.martin")).await.unwrap();
    assert!(door.open().await.is_err());
    door.done("s.rssi", &vouch("a.martin")).await;
    door.open().await.unwrap();
    assert!(door.gate.enrolling(&name("x.inconnu")).await.is_err());
    assert_eq!(door.count("second-factor-enrolled"), 1);
}

fn proposed(facts: &mut ServiceFacts) {
    facts.equipment[0].admin_zone = None;
    facts.treatments.push(RiskTreatment {
        rule: RuleId::T2,
        service: name("maintenance-scanner"),
        equipment: None,
        threat: "accès".to_owned(),
        likelihood: 2.try_into().unwrap(),
        impact: 2.try_into().unwrap(),
        options: [RiskOption::Accept].into(),
        measures: "filtrage".to_owned(),
        residual: 1.try_into().unwrap(),
        transfer: None,
        owner: name("e.risque"),
        span: Span { from: at("2026-11-01 00:00"), until: at("2027-01-01 00:00") },
        review: at("2026-12-15 00:00"),
        signed: None,
    });
}

/// A file proposes; its owner signs these very words; another text is not signed.
#[tokio::test]
async fn a_treatment_counts_once_its_owner_has_signed_these_words() {
    let door = Door::with(proposed).await;
    assert!(door.open().await.err().unwrap().text.contains("[T2]"));
    assert!(door.done("e.risque", "sign maintenance-scanner").await.contains("T2"));
    door.refused("r.dupont", "sign maintenance-scanner T2").await;
    door.refused("e.risque", "sign maintenance-scanner T1").await;
    door.refused("e.risque", "sign maintenance-scanner T2/scanner").await;
    door.done("e.risque", "sign maintenance-scanner T2").await;
    assert_eq!(door.count("risk-treated"), 1);
    door.open().await.unwrap();
    assert_eq!(door.gate.overview()[0].lifted, ["T2"]);
    let mut value = door.kit.site.first_service().treatments[0].clone();
    (value.measures, value.signed) = ("aucune".to_owned(), None);
    let puts = vec![Put::Treatment { establishment: name("nord"), value }];
    let file =
        SiteChange { establishment: name("nord"), file: [7; 32], added: 0, changed: 1, ended: 0, puts };
    door.gate.apply_site(file).await.unwrap();
    assert!(door.open().await.is_err(), "other words");
}
