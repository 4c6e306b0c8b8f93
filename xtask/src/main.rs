//! `cargo xtask …`: everything that the project does with itself. What continuous integration runs is
//! `cargo xtask ci`, and nothing else.

mod audit;
mod bench;
mod breach;
mod ci;
mod demo;
mod deny;
mod edges;
mod files;
mod markdown;
mod packages;
mod shell;
mod soak;
mod source;
mod spdx;
mod test;
mod tidy;
mod typesetter;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  test            install what the tests need, build, run every test, end with `N passed, N failed, N skipped`
  demo [--check]  the guided demonstration; with --check it plays itself and exits 0 only if every step held
  ci              fmt, edges, tidy, deny, clippy, whether the fuzz program compiles, then everything that `test` does
  soak [seconds]  every fuzz target for so many seconds (60), then the long tests; never part of ci
  tamper          every change to a small folder of evidence, and each is found and located; ci runs a sample
  bench ssh [--quick] [--rounds N] [--only PART,…]
                  the figures of the SSH gate beside OpenSSH and ProxyJump, into docs/performance.md; never part of ci
  bench guide [--times 1,10,100]
                  decisions and assessments on a whole deployment in the database, at these sizes; never part of ci
  edges           who may depend on whom, and the one home of each outside library
  tidy            module docs, sizes, ARCHITECTURE.md, links, forbidden words
  audit [source]  everything that we link against the RustSec advisories (a git repository), then deny; never part of ci
  deny            licences, bans and sources of everything that we link (deny.toml)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => return test::run(),
        ["ci"] => return ci::run(),
        ["soak"] => soak::run(None),
        ["soak", seconds] => soak::run(Some(seconds)),
        ["tamper"] => soak::tamper(),
        ["bench", "ssh", words @ ..] => bench::run(words),
        ["bench", "guide", words @ ..] => bench::guide::run(words),
        ["edges"] => edges::run(),
        ["tidy"] => tidy::run(),
        ["audit"] => audit::run(None),
        ["audit", source] => audit::run(Some(source)),
        ["deny"] => deny::run(),
        ["demo"] => demo::run(false),
        ["demo", "--check"] => demo::run(true),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
