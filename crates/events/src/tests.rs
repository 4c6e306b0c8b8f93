//! The format's vectors, and what no bytes may do.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use vocab::Class;

use crate::samples::{all, entry};
use crate::*;

fn hash(bytes: &[u8]) -> [u8; 32] {
    // Not SHA-256, which the core of the format does not need: enough to tell that it was asked.
    [bytes.len() as u8; 32]
}

fn encode(fact: Fact) -> Vec<u8> {
    entry(fact).encode([7; 16], &hash).unwrap()
}

/// With `UPDATE_EXPECTED=1` in the environment the vectors are written anew, for a person to review.
#[expect(clippy::disallowed_methods, reason = "the vectors are files that this test can write")]
fn check(fact: Fact, vector: &str) {
    let bytes = encode(fact.clone());
    let text = std::str::from_utf8(&bytes[16..]).unwrap();
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        let file = format!("../../docs/formats/vectors/events/{}-{}.json", fact.number(), fact.code());
        std::fs::write(file, format!("{text}\n")).unwrap();
        return;
    }
    assert_eq!(text, vector.trim_end_matches('\n'), "{}", fact.code());
    assert_eq!(bytes[..16], [7; 16]);
    assert_eq!(Entry::decode(&bytes), Ok(entry(fact)));
}

#[test]
fn every_event_is_its_vector() {
    for (fact, vector) in all() {
        check(fact, vector);
    }
}

#[test]
fn the_largest_of_every_event_fits() {
    for (fact, _) in catalogue::samples(true) {
        let code = fact.code();
        let bytes = entry(fact).encode([7; 16], &hash).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert!(bytes.len() <= ENTRY_MAX, "{code}: {}", bytes.len());
    }
}

#[test]
fn what_is_longer_than_its_limit_is_cut_with_length_and_hash() {
    let command =
        |text: String| ChannelOpened { channel: 0, right: vocab::Right::Exec, command: Some(text.into()) };
    let back = |text: String| match Entry::decode(&encode(command(text).into())).unwrap().fact {
        Fact::ChannelOpened(opened) => opened.command.unwrap(),
        other => panic!("{}", other.code()),
    };
    assert_eq!(back("a".repeat(4096)), Text::Whole("a".repeat(4096)));
    assert_eq!(back("a".repeat(4097)), Text::Cut { start: "a".repeat(4096), bytes: 4097, sha256: [1; 32] });
    // Never inside a character: 3 bytes each, 1365 of them are 4095.
    assert_eq!(back("€".repeat(2000)), Text::Cut { start: "€".repeat(1365), bytes: 6000, sha256: [112; 32] });
}

#[test]
fn what_is_not_written_as_it_should_be_is_refused() {
    let mut checked = 0;
    for line in include_str!("../../../docs/formats/vectors/events/refused.txt").lines() {
        let Some((why, text)) = line.split_once('\t') else { continue };
        let refused = Entry::decode(&[[7; 16].as_slice(), text.as_bytes()].concat());
        assert_eq!(refused.expect_err(text).to_string(), why, "{text}");
        checked += 1;
    }
    assert!(checked > 20, "the vectors are not there");
    assert_eq!(Entry::decode(&[0; 15]), Err(Error::TooShort(15)));
    assert_eq!(Entry::decode(&[b' '; 65_536]), Err(Error::TooLong(65_536)));
    assert_eq!(Entry::decode(&[&[0; 16], b"{\"a\":\"\xff\"}".as_slice()].concat()), Err(Error::Utf8(6)));
}

#[test]
fn what_travels_is_of_its_class() {
    let (fact, _) = all().into_iter().find(|(fact, _)| fact.code() == "secret-lent").unwrap();
    let entry = entry(fact);
    let members = |class| match entry.redacted(class) {
        Value::Object(envelope) => match envelope.get("data") {
            Some(Value::Object(data)) => {
                (envelope.contains_key("by"), data.keys().cloned().collect::<Vec<_>>())
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(members(Class::Public), (false, vec!["equipment".to_owned(), "permit".to_owned()]));
    assert_eq!(
        members(Class::Sensitive),
        (true, vec!["equipment".to_owned(), "login".to_owned(), "permit".to_owned()])
    );
    assert_eq!(entry.fact.class_of("no such member"), Class::Secret);
}

#[test]
fn the_envelope_alone_is_enough_for_the_verifier() {
    let (fact, _) = all().into_iter().find(|(fact, _)| fact.code() == "recording-sealed").unwrap();
    let Fact::RecordingSealed(sealed) = fact.clone() else { panic!("another event") };
    let envelope = Envelope::decode(&encode(fact)).unwrap();
    assert_eq!(envelope.member("recording"), Ok(sealed.recording));
    assert_eq!(envelope.member("mark"), Ok(sealed.mark));
    assert_eq!(envelope.member("ending"), Ok(sealed.ending));
    let missing = envelope.member::<u64>("chunks").unwrap_err();
    assert_eq!(missing.to_string(), "member `data.chunks`: no integer");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Flag),
        (-INTEGER_MAX..=INTEGER_MAX).prop_map(Value::Integer),
        any::<String>().prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
            prop::collection::btree_map(any::<String>(), inner, 0..8).prop_map(Value::Object),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_is_read_as_it_was_written(value in value()) {
        prop_assert_eq!(value::parse(&value.to_string()), Ok(value));
    }

    #[test]
    fn a_text_that_is_read_is_the_only_spelling(text in "[\\[\\]{}\",:a0-9tfrue\\\\ -]{0,24}") {
        if let Ok(value) = value::parse(&text) {
            prop_assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Entry::decode(&bytes).is_err());
    }

    #[test]
    fn one_altered_byte_is_refused_or_says_something_else(
        which in 0..Fact::ALL.len(), place in any::<prop::sample::Index>(), new in any::<u8>(),
    ) {
        let bytes = encode(all().swap_remove(which).0);
        let mut altered = bytes.clone();
        let place = 16 + place.index(bytes.len() - 16);
        prop_assume!(altered[place] != new);
        altered[place] = new;
        if let Ok(entry) = Entry::decode(&altered) {
            let again = entry.encode([7; 16], &hash);
            prop_assert_eq!(again, Ok(altered));
        }
    }
}
