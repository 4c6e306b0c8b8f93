//! The program: configuration, wiring, command line, signals. No decision is made here.

mod backup;
mod cli;
mod config;
mod csv;
mod desk;
mod document;
mod dossier;
mod export;
mod filter;
mod guide_cmd;
mod import;
mod init;
mod keys;
mod operator;
mod outward;
mod papers;
mod person;
mod programs;
mod reading;
mod refuge;
mod replay;
mod sandbox;
mod screen;
mod serve;
mod status;
mod takeout;
mod texts;
mod viewer;
mod wiring;

use std::process::ExitCode;

use cli::{Command, Export, ImportDo};
use vocab::printable_lines;

/// Gives back what a crowd of sessions took, which the system's allocator keeps (docs/decisions/0013).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let lang = texts::asked(std::env::args_os().skip(1), |name| std::env::var(name).ok());
    texts::speak(lang);
    let cli = match cli::read(lang, std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => match texts::of_mistake(&error) {
            Some(said) => {
                eprintln!("{}", printable_lines(&said));
                return ExitCode::from(2);
            }
            None => error.exit(),
        },
    };
    no_core_file();
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", printable_lines(&texts::whole(&error)));
            ExitCode::FAILURE
        }
    }
}

/// Whatever happens, no secret in memory goes to the disk. Where the limit cannot be set, the unit's own stands.
fn no_core_file() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _not_set = setrlimit(Resource::Core, none);
}

/// A thread for what blocks ends after so long without work, and gives back what it allocated: a crowd's memory is not
/// kept for the next one.
const IDLE_THREAD: std::time::Duration = std::time::Duration::from_secs(2);

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Init(asked) => init::init(&asked)?,
        Command::Serve { which } => {
            let config = config::Config::read(&which.config)?;
            config.log.start()?;
            // Asked before the door shuts itself in: the answer is in files of the system.
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            let sandbox = sandbox::enter(&config, &which.config)?;
            sandbox.tell();
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(cores).thread_keep_alive(IDLE_THREAD);
            let runtime = runtime_of(&mut builder)?;
            runtime.block_on(serve::serve(&which.config, &sandbox))?;
        }
        Command::Apply(asked) => return runtime()?.block_on(operator::apply(&asked)),
        Command::Account(asked) => runtime()?.block_on(operator::account(&asked))?,
        Command::Rotate { equipment, which } => {
            runtime()?.block_on(operator::rotate(&which.config, equipment))?;
        }
        Command::Assess(asked) => runtime()?.block_on(operator::assess(asked))?,
        Command::Compare { services, json, which } => {
            runtime()?.block_on(operator::compare(&which.config, services, json))?;
        }
        Command::Document { what } => runtime()?.block_on(document::run(what))?,
        Command::Filter { what } => runtime()?.block_on(filter::run(what))?,
        Command::Deadlines(asked) => runtime()?.block_on(operator::deadlines(asked))?,
        Command::Enrol { person, which } => runtime()?.block_on(operator::enrol(&which.config, person))?,
        Command::Status(asked) => runtime()?.block_on(status::status(&asked))?,
        Command::Mail { what: cli::Mail::Texts { folder } } => outward::write_texts(&folder)?,
        Command::Session { what } => runtime()?.block_on(operator::session(what))?,
        Command::ReaderKey { file, label } => reading::create_key(&file, &label)?,
        Command::Retention { what } => runtime()?.block_on(operator::retention(&what))?,
        Command::Traces(asked) => runtime()?.block_on(operator::traces(asked))?,
        Command::History(asked) => runtime()?.block_on(operator::history(asked))?,
        Command::Replay(asked) => reading::replay(&asked)?,
        Command::Export(Export { what: Some(what), .. }) => runtime()?.block_on(takeout::run(what))?,
        Command::Export(Export { recording, why, .. }) => {
            // The command line asks for one of the two.
            recording.map_or(Ok(()), |recording| reading::export(&recording, &why))?;
        }
        Command::Import { what: ImportDo::Csv(asked) } => return import::run(&asked),
        Command::Dossier { what } => return dossier::run(&what),
        Command::Backup(asked) => runtime()?.block_on(backup::take::backup(&asked))?,
        Command::Restore(asked) => runtime()?.block_on(backup::restore::restore(&asked))?,
        Command::VaultExport(asked) => runtime()?.block_on(backup::export::export(&asked))?,
        Command::Keys(asked) => return runtime()?.block_on(keys::run(&asked)),
        Command::Guide(asked) => guide_cmd::run(&asked)?,
        Command::Completion { shell } => print!("{}", cli::completion(texts::spoken(), shell)),
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    runtime_of(&mut tokio::runtime::Builder::new_multi_thread())
}

fn runtime_of(builder: &mut tokio::runtime::Builder) -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(builder.enable_all().build()?)
}

/// The public half of a log's keys, one a line: what `poterne-verify` is given.
pub(crate) fn keys_file(signers: &vault::LogSigners) -> String {
    use ledger::Signer as _;
    format!("{}\n{}\n", signers.ed25519.key(), signers.ml_dsa_44.key())
}
