//! Evidence as a gate makes it, then every way to tamper with it: each is found, and where.

mod campaign;
mod evidence;
mod purged;
mod restored;
mod stamped;
mod state;

use events::{Entry, Fact};
use proptest::prelude::*;
use vocab::{Ending, Lang, Text};

use crate::report::{Place, Report};
use crate::tests::evidence::*;

/// The recordings of the two sessions.
const ONE: &str = "recordings/a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1.rec";
const TWO: &str = "recordings/a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2.rec";

/// What is wrong, each as `file|index|session|English words`, with `-` for what there is not.
fn problems(report: &Report) -> Vec<String> {
    let dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let line = |(Place { file, index, session }, what): &(Place, Text)| {
        let session = session.map(|session| session.to_string().chars().take(2).collect());
        let file = file.as_deref().map(|file| file.replace(ONE, "ONE").replace(TWO, "TWO"));
        assert!(!what.fr.is_empty() && !what.fr.contains("{}") && !what.en.contains("{}"), "{what:?}");
        assert_ne!(what.fr, what.en, "not translated");
        format!("{}|{}|{}|{}", dash(file), dash(index.map(|i| i.to_string())), dash(session), what.en)
    };
    report.problems.iter().map(line).collect()
}

/// Honest evidence whose files are tampered with. What may follow from an altered entry begins with a dot.
fn files(tamper: impl FnOnce(&Evidence), expected: &[&str]) {
    let evidence = Evidence::honest();
    tamper(&evidence);
    let report = evidence.verify();
    let follows = Report { problems: report.follows.clone(), ..Report::default() };
    let follows = problems(&follows).into_iter().map(|one| format!(".{one}"));
    assert_eq!(problems(&report).into_iter().chain(follows).collect::<Vec<_>>(), expected);
    assert_eq!(report.is_whole(), expected.is_empty());
}

/// A log that a dishonest gate signed, beside honest recordings.
fn log(edit: impl FnOnce(&mut Vec<Entry>), expected: &[&str]) {
    let mut log = honest();
    edit(&mut log);
    let recordings = [(1, container(1, 3, finished())), (2, container(2, 3, finished()))];
    assert_eq!(problems(&Evidence::new(encoded(log), &recordings).verify()), expected);
}

/// The same, with the numbers of the source put right again.
fn renumbered(edit: impl FnOnce(&mut Vec<Entry>), expected: &[&str]) {
    log(
        |log| {
            edit(log);
            log.iter_mut().zip(1..).for_each(|(entry, seq)| entry.seq = seq);
        },
        expected,
    );
}

#[test]
fn what_is_whole_is_whole() {
    let evidence = Evidence::honest();
    let report = evidence.verify();
    assert_eq!(problems(&report), [""; 0]);
    assert!(report.is_whole());
    assert_eq!((report.sessions, report.crashed, report.recordings, report.chunks), (2, 0, 2, 6));
    let (fr, en) = (report.summary(Lang::Fr), report.summary(Lang::En));
    assert!(fr.ends_with("Tout est entier.\n") && en.ends_with("Everything is whole.\n"), "{fr}{en}");
    assert!(fr.contains("2026-11-24T00:00:00Z"), "{fr}");
    assert!(report.json().contains("\"sessions\":2,"), "{}", report.json());
}

#[test]
fn an_empty_log_is_whole() {
    assert!(Evidence::new(Vec::new(), &[]).verify().is_whole());
}

#[test]
fn a_log_of_many_tiles_is_whole() {
    let many = (0..700).map(|index| entry(index, None, started())).collect();
    let evidence = Evidence::new(encoded(many), &[]);
    let report = evidence.verify();
    assert_eq!(problems(&report), [""; 0]);
    evidence.flip("tile/0/001", 7);
    assert_eq!(problems(&evidence.verify()), ["tile/0/001|256|-|altered: not what the signed root covers"]);
    assert_eq!(evidence.verify().follows.len(), 1, "the number that is lacking is told apart");
}

