//! Who may ask what, how both sides break the protocol, and what the reports say of the odd cases.

use bytes::Bytes;

use crate::tap::Protocol;
use crate::tests::wire::{
    OFFERS, close, data, handle, init, n, nn, number, open, packet, packets, read, s, status, version, write,
};
use crate::tests::{line, send, sha256};
use crate::{Allowed, Content, Fault, Report, Side, Tap, Violation};

const CLIENT: Side = Side::Client;
const SERVER: Side = Side::Server;

/// A tap after its greeting.
fn greeted(allowed: Allowed) -> Tap {
    let mut tap = Tap::sftp(allowed);
    assert_eq!(send(&mut tap, CLIENT, &init()).to_server.concat(), init());
    let _ = send(&mut tap, SERVER, &version(OFFERS));
    tap
}

/// A tap with a file (handle `f`) and a folder (handle `d`) open.
fn with_open(allowed: Allowed) -> Tap {
    let mut tap = greeted(Allowed::ALL);
    for (request, answer) in
        [(open(1, "/f", 3), handle(1, b"f")), (packet(11, &[&n(2), &s("/d")]), handle(2, b"d"))]
    {
        let _ = send(&mut tap, CLIENT, &request);
        let _ = send(&mut tap, SERVER, &answer);
    }
    let Protocol::Sftp(engine) = &mut tap.protocol else { panic!("an sftp tap") };
    engine.allowed = allowed;
    tap
}

/// Every request with the rights it takes: `l`ist, `t`ake out, `w`rite; `|` is or, empty is none.
fn requests() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let attrs = n(0);
    let ext = |name: &str, parts: &[&[u8]]| packet(200, &[&n(9), &s(name), &parts.concat()]);
    vec![
        ("open read", open(9, "/x", 1), "t"),
        ("open nothing", open(9, "/x", 0), "t"),
        ("open write", open(9, "/x", 2), "w"),
        ("open read write", open(9, "/x", 3), "tw"),
        ("open append", open(9, "/x", 4), "tw"),
        ("open write append", open(9, "/x", 6), "w"),
        ("open create", open(9, "/x", 8), "tw"),
        ("open truncate", open(9, "/x", 0x10), "tw"),
        ("open write create truncate", open(9, "/x", 0x1a), "w"),
        ("open write exclusive", open(9, "/x", 0x2a), "w"),
        ("open with an unknown flag", open(9, "/x", 0x41), "-"),
        ("close", close(9, b"f"), ""),
        ("read", read(9, b"f", 0, 10), "t"),
        ("read a folder as a file", read(9, b"d", 0, 10), "-"),
        ("read nothing open", read(9, b"x", 0, 10), "-"),
        ("write", write(9, b"f", 0, b"abc"), "w"),
        ("read to the last place", read(9, b"f", (1 << 53) - 11, 10), "t"),
        ("read beyond the last place", read(9, b"f", (1 << 53) - 10, 10), "-"),
        ("write at the end of numbers", write(9, b"f", u64::MAX, b"abc"), "-"),
        ("write nothing open", write(9, b"x", 0, b"abc"), "-"),
        ("lstat", packet(7, &[&n(9), &s("/x")]), "l|w"),
        ("stat", packet(17, &[&n(9), &s("/x")]), "l|w"),
        ("fstat", packet(8, &[&n(9), &s("f")]), "l|w"),
        ("setstat", packet(9, &[&n(9), &s("/x"), &attrs]), "w"),
        ("fsetstat", packet(10, &[&n(9), &s("f"), &attrs]), "w"),
        ("opendir", packet(11, &[&n(9), &s("/x")]), "l"),
        ("readdir", packet(12, &[&n(9), &s("d")]), "l"),
        ("remove", packet(13, &[&n(9), &s("/x")]), "w"),
        ("mkdir", packet(14, &[&n(9), &s("/x"), &attrs]), "w"),
        ("rmdir", packet(15, &[&n(9), &s("/x")]), "w"),
        ("realpath", packet(16, &[&n(9), &s(".")]), "l|w"),
        ("rename", packet(18, &[&n(9), &s("/x"), &s("/y")]), "w"),
        ("readlink", packet(19, &[&n(9), &s("/x")]), "l"),
        ("symlink", packet(20, &[&n(9), &s("/x"), &s("/y")]), "w"),
        ("link of version 6", packet(21, &[&n(9), &s("/x"), &s("/y"), &[1]]), "-"),
        ("posix-rename", ext("posix-rename@openssh.com", &[&s("/x"), &s("/y")]), "w"),
        ("hardlink", ext("hardlink@openssh.com", &[&s("/x"), &s("/y")]), "w"),
        ("fsync", ext("fsync@openssh.com", &[&s("f")]), "w"),
        ("statvfs", ext("statvfs@openssh.com", &[&s("/x")]), "l|w"),
        ("fstatvfs", ext("fstatvfs@openssh.com", &[&s("f")]), "l|w"),
        ("lsetstat", ext("lsetstat@openssh.com", &[&s("/x"), &attrs]), "w"),
        ("limits", ext("limits@openssh.com", &[]), ""),
        ("expand-path", ext("expand-path@openssh.com", &[&s("~/x")]), "l|w"),
        ("copy-data", ext("copy-data", &[&s("f"), &nn(0), &nn(9), &s("g"), &nn(0)]), "-"),
        ("an extension of nobody", ext("x@example.org", &[&[0; 300]]), "-"),
        ("a name with a NUL", packet(13, &[&n(9), &s("/x\0y")]), "-"),
        ("a second name with a NUL", packet(18, &[&n(9), &s("/x"), &s("\0")]), "-"),
        ("a name of 4097 bytes", packet(13, &[&n(9), &s(vec![b'x'; 4097])]), "-"),
        ("a name of 64 KiB", packet(13, &[&n(9), &s(vec![b'x'; 65_536])]), "-"),
        ("a name of 4096 bytes", packet(13, &[&n(9), &s(vec![b'x'; 4096])]), "w"),
        ("a name with a newline", packet(13, &[&n(9), &s("/x\n\x1b[2J")]), "w"),
    ]
}

