//! What lies beside flows and is no part of one: data tables, own node types, and the sound, pictures and papers that flows show or play. Each is one
//! file, taken as it is; whether it has mistakes is not asked here.

use super::{limits, tag};
use crate::host::is_own_type;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// What a file beside flows is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetKind {
    /// A data table, `tables/NAME.csv`.
    Table,
    /// A node type of the tenant's own, `NAME.node.yaml`.
    NodeType,
    /// Sound, a picture, a film or a paper.
    Media,
}

impl AssetKind {
    /// Bytes of one file: as many as whoever reads it takes.
    pub fn limit(self) -> u64 {
        match self {
            AssetKind::Table => limits::TABLE_BYTES,
            AssetKind::NodeType => limits::FILE_BYTES as u64,
            AssetKind::Media => limits::MEDIA_BYTES,
        }
    }
}

/// A file beside flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its path below the folder of flows, with `/` on every system.
    pub path: String,
    /// What it is.
    pub kind: AssetKind,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Its entity tag, with its quotes.
    pub etag: String,
}

/// What flows show and play, by the ending of its name. Nothing that a browser would run.
const MEDIA: [(&str, &str); 13] = [
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("pdf", "application/pdf"),
    ("ics", "text/calendar; charset=utf-8"),
    ("vcf", "text/vcard; charset=utf-8"),
];

/// How tables are sent (RFC 4180).
const TABLE: &str = "text/csv; charset=utf-8";

/// The media type of a file that a chat window may be sent, by its name; nothing for tables and the like, which are a tenant's own.
pub fn media_type(name: &str) -> Option<&'static str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    let found = MEDIA.into_iter().find(|(known, _)| *known == ending);
    found.filter(|_| !stem.is_empty()).map(|(_, kind)| kind)
}

/// What a path below the folder of flows is, and its media type; nothing where no file beside a flow has such a path. None leads out of the folder.
pub fn asset_kind(path: &str) -> Option<(AssetKind, &'static str)> {
    let parts: Vec<&str> = path.split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.contains(|c: char| c.is_control() || matches!(c, '\\' | ':'))
    };
    if path.len() > limits::ASSET_PATH_BYTES || parts.len() > limits::ASSET_FOLDERS || !parts.iter().all(plain) {
        return None;
    }
    match parts.as_slice() {
        ["tables", name] if name.ends_with(".csv") => Some((AssetKind::Table, TABLE)),
        [.., name] if is_own_type(Path::new(name)) => {
            let json = name.ends_with(".json");
            Some((AssetKind::NodeType, if json { "application/json" } else { "application/yaml" }))
        }
        [.., name] => media_type(name).map(|kind| (AssetKind::Media, kind)),
        [] => None,
    }
}

