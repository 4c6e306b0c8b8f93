//! A fact as a tree of fields, for what differs between two versions of it to be shown field by field.

use gate::ports::Put;
use serde_json::Value;

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
        | Put::FilterCheck { .. }
        | Put::AccountsReview { .. }
        | Put::Purged { .. }
        | Put::Token(_)
        | Put::Signature { .. }
        | Put::Intervention { .. }
        | Put::End(_)
        | Put::Doomed(_) => Ok(Value::Null),
    };
    // The store writes the same values as JSON: they can be written.
    tree.unwrap_or(Value::Null)
}
