//! The log on a disk that loses what was not made durable, and on a real one.

mod crash;
mod damage;
mod folder;
mod model;
mod purged;
mod tails;

use std::path::Path;
use std::sync::Arc;

use gate::ports::Clock;
use ledger::{Ed25519Signer, KeyRing, MlDsa44Signer, Report, Signer, TileSource, verify_log};
use vocab::Timestamp;

use super::disk::{Disk, Folder, Source};
use super::log::Log;
use super::*;

const ORIGIN: &str = "poterne.invalid/chu-exemple/porte-1";

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }
}

fn signers() -> Vec<Box<dyn Signer>> {
    vec![
        Box::new(Ed25519Signer::from_seed(ORIGIN, &[1; 32]).unwrap()),
        Box::new(MlDsa44Signer::from_seed(ORIGIN, &[2; 32]).unwrap()),
    ]
}

fn ring() -> KeyRing {
    KeyRing::new(signers().iter().map(|signer| signer.key().clone()).collect()).unwrap()
}

/// Entries of many lengths, each different.
fn entry(index: u64) -> Vec<u8> {
    let mut entry = index.to_be_bytes().repeat(2);
    entry.extend(std::iter::repeat_n(index as u8, (index * 37 % 100) as usize));
    entry
}

fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(entry).collect()
}

fn open(folder: &Path) -> Result<FolderJournal, Error> {
    FolderJournal::open(folder, ORIGIN, signers(), Arc::new(Fixed))
}

fn open_log<D: Disk>(disk: D) -> Result<Log<D>, Error> {
    Log::open(disk, ORIGIN, signers(), Arc::new(Fixed))
}

/// Verifies what is published and returns its entries.
fn verified(source: &impl TileSource) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let report: Report = verify_log(source, &ring(), None, &[], |_, entry| found.push(entry.to_vec()));
    assert_eq!(report.faults, []);
    found
}

fn verified_folder(path: &Path) -> Vec<Vec<u8>> {
    verified(&Source(&Folder::open(path).unwrap()))
}
