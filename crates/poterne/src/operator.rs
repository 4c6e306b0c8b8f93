//! Commands of the host operator: asked of the running gate over its socket; where none runs, done by this
//! process, which then holds the database and the vault itself. Never two writers.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use control::{ControlError, Desk, Errand, Request, Seen};
use serde_json::Value;
use vocab::{Text, Timestamp, printable_lines};

use crate::cli::{Account, Apply, Assess, Deadlines, History, Retention, Session, Traces};
use crate::config::Config;
use crate::desk::OwnDesk;
use crate::guide_cmd::export::{self, oscal};
use crate::texts::{Because as _, of_control, say, spoken};
use crate::viewer::{self, Viewer};
use crate::wiring;

/// Longest secret: a private key.
const SECRET_MAX: u64 = 64 * 1024;

pub(crate) async fn errand(config: &Path, errand: Errand) -> anyhow::Result<String> {
    let config = Config::read(config)?;
    let done = match control::ask(&config.control_socket(), &Request::Errand(errand.clone())).await {
        Ok(answer) => {
            answer.map(|value| value.as_str().unwrap_or_default().to_owned()).map_err(|why| in_words(&why))
        }
        Err(ControlError::Socket { .. }) => {
            // No gate runs: everything is opened here, for this one errand.
            let house = Arc::new(wiring::open_here(config).await?);
            let done = OwnDesk(Arc::clone(&house)).run(errand).await;
            if let Ok(house) = Arc::try_unwrap(house) {
                house.stop().await;
            }
            done
        }
        Err(error) => Err(of_control(&error)),
    };
    done.map_err(|why| anyhow!(why))
}

pub(crate) fn in_words(why: &Text) -> String {
    why.in_lang(spoken()).to_owned()
}

pub(crate) async fn apply(asked: &Apply) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(&asked.file).because("file_read", &[&asked.file.display()])?;
    let dossiers = crate::dossier::beside(&asked.file, &text)?;
    let json = asked.json;
    let site =
        |apply| Errand::Site { text: text.clone(), dossiers: dossiers.clone(), apply, json, lang: spoken() };
    if json {
        return apply_for_a_program(asked, site).await;
    }
    let plan = match errand(&asked.which.config, site(false)).await {
        Ok(plan) => plan,
        Err(faults) => {
            // A fault of the file begins with its line and column; anything else is the gate's.
            let said = faults.to_string();
            if !said.starts_with(|first: char| first.is_ascii_digit()) {
                return Err(faults);
            }
            for line in said.lines() {
                eprintln!("{}", printable_lines(&format!("{}:{line}", asked.file.display())));
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    println!("{}", printable_lines(&plan));
    if asked.dry_run || !(asked.yes || confirmed()?) {
        return Ok(ExitCode::SUCCESS);
    }
    let done = errand(&asked.which.config, site(true)).await?;
    println!("{}", printable_lines(done.lines().last().unwrap_or_default()));
    Ok(ExitCode::SUCCESS)
}

/// One answer, and no question: the plan, with the entry that it was applied by; or what is wrong with the file.
async fn apply_for_a_program(asked: &Apply, site: impl Fn(bool) -> Errand) -> anyhow::Result<ExitCode> {
    if !(asked.dry_run || asked.yes) {
        bail!(say("nobody_asked", &[]));
    }
    let said = errand(&asked.which.config, site(!asked.dry_run)).await?;
    println!("{}", printable_lines(&said));
    let answer: Value = serde_json::from_str(&said).because("answer_odd", &[])?;
    Ok(if answer.get("faults").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn confirmed() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!(say("nobody_asked", &[]));
    }
    print!("{} ", say("apply_asked", &[]));
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "oui" | "o" | "yes" | "y"))
}

pub(crate) async fn account(asked: &Account) -> anyhow::Result<()> {
    let (form, secret) = if asked.password_stdin {
        let mut password = String::new();
        std::io::stdin().take(SECRET_MAX).read_to_string(&mut password).because("stdin", &[])?;
        ("password", password.trim_end_matches(['\r', '\n']).to_owned())
    } else if let Some(file) = &asked.key {
        ("key", std::fs::read_to_string(file).because("file_read", &[&file.display()])?)
    } else if asked.new_key {
        ("new-key", String::new())
    } else if asked.certificate {
        ("certificate", String::new())
    } else {
        bail!(say("which_secret", &[]));
    };
    let account = Errand::Account {
        equipment: asked.equipment.clone(),
        form: form.to_owned(),
        secret,
        shared: asked.shared,
        lang: spoken(),
    };
    println!("{}", printable_lines(&errand(&asked.which.config, account).await?));
    Ok(())
}

pub(crate) async fn rotate(config: &Path, equipment: String) -> anyhow::Result<()> {
    println!("{}", printable_lines(&errand(config, Errand::Rotate { equipment, lang: spoken() }).await?));
    Ok(())
}

pub(crate) async fn assess(asked: Assess) -> anyhow::Result<()> {
    let Assess { service, at, json, oscal, which } = asked;
    let json = json || oscal.is_some();
    let errand = errand(&which.config, Errand::Assess { service, at, json, lang: spoken() }).await?;
    let Some(folder) = oscal else {
        println!("{}", printable_lines(&errand));
        return Ok(());
    };
    let assessment: Value = serde_json::from_str(&errand).because("assess_odd", &[])?;
    let documents = oscal::standing::documents(&assessment, spoken(), env!("CARGO_PKG_VERSION"));
    for (name, document) in documents.ok_or_else(|| anyhow!(say("assess_odd", &[])))? {
        println!("{}", export::keep(&folder, &name, &document)?);
    }
    Ok(())
}

