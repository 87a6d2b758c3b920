//! The report of a replay as one page that needs nothing else: no script, no font, no picture. Whatever comes from a
//! journal or a flow is escaped.

use crate::replays::Compared;
use offhook_runtime::replay::{Outcome, Totals};
use std::fmt::Write as _;

const STYLE: &str = "
:root { color-scheme: light dark; --line: light-dark(#c5c9d0, #4a505a); --soft: light-dark(#f3f4f6, #22262c);
  --was: light-dark(#9b1c1c, #ff9d94); --now: light-dark(#12602b, #83dc9c); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem;
  background: light-dark(#fff, #16191d); color: light-dark(#1b1f24, #e6e8eb); }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
caption { text-align: start; font-weight: 600; padding-block: .5rem; }
th, td { border-block-end: 1px solid var(--line); padding: .4rem .6rem; text-align: start; vertical-align: top;
  overflow-wrap: anywhere; }
thead th { background: var(--soft); }
td.number { text-align: end; font-variant-numeric: tabular-nums; }
.was { color: var(--was); } .now { color: var(--now); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dd { margin: 0; }
.wide { overflow-x: auto; }
@media print { body { margin: 0; } }
";

/// What may stand in a text or an attribute. Marks that turn the direction of writing would show something else than what
/// is there, so they are shown as what they are.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => drop(write!(escaped, "[U+{:04X}]", sign as u32)),
            control if control.is_control() && control != '\n' => escaped.push('\u{fffd}'),
            plain => escaped.push(plain),
        }
    }
    escaped
}

/// The page.
pub(super) fn page(against: &str, totals: &Totals, compared: &[Compared]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>Replay against {}</title>\n<style>{STYLE}\
         </style>\n</head>\n<body>\n<main>\n<h1>Replay against {}</h1>\n<dl>\n",
        escape(against),
        escape(against)
    );
    let figures = [
        ("Sessions", totals.sessions),
        ("Turns", totals.turns),
        ("The same to the letter", totals.same),
        ("Differ", totals.differ),
        ("Cannot be replayed", totals.broken),
    ];
    for (name, figure) in figures {
        let _ = writeln!(page, "<dt>{name}</dt><dd>{figure}</dd>");
    }
    page.push_str("</dl>\n");
    if totals.nodes.is_empty() && totals.broken == 0 {
        page.push_str("<p>Nobody would have noticed anything.</p>\n");
    }
    if !totals.nodes.is_empty() {
        page.push_str(
            "<div class=\"wide\"><table>\n<caption>Where they part</caption>\n<thead><tr><th scope=\"col\">Flow</th>\
             <th scope=\"col\">Node</th><th scope=\"col\">Differ</th><th scope=\"col\">Came here</th></tr></thead>\n<tbody>\n",
        );
        for node in &totals.nodes {
            let _ = writeln!(
                page,
                "<tr><td>{}</td><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
                escape(&node.place.flow),
                escape(&node.place.node),
                node.differ,
                node.came
            );
        }
        page.push_str("</tbody>\n</table></div>\n");
    }
    if compared.iter().any(|one| !matches!(one.outcome, Outcome::Same { .. })) {
        page.push_str(
            "<div class=\"wide\"><table>\n<caption>The first difference of each session</caption>\n<thead><tr>\
             <th scope=\"col\">Session</th><th scope=\"col\">Turn</th><th scope=\"col\">Node</th>\
             <th scope=\"col\">What happened</th><th scope=\"col\">Recorded</th><th scope=\"col\">New</th></tr></thead>\n\
             <tbody>\n",
        );
        compared.iter().for_each(|one| row(&mut page, one));
        page.push_str("</tbody>\n</table></div>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn row(page: &mut String, one: &Compared) {
    let session = format!("<th scope=\"row\">{}<br>{} {}</th>", escape(&one.session), escape(&one.flow), one.version);
    let _ = match &one.outcome {
        Outcome::Same { .. } => Ok(()),
        Outcome::Broken { message } => {
            writeln!(page, "<tr>{session}<td colspan=\"5\">Cannot be replayed: {}</td></tr>", escape(message))
        }
        Outcome::Differs(difference) => writeln!(
            page,
            "<tr>{session}<td class=\"number\">{} of {}</td><td>{}</td><td>{}</td><td class=\"was\" dir=\"auto\">{}</td>\
             <td class=\"now\" dir=\"auto\">{}</td></tr>",
            difference.turn,
            one.turns,
            escape(&difference.place.to_string()),
            escape(&difference.event),
            escape(&difference.recorded),
            escape(&difference.candidate)
        ),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_journal_becomes_markup() {
        let broken = Outcome::Broken { message: "<script>alert(\"1\")</script>\u{202e}\u{7}".into() };
        let one = Compared { session: "c'1&".into(), flow: "<b>".into(), version: 1, turns: 0, outcome: broken };
        let mut totals = Totals::default();
        totals.broken = 1;
        let page = page("</title><script>", &totals, &[one]);
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains('\u{202e}'), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;[U+202E]"), "{page}");
        assert!(page.contains("c&#39;1&amp;") && page.contains("Cannot be replayed: "), "{page}");
        assert!(page.contains("color-scheme: light dark"), "{page}");
    }
}
