//! Text of others, as it can be printed: nothing hidden, nothing that the fonts lack, no word wider than its column.

use documents::Document;
use serde_json::Value;

/// A word longer than this may be broken anywhere each so many letters.
const BREAK_AFTER: usize = 12;
/// A break that is not seen (U+200B).
const BREAK: char = '\u{200b}';
/// Lines of one text: 10,000 are 200 pages, and more are cut with a sentence that says so.
const LINES_MAX: usize = 10_000;

/// Every string of the document, made printable.
pub(crate) fn printable(
    document: &Document,
    covers: &dyn Fn(char) -> bool,
) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(document)?;
    each(&mut value, covers);
    Ok(value)
}

fn each(value: &mut Value, covers: &dyn Fn(char) -> bool) {
    match value {
        Value::String(text) => *text = shown(text, covers),
        Value::Array(all) => all.iter_mut().for_each(|one| each(one, covers)),
        Value::Object(all) => all.values_mut().for_each(|one| each(one, covers)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// One text. Hidden characters are shown as JSON writes them (`\u202e`), so are those that no font has.
pub(crate) fn shown(text: &str, covers: &dyn Fn(char) -> bool) -> String {
    let mut lines: Vec<String> = text.lines().take(LINES_MAX).map(|line| of_line(line, covers)).collect();
    let left = text.lines().count().saturating_sub(lines.len());
    if left > 0 {
        lines.push(format!("[… + {left}]"));
    }
    lines.join("\n")
}

fn of_line(line: &str, covers: &dyn Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(line.len());
    for c in vocab::printable(&line.replace('\t', " ")).chars() {
        if covers(c) {
            safe.push(c);
        } else {
            let mut units = [0; 2];
            let escaped = c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}"));
            safe.extend(escaped);
        }
    }
    // A hash is printed on a line of its own, and is to be copied as it is.
    if safe.len() == 64 && safe.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return safe;
    }
    safe.split(' ').map(breakable).collect::<Vec<_>>().join(" ")
}

fn breakable(word: &str) -> String {
    if word.chars().count() <= 2 * BREAK_AFTER {
        return word.to_owned();
    }
    let mut broken = String::with_capacity(word.len());
    for (place, c) in word.chars().enumerate() {
        if place > 0 && place % BREAK_AFTER == 0 {
            broken.push(BREAK);
        }
        broken.push(c);
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_shown_and_long_words_may_break() {
        let covers = |c: char| c != '🩺';
        let check = |text: &str, expected: &str| assert_eq!(shown(text, &covers), expected, "{text:?}");
        check("a\u{1b}[2J\u{202e}b\tc", "a\\u001b[2J\\u202eb c");
        check("🩺", "\\ud83e\\ude7a");
        check("a\r\nb\n\nc", "a\nb\n\nc");
        check(&"x".repeat(24), &"x".repeat(24));
        check(&"x".repeat(25), &format!("{0}\u{200b}{0}\u{200b}x", "x".repeat(12)));
        check(&"a1".repeat(32), &"a1".repeat(32));
        assert_eq!(shown(&"l\n".repeat(10_002), &covers).lines().last(), Some("[… + 2]"));
    }
}