fn may(needs: &str, allowed: Allowed) -> bool {
    let one = |need: char| match need {
        'l' => allowed.list,
        't' => allowed.take_out,
        'w' => allowed.write,
        _ => false,
    };
    match needs {
        "l|w" => allowed.list || allowed.write,
        needs => needs.chars().all(one),
    }
}

#[test]
fn nothing_goes_on_without_its_right() {
    for bits in 0..8 {
        let (list, take_out, write) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
        let allowed = Allowed { list, take_out, write, put: true };
        for (what, request, needs) in requests() {
            for size in [request.len(), 1, 7] {
                let mut tap = with_open(allowed);
                let before = tap.account();
                let (mut to_server, mut to_client, mut reports) = (Vec::new(), Vec::new(), Vec::new());
                for piece in request.chunks(size) {
                    let step = send(&mut tap, CLIENT, piece);
                    assert_eq!(step.end, None, "{what}");
                    to_server.extend(step.to_server.concat());
                    to_client.extend(step.to_client.concat());
                    reports.extend(step.reports);
                }
                let now = tap.account();
                if may(needs, allowed) {
                    assert_eq!(to_server, request, "{what} under {allowed:?}");
                    assert_eq!((to_client, reports), (vec![], vec![]), "{what} under {allowed:?}");
                    continue;
                }
                assert_eq!(to_server, b"", "{what} under {allowed:?}");
                assert_eq!(now.inward.refused - before.inward.refused, request.len() as u64, "{what}");
                assert_eq!(now.outward.generated, to_client.len() as u64, "{what}");
                let [answer] = packets(&mut to_client).try_into().unwrap();
                let code = number(&answer, 5);
                assert_eq!((answer[0], number(&answer, 1)), (101, 9), "{what}");
                let expected = match what {
                    _ if needs != "-" => 3,
                    "copy-data"
                    | "an extension of nobody"
                    | "link of version 6"
                    | "open with an unknown flag" => 8,
                    // Without the right, that comes first.
                    _ if code == 3 => 3,
                    _ => 4,
                };
                assert_eq!(code, expected, "{what} under {allowed:?}");
                assert!(matches!(reports[..], [Report::Refused(_)]), "{what}: {reports:?}");
            }
        }
    }
}

