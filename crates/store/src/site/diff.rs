//! What differs between two versions of a fact, field by field.

use domain::Zone;
use gate::ports::Put;
use serde_json::Value;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The field, as `plan.versions[0].acceptance`.
    pub field: String,
    /// What stood there; `None`: nothing.
    pub before: Option<String>,
    /// What will stand there; `None`: nothing.
    pub after: Option<String>,
}

/// Longest value that is shown whole.
const SHOWN_MAX: usize = 120;

/// A fact as a tree of fields.
pub(super) fn json(put: &Put) -> Value {
    let tree = match put {
        Put::Establishment(value) => serde_json::to_value(value),
        Put::Provider(value) => serde_json::to_value(value),
        Put::Person(value) => serde_json::to_value(value),
        Put::Engagement(value) => serde_json::to_value(value),
        Put::Contract(value) => serde_json::to_value(value),
        Put::Service(value) => serde_json::to_value(value),
        Put::Equipment(value) => serde_json::to_value(value),
        Put::Treatment { value, .. } => serde_json::to_value(value),
        Put::Transition { value, .. } => serde_json::to_value(value),
        Put::Direct { value, .. } => serde_json::to_value(value),
        Put::Suspension { .. }
        | Put::Vouching { .. }
        | Put::Enrolment { .. }
        | Put::AccountTag { .. }
        | Put::Rotation { .. }
        | Put::Disclosure { .. }
        | Put::Standing { .. }
        | Put::Seen { .. }
        | Put::Hold { .. }
        | Put::Filed { .. }
        | Put::Notice { .. }
        | Put::Witness { .. }
        | Put::Purged { .. }
        | Put::Token(_)
        | Put::Signature { .. }
        | Put::Intervention { .. }
        | Put::End(_) => Ok(Value::Null),
    };
    // The store writes the same values as JSON: they can be written.
    tree.unwrap_or(Value::Null)
}

/// Everything that differs.
pub(super) fn between(before: &Value, after: &Value, zone: &Zone) -> Vec<Detail> {
    let mut found = Vec::new();
    walk("", Some(before), Some(after), zone, &mut found);
    found
}

fn walk(field: &str, before: Option<&Value>, after: Option<&Value>, zone: &Zone, found: &mut Vec<Detail>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let keys: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let inner = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
                walk(&inner, one.get(key), other.get(key), zone, found);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if !is_words(one) || !is_words(other) => {
            for index in 0..one.len().max(other.len()) {
                walk(&format!("{field}[{index}]"), one.get(index), other.get(index), zone, found);
            }
        }
        _ => found.push(Detail {
            field: field.to_owned(),
            before: before.and_then(|value| shown(field, value, zone)),
            after: after.and_then(|value| shown(field, value, zone)),
        }),
    }
}

/// Lists of names and rights read best whole.
fn is_words(list: &[Value]) -> bool {
    list.iter().all(Value::is_string)
}

fn shown(field: &str, value: &Value, zone: &Zone) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Number(number) if is_moment(field) => {
            number.as_i64().and_then(|micros| local(micros, zone)).unwrap_or_else(|| number.to_string())
        }
        Value::Array(list) if is_words(list) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    // No line of a value passes for one of the plan.
    let text = text.replace('\n', " ");
    let mut short: String = text.chars().take(SHOWN_MAX).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        short.push('…');
    }
    Some(short)
}

/// Numbers under these names are moments; under no other.
fn is_moment(field: &str) -> bool {
    let last = field.rsplit(['.', ']']).next().unwrap_or(field);
    last.ends_with("_at") || matches!(last, "at" | "from" | "until" | "since" | "review" | "renew_by")
}

fn local(micros: i64, zone: &Zone) -> Option<String> {
    let moment = jiff::Timestamp::from_microsecond(micros).ok()?;
    Some(zone.rules().to_datetime(moment).strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: Value, after: Value, expected: &[(&str, Option<&str>, Option<&str>)]) {
        let zone = "Europe/Paris".parse().unwrap();
        let found = between(&before, &after, &zone);
        let found: Vec<_> =
            found.iter().map(|d| (d.field.as_str(), d.before.as_deref(), d.after.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn differences_are_named_field_by_field() {
        use serde_json::json;
        check(json!({"a": 1, "b": [1]}), json!({"a": 1, "b": [1]}), &[]);
        check(json!({"a": 1}), json!({"a": 2}), &[("a", Some("1"), Some("2"))]);
        check(json!({"a": null}), json!({"a": "x"}), &[("a", None, Some("x"))]);
        check(
            json!({"a": {"at": 0}}),
            json!({"a": {"at": null}}),
            &[("a.at", Some("1970-01-01 01:00"), None)],
        );
        check(
            json!({"rights": ["shell"]}),
            json!({"rights": ["shell", "exec"]}),
            &[("rights", Some("shell"), Some("shell, exec"))],
        );
        check(
            json!({"w": [{"n": 1}, {"n": 2}]}),
            json!({"w": [{"n": 1}, {"n": 3}, {"n": 4}]}),
            &[("w[1].n", Some("2"), Some("3")), ("w[2]", None, Some("{\"n\":4}"))],
        );
    }
}
