//! What one expression, script or template says of itself: the type that it yields, which variables it reads and how, which
//! it certainly assigns, whose content its value carries, and what in it can never work. Each source is looked at once, however
//! often a flow repeats it. Knows no nodes.

use super::functions;
use super::types::{Kinds, Type};
use crate::expr::Global;
use crate::expr::ops::{Arithmetic, Compare};
use crate::expr::terms::{Act, Term};
use offhook_flow_schemas::{Code, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the names.
pub(crate) struct Scene<'a> {
    /// The variables by slot: name and type.
    pub(crate) vars: &'a [(String, Type)],
    /// The inputs by place.
    pub(crate) inputs: &'a [String],
    /// The globals, in the order of [`Global::ALL`].
    pub(crate) globals: &'a [Type; 4],
}

/// In [`Summary::carries`], an input of the flow: after all variables, of which a flow has a thousand at most.
pub(crate) fn input_slot(place: usize) -> u16 {
    0x8000 | (place as u16 & 0x3fff)
}

/// In [`Summary::carries`], what the last node found.
pub(crate) const LAST_RESULT: u16 = u16::MAX;

/// How a variable is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// To see whether it is there, or so that nothing does no harm.
    Careful,
    /// It is handed on as it is; nothing is then handed on as nothing.
    Whole,
    /// It is shown, or computed with.
    Used,
}

/// Something that can never work as written.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) severity: Option<Severity>,
    pub(crate) message: String,
    /// A word of the source at which it is shown.
    pub(crate) word: Option<String>,
    /// Names that could have been meant.
    pub(crate) meant: Vec<String>,
}

/// What a source says of itself.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) result: Option<Type>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) reads: BTreeMap<u16, Reading>,
    /// Variables that are certainly assigned when it is done.
    pub(crate) assigned: BTreeSet<u16>,
    /// What is put into variables: which, and whose content it carries.
    pub(crate) puts: Vec<Put>,
    /// The variables whose content is in the value.
    pub(crate) carries: BTreeSet<u16>,
    /// Whether it is a variable as it is.
    pub(crate) plain: bool,
    /// Whether it depends on the moment, on chance, or on what the last node found.
    pub(crate) varies: bool,
}

/// Something that a script puts into a variable.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) slot: u16,
    pub(crate) carries: BTreeSet<u16>,
    pub(crate) found: Type,
    pub(crate) within: bool,
}

/// Looks at what a source does. `outermost` is how a variable is read that is the whole value.
pub(crate) fn look(acts: &[Act], scene: &Scene<'_>, outermost: Reading) -> Summary {
    let mut walk = Walk { scene, out: Summary::default(), locals: BTreeMap::new(), guarded: Vec::new(), left: None };
    let last = walk.acts(acts, outermost);
    walk.out.result = Some(match walk.left.take() {
        Some(left) => left.union(last.found),
        None => last.found,
    });
    walk.out.carries.extend(last.carries);
    walk.out.plain = matches!(acts, [Act::Value(Term::Var(_))]);
    walk.out
}

/// A value: what it may be, and whose content it carries.
#[derive(Clone)]
struct Known {
    found: Type,
    carries: BTreeSet<u16>,
}

impl Known {
    fn of(found: Type) -> Known {
        Known { found, carries: BTreeSet::new() }
    }
}

struct Walk<'a> {
    scene: &'a Scene<'a>,
    out: Summary,
    locals: BTreeMap<u16, Known>,
    /// Variables that a condition around this has looked at.
    guarded: Vec<u16>,
    /// What a `return` gave.
    left: Option<Type>,
}

