//! An address for mail.

use serde::{Deserialize, Serialize};

/// An address that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address for mail, such as prenom.nom@hopital.exemple")]
pub struct InvalidEmail(String);

/// An address for mail (RFC 5321): a plain local part of at most 64 characters and the name of a host, in ASCII and without
/// quotes, so that nothing in it ends a line or a command of SMTP.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// Longest address: RFC 5321 section 4.5.3.1.3 without the brackets.
const EMAIL_MAX: usize = 254;
/// Longest local part: the same, section 4.5.3.1.1.
const LOCAL_MAX: usize = 64;

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_local(local: &str) -> bool {
    let atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    local.len() <= LOCAL_MAX && local.split('.').all(atom)
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        let inside = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    host.split('.').all(label)
}

impl std::str::FromStr for Email {
    type Err = InvalidEmail;
    fn from_str(given: &str) -> Result<Self, InvalidEmail> {
        let is = |(local, host): (&str, &str)| given.len() <= EMAIL_MAX && is_local(local) && is_host(host);
        if given.rsplit_once('@').is_some_and(is) {
            Ok(Self(given.to_owned()))
        } else {
            Err(InvalidEmail(given.to_owned()))
        }
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;
    fn try_from(given: String) -> Result<Self, InvalidEmail> {
        given.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn an_address_is_plain_or_none() {
        for good in [
            "a@b",
            "anne.martin+garde@hopital.exemple",
            "o'neil@x-y.z1",
            &format!("{}@h.exemple", "a".repeat(64)),
        ] {
            assert_eq!(good.parse::<Email>().unwrap().as_str(), good);
        }
        let long = format!("{}@h.exemple", "a".repeat(65));
        let longer = format!("a@{}", ["b".repeat(63).as_str(); 5].join("."));
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a..b@c",
            ".a@b",
            "a.@b",
            "a@-b",
            "a@b-",
            "a@b..c",
            "\"a\"@b",
            "a@b\r\nRCPT TO:<x@y>",
            "a\n@b",
            "é@b",
            "a@é",
            "a@[192.0.2.7]",
            "<a@b>",
            "a,b@c",
            &long,
            &longer,
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }
}
