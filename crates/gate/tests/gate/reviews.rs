//! What is looked at again: who may come for a provider; who follows work on data.

use std::time::Duration;

use domain::Purpose;
use events::Fact;
use gate::ports::Store as _;
use testkit::fiction::{at, name};

use crate::door::Door;

/// The mark of the accounts as they stand; nonsense where they are not shown to the security officer.
pub(crate) async fn mark(door: &Door) -> String {
    let shown = door.say("s.rssi", "accounts maintenance-scanner").await.text;
    shown.trim_end().split(' ').next_back().unwrap_or_default().to_owned()
}

async fn e3(door: &Door) -> String {
    let (home, service) = (name("nord"), name("maintenance-scanner"));
    let facts = door.kit.site.service_facts(&home, &service, door.kit.now()).await.unwrap();
    let found = guide::assess(&facts, facts.level(), door.kit.now());
    let e3 = found.into_iter().find(|one| one.rule == vocab::RuleId::E3).unwrap();
    e3.evidence.iter().map(|text| text.fr.as_str()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_people_of_a_provider_are_looked_at_and_what_was_not_shown_is_not_confirmed() {
    let door = Door::in_order().await;
    let line = format!("accounts maintenance-scanner {}", mark(&door).await);
    for person in ["a.martin", "m.chef", "b.petit", "z.audit"] {
        door.refused(person, &line).await;
    }
    door.refused("s.rssi", "accounts maintenance-scanner 00112233445566778899aabbccddeeff").await;
    assert!(!e3(&door).await.contains("relues à la porte"));
    door.done("s.rssi", &line).await;
    let Fact::AccountsReviewed(told) = door.acts().pop().unwrap().fact else { panic!() };
    assert_eq!((told.provider, told.people), (name("acme"), 1));
    assert!(e3(&door).await.contains("relues à la porte par s.rssi"));
    // Another key is another account: nobody looked at it.
    let mut staff = door.kit.site.first_service().staff[0].person.clone();
    staff.keys.clear();
    door.apply(vec![gate::ports::Put::Person(staff)]).await.unwrap();
    assert!(door.refused("s.rssi", &line).await.contains("Relisez"));
}

#[tokio::test]
async fn data_are_worked_on_while_somebody_of_the_establishment_follows() {
    let door = Door::with(|facts| facts.service.purpose = Purpose::DataUnderControl).await;
    let Err(refused) = door.open().await else { panic!("nobody follows it") };
    let told = refused.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("attend i-1 1h"), "{told}");
    for person in ["a.martin", "m.chef", "q.durand", "z.audit"] {
        door.refused(person, "attend i-1 1h").await;
    }
    door.refused("b.petit", "attend i-1 5h").await;
    door.done("b.petit", "attend i-1 1h").await;
    let Fact::InterventionAttended(told) = door.acts().pop().unwrap().fact else { panic!() };
    assert_eq!(told.until, Some(at("2026-11-24 18:30")));
    let live = door.open().await.unwrap_or_else(|no| panic!("{}", no.text)).live;
    assert_eq!(live.terms().ends_at, at("2026-11-24 18:30"), "the session ends with whoever follows it");
    door.refused("i.infra", "leave i-1").await;
    door.done("b.petit", "leave i-1").await;
    assert!(door.open().await.is_err());
    door.done("i.infra", "attend i-1 30m").await;
    door.kit.clock.pass(Duration::from_secs(31 * 60));
    assert!(door.open().await.is_err());
}
