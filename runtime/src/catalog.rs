//! The catalog: the node types this build knows, those that a tenant adds to them, and what each says of itself.

use crate::node::Node;
use crate::params::Format;
use offhook_flow_schemas::{ChannelKind, FlowKind};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What a node type of this build says of itself, beside its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// The word in `type:`.
    pub name: &'static str,
    /// The family it stands in on the palette.
    pub family: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// An icon's name, of the Lucide set.
    pub icon: &'static str,
    /// The channels it serves; empty for all.
    pub channels: &'static [ChannelKind],
    /// The kinds of flow it is legal in; empty for all.
    pub kinds: &'static [FlowKind],
}

/// What a node type says of itself, beside its parameters. As [`Meta`], for types that are first known at run time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct About {
    /// The word in `type:`.
    pub name: Arc<str>,
    /// The family it stands in on the palette.
    pub family: String,
    /// What people call it.
    pub title: String,
    /// An icon's name, of the Lucide set.
    pub icon: String,
    /// The channels it serves; empty for all.
    pub channels: Vec<ChannelKind>,
    /// The kinds of flow it is legal in; empty for all.
    pub kinds: Vec<FlowKind>,
}

impl From<Meta> for About {
    fn from(meta: Meta) -> Self {
        About {
            name: meta.name.into(),
            family: meta.family.to_owned(),
            title: meta.title.to_owned(),
            icon: meta.icon.to_owned(),
            channels: meta.channels.to_vec(),
            kinds: meta.kinds.to_vec(),
        }
    }
}

/// Reads parameters (with handles in place of texts) into a node.
type ReadParams = Box<dyn Fn(Json) -> Result<Box<dyn Node>, serde_json::Error> + Send + Sync>;

/// A place in a type's parameters: keys and "any of".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The value of this key.
    Key(String),
    /// Each item of a list or each value of a map.
    Each,
    /// Each key of a map. Last, so that the values are compiled while the keys are still those of the author.
    Names,
}

/// One node type.
pub struct NodeType {
    /// What it says of itself.
    pub meta: About,
    /// Its reference text, from the parameters' doc comment.
    pub docs: String,
    /// The JSON Schema of its parameters.
    pub schema: Json,
    /// Its own page: a template for authors, a flow and talks; the text of `NAME.yaml`.
    pub page: Cow<'static, str>,
    read: ReadParams,
    by_schema: bool,
    formats: Vec<(Vec<Place>, Format)>,
    validator: OnceLock<Option<jsonschema::Validator>>,
}

impl NodeType {
    /// A type whose parameters are `P`.
    pub fn of<P>(meta: Meta, page: &'static str) -> Self
    where
        P: Node + DeserializeOwned + JsonSchema + 'static,
    {
        let schema: Json = SchemaGenerator::default().into_root_schema_for::<P>().into();
        let docs = schema.get("description").and_then(Json::as_str).unwrap_or_default().to_owned();
        let read = |json| serde_json::from_value::<P>(json).map(|node| Box::new(node) as Box<dyn Node>);
        NodeType::new(meta.into(), docs, schema, page.into(), Box::new(read), false)
    }

    /// A type that is first known at run time. Its schema alone says which parameters fit, since no struct does; `read`
    /// is given parameters that do.
    pub fn described(
        meta: About,
        docs: String,
        schema: Json,
        page: String,
        read: impl Fn(Json) -> Result<Box<dyn Node>, serde_json::Error> + Send + Sync + 'static,
    ) -> Self {
        NodeType::new(meta, docs, schema, page.into(), Box::new(read), true)
    }

    fn new(
        meta: About,
        docs: String,
        schema: Json,
        page: Cow<'static, str>,
        read: ReadParams,
        by_schema: bool,
    ) -> Self {
        let mut formats = Vec::new();
        find_formats(&schema, &schema, &mut Vec::new(), &mut formats);
        formats.sort();
        formats.dedup();
        NodeType { meta, docs, schema, page, read, by_schema, formats, validator: OnceLock::new() }
    }

    /// Whether parameters must be held against the schema before they are read.
    pub(crate) fn is_by_schema(&self) -> bool {
        self.by_schema
    }

    /// The places that carry a format.
    pub fn formats(&self) -> &[(Vec<Place>, Format)] {
        &self.formats
    }

    /// Reads parameters in which handles stand in place of texts.
    pub(crate) fn read(&self, params: Json) -> Result<Box<dyn Node>, serde_json::Error> {
        (self.read)(params)
    }

    /// Whether parameters, as the author wrote them, satisfy the schema.
    pub(crate) fn is_valid(&self, params: &Json) -> bool {
        let validator = self.validator.get_or_init(|| jsonschema::draft202012::new(&self.schema).ok());
        validator.as_ref().is_none_or(|validator| validator.is_valid(params))
    }

    /// Every way in which parameters, as the author wrote them, break the schema.
    pub(crate) fn violations(&self, params: &Json) -> Vec<jsonschema::ValidationError<'static>> {
        let validator = self.validator.get_or_init(|| jsonschema::draft202012::new(&self.schema).ok());
        match validator {
            Some(validator) => validator.iter_errors(params).map(|error| error.to_owned()).collect(),
            None => Vec::new(),
        }
    }
}

