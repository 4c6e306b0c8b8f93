//! A log whose beginning was purged: what is gone is believed only as far as its certificate says, and could say.

use events::{EntriesPurged, HoldPlaced, HoldReleased};

use super::*;

/// Evidence of this log, whose first bundle and first two recordings are gone.
fn folder(log: Vec<Entry>) -> Evidence {
    let evidence = Evidence::new(encoded(log), &[(3, container(3, 3, finished()))]);
    evidence.remove("tile/entries/000");
    evidence
}

/// The purged log, edited, by a gate that signs whatever it is told.
fn edited(edit: impl FnOnce(&mut Vec<Entry>), expected: &[&str]) {
    let mut log = purged();
    edit(&mut log);
    assert_eq!(problems(&folder(log).verify()), expected);
}

/// The same, with another certificate.
fn certified(edit: impl FnOnce(&mut EntriesPurged), expected: &[&str]) {
    edited(
        |log| {
            let Fact::EntriesPurged(one) = &mut log[264].fact else { panic!("the certificate") };
            edit(one);
        },
        expected,
    );
}

fn hold(about: &str, name: Option<&str>, first: u64) -> HoldPlaced {
    let name = name.map(Into::into);
    HoldPlaced { hold: "h-1".into(), about: about.into(), name, reason: "plainte".into(), first }
}

#[test]
fn a_purge_under_its_certificate_is_whole_and_told() {
    let report = folder(purged()).verify();
    assert_eq!(problems(&report), [""; 0]);
    assert!(report.is_whole());
    let (fr, en) = (report.summary(Lang::Fr), report.summary(Lang::En));
    assert!(
        fr.contains("entrées 0 à 255 supprimées le 2027-06-12T00:04:24Z, sous le certificat de l'entrée 264"),
        "{fr}"
    );
    assert!(en.contains("3 sessions opened and 2 ended in them"), "{en}");
    assert!(en.contains("2 recordings purged, each named; shortest term 180 days"), "{en}");
    assert!(report.json().contains("\"until\":256"), "{}", report.json());
}

#[test]
fn a_purge_that_is_certified_and_not_done_is_whole() {
    let all = || [1, 2, 3].map(|n| (n, container(n, 3, finished())));
    assert_eq!(problems(&Evidence::new(encoded(purged()), &all()).verify()), [""; 0]);
    // Some recordings went, and no entry yet.
    let some = || [2, 3].map(|n| (n, container(n, 3, finished())));
    assert_eq!(problems(&Evidence::new(encoded(purged()), &some()).verify()), [""; 0]);
}

#[test]
fn what_is_gone_without_a_certificate_is_named() {
    let uncertified = |log: &mut Vec<Entry>| log[264].fact = started().into();
    let mut log = purged();
    uncertified(&mut log);
    let found = problems(&folder(log).verify());
    assert!(
        found[0].starts_with("tile/entries/000|0|-|entries 0 to 255 are missing, and no certificate"),
        "{found:?}"
    );
    // Beyond the certificate.
    let mut log = purged();
    log.extend((266..600).map(|index| later(index, None, started())));
    let evidence = folder(log);
    assert_eq!(problems(&evidence.verify()), [""; 0]);
    evidence.remove("tile/entries/001");
    let found = problems(&evidence.verify());
    assert!(found.iter().any(|line| line.contains("are missing, and no certificate says so")), "{found:?}");
    // In the middle.
    let mut log = purged();
    log.extend((266..800).map(|index| later(index, None, started())));
    let evidence = folder(log);
    evidence.remove("tile/entries/002");
    let found = problems(&evidence.verify());
    assert_eq!(found[0], "tile/entries/002|-|-|`tile/entries/002` is missing");
}

#[test]
fn a_recording_that_went_without_a_word_is_named() {
    let evidence = folder(purged());
    evidence.remove("recordings/a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3.rec");
    let three = "recordings/a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3.rec|250|53|the recording is missing";
    assert_eq!(problems(&evidence.verify()), [three]);
    // One that stayed, of a session that nothing tells any more.
    let evidence = folder(purged());
    evidence.write("recordings/a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1.rec", &container(1, 3, finished()).bytes);
    assert_eq!(problems(&evidence.verify()), ["ONE|-|-|no session explains it"]);
}

#[test]
fn a_certificate_over_what_is_needed_is_named() {
    // The third session is still open when it is written.
    let still_open = |log: &mut Vec<Entry>| {
        let (sealed, ended) = (log[259].fact.clone(), log[260].fact.clone());
        (log[259].fact, log[259].session) = (started().into(), None);
        (log[260].fact, log[260].session) = (started().into(), None);
        log.extend([later(266, Some(3), sealed), later(267, Some(3), ended)]);
    };
    edited(still_open, &["-|264|-|purged while a session had not ended"]);
    let early = "-|264|-|purged before its term was over";
    certified(|one| one.newest = vocab::Timestamp::from_secs(1_812_700_000), &[early]);
    certified(|one| one.days = 201, &[early]);
    let term =
        "-|264|-|the term is under six months, or above a year without a written reason or above three years";
    certified(|one| one.days = 182, &[term]);
    certified(|one| one.days = 400, &[term]);
    let range = "-|264|-|the certificate does not follow what was purged before, or not by whole bundles";
    certified(|one| one.from = 3, &[range]);
}

