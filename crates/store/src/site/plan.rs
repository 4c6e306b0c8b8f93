//! What applying a file would change: added, changed, ended, kept; in words, and as facts to record.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Contract, DirectPath, Dossier, Employer, Engagement, Entrusted, Equipment, Establishment, HostKeyState,
    Person, Provider, RiskTreatment, Service, Transition,
};
use gate::ports::{FactName, Put};
use gate::{CustodyChange, CustodyEvent, Detail, DossierChange, SiteChange, differences};
use serde_json::Value;
use vocab::{EstablishmentId, InterventionId, Lang, PersonId, ProviderId, ServiceId};

use super::Site;
use super::diff;
use super::words;

/// What stands in the database for one establishment, and what it shares with others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Current {
    /// The establishment, when it is known already.
    pub establishment: Option<Establishment>,
    /// All providers of the deployment.
    pub providers: Vec<Provider>,
    /// All people of the deployment.
    pub people: Vec<Person>,
    /// Engagements towards the establishment.
    pub engagements: Vec<Engagement>,
    /// Its contracts.
    pub contracts: Vec<Contract>,
    /// Its services.
    pub services: Vec<Service>,
    /// Its equipment.
    pub equipment: Vec<Equipment>,
    /// Treatments of risk of its services.
    pub treatments: Vec<RiskTreatment>,
    /// Transitions of its services.
    pub transitions: Vec<Transition>,
    /// Ways of its services past the gate.
    pub direct: Vec<DirectPath>,
    /// Interventions of its services that began and are not settled.
    pub owed: BTreeMap<ServiceId, Vec<InterventionId>>,
    /// The last dossier that was ever imported, provider by provider.
    pub dossiers: BTreeMap<ProviderId, Box<Dossier>>,
    /// Which other establishments have a contract in which a provider stands.
    pub towards: BTreeMap<ProviderId, BTreeSet<EstablishmentId>>,
    /// Providers that other establishments lean on.
    pub providers_elsewhere: BTreeSet<ProviderId>,
    /// Under whose contracts they do: the provider of each, for it and its subcontractors; itself, for whoever employs
    /// somebody that is named there otherwise.
    pub principals_elsewhere: BTreeMap<ProviderId, BTreeSet<ProviderId>>,
    /// People that other establishments lean on.
    pub people_elsewhere: BTreeSet<PersonId>,
}

/// What becomes of one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It gets a new version.
    Changed,
    /// It ends: the file does not name it any more.
    Ended,
    /// The file does not name it, but another establishment leans on it: it stays.
    Kept,
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What becomes of it.
    pub what: What,
    /// Which fact.
    pub name: FactName,
    /// Its title in the file, or as it stood.
    pub title: String,
    /// Whether another establishment leans on it too.
    pub shared: bool,
    /// What differs, field by field; empty unless it changed.
    pub details: Vec<Detail>,
}

/// What applying a file would change. Two plans are equal when they say the same: whoever showed one and applies it
/// later makes it again and compares.
#[derive(Debug, Clone)]
pub struct Plan {
    establishment: EstablishmentId,
    items: Vec<Item>,
    puts: Vec<Put>,
    custody: Vec<CustodyChange>,
    dossiers: Vec<DossierChange>,
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        self.establishment == other.establishment && self.items == other.items
    }
}

impl Plan {
    /// Holds what stands against what the file says.
    ///
    /// What people did at the gate stays, because no file asserts an act: a host key that changed or was pinned later,
    /// a withdrawn engagement. A suspension and the rotations of a secret are facts of their own that no file touches.
    pub fn new(current: &Current, site: &Site) -> Self {
        let zone = &site.establishment.zone;
        let stands = current.facts();
        let mut wanted = with_acts(site.clone(), current).facts();
        let mut plan = Self {
            establishment: site.establishment.id.clone(),
            items: Vec::new(),
            puts: Vec::new(),
            custody: custody(current, site),
            dossiers: newer(current, site),
        };
        for (name, before) in stands {
            let shared = current.leans_elsewhere(&name);
            let title = words::title(&before);
            match wanted.remove(&name) {
                None if shared => plan.line(What::Kept, name, title, shared, Vec::new()),
                None => {
                    plan.puts.push(Put::End(name.clone()));
                    plan.line(What::Ended, name, title, shared, Vec::new());
                }
                Some(after) => {
                    let details = differences(&diff::json(&before), &diff::json(&after), zone);
                    if !details.is_empty() {
                        plan.line(What::Changed, name, words::title(&after), shared, details);
                        plan.puts.push(after);
                    }
                }
            }
        }
        for (name, put) in wanted {
            plan.line(What::Added, name, words::title(&put), false, Vec::new());
            plan.puts.push(put);
        }
        plan.items.sort_by(|one, other| one.name.cmp(&other.name));
        plan
    }

