//! The file under reading: what is wrong with it, what it names, and what it leans on.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use domain::Zone;
use vocab::{Lang, Text};

use super::Outside;

/// One thing that is wrong in the file: where, what, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub says: Text,
}

impl Fault {
    /// `12:5: …` in one language; the caller writes the file's name before it.
    pub fn in_lang(&self, lang: Lang) -> String {
        format!("{}:{}: {}", self.line, self.column, self.says.in_lang(lang))
    }
}

/// What a name in the file is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    Person,
    Provider,
    Contract,
    Service,
    Equipment,
}

impl Noun {
    fn in_words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Person => ("une personne", "a person", "person"),
            Self::Provider => ("un fournisseur", "a provider", "provider"),
            Self::Contract => ("un contrat", "a contract", "contract"),
            Self::Service => ("une prestation", "a service", "service"),
            Self::Equipment => ("un équipement", "an equipment", "equipment"),
        }
    }
}

/// The file under reading.
pub(super) struct Sheet<'a> {
    text: &'a str,
    pub(super) outside: &'a Outside<'a>,
    own: OnceCell<String>,
    zone: OnceCell<Zone>,
    faults: RefCell<Vec<(usize, Text)>>,
    named: RefCell<BTreeMap<(Noun, String), usize>>,
    used: RefCell<Vec<(Noun, String, usize)>>,
    ours: RefCell<Vec<(String, usize, Text)>>,
    unread: std::cell::Cell<bool>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(text: &'a str, outside: &'a Outside<'a>) -> Self {
        Self {
            text,
            outside,
            own: OnceCell::new(),
            zone: OnceCell::new(),
            faults: RefCell::default(),
            named: RefCell::default(),
            used: RefCell::default(),
            ours: RefCell::default(),
            unread: std::cell::Cell::default(),
        }
    }

    /// Something is wrong at this byte of the file.
    pub(super) fn fault(&self, at: usize, fr: impl Into<String>, en: impl Into<String>) {
        self.faults.borrow_mut().push((at, Text::new(fr, en)));
    }

    /// The establishment's zone, for all local dates of the file.
    pub(super) fn set_zone(&self, zone: Zone) {
        // It is set once: there is one establishment in a file.
        let _ = self.zone.set(zone);
    }

    /// The name that the file gives to its establishment, right or wrong.
    pub(super) fn set_own(&self, name: &str) {
        let _ = self.own.set(name.to_owned());
    }

    /// Whether this is the establishment's name.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.own.get().is_some_and(|own| own == name)
    }

    /// `None` as long as the file has no valid zone: its dates mean nothing then, and that fault is told already.
    pub(super) fn zone(&self) -> Option<&Zone> {
        self.zone.get()
    }

    /// The file declares this name here.
    pub(super) fn declare(&self, noun: Noun, name: &str, at: usize) {
        let earlier = self.named.borrow_mut().insert((noun, name.to_owned()), at);
        if let Some(earlier) = earlier {
            let (line, _) = self.place(earlier);
            self.fault(
                at,
                format!("`{name}` est déjà déclaré à la ligne {line} : un nom ne désigne qu'une chose"),
                format!("`{name}` is declared on line {line} already: a name names one thing"),
            );
        }
    }

    /// Something that declares names could not be read: which ones are missing is not known then, and that fault is told.
    pub(super) fn is_partly_unread(&self) {
        self.unread.set(true);
    }

    /// The file leans on this name here.
    pub(super) fn lean(&self, noun: Noun, name: &str, at: usize) {
        self.used.borrow_mut().push((noun, name.to_owned(), at));
    }

    /// This person has to be of the establishment's side, for this reason.
    pub(super) fn lean_on_ours(&self, person: &str, at: usize, why: Text) {
        self.ours.borrow_mut().push((person.to_owned(), at, why));
    }

    /// Those who have to be of the establishment's side.
    pub(super) fn ours(&self) -> Vec<(String, usize, Text)> {
        self.ours.take()
    }

    /// Everything that is wrong, in the order of the file.
    pub(super) fn settle(&self) -> Vec<Fault> {
        for (noun, name, at) in self.used.take() {
            let hidden = self.unread.get() && matches!(noun, Noun::Person | Noun::Provider);
            if !hidden && !self.named.borrow().contains_key(&(noun, name.clone())) {
                self.unknown(noun, &name, at);
            }
        }
        let mut faults = self.faults.take();
        faults.sort_by_key(|(at, _)| *at);
        faults.dedup();
        faults
            .into_iter()
            .map(|(at, says)| {
                let (line, column) = self.place(at);
                Fault { line, column, says }
            })
            .collect()
    }

    fn unknown(&self, noun: Noun, name: &str, at: usize) {
        let named = self.named.borrow();
        let known: Vec<&str> =
            named.keys().filter(|(kind, _)| *kind == noun).map(|(_, known)| known.as_str()).collect();
        let (fr, en, table) = noun.in_words();
        let (or_fr, or_en) = match nearest(name, &known) {
            Some(near) => (format!("voulait-on dire `{near}` ?"), format!("was `{near}` meant?")),
            None => (
                format!("à déclarer dans une table [[{table}]]"),
                format!("declare it in a table [[{table}]]"),
            ),
        };
        drop(named);
        self.fault(
            at,
            format!("`{name}` n'est pas {fr} de ce fichier ; {or_fr}"),
            format!("`{name}` is not {en} of this file; {or_en}"),
        );
    }

    /// Line and column of a byte, both from 1.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        (line, column)
    }
}

/// The known word that is at most two slips away (one for short words), if there is one.
pub(super) fn nearest<'w>(given: &str, known: &[&'w str]) -> Option<&'w str> {
    let allowed = if given.chars().count() <= 4 { 1 } else { 2 };
    known
        .iter()
        .map(|word| (slips(given, word), *word))
        .filter(|(slips, _)| *slips <= allowed)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, word)| word)
}

/// Letters to add, drop or change to make one word of the other (Levenshtein). Words of a file are short; what
/// is longer than 64 letters is near to nothing.
fn slips(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    if one.chars().count() > 64 || other.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((j, against), (above, beside)) in
            other.iter().enumerate().zip(row.iter().skip(1).zip(row.iter()))
        {
            let left = next.get(j).copied().unwrap_or(usize::MAX);
            let changed = beside + usize::from(*against != letter);
            next.push(changed.min(above + 1).min(left.saturating_add(1)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised() {
        let known = ["responsable", "title", "zone"];
        assert_eq!(nearest("responsible", &known), Some("responsable"));
        assert_eq!(nearest("tilte", &known), Some("title"));
        assert_eq!(nearest("zon", &known), Some("zone"));
        assert_eq!(nearest("name", &known), None);
        assert_eq!(slips("kitten", "sitting"), 3);
        assert_eq!(slips("", "abc"), 3);
    }
}
