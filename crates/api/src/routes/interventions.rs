//! Interventions, and the sessions that are open in them.

use axum::extract::State;
use domain::State as Stage;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::services::Nothing;
use super::{Answer, Json};
use crate::app::App;
use crate::caller::{Caller, Language};
use crate::dto::interventions::{InterventionView, SessionView};
use crate::input::{Asked, Place};
use crate::problem::Told;

/// Which of them.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Which {
    /// Those that are not settled yet.
    #[default]
    Live,
    /// Those that are closed, refused or withdrawn.
    Over,
}

/// What is asked of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Listed {
    /// `live` (those that are not settled yet) or `over`; absent: live.
    #[param(inline)]
    which: Option<Which>,
}

impl Which {
    const fn states(self) -> &'static [Stage] {
        match self {
            Self::Live => &[Stage::Requested, Stage::Approved, Stage::Open, Stage::Suspended, Stage::Closing],
            Self::Over => &[Stage::Closed, Stage::Refused, Stage::Withdrawn],
        }
    }
}

/// The interventions that the person of the token may see, 200 at most.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/interventions", tag = "interventions",
    operation_id = "interventions",
    params(("establishment" = String, Path, description = "The establishment of the token"), Listed),
    responses((status = 200, description = "The interventions, 200 at most", body = Vec<InterventionView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    _: Place<String>,
    Asked(listed): Asked<Listed>,
) -> Answer {
    let states = listed.which.unwrap_or_default().states();
    let all = app.gate.interventions_by(&bearer, states).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &all.iter().map(|(one, facts)| InterventionView::of(one, facts)).collect::<Vec<_>>())
}

/// Everything about one intervention.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/interventions/{intervention}", tag = "interventions",
    operation_id = "intervention",
    params(("establishment" = String, Path, description = "The establishment of the token"),
        ("intervention" = String, Path, description = "The intervention")),
    responses((status = 200, description = "The intervention", body = InterventionView)))]
pub(crate) async fn one(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    Place((_, name)): Place<(String, String)>,
    _: Asked<Nothing>,
) -> Answer {
    let (one, facts) =
        app.gate.intervention_by(&bearer, &name).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &InterventionView::of(&one, &facts))
}

/// The sessions that are open now.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/sessions", tag = "interventions",
    operation_id = "sessions",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "The sessions that are open now", body = Vec<SessionView>)))]
pub(crate) async fn sessions(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    _: Place<String>,
    _: Asked<Nothing>,
) -> Answer {
    let all = app.gate.sessions_by(&bearer).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &all.iter().map(SessionView::of).collect::<Vec<_>>())
}
