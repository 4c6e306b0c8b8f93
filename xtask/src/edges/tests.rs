//! Each rule of the edges, broken once.

use super::{check, manifest};
use crate::workspace::{Dependency, Package, Resolve, Workspace};
use std::path::{Path, PathBuf};

/// A workspace in which `from` declares one more dependency, and what `check` says of exactly that arrow.
fn arrow(from: &str, dependency: Dependency) -> Option<String> {
    let place = format!("{from} → {}", dependency.name);
    let package = Package {
        id: from.to_owned(),
        name: from.to_owned(),
        dependencies: vec![dependency],
        ..Package::default()
    };
    said(vec![package], &place)
}

fn said(packages: Vec<Package>, place: &str) -> Option<String> {
    let workspace = Workspace {
        workspace_members: packages.iter().filter(|p| p.source.is_none()).map(|p| p.id.clone()).collect(),
        packages,
        resolve: Resolve::default(),
        workspace_root: PathBuf::from("/w"),
    };
    check(&workspace).into_iter().find(|breach| breach.place == place).map(|breach| breach.says)
}

fn ours(name: &str) -> Dependency {
    Dependency {
        name: name.to_owned(),
        path: Some(Path::new("/w/crates").join(name)),
        ..Dependency::default()
    }
}

fn library(name: &str) -> Dependency {
    Dependency { name: name.to_owned(), ..Dependency::default() }
}

fn dev(dependency: Dependency) -> Dependency {
    Dependency { kind: Some("dev".to_owned()), ..dependency }
}

#[test]
fn arrows_between_our_crates() {
    let cases: &[(&str, &str, Option<&str>)] = &[
        ("policy", "guide", None),
        ("guide", "policy", Some("one direction")),
        ("domain", "session", Some("one direction")),
        ("policy", "gate", Some("the core never depends on the gate")),
        ("vocab", "store", Some("the core never depends on an edge")),
        ("ledger", "vocab", Some("opaque bytes")),
        ("gate", "transfer", None),
        ("gate", "store", Some("reaches it through a port")),
        ("ssh-edge", "gate", None),
        ("ssh-edge", "vault", Some("never depends on another edge")),
        ("store", "testkit", Some("`testkit` is for tests")),
        ("poterne", "ssh-edge", None),
        ("poterne-verify", "ledger", None),
        ("poterne-verify", "gate", Some("the verifier links what an auditor can read")),
        ("testkit", "poterne", Some("nothing depends on a program")),
        ("testkit", "fiction", None),
        ("gate", "fiction", Some("`fiction` is for tests")),
        ("fiction", "gate", Some("this arrow is not in the table")),
    ];
    for (from, to, expected) in cases {
        judge(&arrow(from, ours(to)), *expected, &format!("{from} → {to}"));
    }
}

#[test]
fn arrows_of_tests() {
    assert_eq!(arrow("gate", dev(ours("testkit"))), None);
    assert_eq!(arrow("guide", dev(ours("fiction"))), None);
    judge(&arrow("ledger", dev(ours("fiction"))), Some("`fiction` is for tests"), "ledger → fiction (dev)");
    judge(&arrow("policy", ours("fiction")), Some("`fiction` is for tests"), "policy → fiction");
    judge(&arrow("policy", dev(ours("testkit"))), Some("`testkit` is for tests"), "policy → testkit (dev)");
    judge(&arrow("policy", dev(ours("gate"))), Some("never depends on the gate"), "policy → gate (dev)");
}

#[test]
fn homes_of_libraries() {
    assert_eq!(arrow("ssh-edge", library("russh")), None);
    judge(&arrow("gate", library("russh")), Some("lives in ssh-edge only"), "second home of russh");
    judge(&arrow("control", library("sqlx")), Some("lives in store only"), "second home of sqlx");
    judge(&arrow("vault", library("left-pad")), Some("has no home"), "a library in no table");
    assert_eq!(arrow("domain", dev(library("proptest"))), None);
    judge(
        &arrow("domain", dev(library("tempfile"))),
        Some("a second home"),
        "files in the tests of the core",
    );
    judge(&arrow("policy", library("toml")), Some("a second home"), "what only tests may link");
    let build = Dependency { kind: Some("build".to_owned()), ..library("cc") };
    judge(&arrow("vault", build), Some("has no home"), "a build dependency");
}

