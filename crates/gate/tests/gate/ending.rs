//! How a session ends in the ledger, whatever else is under way.

use std::time::Duration;

use gate::Gate;
use testkit::{Kit, SetClock, Step, fiction, known};
use vocab::{Ending, Lang, Right};

/// The session ends while the decision is being asked again, with something recorded that was not noted yet: the
/// list of live sessions that progress is noted for is older than its end.
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
    tokio::time::sleep(Duration::from_secs(30)).await;
    let (ender, ended) = (gate.clone(), live.clone());
    kit.troubles.first(Step::ReadFacts, async move {
        ended.shown(1, b"last");
        ender.close(&ended, Ending::Finished, None).await;
    });
    tokio::time::sleep(Duration::from_secs(150)).await;
    supervising.abort();
    let codes: Vec<String> = kit.log().entries().iter().map(|entry| entry.fact.code().to_owned()).collect();
    assert!(!kit.troubles.waits() && codes.contains(&"recording-progress".to_owned()), "{codes:?}");
    let sealed = codes.iter().position(|code| code == "recording-sealed").unwrap();
    let after = codes.iter().skip(sealed);
    assert!(after.clone().any(|code| code == "session-ended"), "{codes:?}");
    assert!(after.clone().all(|code| code != "recording-progress"), "{codes:?}");
}
