//! What is kept about one person.

use std::collections::BTreeSet;

use domain::{Employer, Person};
use gate::ports::{AboutPerson, FactKind, Record, RecordKind, Wanted, Within};
use serde_json::{Value, json};
use vocab::{EstablishmentId, PersonId, Timestamp};

use crate::store::State;

/// Kinds that are his own facts, and are told whole.
const OWN: [FactKind; 5] =
    [FactKind::Person, FactKind::Vouching, FactKind::Enrolment, FactKind::Engagement, FactKind::Token];

impl State {
    pub(crate) fn about(&self, person: &PersonId, whose: &EstablishmentId) -> AboutPerson {
        let all: Vec<Record> =
            FactKind::ALL.iter().flat_map(|kind| self.every(RecordKind::Fact(*kind))).collect();
        let people = people(&all);
        if !self.has_part(&all, person, whose) {
            return AboutPerson { people, ..AboutPerson::default() };
        }
        AboutPerson {
            facts: facts(&all, person, whose),
            named_in: self.named_in(&all, person, whose),
            sessions: self.sessions_with(person, whose),
            interventions: self.interventions_with(person, whose),
            people,
        }
    }

    fn every(&self, kind: RecordKind) -> Vec<Record> {
        self.records(&Wanted { kind, within: Within::Everywhere, name: None, closed_before: None })
    }

    fn has_part(&self, all: &[Record], person: &PersonId, whose: &EstablishmentId) -> bool {
        let word = format!("\"{person}\"");
        let own = |one: &&Record| one.establishment.as_ref() == Some(whose);
        let contracts =
            || all.iter().filter(own).filter(|one| one.kind == RecordKind::Fact(FactKind::Contract));
        let in_contracts = |name: &str| contracts().any(|one| one.body.contains(&format!("\"{name}\"")));
        let his = all
            .iter()
            .filter(|one| one.kind == RecordKind::Fact(FactKind::Person) && one.name == person.as_str());
        let mut employers = his.filter_map(|one| serde_json::from_str::<Person>(&one.body).ok());
        let mut providers = all.iter().filter(|one| one.kind == RecordKind::Fact(FactKind::Provider));
        all.iter().filter(own).any(|one| is_his(one, person) || one.body.contains(&word))
            || self.last_interventions().any(|one| own(&&one) && one.body.contains(&word))
            || self.sessions.values().any(|one| one.row.establishment == *whose && one.row.person == *person)
            || employers.any(|one| match one.employer {
                Employer::Establishment(id) => id == *whose,
                Employer::Provider(id) => in_contracts(id.as_str()),
            })
            || providers.any(|one| one.body.contains(&word) && in_contracts(&one.name))
    }

    fn last_interventions(&self) -> impl Iterator<Item = Record> {
        self.every(RecordKind::Intervention).into_iter().filter(|one| one.until.is_none())
    }

    fn named_in(&self, all: &[Record], person: &PersonId, whose: &EstablishmentId) -> Vec<Value> {
        let word = format!("\"{person}\"");
        let own = |one: &Record| one.establishment.as_ref() == Some(whose);
        let contracts: Vec<&Record> =
            all.iter().filter(|one| own(one) && one.kind == RecordKind::Fact(FactKind::Contract)).collect();
        let counts = |one: &&Record| match one.kind {
            RecordKind::Fact(FactKind::Provider) => {
                contracts.iter().any(|contract| contract.body.contains(&format!("\"{}\"", one.name)))
            }
            RecordKind::Fact(kind) => (kind == FactKind::Token || !OWN.contains(&kind)) && own(one),
            _ => own(one),
        };
        let interventions: Vec<Record> = self.last_interventions().collect();
        let named = all.iter().chain(&interventions).filter(|one| one.body.contains(&word)).filter(counts);
        let owner = |one: &Record| one.establishment.as_ref().map(ToString::to_string).unwrap_or_default();
        let named: BTreeSet<_> = named.map(|one| (one.kind.as_str(), owner(one), one.name.clone())).collect();
        let told = |(kind, establishment, name)| json!({ "kind": kind, "establishment": establishment, "name": name });
        named.into_iter().map(told).collect()
    }

