//! Who may depend on whom, and the one home of each outside library.
//!
//! The two tables below are the house as `ARCHITECTURE.md` draws it. A dependency that stands in no table
//! is an error, and so is a line of a table that nothing uses any more.

mod manifest;
#[cfg(test)]
mod tests;

use crate::breach::{Breach, conclude};
use crate::workspace::{Dependency, Package, Workspace};
use anyhow::Result;

/// The crates that read no clock, no file, no environment and no dice.
pub(crate) const CORE: &[&str] = &[
    "vocab",
    "domain",
    "guide",
    "policy",
    "session",
    "ledger",
    "events",
    "recording",
    "transfer",
    "documents",
    "stamp",
];
const EDGES: &[&str] =
    &["store", "archive", "vault", "scanner", "ssh-edge", "control", "outbox", "tickets", "api"];

/// Our crates: what each may link, and what its tests may link besides.
const CRATES: &[Room] = &[
    // The core has one direction.
    room("vocab", &[&[]]),
    room("domain", &[&["vocab"]]),
    room("guide", &[&["vocab", "domain"]]).tested_with(&["fiction"]),
    room("policy", &[&["vocab", "domain", "guide"]]).tested_with(&["fiction"]),
    room("session", &[&["vocab"]]),
    room("events", &[&["vocab"]]),
    room("recording", &[&["vocab"]]),
    room("transfer", &[&["vocab"]]),
    room("ledger", &[&[]]),
    room("documents", &[&[]]),
    room("stamp", &[&[]]),
    // What three edges and the program do alike on the disk.
    room("lock", &[&[]]),
    // The gate sees the core alone; an edge sees the gate and the core, never another edge.
    room("gate", &[CORE]).tested_with(&["testkit"]),
    room("store", &[CORE, &["gate", "lock"]]).tested_with(&["testkit"]),
    room("archive", &[CORE, &["gate", "lock"]]).tested_with(&["testkit"]),
    room("vault", &[CORE, &["gate", "lock"]]).tested_with(&["testkit"]),
    room("scanner", &[CORE, &["gate"]]).tested_with(&["testkit"]),
    room("ssh-edge", &[CORE, &["gate"]]).tested_with(&["testkit"]),
    room("control", &[CORE, &["gate"]]).tested_with(&["testkit"]),
    room("outbox", &[CORE, &["gate"]]).tested_with(&["testkit"]),
    room("tickets", &[CORE, &["gate"]]),
    room("api", &[CORE, &["gate"]]).tested_with(&["testkit"]),
    // The programs.
    room("poterne", &[CORE, &["gate", "lock"], EDGES]).tested_with(&["testkit"]),
    room("poterne-verify", &[&["ledger", "recording", "events", "stamp", "vocab"]]),
    // The proof.
    room("fiction", &[&["vocab", "domain"]]),
    room("testkit", &[CORE, &["gate", "fiction"]]),
    room("testsuite", &[&[]]).tested_with(&[
        "testkit",
        "vocab",
        "ledger",
        "recording",
        "events",
        "gate",
        "archive",
    ]),
    room("xtask", &[&[]]),
];

const ALL: &[&[&str]] =
    &[CORE, &["gate"], EDGES, &["poterne", "poterne-verify", "fiction", "testkit", "testsuite", "xtask"]];
const ASYNC: &[&[&str]] = &[&["gate"], EDGES, &["poterne", "testkit"]];

