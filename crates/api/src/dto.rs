//! What is answered, as it is written: names of our own, moments of RFC 3339 in UTC, sentences in both languages.

pub(crate) mod about;
pub(crate) mod conformity;
pub(crate) mod interventions;
pub(crate) mod register;
pub(crate) mod services;
pub(crate) mod traces;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vocab::Text;

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    /// En français.
    pub(crate) fr: String,
    /// In English.
    pub(crate) en: String,
}

impl From<&Text> for Said {
    fn from(text: &Text) -> Self {
        Self { fr: text.fr.clone(), en: text.en.clone() }
    }
}

impl From<guide::Manual> for Said {
    fn from(text: guide::Manual) -> Self {
        Self { fr: text.fr.to_owned(), en: text.en.to_owned() }
    }
}

fn names<T: ToString>(all: impl IntoIterator<Item = T>) -> Vec<String> {
    all.into_iter().map(|one| one.to_string()).collect()
}
