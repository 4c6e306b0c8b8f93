//! What every request passes before its route: who comes, how often, in which language, and for how long at most.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use gate::Bearer;
use tokio::time::Instant;
use vocab::Lang;

use crate::app::{App, DESCRIPTION};
use crate::input::{BODY_MAX, too_long};
use crate::problem::{Kind, Told, Trouble};

/// A request is answered within this time: the longest of them reads 64 Ki entries of a ledger, well below a second on
/// any disk; whoever waits longer waits for a disk that fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// From which address a connection came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The language in which a problem is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Language(pub(crate) Lang);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(language(&parts.headers)))
    }
}

/// Whose token came with the request.
pub(crate) struct Caller(pub(crate) Bearer);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Told;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Told> {
        // The guard laid it there; without it nothing is answered.
        match parts.extensions.get::<Bearer>() {
            Some(bearer) => Ok(Self(bearer.clone())),
            None => Err(Told::of(language(&parts.headers), no_token())),
        }
    }
}

/// Around every request.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let answer = async move {
        let from = count(&app, &request)?;
        if request.uri().path() == DESCRIPTION {
            return Ok(next.run(request).await);
        }
        {
            // Before anything is looked up: who proves nothing waits as well.
            let _turn = app.turns.acquire().await.map_err(|_| slow())?;
            admit(&app, &mut request, from).await?;
        }
        // Whoever sends slowly takes nobody's turn meanwhile.
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, BODY_MAX).await.map_err(|_| too_long())?;
        let _turn = app.turns.acquire().await.map_err(|_| slow())?;
        Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
    };
    let answered = match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(trouble)) => Told::of(lang, trouble).into_response(),
        Err(_) => slow().tell(lang),
    };
    sealed(answered)
}

/// From where a request comes, if that address may ask again: what proves nothing costs as much as what does.
fn count(app: &App, request: &Request) -> Result<IpAddr, Trouble> {
    let from = request.extensions().get::<Peer>().map(|peer| peer.0).ok_or_else(no_token)?;
    app.addresses.take(&from.to_string(), Instant::now()).map_err(Trouble::too_often)?;
    Ok(from)
}

/// Lets a request in whose token proves somebody.
async fn admit(app: &App, request: &mut Request, from: IpAddr) -> Result<(), Trouble> {
    let shown = shown(request.headers())?;
    let bearer = app.gate.bearer(shown, from).await?;
    app.tokens.take(bearer.id(), Instant::now()).map_err(Trouble::too_often)?;
    // What proves somebody goes no further.
    request.headers_mut().remove(AUTHORIZATION);
    request.extensions_mut().insert(bearer);
    Ok(())
}

/// The token, in its one place: never in an address, where logs would keep it.
fn shown(headers: &HeaderMap) -> Result<&str, Trouble> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(one), None) = (all.next(), all.next()) else { return Err(no_token()) };
    let text = one.to_str().map_err(|_| no_token())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(no_token)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(no_token()) }
}

fn no_token() -> Trouble {
    Trouble::new(
        Kind::NoToken,
        "Montrez un jeton : « Authorization: Bearer … ».",
        "Show a token: \"Authorization: Bearer …\".",
    )
    .remedy("Faites un jeton à la porte : token new", "Make a token at the door: token new")
}

fn slow() -> Trouble {
    Trouble::new(
        Kind::Slow,
        "La porte n'a pas répondu à temps ; ce qui était demandé a pu être fait.",
        "The gate did not answer in time; what was asked for may have been done.",
    )
    .remedy(
        "Recommencez la même requête avec la même clé : rien n'est fait deux fois.",
        "Send the same request again with the same key: nothing is done twice.",
    )
}

/// No answer is kept by anybody on the way, nor taken for something else than it is.
fn sealed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// French, unless English is wanted more (RFC 9110, 12.5.4).
fn language(headers: &HeaderMap) -> Lang {
    let Some(wanted) = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else {
        return Lang::Fr;
    };
    let mut best = (0.0_f32, Lang::Fr);
    for part in wanted.split(',').take(32) {
        let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
        let weight: f32 = weight.trim().parse().unwrap_or(0.0);
        let lang = match tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "fr" => Lang::Fr,
            "en" => Lang::En,
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, lang);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_that_is_wanted_most() {
        for (wanted, lang) in [
            ("fr", Lang::Fr),
            ("en", Lang::En),
            ("en-GB,en;q=0.9,fr;q=0.8", Lang::En),
            ("fr;q=0.9, en;q=0.8", Lang::Fr),
            ("de, en;q=0.1", Lang::En),
            ("de", Lang::Fr),
            ("en;q=NaN", Lang::Fr),
            ("", Lang::Fr),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, wanted.parse().unwrap());
            assert_eq!(language(&headers), lang, "{wanted}");
        }
        assert_eq!(language(&HeaderMap::new()), Lang::Fr);
    }

    #[test]
    fn a_token_stands_in_one_place_alone() {
        let with = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            shown(&headers).map(str::to_owned).ok()
        };
        assert_eq!(with(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(with(&["bearer abc"]).as_deref(), Some("abc"));
        for refused in [&[][..], &["Bearer a", "Bearer b"], &["Basic abc"], &["abc"]] {
            assert_eq!(with(refused), None, "{refused:?}");
        }
    }
}
