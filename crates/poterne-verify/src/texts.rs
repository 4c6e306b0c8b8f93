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

/// A fault in the words of the crate that found it, with its French from the table, whose English has gaps
/// where the fault has particulars. What is not in the table stays in English.
pub(crate) fn translated(english: &str) -> Text {
    let particulars = |pattern: &str| {
        let (mut parts, mut gaps) = (pattern.split("{}"), Vec::new());
        let mut rest = english.strip_prefix(parts.next()?)?;
        for part in parts {
            let (gap, after) = if part.is_empty() { (rest, "") } else { rest.split_once(part)? };
            gaps.push(gap);
            rest = after;
        }
        rest.is_empty().then_some(gaps)
    };
    let mut lines = TABLE.lines().filter_map(|line| line.strip_prefix("fault | ")?.split_once(" | "));
    let found = lines.find_map(|(french, pattern)| Some((french, particulars(pattern)?)));
    let fill = |(french, gaps): (&str, Vec<&str>)| {
        gaps.iter().fold(french.to_owned(), |text, gap| text.replacen("{}", gap, 1))
    };
    Text::new(found.map_or_else(|| english.to_owned(), fill), english)
}
