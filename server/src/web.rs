//! Everything that is served over HTTP, put together: the page and the widget, the chat, the API with its description
//! and viewer, metrics and health.

mod access;
mod assets;
mod audit;
mod beside;
mod comments;
mod description;
mod documents;
mod entries;
mod house;
mod people;
mod publishing;
mod reviews;
mod secrets;
mod sign_in;
mod translations;
mod uses;

use crate::channels::{chat, events, hooks};
use crate::config::{Channel, Entry};
use crate::host::Host;
use crate::observe::{Metrics, Readiness};
use access::Doors;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use offhook_editor_api as editor_api;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// What pages may load: only what this server itself serves. The widget styles itself by constructed style sheets; the editor's engine is
/// WebAssembly, which needs a word of its own (WebAssembly Content Security Policy), and lets no script be evaluated. Sound and pictures that the editor
/// has fetched with its credentials are played and shown from memory (`blob:`).
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
     connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'";

/// All routes.
pub fn router(
    hosts: &Arc<[Host]>,
    key: chat::Key,
    readiness: Readiness,
    metrics: Metrics,
    sip: &[(String, SocketAddr)],
) -> Router {
    let config = hosts.first().expect("there is always the first tenant").config().clone();
    let doors = hosts.iter().map(|host| (host.clone(), api(host, hosts, &readiness, sip, &key))).collect();
    let store = hosts.first().expect("there is always the first tenant").store().clone();
    let desk = sign_in::Desk::new(store, config.clone());
    let doors = Doors::new(doors, desk.clone());
    let mut description = editor_api::openapi();
    description.merge(chat::openapi());
    description.merge(hooks::openapi());
    description.merge(events::openapi());
    description.merge(sign_in::openapi());
    description.info.title = "Offhook".to_owned();
    description.info.version = env!("CARGO_PKG_VERSION").to_owned();
    description::complete(&mut description);
    // On a public address, visitors come through chat keys.
    let by_flow = config.server.bind.ip().is_loopback();
    Router::new()
        .nest_service("/api/v1", Router::new().fallback(access::enter).with_state(doors.clone()))
        .merge(
            chat::router(hosts.clone(), key.clone(), by_flow).layer(middleware::map_response(description::as_problem)),
        )
        .merge(sign_in::router(desk).layer(middleware::map_response(description::as_problem)))
        .merge(hooks::router(hosts.clone(), key).layer(middleware::map_response(description::as_problem)))
        .route("/openapi.json", get(move || async move { Json(description) }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(move || ready(readiness)))
        .route(
            "/metrics",
            get(move || async move {
                ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render())
            })
            .layer(middleware::from_fn_with_state(doors, access::operator)),
        )
        .fallback(get(assets::serve))
        .layer(middleware::map_response(with_headers))
        .layer(CatchPanicLayer::new())
}

/// The routes of one tenant.
fn api(
    host: &Host,
    hosts: &Arc<[Host]>,
    readiness: &Readiness,
    sip: &[(String, SocketAddr)],
    key: &chat::Key,
) -> Router {
    let house = Arc::new(house::StoreHouse::new(host.clone(), hosts.clone()));
    let status = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "sip": sip.first().map(|(_, address)| json!({
            "address": address.to_string(),
            "transports": sip.iter().map(|(transport, _)| transport).collect::<Vec<_>>()
        })),
    });
    let readiness = readiness.clone();
    let numbers_of = host.clone();
    editor_api::router(house)
        .merge(events::router(host.clone(), key.clone()))
        .route(
            "/status",
            get(move || {
                let mut status = status.clone();
                status["numbers"] = json!(numbers(&numbers_of));
                status["ready"] = json!(readiness.report().status() == 200);
                async move { Json(status) }
            }),
        )
        .layer(middleware::map_response(description::as_problem))
}

/// The numbers that lead somewhere at this moment.
fn numbers(host: &Host) -> Vec<serde_json::Value> {
    let entries = host.entries();
    let number = |entry: &Entry| match &entry.channel {
        Channel::Number(number) => {
            let flows: Vec<&str> = entry.leads.flows().collect();
            Some(json!({ "number": number, "flow": flows.join(", ") }))
        }
        Channel::Chat(_) | Channel::Webhook(_) | Channel::Event(_) => None,
    };
    entries.iter().filter_map(number).collect()
}

async fn ready(readiness: Readiness) -> Response {
    let status = StatusCode::from_u16(readiness.report().status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, Json(readiness.report())).into_response()
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
