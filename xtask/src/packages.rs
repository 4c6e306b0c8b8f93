//! Debian packages that the tests and the demonstration use: real servers and clients.

use crate::shell;
use anyhow::{Result, bail};
use std::os::unix::fs::MetadataExt;
use std::process::Command;

/// A program that is needed, and the package of Debian 12 that brings it.
pub(crate) struct Tool {
    program: &'static str,
    package: &'static str,
}

/// What the end-to-end tests and the demonstration start: a real sshd as equipment, real clients.
pub(crate) const PEERS: &[Tool] = &[
    tool("cc", "gcc libc6-dev"),
    tool("sshd", "openssh-server"),
    tool("ssh", "openssh-client"),
    tool("sftp", "openssh-client"),
    tool("scp", "openssh-client"),
    tool("ssh-keygen", "openssh-client"),
    tool("plink", "putty-tools"),
    tool("psftp", "putty-tools"),
    tool("puttygen", "putty-tools"),
    tool("python3", "python3"),
    tool("rsync", "rsync"),
    tool("asciinema", "asciinema"),
    tool("script", "bsdutils"),
    tool("mount", "mount"),
    tool("age", "age"),
];

/// What the fuzz targets are built with beside the tests' own tools.
pub(crate) const FUZZING: &[Tool] = &[tool("c++", "g++")];

const fn tool(program: &'static str, package: &'static str) -> Tool {
    Tool { program, package }
}

/// Installs what is missing, or prints the one line that does and fails.
pub(crate) fn ensure(tools: &[Tool]) -> Result<()> {
    let mut missing: Vec<&str> = tools
        .iter()
        .filter(|tool| !shell::on_path(tool.program))
        .flat_map(|tool| tool.package.split(' '))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        install(&missing)?;
    }
    separation_folder()
}

fn install(packages: &[&str]) -> Result<()> {
    if !is_root()? {
        let list = packages.join(" ");
        bail!(
            "des paquets de Debian manquent ; lancez cette ligne, puis recommencez / \
             Debian packages are missing; run this line, then try again:\n\
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {list}"
        );
    }
    println!("Installing {} …", packages.join(", "));
    // The lock may be held by the system's own updates: wait for them up to 15 minutes.
    let lock = ["-o", "DPkg::Lock::Timeout=900"];
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(lock);
        apt
    };
    shell::run(apt().arg("update"))?;
    shell::run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

/// An sshd started by root wants this folder, which the service manager otherwise makes.
fn separation_folder() -> Result<()> {
    let folder = std::path::Path::new("/run/sshd");
    if is_root()? && !folder.is_dir() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(())
}

fn is_root() -> Result<bool> {
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}
