//! The history of what is described, and what the ledger says when a file changes engagements and host keys.

use domain::{Engagement, HostKeyState};
use events::Fact;
use gate::ports::{FactName, Put};
use testkit::fiction::{self, key_of, name};
use testkit::{Mishap, Step};
use vocab::Lang;

use crate::door::Door;

#[tokio::test]
async fn every_version_is_told_to_who_may_read_traces() {
    let door = Door::in_order().await;
    let mut provider = door.kit.site.first_service().provider;
    provider.name = "Acme, autrement".to_owned();
    door.apply(vec![Put::Provider(provider)]).await.unwrap();
    let said = door.done("z.audit", "history provider acme 'audit de mai'").await;
    let changed = said.lines().find(|line| line.contains("name :")).unwrap();
    assert!(said.contains("name : Acme Imagerie (fictif) → Acme, autrement"), "{changed}");
    assert!(said.contains("le fichier du site (apply)") && said.contains("en vigueur"), "{said}");
    let reading = door.kit.log().entries().into_iter().find_map(|entry| match entry.fact {
        Fact::ReadingBegan(one) => {
            Some((one.what.as_str().to_owned(), one.subject.unwrap().as_str().to_owned()))
        }
        _ => None,
    });
    assert_eq!(reading.unwrap(), ("history".to_owned(), "provider acme".to_owned()));
    let said = door.say_in(Lang::En, "s.rssi", "history intervention i-1 'audit of May'").await;
    assert!(said.status == 0 && said.text.contains("state : approved"), "{}", said.text);
    // A part of a name finds what is called by several.
    let said = door.done("r.dupont", "history engagement a.martin 'audit de mai'").await;
    assert!(said.contains("a.martin/confidentiality/2") && said.contains("a.martin/limitation/2"), "{said}");
    for (person, line) in [
        ("b.petit", "history provider acme 'par curiosité'"),
        ("m.chef", "history provider acme 'par curiosité'"),
        // Hashes of secrets and of tokens have none.
        ("z.audit", "history account-tag scanner 'audit de mai'"),
        ("z.audit", "history token t-1 'audit de mai'"),
        ("z.audit", "history session x 'audit de mai'"),
        ("z.audit", "history provider acme 'bof'"),
        // Nobody of his has to do with this establishment.
        ("z.audit", "history provider voisin 'audit de mai'"),
        ("z.audit", "history person v.voisin 'audit de mai'"),
        ("z.audit", "history contract c-9 'audit de mai'"),
    ] {
        door.refused(person, line).await;
    }
    // Nothing is shown that is not written down.
    door.kit.troubles.next(Step::Append, Mishap::full());
    let unwritten = door.say("z.audit", "history provider acme 'audit de juin'").await;
    assert!(unwritten.status == 1 && !unwritten.text.contains("Acme"), "{}", unwritten.text);
}

#[tokio::test]
async fn what_is_kept_about_a_person_is_the_data_protection_officer_s_to_hand_on() {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    let said = door.done("w.dpo", "person a.martin 'demande du 3 mars'").await;
    assert!(said.contains("a.martin/") || said.contains("session-opened"), "{said}");
    assert!(
        said.contains("Interventions où il paraît") && said.contains("i-1 maintenance-scanner open"),
        "{said}"
    );
    for other in ["b.petit", "q.durand", "r.dupont"] {
        assert!(!said.contains(other), "{other}: {said}");
    }
    assert_eq!(door.count("reading-began"), 1);
    for (person, line) in [
        ("s.rssi", "person a.martin 'demande du 3 mars'"),
        ("a.martin", "person a.martin 'demande du 3 mars'"),
        ("w.dpo", "person a.martin 'bof'"),
        ("w.dpo", "person x.inconnu 'demande du 3 mars'"),
    ] {
        door.refused(person, line).await;
    }
    door.gate.close(&opening.live, vocab::Ending::Finished, None).await;
}

#[tokio::test]
async fn engagements_and_host_keys_that_a_file_changes_are_told() {
    let door = Door::in_order().await;
    let facts = door.kit.site.first_service();
    let engagement = facts.staff[0].engagements[0].clone();
    let newer = Engagement { version: engagement.version + 1, ..engagement.clone() };
    let withdrawn = Engagement { withdrawn_at: Some(fiction::now()), ..engagement.clone() };
    let mut scanner = facts.equipment[0].clone();
    let fingerprint = key_of("autre.cle");
    scanner.host_key = HostKeyState::Pinned { fingerprint, by: name("b.petit"), at: fiction::now() };
    let end = |one: &Engagement| {
        Put::End(FactName::Engagement {
            establishment: one.establishment.clone(),
            person: one.person.clone(),
            kind: one.kind,
            version: one.version,
        })
    };
    let counts =
        || ["engagement-signed", "engagement-withdrawn", "host-key-pinned"].map(|code| door.count(code));
    for (puts, expected) in [
        (vec![Put::Engagement(engagement.clone())], [0, 0, 0]),
        (vec![Put::Engagement(newer.clone())], [1, 0, 0]),
        (vec![Put::Engagement(withdrawn.clone())], [1, 1, 0]),
        (vec![Put::Engagement(withdrawn.clone())], [1, 1, 0]),
        (vec![end(&withdrawn)], [1, 1, 0]),
        (vec![end(&newer)], [1, 2, 0]),
        (vec![Put::Equipment(facts.equipment[0].clone())], [1, 2, 0]),
        (vec![Put::Equipment(scanner.clone())], [1, 2, 1]),
        (vec![Put::Equipment(scanner)], [1, 2, 1]),
        (vec![Put::Engagement(engagement)], [2, 2, 1]),
    ] {
        door.apply(puts.clone()).await.unwrap();
        assert_eq!(counts(), expected, "{puts:?}");
    }
    let told = door.kit.log().entries().into_iter().find_map(|entry| match entry.fact {
        Fact::HostKeyPinned(one) => Some(one),
        _ => None,
    });
    let told = told.unwrap();
    assert!(told.previous.is_some() && told.previous.as_ref() != Some(&told.key), "{told:?}");
}