#[test]
fn what_the_greeting_lets_through() {
    let mut tap = Tap::sftp(Allowed::ALL);
    // A client of version 6 with an extension: the equipment hears 3.
    let hello = packet(1, &[&n(6), &s("x"), &s("y")]);
    assert_eq!(send(&mut tap, CLIENT, &hello).to_server.concat(), init());
    let step = send(
        &mut tap,
        SERVER,
        &version(&[("fsync@openssh.com", "1"), ("statvfs@openssh.com", "9"), ("copy-data", "1")]),
    );
    assert_eq!(step.to_client.concat(), version(&[("fsync@openssh.com", "1")]));
    assert_eq!(tap.account().inward.refused, 10);
    // What was not offered is refused, understood or not.
    let limits = packet(200, &[&n(1), &s("limits@openssh.com")]);
    let step = send(&mut tap, CLIENT, &limits);
    assert_eq!((step.to_server.len(), number(&step.to_client.concat(), 9)), (0, 8));
}

#[test]
fn limits_are_lowered() {
    let mut tap = greeted(Allowed::ALL);
    let _ = send(&mut tap, CLIENT, &packet(200, &[&n(1), &s("limits@openssh.com")]));
    let answer = |numbers: [u64; 4]| packet(201, &[&n(1), &numbers.map(nn).concat()]);
    let step = send(&mut tap, SERVER, &answer([0, 100, 1 << 40, 2000]));
    assert_eq!(step.to_client.concat(), answer([262_144, 100, 261_120, 1024]));
}

/// What breaks the protocol ends the channel, and nothing goes on afterwards.
fn breaks(what: &str, mut tap: Tap, side: Side, bytes: &[u8], fault: Fault) {
    let step = send(&mut tap, side, bytes);
    assert_eq!(step.end, Some(Violation { side, fault }), "{what}");
    let violation = step.end.unwrap();
    assert!(!violation.text().fr.is_empty() && violation.to_string().contains(&fault.to_string()));
    for side in [CLIENT, SERVER] {
        let step = send(&mut tap, side, &packet(13, &[&n(70), &s("/x")]));
        assert!(step.to_server.is_empty() && step.to_client.is_empty() && step.end.is_none(), "{what}");
    }
    let _ = tap.finish();
    let account = tap.account();
    assert_eq!(account.inward.held + account.outward.held, 0, "{what}");
}

#[test]
fn the_client_breaks_the_protocol() {
    let write_lies = |stated: usize| packet(6, &[&n(9), &s("f"), &nn(0), &n(stated), b"abc"]);
    for (what, bytes, fault) in [
        ("a packet of nothing", n(0).to_vec(), Fault::PacketLength(0)),
        ("a packet of 4 bytes", n(4).to_vec(), Fault::PacketLength(4)),
        ("a packet too long", n(263_169).to_vec(), Fault::PacketLength(263_169)),
        ("a packet of everything", vec![0xff; 5], Fault::PacketLength(u32::MAX)),
        ("a second greeting", init(), Fault::OutOfTurn("INIT")),
        ("an answer", status(9, 0), Fault::UnexpectedType(101)),
        ("type 0", packet(0, &[&n(9)]), Fault::UnexpectedType(0)),
        ("a string beyond its packet", packet(13, &[&n(9), &n(5), b"abc"]), Fault::Malformed("REMOVE")),
        ("bytes after the end", packet(13, &[&n(9), &s("/x"), b"abc"]), Fault::Malformed("REMOVE")),
        ("an unknown attribute", packet(9, &[&n(9), &s("/x"), &n(0x10)]), Fault::Malformed("SETSTAT")),
        ("a handle of 257 bytes", close(9, &[7; 257]), Fault::Malformed("CLOSE")),
        ("a write with a handle of 257 bytes", write(9, &[7; 257], 0, b""), Fault::Malformed("WRITE")),
        ("a write shorter than it says", write_lies(4), Fault::Malformed("WRITE")),
        ("a write longer than it says", write_lies(2), Fault::Malformed("WRITE")),
        ("a write without room for its head", packet(6, &[&n(9), &s("f")]), Fault::Malformed("WRITE")),
        ("one id twice", [read(9, b"f", 0, 1), read(9, b"f", 1, 1)].concat(), Fault::IdInUse(9)),
    ] {
        breaks(what, with_open(Allowed::ALL), CLIENT, &bytes, fault);
    }
    let fresh = || Tap::sftp(Allowed::ALL);
    breaks("a request first", fresh(), CLIENT, &read(9, b"f", 0, 1), Fault::OutOfTurn("a request"));
    breaks("version 2", fresh(), CLIENT, &packet(1, &[&n(2)]), Fault::Version(2));
    breaks("the equipment first", fresh(), SERVER, &version(&[]), Fault::OutOfTurn("VERSION"));
}

