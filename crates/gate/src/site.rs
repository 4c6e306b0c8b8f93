//! The description of the site, applied as one act.

use std::collections::BTreeSet;

use domain::{Custody, Entrust, Entrusted, Fingerprint, Person, PersonKey};
use events::{Actor, EntrustedEnded, EntrustedReceived, Fact, PersonKeysChanged, SiteApplied};
use vocab::{ContractId, EstablishmentId, ProviderId, Timestamp};

use crate::Gate;
use crate::acts::Act;
use crate::ports::{FactName, PortError, Put};
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
        };
        let mut facts: Vec<Fact> = vec![fact.into()];
        for put in &change.puts {
            facts.extend(self.keys_changed(put, now).await?.map(Fact::from));
        }
        facts.extend(change.custody.iter().map(CustodyChange::fact));
        let note = |fact| Note {
            establishment: change.establishment.clone(),
            at: now,
            by: Actor::Host,
            session: None,
            intervention: None,
            fact,
        };
        let notes = facts.into_iter().map(note).collect();
        let act = Act { puts: change.puts, sessions: Vec::new(), notes, at: now, by: "apply".to_owned() };
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

/// The keys that log this person in: none of somebody who is not active.
fn in_use(person: &Person) -> &[PersonKey] {
    if person.active { &person.keys } else { &[] }
}
