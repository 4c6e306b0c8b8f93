//! Held uploads, against a small file system that fails where it is told to.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::wire::{OFFERS, close, init, n, nn, open, packet, read, s, version, write};
use super::{assert_adds_up, line};
use crate::{Allowed, Held, Next, Report, Status, Tap, Upload};

const PUT: usize = 0x1a;
const EXCLUSIVE: usize = 0x2a;

/// A file: its kind and mode, and what is in it.
type File = (u32, Vec<u8>);

/// An equipment of files without folders, that speaks SFTP.
#[derive(Default)]
struct Server {
    files: BTreeMap<Vec<u8>, File>,
    links: BTreeMap<Vec<u8>, Vec<u8>>,
    open: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Requests of this kind fail with this status; once.
    fails: Option<(u8, u32)>,
    seen: Vec<u8>,
    handles: usize,
}

impl Server {
    fn resolved(&self, path: &[u8]) -> Vec<u8> {
        self.links.get(path).cloned().unwrap_or_else(|| path.to_vec())
    }

    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let kind = request[4];
        let id = u32::from_be_bytes(request[5..9].try_into().unwrap()) as usize;
        self.seen.push(kind);
        let status = |code: u32| packet(101, &[&n(id), &n(code as usize), &s(""), &s("")]);
        if let Some((_, code)) = self.fails.take_if(|(fails, _)| *fails == kind) {
            return status(code);
        }
        let mut rest = &request[9..];
        let mut string = || {
            let (length, after) = rest.split_at(4);
            let (found, after) = after.split_at(u32::from_be_bytes(length.try_into().unwrap()) as usize);
            rest = after;
            found.to_vec()
        };
        match kind {
            17 => {
                let found = string();
                let Some((mode, content)) = self.files.get(&self.resolved(&found)) else { return status(2) };
                packet(105, &[&n(id), &n(5), &nn(content.len() as u64), &n(*mode as usize)])
            }
            16 => {
                let found = string();
                packet(104, &[&n(id), &n(1), &s(self.resolved(&found)), &s(""), &n(0)])
            }
            3 => {
                let path = string();
                if self.files.contains_key(&path) {
                    return status(4);
                }
                let mode = if rest[4..8] == n(4) {
                    u32::from_be_bytes(rest[8..12].try_into().unwrap())
                } else {
                    0o644
                };
                self.files.insert(path.clone(), (0o100_000 | mode & 0o7777, Vec::new()));
                self.handles += 1;
                let handle = format!("h{}", self.handles).into_bytes();
                self.open.insert(handle.clone(), path);
                packet(102, &[&n(id), &s(&handle)])
            }
            6 => {
                let path = self.open[&string()].clone();
                let offset = u64::from_be_bytes(rest[..8].try_into().unwrap());
                let content = &mut self.files.get_mut(&path).unwrap().1;
                content.resize(content.len().max(offset as usize), 0);
                content.extend_from_slice(&rest[12..]);
                status(0)
            }
            10 => {
                let path = self.open[&string()].clone();
                let flags = u32::from_be_bytes(rest[..4].try_into().unwrap());
                if flags & 4 != 0 {
                    let mode = u32::from_be_bytes(rest[4..8].try_into().unwrap());
                    self.files.get_mut(&path).unwrap().0 = 0o100_000 | mode;
                }
                status(0)
            }
            4 => status(if self.open.remove(&string()).is_some() { 0 } else { 4 }),
            13 => status(if self.files.remove(&string()).is_some() { 0 } else { 2 }),
            18 => {
                let (from, to) = (string(), string());
                if self.files.contains_key(&to) {
                    return status(4);
                }
                let file = self.files.remove(&from).unwrap();
                self.files.insert(to, file);
                status(0)
            }
            200 => {
                let name = string();
                if name == b"posix-rename@openssh.com" {
                    let (from, to) = (string(), string());
                    let file = self.files.remove(&from).unwrap();
                    self.files.insert(to, file);
                }
                status(0)
            }
            other => panic!("{other}"),
        }
    }
}

/// A client, a tap that holds, and the equipment.
struct World {
    tap: Tap,
    server: Server,
    spools: BTreeMap<u64, Vec<u8>>,
    whole: Vec<Upload>,
    /// What the client heard, packet by packet.
    heard: Vec<Vec<u8>>,
    reports: Vec<Report>,
}