#[test]
fn the_equipment_breaks_the_protocol() {
    let asked = |request: Vec<u8>| {
        let mut tap = with_open(Allowed::ALL);
        assert!(!send(&mut tap, CLIENT, &request).to_server.is_empty());
        tap
    };
    let reading = || asked(read(9, b"f", 0, 3));
    let names = |count: usize| packet(104, &[&n(9), &n(count), &s("a"), &s("-rw a"), &n(0)]);
    let realpath = || asked(packet(16, &[&n(9), &s(".")]));
    for (what, tap, bytes, fault) in [
        ("an answer to nothing", reading(), status(8, 0), Fault::UnknownId(8)),
        ("more than was asked for", reading(), data(9, b"abcd"), Fault::WrongAnswer("READ")),
        ("ok instead of content", reading(), status(9, 0), Fault::WrongAnswer("READ")),
        ("a handle instead of content", reading(), handle(9, b"g"), Fault::WrongAnswer("READ")),
        (
            "content that is longer than its packet",
            reading(),
            packet(103, &[&n(9), &n(3), b"ab"]),
            Fault::Malformed("DATA"),
        ),
        (
            "content instead of a status",
            asked(write(9, b"f", 0, b"x")),
            data(9, b"x"),
            Fault::WrongAnswer("WRITE"),
        ),
        ("a request", reading(), packet(13, &[&n(9), &s("/x")]), Fault::UnexpectedType(13)),
        ("a second greeting", reading(), version(&[]), Fault::OutOfTurn("VERSION")),
        ("a handle that is in use", asked(open(9, "/y", 1)), handle(9, b"f"), Fault::WrongAnswer("OPEN")),
        ("two names for one", realpath(), names(2), Fault::Malformed("answer")),
        ("no name for one", realpath(), packet(104, &[&n(9), &n(0)]), Fault::Malformed("answer")),
        (
            "a status with more",
            reading(),
            packet(101, &[&n(9), &n(1), &s(""), &s(""), b"x"]),
            Fault::Malformed("answer"),
        ),
    ] {
        breaks(what, tap, SERVER, &bytes, fault);
    }
    let mut tap = Tap::sftp(Allowed::ALL);
    let _ = send(&mut tap, CLIENT, &init());
    breaks("version 4", tap, SERVER, &packet(2, &[&n(4)]), Fault::Version(4));
    // Old equipment leaves message and language out.
    let mut tap = reading();
    assert_eq!(send(&mut tap, SERVER, &packet(101, &[&n(9), &n(1)])).end, None);
}

#[test]
fn an_answer_waits_for_the_end_of_a_packet() {
    let mut tap = with_open(Allowed { write: false, ..Allowed::ALL });
    let _ = send(&mut tap, CLIENT, &read(9, b"f", 0, 1000));
    let content = data(9, &[5; 1000]);
    let (first, second) = content.split_at(400);
    assert_eq!(send(&mut tap, SERVER, first).to_client.concat(), first);
    let refused = packet(13, &[&n(10), &s("/x")]);
    assert!(send(&mut tap, CLIENT, &refused).to_client.is_empty(), "not into the middle of content");
    let after = packet(101, &[&n(77)]);
    let step = send(&mut tap, SERVER, &[second, &after[..3]].concat());
    let mut stream = step.to_client.concat();
    assert_eq!(stream.drain(..second.len()).collect::<Vec<_>>(), second);
    let [answer] = packets(&mut stream).try_into().unwrap();
    assert_eq!(
        (number(&answer, 1), stream.len()),
        (10, 0),
        "then the answer, and nothing of the next packet"
    );
}

#[test]
fn content_is_forwarded_without_a_copy() {
    let mut tap = with_open(Allowed::ALL);
    let piece = Bytes::from([write(9, b"f", 0, &[1; 9000]), write(10, b"f", 9000, &[2; 9000])].concat());
    let step = tap.client_sent(piece.clone());
    assert_eq!(step.to_server.len(), 1);
    assert_eq!(step.to_server[0].as_ptr(), piece.as_ptr());
}

