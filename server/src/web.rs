//! Everything that is served over HTTP, put together: the page and the widget, the chat, the API with its description
//! and viewer, metrics and health.

mod assets;
mod documents;
mod house;
mod publishing;
mod secrets;

use crate::channels::chat;
use crate::host::Host;
use crate::observe::{Metrics, Readiness};
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use offhook_editor_api as editor_api;
use serde_json::json;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// What pages may load: only what this server itself serves. The widget styles itself by constructed style sheets; the editor's engine is
/// WebAssembly, which needs a word of its own (WebAssembly Content Security Policy), and lets no script be evaluated.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
     connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'";

/// All routes.
pub fn router(
    host: &Host,
    key: chat::Key,
    readiness: Readiness,
    metrics: Metrics,
    sip: &[(String, SocketAddr)],
) -> Router {
    let config = host.config();
    let house = Arc::new(house::StoreHouse::new(host.clone()));
    let status = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "sip": sip.first().map(|(_, address)| json!({
            "address": address.to_string(),
            "transports": sip.iter().map(|(transport, _)| transport).collect::<Vec<_>>()
        })),
        "numbers": config.entries.iter().filter_map(|entry| match &entry.channel {
            crate::config::Channel::Number(number) => Some(json!({ "number": number, "flow": entry.flow })),
            crate::config::Channel::Chat(_) => None,
        }).collect::<Vec<_>>(),
    });
    let status_readiness = readiness.clone();
    let api = editor_api::router(house)
        .route(
            "/status",
            get(move || {
                let mut status = status.clone();
                status["ready"] = json!(status_readiness.report().status() == 200);
                async move { Json(status) }
            }),
        )
        .layer(middleware::from_fn_with_state(host.clone(), guard));
    let mut description = editor_api::openapi();
    description.merge(chat::openapi());
    description.info.title = "Offhook".to_owned();
    description.info.version = env!("CARGO_PKG_VERSION").to_owned();
    // On a public address, visitors come through chat keys.
    let by_flow = config.server.bind.ip().is_loopback();
    Router::new()
        .nest("/api/v1", api)
        .merge(chat::router(host.clone(), key, by_flow))
        .route("/openapi.json", get(move || async move { Json(description) }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(move || ready(readiness)))
        .route(
            "/metrics",
            get(move || async move {
                ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render())
            })
            .layer(middleware::from_fn_with_state(host.clone(), guard)),
        )
        .fallback(get(assets::serve))
        .layer(middleware::map_response(with_headers))
        .layer(CatchPanicLayer::new())
}

async fn ready(readiness: Readiness) -> Response {
    let status = StatusCode::from_u16(readiness.report().status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, Json(readiness.report())).into_response()
}

/// The administrative API wants its token, where one is set; off loopback one must be set.
async fn guard(State(host): State<Host>, request: Request, next: Next) -> Response {
    if let Some(token) = &host.config().server.api_token {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if !given.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|given| token.matches(given)) {
            let problem = editor_api::Problem::new(StatusCode::UNAUTHORIZED, "this needs the server's API token");
            return ([(header::WWW_AUTHENTICATE, "Bearer")], problem).into_response();
        }
    } else if !request.method().is_safe() && !names_us(&request, host.config().server.public_url.as_deref()) {
        let why =
            "without an API token, changes are taken at an address or `localhost` only, or at `server.public_url`";
        return editor_api::Problem::new(StatusCode::FORBIDDEN, why).into_response();
    }
    next.run(request).await
}

/// Whether the host that a request names is ours. A page of somebody else's could make its own name lead here (DNS rebinding), and would then be
/// of the same origin; it cannot take the name of an address.
fn names_us(request: &Request, public_url: Option<&str>) -> bool {
    let named =
        request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| request.uri().host());
    let Some(authority) = named.and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let host = authority.host();
    let ours = public_url.and_then(|url| url.parse::<Uri>().ok());
    host == "localhost"
        || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
        || ours.is_some_and(|ours| ours.host() == Some(host))
}

async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
