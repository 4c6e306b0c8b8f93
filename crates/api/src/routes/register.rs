//! What the services stand on, for whoever may see how they stand: providers, contracts, equipment, documents, notices.

use axum::extract::State;
use serde::Serialize;

use super::services::Nothing;
use super::{Answer, Json};
use crate::app::App;
use crate::caller::{Caller, Language};
use crate::dto::register::{ContractView, DocumentView, EquipmentView, NoticeView, ProviderView};
use crate::input::{Asked, Place};
use crate::problem::Told;

/// Reads it, and shows one kind of it.
async fn shown<T: Serialize>(
    app: &App,
    caller: Caller,
    Language(lang): Language,
    show: impl Fn(&gate::Register) -> Vec<T>,
) -> Answer {
    let register = app.gate.register_by(&caller.0).await.map_err(|not| Told::of(lang, not.into()))?;
    Json::of(lang, &show(&register))
}

/// Those who provide the services that the person of the token may assess.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/providers", tag = "register", operation_id = "providers",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "Those who provide the services that the person of the token may assess", body = Vec<ProviderView>)))]
pub(crate) async fn providers(
    State(app): State<App>,
    caller: Caller,
    language: Language,
    _: Place<String>,
    _: Asked<Nothing>,
) -> Answer {
    shown(&app, caller, language, |all| all.providers.iter().map(ProviderView::of).collect()).await
}

/// The contracts of the services that the person of the token may assess.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/contracts", tag = "register", operation_id = "contracts",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "The contracts of the services that the person of the token may assess", body = Vec<ContractView>)))]
pub(crate) async fn contracts(
    State(app): State<App>,
    caller: Caller,
    language: Language,
    _: Place<String>,
    _: Asked<Nothing>,
) -> Answer {
    shown(&app, caller, language, |all| all.contracts.iter().map(ContractView::of).collect()).await
}

/// The equipment of the services that the person of the token may assess.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/equipment", tag = "register", operation_id = "equipment",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "The equipment of the services that the person of the token may assess", body = Vec<EquipmentView>)))]
pub(crate) async fn equipment(
    State(app): State<App>,
    caller: Caller,
    language: Language,
    _: Place<String>,
    _: Asked<Nothing>,
) -> Answer {
    shown(&app, caller, language, |all| all.equipment.iter().map(EquipmentView::of).collect()).await
}

/// The documents that are kept for the establishment and for these services.
#[utoipa::path(get, path = "/v1/establishments/{establishment}/documents", tag = "register", operation_id = "documents",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "The documents that are kept for the establishment and for these services", body = Vec<DocumentView>)))]
pub(crate) async fn documents(
    State(app): State<App>,
    caller: Caller,
    language: Language,
    _: Place<String>,
    _: Asked<Nothing>,
) -> Answer {
    shown(&app, caller, language, |all| all.documents.iter().map(DocumentView::of).collect()).await
}

/// What the providers of these services said that changed (C3).
#[utoipa::path(get, path = "/v1/establishments/{establishment}/notices", tag = "register", operation_id = "notices",
    params(("establishment" = String, Path, description = "The establishment of the token")),
    responses((status = 200, description = "What the providers of these services said that changed (C3)", body = Vec<NoticeView>)))]
pub(crate) async fn notices(
    State(app): State<App>,
    caller: Caller,
    language: Language,
    _: Place<String>,
    _: Asked<Nothing>,
) -> Answer {
    shown(&app, caller, language, |all| all.notices.iter().map(NoticeView::of).collect()).await
}
