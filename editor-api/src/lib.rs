#![doc = include_str!("../README.md")]

mod actor;
mod assets;
mod audit;
mod check;
mod comments;
mod condition;
mod confidence;
mod documents;
mod entries;
mod flows;
mod house;
mod keys;
mod limits;
mod people;
mod problem;
mod releases;
mod reviews;
mod secrets;
mod sessions;
mod shadows;
mod stories;
mod translations;
mod uses;
mod volumes;

pub use actor::Actor;
pub use assets::{AssetHead, AssetKind, AssetList, Assets, SavedAsset};
pub use audit::{AuditHolder, AuditLine, AuditPage, AuditQuery};
pub use comments::{Comment, CommentHolder, CommentList, CommentRequest, Resolution};
pub use condition::Condition;
pub use documents::{
    Change, Documents, FileHead, FileKind, FileText, FlowFiles, Folder, FolderFlow, Save, Saved, StaleFile,
};
pub use entries::{EntryHolder, EntryLead, EntryList, EntryPoint, EntryRequest, EntrySource, EntryTrouble, SilentLead};
pub use house::{FlowSummary, House, HouseError, KeptVersion, SessionPage, SessionQuery, SessionSummary, Trail};
pub use keys::{KeyHead, KeyHolder, KeyList, KeyRequest, NewKey, Scope};
pub use people::{Invited, Person, PersonChange, PersonHolder, PersonList, PersonRequest, Role};
pub use problem::Problem;
pub use releases::{
    CanarySetting, CanaryState, FlowChange, FlowReleases, GuardSetting, MoveSummary, NextRelease, NodePlace,
    PreviewQuery, PromoteRequest, PublishRequest, Publishing, ReleaseEvent, ReleasePreview, ReleaseSummary,
    RollBackRequest, WaitingAt,
};
pub use reviews::{
    AskRequest, DecideRequest, FlowReview, Review, ReviewHolder, ReviewState, Reviewer, VerdictWord, WaitingReview,
    WaitingReviews,
};
pub use secrets::{Rotated, SecretHead, SecretHolder, SecretList, SecretSource};
pub use shadows::{ShadowNode, ShadowReport, ShadowRequest, ShadowState, StopShadowRequest};
pub use translations::{HandedOut, TakenBack, TextChange, TranslatorFormat, Translators, Wording};
pub use uses::{UseFinder, Uses};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post, put};
use std::sync::Arc;
use utoipa::OpenApi;

/// Bytes of a request: a document and its talks. The reader of documents has its own, smaller limit.
const BODY_BYTES: usize = 12 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Offhook editor API",
        description = "Flows, documents, checks, talks, releases, sessions and replay."
    ),
    paths(
        flows::catalog,
        flows::schema,
        flows::explain,
        flows::list,
        flows::one,
        flows::source,
        flows::graph,
        flows::version,
        documents::folder,
        documents::list,
        documents::save,
        documents::create,
        documents::remove,
        documents::one,
        documents::put,
        documents::remove_one,
        assets::list,
        assets::one,
        assets::put,
        assets::remove,
        comments::list,
        comments::write,
        comments::resolve,
        comments::remove,
        audit::list,
        reviews::one,
        reviews::ask,
        reviews::decide,
        reviews::waiting,
        entries::list,
        entries::one,
        entries::make,
        entries::change,
        entries::remove,
        check::check,
        check::talk,
        releases::list,
        releases::publish,
        releases::roll_back,
        releases::promote,
        releases::preview,
        shadows::one,
        shadows::begin,
        shadows::stop,
        keys::list,
        keys::make,
        keys::remove,
        people::list,
        people::add,
        people::change,
        people::reset,
        people::remove,
        secrets::list,
        secrets::set,
        secrets::remove,
        secrets::rotate,
        sessions::list,
        sessions::one,
        sessions::journal,
        sessions::replay,
        stories::tell,
        stories::hold,
        stories::keep,
        translations::hand_out,
        translations::take_back,
        uses::uses,
        volumes::volumes,
    ),
    components(schemas(
        FlowSummary,
        SessionSummary,
        SessionPage,
        Problem,
        FlowReleases,
        PublishRequest,
        RollBackRequest,
        PromoteRequest,
        ReleasePreview,
        ShadowReport,
        ShadowRequest,
        StopShadowRequest,
        Folder,
        FlowFiles,
        Saved,
        AssetList,
        SavedAsset,
        EntryList,
        EntryPoint,
        EntryRequest,
        KeyList,
        KeyRequest,
        NewKey,
        PersonList,
        PersonRequest,
        PersonChange,
        Invited,
        SecretList,
        Rotated,
        secrets::SecretRequest,
        documents::SaveRequest,
        documents::NewFlowRequest,
        check::CheckRequest,
        check::TalkRequest,
        check::TalkResult,
        stories::SessionStory,
        stories::AgainstRequest,
        stories::KeepRequest,
        translations::HandOutRequest,
        translations::TakeBackRequest,
        HandedOut,
        TakenBack,
        uses::Uses,
        volumes::Volumes,
        KeptVersion,
        CommentList,
        CommentRequest,
        Resolution,
        FlowReview,
        AskRequest,
        DecideRequest,
        WaitingReviews,
        AuditPage
    ))
)]
struct Description;

