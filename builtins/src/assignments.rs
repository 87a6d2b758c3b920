//! Maps whose keys are variables of the flow: what `set`, `contact` and `call` fill.

use offhook_runtime::params::VarRef;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Variables (or places within them) in the order in which they were written, each with what fills it.
#[derive(Clone, Debug)]
pub(crate) struct Assignments<V>(pub(crate) Vec<(VarRef, V)>);

impl<V> Default for Assignments<V> {
    fn default() -> Self {
        Assignments(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Assignments<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for InOrder<V> {
            type Value = Assignments<V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from variables to values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(0).min(64));
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Assignments(entries))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

impl<V: JsonSchema> JsonSchema for Assignments<V> {
    fn schema_name() -> Cow<'static, str> {
        format!("AssignmentsOf{}", V::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": { "type": "string", "format": "variable" },
            "additionalProperties": generator.subschema_for::<V>(),
        })
    }
}
