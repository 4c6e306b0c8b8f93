//! Documents that are past their term: signed papers five years after nothing names them any more, evidence from outside
//! with the traces of its time.

use domain::{Filed, PAPER_DAYS, Purged};
use events::{DocumentFiled, DocumentPurged};
use vocab::Timestamp;

use super::{BATCH, Round};
use crate::papers::unhex;
use crate::ports::{FactName, PortError, Put};
use crate::scribe::Note;
use crate::{Gate, Logged, Removal};

impl Gate {
    /// Removes the documents of a certificate: the bytes, then their keys.
    pub(super) async fn remove_documents(&self, removal: &Logged<Removal>) -> Result<(), PortError> {
        self.papers.purge(removal).await?;
        self.vault.forget_papers(removal).await
    }
}

impl Round<'_> {
    /// Documents that are past their term and under no hold, each with the term, the oldest first.
    pub(super) async fn documents_due(&self) -> Result<Vec<(Filed, u32)>, PortError> {
        let as_of = self.gate.as_of(self.now);
        let mut due = Vec::new();
        for filed in self.gate.store.filed(&self.establishment, as_of).await? {
            if self.holds.iter().any(|hold| hold.about.covers_document(&filed)) {
                continue;
            }
            let (since, term) = match &filed.covers {
                Some(covers) => (filed.filed_at.max(covers.span.until), self.terms.traces),
                None => (filed.filed_at, PAPER_DAYS),
            };
            // Asked of few: most are young.
            if !self.old(since, term) {
                continue;
            }
            let named = self.gate.store.named_until(&self.establishment, &filed.sha256).await?;
            if named.is_none_or(|named| named != Timestamp::MAX && self.old(named, term)) {
                due.push((filed, term));
            }
        }
        due.sort_by(|(one, _), (other, _)| (one.filed_at, &one.sha256).cmp(&(other.filed_at, &other.sha256)));
        Ok(due)
    }

    /// What says again, in the log that loses the entry, which documents are there still: their papers outlive its term.
    pub(super) async fn filed_still(
        &self,
        said: &[(Timestamp, DocumentFiled)],
    ) -> Result<Vec<Note>, PortError> {
        let there = self.gate.store.filed(&self.establishment, self.gate.as_of(self.now)).await?;
        let still =
            |fact: &DocumentFiled| there.iter().any(|one| one.place.to_string() == fact.place.as_str());
        let again = |(at, fact): &(Timestamp, DocumentFiled)| {
            still(fact).then(|| self.note(DocumentFiled { since: fact.since.or(Some(*at)), ..fact.clone() }))
        };
        Ok(said.iter().filter_map(again).collect())
    }

    /// The certificates and the end of the facts first, then the files.
    pub(super) async fn documents(&self) -> Result<u64, PortError> {
        let due = self.documents_due().await?;
        for batch in due.chunks(BATCH) {
            let note = |(filed, term): &(Filed, u32)| -> Result<Note, PortError> {
                let sha256 = unhex(&filed.sha256)
                    .ok_or_else(|| PortError::Failed(format!("`{}` is no hash", filed.sha256)))?;
                let (bytes, place, filed_at) = (filed.bytes, filed.place.to_string().into(), filed.filed_at);
                let days = (*term).into();
                Ok(self.note(DocumentPurged { sha256, bytes, place, filed: filed_at, days }))
            };
            let notes = batch.iter().map(note).collect::<Result<Vec<_>, _>>()?;
            let end = |(filed, _): &(Filed, u32)| {
                let (establishment, sha256) = (self.establishment.clone(), filed.sha256.clone());
                Put::End(FactName::Filed { establishment, sha256 })
            };
            let documents: Vec<_> = batch.iter().map(|(filed, _)| filed.place).collect();
            let purged = Purged { documents: documents.clone(), ..self.purged().await? };
            let receipt = self.write_with(batch.iter().map(end).collect(), purged, notes).await?;
            let removal = Removal { documents, ..Removal::of(&self.establishment) };
            self.gate.remove_documents(&Logged::new(removal, receipt)).await?;
        }
        Ok(due.len() as u64)
    }
}
