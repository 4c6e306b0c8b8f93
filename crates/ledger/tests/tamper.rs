//! What a dishonest or damaged store can do to a log, and that it is seen and named.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

mod common;

use common::{Memory, ORIGIN, entry, ring, signers};
use ledger::{
    CHECKPOINT_PATH, Checkpoint, Ed25519Signer, Error, Fault, Hash, KeyKind, KeyRing, MAX_FAULTS,
    MlDsa44Signer, Report, SignedCheckpoint, Signer, TileSource, VerifierKey, verify_log,
};
use proptest::prelude::*;

fn verify(log: &Memory) -> Report {
    verify_log(log, &ring(), None, &[], |_, _| {})
}

fn shown(report: &Report) -> Vec<String> {
    report.faults.iter().map(Fault::to_string).collect()
}

#[test]
fn every_single_bit_flip_is_found_and_its_file_is_named() {
    let log = Memory::log(7);
    assert_eq!(verify(&log).faults, []);
    let mut flips = 0;
    for (path, bytes) in &log.0 {
        for bit in 0..bytes.len() * 8 {
            let mut altered = log.clone();
            altered.0.get_mut(path).unwrap()[bit / 8] ^= 1 << (bit % 8);
            let report = verify(&altered);
            assert!(report.faults.iter().any(|fault| fault.path == *path), "bit {bit} of {path}: {report:?}");
            flips += 1;
        }
    }
    assert_eq!(flips, 8 * log.0.values().map(Vec::len).sum::<usize>());
}

#[test]
fn flips_above_level_0_are_named_with_their_index() {
    let log = Memory::log(600);
    for (path, at, said) in [
        ("tile/entries/001", 20, "`tile/entries/001`, index 256: altered: not what the signed root covers"),
        ("tile/0/001", 32, "`tile/0/001`, index 257: altered: not what the signed root covers"),
        ("tile/0/002.p/88", 64, "`tile/0/002.p/88`, index 514: altered: not what the signed root covers"),
        ("tile/1/000.p/2", 32, "`tile/1/000.p/2`, index 1: altered: not what the signed root covers"),
    ] {
        let mut altered = log.clone();
        altered.0.get_mut(path).unwrap()[at] ^= 1;
        assert_eq!(shown(&verify(&altered)), [said]);
    }
}

#[test]
fn every_missing_cut_or_lengthened_file_is_named() {
    let log = Memory::log(600);
    for path in log.0.keys() {
        let mut altered = log.clone();
        altered.0.remove(path);
        let report = verify(&altered);
        // A beginning that is gone may have been purged: that is for whoever knows what the entries say.
        if path == "tile/entries/000" {
            assert_eq!((shown(&report), report.gone), (Vec::new(), 256));
        } else {
            assert_eq!((shown(&report), report.gone), (vec![format!("`{path}`: `{path}` is missing")], 0));
        }
        for change in
            [|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1), |bytes: &mut Vec<u8>| bytes.push(b'\n')]
        {
            let mut altered = log.clone();
            change(altered.0.get_mut(path).unwrap());
            let faults = shown(&verify(&altered));
            assert!(faults.len() == 1 && faults[0].starts_with(&format!("`{path}`: ")), "{faults:?}");
        }
    }
}

#[test]
fn a_beginning_that_is_gone_is_told_with_its_roots_and_a_hole_is_a_fault() {
    for size in [512, 600, 1_100] {
        for gone in 0..=size / 256 {
            let mut log = Memory::log(size);
            (0..gone).for_each(|index| drop(log.0.remove(&format!("tile/entries/{index:03}")).unwrap()));
            let mut seen = Vec::new();
            let sizes: Vec<u64> = (1..=size / 256).map(|bundles| bundles * 256).collect();
            let report = verify_log(&log, &ring(), None, &sizes, |index, _| seen.push(index));
            assert_eq!((shown(&report), report.gone), (Vec::new(), gone * 256), "{gone} of {size}");
            assert_eq!(seen, (gone * 256..size).collect::<Vec<_>>());
            for size in sizes {
                assert_eq!(report.roots[&size], Memory::default().checkpoint(size).root, "at {size}");
            }
        }
    }
    let mut log = Memory::log(1_100);
    log.0.remove("tile/entries/000");
    log.0.remove("tile/entries/002");
    let report = verify(&log);
    assert_eq!(report.gone, 256);
    assert_eq!(shown(&report), ["`tile/entries/002`: `tile/entries/002` is missing"]);
    // With its hashes gone as well nothing gives the root.
    let mut log = Memory::log(600);
    log.0.remove("tile/entries/000");
    log.0.remove("tile/0/000");
    assert!(!verify(&log).faults.is_empty());
}