/// The OpenAPI description of the routes of [`router`].
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The routes, to be nested under `/api/v1`.
pub fn router(house: Arc<dyn House>) -> Router {
    let files = DefaultBodyLimit::max(assets::BODY_BYTES);
    Router::new()
        .route("/catalog", get(flows::catalog))
        .route("/schema", get(flows::schema))
        .route("/explain/{code}", get(flows::explain))
        .route("/flows", get(flows::list).post(documents::create))
        .route("/files", get(documents::folder))
        .route("/flows/{id}", get(flows::one))
        .route("/flows/{id}/source", get(flows::source))
        .route("/flows/{id}/files", get(documents::list).put(documents::save).delete(documents::remove))
        .route("/flows/{id}/files/{part}", get(documents::one).put(documents::put).delete(documents::remove_one))
        .route("/assets", get(assets::list))
        .route("/assets/{path}", get(assets::one).put(assets::put).delete(assets::remove).layer(files))
        .route("/flows/{id}/{picture}", get(flows::graph))
        .route("/flows/{id}/versions/{version}", get(flows::version))
        .route("/flows/{id}/releases", get(releases::list).post(releases::publish))
        .route("/flows/{id}/rollback", post(releases::roll_back))
        .route("/flows/{id}/promote", post(releases::promote))
        .route("/flows/{id}/preview", get(releases::preview))
        .route("/flows/{id}/shadow", get(shadows::one).post(shadows::begin))
        .route("/flows/{id}/shadow/stop", post(shadows::stop))
        .route("/flows/{id}/comments", get(comments::list).post(comments::write))
        .route("/flows/{id}/comments/{number}", delete(comments::remove))
        .route("/flows/{id}/comments/{number}/resolution", put(comments::resolve))
        .route("/flows/{id}/review", get(reviews::one).post(reviews::ask))
        .route("/flows/{id}/review/{number}", post(reviews::decide))
        .route("/audit", get(audit::list))
        .route("/reviews", get(reviews::waiting))
        .route("/check", post(check::check))
        .route("/talk", post(check::talk))
        .route("/entries", get(entries::list).post(entries::make))
        .route("/entries/{id}", get(entries::one).put(entries::change).delete(entries::remove))
        .route("/keys", get(keys::list).post(keys::make))
        .route("/keys/{id}", delete(keys::remove))
        .route("/people", get(people::list).post(people::add))
        .route("/people/{login}", put(people::change).delete(people::remove))
        .route("/people/{login}/password", post(people::reset))
        .route("/secrets", get(secrets::list))
        .route("/secrets/{name}", put(secrets::set).delete(secrets::remove))
        .route("/secret-keys", post(secrets::rotate))
        .route("/texts/export", post(translations::hand_out))
        .route("/texts/import", post(translations::take_back))
        .route("/uses", get(uses::uses))
        .route("/sessions", get(sessions::list))
        .route("/sessions/volumes", get(volumes::volumes))
        .route("/sessions/{id}", get(sessions::one))
        .route("/sessions/{id}/journal", get(sessions::journal))
        .route("/sessions/{id}/replay", post(sessions::replay))
        .route("/sessions/{id}/story", get(stories::tell))
        .route("/sessions/{id}/against", post(stories::hold))
        .route("/sessions/{id}/talk", post(stories::keep))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(house)
}
