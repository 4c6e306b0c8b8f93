//! The vault as the gate sees it.

use crate::accounts::{NewSecret, full_name};
use crate::certificate::{Issued, Purpose};
use crate::master::random;
use crate::rotation::{self, Change};
use crate::{Error, Vault};
use domain::{Fingerprint, LoginProof, PaperId, SecretKind};
use gate::ports::{Boxed, CodeVerdict, Entropy, Lent, LentSecret, Pair, PortError, RecordingKey, Sheet};
use gate::{Badge, Disclosed, Grant, Logged, PaperRead, Removal};
use vocab::{EstablishmentId, GateId, PersonId, Right, Secret, Timestamp};

impl gate::ports::Vault for Vault {
    fn lend(&self, grant: &Logged<Grant>, now: Timestamp) -> Boxed<'_, Result<Lent, PortError>> {
        let Grant::Session(permit) = grant.value() else { return Box::pin(async { Err(other_ground()) }) };
        let (establishment, equipment) = (permit.establishment().clone(), permit.equipment().clone());
        let (login, kind, name) =
            (permit.login().to_owned(), permit.secret_kind(), full_name(&establishment, &equipment));
        let (terms, index) = (permit.terms(), grant.receipt().index);
        let purpose = Purpose {
            principal: name.clone(),
            key_id: format!("poterne {establishment} {index}"),
            serial: index,
            until: terms.ends_at,
            // A command may be given a terminal, too.
            terminal: terms.rights.has(Right::Shell) || terms.rights.has(Right::Exec),
        };
        self.off_thread(move |vault| {
            let account = vault.read_account(&establishment, &equipment)?;
            if account.login != login {
                return Err(Error::OtherLogin { owner: name });
            }
            let spare = account.other.map(|other| rotation::of(other.secret)).transpose()?;
            let secret = match (account.secret, kind) {
                (NewSecret::Password(secret), SecretKind::Password) => LentSecret::Password(secret),
                (NewSecret::Key(secret), SecretKind::Key) => LentSecret::Key(secret),
                (NewSecret::Certificate, SecretKind::Certificate) => {
                    let Issued { key, line } = vault.issue(&establishment, &purpose, now)?;
                    LentSecret::Certificate { key, certificate: line }
                }
                _ => return Err(Error::OtherForm { owner: name }),
            };
            Ok(Lent { login: account.login, secret, spare })
        })
    }

    fn begin_rotation(&self, grant: &Logged<Grant>) -> Boxed<'_, Result<Pair, PortError>> {
        self.change(grant, |change| change.begin())
    }

    fn prove_rotation(&self, grant: &Logged<Grant>) -> Boxed<'_, Result<(), PortError>> {
        self.change(grant, |change| change.prove())
    }

    fn end_rotation(&self, grant: &Logged<Grant>) -> Boxed<'_, Result<String, PortError>> {
        self.change(grant, |change| change.end())
    }

    fn disclose(&self, disclosed: &Logged<Disclosed>) -> Boxed<'_, Result<Vec<Secret>, PortError>> {
        let Disclosed { establishment, equipment, login } = disclosed.value().clone();
        self.off_thread(move |vault| {
            let account = vault.read_account(&establishment, &equipment)?;
            let owner = full_name(&establishment, &equipment);
            if account.login != login {
                return Err(Error::OtherLogin { owner });
            }
            let both = std::iter::once(account.secret).chain(account.other.map(|other| other.secret));
            let password = |secret| match secret {
                NewSecret::Password(secret) => Ok(secret),
                NewSecret::Key(_) | NewSecret::Certificate => {
                    Err(Error::Invalid("what is no password opens no console"))
                }
            };
            both.map(password).collect()
        })
    }

    fn check_code(
        &self,
        person: &PersonId,
        code: &str,
        now: Timestamp,
    ) -> Boxed<'_, Result<CodeVerdict, PortError>> {
        let (person, code) = (person.clone(), zeroize::Zeroizing::new(code.to_owned()));
        self.off_thread(move |vault| {
            let right = vault.burn_code(&person, &code, now)?;
            Ok(if right { CodeVerdict::Right } else { CodeVerdict::Wrong })
        })
    }

    fn draw_sheet(&self, person: &PersonId, proof: &LoginProof) -> Boxed<'_, Result<Vec<Secret>, PortError>> {
        let (person, proof) = (person.clone(), proof.clone());
        self.off_thread(move |vault| vault.draw_sheet(&person, &proof))
    }

    fn sheet(&self, person: &PersonId) -> Boxed<'_, Result<Option<Sheet>, PortError>> {
        let person = person.clone();
        self.off_thread(move |vault| vault.sheet(&person))
    }

    fn check_sheet(
        &self,
        person: &PersonId,
        number: u32,
        code: &str,
    ) -> Boxed<'_, Result<CodeVerdict, PortError>> {
        let (person, code) = (person.clone(), zeroize::Zeroizing::new(code.to_owned()));
        self.off_thread(move |vault| {
            let right = vault.burn_sheet_code(&person, number, &code)?;
            Ok(if right { CodeVerdict::Right } else { CodeVerdict::Wrong })
        })
    }

    fn certify(&self, badge: &Logged<Badge>, now: Timestamp) -> Boxed<'_, Result<String, PortError>> {
        let (badge, serial) = (badge.value().clone(), badge.receipt().index);
        self.off_thread(move |vault| vault.certify(&badge, serial, now))
    }

    fn host_authority(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<String, PortError>> {
        let establishment = establishment.clone();
        self.off_thread(move |vault| vault.host_authority(&establishment))
    }

    fn certify_host(
        &self,
        establishment: &EstablishmentId,
        names: &[String],
        key: &str,
        now: Timestamp,
    ) -> Boxed<'_, Result<String, PortError>> {
        let (establishment, names, key) = (establishment.clone(), names.to_vec(), key.to_owned());
        self.off_thread(move |vault| vault.certify_host(&establishment, &names, &key, now))
    }

    fn badge_authority(&self, gate: &GateId) -> Boxed<'_, Result<Option<Fingerprint>, PortError>> {
        let gate = gate.clone();
        self.off_thread(move |vault| vault.badge_authority(gate.as_str()))
    }

    fn recording_key(&self, establishment: &EstablishmentId) -> Result<RecordingKey, PortError> {
        let (key, recipients) = self.draw_recording_key(establishment)?;
        Ok(RecordingKey { key, recipients })
    }

    fn paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Boxed<'_, Result<Secret, PortError>> {
        let establishment = establishment.clone();
        self.off_thread(move |vault| vault.draw_paper_key(&establishment, place))
    }

    fn open_paper(&self, read: &Logged<PaperRead>) -> Boxed<'_, Result<Secret, PortError>> {
        let PaperRead { establishment, place } = read.value().clone();
        self.off_thread(move |vault| vault.read_paper_key(&establishment, place))
    }

    fn paper_keys(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<PaperId>, PortError>> {
        let establishment = establishment.clone();
        self.off_thread(move |vault| vault.list_paper_keys(&establishment))
    }

    fn discard_paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Boxed<'_, Result<(), PortError>> {
        let establishment = establishment.clone();
        self.off_thread(move |vault| vault.remove_paper_key(&establishment, place))
    }

    fn forget_papers(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let Removal { establishment, documents, .. } = removal.value().clone();
        self.off_thread(move |vault| {
            documents.iter().try_for_each(|place| vault.remove_paper_key(&establishment, *place))
        })
    }
}

