//! The form of every `Cargo.toml` of ours, and the guard on the workspace's own settings.

use crate::breach::Breach;
use crate::workspace::{Package, Workspace};
use anyhow::{Context, Result};
use std::path::Path;
use toml::{Table, Value};

/// Lints that the workspace must keep, with the weakest level that is still accepted.
const LINTS: &[(&str, &str, &str)] = &[
    ("rust", "unsafe_code", "forbid"),
    ("rust", "missing_docs", "warn"),
    ("rust", "unused_must_use", "deny"),
    ("clippy", "unwrap_used", "deny"),
    ("clippy", "expect_used", "deny"),
    ("clippy", "panic", "deny"),
    ("clippy", "indexing_slicing", "deny"),
    ("clippy", "string_slice", "deny"),
    ("clippy", "todo", "deny"),
    ("clippy", "unimplemented", "deny"),
    ("clippy", "unreachable", "deny"),
    ("clippy", "dbg_macro", "deny"),
    ("clippy", "allow_attributes", "deny"),
    ("clippy", "allow_attributes_without_reason", "deny"),
];

/// Every breach in the manifests.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let mut breaches = root(&read(&workspace.workspace_root.join("Cargo.toml"))?);
    for package in workspace.ours() {
        let manifest = read(&package.manifest_path)?;
        breaches.extend(form(&workspace.workspace_root, package, &manifest));
    }
    Ok(breaches)
}

fn read(path: &Path) -> Result<Table> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    text.parse().with_context(|| format!("`{}` is not TOML", path.display()))
}

/// The root manifest: virtual, with every lint at its level.
pub(super) fn root(manifest: &Table) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let place = "Cargo.toml";
    if manifest.contains_key("package") {
        breaches.push(Breach::new(place, "the root is a virtual manifest: it has no package of its own"));
    }
    for (tool, lint, wanted) in LINTS {
        let found = at(manifest, &["workspace", "lints", tool, lint]);
        let level =
            found.and_then(|value| value.as_str().or_else(|| value.get("level").and_then(Value::as_str)));
        if strength(level.unwrap_or("allow")) < strength(wanted) {
            breaches.push(Breach::new(
                place,
                format!("the lint `{tool}::{lint}` must stand at `{wanted}` at least"),
            ));
        }
    }
    breaches
}

fn strength(level: &str) -> u8 {
    match level {
        "forbid" => 3,
        "deny" => 2,
        "warn" => 1,
        _ => 0,
    }
}

/// One crate's manifest: its place, its version, its lints, and that it can be published nowhere.
pub(super) fn form(root: &Path, package: &Package, manifest: &Table) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut says = |says: String| breaches.push(Breach::new(&package.name, says));
    let folder = if package.name == "xtask" { "xtask".into() } else { format!("crates/{}", package.name) };
    if package.manifest_path != root.join(&folder).join("Cargo.toml") {
        says(format!("lives at `{}`, not at `{folder}`", package.manifest_path.display()));
    }
    if package.version != "0.0.0" {
        says(format!("has version `{}`, not `0.0.0`", package.version));
    }
    if package.publish.as_ref().is_none_or(|registries| !registries.is_empty()) {
        says("must say `publish = false` (`publish.workspace = true`)".to_owned());
    }
    if at(manifest, &["lints", "workspace"]).and_then(Value::as_bool) != Some(true) {
        says("must say `[lints] workspace = true`".to_owned());
    }
    breaches
}

fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}
