//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Poterne: the one guarded door for remote interventions.
#[derive(Debug, Parser)]
#[command(
    name = "poterne",
    version,
    about = "The one guarded door for remote interventions on a hospital's information system",
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which gate.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The gate's configuration.
    #[arg(long, default_value = "poterne.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the data folder: database, vault, keys of the door and of the ledgers.
    Init(Init),
    /// Open the door.
    Serve {
        #[command(flatten)]
        which: Which,
    },
    /// Describe the establishment: show what site.toml changes, then apply it.
    Apply(Apply),
    /// Put the secret of an equipment's reserved account into the vault.
    Account(Account),
    /// Draw a person's second factor; prints its link, once.
    Enrol {
        /// The person.
        person: String,
        #[command(flatten)]
        which: Which,
    },
    /// Live sessions: list, watch, cut.
    Session {
        #[command(subcommand)]
        what: Session,
    },
    /// Draw a reader's key: who holds it can read recordings. Keep it away from the gate.
    ReaderKey {
        /// The file to write; it must not exist.
        file: PathBuf,
        /// A word for whose key it is.
        #[arg(long)]
        label: String,
    },
    /// Play a recording in the terminal.
    Replay(Replay),
    /// Write a recording in another format.
    Export(Export),
    /// The 38 rules of the guide.
    Guide(Guide),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) which: Which,
    /// A file of recipients: the public lines of those who can read recordings (`reader-key` prints them).
    #[arg(long)]
    pub(crate) recipients: PathBuf,
    /// Further establishments of this gate, beside its home.
    #[arg(long)]
    pub(crate) establishment: Vec<vocab::EstablishmentId>,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The file.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Show the plan and stop.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Language of what is shown.
    #[arg(long, default_value = "fr")]
    pub(crate) lang: String,
}

#[derive(Debug, Args)]
pub(crate) struct Account {
    /// The equipment's full name, `<equipment>.<establishment>`.
    pub(crate) equipment: String,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Read a password from standard input.
    #[arg(long, conflicts_with_all = ["key", "new_key", "certificate"])]
    pub(crate) password_stdin: bool,
    /// Take a private key (OpenSSH format, without passphrase) from this file.
    #[arg(long, conflicts_with_all = ["new_key", "certificate"])]
    pub(crate) key: Option<PathBuf>,
    /// Draw a key; prints the line for the equipment's authorized_keys.
    #[arg(long, conflicts_with = "certificate")]
    pub(crate) new_key: bool,
    /// Sign a certificate for each login; prints the authority and the principal that the equipment is to trust.
    #[arg(long)]
    pub(crate) certificate: bool,
    /// Take a login or secret that another equipment has all the same (T9 is then not met).
    #[arg(long)]
    pub(crate) shared: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Session {
    /// Who is in.
    List {
        #[command(flatten)]
        which: Which,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// See a session as it happens; Ctrl-C leaves it running.
    Watch {
        /// Its name, or the beginning of it.
        session: String,
        #[command(flatten)]
        which: Which,
    },
    /// Cut a session, or `all` of them.
    Cut {
        /// Its name, the beginning of it, or `all`.
        session: String,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        which: Which,
    },
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
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The recording.
    pub(crate) file: PathBuf,
    /// The reader's key.
    #[arg(long)]
    pub(crate) key: PathBuf,
    /// Write an asciicast v2 file, for asciinema's player; `-` for standard output.
    #[arg(long)]
    pub(crate) asciicast: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Guide {
    /// `applicability`, or the name of a rule for its page.
    pub(crate) what: Option<String>,
    /// One JSON object per rule, kind, level, path and condition.
    #[arg(long)]
    pub(crate) json: bool,
    /// Language.
    #[arg(long, default_value = "fr")]
    pub(crate) lang: String,
}
