//! The trace store is lost: on the emergency journal a derogation for T11 opens and nothing else does; what waited for the
//! ordinary log waits, and afterwards each entry stands in one of the two.

use std::collections::BTreeSet;
use std::sync::Arc;

use gate::{Joined, Over, StartError};
use testkit::fiction::name;
use testkit::{Kit, Logs, Mishap, Step};
use vocab::Ending;

use crate::door::Door;

const DEROGATE: &str = "derogate i-1 a.martin scanner T11 1h 'panne de nuit'";

/// An act was done whose entry the ordinary log did not take; the gate is on the emergency journal now.
async fn lost() -> (Door, Arc<Logs>) {
    let door = Door::in_order().await;
    door.kit.troubles.next(Step::Append, Mishap::full());
    assert_eq!(door.say("m.chef", "report i-1 'à moitié'").await.status, 1);
    let Door { kit, gate } = door;
    drop(gate);
    let held = kit.site.outbox().last().unwrap().seq;
    let ordinary = kit.logs.clone();
    let refuge = Arc::new(Logs::of(&[name("nord")], &kit.troubles));
    let kit = kit.on_logs(refuge);
    let gate = kit.boot_refuge(held).await.unwrap();
    (Door { kit, gate }, ordinary)
}

#[tokio::test]
async fn only_a_derogation_opens_on_the_emergency_journal() {
    let (door, _) = lost().await;
    let refused = door.open().await.err().unwrap();
    let said = refused.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("[T11]") && said.contains("journal de secours"), "{said}");
    door.refused("h.garde", "derogate i-1 a.martin scanner O3 1h 'panne'").await;
    door.done("h.garde", DEROGATE).await;
    let opening = door.open().await.unwrap();
    door.gate.close(&opening.live, Ending::Finished, None).await;
    // It ends with the derogation, and the gate asks again meanwhile.
    door.kit.clock.pass(std::time::Duration::from_secs(3600));
    assert!(door.open().await.is_err());
}

/// Where the ordinary log is kept, nobody signs T11 away, and a log that takes nothing opens nothing.
#[tokio::test]
async fn on_the_ordinary_journal_it_opens_nothing() {
    let door = Door::in_order().await;
    door.refused("h.garde", DEROGATE).await;
    let (refuge, _) = lost().await;
    refuge.done("h.garde", DEROGATE).await;
    let derogation = refuge.stands().derogations.pop().unwrap();
    let door = Door::with(|facts| facts.interventions[0].derogations.push(derogation)).await;
    door.open().await.unwrap();
    door.kit.tapes.fill(Some("no space"));
    assert!(door.open().await.is_err());
}

/// Each entry stands once, in one of the two logs, in whatever order things break off.
#[tokio::test]
async fn every_entry_stands_in_one_of_the_two() {
    for crash in [false, true] {
        let (door, ordinary) = lost().await;
        let waiting: Vec<Vec<u8>> = door.kit.site.outbox().into_iter().map(|one| one.entry).collect();
        door.done("h.garde", DEROGATE).await;
        let opening = door.open().await.unwrap();
        if !crash {
            door.gate.close(&opening.live, Ending::Finished, None).await;
        }
        let Door { kit, gate } = door;
        drop((opening, gate));
        // The emergency is over: its own gate finishes it first.
        let held = kit.site.outbox().iter().find(|one| waiting.last() == Some(&one.entry)).unwrap().seq;
        let gate = kit.boot_refuge(held).await.unwrap();
        gate.stop(std::time::Duration::from_secs(1)).await;
        drop(gate);
        let (refuge, log) = (kit.logs.clone(), kit.log());
        let entries = log.raw();
        let last = kit.site.outbox().last().unwrap().seq;
        let (establishment, origin) = (name("nord"), "secours".to_owned());
        let joined =
            Joined { establishment, origin, entries: u64::try_from(entries.len()).unwrap(), root: [7; 32] };
        let over = Over { held, last, journals: vec![joined] };
        let kit = kit.on_logs(ordinary);
        let gate = kit.boot_joined(over.clone()).await.unwrap();
        let door = Door { kit, gate };
        // The machine dies before the emergency is laid aside: it is told again, and what was done since stands.
        door.done("m.chef", "report i-1 'ensuite'").await;
        let Door { kit, gate } = door;
        drop(gate);
        let gate = kit.boot_joined(over).await.unwrap();
        let door = Door { kit, gate };
        let all: Vec<Vec<u8>> = door.kit.log().raw().into_iter().chain(entries).collect();
        let distinct: BTreeSet<&Vec<u8>> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "an entry stands twice");
        let has = |logs: &Logs, code: &str| {
            logs.at_home().entries().iter().filter(|entry| entry.fact.code() == code).count()
        };
        assert!(door.kit.log().raw().contains(&waiting[0]), "what waited is in the ordinary log");
        assert_eq!((has(&refuge, "report-handed-over"), has(&door.kit.logs, "report-handed-over")), (0, 2));
        assert_eq!((has(&refuge, "derogation-signed"), has(&door.kit.logs, "derogation-signed")), (1, 0));
        assert_eq!(
            (has(&refuge, "session-crashed"), has(&refuge, "session-ended")),
            (usize::from(crash), usize::from(!crash))
        );
        assert_eq!(has(&door.kit.logs, "refuge-joined"), 1);
        assert!(door.kit.site.sessions().iter().all(|(_, ended)| ended.is_some()));
        door.open().await.unwrap();
    }
}

/// An evidence disk that is not there, or an older copy in its place: the door stays closed, and nothing is written. It
/// hinders no emergency, and is over once the log is back.
#[tokio::test]
async fn a_log_that_is_shorter_than_it_was_opens_nothing() {
    let door = Door::in_order().await;
    door.done("m.chef", "report i-1 'fait'").await;
    door.gate.stop(std::time::Duration::from_secs(1)).await;
    let Door { kit, gate } = door;
    drop(gate);
    let whole = kit.logs.clone();
    let another = || Arc::new(Logs::of(&[name("nord")], &kit.troubles));
    let (kit, refuge) = (kit.clone().on_logs(another()), another());
    let closed = kit.boot().await.err().unwrap();
    assert!(
        matches!(closed, StartError::Shorter { entries: 0, remembered, .. } if remembered >= 2),
        "{closed}"
    );
    assert!(kit.log().raw().is_empty());
    let held = kit.site.outbox().last().map_or(0, |last| last.seq);
    drop(kit.clone().on_logs(refuge).boot_refuge(held).await.unwrap());
    Door::on(kit.on_logs(whole)).await.open().await.unwrap();
}

/// A session that the ordinary store had open when it was lost is not the emergency journal's to end.
#[tokio::test]
async fn what_was_open_before_ends_in_its_own_log() {
    let door = Door::in_order().await;
    let opening = door.open().await.unwrap();
    let Door { kit, gate } = door;
    drop((opening, gate));
    let (ordinary, tapes) = (kit.logs.clone(), kit.tapes.clone());
    let kit = Kit { tapes: Arc::new(testkit::Tapes::new(kit.troubles.clone())), ..kit };
    let kit = kit.on_logs(Arc::new(Logs::of(&[name("nord")], &Arc::default())));
    let gate = kit.boot_refuge(u64::MAX / 2).await.unwrap();
    drop(gate);
    assert!(!kit.log().entries().iter().any(|entry| entry.fact.code() == "session-crashed"));
    let kit = Kit { tapes, ..kit }.on_logs(ordinary);
    let door = Door::on(kit).await;
    assert_eq!(door.count("session-crashed"), 1);
}