/// Outside libraries: the crates that may link each. One home where the library carries a right.
const HOMES: &[Home] = &[
    home("aws-lc-rs", &[&["vault", "ledger", "recording", "transfer", "stamp"]]),
    home("hpke", &[&["vault"]]),
    home("russh", &[&["ssh-edge"]]),
    home("lettre", &[&["outbox"]]),
    home("axum", &[&["api"]]),
    home("utoipa", &[&["api"]]),
    home("utoipa-axum", &[&["api"]]),
    home("rustls", &[&["outbox", "tickets", "api"]]),
    home("cms", &[&["stamp"]]),
    home("der", &[&["stamp"]]),
    home("x509-cert", &[&["stamp"]]),
    home("rustls-webpki", &[&["stamp"]]),
    home("rustls-pki-types", &[&["stamp"]]),
    home("tokio-rustls", &[&["outbox", "tickets", "api"]]),
    home("sqlx", &[&["store"]]),
    home("hyper", &[&["control", "outbox", "tickets", "api"]]),
    home("hyper-util", &[&["control", "outbox", "tickets", "api"]]),
    home("http-body-util", &[&["control", "outbox", "tickets"]]),
    home("prometheus-client", &[&["control"]]),
    home("zstd", &[&["recording"]]),
    home("jiff", &[&["domain", "store", "poterne"]]),
    home("clap", &[&["poterne"]]),
    home("clap_complete", &[&["poterne"]]),
    home("lexopt", &[&["poterne-verify"]]),
    home("sha1", &[&["poterne"]]),
    home("semver", &[&["xtask"]]),
    home("mimalloc", &[&["poterne"]]),
    home("landlock", &[&["poterne"]]),
    home("seccompiler", &[&["poterne"]]),
    home("libc", &[&["poterne"]]),
    home("tracing-subscriber", &[&["poterne"]]),
    home("anyhow", &[&["poterne", "xtask"]]),
    home("toml", &[&["store", "poterne", "xtask"]]),
    home("rustix", &[&["archive", "control", "outbox", "poterne"]]),
    home("base64", &[&["control", "gate", "ledger", "outbox", "store", "tickets", "vault"]]),
    home("zeroize", &[&["vocab", "vault"]]),
    home("subtle", &[&["vocab", "vault"]]),
    home("bytes", &[&["ssh-edge", "control", "tickets", "transfer"]]),
    home("futures", &[&["ssh-edge"]]),
    home("tokio", ASYNC),
    home("tracing", ASYNC),
    home("serde", ALL),
    home("serde_json", &[&["events", "gate", "poterne", "testkit", "xtask"], EDGES]),
    home("thiserror", ALL),
];

/// What only tests may link, beside a crate's own homes above.
const TEST_HOMES: &[Home] = &[
    home("proptest", ALL),
    home("ct-merkle", &[&["ledger"]]),
    home("sha2", &[&["ledger"]]),
    home("signed_note", &[&["ledger"]]),
    home("tlog_tiles", &[&["ledger"]]),
    home("tempfile", &[EDGES, &["lock", "poterne", "testkit", "testsuite", "xtask"]]),
    home("serde_json", &[&["policy", "testsuite"]]),
    home("aws-lc-rs", &[&["testsuite"]]),
    home("tokio", &[&["testsuite"]]),
    home("toml", &[&["policy"]]),
];

/// Why a forbidden arrow between two of our crates is forbidden, most particular first.
fn reason(from: &str, to: &str) -> &'static str {
    let is_edge = |name: &str| EDGES.contains(&name);
    match (from, to) {
        (_, "testkit") => {
            "`testkit` is for tests: dev-dependencies of the gate, the edges and the programs only"
        }
        (_, "fiction") => "`fiction` is for tests: dev-dependencies of the core above it, and `testkit`",
        (_, "testsuite" | "xtask" | "poterne" | "poterne-verify") => {
            "nothing depends on a program or on the tests"
        }
        ("ledger", _) => "the ledger depends on nothing of ours: it keeps opaque bytes",
        ("poterne-verify", _) => {
            "the verifier links what an auditor can read: ledger, recording, events, stamp, vocab"
        }
        (from, "gate") if CORE.contains(&from) => "the core never depends on the gate",
        (from, to) if CORE.contains(&from) && is_edge(to) => "the core never depends on an edge",
        (from, _) if CORE.contains(&from) => {
            "the core has one direction: policy → guide → domain → vocab; session, events, recording, transfer → vocab"
        }
        ("gate", _) => "the gate depends on the core alone; an edge reaches it through a port",
        (from, to) if is_edge(from) && is_edge(to) => "an edge never depends on another edge",
        _ => "this arrow is not in the table of `xtask/src/edges.rs`",
    }
}

/// `cargo xtask edges`.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let mut breaches = check(&workspace);
    breaches.extend(manifest::check(&workspace)?);
    conclude("edges", breaches)
}

struct Room {
    name: &'static str,
    links: &'static [&'static [&'static str]],
    tests: &'static [&'static str],
}

const fn room(name: &'static str, links: &'static [&'static [&'static str]]) -> Room {
    Room { name, links, tests: &[] }
}

impl Room {
    const fn tested_with(mut self, tests: &'static [&'static str]) -> Self {
        self.tests = tests;
        self
    }

    fn may_link(&self, name: &str) -> bool {
        self.links.iter().any(|group| group.contains(&name))
    }
}

