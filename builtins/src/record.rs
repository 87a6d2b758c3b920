//! `record`: takes a message.

use crate::collect::{self, Fit, Heard, Keypad, Miss, Question, Rules, Turn, Turned, Turns, Verdict, check_keys};
use offhook_runtime::params::{Millis, Prompt, VarRef};
use offhook_runtime::{
    CommandId, Context, Event, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Part, Recorded, Signal, Step,
    Value, Write, Written,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

const META: Meta =
    Meta { name: "record", family: "talk", title: "Record", icon: "mic", channels: &[], kinds: &collect::ASKING_KINDS };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Record>(META, include_str!("record.yaml"))
}

/// Takes a message from the contact: on a call it is recorded, in a chat the next thing they write is the message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Record {
    /// What is said first.
    #[serde(default)]
    text: Option<Prompt>,
    /// The variable that takes the message: `media`, `duration_ms` and `ended_by` of a recording, or `text`.
    #[serde(default)]
    save: Option<VarRef>,
    /// The longest message.
    #[serde(default = "two_minutes")]
    #[schemars(extend("default" = "2m"))]
    max: Millis,
    /// The shortest message; a shorter one counts as silence.
    #[serde(default = "one_second")]
    #[schemars(extend("default" = "1s"))]
    min: Millis,
    /// The silence that ends the message. `0s` for none.
    #[serde(default = "three_seconds")]
    #[schemars(extend("default" = "3s"))]
    silence: Millis,
    /// The keys that end the message. Empty for none.
    #[serde(default = "terminators")]
    #[schemars(regex(pattern = r"^[0-9*#A-D]*$"))]
    terminators: String,
    /// Whether a tone tells the contact to begin.
    #[serde(default = "yes")]
    beep: bool,
    #[serde(flatten)]
    turns: Turns,
}

fn two_minutes() -> Millis {
    Millis(120_000)
}
fn one_second() -> Millis {
    Millis(1_000)
}
fn three_seconds() -> Millis {
    Millis(3_000)
}
fn terminators() -> String {
    "#*".into()
}
fn yes() -> bool {
    true
}

impl Question for Record {
    type Answer = Value;

    fn rules(&self, cx: &Context<'_>) -> Rules<'_> {
        let rules = self.turns.rules(cx);
        if cx.is_spoken() {
            // The recorder itself hears silence, and nothing said before the tone is part of the message.
            Rules { timeout_ms: None, type_ahead: false, ..rules }
        } else {
            rules
        }
    }

    fn prompt(&self, cx: &mut Context<'_>) -> Result<Vec<Part>, Fault> {
        self.text.map_or(Ok(Vec::new()), |text| cx.parts(text))
    }

    fn listen(&self, cx: &mut Context<'_>) -> Result<CommandId, Fault> {
        Ok(if cx.is_spoken() {
            cx.record(self.max.0, self.silence.0, &self.terminators, self.beep)
        } else {
            cx.listen(Vec::new(), 0, "string", self.turns.sensitive)
        })
    }

    fn keypad(&self) -> Option<Keypad> {
        None
    }

    fn fit(&self, _: &str) -> Fit {
        Fit::Hopeless
    }

    fn is_open(&self) -> bool {
        true
    }

    fn judge(&self, heard: Heard<'_>, _: &mut Context<'_>) -> Result<Verdict<Value>, Fault> {
        let (Heard::Keys(text) | Heard::Words(text) | Heard::Button(text)) = heard;
        Ok(Verdict::Answer(Value::map([("text", Value::text(text))])))
    }
}

impl Record {
    fn turn(&self, signal: Signal<'_>, turn: &mut Turn, cx: &mut Context<'_>) -> Result<Turned<Value>, Fault> {
        match signal {
            Signal::Event(Event::Recorded(recorded)) if recorded.id == turn.listen => self.recorded(recorded, turn, cx),
            // What is said or pressed while it records is in the recording.
            Signal::Event(Event::Speech(_) | Event::Text(_) | Event::Keys(_)) if cx.is_spoken() => Ok(Turned::Waits),
            // The phrases that everybody may say are words of the message, too.
            Signal::Repeat | Signal::Help if cx.is_spoken() => Ok(Turned::Pass),
            _ => collect::on(self, signal, turn, cx),
        }
    }

    fn recorded(&self, recorded: &Recorded, turn: &mut Turn, cx: &mut Context<'_>) -> Result<Turned<Value>, Fault> {
        if recorded.media.is_empty() || recorded.duration_ms < self.min.0 {
            return collect::miss(self, Miss::NoInput, None, turn, cx);
        }
        Ok(Turned::Answer(Value::map([
            ("media", Value::text(recorded.media.as_str())),
            ("duration_ms", Value::Int(i64::try_from(recorded.duration_ms).unwrap_or(i64::MAX))),
            ("ended_by", Value::text(recorded.ended_by.as_str())),
        ])))
    }
}

impl Node for Record {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next"), Exit::named("no_input")]
    }

    fn talks(&self) -> bool {
        true
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        collect::drive(
            cx,
            |turn, cx| self.turn(signal, turn, cx),
            |answer, cx| {
                if let Some(save) = self.save {
                    cx.set(save, answer.clone())?;
                }
                cx.result(answer);
                Ok(Step::NEXT)
            },
            |_| Miss::NoInput.exit(),
        )
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_open(&self, _: &Context<'_>) -> bool {
        true
    }

    fn facts(&self) -> Facts {
        let mut asked = self.turns.told(self.text, &["no_input"]);
        // The recorder itself hears silence, and ends with it.
        asked.heard_ms = Some(if self.silence.0 == 0 { self.max.0 } else { self.silence.0 });
        asked.by_sound = true;
        let message = json!({
            "type": "object",
            "properties": {
                "media": { "type": "string" },
                "duration_ms": { "type": "integer" },
                "ended_by": { "type": "string" },
                "text": { "type": "string" },
            },
        });
        let write = |save| Write {
            sensitive: self.turns.sensitive,
            ..Write::new(save, "/save", Written::Schema(message)).not_on(&["no_input"])
        };
        let writes = self.save.map(write).into_iter().collect();
        Facts { writes, asks: Some(asked), speaks: self.text.is_some() || self.beep, ..Facts::default() }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.turns.check(&mut found);
        check_keys(&self.terminators, 16, "/terminators", &mut found);
        if self.max <= self.min {
            found.push(("/min".into(), "the shortest message is not shorter than the longest".into()));
        }
        if self.max.0 == 0 {
            found.push(("/max".into(), "a message of no length cannot be recorded".into()));
        }
        found
    }
}
