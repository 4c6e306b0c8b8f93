//! Who may say what in which turn, and what is told of it.

use crate::tests::{line, send};
use crate::{Allowed, Fault, Forbidden, ScpCommand, Side, Tap, Violation};

const CLIENT: Side = Side::Client;
const SERVER: Side = Side::Server;

fn tap(command: &str, allowed: Allowed) -> Result<Tap, Forbidden> {
    Tap::scp(ScpCommand::parse(command.as_bytes()).unwrap().unwrap(), allowed)
}

/// Plays a script; the reports, and how it ended.
fn play(command: &str, script: &[(Side, &[u8])]) -> (Vec<String>, Option<Violation>) {
    let mut tap = tap(command, Allowed::ALL).unwrap();
    let (mut reports, mut end) = (Vec::new(), None);
    for (side, bytes) in script {
        let step = send(&mut tap, *side, bytes);
        let sent = if *side == CLIENT { &step.to_server } else { &step.to_client };
        if end.is_none() && step.end.is_none() {
            assert_eq!(sent.concat(), *bytes, "what may pass passes unchanged");
        }
        reports.extend(step.reports.iter().map(line));
        end = end.or(step.end);
    }
    reports.extend(tap.finish().iter().map(line));
    (reports, end)
}

#[test]
fn rights() {
    let refused = |command, allowed| tap(command, allowed).err();
    let only = |list, take_out, write| Allowed { list, take_out, write, put: true };
    for (command, allowed, expected) in [
        ("scp -t x", only(false, false, false), Some(Forbidden::Scp)),
        ("scp -f x", only(false, false, false), Some(Forbidden::Scp)),
        ("scp -t x", only(true, true, false), Some(Forbidden::Write)),
        ("scp -t x", only(false, false, true), None),
        ("scp -f x", only(false, false, true), Some(Forbidden::Read)),
        ("scp -f x", only(true, false, true), Some(Forbidden::NoReason)),
        ("scp -f x", only(true, true, false), None),
    ] {
        assert_eq!(refused(command, allowed), expected, "{command} {allowed:?}");
    }
}

#[test]
fn out_of_turn_or_out_of_form() {
    let greeted: &[(Side, &[u8])] = &[(SERVER, b"\0")];
    let long = [b"C0644 1 ".as_slice(), &[b'x'; 4096]].concat();
    let longer = [b"\x01".as_slice(), &[b'x'; 2046], b"\n"].concat();
    let deep = [b"D0755 0 ".as_slice(), &[b'x'; 1900], b"\n"].concat();
    for (what, script, side, bytes, fault) in [
        (
            "a record before the greeting",
            &[][..],
            CLIENT,
            b"C0644 1 f\n".as_slice(),
            Fault::OutOfTurn("a record"),
        ),
        ("a greeting of noise", &[], SERVER, b"Welcome!\n", Fault::Malformed("acknowledgement")),
        ("two greetings", greeted, SERVER, b"\0", Fault::OutOfTurn("an acknowledgement")),
        ("two records at once", greeted, CLIENT, b"C0644 1 f\nC0644 1 g\n", Fault::OutOfTurn("a record")),
        ("content before its answer", greeted, CLIENT, b"C0644 1 f\nx", Fault::OutOfTurn("a record")),
        ("an unknown record", greeted, CLIENT, b"X0644 1 f\n", Fault::Malformed("record")),
        ("a mode of letters", greeted, CLIENT, b"Crw-r 1 f\n", Fault::Malformed("record")),
        ("a negative size", greeted, CLIENT, b"C0644 -1 f\n", Fault::Malformed("record")),
        ("an impossible size", greeted, CLIENT, b"C0644 9007199254740992 f\n", Fault::Malformed("record")),
        ("a longer size", greeted, CLIENT, b"C0644 00000000000000000001 f\n", Fault::Malformed("record")),
        ("a folder with a size", greeted, CLIENT, b"D0755 1 f\n", Fault::Malformed("record")),
        ("times of words", greeted, CLIENT, b"T1 0 now 0\n", Fault::Malformed("record")),
        ("times of a million microseconds", greeted, CLIENT, b"T1 1000000 1 0\n", Fault::Malformed("record")),
        ("a name with a path", greeted, CLIENT, b"C0644 1 ../f\n", Fault::UnsafeName),
        ("an absolute name", greeted, CLIENT, b"C0644 1 /etc/passwd\n", Fault::UnsafeName),
        ("the folder above", greeted, CLIENT, b"D0755 0 ..\n", Fault::UnsafeName),
        ("this folder", greeted, CLIENT, b"D0755 0 .\n", Fault::UnsafeName),
        ("no name", greeted, CLIENT, b"C0644 1 \n", Fault::UnsafeName),
        ("a name with a NUL", greeted, CLIENT, b"C0644 1 a\0b\n", Fault::UnsafeName),
        ("the end of no folder", greeted, CLIENT, b"E\n", Fault::OutOfTurn("the end of a folder")),
        ("a line without an end", greeted, CLIENT, &long, Fault::LineLength),
        // OpenSSH's `scp` takes 2,047 bytes for a line: the rest would be another record to it.
        ("a line longer than the equipment reads at once", greeted, CLIENT, &longer, Fault::LineLength),
        (
            "a name too long in all",
            &[(SERVER, b"\0"), (CLIENT, &deep), (SERVER, b"\0"), (CLIENT, &deep), (SERVER, b"\0")],
            CLIENT,
            &deep,
            Fault::UnsafeName,
        ),
        (
            "a status that is none",
            &[(SERVER, b"\0"), (CLIENT, b"C0644 1 f\n"), (SERVER, b"\0"), (CLIENT, b"x")],
            CLIENT,
            b"y",
            Fault::Malformed("status"),
        ),
        (
            "an answer before the content",
            &[(SERVER, b"\0"), (CLIENT, b"C0644 1 f\n"), (SERVER, b"\0")],
            SERVER,
            b"\0",
            Fault::OutOfTurn("an acknowledgement"),
        ),
        (
            "on after giving up",
            &[(SERVER, b"\0"), (CLIENT, b"\x02no\n")],
            CLIENT,
            b"C0644 1 f\n",
            Fault::OutOfTurn("a record"),
        ),
    ] {
        let mut all = script.to_vec();
        all.push((side, bytes));
        all.push((CLIENT, b"C0644 1 g\n"));
        assert_eq!(play("scp -r -t x", &all).1, Some(Violation { side, fault }), "{what}");
    }
    let script: &[(Side, &[u8])] = &[(SERVER, b"\0"), (CLIENT, b"D0755 0 d\n")];
    let fault = Fault::OutOfTurn("a folder without `-r`");
    assert_eq!(play("scp -t x", script).1, Some(Violation { side: CLIENT, fault }));
    // The equipment names a file that would leave the client's folder.
    let script: &[(Side, &[u8])] = &[(CLIENT, b"\0"), (SERVER, b"C0644 1 ../.ssh/authorized_keys\n")];
    assert_eq!(
        play("scp -f x", script),
        (vec![], Some(Violation { side: SERVER, fault: Fault::UnsafeName }))
    );
}

