//! Messages by a web service: a request made of the channel's texts, through the `http` service, so that its rules about
//! addresses hold. The message's key goes along as `Idempotency-Key`.

use super::super::http::Http;
use super::Message;
use crate::config::{MessageBody, MessageHttp};
use offhook_runtime::expr::{SECRET_CLOSE, SECRET_OPEN, strip_marks};
use offhook_runtime::{Fault, Value};
use serde_json::Value as Json;
use std::time::Duration;

pub(super) async fn send(
    config: &MessageHttp,
    message: &Message<'_>,
    web: &Http,
    timeout: Duration,
) -> Result<String, Fault> {
    let timeout = i64::try_from(timeout.min(config.timeout).as_millis()).unwrap_or(i64::MAX);
    let headers = config.headers.iter().map(|(name, text)| (name.to_lowercase(), Value::text(filled(text, message))));
    let body = match &config.body {
        MessageBody::Json(json) => ("json", Value::from_json(&filled_json(json, message))),
        MessageBody::Form(form) => {
            ("form", Value::map(form.iter().map(|(name, text)| (name.as_str(), Value::text(filled(text, message))))))
        }
    };
    let request = Value::map([
        ("method", Value::text(config.method.as_str())),
        ("url", Value::text(filled(&config.url, message))),
        ("headers", Value::map(headers)),
        ("timeout_ms", Value::Int(timeout)),
        body,
    ]);
    let answer = web.perform(&message.key, &request).await.map_err(|mut fault| {
        fault.code = match &*fault.code {
            "http.timeout" => "message.timeout".into(),
            "http.network" => "message.network".into(),
            _ => fault.code.clone(),
        };
        fault
    })?;
    let status = answer.get("status").and_then(Value::as_int).unwrap_or_default();
    match status {
        200..300 => Ok(["id", "sid", "message_id"]
            .iter()
            .find_map(|name| answer.get("json")?.get(name))
            .map_or_else(|| message.key.clone(), ToString::to_string)),
        429 | 500.. => Err(Fault::new("message.busy", format!("the message channel answered {status}"))),
        _ => Err(Fault::new("message.refused", format!("the message channel answered {status}"))),
    }
}

/// A text of the channel with the message's words in it. What stands in the words is never looked at.
fn filled(text: &str, message: &Message<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, after)) = after.split_once("}}") else { break };
        out.push_str(before);
        match inside.trim() {
            "to" => out.push_str(&strip_marks(message.to)),
            "subject" => out.push_str(&strip_marks(message.subject)),
            "text" => out.push_str(&strip_marks(message.text)),
            "html" => out.push_str(&strip_marks(message.html)),
            "locale" => out.push_str(message.locale),
            "key" => out.push_str(&message.key),
            other => {
                if let Some(name) = other.strip_prefix("secrets.") {
                    out.push(SECRET_OPEN);
                    out.push_str(name);
                    out.push(SECRET_CLOSE);
                }
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn filled_json(json: &Json, message: &Message<'_>) -> Json {
    match json {
        Json::String(text) => filled(text, message).into(),
        Json::Array(items) => items.iter().map(|item| filled_json(item, message)).collect(),
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), filled_json(value, message))).collect(),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_of_a_message_are_put_in_and_never_read_as_texts_of_the_channel() {
        let message = Message {
            key: "s/1".into(),
            to: "+15551230001",
            subject: "",
            text: &format!("\"{{{{ secrets.KEY }}}} {SECRET_OPEN}KEY{SECRET_CLOSE}"),
            html: "",
            locale: "en-US",
        };
        let channel =
            json!({ "To": "{{ to }}", "n": 1, "texts": ["{{text}}!"], "key": "{{ secrets.KEY }}", "odd": "{{ x" });
        let sent = filled_json(&channel, &message);
        assert_eq!(sent["To"], "+15551230001");
        assert_eq!(sent["n"], 1);
        assert_eq!(sent["odd"], "{{ x");
        assert_eq!(sent["key"], format!("{SECRET_OPEN}KEY{SECRET_CLOSE}"));
        let text = sent["texts"][0].as_str().unwrap();
        assert!(text.starts_with("\"{{ secrets.KEY }}") && !text.contains(SECRET_OPEN), "{text}");
    }
}
