//! The history of what is described or asked for: every version that the database has, from when to when it stood, what changed
//! and by whose hand. Whoever reads it says why first, as of traces.

use domain::{Employer, Person, Zone};
use events::Actor;
use serde_json::{Value, json};
use vocab::{EstablishmentId, Lang, Text};

use crate::Gate;
use crate::differences::{Detail, differences};
use crate::ports::{FactKind, PortError, Record, RecordKind, Wanted, Within};
use crate::retention::belongs::{Belongs, Subject};

/// What has a history that is shown: not the hashes by which secrets and tokens are known, nor how far a log was purged.
pub const HISTORY_KINDS: [RecordKind; 25] = [
    RecordKind::Intervention,
    RecordKind::Fact(FactKind::Establishment),
    RecordKind::Fact(FactKind::Provider),
    RecordKind::Fact(FactKind::Person),
    RecordKind::Fact(FactKind::Engagement),
    RecordKind::Fact(FactKind::Contract),
    RecordKind::Fact(FactKind::Service),
    RecordKind::Fact(FactKind::Equipment),
    RecordKind::Fact(FactKind::Treatment),
    RecordKind::Fact(FactKind::Transition),
    RecordKind::Fact(FactKind::Direct),
    RecordKind::Fact(FactKind::Signature),
    RecordKind::Fact(FactKind::Suspension),
    RecordKind::Fact(FactKind::Vouching),
    RecordKind::Fact(FactKind::Enrolment),
    RecordKind::Fact(FactKind::Rotation),
    RecordKind::Fact(FactKind::Disclosure),
    RecordKind::Fact(FactKind::Standing),
    RecordKind::Fact(FactKind::Hold),
    RecordKind::Fact(FactKind::Filed),
    RecordKind::Fact(FactKind::Notice),
    RecordKind::Fact(FactKind::Witness),
    RecordKind::Fact(FactKind::FilterCheck),
    RecordKind::Fact(FactKind::AccountsReview),
    RecordKind::Fact(FactKind::Seen),
];

/// Lines of one answer: as much as somebody reads.
const LINES_MAX: usize = 2_000;

/// Why no history is shown.
#[derive(Debug, Clone)]
pub enum Unseen {
    /// There is no history of such a thing.
    Kind,
    /// The reason says nothing.
    Reason,
    /// The establishment has nothing of this name.
    Unknown,
    /// A port failed: nothing is to be shown.
    Failed(PortError),
}

impl From<PortError> for Unseen {
    fn from(error: PortError) -> Self {
        Self::Failed(error)
    }
}

/// Every version of what is called so.
#[derive(Debug, Clone)]
pub struct History {
    /// Whose.
    pub establishment: EstablishmentId,
    /// Its wall, for moments.
    zone: Zone,
    /// By name and number: a name may be a part of several.
    records: Vec<Record>,
}

impl Gate {
    /// The history of what an establishment has under this name; that it is read, and why, is in the ledger first.
    ///
    /// # Errors
    /// As [`Unseen`] says; nothing is shown then.
    pub async fn history(
        &self,
        establishment: &EstablishmentId,
        by: Actor,
        [kind, name]: [&str; 2],
        reason: &str,
    ) -> Result<History, Unseen> {
        let what = RecordKind::of(kind).filter(|kind| HISTORY_KINDS.contains(kind)).ok_or(Unseen::Kind)?;
        let all = self.store.establishments(self.moment()).await?;
        let zone = all.into_iter().find(|one| one.id == *establishment).ok_or(Unseen::Unknown)?.zone;
        let subject = Some(format!("{kind} {name}"));
        self.reading(establishment, by, "history", subject, reason).await.map_err(|error| match error {
            PortError::Conflict(_) => Unseen::Reason,
            error => Unseen::Failed(error),
        })?;
        let records = self.records_of(establishment, what, name).await?;
        if records.is_empty() {
            return Err(Unseen::Unknown);
        }
        Ok(History { establishment: establishment.clone(), zone, records })
    }

    /// Of this name, or (where a name has several parts) those that begin with it.
    async fn records_of(
        &self,
        establishment: &EstablishmentId,
        kind: RecordKind,
        name: &str,
    ) -> Result<Vec<Record>, PortError> {
        let common = matches!(kind, RecordKind::Fact(kind) if kind.is_common());
        let within = if common { Within::Deployment } else { Within::One(establishment.clone()) };
        let wanted = |name| Wanted { kind, within: within.clone(), name, closed_before: None };
        let mut found = self.store.records(wanted(Some(name.to_owned()))).await?;
        if found.is_empty() {
            found = self.store.records(wanted(None)).await?;
            let begins = |one: &Record| one.name.split(['/', ' ']).any(|part| part == name);
            found.retain(begins);
        }
        // What is everybody's is shown to whom it concerns.
        match common && !found.is_empty() && !self.concerns(establishment, &found).await? {
            true => Ok(Vec::new()),
            false => Ok(found),
        }
    }

