//! The fuzz targets, in one program for libFuzzer: `FUZZ_TARGET` names the one that runs.
#![no_main]

/// The configuration of the program, which has no library.
#[expect(dead_code, reason = "what is read is not used")]
#[path = "../../crates/poterne/src/config.rs"]
mod config;
mod texts;

use std::sync::OnceLock;

use ledger::{KeyRing, SignedCheckpoint, VerifierKey};

type Target = fn(&[u8]);

/// Everything that reads bytes of others.
const TARGETS: [(&str, Target); 11] = [
    ("sftp", transfer::fuzz::fuzz_sftp),
    ("scp", transfer::fuzz::fuzz_scp),
    ("entry", entry),
    ("recording", recording_file),
    ("checkpoint", checkpoint),
    ("token", token),
    ("keys", keys),
    ("tile", tile),
    ("certificate", ssh_edge::fuzz::fuzz_certificate),
    ("site", site),
    ("config", configuration),
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    static CHOSEN: OnceLock<Target> = OnceLock::new();
    let target = CHOSEN.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
        TARGETS.iter().find(|(known, _)| *known == name).expect("FUZZ_TARGET is a known target").1
    });
    target(data);
});

/// What is read as an entry is written with the same bytes, and the verifier reads its envelope too.
fn entry(data: &[u8]) {
    if let Ok(read) = events::Entry::decode(data) {
        let random = data[..events::RANDOM_LEN].try_into().expect("it begins with random bytes");
        let again = read.encode(random, &|_| [0; 32]).expect("what was read can be written");
        assert_eq!(again, data, "one spelling");
        events::Envelope::decode(data).expect("an entry has an envelope");
    }
}

/// A container is verified without its key; what was read of it is never more than it holds.
fn recording_file(data: &[u8]) {
    if let Ok(verified) = recording::verify(data, &[]) {
        assert!(verified.mark.bytes <= data.len() as u64);
    }
}

/// No bytes that nobody signed are a checkpoint.
fn checkpoint(data: &[u8]) {
    static RING: OnceLock<KeyRing> = OnceLock::new();
    let ring = RING.get_or_init(|| {
        let key = VerifierKey::new("fictif.example/1", ledger::KeyKind::Ed25519, &[0x58; 32]).expect("a key");
        KeyRing::new(vec![key]).expect("a ring")
    });
    assert!(SignedCheckpoint::verify(data, ring).is_err());
}

/// No bytes that the authority of the vectors did not sign are a token of this, and what it signed says one moment.
fn token(data: &[u8]) {
    static AUTHORITIES: OnceLock<stamp::Authorities> = OnceLock::new();
    let authorities = AUTHORITIES.get_or_init(|| {
        let pem = include_bytes!("../../docs/formats/vectors/timestamp/ca.pem");
        stamp::Authorities::parse(pem).expect("certificates")
    });
    let of = include_bytes!("../../docs/formats/vectors/timestamp/checkpoint");
    if let Ok(stamp) = stamp::verify(data, of, authorities) {
        assert!(stamp.by.starts_with("CN=Horloge fictive ") && stamp.at > 0);
    }
    assert!(stamp::verify(data, b"other bytes", authorities).is_err());
    let question = stamp::Question::new(of, [1; 8], None).expect("a question");
    assert!(question.answered(data, authorities).is_err());
}

/// A key file that is read names one origin.
fn keys(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(ring) = KeyRing::parse(text)
    {
        assert!(ring.keys().iter().all(|key| key.name() == ring.origin()));
    }
}

/// Entries of a bundle, framed again, are the bundle.
fn tile(data: &[u8]) {
    let Some((count, framed)) = data.split_first() else { return };
    if let Some(entries) = ledger::decode_entries(framed, u64::from(*count)) {
        let mut again = Vec::new();
        entries.iter().for_each(|entry| ledger::encode_entry(entry, &mut again).expect("it was framed"));
        assert_eq!(again, framed);
    }
}

/// The description of a site is read the same each time, also as it is written again, or refused with places that are
/// in it.
fn site(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let outside = store::site::Outside { resolve: &|_| Err("no such host".to_owned()), dossier: &store::site::Outside::no_dossier };
    match store::site::Site::parse(text, &outside) {
        Ok(site) => {
            let same = |text: &str| store::site::Site::parse(text, &outside).is_ok_and(|again| again == site);
            assert!(same(text) && same(&site.text()));
        }
        Err(faults) => {
            assert!(!faults.is_empty() && faults.len() <= 200, "{} faults", faults.len());
            let lines = text.lines().count() + 1;
            assert!(faults.iter().all(|fault| (1..=lines).contains(&fault.line)), "{faults:?}");
        }
    }
}

/// A configuration that is read names where its gate listens, and folders that hang on its own.
fn configuration(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(read) = config::Config::parse(text, std::path::Path::new("/etc/poterne/poterne.toml"))
    {
        assert!(!read.gate.listen.is_empty());
        assert!(read.control_socket().is_absolute() && read.vault().is_absolute());
    }
}
