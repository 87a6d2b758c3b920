//! From a locale to an engine's voice: what the operator set, the tag itself, a known other name, the bare language.

use std::collections::BTreeSet;

use super::{SpeechError, limits};

// Where a region's or a language's tag is not the one espeak-ng lists.
const ALIASES: &[(&str, &str)] = &[
    ("zh", "cmn"),
    ("zh-cn", "cmn"),
    ("zh-tw", "cmn"),
    ("zh-hk", "yue"),
    ("no", "nb"),
    ("es-mx", "es-419"),
    ("es-ar", "es-419"),
    ("es-co", "es-419"),
    ("es-cl", "es-419"),
    ("es-pe", "es-419"),
    ("es-us", "es-419"),
    ("en-au", "en-gb"),
    ("en-ie", "en-gb"),
    ("en-in", "en-gb"),
    ("en-nz", "en-gb"),
    ("en-za", "en-gb"),
    ("en-ca", "en-us"),
    ("en", "en-us"),
    ("fr", "fr-fr"),
    ("pt-pt", "pt"),
    ("tl", "fil"),
    ("iw", "he"),
    ("in", "id"),
];

/// The voice for `locale` among `known` (lower case). `set` is the operator's table and may name any voice.
pub(super) fn voice_for(
    locale: &str,
    set: &[(String, String)],
    known: &BTreeSet<String>,
) -> Result<String, SpeechError> {
    let tag = locale.trim().replace('_', "-").to_ascii_lowercase();
    let language = tag.split('-').next().unwrap_or("");
    for wanted in [tag.as_str(), language] {
        if let Some((_, voice)) = set.iter().find(|(it, _)| it.eq_ignore_ascii_case(wanted)) {
            return checked(voice).map(str::to_owned);
        }
    }
    let aliased = |name: &str| ALIASES.iter().find(|(from, _)| *from == name).map(|(_, to)| (*to).to_owned());
    let nearest = || {
        let prefix = format!("{language}-");
        known.iter().find(|voice| voice.starts_with(&prefix)).cloned()
    };
    let mut candidates =
        [Some(tag.clone()), aliased(&tag), Some(language.to_owned()), aliased(language)].into_iter().flatten();
    let found =
        candidates.find(|name| known.contains(name)).or_else(|| if language.is_empty() { None } else { nearest() });
    found.ok_or_else(|| SpeechError::NoVoice(locale.chars().take(limits::VOICE_BYTES).collect()))
}

/// A voice's name that may go on a command line: letters, digits, `-`, `_` and `+`, not beginning with a dash.
pub(super) fn checked(name: &str) -> Result<&str, SpeechError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+');
    if !name.is_empty() && name.len() <= limits::VOICE_BYTES && !name.starts_with('-') && name.chars().all(plain) {
        Ok(name)
    } else {
        Err(SpeechError::VoiceName(name.chars().take(limits::VOICE_BYTES).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_find_their_voice() {
        let known: BTreeSet<String> =
            ["en-us", "en-gb", "es", "es-419", "pt", "pt-br", "cmn", "fr-fr", "nb", "vi-vn-x-south"]
                .map(String::from)
                .into();
        let set = [("es-ES".to_owned(), "es+f2".to_owned()), ("de".to_owned(), "mb-de5".to_owned())];
        for (locale, voice) in [
            ("en-US", "en-us"),
            ("en-GB", "en-gb"),
            ("en", "en-us"),
            ("en-AU", "en-gb"),
            ("pt-BR", "pt-br"),
            ("pt_PT", "pt"),
            ("es-MX", "es-419"),
            ("es-UY", "es"),
            ("zh-CN", "cmn"),
            ("fr-CA", "fr-fr"),
            ("no", "nb"),
            ("vi", "vi-vn-x-south"),
            ("es-ES", "es+f2"),
            ("de-AT", "mb-de5"),
        ] {
            assert_eq!(voice_for(locale, &set, &known).as_deref(), Ok(voice), "{locale}");
        }
        for none in ["xx-YY", "", "-"] {
            assert!(matches!(voice_for(none, &set, &known), Err(SpeechError::NoVoice(_))), "{none}");
        }
    }

    #[test]
    fn names_that_may_go_on_a_command_line() {
        for good in ["en-us", "en-us+f3", "mb-de5", "es_419"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "--path=/etc", "a b", "../en", "en;ls", "é", &"a".repeat(41)] {
            assert!(matches!(checked(bad), Err(SpeechError::VoiceName(_))), "{bad}");
        }
    }
}
