//! The one account reserved on each equipment (T9): its login and its secret.

use crate::{Error, openssh};
use vocab::{EquipmentId, EstablishmentId, Secret};
use zeroize::Zeroizing;

/// A login on an equipment: printable ASCII, as sshd and old devices take it.
const LOGIN_MAX: usize = 64;
/// Longer than any device takes.
const PASSWORD_MAX: usize = 1024;

const PASSWORD: u8 = 1;
const KEY: u8 = 2;
const CERTIFICATE: u8 = 3;
/// Two secrets of one form, while one takes the place of the other.
const CHANGING: u8 = 4;

/// A secret to be kept.
#[derive(Debug, Clone)]
pub enum NewSecret {
    /// A password: 1 to 1,024 bytes of UTF-8 without control characters.
    Password(Secret),
    /// A private key in OpenSSH's text form, without passphrase.
    Key(Secret),
    /// Nothing: the establishment's authority signs a certificate for each login.
    Certificate,
}

/// What to do when another equipment of the establishment has the same login or secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Refuse: the account would not be reserved (T9).
    Refused,
    /// Keep it all the same, and say so: the equipment cannot do better, and the risk is treated.
    Recorded,
}

/// What came of keeping an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Keyed hash of the secret: equal for equal secrets of one establishment.
    pub tag: String,
    /// Whether the vault had another secret there before, or none.
    pub another: bool,
    /// Other equipment of the establishment with the same login.
    pub login_shared_with: Vec<EquipmentId>,
    /// Other equipment of the establishment with the same secret.
    pub secret_shared_with: Vec<EquipmentId>,
}

/// Login and secret of an equipment, in clear for as long as this lives.
pub(crate) struct Account {
    pub(crate) login: String,
    /// The one that is lent.
    pub(crate) secret: NewSecret,
    /// The other one, while it is changed.
    pub(crate) other: Option<Other>,
}

/// The second secret of an account that is being changed.
pub(crate) struct Other {
    pub(crate) secret: NewSecret,
    /// Whether it is the former one, the one that is lent being proved; else it is the fresh one.
    pub(crate) former: bool,
}

impl Account {
    pub(crate) fn new(login: &str, secret: NewSecret) -> Result<Self, Error> {
        let printable = |c: u8| c.is_ascii_graphic();
        if login.is_empty() || login.len() > LOGIN_MAX || !login.bytes().all(printable) {
            return Err(Error::Invalid("a login has 1 to 64 printable characters without blanks"));
        }
        match &secret {
            NewSecret::Password(password) => check_password(password)?,
            NewSecret::Key(key) if key.expose().len() > openssh::TEXT_MAX => {
                return Err(Error::Invalid("a private key has at most 16 KiB"));
            }
            NewSecret::Key(key) => drop(openssh::public_line(key, login)?),
            NewSecret::Certificate => {}
        }
        Ok(Self { login: login.to_owned(), secret, other: None })
    }

    /// With a second secret of the same form.
    pub(crate) fn with(self, secret: NewSecret, former: bool) -> Result<Self, Error> {
        let Self { secret, .. } = Self::new(&self.login, secret)?;
        if kind(&self.secret).0 != kind(&secret).0 || matches!(secret, NewSecret::Certificate) {
            return Err(Error::Invalid("two secrets of an account have one form"));
        }
        Ok(Self { other: Some(Other { secret, former }), ..self })
    }

    /// Whether a change of this account broke off and this is one of its two secrets, stored once more: which of them is
    /// in force nobody knows, and forgetting the other might be forgetting the one that is.
    pub(crate) fn is_changing_with(&self, stored: &Self) -> bool {
        let same = |own: &NewSecret| kind(own) == kind(&stored.secret);
        let other = self.other.as_ref().map(|other| &other.secret);
        self.login == stored.login && other.is_some_and(|other| same(other) || same(&self.secret))
    }

