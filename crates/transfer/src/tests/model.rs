//! A model of both ends: a client with many transfers at once and a server that answers in any order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::wire::{
    OFFERS, close, data, handle, init, n, number, open, packet, packets, read, status, version, write,
};
use super::{send, sha256};
use crate::{Allowed, Content, Direction, Forbidden, Outcome, Report, Side, Tap};

/// What the client does; each on a path of its own.
#[derive(Debug, Clone)]
enum Task {
    Get { size: usize, chunk: usize },
    Put { size: usize, chunk: usize, shuffled: bool, eager_close: bool },
    Remove,
    List,
    CopyData,
}

fn task() -> impl Strategy<Value = Task> {
    prop_oneof![
        3 => (0..40_000usize, 500..5000usize).prop_map(|(size, chunk)| Task::Get { size, chunk }),
        3 => (0..40_000usize, 500..5000usize, any::<bool>(), any::<bool>())
            .prop_map(|(size, chunk, shuffled, eager_close)| Task::Put { size, chunk, shuffled, eager_close }),
        1 => Just(Task::Remove),
        1 => Just(Task::List),
        1 => Just(Task::CopyData),
    ]
}

/// A small generator, so that a case is one number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }
}

fn content(task: usize, size: usize) -> Vec<u8> {
    (0..size).map(|at| (at / 251 + at * 7 + task * 13) as u8).collect()
}

/// One transfer of the client.
struct Work {
    task: Task,
    opening: usize,
    handle: Vec<u8>,
    /// Reads and writes without an answer.
    open_ids: BTreeMap<usize, (u64, usize)>,
    closing: Option<usize>,
    status: Option<usize>,
}

struct Client {
    works: Vec<Work>,
    next: usize,
    out: Vec<u8>,
    answered: BTreeMap<usize, usize>,
    asked: Vec<usize>,
}

impl Client {
    fn id(&mut self) -> usize {
        self.next += 1;
        self.asked.push(self.next);
        self.next
    }

    fn start(&mut self, tasks: &[Task]) {
        for (index, task) in tasks.iter().enumerate() {
            let id = self.id();
            let path = format!("/f{index}");
            self.out.extend(match task {
                Task::Get { .. } => open(id, &path, 1),
                Task::Put { .. } => open(id, &path, 0x1a),
                Task::Remove => packet(13, &[&n(id), &super::wire::s(&path)]),
                Task::List => packet(11, &[&n(id), &super::wire::s(&path)]),
                Task::CopyData => packet(200, &[&n(id), &super::wire::s("copy-data"), &[7; 40]]),
            });
            self.works.push(Work {
                task: task.clone(),
                opening: id,
                handle: Vec::new(),
                open_ids: BTreeMap::new(),
                closing: None,
                status: None,
            });
        }
    }

    fn read_on(&mut self, index: usize, offset: u64, length: usize) {
        let id = self.id();
        self.works[index].open_ids.insert(id, (offset, length));
        let request = read(id, &self.works[index].handle.clone(), offset, length);
        self.out.extend(request);
    }

    fn opened(&mut self, index: usize, handle: &[u8], dice: &mut Dice) {
        self.works[index].handle = handle.to_vec();
        match self.works[index].task.clone() {
            Task::Get { size, chunk } => {
                for at in (0..=size).step_by(chunk) {
                    self.read_on(index, at as u64, chunk);
                }
                self.read_on(index, size as u64, chunk);
            }
            Task::Put { size, chunk, shuffled, eager_close } => {
                let whole = content(index, size);
                let mut pieces: Vec<(usize, &[u8])> =
                    whole.chunks(chunk).enumerate().map(|(i, piece)| (i * chunk, piece)).collect();
                for at in (2..pieces.len()).filter(|_| shuffled) {
                    pieces.swap(at, 1 + dice.roll(at));
                }
                for (at, piece) in pieces {
                    let id = self.id();
                    self.works[index].open_ids.insert(id, (at as u64, piece.len()));
                    self.out.extend(write(id, handle, at as u64, piece));
                }
                if eager_close {
                    self.close(index);
                }
            }
            _ => {}
        }
        self.close_if_done(index);
    }

    fn close(&mut self, index: usize) {
        let id = self.id();
        self.works[index].closing = Some(id);
        self.out.extend(close(id, &self.works[index].handle.clone()));
    }

