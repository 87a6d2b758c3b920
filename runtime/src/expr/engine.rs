//! The Rhai engine as flows see it: no package of Rhai's own (its `trim`, `sort` and the like change what they are
//! given), only the operators, our function library, and the few functions that scripts need for lists in place.
//!
//! No clock, no files, no modules, no `eval`, no printing, no floating point; the limits are always on.

use super::convert::{fault_from_rhai, fault_to_rhai, from_rhai, kind, to_rhai};
use super::functions::{FUNCTIONS, Function};
use super::limits::Limits;
use super::{ops, world};
use crate::fault::Fault;
use crate::value::Value;
use rhai::{
    Array, Dynamic, Engine, EvalAltResult, FnPtr, ImmutableString, LexError, Map, NativeCallContext, OptimizationLevel,
    Token,
};
use std::any::TypeId;

/// A function that only expressions and scripts have, since it changes a variable or takes a closure.
pub struct ScriptFunction {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub signature: &'static str,
    /// What it does, in a sentence for authors.
    pub summary: &'static str,
    /// Whether it changes its first argument.
    pub(crate) changes: bool,
    pub(crate) counts: (usize, usize),
}

const fn script(
    signature: &'static str,
    name: &'static str,
    counts: (usize, usize),
    changes: bool,
    summary: &'static str,
) -> ScriptFunction {
    ScriptFunction { name, signature, summary, changes, counts }
}

/// The functions of scripts besides the library.
pub static SCRIPT_FUNCTIONS: &[ScriptFunction] = &[
    script("list.push(item)", "push", (2, 2), true, "Adds an item at the end of the list."),
    script("list.pop()", "pop", (1, 1), true, "Takes the last item off the list and yields it, or nothing."),
    script("list.insert(position, item)", "insert", (3, 3), true, "Puts an item into the list before a position."),
    script(
        "list.remove(position), map.remove(key)",
        "remove",
        (2, 2),
        true,
        "Takes an item or an entry out and yields it, or nothing.",
    ),
    script("list.clear(), map.clear()", "clear", (1, 1), true, "Takes everything out."),
    script("list.filter(|item| …)", "filter", (2, 2), false, "The items for which the closure is true."),
    script("list.map(|item| …)", "map", (2, 2), false, "What the closure makes of each item."),
    script("list.any(|item| …)", "any", (2, 2), false, "Whether the closure is true for any item."),
    script("list.all(|item| …)", "all", (2, 2), false, "Whether the closure is true for every item."),
    script("list.find(|item| …)", "find", (2, 2), false, "The first item for which the closure is true, or nothing."),
    script(
        "list.reduce(|total, item| …, start)",
        "reduce",
        (3, 3),
        false,
        "What is left when the closure has taken in each item.",
    ),
    script("to_string(value)", "to_string", (1, 1), false, "The value as a text, as a template shows it."),
];

/// Words that Rhai keeps for itself without using them; a flow may use them as names.
const UNUSED_WORDS: &[&str] = &[
    "default",
    "var",
    "static",
    "shared",
    "goto",
    "exit",
    "match",
    "case",
    "public",
    "protected",
    "new",
    "use",
    "with",
    "is",
    "module",
    "package",
    "super",
    "thread",
    "spawn",
    "go",
    "await",
    "async",
    "sync",
    "yield",
    "void",
    "nil",
];

/// An engine under these limits.
pub(crate) fn build(limits: &Limits) -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_operations(limits.operations.max(1))
        .set_max_call_levels(limits.depth.max(1))
        .set_max_expr_depths(limits.nesting.max(1), limits.nesting.max(1))
        .set_max_string_size(limits.string_bytes.max(1))
        .set_max_array_size(limits.list_items.max(1))
        .set_max_map_size(limits.map_entries.max(1))
        .set_max_variables(limits.variables.max(1))
        .set_max_functions(limits.functions.max(1))
        .set_max_modules(0)
        .set_allow_shadowing(true)
        .set_strict_variables(false)
        .on_progress(|steps| {
            world::step(steps);
            None
        });
    for word in ["eval", "import", "export", "print", "debug", "sleep"] {
        engine.disable_symbol(word);
    }
    map_tokens(&mut engine);
    for function in FUNCTIONS {
        register(&mut engine, function);
    }
    operators(&mut engine);
    in_place(&mut engine, limits.list_items);
    with_closures(&mut engine);
    engine
}

