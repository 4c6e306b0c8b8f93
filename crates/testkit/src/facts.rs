//! Facts with their history: versions are closed and followed, never changed.

mod looked;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{
    About, Contract, Credentials, DirectPath, Disclosure, Engagement, Equipment, Establishment, Filed,
    Fingerprint, GateSeen, Hold, Notice, Person, Provider, Purged, RiskTreatment, Rotation, Service,
    Signature, Signed, SignedWhat, Suspension, Token, Transition, Witness, Witnessed, WitnessedWhat,
};
use gate::ports::{FactName, PortError, Put, Standing, Whose};
use vocab::{EquipmentId, EstablishmentId, PersonId, ProviderId, ServiceId, Timestamp};

/// How far behind the newest version an act may be dated: what a time server takes back in one step.
const CLOCK_STEP: Duration = Duration::from_secs(10);

/// One version of a fact.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// Its place in the line, from 1.
    pub(crate) number: u64,
    pub(crate) from: Timestamp,
    pub(crate) until: Option<Timestamp>,
    pub(crate) by: String,
    pub(crate) closed_by: Option<String>,
    pub(crate) value: Put,
}

/// Every version of every fact, and who writes now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(pub(crate) BTreeMap<FactName, Vec<Version>>, pub(crate) String);

impl Lines {
    /// Records a fact from `at` on. The version that stood is closed; one that says the same stays: `false`.
    pub(crate) fn put(&mut self, put: Put, at: Timestamp) -> Result<bool, PortError> {
        let Some(name) = put.name() else { return Ok(false) };
        if let Put::Hold { establishment, value } = &put
            && let About::Document(sha256) = &value.about
        {
            let filed = FactName::Filed { establishment: establishment.clone(), sha256: sha256.clone() };
            let there =
                self.0.get(&filed).and_then(|line| line.last()).is_some_and(|last| last.until.is_none());
            if !there {
                return Err(PortError::Conflict(format!("document {sha256}")));
            }
        }
        let value = own_words(put);
        let by = self.1.clone();
        let line = self.0.entry(name).or_default();
        let number = line.last().map_or(1, |last| last.number + 1);
        let from = match line.last_mut() {
            Some(last) if last.until.is_none() && same(&last.value, &value) => return Ok(false),
            Some(last) => close(last, at, &by)?,
            None => at,
        };
        line.push(Version { number, from, until: None, by, closed_by: None, value });
        Ok(true)
    }

    /// What leaned on the former version of a fact falls: a vouching with its key, a signature with its words.
    pub(crate) fn fall(&mut self, name: &FactName, at: Timestamp) -> Result<(), PortError> {
        let of_signature = |establishment: &EstablishmentId, service: &ServiceId, what| {
            let (establishment, service) = (establishment.clone(), service.clone());
            FactName::Signature { establishment, service, what }
        };
        let signature = match name {
            FactName::Person(person) | FactName::Vouching { person, .. } => {
                self.fall_vouchings(person, at)?;
                return self.fall_tokens(person, at);
            }
            FactName::Enrolment(person) => return self.fall_tokens(person, at),
            FactName::Treatment { establishment, service, rule, part } => {
                let signature =
                    of_signature(establishment, service, SignedWhat::Treatment(*rule, part.clone()));
                let last = |name: &FactName| {
                    self.0.get(name).and_then(|line| line.last()).filter(|last| last.until.is_none())
                };
                let words = match last(name).map(|last| &last.value) {
                    Some(Put::Treatment { value, .. }) => Some(Signed::Treatment(value.words())),
                    _ => None,
                };
                let under = match last(&signature).map(|last| &last.value) {
                    Some(Put::Signature { signed, .. }) => Some(signed.clone()),
                    _ => None,
                };
                // That a measure was done, or that a batch has more equipment, changes no word that was signed.
                if words.is_some() && words == under {
                    return Ok(());
                }
                signature
            }
            FactName::Contract { .. } | FactName::Equipment { .. } => return self.fall_witnesses(name, at),
            FactName::Transition { establishment, service } => {
                of_signature(establishment, service, SignedWhat::Transition)
            }
            FactName::Direct { establishment, service } => {
                of_signature(establishment, service, SignedWhat::Direct)
            }
            _ => return Ok(()),
        };
        if self.stands(&signature) { self.end(&signature, at) } else { Ok(()) }
    }

