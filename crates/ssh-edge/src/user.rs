//! The user name of a login: who, and where to.
//!
//! `<person>+<equipment>[.<establishment>][+<intervention>]` asks for a session; `<person>` alone asks for
//! the gate's own commands.

use domain::Target;
use vocab::{EquipmentId, EstablishmentId, InterventionId, PersonId};

use crate::limits::NAME;

/// What a user name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    /// Who says he comes.
    pub(crate) person: PersonId,
    /// Where he wants to go; `None`: the gate's own commands.
    pub(crate) target: Option<Target>,
}

impl User {
    /// Reads a user name; `None` when it is none of ours, whatever is wrong with it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if name.len() > NAME {
            return None;
        }
        let mut parts = name.split('+');
        let person = parts.next()?.parse::<PersonId>().ok()?;
        let Some(place) = parts.next() else {
            return Some(Self { person, target: None });
        };
        let intervention = parts.next().map(str::parse::<InterventionId>).transpose().ok()?;
        if parts.next().is_some() {
            return None;
        }
        let (equipment, establishment) = match place.rsplit_once('.') {
            Some((equipment, establishment)) => {
                (equipment.parse::<EquipmentId>().ok()?, Some(establishment.parse::<EstablishmentId>().ok()?))
            }
            None => (place.parse().ok()?, None),
        };
        Some(Self { person, target: Some(Target { equipment, establishment, intervention }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equipment, establishment, intervention.
    type Place<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

    fn check(name: &str, expected: Option<(&str, Option<Place<'_>>)>) {
        let parsed = User::parse(name);
        let seen = parsed.as_ref().map(|user| {
            let place = user.target.as_ref().map(|target| {
                (
                    target.equipment.as_str(),
                    target.establishment.as_ref().map(EstablishmentId::as_str),
                    target.intervention.as_ref().map(InterventionId::as_str),
                )
            });
            (user.person.as_str(), place)
        });
        assert_eq!(seen, expected, "{name:?}");
    }

    #[test]
    fn user_names() {
        check("a.martin", Some(("a.martin", None)));
        check("a.martin+scanner", Some(("a.martin", Some(("scanner", None, None)))));
        check("a.martin+scanner.nord", Some(("a.martin", Some(("scanner", Some("nord"), None)))));
        check(
            "a.martin+scanner.2.nord+i-7",
            Some(("a.martin", Some(("scanner.2", Some("nord"), Some("i-7"))))),
        );
        check("a.martin+scanner+i-7", Some(("a.martin", Some(("scanner", None, Some("i-7"))))));
        for bad in [
            "",
            "+",
            "A+b",
            "a+",
            "a++i-1",
            "a+b+",
            "a+b+i-1+x",
            "a@b",
            "a+b.",
            "a+.b",
            "root ",
            "a\0",
            &"a".repeat(300),
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn the_longest_name_is_read() {
        let long = "a".repeat(64);
        assert!(User::parse(&format!("{long}+{long}.{long}+{long}")).unwrap().target.is_some());
    }
}
