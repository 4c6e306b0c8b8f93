//! The folder of sealed files, and what may be done with it.

use crate::accounts::{Account, NewSecret, Placed, Sharing, full_name};
use crate::certificate::{Authority, Issued, Purpose};
use crate::envelope::{self, Kind, Opened};
use crate::master::{KEY_BYTES, Master, random};
use crate::recipients::RecipientKey;
use crate::{Error, SshKey, codes, disk};
use aws_lc_rs::digest;
use domain::{Fingerprint, PaperId};
use gate::Badge;
use ledger::{Ed25519Signer, MlDsa44Signer};
use lock::Lock;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vocab::{EquipmentId, EstablishmentId, PersonId, Secret, Timestamp};
use zeroize::Zeroizing;

const SEALED: &str = "sealed";
/// The folders of sealed files.
pub(crate) const SEALED_IN: [&str; 5] = ["accounts", "codes", "documents", "keys", "sheets"];
/// What an authenticator application shows as the issuer of a code.
const ISSUER: &str = "poterne";

/// The vault of one gate, held by one process at a time. Cheap to clone.
#[derive(Clone)]
pub struct Vault(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) folder: PathBuf,
    pub(crate) master: Master,
    /// What is known of each account without its secret. Whoever changes an account holds this.
    pub(crate) accounts: Mutex<BTreeMap<(EstablishmentId, EquipmentId), Known>>,
    /// Whoever reads and burns a code, of a telephone or of a sheet, holds this, so that one code never opens twice.
    pub(crate) codes: Mutex<()>,
    faults: Vec<Error>,
    _lock: Lock,
}

/// What signs the checkpoints of one log: both keys, because one is trusted today and the other holds later.
#[derive(Debug)]
pub struct LogSigners {
    /// Type 0x01 of `docs/formats/ledger.md`.
    pub ed25519: Ed25519Signer,
    /// Type 0x06.
    pub ml_dsa_44: MlDsa44Signer,
}

impl LogSigners {
    /// Two seeds of 32 bytes, one after the other.
    fn from_seeds(origin: &str, seeds: &[u8]) -> Result<Self, Error> {
        let damaged = || Error::Invalid("this origin or these seeds cannot sign a log");
        let (first, second) = seeds.split_at_checked(KEY_BYTES).ok_or_else(damaged)?;
        let seed =
            |bytes: &[u8]| bytes.try_into().map(Zeroizing::<[u8; KEY_BYTES]>::new).map_err(|_| damaged());
        let (first, second) = (seed(first)?, seed(second)?);
        Ok(Self {
            ed25519: Ed25519Signer::from_seed(origin, &first).map_err(|_| damaged())?,
            ml_dsa_44: MlDsa44Signer::from_seed(origin, &second).map_err(|_| damaged())?,
        })
    }
}

#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) login: String,
    pub(crate) tag: String,
}

impl Vault {
    /// Draws the key that everything is sealed under and writes its file (mode 0600). It must not exist.
    pub fn create_key(path: &Path) -> Result<(), Error> {
        Master::create(path)
    }

    /// Opens the vault in this folder (made if need be) with the key in this file, and holds it.
    pub fn open(folder: &Path, key_file: &Path) -> Result<Self, Error> {
        let master = Master::read(key_file)?;
        for name in SEALED_IN.iter().chain(&["recipients"]) {
            disk::make_folder(&folder.join(name))?;
        }
        let lock = disk::lock(folder)?;
        let mut inner = Inner {
            folder: folder.to_path_buf(),
            master,
            accounts: Mutex::default(),
            codes: Mutex::default(),
            faults: Vec::new(),
            _lock: lock,
        };
        let (accounts, faults) = inner.read_accounts()?;
        (inner.accounts, inner.faults) = (Mutex::new(accounts), faults);
        Ok(Self(Arc::new(inner)))
    }

    /// What names the key that everything is sealed under, and says nothing of it.
    pub fn key_id(&self) -> String {
        self.0.master.name()
    }

