//! What the operators mean on our values, exactly as Rhai computes them on its own. Where Rhai would fail, these
//! return nothing, and the caller lets Rhai say why.

use crate::value::Value;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::cmp::Ordering;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Compare::Equal => ordering.is_eq(),
            Compare::Unequal => ordering.is_ne(),
            Compare::Less => ordering.is_lt(),
            Compare::LessOrEqual => ordering.is_le(),
            Compare::Greater => ordering.is_gt(),
            Compare::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// A calculation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// `a op b`. Values of different kinds are unequal and neither less nor greater; whole numbers and decimals compare
/// by number. Nothing equals nothing, and `!=` between nothing and nothing is false.
pub(crate) fn compare(op: Compare, a: &Value, b: &Value) -> Option<bool> {
    let ordering = match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Decimal(a), Value::Decimal(b)) => a.cmp(b),
        (Value::Int(a), Value::Decimal(b)) => Decimal::from(*a).cmp(b),
        (Value::Decimal(a), Value::Int(b)) => a.cmp(&Decimal::from(*b)),
        (Value::Null, Value::Null) => return Some(op == Compare::Equal),
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => {
            return match op {
                Compare::Equal => Some(equal(a, b)),
                Compare::Unequal => Some(!equal(a, b)),
                _ => None,
            };
        }
        _ => return Some(op == Compare::Unequal),
    };
    Some(op.holds(ordering))
}

/// Whether two values are the same, numbers by number and lists and maps by what they hold.
pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|((k, a), (l, b))| k == l && equal(a, b))
        }
        _ => compare(Compare::Equal, a, b).unwrap_or(false),
    }
}

/// Whether two values are the same to the last digit: 1 and 1.0, 2.5 and 2.50 are not.
pub(crate) fn identical(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Decimal(a), Value::Decimal(b)) => a == b && a.scale() == b.scale(),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| identical(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|((k, a), (l, b))| k == l && identical(a, b))
        }
        _ => a == b,
    }
}

/// `a op b`: whole numbers stay whole (7 / 2 is 3), a decimal makes both decimal, and `+` with a text on either side
/// joins. `text_bytes` is the longest text allowed.
pub(crate) fn calculate(op: Arithmetic, a: &Value, b: &Value, text_bytes: usize) -> Option<Value> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(Value::Int(match op {
            Arithmetic::Add => a.checked_add(*b)?,
            Arithmetic::Subtract => a.checked_sub(*b)?,
            Arithmetic::Multiply => a.checked_mul(*b)?,
            Arithmetic::Divide => a.checked_div(*b)?,
            Arithmetic::Remainder => a.checked_rem(*b)?,
        })),
        (Value::Decimal(a), Value::Decimal(b)) => decimals(op, *a, *b),
        (Value::Int(a), Value::Decimal(b)) => decimals(op, (*a).into(), *b),
        (Value::Decimal(a), Value::Int(b)) => decimals(op, *a, (*b).into()),
        (Value::Text(_), Value::Null) if op == Arithmetic::Add => Some(a.clone()),
        (Value::Null, Value::Text(_)) if op == Arithmetic::Add => Some(b.clone()),
        (Value::Text(a), Value::Text(b)) if op == Arithmetic::Add => {
            (a.len() + b.len() <= text_bytes).then(|| Value::from([&**a, &**b].concat()))
        }
        (Value::Text(_), _) | (_, Value::Text(_)) if op == Arithmetic::Add => {
            let text = format!("{a}{b}");
            (text.len() <= text_bytes).then(|| Value::from(text))
        }
        _ => None,
    }
}

/// `a / b` as templates divide: whole numbers need not stay whole, and no trailing noughts are left.
pub(crate) fn quotient(a: &Value, b: &Value) -> Option<Value> {
    let number = |value: &Value| match value {
        Value::Int(int) => Some(Decimal::from(*int)),
        Value::Decimal(decimal) => Some(*decimal),
        _ => None,
    };
    let quotient = number(a)?.checked_div(number(b)?)?.normalize();
    Some(match quotient.scale() {
        0 => quotient.to_i64().map_or(Value::Decimal(quotient), Value::Int),
        _ => Value::Decimal(quotient),
    })
}

fn decimals(op: Arithmetic, a: Decimal, b: Decimal) -> Option<Value> {
    Some(Value::Decimal(match op {
        Arithmetic::Add => a.checked_add(b)?,
        Arithmetic::Subtract => a.checked_sub(b)?,
        Arithmetic::Multiply => a.checked_mul(b)?,
        Arithmetic::Divide => a.checked_div(b)?,
        Arithmetic::Remainder => a.checked_rem(b)?,
    }))
}
