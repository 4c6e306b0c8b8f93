//! A message for every event of the catalogue, and what no message may be.

use proptest::prelude::*;

use super::*;
use crate::samples::{all, entry};

const ORIGIN: &str = "poterne.invalid/chu-fictif/porte-1";

fn wanted(class: Class) -> Wanted {
    Wanted { format: Format::Rfc5424, class, enterprise: ENTERPRISE_EXAMPLE, longest: MESSAGE_USUAL }
}

fn stand(index: u64) -> Stand<'static> {
    Stand { origin: ORIGIN, index, leaf: [0xab; 32] }
}

fn encoded(fact: Fact) -> Vec<u8> {
    entry(fact).encode([7; 16], &|bytes| [bytes.len() as u8; 32]).unwrap()
}

/// With `UPDATE_EXPECTED=1` in the environment the table is written anew, for a person to review.
#[expect(clippy::disallowed_methods, reason = "the table is a file that this test can write")]
fn check(name: &str, table: &str, line: impl Fn(&[u8], u64) -> Option<Vec<u8>>) {
    let mut said = String::new();
    for (fact, _) in all() {
        let (code, index) = (fact.code(), fact.number());
        let line = line(&encoded(fact), index)
            .map_or_else(|| "-".to_owned(), |line| String::from_utf8(line).unwrap());
        assert!(!line.contains('\n'), "{code}: {line}");
        said.push_str(&format!("{code}\t{line}\n"));
    }
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(format!("../../docs/formats/vectors/siem/{name}"), said).unwrap();
        return;
    }
    for (one, other) in said.lines().zip(table.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(
        said.lines().count(),
        table.lines().count(),
        "an event without its line, or a line without its event"
    );
}

/// The message of what every format has a word for.
fn said(bytes: &[u8], stand: Stand<'_>, wanted: &Wanted) -> Vec<u8> {
    message(bytes, stand, wanted).unwrap()
}

#[test]
fn every_event_is_its_message() {
    check(
        "rfc5424-public.txt",
        include_str!("../../../../docs/formats/vectors/siem/rfc5424-public.txt"),
        |bytes, index| message(bytes, stand(index), &wanted(Class::Public)),
    );
    check(
        "rfc5424-sensitive.txt",
        include_str!("../../../../docs/formats/vectors/siem/rfc5424-sensitive.txt"),
        |bytes, index| message(bytes, stand(index), &wanted(Class::Sensitive)),
    );
}

/// Whether they are XML and JSON is asked of real readers (`testsuite`, `siem`).
#[test]
fn every_event_is_its_message_in_the_words_of_others() {
    let as_format = |format| {
        move |bytes: &[u8], index| {
            message(bytes, stand(index), &Wanted { format, ..wanted(Class::Sensitive) })
        }
    };
    check(
        "atna.txt",
        include_str!("../../../../docs/formats/vectors/siem/atna.txt"),
        as_format(Format::Atna),
    );
    check(
        "ocsf.txt",
        include_str!("../../../../docs/formats/vectors/siem/ocsf.txt"),
        as_format(Format::Ocsf),
    );
}

#[test]
fn what_others_call_it_is_known_and_what_is_sensitive_stays() {
    for (fact, _) in all() {
        let code = fact.code();
        for dicom in fact.atna().into_iter().flat_map(|codes| [Some(codes.event), codes.kind]).flatten() {
            assert!(!atna::words(dicom).is_empty(), "{code}: {dicom}");
        }
        for format in [Format::Atna, Format::Ocsf] {
            let public = Wanted { format, ..wanted(Class::Public) };
            let Some(text) = message(&encoded(fact.clone()), stand(1), &public) else {
                assert_eq!((format, fact.atna()), (Format::Atna, None), "{code}");
                continue;
            };
            let text = String::from_utf8(text).unwrap();
            let person = atna::base64(b"a.martin");
            assert!(
                !text.contains("a.martin") && !text.contains(&person) && !text.contains("192.0.2."),
                "{code}: {text}"
            );
        }
    }
}

#[test]
fn bytes_are_written_as_rfc_4648_has_them() {
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(atna::base64(bytes.as_bytes()), text);
    }
    assert_eq!(atna::base64(&[0xfb, 0xff, 0xbf]), "+/+/");
}

/// The head of a message, its parameters, and what follows, as RFC 5424 section 6 has them.
fn parsed(message: &str) -> (u8, Vec<&str>, Vec<(String, String)>, &str) {
    let (priority, rest) = message.strip_prefix('<').unwrap().split_once('>').unwrap();
    let rest = rest.strip_prefix("1 ").unwrap();
    let mut words = rest.splitn(6, ' ');
    let head: Vec<&str> = words.by_ref().take(5).collect();
    let rest = words.next().unwrap();
    let mut params = Vec::new();
    let mut inside = rest.strip_prefix("[poterne@32473").unwrap();
    while let Some(one) = inside.strip_prefix(' ') {
        let (name, value) = one.split_once("=\"").unwrap();
        let mut end = 0;
        let bytes = value.as_bytes();
        while bytes.get(end) != Some(&b'"') {
            end += if bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
        }
        params.push((name.to_owned(), value.get(..end).unwrap().to_owned()));
        inside = value.get(end + 1..).unwrap();
    }
    (priority.parse().unwrap(), head, params, inside.strip_prefix("] ").unwrap())
}

