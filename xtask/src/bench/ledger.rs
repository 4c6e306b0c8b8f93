//! The ledger alone: how many entries a second become durable, and how long it takes to verify a million.

use super::house::House;
use super::numbers::count;
use super::report::Row;
use super::{Scale, driver};
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::Command;
use std::time::Instant;

const PART: &str = "ledger";

/// Runs the driver of `archive`, then the verifier over what it wrote.
pub(super) fn run(house: &House, scale: &Scale) -> Result<Vec<Row>> {
    let folder = house.path("ledger");
    let mut driver = driver("archive", "appends")?;
    driver.arg(&folder).arg(scale.entries.to_string()).arg(scale.append_seconds.to_string());
    let said = shell::output(&mut driver)?;
    let figures: Value = serde_json::from_str(&said).with_context(|| said.clone())?;
    let figure = |name: &str| {
        figures.get(name).and_then(Value::as_f64).with_context(|| format!("no `{name}` in {said}"))
    };
    let begin = Instant::now();
    let mut verify = Command::new(house.path("app/poterne-verify"));
    let output = verify
        .arg(folder.join("log"))
        .arg("--key")
        .arg(folder.join("keys"))
        .args(["--lang", "en"])
        .output()?;
    let verified = begin.elapsed().as_secs_f64();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "the verifier found: {told}{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(&folder)?;
    println!("  ledger: {} entries", scale.entries);
    Ok(vec![
        Row::of_gate(
            PART,
            "appends/s, 64 writers, each durable before it is acknowledged",
            figure("appends_per_s")?,
        ),
        Row::of_gate(PART, "one append, p50: ms", figure("append_p50_ms")?),
        Row::of_gate(PART, "one append, p99: ms", figure("append_p99_ms")?),
        Row::of_gate(
            PART,
            "the disk beside it: append and fdatasync of 512 bytes, one writer, per s",
            figure("syncs_per_s")?,
        ),
        Row::of_gate(
            PART,
            "appends for each sync of the disk",
            figure("appends_per_s")? / figure("syncs_per_s")?,
        ),
        Row::of_gate(
            PART,
            format!("verification of {} entries with their signatures: s", scale.entries),
            verified,
        ),
        Row::of_gate(PART, "entries verified per s", count(scale.entries) / verified),
    ])
}
