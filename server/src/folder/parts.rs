//! What the names of files beside a flow mean: `NAME.yaml` is the flow, `NAME.layout.yaml` its layout, `NAME.es-ES.yaml` its texts in a
//! locale, `NAME.talk.yaml` and `NAME.busy.talk.yaml` its talks. Nothing else is named, so that no name leads elsewhere.

use super::limits;
use std::path::Path;

/// How documents end.
pub const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// A file's name up to its first dot.
pub(super) fn stem(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next()).unwrap_or_default()
}

/// Which part of a flow a file is; nothing where it is none.
pub fn part_of(name: &str, stem: &str) -> Option<String> {
    let rest = name.strip_prefix(stem)?.strip_prefix('.')?;
    if ENDINGS.contains(&rest) {
        return Some("flow".to_owned());
    }
    let (part, ending) = rest.rsplit_once('.')?;
    (ENDINGS.contains(&ending) && is_beside(part)).then(|| part.to_owned())
}

/// The name of a part's file; nothing where a flow has no such part. A name is taken as it is.
pub fn name_of(part: &str, stem: &str) -> Option<String> {
    if part == "flow" {
        return Some(format!("{stem}.yaml"));
    }
    if is_beside(part) {
        return Some(format!("{stem}.{part}.yaml"));
    }
    part_of(part, stem).map(|_| part.to_owned())
}

/// Whether a part is one that lies beside a flow.
fn is_beside(part: &str) -> bool {
    part.len() <= limits::PART_CHARS && (part == "layout" || is_talk(part) || is_locale(part))
}

fn is_talk(part: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    part == "talk" || part.strip_suffix(".talk").is_some_and(|rest| rest.split('.').all(word))
}

/// The shape that the folder's reader takes for a locale.
fn is_locale(part: &str) -> bool {
    let mut words = part.split('-');
    let language = words.next().unwrap_or_default();
    let tag = |word: &str| (1..=8).contains(&word.len()) && word.chars().all(|c| c.is_ascii_alphanumeric());
    (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase()) && words.all(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parts_are_the_same() {
        for (name, part) in [
            ("line.yaml", "flow"),
            ("line.layout.yaml", "layout"),
            ("line.es-ES.yaml", "es-ES"),
            ("line.talk.yaml", "talk"),
            ("line.draft-1.talk.yaml", "draft-1.talk"),
        ] {
            assert_eq!(part_of(name, "line").as_deref(), Some(part));
            assert_eq!(name_of(part, "line").as_deref(), Some(name));
            assert_eq!(name_of(name, "line").as_deref(), Some(name));
        }
        assert_eq!(part_of("line.json", "line").as_deref(), Some("flow"));
    }

    #[test]
    fn nothing_leads_elsewhere() {
        let long = format!("{}.talk", "x".repeat(100));
        for part in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc/passwd",
            "line",
            "line.yaml.",
            "other.yaml",
            "x.node",
            "..talk",
            ".talk",
            "a..talk",
            "../.talk",
            "a\\b.talk",
            "lay out",
            "layout\0",
            "LAYOUT",
            "csv",
            &long,
            "line.wav",
            "line/../x.yaml",
        ] {
            // `csv` has the shape of a language, so its file is `line.csv.yaml` and nothing else.
            let name = name_of(part, "line").filter(|_| part != "csv");
            assert_eq!(name, None, "{part}");
        }
    }
}
