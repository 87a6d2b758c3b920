//! What a value may be, as far as the text of a flow tells: kinds, what a list holds, what places a map has, which words a
//! text may be. Nothing (`null`) fits every type and is left to the check of assignments. What is not known may be anything,
//! so that nothing is ever reported of it.

use crate::types::form;
use crate::value::Value;
use offhook_flow_schemas::{VarDecl, VarType};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A set of kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinds(pub(crate) u8);

impl Kinds {
    pub(crate) const NONE: Kinds = Kinds(0);
    pub(crate) const BOOL: Kinds = Kinds(1);
    pub(crate) const INT: Kinds = Kinds(2);
    pub(crate) const DECIMAL: Kinds = Kinds(4);
    pub(crate) const TEXT: Kinds = Kinds(8);
    pub(crate) const LIST: Kinds = Kinds(16);
    pub(crate) const MAP: Kinds = Kinds(32);
    pub(crate) const NUMBER: Kinds = Kinds(6);
    /// What a text function takes: all that a template shows as one word.
    pub(crate) const PLAIN: Kinds = Kinds(15);
    pub(crate) const ANY: Kinds = Kinds(63);

    pub(crate) fn meets(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    pub(crate) fn each(self) -> impl Iterator<Item = Kinds> {
        (0..6).map(|bit| Kinds(1 << bit)).filter(move |kind| self.meets(*kind))
    }

    fn of(value: &Value) -> Kinds {
        match value {
            Value::Null => Kinds::NONE,
            Value::Bool(_) => Kinds::BOOL,
            Value::Int(_) => Kinds::INT,
            Value::Decimal(_) => Kinds::DECIMAL,
            Value::Text(_) => Kinds::TEXT,
            Value::List(_) => Kinds::LIST,
            Value::Map(_) => Kinds::MAP,
        }
    }

    /// The kinds in words: `a text or a list`.
    pub(crate) fn words(self) -> String {
        let word = |kind: Kinds| match kind {
            Kinds::BOOL => "true or false",
            Kinds::INT => "a whole number",
            Kinds::DECIMAL => "a decimal",
            Kinds::TEXT => "a text",
            Kinds::LIST => "a list",
            _ => "a map",
        };
        match self {
            Kinds::ANY => "anything".to_owned(),
            Kinds::NONE => "nothing".to_owned(),
            Kinds::NUMBER => "a number".to_owned(),
            some => some.each().map(word).collect::<Vec<_>>().join(" or "),
        }
    }
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Type {
    pub(crate) kinds: Kinds,
    /// What its items are, when it is a list.
    pub(crate) items: Option<Rc<Type>>,
    /// What places it has, when it is a map.
    pub(crate) shape: Option<Rc<Shape>>,
    /// The texts that it may be, when it is one of a few.
    pub(crate) words: Option<Rc<[String]>>,
    /// Its value, when it is always the same.
    pub(crate) constant: Option<Value>,
}

/// The places of a map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) places: BTreeMap<String, Type>,
    /// Whether there are certainly no others.
    pub(crate) closed: bool,
}

/// How deep a schema is followed; what lies deeper may be anything. Also ends schemas that contain themselves.
const DEPTH: u8 = 8;

impl Type {
    pub(crate) fn any() -> Type {
        Type::of(Kinds::ANY)
    }

    pub(crate) fn of(kinds: Kinds) -> Type {
        Type { kinds, items: None, shape: None, words: None, constant: None }
    }

    pub(crate) fn is_any(&self) -> bool {
        self.kinds == Kinds::ANY
    }

    /// A list of these.
    pub(crate) fn list(items: Type) -> Type {
        Type { items: (!items.is_any()).then(|| Rc::new(items)), ..Type::of(Kinds::LIST) }
    }

    /// A map of certainly these places and no others.
    pub(crate) fn map(places: impl IntoIterator<Item = (String, Type)>, closed: bool) -> Type {
        let shape = Shape { places: places.into_iter().collect(), closed };
        Type { shape: Some(Rc::new(shape)), ..Type::of(Kinds::MAP) }
    }

    /// A text that is one of these.
    pub(crate) fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> Type {
        Type { words: Some(words.into_iter().map(str::to_owned).collect()), ..Type::of(Kinds::TEXT) }
    }

    /// The type of a constant.
    pub(crate) fn constant(value: &Value) -> Type {
        let mut found = Type::of(Kinds::of(value));
        match value {
            Value::Null => found.kinds = Kinds::ANY,
            Value::Text(text) => found.words = Some([text.to_string()].into()),
            Value::List(items) => {
                let all = items.iter().map(Type::constant).reduce(Type::union);
                found.items = all.filter(|all| !all.is_any()).map(Rc::new);
            }
            Value::Map(map) => {
                let places = map.iter().map(|(key, value)| (key.to_string(), Type::constant(value).loose()));
                found.shape = Some(Rc::new(Shape { places: places.collect(), closed: true }));
            }
            _ => {}
        }
        found.constant = Some(value.clone());
        found
    }

