//! A sentence in the two languages of the house.

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

    /// The sentence in one language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        }
    }
}

/// Text of others must not drive the reader's terminal: what controls it or turns the direction of writing is
/// shown as `\u` and four digits. What was JSON is JSON still.
pub fn printable(text: &str) -> String {
    let turns = |c| matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    let escaped =
        |c: char| if c.is_control() || turns(c) { format!("\\u{:04x}", u32::from(c)) } else { c.into() };
    text.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_not_driven() {
        assert_eq!(
            printable("a\u{1b}[2J\u{9b}b\u{202e}\u{61c}é\u{7f}"),
            "a\\u001b[2J\\u009bb\\u202e\\u061cé\\u007f"
        );
    }
}
