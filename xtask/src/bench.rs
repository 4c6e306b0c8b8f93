//! `cargo xtask bench ssh`: the figures of the SSH gate, beside OpenSSH directly and OpenSSH's ProxyJump, all in one
//! run. Ratios count: absolute figures belong to the machine. A whole run writes `docs/performance.md` and the same
//! for programs beside it; never part of continuous integration.

mod bulk;
mod client;
mod echo;
mod files;
pub(crate) mod guide;
mod holder;
mod hostile;
mod house;
mod idle;
mod ledger;
mod numbers;
mod report;
mod setup;

use crate::{packages, shell, workspace};
use anyhow::{Context, Result, bail, ensure};
use house::House;
use report::Row;
use std::process::Command;
use std::time::{Duration, Instant};

/// The parts, in the order in which they run. What disturbs the others comes last.
const PARTS: [&str; 8] = ["setup", "echo", "files", "idle", "stalled", "silent", "bulk", "ledger"];

/// How much of everything.
#[derive(Debug, Clone, serde::Serialize)]
struct Scale {
    technicians: usize,
    /// Bytes of the large file.
    bulk: usize,
    /// Rounds of transfers, each with all peers; the middle one counts.
    rounds: usize,
    setups: usize,
    keys: usize,
    files: usize,
    sessions: usize,
    jump_sessions: usize,
    stall: Duration,
    silent: usize,
    entries: usize,
    append_seconds: u32,
}

/// What the figures are defined for.
const WHOLE: Scale = Scale {
    technicians: 64,
    bulk: 1 << 30,
    rounds: 3,
    setups: 100,
    keys: 2_000,
    files: 2_000,
    sessions: 1_000,
    jump_sessions: 100,
    stall: Duration::from_secs(30),
    silent: 5_000,
    entries: 1_000_000,
    append_seconds: 10,
};

/// Enough to see that it works.
const QUICK: Scale = Scale {
    technicians: 32,
    bulk: 128 << 20,
    rounds: 1,
    setups: 10,
    keys: 200,
    files: 200,
    sessions: 40,
    jump_sessions: 10,
    stall: Duration::from_secs(5),
    silent: 1_000,
    entries: 50_000,
    append_seconds: 2,
};

/// Runs what is asked for: `--only` some parts, which take the place of their former figures on the page; `--quick` little
/// of everything, which writes no page. With `--rounds` transfers go in so many rounds.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (mut quick, mut only, mut rounds) = (false, None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--quick" => quick = true,
            "--only" => only = Some(words.next().context("--only what?")?.split(',').collect::<Vec<_>>()),
            "--rounds" => rounds = Some(words.next().context("--rounds how many?")?.parse()?),
            other => bail!("`{other}`: bench ssh [--quick] [--rounds N] [--only {}]", PARTS.join(",")),
        }
    }
    let parts = only.clone().unwrap_or_else(|| PARTS.to_vec());
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(part)) {
        bail!("`{unknown}` is none of {}", PARTS.join(", "));
    }
    packages::ensure(packages::PEERS)?;
    packages::ensure_module("asyncssh", "python3-asyncssh")?;
    let mut scale = if quick { QUICK } else { WHOLE };
    scale.rounds = rounds.unwrap_or(scale.rounds).max(1);
    let begin = Instant::now();
    let rows = measure(&parts, &scale)?;
    println!("({:.0} s)", begin.elapsed().as_secs_f64());
    write(rows, &scale, quick)
}

fn measure(parts: &[&str], scale: &Scale) -> Result<Vec<Row>> {
    let mut house = House::open(scale.technicians)?;
    let (mut rows, mut named) = (Vec::new(), 0);
    for part in PARTS.iter().filter(|part| parts.contains(part)) {
        println!("== {part}");
        let found = match *part {
            "setup" => setup::run(&mut house, scale)?,
            "echo" => echo::run(&mut house, scale)?,
            "files" => {
                let (found, passed) = files::run(&mut house, scale)?;
                // Both ways of each round passed the gate once.
                named = passed;
                found
            }
            "bulk" => bulk::run(&mut house, scale)?,
            "idle" => idle::run(&mut house, scale)?,
            "stalled" => hostile::stalled(&mut house, scale)?,
            "silent" => hostile::silent(&mut house, scale)?,
            _ => ledger::run(&house, scale)?,
        };
        println!("\n{}", report::table(&found));
        rows.extend(found);
    }
    // Figures of a gate whose evidence is not whole are worth nothing.
    let (whole, files) = house.verified()?;
    ensure!(whole, "the ledger and the recordings of this run do not verify");
    ensure!(files >= named, "{named} files passed, the ledger names {files}");
    println!("Everything that the gate wrote meanwhile verifies; its ledger names {files} files.");
    Ok(rows)
}

/// The page, with what an earlier run found of the other parts; of a quick run only the figures for programs, where cargo
/// keeps what it makes.
fn write(rows: Vec<Row>, scale: &Scale, quick: bool) -> Result<()> {
    let root = workspace::root()?;
    if quick {
        std::fs::write(root.join("target/performance.json"), report::json(&rows, scale)?)?;
    } else {
        let json = root.join("docs/performance.json");
        let before = std::fs::read_to_string(&json).ok().map(|text| report::read(&text)).transpose()?;
        let all = together(before.unwrap_or_default(), &rows);
        std::fs::write(&json, report::json(&all, scale)?).with_context(|| json.display().to_string())?;
        std::fs::write(root.join("docs/performance.md"), report::page(&all, scale))?;
        println!("docs/performance.md and docs/performance.json are written.");
    }
    let missed: Vec<&Row> = rows.iter().filter(|row| row.reached == Some(false)).collect();
    println!("{} figures, {} not reached", rows.len(), missed.len());
    for row in missed {
        println!("  {}: {}", row.part, row.what);
    }
    Ok(())
}

/// The figures of now, and of before those of the parts that were not measured now; in the order of the parts.
fn together(before: Vec<Row>, now: &[Row]) -> Vec<Row> {
    let kept = before.into_iter().filter(|row| !now.iter().any(|new| new.part == row.part));
    let mut all: Vec<Row> = kept.chain(now.iter().cloned()).collect();
    all.sort_by_key(|row| PARTS.iter().position(|part| *part == row.part));
    all
}

/// A program of one of our crates that measures it from inside, built as it is delivered.
fn driver(package: &str, example: &str) -> Result<Command> {
    let root = workspace::root()?;
    let mut cargo = shell::cargo(&root);
    cargo.args(["build", "--release", "--locked", "--quiet", "-p", package, "--example", example]);
    shell::run(&mut cargo)?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |path| root.join(path));
    Ok(Command::new(target.join("release/examples").join(example)))
}

/// Waits: what is measured here is what is there after a while.
fn pause(time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, together};

    #[test]
    fn parts_that_were_not_measured_keep_their_figures() {
        let row = |part: &str, what: &str| Row::of_gate(part, what, 1.0);
        let before = vec![row("setup", "old"), row("idle", "old"), row("bulk", "old")];
        let all = together(before, &[row("idle", "new"), row("idle", "newer")]);
        let told: Vec<(&str, &str)> = all.iter().map(|row| (row.part.as_str(), row.what.as_str())).collect();
        assert_eq!(told, [("setup", "old"), ("idle", "new"), ("idle", "newer"), ("bulk", "old")]);
    }
}
