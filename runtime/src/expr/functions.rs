//! The function library: one table for expressions, scripts, templates, documentation and completion.
//!
//! Functions are pure: they never change what they are given, and besides their arguments they know only the moment
//! and the random state of the evaluation. Every example in the table is a test.

mod dates;
mod lists;
mod numbers;
mod text;
mod wording;

use super::world::World;
use crate::fault::Fault;
use crate::value::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// One function of the library.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is written, with the names of its arguments; `?` marks those that may be left out.
    pub signature: &'static str,
    /// What it does, in a sentence for authors.
    pub summary: &'static str,
    /// An expression, and one of the same value.
    pub example: (&'static str, &'static str),
    /// The fewest arguments.
    pub min: usize,
    /// The most arguments.
    pub max: usize,
    /// Whether it reads the moment, the random state or the locale, so that it is no constant.
    pub volatile: bool,
    /// Whether a template gives its second argument, a map, entry by entry: `plural(one="…", other="…")`.
    pub spread: bool,
    pub(crate) body: Body,
}

/// What a function is made of. It gets between `min` and `max` arguments.
pub(crate) type Body = fn(&[Value], &World) -> Result<Value, Fault>;

/// The most arguments of any function.
pub(crate) const MAX_ARGUMENTS: usize = 4;

const fn function(
    signature: &'static str,
    name: &'static str,
    counts: (usize, usize),
    body: Body,
    example: (&'static str, &'static str),
    summary: &'static str,
) -> Function {
    Function { name, signature, summary, example, min: counts.0, max: counts.1, volatile: false, spread: false, body }
}

const fn volatile(mut function: Function) -> Function {
    function.volatile = true;
    function
}

const fn spread(mut function: Function) -> Function {
    function.spread = true;
    volatile(function)
}

