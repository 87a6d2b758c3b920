//! `transfer`: hands the contact over to somebody else, or to another flow.

use crate::call::{inputs_of, told_inputs};
use crate::limits;
use offhook_runtime::params::{FlowRef, Millis, NUMBER_SCHEME, NumberName, Prompt, Template, ValueExpr};
use offhook_runtime::{
    CommandId, ConnectMode, Connected, Context, Event, Exit, Facts, Fault, FlowExits, Manner, Meta, Node, NodeType,
    Outcome, Signal, Step, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

const META: Meta =
    Meta { name: "transfer", family: "call", title: "Transfer", icon: "phone-forwarded", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Transfer>(META, include_str!("transfer.yaml"))
}

/// Hands the contact over to a telephone number, a SIP address, or another flow. When it worked and nothing is wired to
/// `next`, the conversation ends here.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Transfer {
    /// The telephone number or SIP address.
    #[serde(default)]
    to: Option<Template>,
    /// The name of a number, instead of the number itself; the environment says which number it is.
    #[serde(default)]
    number: Option<NumberName>,
    /// The flow, instead of a number.
    #[serde(default)]
    flow: Option<FlowRef>,
    /// The inputs of the flow.
    #[serde(default)]
    inputs: BTreeMap<String, ValueExpr>,
    /// How a number is reached.
    #[serde(default)]
    #[schemars(extend("default" = "blind"))]
    mode: Mode,
    /// How long it may ring.
    #[serde(default = "thirty_seconds")]
    #[schemars(extend("default" = "30s"))]
    timeout: Millis,
    /// What is said first.
    #[serde(default)]
    text: Option<Prompt>,
}

/// How the contact is handed over.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// The contact is sent there at once.
    #[default]
    Blind,
    /// The other side is called first, and the contact is handed over when it answers.
    Attended,
}

fn thirty_seconds() -> Millis {
    Millis(30_000)
}

impl Transfer {
    fn begin(&self, cx: &mut Context<'_>) -> Result<Step, Fault> {
        if let Some(text) = self.text {
            let parts = cx.parts(text)?;
            cx.say(parts, Manner { barge_in: false, early: false });
        }
        if let Some(flow) = self.flow {
            return Ok(Step::Jump { flow, inputs: inputs_of(&self.inputs, cx)? });
        }
        let to = match (&self.number, self.to) {
            (Some(number), _) => format!("{NUMBER_SCHEME}{}", number.0),
            (None, Some(to)) => cx.render(to)?.trim().to_owned(),
            (None, None) => String::new(),
        };
        if to.is_empty() {
            return Err(Fault::new("transfer.address", "there is nobody to transfer to: `to` is empty"));
        }
        if cx.is_gone() {
            return Err(Fault::new("transfer.gone", "the contact has hung up and cannot be transferred"));
        }
        let mode = match self.mode {
            Mode::Blind => ConnectMode::Blind,
            Mode::Attended => ConnectMode::Attended,
        };
        let id = cx.connect(mode, to, self.timeout.0);
        cx.keep(&id);
        cx.wake_in(self.timeout.0.saturating_add(limits::CONNECT_GRACE_MS));
        Ok(Step::STAY)
    }

    fn connected(&self, connected: &Connected, cx: &mut Context<'_>) -> Step {
        let (word, step) = match connected.outcome {
            // Where nothing follows, the conversation is the other side's.
            Outcome::Answered if !cx.is_wired("next") => ("answered", Step::End("transferred".into())),
            Outcome::Answered => ("answered", Step::NEXT),
            Outcome::Busy => ("busy", Step::exit("busy")),
            Outcome::NoAnswer => ("no_answer", Step::exit("no_answer")),
            Outcome::Rejected => ("rejected", Step::exit("rejected")),
            Outcome::Failed => {
                let fault = Fault::new("transfer.failed", "the transfer could not be tried");
                ("failed", Step::Fault(Fault { detail: connected.detail.as_str().into(), ..fault }))
            }
        };
        cx.result(Value::map([("outcome", word.into()), ("detail", connected.detail.as_str().into())]));
        step
    }
}

impl Node for Transfer {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        if self.flow.is_some() {
            return Vec::new();
        }
        let failures = ["busy", "no_answer", "rejected", "error"].into_iter().map(Exit::named);
        [Exit::named("next").may_end()].into_iter().chain(failures).collect()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => self.begin(cx).unwrap_or_else(Step::Fault),
            Signal::Event(Event::Connected(connected)) if connected.id == cx.kept::<CommandId>() => {
                self.connected(connected, cx)
            }
            Signal::Event(Event::Timer) => {
                Step::Fault(Fault::new("transfer.timeout", "nobody said what became of the transfer"))
            }
            _ => Step::Pass,
        }
    }

    fn talks(&self) -> bool {
        true
    }

    fn departs(&self) -> bool {
        self.flow.is_some()
    }

    fn waits(&self) -> bool {
        self.flow.is_none()
    }

    fn enters(&self) -> Option<(FlowRef, Vec<&str>)> {
        self.flow.map(|flow| (flow, self.inputs.keys().map(String::as_str).collect()))
    }

    fn facts(&self) -> Facts {
        Facts {
            enters: self.flow.map(|flow| told_inputs(flow, &self.inputs, false)),
            // While the other side rings, the contact hears nothing.
            holds_ms: self.flow.is_none().then_some(self.timeout.0),
            speaks: self.text.is_some(),
            hands_over: if self.flow.is_none() { vec!["next"] } else { Vec::new() },
            ..Facts::default()
        }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        match [self.to.is_some(), self.number.is_some(), self.flow.is_some()].iter().filter(|given| **given).count() {
            0 => found.push((String::new(), "`to`, `number` or `flow` is missing".into())),
            1 if self.flow.is_none() && !self.inputs.is_empty() => {
                found.push(("/inputs".into(), "only a flow takes inputs".into()));
            }
            1 => {}
            _ => found.push((String::new(), "only one of `to`, `number` and `flow` can be given".into())),
        }
        found
    }
}