/// `null` is nothing, `'text'` is a text as in YAML, and unused words of Rhai are names.
fn map_tokens(engine: &mut Engine) {
    #[allow(deprecated, reason = "marked as volatile by Rhai, not as going away; a test holds what we need of it")]
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if *word == "null" => Token::Unit,
        Token::Reserved(word) if UNUSED_WORDS.contains(&word.as_str()) => Token::Identifier(word),
        Token::CharConstant(char) => Token::StringConstant(Box::new(char.to_string().into())),
        Token::LexError(error) => match *error {
            LexError::MalformedChar(text) => Token::StringConstant(Box::new(text.into())),
            other => Token::LexError(Box::new(other)),
        },
        other => other,
    });
}

type RhaiResult = Result<Dynamic, Box<EvalAltResult>>;

fn register(engine: &mut Engine, function: &'static Function) {
    let any = TypeId::of::<Dynamic>();
    for count in function.min..=function.max {
        engine.register_raw_fn(
            function.name,
            vec![any; count],
            move |_: NativeCallContext<'_>, arguments: &mut [&mut Dynamic]| -> RhaiResult {
                world::with(|world| {
                    let mut values = Vec::with_capacity(arguments.len());
                    for argument in arguments.iter() {
                        values.push(from_rhai(argument, world)?);
                    }
                    (function.body)(&values, world)
                })
                .map(|value| to_rhai(&value))
                .map_err(fault_to_rhai)
            },
        );
    }
}

/// What two values make under an operator that Rhai leaves open.
fn operators(engine: &mut Engine) {
    fn join(context: &NativeCallContext<'_>, a: &Dynamic, b: &Dynamic) -> RhaiResult {
        let most = context.engine().max_string_size();
        world::with(|world| {
            let text = format!("{}{}", from_rhai(a, world)?, from_rhai(b, world)?);
            match text.len() > most {
                true => Err(Fault::new("script.limit", format!("a text may have {most} bytes"))),
                false => Ok(text.into()),
            }
        })
        .map_err(fault_to_rhai)
    }
    let (any, text) = (TypeId::of::<Dynamic>(), TypeId::of::<ImmutableString>());
    for kinds in [[text, any], [any, text]] {
        engine.register_raw_fn(
            "+",
            kinds,
            |context: NativeCallContext<'_>, arguments: &mut [&mut Dynamic]| -> RhaiResult {
                join(&context, &arguments[0].flatten_clone(), &arguments[1].flatten_clone())
            },
        );
    }
    engine.register_raw_fn(
        "to_string",
        [any],
        |_: NativeCallContext<'_>, arguments: &mut [&mut Dynamic]| -> RhaiResult {
            world::with(|world| Ok(from_rhai(arguments[0], world)?.to_string().into())).map_err(fault_to_rhai)
        },
    );
    engine.register_fn("+", |mut a: Array, b: Array| -> Result<Array, Box<EvalAltResult>> {
        meter(b.iter().map(weigh).sum())?;
        a.extend(b);
        Ok(a)
    });
    let same = |a: &Dynamic, b: &Dynamic| -> Result<bool, Box<EvalAltResult>> {
        world::with(|world| Ok(ops::equal(&from_rhai(a, world)?, &from_rhai(b, world)?))).map_err(fault_to_rhai)
    };
    for kind in [TypeId::of::<Array>(), TypeId::of::<Map>()] {
        engine.register_raw_fn("==", [kind, kind], move |_: NativeCallContext<'_>, arguments: &mut [&mut Dynamic]| {
            same(arguments[0], arguments[1])
        });
        engine.register_raw_fn("!=", [kind, kind], move |_: NativeCallContext<'_>, arguments: &mut [&mut Dynamic]| {
            same(arguments[0], arguments[1]).map(|same| !same)
        });
    }
    // Exact types win over the library's: the length of a long list must not cost a copy of it.
    engine.register_fn("len", |list: &mut Array| list.len() as i64);
    engine.register_fn("len", |map: &mut Map| map.len() as i64);
    // What is read of nothing is nothing, so that a missing branch of a service's answer does not fail a flow.
    engine.register_indexer_get(|(): &mut (), _: ImmutableString| ());
    engine.register_indexer_get(|(): &mut (), _: i64| ());
    engine.register_iterator::<Array>();
    engine.register_iterator::<std::ops::Range<i64>>();
    engine.register_iterator::<std::ops::RangeInclusive<i64>>();
}

/// What a value weighs, with all that it holds: lists that are put into one another grow fast.
fn weigh(value: &Dynamic) -> usize {
    if let Ok(items) = value.as_array_ref() {
        return 1 + items.iter().map(weigh).sum::<usize>();
    }
    if let Ok(map) = value.as_map_ref() {
        return 1 + map.values().map(weigh).sum::<usize>();
    }
    1 + value.as_immutable_string_ref().map_or(0, |text| text.len())
}

