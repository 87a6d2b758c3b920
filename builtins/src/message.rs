//! `message`: sends an e-mail, an SMS or another message out of band.

use crate::effect::{Happened, Retry, happened};
use crate::limits;
use offhook_runtime::params::{MessageChannelName, Millis, Prompt, Template};
use offhook_runtime::{CommandId, Context, Exit, Fault, FlowExits, Map, Meta, Node, NodeType, Signal, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta =
    Meta { name: "message", family: "data", title: "Send message", icon: "mail", channels: &[], kinds: &[] };

/// The service that sends messages.
const SERVICE: &str = "message";

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Message>(META, include_str!("message.yaml"))
}

/// Sends a message beside the conversation: an e-mail, an SMS, or whatever else the environment has a channel for. Its
/// texts are translated like those that are said, and written as a messenger would show them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Message {
    /// The name of the message channel, such as `email` or `sms`, which the environment binds.
    channel: MessageChannelName,
    /// Whom it goes to: an e-mail address, a telephone number.
    to: Template,
    /// The subject, where the channel has one.
    #[serde(default)]
    subject: Option<Prompt>,
    /// The text.
    #[serde(default)]
    text: Option<Prompt>,
    /// The text as HTML, where the channel shows it. Write `{{ name | escape }}` for what somebody else has written.
    #[serde(default)]
    html: Option<Prompt>,
    /// How long sending may take.
    #[serde(default = "half_a_minute")]
    #[schemars(extend("default" = "30s"))]
    timeout: Millis,
    /// Whether it is tried again when it fails. Each attempt carries the same key, so that a channel that knows keys sends
    /// once.
    #[serde(default)]
    #[schemars(extend("default" = {}))]
    retry: Retry,
}

fn half_a_minute() -> Millis {
    Millis(30_000)
}

impl Message {
    fn request(&self, key: CommandId, cx: &Context<'_>) -> Result<Value, Fault> {
        let to = cx.render(self.to)?.trim().to_owned();
        if to.is_empty() || to.chars().any(char::is_control) {
            return Err(Fault::new("message.address", "the message has nobody to go to"));
        }
        let mut request = Map::new();
        let mut put = |name: &str, value: Value| request.insert(name.into(), value);
        let mut bytes = 0;
        for (name, text) in [("subject", self.subject), ("text", self.text), ("html", self.html)] {
            let written = text.map_or(Ok(String::new()), |text| cx.written(text))?;
            bytes += written.len();
            if !written.trim().is_empty() {
                put(name, Value::text(written));
            }
        }
        if bytes > limits::MESSAGE_BYTES {
            return Err(Fault::new("message.size", "the message is too long"));
        }
        put("channel", Value::text(self.channel.0.as_str()));
        put("to", Value::text(to));
        put("locale", Value::text(cx.locale()));
        put("key", Value::Int(i64::try_from(key).unwrap_or(i64::MAX)));
        put("timeout_ms", Value::Int(i64::try_from(self.timeout.0).unwrap_or(i64::MAX)));
        if !request.contains_key("text") && !request.contains_key("html") {
            return Err(Fault::new("message.empty", "the message has no text"));
        }
        Ok(Value::Map(request.into()))
    }

    fn step(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let is_first = matches!(signal, Signal::Enter);
        let (flight, what) = happened(signal, SERVICE, cx);
        match what {
            Happened::Send => {
                if is_first {
                    // All attempts go under the number of the first.
                    let key = cx.next_command();
                    cx.memorise(&key);
                }
                let request = self.request(cx.memory().unwrap_or_default(), cx)?;
                Ok(flight.send(SERVICE, request, self.timeout.0, cx))
            }
            Happened::Answer(answer) => {
                cx.forget();
                cx.result(answer.clone());
                Ok(Step::NEXT)
            }
            Happened::Failure(fault) => {
                let passing = matches!(&*fault.code, "message.timeout" | "message.network" | "message.busy");
                let step = flight.fail(fault, passing, self.retry.tries(), cx);
                if matches!(step, Step::Fault(_)) {
                    cx.forget();
                }
                Ok(step)
            }
            Happened::Foreign => Ok(Step::Pass),
        }
    }
}

impl Node for Message {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next"), Exit::named("error")]
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        self.step(signal, cx).unwrap_or_else(Step::Fault)
    }

    fn waits(&self) -> bool {
        true
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.text.is_none() && self.html.is_none() {
            found.push((String::new(), "the message has no text: give `text`, `html` or both".into()));
        }
        if self.timeout.0 == 0 {
            found.push(("/timeout".into(), "no service answers in no time".into()));
        }
        self.retry.check(&mut found);
        found
    }
}
