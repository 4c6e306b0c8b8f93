//! Reading a recording: with the reader's own key, which never enters the gate.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use control::Errand;
use recording::{DataKey, Decoder, End, Reader, Record};
use vault::reader::ReaderKey;

use crate::cli::{ExportRecording, Replay, Why};
use crate::operator::errand;
use crate::texts::{Because as _, from_vault, of_ending, say, spoken};
use crate::{export, replay};

/// A recording that was opened: every chunk verified, and decrypted as it is asked for.
pub(crate) type Opened = Decoder<BufReader<File>>;

/// Draws a reader's key.
pub(crate) fn create_key(file: &Path, label: &str) -> anyhow::Result<()> {
    let key = from_vault(ReaderKey::create(file, label)).because("reader_key", &[])?;
    // The public line alone goes to standard output: it is what `init --recipients` reads.
    println!("{}", key.recipient().line());
    eprintln!("{}", say("reader_kept", &[&file.display()]));
    Ok(())
}

/// Opens a recording with a reader's key.
pub(crate) fn open(file: &Path, key: &Path) -> anyhow::Result<Opened> {
    let reader_key = from_vault(ReaderKey::read(key)).because("reader_key", &[])?;
    let name: [&dyn Display; 1] = [&file.display()];
    let head = Reader::new(BufReader::new(File::open(file).because("recording", &name)?))
        .because("recording", &name)?;
    let header = head.header();
    let data_key = from_vault(reader_key.unwrap(&header.establishment, &header.recipients));
    let data_key = DataKey::new(&data_key.because("reader_share", &[])?).because("data_key", &[])?;
    Decoder::new(BufReader::new(File::open(file).because("recording", &name)?), data_key)
        .because("recording", &name)
}

/// Hands every record to `take`, in order, then says how the recording ends.
pub(crate) fn each<R: Read>(
    mut opened: Decoder<R>,
    mut take: impl FnMut(Record) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    while let Some(records) = opened.chunk().because("broken", &[])? {
        for record in records {
            take(record)?;
        }
    }
    Ok(match opened.end() {
        Some(End::Sealed { seal, .. }) => say("sealed", &[&of_ending(seal.ending)]),
        _ => say("unsealed", &[]),
    })
}

/// Before anything of it is shown: the gate writes down that it is read, and why.
/// What it may show is said.
fn told(opened: &Opened, why: &Why) -> anyhow::Result<Option<String>> {
    let Some(reason) = why.reason.clone() else {
        eprintln!("{}", say("reading_outside", &[]));
        return Ok(None);
    };
    let header = opened.header();
    let reading = Errand::Reading {
        establishment: header.establishment.to_string(),
        recording: header.recording.to_string(),
        session: header.session.to_string(),
        reason,
        told: why.told.clone(),
        untold: why.untold.clone(),
        lang: spoken(),
    };
    let class = crate::runtime()?.block_on(errand(&why.which.config, reading))?;
    if class.is_empty() {
        return Ok(None);
    }
    eprintln!("{}", vocab::printable(&class));
    Ok(Some(class))
}

/// `poterne replay`.
pub(crate) fn replay(asked: &Replay) -> anyhow::Result<()> {
    let opened = open(&asked.file, &asked.key)?;
    told(&opened, &asked.why)?;
    replay::play(opened, asked)
}

/// `poterne export --asciicast`.
pub(crate) fn export(asked: &ExportRecording, why: &Why) -> anyhow::Result<()> {
    let opened = open(&asked.file, &asked.key)?;
    let class = told(&opened, why)?;
    if asked.asciicast.as_os_str() == "-" {
        return export::asciicast(opened, class.as_deref(), &mut std::io::stdout().lock());
    }
    // What is in it is as sensitive as the recording: for whoever made it alone, and whole or not at all.
    let to = &asked.asciicast;
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let file = create().because("file_write", &[&to.display()])?;
    let written = export::asciicast(opened, class.as_deref(), &mut BufWriter::new(file));
    if written.is_err() {
        let _ = std::fs::remove_file(to);
    }
    written
}
