//! Audio, video, images and papers beside a flow, for chat windows.

use super::Chat;
use crate::folder::{limits::MEDIA_BYTES, media_type};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use offhook_editor_api::Problem;

pub(super) async fn media(
    State(chat): State<Chat>,
    Path((flow, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let missing = || Problem::new(StatusCode::NOT_FOUND, "there is no such file");
    // Nothing that a browser would run, and no tables: data of a tenant lie beside flows, too.
    let kind = media_type(&file).ok_or_else(missing)?;
    let (chat, flow) = chat.of(&flow);
    let folders = chat.host.library().serving().folders(flow);
    let bytes = tokio::task::spawn_blocking(move || folders.iter().find_map(|folder| read_inside(folder, &file)));
    let bytes = bytes.await.ok().flatten().ok_or_else(missing)?;
    Ok((
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "public, max-age=300"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
        bytes,
    )
        .into_response())
}

/// A file of a folder; never one outside of it, wherever links lead.
fn read_inside(folder: &std::path::Path, file: &str) -> Option<Vec<u8>> {
    let folder = folder.canonicalize().ok()?;
    let path = folder.join(file).canonicalize().ok()?;
    let is_inside = path.starts_with(&folder) && path.is_file();
    let is_small = std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() <= MEDIA_BYTES);
    (is_inside && is_small).then(|| std::fs::read(path).ok()).flatten()
}
