//! What is read of the evidence, taken out, and taken over.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Which;

#[derive(Debug, Args)]
pub(crate) struct Traces {
    /// About what: intervention, session, person, or all.
    pub(crate) about: String,
    /// Its name.
    pub(crate) name: Option<String>,
    /// Why they are read.
    #[arg(long)]
    pub(crate) reason: String,
    /// The establishment (by default the home one).
    #[arg(long)]
    pub(crate) establishment: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// Of what: contract, provider, person, engagement, service, equipment, treatment, signature, intervention…
    pub(crate) kind: String,
    /// Its name.
    pub(crate) name: String,
    /// Why it is read.
    #[arg(long)]
    pub(crate) reason: String,
    /// The establishment (by default the home one).
    #[arg(long)]
    pub(crate) establishment: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

/// Why a recording is read, and which gate is told.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Why it is read: written into the ledger first.
    #[arg(long, required_unless_present = "outside")]
    pub(crate) reason: Option<String>,
    /// Who speaks for the provider and was told, where the recording may show the provider's secrets.
    #[arg(long, conflicts_with_all = ["outside", "untold"])]
    pub(crate) told: Option<String>,
    /// Why nobody was told.
    #[arg(long, conflicts_with = "outside")]
    pub(crate) untold: Option<String>,
    /// A copy, away from the gate: nothing is written, and whoever was given it answers for it.
    #[arg(long, conflicts_with = "reason")]
    pub(crate) outside: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The recording.
    pub(crate) file: PathBuf,
    /// The reader's key.
    #[arg(long)]
    pub(crate) key: PathBuf,
    /// Times faster than it happened.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// Begin here, in seconds.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) from: f64,
    /// Longest pause, in seconds.
    #[arg(long)]
    pub(crate) idle: Option<f64>,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Export {
    #[command(subcommand)]
    pub(crate) what: Option<ExportDo>,
    // Two beside each other: what is optional as a whole may hold no other group.
    #[command(flatten)]
    pub(crate) recording: Option<ExportRecording>,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Debug, Args)]
pub(crate) struct ExportRecording {
    /// The recording.
    #[arg(required = true)]
    pub(crate) file: PathBuf,
    /// The reader's key.
    #[arg(long, required = true)]
    pub(crate) key: PathBuf,
    /// Write an asciicast v2 file, for asciinema's player; `-` for standard output.
    #[arg(long, required = true)]
    pub(crate) asciicast: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ExportPerson {
    /// The person.
    pub(crate) person: String,
    /// What this establishment keeps; to be said where the gate has several.
    #[arg(long)]
    pub(crate) establishment: Option<String>,
    /// The folder to make; it must not exist.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Why: written into the ledger first.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExportDo {
    /// What is kept about a person (GDPR article 15): as JSON and as text, other people left out.
    Person(ExportPerson),
    /// The description of an establishment, as the file that `apply` reads; no secret is in it.
    Site {
        /// As JSON, with the interventions.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        of: OfSite,
    },
    /// The same and the interventions as tables, one file each.
    Csv {
        /// The folder for the files.
        folder: PathBuf,
        #[command(flatten)]
        of: OfSite,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportDo {
    /// From CSV files: equipment.csv, and accounts.csv, groups.csv, windows.csv where there are any.
    Csv(Import),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DossierDo {
    /// Write a template for a provider to fill in and to sign.
    New(DossierNew),
    /// What a dossier says, which key signed it, and what site.toml takes from it.
    Check {
        /// The file; its signature lies beside it, with `.sig` behind its name.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DossierNew {
    /// The file to make; it must not exist.
    pub(crate) file: PathBuf,
    /// The provider's short name.
    #[arg(long)]
    pub(crate) id: vocab::ProviderId,
    /// Its name in words.
    #[arg(long)]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder of the tables.
    pub(crate) folder: PathBuf,
    /// The file for the fragment, which must not exist (by default standard output).
    #[arg(long)]
    pub(crate) to: Option<PathBuf>,
    /// Say what would be taken, and write no fragment.
    #[arg(long, conflicts_with = "to")]
    pub(crate) dry_run: bool,
    /// As JSON what would be taken; with --dry-run.
    #[arg(long, requires = "dry_run")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) over: Option<TakeOver>,
}

/// Under what a fleet runs while it is taken over: with it, each group becomes a service in transition.
#[derive(Debug, Clone, Args)]
#[group(multiple = true, requires_all = ["contract", "responsable", "plan"])]
pub(crate) struct TakeOver {
    /// The contract of the services: each group becomes one, with its time frames, in transition.
    #[arg(long, required = false)]
    pub(crate) contract: String,
    /// Who agrees to the windows and signs the transitions at the door.
    #[arg(long, required = false)]
    pub(crate) responsable: String,
    /// The document that says how what is missing will be mended.
    #[arg(long, required = false)]
    pub(crate) plan: String,
}

/// Whose description.
#[derive(Debug, Args)]
pub(crate) struct OfSite {
    /// The establishment (by default the home establishment).
    #[arg(long)]
    pub(crate) establishment: Option<String>,
    #[command(flatten)]
    pub(crate) which: Which,
}
