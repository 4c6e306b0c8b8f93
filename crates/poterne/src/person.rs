//! `poterne export person`: what is kept about one person (GDPR article 15), and what is not in it.
//!
//! Other people stand in it as `autre personne / other person`: which part each has, the member that names him says.

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use control::Errand;
use events::Actor;
use gate::ports::{Journal, Journals as _};
use serde_json::{Value, json};
use vocab::{EstablishmentId, Lang, PersonId, Timestamp, printable_lines};

use crate::cli::ExportPerson;
use crate::desk::{failed, unread};
use crate::operator::errand;
use crate::texts::{Because as _, say, say_in, spoken};
use crate::wiring::House;

/// Who is not the person.
const OTHER: &str = "autre personne / other person";

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
    let (establishment, journal) = log_of(house, whose, lang)?;
    let kept = house.database.about(&person, &establishment).await.map_err(failed(lang))?;
    if kept.facts.is_empty() {
        return Err(say_in(lang, "no_person", &[&person]));
    }
    let others = Others::new(&person, &kept.people);
    // Written into the log before anything of it is handed out.
    let (by, who) = (Actor::Host, Some(person.to_string()));
    house.gate.reading(&establishment, by, "person", who, reason).await.map_err(unread(lang))?;
    let read = house.gate.entries_about(&establishment, &person).await.map_err(failed(lang))?;
    let entries: Vec<Value> = read
        .iter()
        .filter_map(|(index, text)| {
            let entry: Value = serde_json::from_str(text).ok()?;
            Some(json!({ "index": index, "entry": others.without(entry) }))
        })
        .collect();
    let log = json!({ "establishment": establishment.to_string(), "first_kept": journal.first(), "entries": entries });
    let facts: Vec<Value> = kept.facts.iter().map(|fact| others.without(fact.clone())).collect();
    let all = json!({
        "person": person.to_string(),
        "reason": reason,
        "facts": facts,
        "named_in": kept.named_in,
        "sessions": kept.sessions,
        "logs": [log],
        "not_included": not_included(),
    });
    Ok(all.to_string())
}

/// The log of the establishment that is named, or of the only one.
fn log_of(
    house: &House,
    whose: Option<&str>,
    lang: Lang,
) -> Result<(EstablishmentId, Arc<dyn Journal>), String> {
    let all = house.logs.all();
    let found = match whose {
        Some(name) => all.into_iter().find(|(id, _)| id.as_str() == name),
        None if all.len() > 1 => return Err(say_in(lang, "person_whose", &[])),
        None => all.into_iter().next(),
    };
    found.ok_or_else(|| say_in(lang, "no_name", &[&whose.unwrap_or_default()]))
}

/// What is not in it, and why, in both languages.
fn not_included() -> Value {
    json!([
        {
            "fr": "le contenu des enregistrements : chiffré pour les lecteurs de l'établissement, et d'autres personnes y paraissent ; leur liste est dans `sessions`",
            "en": "the content of recordings: encrypted for the establishment's readers, and other people appear in it; they are listed in `sessions`",
        },
        {
            "fr": "le contenu des documents déposés (contrats, engagements, preuves) : chiffré, et d'autres personnes y paraissent ; l'établissement les exporte un par un",
            "en": "the content of documents on file (contracts, engagements, evidence): encrypted, and other people appear in it; the establishment exports them one by one",
        },
        {
            "fr": "les traces et enregistrements qui ont passé leur durée : supprimés",
            "en": "traces and recordings that are past their term: removed",
        },
        {
            "fr": "les secrets (second facteur, feuille de codes) : scellés, la porte ne les montre à personne",
            "en": "secrets (second factor, sheet of codes): sealed, the gate shows them to nobody",
        },
        {
            "fr": "les sauvegardes et les journaux d'urgence mis de côté",
            "en": "backups, and emergency journals that were laid aside",
        },
        {
            "fr": "ce que les autres établissements de cette porte gardent : chacun en répond ; les connexions refusées et les connexions sont au journal de l'établissement d'attache",
            "en": "what the other establishments of this gate keep: each answers for its own; logins, and those that were refused, are in the ledger of the home establishment",
        },
        {
            "fr": "les noms des autres personnes",
            "en": "the names of other people",
        },
    ])
}

/// Those who are not meant.
struct Others {
    names: BTreeSet<String>,
    titles: Vec<String>,
}