#[test]
fn what_is_told() {
    let abc = "ba7816bf8f01cfea";
    let start: &[(Side, &[u8])] =
        &[(SERVER, b"\0"), (CLIENT, b"C0644 3 f\n"), (SERVER, b"\0"), (CLIENT, b"abc")];
    let with = |more: &[(Side, &'static [u8])]| [start, more].concat();
    for (what, script, expected) in [
        (
            "complete",
            with(&[(CLIENT, b"\0"), (SERVER, b"\0")]),
            format!("file in complete x announced f 3 bytes whole {abc}"),
        ),
        (
            "the disk was full, told at the end",
            with(&[(CLIENT, b"\0"), (SERVER, b"\x01full\n")]),
            format!("file in partial x announced f 3 bytes whole {abc} because Said(`full`)"),
        ),
        (
            "told early",
            with(&[(SERVER, b"\x01full\n"), (CLIENT, b"\0")]),
            format!("file in partial x announced f 3 bytes whole {abc} because Said(`full`)"),
        ),
        (
            "taken early",
            with(&[(SERVER, b"\0"), (CLIENT, b"\0")]),
            format!("file in complete x announced f 3 bytes whole {abc}"),
        ),
        (
            "the source could not read all",
            with(&[(CLIENT, b"\x01short\n"), (SERVER, b"\0")]),
            format!("file in partial x announced f 3 bytes whole {abc} because Said(`short`)"),
        ),
        (
            "the source gave up",
            with(&[(CLIENT, b"\x02gone\n")]),
            format!("file in partial x announced f 3 bytes whole {abc} because Said(`gone`)"),
        ),
        (
            "never answered",
            with(&[(CLIENT, b"\0")]),
            format!("file in partial x announced f 3 bytes whole {abc} because ChannelEnded"),
        ),
        (
            "broken off",
            start.to_vec(),
            format!("file in partial x announced f 3 bytes whole {abc} because ChannelEnded"),
        ),
        (
            "not begun",
            start[..3].to_vec(),
            "file in failed x announced f 0 bytes ranges [] more false because ChannelEnded".to_owned(),
        ),
    ] {
        assert_eq!(play("scp -t x", &script), (vec![expected], None), "{what}");
    }
    let folder: &[(Side, &[u8])] = &[
        (SERVER, b"\0"),
        (CLIENT, b"D0755 0 d\n"),
        (SERVER, b"\x01no\n"),
        (CLIENT, b"C0644 0 f\n"),
        (SERVER, b"\0"),
        (CLIENT, b"\0"),
        (SERVER, b"\0"),
    ];
    let (reports, end) = play("scp -r -t x", folder);
    assert_eq!(reports[0], "mkdir failure x/d");
    assert!(
        reports[1].contains("announced f 0 bytes"),
        "a folder that was refused is not entered: {reports:?}"
    );
    assert_eq!(end, None);
}
