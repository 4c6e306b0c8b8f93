//! Writing the file: what stands, in the very words that [`Site::parse`] reads.
//!
//! Each table is written beside its reader, from a value that is taken apart field by field: a new field that nobody
//! writes does not compile. What the file has no words for, because only people at the gate do it (a signature, a
//! withdrawal, a host key that was seen to change), is left out; the plan keeps it, because no file asserts an act.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use domain::{Employer, Equipment, HostKeyState, Zone};
use jiff::civil::Date;
use vocab::{PersonId, ProviderId, Timestamp};

use super::plan::{Current, Elsewhere};
use super::{Site, contract, direct, equipment, establishment, people, risk, service};

/// A table under writing: its values, then the tables below it.
#[derive(Default)]
pub(super) struct Rows {
    values: Vec<(String, String)>,
    below: Vec<(String, Below)>,
}

enum Below {
    One(Rows),
    Each(Vec<Rows>),
}

impl Rows {
    /// A value that is TOML already.
    pub(super) fn raw(mut self, key: &str, value: impl Into<String>) -> Self {
        self.values.push((self::key(key), value.into()));
        self
    }

    pub(super) fn text(self, key: &str, text: impl AsRef<str>) -> Self {
        let text = quoted(text.as_ref());
        self.raw(key, text)
    }

    /// A text that may be missing.
    pub(super) fn may(self, key: &str, text: Option<impl AsRef<str>>) -> Self {
        match text {
            Some(text) => self.text(key, text),
            None => self,
        }
    }

    pub(super) fn flag(self, key: &str, flag: bool) -> Self {
        self.raw(key, flag.to_string())
    }

    pub(super) fn number(self, key: &str, number: u32) -> Self {
        self.raw(key, number.to_string())
    }

    pub(super) fn may_number(self, key: &str, number: Option<u32>) -> Self {
        match number {
            Some(number) => self.number(key, number),
            None => self,
        }
    }

    /// A list of texts; nothing when it is empty.
    pub(super) fn list<T: AsRef<str>>(self, key: &str, texts: impl IntoIterator<Item = T>) -> Self {
        let all: Vec<String> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
        if all.is_empty() { self } else { self.raw(key, format!("[{}]", all.join(", "))) }
    }

    /// A table on the same line.
    pub(super) fn inline(self, key: &str, table: Self) -> Self {
        let inline = table.on_a_line();
        self.raw(key, inline)
    }

    /// Tables on the same line; nothing when there are none.
    pub(super) fn inline_row(self, key: &str, tables: impl IntoIterator<Item = Self>) -> Self {
        let all: Vec<String> = tables.into_iter().map(|table| table.on_a_line()).collect();
        if all.is_empty() { self } else { self.raw(key, format!("[{}]", all.join(", "))) }
    }

    /// All of it, as a piece of a file.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        self.write("", &mut text);
        text
    }

    /// Tables on one line each; nothing when there are none.
    pub(super) fn inline_list(self, key: &str, tables: impl IntoIterator<Item = Self>) -> Self {
        let all: Vec<String> =
            tables.into_iter().map(|table| format!("    {},\n", table.on_a_line())).collect();
        if all.is_empty() { self } else { self.raw(key, format!("[\n{}]", all.concat())) }
    }

    /// A table below this one.
    pub(super) fn table(mut self, key: &str, table: Self) -> Self {
        self.below.push((self::key(key), Below::One(table)));
        self
    }

    /// Repeated tables below this one.
    pub(super) fn each(mut self, key: &str, tables: impl IntoIterator<Item = Self>) -> Self {
        self.below.push((self::key(key), Below::Each(tables.into_iter().collect())));
        self
    }

    fn on_a_line(&self) -> String {
        let rows: Vec<String> = self.values.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        format!("{{ {} }}", rows.join(", "))
    }

    /// Writes the values, then the tables below; `path` is where it stands. Writing into a text cannot fail.
    fn write(&self, path: &str, text: &mut String) {
        for (key, value) in &self.values {
            let _ = writeln!(text, "{key} = {value}");
        }
        for (key, below) in &self.below {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match below {
                Below::One(rows) => {
                    let _ = writeln!(text, "\n[{path}]");
                    rows.write(&path, text);
                }
                Below::Each(all) => {
                    for rows in all {
                        let _ = writeln!(text, "\n[[{path}]]");
                        rows.write(&path, text);
                    }
                }
            }
        }
    }
}

/// A key as TOML takes it: bare where it may be, dotted where it was meant so.
fn key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

/// A basic string of TOML, on one line.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Moments as the file has them: on the establishment's wall.
pub(super) struct Wall<'a>(pub(super) &'a Zone);