#[test]
fn a_partial_file_may_have_become_full() {
    let mut log = Memory::log(7);
    let larger = Memory::tiles(256);
    for name in ["tile/entries/000", "tile/0/000"] {
        log.0.remove(&format!("{name}.p/7"));
        log.0.insert(name.into(), larger.0[name].clone());
    }
    assert_eq!(verify(&log).faults, []);
}

#[test]
fn an_entry_rewritten_with_its_hash_is_named_as_a_contradiction_of_the_root() {
    // The whole log made anew with another entry, under the old checkpoint.
    let mut log = Memory::log(7);
    let (mut bundle, mut tile) = (Vec::new(), Vec::new());
    for index in 0..7 {
        let entry = if index == 4 { entry(40) } else { entry(index) };
        ledger::encode_entry(&entry, &mut bundle).unwrap();
        tile.extend(ledger::leaf_hash(&entry).0);
    }
    log.0.insert("tile/entries/000.p/7".into(), bundle);
    log.0.insert("tile/0/000.p/7".into(), tile);
    let faults = verify(&log).faults;
    assert!(matches!(faults.as_slice(), [Fault { what: Error::Root(_), .. }]), "{faults:?}");
}

#[test]
fn faults_are_limited() {
    let mut log = Memory::log(600);
    for name in ["tile/entries/000", "tile/entries/001"] {
        let other = log.0["tile/entries/002.p/88"][..41].to_vec();
        let bundle = log.0.get_mut(name).unwrap();
        // Each entry's last random byte: at 17 of each frame.
        let mut at = 0;
        while at < bundle.len() {
            bundle[at + 17] ^= other[17];
            at += 2 + usize::from(u16::from_be_bytes([bundle[at], bundle[at + 1]]));
        }
    }
    let report = verify(&log);
    assert!(report.stopped && report.faults.len() == MAX_FAULTS, "{}", report.faults.len());
}

#[test]
fn growth_against_an_older_checkpoint() {
    let check = |size: u64, older: Checkpoint, what: Option<Error>| {
        let report = verify_log(&Memory::log(size), &ring(), Some(&older), &[], |_, _| {});
        assert_eq!(
            report.faults.into_iter().map(|fault| fault.what).collect::<Vec<_>>(),
            Vec::from_iter(what)
        );
    };
    let older = |size| Memory::default().checkpoint(size);
    for size in [0, 1, 255, 256, 257, 300] {
        check(300, older(size), None);
    }
    check(300, older(301), Some(Error::Shrunk(301, 300)));
    check(300, Checkpoint { size: 256, ..older(255) }, Some(Error::Rewritten(256)));
    check(300, Checkpoint { root: Hash([0; 32]), ..older(300) }, Some(Error::Rewritten(300)));
    check(0, older(0), None);
}

fn note(log: &Memory) -> String {
    String::from_utf8(log.0[CHECKPOINT_PATH].clone()).unwrap()
}

#[test]
fn checkpoints_that_are_refused() {
    let signed = note(&Memory::log(7));
    let lines: Vec<&str> = signed.lines().collect();
    let check = |note: &str, ring: &KeyRing, error: Error| {
        assert_eq!(SignedCheckpoint::verify(note.as_bytes(), ring), Err(error), "{note}");
    };
    let ed25519 = format!("{}\n", lines[4]);
    let ml_dsa = format!("{}\n", lines[5]);
    check(&signed.replace(&ed25519, ""), &ring(), Error::SignatureMissing(KeyKind::Ed25519));
    check(&signed.replace(&ml_dsa, ""), &ring(), Error::SignatureMissing(KeyKind::MlDsa44));
    check(&signed.replace("\n7\n", "\n8\n"), &ring(), Error::SignatureWrong(KeyKind::Ed25519));
    // Of text, of size, of lines.
    let resigned = |text: &str| {
        let key = Ed25519Signer::from_seed(ORIGIN, &[1; 32]).unwrap();
        (text.to_owned(), KeyRing::new(vec![key.key().clone()]).unwrap())
    };
    for text in [
        signed.replace("\n7\n", "\n07\n"),
        signed.replace("\n7\n", "\n+7\n"),
        signed.replace("\n7\n", "\n18446744073709551616\n"),
        signed.replace("=\n\n", "=\nmore\n\n"),
        signed.replace("=\n\n", "=\n\n\n"),
        signed.replace("\n\n", "\n"),
        signed.replace('\n', "\r\n"),
        signed.trim_end().to_owned(),
        format!("{signed}\n"),
        format!("{signed}\u{2014} witness.example NotBase64\n"),
        format!("{signed}\u{2014} witness.example AAAA\n"),
        format!("{signed}{}", "\u{2014} witness.example AAAAAAAA\n".repeat(31)),
        format!("{}\n\n", lines[..3].join("\n")),
        "\n".into(),
        String::new(),
        format!("{}{}", " ".repeat(140_000), signed),
    ] {
        let (text, one) = resigned(&text);
        check(&text, &one, Error::NoteMalformed);
        check(&text, &ring(), Error::NoteMalformed);
    }
    // Witnesses may add theirs; one that bears the log's own name and id must verify.
    let witnessed = format!("{signed}{}", "\u{2014} witness.example AAAAAAAA\n".repeat(30));
    SignedCheckpoint::verify(witnessed.as_bytes(), &ring()).unwrap();
    let mut forged = lines[4].to_owned();
    let at = forged.len() - 20;
    let letter = if forged[at..].starts_with('A') { "B" } else { "A" };
    forged.replace_range(at..=at, letter);
    check(&format!("{signed}{forged}\n"), &ring(), Error::SignatureWrong(KeyKind::Ed25519));
}

