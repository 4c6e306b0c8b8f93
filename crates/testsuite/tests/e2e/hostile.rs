//! A crowd at the door that says nothing, and what is no SSH at all.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::site::{SECOND, TECHNICIAN};
use crate::support::world::World;
use crate::support::{Dice, PATIENCE, is_long, until};

/// Of an ordinary run, and of a long one.
const FEW: u64 = 1_000;
const MANY: u64 = 5_000;
/// So many wait at once (`ssh_edge::Settings::waiting`).
const WAITING: u64 = 512;
/// Whoever is not logged in by then is dropped (`ssh_edge::Settings::login_grace`); a busy machine takes longer.
const GRACE: Duration = Duration::from_secs(60 + 15);
/// What a crowd may cost, however large: 512 of them wait at once, each below 64 KiB; the rest is the allocator's.
const MEMORY: u64 = 64 << 20;
/// What the next one may cost beside that.
const AGAIN: u64 = 8 << 20;

struct Crowd {
    child: Child,
    asked: Option<ChildStdin>,
    told: BufReader<ChildStdout>,
}

impl Crowd {
    fn start(world: &World) -> Self {
        let many = if is_long() { MANY } else { FEW };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/support/crowd.py");
        let mut child = Command::new("/usr/bin/python3")
            .args([script, &world.door().to_string(), &many.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (asked, told) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, asked, told }
    }

    fn number(&mut self) -> u64 {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line.trim().parse().unwrap_or_else(|error| panic!("the crowd ended: {error}"))
    }

    fn living(&mut self) -> u64 {
        self.asked.as_mut().unwrap().write_all(b"\n").unwrap();
        self.number()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        drop(self.asked.take());
        let _reaped = self.child.wait();
    }
}

#[test]
fn a_silent_crowd_keeps_nobody_out() {
    let world = World::start();
    world.intervention();
    world.client(TECHNICIAN).exec("true").exits(0);
    let before = world.memory();
    let with = [TECHNICIAN, SECOND].map(|person| {
        let mut crowd = Crowd::start(&world);
        let (connected, since) = (crowd.number(), Instant::now());
        until("the others have made room", PATIENCE, || crowd.living() <= WAITING);
        let held = crowd.living();
        // From the address that half of the crowd comes from.
        world.client(person).exec("echo inside").exits(0).says("inside");
        let with = world.memory();
        println!("{connected} connected, {held} held, {} KiB more", with.saturating_sub(before) >> 10);
        assert!(connected >= FEW, "too few descriptors for a crowd: {connected}");
        assert!(with < before + MEMORY, "{before} {with}");
        if is_long() {
            until("all of them are dropped", GRACE, || crowd.living() == 0);
            println!("dropped after {:?}", since.elapsed());
        }
        with
    });
    assert!(with[1] < with[0] + AGAIN, "what a crowd cost is not used again: {with:?}");
    assert_eq!(world.ended(3), ["finished"; 3]);
    // Nobody of the crowd tried to log in, so nobody of it was refused.
    assert!(!world.ledger().iter().any(|entry| entry["code"] == "login-refused"));
}

/// A packet before keys are agreed on (RFC 4253, section 6), its padding of this length.
fn packet(padding: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap() + u32::from(padding) + 1;
    [&length.to_be_bytes(), &[padding][..], payload, &vec![0; usize::from(padding)]].concat()
}

#[test]
fn what_is_no_ssh_is_closed_and_nobody_notices() {
    let world = World::start();
    world.intervention();
    let hello = |bytes: &[u8]| [b"SSH-2.0-x\r\n", bytes].concat();
    let kexinit = |lists: &[u8]| packet(4, &[&[20], &[7; 16][..], lists].concat());
    let mut cases: Vec<(String, Vec<u8>)> = [
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("TLS", vec![22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, 10, 13, 10, 13, 10]),
        ("another version", b"SSH-1.5-x\r\n".to_vec()),
        ("a NUL", b"SSH-2.0-x\0\r\n\r\n".to_vec()),
        ("a line without end", vec![b'x'; 70_000]),
        ("lines without end", b"hello\r\n".repeat(20_000)),
        ("a packet of 4 GiB", hello(&[255; 64])),
        ("a packet of 1 MiB", hello(&[&[0, 16, 0, 0, 4][..], &[20; 4_096]].concat())),
        ("a packet of nothing", hello(&[0; 64])),
        ("a packet of one byte", hello(&[&[0, 0, 0, 1, 0][..], &[0; 64]].concat())),
        ("more padding than packet", hello(&[&[0, 0, 0, 12, 200, 20][..], &[0; 64]].concat())),
        ("keys before they are agreed on", hello(&packet(10, &[21]))),
        ("a service before keys", hello(&packet(4, b"\x05\0\0\0\x0cssh-userauth"))),
        ("a login before keys", hello(&packet(4, b"\x32\0\0\0\x01r\0\0\0\x0essh-connection\0\0\0\x04none"))),
        ("a channel before keys", hello(&packet(4, b"\x5a\0\0\0\x07session\0\0\0\0\0\x20\0\0\0\0\x80\0"))),
        ("an exchange before it began", hello(&packet(4, &[&[30, 0, 0, 0, 32][..], &[9; 32]].concat()))),
        ("an unknown message", hello(&packet(4, &[191, 1, 2, 3]))),
        ("lists that are cut", hello(&kexinit(b"\0\0\0\x40curve"))),
        ("a list of 4 GiB", hello(&kexinit(&[255; 40]))),
        ("nothing in common", hello(&kexinit(&b"\0\0\0\x01x".repeat(10)))),
        ("a farewell", hello(&packet(4, b"\x01\0\0\0\x0b\0\0\0\0\0\0\0\0"))),
    ]
    .map(|(what, bytes)| (what.to_owned(), bytes))
    .into();
    let mut dice = Dice::of_point(1);
    for number in 0..60 {
        let noise: Vec<u8> = (0..dice.below(2_000)).map(|_| dice.roll().to_be_bytes()[0]).collect();
        cases.push((format!("noise {number}"), hello(&[&noise[..], &[255; 8]].concat())));
    }
    let before = world.memory();
    for (what, bytes) in &cases {
        let mut stream = TcpStream::connect(("127.0.0.1", world.door())).unwrap();
        // It may be closed while it is still being said.
        let _said = stream.write_all(bytes);
        // Whoever is not told no goes on talking; this one has said everything.
        let _over = stream.shutdown(std::net::Shutdown::Write);
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut heard = Vec::new();
        let end = stream.read_to_end(&mut heard);
        let open = end.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!open, "{what} is not closed");
        assert!(heard.len() < 4_096, "{what} is answered at length");
    }
    assert!(world.memory() < before + (16 << 20), "{before} {}", world.memory());
    world.client(TECHNICIAN).exec("exit 3").exits(3);
    assert_eq!(world.ended(1), ["finished"]);
    assert!(!world.log().contains("panicked"), "{}", world.log());
}