#[test]
fn a_session_that_is_still_open_is_said_and_no_fault() {
    let mut log = honest();
    log.truncate(9);
    let recordings = [(1, container(1, 3, finished())), (2, container(2, 3, Close::Open))];
    let report = Evidence::new(encoded(log), &recordings).verify();
    assert_eq!(problems(&report), [""; 0]);
    assert_eq!(report.still_open.iter().map(|(open, _)| *open).collect::<Vec<_>>(), [session(2)]);
    assert!(report.summary(Lang::Fr).contains("encore ouverte, depuis 2026-11-24T00:00:04Z"));
}

#[test]
fn a_crash_that_was_found_is_whole() {
    let recordings = || [(1, container(1, 3, finished())), (2, container(2, 3, Close::Crashed))];
    let report = Evidence::new(encoded(crashed()), &recordings()).verify();
    assert_eq!(problems(&report), [""; 0]);
    assert_eq!((report.sessions, report.crashed), (2, 1));
    let mut unsaid = crashed();
    unsaid.truncate(10);
    let evidence = Evidence::new(encoded(unsaid), &recordings());
    assert_eq!(problems(&evidence.verify()), ["-|4|52|a session of a boot that is over, without its end"]);
}

#[test]
fn a_container_of_a_session_that_never_was_may_lie_there_empty() {
    let empty = container(3, 0, Close::Sealed(Ending::StoreLost));
    let recordings = [(1, container(1, 3, finished())), (2, container(2, 3, finished())), (3, empty)];
    assert_eq!(problems(&Evidence::new(encoded(honest()), &recordings).verify()), [""; 0]);
}

