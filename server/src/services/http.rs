//! The `http` service.
//!
//! Request: `{ method, url, headers: {…}, query: {…}, json | form | body, timeout_ms }`. Answer: `{ status, headers,
//! json | text }`; header names are in lower case. Any status is an answer; only what prevents an answer is a fault:
//! `http.request` (the request is malformed), `http.denied`, `http.timeout`, `http.network`, `http.body`.

use super::network::{self, Guard};
use super::secrets::{self, Known};
use crate::config::{self, Config};
use crate::observe::Metrics;
use futures_util::StreamExt as _;
use offhook_runtime::{Fault, Value};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, Url, redirect};
use std::error::Error as _;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Redirects that are followed. Each is checked like the first address.
const REDIRECTS: usize = 5;

/// Headers of an answer that a flow sees, and the bytes of each.
const HEADERS: usize = 64;
const HEADER_BYTES: usize = 4096;

pub(super) struct Http {
    client: Client,
    config: Arc<config::Http>,
    secrets: Known,
    metrics: Metrics,
    places: Semaphore,
}

impl Http {
    pub(super) fn new(config: &Config, secrets: Known, metrics: &Metrics) -> Result<Self, reqwest::Error> {
        let http = Arc::new(config.http.clone());
        let at_redirect = http.clone();
        let client = Client::builder()
            .user_agent(concat!("Offhook/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(http.connect_timeout)
            .dns_resolver(Arc::new(Guard { config: http.clone() }))
            .no_proxy()
            .redirect(redirect::Policy::custom(move |attempt| {
                if attempt.previous().len() > REDIRECTS {
                    return attempt.error(std::io::Error::other("too many redirects"));
                }
                match network::check(attempt.url(), &at_redirect) {
                    Ok(()) => attempt.follow(),
                    Err(error) => attempt.error(error),
                }
            }))
            .build()?;
        Ok(Http {
            client,
            secrets,
            metrics: metrics.clone(),
            places: Semaphore::new(usize::from(http.parallel)),
            config: http,
        })
    }

    pub(super) async fn perform(&self, key: &str, request: &Value) -> Result<Value, Fault> {
        let began = Instant::now();
        let outcome = self.exchange(key, request).await;
        let result = match &outcome {
            Ok(answer) if answer.get("status").and_then(Value::as_int).is_some_and(|status| status < 400) => "ok",
            Ok(_) => "status",
            Err(fault) if fault.code == "http.timeout" => "timeout",
            Err(_) => "failed",
        };
        self.metrics.http_call(result, began.elapsed());
        outcome
    }

    async fn exchange(&self, key: &str, request: &Value) -> Result<Value, Fault> {
        let malformed = |message: String| Fault::new("http.request", message);
        let text = |name: &str| request.get(name).and_then(Value::as_text).unwrap_or_default();
        let method = Method::from_str(&text("method").to_ascii_uppercase())
            .map_err(|_| malformed(format!("`{}` is no HTTP method", text("method"))))?;
        let mut url = Url::parse(&secrets::reveal(text("url"), &self.secrets)?)
            .map_err(|error| malformed(format!("the address cannot be read: {error}")))?;
        if let Some(query) = request.get("query").and_then(Value::as_map).filter(|query| !query.is_empty()) {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in query {
                pairs.append_pair(name, &secrets::reveal(&value.to_string(), &self.secrets)?);
            }
        }
        network::check(&url, &self.config).map_err(|error| Fault::new("http.denied", error.to_string()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let asked = request.get("timeout_ms").and_then(Value::as_int).and_then(|ms| u64::try_from(ms).ok());
        let timeout = asked.map_or(self.config.timeout, Duration::from_millis).min(self.config.timeout);
        let mut building = self.client.request(method, url).timeout(timeout).header("idempotency-key", key);
        for (name, value) in request.get("headers").and_then(Value::as_map).into_iter().flatten() {
            let value = secrets::reveal(&value.to_string(), &self.secrets)?;
            let name = HeaderName::from_str(name).map_err(|_| malformed(format!("`{name}` is no header name")))?;
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| malformed(format!("the header {name} has a character that headers cannot have")))?;
            value.set_sensitive(true);
            building = building.header(name, value);
        }
        let says_type = request
            .get("headers")
            .and_then(Value::as_map)
            .is_some_and(|headers| headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")));
        let with_type = |building: reqwest::RequestBuilder, kind: &'static str| match says_type {
            true => building,
            false => building.header("content-type", kind),
        };
        if let Some(json) = request.get("json") {
            let json = secrets::reveal(&json.to_json().to_string(), &self.secrets)?;
            building = with_type(building, "application/json").body(json);
        } else if let Some(form) = request.get("form").and_then(Value::as_map) {
            let mut body = Url::parse("form:").expect("a constant address");
            for (name, value) in form {
                body.query_pairs_mut().append_pair(name, &secrets::reveal(&value.to_string(), &self.secrets)?);
            }
            building = with_type(building, "application/x-www-form-urlencoded")
                .body(body.query().unwrap_or_default().to_owned());
        } else if let Some(body) = request.get("body").and_then(Value::as_text) {
            building = building.body(secrets::reveal(body, &self.secrets)?);
        }
        let _place = self.places.acquire().await.expect("the places are never closed");
        let answer = building.send().await.map_err(|error| failed(&error, &host))?;
        self.read(answer, &host).await
    }

    async fn read(&self, answer: reqwest::Response, host: &str) -> Result<Value, Fault> {
        let status = i64::from(answer.status().as_u16());
        let headers: Vec<(String, Value)> = answer
            .headers()
            .iter()
            .filter(|(_, value)| value.len() <= HEADER_BYTES)
            .take(HEADERS)
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), Value::text(value.to_str().ok()?))))
            .collect();
        let is_json = answer
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim().ends_with("json")));
        let mut body: Vec<u8> = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| failed(&error, host))?;
            if body.len() + chunk.len() > usize::try_from(self.config.max_body).unwrap_or(usize::MAX) {
                let message = format!("the answer of {host} is larger than {} bytes", self.config.max_body);
                return Err(Fault::new("http.body", message));
            }
            body.extend_from_slice(&chunk);
        }
        // What says that it is JSON, or plainly looks so: many services send it as plain text.
        let looks_so = body.trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['));
        let json = (is_json || looks_so).then(|| serde_json::from_slice::<serde_json::Value>(&body).ok()).flatten();
        let content = match json {
            Some(json) => ("json", Value::from_json(&json)),
            None if is_json && !body.is_empty() => {
                return Err(Fault::new("http.body", format!("{host} says it sends JSON, but does not")));
            }
            None => ("text", Value::text(String::from_utf8_lossy(&body).as_ref())),
        };
        Ok(Value::map([
            ("status", Value::Int(status)),
            ("headers", Value::map(headers.iter().map(|(name, value)| (name.as_str(), value.clone())))),
            content,
        ]))
    }
}

/// Why there was no answer, without the address: it may hold a secret.
fn failed(error: &reqwest::Error, host: &str) -> Fault {
    let mut cause = error.source();
    let mut last = String::new();
    while let Some(inner) = cause {
        last = inner.to_string();
        if inner.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::PermissionDenied) {
            return Fault::new("http.denied", last);
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        return Fault::new("http.timeout", format!("{host} did not answer in time"));
    }
    let what = if error.is_connect() { "cannot be reached" } else { "did not answer as HTTP asks" };
    Fault::new(
        "http.network",
        if last.is_empty() { format!("{host} {what}") } else { format!("{host} {what}: {last}") },
    )
}