/// What is told of one file: its open flags, then who says what.
fn reports(flags: usize, script: &[(Side, Vec<u8>)]) -> Vec<String> {
    let mut tap = greeted(Allowed::ALL);
    let opened = [(CLIENT, open(1, "/f", flags)), (SERVER, handle(1, b"f"))];
    let mut found = Vec::new();
    for (side, bytes) in opened.iter().chain(script) {
        let step = send(&mut tap, *side, bytes);
        assert_eq!(step.end, None);
        found.extend(step.reports);
    }
    found.extend(tap.finish());
    found.iter().map(|report| line(report).replace(" /f", "")).collect()
}

#[test]
fn how_transfers_end() {
    let read = |id, offset| (CLIENT, read(id, b"f", offset, 4));
    let data = |id, content: &[u8]| (SERVER, data(id, content));
    let status = |id, code| (SERVER, status(id, code));
    let write = |id, offset, content: &[u8]| (CLIENT, write(id, b"f", offset, content));
    let close = |id| (CLIENT, close(id, b"f"));
    let fsetstat = |id, size| (CLIENT, packet(10, &[&n(id), &s("f"), &n(1), &nn(size)]));
    let abcd = &format!("{:02x?}", &sha256(b"abcd")[..8]).replace(['[', ']', ',', ' '], "");
    let none = &format!("{:02x?}", &sha256(b"")[..8]).replace(['[', ']', ',', ' '], "");
    for (what, flags, script, expected) in [
        ("opened and closed", 1, vec![close(2), status(2, 0)], vec![]),
        (
            "an empty file",
            1,
            vec![read(2, 0), status(2, 1), close(3), status(3, 0)],
            vec![format!("file out complete 0 bytes whole {none}")],
        ),
        (
            "read to its end",
            1,
            vec![read(2, 0), read(3, 4), data(2, b"abcd"), status(3, 1), close(4), status(4, 0)],
            vec![format!("file out complete 4 bytes whole {abcd}")],
        ),
        (
            "not to its end",
            1,
            vec![read(2, 0), data(2, b"abcd"), close(4), status(4, 0)],
            vec![format!("file out partial 4 bytes whole {abcd} because EndNotSeen")],
        ),
        (
            "the channel ends",
            1,
            vec![read(2, 0), data(2, b"abcd")],
            vec![format!("file out partial 4 bytes whole {abcd} because ChannelEnded")],
        ),
        (
            "reading fails",
            1,
            vec![read(2, 0), status(2, 4), close(4), status(4, 0)],
            vec![format!("file out failed 0 bytes whole {none} because Status(Status(4))")],
        ),
        (
            "only a part of a file",
            1,
            vec![read(2, 8), data(2, b"abcd"), read(3, 12), status(3, 1), close(4), status(4, 0)],
            vec![format!("file out complete 4 bytes from 8 {abcd}")],
        ),
        ("beyond the end", 1, vec![read(2, 8), status(2, 1), close(4), status(4, 0)], vec![]),
        (
            "closed before its answers",
            2,
            vec![write(2, 0, b"abcd"), close(3), status(3, 0), status(2, 0)],
            vec![format!("file in complete 4 bytes whole {abcd}")],
        ),
        (
            "writing fails",
            2,
            vec![write(2, 0, b"abcd"), status(2, 3), close(3), status(3, 0)],
            vec![format!("file in failed 4 bytes whole {abcd} because Status(Status(3))")],
        ),
        (
            "the second write fails",
            2,
            vec![write(2, 0, b"ab"), write(3, 2, b"cd"), status(2, 0), status(3, 4), close(4), status(4, 0)],
            vec![format!("file in partial 4 bytes whole {abcd} because Status(Status(4))")],
        ),
        (
            "the close fails",
            2,
            vec![write(2, 0, b"abcd"), status(2, 0), close(4), status(4, 4)],
            vec![format!("file in partial 4 bytes whole {abcd} because Status(Status(4))")],
        ),
        (
            "with a gap",
            2,
            vec![write(2, 0, b"ab"), write(3, 9, b"cd"), status(2, 0), status(3, 0), close(4), status(4, 0)],
            vec!["file in partial 4 bytes ranges [(0, 2), (9, 11)] more false because Gaps".to_owned()],
        ),
        (
            "emptied and left so",
            0x1a,
            vec![close(4), status(4, 0)],
            vec![format!("file in complete 0 bytes whole {none}")],
        ),
        (
            "made or only touched",
            0x0a,
            vec![close(4), status(4, 0)],
            vec!["file in complete 0 bytes ranges [] more false".to_owned()],
        ),
        (
            "appended",
            6,
            vec![write(2, 0, b"ab"), write(3, 0, b"cd"), status(2, 0), status(3, 0), close(4), status(4, 0)],
            vec![format!("file in complete 4 bytes appended {abcd}")],
        ),
        (
            "cut to its length",
            2,
            vec![write(2, 0, b"abcd"), status(2, 0), fsetstat(3, 4), status(3, 0), close(4), status(4, 0)],
            vec!["setstat ok None false".to_owned(), format!("file in complete 4 bytes whole {abcd}")],
        ),
        (
            "cut to another length",
            2,
            vec![write(2, 0, b"abcd"), status(2, 0), fsetstat(3, 2), status(3, 0), close(4), status(4, 0)],
            vec![
                "setstat ok None false".to_owned(),
                "file in partial 4 bytes ranges [(0, 4)] more false because Gaps".to_owned(),
            ],
        ),
        (
            "both ways",
            3,
            vec![
                read(2, 0),
                data(2, b"abcd"),
                read(3, 4),
                status(3, 1),
                write(5, 0, b"abcd"),
                status(5, 0),
                close(6),
                status(6, 0),
            ],
            vec![
                format!("file out complete 4 bytes whole {abcd}"),
                format!("file in complete 4 bytes whole {abcd}"),
            ],
        ),
        ("asked and never answered", 2, vec![fsetstat(3, 0)], vec!["setstat unknown None false".to_owned()]),
    ] {
        assert_eq!(reports(flags, &script), expected, "{what}");
    }
}

