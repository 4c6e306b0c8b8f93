//! What an auditor runs: everything that one log says, verified offline, with nothing but its files and
//! its public key.
//!
//! Read in this order: here, what is asked; `story`, what the entries must say; `purge`, what is gone and might
//! go; `stamps`, what others say of it; `state`, how a service stood at a moment; `moment`, moments as they are typed; `folder`, how files are read; `report` and `texts`, how it is told. Signatures, hashes and chunks are verified in the crates
//! `ledger` and `recording`, entries decoded in `events`.

mod folder;
mod moment;
mod purge;
mod report;
mod stamps;
mod state;
mod story;
#[cfg(test)]
mod tests;
mod texts;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ledger::Error::{Rewritten, Shrunk};
use ledger::{Hash, KeyRing, MAX_NOTE, SignedCheckpoint};
use stamp::Authorities;
use vocab::{Lang, Text, printable};

use crate::folder::Folder;
use crate::report::{Place, Report};
use crate::stamps::Stamps;
use crate::state::State;
use crate::story::{Line, Story};
use crate::texts::{say, translated};

/// What is asked.
#[derive(Debug, Default)]
struct Asked {
    folder: PathBuf,
    key: PathBuf,
    since: Option<PathBuf>,
    recordings: Option<PathBuf>,
    authority: Option<PathBuf>,
    json: bool,
    print: bool,
    lang: Lang,
    /// How a service stood, and when.
    state: State,
    /// Seconds that the wall is ahead of UTC.
    offset: i64,
}

/// Why nothing could be verified.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&mut std::io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            // Nobody is left to be told when even this fails.
            let Text { fr, en } = translated(&why.to_string());
            let said = if fr == en { fr } else { format!("{fr} / {en}") };
            let _ = writeln!(std::io::stderr(), "poterne-verify: {}", printable(&said));
            ExitCode::from(2)
        }
    }
}

/// Does what is asked, and tells whether everything is whole.
fn run(out: &mut dyn Write) -> Result<bool, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(asked) = asked(lexopt::Parser::from_env(), &variable)? else {
        return Ok(out.write_all(include_bytes!("help.txt")).map(|()| true)?);
    };
    let report = verify(&asked, out, &wait)?;
    let text = if asked.json { report.json() } else { report.summary(asked.lang) };
    Ok(out.write_all(text.as_bytes()).map(|()| report.is_whole())?)
}

/// A gate at work signs within a second what it wrote; three, because its disk may be slow.
#[expect(clippy::disallowed_methods, reason = "files send no event, and a folder at rest never changes")]
fn wait() {
    std::thread::sleep(std::time::Duration::from_secs(3));
}

/// Reads the arguments; `None`: help is asked for. Without `--lang` it is the language of the environment, as for `poterne`.
fn asked(
    mut arguments: lexopt::Parser,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Asked>, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let (mut asked, mut folder, mut key) = (Asked::default(), None, None);
    let mut set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| variable(name));
    let locale = set.find(|locale| !locale.is_empty()).unwrap_or_default();
    asked.lang = if locale.split(['_', '.', '@']).next() == Some("en") { Lang::En } else { Lang::Fr };
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("key") => key = Some(arguments.value()?.into()),
            Long("since") => asked.since = Some(arguments.value()?.into()),
            Long("recordings") => asked.recordings = Some(arguments.value()?.into()),
            Long("tsa-ca") => asked.authority = Some(arguments.value()?.into()),
            Long("json") => asked.json = true,
            Long("print") => asked.print = true,
            Long("state") => asked.state.service = arguments.value()?.string()?,
            Long("at") => asked.state.at = Some(arguments.value()?.parse_with(moment::read)?),
            Long("offset") => asked.offset = arguments.value()?.parse_with(moment::offset)?,
            Long("lang") => {
                asked.lang = arguments.value()?.parse_with(|given| given.parse().map_err(|()| "fr or en"))?
            }
            Value(path) if folder.is_none() => folder = Some(path.into()),
            other => return Err(other.unexpected()),
        }
    }
    if asked.state.service.is_empty() != asked.state.at.is_none() {
        return Err("--state and --at, both".into());
    }
    asked.folder = folder.ok_or("which folder? see --help")?;
    asked.key = key.ok_or("which keys? see --help")?;
    if asked.json && asked.print { Err("--json or --print, not both".into()) } else { Ok(Some(asked)) }
}

