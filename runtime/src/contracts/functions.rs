//! What the functions of expressions and templates take and yield. A test holds the table against the library: each of its
//! functions is here, with as many values as it takes.

use super::types::{Kinds, Type};

/// What a function takes, a letter for each value, and after `>` what it yields. `a` anything, `p` a text, a number or a
/// truth value, `t` a text, `n` a number, `i` a whole number, `d` a decimal, `b` a truth value, `l` a list, `m` a map, `s` a
/// text or a list, `c` what has a length.
#[rustfmt::skip]
const TABLE: &[(&str, &str)] = &[
    ("default", "aa>a"), ("is_null", "a>b"), ("is_empty", "a>b"), ("len", "c>i"), ("contains", "ca>b"), ("json", "a>t"),
    ("from_json", "p>a"), ("text", "a>t"), ("lower", "p>t"), ("to_lower", "p>t"), ("upper", "p>t"), ("to_upper", "p>t"),
    ("title", "p>t"), ("capitalize", "p>t"), ("trim", "p>t"), ("starts_with", "pp>b"), ("ends_with", "pp>b"),
    ("replace", "ppp>t"), ("split", "pp>l"), ("join", "lp>t"), ("substring", "pii>t"), ("pad_left", "pip>t"),
    ("digits_only", "p>t"), ("urlencode", "p>t"), ("hash", "p>t"), ("int", "p>i"), ("decimal", "p>d"), ("round", "ni>n"),
    ("floor", "n>i"), ("ceil", "n>i"), ("abs", "n>n"), ("min", "aa>a"), ("max", "aa>a"), ("random", "ii>n"), ("uuid", ">t"),
    ("first", "l>a"), ("last", "l>a"), ("sort", "l>l"), ("reverse", "s>s"), ("sum", "l>n"), ("slice", "lii>l"),
    ("unique", "l>l"), ("range", "ii>l"), ("keys", "m>l"), ("values", "m>l"), ("has", "mp>b"), ("merge", "mm>m"),
    ("now", "p>t"), ("today", "p>t"), ("year", "t>i"), ("month", "t>i"), ("day", "t>i"), ("weekday", "t>i"), ("hour", "t>i"),
    ("minute", "t>i"), ("add_days", "ti>t"), ("add_duration", "tp>t"), ("days_between", "tt>i"),
    ("number", "pi>t"), ("money", "at>t"), ("date", "pt>t"), ("time", "p>t"), ("ordinal", "p>t"), ("phone", "p>t"),
    ("digits", "p>t"), ("list", "lt>t"), ("plural", "am>t"), ("plural_ordinal", "am>t"), ("seconds_between", "tt>i"), ("format_date", "tp>t"), ("to_zone", "tp>t"),
];

fn kinds(letter: u8) -> Kinds {
    match letter {
        b'p' => Kinds::PLAIN,
        b't' => Kinds::TEXT,
        b'n' => Kinds::NUMBER,
        b'i' => Kinds::INT,
        b'd' => Kinds::DECIMAL,
        b'b' => Kinds::BOOL,
        b'l' => Kinds::LIST,
        b'm' => Kinds::MAP,
        b's' => Kinds::TEXT.or(Kinds::LIST),
        b'c' => Kinds::TEXT.or(Kinds::LIST).or(Kinds::MAP),
        _ => Kinds::ANY,
    }
}

/// What a function takes and yields; nothing for one of a script's own.
pub(super) fn signature(name: &str) -> Option<(impl Iterator<Item = Kinds>, Type)> {
    let (_, written) = TABLE.iter().find(|(known, _)| *known == name)?;
    let (takes, yields) = written.split_once('>')?;
    Some((takes.bytes().map(kinds), Type::of(kinds(*yields.as_bytes().first()?))))
}

/// Whether what a function yields tells nothing of the value it is given: how long it is, whether it is there.
pub(super) fn conceals(name: &str) -> bool {
    matches!(
        name,
        "is_null" | "is_empty" | "len" | "contains" | "starts_with" | "ends_with" | "hash" | "has" | "days_between"
    )
}

#[cfg(test)]
mod tests {
    use super::TABLE;
    use crate::expr::functions::FUNCTIONS;

    #[test]
    fn the_table_is_the_librarys() {
        for function in FUNCTIONS {
            let row = TABLE.iter().find(|(name, _)| *name == function.name);
            let (_, written) = row.unwrap_or_else(|| panic!("{} is not in the table", function.name));
            let takes = written.split('>').next().map(str::len);
            assert_eq!(takes, Some(function.max), "{}", function.signature);
        }
        assert_eq!(TABLE.len(), FUNCTIONS.len());
    }
}
