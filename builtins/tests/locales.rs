//! A talk in another locale than it was written in: what is said is compared by the text that it is, what chooses is said
//! in the other language, and a flow that says something else is found out.

use offhook_builtins::catalog;
use offhook_runtime::flow_schemas::{read_flow, read_texts, read_tree};
use offhook_runtime::talk::{self, Options};
use offhook_runtime::{FlowSource, Limits, Program, compile};
use std::sync::Arc;

const FLOW: &str = r#"
offhook: 1
id: shop
kind: ivr
locales: [en-US, es-ES, es-MX]
vars: { day: { type: date }, sure: { type: bool }, name: Ann }
start: greet
interrupts: { phrases: [{ any: [operator, human], next: people }] }
nodes:
  greet: { type: say, text: "Hello {{ name }}, you have {{ 2 | plural(one='# call', other='# calls') }}.", next: menu }
  menu:
    type: menu
    text: Sales or service?
    choices:
      - { id: sales, label: Our sales, keys: "1", phrases: [sales, buy], next: when }
      - { id: service, keys: "2", phrases: [service], next: people }
    exits: { no_input: people, no_match: people }
  when: { type: ask, text: Which day?, expects: date, save: day, next: certain, exits: { no_match: people } }
  certain: { type: ask, text: Are you sure?, expects: bool, save: sure, next: bye }
  people: { type: end, text: One moment., reason: people }
  bye: { type: end, text: Goodbye. }
"#;

const SPANISH: &str = r#"
texts:
  interrupts.phrases.people: [operadora, una persona]
  greet.text: "Hola, {{ name }}: {{ 2 | plural(one='# llamada', other='# llamadas') }}."
  menu.text: ¿Ventas o servicio?
  menu.choices.sales.label: Ventas nuevas
  menu.choices.sales.phrases: [ventas, comprar]
  menu.choices.sales.keys: "2"
  menu.choices.service.phrases: [servicio]
  menu.choices.service.keys: "1"
  when.text: ¿Qué día?
  certain.text: ¿Está seguro?
  people.text: Un momento.
  bye.text: Adiós.
"#;

const TALK: &str = r#"
flow: shop
start: { channel: voice }
talk:
  - out: { exactly: "Hello Ann, you have 2 calls." }
  - out: { say: "Sales or service?" }
  - in: { speech: help }
  - out: { say: "Sales or service?" }
  - in: { speech: I would like to buy }
  - via: menu.sales
  - out: { say: "Which day?" }
  - in: { speech: hm }
  - out: { say: "I am sorry, I did not understand that. Which day?" }
  - in: { speech: 12/24/2026, locales: { es: 24/12/2026 } }
  - vars: { day: "2026-12-24" }
  - in: { speech: "yes" }
  - vars: { sure: true }
  - out: { exactly: Goodbye. }
  - end: { via: bye }
"#;

fn program(spanish: &str) -> Program {
    let document = read_flow("shop.yaml", FLOW.as_bytes()).document.expect("the flow is sound");
    // A catalogue of the language serves es-MX, too.
    let read = |locale: &str| {
        read_texts(&format!("shop.{locale}.yaml"), spanish.as_bytes()).texts.expect("the texts are sound")
    };
    let texts = vec![read("es-ES"), read("es")];
    let source = FlowSource { document: Arc::new(document), texts, version: 1 };
    let compiled = compile(&[source], &catalog(), &Limits::default());
    assert!(compiled.diagnostics.iter().all(|found| !found.is_error()), "{:?}", compiled.diagnostics);
    compiled.program("shop").expect("the flow compiles")
}

fn mismatches(spanish: &str, talk: &str, locale: Option<&str>) -> Vec<String> {
    let tree = read_tree("shop.talk.yaml", talk.as_bytes()).expect("the talk can be read");
    let talks = talk::read(&tree).expect("the talk is sound");
    let options = Options { locale: locale.map(str::to_owned), reload: true };
    let report = talk::perform(&program(spanish), &talks[0], &options);
    report.mismatches.into_iter().map(|found| found.message).collect()
}

#[test]
fn a_talk_runs_in_every_locale() {
    for locale in [None, Some("en-US"), Some("es-ES"), Some("es-MX")] {
        assert_eq!(mismatches(SPANISH, TALK, locale), Vec::<String>::new(), "{locale:?}");
    }
}