impl Walk<'_> {
    fn acts(&mut self, acts: &[Act], outermost: Reading) -> Known {
        let mut last = Known::of(Type::any());
        for (index, act) in acts.iter().enumerate() {
            last = self.act(act, if index + 1 == acts.len() { outermost } else { Reading::Used });
        }
        last
    }

    fn act(&mut self, act: &Act, outermost: Reading) -> Known {
        match act {
            Act::Value(term) => self.term(term, outermost),
            Act::Show(term) => {
                let known = self.term(term, Reading::Used);
                self.out.carries.extend(known.carries);
                Known::of(Type::of(Kinds::TEXT))
            }
            Act::Local(place, term) => {
                let known = self.term(term, Reading::Whole);
                let before = self.locals.get(place).cloned();
                let joined = match before {
                    Some(before) => {
                        Known { found: before.found.union(known.found), carries: &before.carries | &known.carries }
                    }
                    None => known,
                };
                self.locals.insert(*place, joined);
                Known::of(Type::any())
            }
            Act::Assign { slot, within, updates, term } => {
                let given = self.term(term, Reading::Whole);
                let mut known = given.clone();
                if let Some(op) = updates {
                    let word = self.name_of(term);
                    let before = self.variable(*slot, Reading::Used);
                    // A script adds an item to a list by `list += item`.
                    known = match *op == Arithmetic::Add && before.found.kinds == Kinds::LIST {
                        true => Known { found: Type::of(Kinds::LIST), carries: &before.carries | &given.carries },
                        false => self.calculate(*op, &before, &given, &word),
                    };
                }
                self.out.puts.push(Put { slot: *slot, carries: known.carries, found: known.found, within: *within });
                self.out.assigned.insert(*slot);
                Known::of(Type::any())
            }
            Act::If { cases, otherwise, loose } => {
                let before = self.out.assigned.clone();
                let mut after: Option<BTreeSet<u16>> = None;
                let mut last: Option<Known> = None;
                let depth = self.guarded.len();
                for (when, block) in cases {
                    self.condition(when, *loose);
                    let inside = self.out.assigned.clone();
                    let known = self.acts(block, outermost);
                    last = Some(join(last, known));
                    let set = std::mem::replace(&mut self.out.assigned, inside);
                    after = Some(after.map_or(set.clone(), |after| &after & &set));
                }
                let known = self.acts(otherwise, outermost);
                let known = join(last, known);
                let set = std::mem::replace(&mut self.out.assigned, before);
                self.out.assigned = after.map_or(set.clone(), |after| &after & &set);
                self.guarded.truncate(depth);
                known
            }
            Act::Loop { over, locals, condition, body } => {
                if let Some(over) = over {
                    let known = self.term(over, Reading::Used);
                    let item = known.found.items.as_ref().map_or_else(Type::any, |items| (**items).clone());
                    for local in locals {
                        self.locals.insert(*local, Known { found: item.clone(), carries: known.carries.clone() });
                    }
                }
                let depth = self.guarded.len();
                if let Some(condition) = condition {
                    self.term(condition, Reading::Used);
                }
                let before = self.out.assigned.clone();
                self.acts(body, Reading::Used);
                self.out.assigned = before;
                self.guarded.truncate(depth);
                Known::of(Type::any())
            }
            Act::Leave(term) => {
                if let Some(term) = term {
                    let known = self.term(term, Reading::Whole);
                    self.out.carries.extend(known.carries);
                    self.left = Some(match self.left.take() {
                        Some(left) => left.union(known.found),
                        None => known.found,
                    });
                }
                Known::of(Type::any())
            }
        }
    }

    /// A condition; what it looks at counts as looked at for what follows.
    fn condition(&mut self, when: &Term, loose: bool) {
        let known = self.term(when, if loose { Reading::Careful } else { Reading::Used });
        if !loose {
            self.truth(&known, when);
        }
        looked_at(when, &mut self.guarded);
    }

    fn variable(&mut self, slot: u16, reading: Reading) -> Known {
        let careful = self.guarded.contains(&slot) || self.out.assigned.contains(&slot);
        let reading = if careful { Reading::Careful } else { reading };
        let known = self.out.reads.entry(slot).or_insert(reading);
        *known = (*known).max(reading);
        let found = self.scene.vars.get(usize::from(slot)).map_or_else(Type::any, |(_, found)| found.clone());
        Known { found, carries: BTreeSet::from([slot]) }
    }

    fn report(&mut self, code: Code, message: String, word: Option<String>) {
        let finding = Finding { code, severity: None, message, word, meant: Vec::new() };
        self.out.findings.push(finding);
    }

    /// Something that must be true or false.
    fn truth(&mut self, known: &Known, term: &Term) {
        if !known.found.is_any() && !known.found.kinds.meets(Kinds::BOOL) {
            let what = self.name_of(term).map_or_else(String::new, |name| format!(": `{name}`"));
            let message = format!("this must be true or false, and is {}{what}", known.found.kinds.words());
            let word = self.name_of(term);
            self.report(Code::WRONG_OPERAND, message, word);
        }
    }

    fn each(&mut self, terms: &[Term], reading: Reading) -> Known {
        let mut all = Known::of(Type::any());
        for term in terms {
            all.carries.extend(self.term(term, reading).carries);
        }
        all
    }

    fn term(&mut self, term: &Term, reading: Reading) -> Known {
        match term {
            Term::Constant(value) => Known::of(Type::constant(value)),
            Term::Var(slot) => self.variable(*slot, reading),
            Term::Global(global) => {
                self.out.varies |= *global == Global::Last;
                let at = Global::ALL.iter().position(|known| known == global).unwrap_or_default();
                Known::of(self.scene.globals[at].clone())
            }
            Term::Local(place) => self.locals.get(place).cloned().unwrap_or_else(|| Known::of(Type::any())),
            Term::Get(of, key) => {
                let mut known = self.term(of, reading);
                if let Term::Global(Global::Inputs) = &**of
                    && let Some(place) = self.scene.inputs.iter().position(|name| name == &**key)
                {
                    known.carries.insert(input_slot(place));
                } else if let Term::Global(Global::Last) = &**of
                    && &**key == "result"
                {
                    known.carries.insert(LAST_RESULT);
                }
                self.place(known, key, of)
            }
            Term::Index(of, at) => {
                let known = self.term(of, reading);
                let index = self.term(at, Reading::Used);
                let carries = &known.carries | &index.carries;
                if let Term::Constant(crate::value::Value::Text(key)) = &**at
                    && known.found.kinds == Kinds::MAP
                {
                    return Known { carries, ..self.place(known, key, of) };
                }
                let items = known.found.items.filter(|_| known.found.kinds == Kinds::LIST);
                Known { found: items.map_or_else(Type::any, |items| (*items).clone()), carries }
            }
            Term::Compare(op, one, two) => self.compare(*op, one, two),
            Term::Calculate(op, one, two) => {
                let (a, b) = (self.term(one, Reading::Used), self.term(two, Reading::Used));
                let word = self.name_of(one).or(self.name_of(two));
                self.calculate(*op, &a, &b, &word)
            }
            Term::Not(of) => {
                let known = self.term(of, Reading::Used);
                self.truth(&known, of);
                Known::of(Type::of(Kinds::BOOL))
            }
            Term::Negate(of) => {
                let known = self.term(of, Reading::Used);
                if !known.found.is_any() && !known.found.kinds.meets(Kinds::NUMBER) {
                    let message = format!("only a number has an opposite, and this is {}", known.found.kinds.words());
                    let word = self.name_of(of);
                    self.report(Code::WRONG_OPERAND, message, word);
                }
                Known { found: Type::of(Kinds::NUMBER), carries: known.carries }
            }
            Term::All(parts) | Term::Any(parts) => {
                let depth = self.guarded.len();
                for part in parts {
                    let known = self.term(part, Reading::Used);
                    self.truth(&known, part);
                    looked_at(part, &mut self.guarded);
                }
                // What an `&&` has looked at holds in what it guards; the caller takes it from the term itself.
                self.guarded.truncate(depth);
                Known::of(Type::of(Kinds::BOOL))
            }
            Term::Coalesce(parts) => {
                let mut all: Option<Known> = None;
                for (index, part) in parts.iter().enumerate() {
                    let last = index + 1 == parts.len();
                    let known = self.term(part, if last { reading } else { Reading::Careful });
                    all = Some(join(all, known));
                }
                all.unwrap_or_else(|| Known::of(Type::any()))
            }
            Term::If(parts) | Term::Choose(parts) => {
                let depth = self.guarded.len();
                self.condition(&parts.0, matches!(term, Term::Choose(_)));
                let (one, two) = (self.term(&parts.1, reading), self.term(&parts.2, reading));
                self.guarded.truncate(depth);
                join(Some(one), two)
            }
            Term::List(parts) => {
                let mut carries = BTreeSet::new();
                let mut items: Option<Type> = None;
                for part in parts {
                    let known = self.term(part, Reading::Whole);
                    carries.extend(known.carries);
                    let found = known.found.loose();
                    items = Some(items.map_or(found.clone(), |items| items.union(found)));
                }
                Known { found: items.map_or_else(|| Type::of(Kinds::LIST), Type::list), carries }
            }
            Term::Map(parts) => {
                let mut carries = BTreeSet::new();
                let mut places = Vec::new();
                for (key, part) in parts {
                    let known = self.term(part, Reading::Whole);
                    carries.extend(known.carries);
                    places.push((key.to_string(), known.found.loose()));
                }
                Known { found: Type::map(places, true), carries }
            }
            Term::Text(parts) => {
                let all = self.each(parts, Reading::Used);
                Known { found: Type::of(Kinds::TEXT), carries: all.carries }
            }
            Term::Call(name, parts) => self.call(name, parts),
            Term::Untrue(of) => {
                self.term(of, Reading::Careful);
                Known::of(Type::of(Kinds::BOOL))
            }
            Term::Either(one, two) | Term::Both(one, two) => {
                let depth = self.guarded.len();
                let first = self.term(one, Reading::Careful);
                looked_at(one, &mut self.guarded);
                let second = self.term(two, reading);
                self.guarded.truncate(depth);
                join(Some(first), second)
            }
            Term::Change(root, of, parts) => {
                let base = self.term(of, Reading::Careful);
                let all = self.each(parts, Reading::Whole);
                if let Some(slot) = root {
                    self.out.puts.push(Put { slot: *slot, carries: all.carries, found: Type::any(), within: true });
                }
                Known { found: Type::any(), carries: base.carries }
            }
            Term::Block(acts) => self.acts(acts, reading),
            Term::Other(parts) => self.each(parts, Reading::Used),
        }
    }

    /// The last word of what a term names.
    fn name_of(&self, term: &Term) -> Option<String> {
        match term {
            Term::Var(slot) => self.scene.vars.get(usize::from(*slot)).map(|(name, _)| name.clone()),
            Term::Get(_, key) => Some(key.to_string()),
            Term::Global(global) => Some(global.name().to_owned()),
            Term::Index(of, _) => self.name_of(of),
            _ => None,
        }
    }

    /// A place of a value.
    fn place(&mut self, known: Known, key: &str, of: &Term) -> Known {
        let Known { found, carries } = known;
        let any = Known { found: Type::any(), carries };
        if found.is_any() {
            return any;
        }
        let owner = self.name_of(of).map_or_else(|| "it".to_owned(), |name| format!("`{name}`"));
        if !found.kinds.meets(Kinds::MAP) {
            let message = format!("{owner} is {}, which has no `{key}`", found.kinds.words());
            self.report(Code::UNKNOWN_PROPERTY, message, Some(key.to_owned()));
            return any;
        }
        let Some(shape) = &found.shape else { return any };
        match shape.places.get(key) {
            Some(place) => Known { found: place.clone(), carries: any.carries },
            None => {
                let message = format!("{owner} has no `{key}`");
                self.out.findings.push(Finding {
                    code: Code::UNKNOWN_PROPERTY,
                    severity: (!shape.closed).then_some(Severity::Warning),
                    message,
                    word: Some(key.to_owned()),
                    meant: shape.places.keys().cloned().collect(),
                });
                any
            }
        }
    }

    fn compare(&mut self, op: Compare, one: &Term, two: &Term) -> Known {
        let is_equality = matches!(op, Compare::Equal | Compare::Unequal);
        let reading = if is_equality { Reading::Careful } else { Reading::Used };
        let (a, b) = (self.term(one, reading), self.term(two, reading));
        let is_nothing = |term: &Term| matches!(term, Term::Constant(value) if value.is_null());
        if !is_nothing(one) && !is_nothing(two) && a.found.never_equal(&b.found) {
            let shown = |known: &Known, term: &Term| match (&known.found.words, term) {
                (Some(words), Term::Constant(_)) => format!("\"{}\"", words.join("")),
                (Some(words), _) => format!("one of {}", words.join(", ")),
                _ => known.found.kinds.words(),
            };
            let (x, y) = (shown(&a, one), shown(&b, two));
            let message = match is_equality {
                true => format!("{x} never equals {y}"),
                false if a.found.kinds == b.found.kinds => return Known::of(Type::of(Kinds::BOOL)),
                false => format!("{x} is never less or greater than {y}"),
            };
            let word = self.name_of(one).or(self.name_of(two));
            self.out.findings.push(Finding {
                code: Code::WRONG_OPERAND,
                severity: Some(Severity::Warning),
                message,
                word,
                meant: Vec::new(),
            });
        }
        Known::of(Type::of(Kinds::BOOL))
    }

    fn calculate(&mut self, op: Arithmetic, a: &Known, b: &Known, word: &Option<String>) -> Known {
        let carries = &a.carries | &b.carries;
        let mut kinds = Kinds::NONE;
        for one in a.found.kinds.each() {
            for two in b.found.kinds.each() {
                kinds = kinds.or(outcome(op, one, two));
            }
        }
        if kinds == Kinds::NONE {
            let sign = match op {
                Arithmetic::Add => "+",
                Arithmetic::Subtract => "-",
                Arithmetic::Multiply => "*",
                Arithmetic::Divide => "/",
                Arithmetic::Remainder => "%",
            };
            let message =
                format!("`{sign}` cannot be used with {} and {}", a.found.kinds.words(), b.found.kinds.words());
            self.report(Code::WRONG_OPERAND, message, word.clone());
            kinds = Kinds::ANY;
        }
        Known { found: Type::of(kinds), carries }
    }

    fn call(&mut self, name: &str, parts: &[Term]) -> Known {
        self.out.varies |= matches!(name, "now" | "today" | "random" | "uuid");
        let Some((takes, mut yields)) = functions::signature(name) else {
            return self.each(parts, Reading::Used);
        };
        let mut carries = BTreeSet::new();
        let careful = matches!(name, "default" | "is_null" | "is_empty" | "len" | "contains" | "has");
        let mut first = None;
        for (index, (part, takes)) in parts.iter().zip(takes).enumerate() {
            let reading = if careful && index == 0 { Reading::Careful } else { Reading::Used };
            let known = self.term(part, reading);
            if !known.found.is_any() && !known.found.kinds.meets(takes) {
                let message = format!("`{name}` takes {} here, not {}", takes.words(), known.found.kinds.words());
                self.report(Code::WRONG_OPERAND, message, Some(name.to_owned()));
            }
            if index == 0 {
                first = Some(known.found);
            }
            carries.extend(known.carries);
        }
        if let Some(first) = first {
            yields = match (name, &first.items) {
                ("first" | "last", Some(items)) => (**items).clone(),
                ("sort" | "reverse" | "slice" | "unique", _) if first.kinds == Kinds::LIST => first.loose(),
                ("reverse", _) if first.kinds == Kinds::TEXT => Type::of(Kinds::TEXT),
                _ => yields,
            };
        }
        // The last few digits of a number may be told, as is usual.
        let is_end = match parts.get(1) {
            Some(Term::Negate(_)) => true,
            Some(Term::Constant(value)) => value.as_int().is_some_and(|start| start < 0),
            _ => false,
        };
        if functions::conceals(name) || (name == "substring" && is_end) {
            carries.clear();
        }
        Known { found: yields, carries }
    }
}

