//! Reading a recording: with the reader's own key, which never enters the gate.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use recording::{DataKey, Decoder, End, Reader, Record};
use vault::reader::ReaderKey;

use crate::cli::{Export, Replay};
use crate::{export, replay};

/// A recording that was opened: every chunk verified, and decrypted as it is asked for.
pub(crate) type Opened = Decoder<BufReader<File>>;

/// Draws a reader's key.
pub(crate) fn create_key(file: &Path, label: &str) -> anyhow::Result<()> {
    let key = ReaderKey::create(file, label).context("the reader's key")?;
    // The public line alone goes to standard output: it is what `init --recipients` reads.
    println!("{}", key.recipient().line());
    eprintln!("Clé privée : {} — gardez-la hors de la passerelle, avec une copie.", file.display());
    Ok(())
}

/// Opens a recording with a reader's key.
pub(crate) fn open(file: &Path, key: &Path) -> anyhow::Result<Opened> {
    let reader_key = ReaderKey::read(key).context("the reader's key")?;
    let named = || format!("the recording `{}`", file.display());
    let head = Reader::new(BufReader::new(File::open(file).with_context(named)?)).with_context(named)?;
    let header = head.header();
    let data_key = reader_key
        .unwrap(&header.establishment, &header.recipients)
        .context("this reader's share of the key")?;
    let data_key = DataKey::new(&data_key).context("the key of the recording")?;
    Decoder::new(BufReader::new(File::open(file).with_context(named)?), data_key).with_context(named)
}

/// Hands every record to `take`, in order, then says how the recording ends.
pub(crate) fn each<R: Read>(
    mut opened: Decoder<R>,
    mut take: impl FnMut(Record) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    while let Some(records) = opened.chunk().context("the recording is broken")? {
        for record in records {
            take(record)?;
        }
    }
    Ok(match opened.end() {
        Some(End::Sealed { seal, .. }) => format!("scellé, fin : {}", seal.ending.as_str()),
        _ => "sans sceau : la passerelle s'est arrêtée net".to_owned(),
    })
}

/// `poterne replay`.
pub(crate) fn replay(asked: &Replay) -> anyhow::Result<()> {
    replay::play(open(&asked.file, &asked.key)?, asked)
}

/// `poterne export --asciicast`.
pub(crate) fn export(asked: &Export) -> anyhow::Result<()> {
    let opened = open(&asked.file, &asked.key)?;
    if asked.asciicast.as_os_str() == "-" {
        return export::asciicast(opened, &mut std::io::stdout().lock());
    }
    // What is in it is as sensitive as the recording: for whoever made it alone, and whole or not at all.
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(&asked.asciicast);
    let file = create().with_context(|| format!("cannot write `{}`", asked.asciicast.display()))?;
    let written = export::asciicast(opened, &mut BufWriter::new(file));
    if written.is_err() {
        let _ = std::fs::remove_file(&asked.asciicast);
    }
    written
}
