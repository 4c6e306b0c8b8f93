//! A secret changes when the intervention in which it was lent is over, whatever breaks off meanwhile (T9).

use std::time::Duration;

use domain::{DueGround, RotationBy, SecretKind, ServiceFacts};
use gate::RotationOutcome;
use testkit::fiction::name;
use testkit::{Mishap, Step};
use vocab::Ending;

use crate::door::Door;

/// The gate changes the scanner's password.
fn rotates(facts: &mut ServiceFacts) {
    let account = facts.equipment[0].account.as_mut().unwrap();
    (account.secret, account.rotation) = (SecretKind::Password, RotationBy::Linux);
}

/// One session, and the closing by both parties; what the second one is told.
async fn worked_and_closed(door: &Door) -> String {
    let opening = door.open().await.unwrap();
    door.gate.close(&opening.live, Ending::Finished, None).await;
    door.done("a.martin", "close i-1 reached").await;
    door.done("b.petit", "confirm i-1").await
}

async fn rotate(door: &Door) -> RotationOutcome {
    door.gate.rotate_now(&name("nord"), &name("scanner")).await.unwrap()
}

/// The operator put a secret into the vault, which had it already or not.
async fn stored(door: &Door, tag: &str, another: bool) {
    door.gate.account_stored(&name("nord"), &name("scanner"), tag, another).await.unwrap();
}

fn account(door: &Door) -> domain::ReservedAccount {
    door.kit.site.first_service().equipment[0].account.clone().unwrap()
}

/// What is lent opens the equipment, by its first or its second secret.
fn opens(door: &Door) {
    let (lent, spare) = door.kit.safe.passwords();
    let known = door.kit.device.opens();
    assert!(lent.iter().chain(&spare).any(|one| known.contains(one)), "{lent:?} {spare:?} {known:?}");
}

/// The equipment takes one secret, and it is the one in the vault.
fn settled(door: &Door, not: &str) {
    let (lent, spare) = door.kit.safe.passwords();
    assert_eq!((door.kit.device.opens(), spare), (lent.clone().into_iter().collect::<Vec<_>>(), None));
    assert_ne!(lent.as_deref(), Some(not));
}

#[tokio::test(start_paused = true)]
async fn a_closed_intervention_changes_the_secrets_that_it_lent() {
    let door = Door::ticking(rotates).await;
    let said = worked_and_closed(&door).await;
    assert!(said.contains("[T9]") && said.contains("scanner"), "{said}");
    let due = account(&door).rotation_due.unwrap();
    assert_eq!(due.ground, DueGround::Closed(name("i-1")));
    assert_eq!((door.count("account-rotation-due"), door.gate.rotations_due()), (1, 1));
    let supervised = tokio::spawn(door.gate.clone().supervise());
    while door.count("account-rotated") == 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    supervised.abort();
    settled(&door, "fictif");
    let account = account(&door);
    assert!(account.rotation_due.is_none() && account.rotated_at.is_some_and(|at| at >= due.since));
    assert_eq!(door.gate.rotations_due(), 0);
    // The service is assessed meanwhile.
    let of_account = |code: &String| code.starts_with("account-");
    let tail: Vec<String> = door.codes().into_iter().filter(of_account).rev().take(3).collect();
    assert_eq!(tail, ["account-rotated", "account-rotation-began", "account-rotation-due"]);
}

#[tokio::test]
async fn what_was_not_lent_or_is_not_the_gates_to_change_stays() {
    // Closed without a session.
    let door = Door::with(rotates).await;
    door.done("a.martin", "close i-1 reached").await;
    let said = door.done("b.petit", "confirm i-1").await;
    assert!(!said.contains("[T9]"), "{said}");
    assert_eq!((door.gate.rotations_due(), door.count("account-rotation-due")), (0, 0));
    // By hand, and with a certificate for each login.
    let by_hand = |facts: &mut ServiceFacts| {
        rotates(facts);
        facts.equipment[0].account.as_mut().unwrap().rotation = RotationBy::Hand;
    };
    let certificate = |facts: &mut ServiceFacts| {
        rotates(facts);
        facts.equipment[0].account.as_mut().unwrap().secret = SecretKind::Certificate;
    };
    for edit in [by_hand as fn(&mut ServiceFacts), certificate] {
        let door = Door::with(edit).await;
        assert!(!worked_and_closed(&door).await.contains("[T9]"));
        assert_eq!(rotate(&door).await, RotationOutcome::NotDue);
        assert_eq!(
            (door.kit.device.opens(), door.count("account-rotation-began")),
            (vec!["fictif".to_owned()], 0)
        );
    }
}

