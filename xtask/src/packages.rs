//! Debian packages that the tests and the demonstration use: real servers and clients.

use crate::shell;
use anyhow::{Result, bail};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

/// Something that is needed, and the package of Debian 12 that brings it.
pub(crate) struct Tool {
    needed: Needed,
    package: &'static str,
}

/// How it is known that it is there.
enum Needed {
    /// A program that can be started by its name.
    Program(&'static str),
    /// A library of the system's own Python, whichever Python is first on the path.
    Library(&'static str),
}

/// Where Debian's packages put the libraries of its Python.
const PYTHON_LIBRARIES: &str = "/usr/lib/python3/dist-packages";

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
    tool("pscp", "putty-tools"),
    tool("puttygen", "putty-tools"),
    tool("python3", "python3"),
    tool("openssl", "openssl"),
    tool("rsync", "rsync"),
    tool("ansible-playbook", "ansible-core"),
    library("paramiko", "python3-paramiko"),
    library("aiosmtpd", "python3-aiosmtpd"),
    library("asyncssh", "python3-asyncssh"),
    tool("asciinema", "asciinema"),
    tool("script", "bsdutils"),
    tool("mount", "mount"),
    tool("prlimit", "util-linux"),
    tool("systemd-analyze", "systemd"),
    tool("clamd", "clamav-daemon"),
    tool("age", "age"),
    tool("rsyslogd", "rsyslog rsyslog-openssl"),
    tool("nft", "nftables"),
];

/// What the fuzz targets are built with beside the tests' own tools.
pub(crate) const FUZZING: &[Tool] = &[tool("c++", "g++")];

const fn tool(program: &'static str, package: &'static str) -> Tool {
    Tool { needed: Needed::Program(program), package }
}

const fn library(name: &'static str, package: &'static str) -> Tool {
    Tool { needed: Needed::Library(name), package }
}

impl Tool {
    fn is_there(&self) -> bool {
        match self.needed {
            Needed::Program(name) => shell::on_path(name),
            Needed::Library(name) => Path::new(PYTHON_LIBRARIES).join(name).is_dir(),
        }
    }
}

/// Installs what is missing, or prints the one line that does and fails.
pub(crate) fn ensure(tools: &[Tool]) -> Result<()> {
    let mut missing: Vec<&str> =
        tools.iter().filter(|tool| !tool.is_there()).flat_map(|tool| tool.package.split(' ')).collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        install(&missing)?;
    }
    separation_folder()
}

/// The same for a module of the system's Python.
pub(crate) fn ensure_module(module: &str, package: &str) -> Result<()> {
    let mut python = Command::new("/usr/bin/python3");
    let found = python.args(["-Wignore", "-c", &format!("import {module}")]).output();
    if found.is_ok_and(|output| output.status.success()) { Ok(()) } else { install(&[package]) }
}

/// What the tests need of PyPI, pinned by hash, beside the programs that are built.
const PINNED: &str = "crates/testsuite/tests/e2e/tools/schemathesis.txt";
const VENV: &str = "target/tools/schemathesis";

/// Installs it in a place of its own, where it is not there as pinned.
pub(crate) fn ensure_python(root: &Path) -> Result<()> {
    let (pinned, venv) = (root.join(PINNED), root.join(VENV));
    let (wanted, mark) = (std::fs::read(&pinned)?, venv.join("pinned.txt"));
    if std::fs::read(&mark).is_ok_and(|has| has == wanted) {
        return Ok(());
    }
    ensure_module("ensurepip", "python3-venv")?;
    println!("Installing {PINNED} …");
    shell::run(Command::new("/usr/bin/python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    let mut pip = Command::new(venv.join("bin/pip"));
    shell::run(
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"])
            .arg(&pinned),
    )?;
    // Last: one that broke off is made anew.
    Ok(std::fs::write(mark, wanted)?)
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
    let folder = Path::new("/run/sshd");
    if is_root()? && !folder.is_dir() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(())
}

fn is_root() -> Result<bool> {
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::{library, tool};

    #[test]
    fn what_is_not_there_is_known() {
        assert!(tool("sh", "dash").is_there());
        assert!(!tool("no-such-program", "none").is_there());
        assert!(!library("no_such_library", "none").is_there());
    }
}