    /// Sealed files that could not be opened at start. Their equipment has no account; the others are not held up.
    pub fn faults(&self) -> &[Error] {
        &self.0.faults
    }

    /// Keeps login and secret of an equipment, in place of what was there.
    pub fn put_account(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        login: &str,
        secret: NewSecret,
        sharing: Sharing,
    ) -> Result<Placed, Error> {
        self.0.put_account(establishment, equipment, &Account::new(login, secret)?, sharing)
    }

    /// Draws an Ed25519 key for an equipment; returns the public line for its `authorized_keys`.
    pub fn create_key_account(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        login: &str,
        sharing: Sharing,
    ) -> Result<(String, Placed), Error> {
        let seed = drawn::<KEY_BYTES>()?;
        let key = SshKey::from_seed(&seed, &format!("poterne:{}", full_name(establishment, equipment)))?;
        let placed =
            self.put_account(establishment, equipment, login, NewSecret::Key(key.private), sharing)?;
        Ok((key.public, placed))
    }

    /// The line for the `TrustedUserCAKeys` of the establishment's equipment. Its authority is drawn with the first
    /// account that is a certificate.
    pub fn authority(&self, establishment: &EstablishmentId) -> Result<String, Error> {
        Ok(self.0.authority(establishment)?.line(&format!("poterne:{establishment}")))
    }

    /// Forgets the account of an equipment. `false`: there was none.
    pub fn remove_account(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
    ) -> Result<bool, Error> {
        let mut accounts = held(&self.0.accounts);
        let removed = disk::remove(&self.0.account_path(establishment, equipment))?;
        accounts.remove(&(establishment.clone(), equipment.clone()));
        Ok(removed)
    }

    /// Keyed hash of an equipment's secret, and its login; `None` when none is kept.
    pub fn account(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
    ) -> Option<(String, String)> {
        let known = held(&self.0.accounts).get(&(establishment.clone(), equipment.clone())).cloned()?;
        Some((known.login, known.tag))
    }

    /// The keyed hash of every equipment's secret.
    pub fn tags(&self) -> Vec<(EstablishmentId, EquipmentId, String)> {
        let accounts = held(&self.0.accounts);
        let tag = |((owner, equipment), known): (&(EstablishmentId, EquipmentId), &Known)| {
            (owner.clone(), equipment.clone(), known.tag.clone())
        };
        accounts.iter().map(tag).collect()
    }

    /// Draws a secret for a person's one-time codes, in place of an earlier one. The link
    /// (`otpauth://totp/…`) is shown to that person once and kept nowhere.
    pub fn enrol_codes(&self, person: &PersonId) -> Result<Secret, Error> {
        let secret = drawn::<{ codes::SECRET_BYTES }>()?;
        self.put_codes(person, &Secret::new(secret.to_vec()))?;
        Ok(Secret::new(codes::link(ISSUER, person.as_str(), secret.as_slice()).as_bytes().to_vec()))
    }

    /// Keeps the secret (16 to 64 bytes) of a token that the person has already.
    pub fn put_codes(&self, person: &PersonId, secret: &Secret) -> Result<(), Error> {
        let _alone = held(&self.0.codes);
        let path = self.0.code_path(person);
        let before = self.0.unseal(Kind::Code, person.as_str(), &path)?;
        let (version, burnt) =
            before.map_or((0, None), |opened| (opened.version, codes::Token::from_bytes(&opened.body)));
        // What was burnt stays burnt, so that keeping the same secret again revives no code.
        let token = codes::Token::new(Zeroizing::new(secret.expose().to_vec()), burnt.as_ref())?;
        self.0.reseal(Kind::Code, person.as_str(), &path, version, &token.to_bytes())
    }

    /// Forgets a person's second factor. `false`: there was none.
    pub fn remove_codes(&self, person: &PersonId) -> Result<bool, Error> {
        let _alone = held(&self.0.codes);
        disk::remove(&self.0.code_path(person))
    }