impl Wall<'_> {
    fn date(&self, at: Timestamp) -> Date {
        let moment = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.0.rules().to_datetime(moment).date()
    }

    /// What begins or happens on a day.
    pub(super) fn day(&self, at: Timestamp) -> String {
        self.date(at).to_string()
    }

    /// What ends with a day: the day before the first moment after it.
    pub(super) fn last_day(&self, until: Timestamp) -> String {
        self.date(until.before(Duration::from_micros(1))).to_string()
    }

    /// A day where it is the first moment of one, else to the minute.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let shown = self.0.show(at);
        let date = self.date(at);
        let midnight = self.0.rules().to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible();
        match midnight {
            Ok(midnight) if midnight.as_microsecond() == at.as_micros() => date.to_string(),
            _ => shown,
        }
    }

    /// The same, no earlier than it happened: what people did at the gate has seconds.
    pub(super) fn moment_after(&self, at: Timestamp) -> String {
        const MINUTE: i64 = 60_000_000;
        let over = at.as_micros().rem_euclid(MINUTE);
        let up = if over == 0 { 0 } else { MINUTE - over };
        self.moment(at.after(Duration::from_micros(up.unsigned_abs())))
    }

    /// `from` and `until`, the last day included.
    pub(super) fn span(&self, rows: Rows, span: domain::Span) -> Rows {
        rows.text("from", self.day(span.from)).text("until", self.last_day(span.until))
    }
}

const HEAD: &str = "\
# Écrit par `poterne export site` : la description de l'établissement, telle qu'elle vaut (docs/site.md).
# N'y sont pas : secrets, seconds facteurs, attestations de clés, signatures, suspensions, journal et enregistrements.
# Written by `poterne export site`: the description of the establishment, as it stands (docs/site.md).
# Not in it: secrets, second factors, vouching of keys, signatures, suspensions, ledger and recordings.

";

impl Site {
    /// The file that says all of it: `Site::parse` of it is this very site, as long as nothing in it was done at the
    /// gate.
    pub fn text(&self) -> String {
        let Self {
            establishment,
            providers,
            people,
            engagements,
            contracts,
            services,
            equipment,
            treatments,
            transitions,
            direct,
            dossiers: _,
        } = self;
        let wall = Wall(&establishment.zone);
        let rows = Rows::default()
            .number("format", 1)
            .table("establishment", establishment::write(establishment, &wall))
            .each("provider", providers.iter().map(|one| people::write_provider(one, &wall)))
            .each("person", people.iter().map(people::write_person))
            .each("engagement", engagements.iter().map(|one| people::write_engagement(one, &wall)))
            .each("contract", contracts.iter().map(|one| contract::write(one, &wall)))
            .each("service", services.iter().map(|one| service::write(one, &wall)))
            .each("equipment", equipment.iter().map(|one| equipment::write(one, &wall)))
            .each("treatment", risk::write_treatments(treatments, &wall))
            .each("transition", transitions.iter().map(|one| risk::write_transition(one, &wall)))
            .each("direct", direct.iter().map(|one| direct::write(one, &wall)));
        let mut text = HEAD.to_owned();
        rows.write("", &mut text);
        text
    }
}

impl Current {
    /// What stands as a description: of what the deployment shares, that which this establishment leans on or brought;
    /// without what was done at the gate. `None`: the establishment is not known.
    pub fn site(&self) -> Option<Site> {
        let own = self.establishment.clone()?;
        let leaning = Elsewhere {
            establishment: own.clone(),
            engagements: self.engagements.clone(),
            contracts: self.contracts.clone(),
            services: self.services.clone(),
        };
        let leant_on: BTreeSet<ProviderId> = leaning.providers().collect();
        let named = leaning.people();
        let ours = |id: &ProviderId| leant_on.contains(id) || !self.providers_elsewhere.contains(id);
        let mut providers: Vec<_> = self.providers.iter().filter(|one| ours(&one.id)).cloned().collect();
        let is_ours = |person: &&domain::Person| match &person.employer {
            Employer::Establishment(id) => *id == own.id,
            Employer::Provider(id) => {
                ours(id)
                    && (leant_on.contains(id)
                        || named.contains(&person.id)
                        || !self.people_elsewhere.contains(&person.id))
            }
        };
        let people: Vec<_> = self.people.iter().filter(is_ours).cloned().collect();
        let known: BTreeSet<PersonId> = people.iter().map(|person| person.id.clone()).collect();
        // A firm that others share may name people of theirs.
        for provider in &mut providers {
            provider.managers.retain(|person| known.contains(person));
        }
        let unsigned = |mut one: domain::RiskTreatment| {
            (one.signed, one.transferred) = (None, None);
            one
        };
        let proposed = |mut one: domain::Transition| {
            one.signed = None;
            one
        };
        let undecided = |mut one: domain::DirectPath| {
            one.signed = None;
            one
        };
        Some(Site {
            establishment: own,
            providers,
            people,
            engagements: self.engagements.clone(),
            contracts: self.contracts.clone(),
            services: self.services.clone(),
            equipment: self.equipment.iter().map(|one| described(one, &known)).collect(),
            treatments: self.treatments.iter().cloned().map(unsigned).collect(),
            transitions: self.transitions.iter().cloned().map(proposed).collect(),
            direct: self.direct.iter().cloned().map(undecided).collect(),
            dossiers: super::Uses::default(),
        })
    }
}

/// An equipment without what only the gate knows of it: a key that was seen to change, or that somebody pinned who is
/// described no more. Whoever reads the file elsewhere pins again.
fn described(equipment: &Equipment, known: &BTreeSet<PersonId>) -> Equipment {
    let mut equipment = crate::fact::own_words(equipment);
    let says = matches!(&equipment.host_key, HostKeyState::Pinned { by, .. } if known.contains(by));
    if !says {
        equipment.host_key = HostKeyState::Unknown;
    }
    equipment
}