#[test]
fn earlier_tiles_may_lie_there_if_they_say_the_same() {
    let earlier = |evidence: &Evidence| {
        let hashes = evidence.read("tile/0/000.p/12");
        evidence.write("tile/0/000.p/5", &hashes[..160]);
    };
    files(earlier, &[]);
    files(
        |e| (earlier(e), e.flip("tile/0/000.p/5", 0)).1,
        &["tile/0/000.p/5|-|-|contradicts the verified tile"],
    );
    files(|e| e.write("tile/0/000.p/5", b"short"), &["tile/0/000.p/5|-|-|contradicts the verified tile"]);
    files(|e| e.write("tile/0/001", &[0; 8192]), &["tile/0/001|-|-|is no part of the log"]);
    files(|e| e.write("tile/notes", b"x"), &["tile/notes|-|-|is no part of the log"]);
    files(|e| e.write("tile/0/000.p/6.tmp", b"x"), &[]);
    // A link could lead anywhere, and what lies there is nobody's to list.
    let elsewhere = |e: &Evidence| {
        std::fs::rename(e.folder.join("tile"), e.folder.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(e.folder.join("elsewhere"), e.folder.join("tile")).unwrap();
    };
    files(elsewhere, &["tile|-|-|is no part of the log"]);
}

#[test]
fn altered_logs_are_found_where_they_are_altered() {
    files(
        |e| e.flip("tile/entries/000.p/12", 160),
        &[
            "tile/entries/000.p/12|0|-|altered: not what the signed root covers",
            ".-|1|-|numbers 1 to 1 of source `gate` are missing, boot b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
        ],
    );
    files(
        |e| e.flip("tile/0/000.p/12", 300),
        &[
            "tile/0/000.p/12|1|-|altered: not what the signed root covers",
            ".-|2|51|the session was never opened",
            ".-|3|51|the session was never opened",
            ".-|5|51|the session was never opened",
            ".-|6|51|the session was never opened",
            ".-|7|51|the session was never opened",
            ".-|2|-|numbers 2 to 2 of source `gate` are missing, boot b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
            ".ONE|-|-|no session explains it",
        ],
    );
    files(|e| e.remove("tile/0/000.p/12"), &["tile/0/000.p/12|-|-|`tile/0/000.p/12` is missing"]);
    files(
        |e| e.remove("tile/entries/000.p/12"),
        &[
            "tile/entries/000.p/12|-|-|`tile/entries/000.p/12` is missing",
            ".ONE|-|-|no session explains it",
            ".TWO|-|-|no session explains it",
        ],
    );
    files(|e| e.remove("checkpoint"), &["checkpoint|-|-|`checkpoint` is missing"]);
    files(
        |e| e.write("checkpoint", b"x"),
        &["checkpoint|-|-|not a checkpoint of three lines with its signature lines"],
    );
    let cut = |e: &Evidence| {
        let note = String::from_utf8(e.read("checkpoint")).unwrap();
        let lines: Vec<&str> = note.lines().take(5).collect();
        e.write("checkpoint", (lines.join("\n") + "\n").as_bytes());
    };
    files(cut, &["checkpoint|-|-|no ML-DSA-44 signature by the log's key"]);
    files(
        |e| {
            (
                e.write("checkpoint", &e.checkpoint_of(11)),
                e.write("tile/0/000.p/11", &e.read("tile/0/000.p/12")[..352]),
            )
                .1
        },
        &[
            "tile/entries/000.p/11|-|-|`tile/entries/000.p/11` is missing",
            "tile/entries/000.p/12|-|-|is no part of the log",
            ".ONE|-|-|no session explains it",
            ".TWO|-|-|no session explains it",
        ],
    );
}

#[test]
fn recordings_are_held_against_the_log() {
    files(|e| e.remove(ONE), &["ONE|1|51|the recording is missing"]);
    files(|e| e.write(ONE, b""), &["ONE|6|51|not a recording: it does not begin with the magic bytes"]);
    files(
        |e| e.flip(ONE, 8 * 250),
        &["ONE|5|51|chunk 1 at offset 226 is broken: its hash does not fit its bytes"],
    );
    files(|e| e.write(ONE, &[e.read(ONE).as_slice(), b"x"].concat()), &["ONE|6|51|its seal is missing"]);
    files(
        |e| e.write(ONE, &e.read(ONE)[..300]),
        &["ONE|5|51|chunk 1 at offset 226 is missing or broken: the ledger acknowledged 3 chunks"],
    );
    files(|e| e.write(ONE, &container(1, 3, Close::Open).bytes), &["ONE|6|51|its seal is missing"]);
    files(
        |e| e.write(ONE, &container(1, 3, Close::Sealed(Ending::Cut)).bytes),
        &["ONE|6|51|its seal is not the one in the log"],
    );
    files(
        |e| e.write(ONE, &container(1, 2, finished()).bytes),
        &["ONE|6|51|chunk 2 at offset 320 is missing or broken: the ledger acknowledged 3 chunks"],
    );
    files(
        |e| e.write(ONE, &container(1, 4, finished()).bytes),
        &["ONE|6|51|its seal is not the one in the log"],
    );
    files(|e| e.write(ONE, &e.read(TWO)), &["ONE|3|51|after 1 chunks the root is not the one in the ledger"]);
    files(|e| e.write("recordings/notes.txt", b"x"), &["recordings/notes.txt|-|-|no session explains it"]);
    let copy = "recordings/ffffffffffffffffffffffffffffffff.rec";
    files(|e| e.write(copy, &e.read(ONE)), &[&format!("{copy}|-|-|no session explains it")]);
}

#[test]
fn an_older_checkpoint_must_be_a_beginning() {
    let evidence = Evidence::honest();
    let since = |note: Vec<u8>| {
        evidence.write("older", &note);
        let asked = crate::Asked { since: Some(evidence.folder.join("older")), ..evidence.asked() };
        crate::verify(&asked, &mut Vec::new(), &|| {})
    };
    for size in 0..=12 {
        let report = since(evidence.checkpoint_of(size)).unwrap();
        assert_eq!((problems(&report), report.since), (Vec::new(), Some(size as u64)));
    }
    let mut other = honest();
    other[3].at = vocab::Timestamp::from_secs(1);
    let other = Evidence::new(encoded(other), &[]);
    assert_eq!(problems(&since(other.checkpoint_of(3)).unwrap()), [""; 0]);
    assert_eq!(
        problems(&since(other.checkpoint_of(4)).unwrap()),
        ["checkpoint|-|-|the first 4 entries are not those once signed"]
    );
    let longer = Evidence::new(encoded((0..20).map(|index| entry(index, None, started())).collect()), &[]);
    assert_eq!(
        problems(&since(longer.checkpoint_of(20)).unwrap()),
        ["checkpoint|-|-|the log once had 20 entries, and has 12 now"]
    );
    assert!(since(b"x".to_vec()).is_err());
}

#[test]
fn sequences_have_no_gap_and_no_repeat() {
    log(
        |log| drop(log.remove(3)),
        &["-|3|-|numbers 4 to 4 of source `gate` are missing, boot b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"],
    );
    log(
        |log| log[3].seq = 3,
        &[
            "-|3|-|number 3 of source `gate` comes again",
            "-|4|-|numbers 4 to 4 of source `gate` are missing, boot b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
        ],
    );
    log(
        |log| log[3].seq = 0,
        &[
            "-|3|-|number 0 of source `gate` comes again",
            "-|4|-|numbers 4 to 4 of source `gate` are missing, boot b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
        ],
    );
    log(|log| (log[3].seq, log[5].seq) = (6, 4), &[]);
    log(
        |log| log[3].source = "agent".into(),
        &[
            "-|3|-|numbers 1 to 3 of source `agent` are missing, boot b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
            "-|4|-|numbers 4 to 4 of source `gate` are missing, boot b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
        ],
    );
    log(|log| log[3].gate = "porte-2".parse().unwrap(), &["-|3|-|the entry is of another log"]);
    let mut entries = encoded(honest());
    entries[11].truncate(40);
    let recordings = [(1, container(1, 3, finished())), (2, container(2, 3, finished()))];
    assert_eq!(
        problems(&Evidence::new(entries, &recordings).verify()),
        [
            "-|11|-|the entry cannot be read: byte 24 of the text: a string with a raw control character, or without end"
        ]
    );
}

#[test]
fn sessions_begin_once_and_end_once() {
    renumbered(|log| drop(log.remove(7)), &["-|1|51|a session of a boot that is over, without its end"]);
    renumbered(
        |log| drop(log.remove(1)),
        &[
            "-|1|51|the session was never opened",
            "-|2|51|the session was never opened",
            "-|4|51|the session was never opened",
            "-|5|51|the session was never opened",
            "-|6|51|the session was never opened",
            "ONE|-|-|no session explains it",
        ],
    );
    renumbered(|log| log.insert(8, log[7].clone()), &["-|8|51|the session had ended before"]);
    renumbered(|log| log.insert(8, log[6].clone()), &["-|8|51|the session had ended before"]);
    renumbered(|log| log.insert(8, log[2].clone()), &[]);
    renumbered(|log| log.insert(2, log[1].clone()), &["-|2|51|the session had been opened before"]);
    renumbered(|log| log.insert(8, log[1].clone()), &["-|8|51|the session had been opened before"]);
    renumbered(|log| log[2].session = Some(session(9)), &["-|2|59|the session was never opened"]);
    renumbered(
        |log| log[4].fact = Fact::from(opened(1)),
        &[
            "-|4|52|its recording is another session's",
            "-|8|52|the session was never opened",
            "-|9|52|the session was never opened",
            "-|10|52|the session was never opened",
            "TWO|-|-|no session explains it",
        ],
    );
    renumbered(
        |log| {
            log[7].fact =
                Fact::from(events::SessionCrashed { recording: recording(1), boot: boot(1), last: None })
        },
        &["-|7|51|the crash is not of an earlier boot"],
    );
    let lent = |log: &mut Vec<Entry>| {
        if let Fact::SecretLent(lent) = &mut log[2].fact {
            lent.permit = 4;
        }
    };
    renumbered(lent, &["-|2|51|the secret was lent for another permit"]);
}

#[test]
fn recordings_are_told_as_they_are() {
    renumbered(|log| drop(log.remove(6)), &["-|6|51|the session ended without its recording being sealed"]);
    renumbered(|log| log.insert(7, log[6].clone()), &[]);
    renumbered(|log| log.insert(7, log[5].clone()), &["-|7|51|the recording goes back"]);
    let whole = container(1, 3, Close::Open).marks[2].clone();
    renumbered(
        |log| log.insert(7, entry(7, Some(1), progress(1, &whole))),
        &["-|7|51|the recording had been sealed before"],
    );
    renumbered(|log| log.swap(3, 5), &["-|5|51|the recording goes back"]);
    renumbered(
        |log| log[3].fact = Fact::from(progress(2, &container(1, 3, Close::Open).marks[0])),
        &["-|3|51|the entry names another recording"],
    );
    let altered = |change: fn(&mut Fact)| {
        move |log: &mut Vec<Entry>| log.iter_mut().skip(3).take(5).for_each(|entry| change(&mut entry.fact))
    };
    let root = |fact: &mut Fact| {
        if let Fact::RecordingProgress(progress) = fact {
            progress.mark.root = [9; 32]
        }
    };
    renumbered(altered(root), &["ONE|3|51|after 1 chunks the root is not the one in the ledger"]);
    let seal = |fact: &mut Fact| {
        if let Fact::RecordingSealed(sealed) = fact {
            sealed.seal = [9; 32]
        }
    };
    renumbered(altered(seal), &["ONE|6|51|its seal is not the one in the log"]);
    let end = |fact: &mut Fact| {
        if let Fact::SessionEnded(ended) = fact {
            ended.ending = Ending::Cut
        }
    };
    renumbered(altered(end), &["-|7|51|the session's ending is not that of its recording"]);
    let end = |fact: &mut Fact| {
        if let Fact::SessionEnded(ended) = fact {
            ended.root = Some([9; 32])
        }
    };
    renumbered(altered(end), &["-|7|51|the recording's root is not that of its seal"]);
}

/// One thing that a gate writes.
type Step = Box<dyn Fn(&Evidence)>;

/// How a gate writes the honest log, the disk step by step: what lies there is what a verifier may meet.
/// Each step is a folder frozen, and every later step is what the same folder becomes.
fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let write = |path: String, bytes: Vec<u8>| -> Step {
        Box::new(move |evidence: &Evidence| evidence.write(&path, &bytes))
    };
    let partial = |n: u8, chunks: u8| container(n, chunks, Close::Open).bytes;
    let whole = |n: u8| container(n, 3, finished()).bytes;
    // Entries that a checkpoint covers, and what lay in the two recordings by then.
    for (size, one, two) in [
        (1, None, None),
        (2, Some(partial(1, 0)), None),
        (4, Some(partial(1, 2)), None),
        (5, Some(partial(1, 3)), Some(partial(2, 1))),
        (7, Some(whole(1)), Some(partial(2, 2))),
        (10, Some(whole(1)), Some(whole(2))),
        (12, Some(whole(1)), Some(whole(2))),
    ] {
        // The containers grow, then tiles come, then the checkpoint.
        steps.extend(one.map(|bytes| write(ONE.into(), bytes)));
        steps.extend(two.map(|bytes| write(TWO.into(), bytes)));
        steps.push(Box::new(move |evidence: &Evidence| evidence.tiles_of(size)));
        steps.push(Box::new(move |evidence: &Evidence| {
            evidence.write("checkpoint", &evidence.checkpoint_of(size));
        }));
    }
    steps
}

