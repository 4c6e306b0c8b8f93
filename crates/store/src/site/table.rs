//! Reading tables and values: every key is asked for by name, what was not asked for is refused.

use std::collections::BTreeMap;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vocab::{PersonId, Text};

use super::sheet::{Noun, Sheet, nearest};

/// Longest text, in characters: a paragraph.
const TEXT_MAX: usize = 2_000;

/// A table under reading.
pub(super) struct Table<'a> {
    pub(super) sheet: &'a Sheet<'a>,
    /// Where it begins.
    pub(super) at: usize,
    items: BTreeMap<&'a str, (usize, &'a Spanned<DeValue<'a>>)>,
    asked: Vec<&'static str>,
    places: BTreeMap<&'static str, usize>,
}

impl<'a> Table<'a> {
    pub(super) fn new(sheet: &'a Sheet<'a>, at: usize, table: &'a DeTable<'a>) -> Self {
        let items =
            table.iter().map(|(key, value)| (key.get_ref().as_ref(), (key.span().start, value))).collect();
        Self { sheet, at, items, asked: Vec::new(), places: BTreeMap::new() }
    }

    /// What a single word stands for: a table that has nothing in it.
    fn empty(sheet: &'a Sheet<'a>, at: usize) -> Self {
        Self { sheet, at, items: BTreeMap::new(), asked: Vec::new(), places: BTreeMap::new() }
    }

    /// A value that has to be there.
    pub(super) fn need<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(Item<'a>) -> Option<T>,
    ) -> Option<T> {
        match self.take(key) {
            Some(item) => read(item),
            None => {
                self.sheet.fault(self.at, format!("il manque `{key}`"), format!("`{key}` is missing"));
                None
            }
        }
    }

    /// A value that may be there. When it is there and wrong, the fault is told and nothing is given.
    pub(super) fn may<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(Item<'a>) -> Option<T>,
    ) -> Option<T> {
        self.take(key).and_then(read)
    }

    /// A list that may be there.
    pub(super) fn list<T>(&mut self, key: &'static str, read: impl FnMut(Item<'a>) -> Option<T>) -> Vec<T> {
        self.take(key).map(|item| item.list(read)).unwrap_or_default()
    }

    /// Tables that may be there: `[[key]]`.
    pub(super) fn each<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(Table<'a>) -> Option<T>,
    ) -> Vec<T> {
        let Some(item) = self.take(key) else { return Vec::new() };
        if item.value.is_table() {
            let _: Option<()> = item.fault(
                format!("cette table se répète : écrire [[{key}]], et non [{key}]"),
                format!("this table is repeated: write [[{key}]], not [{key}]"),
            );
            return Vec::new();
        }
        item.list(|item| item.table(&mut read))
    }

    fn take(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.asked.push(key);
        let (_, value) = self.items.remove(key)?;
        let at = value.span().start;
        self.places.insert(key, at);
        Some(Item { sheet: self.sheet, at, value: value.get_ref() })
    }

    /// All keys that nobody asked for, with their values: for tables whose keys are names themselves.
    pub(super) fn rest(&mut self) -> Vec<(&'a str, usize, Item<'a>)> {
        let items = std::mem::take(&mut self.items);
        items
            .into_iter()
            .map(|(key, (at, value))| {
                let item = Item { sheet: self.sheet, at: value.span().start, value: value.get_ref() };
                (key, at, item)
            })
            .collect()
    }

    /// Where the value of a key stands, or the table when it is not there.
    pub(super) fn place(&self, key: &str) -> usize {
        self.places.get(key).copied().unwrap_or(self.at)
    }

    /// Whether a value stood under a key that was asked for.
    pub(super) fn gave(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    /// Where all its values stand.
    pub(super) fn places(&self) -> &BTreeMap<&'static str, usize> {
        &self.places
    }

    /// The people under a key have to be of the establishment's side, for this reason in French and English.
    pub(super) fn ours(&self, key: &str, people: &[PersonId], why: (&str, &str)) {
        for person in people {
            self.sheet.lean_on_ours(person.as_str(), self.place(key), Text::new(why.0, why.1));
        }
    }

    /// Something is wrong with the value of a key.
    pub(super) fn fault(&self, key: &str, fr: impl Into<String>, en: impl Into<String>) {
        self.sheet.fault(self.place(key), fr, en);
    }

    /// Refuses what was not asked for.
    pub(super) fn finish(&mut self) {
        for (key, (at, _)) in std::mem::take(&mut self.items) {
            let (fr, en) = match nearest(key, &self.asked) {
                Some(near) => (format!("voulait-on dire `{near}` ?"), format!("was `{near}` meant?")),
                None => {
                    let all = self.asked.join(", ");
                    (format!("clés connues ici : {all}"), format!("known here: {all}"))
                }
            };
            let shown = shown(key);
            self.sheet.fault(
                at,
                format!("clé inconnue `{shown}` ; {fr}"),
                format!("unknown key `{shown}`; {en}"),
            );
        }
    }
}

