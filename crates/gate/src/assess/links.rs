//! Where what a finding leans on can be looked up: the version of each fact, and the entry of each act in the ledger.
//!
//! An act and its entry bear the same moment, to the microsecond. The log is in the order in which it was written, so that
//! the entries of a moment are found by halving, and nothing of them has to be kept beside it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{FactVersion, ServiceFacts};
use events::Entry;
use guide::Link;
use serde_json::{Value, json};
use vocab::{EstablishmentId, InterventionId, Lang, Timestamp};

use super::Assessment;
use crate::Gate;
use crate::ports::{FactName, Journal, PortError, Store};

/// Entries read around the place of a moment. Acts are written within a moment of their time; a step of the clock, or another
/// source's entries between, moves them by some dozens.
const AROUND: u64 = 64;

/// Entries that bear the moments of what was leant on.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    at: BTreeMap<Timestamp, Vec<Told>>,
    /// Since when the gate saw of itself what it saw at the moment.
    seen: Option<Timestamp>,
}

#[derive(Debug, Clone)]
struct Told {
    index: u64,
    code: &'static str,
    intervention: Option<InterventionId>,
}

impl Entries {
    /// The index of the entry that a link leads to, in the establishment's ledger; `None`: none bears this moment, or it was
    /// purged.
    pub fn of(&self, link: &Link) -> Option<u64> {
        let at = |moment: &Timestamp| self.at.get(moment).map(Vec::as_slice).unwrap_or_default();
        let found = match link {
            Link::Act { code, intervention, at: moment } => {
                // A secret is changed by a rotation, or by whoever stores another one.
                let same = |told: &&Told| {
                    told.code == *code || (*code == "account-rotated" && told.code == "account-stored")
                };
                let is = |told: &&Told| same(told) && told.intervention == *intervention;
                at(moment).iter().find(is)
            }
            // What the file says is written by its application; what people say, by their acts, which come first.
            Link::Fact(version) => {
                let told = at(&version.since);
                told.iter().find(|told| told.code == "site-applied").or(told.first())
            }
            Link::Seen { .. } => {
                let since = self.seen.as_ref().map(at).unwrap_or_default();
                since.iter().find(|told| told.code == "gate-seen")
            }
            Link::Paper { .. } => None,
        };
        found.map(|told| told.index)
    }
}

/// A link in one short piece, as it stands after sentences: `[contract c-1 v2, entry 12]`, `[d-1a2b3c4d]`, `[risk-treated, entry
/// 40]`.
pub fn short(link: &Link, entries: &Entries, lang: Lang) -> String {
    let what = match link {
        Link::Fact(FactVersion { kind, name, version, .. }) => format!("{kind} {name} v{version}"),
        Link::Paper { sha256, .. } => return format!("[d-{}]", sha256.get(..8).unwrap_or(sha256)),
        Link::Act { code, intervention: Some(id), .. } => format!("{code} {id}"),
        Link::Act { code, intervention: None, .. } => (*code).to_owned(),
        Link::Seen { what, .. } => (*what).to_owned(),
    };
    let word = if lang == Lang::Fr { "entrée" } else { "entry" };
    match entries.of(link) {
        Some(index) => format!("[{what}, {word} {index}]"),
        None => format!("[{what}]"),
    }
}

/// A link for programs.
pub(super) fn json(link: &Link, assessment: &Assessment) -> Value {
    let mut said = match link {
        Link::Fact(FactVersion { kind, name, version, since }) => {
            json!({ "is": "fact", "kind": kind, "name": name, "version": version, "since": since.to_string() })
        }
        Link::Paper { name, sha256 } => json!({ "is": "paper", "name": name, "sha256": sha256 }),
        Link::Act { code, intervention: Some(id), at } => {
            json!({ "is": "act", "code": code, "intervention": id, "at": at.to_string() })
        }
        Link::Act { code, intervention: None, at } => {
            json!({ "is": "act", "code": code, "at": at.to_string() })
        }
        Link::Seen { what, at } => json!({ "is": "observation", "what": what, "at": at.to_string() }),
    };
    if let (Value::Object(said), Some(index)) = (&mut said, assessment.entries.of(link)) {
        let ledger = json!(assessment.facts.establishment.id);
        said.extend([("entry".to_owned(), json!(index)), ("ledger".to_owned(), ledger)]);
    }
    said
}

/// The versions of the facts of a service that stood at a moment, by kind and name.
///
/// # Errors
/// The store cannot be read.
pub async fn versions_of(
    store: &dyn Store,
    facts: &ServiceFacts,
    as_of: Timestamp,
) -> Result<Vec<FactVersion>, PortError> {
    let named = named(facts);
    let names = named.iter().map(|(name, ..)| name.clone()).collect();
    let found = store.versions(names, as_of).await?;
    let mut all = BTreeSet::new();
    for ((_, kind, name), stood) in named.into_iter().zip(found) {
        let version = |(version, since)| FactVersion { kind: kind.to_owned(), name, version, since };
        all.extend(stood.map(version));
    }
    Ok(all.into_iter().collect())
}

