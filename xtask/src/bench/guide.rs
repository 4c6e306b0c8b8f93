//! `cargo xtask bench guide`: one decision and the assessments of a whole deployment, from the database, at one size or at
//! several, and the search of a long log; beside what is wanted of them. Nothing asserts on these figures: they belong to
//! the machine.

use super::driver;
use crate::shell;
use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Establishments, providers, equipment, people: the deployment that the figures are wanted for.
const SIZE: [u32; 4] = [20, 200, 5_000, 10_000];

/// What is measured, in words, and what is wanted of it.
const FIGURES: [(&str, &str, Option<f64>); 12] = [
    ("services", "services", None),
    ("decision_p50_ms", "one decision with its read of facts, p50: ms", None),
    ("decision_p99_ms", "one decision with its read of facts, p99: ms", Some(1.0)),
    ("decision_cpu_ms", "one decision, processor time: ms", None),
    ("decision_waits", "one decision, wakings of threads", None),
    ("assess_p50_ms", "one service assessed, p50: ms", None),
    ("assess_all_s", "all services assessed: s", None),
    ("equipment_p99_ms", "assessed again after an equipment changed, p99: ms", Some(100.0)),
    ("person_p99_ms", "assessed again after a person changed, p99: ms", Some(100.0)),
    ("contract_p99_ms", "assessed again after a contract changed, p99: ms", Some(100.0)),
    ("provider_p99_ms", "assessed again after a provider changed, p99: ms", Some(100.0)),
    ("fill_s", "written: s", None),
];

/// Entries of a log, people and equipment that they name, days over which they are spread.
const LOG: [u32; 4] = [1_000_000, 10_000, 5_000, 1_000];
/// What is looked for in it, and in words.
const SEARCHES: [(&str, &str); 3] = [
    ("person", "entries of one person"),
    ("equipment", "entries of one equipment"),
    ("day", "entries of one day"),
];

/// Runs at each of these multiples of the size, then searches.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let times = match words {
        [] => vec![1],
        ["--times", times] => times
            .split(',')
            .map(|one| one.parse::<u32>().with_context(|| format!("`{one}` is no number")))
            .collect::<Result<_>>()?,
        other => bail!("`{}`: bench guide [--times 1,10,100]", other.join(" ")),
    };
    for times in times {
        let found = figures(("store", "guide"), SIZE.map(|many| many.saturating_mul(times)))?;
        println!("== {times} times {SIZE:?} (establishments, providers, equipment, people)");
        for (name, what, wanted) in FIGURES {
            let figure = number(&found, name)?;
            let judged = match wanted {
                Some(wanted) if figure > wanted => format!("  (wanted {wanted}: not reached)"),
                Some(wanted) => format!("  (wanted {wanted})"),
                None => String::new(),
            };
            println!("{figure:>12.2}  {what}{judged}");
        }
    }
    let found = figures(("archive", "search"), LOG)?;
    println!("== a log of {} entries, searched whole", LOG[0]);
    for (name, what) in SEARCHES {
        let (took, many) = (number(&found, &format!("{name}_s"))?, number(&found, &format!("{name}_found"))?);
        println!("{took:>12.2}  {many} {what}: s");
    }
    Ok(())
}

/// What the driver of a package prints about itself, run in a folder of its own.
fn figures((package, example): (&str, &str), sizes: [u32; 4]) -> Result<Value> {
    let folder = std::env::temp_dir().join(format!("poterne-bench-guide-{}", std::process::id()));
    let mut driver = driver(package, example)?;
    driver.arg(&folder).args(sizes.map(|many| many.to_string()));
    let said = shell::output(&mut driver);
    std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let said = said?;
    serde_json::from_str(&said).with_context(|| said.clone())
}

fn number(found: &Value, name: &str) -> Result<f64> {
    found.get(name).and_then(Value::as_f64).with_context(|| format!("no `{name}` in {found}"))
}
