//! The program that prints documents: a workspace of its own (`typesetter/`), built into a folder of its own, and put beside
//! `poterne`, which looks for it there.

use crate::shell;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where it is, from the root.
pub(crate) const FOLDER: &str = "typesetter";
const PROGRAM: &str = "poterne-typesetter";

/// Builds it, and puts it beside the programs of the workspace. Returns its name and where it is.
pub(crate) fn build(root: &Path) -> Result<(String, PathBuf)> {
    shell::run(&mut cargo(root, &["build", "--locked"]))?;
    let built = root.join("target/typesetter/debug").join(PROGRAM);
    let beside = root.join("target/debug").join(PROGRAM);
    // Under another name first: one that runs is never written over.
    let fresh = beside.with_extension("new");
    std::fs::copy(&built, &fresh)
        .and_then(|_| std::fs::rename(&fresh, &beside))
        .with_context(|| format!("`{}` cannot be put beside the other programs", built.display()))?;
    Ok((PROGRAM.to_owned(), beside))
}

/// Its tests.
pub(crate) fn test(root: &Path) -> Command {
    cargo(root, &["test", "--locked", "--no-fail-fast"])
}

/// Its formatting and lints.
pub(crate) fn check(root: &Path) -> Result<()> {
    shell::run(&mut cargo(root, &["fmt", "--check"]))?;
    shell::run(&mut cargo(root, &["clippy", "--all-targets", "--locked", "--", "-D", "warnings"]))
}

fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut cargo = shell::cargo(&root.join(FOLDER));
    cargo.args(arguments).env("CARGO_TARGET_DIR", root.join("target/typesetter"));
    cargo
}