#[test]
fn names_cannot_be_borrowed() {
    judge(
        &arrow("gate", library("ledger")),
        Some("by `path`, never from a registry"),
        "ledger from a registry",
    );
    let renamed = Dependency { rename: Some("ledger".to_owned()), ..library("serde") };
    judge(&arrow("gate", renamed), Some("renamed to `ledger`"), "another library under our name");
    let elsewhere = Dependency { path: Some("/elsewhere/serde".into()), ..library("serde") };
    judge(&arrow("gate", elsewhere), Some("no crate of this workspace"), "a path out of the workspace");
    let stranger = Package {
        id: "registry#vault@1.0.0".to_owned(),
        name: "vault".to_owned(),
        source: Some("registry+https://github.com/rust-lang/crates.io-index".to_owned()),
        ..Package::default()
    };
    judge(&said(vec![stranger], "Cargo.lock: vault"), Some("bears the name of a crate of ours"), "namesake");
}

#[test]
fn a_crate_without_a_floor_and_a_line_without_a_crate() {
    let package = Package { id: "shed".to_owned(), name: "shed".to_owned(), ..Package::default() };
    judge(&said(vec![package.clone()], "shed"), Some("in no floor"), "crate in no table");
    judge(&said(vec![package.clone()], "ledger"), Some("not in the workspace"), "table without crate");
    judge(&said(vec![package], "russh"), Some("nothing uses it any more"), "library without user");
}

#[test]
fn manifests() {
    let good = Package {
        name: "vault".to_owned(),
        version: "0.0.0".to_owned(),
        publish: Some(Vec::new()),
        manifest_path: "/w/crates/vault/Cargo.toml".into(),
        ..Package::default()
    };
    let lints = "[lints]\nworkspace = true".parse().unwrap();
    let bare = "[package]".parse().unwrap();
    let says = |package: &Package, table| {
        manifest::form(Path::new("/w"), package, table).into_iter().map(|b| b.says).collect::<Vec<_>>()
    };
    assert!(says(&good, &lints).is_empty());
    assert!(says(&good, &bare).concat().contains("[lints] workspace = true"));
    let published = Package { publish: None, ..good.clone() };
    assert!(says(&published, &lints).concat().contains("publish = false"));
    let versioned = Package { version: "1.2.0".to_owned(), ..good.clone() };
    assert!(says(&versioned, &lints).concat().contains("not `0.0.0`"));
    let moved = Package { manifest_path: "/w/crates/keys/vault/Cargo.toml".into(), ..good };
    assert!(says(&moved, &lints).concat().contains("not at `crates/vault`"));
}

#[test]
fn a_lint_taken_away_is_seen() {
    let text = include_str!("../../../Cargo.toml");
    let said =
        |text: &str| manifest::root(&text.parse().unwrap()).into_iter().map(|b| b.says).collect::<Vec<_>>();
    assert!(said(text).is_empty());
    let weaker = text.replace("unsafe_code = \"forbid\"", "unsafe_code = \"warn\"");
    assert!(said(&weaker).concat().contains("`rust::unsafe_code` must stand at `forbid`"));
    let gone = text.replace("unwrap_used = \"deny\"", "");
    assert!(said(&gone).concat().contains("`clippy::unwrap_used`"));
    assert!(said(&format!("[package]\nname = \"x\"\n{text}")).concat().contains("virtual manifest"));
}

fn judge(said: &Option<String>, expected: Option<&str>, case: &str) {
    match (said, expected) {
        (None, None) => {}
        (Some(said), Some(expected)) => assert!(said.contains(expected), "{case}: {said}"),
        (said, expected) => panic!("{case}: said {said:?}, expected {expected:?}"),
    }
}
