//! ARCHITECTURE.md names every crate and no other, and the verifier stays small enough to be read.

use crate::breach::Breach;
use crate::files::{self, File};
use crate::markdown;
use crate::source::Source;
use crate::workspace::{Package, Workspace};
use std::collections::BTreeSet;

const MAP: &str = "ARCHITECTURE.md";
const VERIFIER: &str = "poterne-verify";

/// What an auditor reads in an hour: the program itself …
const VERIFIER_LINES: usize = 600;
/// … and everything of ours that it links.
const VERIFIER_LINKED_LINES: usize = 2_500;

/// Every breach of the map and of the verifier's budget.
pub(super) fn check(files: &[File], workspace: &Workspace) -> Vec<Breach> {
    let names: BTreeSet<&str> = workspace.ours().map(|package| package.name.as_str()).collect();
    let mut breaches = match files::find(files, MAP) {
        Some(map) => named(&map.text, &names),
        None => vec![Breach::new(MAP, "is missing: it is the map of the house")],
    };
    let counted: Vec<(&str, usize)> = linked(workspace, VERIFIER)
        .into_iter()
        .map(|package| (package.name.as_str(), lines(files, package)))
        .collect();
    breaches.extend(budget(&counted));
    breaches
}

/// Every crate stands in the map as `` `name` ``, and every `crates/…` in it exists.
fn named(map: &str, names: &BTreeSet<&str>) -> Vec<Breach> {
    let spans = markdown::spans(map);
    let mut breaches: Vec<Breach> = names
        .iter()
        .filter(|name| {
            !spans.iter().any(|(_, span)| span.trim_end_matches('/').trim_start_matches("crates/") == **name)
        })
        .map(|name| Breach::new(MAP, format!("does not name the crate `{name}`")))
        .collect();
    for (line, span) in spans.iter().chain(&markdown::links(map)) {
        let Some((_, rest)) = span.split_once("crates/") else { continue };
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
        if !name.is_empty() && !names.contains(name.as_str()) {
            breaches.push(Breach::new(
                format!("{MAP}:{line}"),
                format!("names the crate `{name}`, which does not exist"),
            ));
        }
    }
    breaches.extend(rows(map, names));
    breaches
}

/// In a table whose head has a column `crate`, the names of that column exist.
fn rows(map: &str, names: &BTreeSet<&str>) -> Vec<Breach> {
    let cells = |line: &str| {
        line.trim().trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>()
    };
    let mut column = None;
    let mut breaches = Vec::new();
    for (index, line) in map.lines().enumerate() {
        if !line.trim_start().starts_with('|') {
            column = None;
            continue;
        }
        let cells = cells(line);
        match column {
            None => {
                column = Some(
                    cells.iter().position(|cell| cell == "crate" || cell == "crates").unwrap_or(usize::MAX),
                )
            }
            Some(column) => {
                let cell = cells.get(column).cloned().unwrap_or_default();
                // A cell may name several crates; what comes later says so without backticks.
                for name in cell.split('`').skip(1).step_by(2).filter(|name| !name.contains('/')) {
                    if !names.contains(name) {
                        let says = format!("names the crate `{name}`, which does not exist");
                        breaches.push(Breach::new(format!("{MAP}:{}", index + 1), says));
                    }
                }
            }
        }
    }
    breaches
}

/// Our crates that `name` links, itself first, through normal dependencies.
fn linked<'a>(workspace: &'a Workspace, name: &str) -> Vec<&'a Package> {
    let ours = |wanted: &str| workspace.ours().find(|package| package.name == wanted);
    let mut found: Vec<&Package> = ours(name).into_iter().collect();
    let mut next = 0;
    while let Some(package) = found.get(next).copied() {
        next += 1;
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind.is_none()) {
            let known = found.iter().any(|package| package.name == dependency.name);
            found.extend(ours(&dependency.name).filter(|_| !known));
        }
    }
    found
}

/// Lines of code of a crate: without blanks, comments and tests.
fn lines(files: &[File], package: &Package) -> usize {
    let sources = format!("crates/{}/src/", package.name);
    let of_crate = files.iter().filter(|file| file.path.starts_with(&sources) && file.has_ending("rs"));
    let read: Vec<(&File, Source)> = of_crate.map(|file| (file, Source::read(&file.text))).collect();
    let tests = super::sizes::test_files(&read);
    let counted = read.iter().filter(|(file, _)| !file.is_test_by_place() && !tests.contains(&file.path));
    counted.map(|(_, source)| source.code_lines()).sum()
}

/// Prints the sum and judges it.
fn budget(counted: &[(&str, usize)]) -> Vec<Breach> {
    let own = counted.first().map_or(0, |(_, lines)| *lines);
    let sum: usize = counted.iter().map(|(_, lines)| lines).sum();
    let parts: Vec<String> = counted.iter().map(|(name, lines)| format!("{name} {lines}")).collect();
    println!(
        "tidy: the verifier is {sum} lines of ours of at most {VERIFIER_LINKED_LINES}: {}",
        parts.join(", ")
    );
    let mut breaches = Vec::new();
    if own > VERIFIER_LINES {
        breaches
            .push(Breach::new(VERIFIER, format!("has {own} lines of code, the limit is {VERIFIER_LINES}")));
    }
    if sum > VERIFIER_LINKED_LINES {
        let says =
            format!("links {sum} lines of ours, the limit is {VERIFIER_LINKED_LINES}: {}", parts.join(", "));
        breaches.push(Breach::new(VERIFIER, says));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::{BTreeSet, budget, named};

    #[test]
    fn the_map_names_every_crate_and_no_other() {
        let said = |map: &str| {
            let names = BTreeSet::from(["gate", "store"]);
            named(map, &names).into_iter().map(|b| format!("{} {}", b.place, b.says)).collect::<Vec<_>>()
        };
        assert_eq!(said("`gate` and [the store](crates/store/src/lib.rs), `crates/store`"), [""; 0]);
        assert!(said("`gate`")[0].contains("does not name the crate `store`"));
        assert!(said("`gate` `store` `crates/shed`")[0].contains("names the crate `shed`"));
        assert!(said("`gate` `store` [x](crates/shed)")[0].contains("names the crate `shed`"));
        let table = "| floor | crate |\n|---|---|\n| a | `gate`, `store` |\n| b | `shed` |\n";
        assert!(said(table)[0].contains("ARCHITECTURE.md:4 names the crate `shed`"));
        assert_eq!(said("| word | meaning |\n|--|--|\n| `x` | `gate` `store` |\n"), [""; 0]);
    }

    #[test]
    fn the_verifier_has_a_budget() {
        assert!(budget(&[("poterne-verify", 600), ("ledger", 1_900)]).is_empty());
        assert!(budget(&[("poterne-verify", 601), ("ledger", 1)])[0].says.contains("601 lines of code"));
        assert!(budget(&[("poterne-verify", 600), ("ledger", 1_901)])[0].says.contains("links 2501 lines"));
    }
}