    /// What people confirmed of a contract or an equipment, and does not stand there in these words any more.
    fn fall_witnesses(&mut self, name: &FactName, at: Timestamp) -> Result<(), PortError> {
        let stands = self.0.get(name).and_then(|line| line.last()).filter(|last| last.until.is_none());
        let said: Vec<Witnessed> = match stands.map(|last| &last.value) {
            Some(Put::Contract(contract)) => contract.says().collect(),
            Some(Put::Equipment(equipment)) => equipment.put_in_service().into_iter().collect(),
            _ => Vec::new(),
        };
        let (whose, link) = match name {
            FactName::Contract { establishment, contract } => {
                (establishment, WitnessedWhat::of_contract(contract))
            }
            FactName::Equipment { establishment, equipment } => {
                (establishment, WitnessedWhat::Commissioned(equipment.clone()).link())
            }
            _ => return Ok(()),
        };
        let falls = |(name, line): (&FactName, &Vec<Version>)| match line.last() {
            Some(Version { until: None, value: Put::Witness { establishment, value }, .. }) => {
                let here = establishment == whose && value.of.what().link() == link;
                (here && !said.contains(&value.of)).then(|| name.clone())
            }
            _ => None,
        };
        let names: Vec<FactName> = self.0.iter().filter_map(falls).collect();
        names.iter().try_for_each(|name| self.end(name, at))
    }

    /// Before a person is written: whoever goes over to another side was vouched for by the former one.
    pub(crate) fn moves(&mut self, person: &Person, at: Timestamp) -> Result<(), PortError> {
        let line = self.0.get(&FactName::Person(person.id.clone())).and_then(|line| line.last());
        let Some(Version { until: None, value: Put::Person(before), .. }) = line else { return Ok(()) };
        if person.stays_with(before) {
            return Ok(());
        }
        let of_him = |name: &&FactName| matches!(name, FactName::Vouching { person: whose, .. } if *whose == person.id);
        let names: Vec<FactName> =
            self.0.keys().filter(of_him).filter(|name| self.stands(name)).cloned().collect();
        names.iter().try_for_each(|name| self.end(name, at))
    }

    fn fall_vouchings(&mut self, id: &PersonId, at: Timestamp) -> Result<(), PortError> {
        let last = |name: &FactName| self.0.get(name).and_then(|line| line.last());
        let person = match last(&FactName::Person(id.clone())) {
            Some(Version { until: None, value: Put::Person(person), .. }) => Some(person.clone()),
            _ => None,
        };
        let names: Vec<FactName> = self.0.keys().filter(|name| self.stands(name)).cloned().collect();
        for name in names {
            let FactName::Vouching { establishment, person: whose } = &name else { continue };
            let last = self.0.get(&name).and_then(|line| line.last());
            let Some(Put::Vouching { keys, .. }) = last.filter(|_| whose == id).map(|last| &last.value)
            else {
                continue;
            };
            let mut kept = keys.clone();
            kept.retain(|vouched| person.as_ref().is_some_and(|person| person.shows(&vouched.key)));
            if kept.is_empty() {
                self.end(&name, at)?;
            } else if kept != *keys {
                let establishment = establishment.clone();
                self.put(Put::Vouching { establishment, person: id.clone(), keys: kept }, at)?;
            }
        }
        Ok(())
    }

    /// The tokens of a person that nothing stands behind any more.
    fn fall_tokens(&mut self, id: &PersonId, at: Timestamp) -> Result<(), PortError> {
        let last = |name: &FactName| match self.0.get(name).and_then(|line| line.last()) {
            Some(Version { until: None, value, .. }) => Some(value.clone()),
            _ => None,
        };
        let enrolment = self.drawn(id).unwrap_or(0);
        let fallen = |token: &Token| {
            let name = FactName::Vouching { establishment: token.establishment.clone(), person: id.clone() };
            let vouched = match last(&name) {
                Some(Put::Vouching { keys, .. }) => keys,
                _ => Vec::new(),
            };
            !token.stands_on(&Credentials { enrolment, vouched })
        };
        let names = self.0.keys().filter(|name| matches!(name, FactName::Token(_)));
        let names = names.filter(
            |name| matches!(last(name), Some(Put::Token(token)) if token.person == *id && fallen(&token)),
        );
        let names: Vec<FactName> = names.cloned().collect();
        names.iter().try_for_each(|name| self.end(name, at))
    }

