//! Generated expressions over generated variables: wherever the native tree answers, Rhai answers the same, to the
//! last digit; scripts that only assign likewise.

use super::*;

/// A small generator (SplitMix64), so that a failure names a seed that shows it again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len() as u64) as usize]
    }
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

fn any_value(dice: &mut Dice, depth: u64) -> Value {
    match dice.roll(if depth == 0 { 8 } else { 11 }) {
        0 => Value::Null,
        1 => Value::Bool(dice.roll(2) == 0),
        2 => Value::Int(dice.roll(5) as i64 - 2),
        3 => Value::Int([i64::MAX, i64::MIN, 1_000_003, 100, -7][dice.roll(5) as usize]),
        4 => Value::Decimal(
            ["0.0", "2.50", "-0.1", "79228162514264337593543950335", "3"][dice.roll(5) as usize].parse().unwrap(),
        ),
        5 => Value::text(dice.pick(&["", "a", "ab", " Ab ", "ñandú", "12", "2026-03-03"])),
        6 | 7 => Value::Int(dice.roll(100) as i64),
        8 | 9 => Value::list((0..dice.roll(4)).map(|_| any_value(dice, depth - 1)).collect::<Vec<_>>()),
        _ => Value::map(
            (0..dice.roll(4))
                .map(|_| (dice.pick(&["a", "b", "name"]).to_owned(), any_value(dice, depth - 1)))
                .collect::<Vec<_>>(),
        ),
    }
}

/// What a part of an expression should mostly yield, so that most expressions make sense.
#[derive(Clone, Copy, PartialEq)]
enum Want {
    Number,
    Text,
    Truth,
    List,
    Map,
}

const WANTS: [Want; 5] = [Want::Number, Want::Text, Want::Truth, Want::List, Want::Map];

fn any_source(dice: &mut Dice, depth: u64) -> String {
    let want = WANTS[dice.roll(5) as usize];
    source(dice, want, depth)
}

fn source(dice: &mut Dice, want: Want, depth: u64) -> String {
    // Now and then something that does not belong there.
    let want = if dice.roll(12) == 0 { WANTS[dice.roll(5) as usize] } else { want };
    if depth == 0 {
        return match want {
            Want::Number => {
                dice.pick(&["a", "b", "c", "session.turn", "0", "1", "-1", "2.5", "0.10", "9223372036854775807"])
            }
            Want::Text => dice.pick(&[
                "d",
                "e",
                "inputs.campaign",
                "contact.name",
                "'ab'",
                "\"\"",
                "\"ñ\"",
                "last.result",
                "null",
            ]),
            Want::Truth => dice.pick(&["f", "true", "false"]),
            Want::List => dice.pick(&["g", "g", "[]"]),
            Want::Map => dice.pick(&["h", "h", "#{}"]),
        }
        .into();
    }
    let mut part = |want: Want| source(dice, want, depth - 1);
    let (number, other, text, truth, list, map) = (
        part(Want::Number),
        part(Want::Number),
        part(Want::Text),
        part(Want::Truth),
        part(Want::List),
        part(Want::Map),
    );
    match (want, dice.roll(8)) {
        (Want::Number, 0..=3) => format!("({number} {} {other})", dice.pick(&["+", "-", "*", "/", "%"])),
        (Want::Number, 4) => format!("{}({number})", dice.pick(&["-", "abs", "floor", "ceil", "round", "decimal"])),
        (Want::Number, 5) => format!("({text}).len() + len({list})"),
        (Want::Number, 6) => format!("{}({number}, {other})", dice.pick(&["min", "max", "round"])),
        (Want::Number, _) => format!("if {truth} {{ {number} }} else {{ {other} }}"),
        (Want::Text, 0..=2) => format!("({text} + {number})"),
        (Want::Text, 3) => format!("({number} + {text})"),
        (Want::Text, 4) => format!("`x${{{list}}}${{{map}}}y${{{number}}}`"),
        (Want::Text, 5) => format!("({text}).trim().upper()"),
        (Want::Text, 6) => format!(
            "{}({text})",
            dice.pick(&["lower", "upper", "trim", "text", "title", "digits_only", "urlencode", "json", "reverse"])
        ),
        (Want::Text, _) => {
            format!("{}({text}, {number})", dice.pick(&["default", "substring", "pad_left", "add_days"]))
        }
        (Want::Truth, 0..=1) => format!("({number} {} {other})", dice.pick(&["==", "!=", "<", "<=", ">", ">="])),
        (Want::Truth, 2) => {
            let (one, two) = (any_source(dice, depth - 1), any_source(dice, depth - 1));
            format!("({one} {} {two})", dice.pick(&["==", "!=", "<", "<=", ">", ">="]))
        }
        (Want::Truth, 3) => format!("({truth} {} {number} < {other})", dice.pick(&["&&", "||"])),
        (Want::Truth, 4) => format!("!({truth})"),
        (Want::Truth, 5) => {
            format!("({text} {} {})", dice.pick(&["in", "!in"]), [&list, &map, &text][dice.roll(3) as usize])
        }
        (Want::Truth, 6) => format!("{}({text})", dice.pick(&["is_null", "is_empty"])),
        (Want::Truth, _) => format!("{}({text}, {text})", dice.pick(&["starts_with", "ends_with", "contains"])),
        (Want::List, 0..=1) => format!("[{number}, {text}, {truth}]"),
        (Want::List, 2) => format!("split({text}, {text})"),
        (Want::List, 3) => format!("sort([{number}, {other}])"),
        (Want::List, 4) => format!("slice({list}, {number})"),
        (Want::List, _) => format!("{}({list})", dice.pick(&["reverse", "unique"])),
        (Want::Map, 0..=1) => format!("#{{a: {number}, b: {text}}}"),
        (Want::Map, 2) => format!("merge({map}, {map})"),
        (Want::Map, 3) => format!("({list})[{}]", dice.pick(&["0", "-1", "1", "'a'"])),
        (Want::Map, 4) => format!("({map} ?? {list})"),
        (Want::Map, _) => {
            format!("({map}){}", dice.pick(&[".a", ".name", "?.b", "['a']", ".a.b", "?.a?.b", "?.a.len()"]))
        }
    }
}

