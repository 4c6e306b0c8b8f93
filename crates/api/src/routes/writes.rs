//! What is done in somebody's name: each under a key of its own, once.

use axum::extract::State;
use axum::http::StatusCode;
use domain::Outcome;
use gate::{NotDone, Request, When, Wish};
use serde::Deserialize;
use utoipa::ToSchema;
use vocab::Lang;

use super::{Answer, Json};
use crate::app::App;
use crate::dto::interventions::ActedView;
use crate::input::{Place, SENTENCE_MAX, TEXT_MAX, Written, sentence};
use crate::problem::{Told, Trouble};

/// Most equipments named in one request: more than one service has.
const EQUIPMENT_MAX: usize = 64;

/// What is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskedFor {
    /// The service.
    #[schema(min_length = 1, max_length = 64)]
    service: String,
    /// On which of its equipment; absent: on all of it.
    #[serde(default)]
    #[schema(max_items = 64)]
    equipment: Vec<String>,
    /// What the intervention is to reach.
    #[schema(min_length = 1, max_length = 2000)]
    objective: String,
    /// Why files will leave; absent: none may.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000)]
    reason_out: Option<String>,
    /// From when on it is to be worked in, in the establishment's local time (`2026-03-14 22:00`); absent: from now.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 16)]
    planned_from: Option<String>,
    /// Until when; absent: to the end of the next agreed period, or of the one in which it begins.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 16)]
    planned_until: Option<String>,
}

/// Why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// A report.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportText {
    /// What was done, in words.
    #[schema(min_length = 1, max_length = 8000)]
    text: String,
}

/// How it ended.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ended {
    /// The objective is reached; the beneficiary confirms.
    Reached,
    /// It cannot be reached; the responsable confirms.
    Unreachable,
}

/// A closing that is proposed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proposed {
    /// How it ended.
    outcome: Ended,
}

/// Asks for an intervention.
#[utoipa::path(post, path = "/v1/establishments/{establishment}/interventions", tag = "interventions",
    operation_id = "request",
    params(("establishment" = String, Path, description = "The establishment of the token"),
        ("Idempotency-Key" = String, Header, description = "A key of this request alone, kept for 24 hours",
            pattern = "^[A-Za-z0-9._-]{1,64}$")),
    request_body = AskedFor,
    responses((status = 201, description = "It is asked for, or was by this very request", body = ActedView)))]
pub(crate) async fn request(State(app): State<App>, _: Place<String>, written: Written<AskedFor>) -> Answer {
    let Written { bearer, lang, body, once } = written;
    let told = |trouble| Told::of(lang, trouble);
    sentence("service", &body.service, 64).map_err(told)?;
    sentence("objective", &body.objective, SENTENCE_MAX).map_err(told)?;
    if let Some(reason) = &body.reason_out {
        sentence("reason_out", reason, SENTENCE_MAX).map_err(told)?;
    }
    if body.equipment.len() > EQUIPMENT_MAX {
        return Err(told(Trouble::invalid(
            format!("« equipment » nomme au plus {EQUIPMENT_MAX} équipements."),
            format!("`equipment` names {EQUIPMENT_MAX} at most."),
        )));
    }
    let AskedFor { service, equipment, objective, reason_out, planned_from: from, planned_until: until } =
        body;
    let wanted = When { from, until, lasts: None };
    let asked = Request { service, equipment, objective, reason_out, wanted, call: None };
    acted(lang, StatusCode::CREATED, app.gate.write_by(&bearer, once, Wish::Request(asked)).await)
}

/// Withdraws an intervention that was asked for.
#[utoipa::path(post, path = "/v1/establishments/{establishment}/interventions/{intervention}/withdraw",
    tag = "interventions", operation_id = "withdraw",
    params(("establishment" = String, Path, description = "The establishment of the token"),
        ("intervention" = String, Path, description = "The intervention"),
        ("Idempotency-Key" = String, Header, description = "A key of this request alone, kept for 24 hours",
            pattern = "^[A-Za-z0-9._-]{1,64}$")),
    request_body = Reason,
    responses((status = 200, description = "It is withdrawn, or was by this very request", body = ActedView)))]
pub(crate) async fn withdraw(
    State(app): State<App>,
    Place((_, name)): Place<(String, String)>,
    written: Written<Reason>,
) -> Answer {
    let Written { bearer, lang, body, once } = written;
    sentence("reason", &body.reason, SENTENCE_MAX).map_err(|why| Told::of(lang, why))?;
    acted(lang, StatusCode::OK, app.gate.write_by(&bearer, once, Wish::Withdraw(name, body.reason)).await)
}

/// Hands the report of an intervention over to the beneficiary.
#[utoipa::path(post, path = "/v1/establishments/{establishment}/interventions/{intervention}/report",
    tag = "interventions", operation_id = "report",
    params(("establishment" = String, Path, description = "The establishment of the token"),
        ("intervention" = String, Path, description = "The intervention"),
        ("Idempotency-Key" = String, Header, description = "A key of this request alone, kept for 24 hours",
            pattern = "^[A-Za-z0-9._-]{1,64}$")),
    request_body = ReportText,
    responses((status = 200, description = "It is handed over, or was by this very request", body = ActedView)))]
pub(crate) async fn report(
    State(app): State<App>,
    Place((_, name)): Place<(String, String)>,
    written: Written<ReportText>,
) -> Answer {
    let Written { bearer, lang, body, once } = written;
    sentence("text", &body.text, TEXT_MAX).map_err(|why| Told::of(lang, why))?;
    acted(lang, StatusCode::OK, app.gate.write_by(&bearer, once, Wish::Report(name, body.text)).await)
}

/// Proposes to close an intervention. Whoever confirms it does so at the door.
#[utoipa::path(post, path = "/v1/establishments/{establishment}/interventions/{intervention}/closing",
    tag = "interventions", operation_id = "closing",
    params(("establishment" = String, Path, description = "The establishment of the token"),
        ("intervention" = String, Path, description = "The intervention"),
        ("Idempotency-Key" = String, Header, description = "A key of this request alone, kept for 24 hours",
            pattern = "^[A-Za-z0-9._-]{1,64}$")),
    request_body = Proposed,
    responses((status = 200, description = "It is proposed, or was by this very request", body = ActedView)))]
pub(crate) async fn closing(
    State(app): State<App>,
    Place((_, name)): Place<(String, String)>,
    written: Written<Proposed>,
) -> Answer {
    let Written { bearer, lang, body, once } = written;
    let outcome = match body.outcome {
        Ended::Reached => Outcome::Reached,
        Ended::Unreachable => Outcome::Unreachable,
    };
    acted(lang, StatusCode::OK, app.gate.write_by(&bearer, once, Wish::Closing(name, outcome)).await)
}

fn acted(lang: Lang, status: StatusCode, done: Result<gate::Written, NotDone>) -> Answer {
    let written = done.map_err(|not| Told::of(lang, not.into()))?;
    Json::with(lang, status, &ActedView::of(&written.acted))
}
