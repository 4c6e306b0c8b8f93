//! The description of the site, applied as one act.

use std::collections::BTreeSet;

use domain::{
    Custody, Dossier, Engagement, EngagementKind, Entrust, Entrusted, Equipment, Fingerprint, HostKeyState,
    Notice, Person, PersonKey,
};
use events::{
    Actor, DossierImported, EngagementSigned, EngagementWithdrawn, EntrustedEnded, EntrustedReceived, Fact,
    HostKeyPinned, PersonKeysChanged, ProviderChanged, SiteApplied,
};
use vocab::{ContractId, EstablishmentId, ProviderId, Timestamp};

use crate::Gate;
use crate::acts::Act;
use crate::ports::{FactKind, FactName, PortError, Put, RecordKind, Wanted, Within};
use crate::scribe::Note;

/// What a site's file changes, worked out by the store against the facts that stand.
#[derive(Debug, Clone)]
pub struct SiteChange {
    /// The establishment that it describes.
    pub establishment: EstablishmentId,
    /// SHA-256 of the file.
    pub file: [u8; 32],
    /// The facts.
    pub puts: Vec<Put>,
    /// What is said of things that a provider entrusted.
    pub custody: Vec<CustodyChange>,
    /// How many are new.
    pub added: u64,
    /// How many change.
    pub changed: u64,
    /// How many end.
    pub ended: u64,
    /// The dossiers of providers that it brings, newer than those before.
    pub dossiers: Vec<DossierChange>,
}

/// A provider's dossier that is newer than the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierChange {
    /// Whose.
    pub provider: ProviderId,
    /// The dossier.
    pub dossier: Dossier,
    /// The number of the one before.
    pub was: Option<u64>,
    /// What changed in what the provider says of itself, field by field; of its people nothing.
    pub changed: Vec<String>,
    /// How many people it names.
    pub people: u64,
    /// The establishments that have a contract with the provider: each is told.
    pub towards: BTreeSet<EstablishmentId>,
}

impl DossierChange {
    fn imported(&self) -> DossierImported {
        let Dossier { file, serial, dated, valid_until, key, confirmed_by, .. } = &self.dossier;
        DossierImported {
            provider: self.provider.clone(),
            serial: *serial,
            was: self.was,
            file: hash_from(&file.sha256),
            dated: *dated,
            until: *valid_until,
            key: key.0.as_str().into(),
            confirmed_by: confirmed_by.clone(),
            people: self.people,
        }
    }

    fn notice(&self, at: Timestamp) -> Notice {
        Notice {
            provider: self.provider.clone(),
            serial: self.dossier.serial,
            was: self.was,
            at,
            changed: self.changed.clone(),
            read: None,
        }
    }

    fn told(&self) -> ProviderChanged {
        ProviderChanged {
            provider: self.provider.clone(),
            serial: self.dossier.serial,
            was: self.was,
            changed: self.changed.iter().map(|field| field.as_str().into()).collect(),
        }
    }
}

/// A hash from its 64 hexadecimal digits; what is none is all zeros, and is no file's.
fn hash_from(digits: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte =
            std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0);
    }
    hash
}

/// What became of one thing that a provider entrusted, by the word of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyChange {
    /// Under which contract.
    pub contract: ContractId,
    /// Whose it is.
    pub provider: ProviderId,
    /// What.
    pub item: Entrusted,
    /// What became of it.
    pub event: CustodyEvent,
}

/// What becomes of a thing that is entrusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustodyEvent {
    /// It was received.
    Received,
    /// It was given back or destroyed.
    Ended,
    /// The file names it no more, and it was held.
    Removed,
}

impl CustodyChange {
    fn fact(&self) -> Fact {
        let Self { contract, provider, item, event } = self;
        if *event == CustodyEvent::Received {
            return EntrustedReceived {
                provider: provider.clone(),
                contract: contract.clone(),
                item: item.id.as_str().into(),
                what: item.what.clone().into(),
                nature: match item.nature {
                    Entrust::Means => "means",
                    Entrust::Information => "information",
                }
                .into(),
                service: item.service.clone(),
                equipment: item.equipment.clone(),
                received: item.received_at,
                by: item.received_by.clone(),
                until: item.return_by,
            }
            .into();
        }
        let (state, ended, to, by) = match (event, &item.state) {
            (CustodyEvent::Removed, _) | (_, Custody::Held) => ("removed", None, None, None),
            (_, Custody::Returned { at, to }) => ("returned", Some(*at), Some(to.clone()), None),
            (_, Custody::Destroyed { at, by }) => ("destroyed", Some(*at), None, Some(by.clone())),
        };
        EntrustedEnded {
            provider: provider.clone(),
            contract: contract.clone(),
            item: item.id.as_str().into(),
            state: state.into(),
            ended,
            to: to.map(Into::into),
            by,
        }
        .into()
    }
}

