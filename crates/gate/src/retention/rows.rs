//! Facts and interventions that are past their term: closed versions and what is settled, so many days after the contract that
//! they belong to ended (decision 0037).

use std::collections::{BTreeMap, BTreeSet};

use domain::{About, Hold, Intervention, State};
use events::{FactsPurged, Tally};
use vocab::{EstablishmentId, InterventionId, Timestamp};

use super::belongs::{Belongs, Subject, decoded};
use super::{Round, Terms};
use crate::acts::Act;
use crate::ports::{Doomed, FactKind, Old, PortError, Put, Record, RecordKind, Wanted, Within};
use crate::{Logged, Removal};

/// Rows under one certificate: 1,024 × 2 KiB are read and hashed at once.
const ROWS: usize = 1_024;

/// Kinds whose names others use: what stands may need their last version.
const NAMED: [FactKind; 5] =
    [FactKind::Person, FactKind::Provider, FactKind::Contract, FactKind::Service, FactKind::Equipment];

/// One row that may go, with all that goes with it.
pub(super) struct Going {
    row: Old,
    /// The row itself, or each version of an intervention and each of its sessions.
    records: Vec<Record>,
    /// When the last of it was over.
    over: Timestamp,
}

/// What a hold keeps.
enum Kept {
    All,
    /// Whatever names this.
    Naming(String),
    /// An intervention, with what its contracts are about and whom it names.
    Intervention(InterventionId, String, BTreeSet<(EstablishmentId, String)>),
}

/// What is looked at before anything is found old.
struct Look {
    belongs: Belongs,
    held: Vec<Kept>,
    /// Hashes of documents that are kept.
    filed: Vec<String>,
    /// Recordings that are there, by their sessions.
    recorded: BTreeSet<String>,
}

