//! What is answered when something is not done: RFC 9457, in the language of who asked. Nothing of the machine is in it.

use axum::body::Body;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use gate::{BearerRefused, NotDone, Why};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{Lang, RuleId, Text};

use crate::caller::Language;

/// The media type of RFC 9457.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Every status that is a problem, with what it means: each operation may answer each of them.
pub(crate) const ANSWERS: &[(&str, &str)] = &[
    ("400", "The request cannot be read, or its Idempotency-Key is missing"),
    ("401", "There is no token, or it proves nothing (any more)"),
    ("403", "The token does not have the scope, or the act is somebody else's"),
    ("404", "There is no such thing in the establishment of the token, or it is not its person's to see"),
    ("405", "The path knows no such method"),
    ("408", "The request did not come in time"),
    ("409", "It is refused as things stand; `rule` names the rule, where there is one"),
    ("413", "The body is too long"),
    ("415", "The body is not JSON"),
    ("422", "A value is not what it has to be, or the Idempotency-Key was given to another request"),
    ("429", "The token asked too often, or the address; Retry-After says for how many seconds to wait"),
    ("503", "The gate cannot do it now, or cannot prove that it did"),
];

/// A problem, as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Which kind of problem: a name that stays.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What happened, in words.
    detail: String,
    /// The rule of the guide that it is refused by.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// What would mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// A problem that is not told yet: it has its language when it is.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    kind: Kind,
    detail: Text,
    rule: Option<RuleId>,
    remedy: Option<Text>,
    wait: Option<u64>,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unreadable,
    NoToken,
    BadToken,
    Scope,
    NotYours,
    NotVouched,
    Unknown,
    Method,
    Refused,
    Busy,
    TooLong,
    MediaType,
    Invalid,
    KeyReused,
    TooOften,
    NotLogged,
    Unable,
    Slow,
}

impl Kind {
    const fn of(self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::Unreadable => (400, "unreadable", "Requête illisible", "The request cannot be read"),
            Self::NoToken => (401, "no-token", "Un jeton est demandé", "A token is asked for"),
            Self::BadToken => (401, "bad-token", "Ce jeton ne prouve rien", "This token proves nothing"),
            Self::Scope => (403, "scope", "Pas par ce jeton", "Not by this token"),
            Self::NotYours => {
                (403, "not-yours", "Cet acte revient à quelqu'un d'autre", "This act is somebody else's")
            }
            Self::NotVouched => (403, "not-vouched", "Preuve non attestée", "Nobody vouched for the proof"),
            Self::Unknown => (404, "unknown", "Inconnu", "Unknown"),
            Self::Method => (405, "method", "Méthode inconnue ici", "No such method here"),
            Self::Refused => (409, "refused", "Refusé en l'état", "Refused as things stand"),
            Self::Busy => (409, "busy", "Quelqu'un d'autre vient d'agir", "Somebody else has just acted"),
            Self::TooLong => (413, "too-long", "Trop long", "Too long"),
            Self::MediaType => (415, "media-type", "Ce n'est pas du JSON", "This is not JSON"),
            Self::Invalid => (422, "invalid", "Valeur incorrecte", "A value is wrong"),
            Self::KeyReused => (422, "key-reused", "Clé déjà employée", "The key was used already"),
            Self::TooOften => (429, "too-often", "Trop de requêtes", "Too many requests"),
            Self::NotLogged => {
                (503, "not-logged", "Fait, mais pas encore au journal", "Done, but not in the ledger yet")
            }
            Self::Unable => (503, "unable", "Impossible maintenant", "Not possible now"),
            Self::Slow => (503, "slow", "Trop long à répondre", "It took too long to answer"),
        }
    }
}