#[test]
fn a_checkpoint_of_another_log_or_key_is_refused() {
    let other = "poterne.invalid/chu-exemple/porte-2";
    let sign = |name: &str, first: u8, second: u8| {
        let signers: Vec<Box<dyn Signer>> = vec![
            Box::new(Ed25519Signer::from_seed(name, &[first; 32]).unwrap()),
            Box::new(MlDsa44Signer::from_seed(name, &[second; 32]).unwrap()),
        ];
        let checkpoint = Checkpoint { origin: name.into(), ..Memory::default().checkpoint(7) };
        checkpoint.sign(&signers, 1).unwrap()
    };
    let check = |note: &[u8], error: Error| assert_eq!(SignedCheckpoint::verify(note, &ring()), Err(error));
    check(&sign(other, 1, 2), Error::Origin(other.into(), ORIGIN.into()));
    check(&sign(ORIGIN, 3, 2), Error::SignatureMissing(KeyKind::Ed25519));
    check(&sign(ORIGIN, 1, 3), Error::SignatureMissing(KeyKind::MlDsa44));
    // Signers of two logs, twice the same, none, or one that signs with another key than it says.
    let seven = Memory::default().checkpoint(7);
    let boxed = |name, seed: u8| -> Box<dyn Signer> {
        Box::new(Ed25519Signer::from_seed(name, &[seed; 32]).unwrap())
    };
    let two = seven.sign(&[boxed(ORIGIN, 1), boxed(other, 1)], 1);
    assert_eq!(two, Err(Error::KeysOfTwoLogs(ORIGIN.into(), other.into())));
    assert_eq!(seven.sign(&[boxed(ORIGIN, 1), boxed(ORIGIN, 1)], 1), Err(Error::KeyCount));
    assert_eq!(seven.sign(&[], 1), Err(Error::KeyCount));
    let liar: Box<dyn Signer> = Box::new(Liar(MlDsa44Signer::from_seed(ORIGIN, &[2; 32]).unwrap()));
    assert_eq!(seven.sign(&[liar], 1), Err(Error::SignatureWrong(KeyKind::MlDsa44)));
    assert_eq!(seven.sign(&signers(), u64::MAX), Err(Error::NoteMalformed), "a time beyond 2^63 - 1");
}

struct Liar(MlDsa44Signer);

impl Signer for Liar {
    fn key(&self) -> &VerifierKey {
        self.0.key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        MlDsa44Signer::from_seed(ORIGIN, &[3; 32]).map_err(|error| error.to_string())?.sign(message)
    }
}

