//! Whoever comes by a token: a program, in the name of the person who made it at the door (decision 0026).
//!
//! A token proves that its person made it, and nothing more: what he may do is asked anew each time, by the same use
//! cases as at the door. It reaches one establishment, has its scopes, and does no act that a person has to do himself.

mod read;
mod register;
mod traces;
mod write;

use std::net::IpAddr;
use std::time::Duration;

use domain::{Scope, Token};
use events::{Actor, TokenActed, TokenRefused};
use recording::Digest;
use serde::{Deserialize, Serialize};
use vocab::{EstablishmentId, InterventionId, Secret, Text, Timestamp};

pub use self::read::TokenSeen;
pub use self::register::Register;
pub use self::traces::{Found, Page, REFUSALS_DAYS_MAX, Refusals, TraceAsked};
pub use self::write::{Wish, Written};
use crate::acts::Through;
use crate::commands::{Deed, NotDone, Why};
use crate::ports::{Answered, PortError};
use crate::scribe::Note;
use crate::streams::hex;
use crate::{Gate, Known};

/// An answer is given again for so long: a program that broke off in the evening goes on in the morning.
pub const ANSWERS_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Random bytes of a token: nobody guesses 256 bits.
pub(crate) const SECRET: usize = 32;
/// Random bytes of what it is looked for by.
pub(crate) const HANDLE: usize = 8;
/// What every token begins with, so that whoever finds one in a file knows what it is.
const MARK: &str = "poterne";

/// By which token somebody comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByToken {
    token: String,
    name: String,
    establishment: EstablishmentId,
    scopes: Vec<Scope>,
    once: Option<Once>,
}

/// A request that is done once, however often it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The key that the program gave to it.
    pub key: String,
    /// SHA-256 of it.
    pub request: [u8; 32],
}

impl Once {
    /// From the key and all that the request says.
    pub fn new(key: &str, said: &[&[u8]]) -> Self {
        // Each part with its length: no two requests are one.
        let parts: Vec<Vec<u8>> =
            said.iter().map(|part| [&(part.len() as u64).to_be_bytes(), *part].concat()).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Self { key: key.to_owned(), request: Digest::of(&parts) }
    }
}

/// What was done to an intervention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// Which.
    pub intervention: InterventionId,
    /// Where it stands now.
    pub state: domain::State,
    /// What is said of it.
    pub said: Text,
}

impl ByToken {
    /// The entry beside that of the act.
    pub(crate) fn acted(&self, act: &str, from: IpAddr) -> TokenActed {
        TokenActed {
            token: self.token.as_str().into(),
            name: self.name.as_str().into(),
            act: act.into(),
            from,
        }
    }

    pub(crate) fn through(self, from: IpAddr, acted: Option<&Acted>) -> Result<Through, PortError> {
        let answered = self.once.as_ref().zip(acted).map(|(once, acted)| {
            let body = serde_json::to_string(acted).map_err(|error| PortError::Failed(error.to_string()))?;
            let (token, key) = (self.token.clone(), once.key.clone());
            Ok::<_, PortError>(Answered { token, key, request: once.request, body })
        });
        Ok(Through { answered: answered.transpose()?, by: self, from })
    }
}

impl Known {
    /// Whether he comes for this establishment too: a token is for one.
    pub(crate) fn reaches(&self, establishment: &EstablishmentId) -> bool {
        self.by_token.as_ref().is_none_or(|by| by.establishment == *establishment)
    }

    /// Whether this deed may be done the way he comes.
    pub(crate) fn scope(&self, deed: Deed) -> Result<(), NotDone> {
        let Some(by) = &self.by_token else { return Ok(()) };
        match deed.scope() {
            Some(scope) => by.has(scope),
            None => Err(NotDone::new(
                "Cet acte ne se fait pas par un jeton : faites-le à la porte, vous-même.",
                "This act is not done by a token: do it at the door, yourself.",
            )
            .because(Why::Token)),
        }
    }
}

impl ByToken {
    fn has(&self, scope: Scope) -> Result<(), NotDone> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        let scope = scope.as_str();
        Err(NotDone::new(
            format!("Ce jeton n'a pas la portée {scope}."),
            format!("This token does not have the scope {scope}."),
        )
        .because(Why::Token))
    }
}

/// Somebody whose token was shown a moment ago.
#[derive(Debug, Clone)]
pub struct Bearer {
    pub(crate) known: Known,
    pub(crate) token: Token,
}

/// Why a token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BearerRefused {
    /// It is none, or was revoked.
    Wrong,
    /// Its time is over.
    Expired,
    /// What stood behind it fell: the key, its vouching, the second factor, or the person is not active.
    Fallen,
    /// The gate could not tell.
    Unable,
}

impl BearerRefused {
    const fn code(self) -> &'static str {
        match self {
            Self::Wrong => "unknown",
            Self::Expired => "expired",
            Self::Fallen => "fallen",
            Self::Unable => "unable",
        }
    }
}

