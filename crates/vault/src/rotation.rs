//! Another secret for an account, step by step: both are on the disk from the drawing to the forgetting.
//!
//! ```text
//! { secret } ─begin─▶ { secret, fresh } ─prove─▶ { fresh, former } ─end─▶ { fresh }
//! ```
//! Each step is one durable replacement of the sealed file. One that was taken already is taken again without harm,
//! except that nothing is proved or forgotten of an account that was stored anew meanwhile.

use crate::accounts::{Account, NewSecret, Other, full_name};
use crate::envelope::Kind;
use crate::master::random;
use crate::vault::{Known, drawn, held};
use crate::{Error, SshKey, Vault};
use gate::ports::{LentSecret, Pair};
use vocab::{EquipmentId, EstablishmentId, Secret};
use zeroize::Zeroizing;

/// Letters and digits that nobody takes for another: who repairs on the spot may have to read and type it.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Four groups of six out of 56: 139 bits.
const GROUPS: usize = 4;
const GROUP: usize = 6;

/// What may be done with an account that the grant of a rotation names.
pub(crate) struct Change<'a> {
    pub(crate) vault: &'a Vault,
    pub(crate) establishment: &'a EstablishmentId,
    pub(crate) equipment: &'a EquipmentId,
    pub(crate) login: &'a str,
}

impl Change<'_> {
    /// Both secrets, the fresh one drawn unless a change broke off before.
    pub(crate) fn begin(&self) -> Result<Pair, Error> {
        let mut again = true;
        let account = self.rewrite(|account| match account.other {
            Some(_) => Ok(account),
            None => {
                again = false;
                let fresh = self.draw(&account.secret)?;
                account.with(fresh, false)
            }
        })?;
        pair(account, again)
    }

    /// From now on the fresh secret is the one that is lent.
    pub(crate) fn prove(&self) -> Result<(), Error> {
        self.rewrite(|account| match account.other {
            Some(Other { secret: fresh, former: false }) => {
                let former = account.secret;
                Account::new(&account.login, fresh)?.with(former, true)
            }
            _ => Err(self.stored_anew()),
        })
        .map(drop)
    }

    /// The former secret is forgotten; the keyed hash of the one that stays.
    pub(crate) fn end(&self) -> Result<String, Error> {
        self.rewrite(|account| match account.other {
            Some(Other { former: true, .. }) => Account::new(&account.login, account.secret),
            _ => Err(self.stored_anew()),
        })?;
        let known = self.vault.account(self.establishment, self.equipment);
        known.map(|(_, tag)| tag).ok_or_else(|| Error::missing("account", self.name()))
    }

    /// Reads the account, changes it, writes it durably; nobody else changes it meanwhile.
    fn rewrite(&self, change: impl FnOnce(Account) -> Result<Account, Error>) -> Result<Account, Error> {
        let inner = &self.vault.0;
        let mut accounts = held(&inner.accounts);
        let name = self.name();
        let path = inner.account_path(self.establishment, self.equipment);
        let opened = inner.unseal(Kind::Account, &name, &path)?;
        let opened = opened.ok_or_else(|| Error::missing("account", name.as_str()))?;
        let before = Account::from_bytes(&opened.body).ok_or_else(|| Error::Altered(path.clone()))?;
        if before.login != self.login {
            return Err(Error::OtherLogin { owner: name });
        }
        let account = change(before)?;
        let body = account.to_bytes();
        if *body != *opened.body {
            inner.reseal(Kind::Account, &name, &path, opened.version, &body)?;
        }
        let tag = inner.master.tag(self.establishment.as_str(), &account.unique(&name));
        let known = Known { login: account.login.clone(), tag };
        accounts.insert((self.establishment.clone(), self.equipment.clone()), known);
        Ok(account)
    }

    /// A fresh secret of the same form.
    fn draw(&self, like: &NewSecret) -> Result<NewSecret, Error> {
        match like {
            NewSecret::Password(_) => Ok(NewSecret::Password(password()?)),
            NewSecret::Key(_) => {
                let seed = drawn()?;
                Ok(NewSecret::Key(SshKey::from_seed(&seed, &format!("poterne:{}", self.name()))?.private))
            }
            NewSecret::Certificate => Err(Error::Invalid("a certificate is new for each login")),
        }
    }

    fn stored_anew(&self) -> Error {
        Error::StoredAnew { owner: self.name() }
    }

    fn name(&self) -> String {
        full_name(self.establishment, self.equipment)
    }
}

/// In the order of time, whichever is lent.
fn pair(account: Account, again: bool) -> Result<Pair, Error> {
    let (login, lent) = (account.login, account.secret);
    let Some(Other { secret: other, former }) = account.other else {
        return Err(Error::missing("second secret", login));
    };
    let (before, fresh) = if former { (other, lent) } else { (lent, other) };
    Ok(Pair { login, former: of(before)?, fresh: of(fresh)?, proved: former, again })
}

/// A secret as it is handed out.
pub(crate) fn of(secret: NewSecret) -> Result<LentSecret, Error> {
    match secret {
        NewSecret::Password(secret) => Ok(LentSecret::Password(secret)),
        NewSecret::Key(secret) => Ok(LentSecret::Key(secret)),
        NewSecret::Certificate => Err(Error::Invalid("a certificate is new for each login")),
    }
}

/// A password with capital and small letters, digits and hyphens: what rules of composition ask for.
fn password() -> Result<Secret, Error> {
    loop {
        let mut text = Zeroizing::new(Vec::with_capacity(GROUPS * (GROUP + 1)));
        for group in 0..GROUPS {
            if group > 0 {
                text.push(b'-');
            }
            for _ in 0..GROUP {
                text.push(letter()?);
            }
        }
        let has = |of: fn(&u8) -> bool| text.iter().any(of);
        if has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit) {
            return Ok(Secret::new(text.to_vec()));
        }
    }
}

/// One of the letters, each as probable: bytes beyond the last whole multiple are drawn again.
fn letter() -> Result<u8, Error> {
    let whole = 256 - 256 % LETTERS.len();
    loop {
        let mut byte = [0_u8; 1];
        random(&mut byte)?;
        let [byte] = byte;
        if usize::from(byte) < whole
            && let Some(letter) = LETTERS.get(usize::from(byte) % LETTERS.len())
        {
            return Ok(*letter);
        }
    }
}
