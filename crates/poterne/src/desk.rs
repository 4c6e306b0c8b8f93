//! Errands of the host operator: the site's description, accounts, second factors, what leaves the machine. Done by the process that
//! holds the database and the vault, whether it serves or not.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;

use control::{Desk, DossierFile, Errand};
use domain::{About, LocalMoment, ReservedAccount, SecretKind};
use events::Actor;
use gate::ports::{Boxed, Clock, PortError, Served, Store as _};
use gate::{HISTORY_KINDS, History, NotRead, RotationOutcome, Tape, Unseen};
use serde_json::{Value, json};
use store::site::{Fault, Outside, Plan, Site};
use vault::{NewSecret, Placed, Sharing};
use vocab::{EquipmentId, EstablishmentId, Lang, PersonId, Secret, Timestamp};

use crate::backup::{export, snapshot};
use crate::document::data;
use crate::dossier;
use crate::filter;
use crate::keys;
use crate::papers;
use crate::person;
use crate::takeout;
use crate::texts::{of_vault, say_in};
use crate::wiring::{House, SystemClock};

/// Does errands in this house.
pub(crate) struct OwnDesk(pub(crate) Arc<House>);

impl Desk for OwnDesk {
    fn run(&self, errand: Errand) -> Boxed<'_, Result<String, String>> {
        let house = Arc::clone(&self.0);
        Box::pin(async move {
            match errand {
                Errand::Site { text, dossiers, apply, json, lang } => {
                    site(&house, text, dossiers, apply, json, lang).await
                }
                Errand::Account { equipment, form, secret, shared, lang } => {
                    let secret = Secret::new(secret.into_bytes());
                    account(&house, &equipment, &form, secret, shared, lang).await
                }
                Errand::Rotate { equipment, lang } => rotate(&house, &equipment, lang).await,
                Errand::Assess { service, at, json, lang } => assess(&house, service, at, json, lang).await,
                Errand::Compare { services, json, lang } => compare(&house, &services, json, lang).await,
                Errand::Document { asked, lang } => data::gather(&house, &asked, lang).await,
                Errand::DocumentMade { made, lang } => data::made(&house, &made, lang).await,
                Errand::Paper { asked, content, lang } => papers::answer(&house, &asked, content, lang).await,
                Errand::Filter { asked, content, lang } => {
                    filter::answer(&house, &asked, content, lang).await
                }
                Errand::Takeout { establishment, json, lang } => {
                    takeout::answer(&house, establishment.as_deref(), json, lang).await
                }
                Errand::Deadlines { json, lang } => deadlines(&house, json, lang).await,
                Errand::Retention { run, lang } => retention(&house, run, lang).await,
                Errand::Reading { establishment, recording, session, reason, told, untold, lang } => {
                    let said = [Some(reason), told, untold];
                    reading(&house, [establishment, recording, session], said, lang).await
                }
                Errand::Traces { establishment, about, name, reason, json, lang } => {
                    traces(&house, establishment, (&about, name), &reason, json, lang).await
                }
                Errand::History { establishment, kind, name, reason, json, lang } => {
                    history(&house, establishment, [&kind, &name, &reason], json, lang).await
                }
                Errand::Person { person, establishment, reason, lang } => {
                    person::collect(&house, &person, establishment.as_deref(), &reason, lang).await
                }
                Errand::Readers { establishment, text, lang } => {
                    keys::change(&house, &establishment, text, lang).await
                }
                Errand::Codes { person, lang } => codes(&house, &person, lang).await,
                Errand::Snapshot { lang } => snapshot::take(&house, lang).await,
                Errand::SealBackup { manifest, lang } => snapshot::seal(&house, &manifest, lang),
                Errand::BackedUp { report, lang } => snapshot::done(&house, &report, lang).await,
                Errand::VaultExport { lang } => export::seal(&house, lang).await,
            }
        })
    }
}

