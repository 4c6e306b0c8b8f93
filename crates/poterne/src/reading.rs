//! Reading a recording: with the reader's own key, which never enters the gate.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use recording::{Body, DataKey, Decoder, End, Reader, Record};
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
pub(crate) fn each(
    mut opened: Opened,
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

/// What a viewer sees of a record.
pub(crate) enum Shown {
    /// Bytes for the screen.
    Bytes(Vec<u8>),
    /// The screen has this size.
    Size(u32, u32),
    /// A remark of the recording itself.
    Remark(String),
}

/// What a viewer sees of a record, if anything.
pub(crate) fn shown(body: Body) -> Option<Shown> {
    use recording::Track;
    match body {
        Body::Data { track: Track::Output | Track::Stdout | Track::Stderr | Track::Notice, bytes } => {
            Some(Shown::Bytes(bytes))
        }
        Body::Data { track: Track::Mark, bytes } => {
            Some(Shown::Remark(format!("fichier : {}", String::from_utf8_lossy(&bytes))))
        }
        Body::Data { .. } | Body::Unseen { .. } | Body::File { .. } => None,
        Body::Size { columns, rows } => Some(Shown::Size(columns, rows)),
        Body::Elided { length, .. } => {
            Some(Shown::Remark(format!("{length} octets non conservés, empreinte scellée")))
        }
    }
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
    let mut file = File::create_new(&asked.asciicast)
        .with_context(|| format!("cannot write `{}`", asked.asciicast.display()))?;
    export::asciicast(opened, &mut file)
}
