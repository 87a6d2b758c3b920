//! SSML on its way to an engine: only the elements that shape speech pass. An element that makes the engine open a file
//! (`audio`, `lexicon`), or choose a voice file by path (`voice`), is dropped and its text stays, because part of the text may
//! come from outside the flow.

use super::SpeechError;

const ELEMENTS: [&str; 10] = ["speak", "p", "s", "break", "prosody", "emphasis", "say-as", "sub", "phoneme", "mark"];

/// The document with only the elements we know. Fails on a tag that never ends.
pub(super) fn filter(text: &str) -> Result<String, SpeechError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let end = if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest.starts_with("<![CDATA[") {
            return Err(SpeechError::Ssml("CDATA is not read; write the text with &lt; and &amp;".into()));
        } else {
            tag_end(rest)
        };
        let Some(end) = end else {
            return Err(SpeechError::Ssml(format!("`{}` is not closed", rest.chars().take(20).collect::<String>())));
        };
        let tag = &rest[..end];
        let name: &str = tag[1..]
            .trim_start_matches('/')
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .next()
            .unwrap_or("");
        if ELEMENTS.contains(&name) {
            out.push_str(tag);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Where the tag that begins `text` ends; a `>` inside quotes does not end it.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_passes_and_files_do_not() {
        let kept = r#"<speak>Hi <break time="300ms"/><prosody rate="slow">there &amp; here</prosody></speak>"#;
        assert_eq!(filter(kept).as_deref(), Ok(kept));
        assert_eq!(filter(r#"a<audio src="/etc/passwd">b</audio>c"#).as_deref(), Ok("abc"));
        assert_eq!(filter("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'f'>]>a").as_deref(), Ok("]>a"));
        assert_eq!(filter(r#"<voice name="../x">a</voice><!-- <audio> -->b"#).as_deref(), Ok("ab"));
        assert_eq!(filter(r#"<mark name="a>b"/>c"#).as_deref(), Ok(r#"<mark name="a>b"/>c"#));
        assert!(matches!(filter("a <break"), Err(SpeechError::Ssml(_))));
        assert!(matches!(filter("<![CDATA[<audio src='x'/>]]>"), Err(SpeechError::Ssml(_))));
    }
}
