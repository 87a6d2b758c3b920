//! The page, the editor, the widget and the API viewer, embedded in the binary.

use axum::http::{HeaderMap, StatusCode, Uri, header};
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
pub(super) async fn serve(uri: Uri, headers: HeaderMap) -> Response {
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
            let plain = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)];
            // What was compressed when the pages were built; whoever keeps a copy keeps one for each.
            let Some(small) = Assets::get(&format!("{name}.gz")) else {
                return (plain, file.data.into_owned()).into_response();
            };
            let varies = [(header::VARY, "accept-encoding")];
            if !takes_gzip(&headers) {
                return (plain, varies, file.data.into_owned()).into_response();
            }
            return (plain, varies, [(header::CONTENT_ENCODING, "gzip")], small.data.into_owned()).into_response();
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

/// Whether `gzip` is named and not refused (RFC 9110 §12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        is_gzip && weight.is_ok_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_goes_to_whoever_takes_it() {
        for (line, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br", false),
            ("", false),
            ("xgzip", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, line.parse().expect("it is a value"))]);
            assert_eq!(takes_gzip(&headers), takes, "{line}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
