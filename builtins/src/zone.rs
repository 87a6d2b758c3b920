//! Time zones by their IANA names, from the data bundled with Offhook: never from the machine.

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// A time zone as an author wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    name: String,
    zone: TimeZone,
    is_known: bool,
}

impl Zone {
    /// The zone; UTC for an unknown one, which is never published.
    pub(crate) fn get(&self) -> &TimeZone {
        &self.zone
    }

    /// Reports an unknown zone.
    pub(crate) fn check(&self, found: &mut Vec<(String, String)>) {
        if !self.is_known {
            let message = format!("there is no time zone `{}`; write for example `Europe/Madrid` or `UTC`", self.name);
            found.push(("/timezone".into(), message));
        }
    }
}

impl Default for Zone {
    fn default() -> Self {
        Zone { name: "UTC".into(), zone: TimeZone::UTC, is_known: true }
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = TimeZone::get(&name).ok();
        Ok(Zone { name, is_known: found.is_some(), zone: found.unwrap_or(TimeZone::UTC) })
    }
}

impl JsonSchema for Zone {
    fn schema_name() -> Cow<'static, str> {
        "TimeZone".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["Europe/Madrid", "America/New_York", "UTC"] })
    }
}

/// A moment as the flow language writes it (RFC 3339), with the offset of its place.
pub(crate) fn moment_text(zoned: &jiff::Zoned) -> String {
    if zoned.offset().is_zero() {
        return zoned.timestamp().to_string();
    }
    zoned.timestamp().display_with_offset(zoned.offset()).to_string()
}