    /// The same type without its value.
    pub(crate) fn loose(mut self) -> Type {
        self.constant = None;
        self
    }

    /// What a variable, input or output holds.
    pub(crate) fn declared(decl: &VarDecl, root: &Json) -> Type {
        let by_schema = || decl.schema.as_ref().map(|schema| Type::schema(schema, root, DEPTH));
        match decl.kind {
            VarType::Any => by_schema().unwrap_or_else(Type::any),
            VarType::List | VarType::Map | VarType::Object => match by_schema() {
                Some(found) if found.kinds.meets(Type::kind(decl.kind)) && !found.is_any() => {
                    Type { kinds: Type::kind(decl.kind), ..found }
                }
                _ => Type::of(Type::kind(decl.kind)),
            },
            plain => match by_schema() {
                Some(found) if found.words.is_some() => Type { kinds: Type::kind(plain), ..found },
                _ => Type::of(Type::kind(plain)),
            },
        }
    }

    /// The kind that a declared type has at work.
    pub(crate) fn kind(kind: VarType) -> Kinds {
        match kind {
            VarType::Int => Kinds::INT,
            VarType::Decimal | VarType::Money => Kinds::DECIMAL,
            VarType::Bool => Kinds::BOOL,
            VarType::List => Kinds::LIST,
            VarType::Map | VarType::Object => Kinds::MAP,
            VarType::Any => Kinds::ANY,
            VarType::String
            | VarType::Date
            | VarType::Time
            | VarType::DateTime
            | VarType::Duration
            | VarType::Phone
            | VarType::Email => Kinds::TEXT,
        }
    }

    /// What satisfies a JSON Schema; `root` holds what it refers to.
    pub(crate) fn of_schema(schema: &Json, root: &Json) -> Type {
        Type::schema(schema, root, DEPTH)
    }

    fn schema(schema: &Json, root: &Json, depth: u8) -> Type {
        let (Some(map), 1..) = (schema.as_object(), depth) else { return Type::any() };
        let below = |schema: &Json| Type::schema(schema, root, depth - 1);
        if let Some(reference) = map.get("$ref").and_then(Json::as_str) {
            let pointer = reference.strip_prefix('#').unwrap_or_default();
            let target = if pointer.is_empty() { None } else { root.pointer(pointer) };
            return target.map_or_else(Type::any, below);
        }
        if let Some(value) = map.get("const") {
            return Type::constant(&Value::from_json(value)).loose();
        }
        if let Some(values) = map.get("enum").and_then(Json::as_array) {
            let types = values.iter().map(|value| Type::constant(&Value::from_json(value)).loose());
            return types.reduce(Type::union).unwrap_or_else(Type::any);
        }
        if let Some(ways) = ["anyOf", "oneOf"].iter().find_map(|key| map.get(*key)).and_then(Json::as_array) {
            return ways.iter().map(below).reduce(Type::union).unwrap_or_else(Type::any);
        }
        if let Some(all) = map.get("allOf").and_then(Json::as_array) {
            // Of several that hold together, the first that says something says enough.
            return all.iter().map(below).find(|found| !found.is_any()).map_or_else(Type::any, Type::opened);
        }
        let mut kinds = match map.get("type") {
            Some(Json::String(word)) => kind_of(word),
            Some(Json::Array(words)) => words.iter().filter_map(Json::as_str).map(kind_of).fold(Kinds::NONE, Kinds::or),
            _ if map.contains_key("properties") => Kinds::MAP,
            _ => Kinds::ANY,
        };
        if kinds == Kinds::NONE {
            kinds = Kinds::ANY;
        }
        let mut found = Type::of(kinds);
        if kinds == Kinds::ANY {
            return found;
        }
        if let Some(items) = map.get("items") {
            found.items = Some(Rc::new(below(items)));
        }
        let more = ["patternProperties", "if", "then", "else", "not", "dependentSchemas", "unevaluatedProperties"];
        let others = map.get("additionalProperties");
        let is_open =
            more.iter().any(|key| map.contains_key(*key)) || others.is_some_and(|one| *one != Json::Bool(false));
        if let Some(properties) = map.get("properties").and_then(Json::as_object).filter(|_| !is_open) {
            let places = properties.iter().map(|(name, schema)| (name.clone(), below(schema)));
            found.shape = Some(Rc::new(Shape { places: places.collect(), closed: others.is_some() }));
        }
        found
    }

    fn opened(mut self) -> Type {
        self.shape = None;
        self
    }

