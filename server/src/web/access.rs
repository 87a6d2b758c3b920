//! Who asks, for which tenant, and what he may do. A tenant's API token may do everything of that tenant; an API key may do what its scopes say,
//! and whoever is signed in what their role says.
//! Everything behind this sees one tenant only: its own house.

use super::audit;
use super::house::{StoreHouse, failed};
use super::people::role;
use super::sign_in::{Desk, says_token};
use crate::config::Secret;
use crate::host::{Host, now_ms};
use crate::people::sha256;
use crate::store::ApiKey;
use crate::store::audit::{about, detail};
use async_trait::async_trait;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use offhook_editor_api::{Actor, HouseError, KeyHead, KeyHolder, KeyList, KeyRequest, NewKey, Problem, Scope};
use offhook_runtime::moment;
use std::net::IpAddr;
use std::sync::Arc;
use tower::ServiceExt as _;

/// How every API key begins, so that scanners for lost secrets know one.
const PREFIX: &str = "ohk_";

/// Bytes of a key's name.
const NAME_BYTES: usize = 200;

/// The houses of all tenants, the first one's being that of the configuration itself.
#[derive(Clone)]
pub(super) struct Doors {
    houses: Arc<Vec<(Host, Router)>>,
    desk: Desk,
}

/// Who asks.
struct Caller<'a> {
    host: &'a Host,
    router: &'a Router,
    actor: Actor,
}

impl Doors {
    pub(super) fn new(houses: Vec<(Host, Router)>, desk: Desk) -> Doors {
        Doors { houses: Arc::new(houses), desk }
    }

    async fn caller(&self, request: &Parts) -> Result<Caller<'_>, Problem> {
        let unknown = || {
            let why = match self.desk.is_open() {
                true => "this needs somebody who has signed in, the server's API token, or an API key",
                false => "this needs the server's API token, or an API key",
            };
            Problem::new(StatusCode::UNAUTHORIZED, why)
        };
        let given = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        if let Some(given) = given {
            for (host, router) in self.houses.iter() {
                // Every token is compared, whichever is right.
                if host.config().server.api_token.as_ref().is_some_and(|token| token.matches(given)) {
                    return Ok(Caller { host, router, actor: everything("token") });
                }
            }
            if let Some(key) = given.strip_prefix(PREFIX) {
                return self.by_key(key).await?.ok_or_else(unknown);
            }
        }
        if let Some(caller) = self.by_cookie(request).await? {
            return Ok(caller);
        }
        let (host, router) = self.houses.first().expect("there is always the first tenant");
        if host.config().server.api_token.is_some() || self.desk.is_open() {
            return Err(unknown());
        }
        if !request.method.is_safe() && !names_us(request, host.config().server.public_url.as_deref()) {
            let why =
                "without an API token, changes are taken at an address or `localhost` only, or at `server.public_url`";
            return Err(Problem::new(StatusCode::FORBIDDEN, why));
        }
        Ok(Caller { host, router, actor: everything("") })
    }

    async fn by_cookie(&self, request: &Parts) -> Result<Option<Caller<'_>>, Problem> {
        let Some(known) = self.desk.known(&request.headers).await? else { return Ok(None) };
        if !request.method.is_safe() && !says_token(&known, &request.headers) {
            let why = "a change says the `csrf` of its session as `X-CSRF-Token`";
            return Err(Problem::new(StatusCode::FORBIDDEN, why));
        }
        let person = known.person;
        if person.one_time {
            let why = "the password that one was given is changed first";
            return Err(Problem::new(StatusCode::FORBIDDEN, why));
        }
        let door = self.houses.iter().find(|(host, _)| host.tenant() == person.tenant);
        Ok(door.map(|(host, router)| Caller {
            host,
            router,
            actor: Actor {
                id: person.login,
                name: person.name,
                is_person: true,
                scopes: role(&person.role).scopes().to_vec(),
            },
        }))
    }

    async fn by_key(&self, key: &str) -> Result<Option<Caller<'_>>, Problem> {
        let Some((id, secret)) = key.split_once('_') else { return Ok(None) };
        let (first, _) = self.houses.first().expect("there is always the first tenant");
        let known = first.store().api_key(id).await.map_err(failed)?;
        let Some(known) = known.filter(|known| Secret::new(&known.hash).matches(&sha256(secret))) else {
            return Ok(None);
        };
        let door = self.houses.iter().find(|(host, _)| host.tenant() == known.tenant);
        let actor = Actor {
            id: format!("key:{}", known.id),
            name: known.name,
            is_person: false,
            scopes: scopes(&known.scopes),
        };
        Ok(door.map(|(host, router)| Caller { host, router, actor }))
    }
}