/// A folder at which the gate did so many of its steps.
fn after(steps: &[Step]) -> Evidence {
    let evidence = Evidence::begun(encoded(honest()));
    steps.iter().for_each(|step| step(&evidence));
    evidence
}

#[test]
fn a_folder_at_work_is_whole_at_every_moment() {
    let steps = steps();
    for done in 0..=steps.len() {
        let evidence = after(&steps[..done]);
        // The second look comes at least one checkpoint later.
        let report = crate::verify(&evidence.asked(), &mut Vec::new(), &|| {
            steps[done..].iter().take(4).for_each(|step| step(&evidence));
        });
        assert_eq!(problems(&report.unwrap()), [""; 0], "after {done} steps");
    }
}

#[test]
fn what_no_later_checkpoint_covers_is_a_fault_however_new_it_looks() {
    let steps = steps();
    let extra = "recordings/a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3.rec";
    for done in 0..=steps.len() {
        let evidence = after(&steps[..done]);
        evidence.write(extra, &container(3, 2, Close::Open).bytes);
        // Whatever lies beside it that no key signed: a tail that names it, tiles beyond the checkpoint.
        evidence.write("tail", b"PTRNTAIL");
        let found =
            |report: Report| problems(&report).contains(&format!("{extra}|-|-|no session explains it"));
        assert!(found(evidence.verify()), "at rest, after {done} steps");
        let report = crate::verify(&evidence.asked(), &mut Vec::new(), &|| {
            steps[done..].iter().for_each(|step| step(&evidence));
        });
        assert!(found(report.unwrap()), "at work, after {done} steps");
    }
}

