//! Services, and how they stand towards the guide.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Answer, Json};
use crate::app::App;
use crate::caller::{Caller, Language};
use crate::dto::conformity::{AssessmentView, DeadlinesView};
use crate::dto::services::ServiceView;
use crate::input::{Asked, Place, moment};
use crate::problem::Told;

/// A moment of the past.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Then {
    /// A moment of the past (RFC 3339); absent: now.
    #[param(format = DateTime)]
    at: Option<String>,
}

/// Nothing may be asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// The services that concern the person of the token.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/services", tag = "services", operation_id = "services",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "The services that concern the person of the token", body = Vec<ServiceView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    _: Place<String>,
    _: Asked<Nothing>,
) -> Answer {
    let all = app.gate.services_by(&bearer).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &all.iter().map(ServiceView::of).collect::<Vec<_>>())
}

/// How a service stands towards the 38 rules, or stood.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/services/{service}/assessment", tag = "conformity",
    operation_id = "assessment",
    params(("establishment" = String, Path, description = "The establishment of the token"),
        ("service" = String, Path, description = "The service"), Then),
    responses((status = 200, description = "The level reached and the finding on each rule", body = AssessmentView)))]
pub(crate) async fn assessment(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    Place((_, service)): Place<(String, String)>,
    Asked(then): Asked<Then>,
) -> Answer {
    let told = |trouble| Told::of(lang, trouble);
    let at = moment("at", then.at.as_deref()).map_err(told)?;
    let assessed = app.gate.assessment_by(&bearer, &service, at).await;
    let assessed = assessed.map_err(|not| told(not.into()))?;
    Json::of(lang, &assessed.json())
}

/// The data of the statement of conformity of a service, in the language of the request.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/services/{service}/statement", tag = "conformity",
    operation_id = "statement",
    params(("establishment" = String, Path, description = "The establishment of the token"),
        ("service" = String, Path, description = "The service"), Then),
    responses((status = 200, description = "The statement, as docs/formats/documents.md defines it", body = Object)))]
pub(crate) async fn statement(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    Place((_, service)): Place<(String, String)>,
    Asked(then): Asked<Then>,
) -> Answer {
    let told = |trouble| Told::of(lang, trouble);
    let at = moment("at", then.at.as_deref()).map_err(told)?;
    let stated = app.gate.statement_by(&bearer, &service, at, lang).await;
    Json::of(lang, &stated.map_err(|not| told(not.into()))?)
}

/// What expires within 90 days.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/deadlines", tag = "conformity",
    operation_id = "deadlines",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "What expires, the nearest first", body = DeadlinesView)))]
pub(crate) async fn deadlines(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    _: Place<String>,
    _: Asked<Nothing>,
) -> Answer {
    let due = app.gate.deadlines_by(&bearer).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &due.json())
}