async fn site(
    house: &House,
    text: String,
    dossiers: Vec<DossierFile>,
    apply: bool,
    json: bool,
    lang: Lang,
) -> Result<String, String> {
    // To a program what is wrong with its file is an answer; to a person it is the reason why there is none.
    let told = |faults: &[Fault]| if json { Ok(faults_json(faults)) } else { Err(lines(faults, lang)) };
    let read = text.clone();
    let parse = move || {
        let dossier = |name: &str| dossier::verified(&dossiers, name);
        Site::parse(&read, &Outside { resolve: &resolve, dossier: &dossier })
    };
    let parsed = tokio::task::spawn_blocking(parse).await.map_err(|error| failed(lang)(error))?;
    let site = match parsed {
        Ok(site) => site,
        Err(faults) => return told(&faults),
    };
    let current =
        house.database.current(&site.establishment.id, house.gate.moment()).await.map_err(failed(lang))?;
    let faults = site.against(&current);
    if !faults.is_empty() {
        return told(&faults);
    }
    let plan = Plan::new(&current, &site);
    let (words, mut tree) = (plan.in_words(lang), plan.json());
    if !apply || plan.is_empty() {
        return Ok(if json { format!("{tree:#}") } else { words });
    }
    let applied = house.gate.apply_site(plan.change(&text)).await.map_err(failed(lang))?;
    if json {
        if let Some(tree) = tree.as_object_mut() {
            tree.insert("entry".to_owned(), applied.index.into());
        }
        return Ok(format!("{tree:#}"));
    }
    let said = say_in(lang, "applied", &[&applied.index]);
    Ok(format!("{words}\n{said}"))
}

/// What is wrong with a file, a line each.
fn lines(faults: &[Fault], lang: Lang) -> String {
    faults.iter().map(|fault| fault.in_lang(lang)).collect::<Vec<_>>().join("\n")
}

fn faults_json(faults: &[Fault]) -> String {
    let one = |fault: &Fault| json!({"line": fault.line, "column": fault.column, "fr": fault.says.fr, "en": fault.says.en});
    format!("{:#}", json!({"faults": Value::from_iter(faults.iter().map(one))}))
}

/// All addresses of a name, asked of the system's resolver, once, when the site is described.
pub(crate) fn resolve(name: &str) -> Result<Vec<IpAddr>, String> {
    let found = (name, 0).to_socket_addrs().map_err(|error| error.to_string())?;
    Ok(found.map(|address| address.ip()).collect())
}

/// What a part of the house refuses, in front of its own words.
pub(crate) fn failed<E: std::fmt::Display>(lang: Lang) -> impl Fn(E) -> String {
    move |error| say_in(lang, "refused", &[&error])
}

async fn account(
    house: &House,
    name: &str,
    form: &str,
    secret: Secret,
    shared: bool,
    lang: Lang,
) -> Result<String, String> {
    let (establishment, equipment) = named(name, lang)?;
    let found = house.gate.equipment(&establishment, &equipment).await.map_err(failed(lang))?;
    let account =
        found.and_then(|found| found.account).ok_or_else(|| say_in(lang, "no_account", &[&name]))?;
    if kind_of(form) != account.secret {
        let (described, given) = (in_site(account.secret), in_site(kind_of(form)));
        return Err(say_in(lang, "other_kind", &[&described, &name, &given]));
    }
    let sharing = if shared { Sharing::Recorded } else { Sharing::Refused };
    let storing = house.gate.storing_account(&establishment, &equipment, &account.login, form).await;
    let _storing = storing.map_err(failed(lang))?;
    let (vault, kept, new_form) = (house.vault.clone(), account.login.clone(), form.to_owned());
    let (owner, device) = (establishment.clone(), equipment.clone());
    let placed = tokio::task::spawn_blocking(move || {
        let put = |secret| vault.put_account(&owner, &device, &kept, secret, sharing);
        match new_form.as_str() {
            "password" => put(NewSecret::Password(secret)).map(|placed| (placed, None)),
            "key" => put(NewSecret::Key(secret)).map(|placed| (placed, None)),
            "certificate" => {
                put(NewSecret::Certificate).and_then(|placed| Ok((placed, Some(vault.authority(&owner)?))))
            }
            _ => vault
                .create_key_account(&owner, &device, &kept, sharing)
                .map(|(line, placed)| (placed, Some(line))),
        }
    })
    .await
    .map_err(|_| say_in(lang, "vault_stopped", &[]))?;
    let (placed, line) = placed.map_err(|error| of_vault(lang, &error))?;
    let kept = house.gate.account_stored(&establishment, &equipment, &placed.tag, placed.another).await;
    kept.map_err(failed(lang))?;
    Ok(stored(name, &account, &placed, line, lang))
}

