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