#[test]
fn at_rest_a_folder_is_looked_at_twice_and_no_more() {
    let looks = |evidence: &Evidence| {
        let waits = std::cell::Cell::new(0);
        crate::verify(&evidence.asked(), &mut Vec::new(), &|| waits.set(waits.get() + 1)).unwrap();
        waits.get()
    };
    let evidence = Evidence::honest();
    assert_eq!(looks(&evidence), 0, "whole");
    evidence.remove(ONE);
    assert_eq!(looks(&evidence), 1, "faulty");
    evidence.flip("tile/0/000.p/12", 0);
    assert_eq!(looks(&evidence), 0, "no later checkpoint mends a tile");
}

#[test]
fn the_second_look_extends_the_first() {
    let steps = steps();
    let work = after(&steps[..3]);
    let mut other = honest();
    other[0].at = vocab::Timestamp::from_secs(1);
    let other = Evidence::new(encoded(other), &[]);
    work.write("recordings/strange", b"x");
    let report = crate::verify(&work.asked(), &mut Vec::new(), &|| {
        for path in ["checkpoint", "tile/0/000.p/12", "tile/entries/000.p/12"] {
            work.write(path, &other.read(path));
        }
    });
    let rewritten = "checkpoint|-|-|the first 1 entries are not those once signed".to_owned();
    assert!(problems(&report.unwrap()).contains(&rewritten));
}