/// A description that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Where it stands in the establishment's log.
    pub index: u64,
}

impl Gate {
    /// Applies a site's description: all of it, or nothing. Who may: the host operator, because the file is
    /// reviewed outside the gate; it contains neither approvals nor consents.
    pub async fn apply_site(&self, change: SiteChange) -> Result<Applied, PortError> {
        let _alone = self.people.lock().await;
        let now = self.clock.now();
        let fact = SiteApplied {
            file: change.file,
            added: change.added,
            changed: change.changed,
            ended: change.ended,
            named: Some(change.puts.iter().filter_map(named).take(NAMED_MAX).map(Into::into).collect()),
            more: u64::try_from(change.puts.iter().filter_map(named).skip(NAMED_MAX).count()).ok(),
        };
        let mut facts: Vec<Fact> = vec![fact.into()];
        for put in &change.puts {
            facts.extend(self.keys_changed(put, now).await?.map(Fact::from));
            facts.extend(self.pinned(put, now).await?.map(Fact::from));
            facts.extend(self.engaged(put).await?);
        }
        facts.extend(change.custody.iter().map(CustodyChange::fact));
        let mut puts = change.puts;
        let note = |establishment: &EstablishmentId, fact| Note {
            establishment: establishment.clone(),
            at: now,
            by: Actor::Host,
            session: None,
            intervention: None,
            fact,
        };
        let own = &change.establishment;
        facts.extend(change.dossiers.iter().map(|one| Fact::from(one.imported())));
        let mut notes: Vec<Note> = facts.into_iter().map(|fact| note(own, fact)).collect();
        for one in change.dossiers.iter().filter(|one| !one.changed.is_empty()) {
            for establishment in &one.towards {
                puts.push(Put::Notice { establishment: establishment.clone(), value: one.notice(now) });
                notes.push(note(establishment, one.told().into()));
            }
        }
        let act = Act { puts, sessions: Vec::new(), notes, at: now, by: "apply".to_owned() };
        let receipts = self.acts.commit(act).await?;
        let receipt = receipts.first().ok_or_else(|| PortError::Failed("no receipt was given".into()))?;
        Ok(Applied { index: receipt.index })
    }

    /// Which keys that log him in a person gains and loses by this. It is said by name: whoever reads the log sees
    /// each key
    /// that came in with a file, and who vouched for it afterwards.
    async fn keys_changed(&self, put: &Put, now: Timestamp) -> Result<Option<PersonKeysChanged>, PortError> {
        let (person, after) = match put {
            Put::Person(person) => (&person.id, in_use(person)),
            Put::End(FactName::Person(person)) => (person, [].as_slice()),
            _ => return Ok(None),
        };
        let before = self.store.person(person, self.as_of(now)).await?;
        let before = before.as_ref().map(in_use).unwrap_or_default();
        let prints = |keys: &[PersonKey]| -> BTreeSet<Fingerprint> {
            keys.iter().map(|key| key.fingerprint.clone()).collect()
        };
        let (before, after) = (prints(before), prints(after));
        let words = |keys: Vec<&Fingerprint>| keys.into_iter().map(|key| key.0.as_str().into()).collect();
        let changed = PersonKeysChanged {
            person: person.clone(),
            added: words(after.difference(&before).collect()),
            removed: words(before.difference(&after).collect()),
        };
        Ok((before != after).then_some(changed))
    }
}

