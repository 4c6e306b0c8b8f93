//! The base facts as one JSON value, so that a row of a file can change any of it.

use domain::{Attempt, Facts};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vocab::Timestamp;

pub(crate) use fiction::{at, now};

/// A whole question: who asks for what, on which facts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) attempt: Attempt,
    pub(crate) facts: Facts,
}

/// Everything is in order: the answer is yes.
pub(crate) fn in_order() -> Question {
    Question { attempt: fiction::attempt(), facts: fiction::facts() }
}

/// One change of one row: a place in the question, and what stands there instead.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "(String, toml::Value)")]
pub(crate) struct Change {
    pub(crate) place: String,
    pub(crate) value: Value,
}

impl From<(String, toml::Value)> for Change {
    fn from((place, value): (String, toml::Value)) -> Self {
        Self { place, value: read(&value) }
    }
}

/// `@2026-11-24 17:30` is a moment in UTC, `null` is nothing; everything else is itself.
fn read(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) if text == "null" => Value::Null,
        toml::Value::String(text) => match text.strip_prefix('@') {
            Some("max") => Timestamp::MAX.as_micros().into(),
            Some(moment) => at(moment).as_micros().into(),
            None => text.as_str().into(),
        },
        toml::Value::Array(all) => all.iter().map(read).collect(),
        toml::Value::Table(all) => all.iter().map(|(key, value)| (key.clone(), read(value))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

/// Where a place is: a JSON pointer, with short names for what is deep. `staff/…` stands in two places,
/// as it does in real facts.
fn pointers(place: &str) -> Vec<String> {
    let service = "/facts/services/0";
    match place.split_once('/') {
        Some(("staff", rest)) => {
            vec![format!("/facts/person/{rest}"), format!("{service}/staff/0/{rest}")]
        }
        Some(("scanner", rest)) => vec![format!("{service}/equipment/0/{rest}")],
        Some(("i", rest)) => vec![format!("{service}/interventions/0/{rest}")],
        Some(("svc", rest)) => vec![format!("{service}/{rest}")],
        _ => vec![format!("/{place}")],
    }
}

/// The question with the changes made. A place ending in `/+` is a list to which the value is added.
pub(crate) fn changed(changes: &[Change]) -> Question {
    let mut question = serde_json::to_value(in_order()).unwrap();
    for change in changes {
        for pointer in pointers(&change.place) {
            set(&mut question, &pointer, &change.value);
        }
    }
    serde_json::from_value(question).unwrap_or_else(|error| panic!("{changes:?}: {error}"))
}

fn set(question: &mut Value, pointer: &str, value: &Value) {
    if let Some(list) = pointer.strip_suffix("/+") {
        let list = question.pointer_mut(list).and_then(Value::as_array_mut);
        return list.unwrap_or_else(|| panic!("`{pointer}` is no list")).push(value.clone());
    }
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = question.pointer_mut(parent).unwrap_or_else(|| panic!("`{pointer}` is no place"));
    match parent {
        Value::Object(fields) => {
            let old = fields.insert(key.to_owned(), value.clone());
            // A field that was not there would be left out in silence when the facts are read.
            let known = old.is_some() || pointer.contains("/declared/");
            assert!(known, "`{pointer}` is no field");
        }
        Value::Array(items) => {
            let index: usize = key.parse().unwrap();
            *items.get_mut(index).unwrap_or_else(|| panic!("`{pointer}` is no item")) = value.clone();
        }
        other => panic!("`{pointer}`: {other} has no parts"),
    }
}
