//! The workspace as cargo sees it: our crates, what they depend on, and everything that is linked.

use crate::shell;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: Vec<String>,
    pub(crate) resolve: Resolve,
    pub(crate) workspace_root: PathBuf,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    /// Each feature with what it turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) manifest_path: PathBuf,
    /// `None`: may be published anywhere; an empty list: nowhere.
    pub(crate) publish: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<String>,
    pub(crate) rename: Option<String>,
    pub(crate) uses_default_features: bool,
    pub(crate) features: Vec<String>,
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
}

/// The folder of the workspace: the parent of `xtask/`, as cargo tells it at run time.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask …`")?;
    let root = Path::new(&manifest).parent().context("`xtask` has no parent folder")?;
    Ok(root.to_path_buf())
}

impl Workspace {
    /// Asks cargo, for the platform that we are on: first without the network, then with it.
    pub(crate) fn load() -> Result<Self> {
        Self::load_at(&root()?)
    }

    /// The workspace in this folder.
    pub(crate) fn load_at(root: &Path) -> Result<Self> {
        let text = metadata(root, true).or_else(|_| metadata(root, false))?;
        serde_json::from_str(&text).context("the answer of `cargo metadata` is not as expected")
    }

    /// Our own crates.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    pub(crate) fn package(&self, id: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.id == id)
    }
}

fn metadata(root: &Path, offline: bool) -> Result<String> {
    let host = host()?;
    let mut cargo = shell::cargo(root);
    cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", &host]);
    if offline {
        cargo.arg("--offline");
    }
    shell::output(&mut cargo)
}

/// The platform that we are on, in rustc's words.
pub(crate) fn host() -> Result<String> {
    let version = shell::output(std::process::Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` names no host")?.to_owned())
}