    /// `u8` kind, `u8` length of the login, login, secret. While it is changed: `u8` 4, then the same, with `u8` 1 where
    /// the second secret is the former one (else 0) and `u16` length of the first secret before it, then the second.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (kind, secret) = kind(&self.secret);
        let other = self.other.as_ref().map(|other| (other.former, bytes_of(&other.secret)));
        let room = 6 + self.login.len() + secret.len() + other.map_or(0, |(_, other)| other.len());
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        if other.is_some() {
            bytes.push(CHANGING);
        }
        bytes.push(kind);
        bytes.push(u8::try_from(self.login.len()).unwrap_or(u8::MAX));
        bytes.extend(self.login.as_bytes());
        if let Some((former, _)) = other {
            bytes.push(u8::from(former));
            bytes.extend(u16::try_from(secret.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
        bytes.extend(secret);
        bytes.extend(other.map(|(_, other)| other).unwrap_or_default());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (changing, bytes) = match bytes.strip_prefix(&[CHANGING]) {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        let (head, rest) = bytes.split_at_checked(2)?;
        let (kind, length) = (*head.first()?, head.last()?);
        let (login, rest) = rest.split_at_checked(usize::from(*length))?;
        let login = std::str::from_utf8(login).ok()?;
        if !changing {
            return Self::new(login, form(kind, rest)?).ok();
        }
        let (stage, rest) = rest.split_first()?;
        let former = match stage {
            0 => false,
            1 => true,
            _ => return None,
        };
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (secret, other) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        Self::new(login, form(kind, secret)?).ok()?.with(form(kind, other)?, former).ok()
    }

    /// What no other equipment of the establishment may have (T9). A certificate opens what has its one name;
    /// with its zero byte it is no password and no key.
    pub(crate) fn unique(&self, name: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match &self.secret {
            NewSecret::Password(secret) | NewSecret::Key(secret) => secret.expose().to_vec(),
            NewSecret::Certificate => [b"certificate\0", name.as_bytes()].concat(),
        })
    }
}

fn kind(secret: &NewSecret) -> (u8, &[u8]) {
    match secret {
        NewSecret::Password(secret) => (PASSWORD, secret.expose()),
        NewSecret::Key(secret) => (KEY, secret.expose()),
        NewSecret::Certificate => (CERTIFICATE, [].as_slice()),
    }
}

fn bytes_of(secret: &NewSecret) -> &[u8] {
    kind(secret).1
}

fn form(kind: u8, secret: &[u8]) -> Option<NewSecret> {
    let kept = || Secret::new(secret.to_vec());
    match kind {
        PASSWORD => Some(NewSecret::Password(kept())),
        KEY => Some(NewSecret::Key(kept())),
        CERTIFICATE if secret.is_empty() => Some(NewSecret::Certificate),
        _ => None,
    }
}

fn check_password(password: &Secret) -> Result<(), Error> {
    let bytes = password.expose();
    let text = std::str::from_utf8(bytes).ok();
    let good = !bytes.is_empty() && bytes.len() <= PASSWORD_MAX;
    if good && text.is_some_and(|text| !text.chars().any(char::is_control)) {
        return Ok(());
    }
    Err(Error::Invalid("a password has 1 to 1,024 bytes of text without control characters"))
}

/// The full name of an equipment.
pub(crate) fn full_name(establishment: &EstablishmentId, equipment: &EquipmentId) -> String {
    format!("{equipment}.{establishment}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn password(text: &str) -> NewSecret {
        NewSecret::Password(Secret::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn what_is_no_login_and_no_secret_is_refused() {
        for login in ["", "a b", "é", "a\n", &"a".repeat(65)] {
            assert!(Account::new(login, password("x")).is_err(), "{login:?}");
        }
        for text in ["", "a\nb", "a\0", "a\x7f", &"a".repeat(1025)] {
            assert!(Account::new("maint", password(text)).is_err(), "{text:?}");
        }
        assert!(Account::new("maint", NewSecret::Password(Secret::new(vec![0xff]))).is_err());
        assert!(Account::new("maint", NewSecret::Key(Secret::new(b"hunter2".to_vec()))).is_err());
        assert!(
            Account::new("maint", NewSecret::Key(Secret::new(vec![b'a'; openssh::TEXT_MAX + 1]))).is_err()
        );
        assert!(Account::new(&"a".repeat(64), password(&"é".repeat(512))).is_ok());
    }

    #[test]
    fn damaged_bytes_are_no_account() {
        let bytes = Account::new("maint", password("secret")).unwrap().to_bytes();
        assert!(Account::from_bytes(&bytes).is_some());
        for length in 0..bytes.len() - 5 {
            assert!(Account::from_bytes(&bytes[..length]).is_none(), "{length}");
        }
        assert!(Account::from_bytes(&[9, 1, b'a', b'x']).is_none());
        assert!(Account::from_bytes(&[CERTIFICATE, 1, b'a']).is_some());
        assert!(Account::from_bytes(&[CERTIFICATE, 1, b'a', b'x']).is_none());
        let bytes = Account::new("maint", password("secret"))
            .unwrap()
            .with(password("fresh"), true)
            .unwrap()
            .to_bytes();
        assert!(Account::from_bytes(&bytes).is_some());
        for length in 0..bytes.len() - 4 {
            assert!(Account::from_bytes(&bytes[..length]).is_none(), "{length}");
        }
        for wrong in [
            &[CHANGING, CHANGING, 1, b'a'][..],
            &[CHANGING, CERTIFICATE, 1, b'a', 0, 0, 0],
            &[CHANGING, PASSWORD, 1, b'a', 2, 0, 1, b'x', b'y'],
            &[CHANGING, PASSWORD, 1, b'a', 1, 0, 1, b'x'],
        ] {
            assert!(Account::from_bytes(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn two_secrets_of_an_account_have_one_form() {
        let account = || Account::new("maint", password("secret")).unwrap();
        assert!(account().with(NewSecret::Certificate, false).is_err());
        assert!(account().with(password("a\nb"), false).is_err());
        assert!(
            Account::new("maint", NewSecret::Certificate)
                .unwrap()
                .with(NewSecret::Certificate, true)
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn accounts_are_read_as_written(login in "[!-~]{1,64}", text in "[^\\p{Cc}]{1,100}") {
            let account = Account::new(&login, password(&text)).unwrap();
            let read = Account::from_bytes(&account.to_bytes()).unwrap();
            let secret = read.unique("");
            prop_assert_eq!((read.login.as_str(), secret.as_slice()), (login.as_str(), text.as_bytes()));
        }

        #[test]
        fn changing_accounts_are_read_as_written(
            login in "[!-~]{1,64}", one in "[^\\p{Cc}]{1,100}", two in "[^\\p{Cc}]{1,100}", former in proptest::bool::ANY
        ) {
            let account = Account::new(&login, password(&one)).unwrap().with(password(&two), former).unwrap();
            let read = Account::from_bytes(&account.to_bytes()).unwrap();
            let other = read.other.as_ref().unwrap();
            prop_assert_eq!((read.login.as_str(), bytes_of(&read.secret)), (login.as_str(), one.as_bytes()));
            prop_assert_eq!((other.former, bytes_of(&other.secret)), (former, two.as_bytes()));
        }
    }
}