    /// Who can read the establishment's recordings: the text of a file of recipients, checked, then kept.
    pub fn put_recipients(
        &self,
        establishment: &EstablishmentId,
        text: &str,
    ) -> Result<Vec<RecipientKey>, Error> {
        let keys = RecipientKey::read_all(text)?;
        disk::replace(&self.0.recipients_path(establishment), text.as_bytes())?;
        Ok(keys)
    }

    /// Who can read the establishment's recordings.
    pub fn recipients(&self, establishment: &EstablishmentId) -> Result<Vec<RecipientKey>, Error> {
        let missing = || Error::missing("recipient of recordings", establishment.as_str());
        let bytes = disk::read(&self.0.recipients_path(establishment))?.ok_or_else(missing)?;
        RecipientKey::read_all(
            std::str::from_utf8(&bytes).map_err(|_| Error::Invalid("recipients are text"))?,
        )
    }

    /// Draws the keys of a log; its origin is part of what they are sealed for. They must not exist.
    pub fn create_log_signers(&self, origin: &str) -> Result<LogSigners, Error> {
        let seeds = drawn::<{ 2 * KEY_BYTES }>()?;
        let signers = LogSigners::from_seeds(origin, seeds.as_slice())?;
        self.0.create(Kind::LogKeys, origin, &self.0.log_path(origin), "key", seeds.as_slice())?;
        Ok(signers)
    }

    /// The keys of a log.
    pub fn log_signers(&self, origin: &str) -> Result<LogSigners, Error> {
        let opened = self.0.unseal(Kind::LogKeys, origin, &self.0.log_path(origin))?;
        LogSigners::from_seeds(origin, &opened.ok_or_else(|| Error::missing("key", origin))?.body)
    }

    /// Draws the host key of the door. It must not exist: clients have its fingerprint.
    pub fn create_door_key(&self, gate: &str) -> Result<SshKey, Error> {
        let seed = drawn::<KEY_BYTES>()?;
        self.0.create(Kind::DoorKey, gate, &self.0.door_path(), "host key", seed.as_slice())?;
        SshKey::from_seed(&seed, gate)
    }

    /// The host key of the door.
    pub fn door_key(&self, gate: &str) -> Result<SshKey, Error> {
        let path = self.0.door_path();
        let opened =
            self.0.unseal(Kind::DoorKey, gate, &path)?.ok_or_else(|| Error::missing("host key", gate))?;
        let seed = Zeroizing::new(opened.body.as_slice().try_into().map_err(|_| Error::Altered(path))?);
        SshKey::from_seed(&seed, gate)
    }

    /// Login and secret of an equipment. Only the port calls this, and the port takes a logged grant.
    pub(crate) fn read_account(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
    ) -> Result<Account, Error> {
        let name = full_name(establishment, equipment);
        let path = self.0.account_path(establishment, equipment);
        let opened = self.0.unseal(Kind::Account, &name, &path)?;
        Account::from_bytes(&opened.ok_or_else(|| Error::missing("account", name))?.body)
            .ok_or(Error::Altered(path))
    }

    /// A key for one login, with its certificate. Only the port calls this, as above.
    pub(crate) fn issue(
        &self,
        establishment: &EstablishmentId,
        purpose: &Purpose,
        now: Timestamp,
    ) -> Result<Issued, Error> {
        self.0.authority(establishment)?.issue(purpose, now)
    }

    /// A certificate for a technician's key, by the gate's own authority. Only the port calls this, as above.
    pub(crate) fn certify(&self, badge: &Badge, serial: u64, now: Timestamp) -> Result<String, Error> {
        let gate = badge.gate.as_str();
        let authority = match self.0.technicians(gate)? {
            Some(authority) => authority,
            None => self.0.draw_technicians(gate)?,
        };
        authority.for_technician(badge, serial, now)
    }

    /// The line of the authority that vouches for the establishment's equipment at the door, without a comment; drawn
    /// when there is none.
    pub(crate) fn host_authority(&self, establishment: &EstablishmentId) -> Result<String, Error> {
        Ok(self.0.hosts(establishment)?.line("").trim_end().to_owned())
    }

