//! Signing in with a password. A browser then carries a cookie that no script reads, and every change says a token that only a page of ours
//! knows (OWASP synchronizer token): another site can use neither.

use super::audit::{self, Failures};
use super::people::{role, told};
use crate::config::{Config, SignIn};
use crate::host::now_ms;
use crate::people::{Error, Known, LONGEST, People};
use crate::store::Store;
use crate::store::audit::{NewLine, telling};
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use axum::{Json, Router};
use offhook_editor_api::{Person, Problem, Role, Scope};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use utoipa::{OpenApi, ToSchema};

/// Bytes of a request: a name and two passwords.
const BODY_BYTES: usize = 4 * 1024;

/// What changes say.
pub(super) const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

#[derive(OpenApi)]
#[openapi(
    paths(sign_in, who, sign_out, choose),
    components(schemas(SignedIn, SignInRequest, PasswordRequest, Problem))
)]
struct Description;

/// The OpenAPI description of the routes of [`router`].
pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// Whoever is signed in.
#[derive(Serialize, ToSchema)]
struct SignedIn {
    /// They; nobody where nobody is signed in, or needs to be.
    #[schema(nullable)]
    person: Option<Person>,
    /// What they may do. Nothing until a password that was given has been changed.
    scopes: Vec<Scope>,
    /// What every change says as `X-CSRF-Token`.
    csrf: String,
    /// Whether people sign in by password here.
    by_password: bool,
}

/// A name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInRequest {
    /// The name that one signs in with.
    login: String,
    /// The password.
    password: String,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordRequest {
    /// The password until now.
    old: String,
    /// The password from now on: 12 characters or more, at most 256 bytes.
    new: String,
}

/// Where one signs in.
#[derive(Clone)]
pub(super) struct Desk {
    people: People,
    store: Store,
    config: Arc<Config>,
    failures: Arc<Failures>,
}

impl Desk {
    pub(super) fn new(store: Store, config: Arc<Config>) -> Desk {
        Desk { people: People::new(store.clone()), store, config, failures: Arc::default() }
    }

    /// Whether people sign in at all.
    pub(super) fn is_open(&self) -> bool {
        self.config.server.sign_in == SignIn::Password
    }

    /// Browsers take a `__Host-` cookie over TLS only, and let nobody else set it.
    fn cookie_name(&self) -> &'static str {
        if self.is_secure() { "__Host-offhook-session" } else { "offhook-session" }
    }

    fn is_secure(&self) -> bool {
        self.config.server.public_url.as_deref().is_some_and(|url| url.starts_with("https:"))
    }

    fn token<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        pairs.flat_map(|value| value.split(';')).find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == self.cookie_name()).then_some(value)
        })
    }

    /// Who asks by a cookie, if one is there that still counts.
    pub(super) async fn known(&self, headers: &HeaderMap) -> Result<Option<Known>, Problem> {
        if !self.is_open() {
            return Ok(None);
        }
        match self.token(headers) {
            Some(token) => self.people.known(token).await.map_err(problem),
            None => Ok(None),
        }
    }

    /// Does something that somebody does about their own session, and tells it in the audit log, in the same transaction.
    async fn told<T>(
        &self,
        action: &str,
        person: &crate::store::Person,
        from: SocketAddr,
        work: impl Future<Output = T>,
    ) -> T {
        let line = NewLine {
            tenant: person.tenant.clone(),
            at_ms: now_ms(),
            actor: person.login.clone(),
            actor_name: person.name.clone(),
            action: action.to_owned(),
            subject: person.login.clone(),
            detail: String::new(),
            address: from.ip().to_canonical().to_string(),
        };
        telling(line, work).await.0
    }

    /// Tells the tenant whose somebody is that a password was wrong. That nobody has the name is told to the first tenant, who operates the
    /// server, and without the name: people type their passwords into the wrong field.
    async fn tell_failure(&self, login: &str, from: SocketAddr) {
        if !self.failures.is_told() {
            return;
        }
        let known = self.store.person(login).await.ok().flatten();
        let (tenant, subject) = known
            .map_or_else(|| (self.config.flows.tenant.clone(), String::new()), |person| (person.tenant, person.login));
        let line = NewLine {
            tenant,
            at_ms: now_ms(),
            action: "sign-in-failed".to_owned(),
            subject,
            address: from.ip().to_canonical().to_string(),
            ..NewLine::default()
        };
        audit::tell(&self.store, line).await;
    }

    fn cookie(&self, token: &str, seconds: u64) -> HeaderValue {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        let name = self.cookie_name();
        let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        HeaderValue::from_str(&text).expect("a token is hexadecimal")
    }
}