/// Tiles that a gate wrote, and whose checkpoint is not there yet, begin where no verified tile is.
#[test]
fn tiles_beyond_the_checkpoint_wait_for_theirs() {
    let many = (0..300).map(|index| entry(index, None, started())).collect();
    let evidence = Evidence::begun(encoded(many));
    let checkpoint = |size| evidence.write("checkpoint", &evidence.checkpoint_of(size));
    evidence.tiles_of(256);
    checkpoint(256);
    evidence.tiles_of(300);
    let stranger = "tile/0/001.p/44|-|-|is no part of the log".to_owned();
    assert!(problems(&evidence.verify()).contains(&stranger));
    let report = crate::verify(&evidence.asked(), &mut Vec::new(), &|| checkpoint(300)).unwrap();
    assert_eq!(problems(&report), [""; 0]);
    // What a gate removes while it is read, because it filled up, is nobody's fault either.
    evidence.write("tile/0/001.p/43", &evidence.read("tile/0/001.p/44")[..43 * 32]);
    evidence.write("recordings/strange", b"x");
    let report = crate::verify(&evidence.asked(), &mut Vec::new(), &|| {
        evidence.remove("tile/0/001.p/43");
        evidence.remove("recordings/strange");
    });
    assert_eq!(problems(&report.unwrap()), [""; 0]);
}