/// What expires, establishment by establishment.
async fn deadlines(house: &House, json: bool, lang: Lang) -> Result<String, String> {
    let all = house.gate.deadlines().await.map_err(failed(lang))?;
    if json {
        return Ok(format!("{:#}", serde_json::Value::from_iter(all.iter().map(gate::Deadlines::json))));
    }
    Ok(all.iter().map(|one| one.text(lang)).collect::<Vec<_>>().join("\n\n"))
}

/// One service whole, or all of them a line each.
async fn assess(
    house: &House,
    service: Option<String>,
    at: Option<String>,
    json: bool,
    lang: Lang,
) -> Result<String, String> {
    let gate = &house.gate;
    let found = match &service {
        Some(name) => served(house, name, lang).await?,
        None => gate.services(None).await.map_err(failed(lang))?,
    };
    let mut all = Vec::new();
    for (establishment, id) in &found {
        let at = match &at {
            Some(at) => Some(moment(house, establishment, at, lang).await?),
            None => None,
        };
        match gate.assessment(establishment, id, at).await {
            Ok(assessment) => all.push(assessment),
            // Of all services those are told that existed then.
            Err(PortError::Missing(_)) if service.is_none() => {}
            Err(PortError::Missing(_)) => return Err(say_in(lang, "no_service_then", &[id])),
            Err(error) => return Err(failed(lang)(error)),
        }
    }
    Ok(match (json, service.is_some(), all.as_slice()) {
        (true, true, [one]) => format!("{:#}", one.json()),
        (true, ..) => format!("{:#}", all.iter().map(gate::Assessment::json).collect::<serde_json::Value>()),
        (false, true, [one]) => one.text(lang),
        (false, _, []) => say_in(lang, "no_services", &[]),
        (false, ..) => all.iter().map(|one| one.summary(lang)).collect::<Vec<_>>().join("\n"),
    })
}

async fn compare(house: &House, services: &[String], json: bool, lang: Lang) -> Result<String, String> {
    let mut all = Vec::new();
    for name in services.iter().take(gate::COMPARED_MAX) {
        for one in served(house, name, lang).await? {
            all.push(house.gate.prospect(&one).await.map_err(failed(lang))?);
        }
    }
    Ok(if json { format!("{:#}", gate::side_by_side_json(&all)) } else { gate::side_by_side(&all, lang) })
}

/// The one service of this name, `<service>` or `<service>@<establishment>`.
pub(crate) async fn served(house: &House, name: &str, lang: Lang) -> Result<Vec<Served>, String> {
    let mut found = house.gate.services(None).await.map_err(failed(lang))?;
    let (wanted, owner) = name.split_once('@').map_or((name, None), |(s, e)| (s, Some(e)));
    found.retain(|(whose, id)| id.as_str() == wanted && owner.is_none_or(|owner| owner == whose.as_str()));
    match found.as_slice() {
        [] => Err(say_in(lang, "no_service", &[&name])),
        [_] => Ok(found),
        _ => Err(say_in(lang, "several_services", &[&name])),
    }
}

/// A past moment on an establishment's wall.
pub(crate) async fn moment(
    house: &House,
    establishment: &EstablishmentId,
    given: &str,
    lang: Lang,
) -> Result<Timestamp, String> {
    let now = SystemClock.now();
    let all = house.database.establishments(now).await.map_err(failed(lang))?;
    let zone = all.iter().find(|one| one.id == *establishment).map(|one| &one.zone);
    let found = zone.and_then(|zone| LocalMoment::past(given, zone, now));
    found.ok_or_else(|| say_in(lang, "no_past_moment", &[&given]))
}

/// An equipment by its full name.
fn named(name: &str, lang: Lang) -> Result<(EstablishmentId, EquipmentId), String> {
    let parts = name
        .rsplit_once('.')
        .and_then(|(equipment, establishment)| Some((establishment.parse().ok()?, equipment.parse().ok()?)));
    parts.ok_or_else(|| say_in(lang, "no_equipment", &[&name]))
}