/// Whether bytes begin as files of a media type do. It keeps what merely has the right name from being played or shown: a pointer that a version
/// control keeps instead of a large file, or a page.
pub fn is_of_type(media_type: &str, bytes: &[u8]) -> bool {
    let at = |from: usize, mark: &[u8]| bytes.get(from..from + mark.len()) == Some(mark);
    match media_type {
        "audio/wav" => (at(0, b"RIFF") || at(0, b"RF64")) && at(8, b"WAVE"),
        // A tag, or the eleven bits that every frame begins with.
        "audio/mpeg" => at(0, b"ID3") || matches!(bytes, [0xFF, second, ..] if second & 0xE0 == 0xE0),
        "audio/ogg" => at(0, b"OggS"),
        "video/mp4" => at(4, b"ftyp"),
        "video/webm" => at(0, &[0x1A, 0x45, 0xDF, 0xA3]),
        "image/png" => at(0, b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => at(0, &[0xFF, 0xD8, 0xFF]),
        "image/gif" => at(0, b"GIF8"),
        "image/webp" => at(0, b"RIFF") && at(8, b"WEBP"),
        "application/pdf" => at(0, b"%PDF-"),
        _ => std::str::from_utf8(bytes).is_ok(),
    }
}

/// All files beside the flows of a folder, by path. Links that lead out of the folder are not followed.
///
/// # Errors
/// When one cannot be read, or there are too many.
pub fn assets(root: &Path) -> io::Result<Vec<Asset>> {
    let mut found = Vec::new();
    for (path, real) in paths(root)? {
        let Some((kind, media_type)) = asset_kind(&path) else { continue };
        let (bytes, etag) = measure(&real)?;
        found.push(Asset { path, kind, media_type, bytes, etag });
    }
    Ok(found)
}

/// The paths of all files beside the flows of a folder, and their sizes.
///
/// # Errors
/// When a folder cannot be read, or there are too many.
pub fn asset_sizes(root: &Path) -> io::Result<Vec<(String, u64)>> {
    let size = |(path, real): (String, PathBuf)| Some((path, fs::metadata(real).ok()?.len()));
    Ok(paths(root)?.into_iter().filter_map(size).collect())
}

/// Every path that is one of a file beside flows, with where it lies.
fn paths(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let inside = root.canonicalize()?;
    let (mut found, mut folders) = (Vec::new(), vec![(root.to_owned(), String::new(), 1)]);
    while let Some((folder, below, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.'))
            else {
                continue;
            };
            let below = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            // What has gone since, or leads nowhere or elsewhere, is not here.
            if !path.canonicalize().is_ok_and(|real| real.starts_with(&inside)) {
                continue;
            }
            if path.is_dir() {
                if depth < limits::ASSET_FOLDERS {
                    folders.push((path, below, depth + 1));
                }
            } else if asset_kind(&below).is_some() {
                if found.len() > limits::ASSETS {
                    let why = format!("there are more than {} files beside flows", limits::ASSETS);
                    return Err(io::Error::other(why));
                }
                found.push((below, path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file beside flows as it is now; nothing where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn asset(root: &Path, path: &str) -> io::Result<Option<Asset>> {
    let Some((kind, media_type)) = asset_kind(path) else { return Ok(None) };
    let Some(real) = inside(root, path) else { return Ok(None) };
    let (bytes, etag) = measure(&real)?;
    Ok(Some(Asset { path: path.to_owned(), kind, media_type, bytes, etag }))
}

/// The bytes of a file beside flows; nothing where there is none.
///
/// # Errors
/// When it cannot be read, or is larger than files of its kind may be.
pub fn asset_bytes(root: &Path, path: &str) -> io::Result<Option<Vec<u8>>> {
    let Some((kind, _)) = asset_kind(path) else { return Ok(None) };
    let Some(real) = inside(root, path) else { return Ok(None) };
    let mut bytes = Vec::new();
    File::open(real)?.take(kind.limit() + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > kind.limit() {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, too_large(path, kind)));
    }
    Ok(Some(bytes))
}

/// What is said of a file that is too large.
pub fn too_large(path: &str, kind: AssetKind) -> String {
    format!("`{path}` is larger than {} bytes", kind.limit())
}

/// Where a file really lies; nothing where that is not in the folder, or is no file.
fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let real = root.join(path).canonicalize().ok().filter(|_| plain)?;
    (real.starts_with(root.canonicalize().ok()?) && real.is_file()).then_some(real)
}

/// Size and entity tag of a file, without holding it.
fn measure(path: &Path) -> io::Result<(u64, String)> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(named)?;
    let (mut digest, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 64 << 10]);
    loop {
        let read = file.read(&mut buffer).map_err(named)?;
        if read == 0 {
            return Ok((size, tag(&digest.finalize())));
        }
        digest.update(&buffer[..read]);
        size += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::etag;

    #[test]
    fn a_path_says_what_a_file_is() {
        for (path, kind) in [
            ("tables/rates.csv", Some(AssetKind::Table)),
            ("billing/find.node.yaml", Some(AssetKind::NodeType)),
            ("find.node.json", Some(AssetKind::NodeType)),
            ("a/prompts/welcome.wav", Some(AssetKind::Media)),
            ("WELCOME.MP3", Some(AssetKind::Media)),
            ("tables/deep/rates.csv", None),
            ("rates.csv", None),
            ("line.yaml", None),
            ("line.talk.yaml", None),
            ("page.html", None),
            ("picture.svg", None),
            ("offhook.toml", None),
            (".offhook/x.wav", None),
            ("a/.x.wav", None),
            (".wav", None),
            ("../x.wav", None),
            ("/x.wav", None),
            ("a//x.wav", None),
            ("a\\x.wav", None),
            ("c:x.wav", None),
            ("a/x.wav/", None),
            ("x\0.wav", None),
            ("", None),
            ("1/2/3/4/5/6/7/8/9/10/x.wav", None),
        ] {
            assert_eq!(asset_kind(path).map(|found| found.0), kind, "{path}");
        }
        assert_eq!(asset_kind(&format!("{}.wav", "x".repeat(limits::ASSET_PATH_BYTES))), None);
    }

    #[test]
    fn bytes_are_what_their_name_says() {
        for (kind, bytes) in [
            ("audio/wav", &b"RIFF\x24\0\0\0WAVEfmt "[..]),
            ("audio/mpeg", b"ID3\x04"),
            ("audio/mpeg", &[0xFF, 0xFB, 0x90]),
            ("audio/ogg", b"OggS\0"),
            ("video/mp4", b"\0\0\0\x20ftypisom"),
            ("video/webm", &[0x1A, 0x45, 0xDF, 0xA3, 1]),
            ("image/png", b"\x89PNG\r\n\x1a\n..."),
            ("image/jpeg", &[0xFF, 0xD8, 0xFF, 0xE0]),
            ("image/gif", b"GIF89a"),
            ("image/webp", b"RIFF\x24\0\0\0WEBPVP8 "),
            ("application/pdf", b"%PDF-1.7"),
        ] {
            assert!(is_of_type(kind, bytes), "{kind}");
            assert!(
                !is_of_type(kind, b"version https://git-lfs.example/spec/v1\n") && !is_of_type(kind, b""),
                "{kind}"
            );
        }
        assert!(is_of_type(TABLE, b"a,b\n") && !is_of_type(TABLE, b"\xff\n"));
    }

    #[test]
    fn files_beside_flows_are_found_and_read() {
        let place = tempfile::tempdir().unwrap();
        let root = &place.path().join("flows");
        let write = |name: &str, bytes: &[u8]| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        write("a/line.yaml", b"offhook: 1\n");
        write("a/hello.wav", b"RIFF");
        write("a/find.node.yaml", b"x: 1\n");
        write("tables/rates.csv", b"a\n");
        write(".offhook/base.wav", b"no");
        let paths = || assets(root).unwrap().into_iter().map(|asset| asset.path).collect::<Vec<_>>();
        assert_eq!(paths(), ["a/find.node.yaml", "a/hello.wav", "tables/rates.csv"]);
        let one = asset(root, "a/hello.wav").unwrap().unwrap();
        assert_eq!((one.etag, one.bytes, one.media_type), (etag(b"RIFF"), 4, "audio/wav"));
        assert_eq!(asset_bytes(root, "a/hello.wav").unwrap().as_deref(), Some(&b"RIFF"[..]));
        assert_eq!((asset(root, "a/none.wav").unwrap(), asset_bytes(root, "a/line.yaml").unwrap()), (None, None));
        #[cfg(unix)]
        {
            fs::write(place.path().join("outside.wav"), "RIFF").unwrap();
            std::os::unix::fs::symlink(place.path(), root.join("out")).unwrap();
            std::os::unix::fs::symlink("../outside.wav", root.join("linked.wav")).unwrap();
            assert_eq!(paths().len(), 3, "{:?}", paths());
            assert_eq!(asset(root, "out/outside.wav").unwrap(), None);
            assert_eq!(asset_bytes(root, "linked.wav").unwrap(), None);
        }
        fs::File::create(root.join("big.wav")).unwrap().set_len(limits::MEDIA_BYTES + 1).unwrap();
        assert_eq!(asset_bytes(root, "big.wav").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(asset(root, "big.wav").unwrap().is_some(), "it is there, and did not go");
    }
}