impl Others {
    fn new(person: &PersonId, people: &[(String, String)]) -> Self {
        let others = || people.iter().filter(|(id, _)| id != person.as_str());
        let titles = others().map(|(_, title)| title.clone()).filter(|title| title.chars().count() > 3);
        Self { names: others().map(|(id, _)| id.clone()).collect(), titles: titles.collect() }
    }

    fn without(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.of(&text)),
            Value::Array(all) => Value::Array(all.into_iter().map(|one| self.without(one)).collect()),
            Value::Object(all) => {
                Value::Object(all.into_iter().map(|(key, one)| (self.of(&key), self.without(one))).collect())
            }
            other => other,
        }
    }

    /// Whole words only: a name may be part of an address.
    fn of(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for title in &self.titles {
            text = text.replace(title, OTHER);
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let (mut said, mut rest) = (String::new(), text.as_str());
        while let Some(start) = rest.find(is_name) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|c| !is_name(c)).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            // A sentence may end with a name.
            let bare = word.trim_end_matches('.');
            said.push_str(before);
            if self.names.contains(bare) {
                said.push_str(OTHER);
                said.push_str(word.get(bare.len()..).unwrap_or_default());
            } else {
                said.push_str(word);
            }
            rest = after;
        }
        said.push_str(rest);
        said
    }
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
        file(&out.join(format!("{person}.txt")), &page(&value))
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

/// For the person to read, in both languages.
fn page(value: &Value) -> String {
    let list = |at: &str| value.get(at).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value, at: &str| value.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut page = format!(
        "Ce que la porte garde sur / What the gate keeps about : {}\nDemandé pour / Asked for : {}\n",
        text(value, "person"),
        text(value, "reason")
    );
    page.push_str("\nFaits, toutes versions / Facts, all versions\n");
    for fact in list("facts") {
        let body = fact.get("body").cloned().unwrap_or_default();
        page.push_str(&format!(
            "  {} {} → {} : {body}\n",
            text(&fact, "kind"),
            text(&fact, "from"),
            text(&fact, "until")
        ));
    }
    page.push_str("\nNommé aussi dans / Named also in\n");
    for place in list("named_in") {
        page.push_str(&format!(
            "  {} {} {}\n",
            text(&place, "kind"),
            text(&place, "establishment"),
            text(&place, "name")
        ));
    }
    page.push_str("\nSessions et leurs enregistrements / Sessions and their recordings\n");
    for one in list("sessions") {
        page.push_str(&format!(
            "  {} {} {} ({}) {} → {}\n",
            text(&one, "session"),
            text(&one, "equipment"),
            text(&one, "intervention"),
            text(&one, "recording"),
            text(&one, "opened"),
            text(&one, "ended")
        ));
    }
    for log in list("logs") {
        page.push_str(&format!("\nJournal / Log {}\n", text(&log, "establishment")));
        for one in log.get("entries").and_then(Value::as_array).into_iter().flatten() {
            let entry = one.get("entry").cloned().unwrap_or_default();
            let at = entry.get("at").and_then(Value::as_i64).map(Timestamp::from_micros);
            let at = at.map(|at| at.to_string()).unwrap_or_default();
            let data = entry.get("data").cloned().unwrap_or_default();
            page.push_str(&format!(
                "  {} {at} {} {} {data}\n",
                one.get("index").cloned().unwrap_or_default(),
                text(&entry, "code"),
                text(&entry, "by")
            ));
        }
    }
    page.push_str("\nCe qui n'y est pas / What is not in it\n");
    for one in list("not_included") {
        page.push_str(&format!("  {}\n  {}\n", text(&one, "fr"), text(&one, "en")));
    }
    printable_lines(&page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_people_are_left_out() {
        let people = [("a.martin", "Alice Martin"), ("b.petit", "Bruno Petit")];
        let people: Vec<(String, String)> =
            people.map(|(id, title)| (id.to_owned(), title.to_owned())).into();
        let others = Others::new(&"a.martin".parse().unwrap(), &people);
        for (given, expected) in [
            ("a.martin", "a.martin"),
            ("person:b.petit", "person:autre personne / other person"),
            ("vu avec b.petit.", "vu avec autre personne / other person."),
            ("Bruno Petit et Alice Martin", "autre personne / other person et Alice Martin"),
            ("b.petit-2, ab.petit, b.petit@x", "b.petit-2, ab.petit, autre personne / other person@x"),
            ("", ""),
        ] {
            assert_eq!(others.of(given), expected, "{given}");
        }
        let value = json!({ "b.petit": ["b.petit", 3, { "by": "a.martin" }] });
        assert!(!others.without(value).to_string().contains("b.petit"));
    }
}