#[test]
fn a_forged_certificate_is_found() {
    certified(
        |one| one.root = [7; 32],
        &["-|264|-|the certificate says another root than that of the purged entries"],
    );
    certified(
        |one| one.open.clear(),
        &[
            "-|259|53|the session was never opened",
            "-|260|53|the session was never opened",
            "recordings/a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3.rec|-|-|no session explains it",
        ],
    );
    certified(
        |one| one.counts.clear(),
        &["-|256|-|numbers 1 to 256 of source `gate` are missing, boot b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"],
    );
    certified(|one| one.holds = 1, &["-|264|-|the certificate does not count the holds that were in force"]);
    // The clock was ahead: what comes after it is of an earlier time.
    let ahead = |log: &mut Vec<Entry>| log[265].recorded_at = vocab::Timestamp::from_secs(1_795_500_000);
    edited(
        ahead,
        &[
            "-|265|-|what was purged on 2027-06-12T00:04:24Z was purged by a clock that was ahead: later entries are of \
           an earlier time",
        ],
    );
}

#[test]
fn a_certificate_that_makes_entries_older_than_they_are_is_found_by_whoever_kept_a_checkpoint() {
    // Signed at 1,795,480,000: the entries from 100 on are younger than that.
    let since = |log: Vec<Entry>| {
        let evidence = folder(log);
        evidence.write("older", &evidence.checkpoint_of(100));
        let asked = crate::Asked { since: Some(evidence.folder.join("older")), ..evidence.asked() };
        problems(&crate::verify(&asked, &mut Vec::new(), &|| {}).unwrap())
    };
    let younger = "-|264|-|the certificate says that the entries are older than the checkpoint that was kept, which has them not";
    assert_eq!(since(purged()), [younger]);
    let mut log = purged();
    let Fact::EntriesPurged(one) = &mut log[264].fact else { panic!("the certificate") };
    one.newest = vocab::Timestamp::from_secs(1_795_480_001);
    assert_eq!(since(log), [""; 0]);
}

#[test]
fn a_purge_in_spite_of_a_hold_is_found() {
    let placed = |hold: HoldPlaced| move |log: &mut Vec<Entry>| log[261] = later(261, None, hold);
    let held = "-|264|-|purged in spite of the hold h-1";
    edited(placed(hold("intervention", Some("i-1"), 4)), &[held]);
    // Of another part of the log: it is to be counted.
    edited(
        placed(hold("intervention", Some("i-1"), 256)),
        &["-|264|-|the certificate does not count the holds that were in force"],
    );
    let mut log = purged();
    log.truncate(264);
    log.splice(261..262, [later(261, None, hold("session", Some(&session(2).to_string()), 4))]);
    let evidence = Evidence::new(encoded(log), &[(3, container(3, 3, finished()))]);
    assert_eq!(problems(&evidence.verify()), ["-|263|52|purged in spite of the hold h-1"]);
    // Released before, it keeps nothing.
    let released = |log: &mut Vec<Entry>| {
        log[258] = entry(258, None, hold("all", None, 0));
        log[261] = later(261, None, HoldReleased { hold: "h-1".into(), reason: "classé".into() });
    };
    edited(released, &[]);
}

#[test]
fn a_recording_that_was_picked_out_is_found() {
    let mut log = purged();
    log.truncate(264);
    // The first one stays, the second is gone.
    (log[262].fact, log[262].session) = (started().into(), None);
    let there = || [(1, container(1, 3, finished())), (3, container(3, 3, finished()))];
    let picked = "ONE|1|51|older than others that were purged, and under no hold: those were picked out";
    assert_eq!(problems(&Evidence::new(encoded(log.clone()), &there()).verify()), [picked]);
    log[261] = later(261, None, hold("session", Some(&session(1).to_string()), 1));
    assert_eq!(problems(&Evidence::new(encoded(log), &there()).verify()), [""; 0]);
    // Another end, another content, a term that is none.
    let other = |edit: fn(&mut events::RecordingPurged), expected: &str| {
        let mut log = purged();
        log.truncate(264);
        let Fact::RecordingPurged(one) = &mut log[262].fact else { panic!() };
        edit(one);
        let evidence = Evidence::new(encoded(log), &[(3, container(3, 3, finished()))]);
        assert_eq!(problems(&evidence.verify()), [format!("-|262|51|{expected}")]);
    };
    other(|one| one.root = [1; 32], "it is not the recording of this session, or not its end");
    other(
        |one| one.ended = vocab::Timestamp::from_secs(1),
        "it is not the recording of this session, or not its end",
    );
    other(|one| one.days = 29, "purged before its term was over");
    other(|one| one.days = 201, "purged before its term was over");
}