    fn line(&mut self, what: What, name: FactName, title: String, shared: bool, details: Vec<Detail>) {
        self.items.push(Item { what, name, title, shared, details });
    }

    /// Whose file it is.
    pub fn establishment(&self) -> &EstablishmentId {
        &self.establishment
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty()
    }

    /// Its lines, by kind and name.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// How many facts become this.
    pub fn count(&self, what: What) -> u64 {
        self.items.iter().filter(|item| item.what == what).fold(0, |count, _| count + 1)
    }

    /// The facts to record, for the one act that applies it.
    pub fn puts(&self) -> &[Put] {
        &self.puts
    }

    /// The one act that applies it, for `Gate::apply_site`; `file` is the text it was made of.
    pub fn change(&self, file: &str) -> SiteChange {
        SiteChange {
            establishment: self.establishment.clone(),
            file: ledger::hash_of(&[file.as_bytes()]).0,
            puts: self.puts.clone(),
            custody: self.custody.clone(),
            added: self.count(What::Added),
            changed: self.count(What::Changed),
            ended: self.count(What::Ended),
            dossiers: self.dossiers.clone(),
        }
    }

    /// For a program that reviews it: the same, each name in both languages.
    pub fn json(&self) -> Value {
        words::json(self)
    }

    /// For whoever reviews it: one line for each fact, its differences below it, the counts at the end.
    pub fn in_words(&self, lang: Lang) -> String {
        words::plan(self, lang)
    }
}

/// The dossiers that are newer than those that stand, with what they change (C3).
fn newer(current: &Current, site: &Site) -> Vec<DossierChange> {
    let of = |provider: &Provider| {
        let dossier = provider.dossier.as_deref()?.clone();
        let before = current.providers.iter().find(|known| known.id == provider.id);
        let was = before.and_then(|known| known.dossier.as_ref()).map(|dossier| dossier.serial);
        if was.is_some_and(|was| dossier.serial <= was) {
            return None;
        }
        let mut towards = current.towards.get(&provider.id).cloned().unwrap_or_default();
        towards.insert(site.establishment.id.clone());
        let is_theirs = |person: &&Person| {
            matches!(&person.employer, Employer::Provider(employer) if *employer == provider.id)
                || person.on_behalf_of.as_ref() == Some(&provider.id)
        };
        let people = site.people.iter().filter(is_theirs).fold(0, |count: u64, _| count.saturating_add(1));
        let changed = provider.administrative_changes(before);
        Some(DossierChange { provider: provider.id.clone(), dossier, was, changed, people, towards })
    };
    site.providers.iter().filter_map(of).collect()
}

impl Current {
    fn facts(&self) -> BTreeMap<FactName, Put> {
        let mut facts = BTreeMap::new();
        let Some(own) = &self.establishment else {
            // Nothing is known of it, but people and providers may be: others brought them.
            collect(&mut facts, self.common());
            return facts;
        };
        collect(&mut facts, self.common());
        collect(&mut facts, std::iter::once(Put::Establishment(own.clone())));
        let at = &own.id;
        collect(&mut facts, self.engagements.iter().cloned().map(Put::Engagement));
        collect(&mut facts, self.contracts.iter().cloned().map(Put::Contract));
        collect(&mut facts, self.services.iter().cloned().map(Put::Service));
        collect(&mut facts, self.equipment.iter().cloned().map(Put::Equipment));
        collect(&mut facts, self.treatments.iter().cloned().map(|value| treatment(at, value)));
        collect(&mut facts, self.transitions.iter().cloned().map(|value| transition(at, value)));
        collect(&mut facts, self.direct.iter().cloned().map(|value| direct(at, value)));
        facts
    }

