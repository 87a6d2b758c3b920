//! Reads the expressions of templates: Tera's operators and filters, as a tree over the session's variables.

use super::super::super::functions::{self, Function};
use super::super::super::native::Node;
use super::super::super::ops::{Arithmetic, Compare};
use super::super::super::{Global, Problem};
use super::super::tera::{other_name, parameters};
use super::{Read, Reader, Stop};
use crate::value::Value;
use std::sync::Arc;

impl<'a> Reader<'a> {
    /// An expression whose operators bind at least as strongly as `least`. The strengths are Tera's.
    pub(super) fn expression(&mut self, least: u8) -> Read<Node> {
        self.deeper(|reader| reader.operators(least))
    }

    fn operators(&mut self, least: u8) -> Read<Node> {
        let mut left = self.operand()?;
        loop {
            self.skip_space();
            let rest = self.rest();
            if rest.starts_with("-}}") || rest.starts_with("-%}") || rest.starts_with("}}") || rest.starts_with("%}") {
                return Ok(left);
            }
            let word = self.peek_word();
            let (strength, symbol) = match word {
                "or" => (1, "or"),
                "and" => (3, "and"),
                "in" | "not" => (5, word),
                "if" if least == 0 => return self.choice(left),
                "is" => (5, "is"),
                "" => match rest.as_bytes() {
                    [b'=', b'=', ..] => (7, "=="),
                    [b'!', b'=', ..] => (7, "!="),
                    [b'<', b'=', ..] => (7, "<="),
                    [b'>', b'=', ..] => (7, ">="),
                    [b'<', ..] => (7, "<"),
                    [b'>', ..] => (7, ">"),
                    [b'+', ..] => (11, "+"),
                    [b'-', ..] => (11, "-"),
                    [b'/', b'/', ..] | [b'*', b'*', ..] | [b'[', ..] | [b'?', ..] => return Err(Stop::Declined),
                    [b'*', ..] => (13, "*"),
                    [b'/', ..] => (13, "/"),
                    [b'%', ..] => (13, "%"),
                    [b'~', ..] => (13, "~"),
                    [b'|', ..] => (17, "|"),
                    _ => return Ok(left),
                },
                _ => return Ok(left),
            };
            if strength < least {
                return Ok(left);
            }
            self.at += symbol.len();
            left = match symbol {
                "|" => self.filter(left)?,
                "is" => self.test(left)?,
                "not" => {
                    if !self.takes_word("in") {
                        return Err(Stop::Declined);
                    }
                    let right = self.expression(strength + 1)?;
                    Node::Untrue(Box::new(within(left, right)?))
                }
                _ => {
                    let right = self.expression(strength + 1)?;
                    binary(symbol, left, right)?
                }
            };
        }
    }

    /// `value if condition else other`, after the value.
    fn choice(&mut self, value: Node) -> Read<Node> {
        self.takes_word("if");
        let when = self.expression(0)?;
        if !self.takes_word("else") {
            return Err(Stop::Declined);
        }
        let otherwise = self.expression(0)?;
        Ok(Node::Choose(Box::new((when, value, otherwise))))
    }

