//! A vault in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use domain::{Fingerprint, LoginProof, PaperId, SecondFactor};
use gate::ports::{
    Boxed, CodeVerdict, Lent, LentSecret, Pair, PortError, Receipt, RecordingKey, Sheet, Vault,
};
use gate::{Badge, Disclosed, Grant, Logged, PaperRead, Removal};
use vocab::{EquipmentId, EstablishmentId, GateId, PersonId, Secret, Timestamp};

use crate::{Step, Troubles, lock};

/// The one code that is right, for everybody and as often as it is given: that a code is burnt is tested where
/// codes are, in the vault.
pub const CODE: &str = "424242";

/// The authority of the gate, towards technicians.
pub const AUTHORITY: &str = "SHA256:authority";

/// The code of this number on everybody's sheet.
pub fn sheet_code(number: u32) -> String {
    format!("{:08}", 11_111_111_u32.wrapping_mul(number) % 100_000_000)
}

/// Everybody of the site had drawn a sheet before, under his own key.
fn first_proof(person: &PersonId) -> LoginProof {
    LoginProof {
        key: fiction::key_of(person.as_str()),
        second: Some(SecondFactor::Totp),
        enrolment: 0,
        at: fiction::now(),
    }
}

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
    /// While it is changed: whether the fresh one is proved, and the one that is lent second.
    spare: Mutex<Option<(bool, String)>>,
    lent: Mutex<Vec<Lending>>,
    badges: Mutex<Vec<Badge>>,
    /// Printed codes: how their owner had proved who he was, and the numbers that were used.
    sheets: Mutex<BTreeMap<PersonId, (LoginProof, BTreeSet<u32>)>>,
    /// Keys of documents.
    papers: Mutex<BTreeMap<(EstablishmentId, PaperId), u8>>,
    troubles: Arc<Troubles>,
}

impl Safe {
    /// A secret that is a password.
    pub fn new(login: &str, password: &str, troubles: Arc<Troubles>) -> Self {
        let password = Mutex::new(Some(password.to_owned()));
        Self { login: login.to_owned(), key: Mutex::default(), password, ..Self::empty(troubles) }
    }

    /// A secret that is a private key.
    pub fn with_key(login: &str, key: String, troubles: Arc<Troubles>) -> Self {
        let (key, password) = (Mutex::new(Some(key)), Mutex::default());
        Self { login: login.to_owned(), key, password, ..Self::empty(troubles) }
    }

    fn empty(troubles: Arc<Troubles>) -> Self {
        Self {
            login: String::new(),
            key: Mutex::default(),
            password: Mutex::default(),
            spare: Mutex::default(),
            lent: Mutex::default(),
            badges: Mutex::default(),
            sheets: Mutex::default(),
            papers: Mutex::default(),
            troubles,
        }
    }

    /// The certificates that were signed, in order.
    pub fn badges(&self) -> Vec<Badge> {
        lock(&self.badges).clone()
    }

    /// What was lent, in order.
    pub fn lent(&self) -> Vec<Lending> {
        lock(&self.lent).clone()
    }

    /// The password that is lent first, and the one that is lent when that does not open.
    pub fn passwords(&self) -> (Option<String>, Option<String>) {
        (lock(&self.password).clone(), lock(&self.spare).as_ref().map(|(_, spare)| spare.clone()))
    }

    /// Both secrets of a change that was begun, or is from now on.
    fn pair(&self) -> Result<Pair, PortError> {
        let missing = || PortError::Missing("a password".to_owned());
        let lent = lock(&self.password).clone().ok_or_else(missing)?;
        let mut spare = lock(&self.spare);
        let again = spare.is_some();
        let (proved, other) = spare.get_or_insert_with(|| (false, format!("{lent}+"))).clone();
        let (former, fresh) = if proved { (other, lent) } else { (lent, other) };
        let word = |text: String| LentSecret::Password(Secret::new(text.into_bytes()));
        Ok(Pair { login: self.login.clone(), former: word(former), fresh: word(fresh), proved, again })
    }