impl World {
    fn new(offers: &[(&str, &str)]) -> Self {
        let mut tap = Tap::sftp_holding(Allowed::ALL);
        let _ = tap.client_sent(init().into());
        let _ = tap.server_sent(version(offers).into());
        let (server, spools) = (Server::default(), BTreeMap::new());
        Self { tap, server, spools, whole: Vec::new(), heard: Vec::new(), reports: Vec::new() }
    }

    fn has(mut self, path: &str, mode: u32, content: &[u8]) -> Self {
        self.server.files.insert(path.into(), (mode, content.to_vec()));
        self
    }

    /// The client sends; nothing of a held file reaches the equipment.
    fn send(&mut self, bytes: &[u8]) {
        let step = self.tap.client_sent(Bytes::copy_from_slice(bytes));
        self.take(step);
    }

    fn take(&mut self, step: crate::Step) {
        assert_eq!(step.end, None);
        assert_adds_up(&self.tap.account());
        self.heard.extend(all(&step.to_client.concat()));
        self.reports.extend(step.reports);
        for held in step.held {
            match held {
                Held::Begun { file } => assert!(self.spools.insert(file, Vec::new()).is_none()),
                Held::Content { file, bytes } => {
                    self.spools.get_mut(&file).unwrap().extend_from_slice(&bytes)
                }
                Held::Whole(upload) => self.whole.push(upload),
                Held::Gone { file } => drop(self.spools.remove(&file)),
            }
        }
        for request in all(&step.to_server.concat()) {
            let answer = self.server.answer(&request);
            let step = self.tap.server_sent(answer.into());
            self.take(step);
        }
    }

    /// The held file goes on; `cut`: the spool is lost from there on.
    fn release(&mut self, cut: Option<u64>) -> Status {
        let upload = self.whole.pop().unwrap();
        let spool = self.spools[&upload.file].clone();
        let mut release = self.tap.release(upload.clone(), "7".to_owned()).unwrap();
        let mut content = None;
        let status = loop {
            let (step, next) = self.tap.drive(&mut release, content.take());
            self.take(step);
            match next {
                Next::Content { offset, length } => {
                    let from = offset as usize;
                    let lost = cut.is_some_and(|cut| offset >= cut);
                    content =
                        Some(Bytes::copy_from_slice(if lost { &[] } else { &spool[from..from + length] }));
                }
                Next::Wait => {}
                Next::Done(status) => break status,
            }
        };
        let step = self.tap.decided(&upload, status, "");
        self.take(step);
        status
    }

    fn put(&mut self, path: &str, flags: usize, content: &[u8]) {
        self.send(&open(1, path, flags));
        let handle = self.heard.pop().unwrap()[13..].to_vec();
        for (number, piece) in content.chunks(1000).enumerate() {
            self.send(&write(10 + number, &handle, number as u64 * 1000, piece));
        }
        self.send(&close(2, &handle));
    }

    /// The status of the last answer.
    fn last(&self) -> (usize, u32) {
        let last = self.heard.last().unwrap();
        assert_eq!(last[4], 101, "{last:?}");
        let number = |at: usize| u32::from_be_bytes(last[at..at + 4].try_into().unwrap());
        (number(5) as usize, number(9))
    }

    fn file(&self, path: &str) -> Option<(u32, &[u8])> {
        self.server.files.get(path.as_bytes()).map(|(mode, content)| (*mode, content.as_slice()))
    }
}

#[test]
fn the_equipment_sees_nothing_before_it_is_decided() {
    let mut world = World::new(OFFERS).has("/d/f", 0o100_640, b"old");
    world.put("/d/f", PUT, b"new content");
    assert!(world.server.seen.is_empty(), "{:?}", world.server.seen);
    assert_eq!(world.heard.len(), 1, "the close waits for its answer");
    assert_eq!((world.whole[0].size, world.whole[0].path.to_string()), (11, "/d/f".to_owned()));
    assert!(world.tap.account().inward.held > 11);
    assert_eq!(world.release(None), Status::OK);
    assert_eq!(world.last(), (2, 0));
    assert_eq!(world.file("/d/f"), Some((0o100_640, b"new content".as_slice())), "with the mode that it had");
    assert_eq!(world.server.files.len(), 1, "nothing is left beside it");
    let lines: Vec<String> = world.reports.iter().map(line).collect();
    assert!(lines.iter().any(|line| line.starts_with("file in complete /d/f 11 bytes whole")), "{lines:?}");
    assert!(lines.iter().any(|line| line == "rename ok /d/.poterne-7 to /d/f true"), "{lines:?}");
    let account = world.tap.account();
    assert_eq!((account.inward.held, account.inward.refused), (0, 0), "{account:?}");
}