/// A value under reading.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) sheet: &'a Sheet<'a>,
    /// Where it begins.
    pub(super) at: usize,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Item<'a> {
    /// Something is wrong with it.
    pub(super) fn fault<T>(self, fr: impl Into<String>, en: impl Into<String>) -> Option<T> {
        self.sheet.fault(self.at, fr, en);
        None
    }

    fn other_kind<T>(self, fr: &str, en: &str) -> Option<T> {
        let (found_fr, found_en) = kind(self.value);
        self.fault(format!("il faut {fr}, et non {found_fr}"), format!("{en} is needed here, not {found_en}"))
    }

    /// The text as written, unchecked.
    pub(super) fn raw(self) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text.as_ref()),
            _ => self.other_kind("un texte entre guillemets", "a text in quotes"),
        }
    }

    /// A text for people: not empty, not endless, without control characters, because it will be shown.
    pub(super) fn text(self) -> Option<String> {
        let text = self.raw()?;
        if text.trim().is_empty() {
            return self.fault("le texte est vide", "the text is empty");
        }
        if text.chars().count() > TEXT_MAX {
            return self.fault(
                format!("le texte dépasse {TEXT_MAX} caractères"),
                format!("the text is longer than {TEXT_MAX} characters"),
            );
        }
        if text.chars().any(|c| vocab::is_hidden(c) && c != '\n') {
            return self.fault(
                "le texte contient un caractère de commande ou invisible : seul le retour à la ligne est admis",
                "the text has a control character or an invisible one: only the line feed is taken",
            );
        }
        Some(text.trim().to_owned())
    }

    /// A name in the alphabet of names.
    pub(super) fn name<T: FromStr>(self) -> Option<T> {
        let given = self.raw()?;
        match given.parse() {
            Ok(name) => Some(name),
            Err(_) => {
                let given = shown(given);
                self.fault(
                    format!(
                        "`{given}` n'est pas un nom : 1 à 64 caractères parmi a-z, 0-9, point, tiret et souligné, le \
                         premier une lettre ou un chiffre (le nom d'un établissement est sans point)"
                    ),
                    format!(
                        "`{given}` is not a name: 1 to 64 of a-z, 0-9, dot, dash and underscore, the first a letter \
                         or digit (the name of an establishment has no dot)"
                    ),
                )
            }
        }
    }

    /// The name of what this table declares.
    pub(super) fn own_name<T: FromStr + std::fmt::Display>(self, noun: Noun) -> Option<T> {
        let name: T = self.name()?;
        self.sheet.declare(noun, &name.to_string(), self.at);
        Some(name)
    }

    /// A name that the file declares elsewhere.
    pub(super) fn refer<T: FromStr + std::fmt::Display>(self, noun: Noun) -> Option<T> {
        let name: T = self.name()?;
        self.sheet.lean(noun, &name.to_string(), self.at);
        Some(name)
    }

    /// Names that the file declares elsewhere, none of them twice.
    pub(super) fn refer_all<T: FromStr + std::fmt::Display + PartialEq>(self, noun: Noun) -> Vec<T> {
        let mut names: Vec<T> = Vec::new();
        self.list(|item| {
            let name: T = item.refer(noun)?;
            if names.contains(&name) {
                return item.twice(&name.to_string());
            }
            names.push(name);
            Some(())
        });
        names
    }

    /// It stands in its list already.
    pub(super) fn twice<T>(self, given: &str) -> Option<T> {
        self.fault(format!("`{given}` figure deux fois"), format!("`{given}` stands there twice"))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let given = self.raw()?;
        match words.iter().find(|(word, _)| *word == given) {
            Some((_, meaning)) => Some(*meaning),
            None => {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                self.no_such_word(given, &known)
            }
        }
    }

    /// Not one of the words that may stand here.
    pub(super) fn no_such_word<T>(self, given: &str, known: &[&str]) -> Option<T> {
        let (given, known) = (shown(given), known.join(", "));
        self.fault(
            format!("`{given}` n'est pas admis ici ; mots admis : {known}"),
            format!("`{given}` is not taken here; words taken: {known}"),
        )
    }

    /// A single word, or a table with `kind` and what belongs to it.
    pub(super) fn variant(self) -> Option<(Item<'a>, &'a str, Table<'a>)> {
        if self.value.is_str() {
            return Some((self, self.raw()?, Table::empty(self.sheet, self.at)));
        }
        let mut table = match self.value {
            DeValue::Table(table) => Table::new(self.sheet, self.at, table),
            _ => {
                return self
                    .other_kind("un mot, ou une table { kind = … }", "a word, or a table { kind = … },");
            }
        };
        let (item, word) = table.need("kind", |item| Some((item, item.raw()?)))?;
        Some((item, word, table))
    }

    /// A whole number in bounds.
    pub(super) fn number(self, least: u32, most: u32) -> Option<u32> {
        let DeValue::Integer(given) = self.value else {
            return self.other_kind("un nombre entier", "a whole number");
        };
        let number = u32::from_str_radix(&given.as_str().replace('_', ""), given.radix()).ok();
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Some(number),
            None => self.fault(
                format!("`{}` n'est pas entre {least} et {most}", given.as_str()),
                format!("`{}` is not between {least} and {most}", given.as_str()),
            ),
        }
    }

    /// True or false.
    pub(super) fn flag(self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.other_kind("true ou false", "true or false"),
        }
    }

    /// A table.
    pub(super) fn table<T>(self, read: impl FnOnce(Table<'a>) -> Option<T>) -> Option<T> {
        match self.value {
            DeValue::Table(table) => read(Table::new(self.sheet, self.at, table)),
            _ => self.other_kind("une table", "a table"),
        }
    }

    /// A list that is not empty.
    pub(super) fn some<T>(self, read: impl FnMut(Item<'a>) -> Option<T>) -> Option<Vec<T>> {
        if self.value.as_array().is_some_and(|items| items.is_empty()) {
            return self.fault("la liste est vide", "the list is empty");
        }
        Some(self.list(read))
    }

    /// A list; what is wrong in it is told and left out.
    pub(super) fn list<T>(self, mut read: impl FnMut(Item<'a>) -> Option<T>) -> Vec<T> {
        let DeValue::Array(items) = self.value else {
            return self.other_kind("une liste", "a list").into_iter().collect();
        };
        items
            .iter()
            .filter_map(|item| read(Item { sheet: self.sheet, at: item.span().start, value: item.get_ref() }))
            .collect()
    }
}

/// User input as it may be shown: short, without control characters.
pub(super) fn shown(given: &str) -> String {
    let mut short: String = given.chars().take(80).flat_map(char::escape_debug).collect();
    if given.chars().nth(80).is_some() {
        short.push('…');
    }
    short
}

fn kind(value: &DeValue<'_>) -> (&'static str, &'static str) {
    match value {
        DeValue::String(_) => ("un texte", "a text"),
        DeValue::Integer(_) => ("un nombre entier", "a whole number"),
        DeValue::Float(_) => ("un nombre à virgule", "a number with a point"),
        DeValue::Boolean(_) => ("true ou false", "true or false"),
        DeValue::Datetime(_) => ("une date sans guillemets", "a date without quotes"),
        DeValue::Array(_) => ("une liste", "a list"),
        DeValue::Table(_) => ("une table", "a table"),
    }
}
