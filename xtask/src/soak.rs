//! `cargo xtask soak [seconds]`: what takes too long for each change. Every fuzz target for so many seconds, then
//! the long tests of the door, with ten times the usual cases of the properties; then the real program, killed at a
//! thousand points and on a failing disk. `cargo xtask tamper`: the tamper campaign alone, whole.

use crate::test::END_TO_END;
use crate::{packages, shell, workspace};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The targets of `fuzz/src/main.rs`, and the vectors that each begins with: a folder of `docs/formats/vectors` and
/// how the names there end.
const TARGETS: [(&str, &str, &str); 11] = [
    ("sftp", "", ""),
    ("scp", "", ""),
    ("entry", "events", ".json"),
    ("recording", "recording", ".rec"),
    ("checkpoint", "ledger", ""),
    ("token", "timestamp", ".tsr"),
    ("keys", "ledger", ""),
    ("tile", "", ""),
    ("certificate", "", ""),
    ("site", "", ""),
    ("config", "", ""),
];
/// The end-to-end tests that have a long form, by the beginning of their names.
const LONG_END_TO_END: [&str; 3] = ["kills::", "full::", "hostile::"];
/// Seconds for each target when nothing is said.
const SECONDS: u32 = 60;
/// What libFuzzer wants to know of each branch and comparison; all of it is stable.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// With a target named, the flags are for the program and not for build scripts.
const MACHINE: &str = "x86_64-unknown-linux-gnu";

/// Runs everything; the first that fails ends it.
pub(crate) fn run(seconds: Option<&str>) -> Result<()> {
    let seconds = seconds.map_or(Ok(SECONDS), str::parse).context("`seconds` is a whole number")?;
    let root = workspace::root()?;
    packages::ensure(packages::PEERS)?;
    packages::ensure(packages::FUZZING)?;
    let program = build(&root)?;
    for (target, folder, ending) in TARGETS {
        fuzz(&root, &program, target, &seeds(&root, target, folder, ending)?, seconds)?;
    }
    long_tests(&root)
}

fn build(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/fuzz");
    let mut cargo = shell::cargo(root);
    cargo
        .args(["build", "--release", "--locked", "--target", MACHINE, "--manifest-path", "fuzz/Cargo.toml"])
        .env("CARGO_TARGET_DIR", &folder)
        .env("RUSTFLAGS", COVERAGE);
    shell::run(&mut cargo)?;
    Ok(folder.join(MACHINE).join("release/fuzz"))
}

/// Whether the fuzz program still compiles, without libFuzzer, which takes a C++ compiler: it reads files of the product
/// that no other test links so.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut cargo = shell::cargo(root);
    cargo
        .args(["check", "--locked", "--manifest-path", "fuzz/Cargo.toml"])
        // What is built already is of this folder.
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env("CUSTOM_LIBFUZZER_PATH", root.join("target/none/libfuzzer.a"));
    shell::run(&mut cargo)
}

/// The corpus of a target, which grows from run to run, with its vectors in it and what is kept of it in `fuzz/corpus`;
/// ordinary tests replay that.
fn seeds(root: &Path, target: &str, folder: &str, ending: &str) -> Result<PathBuf> {
    let corpus = root.join("target/fuzz/corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    let kept = root.join("fuzz/corpus").join(target);
    for file in if kept.is_dir() { Some(std::fs::read_dir(kept)?) } else { None }.into_iter().flatten() {
        let file = file?;
        std::fs::copy(file.path(), corpus.join(file.file_name()))?;
    }
    let vectors = root.join("docs/formats/vectors").join(folder);
    for file in std::fs::read_dir(vectors)? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        if folder.is_empty() || !name.ends_with(ending) || !file.file_type()?.is_file() {
            continue;
        }
        let mut bytes = std::fs::read(file.path())?;
        if target == "entry" {
            // A vector is the text of an entry; 16 random bytes stand before it, no line feed behind it.
            bytes = [vec![0; 16], bytes.trim_ascii_end().to_vec()].concat();
        }
        std::fs::write(corpus.join(name), bytes)?;
    }
    Ok(corpus)
}

fn fuzz(root: &Path, program: &Path, target: &str, corpus: &Path, seconds: u32) -> Result<()> {
    let crashes = root.join("target/fuzz/crashes");
    std::fs::create_dir_all(&crashes)?;
    println!("== {target}: {seconds} s");
    let mut command = std::process::Command::new(program);
    command
        .env("FUZZ_TARGET", target)
        .args([
            format!("-max_total_time={seconds}"),
            "-timeout=10".to_owned(),
            "-rss_limit_mb=1024".to_owned(),
        ])
        .args(["-print_final_stats=1", "-verbosity=0"])
        .arg(format!("-artifact_prefix={}/{target}-", crashes.display()))
        .arg(corpus);
    let status = command.status().with_context(|| program.display().to_string())?;
    if !status.success() {
        bail!("`{target}` broke: what broke it is in {}; keep it as a case of a test", crashes.display());
    }
    Ok(())
}

fn long_tests(root: &Path) -> Result<()> {
    println!("== long tests");
    let mut cargo = shell::cargo(root);
    cargo
        .args(["test", "--workspace", "--locked", "--exclude", END_TO_END])
        .env("POTERNE_LONG", "1")
        .env("PROPTEST_CASES", "2560");
    shell::run(&mut cargo)?;
    // The programs that the end-to-end tests start.
    shell::run(shell::cargo(root).args(["build", "--workspace", "--bins", "--locked"]))?;
    let mut cargo = shell::cargo(root);
    cargo.args(["test", "--locked", "--package", END_TO_END, "--"]).args(LONG_END_TO_END);
    // One after the other: both wait for limits in time.
    shell::run(cargo.args(["--nocapture", "--test-threads=1"]).env("POTERNE_LONG", "1"))
}

/// The tamper campaign, whole: a sample of it is part of every test run.
pub(crate) fn tamper() -> Result<()> {
    let root = workspace::root()?;
    let mut cargo = shell::cargo(&root);
    cargo.args(["test", "--locked", "--package", "poterne-verify", "--", "campaign::", "--nocapture"]);
    shell::run(cargo.env("POTERNE_LONG", "1"))
}
