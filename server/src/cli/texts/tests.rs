//! To translators and back: files as they are, and every way in which they come back.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use super::Project;
use crate::host::FlowFile;
use crate::services::Tables;
use crate::translate::{Entry, Exchange, Merged, Translatable, merge_into, po, xliff};
use offhook_flow_schemas::{read_flow, read_texts};
use offhook_runtime::{FlowSource, Limits, compile};
use std::sync::Arc;

const FLOW: &str = r#"offhook: 1
id: shop/line
kind: ivr
channels: [voice, webchat]
locales: [en-US, es-ES]
vars: { name: Ann, cost: 4.5 }
start: greet
interrupts:
  phrases: [{ any: [agent, human], next: bye }]
nodes:
  # The first thing that callers hear.
  greet:
    type: say
    description: Keep it short.
    # A greeting of the time of day.
    text: "Hello {{ name }},\nwelcome & \"good\" morning."
    next: main
  main:
    type: menu
    text: { voice: Press 1 to order., default: What can I do? }
    choices:
      - { id: order, label: Order, keys: "1", phrases: [order, buy], next: cost }
      - { id: other, keys: "2", next: bye }
    exits: { no_input: bye, no_match: bye }
  cost:
    type: say
    text: [{ text: It costs }, { value: "= cost", as: money, currency: EUR }, { audio: thanks.wav }]
    next: bye
  bye: { type: end, text: Goodbye. }
"#;

const SPANISH: &str = r#"# Words for Spain.
texts:
  greet.text:               # checked by Eva
    source: "Good day {{ name }}."
    text: 'Buenos días, {{ name }}.'
  main.choices.order.phrases: [pedir,   comprar]   # as callers say it

  bye.text: Adiós.
"#;

fn project(flow: &str, spanish: Option<&str>) -> Project {
    let document = Arc::new(read_flow("shop/line.yaml", flow.as_bytes()).document.unwrap());
    let texts: Vec<_> =
        spanish.map(|text| read_texts("shop/line.es-ES.yaml", text.as_bytes()).texts.unwrap()).into_iter().collect();
    let source = FlowSource { document: document.clone(), texts: texts.clone(), version: 0 };
    let catalog = offhook_builtins::catalog();
    let compiled = compile(std::slice::from_ref(&source), &catalog, &Limits::default());
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    let file = FlowFile { path: "shop/line.yaml".into(), talks: Vec::new(), document: Some(document), texts };
    Project {
        files: vec![file],
        sources: vec![source],
        catalog,
        diagnostics: compiled.diagnostics.clone(),
        compiled,
        tables: Tables::default(),
    }
}

fn only(project: &Project) -> Translatable<'_> {
    project.translatable().next().unwrap()
}

fn exchange(spanish: Option<&str>) -> Exchange {
    only(&project(FLOW, spanish)).exchange("es-ES")
}

/// What a translator does to a file.
fn set(exchange: &mut Exchange, id: &str, text: &str) {
    let entry = exchange.entries.iter_mut().find(|entry| entry.id == id).unwrap_or_else(|| panic!("there is no {id}"));
    entry.target = Some(text.to_owned());
    entry.needs_work = false;
}

fn merged(flow: &str, spanish: Option<&str>, exchange: &Exchange) -> (Merged, Option<String>) {
    let project = project(flow, spanish);
    let result = merge_into(&only(&project), exchange).unwrap();
    let (merged, mut changed) = (result.merged, result.files);
    assert!(changed.iter().all(|(name, _)| name == "shop/line.es-ES.yaml"), "only the catalogue changes");
    (merged, changed.pop().map(|(_, text)| text))
}

/// Through a file of each format, as its program would save it untouched.
fn through(exchange: &Exchange) -> [Exchange; 2] {
    [po::read(&po::write(exchange)).unwrap(), xliff::read(&xliff::write(exchange)).unwrap()]
}

fn plain(entry: &Entry) -> Entry {
    let notes = Vec::new();
    Entry { notes, place: None, needs_work: entry.needs_work && entry.target.is_some(), ..entry.clone() }
}

#[test]
fn a_file_says_what_the_flow_says() {
    let text = po::write(&exchange(Some(SPANISH)));
    let greet = r##"#. Keep it short.
#. The first thing that callers hear.
#. A greeting of the time of day.
#: shop/line.yaml:16
#, fuzzy
#| msgid "Good day {{ name }}."
msgctxt "greet.text"
msgid ""
"Hello {{ name }},\n"
"welcome & \"good\" morning."
msgstr "Buenos días, {{ name }}."
"##;
    assert!(text.contains(greet), "{text}");
    assert!(text.contains("\"Language: es_ES\\n\"\n") && text.contains("\"X-Offhook-Flow: shop/line\\n\"\n"), "{text}");
    let phrases = "msgctxt \"main.choices.order.phrases\"\nmsgid \"\"\n\"order\\n\"\n\"buy\"\nmsgstr \"\"\n\"pedir\\n\"\n\"comprar\"\n";
    assert!(text.contains(phrases), "{text}");
    assert!(text.contains("msgctxt \"main.text.voice\"\nmsgid \"Press 1 to order.\"\nmsgstr \"\"\n"), "{text}");
    let text = xliff::write(&exchange(Some(SPANISH)));
    let greet = r#"    <unit id="u1" name="greet.text">
      <notes>
        <note category="description">Keep it short.</note>
        <note category="description">The first thing that callers hear.</note>
        <note category="description">A greeting of the time of day.</note>
        <note category="location">shop/line.yaml:16</note>
        <note category="previous-source">Good day {{ name }}.</note>
      </notes>
      <originalData>
        <data id="d1">{{ name }}</data>
      </originalData>
      <segment state="initial" subState="offhook:stale">
        <source>Hello <ph id="c1" dataRef="d1"/>,
welcome &amp; "good" morning.</source>
        <target>Buenos días, <ph id="c1" dataRef="d1"/>.</target>
      </segment>
    </unit>
"#;
    assert!(text.contains(greet) || text.replace("&quot;", "\"").contains(greet), "{text}");
}

