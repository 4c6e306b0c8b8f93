//! Module docs and the size ratchet.

use crate::breach::Breach;
use crate::files::File;
use crate::source::Source;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where the exceptions stand, each with its present size.
pub(super) const RATCHET: &str = "xtask/ratchet.toml";

/// A file without its tests: what one reads in a sitting.
const FILE_LINES: usize = 700;
/// A function: what one sees at once.
const FUNCTION_LINES: usize = 70;

/// The listed exceptions: a file by its path, a function by `path::name`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ratchet {
    #[serde(default)]
    files: BTreeMap<String, usize>,
    #[serde(default)]
    functions: BTreeMap<String, usize>,
}

impl Ratchet {
    pub(super) fn read(text: &str) -> Result<Self> {
        toml::from_str(text).with_context(|| format!("`{RATCHET}` is not as expected"))
    }
}

/// Every breach of documentation and size.
pub(super) fn check(files: &[File], ratchet: &Ratchet) -> Vec<Breach> {
    let rust: Vec<&File> = files.iter().filter(|file| file.has_ending("rs")).collect();
    let sources: Vec<(&File, Source)> = rust.iter().map(|file| (*file, Source::read(&file.text))).collect();
    let tests = left_out(&sources);
    let mut breaches: Vec<Breach> = rust.iter().filter_map(|file| docs(file)).collect();
    let (mut lengths, mut functions) = (BTreeMap::new(), BTreeMap::new());
    for (file, source) in
        sources.iter().filter(|(file, _)| !file.is_test_by_place() && !tests.contains(&file.path))
    {
        lengths.insert(file.path.clone(), (source.length(), 1));
        for function in &source.functions {
            let longest = functions.entry(format!("{}::{}", file.path, function.name)).or_insert((0, 0));
            *longest = (*longest).max((function.length, function.line));
        }
    }
    breaches.extend(judge("this file", &lengths, FILE_LINES, &ratchet.files));
    breaches.extend(judge("this function", &functions, FUNCTION_LINES, &ratchet.functions));
    breaches
}

fn docs(file: &File) -> Option<Breach> {
    let first = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let missing = !first.starts_with("//!");
    missing.then(|| Breach::new(&file.path, "must start with `//!` and say what the module is for"))
}

/// Files that a parent declares as `#[cfg(test)] mod name;`, or under a feature that is left out.
pub(super) fn left_out(sources: &[(&File, Source)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, source) in sources {
        let stem = file.path.trim_end_matches(".rs");
        let folder = match stem.rsplit_once('/') {
            Some((folder, "lib" | "main" | "mod")) => folder,
            _ => stem,
        };
        for module in &source.modules_left_out {
            found.insert(format!("{folder}/{module}.rs"));
            found.insert(format!("{folder}/{module}/mod.rs"));
        }
    }
    found
}

/// A listed exception may shrink, never grow; what is not listed keeps to the limit.
fn judge(
    what: &str,
    found: &BTreeMap<String, (usize, usize)>,
    limit: usize,
    listed: &BTreeMap<String, usize>,
) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (place, (length, line)) in found {
        let says = match listed.get(place) {
            None if *length > limit => format!("{what} has {length} lines, the limit is {limit}: split it"),
            Some(_) if *length <= limit => {
                format!("{what} keeps to the limit now: remove its line from `{RATCHET}`")
            }
            Some(was) if length > was => {
                format!("{what} grew from {was} to {length} lines: an exception never grows")
            }
            Some(was) if length < was => {
                format!("{what} shrank: write {length} instead of {was} in `{RATCHET}`")
            }
            _ => continue,
        };
        let place = if place.contains("::") { format!("{place} (line {line})") } else { place.clone() };
        breaches.push(Breach::new(place, says));
    }
    let gone = listed.keys().filter(|place| !found.contains_key(*place));
    breaches
        .extend(gone.map(|place| Breach::new(place, format!("is gone: remove its line from `{RATCHET}`"))));
    breaches
}

#[cfg(test)]
mod tests {
    use super::{File, Ratchet, check};

    fn said(path: &str, text: &str, ratchet: &str) -> Vec<String> {
        let files = [File { path: path.to_owned(), text: text.to_owned() }];
        check(&files, &Ratchet::read(ratchet).unwrap())
            .into_iter()
            .map(|b| format!("{}: {}", b.place, b.says))
            .collect()
    }

    fn function(lines: usize) -> String {
        format!("//! Docs.\nfn long() {{\n{}}}\n", "    act();\n".repeat(lines - 2))
    }

    #[test]
    fn module_docs_are_needed() {
        assert_eq!(said("a.rs", "//! Docs.\n", ""), [""; 0]);
        assert!(said("a.rs", "// Docs.\n", "")[0].contains("must start with `//!`"));
        assert!(said("a/tests.rs", "use x;\n", "")[0].contains("must start with `//!`"));
    }

    #[test]
    fn long_functions_and_files() {
        assert_eq!(said("a.rs", &function(70), ""), [""; 0]);
        assert!(
            said("a.rs", &function(71), "")[0].contains("a.rs::long (line 2): this function has 71 lines")
        );
        assert_eq!(said("tests/a.rs", &function(71), ""), [""; 0]);
        let file = format!("//! Docs.\n{}", "const A: u8 = 1;\n".repeat(700));
        assert!(said("a.rs", &file, "")[0].contains("this file has 701 lines"));
        assert_eq!(said("b/tests.rs", &file, ""), [""; 0]);
    }

    #[test]
    fn an_exception_shrinks_and_never_grows() {
        let listed = |lines: usize| format!("[functions]\n\"a.rs::long\" = {lines}\n");
        assert_eq!(said("a.rs", &function(80), &listed(80)), [""; 0]);
        assert!(said("a.rs", &function(81), &listed(80))[0].contains("grew from 80 to 81"));
        assert!(said("a.rs", &function(79), &listed(80))[0].contains("write 79 instead of 80"));
        assert!(said("a.rs", &function(70), &listed(80))[0].contains("keeps to the limit now"));
        assert!(said("b.rs", "//! Docs.\n", &listed(80))[0].contains("is gone"));
    }

    #[test]
    fn a_module_declared_for_tests_is_a_test() {
        let files = [
            File { path: "s/lib.rs".to_owned(), text: "//! Docs.\n#[cfg(test)]\nmod cases;\n".to_owned() },
            File { path: "s/cases.rs".to_owned(), text: function(90) },
        ];
        assert!(check(&files, &Ratchet::default()).is_empty());
    }
}