    fn operand(&mut self) -> Read<Node> {
        self.skip_space();
        let rest = self.rest();
        match rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'' | b'`')) => {
                let end = rest[1..].find(char::from(*quote)).ok_or(Stop::Declined)?;
                let text = &rest[1..=end];
                if text.contains('\\') {
                    return Err(Stop::Declined);
                }
                self.at += end + 2;
                Ok(Node::Constant(Value::text(super::super::strip_marks(text))))
            }
            Some(b'0'..=b'9') => self.number(),
            Some(b'(') => {
                self.at += 1;
                let inner = self.expression(0)?;
                self.must(")")?;
                Ok(inner)
            }
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                while !self.takes("]") {
                    if self.peek_word() == "for" {
                        return Err(Stop::Declined);
                    }
                    items.push(self.expression(0)?);
                    if !self.takes(",") {
                        self.must("]")?;
                        break;
                    }
                }
                Ok(Node::List(items.into()))
            }
            Some(b'-') => {
                self.at += 1;
                Ok(Node::Negate(Box::new(self.expression(20)?)))
            }
            _ => self.name(),
        }
    }

    fn number(&mut self) -> Read<Node> {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'.').unwrap_or(rest.len());
        let digits = &rest[..end];
        if rest[end..].starts_with(|char: char| char.is_alphanumeric() || char == '_') {
            return Err(Stop::Declined);
        }
        self.at += end;
        let value = match digits.contains('.') {
            true => Value::Decimal(digits.parse().map_err(|_| Stop::Declined)?),
            false => Value::Int(digits.parse().map_err(|_| Stop::Declined)?),
        };
        Ok(Node::Constant(value))
    }

    fn name(&mut self) -> Read<Node> {
        let (word, at) = self.word()?;
        match word {
            "true" | "True" => return Ok(Node::Constant(true.into())),
            "false" | "False" => return Ok(Node::Constant(false.into())),
            "none" | "None" | "null" => return Ok(Node::Constant(Value::Null)),
            "not" => return Ok(Node::Untrue(Box::new(self.expression(5)?))),
            "and" | "or" | "in" | "is" | "if" | "else" | "self" => return Err(Stop::Declined),
            _ => {}
        }
        if self.rest().starts_with('(') {
            return self.call(word);
        }
        let mut node = if let Some(node) = self.resolve(word) {
            node
        } else if word == "secrets" && !self.secrets {
            return Err(Problem::secret(at).into());
        } else if word == "secrets" {
            let message = "A secret is written `{{ secrets.NAME }}`, without filters or operators.";
            return Err(Problem::at(at, word.len(), message).into());
        } else {
            self.unknown(word, at, "variable");
            Node::Constant(Value::Null)
        };
        let mut first = matches!(node, Node::Global(Global::Inputs));
        loop {
            if self.rest().starts_with("?.") || self.rest().starts_with('.') {
                self.at += if self.rest().starts_with('?') { 2 } else { 1 };
                let (key, at) = self.word()?;
                if first && !self.names.has_input(key) {
                    self.unknown(key, at, "input");
                }
                node = Node::Get(Box::new(node), Arc::from(key));
            } else if self.rest().starts_with('[') {
                self.at += 1;
                let index = self.expression(0)?;
                self.must("]")?;
                node = Node::Index(Box::new(node), Box::new(index));
            } else {
                return Ok(node);
            }
            first = false;
        }
    }

    /// `name=value, …)`, after the opening parenthesis.
    fn named(&mut self) -> Read<Vec<(&'a str, Node)>> {
        let mut given = Vec::new();
        while !self.takes(")") {
            let (name, _) = self.word()?;
            self.must("=")?;
            given.push((name, self.expression(0)?));
            if !self.takes(",") {
                self.must(")")?;
                break;
            }
        }
        Ok(given)
    }

    fn call(&mut self, word: &str) -> Read<Node> {
        let function = functions::find(word).ok_or(Stop::Declined)?;
        self.at += 1;
        let given = self.named()?;
        self.apply(function, None, given)
    }

    /// `value is test`, after `is`. The tests of kinds are left to Tera.
    fn test(&mut self, value: Node) -> Read<Node> {
        let negated = self.takes_word("not");
        let (word, _) = self.word()?;
        let given = if self.rest().starts_with('(') {
            self.at += 1;
            self.named()?
        } else {
            Vec::new()
        };
        let call =
            |name: &str, parts: Vec<Node>| functions::find(name).map(|function| Node::Call(function, parts.into()));
        let remainder = |value: Node, by: i64, is: i64| {
            let rest = Node::Calculate(Arithmetic::Remainder, Box::new(value), Box::new(Node::Constant(by.into())));
            Some(Node::Compare(Compare::Equal, Box::new(rest), Box::new(Node::Constant(is.into()))))
        };
        let mut given = given.into_iter();
        let test = match (word, given.next(), given.next()) {
            ("none" | "undefined", None, None) => call("is_null", vec![value]),
            ("defined", None, None) => call("is_null", vec![value]).map(|null| Node::Untrue(Box::new(null))),
            ("even", None, None) => remainder(value, 2, 0),
            ("odd", None, None) => remainder(value, 2, 0).map(|even| Node::Untrue(Box::new(even))),
            ("starting_with", Some(("pat", part)), None) => call("starts_with", vec![value, part]),
            ("ending_with", Some(("pat", part)), None) => call("ends_with", vec![value, part]),
            ("containing", Some(("pat", part)), None) => call("contains", vec![value, part]),
            _ => None,
        };
        let test = test.ok_or(Stop::Declined)?;
        Ok(if negated { Node::Untrue(Box::new(test)) } else { test })
    }

    fn filter(&mut self, value: Node) -> Read<Node> {
        let (word, _) = self.word()?;
        // Tera's own word for it.
        let word = if word == "length" { "len" } else { word };
        let function = functions::find(word).ok_or(Stop::Declined)?;
        let given = if self.rest().starts_with('(') {
            self.at += 1;
            self.named()?
        } else {
            Vec::new()
        };
        self.apply(function, Some(value), given)
    }

    fn apply(&mut self, function: &'static Function, piped: Option<Node>, mut given: Vec<(&str, Node)>) -> Read<Node> {
        let mut parts: Vec<Node> = piped.into_iter().collect();
        if function.max == 0 && !parts.is_empty() {
            return Err(Stop::Declined);
        }
        if function.spread && parts.len() == 1 && given.iter().all(|(name, _)| *name != "forms") {
            let forms = given.drain(..).map(|(name, value)| (Arc::from(name), value)).collect();
            parts.push(Node::Map(forms));
        }
        for parameter in parameters(function).skip(parts.len()) {
            let place = given
                .iter()
                .position(|(name, _)| *name == parameter || Some(*name) == other_name(function.name, parameter));
            match place {
                Some(place) => parts.push(given.swap_remove(place).1),
                None if (function.name, parameter) == ("range", "from") => parts.push(Node::Constant(Value::Int(0))),
                None => break,
            }
        }
        if !given.is_empty() || parts.len() < function.min {
            let message = format!("`{}` is written `{}`, its values by name.", function.name, function.signature);
            return Err(Problem::at(self.at, 0, message).into());
        }
        Ok(Node::Call(function, parts.into()))
    }
}

