//! What is done to every event before a session sees it: lengths are limited, and the two characters that mark secrets
//! are taken out, so that nobody outside can write a secret's mark.

use crate::event::{Event, Speech, Start};
use crate::expr::{SECRET_CLOSE, SECRET_OPEN, strip_marks};
use crate::limits;
use crate::value::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The event as the session may see it.
pub(crate) fn clean(event: &Event) -> Cow<'_, Event> {
    if !needs_cleaning(event) {
        return Cow::Borrowed(event);
    }
    let mut event = event.clone();
    match &mut event {
        Event::Start(start) => clean_start(start),
        Event::Keys(text) | Event::Text(text) | Event::Button(text) | Event::Speech(Speech { text, .. }) => {
            *text = clean_text(text);
        }
        Event::Result(answer) => answer.value = clean_value(&answer.value),
        Event::Failed(failure) => {
            failure.fault.message = clean_text(&failure.fault.message);
            failure.fault.detail = clean_value(&failure.fault.detail);
        }
        Event::Event(named) => {
            named.name = clean_text(&named.name);
            named.data = clean_value(&named.data);
        }
        Event::Recorded(recorded) => recorded.media = clean_text(&recorded.media),
        Event::Connected(connected) => connected.detail = clean_text(&connected.detail),
        Event::Hangup(hangup) => hangup.reason = clean_text(&hangup.reason),
        Event::Listening(_) | Event::Timer | Event::Moved(_) => {}
    }
    Cow::Owned(event)
}

pub(crate) fn clean_start(start: &mut Start) {
    for text in [&mut start.to, &mut start.contact.id, &mut start.contact.address, &mut start.contact.name] {
        *text = clean_text(text);
    }
    for value in start.inputs.values_mut().chain(start.contact.attributes.values_mut()) {
        *value = clean_value(value);
    }
}

fn needs_cleaning(event: &Event) -> bool {
    match event {
        Event::Keys(text) | Event::Text(text) | Event::Button(text) | Event::Speech(Speech { text, .. }) => {
            text.len() > limits::INPUT_BYTES || is_marked(text)
        }
        Event::Listening(_) | Event::Timer | Event::Moved(_) => false,
        Event::Result(answer) => value_is_marked(&answer.value),
        _ => true,
    }
}

fn is_marked(text: &str) -> bool {
    // Both marks are private-use characters that begin with this byte in UTF-8; most text has none.
    text.as_bytes().contains(&0xEF) && text.contains([SECRET_OPEN, SECRET_CLOSE])
}

fn value_is_marked(value: &Value) -> bool {
    match value {
        Value::Text(text) => is_marked(text),
        Value::List(items) => items.iter().any(value_is_marked),
        Value::Map(map) => map.iter().any(|(key, value)| is_marked(key) || value_is_marked(value)),
        _ => false,
    }
}

fn clean_text(text: &str) -> String {
    let mut end = text.len().min(limits::INPUT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    strip_marks(&text[..end]).into_owned()
}

fn clean_value(value: &Value) -> Value {
    match value {
        Value::Text(text) if is_marked(text) => Value::text(strip_marks(text).as_ref()),
        Value::List(items) => Value::list(items.iter().map(clean_value)),
        Value::Map(map) => Value::Map(Arc::new(
            map.iter().map(|(key, value)| (Arc::from(strip_marks(key).as_ref()), clean_value(value))).collect::<Map>(),
        )),
        other => other.clone(),
    }
}
