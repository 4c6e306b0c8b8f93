//! How a session ends in the ledger, whatever else is under way.

use std::time::Duration;

use gate::Gate;
use testkit::{Disk, Kit, Mishap, SetClock, Step, fiction, known};
use vocab::{Ending, Lang, Right};

use crate::door::{Door, may_take_out, takes_out};

/// The database is slow to take the end, and something was recorded that was not noted yet: progress is noted
/// meanwhile, and not that of this session.
#[tokio::test(start_paused = true)]
async fn no_progress_of_a_recording_stands_after_its_seal() {
    let kit = Kit::of(&[fiction::service_facts()], SetClock::running(fiction::now()));
    let gate = kit.boot().await.unwrap();
    let supervising = tokio::spawn(Gate::supervise(gate.clone()));
    let opened = gate.open(known("a.martin", Lang::Fr), fiction::attempt()).await;
    let live = opened.unwrap_or_else(|refused| panic!("{}", refused.text)).live;
    assert!(live.channel_opened(1, Right::Shell, None).is_ok());
    live.shown(1, b"first");
    // What it was opened with was asked again at once, and its progress noted; time goes by itself here.
    tokio::time::sleep(Duration::from_secs(28)).await;
    live.shown(1, b"last");
    kit.troubles.first(Step::Commit, tokio::time::sleep(Duration::from_secs(30)));
    gate.close(&live, Ending::Finished, None).await;
    supervising.abort();
    let codes: Vec<String> = kit.log().entries().iter().map(|entry| entry.fact.code().to_owned()).collect();
    assert!(!kit.troubles.waits() && codes.contains(&"recording-progress".to_owned()), "{codes:?}");
    let sealed = codes.iter().position(|code| code == "recording-sealed").unwrap();
    let after = codes.iter().skip(sealed);
    assert!(after.clone().any(|code| code == "session-ended"), "{codes:?}");
    assert!(after.clone().all(|code| code != "recording-progress"), "{codes:?}");
}

/// What an open session lets out would be missing from what is confirmed and attested.
#[tokio::test]
async fn nothing_is_closed_while_a_session_is_open() {
    let door = Door::with(may_take_out).await;
    let opening = door.open().await.unwrap();
    takes_out(&opening.live);
    door.done("a.martin", "close i-1 reached").await;
    let said = door.refused("b.petit", "confirm i-1").await;
    assert!(said.contains("[E9]"), "{said}");
    door.kit.troubles.next(Step::Commit, Mishap::full());
    door.gate.close(&opening.live, Ending::NoLongerPermitted, None).await;
    door.refused("b.petit", "confirm i-1").await;
    door.gate.stop(Duration::from_secs(1)).await;
    let said = door.done("b.petit", "confirm i-1").await;
    assert!(said.contains("éléments sortis : 1") && said.contains("[O5]"), "{said}");
    door.done("m.chef", "erased i-1").await;
    assert_eq!((door.stands().residual.len(), door.count("erasure-attested")), (1, 1));
}

/// Somebody who acts upon the intervention without pause does not keep the end of its session from being written.
#[tokio::test]
async fn an_end_that_meets_others_every_time_is_tried_again() {
    let door = Door::with(may_take_out).await;
    let opening = door.open().await.unwrap();
    takes_out(&opening.live);
    for _ in 0..20 {
        door.kit.troubles.next(Step::Commit, Mishap::conflict());
    }
    door.gate.close(&opening.live, Ending::Finished, None).await;
    assert_eq!((door.stands().residual.len(), door.count("session-ended")), (0, 0));
    door.gate.stop(Duration::from_secs(1)).await;
    assert_eq!((door.stands().residual.len(), door.count("session-ended")), (1, 1));
}

/// The disk fails under a session's last bytes, after which nobody waits for it any more: it does not end as if all of
/// it had been recorded, whatever else ended it.
#[tokio::test]
async fn what_was_lost_at_the_last_byte_is_lost() {
    for cut in [false, true] {
        let door = Door::with(may_take_out).await;
        let live = door.open().await.unwrap_or_else(|refused| panic!("{}", refused.text)).live;
        takes_out(&live);
        door.kit.tapes.disk.send(Disk::Lost).unwrap();
        if cut {
            door.gate.cut("all", "essai").await.unwrap();
        }
        door.gate.close(&live, Ending::Finished, None).await;
        assert_eq!(door.kit.site.sessions()[0].1, Some(Ending::RecordingLost));
        let told = ["recording-sealed", "session-ended"]
            .map(|code| door.kit.log().with(&[code, "recording-lost"]).len());
        assert_eq!(told, [1, 1]);
    }
}