    fn prove(&self) -> Result<(), PortError> {
        let mut spare = lock(&self.spare);
        match spare.as_mut() {
            Some((proved @ false, other)) => {
                *proved = true;
                if let Some(lent) = lock(&self.password).as_mut() {
                    std::mem::swap(lent, other);
                }
                Ok(())
            }
            _ => Err(PortError::Conflict("no secret is to be proved".to_owned())),
        }
    }

    fn forget(&self) -> Result<String, PortError> {
        let mut spare = lock(&self.spare);
        if !spare.as_ref().is_some_and(|(proved, _)| *proved) {
            return Err(PortError::Conflict("no secret is to be forgotten".to_owned()));
        }
        *spare = None;
        Ok(format!("tag of {}", lock(&self.password).as_deref().unwrap_or_default()))
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
        let session = matches!(grant.value(), Grant::Session(_));
        let lending = Lending { equipment: grant.value().equipment().clone(), receipt: grant.receipt() };
        Box::pin(self.troubles.around(Step::Lend, move || {
            if !session {
                return Err(PortError::Conflict("this grant is for a rotation".to_owned()));
            }
            let secret = self.secret()?;
            lock(&self.lent).push(lending);
            let spare = lock(&self.spare).clone();
            let spare = spare.map(|(_, spare)| LentSecret::Password(Secret::new(spare.into_bytes())));
            Ok(Lent { login: self.login.clone(), secret, spare })
        }))
    }