/// Whether a change says the token of the place that it comes from.
pub(super) fn says_token(known: &Known, headers: &HeaderMap) -> bool {
    let said = headers.get(CSRF).and_then(|value| value.to_str().ok());
    said.is_some_and(|said| crate::config::Secret::new(&known.place.csrf).matches(said))
}

fn problem(error: Error) -> Problem {
    let status = match &error {
        Error::Later(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::Password(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Hash(_) | Error::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let problem = Problem::new(status, error.to_string());
    match error {
        Error::Later(wait) => problem.retry_after(wait),
        _ => problem,
    }
}

/// The routes under `/auth/v1`.
pub(super) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/auth/v1/session", post(sign_in).get(who).delete(sign_out))
        .route("/auth/v1/session/password", put(choose))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(desk)
}

fn body_of(desk: &Desk, person: &crate::store::Person, csrf: &str) -> SignedIn {
    debug_assert!(desk.is_open(), "people sign in");
    let scopes = if person.one_time { Vec::new() } else { role(&person.role).scopes().to_vec() };
    SignedIn { person: Some(told(person)), scopes, csrf: csrf.to_owned(), by_password: true }
}

fn fresh(status: StatusCode, cookie: Option<HeaderValue>, body: Option<SignedIn>) -> Response {
    let mut response = match body {
        Some(body) => (status, Json(body)).into_response(),
        None => status.into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn nobody() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "nobody is signed in here")
}

fn closed() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "nobody signs in to this server: `server.sign_in` is off")
}

/// Signs somebody in. The answer sets a cookie, and says the token that every change must say.
#[utoipa::path(post, path = "/auth/v1/session", request_body = SignInRequest,
    responses((status = 200, body = SignedIn, description = "They are signed in"),
        (status = 401, body = Problem, description = "The name or the password is wrong"),
        (status = 404, body = Problem, description = "Nobody signs in to this server"),
        (status = 429, body = Problem, description = "Too many wrong passwords")))]
async fn sign_in(
    State(desk): State<Desk>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Result<Json<SignInRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    // What a rejection says could quote the body.
    let unreadable = |rejection: JsonRejection| {
        Problem::new(rejection.status(), "the body is `{ \"login\": …, \"password\": … }`, as JSON")
    };
    let Json(request) = body.map_err(unreadable)?;
    if !desk.is_open() {
        return Err(closed());
    }
    let login = request.login.trim().to_lowercase();
    let Some(person) = desk.people.check(&login, &request.password, from.ip()).await.map_err(problem)? else {
        tracing::info!(from = %from.ip(), "a wrong name or password");
        desk.tell_failure(&login, from).await;
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "the name or the password is wrong"));
    };
    let token = desk.told("signed-in", &person, from, desk.people.sign_in(&person)).await.map_err(problem)?;
    tracing::info!(login, tenant = person.tenant, "signed in");
    let body = body_of(&desk, &person, &token.csrf);
    Ok(fresh(StatusCode::OK, Some(desk.cookie(&token.token, LONGEST.as_secs())), Some(body)))
}

/// Who is signed in, and what they may do: nothing where nobody is, and everything where nobody needs to be.
#[utoipa::path(get, path = "/auth/v1/session",
    responses((status = 200, body = SignedIn, description = "Whoever is signed in, or nobody")))]