/// Wherever it breaks off, told or untold, before or after a restart: something that is lent opens, and in the end the
/// equipment takes the one secret that the vault has.
#[tokio::test]
async fn it_may_break_off_at_any_step() {
    let door = Door::with(rotates).await;
    door.kit.troubles.forget();
    assert_eq!(rotate(&door).await, RotationOutcome::Done);
    let asked = door.kit.troubles.asked();
    let steps: std::collections::BTreeSet<Step> = asked.iter().copied().collect();
    let own = [Step::BeginRotation, Step::Establish, Step::ProveRotation, Step::Retire, Step::EndRotation];
    assert!(own.iter().all(|step| steps.contains(step)), "{steps:?}");
    for step in steps {
        for nth in 0..asked.iter().filter(|one| **one == step).count() {
            for how in [Mishap::full(), Mishap::lost_answer()] {
                for again in [false, true] {
                    let about = format!("{step:?} {nth} {how:?} {again}");
                    let mut door = Door::with(rotates).await;
                    door.kit.troubles.nth(step, nth, how.clone());
                    let first = door.gate.rotate_now(&name("nord"), &name("scanner")).await;
                    door.kit.troubles.over();
                    assert_ne!(first.ok(), Some(RotationOutcome::NotDue), "{about}");
                    opens(&door);
                    // A log that failed takes nothing before the next start.
                    if again || step == Step::Append {
                        let Door { kit, gate } = door;
                        drop(gate);
                        door = Door::on(kit).await;
                    }
                    let open = door.open().await.unwrap();
                    opens(&door);
                    door.gate.close(&open.live, Ending::Finished, None).await;
                    assert_eq!(rotate(&door).await, RotationOutcome::Done, "{about}");
                    settled(&door, "fictif");
                    let account = account(&door);
                    assert!(account.rotation_due.is_none() && account.rotated_at.is_some(), "{about}");
                    assert!(door.count("account-rotated") >= 1, "{about}");
                }
            }
        }
    }
}

