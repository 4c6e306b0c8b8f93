//! What happened and is somebody's to know or to do: a report, a closing, a request to be qualified, an emergency, a provider that was
//! stopped, somebody whose code is guessed. Whoever did it himself is not told of it.

use std::collections::BTreeSet;

use domain::{Officer, Outcome, Power, ServiceFacts};
use events::{
    Actor, Entry, Fact, IncidentDeclared, InterventionRequested, PersonLocked, PlanMoveAsked,
    ProviderSuspended,
};
use vocab::{PersonId, ProviderId, Text, Timestamp};

use super::{Notice, NoticeText, both};
use crate::Gate;
use crate::commands::is_of;
use crate::login::LOCKS_TOLD;
use crate::ports::PortError;

/// Who is to be told, of those whom a service concerns.
type Whom = fn(&ServiceFacts, Timestamp) -> Vec<PersonId>;

impl Gate {
    /// What an entry is to be told beside requests and sessions; `None`: nothing.
    pub(super) async fn happened(&self, entry: &Entry) -> Result<Option<Notice>, PortError> {
        match &entry.fact {
            Fact::ReportHandedOver(report) => {
                let what = Text::new(format!("{} octets", report.bytes), format!("{} bytes", report.bytes));
                self.of_intervention(entry, NoticeText::Report, what, beneficiaries).await
            }
            Fact::ClosingProposed(closing) => {
                let reached = closing.outcome.as_str() == outcome(Outcome::Reached);
                let (what, whom): (Text, Whom) = if reached {
                    (Text::new("objectif atteint", "objective reached"), beneficiaries)
                } else {
                    (Text::new("objectif inatteignable", "objective unreachable"), who_closes)
                };
                self.of_intervention(entry, NoticeText::Closing, what, whom).await
            }
            Fact::PlanMoveAsked(asked) => self.another_plan(entry, asked).await,
            Fact::ExceptionAsked(asked) => {
                let (minutes, why) = (asked.secs / 60, asked.reason.as_str());
                let what = both(format!("{minutes} min : {why}"));
                self.of_intervention(entry, NoticeText::Exception, what, who_grants).await
            }
            Fact::DerogationSigned(signed) => {
                let rules: Vec<String> = signed.rules.iter().map(|rule| rule.code()).collect();
                let (rules, whom, on) = (rules.join(", "), &signed.person, &signed.equipment);
                let what = both(format!("{rules} → {whom}, {on} : {}", signed.reason.as_str()));
                self.of_intervention(entry, NoticeText::Derogation, what, who_reviews).await
            }
            Fact::ProviderSuspended(stopped) => self.stopped(entry, stopped).await,
            Fact::IncidentDeclared(declared) if !declared.stops => self.declared(entry, declared).await,
            Fact::PersonLocked(locked) if locked.locks == u64::from(LOCKS_TOLD) => self.locked(locked).await,
            _ => Ok(None),
        }
    }

    /// A request that is to be qualified, to those who can (O1).
    pub(super) async fn to_qualify(
        &self,
        entry: &Entry,
        asked: &InterventionRequested,
        facts: &ServiceFacts,
    ) -> Result<Option<Notice>, PortError> {
        if !facts.service.qualified {
            return Ok(None);
        }
        self.of_intervention(entry, NoticeText::Qualify, both(asked.objective.as_str()), who_qualifies).await
    }

    /// Another plan waits, to those who may approve it.
    async fn another_plan(&self, entry: &Entry, asked: &PlanMoveAsked) -> Result<Option<Notice>, PortError> {
        let all = self.store.establishments(self.as_of(self.clock.now())).await?;
        let Some(here) = all.into_iter().find(|one| one.id == entry.establishment) else { return Ok(None) };
        let span = format!("{} – {}", here.zone.show(asked.from), here.zone.show(asked.until));
        let what = both(format!("{span} : {}", asked.reason.as_str()));
        self.of_intervention(entry, NoticeText::Plan, what, beneficiaries).await
    }

    async fn of_intervention(
        &self,
        entry: &Entry,
        text: NoticeText,
        what: Text,
        whom: Whom,
    ) -> Result<Option<Notice>, PortError> {
        let Some(intervention) = &entry.intervention else { return Ok(None) };
        let Some(service) = self.service_of(intervention).await? else { return Ok(None) };
        let Some(facts) = self.facts_now(&entry.establishment, &service).await? else { return Ok(None) };
        let people = whom(&facts, self.clock.now());
        let to = self.addressed(people.iter().filter(|one| !is_by(entry, one))).await?;
        let gaps = vec![
            ("establishment", both(&facts.establishment.title)),
            ("service", both(&service)),
            ("intervention", both(intervention)),
            ("by", both(by(entry))),
            ("what", what),
        ];
        Ok(Some(Notice { text, to, gaps }))
    }