impl Gate {
    /// The entries that an assessment's links lead to. A log that cannot be read leads nowhere: the assessment stands.
    pub(super) async fn follow(&self, assessment: &Assessment, as_of: Timestamp) -> Entries {
        let facts = &assessment.facts;
        let seen = self.seen_since(&facts.establishment.id, as_of).await;
        let mut moments = BTreeSet::new();
        for finding in &assessment.level.findings {
            for link in finding.links(facts, assessment.at).0 {
                match link {
                    Link::Act { at, .. } => moments.insert(at),
                    Link::Fact(version) => moments.insert(version.since),
                    Link::Seen { .. } | Link::Paper { .. } => false,
                };
            }
        }
        moments.extend(seen);
        let found = self.entries_of(&facts.establishment.id, moments).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "The entries behind an assessment could not be read");
            Entries::default()
        });
        Entries { seen, ..found }
    }

    async fn seen_since(&self, establishment: &EstablishmentId, as_of: Timestamp) -> Option<Timestamp> {
        let names = vec![FactName::Seen(establishment.clone())];
        let found = self.store.versions(names, as_of).await.ok()?;
        found.first().copied().flatten().map(|(_, since)| since)
    }

    async fn entries_of(
        &self,
        establishment: &EstablishmentId,
        moments: BTreeSet<Timestamp>,
    ) -> Result<Entries, PortError> {
        let mut entries = Entries::default();
        let Some(journal) = self.journals.of(establishment) else { return Ok(entries) };
        for moment in moments {
            let place = place(&*journal, moment).await?;
            let (from, until) = (
                place.saturating_sub(AROUND).max(journal.first()),
                place.saturating_add(AROUND).min(journal.size()),
            );
            let mut told = Vec::new();
            for (index, bytes) in (from..).zip(journal.read(from, until).await?) {
                let Ok(entry) = Entry::decode(&bytes) else { continue };
                if entry.at == moment && entry.source.as_str() == "act" {
                    let code = entry.fact.code();
                    told.push(Told { index, code, intervention: entry.intervention });
                }
            }
            entries.at.insert(moment, told);
        }
        Ok(entries)
    }
}

/// The first entry that was written at a moment or later, while clocks go forward.
async fn place(journal: &dyn Journal, moment: Timestamp) -> Result<u64, PortError> {
    let (mut from, mut until) = (journal.first(), journal.size());
    while from < until {
        let middle = from + (until - from) / 2;
        let read = journal.read(middle, middle + 1).await?;
        let written = read.first().and_then(|bytes| Entry::decode(bytes).ok()).map(|entry| entry.recorded_at);
        if written.is_some_and(|written| written < moment) {
            from = middle + 1;
        } else {
            until = middle;
        }
    }
    Ok(from)
}

/// The facts of a service that findings are linked to: what each is called in the store, and in a link.
fn named(facts: &ServiceFacts) -> Vec<(FactName, &'static str, String)> {
    let owner = &facts.establishment.id;
    let here = || owner.clone();
    let service = facts.service.id.clone();
    let mut all = vec![
        (FactName::Establishment(here()), "establishment", owner.to_string()),
        (FactName::Provider(facts.provider.id.clone()), "provider", facts.provider.id.to_string()),
        (
            FactName::Contract { establishment: here(), contract: facts.contract.id.clone() },
            "contract",
            facts.contract.id.to_string(),
        ),
        (
            FactName::Service { establishment: here(), service: service.clone() },
            "service",
            service.to_string(),
        ),
    ];
    all.extend(facts.transition.iter().map(|one| {
        let name = FactName::Transition { establishment: here(), service: one.service.clone() };
        (name, "transition", service.to_string())
    }));
    all.extend(facts.direct.iter().map(|one| {
        let name = FactName::Direct { establishment: here(), service: one.service.clone() };
        (name, "direct", service.to_string())
    }));
    all.extend(facts.equipment.iter().map(|one| {
        let name = FactName::Equipment { establishment: here(), equipment: one.id.clone() };
        (name, "equipment", one.id.to_string())
    }));
    for staff in &facts.staff {
        let person = &staff.person.id;
        all.push((FactName::Person(person.clone()), "person", person.to_string()));
        all.extend(staff.engagements.iter().map(|one| {
            let (person, kind, version) = (one.person.clone(), one.kind, one.version);
            let name = FactName::Engagement { establishment: here(), person, kind, version };
            (name, "engagement", one.fact_name())
        }));
    }
    all.extend(facts.treatments.iter().map(|one| {
        let (service, rule, part) = (one.service.clone(), one.rule, one.part());
        (FactName::Treatment { establishment: here(), service, rule, part }, "treatment", one.fact_name())
    }));
    all.extend(facts.suspensions.iter().map(|one| {
        let name = FactName::Suspension { establishment: here(), provider: one.provider.clone() };
        (name, "suspension", one.provider.to_string())
    }));
    all.extend(facts.notices.iter().map(|one| {
        let (provider, serial) = (one.provider.clone(), one.serial);
        (FactName::Notice { establishment: here(), provider, serial }, "notice", one.fact_name())
    }));
    all
}