#[test]
fn arguments_are_read_or_refused() {
    let asked_in = |line: &str, locale: &str| {
        let variable = |name: &str| (name == "LANG").then(|| locale.to_owned());
        crate::asked(lexopt::Parser::from_args(line.split_whitespace()), &variable)
    };
    let asked = |line: &str| asked_in(line, "");
    let lang = |line: &str, locale: &str| asked_in(line, locale).unwrap().unwrap().lang;
    assert_eq!(lang("log --key k", "en_GB.UTF-8"), Lang::En);
    assert_eq!(lang("log --key k --lang fr", "en_GB.UTF-8"), Lang::Fr);
    assert_eq!([lang("log --key k", "C.UTF-8"), lang("log --key k", "de_DE")], [Lang::Fr, Lang::Fr]);
    let full = asked("log --key k --since c --recordings r --tsa-ca t --json --lang en").unwrap().unwrap();
    assert_eq!((full.json, full.print, full.lang), (true, false, Lang::En));
    assert!(asked("--help").unwrap().is_none());
    for bad in [
        "",
        "log",
        "--key k",
        "log --key k --lang de",
        "log --key k more",
        "log --key k --json --print",
        "log --key k --force",
        "log --key k --state s",
        "log --key k --at 2026-03-14T22:10:00Z",
        "log --key k --state s --at yesterday",
        "log --key k --offset 1",
    ] {
        assert!(asked(bad).is_err(), "{bad}");
    }
}

#[test]
fn nothing_can_be_verified_without_folder_and_keys() {
    let evidence = Evidence::honest();
    let verify = |asked: crate::Asked| {
        crate::verify(&asked, &mut Vec::new(), &|| {}).map(|_| ()).unwrap_err().to_string()
    };
    let missing = evidence.folder.join("nothing");
    assert!(verify(crate::Asked { folder: missing.clone(), ..evidence.asked() }).contains("no folder"));
    assert!(verify(crate::Asked { key: missing, ..evidence.asked() }).contains("nothing"));
    evidence.write("keys", b"not a key");
    assert!(verify(evidence.asked()).contains("not a verifier key"));
}

#[test]
fn entries_are_printed_one_a_line() {
    let evidence = Evidence::honest();
    let mut out = Vec::new();
    crate::verify(&crate::Asked { print: true, ..evidence.asked() }, &mut out, &|| {}).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 12);
    assert!(text.starts_with("0 2026-11-24T00:00:00Z {\"at\":1795478400000000,"), "{text}");
    let mut out = Vec::new();
    crate::verify(&crate::Asked { print: true, offset: 3_600, ..evidence.asked() }, &mut out, &|| {})
        .unwrap();
    assert!(out.starts_with(b"0 2026-11-24T01:00:00+01:00 {"), "on the wall");
}

/// Each sentence of the table is used, and has both languages.
#[test]
fn the_table_of_sentences_is_whole() {
    let sources = [
        include_str!("story.rs"),
        include_str!("main.rs"),
        include_str!("report.rs"),
        include_str!("stamps.rs"),
        include_str!("folder.rs"),
        include_str!("purge.rs"),
        include_str!("state.rs"),
    ];
    for line in include_str!("texts.txt").lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split(" | ").collect();
        assert_eq!(cells.len(), 3, "{line}");
        let gaps = [cells[1], cells[2]].map(|cell| cell.matches("{}").count());
        let used = sources.iter().any(|source| source.contains(&format!("\"{}\"", cells[0])));
        let fault = cells[0] == "fault" && gaps[0] <= gaps[1];
        assert!(fault || used && gaps[0] == gaps[1], "{line}");
    }
}

