//! Who vouches for whose key.

use domain::PersonKey;
use gate::ports::Put;
use testkit::fiction::{PEOPLE, key_of, name};
use vocab::Lang;

use crate::door::Door;

/// `vouch` for the key that a person has.
pub(crate) fn vouch(person: &str) -> String {
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
    door.apply(puts).await.unwrap();
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

/// A connection that was opened with the former second factor counts no more, whoever vouches since.
#[tokio::test]
async fn a_login_ends_with_its_second_factor() {
    let door = Door::in_order().await;
    let (old, technician) = (door.logged_in("b.petit", Lang::Fr), door.logged_in("a.martin", Lang::Fr));
    let officer = door.logged_in("s.rssi", Lang::Fr);
    for person in ["b.petit", "a.martin", "s.rssi"] {
        door.gate.enrolling(&name(person)).await.unwrap();
    }
    door.done("r.dupont", &vouch("s.rssi")).await;
    door.done("s.rssi", &format!("{} a.martin={}", vouch("b.petit"), key_of("a.martin").0)).await;
    door.done("q.durand", "exception i-1 10m 'panne'").await;
    let grant = "grant i-1 q.durand 10m";
    let said = door.gate.command(&old, grant, b"").await;
    assert!(said.status == 1 && said.text.contains("reconnectez-vous"), "{}", said.text);
    let said = door.gate.command(&officer, &vouch("b.petit"), b"").await;
    assert!(said.status == 1 && said.text.contains("reconnectez-vous"), "{}", said.text);
    let refused = door.gate.open(technician, testkit::fiction::attempt()).await.err().unwrap();
    assert!(refused.text.contains("Se reconnecter"), "{}", refused.text);
    door.done("b.petit", grant).await;
    door.open().await.unwrap();
}

/// A provider's word is for its own people, wherever the site's file names them.
#[tokio::test]
async fn a_manager_vouches_for_nobody_of_the_establishment() {
    let door = Door::with(|facts| facts.provider.managers.push(name("b.petit"))).await;
    door.refused("m.chef", &vouch("b.petit")).await;
    door.done("m.chef", &vouch("a.martin")).await;
}