async fn rotate(house: &House, name: &str, lang: Lang) -> Result<String, String> {
    let (establishment, equipment) = named(name, lang)?;
    let tried = house.gate.rotate_now(&establishment, &equipment).await.map_err(|error| match error {
        PortError::Missing(_) => say_in(lang, "no_equipment", &[&name]),
        other => failed(lang)(other),
    })?;
    match tried {
        RotationOutcome::Done => Ok(say_in(lang, "rotated", &[&name])),
        RotationOutcome::Busy => Ok(say_in(lang, "rotation_busy", &[&name])),
        RotationOutcome::NotDue => Err(say_in(lang, "rotation_not_ours", &[&name])),
        RotationOutcome::Failed(fault) => {
            let detail = fault.detail.map(|detail| format!(" ({detail})")).unwrap_or_default();
            Err(say_in(lang, "rotation_failed", &[&name, &fault.why, &detail]))
        }
    }
}

/// What the operator is told of an account: whether the secret is another one, who shares it, and what the equipment is to
/// be given.
fn stored(
    name: &str,
    account: &ReservedAccount,
    placed: &Placed,
    line: Option<String>,
    lang: Lang,
) -> String {
    let mut said = vec![say_in(lang, "stored", &[&name, &account.login])];
    if !placed.another && account.secret != SecretKind::Certificate {
        said.push(say_in(lang, "stored_before", &[]));
    }
    if !placed.login_shared_with.is_empty() || !placed.secret_shared_with.is_empty() {
        said.push(say_in(lang, "shared", &[]));
    }
    match line {
        Some(line) if account.secret == SecretKind::Certificate => said.extend([
            say_in(lang, "for_trusted_keys", &[]),
            line,
            say_in(lang, "for_principals", &[&account.login]),
            name.to_owned(),
        ]),
        Some(line) => said.extend([say_in(lang, "for_authorized_keys", &[]), line]),
        None => {}
    }
    said.join("\n")
}

/// What `account` in the site's description has to say for this form.
fn kind_of(form: &str) -> SecretKind {
    match form {
        "password" => SecretKind::Password,
        "certificate" => SecretKind::Certificate,
        _ => SecretKind::Key,
    }
}

/// How the site's description writes it.
fn in_site(kind: SecretKind) -> &'static str {
    match kind {
        SecretKind::Password => "password",
        SecretKind::Key => "key",
        SecretKind::Certificate => "certificate",
    }
}

/// What is kept of each establishment; after a round, if one is asked for.
async fn retention(house: &House, run: bool, lang: Lang) -> Result<String, String> {
    if house.gate.on_refuge() {
        return Err(say_in(lang, "retention_refuge", &[]));
    }
    let mut said = Vec::new();
    for (establishment, _) in house.logs.folders() {
        let (mut ran_emergencies, mut ran_rows) = (None, None);
        if run {
            let ran = house.gate.retain(establishment, Actor::Host).await.map_err(failed(lang))?;
            ran_emergencies = Some(ran.emergencies).filter(|count| *count > 0);
            ran_rows = Some(ran.rows).filter(|count| *count > 0);
            let entries = ran.first.1.saturating_sub(ran.first.0);
            said.push(say_in(
                lang,
                "retention_ran",
                &[establishment, &entries, &ran.recordings, &ran.documents],
            ));
        }
        if let Some(emergencies) = ran_emergencies {
            said.push(say_in(lang, "retention_emergencies", &[establishment, &emergencies]));
        }
        if let Some(rows) = ran_rows {
            said.push(say_in(lang, "retention_rows", &[establishment, &rows]));
        }
        match house.gate.keeping(establishment).await.map_err(failed(lang))? {
            Some(keeping) => said.push(keeping.text(lang)),
            None => said.push(say_in(lang, "retention_undescribed", &[establishment])),
        }
    }
    Ok(said.join("\n"))
}

/// What a reading is refused for: a reason that says nothing, or a part of the house that fails.
pub(crate) fn unread(lang: Lang) -> impl Fn(PortError) -> String {
    move |error| match error {
        PortError::Conflict(_) => say_in(lang, "reading_reason", &[]),
        error => failed(lang)(error),
    }
}

