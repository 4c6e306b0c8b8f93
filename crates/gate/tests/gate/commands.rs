//! No command without its row: each word of the door is tied to a deed of the golden table, or stands among the exceptions, which
//! may only become fewer.

use std::collections::{BTreeMap, BTreeSet};

use gate::Deed;

use crate::deeds::{table, trial};

/// Commands that no deed decides: what they show or draw is the caller's own. Never more of them.
const EXCEPTIONS_MAX: usize = 6;

/// Each command of the table, with its deeds; none: an exception, with its reason.
fn tied() -> BTreeMap<&'static str, Vec<&'static str>> {
    let rows = include_str!("../../tables/commands.txt").lines().map(|line| {
        let (word, deeds) = line.split_once(" | ").unwrap();
        match deeds.strip_prefix("- ") {
            Some(why) => {
                assert!(why.len() > 8, "{word}: an exception says why");
                (word, Vec::new())
            }
            None => (word, deeds.split(", ").collect()),
        }
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.is_sorted_by(|one, other| one.0 < other.0), "in order, each once");
    rows.into_iter().collect()
}

/// The first words of a pattern of the dispatcher: `["a" | "b", …]`, or `*word == "a"`.
fn words_of(line: &str) -> Vec<&str> {
    if let Some((_, rest)) = line.split_once("*word == \"") {
        return rest.split('"').take(1).collect();
    }
    let Some(mut rest) = line.trim_start().strip_prefix("[\"") else { return Vec::new() };
    let mut words = Vec::new();
    while let Some((word, after)) = rest.split_once('"') {
        words.push(word);
        match after.strip_prefix(" | \"") {
            Some(next) => rest = next,
            None => break,
        }
    }
    words
}

/// Every word that the door answers to, from the dispatcher's own text.
fn answered() -> BTreeSet<&'static str> {
    let text = include_str!("../../src/commands/mod.rs");
    let (_, from) = text.split_once("pub async fn command(").unwrap();
    let (dispatcher, _) = from.split_once("async fn traces_for(").unwrap();
    dispatcher.lines().flat_map(words_of).collect()
}

#[test]
fn every_command_is_tied_to_a_deed_or_is_a_named_exception() {
    let (tied, answered) = (tied(), answered());
    assert!(answered.len() > 50, "the dispatcher is read: {answered:?}");
    assert_eq!(tied.keys().copied().collect::<BTreeSet<_>>(), answered);
    let exceptions = tied.values().filter(|deeds| deeds.is_empty()).count();
    assert!(exceptions <= EXCEPTIONS_MAX, "{exceptions} exceptions");
}

/// And the other way: every deed is done by some command, and its trial in the golden table is by that very word.
#[test]
fn every_deed_is_done_by_its_command() {
    let tied = tied();
    let named: BTreeSet<&str> = tied.values().flatten().copied().collect();
    let deeds: Vec<String> = Deed::ALL.iter().map(|deed| format!("{deed:?}")).collect();
    assert_eq!(named, deeds.iter().map(String::as_str).collect());
    for row in table() {
        let word = trial(row.deed).words.split(' ').next().unwrap();
        assert!(tied[word].contains(&row.deed), "{word} is tried for {}", row.deed);
    }
}