#[test]
fn what_is_refused_touches_nothing() {
    let mut world = World::new(OFFERS).has("/f", 0o100_600, b"old");
    world.put("/f", PUT, &[7; 4000]);
    let upload = world.whole.pop().unwrap();
    let step = world.tap.decided(&upload, Status::PERMISSION_DENIED, "malware");
    world.take(step);
    assert_eq!((world.last(), world.server.seen.len()), ((2, 3), 0));
    let account = world.tap.account();
    assert!(account.inward.held == 0 && account.inward.refused > 4000, "{account:?}");
    // And the channel goes on.
    world.put("/g", PUT, b"good");
    assert_eq!(world.release(None), Status::OK);
}

/// Each request of the release fails once: the client is told that status, and the equipment is as it was.
#[test]
fn a_step_that_fails_leaves_what_was_there() {
    for (kind, step) in [
        (17, "stat"),
        (16, "realpath"),
        (3, "open"),
        (6, "write"),
        (10, "fsetstat"),
        (4, "close"),
        (200, "rename"),
    ] {
        let mut world = World::new(OFFERS).has("/f", 0o100_600, b"old");
        world.server.fails = Some((kind, 3));
        world.put("/f", PUT, &[7; 100_000]);
        assert_eq!(world.release(None), Status::PERMISSION_DENIED, "{step}");
        assert_eq!(world.last(), (2, 3), "{step}");
        assert_eq!(world.file("/f"), Some((0o100_600, b"old".as_slice())), "{step}");
        assert_eq!(world.server.files.len(), 1, "{step}: nothing is left beside it");
        assert!(world.server.open.is_empty() || kind == 4, "{step}");
        assert!(world.server.fails.is_none(), "{step}: it was asked");
    }
}

#[test]
fn a_spool_that_is_lost_midway_leaves_what_was_there() {
    let mut world = World::new(OFFERS).has("/f", 0o100_600, b"old");
    world.put("/f", PUT, &[7; 100_000]);
    assert_eq!(world.release(Some(65_536)), Status::FAILURE);
    assert_eq!((world.file("/f"), world.server.files.len()), (Some((0o100_600, b"old".as_slice())), 1));
}

#[test]
fn a_new_file_has_the_mode_that_its_client_said() {
    let mut world = World::new(OFFERS);
    world.send(&packet(3, &[&n(1), &s("/f"), &n(PUT), &n(4), &n(0o750)]));
    let handle = world.heard.pop().unwrap()[13..].to_vec();
    world.send(&close(2, &handle));
    assert_eq!(world.release(None), Status::OK);
    assert_eq!(world.file("/f"), Some((0o100_750, b"".as_slice())), "an empty file too");
    // What is set on the open file counts more.
    world.send(&packet(3, &[&n(1), &s("/g"), &n(PUT), &n(4), &n(0o750)]));
    let handle = world.heard.pop().unwrap()[13..].to_vec();
    world.send(&packet(10, &[&n(3), &s(&handle), &n(4), &n(0o600)]));
    world.send(&packet(8, &[&n(4), &s(&handle)]));
    assert_eq!(world.heard.last().unwrap()[4..], [&[105][..], &n(4), &n(5), &nn(0), &n(0o100_600)].concat());
    world.send(&close(2, &handle));
    assert_eq!(world.release(None), Status::OK);
    assert_eq!(world.file("/g").unwrap().0, 0o100_600);
}

#[test]
fn links_are_followed_and_what_is_no_file_is_not_replaced() {
    let mut world = World::new(OFFERS).has("/real/f", 0o100_600, b"old");
    world.server.links.insert(b"/f".to_vec(), b"/real/f".to_vec());
    world.put("/f", PUT, b"new");
    assert_eq!(world.release(None), Status::OK);
    assert_eq!(world.file("/real/f").unwrap().1, b"new");
    let mut world = World::new(OFFERS).has("/dev/x", 0o020_600, b"");
    world.put("/dev/x", PUT, b"new");
    assert_eq!((world.release(None), world.file("/dev/x").unwrap().1), (Status::FAILURE, b"".as_slice()));
    let mut world = World::new(OFFERS).has("/f", 0o100_600, b"old");
    world.put("/f", EXCLUSIVE, b"new");
    assert_eq!((world.release(None), world.file("/f").unwrap().1), (Status::FAILURE, b"old".as_slice()));
}

