//! What a reader expects of every file: module docs, bounded sizes, no unfinished work, a map and pages
//! that are still true. Nothing is rewritten here; each sentence says what to do.

mod events;
mod map;
mod pages;
mod sizes;
mod words;

use crate::breach::{Breach, conclude};
use crate::edges::CORE;
use crate::files::{self, File};
use crate::workspace::{self, Workspace};
use anyhow::{Context, Result};

/// `cargo xtask tidy`.
pub(crate) fn run() -> Result<()> {
    let root = workspace::root()?;
    let workspace = Workspace::load()?;
    let files = files::all(&root)?;
    let ratchet = files::find(&files, sizes::RATCHET).context("`xtask/ratchet.toml` is missing")?;
    let mut breaches = sizes::check(&files, &sizes::Ratchet::read(&ratchet.text)?);
    breaches.extend(words::check(&files));
    breaches.extend(bans(&files));
    breaches.extend(rules(&files));
    breaches.extend(events::check(&files));
    breaches.extend(map::check(&files, &workspace));
    breaches.extend(pages::check(&files));
    conclude("tidy", breaches)
}

/// Each core crate carries the bans of the core, identical.
fn bans(files: &[File]) -> Vec<Breach> {
    let Some(shared) = files::find(files, "xtask/clippy-core.toml") else {
        return vec![Breach::new("xtask/clippy-core.toml", "the bans of the core are missing")];
    };
    let path = |name: &&str| format!("crates/{name}/clippy.toml");
    let equal = |path: &String| files::find(files, path).is_some_and(|copy| copy.text == shared.text);
    CORE.iter()
        .map(path)
        .filter(|path| !equal(path))
        .map(|path| Breach::new(path, "must be an identical copy of `xtask/clippy-core.toml`"))
        .collect()
}

/// A rule of the guide never looks into another rule's file: each stands alone in `crates/guide/src/rules/`.
fn rules(files: &[File]) -> Vec<Breach> {
    const FOLDER: &str = "crates/guide/src/rules/";
    let is_rule = |name: &str| {
        let mut letters = name.chars();
        letters.next().is_some_and(|c| "aceot".contains(c)) && letters.as_str().parse::<u8>().is_ok()
    };
    let rule_of = |file: &File| {
        let name = file.path.strip_prefix(FOLDER)?.strip_suffix(".rs")?.to_owned();
        is_rule(&name).then_some(name)
    };
    let mut breaches = Vec::new();
    for file in files {
        let Some(own) = rule_of(file) else { continue };
        for (index, line) in file.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_').zip(1..);
            let path = code.contains("super::") || code.contains("rules::");
            if path && words.any(|(word, _)| is_rule(word) && word != own) {
                let place = format!("{}:{}", file.path, index + 1);
                breaches.push(Breach::new(place, "a rule never looks into another rule's file"));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::{CORE, File, bans, rules};

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn bans_of_the_core_are_identical() {
        let mut files = vec![file("xtask/clippy-core.toml", "a")];
        files.extend(CORE.iter().map(|name| file(&format!("crates/{name}/clippy.toml"), "a")));
        assert!(bans(&files).is_empty());
        files[3].text = "b".to_owned();
        files.remove(1);
        let places: Vec<String> = bans(&files).into_iter().map(|breach| breach.place).collect();
        assert_eq!(places, ["crates/vocab/clippy.toml", "crates/guide/clippy.toml"]);
    }

    #[test]
    fn a_rule_stands_alone() {
        let said = |text: &str| rules(&[file("crates/guide/src/rules/o3.rs", text)]).len();
        assert_eq!(said("use super::Rule;\nfn o3() {}\n// see super::t10\n"), 0);
        assert_eq!(said("use super::t10::idle;\n"), 1);
        assert_eq!(said("crate::rules::c1::assess(facts)\n"), 1);
        assert_eq!(rules(&[file("crates/guide/src/rules/mod.rs", "super::c1")]).len(), 0);
    }
}