/// `left in right`.
fn within(left: Node, right: Node) -> Read<Node> {
    let contains = functions::find("contains").ok_or(Stop::Declined)?;
    Ok(Node::Call(contains, Box::new([right, left])))
}

fn binary(symbol: &str, left: Node, right: Node) -> Read<Node> {
    let (one, two) = (Box::new(left), Box::new(right));
    Ok(match symbol {
        "or" => Node::Either(one, two),
        "and" => Node::Both(one, two),
        "in" => return within(*one, *two),
        "==" => Node::Compare(Compare::Equal, one, two),
        "!=" => Node::Compare(Compare::Unequal, one, two),
        "<" => Node::Compare(Compare::Less, one, two),
        "<=" => Node::Compare(Compare::LessOrEqual, one, two),
        ">" => Node::Compare(Compare::Greater, one, two),
        ">=" => Node::Compare(Compare::GreaterOrEqual, one, two),
        "+" => Node::Calculate(Arithmetic::Add, one, two),
        "-" => Node::Calculate(Arithmetic::Subtract, one, two),
        "*" => Node::Calculate(Arithmetic::Multiply, one, two),
        "/" => Node::Quotient(one, two),
        "%" => Node::Calculate(Arithmetic::Remainder, one, two),
        "~" => Node::Text(Box::new([*one, *two])),
        _ => return Err(Stop::Declined),
    })
}
