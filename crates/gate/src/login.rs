//! Who comes: a key, then a one-time code, in this order.
//!
//! The door has verified the key's signature before it asks here. What is answered to a stranger takes
//! the same way as what is answered to a person known.

use std::net::IpAddr;

use domain::{Fingerprint, LoginProof, SecondFactor};
use events::{
    Actor, Fact, LoginRefused as RefusedFact, LoginSucceeded, LoginsRefused, PersonLocked, TokensRefused,
};
use vocab::{Lang, PersonId, Text, Timestamp};

use crate::Gate;
use crate::bearer::ByToken;
use crate::lockout::{TRIES, Try};
use crate::ports::{CodeVerdict, PortError};
use crate::scribe::Note;

/// Why a login is refused. The person is told one thing, whatever the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginRefused {
    /// The key is nobody's, or not this person's; or the code is wrong or used.
    Wrong,
    /// Three wrong codes: locked for a while.
    Locked,
    /// The gate could not check or could not write it down.
    Unable,
}

impl LoginRefused {
    const fn code(self) -> &'static str {
        match self {
            Self::Wrong => "second-factor",
            Self::Locked => "locked",
            Self::Unable => "unable",
        }
    }
}

/// What is known after a verified key and a right code.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who.
    pub person: PersonId,
    /// How it was proved.
    pub proof: LoginProof,
    /// The language this person is spoken to in.
    pub lang: Lang,
    /// From which address.
    pub from: IpAddr,
    /// When.
    pub since: Timestamp,
    /// Who relays what this person agrees to over the telephone; `None`: he acts himself.
    pub relayed_by: Option<PersonId>,
    /// The token by which a program comes in this person's name; `None`: he is there himself.
    pub by_token: Option<Box<ByToken>>,
}

