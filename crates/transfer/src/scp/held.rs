//! Uploads by the old protocol that are held.

use bytes::Bytes;
use proptest::prelude::*;

use crate::tests::{assert_adds_up, line};
use crate::{Allowed, Held, Next, Report, ScpCommand, Status, Step, Tap, Upload};

/// A client, a tap that holds, and what the equipment got.
struct World {
    tap: Tap,
    /// What the equipment says next, each after it was spoken to.
    says: Vec<&'static [u8]>,
    got: Vec<u8>,
    heard: Vec<u8>,
    spool: Vec<u8>,
    whole: Option<Upload>,
    gone: usize,
    reports: Vec<Report>,
}

impl World {
    /// The equipment greets, then says these.
    fn new(command: &str, says: &[&'static [u8]]) -> Self {
        let command = ScpCommand::parse(command.as_bytes()).unwrap().unwrap();
        let tap = Tap::scp_holding(command, Allowed::ALL).unwrap();
        let says = says.iter().rev().copied().collect();
        let (got, heard, spool, reports) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut world = Self { tap, says, got, heard, spool, whole: None, gone: 0, reports };
        let step = world.tap.server_sent(Bytes::from_static(b"\0"));
        world.take(step);
        world.heard.clear();
        world
    }

    fn take(&mut self, step: Step) {
        assert_eq!(step.end, None);
        assert_adds_up(&self.tap.account());
        self.heard.extend(step.to_client.concat());
        self.reports.extend(step.reports);
        for held in step.held {
            match held {
                Held::Begun { .. } => self.spool.clear(),
                Held::Content { bytes, .. } => self.spool.extend(bytes),
                Held::Whole(upload) => self.whole = Some(upload),
                Held::Gone { .. } => self.gone += 1,
            }
        }
        for piece in step.to_server {
            self.got.extend(&piece);
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let step = self.tap.client_sent(Bytes::copy_from_slice(bytes));
        self.take(step);
    }

    fn release(&mut self) -> Status {
        let upload = self.whole.take().unwrap();
        let mut release = self.tap.release(upload.clone(), "7".to_owned()).unwrap();
        let mut content = None;
        let status = loop {
            let (step, next) = self.tap.drive(&mut release, content.take());
            self.take(step);
            match next {
                Next::Content { offset, length } => {
                    let from = offset as usize;
                    content = Some(Bytes::copy_from_slice(&self.spool[from..from + length]));
                }
                Next::Wait => {
                    let said = self.says.pop().unwrap();
                    let step = self.tap.server_sent(Bytes::from_static(said));
                    self.take(step);
                }
                Next::Done(status) => break status,
            }
        };
        let step = self.tap.decided(&upload, status, "no");
        self.take(step);
        status
    }
}

const OK: &[u8] = b"\0";

#[test]
fn the_equipment_hears_of_it_when_it_is_decided() {
    let mut world = World::new("scp -t /d", &[OK, OK]);
    world.send(b"C0644 5 f\n");
    assert_eq!((world.heard.as_slice(), world.got.len()), (OK, 0));
    world.send(b"hello");
    world.send(b"\0");
    assert_eq!((world.heard.as_slice(), world.got.len()), (OK, 0), "the last acknowledgement waits");
    assert_eq!(world.whole.as_ref().unwrap().path.to_string(), "/d/f");
    assert_eq!(world.release(), Status::OK);
    assert_eq!(
        (world.got.as_slice(), world.heard.as_slice()),
        (b"C0644 5 f\nhello\0".as_slice(), b"\0\0".as_slice())
    );
    assert!(line(&world.reports[0]).starts_with("file in complete /d announced f 5 bytes whole"));
    let account = world.tap.account();
    assert_eq!((account.inward.received, account.inward.released, account.inward.refused), (16, 16, 0));
    assert_eq!(account.outward.consumed, 2);
    // Empty ones too, one after the other, with times and folders between them.
    let mut world = World::new("scp -r -t /d", &[OK, OK, OK, OK]);
    world.send(b"C0644 0 e\n");
    world.send(b"\0");
    assert_eq!(world.release(), Status::OK);
    world.send(b"T1 0 1 0\n");
    assert!(world.got.ends_with(b"T1 0 1 0\n"), "no file: it goes on at once");
    let step = world.tap.server_sent(Bytes::from_static(OK));
    world.take(step);
    world.send(b"C0600 1 g\nx\0");
    assert_eq!(world.release(), Status::OK);
    assert!(world.got.ends_with(b"C0600 1 g\nx\0"));
}

#[test]
fn what_is_refused_is_told_and_touches_nothing() {
    let mut world = World::new("scp -t /d", &[OK, OK]);
    world.send(b"C0644 5 f\nhello\0");
    let upload = world.whole.take().unwrap();
    let step = world.tap.decided(&upload, Status::PERMISSION_DENIED, "malware\nC0644 1 x");
    world.take(step);
    assert_eq!(world.heard, b"\0\x01malwareC0644 1 x\n");
    assert!(world.got.is_empty());
    let inward = world.tap.account().inward;
    assert_eq!((inward.received, inward.refused), (16, 16));
    // The next file is another one.
    world.send(b"C0644 1 g\nx\0");
    assert_eq!(world.release(), Status::OK);
    assert_eq!(world.got, b"C0644 1 g\nx\0");
}

#[test]
fn what_the_equipment_says_is_told() {
    for (says, got) in [
        (&[b"\x01scp: f: Permission denied\n".as_slice()][..], b"C0644 5 f\n".as_slice()),
        (&[OK, b"\x01scp: f: No space left on device\n"], b"C0644 5 f\nhello\0"),
    ] {
        let mut world = World::new("scp -t /d", says);
        world.send(b"C0644 5 f\nhello\0");
        assert_eq!(world.release(), Status::FAILURE);
        assert_eq!((world.got.as_slice(), world.heard.as_slice()), (got, b"\0\x01no\n".as_slice()));
        assert!(!line(&world.reports[0]).contains("complete"), "{:?}", world.reports);
    }
}

/// Of all that one piece of the client's sets off, nothing is lost.
#[test]
fn what_becomes_known_in_one_piece_is_all_told() {
    let mut world = World::new("scp -r -t /d", &[]);
    let early = world.tap.server_sent(Bytes::from_static(b"\x01no room\n\x01no room\n"));
    world.take(early);
    world.send(b"D0755 0 a\nD0755 0 b\n");
    let told: Vec<String> = world.reports.iter().map(line).collect();
    assert_eq!(told, ["mkdir failure /d/a", "mkdir failure /d/b"]);
}

/// What the client could not send is no file; what it sends out of its turn ends the channel.
#[test]
fn a_client_that_gives_up_or_breaks_the_protocol() {
    let mut world = World::new("scp -t /d", &[OK, OK]);
    world.send(b"C0644 5 f\nhello\x01f: it changed\n");
    assert_eq!((world.gone, world.heard.as_slice(), world.got.len()), (1, b"\0\0".as_slice(), 0));
    world.send(b"C0644 1 g\nx\0");
    assert_eq!(world.release(), Status::OK);
    for bytes in [
        b"C0644 1 g\nx\0C0644 1 h\n".as_slice(),
        b"C0644 1 g\nxy",
        b"C0644 99999999999 g\n",
        b"C0644 1 ..\n",
        &[b'C'; 5000],
    ] {
        let mut world = World::new("scp -t /d", &[OK, OK]);
        let step = world.tap.client_sent(Bytes::copy_from_slice(bytes));
        assert!(step.end.is_some() && step.to_server.concat().is_empty(), "{bytes:?}");
        let _ = world.tap.finish();
        let inward = world.tap.account().inward;
        assert_eq!((inward.received, inward.refused), (bytes.len() as u64, bytes.len() as u64), "{bytes:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn it_arrives_however_it_is_cut(
        content in proptest::collection::vec(any::<u8>(), 0..100_000),
        cuts in proptest::collection::vec(1_usize..30_000, 1..40),
    ) {
        let mut world = World::new("scp -t /d", &[OK, OK]);
        let stream = [format!("C0644 {} f\n", content.len()).as_bytes(), &content, b"\0"].concat();
        let (mut rest, mut cuts) = (stream.as_slice(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            world.send(piece);
            rest = after;
        }
        prop_assert_eq!(world.release(), Status::OK);
        prop_assert_eq!(&world.got, &stream);
        let inward = world.tap.account().inward;
        prop_assert_eq!((inward.received, inward.released), (stream.len() as u64, stream.len() as u64));
    }
}
