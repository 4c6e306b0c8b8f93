//! Versions as they are recorded, and how they go when they are old.

use domain::Intervention;
use gate::Removal;
use gate::ports::{Doomed, FactKind, Old, PortError, Put, Record, RecordKind, Wanted, Within};
use vocab::{EstablishmentId, InterventionId, Timestamp};

use crate::store::State;

impl State {
    /// Versions by establishment, name and number.
    pub(crate) fn records(&self, wanted: &Wanted) -> Vec<Record> {
        let mut found = match wanted.kind {
            RecordKind::Fact(kind) => self.facts_of(kind),
            RecordKind::Intervention => {
                self.interventions.keys().flat_map(|id| self.versions_of(id)).collect()
            }
            RecordKind::Session => self.sessions_of(wanted.name.as_deref()),
        };
        found.retain(|one| {
            let here = match &wanted.within {
                Within::One(own) => one.establishment.as_ref() == Some(own),
                Within::Deployment => one.establishment.is_none(),
                Within::Everywhere => true,
            };
            let called =
                one.kind == RecordKind::Session || wanted.name.as_ref().is_none_or(|name| *name == one.name);
            let closed =
                wanted.closed_before.is_none_or(|before| one.until.is_some_and(|until| until < before));
            here && called && closed
        });
        let owner = |one: &Record| one.establishment.as_ref().map(ToString::to_string).unwrap_or_default();
        found.sort_by_key(|one| (owner(one), one.name.clone(), one.version));
        found
    }

    fn facts_of(&self, kind: FactKind) -> Vec<Record> {
        let lines = self.facts.0.iter().filter(|(name, _)| name.kind() == kind);
        lines
            .flat_map(|(name, line)| {
                line.iter().map(move |version| Record {
                    kind: RecordKind::Fact(kind),
                    establishment: name.establishment().cloned(),
                    name: name.label(),
                    version: version.number,
                    from: version.from,
                    until: version.until,
                    by: version.by.clone(),
                    closed_by: version.closed_by.clone(),
                    body: text(&version.value),
                })
            })
            .collect()
    }

    fn versions_of(&self, id: &InterventionId) -> Vec<Record> {
        let line = self.interventions.get(id).map(Vec::as_slice).unwrap_or_default();
        let hand = |at: usize| self.hands.get(id).and_then(|hands| hands.get(at)).cloned();
        let record = |(at, (from, value)): (usize, &(Timestamp, Intervention))| {
            let next = line.get(at + 1).map(|(from, _)| *from);
            Record {
                kind: RecordKind::Intervention,
                establishment: Some(value.establishment.clone()),
                name: id.to_string(),
                version: at as u64 + 1,
                from: *from,
                until: next,
                by: hand(at).unwrap_or_default(),
                closed_by: next.and_then(|_| hand(at + 1)),
                body: serde_json::to_string(value).unwrap(),
            }
        };
        line.iter().enumerate().map(record).collect()
    }

    fn sessions_of(&self, intervention: Option<&str>) -> Vec<Record> {
        let all = self.sessions.values();
        let of = all.filter(|one| intervention.is_none_or(|name| one.row.intervention.as_str() == name));
        of.map(|one| Record {
            kind: RecordKind::Session,
            establishment: Some(one.row.establishment.clone()),
            name: one.row.session.to_string(),
            version: 1,
            from: one.row.opened_at,
            until: one.ended.map(|(at, _)| at),
            by: one.row.person.to_string(),
            closed_by: None,
            body: one.row.told(one.ended.map(|(_, ending)| ending)),
        })
        .collect()
    }

    /// Whether a fact that stands, or an intervention that is there, holds this as a word of its own.
    pub(crate) fn names(&self, establishment: Option<&EstablishmentId>, word: &str) -> bool {
        let word = format!("\"{word}\"");
        let here = |owner: Option<&EstablishmentId>| {
            establishment.is_none_or(|own| owner.is_none_or(|it| it == own))
        };
        let names_it = |kind: FactKind| {
            !matches!(kind, FactKind::Filed | FactKind::Hold | FactKind::Token | FactKind::Purged)
        };
        let facts =
            self.facts.0.iter().filter(|(name, _)| here(name.establishment()) && names_it(name.kind()));
        let mut stand = facts.filter_map(|(_, line)| line.last().filter(|last| last.until.is_none()));
        stand.any(|last| text(&last.value).contains(&word))
            || self.interventions.values().any(|line| {
                line.last().is_some_and(|(_, one)| {
                    here(Some(&one.establishment)) && serde_json::to_string(one).unwrap().contains(&word)
                })
            })
    }

