//! The fictitious site as one tree, so that a row of a file can change any part of it.

use std::collections::BTreeMap;

use domain::{Attempt, Facts, LocalMoment};
use policy::{Permit, Refusal, decide};
use serde_json::{Value, json};
use vocab::Timestamp;

/// Changes of a tree: what stands at each place. Places are taken in the order of their names, so that a list is
/// set before something is added to it.
pub(crate) type Changes = BTreeMap<String, Value>;

/// Facts, attempt and moment as one tree, so that a file may change any part of them.
#[derive(Debug, Clone)]
pub(crate) struct World(Value);

/// A whole question: who asks for what, on which facts, when.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) attempt: Attempt,
    pub(crate) facts: Facts,
    pub(crate) now: Timestamp,
}

impl World {
    /// Everything is in order: the answer is yes.
    pub(crate) fn in_order() -> Self {
        Self(json!({ "facts": fiction::facts(), "attempt": fiction::attempt(), "now": fiction::now() }))
    }

    /// Everything is in order but these.
    pub(crate) fn with(changes: &Changes) -> Self {
        let mut world = Self::in_order();
        world.set_all(changes);
        world
    }

    /// The question that it is.
    pub(crate) fn question(&self) -> Question {
        let Value::Object(mut tree) = self.0.clone() else { panic!("the world is a tree") };
        let mut take = |name: &str| tree.remove(name).unwrap_or_else(|| panic!("no `{name}`"));
        Question {
            attempt: serde_json::from_value(take("attempt")).unwrap(),
            facts: serde_json::from_value(take("facts")).unwrap(),
            now: serde_json::from_value(take("now")).unwrap(),
        }
    }

    /// The decision on it.
    pub(crate) fn decide(&self) -> Result<Permit, Refusal> {
        self.question().decide()
    }

    pub(crate) fn set_all(&mut self, changes: &Changes) {
        for (path, value) in changes {
            self.set(path, value.clone());
        }
    }

    /// Sets what stands at a path such as `contract.span.until`. What is not there is a fault of the
    /// file, unless the last name begins with `+`: a new key, or (`+` alone) one more of a list. The
    /// values `t:2026-11-24 10:00` (local time), `z:…` (UTC) and `z:max` are moments, `!none` is nothing, and
    /// `!remove` takes away.
    pub(crate) fn set(&mut self, path: &str, value: Value) {
        let value = read(value);
        for root in roots(path) {
            let mut steps: Vec<&str> = root.split('.').collect();
            let last = steps.pop().unwrap();
            let mut place = &mut self.0;
            for step in steps {
                place = enter(place, step).unwrap_or_else(|| panic!("no `{step}` on the way to `{root}`"));
            }
            put(place, last, value.clone(), &root);
        }
    }
}

impl Question {
    /// The decision on it.
    pub(crate) fn decide(&self) -> Result<Permit, Refusal> {
        decide(&self.attempt, &self.facts, self.now)
    }
}

/// Short names for what the tables change most.
fn roots(path: &str) -> Vec<String> {
    let (head, rest) = path.split_once('.').map_or((path, ""), |(head, rest)| (head, rest));
    let places: &[&str] = match head {
        "service" => &["facts.services.0.service"],
        "contract" => &["facts.services.0.contract"],
        "provider" => &["facts.services.0.provider"],
        "establishment" => &["facts.services.0.establishment"],
        "equipment" => &["facts.services.0.equipment.0"],
        "intervention" => &["facts.services.0.interventions.0"],
        "interventions" => &["facts.services.0.interventions"],
        "unsettled" => &["facts.services.0.unsettled"],
        "treatments" => &["facts.services.0.treatments"],
        "transition" => &["facts.services.0.transition"],
        "direct" => &["facts.services.0.direct"],
        "suspensions" => &["facts.services.0.suspensions"],
        "provider_side" => &["facts.services.0.provider_side"],
        // The caller stands in the facts twice.
        "staff" => &["facts.person", "facts.services.0.staff.0"],
        "store" => &["facts.trace_store", "facts.services.0.trace_store"],
        other => return vec![format!("{other}{}{rest}", if rest.is_empty() { "" } else { "." })],
    };
    let dot = if rest.is_empty() { "" } else { "." };
    places.iter().map(|place| format!("{place}{dot}{rest}")).collect()
}

fn enter<'a>(place: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    match place {
        Value::Object(map) => map.get_mut(step),
        Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    }
}

fn put(place: &mut Value, last: &str, value: Value, path: &str) {
    match (place, last.strip_prefix('+')) {
        (Value::Array(list), Some(_)) => list.push(value),
        (Value::Object(map), Some(new)) => drop(map.insert(new.to_owned(), value)),
        (Value::Object(map), None) if value == json!("!remove") => {
            assert!(map.remove(last).is_some(), "no `{path}` to remove");
        }
        (Value::Array(list), None) if value == json!("!remove") => drop(list.remove(last.parse().unwrap())),
        (place, None) => {
            *enter(place, last).unwrap_or_else(|| panic!("no `{path}` to set")) = value;
        }
        (_, Some(_)) => panic!("nothing can be added at `{path}`"),
    }
}

fn read(value: Value) -> Value {
    match value {
        Value::String(text) if text == "!none" => Value::Null,
        Value::String(text) if text.starts_with("t:") || text.starts_with("z:") => json!(at(&text)),
        Value::Array(list) => list.into_iter().map(read).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, read(value))).collect(),
        other => other,
    }
}

/// A moment: `t:` local time in Paris, `z:` UTC, `z:max` the end of time.
pub(crate) fn at(text: &str) -> Timestamp {
    if text == "z:max" {
        return Timestamp::MAX;
    }
    let (zone, moment) = match (text.strip_prefix("z:"), text.strip_prefix("t:")) {
        (Some(moment), _) => ("Etc/UTC", moment),
        (_, Some(moment)) => ("Europe/Paris", moment),
        _ => panic!("`{text}` says neither local time nor UTC"),
    };
    let moment: LocalMoment = moment.parse().unwrap_or_else(|error| panic!("{error}"));
    moment.in_zone(&zone.parse().unwrap()).unwrap()
}
