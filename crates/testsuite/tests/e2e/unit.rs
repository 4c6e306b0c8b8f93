//! The units of systemd that are shipped: systemd takes them, they say what they should, and all that they name is
//! there.

use std::path::{Path, PathBuf};

use crate::support::world::program;
use crate::support::{PATIENCE, finish, run};

const SERVICES: [&str; 2] = ["poterne.service", "poterne-backup.service"];

/// What the door's unit must say, whatever else it says.
const HARDENING: &[&str] = &[
    "User=poterne",
    "LoadCredential=vault.key:/etc/poterne/vault.key",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "RestrictNamespaces=yes",
    "MemoryDenyWriteExecute=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "LimitCORE=0",
    "UMask=0077",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn unit(name: &str) -> String {
    std::fs::read_to_string(repository().join("packaging").join(name)).unwrap()
}

/// The lines that start a program.
fn commands(unit: &str) -> impl Iterator<Item = Vec<&str>> {
    unit.lines().filter_map(|line| line.strip_prefix("ExecStart=")).map(|line| line.split(' ').collect())
}

#[test]
fn systemd_takes_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let here = program("poterne");
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in [SERVICES[0], SERVICES[1], "poterne-backup.timer"] {
        let text = unit(name).replace("/usr/local/bin/poterne", here.to_str().unwrap());
        std::fs::write(path(name), text).unwrap();
    }
    let mut verify = std::process::Command::new("systemd-analyze");
    verify.args([
        "--man=no",
        "verify",
        &path(SERVICES[0]),
        &path(SERVICES[1]),
        &path("poterne-backup.timer"),
    ]);
    let done = finish(verify, PATIENCE).exits(0);
    assert_eq!(done.said(), "", "a directive that systemd does not know is only a warning of it");
    for (name, exposure) in [(SERVICES[0], "20"), (SERVICES[1], "25")] {
        let threshold = format!("--threshold={exposure}");
        run("systemd-analyze", &["security", "--no-pager", "--offline=yes", &threshold, &path(name)]);
    }
}

#[test]
fn what_the_units_name_is_there() {
    let door = unit(SERVICES[0]);
    for line in HARDENING {
        assert!(door.lines().any(|is| is == *line), "{line}");
    }
    let pages = ["docs/installation.md", "docs/installation.en.md"];
    let pages = pages.map(|page| std::fs::read_to_string(repository().join(page)).unwrap());
    for name in SERVICES {
        let text = unit(name);
        for words in commands(&text).filter(|words| words[0].ends_with("/poterne")) {
            let help = run(program("poterne").to_str().unwrap(), &[words[1], "--help"]);
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{name}: `poterne {}` knows no {option}: {help}", words[1]);
            }
        }
        for path in paths(&text) {
            for page in &pages {
                assert!(page.contains(path), "{name}: {path} is in no step of the installation");
            }
        }
        for page in &pages {
            assert!(page.contains(&format!("packaging/{name}")), "{name} is not installed");
        }
    }
}

/// The paths of ours that a unit names.
fn paths(unit: &str) -> impl Iterator<Item = &str> {
    let lines = unit.lines().filter(|line| !line.starts_with('#') && !line.starts_with("Documentation"));
    let words = lines.flat_map(|line| line.split([' ', '=', ':']));
    // The page puts both programs into their folder by one line.
    let paths = words.filter(|word| word.starts_with('/') && word.contains("poterne"));
    paths.map(|path| path.strip_suffix("bin/poterne").map_or(path, |_| "/usr/local/bin/"))
}
