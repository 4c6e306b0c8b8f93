//! To which contracts what is recorded belongs, and when the last of them ended.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Contract, Employer, Person, Service, Token};
use serde::de::DeserializeOwned;
use vocab::{EstablishmentId, Timestamp};

use crate::ports::{FactKind, PortError, Record, RecordKind, Store, Wanted, Within};

/// A contract, by whose it is and its name.
type ContractKey = (EstablishmentId, String);

/// What a record is about, as far as contracts are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Contract(EstablishmentId, String),
    Service(EstablishmentId, String),
    Equipment(EstablishmentId, String),
    Provider(String),
    Person(String),
}

impl Subject {
    /// `None`: it belongs to the establishment as such, and to no contract.
    pub(crate) fn of(kind: FactKind, record: &Record) -> Option<Self> {
        let whose = record.establishment.clone();
        let first = || record.name.split('/').next().unwrap_or_default().to_owned();
        match kind {
            FactKind::Contract => Some(Self::Contract(whose?, first())),
            FactKind::Service
            | FactKind::Treatment
            | FactKind::Transition
            | FactKind::Direct
            | FactKind::Standing
            | FactKind::FilterCheck
            | FactKind::Signature => Some(Self::Service(whose?, first())),
            FactKind::Equipment | FactKind::AccountTag | FactKind::Rotation | FactKind::Disclosure => {
                Some(Self::Equipment(whose?, first()))
            }
            FactKind::Witness => match record.name.split(' ').next()?.split_once('/')? {
                ("contract", contract) => Some(Self::Contract(whose?, contract.to_owned())),
                (_, equipment) => Some(Self::Equipment(whose?, equipment.to_owned())),
            },
            FactKind::Provider | FactKind::Suspension | FactKind::Notice | FactKind::AccountsReview => {
                Some(Self::Provider(first()))
            }
            FactKind::Person | FactKind::Engagement | FactKind::Vouching | FactKind::Enrolment => {
                Some(Self::Person(first()))
            }
            FactKind::Token => {
                let token: Token = serde_json::from_str(&record.body).ok()?;
                Some(Self::Person(token.person.to_string()))
            }
            FactKind::Establishment
            | FactKind::Hold
            | FactKind::Filed
            | FactKind::Seen
            | FactKind::Purged => None,
        }
    }

    /// Whom it is about, where it is a person.
    pub(crate) fn person(record: &Record) -> Option<String> {
        let RecordKind::Fact(kind) = record.kind else { return None };
        match Self::of(kind, record)? {
            Self::Person(person) => Some(person),
            _ => None,
        }
    }
}

/// Every contract that is recorded, and what belonged to it at any time.
#[derive(Debug, Default)]
pub(crate) struct Belongs {
    ends: BTreeMap<ContractKey, Timestamp>,
    of: BTreeMap<Subject, BTreeSet<ContractKey>>,
}

impl Belongs {
    /// Of everything that the database has.
    ///
    /// # Errors
    /// A port failed, or something recorded cannot be read: then nothing is told old.
    pub(crate) async fn read(store: &dyn Store) -> Result<Self, PortError> {
        let mut all = Self::default();
        for record in versions(store, FactKind::Contract).await? {
            let contract: Contract = decoded(&record)?;
            let key = (contract.establishment.clone(), contract.id.to_string());
            // The versions come in their order: the last one says until when it was in force.
            let end = record.until.map_or(contract.span.until, |until| until.min(contract.span.until));
            all.ends.insert(key.clone(), end);
            all.put(Subject::Contract(key.0.clone(), key.1.clone()), [key.clone()]);
            let subs = contract.subcontracts.iter().flat_map(|sub| [&sub.provider, &sub.under]);
            for provider in std::iter::once(&contract.provider).chain(subs) {
                all.put(Subject::Provider(provider.to_string()), [key.clone()]);
            }
        }
        for record in versions(store, FactKind::Service).await? {
            let service: Service = decoded(&record)?;
            let whose = service.establishment.clone();
            let key = (whose.clone(), service.contract.to_string());
            if !all.ends.contains_key(&key) {
                continue;
            }
            for equipment in &service.equipment {
                all.put(Subject::Equipment(whose.clone(), equipment.to_string()), [key.clone()]);
            }
            all.put(Subject::Service(whose, service.id.to_string()), [key]);
        }
        for record in versions(store, FactKind::Person).await? {
            let person: Person = decoded(&record)?;
            let employer = match &person.employer {
                Employer::Provider(provider) => Some(provider),
                Employer::Establishment(_) => None,
            };
            for provider in employer.into_iter().chain(&person.on_behalf_of) {
                let contracts = all.contracts(&Subject::Provider(provider.to_string())).cloned();
                all.put(Subject::Person(person.id.to_string()), contracts.unwrap_or_default());
            }
        }
        Ok(all)
    }

    fn put(&mut self, subject: Subject, contracts: impl IntoIterator<Item = ContractKey>) {
        self.of.entry(subject).or_default().extend(contracts);
    }

    /// The contracts that it belongs, or belonged, to.
    pub(crate) fn contracts(&self, subject: &Subject) -> Option<&BTreeSet<ContractKey>> {
        self.of.get(subject)
    }

    /// When what was closed then was over: when the last of its contracts ended, and no earlier.
    pub(crate) fn over(&self, subject: &Subject, closed: Timestamp) -> Timestamp {
        let contracts = self.contracts(subject).into_iter().flatten();
        contracts.filter_map(|key| self.ends.get(key)).fold(closed, |over, end| over.max(*end))
    }
}

async fn versions(store: &dyn Store, kind: FactKind) -> Result<Vec<Record>, PortError> {
    let kind = RecordKind::Fact(kind);
    store.records(Wanted { kind, within: Within::Everywhere, name: None, closed_before: None }).await
}

/// What a record says.
pub(super) fn decoded<T: DeserializeOwned>(record: &Record) -> Result<T, PortError> {
    let odd = |error| PortError::Failed(format!("{} `{}`: {error}", record.kind.as_str(), record.name));
    serde_json::from_str(&record.body).map_err(odd)
}
