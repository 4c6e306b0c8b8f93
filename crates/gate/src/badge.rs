//! Certificates of technicians towards the door: for some hours a script needs no code.
//!
//! A technician who has just proved both factors is given a certificate for the very key of that login
//! (`commands::certificate`). It stands for the second factor of that moment: for one person, from one address, until
//! the end of a window, and void with the key and with the second factor. It opens sessions; no act is done with it.

use std::net::IpAddr;
use std::time::Duration;

use domain::{Fingerprint, LoginProof, SecondFactor};
use events::{Actor, LoginSucceeded};
use vocab::{GateId, PersonId, Timestamp};

use crate::ports::PortError;
use crate::{Gate, Known, LoginRefused};

/// A certificate lives at most so long: a shift.
pub(crate) const BADGE_LIFE: Duration = Duration::from_secs(8 * 3600);
/// It is valid from a little before it was signed, for clocks that differ: never more than this.
const BEFORE_MAX: Duration = Duration::from_secs(300);
/// The extension in which a certificate says which second factor was given for it.
pub const ENROLMENT_EXTENSION: &str = "enrolment@poterne";
/// The one critical option of our certificates.
const SOURCE: &str = "source-address";

/// What a certificate is to say: written down before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// This gate: its own authority signs.
    pub gate: GateId,
    /// For whom.
    pub person: PersonId,
    /// For which key: its line of OpenSSH.
    pub key: String,
    /// The number of the second factor that was given.
    pub enrolment: u32,
    /// From which address.
    pub from: IpAddr,
    /// Until when.
    pub until: Timestamp,
}

/// A certificate that a client shows. The edge has verified two signatures: the one by which the key in it asks for
/// this login, and the one over the certificate by the authority that is named in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The key that it is for.
    pub key: Fingerprint,
    /// The authority that is named in it.
    pub authority: Fingerprint,
    /// It is for a user, not for a host.
    pub of_user: bool,
    /// Whom it is valid for.
    pub principals: Vec<String>,
    /// Valid from this second since 1970.
    pub valid_after: u64,
    /// Valid up to, not including, this second.
    pub valid_before: u64,
    /// Critical options: who does not know one must refuse.
    pub critical: Vec<(String, String)>,
    /// Extensions.
    pub extensions: Vec<(String, String)>,
    /// Its number: where the ledger says that it was given.
    pub serial: u64,
}

/// Why a certificate is not taken. The person is told nothing of it; the ledger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadgeFault {
    /// Another authority signed it.
    Authority,
    /// It is not for users.
    Kind,
    /// It is not for this person alone.
    Principal,
    /// It is not valid yet.
    NotYet,
    /// It is over.
    Expired,
    /// It says to live longer than any of ours.
    Life,
    /// It comes from another address.
    Source,
    /// A critical option that ours do not have, or none of the one that they have.
    Critical,
    /// An extension that ours do not have, or none of the one that they have.
    Extension,
}

impl BadgeFault {
    /// Its name in the ledger.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Authority => "certificate-authority",
            Self::Kind => "certificate-kind",
            Self::Principal => "certificate-principal",
            Self::NotYet => "certificate-not-yet",
            Self::Expired => "certificate-expired",
            Self::Life => "certificate-life",
            Self::Source => "certificate-source",
            Self::Critical => "certificate-critical",
            Self::Extension => "certificate-extension",
        }
    }
}

impl Shown {
    /// The number of the second factor that it stands for, if it is one of ours, for this person, here and now.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(
        &self,
        authority: &Fingerprint,
        person: &PersonId,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<u32, BadgeFault> {
        let second = u64::try_from(now.as_secs()).map_err(|_| BadgeFault::NotYet)?;
        let life = BADGE_LIFE.as_secs() + BEFORE_MAX.as_secs();
        let [option] = self.critical.as_slice() else { return Err(BadgeFault::Critical) };
        let [extension] = self.extensions.as_slice() else { return Err(BadgeFault::Extension) };
        let faults = [
            (self.authority != *authority, BadgeFault::Authority),
            (!self.of_user, BadgeFault::Kind),
            // None at all would be everybody (PROTOCOL.certkeys).
            (self.principals.as_slice() != [person.as_str()], BadgeFault::Principal),
            (second < self.valid_after, BadgeFault::NotYet),
            (second >= self.valid_before, BadgeFault::Expired),
            (self.valid_before.saturating_sub(self.valid_after) > life, BadgeFault::Life),
            (option.0 != SOURCE, BadgeFault::Critical),
            (option.1.parse() != Ok(from), BadgeFault::Source),
            (extension.0 != ENROLMENT_EXTENSION, BadgeFault::Extension),
        ];
        match faults.into_iter().find(|(found, _)| *found) {
            Some((_, fault)) => Err(fault),
            None => extension.1.parse().map_err(|_| BadgeFault::Extension),
        }
    }
}

impl Gate {
    /// Checks a certificate in the place of a code. A login is in the ledger before it is answered; a refusal is
    /// observed, in a flood counted.
    pub async fn certified(
        &self,
        person: &PersonId,
        shown: &Shown,
        from: IpAddr,
        client: &str,
    ) -> Result<Known, LoginRefused> {
        let now = self.clock.now();
        let known = match self.check_badge(person, shown, from, now).await {
            Ok(known) => known,
            Err((why, refused)) => {
                self.login_failed(person.as_str(), why, Some(&shown.key), from);
                return Err(refused);
            }
        };
        let fact = LoginSucceeded {
            key: shown.key.0.as_str().into(),
            second: format!("{} {}", SecondFactor::Certificate.as_str(), shown.serial).as_str().into(),
            from,
            client: client.into(),
        };
        let note = self.home_note(now, Actor::Person(person.clone()), fact.into());
        match self.scribe.note(note).await {
            Ok(_) => Ok(known),
            Err(error) => {
                tracing::error!(%error, "A login could not be written down");
                Err(LoginRefused::Unable)
            }
        }
    }

