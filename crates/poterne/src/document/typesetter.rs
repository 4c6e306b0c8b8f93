//! The program that prints: found beside our own, or where the configuration says; never by the environment's path.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{anyhow, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use vocab::printable;

use crate::config::Config;
use crate::texts::{Because as _, say};

const NAME: &str = "poterne-typesetter";
/// Longest document: a page is about 15 KB beside 200 KB of fonts, so that 64 MiB are some 4,000 pages.
const PDF_MAX: u64 = 64 * 1024 * 1024;
/// What it says when it fails is one line.
const SAID_MAX: u64 = 4 * 1024;
/// How long it may take: the largest pack takes some seconds, and the program ends itself after a minute of work.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where it is.
pub(super) fn place(config: &Config) -> anyhow::Result<PathBuf> {
    let place = match &config.gate.typesetter {
        Some(place) => place.clone(),
        None => std::env::current_exe().because("typesetter_beside", &[])?.with_file_name(NAME),
    };
    if !place.is_file() {
        bail!(say("typesetter_missing", &[&place.display()]));
    }
    Ok(place)
}

/// Prints the data of one document.
pub(super) async fn run(program: &Path, data: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new(program);
    command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().because("typesetter_start", &[&program.display()])?;
    let pipes = child.stdin.take().zip(child.stdout.take()).zip(child.stderr.take());
    let ((mut give, take), hear) =
        pipes.ok_or_else(|| anyhow!(say("typesetter_start", &[&program.display()])))?;
    let work = async {
        let (mut pdf, mut said) = (Vec::new(), Vec::new());
        let giving = async {
            // A program that ended before it read all says why itself.
            let _broken = give.write_all(data).await;
            drop(give);
        };
        let mut took = take.take(PDF_MAX + 1);
        let mut heard = hear.take(SAID_MAX);
        let ((), read, _) = tokio::join!(giving, took.read_to_end(&mut pdf), heard.read_to_end(&mut said));
        read?;
        if u64::try_from(pdf.len())? > PDF_MAX {
            bail!(say("typesetter_long", &[&PDF_MAX]));
        }
        let status = child.wait().await?;
        if !status.success() || !pdf.starts_with(b"%PDF-") {
            let said = String::from_utf8_lossy(&said);
            bail!(say("typesetter_failed", &[&status, &printable(said.trim())]));
        }
        Ok(pdf)
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => bail!(say("typesetter_slow", &[&PATIENCE.as_secs()])),
    }
}