/// What two kinds make.
fn outcome(op: Arithmetic, one: Kinds, two: Kinds) -> Kinds {
    let add = op == Arithmetic::Add;
    if one.meets(Kinds::NUMBER) && two.meets(Kinds::NUMBER) {
        return if one == Kinds::INT && two == Kinds::INT { Kinds::INT } else { Kinds::DECIMAL };
    }
    if add && (one == Kinds::TEXT || two == Kinds::TEXT) {
        return Kinds::TEXT;
    }
    if add && one == Kinds::LIST && two == Kinds::LIST { Kinds::LIST } else { Kinds::NONE }
}

fn join(one: Option<Known>, two: Known) -> Known {
    match one {
        None => two,
        Some(one) => Known { found: one.found.union(two.found), carries: &one.carries | &two.carries },
    }
}

/// The variables that a condition looks at.
fn looked_at(term: &Term, out: &mut Vec<u16>) {
    match term {
        Term::Var(slot) => out.push(*slot),
        Term::Get(of, _) | Term::Not(of) | Term::Untrue(of) => looked_at(of, out),
        Term::Index(one, two) | Term::Compare(_, one, two) | Term::Either(one, two) | Term::Both(one, two) => {
            looked_at(one, out);
            looked_at(two, out);
        }
        Term::All(parts) | Term::Any(parts) => parts.iter().for_each(|part| looked_at(part, out)),
        Term::Call(name, parts)
            if matches!(&**name, "is_null" | "is_empty" | "len" | "contains" | "has" | "default") =>
        {
            parts.iter().for_each(|part| looked_at(part, out));
        }
        _ => {}
    }
}