    async fn stopped(&self, entry: &Entry, it: &ProviderSuspended) -> Result<Option<Notice>, PortError> {
        self.of_provider(entry, &it.provider, it.reason.as_str()).await
    }

    async fn declared(&self, entry: &Entry, it: &IncidentDeclared) -> Result<Option<Notice>, PortError> {
        self.of_provider(entry, &it.provider, it.what.as_str()).await
    }

    /// To those who speak for the provider, to the responsable and the security officer, and to whoever counts on it.
    async fn of_provider(
        &self,
        entry: &Entry,
        provider: &ProviderId,
        what: &str,
    ) -> Result<Option<Notice>, PortError> {
        let now = self.clock.now();
        let all = self.store.establishments(self.as_of(now)).await?;
        let Some(here) = all.into_iter().find(|one| one.id == entry.establishment) else { return Ok(None) };
        let mut people: BTreeSet<PersonId> = officers(&here, Officer::Security, now).into_iter().collect();
        people.insert(here.responsable.clone());
        for facts in self.facts_of(&here, now).await? {
            if facts.provider.id == *provider {
                people.extend(facts.provider.managers);
                people.extend(facts.service.beneficiaries);
            }
        }
        let to = self.addressed(people.iter().filter(|one| !is_by(entry, one))).await?;
        let gaps = vec![
            ("establishment", both(&here.title)),
            ("provider", both(provider)),
            ("by", both(by(entry))),
            ("what", both(what)),
        ];
        Ok(Some(Notice { text: NoticeText::Suspended, to, gaps }))
    }

    /// Somebody else may hold the key: to the security officers of his establishments, told once a day of unrest; who is of none
    /// here, to the home's.
    async fn locked(&self, locked: &PersonLocked) -> Result<Option<Notice>, PortError> {
        let now = self.clock.now();
        let (mut people, mut home) = (BTreeSet::new(), Vec::new());
        let mut known = false;
        for here in self.store.establishments(self.as_of(now)).await? {
            let security = officers(&here, Officer::Security, now);
            if here.id == self.home {
                home.clone_from(&security);
            }
            if is_of(&locked.person, &here, &self.facts_of(&here, now).await?, now) {
                known = true;
                people.extend(security);
            }
        }
        if !known {
            people.extend(home);
        }
        let to = self.addressed(people.iter()).await?;
        let gaps = vec![("person", both(&locked.person)), ("locks", both(locked.locks))];
        Ok(Some(Notice { text: NoticeText::Locked, to, gaps }))
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Reached => "reached",
        Outcome::Unreachable => "unreachable",
    }
}

fn is_by(entry: &Entry, person: &PersonId) -> bool {
    matches!(&entry.by, Actor::Person(by) if by == person)
}

fn by(entry: &Entry) -> String {
    match &entry.by {
        Actor::Person(person) => person.to_string(),
        Actor::Gate => "poterne".to_owned(),
        Actor::Host => "host operator".to_owned(),
    }
}

fn officers(here: &domain::Establishment, office: Officer, now: Timestamp) -> Vec<PersonId> {
    here.office_holders().filter(|who| here.holds(who, office, now)).cloned().collect()
}

fn beneficiaries(facts: &ServiceFacts, _: Timestamp) -> Vec<PersonId> {
    facts.service.beneficiaries.clone()
}

/// The responsable, and the delegates of this power.
fn who_may(facts: &ServiceFacts, power: Power, now: Timestamp) -> Vec<PersonId> {
    let here = &facts.establishment;
    let deeds = here.delegations.iter().map(|deed| &deed.to);
    let may = |who: &&PersonId| here.may(who, power, Some(&facts.service.id), now);
    deeds.chain([&here.responsable]).filter(may).cloned().collect()
}

fn who_closes(facts: &ServiceFacts, now: Timestamp) -> Vec<PersonId> {
    who_may(facts, Power::Close, now)
}

fn who_grants(facts: &ServiceFacts, now: Timestamp) -> Vec<PersonId> {
    let oncall = officers(&facts.establishment, Officer::Oncall, now);
    beneficiaries(facts, now).into_iter().chain(oncall).collect()
}

fn who_reviews(facts: &ServiceFacts, now: Timestamp) -> Vec<PersonId> {
    let security = officers(&facts.establishment, Officer::Security, now);
    who_may(facts, Power::Review, now).into_iter().chain(security).collect()
}

fn who_qualifies(facts: &ServiceFacts, now: Timestamp) -> Vec<PersonId> {
    let offices = [Officer::It, Officer::Biomedical, Officer::Oncall];
    offices.into_iter().flat_map(|office| officers(&facts.establishment, office, now)).collect()
}