async fn who(State(desk): State<Desk>, headers: HeaderMap) -> Result<Response, Problem> {
    let known = desk.known(&headers).await?;
    let is_guarded = desk.is_open() || desk.config.server.api_token.is_some();
    let body = match known {
        Some(known) => body_of(&desk, &known.person, &known.place.csrf),
        None => {
            let scopes = if is_guarded { Vec::new() } else { Role::Admin.scopes().to_vec() };
            SignedIn { person: None, scopes, csrf: String::new(), by_password: desk.is_open() }
        }
    };
    Ok(fresh(StatusCode::OK, None, Some(body)))
}

async fn of_here(desk: &Desk, headers: &HeaderMap) -> Result<Known, Problem> {
    if !desk.is_open() {
        return Err(closed());
    }
    let known = desk.known(headers).await?.ok_or_else(nobody)?;
    if !says_token(&known, headers) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "a change says the `csrf` of its session as `X-CSRF-Token`"));
    }
    Ok(known)
}

/// Signs out.
#[utoipa::path(delete, path = "/auth/v1/session",
    params(("X-CSRF-Token" = Option<String>, Header, description = "The `csrf` of the session")),
    responses((status = 204, description = "Nobody is signed in here any more"),
        (status = 401, body = Problem, description = "Nobody was"), (status = 403, body = Problem, description = "Without the token"),
        (status = 404, body = Problem, description = "Nobody signs in to this server")))]
async fn sign_out(
    State(desk): State<Desk>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = of_here(&desk, &headers).await?;
    let token = desk.token(&headers).unwrap_or_default();
    desk.told("signed-out", &known.person, from, desk.people.sign_out(token)).await.map_err(problem)?;
    tracing::info!(login = known.person.login, "signed out");
    Ok(fresh(StatusCode::NO_CONTENT, Some(desk.cookie("", 0)), None))
}

/// Chooses another password. Wherever else they are signed in, they are no more.
#[utoipa::path(put, path = "/auth/v1/session/password", request_body = PasswordRequest,
    params(("X-CSRF-Token" = Option<String>, Header, description = "The `csrf` of the session")),
    responses((status = 200, body = SignedIn, description = "It is chosen"),
        (status = 401, body = Problem, description = "Nobody is signed in"),
        (status = 403, body = Problem, description = "The old password is wrong, or the token is missing"),
        (status = 404, body = Problem, description = "Nobody signs in to this server"),
        (status = 422, body = Problem, description = "A password that cannot be chosen"),
        (status = 429, body = Problem, description = "Too many wrong passwords")))]
async fn choose(
    State(desk): State<Desk>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<PasswordRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let unreadable = |rejection: JsonRejection| {
        Problem::new(rejection.status(), "the body is `{ \"old\": …, \"new\": … }`, as JSON")
    };
    let Json(request) = body.map_err(unreadable)?;
    let known = of_here(&desk, &headers).await?;
    let checked = desk.people.check(&known.person.login, &request.old, from.ip()).await.map_err(problem)?;
    let Some(person) = checked else {
        desk.tell_failure(&known.person.login, from).await;
        return Err(Problem::new(StatusCode::FORBIDDEN, "the old password is wrong"));
    };
    if request.new == request.old {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "the new password is the old one"));
    }
    let hash = desk.people.chosen(&person.login, &request.new).await.map_err(problem)?;
    let person = crate::store::Person { hash, one_time: false, ..person };
    let kept = desk.told("password-chosen", &person, from, desk.people.put(person.clone())).await;
    if !kept.map_err(problem)? {
        return Err(nobody());
    }
    let token = desk.people.sign_in(&person).await.map_err(problem)?;
    tracing::info!(login = person.login, "chose another password");
    let body = body_of(&desk, &person, &token.csrf);
    Ok(fresh(StatusCode::OK, Some(desk.cookie(&token.token, LONGEST.as_secs())), Some(body)))
}
