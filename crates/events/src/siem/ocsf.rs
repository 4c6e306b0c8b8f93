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
    let named = |name: Option<String>| name.filter(|_| class >= Class::Sensitive);
    if let Some(name) = named(user(entry, event).map(|(name, _)| name)) {
        members.push(("actor", object(vec![("user", object(vec![("name", words(&name))]))])));
    }
    let from = text(event, "from").filter(|_| class >= Class::Sensitive);
    if let Some(from) = from {
        members.push(("src_endpoint", object(vec![("ip", words(from))])));
    }
    let about = text(event, "person").map(str::to_owned).or_else(|| user(entry, event).map(|(name, _)| name));
    members.extend(required(uid, entry, stand, named(about).as_deref().unwrap_or(WITHHELD)));
    // Who sends is known, where from he who acted is not.
    if matches!(uid, 6_005 | 6_006) && from.is_none() {
        members.push(("src_endpoint", object(vec![("hostname", words(entry.gate.as_str()))])));
    }
    if uid == 6_006 {
        let path = text(event, "path").filter(|_| class >= Class::Sensitive);
        members
            .push(("file", object(vec![("name", words(path.unwrap_or(WITHHELD))), ("type_id", number(0))])));
    }
    json(&object(members))
}

/// In the place of a name that a class asks for, and that may not travel to this receiver.
const WITHHELD: &str = "withheld";

/// What the class cannot be without, beside what every event has.
fn required(uid: u32, entry: &Entry, stand: Stand<'_>, about: &str) -> Vec<(&'static str, Value)> {
    let named = |name: &str| object(vec![("name", words(name))]);
    let code = entry.fact.code();
    match uid {
        // Account change; authentication; authorisation of a session; access of a user.
        3_001 => vec![("user", named(about))],
        3_002 => vec![("user", named(about)), ("service", named("poterne"))],
        3_003 | 3_005 => vec![("user", named(about)), ("privileges", Value::List(vec![words(code)]))],
        // Entity management.
        3_004 => vec![("entity", named(entry.establishment.as_str()))],
        // Compliance finding.
        2_003 => {
            let standards = ("standards", Value::List(vec![words("PGSSI-S interventions à distance")]));
            let info =
                vec![("title", words(code)), ("uid", words(&format!("{}#{}", stand.origin, stand.index)))];
            vec![("compliance", object(vec![standards])), ("finding_info", object(info))]
        }
        // Life of an application; activity of a store of data; activity of a log.
        6_002 => vec![("app", object(vec![("name", words("Poterne")), ("vendor_name", words("Poterne"))]))],
        6_005 => vec![("database", object(vec![("name", words(stand.origin)), ("type_id", number(OTHER))]))],
        1_008 => vec![("log_name", words(stand.origin))],
        _ => Vec::new(),
    }
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
