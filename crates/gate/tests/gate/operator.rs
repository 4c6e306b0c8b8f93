//! What the host operator does, what is found at the equipment, and how much one gate takes.

use domain::{Fingerprint, HostKeyState};
use events::Actor;
use gate::ports::{FactName, PortError, Put};
use gate::{Gate, Settings};
use testkit::fiction::name;
use testkit::{Kit, Mishap, Step};
use vocab::Ending;

use crate::door::{Door, attempt};

#[tokio::test]
async fn a_description_is_applied_whole_with_its_entry() {
    let door = Door::in_order().await;
    let facts = door.kit.site.first_service();
    let service = Put::Service(domain::Service { title: "autre".to_owned(), ..facts.service.clone() });
    let applied = door.apply(vec![service]).await.unwrap();
    let entry = &door.kit.log().entries()[usize::try_from(applied.index).unwrap()];
    assert_eq!((entry.fact.code(), &entry.by), ("site-applied", &Actor::Host));
    assert_eq!(door.kit.site.first_service().service.title, "autre");
    let line = FactName::Service { establishment: name("nord"), service: name("maintenance-scanner") };
    assert_eq!(door.kit.site.versions(&line), 2, "the old version stays");
}

#[tokio::test]
async fn a_description_that_is_refused_in_one_place_is_refused_whole() {
    let door = Door::in_order().await;
    let before = door.kit.site.whole();
    let facts = door.kit.site.first_service();
    let service = Put::Service(domain::Service { title: "autre".to_owned(), ..facts.service.clone() });
    let nothing = Put::End(FactName::Person(name("x.inconnu")));
    let refused = door.apply(vec![service, nothing]).await;
    assert!(matches!(refused, Err(PortError::Missing(_))));
    assert_eq!((door.kit.site.whole(), door.count("site-applied")), (before, 0));
}

#[tokio::test]
async fn what_the_operator_does_is_written_as_his() {
    let door = Door::in_order().await;
    let (nord, scanner) = (name("nord"), name("scanner"));
    drop(door.gate.storing_account(&nord, &scanner, "poterne-scanner", "password").await.unwrap());
    door.gate.enrolling(&name("b.petit")).await.unwrap();
    let by: Vec<Actor> = door.kit.log().entries().into_iter().skip(1).map(|entry| entry.by).collect();
    assert_eq!(by, [Actor::Host, Actor::Host]);
    door.kit.troubles.next(Step::Append, Mishap::full());
    assert!(door.gate.enrolling(&name("b.petit")).await.is_err());
}

/// Another host key than the pinned one closes the equipment until the establishment pins again.
#[tokio::test]
async fn a_host_key_that_changed_closes_the_equipment() {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    door.gate.host_key_changed(&opening.live, &Fingerprint("SHA256:seen".to_owned())).await;
    door.gate.close(&opening.live, Ending::HostKeyChanged, None).await;
    let found = door.gate.equipment(&name("nord"), &name("scanner")).await.unwrap().unwrap();
    assert!(matches!(&found.host_key, HostKeyState::Changed { seen, .. } if seen.0 == "SHA256:seen"));
    assert_eq!(door.count("host-key-changed"), 1);
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("clé d'hôte"), "{}", refused.text);
    door.kit.site.change(|facts| {
        let (fingerprint, by) = (Fingerprint("SHA256:seen".to_owned()), name("r.dupont"));
        facts.equipment[0].host_key = HostKeyState::Pinned { fingerprint, by, at: testkit::fiction::now() };
    });
    door.open().await.unwrap();
}

/// What was pinned again meanwhile stays pinned.
#[tokio::test]
async fn a_key_that_was_pinned_again_meanwhile_stays_pinned() {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    door.gate.host_key_changed(&opening.live, &Fingerprint("SHA256:seen".to_owned())).await;
    door.kit.site.change(|facts| {
        let (fingerprint, by) = (Fingerprint("SHA256:seen".to_owned()), name("r.dupont"));
        facts.equipment[0].host_key = HostKeyState::Pinned { fingerprint, by, at: testkit::fiction::now() };
    });
    door.gate.close(&opening.live, Ending::HostKeyChanged, None).await;
    let found = door.gate.equipment(&name("nord"), &name("scanner")).await.unwrap().unwrap();
    assert!(matches!(found.host_key, HostKeyState::Pinned { .. }));
}

