//! Timestamps in entries and files: whether they are of this log. That a token is an authority's is told by `stamp` and, end
//! to end, by openssl.

use events::{CheckpointTimestamped, GateStopped, SignedNote, Token};
use vocab::{Lang, Timestamp};

use super::evidence::*;
use super::problems;
use crate::report::Report;

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

/// The honest log in which an entry says that this checkpoint was stamped, and a file beside it says the same.
fn evidence(note: &[u8]) -> Evidence {
    let mut log = honest();
    log.pop();
    log.push(entry(11, None, said(note)));
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
