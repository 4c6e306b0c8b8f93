//! What is looked for in a log: the bytes that are asked first let through what the decoded entry would.

use std::path::Path;

use domain::About;
use events::{Envelope, Value};
use gate::traces::Sought;
use vocab::Timestamp;

/// One entry of each event, as the vectors have it.
fn entries() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/events");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let bytes = [&[7; 16][..], text.trim_end_matches('\n').as_bytes()].concat();
            // Other vectors of that folder are no entries.
            if let Ok(entry) = Envelope::decode(&bytes) {
                found.push((entry.code, bytes));
            }
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

/// The names that stand in a value as texts of their own.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Text(text) => found.push(text.clone()),
        Value::List(all) => all.iter().for_each(|one| texts(one, found)),
        Value::Object(all) => all.values().for_each(|one| texts(one, found)),
        _ => {}
    }
}

#[test]
fn what_an_entry_names_finds_it_and_nothing_else_does() {
    for (code, bytes) in entries() {
        let entry = Envelope::decode(&bytes).unwrap();
        let fits = |sought: Sought| sought.fits(&bytes);
        let person = |name: &str| Sought::new().about(About::Person(name.parse().unwrap()));
        let mut named = Vec::new();
        texts(&entry.data, &mut named);
        for name in named.iter().filter(|name| name.parse::<vocab::PersonId>().is_ok()) {
            assert!(fits(person(name)), "{code}: {name}");
        }
        if let events::Actor::Person(by) = &entry.by {
            assert!(fits(person(by.as_str())), "{code}");
        }
        assert!(!fits(person("x.personne")), "{code}");
        // The beginning of a name is another name.
        assert!(!fits(person("a.marti")), "{code}");
        let session = |id: vocab::SessionId| fits(Sought::new().about(About::Session(id)));
        entry.session.into_iter().for_each(|id| assert!(session(id), "{code}"));
        assert!(!session("5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5f".parse().unwrap()), "{code}");
        let intervention = |id| fits(Sought::new().about(About::Intervention(id)));
        entry.intervention.clone().into_iter().for_each(|id| assert!(intervention(id), "{code}"));
        assert!(!intervention("i-999999".parse().unwrap()), "{code}");
    }
}

#[test]
fn equipment_is_found_in_its_member_alone() {
    let mut on_equipment = 0;
    for (code, bytes) in entries() {
        let entry = Envelope::decode(&bytes).unwrap();
        let Value::Object(data) = &entry.data else { continue };
        let mut named = Vec::new();
        data.get("equipment").into_iter().for_each(|value| texts(value, &mut named));
        for name in &named {
            on_equipment += 1;
            assert!(Sought::new().on(name.parse().unwrap()).fits(&bytes), "{code}: {name}");
        }
        let mut elsewhere = Vec::new();
        texts(&entry.data, &mut elsewhere);
        for name in elsewhere.iter().filter(|name| !named.contains(name)) {
            if let Ok(name) = name.parse() {
                assert!(!Sought::new().on(name).fits(&bytes), "{code}: {elsewhere:?}");
            }
        }
    }
    assert!(on_equipment > 10, "{on_equipment}");
}

#[test]
fn time_is_that_of_the_event_from_its_first_moment_to_before_its_last() {
    for (code, bytes) in entries() {
        let at = Envelope::decode(&bytes).unwrap().at;
        let later = Timestamp::from_micros(at.as_micros() + 1);
        let fits = |from, until| Sought::new().between(from, until).fits(&bytes);
        assert!(fits(Some(at), Some(later)), "{code}");
        assert!(!fits(Some(later), None) && !fits(None, Some(at)), "{code}");
    }
}

#[test]
fn what_is_no_entry_may_be_about_anything() {
    let nobody = || Sought::new().about(About::Person("x.personne".parse().unwrap()));
    for bytes in
        [&b""[..], b"short", &[0xff; 64], b"0123456789abcdef[]", b"0123456789abcdef{\"at\":\"x\",\"by\":1}"]
    {
        assert!(nobody().fits(bytes), "{bytes:?}");
    }
}
