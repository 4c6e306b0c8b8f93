//! All routes together, and the document that describes them.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::middleware;
use axum::routing::get;
use gate::Gate;
use tokio::sync::Semaphore;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Info, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{OpenApi as _, PartialSchema as _, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::limit::{Limiter, TOKENS_PER_ADDRESS};
use crate::problem::{PROBLEM_JSON, Problem};
use crate::{caller, problem, routes as all};

/// Everything that a request is answered from.
#[derive(Clone)]
pub struct App {
    pub(crate) gate: Arc<Gate>,
    pub(crate) tokens: Arc<Limiter>,
    pub(crate) addresses: Arc<Limiter>,
    pub(crate) turns: Arc<Semaphore>,
}

/// Where the description is, which everybody may read: it says nothing of this house.
pub(crate) const DESCRIPTION: &str = "/v1/openapi.json";

#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(Problem)))]
struct Skeleton;

impl App {
    /// For this gate; `per_minute`: requests of one token; `at_once`: requests that are answered at once. Each reads with one
    /// of the database's readers at a time: what is given here is taken from those who stand at the door. The others wait
    /// for their turn, one on each connection.
    pub fn new(gate: Arc<Gate>, per_minute: u32, at_once: usize) -> Self {
        let tokens = Arc::new(Limiter::new(per_minute));
        let addresses = Arc::new(Limiter::new(per_minute.saturating_mul(TOKENS_PER_ADDRESS)));
        Self { gate, tokens, addresses, turns: Arc::new(Semaphore::new(at_once)) }
    }

    /// The routes, behind what every request passes.
    pub fn router(self) -> Router {
        let description = Bytes::from(openapi().to_json().unwrap_or_default());
        let (router, _) = described().split_for_parts();
        router
            .route(DESCRIPTION, get(move || all::description(description.clone())))
            .fallback(problem::no_such_path)
            .method_not_allowed_fallback(problem::no_such_method)
            .layer(middleware::from_fn_with_state(self.clone(), caller::guard))
            .with_state(self)
    }
}

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Skeleton::openapi())
        .routes(routes!(all::about::token))
        .routes(routes!(all::about::rules))
        .routes(routes!(all::about::establishment))
        .routes(routes!(all::services::list))
        .routes(routes!(all::services::assessment))
        .routes(routes!(all::services::statement))
        .routes(routes!(all::services::deadlines))
        .routes(routes!(all::register::providers))
        .routes(routes!(all::register::contracts))
        .routes(routes!(all::register::equipment))
        .routes(routes!(all::register::documents))
        .routes(routes!(all::register::notices))
        .routes(routes!(all::interventions::list, all::writes::request))
        .routes(routes!(all::interventions::one))
        .routes(routes!(all::writes::withdraw))
        .routes(routes!(all::writes::report))
        .routes(routes!(all::writes::closing))
        .routes(routes!(all::interventions::sessions))
        .routes(routes!(all::traces::refusals))
        .routes(routes!(all::traces::page))
}

/// The description: OpenAPI 3.1, with every answer of every operation.
pub fn openapi() -> OpenApi {
    let mut api = described().into_openapi();
    let mut info = Info::new("Poterne", "1.0.0");
    info.description = Some(
        "What a program may see and do in the name of the person who made its token at the door: docs/api.md. \
         Every sentence is in French and in English; problems are in the language of Accept-Language (fr, en)."
            .to_owned(),
    );
    api.info = info;
    api.servers = None;
    let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let mut components = api.components.take().unwrap_or_default();
    components.add_security_scheme("token", scheme);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    api.components = Some(components);
    api.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    for item in api.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            for (status, says) in problem::ANSWERS {
                let content =
                    ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
                let response =
                    ResponseBuilder::new().description(*says).content(PROBLEM_JSON, content).build();
                operation.responses.responses.insert((*status).to_owned(), RefOr::T(response));
            }
        }
    }
    api
}