    /// A certificate for the door's key under these names of an equipment.
    pub(crate) fn certify_host(
        &self,
        establishment: &EstablishmentId,
        names: &[String],
        key: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        self.0.hosts(establishment)?.for_equipment_at_the_door(key, names, now)
    }

    /// The fingerprint of the gate's authority, as OpenSSH prints it; `None` before its first certificate.
    pub(crate) fn badge_authority(&self, gate: &str) -> Result<Option<Fingerprint>, Error> {
        Ok(self.0.technicians(gate)?.map(|authority| authority.fingerprint()))
    }

    /// Whether this is the person's code now. A right one is burnt on the disk before this returns.
    pub(crate) fn burn_code(&self, person: &PersonId, code: &str, now: Timestamp) -> Result<bool, Error> {
        let _alone = held(&self.0.codes);
        let path = self.0.code_path(person);
        let Some(opened) = self.0.unseal(Kind::Code, person.as_str(), &path)? else { return Ok(false) };
        let mut token = codes::Token::from_bytes(&opened.body).ok_or_else(|| Error::Altered(path.clone()))?;
        if !token.accept(code, now) {
            return Ok(false);
        }
        self.0.reseal(Kind::Code, person.as_str(), &path, opened.version, &token.to_bytes())?;
        Ok(true)
    }

    /// A fresh data key, wrapped to everyone who may read the establishment's recordings.
    pub(crate) fn draw_recording_key(
        &self,
        establishment: &EstablishmentId,
    ) -> Result<(Secret, Vec<recording::Recipient>), Error> {
        let key = drawn::<KEY_BYTES>()?;
        let wrap = |recipient: &RecipientKey| {
            let wrapped = recipient.wrap(establishment.as_str(), key.as_slice())?;
            Ok(recording::Recipient { key_id: recipient.id().into_bytes(), wrapped })
        };
        let recipients = self.recipients(establishment)?.iter().map(wrap).collect::<Result<_, Error>>()?;
        Ok((Secret::new(key.to_vec()), recipients))
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({})", self.0.folder.display())
    }
}

type Accounts = BTreeMap<(EstablishmentId, EquipmentId), Known>;

impl Inner {
    fn put_account(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        account: &Account,
        sharing: Sharing,
    ) -> Result<Placed, Error> {
        let name = full_name(establishment, equipment);
        let tag = self.master.tag(establishment.as_str(), &account.unique(&name));
        let mut accounts = held(&self.accounts);
        let others =
            || accounts.iter().filter(|((whose, which), _)| whose == establishment && which != equipment);
        let with = |same: &dyn Fn(&Known) -> bool| -> Vec<EquipmentId> {
            others().filter(|(_, known)| same(known)).map(|((_, which), _)| which.clone()).collect()
        };
        let login_shared_with = with(&|known| known.login == account.login);
        // Keyed hashes, not secrets: an ordinary comparison says nothing.
        let secret_shared_with = with(&|known| known.tag == tag);
        if sharing == Sharing::Refused {
            for (what, shared) in [("secret", &secret_shared_with), ("login", &login_shared_with)] {
                if let Some(other) = shared.first() {
                    return Err(Error::Shared { what, with: full_name(establishment, other) });
                }
            }
        }
        if matches!(account.secret, NewSecret::Certificate) {
            self.draw_authority(establishment)?;
        }
        let path = self.account_path(establishment, equipment);
        disk::make_folder(&self.folder.join("accounts").join(establishment.as_str()))?;
        let opened = self.unseal(Kind::Account, &name, &path)?;
        let before = opened.as_ref().and_then(|opened| Account::from_bytes(&opened.body));
        if let Some(before) = before.filter(|before| before.is_changing_with(account)) {
            let tag = self.master.tag(establishment.as_str(), &before.unique(&name));
            return Ok(Placed { tag, another: false, login_shared_with, secret_shared_with });
        }
        let version = opened.map_or(0, |opened| opened.version);
        self.reseal(Kind::Account, &name, &path, version, &account.to_bytes())?;
        let known = Known { login: account.login.clone(), tag: tag.clone() };
        let former = accounts.insert((establishment.clone(), equipment.clone()), known);
        let another = former.is_none_or(|former| former.tag != tag);
        Ok(Placed { tag, another, login_shared_with, secret_shared_with })
    }