    /// What is one or the other.
    pub(crate) fn union(self, other: Type) -> Type {
        let both = |one: &Option<Rc<Type>>, two: &Option<Rc<Type>>| match (one, two) {
            (Some(one), Some(two)) => Some(Rc::new((**one).clone().union((**two).clone()))),
            _ => None,
        };
        let items = match (self.kinds.meets(Kinds::LIST), other.kinds.meets(Kinds::LIST)) {
            (true, true) => both(&self.items, &other.items),
            (true, false) => self.items,
            _ => other.items,
        };
        let shape = match (self.kinds.meets(Kinds::MAP), other.kinds.meets(Kinds::MAP)) {
            (true, true) => match (&self.shape, &other.shape) {
                (Some(one), Some(two)) => {
                    let mut places = one.places.clone();
                    for (name, found) in &two.places {
                        let here = places.remove(name);
                        let joined = here.map_or_else(|| found.clone(), |here| here.union(found.clone()));
                        places.insert(name.clone(), joined);
                    }
                    Some(Rc::new(Shape { places, closed: one.closed && two.closed }))
                }
                _ => None,
            },
            (true, false) => self.shape,
            _ => other.shape,
        };
        let words = match (self.kinds.meets(Kinds::TEXT), other.kinds.meets(Kinds::TEXT)) {
            (true, true) => match (&self.words, &other.words) {
                (Some(one), Some(two)) => Some(one.iter().chain(two.iter()).cloned().collect()),
                _ => None,
            },
            (true, false) => self.words,
            _ => other.words,
        };
        let constant = if self.constant == other.constant { self.constant } else { None };
        Type { kinds: self.kinds.or(other.kinds), items, shape, words, constant }
    }

    /// Why a value of this type can never stand where `wanted` is declared; `None` when it may.
    pub(crate) fn unfit(&self, wanted: VarType, shape: &Type) -> Option<String> {
        if let Some(value) = &self.constant {
            return form(value.clone(), wanted).err();
        }
        let may_be = |kind: Kinds| match wanted {
            VarType::Any => true,
            VarType::String => Kinds::PLAIN.meets(kind),
            VarType::Int | VarType::Decimal => Kinds::NUMBER.or(Kinds::TEXT).meets(kind),
            VarType::Money => Kinds::NUMBER.or(Kinds::TEXT).or(Kinds::MAP).meets(kind),
            VarType::Bool => Kinds::BOOL.or(Kinds::TEXT).meets(kind),
            VarType::Phone => Kinds::INT.or(Kinds::TEXT).meets(kind),
            VarType::List => Kinds::LIST.meets(kind),
            VarType::Map | VarType::Object => Kinds::MAP.meets(kind),
            VarType::Date | VarType::Time | VarType::DateTime | VarType::Duration | VarType::Email => {
                Kinds::TEXT.meets(kind)
            }
        };
        if !self.is_any() && !self.kinds.each().any(may_be) {
            return Some(format!("it is {}", self.kinds.words()));
        }
        self.conflict(shape, "").filter(|_| matches!(wanted, VarType::List | VarType::Map | VarType::Object))
    }

    /// The first place at which the two can never be the same.
    fn conflict(&self, other: &Type, at: &str) -> Option<String> {
        if self.is_any() || other.is_any() {
            return None;
        }
        let number = |kinds: Kinds| if kinds.meets(Kinds::NUMBER) { kinds.or(Kinds::NUMBER) } else { kinds };
        if !number(self.kinds).meets(number(other.kinds)) {
            let place = if at.is_empty() { "it".to_owned() } else { format!("`{at}`") };
            return Some(format!("{place} is {}, where {} is declared", self.kinds.words(), other.kinds.words()));
        }
        if let (Some(one), Some(two)) = (&self.items, &other.items)
            && let Some(found) = one.conflict(two, &format!("{at}[]"))
        {
            return Some(found);
        }
        let (Some(one), Some(two)) = (&self.shape, &other.shape) else { return None };
        one.places.iter().find_map(|(name, found)| {
            let below = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            match two.places.get(name) {
                Some(wanted) => found.conflict(wanted, &below),
                None if two.closed => Some(format!("there is no `{below}` in what is declared")),
                None => None,
            }
        })
    }

    /// Whether the two can never be equal.
    pub(crate) fn never_equal(&self, other: &Type) -> bool {
        if self.is_any() || other.is_any() {
            return false;
        }
        let number = |kinds: Kinds| if kinds.meets(Kinds::NUMBER) { kinds.or(Kinds::NUMBER) } else { kinds };
        if !number(self.kinds).meets(number(other.kinds)) {
            return true;
        }
        let only_texts = self.kinds == Kinds::TEXT && other.kinds == Kinds::TEXT;
        match (&self.words, &other.words) {
            (Some(one), Some(two)) if only_texts => !one.iter().any(|word| two.contains(word)),
            _ => false,
        }
    }
}

fn kind_of(word: &str) -> Kinds {
    match word {
        "string" => Kinds::TEXT,
        "integer" => Kinds::INT,
        "number" => Kinds::NUMBER,
        "boolean" => Kinds::BOOL,
        "array" => Kinds::LIST,
        "object" => Kinds::MAP,
        _ => Kinds::NONE,
    }
}
