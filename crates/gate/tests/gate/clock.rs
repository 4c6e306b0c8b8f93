//! The machine's clock: a jump and a synchroniser that is lost are in the ledger, once.

use std::time::Duration;

use events::Fact;
use gate::Gate;
use testkit::{Kit, SetClock, fiction};

#[tokio::test(start_paused = true)]
async fn a_jump_and_a_lost_synchroniser_are_told_once() {
    let kit = Kit::of(&[fiction::service_facts()], SetClock::running(fiction::now()));
    kit.clock.is_kept(Some(true));
    let gate = kit.boot().await.unwrap();
    let supervising = tokio::spawn(Gate::supervise(gate.clone()));
    let minutes = |minutes: u64| tokio::time::sleep(Duration::from_secs(minutes * 60));
    let told = || {
        let all = kit.log().entries();
        all.into_iter()
            .map(|entry| entry.fact)
            .filter(|fact| fact.code().starts_with("clock-"))
            .collect::<Vec<_>>()
    };
    minutes(60).await;
    assert_eq!((told().len(), gate.clock_jumps(), gate.clock_kept()), (0, 0, Some(true)));

    // Put back by an hour; the synchroniser is lost with it.
    let hour = Duration::from_secs(3_600);
    let back = gate::ports::Clock::now(&*kit.clock).before(hour);
    kit.clock.set(back);
    kit.clock.is_kept(Some(false));
    minutes(30).await;
    let facts = told();
    let [Fact::ClockJumped(jump), Fact::ClockKept(kept)] = facts.as_slice() else { panic!("{facts:?}") };
    assert!(jump.expected.since(jump.found).as_secs().abs_diff(3_600) <= 2, "{jump:?}");
    assert_eq!((kept.synchronised, gate.clock_jumps(), gate.clock_kept()), (false, 1, Some(false)));

    // It comes back.
    kit.clock.is_kept(Some(true));
    minutes(30).await;
    assert!(matches!(told().last(), Some(Fact::ClockKept(kept)) if kept.synchronised));
    assert_eq!((told().len(), gate.clock_jumps()), (3, 1));
    supervising.abort();
}