    /// Opens every account once, to know logins and keyed hashes.
    fn read_accounts(&self) -> Result<(Accounts, Vec<Error>), Error> {
        let (mut accounts, mut faults) = (Accounts::new(), Vec::new());
        for (establishment, folder) in names::<EstablishmentId>(&self.folder.join("accounts"), "")? {
            for (equipment, path) in names::<EquipmentId>(&folder, SEALED)? {
                match self.known(&establishment, &equipment, &path) {
                    Ok(known) => drop(accounts.insert((establishment.clone(), equipment), known)),
                    Err(error) => faults.push(error),
                }
            }
        }
        Ok((accounts, faults))
    }

    fn known(
        &self,
        establishment: &EstablishmentId,
        equipment: &EquipmentId,
        path: &Path,
    ) -> Result<Known, Error> {
        let altered = || Error::Altered(path.to_path_buf());
        let name = full_name(establishment, equipment);
        let opened = self.unseal(Kind::Account, &name, path)?.ok_or_else(altered)?;
        let account = Account::from_bytes(&opened.body).ok_or_else(altered)?;
        let tag = self.master.tag(establishment.as_str(), &account.unique(&name));
        Ok(Known { login: account.login, tag })
    }

    /// The seed of the establishment's authority.
    pub(crate) fn authority_seed(
        &self,
        establishment: &EstablishmentId,
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, Error> {
        let path = self.authority_path(establishment);
        let seed = self.seed(Kind::Authority, establishment.as_str(), path)?;
        seed.ok_or_else(|| Error::missing("authority", establishment.as_str()))
    }

    fn authority(&self, establishment: &EstablishmentId) -> Result<Authority, Error> {
        Authority::from_seed(&*self.authority_seed(establishment)?)
    }

    /// Draws the establishment's authority where there is none: equipment trusts the one that there is.
    fn draw_authority(&self, establishment: &EstablishmentId) -> Result<(), Error> {
        let path = self.authority_path(establishment);
        self.draw_signer(Kind::Authority, establishment.as_str(), path).map(drop)
    }

    /// The gate's authority towards technicians, if one was drawn.
    fn technicians(&self, gate: &str) -> Result<Option<Authority>, Error> {
        self.signer(Kind::Technicians, gate, self.technicians_path())
    }

    fn draw_technicians(&self, gate: &str) -> Result<Authority, Error> {
        self.draw_signer(Kind::Technicians, gate, self.technicians_path())
    }

    /// The establishment's authority over names of hosts, drawn when there is none.
    fn hosts(&self, establishment: &EstablishmentId) -> Result<Authority, Error> {
        let path = self.folder.join("keys").join(format!("hosts-{establishment}.{SEALED}"));
        match self.signer(Kind::Hosts, establishment.as_str(), path.clone())? {
            Some(authority) => Ok(authority),
            None => self.draw_signer(Kind::Hosts, establishment.as_str(), path),
        }
    }

    fn signer(&self, kind: Kind, owner: &str, path: PathBuf) -> Result<Option<Authority>, Error> {
        self.seed(kind, owner, path)?.map(|seed| Authority::from_seed(&seed)).transpose()
    }

    fn seed(
        &self,
        kind: Kind,
        owner: &str,
        path: PathBuf,
    ) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, Error> {
        let Some(opened) = self.unseal(kind, owner, &path)? else { return Ok(None) };
        opened.body.as_slice().try_into().map(Zeroizing::new).map(Some).map_err(|_| Error::Altered(path))
    }

    fn draw_signer(&self, kind: Kind, owner: &str, path: PathBuf) -> Result<Authority, Error> {
        let seed = drawn::<KEY_BYTES>()?;
        match self.create(kind, owner, &path, "authority", seed.as_slice()) {
            // Two were asked for at once: the first one's stays.
            Err(Error::Exists { .. }) => {
                self.signer(kind, owner, path)?.ok_or_else(|| Error::missing("authority", owner))
            }
            created => created.and_then(|()| Authority::from_seed(&seed)),
        }
    }

    pub(crate) fn unseal(&self, kind: Kind, owner: &str, path: &Path) -> Result<Option<Opened>, Error> {
        let Some(sealed) = disk::read(path)? else { return Ok(None) };
        envelope::open(&self.master, kind, owner, path, &sealed).map(Some)
    }

    /// Writes the version after the given one, durably, in place of what was there.
    pub(crate) fn reseal(
        &self,
        kind: Kind,
        owner: &str,
        path: &Path,
        version: u64,
        body: &[u8],
    ) -> Result<(), Error> {
        let sealed = envelope::seal(&self.master, kind, owner, version.saturating_add(1), body)?;
        disk::replace(path, &sealed)
    }

    pub(crate) fn create(
        &self,
        kind: Kind,
        owner: &str,
        path: &Path,
        what: &'static str,
        body: &[u8],
    ) -> Result<(), Error> {
        let sealed = envelope::seal(&self.master, kind, owner, 1, body)?;
        let created = disk::create(path, &sealed)?;
        created.then_some(()).ok_or_else(|| Error::Exists { what, owner: owner.to_owned() })
    }

    pub(crate) fn account_path(&self, establishment: &EstablishmentId, equipment: &EquipmentId) -> PathBuf {
        self.folder.join("accounts").join(establishment.as_str()).join(format!("{equipment}.{SEALED}"))
    }

    fn code_path(&self, person: &PersonId) -> PathBuf {
        self.folder.join("codes").join(format!("{person}.{SEALED}"))
    }

    pub(crate) fn sheet_path(&self, person: &PersonId) -> PathBuf {
        self.folder.join("sheets").join(format!("{person}.{SEALED}"))
    }

    pub(crate) fn papers_folder(&self, establishment: &EstablishmentId) -> PathBuf {
        self.folder.join("documents").join(establishment.as_str())
    }

    pub(crate) fn paper_path(&self, establishment: &EstablishmentId, place: PaperId) -> PathBuf {
        self.papers_folder(establishment).join(format!("{place}.{SEALED}"))
    }

    fn recipients_path(&self, establishment: &EstablishmentId) -> PathBuf {
        self.folder.join("recipients").join(format!("{establishment}.pub"))
    }

    fn door_path(&self) -> PathBuf {
        self.folder.join("keys").join(format!("door.{SEALED}"))
    }

    fn authority_path(&self, establishment: &EstablishmentId) -> PathBuf {
        self.folder.join("keys").join(format!("authority-{establishment}.{SEALED}"))
    }

    fn technicians_path(&self) -> PathBuf {
        self.folder.join("keys").join(format!("technicians.{SEALED}"))
    }

    /// An origin has slashes: the file is named by its hash.
    fn log_path(&self, origin: &str) -> PathBuf {
        let hash = digest::digest(&digest::SHA256, origin.as_bytes());
        let name: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join("keys").join(format!("log-{name}.{SEALED}"))
    }
}

/// What is in a folder under names of this kind; what has another form is not ours.
pub(crate) fn names<T: std::str::FromStr>(folder: &Path, ending: &str) -> Result<Vec<(T, PathBuf)>, Error> {
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(Error::disk(folder))? {
        let path = entry.map_err(Error::disk(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name = if ending.is_empty() {
            Some(name)
        } else {
            name.strip_suffix(ending).and_then(|n| n.strip_suffix('.'))
        };
        if let Some(name) = name.and_then(|name| name.parse().ok()) {
            found.push((name, path));
        }
    }
    Ok(found)
}

pub(crate) fn drawn<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0; N]);
    random(bytes.as_mut_slice()).map(|()| bytes)
}

/// What another thread left when it panicked is still whole: each change is one insertion.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