#[test]
fn what_nobody_touched_comes_back_the_same_and_changes_nothing() {
    for spanish in [None, Some(SPANISH)] {
        let sent = exchange(spanish);
        for back in through(&sent) {
            assert_eq!(
                (&back.flow, &back.locale, &back.source_locale),
                (&sent.flow, &sent.locale, &sent.source_locale)
            );
            let entries: Vec<Entry> = back.entries.iter().map(plain).collect();
            assert_eq!(entries, sent.entries.iter().map(plain).collect::<Vec<_>>());
            assert_eq!(merged(FLOW, spanish, &back), (Merged::default(), None));
        }
    }
}

#[test]
fn texts_of_every_kind_survive_both_formats() {
    let texts = [
        "a\\b",
        "tab\tquote\" é 漢 🙂",
        "\nfirst and last\n",
        "  spaces  ",
        "<b>&amp;</b>",
        "{{ a }}{% if b %}x{% endif %}{{ a }}",
        "{{ open",
        "carriage\rreturn",
        "#| msgid \"x\"",
        "نعم",
    ];
    let entries = texts.iter().enumerate().map(|(index, text)| Entry {
        id: format!("n{index}.text"),
        source: (*text).to_owned(),
        target: Some(text.chars().rev().collect::<String>() + *text),
        previous: Some((*text).to_owned()),
        needs_work: index % 2 == 0,
        ..Entry::default()
    });
    let sent = Exchange {
        flow: "a/b".into(),
        source_locale: "en".into(),
        locale: "zh-Hant-TW".into(),
        entries: entries.collect(),
    };
    for back in through(&sent) {
        assert_eq!(back, sent);
    }
}

#[test]
fn a_translation_comes_into_the_catalogue_and_nothing_else_changes() {
    let mut sent = exchange(Some(SPANISH));
    set(&mut sent, "greet.text", "Hola, {{ name }},\nbuenos días.");
    set(&mut sent, "bye.text", "Hasta luego.");
    set(&mut sent, "main.text.voice", "Para pedir, pulse 1.");
    set(&mut sent, "main.choices.order.label", "Pedir");
    set(&mut sent, "main.choices.other.keys", "9");
    set(&mut sent, "interrupts.phrases.bye", "persona\nagente");
    for back in through(&sent) {
        let (merged, text) = merged(FLOW, Some(SPANISH), &back);
        let text = text.unwrap();
        let mut added = merged.added.clone();
        added.sort();
        assert_eq!(added, ["interrupts.phrases.bye", "main.choices.order.label", "main.choices.other.keys"]);
        assert_eq!(merged.changed.len(), 2, "{merged:?}");
        assert_eq!(merged.incomplete, ["main.text"], "half of it is not translated");
        assert!(text.starts_with("# Words for Spain.\n") && text.contains("# checked by Eva"), "{text}");
        assert!(text.contains("  main.choices.order.phrases: [pedir,   comprar]   # as callers say it\n"), "{text}");
        let again = project(FLOW, Some(&text));
        let texts = &again.files[0].texts[0];
        assert_eq!(texts.texts["greet.text"], "Hola, {{ name }},\nbuenos días.");
        assert_eq!(texts.sources["greet.text"], "Hello {{ name }},\nwelcome & \"good\" morning.");
        assert_eq!(texts.texts["interrupts.phrases.bye"], serde_json::json!(["persona", "agente"]));
        assert_eq!(texts.texts["main.choices.other.keys"], "9");
        // And once more changes nothing.
        assert_eq!(super::tests::merged(FLOW, Some(&text), &back).1, None);
    }
}

#[test]
fn a_first_translation_makes_the_file() {
    let mut sent = exchange(None);
    set(&mut sent, "cost.text.0.text", "Cuesta");
    set(&mut sent, "cost.text.2.audio", "gracias.wav");
    let (merged, text) = merged(FLOW, None, &sent);
    assert_eq!(merged.added, ["cost.text"]);
    let text = text.unwrap();
    let again = project(FLOW, Some(&text));
    assert_eq!(
        again.files[0].texts[0].texts["cost.text"],
        serde_json::json!([{ "text": "Cuesta" }, { "value": "= cost", "as": "money", "currency": "EUR" }, { "audio": "gracias.wav" }])
    );
}

