//! What an earlier boot left is finished before the door opens.

use domain::State;
use gate::StartError;
use testkit::{Kit, Mishap, Step};
use vocab::{Ending, Right};

use crate::door::{Door, may_take_out, takes_out};

#[tokio::test]
async fn a_session_that_was_open_ended_by_crash() {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    let _right = opening.live.channel_opened(1, Right::Shell, None);
    opening.live.shown(1, b"something");
    let Door { kit, gate } = door;
    drop((opening, gate));
    let door = Door::on(kit).await;
    assert_eq!(door.kit.site.sessions()[0].1, Some(Ending::Crash));
    assert_eq!(door.kit.tapes.all()[0].ending(), Some(Ending::Crash));
    assert_eq!(door.stands().state, State::Open, "the intervention goes on");
    let tail: Vec<String> = door.codes().into_iter().rev().take(3).collect();
    assert_eq!(tail, ["session-crashed", "recording-sealed", "gate-started"]);
    assert!(door.gate.overview().is_empty());
    door.open().await.unwrap();
    assert_eq!(door.stands().sessions, 2);
}

#[tokio::test]
async fn what_a_crashed_session_let_out_is_to_be_erased() {
    let door = Door::with(may_take_out).await;
    let opening = door.open().await.unwrap();
    let size = takes_out(&opening.live);
    // The observation is on its way.
    while door.count("unnamed-content") == 0 {
        tokio::task::yield_now().await;
    }
    let (id, Door { kit, gate }) = (opening.live.id(), door);
    drop((opening, gate));
    let door = Door::on(kit).await;
    let left = door.stands().residual;
    assert_eq!(left.iter().map(|item| (item.session, item.size)).collect::<Vec<_>>(), [(id, size)]);
    let Door { kit, .. } = door;
    assert_eq!(Door::on(kit).await.stands().residual.len(), 1, "once, however often it starts");
}

/// What an open channel carried when the gate died was measured by nobody: it is listed as such, one for each.
#[tokio::test]
async fn what_was_on_its_way_when_it_crashed_is_listed_unmeasured() {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    opening.live.channel_opened(1, Right::Shell, None).unwrap();
    opening.live.channel_closed(1, Some(0), None);
    // The same number again, as a client may give it.
    opening.live.channel_opened(1, Right::Shell, None).unwrap();
    while door.count("channel-opened") < 2 {
        tokio::task::yield_now().await;
    }
    let Door { kit, gate } = door;
    drop((opening, gate));
    let left = Door::on(kit).await.stands().residual;
    let names: Vec<_> = left.iter().map(|item| (item.name.as_str(), item.size)).collect();
    assert_eq!(names, [("contenu non mesuré (session interrompue)", 0)]);
}

#[tokio::test]
async fn a_start_changes_nothing_where_nothing_was_left() {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    door.gate.close(&opening.live, Ending::Finished, None).await;
    let (before, entries) = (door.kit.site.whole(), door.codes().len());
    let Door { kit, .. } = door;
    let door = Door::on(kit).await;
    assert_eq!(door.kit.site.whole(), before);
    assert_eq!(door.codes().len(), entries + 1, "it says that it started");
}

/// A boot that cannot finish what was left opens no door; the next one does, and nothing stands twice.
#[tokio::test]
async fn a_start_that_fails_at_any_step_is_followed_by_one_that_does_not() {
    let prepared = async || -> Kit {
        let door = Door::with(may_take_out).await;
        let opening = door.open().await.unwrap();
        takes_out(&opening.live);
        while door.count("unnamed-content") == 0 {
            tokio::task::yield_now().await;
        }
        // A last act whose entry waits in the outbox.
        door.kit.troubles.next(Step::Append, Mishap::full());
        assert_eq!(door.say("m.chef", "report i-1 'à moitié'").await.status, 1);
        door.kit
    };
    let kit = prepared().await;
    kit.troubles.forget();
    kit.boot().await.unwrap();
    let asked = kit.troubles.asked();
    let steps: std::collections::BTreeSet<Step> = asked.iter().copied().collect();
    assert!(steps.contains(&Step::SealCrashed) && steps.contains(&Step::ReadLeftOpen), "{steps:?}");
    for step in steps {
        for nth in 0..asked.iter().filter(|one| **one == step).count() {
            for how in [Mishap::full(), Mishap::lost_answer()] {
                let about = format!("{step:?} {nth} {how:?}");
                let kit = prepared().await;
                kit.troubles.nth(step, nth, how);
                let failed = kit.boot().await;
                assert!(matches!(failed, Err(StartError::Recovery(_))), "{about}: the door opened");
                kit.troubles.over();
                let door = Door::on(kit).await;
                assert_eq!(door.kit.site.sessions()[0].1, Some(Ending::Crash), "{about}");
                assert_eq!(door.count("session-crashed"), 1, "{about}");
                assert_eq!(door.count("report-handed-over"), 1, "{about}");
                assert_eq!(door.stands().residual.len(), 1, "{about}");
                assert!(door.kit.tapes.open().is_empty(), "{about}");
                let texts = door.kit.log().texts();
                let distinct: std::collections::BTreeSet<&String> = texts.iter().collect();
                assert_eq!(distinct.len(), texts.len(), "{about}: an entry stands twice");
            }
        }
    }
}

/// A recording that is gone is no reason to keep the door closed: it is seen as missing.
#[tokio::test]
async fn a_crashed_session_without_its_recording_is_said_all_the_same() {
    let door = Door::in_order().await;
    door.open().await.unwrap();
    let Door { kit, gate } = door;
    drop(gate);
    kit.troubles.next(Step::SealCrashed, Mishap::Undone(gate::ports::PortError::Missing("x".to_owned())));
    let door = Door::on(kit).await;
    assert_eq!((door.count("session-crashed"), door.count("recording-sealed")), (1, 0));
}

/// Stopped in order: every session ends, and the logs are sealed over the stop.
#[tokio::test(start_paused = true)]
async fn a_stop_in_order() {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    let mut orders = opening.live.orders().unwrap();
    let (gate, live) = (door.gate.clone(), opening.live.clone());
    let edge = tokio::spawn(async move {
        while let Some(order) = orders.recv().await {
            if let gate::Order::Close(ending, _) = order {
                return gate.close(&live, ending, None).await;
            }
        }
    });
    door.gate.stop(std::time::Duration::from_secs(5)).await;
    edge.await.unwrap();
    assert_eq!(door.kit.site.sessions()[0].1, Some(Ending::GateStopped));
    assert_eq!(door.codes().last().map(String::as_str), Some("gate-stopped"));
    assert_eq!(door.kit.log().sealed(), door.codes().len() as u64);
}