    fn close_if_done(&mut self, index: usize) {
        let work = &self.works[index];
        if work.open_ids.is_empty() && work.closing.is_none() && !work.handle.is_empty() {
            self.close(index);
        }
    }

    fn answer(&mut self, packet: &[u8], dice: &mut Dice) {
        if packet[0] == 2 {
            return;
        }
        let id = number(packet, 1);
        assert!(
            self.answered.insert(id, usize::from(packet[0])).is_none(),
            "request {id} was answered twice"
        );
        let index = self
            .works
            .iter()
            .position(|work| {
                work.opening == id || work.closing == Some(id) || work.open_ids.contains_key(&id)
            })
            .expect("an answer to one of the requests");
        if self.works[index].opening == id {
            match packet[0] {
                102 => self.opened(index, &packet[9..], dice),
                _ => self.works[index].status = Some(number(packet, 5)),
            }
        } else if let Some((offset, length)) = self.works[index].open_ids.remove(&id) {
            let got = if packet[0] == 103 { number(packet, 5) } else { length };
            if got < length {
                self.read_on(index, offset + got as u64, length - got);
            }
            self.close_if_done(index);
        }
    }
}

struct Server {
    tasks: Vec<Task>,
    files: BTreeMap<String, Vec<u8>>,
    seen: Vec<u8>,
    replies: Vec<Vec<u8>>,
    kinds: Vec<u8>,
}

impl Server {
    fn ask(&mut self, packet: &[u8], dice: &mut Dice) {
        self.kinds.push(packet[0]);
        if packet[0] == 1 {
            self.replies.push(version(OFFERS));
            return;
        }
        let id = number(packet, 1);
        let string = String::from_utf8(packet[9..9 + number(packet, 5)].to_vec()).unwrap();
        let after = &packet[9 + string.len()..];
        let offset = || u64::from_be_bytes(after[..8].try_into().unwrap()) as usize;
        self.replies.push(match packet[0] {
            3 => {
                let index: usize = string.strip_prefix("/f").unwrap().parse().unwrap();
                let file = match self.tasks[index] {
                    Task::Get { size, .. } => content(index, size),
                    _ => Vec::new(),
                };
                self.files.insert(string.clone(), file);
                handle(id, string.as_bytes())
            }
            5 => {
                let file = &self.files[&string];
                let rest = file.get(offset()..).unwrap_or_default();
                let length = number(after, 8).min(rest.len());
                let length = if dice.roll(4) == 0 { length.div_ceil(2) } else { length };
                if length == 0 { status(id, 1) } else { data(id, &rest[..length]) }
            }
            6 => {
                let piece = &after[12..];
                let file = self.files.get_mut(&string).unwrap();
                file.resize(file.len().max(offset() + piece.len()), 0);
                file[offset()..offset() + piece.len()].copy_from_slice(piece);
                status(id, 0)
            }
            11 => handle(id, format!("folder {string}").as_bytes()),
            _ => status(id, 0),
        });
    }
}

