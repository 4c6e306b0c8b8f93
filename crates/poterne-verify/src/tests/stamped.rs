//! Timestamps in entries and files: whether they are of this log. That a token is an authority's is told by `stamp` and, end
//! to end, by openssl.

use events::{CheckpointTimestamped, Envelope, GateStopped, SignedNote, Token};
use ledger::{Checkpoint, KeyRing, SignedCheckpoint};
use vocab::{Lang, Timestamp};

use super::evidence::*;
use super::problems;
use crate::report::Report;
use crate::stamps;
use crate::story::Line;

/// What an authority of nowhere says of this checkpoint.
fn said(note: &[u8]) -> CheckpointTimestamped {
    CheckpointTimestamped {
        authority: "tsa-1".into(),
        qualified: false,
        policy: "1.2.3".into(),
        by: "CN=Horloge fictive".into(),
        time: Timestamp::from_secs(1_795_478_500),
        size: 7,
        root: [0; 32],
        note: SignedNote::new(note.to_vec()).unwrap(),
        token: Token::new(b"no token".to_vec()).unwrap(),
    }
}

/// What the log's keys say of this note.
fn checkpoint(note: &[u8]) -> Option<Checkpoint> {
    let keys = String::from_utf8(Evidence::honest().read("keys")).unwrap();
    let signed = SignedCheckpoint::verify(note, &KeyRing::parse(&keys).unwrap());
    signed.ok().map(|signed| signed.checkpoint().clone())
}

/// The honest log in which an entry says that this checkpoint was stamped, and a file beside it says the same.
fn evidence(note: &[u8]) -> Evidence {
    let mut said = said(note);
    if let Some(of) = checkpoint(note) {
        (said.size, said.root) = (of.size, of.root.0);
    }
    telling(note, said)
}

/// The same, with an entry of one's own.
fn telling(note: &[u8], said: CheckpointTimestamped) -> Evidence {
    let mut log = honest();
    log.pop();
    log.push(entry(11, None, said));
    log.push(entry(12, None, GateStopped { reason: "asked".into() }));
    let recordings = [(1, container(1, 3, finished())), (2, container(2, 3, finished()))];
    let evidence = Evidence::new(encoded(log), &recordings);
    evidence.write("timestamps/7.checkpoint", note);
    evidence.write("timestamps/7.tsr", b"no token");
    evidence
}

fn report(evidence: &Evidence, ca: Option<&str>) -> Report {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/vectors/timestamp/");
    let authority = ca.map(|name| format!("{vectors}{name}").into());
    crate::verify(&crate::Asked { authority, ..evidence.asked() }, &mut Vec::new(), &|| {}).unwrap()
}

#[test]
fn a_timestamp_that_nobody_asked_about_is_said_to_be_unverified() {
    let evidence = evidence(&Evidence::honest().checkpoint_of(7));
    let whole = report(&evidence, None);
    assert_eq!(problems(&whole), [""; 0]);
    // The file and its entry are one.
    assert_eq!((whole.stamps.verified, whole.stamps.unverified), (0, 1));
    assert!(whole.summary(Lang::En).contains("1 timestamps are there and were not verified"));
    assert!(whole.json().contains("\"timestamps_unverified\":1"), "{}", whole.json());
    let malformed = "not a timestamp token that can be read";
    let found = problems(&report(&evidence, Some("ca.pem")));
    assert_eq!(found, [format!("timestamps/7.tsr|-|-|{malformed}"), format!("-|11|-|{malformed}")]);
    // Somebody else's token beside it.
    let token = include_bytes!("../../../../docs/formats/vectors/timestamp/rsa2048-sha256.tsr");
    evidence.write("timestamps/7.tsr", token);
    let found = problems(&report(&evidence, Some("ca.pem")));
    assert_eq!(found[0], "timestamps/7.tsr|-|-|the timestamp is of something else");
    evidence.remove("timestamps/7.checkpoint");
    let found = problems(&report(&evidence, None));
    assert_eq!(found, ["timestamps/7.tsr|-|-|not a checkpoint of three lines with its signature lines"]);
}

