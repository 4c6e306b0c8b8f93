//! A repair on the spot: the password that nobody knows is shown to one person when another has granted it, and changes
//! afterwards (T9).

use std::time::Duration;

use domain::{RotationBy, SecretKind, ServiceFacts};
use gate::RotationOutcome;
use testkit::fiction::name;
use testkit::{Mishap, Step, sheet_code};

use crate::door::Door;

fn rotates(facts: &mut ServiceFacts) {
    let account = facts.equipment[0].account.as_mut().unwrap();
    (account.secret, account.rotation) = (SecretKind::Password, RotationBy::Linux);
}

fn due(door: &Door) -> Option<domain::Due> {
    door.kit.site.first_service().equipment[0].account.clone().unwrap().rotation_due
}

async fn asked_and_granted(door: &Door) {
    door.done("g.astreinte", "disclose scanner 'écran noir, réparation sur place'").await;
    door.done("s.rssi", "grant-secret scanner g.astreinte").await;
}

#[tokio::test]
async fn one_asks_another_grants_and_it_changes_afterwards() {
    let door = Door::with(rotates).await;
    door.refused("g.astreinte", "reveal scanner").await;
    let said = door.done("g.astreinte", "disclose scanner 'écran noir'").await;
    assert!(said.contains("grant-secret scanner g.astreinte"), "{said}");
    door.refused("g.astreinte", "reveal scanner").await;
    door.refused("g.astreinte", "grant-secret scanner g.astreinte").await;
    door.refused("s.rssi", "grant-secret scanner b.petit").await;
    door.done("s.rssi", "grant-secret scanner.nord g.astreinte").await;
    // It is granted to the one who asked, and to nobody else.
    door.refused("b.petit", "reveal scanner").await;
    door.refused("s.rssi", "reveal scanner").await;
    let said = door.done("g.astreinte", "reveal scanner").await;
    assert!(said.contains("poterne-scanner   fictif"), "{said}");
    door.refused("g.astreinte", "reveal scanner").await;
    // Due in four hours at the latest; the door stays open meanwhile.
    let later = due(&door).unwrap();
    assert_eq!(later.since.since(door.kit.now()), Duration::from_secs(4 * 3600));
    assert_eq!(door.kit.device.opens(), ["fictif"]);
    // Given back: now.
    door.done("g.astreinte", "returned scanner").await;
    assert_eq!(due(&door).unwrap().since, door.kit.now());
    let tried = door.gate.rotate_now(&name("nord"), &name("scanner")).await.unwrap();
    assert_eq!(tried, RotationOutcome::Done);
    assert_ne!(door.kit.device.opens(), ["fictif"]);
    assert!(due(&door).is_none());
    door.refused("g.astreinte", "returned scanner").await;
    let codes = door.codes();
    let order = [
        "disclosure-asked",
        "disclosure-granted",
        "secret-disclosed",
        "account-rotation-due",
        "account-rotated",
    ];
    let places: Vec<usize> =
        order.iter().map(|code| codes.iter().position(|one| one == code).unwrap()).collect();
    assert!(places.is_sorted(), "{codes:?}");
    assert!(!door.kit.log().texts().join("\n").contains("fictif+"), "no secret is written down");
}

