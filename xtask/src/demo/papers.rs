//! The contract side of the story: what is missing is said and mended one by one, and what was done is on paper.

use super::house::House;
use super::steps::{contains, entry_with};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::Command;

/// What the description lacks at first: the rule that refuses, and what mends it.
const LACKS: [(&str, &str); 3] = [("C2", "relais"), ("A1", "plan"), ("T9", "comptes")];

/// The intervention is approved, and three conditions are missing: the refusal names all of them, and one less each time.
pub(super) fn mended(house: &House) -> Result<()> {
    // A code is good once, and both lack the same: while one waits for the next code, the other tries.
    let tries = |number: usize| if number.is_multiple_of(2) { "durand" } else { "nguyen" };
    for (number, (_, mends)) in LACKS.iter().enumerate() {
        let ran = house.run(tries(number), &["ssh", "scanner-1", "id"])?;
        ensure!(ran.code != Some(0) && !ran.out.contains("uid="), "the door opened:\n{}", ran.seen());
        for (nth, (rule, _)) in LACKS.iter().enumerate() {
            let named = ran.seen().contains(&format!("[{rule}]"));
            ensure!(named == (nth >= number), "{rule} after {number} were mended:\n{}", ran.seen());
        }
        contains(&ran, &["Accès refusé", "Remède", "Qui"])?;
        house.run("completer", &[mends])?.with_code(0)?;
    }
    let ran = house.run(tries(LACKS.len()), &["ssh", "scanner-1", "id"])?.with_code(0)?;
    contains(&ran, &["uid="])
}

/// Report, statement and pack lie on the disk as PDF, and the ledger knows each by its hash.
pub(super) fn printed(house: &House) -> Result<()> {
    let yesterday = crate::shell::output(Command::new("date").args(["-d", "-1 day", "+%F %H:%M"]))?;
    let papers: [(&str, &[&str]); 3] = [
        ("rapport.pdf", &["report", "i-1"]),
        ("bilan.pdf", &["statement", "scanner-maintenance"]),
        ("preuves.pdf", &["pack", "scanner-maintenance", "--from", yesterday.trim()]),
    ];
    for (file, words) in papers {
        let words = [&["document"], words, &["--out", file]].concat();
        house.run("poterne", &words)?.with_code(0)?;
        let path = house.folder.join(file);
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        ensure!(bytes.starts_with(b"%PDF-"), "`{file}` is no PDF");
        let sum = crate::shell::output(Command::new("sha256sum").arg(&path))?;
        let sum = sum.split_whitespace().next().context("sha256sum said nothing")?;
        entry_with(house, &format!("no document {sum}"), |entry| {
            entry.get("code").and_then(Value::as_str) == Some("document-made")
                && entry.pointer("/data/sha256").and_then(Value::as_str) == Some(sum)
        })?;
    }
    Ok(())
}
