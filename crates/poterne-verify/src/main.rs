//! What an auditor runs: everything that one log says, verified offline, with nothing but its files and
//! its public key.
//!
//! Read in this order: here, what is asked; `story`, what the entries must say; `folder`, how files are
//! read; `report` and
//! `texts`, how it is told. Signatures, hashes and chunks are verified in the crates `ledger` and
//! `recording`, entries decoded in `events`.

mod folder;
mod report;
mod story;
#[cfg(test)]
mod tests;
mod texts;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ledger::{Checkpoint, KeyRing, MAX_NOTE, SignedCheckpoint};
use vocab::Lang;

use crate::folder::Folder;
use crate::report::{Place, Report, printable};
use crate::story::Story;
use crate::texts::{say, translated};

const HELP: &str = include_str!("help.txt");

/// What is asked.
#[derive(Debug, Default)]
struct Asked {
    folder: PathBuf,
    key: PathBuf,
    since: Option<PathBuf>,
    recordings: Option<PathBuf>,
    json: bool,
    print: bool,
    lang: Lang,
}

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let told = match asked(lexopt::Parser::from_env()) {
        Ok(None) => write!(out, "{HELP}").map(|()| true).map_err(|error| error.to_string()),
        Ok(Some(asked)) => verify(&asked, &mut out).and_then(|report| {
            let text = if asked.json { report.json() } else { report.summary(asked.lang) };
            out.write_all(text.as_bytes()).map(|()| report.is_whole()).map_err(|error| error.to_string())
        }),
        Err(error) => Err(error.to_string()),
    };
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            // Nobody is left to be told when even this fails.
            let _ = writeln!(std::io::stderr(), "poterne-verify: {}", printable(&why));
            ExitCode::from(2)
        }
    }
}

/// Reads the arguments; `None`: help is asked for.
fn asked(mut arguments: lexopt::Parser) -> Result<Option<Asked>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let (mut asked, mut folder, mut key) = (Asked::default(), None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("key") => key = Some(arguments.value()?.into()),
            Long("since") => asked.since = Some(arguments.value()?.into()),
            Long("recordings") => asked.recordings = Some(arguments.value()?.into()),
            Long("json") => asked.json = true,
            Long("print") => asked.print = true,
            Long("lang") => {
                let lang = arguments.value()?.string()?;
                asked.lang = lang.parse().map_err(|()| format!("`{lang}` is no language: fr or en"))?;
            }
            Value(path) if folder.is_none() => folder = Some(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    asked.folder = folder.ok_or("which folder? see --help")?;
    asked.key = key.ok_or("which keys? see --help")?;
    if asked.json && asked.print { Err("--json or --print, not both".into()) } else { Ok(Some(asked)) }
}

/// Verifies everything. An error: nothing could be verified.
fn verify(asked: &Asked, out: &mut dyn Write) -> Result<Report, String> {
    if !asked.folder.is_dir() {
        return Err(format!("`{}` is no folder", asked.folder.display()));
    }
    let keys = String::from_utf8(read(&asked.key)?).map_err(|_| "the key file is not text")?;
    let ring = KeyRing::parse(&keys).map_err(|error| format!("`{}`: {error}", asked.key.display()))?;
    let older = asked.since.as_deref().map(|path| older(path, &ring)).transpose()?;
    let report = Report {
        origin: ring.origin().to_owned(),
        keys: ring.keys().len(),
        since: older.as_ref().map(|older| older.size),
        ..Report::default()
    };
    let recordings = asked.recordings.clone().unwrap_or_else(|| asked.folder.join("recordings"));
    let mut story = Story::new(&recordings, ring.origin(), report);
    let source = Folder::new(&asked.folder);
    let mut written = Ok(());
    let found = ledger::verify_log(&source, &ring, older.as_ref(), |index, entry| {
        story.entry(index, entry);
        if asked.print && written.is_ok() {
            let text = String::from_utf8_lossy(entry.get(events::RANDOM_LEN..).unwrap_or_default());
            written = writeln!(out, "{index} {}", printable(&text));
        }
    });
    written.map_err(|error| error.to_string())?;
    let mut report = story.finish();
    // What is wrong with the log comes first: what its entries lack may follow from that.
    let told = std::mem::take(&mut report.problems);
    for fault in &found.faults {
        let place = Place { file: Some(fault.path.clone()), index: fault.index, session: None };
        report.wrong(place, translated(&fault.what.to_string()));
    }
    if found.stopped {
        report.wrong(Place::default(), say("stopped", &[]));
    } else if found.checkpoint.is_some() {
        source.strangers().iter().for_each(|(path, why)| report.wrong(Place::file(path), say(why, &[])));
        told.into_iter().for_each(|(place, what)| report.wrong(place, what));
    }
    report.checkpoint = found.checkpoint;
    Ok(report)
}

/// An older checkpoint of the same log, signed by the same keys.
fn older(path: &Path, ring: &KeyRing) -> Result<Checkpoint, String> {
    let signed = SignedCheckpoint::verify(&read(path)?, ring);
    signed.map(|signed| signed.checkpoint().clone()).map_err(|error| format!("`{}`: {error}", path.display()))
}

/// A small file: a key file, or a checkpoint, which is the longer of the two.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let named = |why: &str| format!("`{}`: {why}", path.display());
    folder::read(path, MAX_NOTE).map_err(|why| named(&why))?.ok_or_else(|| named("is not there"))
}