    pub(crate) fn token(&self, id: &str, as_of: Timestamp) -> Option<Token> {
        match self.get(&FactName::Token(id.to_owned()), as_of)? {
            Put::Token(value) => Some(value.clone()),
            _ => None,
        }
    }

    pub(crate) fn tokens(&self, at: &EstablishmentId, as_of: Timestamp) -> Vec<Token> {
        let of = |put: &Put| match put {
            Put::Token(value) if value.establishment == *at => Some(value.clone()),
            _ => None,
        };
        self.all(as_of).filter_map(of).collect()
    }

    /// What is kept of an establishment whatever its age.
    pub(crate) fn holds(&self, at: &EstablishmentId, as_of: Timestamp) -> Vec<Hold> {
        let of = |(name, line): (&FactName, &Vec<Version>)| match (name, valid(line, as_of)) {
            (FactName::Hold { establishment, .. }, Some(Put::Hold { value, .. })) if establishment == at => {
                Some(value.clone())
            }
            _ => None,
        };
        self.0.iter().filter_map(of).collect()
    }

    /// The documents that are kept for an establishment, by hash.
    pub(crate) fn filed(&self, at: &EstablishmentId, as_of: Timestamp) -> Vec<Filed> {
        let of = |put: &Put| match put {
            Put::Filed { establishment, value } if establishment == at => Some(value.clone()),
            _ => None,
        };
        self.all(as_of).filter_map(of).collect()
    }

    /// The last moment at which a fact of an establishment or of the deployment named this hash.
    pub(crate) fn named_until(&self, at: &EstablishmentId, sha256: &str) -> Option<Timestamp> {
        let of_others = |name: &FactName| match name {
            FactName::Filed { .. } | FactName::Hold { .. } | FactName::Token(_) => true,
            FactName::Establishment(whose) | FactName::Purged(whose) | FactName::Seen(whose) => whose != at,
            FactName::Provider(_) | FactName::Person(_) | FactName::Enrolment(_) => false,
            FactName::Engagement { establishment, .. }
            | FactName::Contract { establishment, .. }
            | FactName::Service { establishment, .. }
            | FactName::Equipment { establishment, .. }
            | FactName::Treatment { establishment, .. }
            | FactName::Transition { establishment, .. }
            | FactName::Direct { establishment, .. }
            | FactName::Suspension { establishment, .. }
            | FactName::Vouching { establishment, .. }
            | FactName::AccountTag { establishment, .. }
            | FactName::Rotation { establishment, .. }
            | FactName::Disclosure { establishment, .. }
            | FactName::Standing { establishment, .. }
            | FactName::Notice { establishment, .. }
            | FactName::Witness { establishment, .. }
            | FactName::FilterCheck { establishment, .. }
            | FactName::AccountsReview { establishment, .. }
            | FactName::Signature { establishment, .. } => establishment != at,
        };
        let lines = self.0.iter().filter(|(name, _)| !of_others(name)).flat_map(|(_, line)| line);
        // A hash stands in no other word.
        let named = lines.filter(|version| format!("{:?}", version.value).contains(sha256));
        named.map(|version| version.until.unwrap_or(Timestamp::MAX)).max()
    }

    /// What changed of what a provider says of itself, towards an establishment.
    pub(crate) fn notices(
        &self,
        at: &EstablishmentId,
        of: Option<&ProviderId>,
        as_of: Timestamp,
    ) -> Vec<Notice> {
        let told = self.all(as_of).filter_map(|put| match put {
            Put::Notice { establishment, value }
                if establishment == at && of.is_none_or(|of| *of == value.provider) =>
            {
                Some(value.clone())
            }
            _ => None,
        });
        told.collect()
    }