impl Gate {
    /// Whether a key whose signature was verified is one of this active person's. A failure of the store
    /// is a no.
    pub async fn verified_key(&self, person: &PersonId, key: &Fingerprint) -> bool {
        let now = self.clock.now();
        match self.store.key_of(person, key, self.as_of(now)).await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "The store could not tell a key");
                false
            }
        }
    }

    /// Checks the code that follows a verified key. The answer is in the ledger before it is given; in a flood of
    /// refusals, their number is.
    pub async fn second_factor(
        &self,
        person: &PersonId,
        key: &Fingerprint,
        code: &str,
        from: IpAddr,
        client: &str,
    ) -> Result<Known, LoginRefused> {
        let now = self.clock.now();
        let verdict = self.check_code(person, key, code, from, now).await;
        let fact = match &verdict {
            Ok(_) => LoginSucceeded {
                key: key.0.as_str().into(),
                second: "totp".into(),
                from,
                client: client.into(),
            }
            .into(),
            Err(_) if !self.flood.admits(now) => return verdict,
            Err(refused) => refused_fact(person.as_str(), refused.code(), Some(key), from),
        };
        let by = Actor::Person(person.clone());
        let written = self.scribe.note(self.home_note(now, by, fact)).await;
        if let Err(error) = written {
            tracing::error!(%error, "A login could not be written down");
            return Err(LoginRefused::Unable);
        }
        verdict
    }

    /// Writes down a login that failed before its second factor; in a flood it is counted. It waits for nothing.
    pub fn login_failed(&self, name: &str, reason: &'static str, key: Option<&Fingerprint>, from: IpAddr) {
        let now = self.clock.now();
        if self.flood.admits(now) {
            self.observe(self.home_note(now, Actor::Gate, refused_fact(name, reason, key, from)));
        }
    }

    /// Writes down how many refusals were not written one by one, when it is time (or at the stop: `all`).
    pub(crate) fn sum_refusals(&self, all: bool) {
        let now = self.clock.now();
        if let Some(sum) = self.flood.due(now, all) {
            let fact = LoginsRefused { count: sum.count, since: sum.since, until: sum.until };
            self.observe(self.home_note(now, Actor::Gate, fact.into()));
        }
        if let Some(sum) = self.token_flood.due(now, all) {
            let fact = TokensRefused { count: sum.count, since: sum.since, until: sum.until };
            self.observe(self.home_note(now, Actor::Gate, fact.into()));
        }
    }

    /// What is said before anything else: that everything is recorded, why and for how long.
    pub async fn greeting(&self) -> Text {
        let now = self.clock.now();
        let days =
            self.store.establishments(self.as_of(now)).await.ok().and_then(|all| {
                all.into_iter().find(|one| one.id == self.home).map(|one| one.recording_term())
            });
        let days = days.unwrap_or(DAYS_SAID_WHEN_UNKNOWN);
        Text::new(
            format!(
                "Cette session est enregistrée par l'établissement, pour la sécurité de son système \
                 d'information et la preuve en cas de litige ou d'incident ; l'enregistrement est gardé {days} jours."
            ),
            format!(
                "This session is recorded by the establishment, for the security of its information system \
                 and as evidence in a dispute or incident; the recording is kept {days} days."
            ),
        )
    }

    async fn check_code(
        &self,
        person: &PersonId,
        key: &Fingerprint,
        code: &str,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Known, LoginRefused> {
        let unable = |error: PortError| {
            tracing::error!(%error, "A second factor could not be checked");
            LoginRefused::Unable
        };
        // Asked again here: a proof is made from what was checked in this very act.
        let known = self.store.key_of(person, key, self.as_of(now)).await.map_err(unable)?;
        if !known {
            // A stranger's guess burns nobody's code and locks nobody out.
            return Err(LoginRefused::Wrong);
        }
        // Read before the code is checked: one that is drawn meanwhile is not the one of this login.
        let enrolment =
            self.store.credentials(&self.home, person, self.as_of(now)).await.map_err(unable)?.enrolment;
        // Asked between the number and the code: whoever has a number that is not drawn yet is in there, and the vault
        // still takes the code of the former one.
        if self.being_drawn().contains(person) {
            return Err(LoginRefused::Unable);
        }
        let begun = self.lockouts.begin(person, now);
        if begun == Try::Locked {
            return Err(LoginRefused::Locked);
        }
        if self.vault.check_code(person, code, now).await.map_err(unable)? != CodeVerdict::Right {
            let Try::Locking(locks) = begun else { return Err(LoginRefused::Wrong) };
            self.say_locked(person, locks, from, now);
            return Err(LoginRefused::Locked);
        }
        self.lockouts.right(person);
        let at = self.as_of(now);
        let proof = LoginProof { key: key.clone(), second: Some(SecondFactor::Totp), enrolment, at };
        self.in_person(person, proof, from, now).await.map_err(unable)
    }

    /// Somebody who proved himself just now, spoken to in his language.
    pub(crate) async fn in_person(
        &self,
        person: &PersonId,
        proof: LoginProof,
        from: IpAddr,
        since: Timestamp,
    ) -> Result<Known, PortError> {
        let found = self.store.person(person, self.as_of(since)).await?;
        let lang = found.map(|found| found.lang).unwrap_or_default();
        Ok(Known { person: person.clone(), proof, lang, from, since, relayed_by: None, by_token: None })
    }

    /// The third wrong code in a row: written once, not with each try that follows.
    fn say_locked(&self, person: &PersonId, locks: u32, from: IpAddr, now: Timestamp) {
        if let Some(until) = self.lockouts.locked(person, now) {
            if locks >= LOCKS_TOLD {
                tracing::warn!(%person, locks, "A person is locked again and again: tell the security officer");
            }
            let (failures, locks) = (u64::from(TRIES), u64::from(locks));
            let fact = PersonLocked { person: person.clone(), failures, locks, until, from };
            self.observe(self.home_note(now, Actor::Gate, fact.into()));
        }
    }

    /// Hands an observation over that belongs to no session; a failure is said in the log.
    pub(crate) fn observe(&self, note: Note) {
        if let Err(error) = self.scribe.observe(note, &self.share) {
            tracing::error!(%error, "An observation could not be written down");
        }
    }

    pub(crate) fn home_note(&self, at: Timestamp, by: Actor, fact: Fact) -> Note {
        Note { establishment: self.home.clone(), at, by, session: None, intervention: None, fact }
    }
}

fn refused_fact(name: &str, why: &str, key: Option<&Fingerprint>, from: IpAddr) -> Fact {
    RefusedFact { name: name.into(), why: why.into(), key: key.map(|key| key.0.as_str().into()), from }.into()
}

/// So many locks without a day of quiet are told to the security officer (PSSI template of the PGSSI-S, 5.2.3:
/// three a day).
pub(crate) const LOCKS_TOLD: u32 = 3;

/// Days said in the greeting when no establishment is described yet: six months, the default.
const DAYS_SAID_WHEN_UNKNOWN: u32 = 180;
