//! The traces, for whoever says why; and what was refused, by rule.

use axum::extract::State;
use gate::{REFUSALS_DAYS_MAX, TraceAsked};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Answer, Json};
use crate::app::App;
use crate::caller::{Caller, Language};
use crate::dto::traces::{PageView, RefusalsView};
use crate::input::{Asked, Place, SENTENCE_MAX, moment, name, sentence};
use crate::problem::{Told, Trouble};

/// How far back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Back {
    /// Days, 1 to 31; absent: 7.
    #[param(minimum = 1, maximum = 31)]
    days: Option<u32>,
}

/// What is looked for; everything that is named has to fit.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Looked {
    /// Why it is read: it is written into the ledger before anything is shown.
    #[param(min_length = 8, max_length = 2000)]
    reason: String,
    /// Entries that name this person.
    #[param(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$")]
    person: Option<String>,
    /// Entries that name this equipment.
    #[param(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$")]
    equipment: Option<String>,
    /// Entries of this intervention.
    #[param(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$")]
    intervention: Option<String>,
    /// Entries of this session.
    #[param(pattern = "^[0-9a-f]{32}$")]
    session: Option<String>,
    /// From this moment on (RFC 3339).
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this moment (RFC 3339).
    #[param(format = DateTime)]
    until: Option<String>,
    /// `next` of the former page.
    #[param(minimum = 0, maximum = 9007199254740991_u64)]
    cursor: Option<u64>,
    /// Most entries in the page, 1 to 200; absent: 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Days of refusals when nothing else is said.
const DAYS: u32 = 7;
/// Entries of a page, at most.
const LIMIT_MAX: u32 = 200;
/// The largest number that every reader of JSON takes for what it is.
const CURSOR_MAX: u64 = 9_007_199_254_740_991;
/// Fewest characters of a reason.
const REASON_MIN: usize = 8;

/// How many attempts to open a session were refused, by rule. Nobody is named in it.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/refusals", tag = "traces", operation_id = "refusals",
    params(("establishment" = String, Path, description = "The establishment of the token"), Back),
    responses((status = 200, description = "Refused attempts by rule", body = RefusalsView)))]
pub(crate) async fn refusals(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    _: Place<String>,
    Asked(back): Asked<Back>,
) -> Answer {
    let days =
        within("days", back.days.unwrap_or(DAYS), REFUSALS_DAYS_MAX).map_err(|why| Told::of(lang, why))?;
    let found = app.gate.refusals_by(&bearer, days).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &RefusalsView::of(&found))
}

/// Entries of the traces, the oldest first, page by page. Each reading is itself an entry.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/traces", tag = "traces", operation_id = "traces",
    params(("establishment" = String, Path, description = "The establishment of the token"), Looked),
    responses((status = 200, description = "Some of the entries, and from where to go on", body = PageView)))]
pub(crate) async fn page(
    State(app): State<App>,
    Caller(bearer): Caller,
    Language(lang): Language,
    _: Place<String>,
    Asked(looked): Asked<Looked>,
) -> Answer {
    let asked = read(&looked).map_err(|why| Told::of(lang, why))?;
    let found = app.gate.traces_by(&bearer, &asked).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &PageView::of(&found))
}

fn read(looked: &Looked) -> Result<TraceAsked, Trouble> {
    sentence("reason", &looked.reason, SENTENCE_MAX)?;
    if looked.reason.chars().count() < REASON_MIN {
        return Err(Trouble::invalid(
            format!("« reason » a au moins {REASON_MIN} caractères : c'est écrit au journal."),
            format!("`reason` has {REASON_MIN} characters at least: it is written into the ledger."),
        ));
    }
    if looked.cursor.is_some_and(|cursor| cursor > CURSOR_MAX) {
        return Err(Trouble::invalid(
            "« cursor » vient de la page d'avant.",
            "`cursor` comes from the page before.",
        ));
    }
    let limit = looked.limit.map(|limit| within("limit", limit, LIMIT_MAX)).transpose()?;
    Ok(TraceAsked {
        person: name("person", looked.person.as_deref())?,
        equipment: name("equipment", looked.equipment.as_deref())?,
        intervention: name("intervention", looked.intervention.as_deref())?,
        session: name("session", looked.session.as_deref())?,
        from: moment("from", looked.from.as_deref())?,
        until: moment("until", looked.until.as_deref())?,
        cursor: looked.cursor,
        limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        reason: looked.reason.clone(),
    })
}

fn within(name: &str, given: u32, most: u32) -> Result<u32, Trouble> {
    if (1..=most).contains(&given) {
        return Ok(given);
    }
    Err(Trouble::invalid(
        format!("« {name} » est un nombre de 1 à {most}."),
        format!("`{name}` is a number from 1 to {most}."),
    ))
}