#[test]
fn key_files_that_are_refused() {
    let lines: Vec<String> = ring().keys().iter().map(VerifierKey::to_string).collect();
    let check = |text: &str, error: Error| assert_eq!(KeyRing::parse(text), Err(error), "{text}");
    check("", Error::KeyCount);
    check("# nothing\n\n", Error::KeyCount);
    check(&format!("{}\n{}\n", lines[0], lines[0]), Error::KeyCount);
    check(&lines[0].replace("+5a", "+5b"), Error::KeyMalformed);
    check(&lines[0].replace("+5a", "+5A"), Error::KeyMalformed);
    check(&lines[0].replace("porte-1", "porte-2"), Error::KeyMalformed);
    check(
        &lines[0].replace("porte-1", "porte 1"),
        Error::KeyName(lines[0].split('+').next().unwrap().replace("-1", " 1")),
    );
    check(&format!("{} ", lines[0]), Error::KeyMalformed);
    check("a+00000000+Ag==", Error::KeyMalformed);
    check("a+b", Error::KeyMalformed);
    assert_eq!(KeyRing::parse(&format!("# both\n\n{}\r\n{}", lines[0], lines[1])), Ok(ring()));
    let many: Vec<VerifierKey> =
        (0..17).map(|seed| Ed25519Signer::from_seed(ORIGIN, &[seed; 32]).unwrap().key().clone()).collect();
    assert_eq!(KeyRing::new(many), Err(Error::KeyCount));
    assert!(VerifierKey::new(&"a".repeat(256), KeyKind::Ed25519, &[0; 32]).is_err());
    assert!(VerifierKey::new("a", KeyKind::Ed25519, &[0; 31]).is_err());
}

#[test]
fn entries_have_bounds() {
    let mut bundle = Vec::new();
    for length in [0, 15, 65_536] {
        assert_eq!(ledger::encode_entry(&vec![0; length], &mut bundle), Err(Error::EntryLength(length)));
    }
    assert!(bundle.is_empty(), "a refused entry leaves no trace");
    for length in [16, 65_535] {
        ledger::encode_entry(&vec![0; length], &mut bundle).unwrap();
    }
    let decoded = ledger::decode_entries(&bundle, 2).unwrap();
    assert_eq!(decoded.iter().map(Vec::len).collect::<Vec<_>>(), [16, 65_535]);
    for count in [0, 1, 3] {
        assert_eq!(ledger::decode_entries(&bundle, count), None);
    }
    for length in 0..bundle.len() {
        assert_eq!(ledger::decode_entries(&bundle[..length], 2), None);
    }
}

#[test]
fn what_cannot_be_read_is_said_in_the_words_of_the_source() {
    struct Broken;
    impl TileSource for Broken {
        fn read(&self, _: &str) -> Result<Option<Vec<u8>>, String> {
            Err("input/output error".into())
        }
    }
    let report = verify_log(&Broken, &ring(), None, &[], |_, _| {});
    assert_eq!(shown(&report), ["`checkpoint`: `checkpoint` cannot be read: input/output error"]);
}

#[test]
fn a_checkpoint_that_promises_more_than_there_is_costs_little() {
    for size in [1 << 40, u64::MAX] {
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root: Hash([0; 32]) };
        let mut log = Memory::default();
        log.0.insert(CHECKPOINT_PATH.into(), checkpoint.sign(&signers(), 1).unwrap());
        let report = verify(&log);
        assert!(report.stopped && report.faults.len() <= MAX_FAULTS + 2, "{}", report.faults.len());
        let first = shown(&report).swap_remove(0);
        assert_eq!(first, "`tile/0/000`: `tile/0/000` is missing");
    }
}

#[test]
fn a_checkpoint_cut_at_any_byte_is_refused() {
    let note = Memory::log(7).0[CHECKPOINT_PATH].clone();
    for length in 0..note.len() {
        assert!(SignedCheckpoint::verify(&note[..length], &ring()).is_err(), "{length} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_read_is_too_strange(bytes: Vec<u8>, text: String, at: prop::sample::Index, count in 0..300_u64) {
        prop_assert!(SignedCheckpoint::verify(&bytes, &ring()).is_err());
        prop_assert!(KeyRing::parse(&text).is_err());
        let _ = ledger::decode_entries(&bytes, count);
        // Strange bytes in each place of a sound log.
        let sound = Memory::log(3);
        for path in sound.0.keys() {
            let mut log = sound.clone();
            let file = log.0.get_mut(path).unwrap();
            let at = at.index(file.len());
            let end = file.len().min(at + bytes.len());
            file.splice(at..end, bytes.iter().copied());
            prop_assert_eq!(verify(&log).faults.is_empty(), log.0[path] == sound.0[path]);
        }
    }
}

/// Found by fuzzing: an entry that no log takes was read from a bundle all the same.
#[test]
fn a_bundle_with_an_entry_too_short_is_none() {
    for length in [0_u8, 15] {
        let bundle = [vec![0, length], vec![7; usize::from(length)]].concat();
        assert_eq!(ledger::decode_entries(&bundle, 1), None);
    }
    assert!(ledger::decode_entries(&[vec![0, 16], vec![7; 16]].concat(), 1).is_some());
}