impl Round<'_> {
    /// Removes what is due, each batch under its certificate; how many rows. Interventions first: what they name may go after
    /// them.
    pub(super) async fn rows(&self) -> Result<u64, PortError> {
        let mut look = None;
        let mut gone = self.let_go(self.interventions_due(&mut look).await?, self.terms.facts).await?;
        for kind in FactKind::ALL {
            let due = self.facts_due(*kind, &mut look).await?;
            gone = gone.saturating_add(self.let_go(due, self.term_of(*kind)).await?);
        }
        Ok(gone)
    }

    /// How many rows would go now, the interventions being there still.
    pub(super) async fn rows_due(&self) -> Result<u64, PortError> {
        let mut look = None;
        let mut due = self.interventions_due(&mut look).await?.len();
        for kind in FactKind::ALL {
            due = due.saturating_add(self.facts_due(*kind, &mut look).await?.len());
        }
        Ok(due as u64)
    }

    async fn let_go(&self, due: Vec<Going>, days: u32) -> Result<u64, PortError> {
        for batch in due.chunks(ROWS) {
            self.certify_rows(batch, days).await?;
        }
        Ok(due.len() as u64)
    }

    async fn interventions_due(&self, look: &mut Option<Look>) -> Result<Vec<Going>, PortError> {
        let settled = self.settled().await?;
        if settled.is_empty() {
            return Ok(Vec::new());
        }
        let (look, mut due) = (self.look_around(look).await?, Vec::new());
        for (intervention, last) in settled {
            due.extend(self.intervention_due(look, intervention, last).await?);
        }
        Ok(due)
    }

    async fn facts_due(&self, kind: FactKind, look: &mut Option<Look>) -> Result<Vec<Going>, PortError> {
        let closed = self.closed(kind).await?;
        if closed.is_empty() {
            return Ok(Vec::new());
        }
        let (look, mut due) = (self.look_around(look).await?, Vec::new());
        for record in closed {
            if self.fact_is_due(look, &record).await? {
                due.extend(going(record));
            }
        }
        Ok(due)
    }

    /// Interventions of which nothing is due any more, each with the moment of its last version: settled and reviewed, or never
    /// begun.
    async fn settled(&self) -> Result<Vec<(Intervention, Record)>, PortError> {
        let states = [State::Closed, State::Refused, State::Withdrawn, State::Requested, State::Approved];
        let mut found = Vec::new();
        for one in self.gate.store.interventions(&self.establishment, &states).await? {
            // Most are young: they are not asked about one by one.
            if one.is_owed() || !one.is_reviewed() || !self.old(one.requested_at, self.terms.facts) {
                continue;
            }
            let last =
                self.records(RecordKind::Intervention, self.own(), Some(one.id.as_str()), None).await?.pop();
            found.extend(last.filter(|last| self.old(last.from, self.terms.facts)).map(|last| (one, last)));
        }
        Ok(found)
    }

    /// Versions of facts that were closed longer ago than the term: the establishment's, and at the home establishment those of
    /// the deployment.
    async fn closed(&self, kind: FactKind) -> Result<Vec<Record>, PortError> {
        let within = match kind.is_common() {
            true if !self.is_home() => return Ok(Vec::new()),
            true => Within::Deployment,
            false => self.own(),
        };
        let before = self.now.before(domain::days(self.term_of(kind)));
        self.records(RecordKind::Fact(kind), within, None, Some(before)).await
    }

    fn own(&self) -> Within {
        Within::One(self.establishment.clone())
    }

    fn is_home(&self) -> bool {
        self.establishment == self.gate.home
    }

    fn term_of(&self, kind: FactKind) -> u32 {
        let Terms { facts, common, .. } = &self.terms;
        // When a contract ended, and whom it was about, is asked for people and providers of all establishments.
        let asked = matches!(kind, FactKind::Contract | FactKind::Service);
        if kind.is_common() || asked { *common } else { *facts }
    }

    async fn records(
        &self,
        kind: RecordKind,
        within: Within,
        name: Option<&str>,
        closed_before: Option<Timestamp>,
    ) -> Result<Vec<Record>, PortError> {
        let wanted = Wanted { kind, within, name: name.map(ToOwned::to_owned), closed_before };
        self.gate.store.records(wanted).await
    }

    /// Looked at once a round: nothing that goes meanwhile makes anything older.
    async fn look_around<'a>(&self, look: &'a mut Option<Look>) -> Result<&'a Look, PortError> {
        let seen = match look.take() {
            Some(seen) => seen,
            None => self.seen().await?,
        };
        Ok(look.insert(seen))
    }

    async fn seen(&self) -> Result<Look, PortError> {
        let belongs = Belongs::read(&*self.gate.store).await?;
        // What belongs to the deployment is held by any establishment's hold, of one that is described no more as well.
        let within = if self.is_home() { Within::Everywhere } else { self.own() };
        let (mut held, mut filed) = (Vec::new(), Vec::new());
        for hold in self.standing(FactKind::Hold, within.clone()).await? {
            let hold: Hold = decoded(&hold)?;
            held.extend(self.kept_by(&hold.about, &belongs).await?);
        }
        for paper in self.standing(FactKind::Filed, within).await? {
            filed.push(paper.name);
        }
        let there = self.gate.recordings.containers(&self.establishment).await?;
        let recorded = there.into_iter().filter_map(|one| Some(one.session?.to_string())).collect();
        Ok(Look { belongs, held, filed, recorded })
    }

    /// What stands of a kind.
    async fn standing(&self, kind: FactKind, within: Within) -> Result<Vec<Record>, PortError> {
        let mut all = self.records(RecordKind::Fact(kind), within, None, None).await?;
        all.retain(|record| record.until.is_none());
        Ok(all)
    }

    async fn kept_by(&self, about: &About, belongs: &Belongs) -> Result<Option<Kept>, PortError> {
        let id = match about {
            About::All => return Ok(Some(Kept::All)),
            About::Person(person) => return Ok(Some(Kept::Naming(person.to_string()))),
            About::Document(sha256) => return Ok(Some(Kept::Naming(sha256.clone()))),
            About::Intervention(id) => id.clone(),
            About::Session(session) => {
                let known = self.gate.store.sessions(vec![*session]).await?;
                let Some(then) = known.into_iter().next() else { return Ok(None) };
                then.row.intervention
            }
        };
        let Some(found) = self.gate.store.intervention(&id).await? else { return Ok(None) };
        let one = found.value;
        let service = Subject::Service(one.establishment.clone(), one.service.to_string());
        let text = serde_json::to_string(&one).map_err(|error| PortError::Failed(error.to_string()))?;
        Ok(Some(Kept::Intervention(id, text, belongs.contracts(&service).cloned().unwrap_or_default())))
    }

    async fn intervention_due(
        &self,
        look: &Look,
        one: Intervention,
        last: Record,
    ) -> Result<Option<Going>, PortError> {
        let subject = Subject::Service(one.establishment.clone(), one.service.to_string());
        let over = look.belongs.over(&subject, last.from);
        if over > self.now || !self.old(over, self.terms.facts) {
            return Ok(None);
        }
        let id = one.id;
        let sessions = self.records(RecordKind::Session, self.own(), Some(id.as_str()), None).await?;
        let is_there = |one: &Record| one.until.is_none() || look.recorded.contains(&one.name);
        if sessions.iter().any(is_there) {
            return Ok(None);
        }
        let mut records = self.records(RecordKind::Intervention, self.own(), Some(id.as_str()), None).await?;
        records.extend(sessions);
        let contracts = look.belongs.contracts(&subject);
        let keeps = |kept: &Kept| match kept {
            Kept::Intervention(held, ..) => *held == id,
            other => records.iter().any(|record| keeps(other, record, contracts)),
        };
        if look.held.iter().any(keeps) {
            return Ok(None);
        }
        Ok(Some(Going { row: Old::Intervention { id, version: last.version }, records, over }))
    }

    async fn fact_is_due(&self, look: &Look, record: &Record) -> Result<bool, PortError> {
        let (RecordKind::Fact(kind), Some(until)) = (record.kind, record.until) else { return Ok(false) };
        let subject = Subject::of(kind, record);
        let over = subject.as_ref().map_or(until, |subject| look.belongs.over(subject, until));
        if over > self.now || !self.old(over, self.term_of(kind)) {
            return Ok(false);
        }
        let contracts = subject.as_ref().and_then(|subject| look.belongs.contracts(subject));
        if look.held.iter().any(|kept| keeps(kept, record, contracts))
            || look.filed.iter().any(|sha256| kind != FactKind::Filed && record.body.contains(sha256))
        {
            return Ok(false);
        }
        if !NAMED.contains(&kind) {
            return Ok(true);
        }
        let within = record.establishment.clone().map_or(Within::Deployment, Within::One);
        let line = self.records(record.kind, within, Some(&record.name), None).await?;
        let stands = line.last().is_some_and(|last| last.until.is_none());
        Ok(stands || !self.gate.store.names(record.establishment.as_ref(), &record.name).await?)
    }

    /// Writes the certificate, then removes what it names.
    async fn certify_rows(&self, batch: &[Going], days: u32) -> Result<(), PortError> {
        let (mut tree, mut kinds) = (ledger::Frontier::default(), BTreeMap::<&str, u64>::new());
        for record in batch.iter().flat_map(|one| &one.records) {
            tree.push(ledger::leaf_hash(&record.leaf()));
            *kinds.entry(record.kind.as_str()).or_default() += 1;
        }
        let root = tree.root().0;
        let fact = FactsPurged {
            root,
            records: tree.size(),
            kinds: kinds.into_iter().map(|(kind, entries)| Tally { class: kind.into(), entries }).collect(),
            newest: batch.iter().map(|one| one.over).max().unwrap_or(Timestamp::MIN),
            days: days.into(),
            reason: self.terms.fact_reason.as_deref().filter(|_| days > domain::FACT_DAYS).map(Into::into),
            holds: self.holds.len() as u64,
        };
        let rows = batch.iter().map(|one| one.row.clone()).collect();
        let put = Put::Doomed(Doomed { establishment: self.establishment.clone(), root, rows });
        let (notes, by) = (vec![self.note(fact)], self.hand());
        let act = Act { puts: vec![put], sessions: Vec::new(), notes, at: self.now, by };
        let receipts = self.gate.acts.commit(act).await?;
        let receipt =
            receipts.last().copied().ok_or_else(|| PortError::Failed("no receipt was given".into()))?;
        let removal = Removal { rows: Some(root), ..Removal::of(&self.establishment) };
        self.gate.store.remove(&Logged::new(removal, receipt)).await
    }
}

fn going(record: Record) -> Option<Going> {
    let (RecordKind::Fact(kind), Some(over)) = (record.kind, record.until) else { return None };
    let Record { establishment, name, version, .. } = record.clone();
    Some(Going { row: Old::Fact { kind, establishment, name, version }, records: vec![record], over })
}

/// Whether a hold keeps a record; `contracts`: those that it belongs to.
fn keeps(kept: &Kept, record: &Record, contracts: Option<&BTreeSet<(EstablishmentId, String)>>) -> bool {
    match kept {
        Kept::All => true,
        Kept::Naming(word) => {
            record.name.split('/').next() == Some(word)
                || record.by == *word
                || record.closed_by.as_ref() == Some(word)
                || record.body.contains(&format!("\"{word}\""))
        }
        Kept::Intervention(_, text, of) => {
            let person = Subject::person(record);
            contracts.is_some_and(|contracts| !contracts.is_disjoint(of))
                || person.is_some_and(|person| text.contains(&format!("\"{person}\"")))
        }
    }
}
