//! How facts are put on a sheet: moments on the establishment's wall, people by their names, words in one language.

use std::collections::BTreeMap;
use std::time::Duration;

use documents::{Derogation, Done, Moment, Named, Paper};
use domain::{DocumentRef, ServiceFacts, Zone};
use vocab::{Kind, Lang, Level, Path, PersonId, Text, Timestamp};

use crate::Gate;
use crate::ports::PortError;

/// What every part of a document is written with.
pub(super) struct Sheet<'a> {
    gate: &'a Gate,
    pub(super) lang: Lang,
    zone: Zone,
    people: BTreeMap<PersonId, String>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(gate: &'a Gate, lang: Lang, zone: Zone) -> Self {
        Self { gate, lang, zone, people: BTreeMap::new() }
    }

    /// Looks up the names of these people as they are now: who has left is named still.
    pub(super) async fn meet(&mut self, people: &[PersonId]) -> Result<(), PortError> {
        for id in people {
            if !self.people.contains_key(id) {
                let as_of = self.gate.as_of(self.gate.clock.now());
                let found = self.gate.store.person(id, as_of).await?;
                let name = found.map_or_else(|| id.to_string(), |person| person.name);
                self.people.insert(id.clone(), name);
            }
        }
        Ok(())
    }

    /// A person; by his identifier alone when nobody looked up his name.
    pub(super) fn person(&self, id: &PersonId) -> Named {
        let title = self.people.get(id).cloned().unwrap_or_else(|| id.to_string());
        Named { id: id.to_string(), title }
    }

    pub(super) fn moment(&self, at: Timestamp) -> Moment {
        Moment { utc: at.to_string(), wall: self.zone.show(at) }
    }

    /// The end of something that lasts until then: the last minute of it where it ends with a day, so that the day that is
    /// printed is the last one.
    pub(super) fn last(&self, until: Timestamp) -> Moment {
        let wall = self.zone.show(until);
        let inside = || self.zone.show(until.before(Duration::from_secs(60)));
        Moment { utc: until.to_string(), wall: if wall.ends_with(" 00:00") { inside() } else { wall } }
    }

    /// A day in a sentence: `24/11/2026`, with the time where the moment is not the beginning of a day.
    pub(super) fn day(&self, at: Timestamp) -> String {
        let day = self.zone.date(at);
        if self.lang == Lang::Fr { format!("{day:#}") } else { day.to_string() }
    }

    /// Puts somebody's name where only his identifier stands.
    pub(super) fn name(&self, named: &mut Named) {
        if let Some(title) =
            self.people.iter().find(|(id, _)| id.as_str() == named.id).map(|(_, title)| title)
        {
            named.title.clone_from(title);
        }
    }

    pub(super) fn say(&self, text: &Text) -> String {
        text.in_lang(self.lang).to_owned()
    }

    pub(super) fn pick(&self, french: &str, english: &str) -> String {
        if self.lang == Lang::Fr { french.to_owned() } else { english.to_owned() }
    }

    pub(super) fn done(&self, by: &PersonId, at: Timestamp, relayed: Option<&PersonId>) -> Done {
        Done { by: self.person(by), at: self.moment(at), relayed_by: relayed.map(|by| self.person(by)) }
    }

    pub(super) fn derogation(&self, one: &domain::Derogation) -> Derogation {
        Derogation {
            intervention: one.intervention.to_string(),
            rules: one.rules.iter().cloned().collect(),
            person: self.person(&one.person),
            equipment: one.equipment.to_string(),
            reason: one.reason.clone(),
            signed_by: self.person(&one.signed_by),
            relayed_by: one.relayed_by.as_ref().map(|by| self.person(by)),
            from: self.moment(one.span.from),
            until: self.moment(one.span.until),
            reviewed: one.reviewed.as_ref().map(|(at, by)| self.done(by, *at, None)),
        }
    }

    pub(super) fn service(&self, facts: &ServiceFacts) -> documents::Service {
        let service = &facts.service;
        documents::Service {
            id: service.id.to_string(),
            title: service.title.clone(),
            kind: self.say(&kind(service.kind)),
            path: self.say(&path(service.path)),
            target: u8::from(service.level),
            equipment: facts.equipment.iter().map(|one| titled(&one.id, &one.title)).collect(),
            actions: service.actions.clone(),
            beneficiaries: service.beneficiaries.iter().map(|id| self.person(id)).collect(),
            outside_guide: matches!(service.purpose, domain::Purpose::OutsideGuide { .. }),
        }
    }

    pub(super) fn contract(&self, facts: &ServiceFacts, now: Timestamp) -> documents::Contract {
        let contract = &facts.contract;
        let form = match contract.form {
            domain::ContractForm::Reglement => self.pick("règlement", "regulation"),
            domain::ContractForm::Contrat => self.pick("contrat", "contract"),
            domain::ContractForm::Convention => self.pick("convention", "agreement"),
        };
        documents::Contract {
            id: contract.id.to_string(),
            form,
            provider: titled(&facts.provider.id, &facts.provider.name),
            from: self.moment(contract.span.from),
            until: self.last(contract.span.until),
            document: contract.document.as_ref().map(paper),
            plan: contract.plan.in_force(now).map(|plan| plan.version),
            agreement: contract.agreement.as_ref().map(|agreement| agreement.version),
        }
    }
}

/// Everybody whom a document on a service names.
pub(super) fn of_service(facts: &ServiceFacts) -> Vec<PersonId> {
    let derogations = interventions(facts).flat_map(|one| &one.derogations).flat_map(of_derogation);
    let owners = facts.treatments.iter().map(|one| one.owner.clone());
    facts.service.beneficiaries.iter().cloned().chain(owners).chain(derogations).collect()
}

/// Everybody whom a derogation names.
pub(super) fn of_derogation(one: &domain::Derogation) -> Vec<PersonId> {
    let more = one.relayed_by.iter().chain(one.reviewed.iter().map(|(_, by)| by));
    [&one.person, &one.signed_by].into_iter().chain(more).cloned().collect()
}

pub(super) fn interventions(facts: &ServiceFacts) -> impl Iterator<Item = &domain::Intervention> {
    facts.interventions.iter().chain(facts.unsettled.iter().filter(|one| {
        // One that is closed and not settled may stand in both lists.
        !facts.interventions.iter().any(|other| other.id == one.id)
    }))
}

pub(super) fn titled(id: &impl ToString, title: &str) -> Named {
    let id = id.to_string();
    let title = if title.is_empty() { id.clone() } else { title.to_owned() };
    Named { id, title }
}

pub(super) fn paper(paper: &DocumentRef) -> Paper {
    Paper { name: paper.name.clone(), sha256: paper.sha256.clone() }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The kind of a service, in words.
pub(crate) fn kind(kind: Kind) -> Text {
    match kind {
        Kind::Monitoring => Text::new("télésurveillance", "monitoring"),
        Kind::Maintenance => Text::new("télémaintenance", "maintenance"),
        Kind::Assistance => Text::new("téléassistance", "assistance"),
    }
}

/// The path of a service, in words.
pub(crate) fn path(path: Path) -> Text {
    match path {
        Path::Gateway => Text::new("par un point d'accès", "through an access point"),
        Path::Direct => Text::new("en accès direct", "by direct access"),
    }
}

/// A level as a number.
pub(super) fn number(level: Level) -> u8 {
    u8::from(level)
}
