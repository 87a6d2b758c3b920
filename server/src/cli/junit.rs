//! Results of talks as JUnit XML, which CI servers read.

use std::fmt::Write as _;

/// How one test went.
pub(super) struct Case {
    /// Where it stands.
    pub file: String,
    pub name: String,
    pub seconds: f64,
    /// What went wrong; nothing when it passed.
    pub failures: Vec<String>,
    /// It could not be performed.
    pub broken: bool,
}

/// The results as one test suite.
pub(super) fn junit(suite: &str, cases: &[Case]) -> String {
    let count = |broken| cases.iter().filter(|case| case.broken == broken && !case.failures.is_empty()).count();
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{seconds:.3}\">\n",
        escape(suite),
        cases.len(),
        count(false),
        count(true),
    );
    for case in cases {
        let (file, name) = (escape(&case.file), escape(&case.name));
        let _ = write!(text, "  <testcase classname=\"{file}\" name=\"{name}\" time=\"{:.3}\"", case.seconds);
        if case.failures.is_empty() {
            text.push_str("/>\n");
            continue;
        }
        let word = if case.broken { "error" } else { "failure" };
        let _ = writeln!(
            text,
            ">\n    <{word} message=\"{}\">{}</{word}>\n  </testcase>",
            escape(&case.failures[0]),
            escape(&case.failures.join("\n"))
        );
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    text
}

/// For attributes and text; what XML 1.0 cannot hold is replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_xml::events::Event;

    #[test]
    fn results_are_xml_whatever_they_say() {
        let case = |name: &str, failures: &[&str], broken| Case {
            file: "a<b>.talk.yaml".to_owned(),
            name: name.to_owned(),
            seconds: 0.0012,
            failures: failures.iter().map(|failure| (*failure).to_owned()).collect(),
            broken,
        };
        let cases = [
            case("fine & \"quoted\"", &[], false),
            case("wrong", &["said \u{1b}[31m<no>", "and ]]> more"], false),
            case("lost", &["there is no flow"], true),
        ];
        let text = junit("offhook talk", &cases);
        let mut reader = quick_xml::Reader::from_str(&text);
        let (mut tests, mut failures, mut depth) = (0, Vec::new(), 0);
        loop {
            match reader.read_event().expect("it is well-formed") {
                Event::Start(tag) => {
                    depth += 1;
                    let name: String = tag.name().as_ref().to_owned();
                    let attributes: Vec<(String, String)> = tag
                        .attributes()
                        .map(|one| one.expect("an attribute"))
                        .map(|one| (one.key.as_ref().to_owned(), one.value.into_owned()))
                        .collect();
                    let attribute =
                        |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
                    match name.as_str() {
                        "testsuite" => {
                            assert_eq!(
                                (attribute("tests"), attribute("failures"), attribute("errors")),
                                (Some("3"), Some("1"), Some("1"))
                            );
                        }
                        "testcase" => tests += 1,
                        "failure" | "error" => failures.push(attribute("message").expect("a message").to_owned()),
                        _ => {}
                    }
                }
                Event::Empty(_) => tests += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!((tests, depth, failures.len()), (3, 0, 2));
        assert!(!text.contains('\u{1b}'));
    }
}