#[test]
fn a_size_that_was_named_is_an_end() {
    let attributes = |id| packet(105, &[&n(id), &n(1), &nn(4)]);
    let mut tap = greeted(Allowed::ALL);
    for (side, bytes) in [
        (CLIENT, packet(17, &[&n(1), &s("/f")])),
        (SERVER, attributes(1)),
        (CLIENT, open(2, "/f", 1)),
        (SERVER, handle(2, b"f")),
        (CLIENT, read(3, b"f", 0, 4)),
        (SERVER, data(3, b"abcd")),
        (CLIENT, close(4, b"f")),
    ] {
        assert_eq!(send(&mut tap, side, &bytes).end, None);
    }
    let step = send(&mut tap, SERVER, &status(4, 0));
    let [Report::File(file)] = &step.reports[..] else { panic!("one file") };
    assert_eq!(
        (file.outcome.code(), &file.content),
        ("complete", &Content::Whole { sha256: sha256(b"abcd") })
    );
}

/// Some clients read as much as the list of a folder says that there is, and no further.
#[test]
fn a_size_that_was_listed_is_an_end() {
    // Size 4 and a mode, for each kind: a file, a link, and what names no kind.
    for (mode, expected) in [(0o100_644, "complete"), (0o120_777, "partial"), (0o644, "partial")] {
        let listed = packet(104, &[&n(2), &n(1), &s("f"), &s("-rw f"), &n(5), &nn(4), &n(mode)]);
        let mut tap = greeted(Allowed::ALL);
        for (side, bytes) in [
            (CLIENT, packet(11, &[&n(1), &s("/d")])),
            (SERVER, handle(1, b"d")),
            (CLIENT, packet(12, &[&n(2), &s("d")])),
            (SERVER, listed),
            (CLIENT, open(3, "/d/f", 1)),
            (SERVER, handle(3, b"f")),
            (CLIENT, read(4, b"f", 0, 4)),
            (SERVER, data(4, b"abcd")),
            (CLIENT, close(5, b"f")),
        ] {
            assert_eq!(send(&mut tap, side, &bytes).end, None);
        }
        let step = send(&mut tap, SERVER, &status(5, 0));
        let [Report::File(file)] = &step.reports[..] else { panic!("one file") };
        assert_eq!(file.outcome.code(), expected, "{mode:o}");
    }
}