/// Whoever may do everything.
fn everything(id: &str) -> Actor {
    Actor { id: id.to_owned(), scopes: Scope::ALL.to_vec(), ..Actor::default() }
}

/// Lets a request through to the house of its tenant.
pub(super) async fn enter(State(doors): State<Doors>, request: Request) -> Response {
    // A body is not shared between threads, so nobody waits with it in hand.
    let (request, body) = request.into_parts();
    let caller = match doors.caller(&request).await {
        Ok(caller) => caller,
        Err(problem) if problem.status == StatusCode::UNAUTHORIZED.as_u16() => {
            return ([(header::WWW_AUTHENTICATE, "Bearer")], problem).into_response();
        }
        Err(problem) => return problem.into_response(),
    };
    let needed = needed(&request.method, request.uri.path());
    if !caller.actor.may(needed) {
        tracing::info!(tenant = caller.host.tenant(), scope = needed.as_str(), "somebody without this scope");
        let bearer = if caller.actor.is_person { "a role" } else { "an API key" };
        let why = format!("this needs {bearer} with the scope `{}`", needed.as_str());
        return Problem::new(StatusCode::FORBIDDEN, why).into_response();
    }
    let mut request = request;
    let line = audit::line_of(&request, caller.host.tenant(), &caller.actor);
    request.extensions.insert(caller.actor);
    let answer = answer_of(caller.router.clone(), Request::from_parts(request, body));
    match line {
        Some(line) => audit::told(caller.host.store(), line, answer).await,
        None => answer.await,
    }
}

async fn answer_of(router: Router, request: Request) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Whether whoever asks may see what is of the whole server: the first tenant, by its token.
pub(super) async fn operator(State(doors): State<Doors>, request: Request, next: axum::middleware::Next) -> Response {
    let (request, body) = request.into_parts();
    match doors.caller(&request).await {
        Ok(caller) if caller.host.tenant() == doors.houses[0].0.tenant() && caller.actor.may(Scope::Read) => {
            next.run(Request::from_parts(request, body)).await
        }
        Ok(_) => Problem::new(StatusCode::FORBIDDEN, "this is for the operator of the server").into_response(),
        Err(problem) => ([(header::WWW_AUTHENTICATE, "Bearer")], problem).into_response(),
    }
}

/// The scope that a request needs. What is new here and not named needs the most that its method could do.
fn needed(method: &Method, path: &str) -> Scope {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["sessions", ..] => Scope::Sessions,
        ["secrets" | "secret-keys", ..] => Scope::Secrets,
        ["keys", ..] => Scope::Keys,
        ["people", ..] => Scope::People,
        // It replays recorded sessions, and quotes them.
        ["flows", _, "preview"] => Scope::Sessions,
        ["flows", _, "shadow"] if method.is_safe() => Scope::Sessions,
        ["flows", _, "shadow", ..] if !method.is_safe() => Scope::Publish,
        // Who comes in where is as weighty as what is live.
        ["entries", ..] if !method.is_safe() => Scope::Publish,
        ["flows", _, "releases" | "rollback" | "promote"] if !method.is_safe() => Scope::Publish,
        ["flows", _, "comments", ..] if !method.is_safe() => Scope::Comment,
        // Whoever writes asks; somebody else answers.
        ["flows", _, "review"] if !method.is_safe() => Scope::Edit,
        ["flows", _, "review", _] if !method.is_safe() => Scope::Review,
        ["audit", ..] => Scope::Audit,
        ["check" | "talk"] | ["texts", _] => Scope::Read,
        _ if method.is_safe() => Scope::Read,
        _ => Scope::Edit,
    }
}

/// Whether the host that a request names is ours. A page of somebody else's could make its own name lead here (DNS rebinding), and would then be
/// of the same origin; it cannot take the name of an address.
fn names_us(request: &Parts, public_url: Option<&str>) -> bool {
    let named = request.headers.get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| request.uri.host());
    let Some(authority) = named.and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let host = authority.host();
    let ours = public_url.and_then(|url| url.parse::<Uri>().ok());
    host == "localhost"
        || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
        || ours.is_some_and(|ours| ours.host() == Some(host))
}

fn scopes(words: &str) -> Vec<Scope> {
    words.split(' ').filter_map(|word| Scope::ALL.into_iter().find(|scope| scope.as_str() == word)).collect()
}

fn told(key: &ApiKey) -> KeyHead {
    KeyHead {
        id: key.id.clone(),
        name: key.name.clone(),
        scopes: scopes(&key.scopes),
        created_at: moment(key.created_at_ms),
    }
}

