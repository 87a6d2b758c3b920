//! The `message` service: e-mail by SMTP, SMS and others by HTTP, by the symbolic name of a channel.
//!
//! Request: `{ channel, to, subject, text, html, locale, key, timeout_ms }`; attempts at one message carry one key. Answer:
//! `{ id }`. Faults: `message.unknown` (no such channel here), `message.address`, `message.refused` (it will not be taken
//! later either), `message.busy` (it may be), `message.network`, `message.timeout`, and those of a secret.

mod http;
mod smtp;

use super::http::Http;
use super::{Asker, limits};
use crate::config;
use offhook_runtime::{Fault, Value};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The channels of an environment.
pub(super) struct Messages {
    channels: BTreeMap<String, (Channel, Semaphore)>,
}

enum Channel {
    Smtp(smtp::Server),
    Http(config::MessageHttp),
    /// It cannot be used; why.
    Broken(String),
}

/// One message.
struct Message<'a> {
    /// What a repeat of it is recognised by.
    key: String,
    to: &'a str,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
    locale: &'a str,
}

impl Messages {
    pub(super) fn new(channels: &BTreeMap<String, config::MessageChannel>) -> Self {
        let open = |config: &config::MessageChannel| match config {
            config::MessageChannel::Smtp(config) => {
                smtp::Server::new(config).map_or_else(Channel::Broken, Channel::Smtp)
            }
            config::MessageChannel::Http(config) => Channel::Http(config.clone()),
        };
        let opened =
            channels.iter().map(|(name, config)| (name.clone(), (open(config), Semaphore::new(limits::SENDING))));
        Messages { channels: opened.collect() }
    }

    pub(super) async fn perform(&self, asker: &Asker, request: &Value, web: &Http) -> Result<Value, Fault> {
        let text = |name: &str| request.get(name).and_then(Value::as_text).unwrap_or_default();
        let number =
            |name: &str| request.get(name).and_then(Value::as_int).and_then(|number| u64::try_from(number).ok());
        let name = text("channel");
        let Some((channel, places)) = self.channels.get(name) else {
            return Err(Fault::new("message.unknown", format!("no message channel `{name}` is bound here")));
        };
        let message = Message {
            key: format!("{}/{}", asker.session, number("key").unwrap_or_default()),
            to: text("to"),
            subject: text("subject"),
            text: text("text"),
            html: text("html"),
            locale: text("locale"),
        };
        let asked = number("timeout_ms").map_or(Duration::MAX, Duration::from_millis);
        let slow = |_| Fault::new("message.timeout", format!("the message channel {name} did not answer in time"));
        let sending = async {
            let _place = places.acquire().await.expect("the places are never closed");
            match channel {
                Channel::Smtp(server) => server.send(&message).await,
                Channel::Http(config) => http::send(config, &message, web, asked).await,
                Channel::Broken(why) => Err(Fault::new("message.unknown", format!("the channel {name}: {why}"))),
            }
        };
        let limit = match channel {
            Channel::Smtp(server) => asked.min(server.timeout),
            Channel::Http(config) => asked.min(config.timeout),
            Channel::Broken(_) => asked,
        };
        let id = tokio::time::timeout(limit, sending).await.map_err(slow)??;
        Ok(super::one("id", Value::text(id)))
    }
}