#[test]
fn a_stale_translation_is_confirmed_and_one_of_older_words_stays_stale() {
    let mut sent = exchange(Some(SPANISH));
    set(&mut sent, "greet.text", "Buenos días, {{ name }}.");
    let (confirmed, text) = merged(FLOW, Some(SPANISH), &sent);
    assert_eq!(confirmed.confirmed, ["greet.text"]);
    let text = text.unwrap();
    assert!(text.contains("text: 'Buenos días, {{ name }}.'"), "the translation keeps its writing:\n{text}");
    let status = |flow: &str, text: &str| {
        let project = project(flow, Some(text));
        let flow = only(&project);
        offhook_runtime::texts::status(flow.document, flow.fields, flow.texts, "es-ES")
    };
    assert!(status(FLOW, &text).stale.is_empty());
    // The flow changes while the file is with the translator.
    let flow = FLOW.replace("Goodbye.", "Bye and come back.");
    set(&mut sent, "bye.text", "Hasta la vista.");
    let (outdated, text) = merged(&flow, Some(SPANISH), &sent);
    assert_eq!((outdated.outdated, outdated.changed), (vec!["bye.text".to_owned()], vec!["bye.text".to_owned()]));
    assert_eq!(status(&flow, &text.unwrap()).stale, ["bye.text"]);
    // And a text goes.
    let flow = FLOW.replace(", label: Order", "");
    set(&mut sent, "main.choices.order.label", "Pedir");
    assert_eq!(merged(&flow, Some(SPANISH), &sent).0.unknown, ["main.choices.order.label"]);
}

/// A list of parts in place of a sentence goes to the translator as it is.
#[test]
fn a_translation_that_is_built_otherwise_is_not_lost() {
    let spanish = "texts:\n  bye.text: [{ ssml: <speak>Adiós</speak> }]\n";
    let mut sent = exchange(Some(spanish));
    let entry = sent.entries.iter().find(|entry| entry.id == "bye.text").unwrap();
    assert_eq!(entry.target.as_deref(), Some(r#"[{"ssml":"<speak>Adiós</speak>"}]"#));
    set(&mut sent, "bye.text", "Adiós");
    let (result, text) = merged(FLOW, Some(spanish), &sent);
    assert!(result.refused[0].starts_with("bye.text (this must be JSON"), "{result:?}");
    assert_eq!(text, None);
    set(&mut sent, "bye.text", r#"[{"ssml":"<speak>Chao</speak>"}]"#);
    let (_, text) = merged(FLOW, Some(spanish), &sent);
    assert!(text.unwrap().contains("<speak>Chao</speak>"));
}

#[test]
fn broken_files_are_told_and_never_panic() {
    let good = po::write(&exchange(Some(SPANISH)));
    for (wrong, says) in [
        ("", "headers"),
        ("msgid \"a\"\nmsgstr \"b\"\n", "msgctxt"),
        ("msgstr \"", "quotes"),
        ("\"", "belongs to nothing"),
        ("msgid \"\\q\"\n", "\\q"),
        ("hello\n", "no line"),
    ] {
        let error = po::read(wrong).unwrap_err();
        assert!(error.contains(says), "{wrong:?}: {error}");
    }
    let document = xliff::write(&exchange(Some(SPANISH)));
    for (wrong, says) in [
        ("<a>", "file"),
        ("<xliff version=\"1.2\"/>", "1.2"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><xliff/>", "document type"),
        (
            "<xliff version=\"2.1\" trgLang=\"es\"><file original=\"a\"><unit name=\"b\"><segment><source>&b;</source></segment></unit></file></xliff>",
            "&b;",
        ),
    ] {
        let error = xliff::read(wrong).unwrap_err();
        assert!(error.contains(says), "{wrong:?}: {error}");
    }
    // Cut anywhere, they are an error or a shorter file.
    for text in [&good, &document] {
        for end in (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            let _ = (po::read(&text[..end]), xliff::read(&text[..end]));
        }
    }
}

/// Programs for translators write XLIFF their own way: several segments, marks within a text, CDATA.
#[test]
fn other_programs_files_are_read() {
    let text = r#"<?xml version="1.0"?><x:xliff xmlns:x="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en-US" trgLang="es-ES">
<x:file id="1" original="shop/line"><x:unit id="9" name="bye.text"><x:segment state="final"><x:source>Good</x:source><x:target><x:mrk id="m1">Hasta</x:mrk></x:target></x:segment>
<x:ignorable><x:source> </x:source><x:target> </x:target></x:ignorable><x:segment state="reviewed"><x:source>bye.</x:source><x:target><![CDATA[luego]]>&#46;</x:target></x:segment></x:unit></x:file></x:xliff>"#;
    let read = xliff::read(text).unwrap();
    assert_eq!(
        (read.entries[0].source.as_str(), read.entries[0].target.as_deref()),
        ("Good bye.", Some("Hasta luego."))
    );
    assert!(!read.entries[0].needs_work);
}
