//! A vault in memory.

use std::sync::{Arc, Mutex};

use gate::ports::{Boxed, CodeVerdict, Lent, LentSecret, PortError, Receipt, RecordingKey, Vault};
use gate::{Grant, Logged};
use vocab::{EquipmentId, EstablishmentId, PersonId, Secret, Timestamp};

use crate::{Step, Troubles, lock};

/// The one code that is right, for everybody and as often as it is given: that a code is burnt is tested where
/// codes are, in the vault.
pub const CODE: &str = "424242";

/// A secret that was lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lending {
    /// For which equipment.
    pub equipment: EquipmentId,
    /// On which receipt.
    pub receipt: Receipt,
}

/// One secret, lent for every equipment.
pub struct Safe {
    /// The login on the equipment.
    pub login: String,
    /// A private key, lent when there is no password.
    pub key: Mutex<Option<String>>,
    /// A password.
    pub password: Mutex<Option<String>>,
    lent: Mutex<Vec<Lending>>,
    troubles: Arc<Troubles>,
}

impl Safe {
    /// A secret that is a password.
    pub fn new(login: &str, password: &str, troubles: Arc<Troubles>) -> Self {
        let password = Mutex::new(Some(password.to_owned()));
        Self { login: login.to_owned(), key: Mutex::default(), password, lent: Mutex::default(), troubles }
    }

    /// A secret that is a private key.
    pub fn with_key(login: &str, key: String, troubles: Arc<Troubles>) -> Self {
        let (key, password) = (Mutex::new(Some(key)), Mutex::default());
        Self { login: login.to_owned(), key, password, lent: Mutex::default(), troubles }
    }

    /// What was lent, in order.
    pub fn lent(&self) -> Vec<Lending> {
        lock(&self.lent).clone()
    }

    fn secret(&self) -> Result<LentSecret, PortError> {
        let bytes = |text: &String| Secret::new(text.clone().into_bytes());
        match (&*lock(&self.key), &*lock(&self.password)) {
            (_, Some(password)) => Ok(LentSecret::Password(bytes(password))),
            (Some(key), None) => Ok(LentSecret::Key(bytes(key))),
            (None, None) => Err(PortError::Missing("a secret".to_owned())),
        }
    }
}

impl Vault for Safe {
    fn lend(&self, grant: &Logged<Grant>, _: Timestamp) -> Boxed<'_, Result<Lent, PortError>> {
        let Grant::Session(permit) = grant.value();
        let lending = Lending { equipment: permit.equipment().clone(), receipt: grant.receipt() };
        Box::pin(self.troubles.around(Step::Lend, move || {
            let secret = self.secret()?;
            lock(&self.lent).push(lending);
            Ok(Lent { login: self.login.clone(), secret })
        }))
    }

    fn check_code(
        &self,
        _: &PersonId,
        code: &str,
        _: Timestamp,
    ) -> Boxed<'_, Result<CodeVerdict, PortError>> {
        let verdict = if code == CODE { CodeVerdict::Right } else { CodeVerdict::Wrong };
        Box::pin(self.troubles.around(Step::CheckCode, move || Ok(verdict)))
    }

    fn recording_key(&self, _: &EstablishmentId) -> Result<RecordingKey, PortError> {
        self.troubles.at_once(Step::MakeRecordingKey, || {
            Ok(RecordingKey { key: Secret::new(vec![1; 32]), recipients: Vec::new() })
        })
    }

    fn account_tag(
        &self,
        _: &EstablishmentId,
        _: &EquipmentId,
    ) -> Boxed<'_, Result<Option<String>, PortError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