/// All functions, in the order of the documentation.
#[rustfmt::skip]
pub static FUNCTIONS: &[Function] = &[
    // Any value
    function("default(value, otherwise)", "default", (2, 2), default, (r#"default("", "friend")"#, r#""friend""#), "The value, or `otherwise` when it is nothing or an empty text."),
    function("is_null(value)", "is_null", (1, 1), |a, _| Ok(a[0].is_null().into()), (r#"is_null(#{}.x)"#, "true"), "Whether it is nothing."),
    function("is_empty(value)", "is_empty", (1, 1), is_empty, (r#"is_empty([])"#, "true"), "Whether it is nothing, or a text, list or map that holds nothing."),
    function("len(value)", "len", (1, 1), lists::len, (r#"len("abc")"#, "3"), "How many characters a text has, items a list, entries a map; 0 for nothing."),
    function("contains(value, part)", "contains", (2, 2), lists::contains, (r#"contains("reception", "cep")"#, "true"), "Whether a text has the part, a list the item, a map the key."),
    function("json(value)", "json", (1, 1), json, (r#"json([1, "a"])"#, r#""[1,\"a\"]""#), "The value as JSON."),
    function("from_json(text)", "from_json", (1, 1), from_json, (r#"from_json("[1]")"#, "[1]"), "The value that a JSON text holds."),
    // Text
    function("text(value)", "text", (1, 1), text::text, (r#"text(12)"#, r#""12""#), "The value as a text, as a template shows it."),
    function("lower(text)", "lower", (1, 1), text::lower, (r#"lower("Ana")"#, r#""ana""#), "The text in lower case."),
    function("to_lower(text)", "to_lower", (1, 1), text::lower, (r#"to_lower("Ana")"#, r#""ana""#), "The same as `lower`."),
    function("upper(text)", "upper", (1, 1), text::upper, (r#"upper("Ana")"#, r#""ANA""#), "The text in upper case."),
    function("to_upper(text)", "to_upper", (1, 1), text::upper, (r#"to_upper("Ana")"#, r#""ANA""#), "The same as `upper`."),
    function("title(text)", "title", (1, 1), text::title, (r#"title("ana maria")"#, r#""Ana Maria""#), "The text with a capital at each word."),
    function("capitalize(text)", "capitalize", (1, 1), text::capitalize, (r#"capitalize("hello ANA")"#, r#""Hello ana""#), "The text with a capital first and the rest in lower case."),
    function("trim(text)", "trim", (1, 1), text::trim, (r#"trim("  a ")"#, r#""a""#), "The text without white space at its ends."),
    function("starts_with(text, start)", "starts_with", (2, 2), text::starts_with, (r#"starts_with("+34600", "+34")"#, "true"), "Whether the text starts so."),
    function("ends_with(text, end)", "ends_with", (2, 2), text::ends_with, (r#"ends_with("a.wav", ".wav")"#, "true"), "Whether the text ends so."),
    function("replace(text, from, to)", "replace", (3, 3), text::replace, (r#"replace("1-2-3", "-", " ")"#, r#""1 2 3""#), "The text with every `from` replaced."),
    function("split(text, separator?)", "split", (1, 2), text::split, (r#"split("a,b", ",")"#, r#"["a", "b"]"#), "The parts of the text between separators; without one, its words."),
    function("join(list, separator?)", "join", (1, 2), text::join, (r#"join([1, 2], ", ")"#, r#""1, 2""#), "The items in one text, with the separator between them."),
    function("substring(text, start, length?)", "substring", (2, 3), text::substring, (r#"substring("ABCDE", 1, 3)"#, r#""BCD""#), "Part of the text, counted in characters from 0; a negative start counts from the end."),
    function("pad_left(text, width, fill?)", "pad_left", (2, 3), text::pad_left, (r#"pad_left(7, 3, "0")"#, r#""007""#), "The text filled up on its left to a width in characters."),
    function("digits_only(text)", "digits_only", (1, 1), text::digits_only, (r#"digits_only("+1 (555) 01")"#, r#""155501""#), "Only the digits 0 to 9 of the text."),
    function("urlencode(text)", "urlencode", (1, 1), text::urlencode, (r#"urlencode("a b/ñ")"#, r#""a%20b%2F%C3%B1""#), "The text for use in an address (RFC 3986): all but letters, digits and `-._~` in percent form."),
    function("hash(text)", "hash", (1, 1), text::hash, (r#"substring(hash("abc"), 0, 8)"#, r#""ba7816bf""#), "The SHA-256 digest of the text, in hexadecimal."),
    // Numbers
    function("int(value)", "int", (1, 1), numbers::int, (r#"int("42")"#, "42"), "The whole number in a text, or the part of a decimal before the point."),
    function("decimal(value)", "decimal", (1, 1), numbers::decimal, (r#"decimal("2.50")"#, "2.50"), "The exact decimal in a text, or of a whole number."),
    function("round(number, places?)", "round", (1, 2), numbers::round, (r#"round(2.345, 2)"#, "2.35"), "Rounded, halves away from zero: to a whole number, or to exactly so many decimal places."),
    function("floor(number)", "floor", (1, 1), numbers::floor, (r#"floor(2.9)"#, "2"), "The greatest whole number that is not above it."),
    function("ceil(number)", "ceil", (1, 1), numbers::ceil, (r#"ceil(2.1)"#, "3"), "The least whole number that is not below it."),
    function("abs(number)", "abs", (1, 1), numbers::abs, (r#"abs(-3)"#, "3"), "The number without its sign."),
    function("min(a, b?)", "min", (1, 2), numbers::min, (r#"min(3, 2.5)"#, "2.5"), "The least of two values, or of a list."),
    function("max(a, b?)", "max", (1, 2), numbers::max, (r#"max([1, 7, 3])"#, "7"), "The greatest of two values, or of a list."),
    volatile(function("random(from?, to?)", "random", (0, 2), numbers::random, (r#"random(5, 5)"#, "5"), "A random whole number from `from` to `to`, both included; without them, a decimal from 0 up to but not 1.")),
    volatile(function("uuid()", "uuid", (0, 0), numbers::uuid, (r#"len(uuid())"#, "36"), "A random UUID (RFC 9562, version 4).")),
    // Lists
    function("first(list)", "first", (1, 1), lists::first, (r#"first([3, 4])"#, "3"), "The first item, or nothing."),
    function("last(list)", "last", (1, 1), lists::last, (r#"last([3, 4])"#, "4"), "The last item, or nothing."),
    function("sort(list)", "sort", (1, 1), lists::sort, (r#"sort([3, 1, 2])"#, "[1, 2, 3]"), "The items in order: numbers, or texts."),
    function("reverse(value)", "reverse", (1, 1), lists::reverse, (r#"reverse([1, 2])"#, "[2, 1]"), "The items of a list, or the characters of a text, from last to first."),
    function("sum(list)", "sum", (1, 1), lists::sum, (r#"sum([1, 2.5])"#, "3.5"), "The sum of the numbers; 0 for none."),
    function("slice(list, start, end?)", "slice", (2, 3), lists::slice, (r#"slice([1, 2, 3, 4], 1, 3)"#, "[2, 3]"), "The items from `start` up to but not `end`, counted from 0; negative counts from the end."),
    function("unique(list)", "unique", (1, 1), lists::unique, (r#"unique([1, 2, 1])"#, "[1, 2]"), "The items without repetitions."),
    function("range(from, to)", "range", (2, 2), lists::range, (r#"range(1, 4)"#, "[1, 2, 3]"), "The whole numbers from `from` up to but not `to`."),
    // Maps
    function("keys(map)", "keys", (1, 1), lists::keys, (r#"keys(#{a: 1, b: 2})"#, r#"["a", "b"]"#), "The keys, in alphabetical order."),
    function("values(map)", "values", (1, 1), lists::values, (r#"values(#{a: 1, b: 2})"#, "[1, 2]"), "The values, in the order of their keys."),
    function("has(map, key)", "has", (2, 2), lists::has, (r#"has(#{a: 1}, "a")"#, "true"), "Whether the map has the key, even with nothing under it."),
    function("merge(map, other)", "merge", (2, 2), lists::merge, (r#"merge(#{a: 1}, #{b: 2})"#, "#{a: 1, b: 2}"), "The entries of both; those of `other` win."),
    // Dates
    volatile(function("now(zone?)", "now", (0, 1), dates::now, (r#"len(substring(now(), 0, 10))"#, "10"), "The moment, as `2026-03-03T09:00:00Z`, or in a time zone such as `Europe/Madrid`.")),
    volatile(function("today(zone?)", "today", (0, 1), dates::today, (r#"len(today())"#, "10"), "The date, as `2026-03-03`, in UTC or in a time zone.")),
    function("year(date)", "year", (1, 1), dates::year, (r#"year("2026-03-03")"#, "2026"), "The year of a date or date-time."),
    function("month(date)", "month", (1, 1), dates::month, (r#"month("2026-03-03")"#, "3"), "The month, from 1 to 12."),
    function("day(date)", "day", (1, 1), dates::day, (r#"day("2026-03-31")"#, "31"), "The day of the month."),
    function("weekday(date)", "weekday", (1, 1), dates::weekday, (r#"weekday("2026-03-02")"#, "1"), "The day of the week, from 1 for Monday to 7 for Sunday (ISO 8601)."),
    function("hour(datetime)", "hour", (1, 1), dates::hour, (r#"hour("2026-03-03T14:30:00Z")"#, "14"), "The hour, from 0 to 23, as written."),
    function("minute(datetime)", "minute", (1, 1), dates::minute, (r#"minute("2026-03-03T14:30:00Z")"#, "30"), "The minute, from 0 to 59."),
    function("add_days(date, days)", "add_days", (2, 2), dates::add_days, (r#"add_days("2026-02-27", 2)"#, r#""2026-03-01""#), "The date or date-time so many days later; negative is earlier."),
    function("add_duration(datetime, duration)", "add_duration", (2, 2), dates::add_duration, (r#"add_duration("2026-03-03T23:30:00Z", "2h")"#, r#""2026-03-04T01:30:00Z""#), "The date-time so much later: `300ms`, `5s`, `10m`, `2h`, `3d`, also `1h30m` and `-2h`."),
    function("days_between(from, to)", "days_between", (2, 2), dates::days_between, (r#"days_between("2026-02-27", "2026-03-01")"#, "2"), "How many days `to` is after `from`; negative when it is before."),
    function("seconds_between(from, to)", "seconds_between", (2, 2), dates::seconds_between, (r#"seconds_between("2026-03-03T09:00:00Z", "2026-03-03T09:01:30Z")"#, "90"), "How many whole seconds `to` is after `from`."),
    function("format_date(date, pattern)", "format_date", (2, 2), dates::format_date, (r#"format_date("2026-03-03", "%d/%m/%Y")"#, r#""03/03/2026""#), "The date or date-time in a pattern of `strftime`: `%Y` year, `%m` month, `%d` day, `%H` hour, `%M` minute."),
    function("to_zone(datetime, zone)", "to_zone", (2, 2), dates::to_zone, (r#"to_zone("2026-03-03T09:00:00Z", "Europe/Madrid")"#, r#""2026-03-03T10:00:00+01:00""#), "The same moment as the clocks of a time zone show it; a date-time without an offset is taken as UTC."),
    // Values as the session's locale writes them; in a prompt that is heard, as it says them
    volatile(function("number(value, places?)", "number", (1, 2), wording::number, (r#"number(1234.5)"#, r#""1,234.5""#), "The number as the locale writes it, or says it, rounded to so many places when they are given.")),
    volatile(function("money(value, currency?)", "money", (1, 2), wording::money, (r#"money(12.5, "EUR")"#, r#""€12.50""#), "The amount as the locale writes it, or says it; the currency is that of the value, else the one given.")),
    volatile(function("date(value, length?)", "date", (1, 2), wording::date, (r#"date("2026-03-03")"#, r#""March 3, 2026""#), "The date, or that of a date-time, as the locale writes it, or says it: `short`, `medium`, `long` or, with the day of the week, `full`.")),
    volatile(function("time(value)", "time", (1, 1), wording::time, (r#"time("14:30")"#, r#""2:30 PM""#), "The time, or that of a date-time, as the locale writes it, or says it.")),
    volatile(function("ordinal(number)", "ordinal", (1, 1), wording::ordinal, (r#"ordinal(2)"#, r#""2nd""#), "The position as the locale writes it, or says it.")),
    volatile(function("phone(value)", "phone", (1, 1), wording::phone, (r#"phone("+15551230001")"#, r#""+1 555 123 0001""#), "The telephone number in groups; for the ear, digit by digit.")),
    volatile(function("digits(value)", "digits", (1, 1), wording::digits, (r#"digits("A12")"#, r#""A12""#), "The text; for the ear, letter by letter and digit by digit.")),
    volatile(function("list(items, join?)", "list", (1, 2), wording::list, (r#"list(["a", "b", "c"])"#, r#""a, b, and c""#), "The items in a sentence, joined by `and`, `or`, or as a `unit`.")),
    spread(function("plural(number, forms)", "plural", (2, 2), wording::plural, (r##"plural(2, #{one: "# call", other: "# calls"})"##, r#""2 calls""#), "The form of words for so many: `one` and `other` in English, also `zero`, `two`, `few`, `many` elsewhere (CLDR). `#` is the number, `##` a number sign.")),
    spread(function("plural_ordinal(number, forms)", "plural_ordinal", (2, 2), wording::plural_ordinal, (r##"plural_ordinal(22, #{one: "#st", two: "#nd", few: "#rd", other: "#th"})"##, r#""22nd""#), "The form of words for a position, by the same categories.")),
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> =
    LazyLock::new(|| FUNCTIONS.iter().map(|function| (function.name, function)).collect());

/// The function of a name.
pub fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied()
}

/// The fault of a function that got something it cannot use.
pub(crate) fn wrong(name: &str, needs: &str, got: &Value) -> Fault {
    Fault::new("script.type", format!("`{name}` needs {needs}, not {}", got.kind()))
}

fn default(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    let blank = match &arguments[0] {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        _ => false,
    };
    Ok(arguments[usize::from(blank)].clone())
}

fn is_empty(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(Value::Bool(match &arguments[0] {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }))
}

fn json(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    world.spend(arguments[0].weight() / 8)?;
    let text = arguments[0].to_json().to_string();
    world.text_fits(text.len())?;
    Ok(text.into())
}

fn from_json(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = text::plain("from_json", &arguments[0])?;
    world.text_fits(text.len())?;
    match serde_json::from_str(&text) {
        Ok(json) => Ok(Value::from_json(&json)),
        Err(error) => Err(Fault::new("script.error", format!("`from_json`: the text is no JSON: {error}"))),
    }
}