    /// Whether a provider, or a person, has or had to do with an establishment.
    async fn concerns(&self, establishment: &EstablishmentId, found: &[Record]) -> Result<bool, PortError> {
        let belongs = Belongs::read(&*self.store).await?;
        let here = |subject: &Subject| {
            belongs.contracts(subject).is_some_and(|all| all.iter().any(|(whose, _)| whose == establishment))
        };
        let employed = |record: &Record| match serde_json::from_str::<Person>(&record.body) {
            Ok(person) => person.employer == Employer::Establishment(establishment.clone()),
            Err(_) => false,
        };
        let subject = |record: &Record| match record.kind {
            RecordKind::Fact(kind) => Subject::of(kind, record),
            _ => None,
        };
        if found.iter().filter_map(subject).any(|subject| here(&subject)) || found.iter().any(employed) {
            return Ok(true);
        }
        // A second factor says not whose the person is.
        let name = found.first().map(|record| record.name.clone());
        let kind = RecordKind::Fact(FactKind::Person);
        let people = Wanted { kind, within: Within::Deployment, name, closed_before: None };
        Ok(self.store.records(people).await?.iter().any(employed))
    }
}

impl History {
    /// Its versions, each with what it changed of the one before.
    fn versions(&self) -> impl Iterator<Item = (&Record, Vec<Detail>)> {
        let before = std::iter::once(None).chain(self.records.iter().map(Some));
        self.records.iter().zip(before).map(|(record, before)| {
            let same =
                |one: &&Record| (&one.establishment, &one.name) == (&record.establishment, &record.name);
            let body = |record: &Record| serde_json::from_str(&record.body).unwrap_or(Value::Null);
            let was = before.filter(same).map_or_else(|| json!({}), body);
            (record, differences(&was, &body(record), &self.zone))
        })
    }

    /// For a program: each version whole, and what it changed.
    pub fn json(&self) -> Value {
        let detail = |one: Detail| json!({ "field": one.field, "before": one.before, "after": one.after });
        let version = |(record, details): (&Record, Vec<Detail>)| {
            json!({
                "kind": record.kind.as_str(),
                "establishment": record.establishment.as_ref().map(EstablishmentId::as_str),
                "name": record.name,
                "version": record.version,
                "from": record.from.to_string(),
                "until": record.until.map(|until| until.to_string()),
                "by": record.by,
                "closed_by": record.closed_by,
                "body": serde_json::from_str(&record.body).unwrap_or(Value::Null),
                "changed": details.into_iter().map(detail).collect::<Vec<_>>(),
            })
        };
        json!({
            "establishment": self.establishment.as_str(),
            "versions": self.versions().map(version).collect::<Vec<_>>(),
        })
    }

    /// For a terminal, in both languages.
    pub fn text(&self) -> Text {
        Text::new(self.in_lang(Lang::Fr), self.in_lang(Lang::En))
    }

    fn in_lang(&self, lang: Lang) -> String {
        let pick = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
        let mut lines = Vec::new();
        let mut last = "";
        for (record, details) in self.versions() {
            if last != record.name {
                last = &record.name;
                lines.push(format!("{} {}", record.kind.as_str(), record.name));
                if record.version > 1 {
                    let before =
                        pick("plus tôt : supprimé, passé sa durée", "earlier: removed, past its term");
                    lines.push(format!("  … {before}"));
                }
            }
            let until = record.until.map(|until| self.zone.show(until));
            let until = until.unwrap_or_else(|| pick("en vigueur", "stands").to_owned());
            let (version, from, by) =
                (record.version, self.zone.show(record.from), self.hand(&record.by, lang));
            let closed = record.closed_by.as_ref().filter(|closed| **closed != record.by);
            let closed = closed
                .map(|closed| format!(", {} {}", pick("close par", "closed by"), self.hand(closed, lang)));
            lines.push(format!("  {version}  {from} → {until}  {by}{}", closed.unwrap_or_default()));
            for Detail { field, before, after } in details {
                let field = if field.is_empty() { "=" } else { &field };
                lines.push(match (before, after) {
                    (Some(before), Some(after)) => format!("     {field} : {before} → {after}"),
                    (None, Some(after)) => format!("     + {field} : {after}"),
                    (Some(before), None) => format!("     - {field} : {before}"),
                    (None, None) => continue,
                });
            }
        }
        if lines.len() > LINES_MAX {
            lines.truncate(LINES_MAX);
            lines.push(pick("… (la suite : --json)", "… (the rest: --json)").to_owned());
        }
        lines.join("\n")
    }

    /// Whose hand it was: a person's name stands as it is.
    fn hand(&self, by: &str, lang: Lang) -> String {
        let text = match by {
            "apply" => Text::new("le fichier du site (apply)", "the site's file (apply)"),
            "gate" => Text::new("la porte", "the gate"),
            "host operator" => Text::new("l'opérateur de la machine", "the host operator"),
            person => return person.to_owned(),
        };
        text.in_lang(lang).to_owned()
    }
}
