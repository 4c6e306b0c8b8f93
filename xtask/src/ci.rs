//! `cargo xtask ci`: everything that must hold before a change is taken, in the order of what is quick.

use crate::{deny, edges, shell, soak, test, tidy, typesetter, workspace};
use anyhow::Result;
use std::process::ExitCode;
use std::time::Instant;

/// Runs every step even after one has failed, so that one run tells everything; ends with the line of `test`.
pub(crate) fn run() -> ExitCode {
    let root = match workspace::root() {
        Ok(root) => root,
        Err(error) => return test::close(Err(error), false),
    };
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    let steps: [(&str, &dyn Fn() -> Result<()>); 7] = [
        ("fmt", &|| shell::run(shell::cargo(&root).args(["fmt", "--all", "--check"]))),
        ("edges", &edges::run),
        ("tidy", &tidy::run),
        ("deny", &deny::run),
        ("clippy", &|| shell::run(shell::cargo(&root).args(clippy))),
        ("fuzz", &|| soak::check(&root)),
        ("typesetter", &|| typesetter::check(&root)),
    ];
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for (name, step) in steps {
        println!("== {name}");
        let start = Instant::now();
        let outcome = step();
        let seconds = start.elapsed().as_secs_f64();
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        lines.push(format!("{name:>14} {seconds:8.1} s  {verdict}"));
        if let Err(error) = outcome {
            println!("error: {error:#}");
            failed.push(name);
        }
    }
    let count = test::all();
    println!("{}", lines.join("\n"));
    if !failed.is_empty() {
        println!("error: failed: {}", failed.join(", "));
    }
    test::close(count, failed.is_empty())
}