fn generated_stage(dice: &mut Dice) -> (Names, Vec<Value>) {
    let mut names = Names::new();
    NAMES.iter().for_each(|name| {
        names.add_var(name);
    });
    names.add_input("campaign");
    let vars = NAMES
        .iter()
        .map(|name| match (dice.roll(6), *name) {
            (0, _) => any_value(dice, 2),
            (_, "a" | "b") => Value::Int(dice.roll(50) as i64 - 10),
            (_, "c") => Value::Decimal(["0.00", "2.50", "-0.1", "12"][dice.roll(4) as usize].parse().unwrap()),
            (_, "d" | "e") => Value::text(dice.pick(&["", "a", "ab", " Ab ", "ñandú", "12", "2026-03-03"])),
            (_, "f") => Value::Bool(dice.roll(2) == 0),
            (_, "g") => Value::list((0..dice.roll(4)).map(|_| any_value(dice, 1)).collect::<Vec<_>>()),
            (_, _) => Value::map(
                (0..dice.roll(4))
                    .map(|_| (dice.pick(&["a", "b", "name"]).to_owned(), any_value(dice, 1)))
                    .collect::<Vec<_>>(),
            ),
        })
        .collect();
    (names, vars)
}

#[test]
fn native_and_rhai_agree_on_generated_expressions() {
    let (mut answered, mut compiled) = (0, 0);
    for seed in 0..6_000 {
        let mut dice = Dice(seed);
        let (names, vars) = generated_stage(&mut dice);
        let depth = 1 + dice.roll(2);
        let source = any_source(&mut dice, depth);
        // Some mistakes are seen at once, such as a list where a truth value belongs.
        let Ok(expression) = COMPILER.expression(&source, &names) else { continue };
        compiled += 1;
        // Only a method after `?.` is left to Rhai.
        assert!(expression.is_native() || source.contains("?."), "seed {seed}: {source} is not native");
        with_env(&vars, |env| {
            let Some(native) = expression.eval_natively(env) else { return };
            answered += 1;
            let rhai = expression.eval_in_rhai(env);
            assert_eq!(
                format!("{:?}", Ok::<_, Fault>(native)),
                format!("{rhai:?}"),
                "seed {seed}: {source} with {vars:?}"
            );
        });
    }
    assert!(
        compiled > 4_000 && answered * 2 > compiled,
        "only {answered} of {compiled} were answered natively: this test shows little"
    );
}

#[test]
fn native_and_rhai_agree_on_generated_scripts() {
    let mut answered = 0;
    for seed in 0..2_000 {
        let mut dice = Dice(seed);
        let (names, vars) = generated_stage(&mut dice);
        let mut source = String::new();
        for _ in 0..1 + dice.roll(3) {
            let (target, op) = (dice.pick(&NAMES), dice.pick(&["=", "=", "+=", "-=", "*="]));
            source += &format!("{target} {op} {}; ", any_source(&mut dice, 1));
        }
        if dice.roll(2) == 0 {
            source += dice.pick(&NAMES);
        }
        let Ok(script) = COMPILER.script(&source, &names) else { continue };
        assert!(script.is_native() || source.contains("?."), "seed {seed}: {source}");
        with_env(&vars, |env| {
            let (Ok((value, changed)), rhai) = (script.run(env), script.run_in_rhai(env)) else {
                assert!(script.run_in_rhai(env).is_err(), "seed {seed}: {source}");
                return;
            };
            answered += 1;
            let mut after = vars.clone();
            changed.into_iter().for_each(|(slot, value)| after[usize::from(slot)] = value);
            let mine: Vec<&Value> = script.reads().iter().map(|slot| &after[usize::from(*slot)]).collect();
            let (rhai, theirs) = rhai.unwrap_or_else(|fault| panic!("seed {seed}: {source}: {fault:?}"));
            assert_eq!(
                format!("{value:?} {mine:?}"),
                format!("{rhai:?} {theirs:?}"),
                "seed {seed}: {source} with {vars:?}"
            );
        });
    }
    assert!(answered > 500, "only {answered} scripts ran: this test shows little");
}
