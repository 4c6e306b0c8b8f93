//! What a request says, read strictly: a path, a query, a body, the key under which it is done once.

use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use gate::{Bearer, Once};
use serde::de::DeserializeOwned;
use vocab::Timestamp;

use crate::caller::{Caller, Language};
use crate::problem::{Kind, Told, Trouble};

/// Longest body. The longest text is a report of [`TEXT_MAX`] characters: 8,000 × 12 bytes, were each written as two
/// escapes, are 96,000; the rest of it is names.
pub(crate) const BODY_MAX: usize = 128 * 1024;
/// Characters of a report: 8,000 × 4 bytes are what the door takes, 32 KiB.
pub(crate) const TEXT_MAX: usize = 8_000;
/// Characters of an objective or a reason: a few sentences.
pub(crate) const SENTENCE_MAX: usize = 2_000;
/// Characters of the key of a request: a UUID has 36.
const KEY_MAX: usize = 64;

/// The header of that key.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The names in a path, of which the first is the establishment: that of the token, or nothing is known.
pub(crate) struct Place<T>(pub(crate) T);

/// Names in a path that begin with an establishment.
pub(crate) trait Named: DeserializeOwned + Send {
    /// Its name.
    fn establishment(&self) -> &str;
}

impl Named for String {
    fn establishment(&self) -> &str {
        self
    }
}

impl Named for (String, String) {
    fn establishment(&self) -> &str {
        &self.0
    }
}

impl<S: Send + Sync, T: Named> FromRequestParts<S> for Place<T> {
    type Rejection = Told;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Told> {
        let Ok(Language(lang)) = Language::from_request_parts(parts, state).await;
        let bearer = parts.extensions.get::<Bearer>().cloned();
        let named: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        match (named, bearer) {
            (Ok(Path(named)), Some(bearer)) if named.establishment() == bearer.establishment().as_str() => {
                Ok(Self(named))
            }
            _ => Err(Told::of(lang, Trouble::unknown())),
        }
    }
}

/// What stands behind the question mark.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Told;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Told> {
        let Ok(Language(lang)) = Language::from_request_parts(parts, state).await;
        let asked: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        match asked {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(_) => Err(Told::of(
                lang,
                Trouble::invalid(
                    "Un paramètre est inconnu, de trop, ou n'est pas ce qu'il doit être.",
                    "A parameter is unknown, one too many, or not what it has to be.",
                ),
            )),
        }
    }
}

/// A body, and the key under which the request is done once.
pub(crate) struct Written<T> {
    pub(crate) bearer: Bearer,
    pub(crate) lang: vocab::Lang,
    pub(crate) body: T,
    pub(crate) once: Once,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Written<T> {
    type Rejection = Told;

    async fn from_request(request: Request, state: &S) -> Result<Self, Told> {
        let (mut parts, body) = request.into_parts();
        let Ok(Language(lang)) = Language::from_request_parts(&mut parts, state).await;
        let Caller(bearer) = Caller::from_request_parts(&mut parts, state).await?;
        let told = |trouble| Told::of(lang, trouble);
        let key = key_of(&parts).map_err(told)?;
        check_type(&parts).map_err(told)?;
        let bytes = to_bytes(body, BODY_MAX).await.map_err(|_| told(too_long()))?;
        let once = Once::new(&key, &[parts.uri.path().as_bytes(), &bytes]);
        Ok(Self { bearer, lang, body: parse(&bytes).map_err(told)?, once })
    }
}

fn key_of(parts: &Parts) -> Result<String, Trouble> {
    let mut all = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
    let (one, more) = (all.next().and_then(|value| value.to_str().ok()), all.next());
    let fits = |key: &&str| {
        (1..=KEY_MAX).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    match (one.filter(fits), more) {
        (Some(key), None) => Ok(key.to_owned()),
        _ => Err(Trouble::new(
            Kind::Unreadable,
            format!("Donnez une « Idempotency-Key » : de 1 à {KEY_MAX} lettres, chiffres, points ou tirets."),
            format!("Give one \"Idempotency-Key\": 1 to {KEY_MAX} letters, digits, dots or dashes."),
        )),
    }
}

fn check_type(parts: &Parts) -> Result<(), Trouble> {
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Trouble::new(
        Kind::MediaType,
        "Le corps est du JSON : « Content-Type: application/json ».",
        "The body is JSON: \"Content-Type: application/json\".",
    ))
}

pub(crate) fn too_long() -> Trouble {
    Trouble::new(
        Kind::TooLong,
        format!("Un corps a au plus {BODY_MAX} octets."),
        format!("A body has {BODY_MAX} bytes at most."),
    )
}

fn parse<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            Trouble::invalid(
                "Le corps n'a pas les membres qu'il doit avoir, ou en a d'autres.",
                "The body does not have the members that it has to have, or has others.",
            )
        } else {
            Trouble::new(Kind::Unreadable, "Le corps n'est pas du JSON.", "The body is no JSON.")
        }
    })
}

/// A text of 1 to so many characters, under this name.
pub(crate) fn sentence(name: &str, text: &str, most: usize) -> Result<(), Trouble> {
    if (1..=most).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(Trouble::invalid(
        format!("« {name} » a de 1 à {most} caractères."),
        format!("`{name}` has 1 to {most} characters."),
    ))
}

/// A moment of RFC 3339, under this name.
pub(crate) fn moment(name: &str, given: Option<&str>) -> Result<Option<Timestamp>, Trouble> {
    let read = |given: &str| {
        domain::moment(given).ok_or_else(|| {
            Trouble::invalid(
                format!("« {name} » est un moment comme 2026-03-14T22:10:00+01:00."),
                format!("`{name}` is a moment such as 2026-03-14T22:10:00+01:00."),
            )
        })
    };
    given.map(read).transpose()
}

/// A name of ours, under this name.
pub(crate) fn name<T: std::str::FromStr>(name: &str, given: Option<&str>) -> Result<Option<T>, Trouble> {
    let read = |given: &str| {
        given.parse().map_err(|_| {
            Trouble::invalid(format!("« {name} » n'est pas un nom."), format!("`{name}` is no name."))
        })
    };
    given.map(read).transpose()
}