/// Verifies everything. What the checkpoint leaves unexplained is looked at a second time after `wait`: on a
/// folder at work a later checkpoint covers it by then, and at rest nothing ever does.
fn verify(asked: &Asked, out: &mut dyn Write, wait: &dyn Fn()) -> Result<Report, Failure> {
    if !asked.folder.is_dir() {
        return Err(format!("`{}` is no folder", asked.folder.display()).into());
    }
    let (ring, keys) = named(&asked.key, keys_of)?;
    // An older checkpoint counts only when the same keys signed it.
    let older = |path: &PathBuf| named(path, |bytes| Ok(SignedCheckpoint::verify(bytes, &ring)?));
    let mut older = asked.since.as_ref().map(older).transpose()?;
    let authority = |path: &PathBuf| named(path, |bytes| Ok(Authorities::parse(bytes)?));
    let by = asked.authority.as_ref().map(authority).transpose()?;
    let size = |signed: &SignedCheckpoint| signed.checkpoint().size;
    let (origin, since, state) = (ring.origin().to_owned(), older.as_ref().map(size), asked.state.clone());
    let report = Report { origin, keys, since, state, ..Report::default() };
    let recordings = asked.recordings.clone().unwrap_or_else(|| asked.folder.join("recordings"));
    // What lies there is listed before any checkpoint is read, so that what comes later is nobody's fault.
    let source = Folder::new(&asked.folder);
    let mut stamps = Stamps::new(&asked.folder, &ring, by.as_ref());
    let now = SignedCheckpoint::read(&source, &ring).map_or(0, |signed| size(&signed));
    let (gone, found) = purge::find(&source, now);
    // Of the certificates that cover what is gone, the one that ends first tells the most.
    let from = found.iter().filter(|one| one.said.until >= gone).min_by_key(|one| one.said.until);
    let mut story = Story::new(recordings, report, from);
    let mut sizes: Vec<u64> = found.iter().map(|one| one.said.until).collect();
    let (mut told, mut waited, kept) = (0, false, older.clone());
    loop {
        let mut written = Ok(());
        let before = older.as_ref().map(SignedCheckpoint::checkpoint);
        let found = ledger::verify_log(&source, &ring, before, &sizes, |index, entry| {
            if index >= told {
                told = index + 1;
                let decoded = story.entry(index, entry);
                if let Some(entry) = &decoded
                    && entry.n == events::number::CHECKPOINT_TIMESTAMPED
                {
                    stamps.entry(&Line { index, entry });
                }
                if asked.print && written.is_ok() {
                    let at = decoded.map(|entry| moment::show(entry.at, asked.offset));
                    written = writeln!(out, "{index} {} {}", at.unwrap_or_default(), text(entry));
                }
            }
        });
        written?;
        // The gate purged meanwhile: what is left is judged from its certificate on.
        if found.gone > gone && !waited {
            return verify(asked, out, wait);
        }
        let mut report = story.clone().finish();
        // What is wrong with the log comes first: what its entries lack may follow from that.
        let lacks = std::mem::take(&mut report.problems);
        faults(&found, &mut report);
        if found.stopped {
            report.wrong(Place::default(), say("stopped", &[]));
        } else if let Some(signed) = &found.checkpoint {
            stamps.finish(&source, size(signed), &mut report);
            purge::judge(&found, &story.purges, kept.as_ref(), &mut report);
            source.strangers().iter().for_each(|(path, why)| report.wrong(Place::file(path), say(why, &[])));
            report.lacks(lacks, !found.faults.is_empty());
        }
        report.checkpoint = found.checkpoint;
        if waited || report.is_whole() || !found.faults.is_empty() {
            return Ok(report);
        }
        wait();
        sizes.extend(story.purges.certificates.iter().map(|one| one.said.until));
        (waited, older) = (true, report.checkpoint);
    }
}

/// An entry's own words, without its random bytes.
fn text(entry: &[u8]) -> String {
    printable(&String::from_utf8_lossy(entry.get(events::RANDOM_LEN..).unwrap_or_default()))
}

/// The keys, and what each is known by: SHA-256 of its line, and last of the whole file, as documents print it.
fn keys_of(bytes: &[u8]) -> Result<(KeyRing, Vec<(String, Hash)>), Failure> {
    let file = std::str::from_utf8(bytes)?;
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let name = |line: &str| line.splitn(3, '+').take(2).collect::<Vec<_>>().join("+");
    let each = lines.map(|line| (name(line), ledger::hash_of(&[line.as_bytes()])));
    Ok((KeyRing::parse(file)?, each.chain([("*".to_owned(), ledger::hash_of(&[bytes]))]).collect()))
}

/// What is wrong with the log itself; where it is shorter than it was, its own restoration may be why.
fn faults(found: &ledger::Report, report: &mut Report) {
    for fault in &found.faults {
        let place = Place { file: Some(fault.path.clone()), index: fault.index, session: None };
        let what = match (&fault.what, report.restored.first()) {
            (Shrunk(older, _) | Rewritten(older), Some((index, _))) if index < older => {
                say("beyond", &[index, index, &(older - 1)])
            }
            (what, _) => translated(&what.to_string()),
        };
        report.wrong(place, what);
    }
}

/// Reads a small file, a key file or a checkpoint, which is the longer of the two; a failure names it.
fn named<T>(path: &Path, read: impl Fn(&[u8]) -> Result<T, Failure>) -> Result<T, Failure> {
    let bytes = folder::read(path, MAX_NOTE).and_then(|bytes| bytes.ok_or_else(|| "is not there".to_owned()));
    let read = bytes.map_err(Failure::from).and_then(|bytes| read(&bytes));
    read.map_err(|why| format!("`{}`: {why}", path.display()).into())
}
