//! `poterne document …`: the running gate gathers the data, the program `poterne-typesetter` prints it, the gate writes
//! down what was printed; only then does the file bear its name (`docs/formats/documents.md`).

pub(crate) mod data;
mod stamps;
mod typesetter;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use control::Errand;
use documents::{Document, Part};
use recording::Digest;
use serde::{Deserialize, Serialize};
use vocab::EstablishmentId;

use crate::backup::{Hand, Unfinished, hex};
use crate::cli::{DocumentDo, Print, PrintDo};
use crate::config::Config;
use crate::papers::{self, Beside};
use crate::texts::{Because as _, say, spoken};

/// What is asked of the gate.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// The kind of document.
    pub(crate) kind: String,
    /// What it is about, as it was typed.
    pub(crate) subject: String,
    /// A moment, or the first one.
    pub(crate) from: Option<String>,
    /// The last moment.
    pub(crate) until: Option<String>,
    /// One part of it.
    pub(crate) part: Option<Part>,
}

/// What was printed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) establishment: EstablishmentId,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) data: String,
}

/// The command line's part.
pub(crate) async fn run(what: DocumentDo) -> anyhow::Result<()> {
    let what = match what {
        DocumentDo::Paper(what) => return papers::run(what).await,
        DocumentDo::Print(what) => what,
    };
    let beside = Beside::of(&what);
    let stamped = stamps::asked(&what);
    let (asked, Print { out, json, which }) = request(what);
    let config = Config::read(&which.config)?;
    let typesetter = if json { None } else { Some(typesetter::place(&config)?) };
    // The place is taken before anything is asked: a file that is there is never written over.
    let (unfinished, mut file) = Unfinished::create(&out)?;
    let hand = Hand::reach(config.clone()).await?;
    let done = write(&hand, asked, typesetter.as_deref(), &mut file).await;
    hand.stop().await;
    let (document, done) = done?;
    unfinished.name()?;
    // What is named is in the ledger already.
    if let Some(folder) = stamped {
        stamps::write(&folder, &config, &document)?;
    }
    if let Some(beside) = beside {
        beside.write().await?;
    }
    match done {
        Some((made, index)) => {
            println!("{}", say("document_done", &[&out.display(), &made.bytes, &made.sha256, &index]));
        }
        None => println!("{}", say("document_data", &[&out.display()])),
    }
    Ok(())
}

/// Everything before the file bears its name; its data, what was printed, and the index of its entry.
async fn write(
    hand: &Hand,
    asked: Asked,
    typesetter: Option<&Path>,
    file: &mut File,
) -> anyhow::Result<(Document, Option<(Made, String)>)> {
    let (document, bytes, made) = printed(hand, asked, typesetter).await?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).because("document_write", &[])?;
    let Some(made) = made else { return Ok((document, None)) };
    let index = written_down(hand, &made).await?;
    Ok((document, Some((made, index))))
}

/// The data, the file, and what the ledger is to say of it; data alone says nothing there.
async fn printed(
    hand: &Hand,
    asked: Asked,
    typesetter: Option<&Path>,
) -> anyhow::Result<(Document, Vec<u8>, Option<Made>)> {
    let asked = serde_json::to_string(&asked)?;
    let data = hand.run(Errand::Document { asked, lang: spoken() }).await?;
    let document: Document = serde_json::from_str(&data).because("document_odd", &[])?;
    let Some(typesetter) = typesetter else { return Ok((document, data.into_bytes(), None)) };
    let pdf = typesetter::run(typesetter, data.as_bytes()).await?;
    let made = Made {
        establishment: document.establishment.id.parse().because("document_odd", &[])?,
        kind: document.body.kind().to_owned(),
        subject: document.body.subject(&document.establishment).to_owned(),
        sha256: hex(&Digest::of(&[&pdf])),
        bytes: u64::try_from(pdf.len())?,
        data: hex(&Digest::of(&[data.as_bytes()])),
    };
    Ok((document, pdf, Some(made)))
}

/// The index of the entry that says so.
async fn written_down(hand: &Hand, made: &Made) -> anyhow::Result<String> {
    hand.run(Errand::DocumentMade { made: serde_json::to_string(made)?, lang: spoken() }).await
}

fn request(what: PrintDo) -> (Asked, Print) {
    let asked = |kind: &str, subject: String| Asked { kind: kind.to_owned(), subject, ..Asked::default() };
    match what {
        PrintDo::Statement { provider: Some(provider), at, to, .. } => {
            (Asked { from: at, ..asked("provider", provider) }, to)
        }
        PrintDo::Statement { service, at, to, .. } => {
            (Asked { from: at, ..asked("statement", service.unwrap_or_default()) }, to)
        }
        PrintDo::Report { intervention, to } => (asked("report", intervention), to),
        PrintDo::Engagement { person, to } => (asked("engagement", person), to),
        PrintDo::Pack { service, from, until, to, .. } => {
            (Asked { from: Some(from), until, ..asked("pack", service) }, to)
        }
        PrintDo::Kit { establishment, part, to } => {
            let part = part.as_deref().and_then(crate::cli::part);
            (Asked { part, ..asked("kit", establishment.unwrap_or_default()) }, to)
        }
    }
}
