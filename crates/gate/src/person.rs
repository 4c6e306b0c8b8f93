//! What is kept about one person (GDPR article 15), for himself or for the data protection officer, and what is not in it.
//!
//! Other people stand in it as `autre personne / other person`: which part each has, the member that names him says.

use std::collections::BTreeSet;

use events::Actor;
use serde_json::{Value, json};
use vocab::{EstablishmentId, PersonId, Timestamp, printable_lines};

use crate::Gate;
use crate::ports::{AboutPerson, PortError};

/// Who is not the person.
const OTHER: &str = "autre personne / other person";

impl Gate {
    /// Everything that one establishment has about a person, as JSON; that it is read, and why, is in the ledger first.
    ///
    /// # Errors
    /// [`PortError::Missing`]: he has no part in it, and nothing is written down. [`PortError::Conflict`]: the reason says
    /// nothing. Whatever fails, nothing is to be shown.
    pub async fn personal(
        &self,
        establishment: &EstablishmentId,
        by: Actor,
        person: &PersonId,
        reason: &str,
    ) -> Result<Value, PortError> {
        let journal = self.journals.of(establishment);
        let journal = journal.ok_or_else(|| PortError::Missing(format!("the log of `{establishment}`")))?;
        let kept = self.store.about(person, establishment).await?;
        if kept.facts.is_empty() {
            return Err(PortError::Missing(format!("person `{person}`")));
        }
        let others = Others::new(person, &kept.people);
        // Written into the log before anything of it is handed out.
        self.reading(establishment, by, "person", Some(person.to_string()), reason).await?;
        let read = self.entries_about(establishment, person).await?;
        let entries: Vec<Value> = read
            .iter()
            .filter_map(|(index, text)| {
                let entry: Value = serde_json::from_str(text).ok()?;
                Some(json!({ "index": index, "entry": others.without(entry) }))
            })
            .collect();
        let log = json!({ "establishment": establishment.to_string(), "first_kept": journal.first(), "entries": entries });
        let without = |all: Vec<Value>| all.into_iter().map(|one| others.without(one)).collect::<Vec<_>>();
        let AboutPerson { facts, named_in, sessions, interventions, .. } = kept;
        Ok(json!({
            "person": person.to_string(),
            "reason": reason,
            "facts": without(facts),
            "named_in": named_in,
            "sessions": sessions,
            "interventions": without(interventions),
            "logs": [log],
            "not_included": not_included(),
        }))
    }
}

/// For the person to read, in both languages.
pub fn personal_page(value: &Value) -> String {
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
    page.push_str("\nInterventions où il paraît / Interventions in which he appears\n");
    list("interventions").iter().for_each(|one| page.push_str(&intervention(one)));
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

/// One, in a line.
fn intervention(one: &Value) -> String {
    let text = |at: &str| one.get(at).and_then(Value::as_str).unwrap_or_default();
    let body = one.get("body").cloned().unwrap_or_default();
    format!("  {} {} {} {} : {body}\n", text("intervention"), text("service"), text("state"), text("changed"))
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