/// Writes down that a recording is read; answers whose secrets it may show, in words, where it may.
async fn reading(
    house: &House,
    [establishment, recording, session]: [String; 3],
    [reason, told, untold]: [Option<String>; 3],
    lang: Lang,
) -> Result<String, String> {
    let odd = |name: &String| say_in(lang, "no_name", &[name]);
    let own = establishment.parse().map_err(|_| odd(&establishment))?;
    let told: Option<PersonId> = told.map(|name| name.parse().map_err(|_| odd(&name))).transpose()?;
    let tape = Tape {
        recording: recording.parse().map_err(|_| odd(&recording))?,
        session: session.parse().map_err(|_| odd(&session))?,
        reason: reason.as_deref().unwrap_or_default(),
        told: told.as_ref(),
        untold: untold.as_deref(),
    };
    match house.gate.reading_recording(&own, Actor::Host, tape).await {
        Ok(None) => Ok(String::new()),
        Ok(Some(provider)) => Ok(say_in(lang, "reading_classed", &[&provider])),
        Err(NotRead::Reason) => Err(say_in(lang, "reading_reason", &[])),
        Err(NotRead::Untold { provider, managers }) => {
            let managers: Vec<&str> = managers.iter().map(PersonId::as_str).collect();
            Err(say_in(lang, "reading_untold", &[&provider, &managers.join(", ")]))
        }
        Err(NotRead::Failed(error)) => Err(failed(lang)(error)),
    }
}

async fn traces(
    house: &House,
    establishment: Option<String>,
    (about, name): (&str, Option<String>),
    reason: &str,
    json: bool,
    lang: Lang,
) -> Result<String, String> {
    let odd = || say_in(lang, "traces_about", &[]);
    let name = name.unwrap_or_default();
    let about = match about {
        "all" => About::All,
        "intervention" => About::Intervention(name.parse().map_err(|_| odd())?),
        "session" => About::Session(name.parse().map_err(|_| odd())?),
        "person" => About::Person(name.parse().map_err(|_| odd())?),
        "document" if crate::backup::unhex(&name).is_some() => About::Document(name),
        _ => return Err(odd()),
    };
    let establishment = match establishment {
        Some(name) => name.parse().map_err(|_| say_in(lang, "no_name", &[&name]))?,
        None => house.config.gate.home.clone(),
    };
    let read = house.gate.read_traces(&establishment, Actor::Host, &about, reason).await;
    let read = read.map_err(unread(lang))?;
    Ok(if json { format!("{:#}", read.json()) } else { read.text().in_lang(lang).to_owned() })
}

async fn history(
    house: &House,
    establishment: Option<String>,
    [kind, name, reason]: [&str; 3],
    json: bool,
    lang: Lang,
) -> Result<String, String> {
    let establishment = match establishment {
        Some(name) => name.parse().map_err(|_| say_in(lang, "no_name", &[&name]))?,
        None => house.config.gate.home.clone(),
    };
    let read = house.gate.history(&establishment, Actor::Host, [kind, name], reason).await;
    let shown = |history: History| match json {
        true => format!("{:#}", history.json()),
        false => history.text().in_lang(lang).to_owned(),
    };
    read.map(shown).map_err(|why| match why {
        Unseen::Kind => say_in(lang, "history_kind", &[&HISTORY_KINDS.map(|kind| kind.as_str()).join(", ")]),
        Unseen::Reason => say_in(lang, "reading_reason", &[]),
        Unseen::Unknown => say_in(lang, "history_none", &[&name]),
        Unseen::Failed(error) => failed(lang)(error),
    })
}

async fn codes(house: &House, person: &str, lang: Lang) -> Result<String, String> {
    let id: PersonId = person.parse().map_err(|_| say_in(lang, "no_name", &[&person]))?;
    house.gate.enrolling(&id).await.map_err(|error| match error {
        PortError::Missing(_) => say_in(lang, "no_person", &[&id]),
        other => failed(lang)(other),
    })?;
    let (vault, who) = (house.vault.clone(), id.clone());
    let link = tokio::task::spawn_blocking(move || vault.enrol_codes(&who))
        .await
        .map_err(|_| say_in(lang, "vault_stopped", &[]))?
        .map_err(|error| of_vault(lang, &error))?;
    house.gate.drawn(&id);
    String::from_utf8(link.expose().to_vec()).map_err(|_| say_in(lang, "no_link", &[]))
}

#[cfg(test)]
mod tests;
