//! Licences, bans and sources of everything that we link, as `deny.toml` says.
//!
//! `cargo-deny` reads the same file and runs too where it is installed; nothing depends on its being there.
//! Bans and sources are judged on the whole lock, every platform included; licences on what is built here.

use crate::breach::{Breach, conclude};
use crate::spdx::Expression;
use crate::workspace::{self, Workspace};
use crate::{shell, typesetter};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// `cargo xtask deny`.
pub(crate) fn run() -> Result<()> {
    let root = workspace::root()?;
    let read = |name: &str| {
        std::fs::read_to_string(root.join(name)).with_context(|| format!("`{name}` cannot be read"))
    };
    let rules: Rules = toml::from_str(&read("deny.toml")?).context("`deny.toml` is not as expected")?;
    let mut breaches = Vec::new();
    // The program that prints is linked from a lock of its own.
    for folder in ["", typesetter::FOLDER] {
        let name = Path::new(folder).join("Cargo.lock");
        let name = name.display();
        let lock: Lock = toml::from_str(&read(&name.to_string())?)
            .with_context(|| format!("`{name}` is not as expected"))?;
        breaches.extend(bans(&rules, &lock));
        breaches.extend(sources(&rules, &lock));
        breaches.extend(licences(&rules, &Workspace::load_at(&root.join(folder))?));
        for (library, versions) in duplicates(&lock) {
            let (count, versions) = (versions.len(), versions.join(", "));
            println!("deny: note: {name}: {library} is linked in {count} versions: {versions}");
        }
    }
    if shell::on_path("cargo-deny") {
        // Without the platform it would want the crates of all others, which no offline machine has.
        let host = workspace::host()?;
        let arguments = ["deny", "--target", &host, "--offline", "check", "bans", "licenses", "sources"];
        shell::run(shell::cargo(&root).args(arguments))?;
    }
    conclude("deny", breaches)
}

/// The part of `deny.toml` that is judged here.
#[derive(Debug, Deserialize)]
struct Rules {
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    /// The only crates that may depend on it; none: nothing may.
    #[serde(default)]
    wrappers: Vec<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Debug, Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// What comes from outside in this lock, by name and version.
pub(crate) fn linked(lock: &str) -> Result<Vec<(String, semver::Version)>> {
    let lock: Lock = toml::from_str(lock).context("the lock is not as expected")?;
    let outside = lock.package.into_iter().filter(|package| package.source.is_some());
    outside.map(|package| Ok((package.name, package.version.parse()?))).collect()
}

/// Nothing banned is in the lock; what has wrappers is reached through them alone.
fn bans(rules: &Rules, lock: &Lock) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for ban in &rules.bans.deny {
        let depends = |package: &&Locked| {
            package.dependencies.iter().any(|entry| entry.split(' ').next() == Some(ban.name.as_str()))
        };
        let users: Vec<&str> =
            lock.package.iter().filter(depends).map(|package| package.name.as_str()).collect();
        let locked = lock.package.iter().any(|package| package.name == ban.name);
        if ban.wrappers.is_empty() && locked {
            let through =
                if users.is_empty() { String::new() } else { format!(" (through {})", users.join(", ")) };
            breaches.push(Breach::new(&ban.name, format!("is banned{through}: {}", ban.reason)));
            continue;
        }
        for user in users.into_iter().filter(|user| !ban.wrappers.iter().any(|wrapper| wrapper == user)) {
            let says = format!("only {} may depend on it: {}", ban.wrappers.join(", "), ban.reason);
            breaches.push(Breach::new(format!("{user} → {}", ban.name), says));
        }
    }
    breaches
}

/// Everything from outside comes from a registry that is listed.
fn sources(rules: &Rules, lock: &Lock) -> Vec<Breach> {
    let known = |source: &String| {
        source
            .strip_prefix("registry+")
            .is_some_and(|url| rules.sources.allow_registry.iter().any(|known| known == url))
    };
    let outside = lock.package.iter().filter_map(|package| Some((package, package.source.as_ref()?)));
    outside
        .filter(|(_, source)| !known(source))
        .map(|(package, source)| {
            Breach::new(&package.name, format!("comes from `{source}`, which `deny.toml` does not list"))
        })
        .collect()
}