    fn common(&self) -> impl Iterator<Item = Put> {
        let providers = self.providers.iter().cloned().map(Put::Provider);
        providers.chain(self.people.iter().cloned().map(Put::Person))
    }

    fn leans_elsewhere(&self, name: &FactName) -> bool {
        match name {
            FactName::Provider(id) => self.providers_elsewhere.contains(id),
            FactName::Person(id) => self.people_elsewhere.contains(id),
            _ => false,
        }
    }

    /// Notes what another establishment leans on: the providers of its contracts with all their people, and whoever is
    /// named in its facts.
    pub fn lean_elsewhere(&mut self, other: &Elsewhere) {
        self.providers_elsewhere.extend(other.providers());
        for contract in &other.contracts {
            self.towards.entry(contract.provider.clone()).or_default().insert(other.establishment.id.clone());
            let subs = contract.subcontracts.iter().map(|sub| &sub.provider);
            for id in subs.chain([&contract.provider]) {
                self.principals_elsewhere.entry(id.clone()).or_default().insert(contract.provider.clone());
            }
        }
        self.people_elsewhere.extend(other.people());
        let (named, engaged) = (other.named(), other.people());
        for person in &self.people {
            let Employer::Provider(id) = &person.employer else { continue };
            let known = self.principals_elsewhere.contains_key(id);
            if named.contains(&person.id) || (engaged.contains(&person.id) && !known) {
                self.principals_elsewhere.entry(id.clone()).or_default().insert(id.clone());
            }
        }
        for person in &self.people {
            let comes_from = match &person.employer {
                Employer::Establishment(id) => *id == other.establishment.id,
                Employer::Provider(id) => self.providers_elsewhere.contains(id),
            };
            let principal = person.on_behalf_of.as_ref();
            if comes_from || principal.is_some_and(|id| self.providers_elsewhere.contains(id)) {
                self.people_elsewhere.insert(person.id.clone());
            }
            // Whoever is named there, an auditor for one, brings his employer with him.
            if let (true, Employer::Provider(id)) =
                (self.people_elsewhere.contains(&person.id), &person.employer)
            {
                self.providers_elsewhere.insert(id.clone());
            }
        }
    }
}

/// What another establishment has.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// The establishment.
    pub establishment: Establishment,
    /// Engagements towards it.
    pub engagements: Vec<Engagement>,
    /// Its contracts.
    pub contracts: Vec<Contract>,
    /// Its services.
    pub services: Vec<Service>,
}

impl Elsewhere {
    pub(super) fn providers(&self) -> impl Iterator<Item = ProviderId> {
        let listed =
            |contract: &Contract| contract.subcontracts.iter().map(|sub| sub.provider.clone()).collect();
        self.contracts.iter().flat_map(move |contract| {
            let subs: Vec<ProviderId> = listed(contract);
            std::iter::once(contract.provider.clone()).chain(subs)
        })
    }

    pub(super) fn people(&self) -> BTreeSet<PersonId> {
        let mut people = self.named();
        people.extend(self.engagements.iter().map(|signed| signed.person.clone()));
        people
    }

    /// Whoever acts for it: named in its own facts, and not as somebody of a provider who signed an engagement.
    fn named(&self) -> BTreeSet<PersonId> {
        let own = &self.establishment;
        let mut people = BTreeSet::from([own.responsable.clone()]);
        people.extend(own.delegations.iter().map(|deed| deed.to.clone()));
        people.extend(own.office_holders().cloned());
        people.extend(self.contracts.iter().flat_map(|contract| contract.requesters.people.clone()));
        people.extend(self.services.iter().flat_map(|service| service.beneficiaries.clone()));
        people
    }
}