    async fn check_badge(
        &self,
        person: &PersonId,
        shown: &Shown,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Known, (&'static str, LoginRefused)> {
        let unable = |error: PortError| {
            tracing::error!(%error, "A certificate could not be checked");
            ("unable", LoginRefused::Unable)
        };
        let wrong = |why| (why, LoginRefused::Wrong);
        let authority = self.vault.badge_authority(&self.name).await.map_err(unable)?;
        let authority = authority.ok_or(wrong(BadgeFault::Authority.code()))?;
        // What has expired does not come back with a clock that is put back.
        let as_of = self.as_of(now);
        let enrolment = shown.check(&authority, person, from, as_of).map_err(|fault| wrong(fault.code()))?;
        if !self.store.key_of(person, &shown.key, as_of).await.map_err(unable)? {
            return Err(wrong("certificate-key"));
        }
        let counts = self.store.credentials(&self.home, person, as_of).await.map_err(unable)?.enrolment;
        if counts != enrolment || self.being_drawn().contains(person) {
            return Err(wrong("certificate-outlived"));
        }
        // It is worth what the login was that had it made: it does not come back with a later vouching.
        let at = Timestamp::from_secs(i64::try_from(shown.valid_after).unwrap_or_default());
        let (key, second) = (shown.key.clone(), Some(SecondFactor::Certificate));
        let proof = LoginProof { key, second, enrolment, at };
        self.in_person(person, proof, from, now).await.map_err(unable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn print(text: &str) -> Fingerprint {
        Fingerprint(text.to_owned())
    }

    fn ours() -> Shown {
        Shown {
            key: print("SHA256:key"),
            authority: print("SHA256:ours"),
            of_user: true,
            principals: vec!["a.martin".to_owned()],
            valid_after: NOW as u64 - 60,
            valid_before: NOW as u64 + 8 * 3600,
            critical: vec![("source-address".to_owned(), "192.0.2.7".to_owned())],
            extensions: vec![("enrolment@poterne".to_owned(), "3".to_owned())],
            serial: 42,
        }
    }

    fn check(shown: &Shown) -> Result<u32, BadgeFault> {
        let (person, from) = ("a.martin".parse().unwrap(), "192.0.2.7".parse().unwrap());
        shown.check(&print("SHA256:ours"), &person, from, Timestamp::from_secs(NOW))
    }

    #[test]
    fn ours_is_taken() {
        assert_eq!(check(&ours()), Ok(3));
        let until = ours().valid_before as i64;
        let (person, from) = ("a.martin".parse().unwrap(), "192.0.2.7".parse().unwrap());
        let at = |second| ours().check(&print("SHA256:ours"), &person, from, Timestamp::from_secs(second));
        assert_eq!((at(NOW - 60), at(until - 1)), (Ok(3), Ok(3)));
        assert_eq!((at(NOW - 61), at(until)), (Err(BadgeFault::NotYet), Err(BadgeFault::Expired)));
        assert_eq!(at(-1), Err(BadgeFault::NotYet));
    }

    /// One thing changed in one of ours.
    #[test]
    fn anything_else_is_not() {
        let refused = |edit: fn(&mut Shown), fault| {
            let mut shown = ours();
            edit(&mut shown);
            assert_eq!(check(&shown), Err(fault), "{shown:?}");
        };
        refused(|one| one.authority = print("SHA256:theirs"), BadgeFault::Authority);
        refused(|one| one.of_user = false, BadgeFault::Kind);
        refused(|one| one.principals.clear(), BadgeFault::Principal);
        refused(|one| one.principals = vec!["b.durand".to_owned()], BadgeFault::Principal);
        refused(|one| one.principals.push("b.durand".to_owned()), BadgeFault::Principal);
        refused(|one| one.valid_before = u64::MAX, BadgeFault::Life);
        refused(|one| (one.valid_after, one.valid_before) = (0, u64::MAX), BadgeFault::Life);
        refused(|one| one.valid_after -= 301, BadgeFault::Life);
        refused(|one| one.critical.clear(), BadgeFault::Critical);
        refused(|one| one.critical[0].0 = "force-command".to_owned(), BadgeFault::Critical);
        refused(|one| one.critical.push(("force-command".to_owned(), "id".to_owned())), BadgeFault::Critical);
        refused(|one| one.critical[0].1 = "192.0.2.8".to_owned(), BadgeFault::Source);
        refused(|one| one.critical[0].1 = "192.0.2.0/24".to_owned(), BadgeFault::Source);
        refused(|one| one.critical[0].1 = "192.0.2.7,192.0.2.8".to_owned(), BadgeFault::Source);
        refused(|one| one.extensions.clear(), BadgeFault::Extension);
        refused(|one| one.extensions[0].0 = "permit-pty".to_owned(), BadgeFault::Extension);
        refused(|one| one.extensions[0].1 = "-3".to_owned(), BadgeFault::Extension);
        refused(
            |one| one.extensions.push(("permit-agent-forwarding".to_owned(), String::new())),
            BadgeFault::Extension,
        );
    }
}