#[test]
fn everything_is_bounded() {
    // A client that asks in one breath is asked to wait, then is at fault.
    let mut tap = with_open(Allowed::ALL);
    let mut waited = None;
    let end = (10..).find_map(|id| {
        let end = send(&mut tap, CLIENT, &read(id, b"f", 0, 1)).end;
        waited = waited.or((!tap.accepts_client()).then_some(id));
        end.map(|end| (id, end))
    });
    let (id, end) = end.unwrap();
    assert_eq!((waited, id, end.fault), (Some(10 + 8191), 10 + 16_384, Fault::TooMany("requests")));

    // Long names count as bytes: 256 of 4 KiB are a MiB.
    let mut tap = greeted(Allowed::ALL);
    let end = (10..).find_map(|id| {
        let end = send(&mut tap, CLIENT, &packet(13, &[&n(id), &s(vec![b'x'; 4096])])).end;
        end.map(|end| (id, end.fault))
    });
    assert_eq!(end, Some((10 + 256, Fault::TooMany("requests"))));

    // A thousand refusals.
    let mut tap = greeted(Allowed::default());
    let end = (10..).find_map(|id| {
        let step = send(&mut tap, CLIENT, &packet(13, &[&n(id), &s("/x")]));
        step.end.map(|end| (id, end.fault))
    });
    assert_eq!(end, Some((10 + 1000, Fault::TooMany("refused requests"))));

    // Open files.
    let mut tap = greeted(Allowed::ALL);
    for id in 0..1024 {
        let _ = send(&mut tap, CLIENT, &open(id, "/f", 1));
        if id % 2 == 0 {
            let _ = send(&mut tap, SERVER, &handle(id, &n(id)));
        }
    }
    let step = send(&mut tap, CLIENT, &open(5000, "/f", 1));
    assert_eq!(
        (step.to_server.len(), number(&step.to_client.concat(), 9)),
        (0, 4),
        "failure, and not forwarded"
    );
}

/// Content without a name hides in what a server may say beside files: each is short, and all of it together is.
#[test]
fn what_is_said_beside_files_is_short() {
    let packet = |body: &[u8]| [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], body].concat();
    let string = |text: &[u8]| [&u32::try_from(text.len()).unwrap().to_be_bytes()[..], text].concat();
    let list = crate::Allowed { list: true, ..Default::default() };
    let asked = |kind: u8, id: u32| packet(&[&[kind][..], &id.to_be_bytes(), &string(b"/l")].concat());
    let greeted = |allowed: crate::Allowed| {
        let mut tap = crate::Tap::sftp(allowed);
        for (side, body) in [(Side::Client, [1, 0, 0, 0, 3]), (Side::Server, [2, 0, 0, 0, 3])] {
            assert!(crate::tests::send(&mut tap, side, &packet(&body)).end.is_none());
        }
        tap
    };
    let id = 7_u32.to_be_bytes();
    let extended =
        [&[105][..], &id, &0x8000_0000_u32.to_be_bytes(), &[0, 0, 0, 1], &string(b"x"), &string(b"y")];
    let status = |length: usize| {
        packet(
            &[&[101][..], &id, &4_u32.to_be_bytes(), &string(&vec![b'c'; length]), &string(b"en")].concat(),
        )
    };
    for (answer, ends) in [(packet(&extended.concat()), true), (status(1025), true), (status(1024), false)] {
        let mut tap = greeted(list);
        assert!(crate::tests::send(&mut tap, Side::Client, &asked(17, 7)).end.is_none());
        assert_eq!(crate::tests::send(&mut tap, Side::Server, &answer).end.is_some(), ends);
    }
    // Targets of links: 64 KiB in all where no file may leave.
    for (allowed, most) in [(list, 16), (crate::Allowed { take_out: true, ..list }, 100)] {
        let mut tap = greeted(allowed);
        let answered = (0..100_u32).take_while(|number| {
            assert!(crate::tests::send(&mut tap, Side::Client, &asked(19, *number)).end.is_none());
            let name = [
                &[104][..],
                &number.to_be_bytes(),
                &[0, 0, 0, 1],
                &string(&[b'A'; 4000]),
                &string(b""),
                &[0; 4],
            ];
            crate::tests::send(&mut tap, Side::Server, &packet(&name.concat())).end.is_none()
        });
        assert_eq!(answered.count(), most);
    }
}
