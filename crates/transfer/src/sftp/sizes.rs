//! Sizes that the equipment named before a file was opened, for clients that stop reading there and never see the
//! end of the file.

use std::collections::{BTreeMap, VecDeque};

use aws_lc_rs::digest::{Context, SHA256};

use crate::Name;
use crate::content::digest;

/// How many are kept; then the oldest is forgotten. Some clients list a whole tree before they read the first file
/// of it. 16,384 × about 60 bytes is 1 MiB.
const MAX_SIZES: usize = 16_384;

/// What stands for a path: half of its SHA-256.
type Key = [u8; 16];

/// Sizes by path.
#[derive(Debug)]
pub(super) struct Sizes {
    known: BTreeMap<Key, u64>,
    order: VecDeque<Key>,
}

impl Sizes {
    pub(super) const fn new() -> Self {
        Self { known: BTreeMap::new(), order: VecDeque::new() }
    }

    /// What was named last for this path.
    pub(super) fn of(&self, path: &Name) -> Option<u64> {
        if self.known.is_empty() { None } else { self.known.get(&key(&[path.as_bytes()])).copied() }
    }

    /// The equipment named the size of a path.
    pub(super) fn named(&mut self, path: &Name, size: u64) {
        self.keep(key(&[path.as_bytes()]), size);
    }

    /// The equipment listed a file in a folder. A client asks for it by both names with a slash between them.
    pub(super) fn listed(&mut self, folder: &Name, name: &[u8], size: u64) {
        let folder = folder.as_bytes();
        let slash: &[u8] = if folder.ends_with(b"/") { b"" } else { b"/" };
        self.keep(key(&[folder, slash, name]), size);
    }

    fn keep(&mut self, key: Key, size: u64) {
        if self.known.insert(key, size).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > MAX_SIZES
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

fn key(parts: &[&[u8]]) -> Key {
    let mut hash = Context::new(&SHA256);
    parts.iter().for_each(|part| hash.update(part));
    let mut key = Key::default();
    for (to, from) in key.iter_mut().zip(digest(hash)) {
        *to = from;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_file_is_known_by_its_whole_path() {
        let mut sizes = Sizes::new();
        assert_eq!(sizes.of(&Name::new(b"/d/f")), None);
        sizes.listed(&Name::new(b"/d"), b"f", 4);
        sizes.listed(&Name::new(b"/"), b"g", 5);
        assert_eq!((sizes.of(&Name::new(b"/d/f")), sizes.of(&Name::new(b"/g"))), (Some(4), Some(5)));
        sizes.named(&Name::new(b"/d/f"), 6);
        assert_eq!((sizes.of(&Name::new(b"/d/f")), sizes.of(&Name::new(b"f"))), (Some(6), None));
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let mut sizes = Sizes::new();
        for number in 0..=MAX_SIZES {
            sizes.listed(&Name::new(b"/d"), number.to_string().as_bytes(), 1);
        }
        assert_eq!((sizes.known.len(), sizes.order.len()), (MAX_SIZES, MAX_SIZES));
        assert_eq!((sizes.of(&Name::new(b"/d/0")), sizes.of(&Name::new(b"/d/1"))), (None, Some(1)));
    }
}