/// How deep a parameter schema may nest before the walk stops; schemas are ours, so this only guards against a cycle.
const SCHEMA_DEPTH: usize = 16;

fn find_formats(root: &Json, schema: &Json, place: &mut Vec<Place>, found: &mut Vec<(Vec<Place>, Format)>) {
    if place.len() > SCHEMA_DEPTH {
        return;
    }
    if let Some(format) = schema.get("format").and_then(Json::as_str).and_then(Format::of) {
        found.push((place.clone(), format));
        return;
    }
    if let Some(pointer) = schema.get("$ref").and_then(Json::as_str).and_then(|r| r.strip_prefix('#'))
        && let Some(target) = root.pointer(pointer)
    {
        find_formats(root, target, place, found);
    }
    if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
        for (key, property) in properties {
            place.push(Place::Key(key.clone()));
            find_formats(root, property, place, found);
            place.pop();
        }
    }
    if let Some(format) = schema.pointer("/propertyNames/format").and_then(Json::as_str).and_then(Format::of) {
        place.push(Place::Names);
        found.push((place.clone(), format));
        place.pop();
    }
    for each in ["items", "additionalProperties"] {
        if let Some(items) = schema.get(each).filter(|items| items.is_object()) {
            place.push(Place::Each);
            find_formats(root, items, place, found);
            place.pop();
        }
    }
    for alternatives in ["anyOf", "oneOf", "allOf"] {
        for alternative in schema.get(alternatives).and_then(Json::as_array).into_iter().flatten() {
            find_formats(root, alternative, place, found);
        }
    }
}

/// The node types of a build, perhaps with those of a tenant. Cheap to extend: types are shared.
pub struct Catalog {
    types: Vec<Arc<NodeType>>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Catalog {
    /// A catalog of these types. Two types of one name are a mistake of ours.
    pub fn new(types: Vec<NodeType>) -> Self {
        for (index, one) in types.iter().enumerate() {
            assert!(
                types[..index].iter().all(|other| other.meta.name != one.meta.name),
                "two node types are called {}",
                one.meta.name
            );
        }
        Catalog { types: types.into_iter().map(Arc::new).collect() }
    }

    /// This catalog and more types after its own. One whose name is taken is left out: whoever reads types from outside
    /// tells their author.
    pub fn with(&self, more: impl IntoIterator<Item = Arc<NodeType>>) -> Catalog {
        let mut types = self.types.clone();
        for one in more {
            if types.iter().all(|known| known.meta.name != one.meta.name) {
                types.push(one);
            }
        }
        Catalog { types }
    }

    /// The type of a name.
    pub fn get(&self, name: &str) -> Option<&NodeType> {
        self.types.iter().find(|one| *one.meta.name == *name).map(|one| &**one)
    }

    /// Every type, in the order of the palette.
    pub fn types(&self) -> &[Arc<NodeType>] {
        &self.types
    }

    /// The names, for "did you mean".
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|one| &*one.meta.name)
    }
}

impl Catalog {
    /// The types as the document's JSON Schema wants them.
    pub fn schemas(&self) -> Vec<offhook_flow_schemas::schema::NodeTypeSchema> {
        self.types
            .iter()
            .map(|kind| offhook_flow_schemas::schema::NodeTypeSchema {
                name: kind.meta.name.to_string(),
                title: kind.meta.title.clone(),
                description: kind.docs.clone(),
                params: kind.schema.clone(),
            })
            .collect()
    }
}