/// Every package from outside has a licence expression that the list satisfies.
fn licences(rules: &Rules, workspace: &Workspace) -> Vec<Breach> {
    let allowed = |name: &str| rules.licenses.allow.iter().any(|listed| listed == name);
    let linked = workspace.resolve.nodes.iter().filter_map(|node| workspace.package(&node.id));
    let mut breaches = Vec::new();
    for package in linked.filter(|package| package.source.is_some()) {
        let place = format!("{} {}", package.name, package.version);
        let Some(text) = &package.license else {
            breaches.push(Breach::new(place, "says no licence"));
            continue;
        };
        match Expression::read(text) {
            Err(error) => breaches.push(Breach::new(place, format!("{error:#}"))),
            Ok(expression) if !expression.satisfied_by(&allowed) => {
                breaches.push(Breach::new(
                    place,
                    format!("`{text}` is not satisfied by the licences of `deny.toml`"),
                ));
            }
            Ok(_) => {}
        }
    }
    breaches
}

/// Names that stand in the lock more than once.
fn duplicates(lock: &Lock) -> Vec<(&str, Vec<&str>)> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in &lock.package {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    versions.into_iter().filter(|(_, versions)| versions.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::{Lock, Rules, bans, duplicates, licences, sources};
    use crate::workspace::{Node, Package, Resolve, Workspace};

    fn rules() -> Rules {
        toml::from_str(include_str!("../../deny.toml")).unwrap()
    }

    fn lock(text: &str) -> Lock {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_banned_crate_is_seen_with_its_way_in() {
        let locked = lock(
            "[[package]]\nname = \"native-tls\"\nversion = \"1.0.0\"\n\
             [[package]]\nname = \"tls\"\nversion = \"1.0.0\"\ndependencies = [\"native-tls 1.0.0\"]\n",
        );
        let said = bans(&rules(), &locked);
        assert_eq!(said.len(), 1);
        assert!(said[0].says.starts_with("is banned (through tls)"), "{}", said[0].says);
    }

    #[test]
    fn a_wrapped_crate_has_one_way_in() {
        let of = |user: &str| {
            lock(&format!(
                "[[package]]\nname = \"russh\"\nversion = \"1.0.0\"\n\
                 [[package]]\nname = \"{user}\"\nversion = \"0.0.0\"\ndependencies = [\"russh\"]\n"
            ))
        };
        assert!(bans(&rules(), &of("ssh-edge")).is_empty());
        let said = bans(&rules(), &of("gate"));
        assert_eq!(said[0].place, "gate → russh");
        assert!(said[0].says.starts_with("only ssh-edge may depend on it"), "{}", said[0].says);
    }

    #[test]
    fn sources_are_listed() {
        let from = |source: &str| {
            lock(&format!("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n"))
        };
        assert!(sources(&rules(), &from("registry+https://github.com/rust-lang/crates.io-index")).is_empty());
        for source in ["registry+https://registry.example/index", "git+https://github.com/a/b#c"] {
            assert_eq!(sources(&rules(), &from(source)).len(), 1, "{source}");
        }
    }

    #[test]
    fn licences_are_judged() {
        let of = |license: Option<&str>| {
            let package = Package {
                id: "a".to_owned(),
                name: "a".to_owned(),
                source: Some("registry".to_owned()),
                license: license.map(str::to_owned),
                ..Package::default()
            };
            let workspace = Workspace {
                packages: vec![package],
                workspace_members: Vec::new(),
                resolve: Resolve { nodes: vec![Node { id: "a".to_owned() }] },
                workspace_root: "/w".into(),
            };
            licences(&rules(), &workspace).into_iter().map(|breach| breach.says).collect::<String>()
        };
        assert_eq!(of(Some("MIT OR GPL-3.0-only")), "");
        assert!(of(Some("GPL-3.0-only")).contains("not satisfied"));
        assert!(of(Some("MIT AND")).contains("a licence is missing"));
        assert!(of(None).contains("says no licence"));
    }

    #[test]
    fn duplicates_are_told() {
        let locked = lock(
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n",
        );
        assert_eq!(duplicates(&locked), [("a", vec!["1.0.0", "2.0.0"])]);
    }
}
