//! The request to a web service.

use offhook_runtime::expr::{SECRET_CLOSE, SECRET_OPEN};
use offhook_runtime::params::{Millis, SecretTemplate, SecretValue};
use offhook_runtime::{Context, Fault, Map, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is asked: one method with its address, and what is sent along.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The address to read from.
    #[serde(default)]
    get: Option<SecretTemplate>,
    /// The address to send to.
    #[serde(default)]
    post: Option<SecretTemplate>,
    /// The address to write to.
    #[serde(default)]
    put: Option<SecretTemplate>,
    /// The address to change.
    #[serde(default)]
    patch: Option<SecretTemplate>,
    /// The address to delete.
    #[serde(default)]
    delete: Option<SecretTemplate>,
    /// The address to read the headers of.
    #[serde(default)]
    head: Option<SecretTemplate>,
    /// Headers by name.
    #[serde(default)]
    headers: BTreeMap<String, SecretTemplate>,
    /// What is added to the address after `?`, by name. Empty values are left out.
    #[serde(default)]
    query: BTreeMap<String, SecretValue>,
    /// What is sent, as JSON.
    #[serde(default)]
    json: Option<SecretValue>,
    /// What is sent, as a form.
    #[serde(default)]
    form: BTreeMap<String, SecretValue>,
    /// What is sent, as text.
    #[serde(default)]
    body: Option<SecretTemplate>,
    /// How long the answer may take.
    #[serde(default = "ten_seconds")]
    #[schemars(extend("default" = "10s"))]
    timeout: Millis,
}

fn ten_seconds() -> Millis {
    Millis(10_000)
}

impl Request {
    fn addresses(&self) -> [(&'static str, Option<SecretTemplate>); 6] {
        [
            ("GET", self.get),
            ("POST", self.post),
            ("PUT", self.put),
            ("PATCH", self.patch),
            ("DELETE", self.delete),
            ("HEAD", self.head),
        ]
    }

    /// The time limit.
    pub(super) fn timeout_ms(&self) -> u64 {
        self.timeout.0
    }

    /// The request as the service takes it. Secrets stand in it as their marks.
    pub(super) fn value(&self, cx: &Context<'_>) -> Result<Value, Fault> {
        let addresses = self.addresses().into_iter().find_map(|(method, address)| Some((method, address?)));
        let Some((method, address)) = addresses else {
            return Err(Fault::new("http.request", "the request has no address"));
        };
        let mut url = cx.render_secret(address)?.trim().to_owned();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(Fault::new("http.request", "the address does not begin with https:// or http://"));
        }
        for (name, value) in &self.query {
            let value = cx.secret_value(*value)?;
            if value.is_null() || value.as_text().is_some_and(str::is_empty) {
                continue;
            }
            url.push(if url.contains('?') { '&' } else { '?' });
            encode(name, &mut url);
            url.push('=');
            encode(&value.to_string(), &mut url);
        }
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            let value = cx.render_secret(*value)?;
            if value.chars().any(|c| c.is_control() && c != '\t') {
                return Err(Fault::new("http.request", format!("the header {name} has a line break in it")));
            }
            headers.insert(name.to_lowercase().into(), Value::text(value));
        }
        let mut request = Map::new();
        let mut put = |key: &str, value: Value| request.insert(key.into(), value);
        put("method", method.into());
        put("url", url.into());
        put("headers", Value::Map(headers.into()));
        put("timeout_ms", Value::Int(i64::try_from(self.timeout.0).unwrap_or(i64::MAX)));
        if let Some(json) = self.json {
            put("json", cx.secret_value(json)?);
        } else if let Some(body) = self.body {
            put("body", Value::text(cx.render_secret(body)?));
        } else if !self.form.is_empty() {
            let mut form = Map::new();
            for (name, value) in &self.form {
                form.insert(name.as_str().into(), Value::text(cx.secret_value(*value)?.to_string()));
            }
            put("form", Value::Map(form.into()));
        }
        Ok(Value::Map(request.into()))
    }

    /// What contradicts itself.
    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        match self.addresses().iter().filter(|(_, address)| address.is_some()).count() {
            1 => {}
            0 => found.push(("/request".into(), "the address is missing: write for example `get: https://…`".into())),
            _ => found.push(("/request".into(), "a request has one method; take the others away".into())),
        }
        let bodies = [self.json.is_some(), !self.form.is_empty(), self.body.is_some()];
        if bodies.iter().filter(|given| **given).count() > 1 {
            found.push(("/request".into(), "only one of `json`, `form`, `body` can be sent".into()));
        }
        if self.timeout.0 == 0 {
            found.push(("/request/timeout".into(), "no service answers in no time".into()));
        }
    }
}

/// Percent-encodes a text (RFC 3986 §2.1) for a query. The mark of a secret stays whole, so that the service that knows
/// the secret can put it in.
fn encode(text: &str, out: &mut String) {
    let mut in_mark = false;
    for c in text.chars() {
        in_mark = match c {
            SECRET_OPEN => true,
            SECRET_CLOSE => {
                out.push(c);
                in_mark = false;
                continue;
            }
            _ => in_mark,
        };
        if in_mark || c.is_ascii_alphanumeric() || "-._~".contains(c) {
            out.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            write!(out, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded_and_the_mark_of_a_secret_is_not() {
        let mut out = String::new();
        encode(&format!("a b&ü+{SECRET_OPEN}KEY 1{SECRET_CLOSE}/~"), &mut out);
        assert_eq!(out, format!("a%20b%26%C3%BC%2B{SECRET_OPEN}KEY 1{SECRET_CLOSE}%2F~"));
    }
}