impl Trouble {
    pub(crate) fn new(kind: Kind, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, detail: Text::new(fr, en), rule: None, remedy: None, wait: None }
    }

    pub(crate) fn remedy(self, fr: &str, en: &str) -> Self {
        Self { remedy: Some(Text::new(fr, en)), ..self }
    }

    pub(crate) fn invalid(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, fr, en)
    }

    /// The same answer for what does not exist and for what is not his.
    pub(crate) fn unknown() -> Self {
        Self::new(
            Kind::Unknown,
            "Inconnu, ou hors de ce que vous pouvez voir.",
            "Unknown, or outside what you may see.",
        )
    }

    pub(crate) fn too_often(wait: std::time::Duration) -> Self {
        let secs = wait.as_secs().saturating_add(1);
        let told = Self::new(
            Kind::TooOften,
            format!("Trop de demandes, de ce jeton ou de cette adresse : attendez {secs} s."),
            format!("Too many requests, of this token or of this address: wait {secs} s."),
        );
        Self { wait: Some(secs), ..told }
    }

    /// In one language.
    pub(crate) fn tell(&self, lang: Lang) -> Response {
        let (status, kind, fr, en) = self.kind.of();
        let body = Problem {
            kind: format!("urn:poterne:problem:{kind}"),
            title: if lang == Lang::Fr { fr } else { en }.to_owned(),
            status,
            detail: self.detail.in_lang(lang).to_owned(),
            rule: self.rule.map(|rule| rule.as_str().to_owned()),
            remedy: self.remedy.as_ref().map(|remedy| remedy.in_lang(lang).to_owned()),
        };
        let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers
            .insert(CONTENT_LANGUAGE, HeaderValue::from_static(if lang == Lang::Fr { "fr" } else { "en" }));
        if status == 401 {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

impl From<NotDone> for Trouble {
    fn from(not: NotDone) -> Self {
        let kind = match not.why {
            Why::Unknown => return Self::unknown(),
            Why::NotYours => Kind::NotYours,
            Why::Token => Kind::Scope,
            Why::Unproved => Kind::NotVouched,
            Why::Refused => Kind::Refused,
            Why::Reused => Kind::KeyReused,
            Why::Busy => Kind::Busy,
            Why::Unable => Kind::Unable,
            Why::NotLogged => Kind::NotLogged,
        };
        let rule = not.rule();
        let told = Self { kind, detail: not.text, rule, remedy: None, wait: None };
        match kind {
            Kind::Scope => told.remedy(
                "Faites à la porte un jeton qui a cette portée (token new), ou faites-y l'acte vous-même.",
                "Make a token with this scope at the door (token new), or do the act there yourself.",
            ),
            Kind::KeyReused => told.remedy(
                "Donnez à chaque requête une clé qui n'est qu'à elle.",
                "Give each request a key of its own.",
            ),
            Kind::Unable | Kind::NotLogged | Kind::Busy => told.remedy(
                "Recommencez la même requête avec la même clé : rien n'est fait deux fois.",
                "Send the same request again with the same key: nothing is done twice.",
            ),
            _ => told,
        }
    }
}

impl From<BearerRefused> for Trouble {
    fn from(refused: BearerRefused) -> Self {
        let told = match refused {
            BearerRefused::Unable => {
                return Self::new(
                    Kind::Unable,
                    "La porte n'a pas pu vérifier le jeton.",
                    "The gate could not check the token.",
                );
            }
            BearerRefused::Wrong => Self::new(
                Kind::BadToken,
                "Ce jeton n'existe pas, ou a été retiré.",
                "There is no such token, or it was revoked.",
            ),
            BearerRefused::Expired => {
                Self::new(Kind::BadToken, "Ce jeton a expiré.", "This token has expired.")
            }
            BearerRefused::Fallen => Self::new(
                Kind::BadToken,
                "Ce sur quoi ce jeton reposait n'est plus : clé, attestation, second facteur ou accès.",
                "What this token stood on is no more: key, vouching, second factor or access.",
            ),
        };
        told.remedy(
            "Faites un nouveau jeton à la porte : token new",
            "Make a new token at the door: token new",
        )
    }
}

/// There is nothing of that name.
pub(crate) async fn no_such_path(Language(lang): Language) -> Response {
    Trouble::unknown().tell(lang)
}

/// It is there, and does not know this method.
pub(crate) async fn no_such_method(Language(lang): Language) -> Response {
    Trouble::new(
        Kind::Method,
        "Ce chemin ne connaît pas cette méthode ; l'en-tête Allow dit lesquelles.",
        "This path does not know this method; the header Allow says which.",
    )
    .tell(lang)
}

/// What a route answers when something is not done.
pub(crate) struct Told(Lang, Box<Trouble>);

impl Told {
    pub(crate) fn of(lang: Lang, trouble: Trouble) -> Self {
        Self(lang, Box::new(trouble))
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        self.1.tell(self.0)
    }
}