/// What `ledger` and `recording` can say of evidence has its French.
#[test]
fn every_fault_is_translated() {
    use ledger::Error::*;
    let path = || "tile/0/000".to_owned();
    let of_logs = [
        NoteMalformed,
        Origin("a".into(), "b".into()),
        SignatureMissing(ledger::KeyKind::Ed25519),
        SignatureWrong(ledger::KeyKind::MlDsa44),
        Missing(path()),
        Unreadable(path(), "why".into()),
        TileLength(path()),
        Altered,
        Contradiction,
        Root(ledger::empty_root()),
        Shrunk(9, 8),
        Rewritten(7),
    ];
    use recording::Error as R;
    let of_recordings = [
        R::Header("its version is not known"),
        R::Chunk { number: 1, offset: 2, what: "it breaks off" },
        R::Seal { offset: 3, what: "it is too short" },
        R::NotAcknowledged { chunks: 4 },
        R::Missing { whole: 5, offset: 6, acknowledged: 7 },
        R::Read(std::io::Error::other("disk")),
    ];
    use stamp::Error as S;
    let of_stamps = [S::Malformed, S::Imprint, S::Signature, S::Certificate, S::Chain];
    let said = of_logs.iter().map(ToString::to_string).chain(of_recordings.iter().map(ToString::to_string));
    let said = said.chain(of_stamps.iter().map(ToString::to_string));
    for english in said {
        let text = crate::texts::translated(&english);
        assert!(text.en == english && text.fr != english && !text.fr.contains("{}"), "{text:?}");
    }
    assert_eq!(
        crate::texts::translated("the log once had 9 entries, and has 8 now").fr,
        "le journal avait 9 entrées et en a maintenant 8"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_flipped_bit_of_any_file_is_found(file in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
        let evidence = Evidence::honest();
        let files = evidence.files();
        let file = &files[file.index(files.len())];
        let bit = bit.index(evidence.read(file).len() * 8);
        evidence.flip(file, bit);
        let report = evidence.verify();
        prop_assert!(!report.is_whole(), "bit {bit} of {file}");
        prop_assert!(report.problems.iter().any(|(place, _)| place.file.as_ref() == Some(file)), "{file} is not named");
    }

    #[test]
    fn no_bytes_bring_the_verifier_down(which in 0..5_usize, bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let evidence = Evidence::honest();
        let file = &evidence.files()[which];
        evidence.write(file, &bytes);
        prop_assert!(!evidence.verify().is_whole());
    }
}

/// Somebody cuts the recording of a crashed session before the gate starts again: what was acknowledged before is
/// demanded all the same.
#[test]
fn a_recording_cut_before_the_restart_is_found() {
    let mut log = honest();
    log.truncate(9); // progress of session 2 acknowledged 3 chunks (index 8)
    let two = container(2, 1, Close::Crashed); // what is left: 1 chunk, torn; sealed by the next boot
    let last = two.marks.last().cloned();
    let crash = events::SessionCrashed { recording: recording(2), boot: boot(1), last };
    log.push(entry(0, None, started()));
    log.push(entry(1, Some(2), sealed(2, &two, Ending::Crash)));
    log.push(entry(2, Some(2), crash));
    log.iter_mut().skip(9).for_each(|entry| entry.boot = boot(2));
    let recordings = [(1, container(1, 3, finished())), (2, two)];
    let report = Evidence::new(encoded(log), &recordings).verify();
    assert_ne!(problems(&report), [""; 0], "3 chunks were acknowledged, 1 is there");
}