    /// What people confirmed of a contract and of equipment, in the order in which they are asked for.
    pub(crate) fn witnesses(
        &self,
        at: &EstablishmentId,
        contract: &Contract,
        equipment: &[EquipmentId],
        as_of: Timestamp,
    ) -> Vec<Witness> {
        let of = |link: String| {
            let here = self.all(as_of).filter_map(move |put| match put {
                Put::Witness { establishment, value }
                    if establishment == at && value.of.what().link() == link =>
                {
                    Some(value.clone())
                }
                _ => None,
            });
            here.collect::<Vec<_>>()
        };
        let of_contract = WitnessedWhat::of_contract(&contract.id);
        let of_equipment = equipment.iter().map(|one| WitnessedWhat::Commissioned(one.clone()).link());
        std::iter::once(of_contract).chain(of_equipment).flat_map(of).collect()
    }

    /// What went from an establishment's log.
    pub(crate) fn purged(&self, at: &EstablishmentId) -> Option<Purged> {
        match self.get(&FactName::Purged(at.clone()), Timestamp::MAX) {
            Some(Put::Purged { value, .. }) => Some(value.clone()),
            _ => None,
        }
    }

    /// Whether a service, as it stands, wants its requests qualified.
    pub(crate) fn demands_qualification(&self, at: &EstablishmentId, service: &ServiceId) -> bool {
        let name = FactName::Service { establishment: at.clone(), service: service.clone() };
        let last = self.0.get(&name).and_then(|line| line.last());
        matches!(last, Some(Version { until: None, value: Put::Service(value), .. }) if value.qualified)
    }

