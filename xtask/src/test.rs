//! `cargo xtask test`: installs what the tests need, builds, runs every test of the workspace, and ends
//! with one plain line.

use crate::workspace::{self, Workspace};
use crate::{packages, shell, typesetter};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// The crate whose tests start real programs and real servers.
pub(crate) const END_TO_END: &str = "testsuite";

/// What the tests said, summed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// `cargo xtask test`. The last line is `N passed, N failed, N skipped`.
pub(crate) fn run() -> ExitCode {
    close(all(), true)
}

/// Prints the closing line; what stopped before it could count is one failure.
pub(crate) fn close(count: Result<Count>, checks_held: bool) -> ExitCode {
    let count = count.unwrap_or_else(|error| {
        println!("error: {error:#}");
        Count { failed: 1, ..Count::default() }
    });
    println!("{count}");
    if count.failed == 0 && checks_held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Every phase. Each is asked for the whole workspace, so that cargo builds every library once.
pub(crate) fn all() -> Result<Count> {
    let root = workspace::root()?;
    packages::ensure(packages::PEERS)?;
    packages::ensure_python(&root)?;
    let targets = Targets::of(&Workspace::load()?);
    let mut times = Vec::new();
    timed(&mut times, "build", || {
        shell::run(shell::cargo(&root).args(["build", "--workspace", "--all-targets", "--locked"]))
    })?;
    // Beside the program, where it looks for it: the tests end to end print.
    timed(&mut times, "typesetter", || typesetter::build(&root))?;
    let mut unit = vec!["--lib", "--bins"];
    unit.extend(targets.integration.iter().flat_map(|name| ["--test", name.as_str()]));
    let end_to_end: Vec<&str> =
        targets.end_to_end.iter().flat_map(|name| ["--test", name.as_str()]).collect();
    let mut sum = Count::default();
    for (phase, selection) in [("unit", unit), ("documentation", vec!["--doc"]), ("end to end", end_to_end)] {
        if !selection.is_empty() {
            let mut cargo = shell::cargo(&root);
            cargo.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(&selection);
            sum = sum + timed(&mut times, phase, || tests(cargo))?;
        }
    }
    sum = sum + timed(&mut times, "printing", || tests(typesetter::test(&root)))?;
    for (phase, seconds) in times {
        println!("{phase:>14} {seconds:8.1} s");
    }
    Ok(sum)
}

impl std::ops::Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// The names of the integration tests, those that start real servers apart.
#[derive(Debug, Default)]
struct Targets {
    integration: BTreeSet<String>,
    end_to_end: BTreeSet<String>,
}

impl Targets {
    fn of(workspace: &Workspace) -> Self {
        let mut targets = Self::default();
        for package in workspace.ours() {
            let tests = package.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "test"));
            let names = tests.map(|target| target.name.clone());
            if package.name == END_TO_END {
                targets.end_to_end.extend(names);
            } else {
                targets.integration.extend(names);
            }
        }
        targets.integration.retain(|name| !targets.end_to_end.contains(name));
        targets
    }
}

fn timed<T>(
    times: &mut Vec<(&'static str, f64)>,
    phase: &'static str,
    act: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let start = Instant::now();
    println!("== {phase}");
    let outcome = act();
    times.push((phase, start.elapsed().as_secs_f64()));
    outcome
}

/// Runs the selected tests to the end, passing on what they print, and sums their result lines.
fn tests(mut cargo: Command) -> Result<Count> {
    cargo.stdout(Stdio::piped());
    let line = shell::shown(&cargo);
    println!("$ {line}");
    let mut child = cargo.spawn().with_context(|| format!("`{line}` could not be started"))?;
    let output = child.stdout.take().context("the tests have no output")?;
    let mut count = Count::default();
    for text in BufReader::new(output).split(b'\n') {
        let text = String::from_utf8_lossy(&text?).into_owned();
        println!("{text}");
        count = count + result(&text).unwrap_or_default();
    }
    let status = child.wait()?;
    if !status.success() && count.failed == 0 {
        // A test program that died, or did not compile, prints no result of its own.
        println!("`{line}` ended with {status}");
        count.failed = 1;
    }
    Ok(count)
}

/// The counts of a line `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn result(line: &str) -> Option<Count> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut count = Count::default();
    for part in counts.split(';') {
        let mut words = part.split_whitespace();
        let (Some(number), Some(word)) = (words.next(), words.next()) else { continue };
        let place = match word {
            "passed" => &mut count.passed,
            "failed" => &mut count.failed,
            "ignored" => &mut count.skipped,
            _ => continue,
        };
        *place = number.parse().ok()?;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::{Count, result};

    #[test]
    fn result_lines_are_summed() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.02s";
        let count = result(line).unwrap();
        assert_eq!(count, Count { passed: 12, failed: 3, skipped: 1 });
        assert_eq!((count + count).to_string(), "24 passed, 6 failed, 2 skipped");
        assert_eq!(result("test policy::opens ... ok"), None);
        assert_eq!(result("running 3 tests"), None);
    }
}
