//! The life of an intervention from its request to the erasure, as its people live it.

use domain::{Outcome, ServiceFacts, State};
use events::Actor;
use testkit::fiction::{self, name};
use vocab::{Ending, Right};

use crate::door::{Door, attempt, may_take_out, takes_out};

/// Nothing was asked for yet.
fn nothing_yet(facts: &mut ServiceFacts) {
    facts.interventions.clear();
}

#[tokio::test]
async fn from_the_request_to_the_erasure() {
    let door = Door::with(nothing_yet).await;
    let said = door.done("q.durand", "request maintenance-scanner --on scanner 'changer un disque'").await;
    assert!(said.contains("i-1") && said.contains("b.petit"), "{said}");
    assert!(door.open().await.is_err(), "asked for is not approved");
    door.done("b.petit", "approve i-1").await;
    let refused = door.open().await.err().unwrap();
    assert!(refused.text.contains("[O4]"), "{}", refused.text);
    door.done("b.petit", "check i-1 backup 'numéro 42'").await;
    door.done("b.petit", "check i-1 rollback --not-needed 'rien à défaire'").await;

    let opening = door.open().await.unwrap();
    assert_eq!(opening.permit.receipt().leaf.len(), 32);
    assert!(door.kit.log().holds(opening.permit.receipt()));
    assert_eq!((door.stands().state, door.stands().sessions), (State::Open, 1));
    let _right = opening.live.channel_opened(1, Right::Shell, None);
    door.gate.close(&opening.live, Ending::Finished, None).await;
    assert_eq!(door.kit.site.sessions()[0].1, Some(Ending::Finished));
    assert!(door.kit.tapes.open().is_empty());
    assert_eq!(door.kit.log().sealed(), door.kit.log().entries().len() as u64, "published over its end");

    door.done("a.martin", "report i-1 'disque changé'").await;
    door.refused("m.chef", "erased i-1").await;
    door.done("a.martin", "close i-1 reached").await;
    door.refused("m.chef", "erased i-1").await;
    door.done("b.petit", "confirm i-1").await;
    door.refused("a.martin", "erased i-1").await;
    door.done("m.chef", "erased i-1").await;
    door.refused("m.chef", "erased i-1").await;
    let one = door.stands();
    assert_eq!(one.state, State::Closed);
    assert_eq!(one.closing.as_ref().map(|closing| closing.outcome), Some(Outcome::Reached));
    assert_eq!(one.erasure.as_ref().map(|(_, by)| by.as_str()), Some("m.chef"));
    assert!(door.open().await.is_err(), "what is closed stays closed");

    assert_eq!(
        door.codes(),
        [
            "gate-started",
            "intervention-requested",
            "session-refused",
            "intervention-approved",
            "session-refused",
            "checklist-ticked",
            "checklist-ticked",
            "session-opened",
            "secret-lent",
            "channel-opened",
            "recording-sealed",
            "session-ended",
            "report-handed-over",
            "closing-proposed",
            "closing-confirmed",
            "erasure-attested",
            "session-refused",
        ]
    );
    every_entry_is_somebodys(&door);
}

/// Each entry of the story is numbered without gap in its source, and says who acted in which intervention.
fn every_entry_is_somebodys(door: &Door) {
    let (mut acts, mut gate) = (0, 0);
    for entry in door.kit.log().entries() {
        let count = if entry.source.as_str() == "act" { &mut acts } else { &mut gate };
        *count += 1;
        assert_eq!(entry.seq, *count, "{entry:?}");
        let by_gate = ["gate-started", "recording-sealed", "session-ended"].contains(&entry.fact.code());
        assert_eq!(matches!(entry.by, Actor::Gate), by_gate, "{entry:?}");
        let about = !["gate-started", "session-refused"].contains(&entry.fact.code());
        assert_eq!(entry.intervention.is_some(), about, "{entry:?}");
    }
}

#[tokio::test]
async fn what_left_is_to_be_erased() {
    let door = Door::with(may_take_out).await;
    let opening = door.open().await.unwrap();
    let size = takes_out(&opening.live);
    door.gate.close(&opening.live, Ending::Finished, None).await;
    let left = door.stands().residual;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((left[0].size, left[0].session), (size, opening.live.id()));
}

#[tokio::test]
async fn a_second_session_is_inside_the_same_intervention() {
    let door = Door::in_order().await;
    let first = door.open().await.unwrap();
    let second = door.open().await.unwrap();
    assert_ne!(first.live.id(), second.live.id());
    assert_ne!(first.permit.receipt(), second.permit.receipt());
    assert_eq!(door.stands().sessions, 2);
    assert_eq!(door.gate.overview().len(), 2);
    assert_eq!(door.kit.safe.lent().len(), 2);
}

