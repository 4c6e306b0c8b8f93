//! The token itself, its establishment, and the guide.

use axum::extract::State;

use super::{Answer, Json};
use crate::app::App;
use crate::caller::{Caller, Language};
use crate::dto::about::{EstablishmentView, RuleView, TokenView};
use crate::input::Place;
use crate::problem::Told;

/// The token that is shown.
#[utoipa::path(get, path = "/v1/token", tag = "token", operation_id = "token",
    responses((status = 200, description = "The token that is shown", body = TokenView)))]
pub(crate) async fn token(Caller(bearer): Caller, Language(lang): Language) -> Answer {
    Json::of(lang, &TokenView::from(bearer.token()))
}

/// The 38 rules of the guide.
#[utoipa::path(get, path = "/v1/guide/rules", tag = "guide", operation_id = "rules",
    responses((status = 200, description = "The 38 rules of the guide, in its order", body = Vec<RuleView>)))]
pub(crate) async fn rules(_: Caller, Language(lang): Language) -> Answer {
    let all: Vec<RuleView> = guide::RULES.iter().map(|rule| RuleView::of(rule)).collect();
    Json::of(lang, &all)
}

/// The establishment of the token.
#[utoipa::path(get, path = "/v1/establishments/{establishment}", tag = "establishment", operation_id = "establishment",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "The establishment", body = EstablishmentView)))]
pub(crate) async fn establishment(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    _: Place<String>,
) -> Answer {
    let found = app.gate.establishment_by(&bearer).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &EstablishmentView::of(&found))
}