    /// The newest moment at which any fact began or ended.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let all = self.0.values().flatten();
        all.flat_map(|version| std::iter::once(version.from).chain(version.until)).max()
    }

    fn stands(&self, name: &FactName) -> bool {
        self.0.get(name).and_then(|line| line.last()).is_some_and(|last| last.until.is_none())
    }

    /// Ends a fact without a successor.
    pub(crate) fn end(&mut self, name: &FactName, at: Timestamp) -> Result<(), PortError> {
        let by = &self.1;
        let last = self.0.get_mut(name).and_then(|line| line.last_mut());
        match last.filter(|last| last.until.is_none()) {
            Some(last) => close(last, at, by).map(|_| ()),
            None => Err(PortError::Missing(format!("{name:?}"))),
        }
    }

    /// How many versions a fact had, the one that stands included.
    pub(crate) fn versions(&self, name: &FactName) -> usize {
        self.0.get(name).map_or(0, Vec::len)
    }

    fn get(&self, name: &FactName, as_of: Timestamp) -> Option<&Put> {
        self.0.get(name).and_then(|line| valid(line, as_of))
    }

    /// What the gate saw of itself.
    pub(crate) fn seen(&self, at: &EstablishmentId, as_of: Timestamp) -> Option<GateSeen> {
        match self.get(&FactName::Seen(at.clone()), as_of) {
            Some(Put::Seen { value, .. }) => Some(*value),
            _ => None,
        }
    }

    /// Number and first moment of the version that stood at a moment.
    pub(crate) fn version_at(&self, name: &FactName, as_of: Timestamp) -> Option<(u32, Timestamp)> {
        let stood = |one: &Version| one.from <= as_of && one.until.is_none_or(|until| until > as_of);
        let (place, version) = (1..).zip(self.0.get(name)?).find(|(_, version)| stood(version))?;
        Some((place, version.from))
    }

    fn all(&self, as_of: Timestamp) -> impl Iterator<Item = &Put> {
        self.0.values().filter_map(move |line| valid(line, as_of))
    }

    pub(crate) fn person(&self, name: &PersonId, as_of: Timestamp) -> Option<Person> {
        match self.get(&FactName::Person(name.clone()), as_of)? {
            Put::Person(value) => Some(value.clone()),
            _ => None,
        }
    }

    pub(crate) fn provider(&self, name: &vocab::ProviderId, as_of: Timestamp) -> Option<Provider> {
        match self.get(&FactName::Provider(name.clone()), as_of)? {
            Put::Provider(value) => Some(value.clone()),
            _ => None,
        }
    }

    pub(crate) fn people(&self, as_of: Timestamp) -> impl Iterator<Item = &Person> {
        self.all(as_of).filter_map(|put| if let Put::Person(value) = put { Some(value) } else { None })
    }

    pub(crate) fn establishments(&self, as_of: Timestamp) -> impl Iterator<Item = &Establishment> {
        self.all(as_of).filter_map(|put| if let Put::Establishment(value) = put { Some(value) } else { None })
    }

    pub(crate) fn contracts(&self, as_of: Timestamp) -> impl Iterator<Item = &Contract> {
        self.all(as_of).filter_map(|put| if let Put::Contract(value) = put { Some(value) } else { None })
    }

    pub(crate) fn services(&self, as_of: Timestamp) -> impl Iterator<Item = &Service> {
        self.all(as_of).filter_map(|put| if let Put::Service(value) = put { Some(value) } else { None })
    }

    pub(crate) fn equipment(&self, as_of: Timestamp) -> impl Iterator<Item = &Equipment> {
        self.all(as_of).filter_map(|put| if let Put::Equipment(value) = put { Some(value) } else { None })
    }

    pub(crate) fn engagements(&self, as_of: Timestamp) -> impl Iterator<Item = &Engagement> {
        self.all(as_of).filter_map(|put| if let Put::Engagement(value) = put { Some(value) } else { None })
    }

    pub(crate) fn treatments(
        &self,
        as_of: Timestamp,
    ) -> impl Iterator<Item = (&EstablishmentId, &RiskTreatment)> {
        self.all(as_of).filter_map(|put| match put {
            Put::Treatment { establishment, value } => Some((establishment, value)),
            _ => None,
        })
    }

    pub(crate) fn suspensions(
        &self,
        as_of: Timestamp,
    ) -> impl Iterator<Item = (&EstablishmentId, &Suspension)> {
        self.all(as_of).filter_map(|put| match put {
            Put::Suspension { establishment, value } => Some((establishment, value)),
            _ => None,
        })
    }

    /// When the last vouching for this key with this number ended without a successor that has both.
    pub(crate) fn vouching_fell(
        &self,
        establishment: EstablishmentId,
        person: PersonId,
        key: &Fingerprint,
        enrolment: u32,
    ) -> Option<Timestamp> {
        let line = self.0.get(&FactName::Vouching { establishment, person })?;
        let has = |version: &Version| match &version.value {
            Put::Vouching { keys, .. } => {
                keys.iter().any(|one| one.key == *key && one.enrolment == enrolment)
            }
            _ => false,
        };
        let after = line.iter().skip(1).map(Some).chain([None]);
        let ends = line.iter().zip(after).filter(|(one, next)| has(one) && !next.is_some_and(has));
        ends.filter_map(|(one, _)| one.until).max()
    }

    /// The people for whom anybody vouched towards an establishment.
    pub(crate) fn vouched_people(&self, at: &EstablishmentId, as_of: Timestamp) -> Vec<PersonId> {
        let all = self.all(as_of).filter_map(|put| match put {
            Put::Vouching { establishment, person, .. } if establishment == at => Some(person.clone()),
            _ => None,
        });
        all.collect()
    }

    /// The signature under these very words.
    pub(crate) fn signature(
        &self,
        at: &EstablishmentId,
        words: &Signed,
        as_of: Timestamp,
    ) -> Option<Signature> {
        self.all(as_of).find_map(|put| match put {
            Put::Signature { establishment, signature, signed } if establishment == at && signed == words => {
                Some(signature.clone())
            }
            _ => None,
        })
    }

    /// The number of the second factor that was drawn last, whenever that is.
    pub(crate) fn drawn(&self, of: &PersonId) -> Option<u32> {
        let last = self.0.get(&FactName::Enrolment(of.clone())).and_then(|line| line.last())?;
        match (&last.value, last.until) {
            (Put::Enrolment { number, .. }, None) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn enrolment(&self, of: &PersonId, as_of: Timestamp) -> u32 {
        match self.get(&FactName::Enrolment(of.clone()), as_of) {
            Some(Put::Enrolment { number, .. }) => *number,
            _ => 0,
        }
    }

    pub(crate) fn credentials(&self, at: &EstablishmentId, of: &PersonId, as_of: Timestamp) -> Credentials {
        let enrolment = self.enrolment(of, as_of);
        let name = FactName::Vouching { establishment: at.clone(), person: of.clone() };
        let vouched = match self.get(&name, as_of) {
            Some(Put::Vouching { keys, .. }) => keys.clone(),
            _ => Vec::new(),
        };
        Credentials { enrolment, vouched }
    }

    /// The keyed hash of an equipment's secret.
    pub(crate) fn tag(&self, at: &EstablishmentId, of: &EquipmentId, as_of: Timestamp) -> Option<String> {
        let name = FactName::AccountTag { establishment: at.clone(), equipment: of.clone() };
        match self.get(&name, as_of) {
            Some(Put::AccountTag { tag, .. }) => tag.clone(),
            _ => None,
        }
    }

    /// What is known of the changes of an equipment's secret.
    pub(crate) fn rotation(&self, at: &EstablishmentId, of: &EquipmentId, as_of: Timestamp) -> Rotation {
        let name = FactName::Rotation { establishment: at.clone(), equipment: of.clone() };
        match self.get(&name, as_of) {
            Some(Put::Rotation { value, .. }) => value.clone(),
            _ => Rotation::default(),
        }
    }

    /// The disclosure of an equipment's secret.
    pub(crate) fn disclosure(
        &self,
        at: &EstablishmentId,
        of: &EquipmentId,
        as_of: Timestamp,
    ) -> Option<Disclosure> {
        let name = FactName::Disclosure { establishment: at.clone(), equipment: of.clone() };
        match self.get(&name, as_of) {
            Some(Put::Disclosure { value, .. }) => Some(value.clone()),
            _ => None,
        }
    }

    /// The equipment of an establishment whose secret has this hash.
    pub(crate) fn tagged(
        &self,
        owner: &EstablishmentId,
        tag: &str,
        as_of: Timestamp,
    ) -> impl Iterator<Item = &EquipmentId> {
        self.all(as_of).filter_map(move |put| match put {
            Put::AccountTag { establishment, equipment, tag: Some(found) }
                if establishment == owner && found == tag =>
            {
                Some(equipment)
            }
            _ => None,
        })
    }

    /// How a service stood towards the guide.
    pub(crate) fn standing(
        &self,
        at: &EstablishmentId,
        of: &ServiceId,
        as_of: Timestamp,
    ) -> Option<Standing> {
        let name = FactName::Standing { establishment: at.clone(), service: of.clone() };
        match self.get(&name, as_of) {
            Some(Put::Standing { value, .. }) => Some(value.clone()),
            _ => None,
        }
    }

    /// Every equipment whose secret is to change, and from when on.
    pub(crate) fn rotations_due(&self, as_of: Timestamp) -> Vec<(Whose, Timestamp)> {
        let due = self.all(as_of).filter_map(|put| match put {
            Put::Rotation { establishment, equipment, value } => {
                Some(((establishment.clone(), equipment.clone()), value.due.as_ref()?.since))
            }
            _ => None,
        });
        due.collect()
    }

    pub(crate) fn transitions(
        &self,
        as_of: Timestamp,
    ) -> impl Iterator<Item = (&EstablishmentId, &Transition)> {
        self.all(as_of).filter_map(|put| match put {
            Put::Transition { establishment, value } => Some((establishment, value)),
            _ => None,
        })
    }

    pub(crate) fn direct(&self, as_of: Timestamp) -> impl Iterator<Item = (&EstablishmentId, &DirectPath)> {
        self.all(as_of).filter_map(|put| match put {
            Put::Direct { establishment, value } => Some((establishment, value)),
            _ => None,
        })
    }
}

/// Whether two facts of one name say the same.
pub(crate) fn same(one: &Put, other: &Put) -> bool {
    match (one, other) {
        (Put::Establishment(one), Put::Establishment(other)) => one == other,
        (Put::Provider(one), Put::Provider(other)) => one == other,
        (Put::Person(one), Put::Person(other)) => one == other,
        (Put::Engagement(one), Put::Engagement(other)) => one == other,
        (Put::Contract(one), Put::Contract(other)) => one == other,
        (Put::Service(one), Put::Service(other)) => one == other,
        (Put::Equipment(one), Put::Equipment(other)) => one == other,
        (Put::Treatment { value: one, .. }, Put::Treatment { value: other, .. }) => one == other,
        (Put::Transition { value: one, .. }, Put::Transition { value: other, .. }) => one == other,
        (Put::Direct { value: one, .. }, Put::Direct { value: other, .. }) => one == other,
        (Put::Suspension { value: one, .. }, Put::Suspension { value: other, .. }) => one == other,
        (
            Put::Vouching { person: one, keys: ones, .. },
            Put::Vouching { person: other, keys: others, .. },
        ) => one == other && ones == others,
        (
            Put::Signature { signature: one, signed: ones, .. },
            Put::Signature { signature: other, signed: others, .. },
        ) => one == other && ones == others,
        (Put::Enrolment { number: one, .. }, Put::Enrolment { number: other, .. }) => one == other,
        (Put::AccountTag { tag: one, .. }, Put::AccountTag { tag: other, .. }) => one == other,
        (Put::Rotation { value: one, .. }, Put::Rotation { value: other, .. }) => one == other,
        (Put::Disclosure { value: one, .. }, Put::Disclosure { value: other, .. }) => one == other,
        (Put::Standing { value: one, .. }, Put::Standing { value: other, .. }) => one == other,
        (Put::Seen { value: one, .. }, Put::Seen { value: other, .. }) => one == other,
        (Put::Hold { value: one, .. }, Put::Hold { value: other, .. }) => one == other,
        (Put::Filed { value: one, .. }, Put::Filed { value: other, .. }) => one == other,
        (Put::Notice { value: one, .. }, Put::Notice { value: other, .. }) => one == other,
        (Put::Witness { value: one, .. }, Put::Witness { value: other, .. }) => one == other,
        (Put::FilterCheck { value: one, .. }, Put::FilterCheck { value: other, .. }) => one == other,
        (Put::AccountsReview { value: one, .. }, Put::AccountsReview { value: other, .. }) => one == other,
        (Put::Purged { value: one, .. }, Put::Purged { value: other, .. }) => one == other,
        (Put::Token(one), Put::Token(other)) => one == other,
        _ => false,
    }
}

/// `at`, or the moment of what is recorded already when the clock is a step behind it.
pub(crate) fn not_before(at: Timestamp, recorded: Timestamp) -> Result<Timestamp, PortError> {
    let behind = recorded.since(at);
    if behind > CLOCK_STEP {
        return Err(PortError::Failed(format!(
            "the clock is {} s behind what is recorded",
            behind.as_secs()
        )));
    }
    Ok(at.max(recorded))
}

fn valid(line: &[Version], as_of: Timestamp) -> Option<&Put> {
    let holds = |version: &&Version| version.from <= as_of && version.until.is_none_or(|until| as_of < until);
    line.iter().find(holds).map(|version| &version.value)
}

/// Closes a version at `at`, unless it is closed, and says from when another may follow.
fn close(version: &mut Version, at: Timestamp, by: &str) -> Result<Timestamp, PortError> {
    match version.until {
        Some(until) => not_before(at, until),
        None => {
            let until = not_before(at, version.from)?;
            version.until = Some(until);
            version.closed_by = Some(by.to_owned());
            Ok(until)
        }
    }
}

/// A fact as it is kept: what the store works out itself is left out.
fn own_words(put: Put) -> Put {
    let mut equipment = match put {
        Put::Equipment(equipment) => equipment,
        Put::Treatment { establishment, value } => {
            let value = RiskTreatment { signed: None, transferred: None, ..value };
            return Put::Treatment { establishment, value };
        }
        put => return put,
    };
    if let Some(account) = &mut equipment.account {
        account.secret_held = false;
        account.login_shared_with.clear();
        account.secret_shared_with.clear();
        (account.rotated_at, account.rotation_due) = (None, None);
    }
    Put::Equipment(equipment)
}