#[test]
fn without_a_replacing_rename_the_old_file_is_taken_away_first() {
    let mut world = World::new(&[]).has("/f", 0o100_600, b"old");
    world.put("/f", PUT, b"new");
    assert_eq!((world.release(None), world.file("/f").unwrap().1), (Status::OK, b"new".as_slice()));
    assert_eq!(world.server.seen, [17, 16, 3, 6, 10, 4, 13, 18]);
}

/// In place: the length is set at the end (OpenSSH's scp), or the file was no longer than what comes.
#[test]
fn what_is_written_in_place_keeps_no_older_end() {
    for (old, sets, expected) in [
        ("old", false, Status::OK),
        ("longer than that", true, Status::OK),
        ("longer than that", false, Status::FAILURE),
    ] {
        let mut world = World::new(OFFERS).has("/f", 0o100_600, old.as_bytes());
        world.send(&open(1, "/f", 0x0a));
        let handle = world.heard.pop().unwrap()[13..].to_vec();
        world.send(&write(2, &handle, 0, b"short"));
        if sets {
            world.send(&packet(10, &[&n(3), &s(&handle), &n(1), &nn(5)]));
        }
        world.send(&close(4, &handle));
        assert_eq!(world.release(None), expected, "{old} {sets}");
        let kept = if expected == Status::OK { "short" } else { old };
        assert_eq!(world.file("/f").unwrap().1, kept.as_bytes());
    }
}

/// What cannot be judged whole is refused, and never reaches the equipment.
#[test]
fn only_whole_files_are_held() {
    for (flags, what) in [(0x0e, "append"), (0x0b, "read and write"), (0x1b, "both")] {
        let mut world = World::new(OFFERS);
        world.send(&open(1, "/f", flags));
        assert_eq!((world.last(), world.server.seen.len()), ((1, 8), 0), "{what}");
        assert!(line(&world.reports[0]).ends_with("held-whole-only"), "{what}");
    }
    let mut world = World::new(OFFERS);
    world.send(&open(1, "/f", PUT));
    let handle = world.heard.pop().unwrap()[13..].to_vec();
    world.send(&write(2, &handle, 0, b"abc"));
    for (what, request) in [
        ("a gap", write(3, &handle, 4, b"x")),
        ("again", write(3, &handle, 0, b"abc")),
        ("read", read(3, &handle, 0, 1)),
        ("another length", packet(10, &[&n(3), &s(&handle), &n(1), &nn(1)])),
        ("as a folder", packet(12, &[&n(3), &s(&handle)])),
    ] {
        world.send(&request);
        assert_eq!((world.last(), world.server.seen.len()), ((3, 8), 0), "{what}");
    }
    world.send(&packet(200, &[&n(3), &s("fsync@openssh.com"), &s(&handle)]));
    assert_eq!(world.last(), (3, 0));
    world.tap.spoil(0);
    world.send(&write(4, &handle, 3, b"def"));
    assert_eq!(world.last(), (4, 4), "no room");
    world.send(&close(5, &handle));
    world.send(&close(6, &handle));
    assert_eq!(world.last(), (6, 4), "the handle is gone");
    assert_eq!(world.release(None), Status::OK);
    assert_eq!(world.file("/f").unwrap().1, b"abc");
    let many: Vec<u32> = (0..20)
        .map(|id| {
            world.send(&open(100 + id, "/f", PUT));
            world.heard.last().unwrap()[4].into()
        })
        .collect();
    assert_eq!(many.iter().filter(|kind| **kind == 102).count(), 16, "so many at once");
}