#[test]
fn a_message_is_one_of_rfc_5424() {
    for (fact, _) in all() {
        let (code, outcome) = (fact.code(), fact.outcome());
        let text = said(&encoded(fact), stand(7), &wanted(Class::Sensitive));
        let (priority, head, params, json) = parsed(std::str::from_utf8(&text).unwrap());
        assert_eq!((priority / 8, priority % 8), (10, [5, 4, 3, 2][usize::from(outcome / 4)]), "{code}");
        assert!(
            head.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic())),
            "{code}: {head:?}"
        );
        assert_eq!((head[0], head[4]), ("2026-09-21T14:13:20.000000Z", code));
        assert!(head[1].len() <= 255 && head[3].len() <= 128 && head[4].len() <= 32, "{code}");
        let value = |name: &str| params.iter().find(|(found, _)| found == name).unwrap().1.clone();
        assert_eq!((value("origin").as_str(), value("index").as_str()), (ORIGIN, "7"));
        assert_eq!(value("leaf"), "ab".repeat(32));
        assert!(json.starts_with('{') && json.ends_with('}'), "{code}");
    }
}

#[test]
fn what_is_sensitive_stays_unless_it_is_wanted() {
    let refused = all().into_iter().find(|(fact, _)| fact.code() == "login-refused").unwrap().0;
    let text = |class| String::from_utf8(said(&encoded(refused.clone()), stand(1), &wanted(class))).unwrap();
    assert!(
        text(Class::Sensitive).contains("192.0.2.") && text(Class::Sensitive).contains("person:a.martin")
    );
    assert!(!text(Class::Public).contains("192.0.2.") && !text(Class::Public).contains("a.martin"));
    // Whoever asks for more is given no more: nothing in the catalogue is secret.
    assert_eq!(text(Class::Secret), text(Class::Sensitive));
}

#[test]
fn the_largest_of_every_event_fits_whatever_the_limit() {
    for (fact, _) in crate::catalogue::samples(true) {
        let code = fact.code();
        let bytes = encoded(fact);
        let whole = Wanted { longest: MESSAGE_MAX, ..wanted(Class::Sensitive) };
        assert!(
            !String::from_utf8(said(&bytes, stand(u64::MAX), &whole)).unwrap().contains("left_out"),
            "{code}"
        );
        for (format, longest) in [Format::Rfc5424, Format::Atna, Format::Ocsf]
            .into_iter()
            .flat_map(|format| [(format, MESSAGE_MIN), (format, MESSAGE_USUAL)])
        {
            let short = Wanted { format, longest, ..whole };
            let Some(text) = message(&bytes, stand(u64::MAX), &short) else { continue };
            assert!(text.len() <= longest, "{code}: {}", text.len());
        }
    }
}

#[test]
fn what_is_left_out_is_named() {
    let command = crate::ChannelOpened {
        channel: 3,
        right: vocab::Right::Exec,
        command: Some("x".repeat(4_000).into()),
    };
    let short = Wanted { longest: MESSAGE_MIN, ..wanted(Class::Sensitive) };
    let text = String::from_utf8(said(&encoded(command.into()), stand(1), &short)).unwrap();
    assert!(text.contains(r#""left_out":["command"]"#) && text.contains(r#""channel":3"#), "{text}");
}

#[test]
fn moments_that_no_calendar_has_are_not_written() {
    for (at, said) in [
        (Timestamp::from_micros(1_790_000_000_000_250), "2026-09-21T14:13:20.000250Z"),
        (Timestamp::from_micros(-1), "1969-12-31T23:59:59.999999Z"),
        (Timestamp::MIN, "-"),
        (Timestamp::MAX, "-"),
    ] {
        assert_eq!(moment(at), said);
    }
}

proptest! {
    /// Whatever stands in a log, there is a message of one line for it, and it says where the entry stands.
    #[test]
    fn no_bytes_are_passed_over(bytes in prop::collection::vec(any::<u8>(), 0..200), index: u64) {
        let text = String::from_utf8(said(&bytes, stand(index), &wanted(Class::Public))).unwrap();
        let place = format!("index=\"{index}\"");
        prop_assert!(text.contains(" unreadable [") && text.contains(&place));
        prop_assert!(!text.contains('\n') && text.len() <= MESSAGE_MIN);
    }

    /// What strangers write into words neither ends a message nor an element of it.
    #[test]
    fn words_of_others_stay_words(name in any::<String>()) {
        let fact = crate::LoginRefused { name: name.into(), why: "key".into(), key: None, from: std::net::Ipv4Addr::LOCALHOST.into() };
        let text = said(&encoded(fact.into()), stand(1), &wanted(Class::Sensitive));
        let text = std::str::from_utf8(&text).unwrap();
        prop_assert!(!text.chars().any(vocab::is_hidden));
        let (_, _, params, json) = parsed(text);
        prop_assert_eq!(params.len(), 6);
        let whole = json.starts_with("{\"at\":") && json.ends_with("\"v\":1}");
        prop_assert!(whole, "{}", json);
    }
}
