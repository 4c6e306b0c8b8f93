//! What leaned on a key or on a text does not come back with it: somebody looks again.

use std::time::Duration;

use domain::{Attempt, Employer, Person, PersonKey};
use gate::Known;
use gate::ports::{FactName, Put};
use testkit::fiction::{self, PEOPLE, key_of, name};
use testkit::known;
use vocab::{Lang, RuleId};

use crate::door::{Door, attempt};
use crate::sign::proposed;
use crate::vouch::vouch;

fn technician(door: &Door) -> Person {
    door.kit.site.first_service().staff[0].person.clone()
}

/// A key that was taken out, a person who was, and one who was not active meanwhile.
#[tokio::test]
async fn a_vouching_falls_with_its_key() {
    let gone: [fn(&Person) -> Put; 3] = [
        |person| Put::Person(Person { keys: Vec::new(), ..person.clone() }),
        |person| Put::End(FactName::Person(person.id.clone())),
        |person| Put::Person(Person { active: false, ..person.clone() }),
    ];
    for gone in gone {
        let door = Door::in_order().await;
        let person = technician(&door);
        door.apply(vec![gone(&person)]).await.unwrap();
        assert!(door.open().await.is_err());
        door.apply(vec![Put::Person(person)]).await.unwrap();
        assert!(door.open().await.is_err(), "nobody vouched since");
        assert_eq!(door.count("person-keys-changed"), 2, "out, and in again");
        door.done("s.rssi", &vouch("a.martin")).await;
        door.open().await.unwrap();
    }
}

/// A connection from before does not count again when somebody vouches anew; one that came since does.
#[tokio::test]
async fn a_connection_belongs_to_the_vouching_of_its_time() {
    let door = Door::in_order().await;
    let person = technician(&door);
    let mut before = known("a.martin", Lang::Fr);
    before.proof.at = door.kit.now();
    let open = async |who: &Known| {
        let attempt = Attempt { login: who.proof.clone(), ..attempt() };
        door.gate.open(who.clone(), attempt).await.map(drop).map_err(|refused| refused.text)
    };
    open(&before).await.unwrap();
    door.kit.clock.pass(Duration::from_secs(1));
    door.apply(vec![Put::Person(Person { active: false, ..person.clone() })]).await.unwrap();
    door.apply(vec![Put::Person(person)]).await.unwrap();
    door.kit.clock.pass(Duration::from_secs(1));
    let mut since = before.clone();
    since.proof.at = door.kit.now();
    door.kit.clock.pass(Duration::from_secs(1));
    door.done("s.rssi", &vouch("a.martin")).await;
    let refused = open(&before).await.unwrap_err();
    assert!(refused.contains("Se reconnecter"), "{refused}");
    let said = door.gate.command(&before, "token new nuit --scope read:services", b"").await;
    assert!(said.status == 1 && said.text.contains("reconnectez-vous"), "{}", said.text);
    open(&since).await.unwrap();
    // That somebody vouches once more, while it stands, brings nothing back and ends nothing.
    door.done("s.rssi", &vouch("a.martin")).await;
    assert!(open(&before).await.is_err());
    open(&since).await.unwrap();
}

/// A key beside the one that was vouched for comes and goes: the vouching stays.
#[tokio::test]
async fn what_does_not_concern_the_key_leaves_its_vouching() {
    let door = Door::in_order().await;
    let person = technician(&door);
    let mut two = person.clone();
    two.keys.push(PersonKey { line: "ssh-ed25519 BBBB".into(), fingerprint: key_of("another.key") });
    door.apply(vec![Put::Person(two)]).await.unwrap();
    door.open().await.unwrap();
    door.done("s.rssi", &format!("vouch a.martin={}", key_of("another.key").0)).await;
    door.apply(vec![Put::Person(Person { phone: Some("+33 1 99 00 00 00".into()), ..person })])
        .await
        .unwrap();
    door.open().await.unwrap();
    let people = door.done("s.rssi", "people").await;
    assert!(!people.contains(&key_of("another.key").0), "{people}");
}

