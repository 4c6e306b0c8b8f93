//! What is named by its digest: the facts of a decision, the words under a signature.

use recording::Digest;
use serde::Serialize;

/// SHA-256 of a value as canonical JSON: it can be shown again later, and compared.
pub(crate) fn digest(value: &impl Serialize) -> [u8; 32] {
    // Facts are plain data with named keys: serialising them does not fail; if it did, the hash of nothing would
    // stand in the entry and verify nothing.
    let bytes = serde_json::to_value(value).and_then(|value| serde_json::to_vec(&value)).unwrap_or_default();
    Digest::of(&[&bytes])
}