#[tokio::test]
async fn one_session_more_than_there_is_room_for_is_refused() {
    let kit = Kit::new();
    let settings = Settings {
        name: name("gate-1"),
        version: "test".to_owned(),
        sessions_max: 1,
        papers_max: 0,
        restored: None,
        last_backup: None,
        refuge: None,
        over: None,
    };
    let gate = Gate::start(settings, kit.parts()).await.unwrap();
    let door = Door { kit, gate };
    let first = door.open().await.unwrap();
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("règle de la maison"), "{}", refused.text);
    assert_eq!(door.kit.tapes.all().len(), 1);
    door.gate.close(&first.live, Ending::Finished, None).await;
    door.open().await.unwrap();
}

#[tokio::test]
async fn what_the_operator_sees() {
    let door = Door::in_order().await;
    assert!(door.gate.health().is_ok() && door.gate.overview().is_empty());
    assert_eq!(door.gate.log_sizes(), [("nord".to_owned(), 1)]);
    let opening = door.open().await.unwrap();
    let seen = door.gate.overview();
    assert_eq!((seen.len(), seen[0].person.as_str(), seen[0].equipment.as_str()), (1, "a.martin", "scanner"));
    assert_eq!(seen[0].from, attempt().from.to_string());
    assert_eq!(door.gate.live_by_service().get("maintenance-scanner"), Some(&1));
    assert_eq!(door.gate.cut(&opening.live.id().to_string(), "incident").await.unwrap(), 1);
    assert_eq!(opening.live.ending(), Some(Ending::Cut));
    door.kit.tapes.fill(Some("no space"));
    assert!(door.gate.health().is_err());
}

/// Two second factors that are drawn at once have two numbers: a vouching for one of them is not for the other.
#[tokio::test]
async fn two_second_factors_at_once_have_two_numbers() {
    let door = Door::in_order().await;
    let person = name("a.martin");
    let both = tokio::join!(door.gate.enrolling(&person), door.gate.enrolling(&person));
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert_eq!((door.kit.site.enrolment("a.martin"), door.count("second-factor-enrolled")), (2, 2));
}

/// The description of an establishment that has no log here is refused whole, and holds up nobody.
#[tokio::test]
async fn an_establishment_without_a_log_is_not_taken() {
    let door = Door::in_order().await;
    let before = door.kit.site.whole();
    let mut sud = door.kit.site.first_service().establishment.clone();
    sud.id = name("sud");
    let (establishment, file) = (name("sud"), [1; 32]);
    let puts = vec![Put::Establishment(sud)];
    let change = gate::SiteChange {
        establishment,
        file,
        added: 1,
        changed: 0,
        ended: 0,
        custody: Vec::new(),
        puts,
        dossiers: Vec::new(),
    };
    let refused = door.gate.apply_site(change).await;
    assert!(matches!(refused, Err(PortError::Missing(_))), "{refused:?}");
    assert_eq!(door.kit.site.whole(), before);
    door.open().await.unwrap();
    door.done("b.petit", "suspend i-1 'attendre'").await;
    door.kit.boot().await.unwrap();
}

/// From the entry of a new second factor to its drawing the former one logs nobody in: it would take the new number.
#[tokio::test]
async fn the_former_second_factor_takes_no_new_number() {
    let door = Door::in_order().await;
    let come = || door.login("b.petit", "b.petit", testkit::CODE);
    come().await.unwrap();
    door.gate.enrolling(&name("b.petit")).await.unwrap();
    assert_eq!(come().await.err(), Some(gate::LoginRefused::Unable));
    door.gate.drawn(&name("b.petit"));
    assert_eq!(come().await.unwrap().proof.enrolment, 1);
    door.kit.troubles.next(Step::Append, Mishap::full());
    assert!(door.gate.enrolling(&name("b.petit")).await.is_err());
    assert_eq!(come().await.err(), Some(gate::LoginRefused::Unable));
}

/// Nor when it is being drawn between the key and the code of a login.
#[tokio::test]
async fn a_login_in_the_moment_of_a_new_second_factor_is_none() {
    let door = Door::in_order().await;
    let (gate, troubles) = (door.gate.clone(), door.kit.troubles.clone());
    // The key is read first, then the number.
    door.kit.troubles.first(Step::ReadKey, async move {
        troubles.first(Step::ReadKey, async move { gate.enrolling(&name("b.petit")).await.unwrap() });
    });
    let came = door.login("b.petit", "b.petit", testkit::CODE).await;
    assert_eq!((came.err(), door.kit.site.enrolment("b.petit")), (Some(gate::LoginRefused::Unable), 1));
    door.kit.troubles.next(Step::Commit, Mishap::conflict());
    door.gate.drawn(&name("b.petit"));
    assert!(door.gate.enrolling(&name("b.petit")).await.is_err());
    door.login("b.petit", "b.petit", testkit::CODE).await.unwrap();
}