struct Home {
    library: &'static str,
    crates: &'static [&'static [&'static str]],
}

const fn home(library: &'static str, crates: &'static [&'static [&'static str]]) -> Home {
    Home { library, crates }
}

impl Home {
    fn has(&self, name: &str) -> bool {
        self.crates.iter().any(|group| group.contains(&name))
    }
}

/// Every breach of the tables in what the crates declare.
fn check(workspace: &Workspace) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for package in workspace.ours() {
        let Some(room) = CRATES.iter().find(|room| room.name == package.name) else {
            breaches.push(Breach::new(
                &package.name,
                "this crate is in no floor: give it a line in `CRATES` of `xtask/src/edges.rs` and in ARCHITECTURE.md",
            ));
            continue;
        };
        breaches.extend(package.dependencies.iter().filter_map(|dependency| arrow(room, dependency)));
    }
    for package in workspace.packages.iter().filter(|package| package.source.is_some()) {
        if is_ours(&package.name) {
            breaches.push(Breach::new(
                format!("Cargo.lock: {}", package.name),
                "a package from outside bears the name of a crate of ours",
            ));
        }
    }
    breaches.extend(stale(workspace));
    breaches
}

fn is_ours(name: &str) -> bool {
    CRATES.iter().any(|room| room.name == name)
}

/// Judges one declared dependency of one crate.
fn arrow(room: &Room, dependency: &Dependency) -> Option<Breach> {
    let place = format!("{} → {}", room.name, dependency.name);
    let breach = |says: String| Some(Breach::new(place.clone(), says));
    if let Some(rename) = &dependency.rename {
        return breach(format!("renamed to `{rename}`: one thing has one name"));
    }
    match (is_ours(&dependency.name), &dependency.path) {
        (true, None) => {
            return breach("a crate of ours comes by `path`, never from a registry or git".to_owned());
        }
        (false, Some(path)) => {
            return breach(format!("`{}` is no crate of this workspace", path.display()));
        }
        (true, Some(_)) => {}
        (false, None) => return outside(room, dependency),
    }
    let of_tests = dependency.kind.as_deref() == Some("dev");
    let allowed =
        room.may_link(&dependency.name) || (of_tests && room.tests.contains(&dependency.name.as_str()));
    if allowed { None } else { breach(reason(room.name, &dependency.name).to_owned()) }
}

fn outside(room: &Room, dependency: &Dependency) -> Option<Breach> {
    let name = dependency.name.as_str();
    let of_tests = dependency.kind.as_deref() == Some("dev");
    let homes = HOMES.iter().chain(TEST_HOMES.iter().filter(|_| of_tests));
    let known: Vec<&Home> = homes.filter(|home| home.library == name).collect();
    if known.iter().any(|home| home.has(room.name)) {
        return None;
    }
    let places: Vec<&str> =
        known.iter().flat_map(|home| home.crates.iter().copied().flatten().copied()).collect();
    let says = if places.is_empty() {
        "this library has no home: give it one in `HOMES` of `xtask/src/edges.rs`, and say why in docs/decisions"
            .to_owned()
    } else {
        format!("a second home: this library lives in {} only", places.join(", "))
    };
    Some(Breach::new(format!("{} → {name}", room.name), says))
}

/// Lines of the tables that nothing uses: a table that describes what is gone misleads.
fn stale(workspace: &Workspace) -> Vec<Breach> {
    let ours: Vec<&Package> = workspace.ours().collect();
    let uses = |library: &str, only_tests: bool| {
        ours.iter().flat_map(|package| &package.dependencies).any(|dependency| {
            dependency.name == library && (!only_tests || dependency.kind.as_deref() == Some("dev"))
        })
    };
    let rooms = CRATES.iter().filter(|room| !ours.iter().any(|package| package.name == room.name));
    let homes = HOMES.iter().filter(|home| !uses(home.library, false));
    let tests = TEST_HOMES.iter().filter(|home| !uses(home.library, true));
    rooms
        .map(|room| Breach::new(room.name, "in the table of `xtask/src/edges.rs`, but not in the workspace"))
        .chain(homes.chain(tests).map(|home| {
            Breach::new(home.library, "has a home in `xtask/src/edges.rs`, but nothing uses it any more")
        }))
        .collect()
}