#[tokio::test]
async fn nobody_works_there_meanwhile() {
    let door = Door::with(rotates).await;
    let opening = door.open().await.unwrap();
    assert_eq!(rotate(&door).await, RotationOutcome::Busy);
    assert_eq!(door.count("account-rotation-began"), 0);
    door.gate.close(&opening.live, Ending::Finished, None).await;
    // Whoever comes while it is changed waits for its end, and is lent the secret that opens then.
    let (gate, known) = (door.gate.clone(), door.logged_in("a.martin", vocab::Lang::Fr));
    let (waits, opened) = tokio::sync::oneshot::channel();
    door.kit.troubles.first(Step::Establish, async move {
        tokio::spawn(async move { waits.send(gate.open(known, crate::door::attempt()).await.is_ok()) });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(rotate(&door).await, RotationOutcome::Done);
    assert!(opened.await.unwrap());
    let codes = door.codes();
    let place = |code: &str| codes.iter().rposition(|one| one == code);
    assert!(place("account-rotated") < place("session-opened"), "{codes:?}");
}

/// An equipment that stays away is tried again, less and less often; what was changed there by hand is told.
#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_again() {
    let door = Door::ticking(rotates).await;
    door.kit.device.set("changed at the device itself");
    let failed = rotate(&door).await;
    assert!(matches!(&failed, RotationOutcome::Failed(fault) if fault.why == "login"), "{failed:?}");
    let supervised = tokio::spawn(door.gate.clone().supervise());
    for (after, failures) in [(30, 1), (60, 2), (60, 2), (100, 3), (7200, 7)] {
        tokio::time::sleep(Duration::from_secs(after)).await;
        assert!(door.count("account-rotation-failed") >= failures, "after {after} s");
        assert!(door.count("account-rotation-failed") <= failures + 1, "after {after} s");
    }
    // The operator puts the secret that there is into the vault: nothing is due any more.
    stored(&door, "tag", true).await;
    assert!(account(&door).rotation_due.is_none());
    assert_eq!(door.gate.rotations_due(), 0);
    let failures = door.count("account-rotation-failed");
    tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
    assert_eq!((door.count("account-rotation-failed"), door.gate.rotations_due()), (failures, 0));
    supervised.abort();
}

/// The operator stores the secret that was there already, also after a death between vault and database: it did not
/// change, and stays due.
#[tokio::test]
async fn what_is_stored_again_stays_due() {
    let door = Door::with(rotates).await;
    stored(&door, "first", true).await;
    let since = account(&door).rotated_at;
    door.kit.troubles.next(Step::Establish, Mishap::full());
    assert!(matches!(rotate(&door).await, RotationOutcome::Failed(_)));
    for tag in ["first", "known to the vault alone"] {
        stored(&door, tag, false).await;
        assert!(account(&door).rotation_due.is_some() && account(&door).rotated_at == since, "{tag}");
        assert_eq!(door.gate.rotations_due(), 1, "{tag}");
    }
    stored(&door, "second", true).await;
    assert!(account(&door).rotation_due.is_none());
    assert_eq!(door.gate.rotations_due(), 0);
}

/// Each step of the equipment may be done again from its beginning.
#[tokio::test]
async fn steps_at_the_equipment_are_repeated_without_harm() {
    let door = Door::with(rotates).await;
    for step in [Step::Establish, Step::Retire] {
        for _ in 0..3 {
            door.kit.troubles.next(step, Mishap::lost_answer());
            assert!(matches!(rotate(&door).await, RotationOutcome::Failed(_)), "{step:?}");
            opens(&door);
        }
        let before = door.kit.safe.passwords();
        assert_eq!(rotate(&door).await, RotationOutcome::Done, "{step:?}: {before:?}");
        settled(&door, "fictif");
    }
}

/// What the gate did not change for a while, and changes again, is taken up by the next closing.
#[tokio::test]
async fn what_was_due_before_is_taken_up_by_the_next_closing() {
    let door = Door::with(rotates).await;
    door.kit.troubles.next(Step::Establish, Mishap::full());
    assert!(matches!(rotate(&door).await, RotationOutcome::Failed(_)));
    let by = |rotation| {
        move |facts: &mut ServiceFacts| {
            facts.equipment[0].account.as_mut().unwrap().rotation = rotation;
        }
    };
    door.kit.site.change(by(RotationBy::Hand));
    assert_eq!(rotate(&door).await, RotationOutcome::NotDue);
    door.kit.site.change(by(RotationBy::Linux));
    assert!(account(&door).rotation_due.is_some());
    worked_and_closed(&door).await;
    assert_eq!(door.gate.rotations_due(), 1);
}

/// What is put into the vault by hand while the secret is being changed would make the one that comes into force forgotten.
#[tokio::test]
async fn nothing_is_stored_by_hand_meanwhile() {
    let door = Door::with(rotates).await;
    let gate = door.gate.clone();
    let (stores, stored) = tokio::sync::oneshot::channel();
    door.kit.troubles.first(Step::Establish, async move {
        tokio::spawn(async move {
            let stored = gate.storing_account(&name("nord"), &name("scanner"), "login", "password").await;
            stores.send(stored.is_ok())
        });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(rotate(&door).await, RotationOutcome::Done);
    assert!(stored.await.unwrap());
    let codes = door.codes();
    let place = |code: &str| codes.iter().rposition(|one| one == code);
    assert!(place("account-rotated") < place("account-stored"), "{codes:?}");
    // Nor is it changed while it is stored.
    let storing =
        door.gate.storing_account(&name("nord"), &name("scanner"), "login", "password").await.unwrap();
    assert_eq!(rotate(&door).await, RotationOutcome::Busy);
    drop(storing);
    assert_eq!(rotate(&door).await, RotationOutcome::Done);
}