/// Counts work that Rhai does not see.
fn meter(work: usize) -> Result<(), Box<EvalAltResult>> {
    world::with(|world| world.spend(work)).map_err(fault_to_rhai)
}

/// A position in a list; negative counts from the end.
fn place(length: usize, at: i64) -> Option<usize> {
    let at = if at < 0 { at.checked_add(length as i64)? } else { at };
    usize::try_from(at).ok().filter(|at| *at <= length)
}

fn in_place(engine: &mut Engine, most: usize) {
    let full = move |list: &Array| match list.len() >= most {
        true => Err(fault_to_rhai(Fault::new("script.limit", format!("a list may have {most} items")))),
        false => Ok(()),
    };
    engine.register_fn("push", move |list: &mut Array, item: Dynamic| -> Result<(), Box<EvalAltResult>> {
        full(list)?;
        meter(weigh(&item))?;
        list.push(item);
        Ok(())
    });
    engine.register_fn("pop", |list: &mut Array| list.pop().unwrap_or(Dynamic::UNIT));
    engine.register_fn("insert", move |list: &mut Array, at: i64, item: Dynamic| -> Result<(), Box<EvalAltResult>> {
        full(list)?;
        meter(weigh(&item) + list.len() / 16)?;
        let at = place(list.len(), at).unwrap_or(list.len());
        list.insert(at, item);
        Ok(())
    });
    engine.register_fn("remove", |list: &mut Array, at: i64| -> RhaiResult {
        meter(list.len() / 16)?;
        Ok(match place(list.len(), at) {
            Some(at) if at < list.len() => list.remove(at),
            _ => Dynamic::UNIT,
        })
    });
    engine.register_fn("remove", |map: &mut Map, key: &str| map.remove(key).unwrap_or(Dynamic::UNIT));
    engine.register_fn("clear", |list: &mut Array| list.clear());
    engine.register_fn("clear", |map: &mut Map| map.clear());
}

fn with_closures(engine: &mut Engine) {
    fn holds(context: &NativeCallContext<'_>, closure: &FnPtr, item: &Dynamic) -> Result<bool, Box<EvalAltResult>> {
        let answer: Dynamic = closure.call_within_context(context, (item.clone(),))?;
        answer.as_bool().map_err(|_| {
            let given = world::with(|world| from_rhai(&answer, world))
                .map_or_else(|_| kind(&answer), |value| Value::kind(&value));
            fault_to_rhai(Fault::new("script.type", format!("the closure must yield true or false, not {given}")))
        })
    }
    type Answer<T> = Result<T, Box<EvalAltResult>>;
    engine.register_fn("filter", |context: NativeCallContext<'_>, list: Array, closure: FnPtr| -> Answer<Array> {
        let mut kept = Array::new();
        for item in list {
            if holds(&context, &closure, &item)? {
                kept.push(item);
            }
        }
        Ok(kept)
    });
    engine.register_fn("map", |context: NativeCallContext<'_>, list: Array, closure: FnPtr| -> Answer<Array> {
        let mut made = Array::with_capacity(list.len());
        for item in list {
            let item: Dynamic = closure.call_within_context(&context, (item,))?;
            meter(weigh(&item))?;
            made.push(item);
        }
        Ok(made)
    });
    engine.register_fn("any", |context: NativeCallContext<'_>, list: Array, closure: FnPtr| -> Answer<bool> {
        for item in &list {
            if holds(&context, &closure, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    });
    engine.register_fn("all", |context: NativeCallContext<'_>, list: Array, closure: FnPtr| -> Answer<bool> {
        for item in &list {
            if !holds(&context, &closure, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    });
    engine.register_fn("find", |context: NativeCallContext<'_>, list: Array, closure: FnPtr| -> Answer<Dynamic> {
        for item in list {
            if holds(&context, &closure, &item)? {
                return Ok(item);
            }
        }
        Ok(Dynamic::UNIT)
    });
    engine.register_fn(
        "reduce",
        |context: NativeCallContext<'_>, list: Array, closure: FnPtr, start: Dynamic| -> Answer<Dynamic> {
            list.into_iter().try_fold(start, |total, item| closure.call_within_context(&context, (total, item)))
        },
    );
}

/// Evaluates with the world in place; the result is a fault where Rhai fails.
pub(crate) fn faulted<T>(result: Result<T, Box<EvalAltResult>>) -> Result<T, Fault> {
    result.map_err(|error| fault_from_rhai(*error))
}
