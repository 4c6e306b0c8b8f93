//! Names and numbers that tell one thing from another, each with a type of its own.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "full")]
use serde::{Deserialize, Serialize};

/// Longest name, in bytes. Two names and their separators stay far below the 255 bytes that an SSH
/// user name may have in common clients: 64 + 1 + 129 + 1 + 20.
const NAME_MAX: usize = 64;

/// A name that is not one: empty, too long, or with a character outside `[a-z0-9._-]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a name: 1 to {max} characters of a-z, 0-9, dot, dash, underscore, the first a letter or digit", max = NAME_MAX)]
pub struct InvalidName {
    given: String,
}

fn check_name(given: &str, dots: bool) -> Result<(), InvalidName> {
    let fits = !given.is_empty() && given.len() <= NAME_MAX;
    let first = given.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let rest = given.bytes().all(|b| {
        b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_' || (dots && b == b'.')
    });
    if fits && first && rest {
        Ok(())
    } else {
        Err(InvalidName { given: given.chars().take(NAME_MAX + 1).flat_map(char::escape_default).collect() })
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, dots = $dots:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "full", derive(Serialize, Deserialize), serde(try_from = "String", into = "String"))]
        pub struct $name(String);

        impl $name {
            /// The name as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(given: &str) -> Result<Self, InvalidName> {
                check_name(given, $dots).map(|()| Self(given.to_owned()))
            }
        }

        #[cfg(feature = "full")]
        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(given: String) -> Result<Self, InvalidName> {
                check_name(&given, $dots).map(|()| Self(given))
            }
        }

        #[cfg(feature = "full")]
        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A named person, unique in the whole deployment.
    PersonId, dots = true
);
name!(
    /// An establishment (*structure juridique*): the legal person responsible for its SIS. It has no
    /// dot, because the equipment's full name is `<equipment>.<establishment>`.
    EstablishmentId, dots = false
);
#[cfg(feature = "full")]
name!(
    /// A provider or subcontractor (*fournisseur*, *sous-traitant*).
    ProviderId, dots = true
);
#[cfg(feature = "full")]
name!(
    /// A contract (C1).
    ContractId, dots = true
);
#[cfg(feature = "full")]
name!(
    /// A service (*prestation*): one kind of intervention on some equipment under one contract.
    ServiceId, dots = true
);
#[cfg(feature = "full")]
name!(
    /// An equipment inside its establishment.
    EquipmentId, dots = true
);
name!(
    /// An intervention, named by the gate when it is requested (`i-` and a number).
    InterventionId, dots = true
);
name!(
    /// One gate of the deployment.
    GateId, dots = false
);

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From 16 random bytes that the caller drew.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[cfg(feature = "full")]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;
            /// Reads 32 lower-case hexadecimal digits.
            fn from_str(given: &str) -> Result<Self, InvalidName> {
                let refuse = || InvalidName { given: given.chars().take(NAME_MAX).flat_map(char::escape_default).collect() };
                let lower = given.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                if given.len() != 32 || !lower {
                    return Err(refuse());
                }
                u128::from_str_radix(given, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| refuse())
            }
        }

        #[cfg(feature = "full")]
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        #[cfg(feature = "full")]
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

number!(
    /// One connection inside an intervention.
    SessionId
);
number!(
    /// One recording of one session.
    RecordingId
);
number!(
    /// One start of one gate: a session whose boot is over, without its end, ended by crash.
    BootId
);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, accepted: bool) {
        assert_eq!(given.parse::<PersonId>().is_ok(), accepted, "{given:?}");
    }

    #[test]
    fn names_hold_their_alphabet() {
        check("a.martin", true);
        check("a", true);
        check("7up", true);
        check(&"a".repeat(64), true);
        check(&"a".repeat(65), false);
        for bad in ["", "A", "a+b", "a@b", "a b", ".a", "-a", "_a", "é", "a\0", "a\n", "a/b"] {
            check(bad, false);
        }
        assert!("scanner.nord".parse::<EstablishmentId>().is_err());
    }

    #[test]
    fn numbers_are_read_as_printed() {
        let id = SessionId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "ab", &"AB".repeat(16), &"zz".repeat(16), &"+a".repeat(16)] {
            assert!(bad.parse::<SessionId>().is_err());
        }
    }
}
