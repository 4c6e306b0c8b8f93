//! Kept documents in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use domain::PaperId;
use gate::ports::{Boxed, Kept, Papers, PortError};
use gate::{Logged, Removal};
use vocab::{EstablishmentId, Secret};

use crate::{Step, Troubles, lock};

type Place = (EstablishmentId, PaperId);

struct Sheet {
    settled: bool,
    key: Vec<u8>,
    bytes: Vec<u8>,
}

/// A cabinet: what is in it lies there as it was put.
pub struct Cabinet {
    sheets: Mutex<BTreeMap<Place, Sheet>>,
    troubles: Arc<Troubles>,
}

impl Cabinet {
    /// Empty, with these troubles.
    pub fn new(troubles: Arc<Troubles>) -> Self {
        Self { sheets: Mutex::default(), troubles }
    }

    /// Every document that lies there, whoever's, and whether it is settled.
    pub fn there(&self) -> Vec<(EstablishmentId, PaperId, bool)> {
        lock(&self.sheets)
            .iter()
            .map(|((whose, place), sheet)| (whose.clone(), *place, sheet.settled))
            .collect()
    }

    /// Somebody changes the bytes of one.
    pub fn alter(&self, place: PaperId) {
        for ((_, there), sheet) in lock(&self.sheets).iter_mut() {
            if *there == place {
                sheet.bytes.push(0);
            }
        }
    }

    fn with<T>(
        &self,
        step: Step,
        work: impl FnOnce(&mut BTreeMap<Place, Sheet>) -> Result<T, PortError> + Send + 'static,
    ) -> Boxed<'_, Result<T, PortError>>
    where
        T: Send + 'static,
    {
        Box::pin(self.troubles.around(step, move || work(&mut lock(&self.sheets))))
    }
}

fn missing() -> PortError {
    PortError::Missing("the file of a document".to_owned())
}

impl Papers for Cabinet {
    fn keep(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
        key: Secret,
        bytes: Arc<Vec<u8>>,
    ) -> Boxed<'_, Result<(), PortError>> {
        let whose = (establishment.clone(), place);
        self.with(Step::KeepPaper, move |sheets| {
            if sheets.contains_key(&whose) {
                return Err(PortError::Failed("a document: it is there".to_owned()));
            }
            let sheet = Sheet { settled: false, key: key.expose().to_vec(), bytes: bytes.to_vec() };
            sheets.insert(whose, sheet);
            Ok(())
        })
    }

    fn settle(&self, establishment: &EstablishmentId, place: PaperId) -> Boxed<'_, Result<(), PortError>> {
        let whose = (establishment.clone(), place);
        self.with(Step::SettlePaper, move |sheets| {
            sheets.get_mut(&whose).ok_or_else(missing)?.settled = true;
            Ok(())
        })
    }

    fn discard(&self, establishment: &EstablishmentId, place: PaperId) -> Boxed<'_, Result<(), PortError>> {
        let whose = (establishment.clone(), place);
        self.with(Step::DiscardPaper, move |sheets| {
            sheets.retain(|there, sheet| *there != whose || sheet.settled);
            Ok(())
        })
    }

    fn read(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
        key: Secret,
    ) -> Boxed<'_, Result<Vec<u8>, PortError>> {
        let whose = (establishment.clone(), place);
        self.with(Step::ReadPaper, move |sheets| {
            let sheet = sheets.get(&whose).ok_or_else(missing)?;
            if sheet.key != key.expose() {
                return Err(PortError::Failed("a document: it is not what was written".to_owned()));
            }
            Ok(sheet.bytes.clone())
        })
    }

    fn all(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<Kept>, PortError>> {
        let establishment = establishment.clone();
        self.with(Step::ListPapers, move |sheets| {
            let own = sheets.iter().filter(|((whose, _), _)| *whose == establishment);
            Ok(own.map(|((_, place), sheet)| Kept { place: *place, settled: sheet.settled }).collect())
        })
    }

    fn purge(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let Removal { establishment, documents, .. } = removal.value().clone();
        self.with(Step::PurgePapers, move |sheets| {
            sheets.retain(|(whose, place), _| *whose != establishment || !documents.contains(place));
            Ok(())
        })
    }
}
