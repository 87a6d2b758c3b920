//! People who sign in with a password, and what each may do. Passwords go in and never out, but for the one that a new person signs in with
//! once. Signing in itself is the server's: it happens before a tenant is known.

use crate::{House, HouseError, Problem, Scope};
use async_trait::async_trait;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// What somebody is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Admin,
    /// Builds flows, and publishes them.
    Designer,
    /// Writes flows and their texts; others publish them.
    Author,
    /// Looks at changes and at conversations, approves, and publishes.
    Reviewer,
    /// Turns conversations into tests.
    Qa,
    /// Looks at flows.
    Viewer,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Role; 6] = [Role::Admin, Role::Designer, Role::Author, Role::Reviewer, Role::Qa, Role::Viewer];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Designer => "designer",
            Role::Author => "author",
            Role::Reviewer => "reviewer",
            Role::Qa => "qa",
            Role::Viewer => "viewer",
        }
    }

    /// What it may do.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Role::Admin => &Scope::ALL,
            Role::Designer => &[Scope::Read, Scope::Sessions, Scope::Edit, Scope::Publish, Scope::Comment],
            Role::Author => &[Scope::Read, Scope::Edit, Scope::Comment],
            Role::Reviewer => &[Scope::Read, Scope::Sessions, Scope::Publish, Scope::Comment, Scope::Review],
            Role::Qa => &[Scope::Read, Scope::Sessions, Scope::Edit, Scope::Comment],
            Role::Viewer => &[Scope::Read],
        }
    }
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// What they sign in with; unique on the server.
    pub login: String,
    /// What people call them.
    pub name: String,
    /// What they are here for.
    pub role: Role,
    /// Whether their password is still the one that they were given.
    pub one_time: bool,
    /// Since when (RFC 3339).
    pub created_at: String,
}

/// The people of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonList {
    /// They, by login.
    pub people: Vec<Person>,
}

/// Somebody new.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRequest {
    /// What they sign in with: lower-case letters, digits and `. _ - @ +`, 1 to 100.
    pub login: String,
    /// What people call them, up to 200 bytes; their login, if it is empty.
    #[serde(default)]
    pub name: String,
    /// What they are here for.
    pub role: Role,
}

/// Somebody with the password to sign in with once. It is told this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Invited {
    /// They.
    #[serde(flatten)]
    pub person: Person,
    /// The password. Whoever signs in with it must choose another one.
    pub password: String,
}

/// What changes about somebody.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// What people call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they are here for. They are signed out wherever they are signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// What knows people.
#[async_trait]
pub trait PersonHolder: Send + Sync {
    /// They, by login.
    async fn people(&self) -> Result<PersonList, HouseError>;
    /// Somebody new.
    async fn add_person(&self, request: PersonRequest) -> Result<Invited, HouseError>;
    /// Changes somebody. The last admin stays one.
    async fn change_person(&self, login: &str, change: PersonChange) -> Result<Person, HouseError>;
    /// Gives somebody a new password to sign in with once, and signs them out.
    async fn reset_password(&self, login: &str) -> Result<Invited, HouseError>;
    /// Removes somebody. The last admin stays.
    async fn remove_person(&self, login: &str) -> Result<(), HouseError>;
}

/// The people who may sign in.
#[utoipa::path(get, path = "/api/v1/people", responses((status = 200, body = PersonList, description = "They, by login")))]
pub(crate) async fn list(State(house): Shared) -> Result<Json<PersonList>, Problem> {
    Ok(Json(house.people().await?))
}

/// Adds somebody. The answer is the only place that ever shows the password to sign in with once.
#[utoipa::path(post, path = "/api/v1/people", request_body = PersonRequest,
    responses((status = 201, body = Invited, description = "They, and their first password"),
        (status = 409, body = Problem, description = "The login is taken, or there are too many"),
        (status = 422, body = Problem, description = "A login or a name that is none")))]
pub(crate) async fn add(
    State(house): Shared,
    body: Result<Json<PersonRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Invited>), Problem> {
    Ok((StatusCode::CREATED, Json(house.add_person(body?.0).await?)))
}

/// Changes somebody's name or role.
#[utoipa::path(put, path = "/api/v1/people/{login}", params(("login" = String, Path, description = "What they sign in with")),
    request_body = PersonChange,
    responses((status = 200, body = Person, description = "They, as they are now"),
        (status = 404, body = Problem, description = "Nobody signs in with this"),
        (status = 409, body = Problem, description = "Nobody would be an admin"),
        (status = 422, body = Problem, description = "A name that is none")))]
pub(crate) async fn change(
    State(house): Shared,
    Path(login): Path<String>,
    body: Result<Json<PersonChange>, JsonRejection>,
) -> Result<Json<Person>, Problem> {
    Ok(Json(house.change_person(&login, body?.0).await?))
}

/// Gives somebody a new password to sign in with once, and signs them out everywhere.
#[utoipa::path(post, path = "/api/v1/people/{login}/password", params(("login" = String, Path, description = "What they sign in with")),
    responses((status = 200, body = Invited, description = "They, and the password"),
        (status = 404, body = Problem, description = "Nobody signs in with this")))]
pub(crate) async fn reset(State(house): Shared, Path(login): Path<String>) -> Result<Json<Invited>, Problem> {
    Ok(Json(house.reset_password(&login).await?))
}

/// Removes somebody. They are signed out at once.
#[utoipa::path(delete, path = "/api/v1/people/{login}", params(("login" = String, Path, description = "What they sign in with")),
    responses((status = 204, description = "They are gone"),
        (status = 404, body = Problem, description = "Nobody signs in with this"),
        (status = 409, body = Problem, description = "Nobody would be an admin")))]
pub(crate) async fn remove(State(house): Shared, Path(login): Path<String>) -> Result<StatusCode, Problem> {
    house.remove_person(&login).await?;
    Ok(StatusCode::NO_CONTENT)
}