/// A token as it is shown: the mark, what it is looked for by, its random bytes.
pub(crate) fn written(handle: &[u8; HANDLE], secret: &[u8; SECRET]) -> String {
    format!("{MARK}_{}_{}", hex(handle), hex(secret))
}

pub(crate) fn id_of(handle: &[u8; HANDLE]) -> String {
    format!("t-{}", hex(handle))
}

/// What is kept of the random bytes.
pub(crate) fn hash_of(secret: &[u8]) -> String {
    hex(&Digest::of(&[secret]))
}

/// The name of a token, and the hash of its random bytes; `None`: it is not written as one.
fn parse(shown: &str) -> Option<(String, Secret)> {
    let (handle, secret) = shown.strip_prefix(MARK)?.strip_prefix('_')?.split_once('_')?;
    (handle.len() == 2 * HANDLE && secret.len() == 2 * SECRET).then_some(())?;
    let handle = unhex(handle)?;
    let secret = unhex(secret)?;
    Some((format!("t-{}", hex(&handle)), Secret::new(hash_of(&secret).into_bytes())))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

impl Gate {
    /// Who comes with this token. A token that proves nothing is written down; in a flood, their number is.
    pub async fn bearer(&self, shown: &str, from: IpAddr) -> Result<Bearer, BearerRefused> {
        let now = self.clock.now();
        let parsed = parse(shown);
        let found = match &parsed {
            Some((id, _)) => self.store.token(id, self.as_of(now)).await.map_err(unable),
            None => Ok(None),
        };
        let token = match found {
            Ok(token) => token,
            Err(refused) => return Err(self.refuse_token(None, refused, from, now)),
        };
        // One that nobody made is compared as well, with nothing.
        let kept = token.as_ref().map_or("", |token| token.sha256.as_str());
        let right = parsed.is_some_and(|(_, shown)| shown == Secret::new(kept.as_bytes().to_vec()));
        let Some(token) = token.filter(|_| right) else {
            return Err(self.refuse_token(None, BearerRefused::Wrong, from, now));
        };
        match self.stands(&token, from, now).await {
            Ok(known) => Ok(Bearer { known, token }),
            Err(refused) => Err(self.refuse_token(Some(&token), refused, from, now)),
        }
    }

    /// The person of a token, if all that it stands on does.
    async fn stands(&self, token: &Token, from: IpAddr, now: Timestamp) -> Result<Known, BearerRefused> {
        // A clock that was put back brings no token back.
        if self.as_of(now) >= token.until {
            return Err(BearerRefused::Expired);
        }
        let as_of = self.as_of(now);
        let active = self.store.key_of(&token.person, &token.key, as_of).await.map_err(unable)?;
        let credentials =
            self.store.credentials(&token.establishment, &token.person, as_of).await.map_err(unable)?;
        if !active || !token.stands_on(&credentials) {
            return Err(BearerRefused::Fallen);
        }
        let known = self.in_person(&token.person, token.proof(), from, now).await.map_err(unable)?;
        let by = ByToken {
            token: token.id.clone(),
            name: token.name.clone(),
            establishment: token.establishment.clone(),
            scopes: token.scopes.clone(),
            once: None,
        };
        Ok(Known { by_token: Some(Box::new(by)), ..known })
    }

    fn refuse_token(
        &self,
        token: Option<&Token>,
        refused: BearerRefused,
        from: IpAddr,
        now: Timestamp,
    ) -> BearerRefused {
        if self.token_flood.admits(now) {
            let id = token.map(|token| token.id.as_str().into());
            let fact = TokenRefused { token: id, why: refused.code().into(), from }.into();
            let home = self.home_note(now, Actor::Gate, fact);
            let establishment = token.map_or(home.establishment.clone(), |token| token.establishment.clone());
            self.observe(Note { establishment, ..home });
        }
        refused
    }
}

fn unable(error: PortError) -> BearerRefused {
    tracing::error!(%error, "The store could not tell a token");
    BearerRefused::Unable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_shown() {
        let (handle, secret) = ([0xab; HANDLE], [0x5c; SECRET]);
        let shown = written(&handle, &secret);
        let (id, hash) = parse(&shown).unwrap();
        assert_eq!(id, id_of(&handle));
        assert_eq!(hash, Secret::new(hash_of(&secret).into_bytes()));
        for wrong in [
            "",
            "poterne",
            "poterne__",
            &shown.to_uppercase(),
            &shown.replace("5c", "5"),
            &format!("{shown}0"),
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
        assert!(parse(&shown.replace("5c5c", "5cé")).is_none());
    }

    #[test]
    fn two_requests_are_two() {
        let of = |said: &[&[u8]]| Once::new("k", said).request;
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_eq!(of(&[b"a", b"b"]), of(&[b"a", b"b"]));
    }
}