#[async_trait]
impl KeyHolder for StoreHouse {
    async fn keys(&self) -> Result<KeyList, HouseError> {
        let keys = self.host().store().api_keys(self.host().tenant()).await.map_err(failed)?;
        Ok(KeyList { keys: keys.iter().map(told).collect() })
    }

    async fn make_key(&self, request: KeyRequest) -> Result<NewKey, HouseError> {
        if request.name.is_empty() || request.name.len() > NAME_BYTES {
            return Err(HouseError::Senseless(format!("a key's name has 1 to {NAME_BYTES} bytes")));
        }
        let mut scopes = request.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(HouseError::Senseless("a key needs at least one scope".to_owned()));
        }
        let random = || uuid::Uuid::new_v4().simple().to_string();
        let (id, secret) = (random(), format!("{}{}", random(), random()));
        let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let key = ApiKey {
            id: id.clone(),
            tenant: self.host().tenant().to_owned(),
            name: request.name,
            scopes: words.join(" "),
            hash: sha256(&secret),
            created_at_ms: now_ms(),
        };
        let head = told(&key);
        about(key.id.clone());
        detail(format!("{}: {}", key.name, key.scopes));
        self.host().store().put_api_key(key).await.map_err(|error| match error {
            crate::store::Error::TooMany { .. } => HouseError::Conflict(error.to_string()),
            other => failed(other),
        })?;
        tracing::info!(id, scopes = words.join(" "), "an API key was made");
        Ok(NewKey { head, key: format!("{PREFIX}{id}_{secret}") })
    }

    async fn remove_key(&self, id: &str) -> Result<(), HouseError> {
        if !self.host().store().remove_api_key(self.host().tenant(), id).await.map_err(failed)? {
            return Err(HouseError::NotFound(format!("API key `{id}`")));
        }
        tracing::info!(id, "an API key was removed");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_needs_the_scope_of_what_it_does() {
        for (method, path, scope) in [
            (Method::GET, "/flows", Scope::Read),
            (Method::GET, "/flows/a%2Fb/files/flow", Scope::Read),
            (Method::POST, "/check", Scope::Read),
            (Method::POST, "/texts/import", Scope::Read),
            (Method::PUT, "/flows/a%2Fb/files", Scope::Edit),
            (Method::PUT, "/flows/a/files/releases", Scope::Edit),
            (Method::POST, "/flows", Scope::Edit),
            (Method::GET, "/entries", Scope::Read),
            (Method::POST, "/entries", Scope::Publish),
            (Method::DELETE, "/entries/x", Scope::Publish),
            (Method::POST, "/flows/a/releases", Scope::Publish),
            (Method::GET, "/flows/a/releases", Scope::Read),
            (Method::GET, "/flows/a/preview", Scope::Sessions),
            (Method::POST, "/flows/a/rollback", Scope::Publish),
            (Method::GET, "/flows/a/shadow", Scope::Sessions),
            (Method::POST, "/flows/a/shadow", Scope::Publish),
            (Method::POST, "/flows/a/shadow/stop", Scope::Publish),
            (Method::GET, "/flows/a/comments", Scope::Read),
            (Method::POST, "/flows/a/comments", Scope::Comment),
            (Method::PUT, "/flows/a/comments/1/resolution", Scope::Comment),
            (Method::PUT, "/flows/a/files/comments", Scope::Edit),
            (Method::GET, "/flows/a/review", Scope::Read),
            (Method::POST, "/flows/a/review", Scope::Edit),
            (Method::POST, "/flows/a/review/3", Scope::Review),
            (Method::GET, "/reviews", Scope::Read),
            (Method::GET, "/audit", Scope::Audit),
            (Method::GET, "/sessions/s_1/journal", Scope::Sessions),
            (Method::POST, "/sessions/s_1/replay", Scope::Sessions),
            (Method::GET, "/secrets", Scope::Secrets),
            (Method::POST, "/secret-keys", Scope::Secrets),
            (Method::DELETE, "/keys/1", Scope::Keys),
            (Method::GET, "/people", Scope::People),
            (Method::POST, "/people/ann/password", Scope::People),
            (Method::POST, "/events", Scope::Edit),
            (Method::GET, "/something-new", Scope::Read),
            (Method::PATCH, "/something-new", Scope::Edit),
        ] {
            assert_eq!(needed(&method, path), scope, "{method} {path}");
            assert_eq!(needed(&method, &format!("/api/v1{path}")), scope, "{method} {path}");
        }
    }
}
