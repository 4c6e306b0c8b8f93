//! Where a value stands in an answer: a JSON pointer (RFC 6901), in which `*` is the one member there is. Some tools name a
//! ticket by a key that nobody knows beforehand.

use serde_json::Value;

/// Longest pointer, and most steps of one.
const POINTER_MAX: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<String>);

impl std::str::FromStr for Pointer {
    type Err = ();

    fn from_str(given: &str) -> Result<Self, ()> {
        let steps = given.strip_prefix('/').filter(|_| given.len() <= POINTER_MAX).ok_or(())?;
        let escapes = |step: &str| step.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        let steps: Vec<&str> = steps.split('/').collect();
        if !steps.iter().all(|step| escapes(step)) {
            return Err(());
        }
        Ok(Self(steps.iter().map(|step| step.replace("~1", "/").replace("~0", "~")).collect()))
    }
}

impl Pointer {
    /// What stands there, if it is a word, a number or a yes or no.
    pub(crate) fn in_words(&self, answer: &Value) -> Option<String> {
        let mut place = answer;
        for step in &self.0 {
            place = match place {
                Value::Object(map) if step == "*" => map.values().next().filter(|_| map.len() == 1)?,
                Value::Array(list) if step == "*" => list.first().filter(|_| list.len() == 1)?,
                Value::Object(map) => map.get(step)?,
                Value::Array(list) => list.get(step.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        match place {
            Value::String(word) => Some(word.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_stands_there_is_found() {
        let check = |pointer: &str, answer: &Value, found: Option<&str>| {
            let pointer: Pointer = pointer.parse().unwrap();
            assert_eq!(pointer.in_words(answer).as_deref(), found, "{pointer:?} in {answer}");
        };
        let glpi = json!({ "id": 7, "status": 2, "is_deleted": false });
        check("/status", &glpi, Some("2"));
        check("/is_deleted", &glpi, Some("false"));
        check("/other", &glpi, None);
        check("/*", &glpi, None);
        let itop = json!({ "objects": { "UserRequest::12": { "fields": { "status": "assigned" } } } });
        check("/objects/*/fields/status", &itop, Some("assigned"));
        check("/objects/*/fields", &itop, None);
        check("/objects/*/fields/status", &json!({ "objects": null }), None);
        check("/0/a~1b", &json!([{ "a/b": "x" }]), Some("x"));
        check("/*/s", &json!([{ "s": "x" }, { "s": "y" }]), None);
        for wrong in ["", "status", "/a~2", "/a~"] {
            assert!(wrong.parse::<Pointer>().is_err(), "{wrong}");
        }
        assert!(format!("/{}", "x".repeat(POINTER_MAX)).parse::<Pointer>().is_err());
    }
}