/// Plays everything to its end, in an order that the dice choose.
fn play(tasks: &[Task], allowed: Allowed, seed: u64) -> (Client, Server, Vec<Report>, Tap) {
    let mut dice = Dice(seed | 1);
    let mut tap = Tap::sftp(allowed);
    let mut client = Client { works: vec![], next: 0, out: init(), answered: BTreeMap::new(), asked: vec![] };
    let mut server = Server {
        tasks: tasks.to_vec(),
        files: BTreeMap::new(),
        seen: vec![],
        replies: vec![],
        kinds: vec![],
    };
    let (mut to_server, mut to_client, mut wire_back) = (Vec::new(), Vec::new(), Vec::new());
    let mut reports = Vec::new();
    let mut started = false;
    loop {
        let ways = [
            !client.out.is_empty() && tap.accepts_client(),
            !server.replies.is_empty(),
            !wire_back.is_empty(),
        ];
        let open: Vec<usize> = (0..3).filter(|way| ways[*way]).collect();
        if open.is_empty() {
            break;
        }
        let step = match open[dice.roll(open.len())] {
            0 => {
                let length = 1 + dice.roll(client.out.len().min(6000));
                let piece: Vec<u8> = client.out.drain(..length).collect();
                send(&mut tap, Side::Client, &piece)
            }
            1 => {
                wire_back.extend(server.replies.swap_remove(dice.roll(server.replies.len())));
                continue;
            }
            _ => {
                let length = 1 + dice.roll(wire_back.len().min(6000));
                let piece: Vec<u8> = wire_back.drain(..length).collect();
                send(&mut tap, Side::Server, &piece)
            }
        };
        assert_eq!(step.end, None);
        reports.extend(step.reports);
        let onwards = step.to_server.concat();
        server.seen.extend(&onwards);
        to_server.extend(onwards);
        to_client.extend(step.to_client.concat());
        for packet in packets(&mut to_server) {
            server.ask(&packet, &mut dice);
        }
        for packet in packets(&mut to_client) {
            client.answer(&packet, &mut dice);
            if packet[0] == 2 && !started {
                started = true;
                client.start(tasks);
            }
        }
    }
    assert!(to_server.is_empty() && to_client.is_empty(), "both streams end between packets");
    reports.extend(tap.finish());
    (client, server, reports, tap)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_the_order(
        tasks in proptest::collection::vec(task(), 1..6),
        list in any::<bool>(),
        take_out in any::<bool>(),
        write in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let allowed = Allowed { list, take_out, write, put: true };
        let (client, server, reports, tap) = play(&tasks, allowed, seed);
        prop_assert!(client.asked.iter().all(|id| client.answered.contains_key(id)), "every request has its answer");
        if !write {
            prop_assert!(server.kinds.iter().all(|kind| ![6, 9, 10, 13, 14, 15, 18, 20].contains(kind)));
        }
        if !take_out {
            prop_assert!(!server.kinds.contains(&5));
        }
        if !list {
            prop_assert!(!server.kinds.contains(&11));
        }
        prop_assert!(!server.kinds.contains(&200), "copy-data never goes on");
        let account = tap.account();
        prop_assert_eq!(account.inward.released, server.seen.len() as u64);
        for (index, task) in tasks.iter().enumerate() {
            check_task(index, task, allowed, &client, &server, &reports);
        }
        let files = reports.iter().filter(|report| matches!(report, Report::File(_))).count();
        let expected = tasks.iter().filter(|task| match task {
            Task::Get { .. } => take_out,
            Task::Put { .. } => write,
            _ => false,
        }).count();
        prop_assert_eq!(files, expected, "each file is reported once: {:?}", reports);
    }
}

fn check_task(
    index: usize,
    task: &Task,
    allowed: Allowed,
    client: &Client,
    server: &Server,
    reports: &[Report],
) {
    let path = format!("/f{index}");
    let mine: Vec<&Report> = reports
        .iter()
        .filter(|report| match report {
            Report::File(file) => file.path.as_bytes() == path.as_bytes(),
            Report::Refused(refused) => {
                refused.path.as_ref().is_some_and(|at| at.as_bytes() == path.as_bytes())
            }
            Report::Operation(_) => false,
        })
        .collect();
    let (direction, size, may) = match task {
        Task::Get { size, .. } => (Direction::Out, *size, allowed.take_out),
        Task::Put { size, .. } => (Direction::In, *size, allowed.write),
        Task::Remove => return assert_eq!(mine.is_empty(), allowed.write),
        Task::List => return assert_eq!(mine.is_empty(), allowed.list),
        Task::CopyData => return assert_eq!(client.works[index].status, Some(8)),
    };
    if !may {
        assert_eq!(client.works[index].status, Some(3), "permission denied");
        let [Report::Refused(refused)] = mine[..] else { panic!("{mine:?}") };
        let reading = if allowed.list { Forbidden::NoReason } else { Forbidden::Read };
        return assert_eq!(refused.why, if direction == Direction::In { Forbidden::Write } else { reading });
    }
    let [Report::File(file)] = mine[..] else { panic!("{mine:?}") };
    assert_eq!(file.direction, direction);
    assert_eq!(file.outcome, Outcome::Complete);
    let expected = content(index, size);
    assert_eq!(server.files[&path], expected);
    // Reading a chunk twice where the end is a multiple of the chunk asks for nothing more.
    assert_eq!(file.size, size as u64);
    assert_eq!(file.content, Content::Whole { sha256: sha256(&expected) });
}