/// A file that was found clean is not made another one afterwards, nor is another put where the gate takes it from.
#[test]
fn what_was_decided_is_not_changed_behind_it() {
    let mut world = World::new(OFFERS).has("/f", 0o100_600, b"fictitious malware, and what hides it");
    let (cut, mode) = ([&n(1)[..], &nn(18)].concat(), [n(4), n(0o600)].concat());
    let ext = |name: &str, parts: &[&[u8]]| packet(200, &[&n(3), &s(name), &parts.concat()]);
    world.send(&open(1, "/r", 1));
    let handle = world.heard.pop().unwrap()[13..].to_vec();
    world.server.seen.clear();
    for (what, request, expected) in [
        ("by its path", packet(9, &[&n(3), &s("/f"), &cut]), 8),
        ("by a link", ext("lsetstat@openssh.com", &[&s("/f"), &cut]), 8),
        ("by an open file", packet(10, &[&n(3), &s(&handle), &cut]), 8),
        ("ours away", packet(18, &[&n(3), &s("/d/.poterne-7"), &s("/g")]), 3),
        ("over ours", ext("posix-rename@openssh.com", &[&s("/f"), &s("/d/.Poterne-7")]), 3),
        ("a link to ours", packet(20, &[&n(3), &s("../d/.poterne-7"), &s("/l")]), 3),
        ("ours as a link", packet(20, &[&n(3), &s("/f"), &s(".poterne-7")]), 3),
        ("another name for ours", ext("hardlink@openssh.com", &[&s("d\\.poterne-7"), &s("/l")]), 3),
        ("the mode of ours", packet(9, &[&n(3), &s("/.poterne-7"), &mode]), 3),
        ("into ours", open(3, "/d/.poterne-7", PUT), 3),
    ] {
        world.send(&request);
        assert_eq!((world.last(), world.server.seen.len()), ((3, expected), 0), "{what}");
    }
    // What a broken release left may be taken away.
    world.send(&packet(13, &[&n(3), &s("/d/.poterne-7")]));
    assert_eq!((world.last(), world.server.seen.as_slice()), ((3, 2), [13].as_slice()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// However the client's bytes are cut, and whatever else it asks meanwhile, the file arrives as it was sent.
    #[test]
    fn it_arrives_whole_however_it_is_cut(
        content in proptest::collection::vec(any::<u8>(), 0..150_000),
        cuts in proptest::collection::vec(1_usize..40_000, 1..60),
        between in any::<bool>(),
    ) {
        let mut world = World::new(OFFERS);
        let handle = b"poterne-0";
        let mut stream = open(1, "/f", PUT);
        for (number, piece) in content.chunks(30_000).enumerate() {
            stream.extend(write(10 + number, handle, number as u64 * 30_000, piece));
            if between {
                stream.extend(packet(17, &[&n(1000 + number), &s("/g")]));
            }
        }
        stream.extend(close(2, handle));
        let (mut rest, mut cuts) = (stream.as_slice(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            world.send(piece);
            rest = after;
        }
        prop_assert_eq!(world.release(None), Status::OK);
        prop_assert_eq!(world.file("/f").unwrap().1, content.as_slice());
        let sent: u64 = stream.len() as u64 + init().len() as u64;
        let inward = world.tap.account().inward;
        prop_assert_eq!((inward.received, inward.released, inward.refused), (sent, sent, 0));
        prop_assert_eq!(world.tap.finish().len(), 0);
    }
}

/// An equipment that answers what only the gate was asked breaks the protocol: the client would be told something else
/// than what was decided.
#[test]
fn nobody_else_answers_the_close() {
    for code in [0, 4] {
        let mut world = World::new(OFFERS);
        world.put("/f", PUT, b"content");
        let answer = packet(101, &[&n(2), &n(code), &s(""), &s("")]);
        let step = world.tap.server_sent(answer.into());
        assert_eq!(step.end.map(|end| end.fault), Some(crate::Fault::UnknownId(2)));
        assert!(step.to_client.is_empty());
        assert_adds_up(&world.tap.account());
    }
}

/// The channel ends while a file is held: nothing reached the equipment, and its bytes were refused.
#[test]
fn what_is_never_decided_is_refused() {
    let mut world = World::new(OFFERS);
    world.put("/f", PUT, b"content");
    let upload = world.whole.pop().unwrap();
    assert!(world.tap.finish().is_empty());
    let inward = world.tap.account().inward;
    assert_eq!((inward.held, inward.received), (0, inward.refused + init().len() as u64));
    assert!(world.tap.release(upload.clone(), "7".to_owned()).is_none());
    let step = world.tap.decided(&upload, Status::OK, "");
    assert!(step.to_client.is_empty());
    assert_adds_up(&world.tap.account());
}

/// Whole packets, one after the other.
fn all(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((length, _)) = bytes.split_first_chunk() {
        let (packet, rest) = bytes.split_at(4 + u32::from_be_bytes(*length) as usize);
        found.push(packet.to_vec());
        bytes = rest;
    }
    found
}
