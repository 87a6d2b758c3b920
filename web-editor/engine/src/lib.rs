#![doc = include_str!("../README.md")]

mod analyse;
mod change;
pub mod limits;
mod paste;
mod request;
mod room;
mod texts;
mod trial;
mod units;
mod versions;
#[cfg(target_arch = "wasm32")]
mod wasm;

use request::Request;
use room::Room;
use serde_json::{Value, json};

/// The engine.
#[derive(Debug)]
pub struct Engine {
    room: Room,
}

impl Default for Engine {
    fn default() -> Self {
        Engine { room: Room::new(offhook_builtins::catalog()) }
    }
}

impl Engine {
    /// Answers a request: `{"ok": …}`, or `{"error": "a sentence"}` when it cannot be done or not be understood.
    pub fn answer(&mut self, request: &str) -> String {
        let answer = match serde_json::from_str::<Request>(request) {
            Ok(request) => self.perform(request),
            Err(error) => Err(format!("the request cannot be read: {error}")),
        };
        match answer {
            Ok(value) => json!({ "ok": value }).to_string(),
            Err(message) => json!({ "error": message }).to_string(),
        }
    }

    fn perform(&mut self, request: Request) -> Result<Value, String> {
        let room = &mut self.room;
        match request {
            Request::Catalog => Ok(analyse::catalog(room)),
            Request::Types { types } => {
                room.describe(&types);
                Ok(analyse::catalog(room))
            }
            Request::Texts { files } => texts::table(room, &files),
            Request::Library { flows } => {
                room.learn(&flows);
                Ok(json!(room.ids()))
            }
            Request::Analyse { files } => Ok(analyse::analyse(room, &files)),
            Request::Edit { files, edits, everywhere } => change::edit(room, &files, &edits, everywhere),
            Request::Paste { files, text, after } => paste::paste(room, &files, &text, after.as_deref()),
            Request::Arrange { boxes, edges } => {
                Ok(json!(offhook_flow_schemas::layout::arrange(limits::boxes(&boxes), &edges)))
            }
            Request::Diff { old, new } => versions::diff(room, &old, &new),
            Request::Merge { name, base, ours, theirs } => versions::merge(room, &name, &base, &ours, &theirs),
            Request::Try { files, talk, about } => trial::perform(room, &files, &talk, about.as_deref()),
            Request::Talks { files } => trial::talks(room, &files),
            Request::Format { name, text } => {
                offhook_flow_schemas::format::format(&name, &text).map(Value::String).map_err(|error| error.to_string())
            }
        }
    }
}