#[tokio::test]
async fn whoever_did_not_log_in_as_the_one_who_asks_opens_nothing() {
    let door = Door::in_order().await;
    let before = door.kit.site.whole();
    assert!(door.open_as(attempt(), "m.chef").await.is_err());
    let mut other = attempt();
    other.login.key = fiction::key_of("m.chef");
    assert!(door.open_as(other, "a.martin").await.is_err());
    let mut without = attempt();
    without.login.second = None;
    assert!(door.open_as(without, "a.martin").await.is_err());
    assert_eq!(door.kit.site.whole(), before);
    assert!(door.kit.safe.lent().is_empty() && door.kit.tapes.all().is_empty());
}

/// Both parties close: whoever proposed it does not confirm it, whatever he has become since.
#[tokio::test]
async fn a_closing_is_confirmed_by_the_other_party() {
    let door = Door::in_order().await;
    door.refused("b.petit", "confirm i-1").await;
    door.done("a.martin", "close i-1 unreachable").await;
    door.refused("b.petit", "confirm i-1").await;
    door.kit.site.change(|facts| {
        facts.staff[0].person.employer = domain::Employer::Establishment(name("nord"));
        facts.establishment.responsable = name("a.martin");
    });
    let said = door.refused("a.martin", "confirm i-1").await;
    assert!(said.contains("[E9]"), "{said}");
    door.done("d.leroy", "confirm i-1").await;
    assert_eq!(door.stands().closing.unwrap().outcome, Outcome::Unreachable);
}

/// Each state with each command that changes it: legal steps are taken, the others are refused and change nothing.
#[tokio::test]
async fn only_legal_steps_are_taken() {
    let steps = [
        ("b.petit", "approve i-1", domain::Step::Approve),
        ("b.petit", "refuse i-1 non", domain::Step::Refuse),
        ("q.durand", "withdraw i-1 non", domain::Step::Withdraw),
        ("b.petit", "suspend i-1 attendre", domain::Step::Suspend),
        ("b.petit", "resume i-1", domain::Step::Resume),
        ("a.martin", "close i-1 reached", domain::Step::ProposeClosing),
        ("b.petit", "reject i-1 non", domain::Step::RejectClosing),
        ("b.petit", "confirm i-1", domain::Step::ConfirmClosing),
    ];
    for from in State::ALL {
        for (person, words, step) in steps {
            let door = Door::with(|facts| {
                let one = &mut facts.interventions[0];
                one.state = from;
                one.closing = Some(domain::Closing {
                    outcome: Outcome::Reached,
                    proposed_by: name("x.ancien"),
                    proposed_at: fiction::now(),
                    by_establishment: false,
                    confirmed_by: None,
                    confirmed_at: None,
                });
            })
            .await;
            match from.after(step) {
                Ok(to) => {
                    door.done(person, words).await;
                    assert_eq!(door.stands().state, to, "{from:?} {words}");
                }
                Err(_) => drop(door.refused(person, words).await),
            }
        }
    }
}

/// What the security officer set aside is not a beneficiary's to take up again, a rejected closing between included.
#[tokio::test]
async fn what_the_security_officer_set_aside_stays_so() {
    let door = Door::in_order().await;
    door.done("b.petit", "suspend i-1 'attendre'").await;
    door.done("s.rssi", "suspend i-1 'incident'").await;
    door.refused("b.petit", "suspend i-1 'encore'").await;
    door.refused("b.petit", "resume i-1").await;
    door.done("a.martin", "close i-1 reached").await;
    door.done("b.petit", "reject i-1 'pas fini'").await;
    assert_eq!(door.stands().state, State::Suspended);
    door.refused("b.petit", "resume i-1").await;
    assert!(door.open().await.is_err());
    door.done("r.dupont", "resume i-1").await;
    door.open().await.unwrap();
}

/// Nothing is prolonged that may not be worked in.
#[tokio::test]
async fn what_is_not_under_way_is_not_prolonged() {
    for state in domain::State::ALL {
        let door = Door::with(|facts| facts.interventions[0].state = state).await;
        for words in ["extend i-1 30m 'presque'", "long i-1 2h 'copie'"] {
            if state.opens() {
                door.done("a.martin", words).await;
            } else {
                door.refused("a.martin", words).await;
            }
        }
    }
}

/// Quoted once more than needed, a command is understood all the same.
#[tokio::test]
async fn a_command_in_quotes_is_a_command() {
    let door = Door::in_order().await;
    for words in ["show i-1", "extend i-1 10m \"presque fini\""] {
        door.done("a.martin", &format!("'{words}'")).await;
    }
    for words in ["'show  '", "'exceptoin i-1 10m x'", "''"] {
        assert_eq!(door.say("a.martin", words).await.status, 2, "{words}");
    }
}