    /// Names what is to go: nothing that stands or is due, and under one certificate at a time.
    pub(crate) fn doom(&mut self, doomed: Doomed) -> Result<(), PortError> {
        let conflict = |why: &str| Err(PortError::Conflict(why.to_owned()));
        if self.doomed.contains_key(&doomed.establishment) {
            return conflict("what the last certificate names is not gone yet");
        }
        for row in &doomed.rows {
            match row {
                Old::Fact { kind, establishment, name, version } => {
                    let all = self.facts_of(*kind);
                    let it = all.iter().find(|one| {
                        (&one.establishment, &one.name, one.version) == (establishment, name, *version)
                    });
                    if it.is_none_or(|it| it.until.is_none()) || self.is_named(row) {
                        return conflict("what stands does not go");
                    }
                }
                Old::Intervention { id, version } => {
                    let read = self.intervention(id).filter(|read| {
                        read.version == *version && read.value.establishment == doomed.establishment
                    });
                    let over = read.is_some_and(|read| {
                        read.value.is_settled()
                            || matches!(read.value.state, domain::State::Requested | domain::State::Approved)
                    });
                    if !over || self.open_sessions(id) > 0 || self.is_named(row) {
                        return conflict("what is due does not go");
                    }
                }
            }
        }
        self.doomed.insert(doomed.establishment.clone(), doomed);
        Ok(())
    }

    fn is_named(&self, row: &Old) -> bool {
        self.doomed.values().any(|doomed| doomed.rows.contains(row))
    }

    pub(crate) fn is_doomed(&self, id: &InterventionId) -> bool {
        let mut rows = self.doomed.values().flat_map(|doomed| &doomed.rows);
        rows.any(|row| matches!(row, Old::Intervention { id: named, .. } if named == id))
    }

    /// Removes what was named under this root, and nothing else.
    pub(crate) fn remove(&mut self, removal: &Removal) {
        let Some(doomed) = self
            .doomed
            .get(&removal.establishment)
            .filter(|doomed| removal.rows == Some(doomed.root))
            .cloned()
        else {
            return;
        };
        for row in doomed.rows {
            match row {
                Old::Fact { kind, establishment, name, version } => {
                    for (line, versions) in &mut self.facts.0 {
                        if line.kind() == kind
                            && line.establishment() == establishment.as_ref()
                            && line.label() == name
                        {
                            versions.retain(|one| one.number != version);
                        }
                    }
                }
                Old::Intervention { id, .. } => {
                    self.sessions.retain(|_, one| one.row.intervention != id);
                    self.interventions.remove(&id);
                    self.hands.remove(&id);
                }
            }
        }
        self.facts.0.retain(|_, versions| !versions.is_empty());
        self.doomed.remove(&removal.establishment);
    }
}

/// What the database keeps of a fact.
fn text(put: &Put) -> String {
    let text = match put {
        Put::Establishment(value) => serde_json::to_string(value),
        Put::Provider(value) => serde_json::to_string(value),
        Put::Person(value) => serde_json::to_string(value),
        Put::Engagement(value) => serde_json::to_string(value),
        Put::Contract(value) => serde_json::to_string(value),
        Put::Service(value) => serde_json::to_string(value),
        Put::Equipment(value) => serde_json::to_string(value),
        Put::Treatment { value, .. } => serde_json::to_string(value),
        Put::Transition { value, .. } => serde_json::to_string(value),
        Put::Direct { value, .. } => serde_json::to_string(value),
        Put::Suspension { value, .. } => serde_json::to_string(value),
        Put::Vouching { keys, .. } => serde_json::to_string(keys),
        Put::Signature { signature, signed, .. } => serde_json::to_string(&(signature, signed)),
        Put::Disclosure { value, .. } => serde_json::to_string(value),
        Put::Enrolment { number, .. } => serde_json::to_string(number),
        Put::AccountTag { tag, .. } => serde_json::to_string(tag),
        Put::Rotation { value, .. } => serde_json::to_string(value),
        Put::Standing { value, .. } => serde_json::to_string(value),
        Put::Hold { value, .. } => serde_json::to_string(value),
        Put::Filed { value, .. } => serde_json::to_string(value),
        Put::Witness { value, .. } => serde_json::to_string(value),
        Put::Notice { value, .. } => serde_json::to_string(value),
        Put::FilterCheck { value, .. } => serde_json::to_string(value),
        Put::AccountsReview { value, .. } => serde_json::to_string(value),
        Put::Seen { value, .. } => serde_json::to_string(value),
        Put::Purged { value, .. } => serde_json::to_string(value),
        Put::Token(value) => serde_json::to_string(value),
        Put::Intervention { .. } | Put::End(_) | Put::Doomed(_) => Ok(String::new()),
    };
    text.unwrap()
}
