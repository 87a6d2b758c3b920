//! Files as the protocol names them: `file:` URIs (RFC 8089), percent-encoded.

use lsp_types::Uri;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The path of a file URI; nothing for another scheme or another machine.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let (mut bytes, mut signs) = (Vec::new(), rest.bytes());
    while let Some(sign) = signs.next() {
        match sign {
            b'%' => {
                let pair = [signs.next()?, signs.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
            }
            plain => bytes.push(plain),
        }
    }
    Some(PathBuf::from(String::from_utf8(bytes).ok()?))
}

/// The URI of an absolute path; nothing for one that is not text.
pub(super) fn of(path: &Path) -> Option<Uri> {
    let mut text = "file://".to_owned();
    for byte in path.to_str()?.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            other => drop(write!(text, "%{other:02X}")),
        }
    }
    Uri::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_there_and_back() {
        for name in ["/a/b.yaml", "/tmp/año nuevo/100%.yaml", "/x/#1?.yaml"] {
            let uri = of(Path::new(name)).unwrap();
            assert_eq!(path(&uri).unwrap(), Path::new(name), "{}", uri.as_str());
        }
        for other in ["https://a/b", "file://elsewhere/b", "untitled:1"] {
            assert_eq!(path(&Uri::from_str(other).unwrap()), None, "{other}");
        }
    }
}