#[test]
fn what_is_of_another_history_is_no_timestamp_of_this_log() {
    let mut other = honest();
    other[2].at = Timestamp::from_secs(1);
    let other = Evidence::new(encoded(other), &[]);
    let of = "the timestamp is of another state than that of this log at";
    for (note, size) in [(other.checkpoint_of(7), 7), (other.checkpoint_of(12), 12)] {
        let found = problems(&report(&evidence(&note), None));
        let both =
            [format!("timestamps/7.tsr|-|-|{of} {size} entries"), format!("-|11|-|{of} {size} entries")];
        assert_eq!(found, both);
    }
    // Larger than the log is now: it was cut.
    let mut more = honest();
    more.extend((12..40).map(|index| entry(index, None, started())));
    let larger = Evidence::new(encoded(more), &[]).checkpoint_of(40);
    assert!(problems(&report(&evidence(&larger), None)).iter().all(|said| said.contains("at 40 entries")));
    let altered = {
        let mut note = Evidence::honest().checkpoint_of(7);
        note[200] ^= 1;
        note
    };
    let found = problems(&report(&evidence(&altered), None));
    assert!(found.len() == 2 && found[1].starts_with("-|11|-|"), "{found:?}");
}

/// The key of the log signs what it likes: an entry that says another size or root than the note in it is found out.
#[test]
fn an_entry_that_says_another_state_than_its_checkpoint_is_seen() {
    let note = Evidence::honest().checkpoint_of(7);
    let root = checkpoint(&note).unwrap().root.0;
    let found = |size, root| {
        problems(&report(&telling(&note, CheckpointTimestamped { size, root, ..said(&note) }), None))
    };
    assert_eq!(found(7, root), [""; 0]);
    let other = "-|11|-|the entry says another size or root than the checkpoint in it";
    assert_eq!(found(8, root), [other]);
    assert_eq!(found(7, [0; 32]), [other]);
}

/// Nor does it say another moment, signer or policy than a token that was verified.
#[test]
fn an_entry_that_says_another_word_than_its_token_is_seen() {
    let token = include_bytes!("../../../../docs/formats/vectors/timestamp/rsa2048-sha256.tsr");
    let stamped = include_bytes!("../../../../docs/formats/vectors/timestamp/checkpoint");
    let authority = include_bytes!("../../../../docs/formats/vectors/timestamp/ca.pem");
    let stamp = stamp::verify(token, stamped, &stamp::Authorities::parse(authority).unwrap()).unwrap();
    let note = Evidence::honest().checkpoint_of(7);
    let of = checkpoint(&note).unwrap();
    let honest = CheckpointTimestamped {
        policy: stamp.policy.as_str().into(),
        by: stamp.by.as_str().into(),
        time: Timestamp::from_micros(stamp.at),
        size: 7,
        root: of.root.0,
        ..said(&note)
    };
    let agrees = |said: &CheckpointTimestamped| {
        let bytes = entry(11, None, said.clone()).encode([0; 16], &|_| [0; 32]).unwrap();
        let entry = Envelope::decode(&bytes).unwrap();
        let agrees = stamps::agrees(&Line { index: 11, entry: &entry }, &of, Some(stamp.clone()));
        agrees.map_err(|what| what.in_lang(Lang::En).to_owned())
    };
    assert_eq!(agrees(&honest), Ok(()));
    let other = Err("the entry says another moment, signer or policy than the timestamp in it".to_owned());
    let later = Timestamp::from_micros(stamp.at + 1);
    assert_eq!(agrees(&CheckpointTimestamped { time: later, ..honest.clone() }), other);
    assert_eq!(agrees(&CheckpointTimestamped { by: "CN=Une autre".into(), ..honest.clone() }), other);
    assert_eq!(agrees(&CheckpointTimestamped { policy: "1.2.3".into(), ..honest.clone() }), other);
    let cut = agrees(&CheckpointTimestamped { by: "x".repeat(1_025).into(), ..honest });
    assert!(cut.unwrap_err().contains("`data.by`"));
}

/// Authorities that are none verify nothing.
#[test]
fn a_file_that_names_no_authority_is_refused() {
    let evidence = Evidence::honest();
    for (name, why) in [("README.md", "not a file of 1 to 64 certificates"), ("none.pem", "is not there")] {
        let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/vectors/timestamp/");
        let asked = crate::Asked { authority: Some(format!("{vectors}{name}").into()), ..evidence.asked() };
        let refused = crate::verify(&asked, &mut Vec::new(), &|| {}).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
}