    fn sessions_with(&self, person: &PersonId, whose: &EstablishmentId) -> Vec<Value> {
        let mut his: Vec<_> = self
            .sessions
            .values()
            .filter(|one| one.row.person == *person && one.row.establishment == *whose)
            .collect();
        his.sort_by_key(|one| (one.row.opened_at, one.row.session.to_string()));
        let told = |one: &crate::store::Session| {
            let row = &one.row;
            json!({
                "session": row.session.to_string(), "recording": row.recording.to_string(),
                "establishment": row.establishment.as_str(), "equipment": row.equipment.as_str(),
                "intervention": row.intervention.as_str(), "opened": row.opened_at.to_string(),
                "ended": one.ended.map(|(at, _)| at.to_string()).unwrap_or_default(),
            })
        };
        his.into_iter().map(told).collect()
    }

    fn interventions_with(&self, person: &PersonId, whose: &EstablishmentId) -> Vec<Value> {
        let word = format!("\"{person}\"");
        let entered = |id: &str| {
            self.sessions.values().any(|one| one.row.person == *person && one.row.intervention.as_str() == id)
        };
        let his = self.last_interventions().filter(|one| one.establishment.as_ref() == Some(whose));
        let his = his.filter(|one| one.body.contains(&word) || entered(&one.name));
        let told = |one: Record| {
            let body: Value = serde_json::from_str(&one.body).unwrap();
            json!({
                "intervention": one.name, "service": body.get("service"), "state": body.get("state"),
                "changed": one.from.to_string(), "body": body,
            })
        };
        his.map(told).collect()
    }
}

/// Whether it is a fact of his, by its name.
fn is_his(one: &Record, person: &PersonId) -> bool {
    let first = one.name.split('/').next() == Some(person.as_str());
    match one.kind {
        RecordKind::Fact(FactKind::Engagement) => first,
        RecordKind::Fact(FactKind::Token) => {
            let token: domain::Token = serde_json::from_str(&one.body).unwrap();
            token.person == *person
        }
        _ => one.name == person.as_str(),
    }
}

fn facts(all: &[Record], person: &PersonId, whose: &EstablishmentId) -> Vec<Value> {
    let mut his: Vec<&Record> = all
        .iter()
        .filter(|one| {
            matches!(one.kind, RecordKind::Fact(kind) if OWN.contains(&kind)) && is_his(one, person)
        })
        .filter(|one| one.establishment.as_ref().is_none_or(|it| it == whose))
        .filter(|one| {
            one.kind != RecordKind::Fact(FactKind::Token)
                || one.body.contains(&format!("\"establishment\":\"{whose}\""))
        })
        .collect();
    let owner = |one: &Record| one.establishment.as_ref().map(ToString::to_string).unwrap_or_default();
    his.sort_by_key(|one| (one.kind.as_str(), owner(one), one.name.clone(), one.version));
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let told = |one: &Record| {
        let body: Value = serde_json::from_str(&one.body).unwrap();
        json!({
            "kind": one.kind.as_str(), "establishment": owner(one), "version": one.version,
            "from": one.from.to_string(), "until": moment(one.until), "body": body,
        })
    };
    his.into_iter().map(told).collect()
}

/// Everybody who was ever described, with the name in words.
fn people(all: &[Record]) -> Vec<(String, String)> {
    let people = all.iter().filter(|one| one.kind == RecordKind::Fact(FactKind::Person));
    let named = people.map(|one| {
        let person: Person = serde_json::from_str(&one.body).unwrap();
        (one.name.clone(), person.name)
    });
    let named: BTreeSet<_> = named.collect();
    named.into_iter().collect()
}
