//! The command line.

mod filter;
mod papers;
mod reading;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Command as Line, CommandFactory, FromArgMatches, Parser, Subcommand};
use vocab::Lang;

pub(crate) use filter::{FilterDo, FilterForm};
pub(crate) use papers::{AddPaper, PaperDo, Papers};
pub(crate) use reading::{
    DossierDo, DossierNew, Export, ExportDo, ExportPerson, ExportRecording, History, Import, ImportDo,
    OfSite, Replay, TakeOver, Traces, Why,
};

/// French for the help; its English stands with each argument below.
const HELP: &str = include_str!("help.txt");

/// Reads the command line; what is said of it is in this language.
pub(crate) fn read(lang: Lang, words: impl Iterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&line(lang).try_get_matches_from(words)?)
}

/// The command line with its help in this language.
fn line(lang: Lang) -> Line {
    let mut line = Cli::command().disable_help_subcommand(true);
    // Only then help, version and what all commands share are there.
    line.build();
    if lang == Lang::Fr { in_french(line, "") } else { line }
}

/// What makes a shell complete the command line.
pub(crate) fn completion(lang: Lang, shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut line(lang), "poterne", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

fn in_french(line: Line, above: &str) -> Line {
    let path = format!("{above} {}", line.get_name()).trim_start().to_owned();
    let path = path.strip_prefix("poterne ").unwrap_or(&path).to_owned();
    let mut line = line.subcommand_help_heading("Commandes").mut_args(|arg| {
        let id = arg.get_id().to_string();
        let said = french(&format!("{path} {id}")).or_else(|| french(&id));
        if let Some(said) = said { arg.help(said).long_help(None) } else { arg }
    });
    if let Some(said) = french(&path) {
        line = line.about(said).long_about(None);
    }
    line.mut_subcommands(|command| in_french(command, &path))
}

fn french(key: &str) -> Option<&'static str> {
    let mut lines = HELP.lines().filter_map(|line| line.split_once(" | "));
    lines.find(|(found, _)| *found == key).map(|(_, said)| said)
}

fn lang(given: &str) -> Result<Lang, &'static str> {
    given.parse().map_err(|()| "fr | en")
}

/// Poterne: the one guarded door for remote interventions.
#[derive(Debug, Parser)]
#[command(
    name = "poterne",
    version,
    about = "The one guarded door for remote interventions on a hospital's information system",
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// Language of what is shown: fr or en (by default that of LC_ALL, LC_MESSAGES or LANG, else French).
    #[arg(long, global = true, value_parser = lang)]
    pub(crate) lang: Option<Lang>,
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

/// What is assessed.
#[derive(Debug, Args)]
pub(crate) struct Assess {
    /// The service, `<service>` or `<service>@<establishment>`; without it all of them, a line each.
    pub(crate) service: Option<String>,
    /// A past day and time on the establishment's wall, such as '2026-03-14 22:10'.
    #[arg(long)]
    pub(crate) at: Option<String>,
    /// As JSON, with reasons and remedies in both languages.
    #[arg(long)]
    pub(crate) json: bool,
    /// As OSCAL, into this folder: assessment results, and a plan of action where something is to be done.
    #[arg(long, requires = "service", conflicts_with = "json")]
    pub(crate) oscal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) which: Which,
}

