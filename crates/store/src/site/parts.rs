//! What several tables have in common: documents, lists of places in them.

use domain::DocumentRef;

use super::table::{Item, Table, shown};
use super::write::Rows;

impl Rows {
    /// What [`Item::document`] reads.
    pub(super) fn document(self, key: &str, document: &DocumentRef) -> Self {
        let DocumentRef { name, sha256 } = document;
        if sha256.is_empty() {
            return self.text(key, name);
        }
        self.inline(key, Self::default().text("name", name).text("sha256", sha256))
    }

    /// A document that may be missing.
    pub(super) fn may_document(self, key: &str, document: Option<&DocumentRef>) -> Self {
        match document {
            Some(document) => self.document(key, document),
            None => self,
        }
    }

    /// What [`Item::places`] reads.
    pub(super) fn places<T: Copy + PartialEq>(
        self,
        key: &str,
        words: &[(&'static str, T)],
        places: &[(T, String)],
    ) -> Self {
        let word = |meaning: &T| words.iter().find(|(_, known)| known == meaning).map(|(word, _)| *word);
        let rows = places.iter().filter_map(|(meaning, place)| Some((word(meaning)?, place)));
        let table = rows.fold(Self::default(), |table, (word, place)| table.text(word, place));
        if places.is_empty() { self } else { self.inline(key, table) }
    }
}

/// The word for a meaning, from the same table that reads it.
pub(super) fn word_for<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("", |(word, _)| *word)
}

impl Item<'_> {
    /// A paper: its name, or `{ name, sha256 }`.
    pub(super) fn document(self) -> Option<DocumentRef> {
        if self.value.is_str() {
            return Some(DocumentRef { name: self.text()?, sha256: String::new() });
        }
        self.table(|mut table| {
            let name = table.need("name", Item::text);
            let sha256 = table.need("sha256", Item::sha256);
            table.finish();
            Some(DocumentRef { name: name?, sha256: sha256? })
        })
    }

    fn sha256(self) -> Option<String> {
        let given = self.raw()?;
        let lower = given.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if given.len() == 64 && lower {
            return Some(given.to_owned());
        }
        self.fault(
            format!(
                "`{}` n'est pas une empreinte SHA-256 : 64 chiffres hexadécimaux minuscules",
                shown(given)
            ),
            format!("`{}` is not a SHA-256: 64 lower-case hexadecimal digits", shown(given)),
        )
    }

    /// Where things stand in a document: a table of known words, each with its place.
    pub(super) fn places<T: Copy>(self, words: &[(&'static str, T)]) -> Vec<(T, String)> {
        let read = |mut table: Table<'_>| {
            let mut found = Vec::new();
            for (word, meaning) in words {
                found.extend(table.may(word, Item::text).map(|place| (*meaning, place)));
            }
            table.finish();
            Some(found)
        };
        self.table(read).unwrap_or_default()
    }

    /// A word of a login, an algorithm, a zone: printable, without spaces.
    pub(super) fn word(self, most: usize) -> Option<String> {
        let given = self.raw()?;
        let fits = !given.is_empty() && given.len() <= most && given.bytes().all(|b| b.is_ascii_graphic());
        if fits {
            return Some(given.to_owned());
        }
        self.fault(
            format!("`{}` : il faut 1 à {most} caractères imprimables, sans espace ni accent", shown(given)),
            format!("`{}`: 1 to {most} printable characters are needed, no space, no accent", shown(given)),
        )
    }
}
