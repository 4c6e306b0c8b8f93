//! The gate dies at any step, of itself or with the power, again and again: nothing acknowledged is lost, and
//! what was published verifies at every moment.

use std::collections::BTreeMap;

use ledger::leaf_hash;
use proptest::prelude::*;

use super::model::Model;
use super::*;

/// A disk that outlives the program that uses it.
#[derive(Clone)]
struct Kept(Arc<Mutex<Model>>);

impl Kept {
    fn model<T>(&self, with: impl FnOnce(&mut Model) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }
}

impl Disk for Kept {
    fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        self.model(|model| model.read(path, limit))
    }
    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.model(|model| model.put(path, bytes))
    }
    fn append(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.model(|model| model.append(path, bytes))
    }
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.model(|model| model.rename(from, to))
    }
    fn make_folder(&mut self, path: &str) -> io::Result<()> {
        self.model(|model| model.make_folder(path))
    }
    fn sync_folder(&mut self, path: &str) -> io::Result<()> {
        self.model(|model| model.sync_folder(path))
    }
    fn has_folder(&self, path: &str) -> io::Result<bool> {
        self.model(|model| model.has_folder(path))
    }
    fn has_file(&self, path: &str) -> io::Result<bool> {
        self.model(|model| model.has_file(path))
    }
    fn remove_file(&mut self, path: &str) -> io::Result<()> {
        self.model(|model| model.remove_file(path))
    }
    fn remove_folder(&mut self, path: &str) -> io::Result<()> {
        self.model(|model| model.remove_folder(path))
    }
}

/// One life of a gate: it dies at a step, with or without the power.
#[derive(Debug, Clone)]
struct Life {
    steps: usize,
    share: u8,
    /// Groups it tries to write, each with the number of its entries, and whether it integrates after it.
    groups: Vec<(u64, bool)>,
    /// What is kept when the power goes; `None` when only the program dies.
    power: Option<Vec<bool>>,
}

fn life() -> impl Strategy<Value = Life> {
    let groups = prop::collection::vec((prop_oneof![4 => 1..4_u64, 1 => 100..300_u64], any::<bool>()), 0..6);
    let power = prop::option::of(prop::collection::vec(any::<bool>(), 1..40));
    (0..60_usize, any::<u8>(), groups, power).prop_map(|(steps, share, groups, power)| Life {
        steps,
        share,
        groups,
        power,
    })
}

/// What the world was told.
#[derive(Default)]
struct Told {
    acknowledged: BTreeMap<u64, Vec<u8>>,
    published: usize,
}

fn live(disk: &Kept, life: &Life, told: &mut Told, next: &mut u64) {
    disk.model(|model| (model.taken, model.steps, model.share) = (0, Some(life.steps), life.share));
    let Ok(mut log) = open_log(disk.clone()) else { return };
    told.published = usize::try_from(log.size()).unwrap();
    for (count, integrate) in &life.groups {
        let group = entries(*next..*next + count);
        *next += count;
        let Ok(receipts) = log.commit(&group) else { return };
        for (receipt, entry) in receipts.iter().zip(group) {
            assert_eq!(receipt.leaf, leaf_hash(&entry).0);
            assert_eq!(told.acknowledged.insert(receipt.index, entry), None, "an index is given once");
        }
        if *integrate {
            let Ok(()) = log.integrate() else { return };
            told.published = usize::try_from(log.size()).unwrap();
        }
    }
}

fn check(disk: &Kept, told: &Told, published: usize) -> Vec<Vec<u8>> {
    let found = verified(&Source(disk));
    assert!(found.len() >= published, "{} < {published}", found.len());
    for (index, entry) in &told.acknowledged {
        assert!(found.get(*index as usize).is_none_or(|found| found == entry), "index {index}");
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_acknowledged_is_lost(lives in prop::collection::vec(life(), 1..6)) {
        let disk = Kept(Arc::default());
        let (mut told, mut next) = (Told::default(), 0);
        for life in &lives {
            live(&disk, life, &mut told, &mut next);
            if let Some(kept) = &life.power {
                let mut kept = kept.iter().cycle();
                disk.model(|model| model.lose_power(|_| *kept.next().unwrap()));
            }
            // What is published verifies before anybody mends anything, and never shrinks.
            if disk.read("checkpoint", usize::MAX).unwrap().is_some() {
                check(&disk, &told, told.published);
            } else {
                prop_assert_eq!((told.published, told.acknowledged.len()), (0, 0));
            }
        }
        disk.model(|model| model.steps = None);
        let log = open_log(disk.clone()).unwrap();
        let found = check(&disk, &told, usize::try_from(log.size()).unwrap());
        prop_assert!(told.acknowledged.keys().all(|index| *index < log.size()));
        // Nothing stands there that was not written, and nothing twice: the entries are in their order.
        let mut written = (0..next).map(entry);
        prop_assert!(found.iter().all(|found| written.any(|written| written == *found)));
    }
}

/// Two deaths at every pair of steps, the second with the power: what the first left in a cache only must not
/// be built upon.
#[test]
fn two_deaths_at_every_pair_of_steps() {
    let group = |steps| Life { steps, share: 128, groups: vec![(3, true)], power: None };
    let dies_at = |steps: usize, before: &Kept| {
        let (disk, mut told) =
            (Kept(Arc::new(Mutex::new(before.model(|model| model.clone())))), Told::default());
        live(&disk, &group(steps), &mut told, &mut 0);
        (disk, told)
    };
    let (fresh, mut pairs) = (Kept(Arc::default()), 0);
    let (first_whole, _) = dies_at(usize::MAX, &fresh);
    for first in 0..=first_whole.model(|model| model.taken) {
        let (once, told) = dies_at(first, &fresh);
        let (second_whole, _) = dies_at(usize::MAX, &once);
        for second in 0..=second_whole.model(|model| model.taken) {
            for kept in ["checkpoint", "tail", "tile", "nothing", ""] {
                let (twice, mut both) = dies_at(second, &once);
                both.acknowledged.extend(told.acknowledged.clone());
                twice.model(|model| model.lose_power(|name| name.starts_with(kept)));
                twice.model(|model| model.steps = None);
                let log = open_log(twice.clone());
                let log = log.unwrap_or_else(|error| panic!("{first}, {second}, {kept}: {error}"));
                check(&twice, &told, usize::try_from(log.size()).unwrap());
                assert!(
                    told.acknowledged.keys().all(|index| *index < log.size()),
                    "{first}, {second}, {kept}"
                );
                pairs += 1;
            }
        }
    }
    assert!(pairs > 1_000, "{pairs}");
}