/// What of what expires.
#[derive(Debug, Args)]
pub(crate) struct Deadlines {
    /// As JSON, in both languages.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
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
    /// Give an equipment's reserved account another secret, now.
    Rotate {
        /// The full name of the equipment, `<equipment>.<establishment>`.
        equipment: String,
        #[command(flatten)]
        which: Which,
    },
    /// How services stand towards the 38 rules of the guide, now or at a past moment.
    Assess(Assess),
    /// Services side by side, rule by rule: what two providers answer, before either is signed with.
    Compare {
        /// Two to five, each `<service>` or `<service>@<establishment>`.
        #[arg(num_args = 2..=5, required = true)]
        services: Vec<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Print a document as PDF; its hash stands in the ledger.
    Document {
        #[command(subcommand)]
        what: DocumentDo,
    },
    /// The rules of a firewall: written from the flows on file, or held against them.
    Filter {
        #[command(subcommand)]
        what: FilterDo,
    },
    /// What expires within 90 days, 30 and 7, and what is overdue.
    Deadlines(Deadlines),
    /// Draw a person's second factor; prints its link, once.
    Enrol {
        /// The person.
        person: String,
        #[command(flatten)]
        which: Which,
    },
    /// How the running gate is: traces, sessions, clock, receivers of copies.
    Status(Status),
    /// The texts of mail.
    Mail {
        #[command(subcommand)]
        what: Mail,
    },
    /// Live sessions: list, watch, cut.
    Session {
        #[command(subcommand)]
        what: Session,
    },
    /// What is kept, until when and why: show it, or remove what is past its term now.
    Retention {
        #[command(subcommand)]
        what: Retention,
    },
    /// Read the traces about something; that you do, and why, is written first.
    Traces(Traces),
    /// Every version of what is described: from when to when, what changed, whose hand; that you read it is written first.
    History(History),
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
    /// Write a recording in another format, take out all that was typed in, or what is kept about a person.
    Export(Export),
    /// What a provider says of itself, signed: begin one, or look at one before it is imported.
    Dossier {
        #[command(subcommand)]
        what: DossierDo,
    },
    /// Take over what another bastion knows: a fragment of site.toml from its tables, and why each other line is not taken.
    Import {
        #[command(subcommand)]
        what: ImportDo,
    },
    /// Take a backup, also while the door is open: everything but the vault's key, encrypted for its recipients.
    Backup(Backup),
    /// Make the data folder again from a backup; what the former ledger held beyond it is declared as lost.
    Restore(Restore),
    /// Write login and secret of every equipment's account, encrypted for the holders; opens with the program age.
    VaultExport(VaultExport),
    /// Who holds which key, and what is missing.
    Keys(Keys),
    /// The 38 rules of the guide.
    Guide(Guide),
    /// Print what makes a shell complete these commands; for bash: `source <(poterne completion bash)`.
    Completion {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// Where a document is printed to.
#[derive(Debug, Args)]
pub(crate) struct Print {
    /// The file to write; it must not exist.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Write the data as JSON instead, without an entry in the ledger.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

/// Documents that are printed, and documents that are kept.
#[derive(Debug, Subcommand)]
pub(crate) enum DocumentDo {
    #[command(flatten)]
    Print(PrintDo),
    #[command(flatten)]
    Paper(PaperDo),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PrintDo {
    /// How a service stands towards the guide, now or at a past moment; or all services of a provider.
    Statement {
        /// The service, `<service>` or `<service>@<establishment>`.
        #[arg(required_unless_present = "provider", conflicts_with = "provider")]
        service: Option<String>,
        /// The provider whose services are told, `<provider>` or `<provider>@<establishment>`.
        #[arg(long)]
        provider: Option<String>,
        /// A past day and time on the establishment's wall, such as '2026-03-14 22:10'.
        #[arg(long)]
        at: Option<String>,
        #[command(flatten)]
        to: Print,
    },
    /// The report of an intervention, with what left and its erasure.
    Report {
        /// The intervention, such as i-12.
        intervention: String,
        #[command(flatten)]
        to: Print,
    },
    /// A technician's two engagements and his employer's attestation, to be signed.
    Engagement {
        /// The technician, `<person>` or `<person>@<establishment>`.
        person: String,
        #[command(flatten)]
        to: Print,
    },
    /// The evidence on a service over a time, for an auditor.
    Pack {
        /// The service, `<service>` or `<service>@<establishment>`.
        service: String,
        /// From this day and time on, on the establishment's wall.
        #[arg(long)]
        from: String,
        /// Until this one (by default now).
        #[arg(long)]
        until: Option<String>,
        /// Add the documents that are kept, in clear, in this folder, which must not exist.
        #[arg(long, requires = "reason")]
        with_documents: Option<PathBuf>,
        /// Why they are read: written into the ledger first.
        #[arg(long, requires = "with_documents")]
        reason: Option<String>,
        /// Add the timestamps that the pack names, each with its checkpoint, in this folder, which must not exist.
        #[arg(long)]
        with_timestamps: Option<PathBuf>,
        #[command(flatten)]
        to: Print,
    },
    /// Drafts that an establishment needs: notice, note to the staff's representatives, register, impact, clause.
    Kit {
        /// The establishment (by default the gate's home).
        establishment: Option<String>,
        /// One part only: notice, staff, register, impact or clause.
        #[arg(long, value_parser = ["notice", "staff", "register", "impact", "clause"])]
        part: Option<String>,
        #[command(flatten)]
        to: Print,
    },
}

/// A part of the kit by its word.
pub(crate) fn part(word: &str) -> Option<documents::Part> {
    use documents::Part;
    Some(match word {
        "notice" => Part::Notice,
        "staff" => Part::Staff,
        "register" => Part::Register,
        "impact" => Part::Impact,
        "clause" => Part::Clause,
        _ => return None,
    })
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Keys {
    #[command(flatten)]
    pub(crate) which: Which,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) what: Option<KeysDo>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysDo {
    /// Seal the vault's key for three to five holders, so that any two of them have it.
    Split(Split),
    /// Make the vault's key file again, with the keys of two holders.
    Join(Join),
    /// Say who may read what is recorded for an establishment from now on, in place of who could; the ledger tells it.
    Readers(Readers),
    /// Give the vault another key, while the door is closed. What broke off is taken up by the same command.
    Rotate(Rotate),
}

#[derive(Debug, Args)]
pub(crate) struct Split {
    /// The vault's key file.
    #[arg(long)]
    pub(crate) key: PathBuf,
    /// The holders' public keys: three to five lines, `age1` or `poterne-recipient-1`.
    #[arg(long)]
    pub(crate) holders: PathBuf,
    /// The folder for the files, one for each pair.
    #[arg(long)]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The file of the two holders.
    pub(crate) piece: PathBuf,
    /// A holder's private key; give it twice.
    #[arg(long = "key", required = true)]
    pub(crate) keys: Vec<PathBuf>,
    /// The key file to write; it must not exist.
    #[arg(long)]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Readers {
    /// The establishment.
    pub(crate) establishment: vocab::EstablishmentId,
    /// A file of recipients: the lines of all who may read from now on.
    #[arg(long)]
    pub(crate) recipients: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The key file of the vault as it is (by default where the gate looks for it).
    #[arg(long)]
    pub(crate) key: Option<PathBuf>,
    /// The new key file; drawn when it does not exist.
    #[arg(long)]
    pub(crate) new: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The file to write, which must not exist, or a folder.
    #[arg(long)]
    pub(crate) to: PathBuf,
    /// A file of recipients, `poterne-recipient-1` or `age1` lines (by default the readers of the home establishment, where the gate has no other).
    #[arg(long)]
    pub(crate) recipients: Option<PathBuf>,
    /// Leave out recordings that are closed; their sums are in the backup, so that a copy of them can be checked.
    #[arg(long)]
    pub(crate) without_recordings: bool,
    /// Say as JSON what was taken.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    pub(crate) backup: PathBuf,
    /// The private key of one of its recipients: a reader's key, or an identity file of age.
    #[arg(long)]
    pub(crate) key: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct VaultExport {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The file to write, which must not exist, or a folder.
    #[arg(long)]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) which: Which,
    /// A file of recipients: the public lines of those who can read recordings (`reader-key` prints them); for the
    /// establishments that have none yet.
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
    /// As JSON, faults of the file included; with --yes or --dry-run.
    #[arg(long)]
    pub(crate) json: bool,
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
pub(crate) enum Mail {
    /// Write the built-in texts into a folder, to be edited; files that are there stay as they are.
    Texts {
        /// The folder, which `texts` in poterne.toml then names.
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) which: Which,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
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
        /// Why it is watched: written into the ledger first.
        #[arg(long)]
        reason: String,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Retention {
    /// What is kept, what would go now, what holds back more. Holds are placed and released at the door.
    Show {
        #[command(flatten)]
        which: Which,
    },
    /// Remove what is past its term now; the gate does so each day.
    Run {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Guide {
    /// One JSON object per rule.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) what: Option<GuideDo>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GuideDo {
    /// The page of a rule: what it asks, why, what the gate does for it, what an auditor is left to ask.
    Show {
        /// The rule: C1 to C8, E1 to E9, A1, O1 to O8, T1 to T12.
        rule: String,
        /// As JSON, in both languages.
        #[arg(long)]
        json: bool,
    },
    /// Which rules apply to what.
    Applicability {
        /// One JSON object per rule, kind, level, path and condition.
        #[arg(long)]
        json: bool,
    },
    /// What this product by itself enforces, observes or reads as declared, rule by rule (section 6 of the guide).
    Statement {
        /// As the file that `guide compare` reads.
        #[arg(long)]
        json: bool,
        /// An empty file, for another product's provider to fill in.
        #[arg(long, conflicts_with = "json")]
        blank: bool,
    },
    /// The guide in the formats of other tools of conformity.
    Export {
        #[command(subcommand)]
        what: GuideExport,
    },
    /// The statements of two to five products side by side.
    Compare {
        /// Their files.
        #[arg(num_args = 2..=5, required = true)]
        files: Vec<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum GuideExport {
    /// A library for CISO Assistant, as YAML: rules, groups, threats, risk matrix, an auditor's questions.
    CisoAssistant,
    /// OSCAL: catalog, six profiles, component definition.
    Oscal {
        /// The folder for the files.
        #[arg(long)]
        to: PathBuf,
    },
    /// The rules beside the Clausier sécurité santé of 2024, as CSV.
    Clausier,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every command and argument by the key of its help, and what is said of it.
    fn said(line: &Line, above: &str, keys: &mut Vec<(String, String)>) {
        let path = format!("{above} {}", line.get_name());
        let path = path.trim_start().trim_start_matches("poterne ").to_owned();
        keys.push((path.clone(), line.get_about().map(ToString::to_string).unwrap_or_default()));
        for arg in line.get_arguments() {
            let id = arg.get_id().as_str();
            let shared = ["help", "version", "lang", "config"].contains(&id);
            let key = if shared { id.to_owned() } else { format!("{path} {id}") };
            keys.push((key, arg.get_help().map(ToString::to_string).unwrap_or_default()));
        }
        line.get_subcommands().for_each(|command| said(command, &path, keys));
    }

    #[test]
    fn the_help_is_whole_in_both_languages() {
        let [mut french, mut english] = [Vec::new(), Vec::new()];
        said(&line(Lang::Fr), "", &mut french);
        said(&line(Lang::En), "", &mut english);
        for ((key, fr), (same, en)) in french.iter().zip(&english) {
            assert_eq!(key, same);
            assert_eq!(Some(fr.as_str()), super::french(key), "{key}");
            assert!(!en.is_empty() && en != fr, "{key}: {en}");
        }
        let used: BTreeSet<&str> = french.iter().map(|(key, _)| key.as_str()).collect();
        let lines = HELP.lines().filter(|line| !line.starts_with('#'));
        let written: Vec<&str> = lines.map(|line| line.split_once(" | ").unwrap().0).collect();
        assert_eq!(written.len(), written.iter().collect::<BTreeSet<_>>().len(), "one line each");
        assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), used);
    }

    #[test]
    fn a_language_may_stand_anywhere() {
        for words in ["poterne --lang en guide", "poterne guide --lang en", "poterne guide show O5 --lang=en"]
        {
            let read = Cli::try_parse_from(words.split(' ')).unwrap();
            assert_eq!(read.lang, Some(Lang::En), "{words}");
        }
        assert!(Cli::try_parse_from(["poterne", "guide", "--lang", "de"]).is_err());
    }
}
