//! What is purged goes from the beginning, whole bundles, and nothing else goes.

use proptest::prelude::*;

use super::model::Model;
use super::*;
use crate::journal::purge::{first, remove};

/// A published log of so many entries.
fn published(size: u64) -> Model {
    let mut log = open_log(Model::default()).unwrap();
    for from in (0..size).step_by(200) {
        log.commit(&entries(from..size.min(from + 200))).unwrap();
        log.integrate().unwrap();
    }
    log.into_disk()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Killed at any step of it, with or without the power, what is there is the end of the log, and the next try
    /// finishes it.
    #[test]
    fn a_purge_that_dies_leaves_the_end_of_the_log(
        bundles in 1..4_u64,
        more in 0..300_u64,
        steps in 0..16_usize,
        power in prop::option::of(prop::collection::vec(any::<bool>(), 1..20)),
    ) {
        let (until, size) = (bundles * 256, bundles * 256 + more);
        let mut disk = published(size);
        let before = disk.clone();
        disk.steps = Some(steps);
        let done = remove(&mut disk, 0, until).is_ok();
        if let Some(kept) = &power {
            let mut kept = kept.iter().cycle();
            disk.lose_power(|_| *kept.next().unwrap());
        }
        disk.steps = None;
        let there = first(&disk, size).unwrap();
        prop_assert!(there <= until && (!done || there == until));
        let mut found = Vec::new();
        let report = verify_log(&Source(&disk), &ring(), None, &[until], |index, entry| found.push((index, entry.to_vec())));
        prop_assert_eq!((report.faults, report.gone), (Vec::new(), there));
        prop_assert_eq!(&found, &(there..size).map(|index| (index, entry(index))).collect::<Vec<_>>());
        // Its root at the boundary is what it was.
        let root = ledger::Frontier::of_tiles(&Source(&before), until, size).unwrap().root();
        prop_assert_eq!(report.roots.get(&until), Some(&root));
        remove(&mut disk, there, until).unwrap();
        prop_assert_eq!(first(&disk, size).unwrap(), until);
        prop_assert_eq!(open_log(disk).unwrap().size(), size);
    }
}

#[test]
fn a_journal_goes_on_after_a_purge() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        journal.append(entries(0..700)).await.unwrap();
        journal.seal().await.unwrap();
    });
    assert!(matches!(journal.purge(100), Err(Error::Range { .. })), "no whole bundle");
    assert!(matches!(journal.purge(768), Err(Error::Range { .. })), "not all of it is there");
    journal.purge(512).unwrap();
    journal.purge(512).unwrap();
    assert!(matches!(journal.entries(511, 513), Err(Error::Purged { first: 512, .. })));
    assert_eq!(journal.entries(512, 700).unwrap(), entries(512..700));
    runtime.block_on(journal.append(entries(700..710))).unwrap();
    journal.close().unwrap();
    let journal = open(folder.path()).unwrap();
    assert_eq!((journal.first(), journal.size()), (512, 710));
    assert_eq!(verified_folder(folder.path()), entries(512..710));
    let left: Vec<_> = std::fs::read_dir(folder.path().join("tile/entries")).unwrap().flatten().collect();
    assert!(
        left.iter()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with("00")
                || entry.file_name() == "002.p")
    );
}
