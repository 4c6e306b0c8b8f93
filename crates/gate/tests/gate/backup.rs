//! A moment in which nothing changes, and what a gate on restored data says first of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use events::{Entry, Fact};
use gate::{Backup, LogState, Restored};
use testkit::{Kit, fiction::name};
use vocab::Timestamp;

use crate::door::Door;

#[tokio::test]
async fn no_act_is_committed_while_it_stands_still() {
    let door = Door::in_order().await;
    let gate = Arc::clone(&door.gate);
    let over = Arc::new(AtomicBool::new(false));
    let (person, done) = (name("a.martin"), Arc::clone(&over));
    let enrolling = tokio::spawn(async move {
        gate.enrolling(&person).await.unwrap();
        done.load(Ordering::SeqCst)
    });
    let before = door.gate.standing_still(async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        over.store(true, Ordering::SeqCst);
        door.kit.site.enrolment("a.martin")
    });
    // Either it was before, whole, or it waited.
    let before = before.await.unwrap();
    assert_eq!(enrolling.await.unwrap(), before == 0);
    assert_eq!(door.kit.site.enrolment("a.martin"), 1);
}

#[tokio::test]
async fn a_backup_is_in_every_log_and_known() {
    let door = Door::in_order().await;
    assert_eq!(door.gate.last_backup(), None);
    let taken = door.kit.now();
    let logs = vec![LogState { establishment: name("nord"), entries: 1, root: [7; 32] }];
    let backup = Backup { manifest: [1; 32], taken, logs, recordings: 2, apart: 3, bytes: 4 };
    door.gate.backed_up(&backup).await.unwrap();
    assert_eq!((door.count("backup-taken"), door.gate.last_backup()), (1, Some(taken)));
}

fn restored(kit: &Kit, entries: u64, manifest: u8) -> Restored {
    let logs = vec![LogState { establishment: name("nord"), entries, root: [7; 32] }];
    Restored { manifest: [manifest; 32], taken: Timestamp::from_secs(1), at: kit.now(), logs }
}

#[tokio::test]
async fn a_restored_ledger_says_so_first_and_once() {
    let Door { kit, gate } = Door::in_order().await;
    drop(gate);
    let size = gate::ports::Journal::size(&*kit.log());
    kit.boot_restored(restored(&kit, size, 9)).await.unwrap();
    let entries = || async { gate::ports::Journal::read(&*kit.log(), size, size + 2).await.unwrap() };
    let codes: Vec<_> =
        entries().await.iter().map(|bytes| Entry::decode(bytes).unwrap().fact.code()).collect();
    assert_eq!(codes, ["ledger-restored", "gate-started"]);
    let first = Entry::decode(&entries().await[0]).unwrap();
    let Fact::LedgerRestored(fact) = first.fact else { panic!("{first:?}") };
    assert_eq!((fact.entries, fact.manifest, first.seq), (size, [9; 32], 1));
    // A start that died before it forgot what it had to declare declares it once.
    kit.boot_restored(restored(&kit, size, 9)).await.unwrap();
    let all =
        gate::ports::Journal::read(&*kit.log(), 0, gate::ports::Journal::size(&*kit.log())).await.unwrap();
    let said = all.iter().filter(|bytes| Entry::decode(bytes).unwrap().fact.code() == "ledger-restored");
    assert_eq!(said.count(), 1);
    // Another one cannot be slipped under what was written meanwhile.
    assert!(kit.boot_restored(restored(&kit, size, 8)).await.is_err());
    assert!(kit.boot_restored(restored(&kit, size - 1, 9)).await.is_err());
}
