//! Templates: what they render, natively and in Tera alike, and what is refused.

use super::*;

fn template(source: &str) -> Template {
    COMPILER.template(source, &stage().0, false).unwrap_or_else(|problems| panic!("{source}: {problems:?}"))
}

fn render(source: &str) -> Result<String, Fault> {
    let template = template(source);
    with_env(&stage().1, |env| {
        let mut out = String::from(">");
        let result = template.render(env, &mut out);
        assert!(result.is_ok() || out == ">", "{source}: a fault leaves something behind");
        result.map(|()| out[1..].to_owned())
    })
}

/// Rendered natively, and the same in Tera.
fn both(source: &str) -> String {
    assert!(template(source).is_native(), "{source} is not native");
    let text = render(source).unwrap_or_else(|fault| panic!("{source}: {fault:?}"));
    let tera = with_env(&stage().1, |env| template(source).render_in_tera(env));
    assert_eq!(Ok(&text), tera.as_ref(), "{source}: native and Tera differ");
    text
}

fn refused(source: &str, secrets: bool) -> Vec<Problem> {
    COMPILER.template(source, &stage().0, secrets).expect_err(source)
}

#[test]
fn native_templates_render_as_tera_does() {
    let cases = [
        ("Hi {{ name }}, you chose {{choice}} (#{{ n }}), score {{score}}", "Hi Ana, you chose abc (#3), score 7"),
        ("a {{- name -}} b", "aAnab"),
        ("a {#- gone -#} b {# x #}c", "ab c"),
        ("{{ patient.address.city | upper }} {{ patient['name'] }} {{ patient.tags[1] }}", "LEEDS Ann b"),
        ("{{ nothing }}|{{ yes }}|{{ -n }}|{{ -n | abs }}", "|true|-3|3"),
        ("{{ nothing | default(value='x') }} {{ name | default(otherwise='x') }}", "x Ana"),
        ("{{ name | replace(from='A', to='U') | lower }}", "una"),
        ("{{ list | join(sep='-') }} {{ list | sort | first }}", "3-1-2 1"),
        ("{{ contact.address | urlencode }} {{ session.turn }} {{ inputs.campaign }}", "%2B15551230001 4 spring"),
        ("{{ n + 1 * 2 }} {{ (n + 1) * 2 }} {{ n - 1 }} {{ 7 % 4 }} {{ n ~ name }}", "5 8 2 3 3Ana"),
        ("{% if n > 2 and not nothing %}yes{% else %}no{% endif %}", "yes"),
        ("{% if n == 1 %}1{% elif n == 3 %}3{% else %}?{% endif -%}  !", "3!"),
        ("{% for x in list %}{{ loop.index }}:{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", "1:3, 2:1, 3:2"),
        ("{% for x in [] %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% for k, v in patient.address %}{{ k }}={{ v }};{% endfor %}", "city=Leeds;"),
        ("{% for x in patient.tags %}{% for y in list %}{{ x }}{{ y }}{% endfor %}{% endfor %}", "a3a1a2b3b1b2"),
        ("{% set who = name | upper %}{{ who }}{% set who = 'x' %}{{ who }}", "ANAx"),
        (
            "{{ 'a' in patient.tags }} {{ 'z' not in patient.tags }} {{ name or 'x' }} {{ nothing or 'x' }} {{ n and 'y' }}",
            "true true Ana x y",
        ),
        ("{{ 'many' if n > 2 else 'few' }}", "many"),
        ("{% if name is starting_with(pat='A') and n is odd and nothing is none %}A{% endif %}", "A"),
        ("{{ name is not ending_with(pat='a') }} {{ 4 is even }}", "false true"),
        ("{% raw %}{{ name }}{% endraw %}!", "{{ name }}!"),
        ("a {%- raw -%} {{ {% endra %} ' {%- endraw -%} !", "a{{ {% endra %} '!"),
        ("{% for x in list %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "32"),
        ("{% for x in list %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}", "3"),
        ("{% for x in list %}{% set s = x ~ '!' %}{{ s }}{% endfor %}", "3!1!2!"),
        ("{% if yes %}{% set name = 'Bo' %}{% endif %}{{ name }}", "Bo"),
        ("{% if nothing %}{% set name = 'Bo' %}{% endif %}{{ name }}", "Ana"),
        (
            "{% for x in list %}{% if x == 1 %}{% set name = 'Bo' %}{% endif %}{{ name }},{% endfor %}{{ name }}",
            "Ana,Bo,Ana,Ana",
        ),
        ("{{ now() }} {{ format_date(date='2026-03-03', pattern='%d.%m.') }}", "2026-03-03T09:00:00Z 03.03."),
        ("{{ none }}{{ true }}{{ \"quoted\" }}{{ `back` }}", "truequotedback"),
        ("{ {{ n }} } {n} {", "{ 3 } {n} {"),
        ("{{ list | length }}{% for x in range(end=3) %}{{ x }}{% endfor %}{{ range(start=1, end=3) | len }}", "30122"),
    ];
    for (source, expected) in cases {
        assert_eq!(both(source), expected, "{source}");
    }
}

#[test]
fn natively_decimals_stay_exact_and_missing_keys_show_as_nothing() {
    let cases = [
        ("{{ price }} {{ price * 3 }} {{ price | round(places=1) }}", "2.50 7.50 2.5"),
        ("{% if price > 2 %}{{ price }}{% endif %}", "2.50"),
        ("[{{ patient.nickname }}{{ patient.a.b.c }}{{ nothing.x }}]", "[]"),
        ("{% for x in nothing %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{{ patient.tags }}", "[\"a\",\"b\"]"),
        // As in expressions: nothing is neither less than nothing, nor "at most" nothing.
        ("{{ nothing <= none }} {{ nothing == none }}", "false true"),
        ("{{ patient.nickname | default(value=name) }}", "Ana"),
    ];
    for (source, expected) in cases {
        assert_eq!(render(source).unwrap(), expected, "{source}");
    }
}

#[test]
fn the_rest_runs_in_tera() {
    let cases = [
        ("{{ list | nth(n=1) }}", "1"),
        ("{% if name is string %}A{% endif %}", "A"),
        ("{{ 7 / 2 }} {{ 'it\\'s' }}", "3.5 it's"),
        ("{{ name | truncate(length=2) | upper }}", "AN…"),
    ];
    for (source, expected) in cases {
        assert!(!template(source).is_native(), "{source}");
        assert_eq!(render(source).unwrap(), expected, "{source}");
    }
    assert_eq!(render("{{ name | nth(n=0) }}").unwrap_err().code, "template.error");
}

#[test]
fn tera_gets_nothing_that_could_run_without_end() {
    for source in [
        "{% for x in list %}{% if x is string %}{{ x }}{% endif %}{% endfor %}",
        "{% set_global s = name ~ name %}",
        "{% set s %}{{ name }}{{ name }}{% endset %}",
        "{% filter upper %}a{% endfilter %}",
        "{{ [x for x in list] | join(sep='') }}",
        "{{ 'quoted \" {{' ~ [x for x in list] }}",
        "{% raw %}{{{% endraw %}{{ [x for x in list] }}",
        "{% raw %} endraw ' {% endraw %}{{ [x for x in list] }} '",
        "{# ' #}{{ '{#' }}{{ [x for x in list] }}{# ' #}",
        "{# {{ #}{{ [x for x in list] }}",
        "{% block a %}{% endblock %}",
        "{% component a() %}x{% endcomponent a %}{{ <a /> }}",
        "{{ name / 2 | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape | escape }}",
    ] {
        refused(source, false);
    }
    let doubling = format!("{{% set a = 'xxxxxxxx' %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(100));
    assert_eq!(render(&doubling).unwrap_err().code, "template.error");
    assert!(render("{{ name | indent(width=1000) }}").is_err());
}

#[test]
fn literals_are_literal() {
    assert_eq!(template("Hello.").literal(), Some("Hello."));
    assert_eq!(template("").literal(), Some(""));
    assert_eq!(template("Hello {{ name }}").literal(), None);
    assert_eq!(render("<b>&\"'").unwrap(), "<b>&\"'");
    assert_eq!(both("{{ '<b>' }}"), "<b>");
}

#[test]
fn mistakes_are_found_with_their_place() {
    let cases = [
        ("Hi {{ naem }}, {{ inputs.campain }}", vec![(6, "naem"), (25, "campain")]),
        ("{% if vip %}{{ x | upper }}{% endif %}", vec![(6, "vip"), (15, "x")]),
        ("{% for x in lst %}{{ x }}{% endfor %}{{ x }}", vec![(12, "lst"), (40, "x")]),
        ("{{ ñ }}", vec![]),
        ("{{ vip | nth(n=0) }}", vec![(3, "vip")]),
        ("{{ name | shout }}", vec![(10, "shout")]),
    ];
    for (source, expected) in cases {
        let found = refused(source, false);
        let names: Vec<_> = found.iter().filter_map(|one| Some((one.offset, one.unknown.as_deref()?))).collect();
        assert_eq!(names, expected, "{source}: {found:?}");
    }
    for source in [
        "{{ name",
        "{% if n %}",
        "{{ }}",
        "{{ name | replace(from='a') }}",
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{% endif %}",
        "{{ n +",
        "{{ upper('x') }}",
        "{{ loop.index }}",
    ] {
        refused(source, false);
    }
    refused(&"{% if n %}".repeat(100), false);
    refused(&format!("{{{{ {}1 }}}}", "(".repeat(300)), false);
    refused(&"x".repeat(70_000), false);
}

#[test]
fn secrets_are_marks() {
    let (names, mut vars) = stage();
    vars[0] = Value::text(format!("{SECRET_OPEN}KEY{SECRET_CLOSE}"));
    vars[9] = Value::map([("x", vars[0].clone())]);
    let render = |source: &str| {
        let template =
            COMPILER.template(source, &names, true).unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
        with_env(&vars, |env| {
            let mut out = String::new();
            template.render(env, &mut out).unwrap();
            out
        })
    };
    assert_eq!(render("Bearer {{ secrets.KEY }}!"), "Bearer \u{F8F0}KEY\u{F8F1}!");
    // What a contact, or the author, writes as a mark is none.
    for source in [
        "{{ input }}",
        "{{ patient }}",
        "{{ patient.x }}",
        "\u{F8F0}KEY\u{F8F1}",
        "{{ '\u{F8F0}KEY\u{F8F1}' }}",
        "{{ input | trim }}",
        "{{ input | nth(n=0) ~ 'x' }}",
    ] {
        let Ok(template) = COMPILER.template(source, &names, true) else { panic!("{source}") };
        let out = with_env(&vars, |env| {
            let mut out = String::new();
            template.render(env, &mut out).map(|()| out)
        });
        assert!(!out.unwrap_or_default().contains([SECRET_OPEN, SECRET_CLOSE]), "{source}");
    }
    let refused = |source: &str, secrets: bool| refused(source, secrets);
    assert_eq!(refused("{{ secrets.KYE }}", true)[0].unknown.as_deref(), Some("secrets.KYE"));
    for source in [
        "{{ secrets.KEY | upper }}",
        "{{ secrets }}",
        "{{ secrets['KEY'] }}",
        "{% if secrets.KEY %}{% endif %}",
        "{{ 'a' ~ secrets.KEY }}",
        "{{ secrets.KEY | nth(n=0) }}",
        "{% for k, v in secrets %}{{ v }}{% endfor %}",
    ] {
        refused(source, true);
    }
    assert!(refused("{{ secrets.KEY }}", false)[0].message.contains("http"));
    assert_eq!(strip_marks("a\u{F8F0}b\u{F8F1}c"), "abc");
}

#[test]
fn templates_have_limits() {
    let compiler = Compiler::new(&Limits { output_bytes: 100, template_rounds: 50, ..Limits::default() });
    let (names, vars) = stage();
    for source in [
        "{{ pad_left(text='', width=101) }}",
        "{% for a in range(from=0, to=40) %}{% for b in range(from=0, to=40) %}{% endfor %}{% endfor %}",
        "{% for a in range(from=0, to=40) %}{{ a }} and {% endfor %}",
        "{% for a in range(from=0, to=40) %}{% if a is not odd %}{{ a }} and {% endif %} or {% endfor %}",
    ] {
        let template =
            compiler.template(source, &names, false).unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
        let mut out = String::from("kept");
        let fault = with_env(&vars, |env| template.render(env, &mut out)).expect_err(source);
        assert_eq!((&*fault.code, out.as_str()), ("script.limit", "kept"), "{source}");
    }
}

#[test]
fn the_same_source_is_compiled_once() {
    let (names, _) = stage();
    let (one, two) = (
        COMPILER.template("{{ name }}", &names, false).unwrap(),
        COMPILER.template("{{ name }}", &names, false).unwrap(),
    );
    assert!(std::ptr::eq(one.source(), two.source()));
    let other = COMPILER.template("{{ name }}", &names.clone(), false).unwrap();
    assert!(!std::ptr::eq(one.source(), other.source()));
}
