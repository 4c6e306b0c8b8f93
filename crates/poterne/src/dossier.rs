//! `poterne dossier`: what a provider writes, signs and sends to all its customers, and what a customer looks at before it is
//! imported. The import itself is `poterne apply`: a provider of the site's file says `dossier = { file = … }`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use control::DossierFile;
use domain::Zone;
use store::site::{DOSSIER_MAX, SignedFile, read_dossier};
use vault::sshsig::{self, SIGNATURE_MAX};
use vocab::{Lang, Text, printable_lines};

use crate::cli::{DossierDo, DossierNew};
use crate::texts::{Because as _, of_vault, say, say_in, spoken};

/// What a dossier is signed for: a signature made for something else is none.
pub(crate) const NAMESPACE: &str = "poterne-dossier";
/// Most dossiers of one site's file.
const FILES_MAX: usize = 400;

/// The dossiers that a site's file names, with their signatures, from beside it. What is not there is told by whoever reads
/// the file, with its line.
pub(crate) fn beside(site: &Path, text: &str) -> anyhow::Result<Vec<DossierFile>> {
    let folder = site.parent().unwrap_or_else(|| Path::new("."));
    let mut found: Vec<DossierFile> = Vec::new();
    for name in named(text).into_iter().take(FILES_MAX) {
        if found.iter().any(|one| one.name == name) {
            continue;
        }
        let (file, signature) = (folder.join(&name), folder.join(format!("{name}.sig")));
        if let (Some(text), Some(signature)) = (read(&file, DOSSIER_MAX)?, read(&signature, SIGNATURE_MAX)?) {
            found.push(DossierFile { name, text, signature });
        }
    }
    Ok(found)
}

/// The names of dossiers in a site's file; one that is no TOML names none.
fn named(text: &str) -> Vec<String> {
    let Ok(tree) = text.parse::<toml::Table>() else { return Vec::new() };
    let providers = tree.get("provider").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let file = |provider: &toml::Value| Some(provider.get("dossier")?.get("file")?.as_str()?.to_owned());
    providers.iter().filter_map(file).collect()
}

/// A file of at most so many bytes; `None`: there is none.
fn read(file: &Path, most: usize) -> anyhow::Result<Option<String>> {
    let shown = file.display();
    let opened = match std::fs::File::open(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.because("file_read", &[&shown])?,
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    opened.take(limit.saturating_add(1)).read_to_end(&mut bytes).because("file_read", &[&shown])?;
    if bytes.len() > most {
        anyhow::bail!(say("dossier_long", &[&shown, &(most >> 10)]));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => anyhow::bail!(say("dossier_utf8", &[&shown])),
    }
}

/// The dossier of this name among those that were given, once its signature is verified.
pub(crate) fn verified(given: &[DossierFile], name: &str) -> Result<SignedFile, Text> {
    let Some(one) = given.iter().find(|one| one.name == name) else {
        let says = |lang| say_in(lang, "dossier_missing", &[&name]);
        return Err(Text::new(says(Lang::Fr), says(Lang::En)));
    };
    let key = sshsig::verify(one.text.as_bytes(), &one.signature, NAMESPACE).map_err(|error| {
        let says = |lang| say_in(lang, "dossier_unsigned", &[&name, &of_vault(lang, &error)]);
        Text::new(says(Lang::Fr), says(Lang::En))
    })?;
    Ok(SignedFile { text: one.text.clone(), key })
}

pub(crate) fn run(asked: &DossierDo) -> anyhow::Result<ExitCode> {
    match asked {
        DossierDo::New(asked) => new(asked),
        DossierDo::Check { file } => check(file),
    }
}

/// What a provider begins with.
fn new(asked: &DossierNew) -> anyhow::Result<ExitCode> {
    let DossierNew { file, id, name } = asked;
    let text = include_str!("dossier.toml")
        .replace("@ID@", &store::site::quoted(id.as_str()))
        .replace("@NAME@", &store::site::quoted(name));
    crate::takeout::keep(file, &text).because("file_write", &[&file.display()])?;
    println!("{}", say("dossier_new", &[&file.display(), &NAMESPACE]));
    Ok(ExitCode::SUCCESS)
}

/// What is in a dossier, who signed it, and what a site's file may take from it.
fn check(file: &Path) -> anyhow::Result<ExitCode> {
    let shown = file.display();
    let Some(text) = read(file, DOSSIER_MAX)? else {
        anyhow::bail!(say("file_read", &[&shown]));
    };
    let zone: Zone = "Europe/Paris".parse()?;
    let content = match read_dossier(&text, &zone) {
        Ok(content) => content,
        Err(faults) => {
            for fault in faults {
                eprintln!("{}", printable_lines(&format!("{shown}:{}", fault.in_lang(spoken()))));
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    let (people, engagements, tiers) = (content.people.len(), content.claims.len(), content.tiers.len());
    let (provider, day) = (&content.provider, zone.day(content.dated));
    let said = say(
        "dossier_says",
        &[&provider.id, &provider.name, &content.serial, &day, &people, &engagements, &tiers],
    );
    println!("{}", printable_lines(&said));
    let signature = PathBuf::from(format!("{shown}.sig"));
    let Some(signature) = read(&signature, SIGNATURE_MAX)? else {
        println!("{}", say("dossier_sign", &[&NAMESPACE, &shown]));
        return Ok(ExitCode::FAILURE);
    };
    let key = sshsig::verify(text.as_bytes(), &signature, NAMESPACE)
        .map_err(|error| anyhow::anyhow!(say("dossier_unsigned", &[&shown, &of_vault(spoken(), &error)])))?;
    println!("{}", say("dossier_signed", &[&key.0]));
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    println!("{}", printable_lines(&content.fragment(&name, &key, &zone)));
    Ok(ExitCode::SUCCESS)
}
