//! A disk in memory that knows what is durable, stops at a given step, and can lose the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::journal::disk::Disk;

/// A file's bytes as programs see them, and as they are on the platter.
#[derive(Debug, Clone, Default)]
struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Folder,
    File(usize),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    files: Vec<Content>,
    seen: BTreeMap<String, Node>,
    durable: BTreeMap<String, Node>,
    /// Steps until the program dies; `None` for never.
    pub(super) steps: Option<usize>,
    /// Steps taken.
    pub(super) taken: usize,
    /// How much of the append under which it dies is written, in 256ths.
    pub(super) share: u8,
}

fn died() -> io::Error {
    io::Error::other("the program died here")
}

fn around(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Model {
    /// Whether this step is still taken.
    fn step(&mut self) -> io::Result<()> {
        if self.steps == Some(self.taken) {
            return Err(died());
        }
        self.taken += 1;
        Ok(())
    }

    fn file(&mut self, path: &str) -> io::Result<&mut Content> {
        match self.seen.get(path) {
            Some(Node::File(number)) => Ok(&mut self.files[*number]),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Loses power: of what was not durable, each name is kept or lost as `keep` says of it, and the bytes
    /// beyond what was synced as it says of "".
    pub(super) fn lose_power(&mut self, mut keep: impl FnMut(&str) -> bool) {
        let names: BTreeSet<String> = self.seen.keys().chain(self.durable.keys()).cloned().collect();
        let mut left = BTreeMap::new();
        for name in names {
            let from = if keep(&name) { &self.seen } else { &self.durable };
            let reachable = around(&name).is_empty() || left.get(around(&name)) == Some(&Node::Folder);
            if let Some(node) = from.get(&name).filter(|_| reachable) {
                left.insert(name, *node);
            }
        }
        for file in &mut self.files {
            if !keep("") {
                file.seen = file.durable.clone();
            }
            file.durable = file.seen.clone();
        }
        (self.seen, self.durable) = (left.clone(), left);
    }

    pub(super) fn remove(&mut self, path: &str) {
        assert!(self.seen.remove(path).is_some(), "no {path}");
    }

    pub(super) fn bytes(&mut self, path: &str) -> &mut Vec<u8> {
        &mut self.file(path).unwrap().seen
    }
}

impl Disk for Model {
    fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        match self.seen.get(path) {
            Some(Node::File(number)) if self.files[*number].seen.len() > limit => {
                Err(io::Error::other("too long"))
            }
            Some(Node::File(number)) => Ok(Some(self.files[*number].seen.clone())),
            Some(Node::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            None => Ok(None),
        }
    }

    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        assert!(around(path).is_empty() || self.seen.contains_key(around(path)), "no folder for {path}");
        self.files.push(Content { seen: bytes.into(), durable: bytes.into() });
        self.seen.insert(path.into(), Node::File(self.files.len() - 1));
        Ok(())
    }

    fn append(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let (share, alive) = (usize::from(self.share), self.step());
        let file = self.file(path)?;
        if alive.is_err() {
            let part = &bytes[..bytes.len() * share / 256];
            file.seen.extend(part);
            return Err(died());
        }
        file.seen.extend(bytes);
        file.durable = file.seen.clone();
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        let node = self.seen.remove(from).ok_or(io::ErrorKind::NotFound)?;
        self.seen.insert(to.into(), node);
        Ok(())
    }

    fn make_folder(&mut self, path: &str) -> io::Result<()> {
        self.step()?;
        self.seen.entry(path.into()).or_insert(Node::Folder);
        Ok(())
    }

    fn sync_folder(&mut self, path: &str) -> io::Result<()> {
        self.step()?;
        self.durable.retain(|name, _| around(name) != path);
        let names = self.seen.iter().filter(|(name, _)| around(name) == path);
        self.durable.extend(names.map(|(name, node)| (name.clone(), *node)));
        Ok(())
    }

    fn has_folder(&self, path: &str) -> io::Result<bool> {
        Ok(self.seen.contains_key(path))
    }

    fn has_file(&self, path: &str) -> io::Result<bool> {
        Ok(matches!(self.seen.get(path), Some(Node::File(_))))
    }

    fn remove_file(&mut self, path: &str) -> io::Result<()> {
        self.step()?;
        self.seen.remove(path);
        Ok(())
    }

    fn remove_folder(&mut self, path: &str) -> io::Result<()> {
        self.step()?;
        let within = format!("{path}/");
        self.seen.retain(|name, _| name != path && !name.starts_with(&within));
        Ok(())
    }
}
