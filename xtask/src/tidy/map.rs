//! ARCHITECTURE.md names every crate and no other, and the verifier stays small enough to be read.

use crate::breach::Breach;
use crate::files::{self, File};
use crate::markdown;
use crate::source::Source;
use crate::workspace::{Package, Workspace};
use std::collections::BTreeSet;

const MAP: &str = "ARCHITECTURE.md";
const VERIFIER: &str = "poterne-verify";

/// What an auditor reads in an hour: the program itself: 968 before it told the state at a moment (`state`, 75 lines), read and showed
/// moments with an offset (`moment`, 36), named each key (15), told an altered entry once (16) and read the environment's language (7) …
const VERIFIER_LINES: usize = 1_117;
/// … and everything of ours that it links: 3,048 and these 149, and the number of one event.
const VERIFIER_LINKED_LINES: usize = 3_198;

/// Every breach of the map and of the verifier's budget.
pub(super) fn check(files: &[File], workspace: &Workspace) -> Vec<Breach> {
    let names: BTreeSet<&str> = workspace.ours().map(|package| package.name.as_str()).collect();
    let mut breaches = match files::find(files, MAP) {
        Some(map) => named(&map.text, &names),
        None => vec![Breach::new(MAP, "is missing: it is the map of the house")],
    };
    let linked = linked(workspace, VERIFIER);
    let counted: Vec<(&str, usize)> = linked
        .iter()
        .map(|(package, features)| (package.name.as_str(), lines(files, package, features)))
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

/// Our crates that `name` links, itself first, each with the features that are on when `name` is built alone.
fn linked<'a>(workspace: &'a Workspace, name: &str) -> Vec<(&'a Package, BTreeSet<&'a str>)> {
    let ours = |wanted: &str| workspace.ours().find(|package| package.name == wanted);
    let mut found: Vec<(&Package, BTreeSet<&str>)> = Vec::new();
    found.extend(ours(name).map(|package| (package, turned_on(package, ["default"]))));
    let mut next = 0;
    while let Some((package, _)) = found.get(next) {
        let package = *package;
        next += 1;
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind.is_none()) {
            let Some(package) = ours(&dependency.name) else { continue };
            let default = dependency.uses_default_features.then_some("default");
            let features = turned_on(package, dependency.features.iter().map(String::as_str).chain(default));
            match found.iter_mut().find(|(known, _)| known.name == package.name) {
                Some((_, known)) => known.extend(features),
                None => found.push((package, features)),
            }
        }
    }
    found
}

/// These features of a crate, and those that they turn on in it.
fn turned_on<'a>(package: &'a Package, features: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&str> = features.into_iter().collect();
    while let Some(feature) = waiting.pop() {
        if found.insert(feature) {
            waiting.extend(package.features.get(feature).into_iter().flatten().map(String::as_str));
        }
    }
    found
}

/// Lines of code of a crate with these features: without blanks, comments and tests.
fn lines(files: &[File], package: &Package, features: &BTreeSet<&str>) -> usize {
    let sources = format!("crates/{}/src/", package.name);
    let of_crate = files.iter().filter(|file| file.path.starts_with(&sources) && file.has_ending("rs"));
    let absent: Vec<&str> =
        package.features.keys().map(String::as_str).filter(|feature| !features.contains(feature)).collect();
    let read: Vec<(&File, Source)> =
        of_crate.map(|file| (file, Source::read_without(&file.text, &absent))).collect();
    let left_out = super::sizes::left_out(&read);
    // A module that is left out takes the modules under it along.
    let under = |path: &str| {
        left_out.iter().any(|out| path.starts_with(&format!("{}/", out.trim_end_matches(".rs"))))
    };
    let counted = read
        .iter()
        .filter(|(file, _)| !file.is_test_by_place() && !left_out.contains(&file.path) && !under(&file.path));
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
    use super::{BTreeSet, File, Package, Workspace, budget, lines, linked, named};
    use crate::workspace::{Dependency, Resolve};
    use std::collections::BTreeMap;

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
    fn what_the_verifier_does_not_link_is_not_counted() {
        let package = |name: &str, dependencies| Package {
            id: name.to_owned(),
            name: name.to_owned(),
            dependencies,
            features: BTreeMap::from([
                ("default".to_owned(), vec!["write".to_owned()]),
                ("write".to_owned(), Vec::new()),
            ]),
            ..Package::default()
        };
        let count = |uses_default_features| {
            let dependency =
                Dependency { name: "ledger".to_owned(), uses_default_features, ..Dependency::default() };
            let workspace = Workspace {
                packages: vec![package(super::VERIFIER, vec![dependency]), package("ledger", Vec::new())],
                workspace_members: vec![super::VERIFIER.to_owned(), "ledger".to_owned()],
                resolve: Resolve::default(),
                workspace_root: "/w".into(),
            };
            let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
            let files = [
                file(
                    "crates/ledger/src/lib.rs",
                    "//! Docs.\n#[cfg(feature = \"write\")]\nmod tree;\nmod key;\n",
                ),
                file("crates/ledger/src/tree.rs", "fn a() {}\n"),
                file("crates/ledger/src/tree/leaf.rs", "fn b() {}\n"),
                file("crates/ledger/src/key.rs", "fn c() {}\n"),
            ];
            let linked = linked(&workspace, super::VERIFIER);
            linked.iter().map(|(package, features)| lines(&files, package, features)).sum::<usize>()
        };
        assert_eq!((count(true), count(false)), (6, 2));
    }

    #[test]
    fn the_verifier_has_a_budget() {
        assert!(budget(&[("poterne-verify", 1_117), ("ledger", 2_081)]).is_empty());
        assert!(budget(&[("poterne-verify", 1_118), ("ledger", 1)])[0].says.contains("1118 lines of code"));
        assert!(budget(&[("poterne-verify", 1_117), ("ledger", 2_082)])[0].says.contains("links 3199 lines"));
    }
}
