//! Entries of a ledger, and what was refused.

use std::collections::BTreeMap;

use events::Actor;
use gate::{Found, Page, Refusals};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Some of the entries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageView {
    /// The entries, the oldest first.
    entries: Vec<EntryView>,
    /// `cursor` of the next page; null: that was all.
    next: Option<u64>,
    /// The index of the first entry that is there: those before it were purged.
    first: u64,
    /// How many entries the log has.
    size: u64,
}

/// One entry (docs/formats/events.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Its index in the log.
    index: u64,
    /// When it happened; null with all the rest: the entry cannot be read.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// What happened: a code of the catalogue.
    code: Option<String>,
    /// Who did it: a person, `gate` or `host operator`.
    by: Option<String>,
    session: Option<String>,
    intervention: Option<String>,
    /// The event's own members.
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

impl EntryView {
    fn of(found: &Found) -> Self {
        let by = |actor: &Actor| match actor {
            Actor::Gate => "gate".to_owned(),
            Actor::Host => "host operator".to_owned(),
            Actor::Person(person) => person.to_string(),
        };
        let entry = found.entry.as_ref();
        let data = entry.and_then(|entry| serde_json::from_str(&entry.data.to_string()).ok());
        Self {
            index: found.index,
            at: entry.map(|entry| entry.at.to_string()),
            code: entry.map(|entry| entry.code.clone()),
            by: entry.map(|entry| by(&entry.by)),
            session: entry.and_then(|entry| entry.session.map(|id| id.to_string())),
            intervention: entry.and_then(|entry| entry.intervention.as_ref().map(ToString::to_string)),
            data: data.unwrap_or_default(),
        }
    }
}

impl PageView {
    pub(crate) fn of(page: &Page) -> Self {
        let entries = page.entries.iter().map(EntryView::of).collect();
        Self { entries, next: page.next, first: page.first, size: page.size }
    }
}

/// Refused attempts to open a session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusalsView {
    /// Counted from this moment on.
    #[schema(format = DateTime)]
    since: String,
    attempts: u64,
    /// How many of them by each rule; one attempt may meet several.
    by_rule: BTreeMap<String, u64>,
    /// Whether everything since then was looked at; if not, only the newest part of it.
    complete: bool,
}

impl RefusalsView {
    pub(crate) fn of(one: &Refusals) -> Self {
        Self {
            since: one.since.to_string(),
            attempts: one.attempts,
            by_rule: one.by_rule.clone(),
            complete: one.complete,
        }
    }
}
