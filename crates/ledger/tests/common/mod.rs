//! A log in memory, made as a writer makes it.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;

use ledger::{
    CHECKPOINT_PATH, Checkpoint, Ed25519Signer, Frontier, Hash, KeyRing, Level, MlDsa44Signer, Signer,
    TilePath, TileSource, encode_entry, hash_of, leaf_hash,
};

pub(crate) const ORIGIN: &str = "poterne.invalid/chu-exemple/porte-1";

/// The keys of the vectors.
pub(crate) fn signers() -> Vec<Box<dyn Signer>> {
    vec![
        Box::new(Ed25519Signer::from_seed(ORIGIN, &[1; 32]).unwrap()),
        Box::new(MlDsa44Signer::from_seed(ORIGIN, &[2; 32]).unwrap()),
    ]
}

pub(crate) fn ring() -> KeyRing {
    KeyRing::new(signers().iter().map(|signer| signer.key().clone()).collect()).unwrap()
}

/// The entry with this index in every log of the vectors.
pub(crate) fn entry(index: u64) -> Vec<u8> {
    let text = format!("entry {index}");
    [&hash_of(&[text.as_bytes()]).0[..16], text.as_bytes(), b"\n"].concat()
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(pub(crate) BTreeMap<String, Vec<u8>>);

impl TileSource for Memory {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path).cloned())
    }
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

impl Memory {
    /// The whole log of `size` entries, signed at 1,800,000,000 + size.
    pub(crate) fn log(size: u64) -> Self {
        let mut log = Self::tiles(size);
        let checkpoint = log.checkpoint(size);
        log.0.insert(CHECKPOINT_PATH.into(), checkpoint.sign(&signers(), 1_800_000_000 + size).unwrap());
        log
    }

    pub(crate) fn tiles(size: u64) -> Self {
        let (mut log, mut frontier) = (Self::default(), Frontier::default());
        for index in 0..size {
            for (path, hashes) in frontier.push(leaf_hash(&entry(index))) {
                log.0.insert(path.to_string(), bytes(&hashes));
            }
            let path = TilePath::holding(Level::Entries, index, size).to_string();
            encode_entry(&entry(index), log.0.entry(path).or_default()).unwrap();
        }
        for (path, hashes) in frontier.partial() {
            log.0.insert(path.to_string(), bytes(hashes));
        }
        log
    }

    pub(crate) fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint { origin: ORIGIN.into(), size, root: root(size) }
    }
}

pub(crate) fn root(size: u64) -> Hash {
    let mut frontier = Frontier::default();
    (0..size).for_each(|index| {
        frontier.push(leaf_hash(&entry(index)));
    });
    frontier.root()
}

pub(crate) fn hash(hex: &str) -> Hash {
    let byte = |at| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap();
    Hash(std::array::from_fn(|i| byte(2 * i)))
}