/// A grant opens what it was written down for, and nothing else.
fn other_ground() -> PortError {
    PortError::Failed("this grant was written down for something else".to_owned())
}

impl Vault {
    /// One step of a change, for the account that the grant names.
    fn change<T: Send + 'static>(
        &self,
        grant: &Logged<Grant>,
        step: impl FnOnce(Change<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Boxed<'_, Result<T, PortError>> {
        let grant = grant.value();
        if !matches!(grant, Grant::Rotation(_)) {
            return Box::pin(async { Err(other_ground()) });
        }
        let (establishment, equipment) = (grant.establishment().clone(), grant.equipment().clone());
        let login = grant.login().to_owned();
        self.off_thread(move |vault| {
            step(Change { vault, establishment: &establishment, equipment: &equipment, login: &login })
        })
    }

    /// Runs what waits for the disk where it holds nobody up.
    fn off_thread<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Boxed<'_, Result<T, PortError>> {
        let vault = self.clone();
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || act(&vault)).await;
            Ok(done.map_err(|_| PortError::Failed("the vault stopped".to_owned()))??)
        })
    }
}

impl From<Error> for PortError {
    fn from(error: Error) -> Self {
        let says = error.to_string();
        match error {
            Error::Missing { .. } => Self::Missing(says),
            Error::Exists { .. }
            | Error::Shared { .. }
            | Error::StoredAnew { .. }
            | Error::InUse(_)
            | Error::Invalid(_) => Self::Conflict(says),
            // Trying again would open one session after another: it is the description or the vault to change.
            Error::OtherLogin { .. }
            | Error::OtherForm { .. }
            | Error::Unsafe { .. }
            | Error::OtherKey(_)
            | Error::Altered(_)
            | Error::Disk { .. }
            | Error::Crypto(_) => Self::Failed(says),
        }
    }
}

/// The system's random generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        Ok(random(bytes)?)
    }
}