impl Site {
    fn facts(self) -> BTreeMap<FactName, Put> {
        let mut facts = BTreeMap::new();
        let at = self.establishment.id.clone();
        collect(&mut facts, self.providers.into_iter().map(Put::Provider));
        collect(&mut facts, self.people.into_iter().map(Put::Person));
        collect(&mut facts, std::iter::once(Put::Establishment(self.establishment)));
        collect(&mut facts, self.engagements.into_iter().map(Put::Engagement));
        collect(&mut facts, self.contracts.into_iter().map(Put::Contract));
        collect(&mut facts, self.services.into_iter().map(Put::Service));
        collect(&mut facts, self.equipment.into_iter().map(Put::Equipment));
        collect(&mut facts, self.treatments.into_iter().map(|value| treatment(&at, value)));
        collect(&mut facts, self.transitions.into_iter().map(|value| transition(&at, value)));
        collect(&mut facts, self.direct.into_iter().map(|value| direct(&at, value)));
        facts
    }
}

/// What the file says was received, and what became of it, since the last one.
fn custody(current: &Current, site: &Site) -> Vec<CustodyChange> {
    let mut all = Vec::new();
    let change = |contract: &Contract, item: &Entrusted, event| {
        let provider = item.provider.clone().unwrap_or_else(|| contract.provider.clone());
        CustodyChange { contract: contract.id.clone(), provider, item: item.clone(), event }
    };
    for contract in &site.contracts {
        let stood = current.contracts.iter().find(|before| before.id == contract.id);
        let before = |id: &str| stood.and_then(|contract| contract.entrusted.iter().find(|one| one.id == id));
        for item in &contract.entrusted {
            if before(&item.id).is_none() {
                all.push(change(contract, item, CustodyEvent::Received));
            }
            if !item.is_held() && before(&item.id).is_none_or(|one| one.state != item.state) {
                all.push(change(contract, item, CustodyEvent::Ended));
            }
        }
    }
    // What is taken out of the file while it is held goes from sight, and not without a word.
    for stood in &current.contracts {
        let after = site.contracts.iter().find(|contract| contract.id == stood.id);
        let there =
            |id: &str| after.is_some_and(|contract| contract.entrusted.iter().any(|one| one.id == id));
        let gone = stood.entrusted.iter().filter(|one| one.is_held() && !there(&one.id));
        all.extend(gone.map(|item| change(stood, item, CustodyEvent::Removed)));
    }
    all
}

fn treatment(at: &EstablishmentId, value: RiskTreatment) -> Put {
    Put::Treatment { establishment: at.clone(), value }
}

fn transition(at: &EstablishmentId, value: Transition) -> Put {
    Put::Transition { establishment: at.clone(), value }
}

fn direct(at: &EstablishmentId, value: DirectPath) -> Put {
    Put::Direct { establishment: at.clone(), value }
}

fn collect(facts: &mut BTreeMap<FactName, Put>, puts: impl Iterator<Item = Put>) {
    facts.extend(puts.filter_map(|put| Some((put.name()?, put))));
}

/// The file, with what people did at the gate since.
fn with_acts(mut site: Site, current: &Current) -> Site {
    for signed in &mut site.engagements {
        let before = current.engagements.iter().find(|before| {
            (&before.person, before.kind, before.version) == (&signed.person, signed.kind, signed.version)
        });
        let withdrawn = before.and_then(|before| before.withdrawn_at);
        signed.withdrawn_at = [signed.withdrawn_at, withdrawn].into_iter().flatten().min();
    }
    for equipment in &mut site.equipment {
        let Some(before) = current.equipment.iter().find(|before| before.id == equipment.id) else {
            continue;
        };
        equipment.host_key = later(before.host_key.clone(), std::mem::take(&mut equipment.host_key));
    }
    site
}

/// The host key that counts: a pin in the file only when it is no older than what the gate knows. What was seen to
/// change stays changed until somebody pins again.
fn later(before: HostKeyState, file: HostKeyState) -> HostKeyState {
    let HostKeyState::Pinned { at: pinned_at, .. } = &file else { return before };
    match &before {
        HostKeyState::Unknown => file,
        HostKeyState::Pinned { at, .. } if pinned_at >= at => file,
        HostKeyState::Changed { at, .. } if pinned_at > at => file,
        _ => before,
    }
}