/// Whoever goes over to another side was vouched for by the former one: a manager's word for his own technician makes
/// nobody of the establishment, and a provider under another name begins anew.
#[tokio::test]
async fn a_vouching_is_for_one_side() {
    let door = Door::in_order().await;
    let person = technician(&door);
    let moved = Person { employer: Employer::Establishment(name("nord")), ..person.clone() };
    let mut service = door.kit.site.first_service().service.clone();
    service.beneficiaries.push(person.id.clone());
    door.apply(vec![Put::Person(moved), Put::Service(service)]).await.unwrap();
    door.done("q.durand", "request maintenance-scanner 'x'").await;
    let said = door.refused("a.martin", "approve i-2").await;
    assert!(said.contains("Personne n'a encore attesté"), "{said}");
    door.apply(vec![Put::Person(person)]).await.unwrap();
    assert!(door.open().await.is_err(), "back, and vouched for by nobody");

    let door = Door::in_order().await;
    door.done("s.rssi", "suspend-provider acme 'incident'").await;
    let own = door.kit.site.first_service();
    let (mut provider, mut contract) = (own.provider.clone(), own.contract.clone());
    provider.id = name("acme2");
    contract.provider = name("acme2");
    let person = Person { employer: Employer::Provider(name("acme2")), ..technician(&door) };
    let puts = vec![Put::Provider(provider), Put::Contract(contract), Put::Person(person)];
    door.apply(puts).await.unwrap();
    assert!(door.open().await.is_err());
}

/// The operator takes away everybody's keys, founds with a person of his own, and puts everybody back: he stands
/// alone then, and everybody sees it.
#[tokio::test]
async fn nobody_founds_in_silence() {
    let door = Door::in_order().await;
    let own = door.kit.site.first_service();
    let mut taken = own.establishment.clone();
    taken.responsable = name("z.intrus");
    let intruder = Person {
        id: name("z.intrus"),
        name: "Z".into(),
        phone: None,
        email: None,
        lang: Lang::Fr,
        active: true,
        employer: Employer::Establishment(name("nord")),
        on_behalf_of: None,
        country: None,
        keys: vec![PersonKey { line: "ssh-ed25519 ZZZZ".into(), fingerprint: key_of("z.intrus") }],
    };
    let mut puts = vec![Put::Establishment(taken), Put::Person(intruder)];
    puts.extend(fiction::people().into_iter().map(|one| Put::Person(Person { active: false, ..one })));
    door.apply(puts).await.unwrap();
    door.gate.enrolling(&name("z.intrus")).await.unwrap();
    door.done("z.intrus", &vouch("z.intrus")).await;
    let mut puts = vec![Put::Establishment(own.establishment)];
    puts.extend(fiction::people().into_iter().map(Put::Person));
    door.apply(puts).await.unwrap();
    assert!(door.open().await.is_err());
    for (person, ..) in PEOPLE {
        let answer = door.say(person, &vouch("a.martin")).await;
        assert_eq!(answer.status, 1, "{person}: {}", answer.text);
    }
    assert_eq!(door.kit.log().with(&["person-vouched", "\"founding\":true"]).len(), 1);
}

/// A text that is taken out and put back, word for word, is proposed anew.
#[tokio::test]
async fn a_signature_falls_with_its_words() {
    let door = Door::with(proposed).await;
    let sign = door.done("e.risque", "sign maintenance-scanner").await;
    door.done("e.risque", sign.lines().next().unwrap()).await;
    door.open().await.unwrap();
    let mut value = door.kit.site.first_service().treatments[0].clone();
    value.signed = None;
    let (establishment, service) = (name("nord"), name("maintenance-scanner"));
    let gone =
        FactName::Treatment { establishment, service, rule: RuleId::T2, part: domain::TreatmentPart::All };
    door.apply(vec![Put::End(gone)]).await.unwrap();
    assert!(door.open().await.is_err());
    door.apply(vec![Put::Treatment { establishment: name("nord"), value }]).await.unwrap();
    assert!(door.open().await.is_err(), "nobody signed since");
}
