//! `cargo xtask audit [source]`: everything that we link, against the RustSec advisories; then what `deny` checks. It
//! needs the advisories, so it is never part of ci.

use crate::breach::{Breach, conclude};
use crate::{deny, shell, workspace};
use anyhow::{Context, Result, bail};
use semver::{Version, VersionReq};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = "https://github.com/RustSec/advisory-db";

/// Fetches the advisories from `source`, a git repository, and judges the lock by them.
pub(crate) fn run(source: Option<&str>) -> Result<()> {
    let root = workspace::root()?;
    let folder = fetch(&root, source.unwrap_or(SOURCE))?;
    let rules: Rules = toml::from_str(&std::fs::read_to_string(root.join("deny.toml"))?)?;
    let advisories = read_all(&folder.join("crates"))?;
    let mut breaches = Vec::new();
    for lock in ["Cargo.lock", "fuzz/Cargo.lock", "typesetter/Cargo.lock"] {
        let linked = deny::linked(&std::fs::read_to_string(root.join(lock)).context(lock)?)?;
        println!("audit: {lock}: {} crates, {} advisories", linked.len(), advisories.len());
        breaches.extend(judge(lock, &linked, &advisories, &rules.advisories.ignore));
    }
    conclude("audit", breaches)?;
    deny::run()
}

/// The part of `deny.toml` that is judged here, in the form that `cargo-deny` reads too.
#[derive(Debug, Deserialize)]
struct Rules {
    #[serde(default)]
    advisories: Advisories,
}

#[derive(Debug, Default, Deserialize)]
struct Advisories {
    #[serde(default)]
    ignore: Vec<Ignored>,
}

/// An advisory that does not concern us, and why.
#[derive(Debug, Deserialize)]
struct Ignored {
    id: String,
    reason: String,
}

/// One file of the database: what stands between its first fences.
#[derive(Debug, Deserialize)]
struct Advisory {
    advisory: About,
    #[serde(default)]
    versions: Versions,
}

#[derive(Debug, Deserialize)]
struct About {
    id: String,
    package: String,
    #[serde(default)]
    withdrawn: Option<String>,
    /// `unmaintained`, `unsound`, `notice`; absent for a vulnerability.
    #[serde(default)]
    informational: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<VersionReq>,
    #[serde(default)]
    unaffected: Vec<VersionReq>,
}

impl Advisory {
    fn read(text: &str) -> Option<Self> {
        let (_, after) = text.split_once("```toml\n")?;
        toml::from_str(after.split_once("\n```")?.0).ok()
    }

    /// A version before a release is in none of its ranges: it counts as affected, and somebody has to look.
    fn concerns(&self, name: &str, version: &Version) -> bool {
        let Versions { patched, unaffected } = &self.versions;
        self.advisory.package == name
            && self.advisory.withdrawn.is_none()
            && !patched.iter().chain(unaffected).any(|range| range.matches(version))
    }
}

fn judge(
    lock: &str,
    linked: &[(String, Version)],
    advisories: &[Advisory],
    ignored: &[Ignored],
) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (name, version) in linked {
        for advisory in advisories.iter().filter(|advisory| advisory.concerns(name, version)) {
            let id = &advisory.advisory.id;
            let kind = advisory.advisory.informational.as_deref().unwrap_or("vulnerability");
            match ignored.iter().find(|one| one.id == *id) {
                Some(why) => println!("audit: note: {id} ({name} {version}, {kind}): {}", why.reason),
                None => breaches.push(Breach::new(
                    lock,
                    format!("{name} {version}: {id} ({kind}): update it, or say in deny.toml why it does not concern us"),
                )),
            }
        }
    }
    breaches
}

fn fetch(root: &Path, source: &str) -> Result<PathBuf> {
    let folder = root.join("target/advisory-db");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut git = Command::new("git");
    git.args(["clone", "--quiet", "--depth", "1", source]).arg(&folder);
    shell::run(&mut git).with_context(|| format!("the advisories cannot be fetched from {source}"))?;
    Ok(folder)
}

fn read_all(folder: &Path) -> Result<Vec<Advisory>> {
    let mut found = Vec::new();
    for package in std::fs::read_dir(folder).context("the source holds no advisories")? {
        for file in std::fs::read_dir(package?.path())? {
            let path = file?.path();
            let text = std::fs::read_to_string(&path)?;
            match Advisory::read(&text) {
                Some(advisory) => found.push(advisory),
                None => bail!("`{}` is not understood: no advisory is passed over", path.display()),
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(versions: &str) -> Advisory {
        let text = format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"one\"\ndate = \"2026-01-01\"\n\n\
             [versions]\n{versions}\n```\n\n# Title\n"
        );
        Advisory::read(&text).unwrap()
    }

    #[test]
    fn versions_that_nobody_mended_are_affected() {
        for (versions, version, affected) in [
            ("patched = []", "1.0.0", true),
            ("patched = [\">= 1.2.3\"]", "1.2.2", true),
            ("patched = [\">= 1.2.3\"]", "1.2.3", false),
            ("patched = [\"^0.9.4\", \">= 1.2.3\"]", "0.9.5", false),
            ("patched = [\">= 1.2.3\"]\nunaffected = [\"< 0.5.0\"]", "0.4.9", false),
            ("patched = [\">= 1.2.3\"]", "1.3.0-rc.1", true),
        ] {
            let found = advisory(versions).concerns("one", &version.parse().unwrap());
            assert_eq!(found, affected, "{versions} {version}");
            assert!(!advisory(versions).concerns("another", &version.parse().unwrap()));
        }
    }

    #[test]
    fn what_is_ignored_says_why() {
        let linked = [("one".to_owned(), "1.0.0".parse().unwrap())];
        let all = [advisory("patched = []")];
        assert_eq!(judge("Cargo.lock", &linked, &all, &[]).len(), 1);
        let ignored = Ignored { id: "RUSTSEC-2026-0001".to_owned(), reason: "not reached".to_owned() };
        assert!(judge("Cargo.lock", &linked, &all, &[ignored]).is_empty());
        assert!(Advisory::read("# no advisory").is_none());
    }
}