#[tokio::test]
async fn what_was_granted_holds_for_an_hour_and_no_longer() {
    let door = Door::with(rotates).await;
    door.done("g.astreinte", "disclose scanner 'écran noir'").await;
    door.kit.clock.pass(Duration::from_secs(3600));
    door.refused("s.rssi", "grant-secret scanner g.astreinte").await;
    asked_and_granted(&door).await;
    door.kit.clock.pass(Duration::from_secs(3600));
    door.refused("g.astreinte", "reveal scanner").await;
    assert_eq!(door.count("secret-disclosed"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_given_back_changes_after_four_hours() {
    let door = Door::ticking(rotates).await;
    asked_and_granted(&door).await;
    door.done("g.astreinte", "reveal scanner").await;
    let Door { kit, gate } = door;
    drop(gate);
    let door = Door::on(kit).await;
    let supervised = tokio::spawn(door.gate.clone().supervise());
    tokio::time::sleep(Duration::from_secs(4 * 3600 - 60)).await;
    assert_eq!(door.kit.device.opens(), ["fictif"], "it is worked there still");
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_ne!(door.kit.device.opens(), ["fictif"]);
    supervised.abort();
}

/// At night the one who grants it is at home: by voice. The provider's side neither asks nor relays.
#[tokio::test]
async fn it_is_granted_by_voice() {
    let door = Door::with(rotates).await;
    door.done("b.petit", "disclose scanner 'écran noir'").await;
    let grant = format!("voice r.dupont 1:{} grant-secret scanner b.petit", sheet_code(1));
    for person in ["a.martin", "m.chef", "v.voisin"] {
        door.refused(person, &grant).await;
        door.refused(person, "disclose scanner 'x'").await;
    }
    door.done("q.durand", &grant).await;
    assert!(door.done("b.petit", "reveal scanner").await.contains("fictif"));
}

/// Nothing is shown before it is written down; what breaks off shows nothing, and the secret changes all the same.
#[tokio::test]
async fn nothing_is_shown_before_it_is_written_down() {
    for step in [Step::Commit, Step::Append, Step::Disclose] {
        let door = Door::with(rotates).await;
        asked_and_granted(&door).await;
        door.kit.troubles.next(step, Mishap::full());
        let reply = door.say("g.astreinte", "reveal scanner").await;
        assert!(reply.status == 1 && !reply.text.contains("fictif"), "{step:?}: {}", reply.text);
        assert_eq!(due(&door).is_some(), step != Step::Commit, "{step:?}");
    }
}

#[tokio::test]
async fn a_key_opens_no_console() {
    let door = Door::in_order().await;
    assert!(door.refused("g.astreinte", "disclose scanner 'écran noir'").await.contains("[T9]"));
    door.refused("g.astreinte", "disclose rien 'x'").await;
}

/// Whoever asks for it does not bring the grant himself: nobody else would have been at the door.
#[tokio::test]
async fn whoever_asks_does_not_relay_the_grant() {
    let door = Door::with(rotates).await;
    door.done("b.petit", "disclose scanner 'écran noir'").await;
    let grant = format!("voice r.dupont 1:{} grant-secret scanner b.petit", sheet_code(1));
    let reply = door.say("b.petit", &grant).await;
    assert_eq!(reply.status, 1, "{}", reply.text);
    door.refused("b.petit", "reveal scanner").await;
}

/// Whoever is of the provider's side of one service of the equipment is so for the equipment.
#[tokio::test]
async fn the_providers_side_of_any_service_is_barred() {
    let office = |facts: &mut ServiceFacts| {
        rotates(facts);
        facts.establishment.officers.push((domain::Officer::Oncall, name("m.chef")));
    };
    let mut one = testkit::fiction::service_facts();
    office(&mut one);
    let mut other = one.clone();
    other.provider =
        testkit::fiction::providers().into_iter().find(|one| one.id.as_str() == "voisin").unwrap();
    (other.contract.id, other.contract.provider) = (name("c-voisin"), name("voisin"));
    (other.service.id, other.service.contract) = (name("other"), name("c-voisin"));
    other.staff.clear();
    other.provider_side.clear();
    other.interventions.clear();
    let kit = testkit::Kit::of(&[one, other], testkit::SetClock::at(testkit::fiction::now()));
    let door = Door::on(kit).await;
    door.refused("m.chef", "disclose scanner 'écran noir'").await;
}

/// A change broke off, as it does at an equipment that is down: what is shown is both secrets, and both change.
#[tokio::test]
async fn what_was_shown_of_a_change_that_had_broken_off_changes_too() {
    for returned in [false, true] {
        let door = Door::with(rotates).await;
        door.kit.troubles.next(Step::Establish, Mishap::full());
        let tried = door.gate.rotate_now(&name("nord"), &name("scanner")).await.unwrap();
        assert!(matches!(tried, RotationOutcome::Failed(_)));
        asked_and_granted(&door).await;
        let said = door.done("g.astreinte", "reveal scanner").await;
        if returned {
            door.done("g.astreinte", "returned scanner").await;
        }
        // The equipment is back.
        let tried = door.gate.rotate_now(&name("nord"), &name("scanner")).await.unwrap();
        assert_eq!(tried, RotationOutcome::Done);
        let known =
            door.kit.device.opens().iter().any(|one| said.contains(&format!("poterne-scanner   {one}\n")));
        assert!(
            !known || due(&door).is_some(),
            "{:?} is known and nothing is due: {said}",
            door.kit.device.opens()
        );
    }
}

/// What is being changed is shown when it has changed: the secret that is there then, which changes in its turn.
#[tokio::test]
async fn what_is_shown_while_it_changes_changes_again() {
    let door = Door::with(rotates).await;
    asked_and_granted(&door).await;
    let (gate, known) = (door.gate.clone(), door.logged_in("g.astreinte", vocab::Lang::Fr));
    let (said, shown) = tokio::sync::oneshot::channel();
    door.kit.troubles.first(Step::Retire, async move {
        tokio::spawn(async move { said.send(gate.command(&known, "reveal scanner", b"").await.text) });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    });
    let tried = door.gate.rotate_now(&name("nord"), &name("scanner")).await.unwrap();
    assert_eq!(tried, RotationOutcome::Done);
    let said = shown.await.unwrap();
    assert!(said.contains("poterne-scanner   fictif+\n"), "{said}");
    assert!(!said.contains("fictif\n"), "{said}");
    assert!(due(&door).is_some(), "{:?} is known and nothing is due", door.kit.device.opens());
}

/// Another asking takes nothing away from the one who was shown it.
#[tokio::test]
async fn somebody_elses_asking_does_not_keep_it_from_being_given_back() {
    let door = Door::with(rotates).await;
    asked_and_granted(&door).await;
    door.done("g.astreinte", "reveal scanner").await;
    let _asked = door.say("b.petit", "disclose scanner 'moi aussi'").await;
    door.done("g.astreinte", "returned scanner").await;
    assert_eq!(due(&door).unwrap().since, door.kit.now());
}