pub(crate) async fn compare(config: &Path, services: Vec<String>, json: bool) -> anyhow::Result<()> {
    let said = errand(config, Errand::Compare { services, json, lang: spoken() }).await?;
    println!("{}", printable_lines(&said));
    Ok(())
}

pub(crate) async fn deadlines(asked: Deadlines) -> anyhow::Result<()> {
    let errand = errand(&asked.which.config, Errand::Deadlines { json: asked.json, lang: spoken() }).await?;
    println!("{}", printable_lines(&errand));
    Ok(())
}

pub(crate) async fn retention(what: &Retention) -> anyhow::Result<()> {
    let (which, run) = match what {
        Retention::Show { which } => (which, false),
        Retention::Run { which } => (which, true),
    };
    let said = errand(&which.config, Errand::Retention { run, lang: spoken() }).await?;
    println!("{}", printable_lines(&said));
    Ok(())
}

pub(crate) async fn traces(asked: Traces) -> anyhow::Result<()> {
    let Traces { about, name, reason, establishment, json, which } = asked;
    let traces = Errand::Traces { establishment, about, name, reason, json, lang: spoken() };
    println!("{}", printable_lines(&errand(&which.config, traces).await?));
    Ok(())
}

pub(crate) async fn history(asked: History) -> anyhow::Result<()> {
    let History { kind, name, reason, establishment, json, which } = asked;
    let asked = Errand::History { establishment, kind, name, reason, json, lang: spoken() };
    println!("{}", printable_lines(&errand(&which.config, asked).await?));
    Ok(())
}

pub(crate) async fn enrol(config: &Path, person: String) -> anyhow::Result<()> {
    println!("{}", printable_lines(&errand(config, Errand::Codes { person, lang: spoken() }).await?));
    Ok(())
}

pub(crate) async fn session(what: Session) -> anyhow::Result<()> {
    match what {
        Session::List { which, json } => {
            let list = asked(&which.config, Request::List).await?;
            if json {
                println!("{}", printable_lines(&format!("{list:#}")));
            } else {
                print_list(&list);
            }
        }
        Session::Cut { session, reason, which } => {
            let cut = asked(&which.config, Request::Cut { session, reason }).await?;
            let said = match cut.as_u64() {
                Some(0) => say("cut_none", &[]),
                Some(1) => say("cut_one", &[]),
                _ => say("cut_many", &[&cut]),
            };
            println!("{said}");
        }
        Session::Watch { session, reason, which } => watch(&which.config, session, reason).await?,
    }
    Ok(())
}

/// Shows what the session shows until it ends, or until the operator leaves it.
async fn watch(config: &Path, session: String, reason: String) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    let watching = control::watch(&config.control_socket(), session, reason).await.map_err(not_there)?;
    let mut watching = watching.map_err(|why| anyhow!(in_words(&why)))?;
    let mut viewer = Viewer::default();
    let write = |text: &str| {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    };
    let mut left = std::pin::pin!(tokio::signal::ctrl_c());
    let ended = loop {
        let seen = tokio::select! {
            seen = watching.next() => seen,
            left = &mut left => break left.map(|()| false).map_err(anyhow::Error::from),
        };
        let text = match seen {
            Ok(Some(Seen::Record(record))) => viewer.show(record).unwrap_or_default(),
            Ok(Some(Seen::Missed(count))) => viewer::remark(&say("watch_missed", &[&count])),
            Ok(None) => break Ok(true),
            Err(error) => break Err(anyhow!(of_control(&error))),
        };
        write(&text)?;
    };
    // However it ends, the operator's terminal is his own again.
    write(&viewer.end())?;
    if ended? {
        eprintln!("\r\n{}", say("watch_over", &[]));
    }
    Ok(())
}

pub(crate) async fn asked(config: &Path, request: Request) -> anyhow::Result<Value> {
    let config = Config::read(config)?;
    let answer = control::ask(&config.control_socket(), &request).await.map_err(not_there)?;
    answer.map_err(|why| anyhow!(in_words(&why)))
}

fn not_there(error: ControlError) -> anyhow::Error {
    anyhow!(of_control(&error)).context(say("not_running", &[]))
}

fn print_list(list: &Value) {
    let sessions = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if sessions.is_empty() {
        println!("{}", say("nobody_in", &[]));
        return;
    }
    let head = |key| say(key, &[]);
    println!(
        "{:<10} {:<16} {:<16} {:<18} {:<10} {:<20} {}",
        head("head_session"),
        head("head_person"),
        head("head_provider"),
        head("head_equipment"),
        head("head_intervention"),
        head("head_since"),
        head("head_from")
    );
    for session in sessions {
        let text = |key: &str| printable_lines(session.get(key).and_then(Value::as_str).unwrap_or_default());
        let id: String = text("session").chars().take(8).collect();
        let opened = session.get("opened_at").and_then(Value::as_i64).map(Timestamp::from_micros);
        println!(
            "{id:<10} {:<16} {:<16} {:<18} {:<10} {:<20} {}",
            text("person"),
            text("provider"),
            text("equipment"),
            text("intervention"),
            opened.map(|at| at.to_string()).unwrap_or_default(),
            text("from")
        );
    }
}
