//! A sentence in the two languages of the house.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The language of the person spoken to. French is the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Français.
    #[default]
    Fr,
    /// English.
    En,
}

impl std::str::FromStr for Lang {
    type Err = ();
    fn from_str(given: &str) -> Result<Self, ()> {
        match given {
            "fr" => Ok(Self::Fr),
            "en" => Ok(Self::En),
            _ => Err(()),
        }
    }
}

/// One sentence, in both languages, always together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text {
    /// En français.
    pub fr: String,
    /// In English.
    pub en: String,
}

impl Text {
    /// Both languages.
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { fr: fr.into(), en: en.into() }
    }

    /// A sentence of a table whose lines are `key | français | english`, its gaps `{}` filled in order. A key that
    /// is not there stands for itself.
    pub fn of_table(table: &str, key: &str, gaps: &[&dyn fmt::Display]) -> Self {
        let fill = |sentence: &str| {
            let mut gaps = gaps.iter();
            let mut parts = sentence.split("{}");
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |text, part| {
                text + &gaps.next().map(ToString::to_string).unwrap_or_default() + part
            })
        };
        let mut lines = table.lines().filter_map(|line| line.split_once(" | "));
        let found = lines.find(|(found, _)| *found == key).and_then(|(_, said)| said.split_once(" | "));
        found.map_or_else(|| Self::new(key, key), |(fr, en)| Self::new(fill(fr), fill(en)))
    }

    /// A sentence in the English of another crate, with its French from the lines of a table that have this key; there
    /// the English has gaps where the sentence has particulars. What is not in the table stays in English.
    pub fn of_english(table: &str, key: &str, english: &str) -> Self {
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
        let lines = table.lines();
        let mut lines =
            lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(" | ")?.split_once(" | "));
        let found = lines.find_map(|(french, pattern)| Some((french, particulars(pattern)?)));
        let fill = |(french, gaps): (&str, Vec<&str>)| {
            gaps.iter().fold(french.to_owned(), |text, gap| text.replacen("{}", gap, 1))
        };
        Self::new(found.map_or_else(|| english.to_owned(), fill), english)
    }

    /// The sentence in one language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        }
    }
}

/// Whether a character is not what its reader sees: it controls the terminal, turns the direction of writing, or
/// shows nothing.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text of others must not drive the reader's terminal: a hidden character is shown as JSON does, by `\u` and four
/// digits. What was JSON is JSON still.
pub fn printable(text: &str) -> String {
    let mut units = [0; 2];
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            let escaped = c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}"));
            shown.extend(escaped);
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Several lines of such text.
#[cfg(feature = "full")]
pub fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_in_order_and_what_fills_them_is_not() {
        let table = "# all | x | y\none | un {} de {} | {} of {} one\ntwo | deux | two";
        let said = Text::of_table(table, "one", &[&"{}", &7]);
        assert_eq!((said.fr.as_str(), said.en.as_str()), ("un {} de 7", "{} of 7 one"));
        assert_eq!(Text::of_table(table, "two", &[]), Text::new("deux", "two"));
        assert_eq!(Text::of_table(table, "three", &[]), Text::new("three", "three"));
    }

    #[test]
    fn a_sentence_of_another_crate_is_found_with_its_particulars() {
        let table = "word | un mot | a word\nfault | {} de {} | {} out of {}\nfault | la fin | the end";
        let said = |key, english| Text::of_english(table, key, english).fr;
        assert_eq!(said("fault", "3 out of 7"), "3 de 7");
        assert_eq!(said("fault", "the end"), "la fin");
        assert_eq!(said("word", "a word"), "un mot");
        assert_eq!(said("word", "the end"), "the end");
        assert_eq!(said("fault", "3 of 7"), "3 of 7");
    }

    #[test]
    fn terminals_are_not_driven() {
        assert_eq!(
            printable("a\u{1b}[2J\u{9b}b\u{202e}\u{61c}é\u{7f}"),
            "a\\u001b[2J\\u009bb\\u202e\\u061cé\\u007f"
        );
        assert_eq!(printable("a\u{e0041}\u{feff}"), "a\\udb40\\udc41\\ufeff");
        assert_eq!(printable_lines("a\u{2028}b\nc\r\nd"), "a\\u2028b\nc\nd");
    }
}
