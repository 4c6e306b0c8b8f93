//! The routes, by what they are about. Each asks the gate one thing and writes down what it said.

pub(crate) mod about;
pub(crate) mod interventions;
pub(crate) mod register;
pub(crate) mod services;
pub(crate) mod traces;
pub(crate) mod writes;

use axum::body::Body;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vocab::Lang;

use crate::problem::{Kind, Told, Trouble};

/// What a route answers.
pub(crate) type Answer = Result<Json, Told>;

/// A body in JSON.
pub(crate) struct Json {
    status: StatusCode,
    body: Bytes,
}

impl Json {
    /// Something that was found.
    pub(crate) fn of(lang: Lang, value: &impl Serialize) -> Answer {
        Self::with(lang, StatusCode::OK, value)
    }

    pub(crate) fn with(lang: Lang, status: StatusCode, value: &impl Serialize) -> Answer {
        match serde_json::to_vec(value) {
            Ok(body) => Ok(Self { status, body: body.into() }),
            Err(error) => {
                tracing::error!(%error, "An answer cannot be written");
                Err(Told::of(
                    lang,
                    Trouble::new(
                        Kind::Unable,
                        "La réponse n'a pas pu être écrite.",
                        "The answer could not be written.",
                    ),
                ))
            }
        }
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

/// The description of the interface.
pub(crate) async fn description(body: Bytes) -> Json {
    Json { status: StatusCode::OK, body }
}
