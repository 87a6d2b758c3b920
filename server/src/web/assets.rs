//! The page, the editor, the widget and the API viewer, embedded in the binary.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

/// What `npm run build` made of the room `web-editor`.
#[derive(RustEmbed)]
#[folder = "../web-editor/dist"]
struct Assets;

/// What is shown when the pages were not built before the binary was.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Offhook</title><p>Offhook is running, but its pages \
     were not built into this binary: run <code>make run</code>, or <code>npm ci && npm run build</code> in \
     <code>web-editor</code>, and build again.";

/// A file of the pages; `/` is `index.html`, and a name without an ending is a page.
pub(super) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_matches('/');
    let candidates = match path {
        "" => vec!["index.html".to_owned()],
        path => vec![path.to_owned(), format!("{path}.html"), format!("{path}/index.html")],
    };
    for name in candidates {
        if let Some(file) = Assets::get(&name) {
            // Files under `assets/` have a hash in their name; the others may change with the next version.
            let caching = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
            let kind = kind(&name);
            return ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)], file.data.into_owned())
                .into_response();
        }
    }
    if path.is_empty() {
        return ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT).into_response();
    }
    offhook_editor_api::Problem::new(StatusCode::NOT_FOUND, "there is nothing here").into_response()
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
