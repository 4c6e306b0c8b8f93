//! Documents that are kept as files.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Which;

#[derive(Debug, Subcommand)]
pub(crate) enum PaperDo {
    /// Keep a signed paper or external evidence as a file, encrypted; its hash is in the ledger.
    Add(AddPaper),
    /// The documents that are kept.
    List {
        #[command(flatten)]
        of: Papers,
    },
    /// What is known of one of them.
    Show {
        /// Its hash, or the first eight digits of it.
        hash: String,
        #[command(flatten)]
        of: Papers,
    },
    /// Write one in clear; that it is read, and why, is written into the ledger first.
    Export {
        /// Its hash, or the first eight digits of it.
        hash: String,
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
        /// Why it is read.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        of: Papers,
    },
    /// Hold every kept document against its hash; nothing of any is shown.
    Verify {
        #[command(flatten)]
        of: Papers,
    },
}

/// A document that is filed.
#[derive(Debug, Args)]
pub(crate) struct AddPaper {
    /// The file.
    pub(crate) file: PathBuf,
    /// What it is, one or several: contract, agreement, plan, audit, attestation, engagement, or evidence.
    #[arg(long = "as", required = true, value_delimiter = ',')]
    pub(crate) kinds: Vec<String>,
    /// What it is called (by default the file's name).
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// For evidence: who wrote it.
    #[arg(long, value_parser = ["firewall", "provider", "equipment"])]
    pub(crate) from_whom: Option<String>,
    /// For evidence: on which service.
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// For evidence: from this day and time on, on the establishment's wall, such as '2026-03-14 22:10'.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// For evidence: until this one.
    #[arg(long)]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) of: Papers,
}

/// Whose documents.
#[derive(Debug, Args)]
pub(crate) struct Papers {
    /// The establishment (by default the gate's home).
    #[arg(long)]
    pub(crate) establishment: Option<String>,
    /// The answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}