    fn begin_rotation(&self, grant: &Logged<Grant>) -> Boxed<'_, Result<Pair, PortError>> {
        let ours = matches!(grant.value(), Grant::Rotation(_));
        Box::pin(self.troubles.around(Step::BeginRotation, move || {
            if ours {
                self.pair()
            } else {
                Err(PortError::Conflict("this grant is for a session".to_owned()))
            }
        }))
    }

    fn prove_rotation(&self, _: &Logged<Grant>) -> Boxed<'_, Result<(), PortError>> {
        Box::pin(self.troubles.around(Step::ProveRotation, || self.prove()))
    }

    fn end_rotation(&self, _: &Logged<Grant>) -> Boxed<'_, Result<String, PortError>> {
        Box::pin(self.troubles.around(Step::EndRotation, || self.forget()))
    }

    fn disclose(&self, _: &Logged<Disclosed>) -> Boxed<'_, Result<Vec<Secret>, PortError>> {
        Box::pin(self.troubles.around(Step::Disclose, || {
            let (first, second) = self.passwords();
            let first = first.ok_or_else(|| PortError::Conflict("no password".to_owned()))?;
            Ok([Some(first), second].into_iter().flatten().map(|one| Secret::new(one.into_bytes())).collect())
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

    fn draw_sheet(&self, person: &PersonId, proof: &LoginProof) -> Boxed<'_, Result<Vec<Secret>, PortError>> {
        let (person, proof) = (person.clone(), proof.clone());
        Box::pin(self.troubles.around(Step::DrawSheet, move || {
            let codes = (1..=gate::SHEET_CODES).map(|number| Secret::new(sheet_code(number).into_bytes()));
            lock(&self.sheets).insert(person, (proof, BTreeSet::new()));
            Ok(codes.collect())
        }))
    }

    fn sheet(&self, person: &PersonId) -> Boxed<'_, Result<Option<Sheet>, PortError>> {
        let person = person.clone();
        Box::pin(self.troubles.around(Step::ReadSheet, move || {
            let mut sheets = lock(&self.sheets);
            let (proof, used) =
                sheets.entry(person.clone()).or_insert_with(|| (first_proof(&person), BTreeSet::new()));
            let next = (1..=gate::SHEET_CODES).find(|number| !used.contains(number));
            Ok(Some(Sheet { proof: proof.clone(), next }))
        }))
    }

    fn check_sheet(
        &self,
        person: &PersonId,
        number: u32,
        code: &str,
    ) -> Boxed<'_, Result<CodeVerdict, PortError>> {
        let (person, code) = (person.clone(), code.to_owned());
        Box::pin(self.troubles.around(Step::CheckSheet, move || {
            let mut sheets = lock(&self.sheets);
            let right = code == sheet_code(number) && (1..=gate::SHEET_CODES).contains(&number);
            let burnt = sheets.get_mut(&person).is_some_and(|(_, used)| right && used.insert(number));
            Ok(if burnt { CodeVerdict::Right } else { CodeVerdict::Wrong })
        }))
    }

    fn certify(&self, badge: &Logged<Badge>, _: Timestamp) -> Boxed<'_, Result<String, PortError>> {
        let (badge, receipt) = (badge.value().clone(), badge.receipt());
        Box::pin(self.troubles.around(Step::Certify, move || {
            let line = format!("certificate {} {}", badge.person, receipt.index);
            lock(&self.badges).push(badge);
            Ok(line)
        }))
    }

    fn host_authority(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<String, PortError>> {
        let line = format!("ssh-ed25519 AAAA{establishment}");
        Box::pin(self.troubles.around(Step::Certify, move || Ok(line)))
    }

    fn certify_host(
        &self,
        establishment: &EstablishmentId,
        names: &[String],
        _: &str,
        _: Timestamp,
    ) -> Boxed<'_, Result<String, PortError>> {
        let line = format!("certificate of {establishment} for {}", names.join(" "));
        Box::pin(self.troubles.around(Step::Certify, move || Ok(line)))
    }

    fn badge_authority(&self, _: &GateId) -> Boxed<'_, Result<Option<Fingerprint>, PortError>> {
        let authority = Fingerprint(AUTHORITY.to_owned());
        Box::pin(self.troubles.around(Step::Certify, move || Ok(Some(authority))))
    }

    fn recording_key(&self, _: &EstablishmentId) -> Result<RecordingKey, PortError> {
        self.troubles.at_once(Step::MakeRecordingKey, || {
            Ok(RecordingKey { key: Secret::new(vec![1; 32]), recipients: Vec::new() })
        })
    }

    fn paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Boxed<'_, Result<Secret, PortError>> {
        let whose = (establishment.clone(), place);
        let work = move || {
            let mut papers = lock(&self.papers);
            let key = u8::try_from(papers.len() % 251).unwrap_or(0);
            if papers.contains_key(&whose) {
                return Err(PortError::Conflict(format!("the key of {place}")));
            }
            papers.insert(whose, key);
            Ok(Secret::new(vec![key; 32]))
        };
        Box::pin(self.troubles.around(Step::DrawPaperKey, work))
    }

    fn open_paper(&self, read: &Logged<PaperRead>) -> Boxed<'_, Result<Secret, PortError>> {
        let whose = (read.value().establishment.clone(), read.value().place);
        let work = move || {
            let missing = || PortError::Missing(format!("the key of {}", whose.1));
            lock(&self.papers).get(&whose).map(|key| Secret::new(vec![*key; 32])).ok_or_else(missing)
        };
        Box::pin(self.troubles.around(Step::OpenPaper, work))
    }

    fn paper_keys(&self, establishment: &EstablishmentId) -> Boxed<'_, Result<Vec<PaperId>, PortError>> {
        let establishment = establishment.clone();
        let work = move || {
            let papers = lock(&self.papers);
            Ok(papers.keys().filter(|(whose, _)| *whose == establishment).map(|(_, place)| *place).collect())
        };
        Box::pin(self.troubles.around(Step::ListPaperKeys, work))
    }

    fn discard_paper_key(
        &self,
        establishment: &EstablishmentId,
        place: PaperId,
    ) -> Boxed<'_, Result<(), PortError>> {
        let whose = (establishment.clone(), place);
        let work = move || {
            lock(&self.papers).remove(&whose);
            Ok(())
        };
        Box::pin(self.troubles.around(Step::DiscardPaperKey, work))
    }

    fn forget_papers(&self, removal: &Logged<Removal>) -> Boxed<'_, Result<(), PortError>> {
        let Removal { establishment, documents, .. } = removal.value().clone();
        let work = move || {
            let mut papers = lock(&self.papers);
            documents.iter().for_each(|place| {
                papers.remove(&(establishment.clone(), *place));
            });
            Ok(())
        };
        Box::pin(self.troubles.around(Step::ForgetPapers, work))
    }
}
