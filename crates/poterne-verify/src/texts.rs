//! What the verifier says, from `texts.txt`.

use vocab::Text;

const TABLE: &str = include_str!("texts.txt");

/// A sentence of the table, with its gaps filled.
pub(crate) fn say(key: &str, gaps: &[&dyn std::fmt::Display]) -> Text {
    Text::of_table(TABLE, key, gaps)
}

/// Nothing, or a sentence without gaps.
pub(crate) fn ensure(holds: bool, otherwise: &str) -> Result<(), Text> {
    if holds { Ok(()) } else { Err(say(otherwise, &[])) }
}

/// A fault in the words of the crate that found it, with its French.
pub(crate) fn translated(english: &str) -> Text {
    Text::of_english(TABLE, "fault", english)
}