impl Gate {
    /// The host key that the file pins, where another one or none is pinned.
    async fn pinned(&self, put: &Put, now: Timestamp) -> Result<Option<HostKeyPinned>, PortError> {
        let Put::Equipment(Equipment { establishment, id, host_key, .. }) = put else { return Ok(None) };
        let HostKeyState::Pinned { fingerprint: key, .. } = host_key else { return Ok(None) };
        let before = self.store.equipment(establishment, id, self.as_of(now)).await?;
        let previous = before.and_then(|before| match before.host_key {
            HostKeyState::Unknown => None,
            HostKeyState::Pinned { fingerprint, .. } => Some(fingerprint),
            // Another one was seen, and the file pins again: the same one as well.
            HostKeyState::Changed { pinned, .. } if pinned == *key => None,
            HostKeyState::Changed { pinned, .. } => Some(pinned),
        });
        let word = |key: &Fingerprint| key.0.as_str().into();
        let (equipment, was) = (id.clone(), previous.as_ref().map(word));
        Ok((previous.as_ref() != Some(key)).then(|| HostKeyPinned {
            equipment,
            key: word(key),
            previous: was,
        }))
    }

    /// What a person's engagement is by the word of the file: signed, or binding no more.
    async fn engaged(&self, put: &Put) -> Result<Option<Fact>, PortError> {
        let name = match put {
            Put::Engagement(_) => put.name(),
            Put::End(name @ FactName::Engagement { .. }) => Some(name.clone()),
            _ => None,
        };
        let Some(name @ FactName::Engagement { .. }) = name else { return Ok(None) };
        let within = name.establishment().cloned().map_or(Within::Deployment, Within::One);
        let kind = RecordKind::Fact(FactKind::Engagement);
        let wanted = Wanted { kind, within, name: Some(name.label()), closed_before: None };
        let last = self.store.records(wanted).await?.pop().filter(|last| last.until.is_none());
        let before: Option<Engagement> = last
            .map(|last| serde_json::from_str(&last.body))
            .transpose()
            .map_err(|error| PortError::Failed(error.to_string()))?;
        let after = if let Put::Engagement(after) = put { Some(after) } else { None };
        Ok(engagement(before.as_ref(), after))
    }
}

/// What changed of an engagement: nothing that binds, or that it was signed, or withdrawn.
fn engagement(before: Option<&Engagement>, after: Option<&Engagement>) -> Option<Fact> {
    let word = |kind| match kind {
        EngagementKind::Confidentiality => "confidentiality".into(),
        EngagementKind::Limitation => "limitation".into(),
    };
    let binds = |one: &&Engagement| one.withdrawn_at.is_none();
    match (before.filter(binds), after) {
        (was, Some(one)) if one.withdrawn_at.is_none() => {
            let signed = EngagementSigned {
                person: one.person.clone(),
                kind: word(one.kind),
                version: one.version.into(),
                signed: one.signed_at,
            };
            was.is_none_or(|was| was.signed_at != one.signed_at).then(|| signed.into())
        }
        (Some(one), after) => {
            let withdrawn = EngagementWithdrawn {
                person: one.person.clone(),
                kind: word(one.kind),
                version: one.version.into(),
                withdrawn: after.and_then(|after| after.withdrawn_at),
            };
            Some(withdrawn.into())
        }
        (None, _) => None,
    }
}

/// Facts named in the entry: 100 of at most 128 letters are below 40 KiB in the worst spelling, of 64 KiB.
const NAMED_MAX: usize = 100;

/// A fact by its kind and name, as the entry names it; one that ends behind a dash.
fn named(put: &Put) -> Option<String> {
    let (ends, name) = match put {
        Put::End(name) => ("-", name.clone()),
        other => ("", other.name()?),
    };
    let said = match name {
        FactName::Establishment(id) => format!("establishment {id}"),
        FactName::Provider(id) => format!("provider {id}"),
        FactName::Person(id) => format!("person {id}"),
        FactName::Engagement { person, kind, version, .. } => {
            let kind = if kind == EngagementKind::Confidentiality { "C6" } else { "C7" };
            format!("engagement {person} {kind} {version}")
        }
        FactName::Contract { contract, .. } => format!("contract {contract}"),
        FactName::Service { service, .. } => format!("service {service}"),
        FactName::Equipment { equipment, .. } => format!("equipment {equipment}"),
        FactName::Treatment { service, rule, part, .. } => {
            format!("treatment {service} {}{part}", rule.as_str())
        }
        FactName::Transition { service, .. } => format!("transition {service}"),
        FactName::Direct { service, .. } => format!("direct {service}"),
        // The others are no facts of the site's file.
        _ => return None,
    };
    Some(format!("{ends}{said}"))
}

/// The keys that log this person in: none of somebody who is not active.
fn in_use(person: &Person) -> &[PersonKey] {
    if person.active { &person.keys } else { &[] }
}
