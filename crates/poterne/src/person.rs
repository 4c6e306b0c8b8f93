//! `poterne export person`: what is kept about one person (GDPR article 15), asked of the gate and written into a folder.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use control::Errand;
use events::Actor;
use gate::personal_page;
use gate::ports::{Journals as _, PortError};
use serde_json::Value;
use vocab::{EstablishmentId, Lang, PersonId};

use crate::cli::ExportPerson;
use crate::desk::unread;
use crate::operator::errand;
use crate::texts::{Because as _, say, say_in, spoken};
use crate::wiring::House;

/// The gate's part: the answer is everything that one establishment has, as JSON. Where the gate has several, which is to be
/// said: each answers for its own.
pub(crate) async fn collect(
    house: &House,
    name: &str,
    whose: Option<&str>,
    reason: &str,
    lang: Lang,
) -> Result<String, String> {
    let person: PersonId = name.parse().map_err(|_| say_in(lang, "no_name", &[&name]))?;
    let establishment = of(house, whose, lang)?;
    let kept = house.gate.personal(&establishment, Actor::Host, &person, reason).await;
    kept.map(|all| all.to_string()).map_err(|error| match error {
        PortError::Missing(_) => say_in(lang, "no_person", &[&person]),
        error => unread(lang)(error),
    })
}

/// The establishment that is named, or the only one.
fn of(house: &House, whose: Option<&str>, lang: Lang) -> Result<EstablishmentId, String> {
    let all = house.logs.all();
    let found = match whose {
        Some(name) => all.into_iter().find(|(id, _)| id.as_str() == name),
        None if all.len() > 1 => return Err(say_in(lang, "person_whose", &[])),
        None => all.into_iter().next(),
    };
    found.map(|(id, _)| id).ok_or_else(|| say_in(lang, "no_name", &[&whose.unwrap_or_default()]))
}

/// The command line's part: asks, and writes the folder.
pub(crate) async fn export(asked: ExportPerson) -> anyhow::Result<()> {
    let ExportPerson { person, establishment, out, reason, which } = asked;
    // Before anything is written down: what cannot be kept is not asked for.
    std::fs::DirBuilder::new().mode(0o700).create(&out).because("file_write", &[&out.display()])?;
    let asked = Errand::Person { person: person.clone(), establishment, reason, lang: spoken() };
    let asked = errand(&which.config, asked).await;
    let written = asked.and_then(|all| {
        let value: Value = serde_json::from_str(&all).because("control.answer", &[])?;
        file(&out.join(format!("{person}.json")), &format!("{value:#}\n"))?;
        file(&out.join(format!("{person}.txt")), &personal_page(&value))
    });
    if let Err(error) = written {
        let _gone = std::fs::remove_dir_all(&out);
        return Err(error);
    }
    println!("{}", say("person_done", &[&out.display()]));
    Ok(())
}

fn file(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.because("file_write", &[&path.display()])
}
