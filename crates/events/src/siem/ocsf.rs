//! The message as an event of OCSF (the Open Cybersecurity Schema Framework).

use vocab::{Class, Timestamp};

use super::atna::{text, user};
use super::{Stand, json};
use crate::Entry;
use crate::value::{INTEGER_MAX, Object, Value};

/// The version of the schema whose classes `tables/outputs.txt` names.
const SCHEMA: &str = "1.5.0";
/// The activity of an event that is none of its class's own: its name says which.
const OTHER: u32 = 99;

/// One line of JSON. `event` is what of the entry may travel; it stands whole in `unmapped`.
pub(super) fn line(entry: &Entry, event: &Value, stand: Stand<'_>, class: Class) -> String {
    let codes = entry.fact.ocsf();
    // What has no class is of the base event.
    let uid = codes.map_or(0, |codes| codes.class);
    let code = entry.fact.code();
    let mut members = vec![
        ("activity_id", number(OTHER)),
        ("activity_name", words(code)),
        ("category_uid", number(uid / 1_000)),
        ("class_uid", number(uid)),
        ("device", object(vec![("hostname", words(entry.gate.as_str())), ("type_id", number(0))])),
        ("message", words(code)),
        ("metadata", metadata(entry, stand)),
        ("severity_id", number(severity(entry.fact.outcome()))),
        ("status_id", number(if entry.fact.outcome() == 0 { 1 } else { 2 })),
        ("time", millis(entry.at)),
        ("type_uid", number(uid * 100 + OTHER)),
        ("unmapped", event.clone()),
    ];
    if class >= Class::Sensitive {
        if let Some((name, _)) = user(entry, event) {
            members.push(("actor", object(vec![("user", object(vec![("name", words(&name))]))])));
        }
        if let Some(from) = text(event, "from") {
            members.push(("src_endpoint", object(vec![("ip", words(from))])));
        }
    }
    json(&object(members))
}

fn metadata(entry: &Entry, stand: Stand<'_>) -> Value {
    object(vec![
        ("event_code", words(entry.fact.code())),
        ("logged_time", millis(entry.recorded_at)),
        ("product", object(vec![("name", words("Poterne")), ("vendor_name", words("Poterne"))])),
        ("uid", words(&format!("{}#{}", stand.origin, stand.index))),
        ("version", words(SCHEMA)),
    ])
}

/// Informational, medium, high, critical.
fn severity(outcome: u8) -> u32 {
    match outcome {
        0 => 1,
        4 => 3,
        8 => 4,
        _ => 5,
    }
}

fn object(members: Vec<(&str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Object>())
}

fn words(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn number(number: u32) -> Value {
    Value::Integer(i64::from(number))
}

fn millis(at: Timestamp) -> Value {
    Value::Integer(at.as_micros().div_euclid(1_000).clamp(-INTEGER_MAX, INTEGER_MAX))
}