#[test]
fn keys_phrases_and_labels_choose_the_same_thing() {
    for (said, via) in [
        ("{ keys: \"1\" }", "menu.sales"),
        ("{ keys: \"2\" }", "menu.service"),
        ("{ speech: our sales }", "menu.sales"),
        ("{ text: the service please }", "menu.service"),
        ("{ button: service }", "menu.service"),
        ("{ speech: ventas }", "menu.sales"),
    ] {
        let talk = format!("flow: shop\ntalk: [{{ in: {said} }}, {{ via: {via} }}]\n");
        assert_eq!(mismatches(SPANISH, &talk, Some("es-ES")), Vec::<String>::new(), "{said}");
    }
    let talk = "flow: shop\ntalk: [{ in: { speech: operator } }, { end: { reason: people } }]\n";
    assert_eq!(mismatches(SPANISH, talk, Some("es-ES")), Vec::<String>::new());
}

#[test]
fn what_is_not_the_expected_text_is_found_out() {
    // Another text of the flow will not do, nor a line that expects other words in this locale.
    let wrong = TALK.replace("out: { say: \"Which day?\" }", "out: { say: Are you sure? }");
    assert!(!mismatches(SPANISH, &wrong, Some("es-ES")).is_empty());
    let own = TALK.replace("{ exactly: Goodbye. }", "{ exactly: Goodbye., locales: { es-ES: Hasta luego. } }");
    assert_eq!(mismatches(SPANISH, &own, None), Vec::<String>::new());
    let found = mismatches(SPANISH, &own, Some("es-ES"));
    assert!(found.len() == 1 && found[0].contains("Adiós."), "{found:?}");
    // Without `locales` the date would be read as the 12th of a month that does not exist.
    let date = TALK.replace(", locales: { es: 24/12/2026 }", "");
    assert!(!mismatches(SPANISH, &date, Some("es-ES")).is_empty());
    // A talk that is not run in another locale is held to the words themselves.
    let spanish = TALK.replace("start: { channel: voice }", "start: { channel: voice, locale: es-ES }");
    assert!(mismatches(SPANISH, &spanish, None)[0].contains("Hola, Ann: 2 llamadas."));
}

#[test]
fn coverage_tells_the_texts_that_nobody_heard() {
    let tree = read_tree("shop.talk.yaml", TALK.as_bytes()).expect("the talk can be read");
    let talks = talk::read(&tree).expect("the talk is sound");
    let without = SPANISH.replace("  bye.text: Adiós.\n", "");
    let program = program(&without);
    let report = talk::perform(&program, &talks[0], &Options { locale: Some("es-ES".into()), reload: true });
    let coverage = report.coverage.of(&program);
    let spanish = coverage.locales.iter().find(|locale| locale.locale == "es-ES").expect("it is declared");
    // One was not said; the other was said, but in English.
    assert_eq!(spanish.missing, ["bye.text", "people.text"]);
    assert_eq!(coverage.locales[0].heard, 0);
}

#[test]
fn coverage_tells_what_was_walked_in_each_locale() {
    let tree = read_tree("shop.talk.yaml", TALK.as_bytes()).expect("the talk can be read");
    let talks = talk::read(&tree).expect("the talk is sound");
    let program = program(SPANISH);
    let walked = |locale: &str| {
        talk::perform(&program, &talks[0], &Options { locale: Some(locale.into()), reload: true }).coverage
    };
    let mut coverage = walked("es-ES");
    let of = |coverage: &talk::Coverage, locale: &str| {
        let flow = coverage.of(&program);
        let found = flow.locales.iter().find(|one| one.locale == locale).expect("it is declared").clone();
        (found.nodes_covered, found.missing_nodes.len(), found.exits_covered, found.missing_exits.len())
    };
    let flow = coverage.of(&program);
    let all = (flow.nodes_covered, flow.missing_nodes.len(), flow.exits_covered, flow.missing_exits.len());
    assert!(all.0 > 0 && all.2 > 0);
    assert_eq!(of(&coverage, "es-ES"), all);
    assert_eq!(of(&coverage, "en-US"), (0, flow.nodes, 0, flow.exits));
    coverage.merge(&walked("en-US"));
    assert_eq!(of(&coverage, "en-US"), all);
}
