//! `listen`: takes whatever the contact says or writes.

use crate::collect::{self, Fit, Heard, KeyEntry, Keypad, Miss, Question, Rules, Turns, Verdict};
use offhook_runtime::params::{Prompt, VarRef};
use offhook_runtime::{
    CommandId, Context, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Part, Signal, Step, Value, Write, Written,
    flow_schemas::VarType,
};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta =
    Meta { name: "listen", family: "talk", title: "Listen", icon: "ear", channels: &[], kinds: &collect::ASKING_KINDS };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Listen>(META, include_str!("listen.yaml"))
}

/// Waits for whatever the contact says or writes, and takes it as it is. For an open question, whose answer another node
/// makes sense of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Listen {
    /// What is said first.
    #[serde(default)]
    text: Option<Prompt>,
    /// The variable that takes the words.
    #[serde(default)]
    save: Option<VarRef>,
    /// How telephone keys make an answer. Without it, keys are left to the next question.
    #[serde(default)]
    keys: Option<KeyEntry>,
    #[serde(flatten)]
    turns: Turns,
}

impl Question for Listen {
    type Answer = Value;

    fn rules(&self, cx: &Context<'_>) -> Rules<'_> {
        self.turns.rules(cx)
    }

    fn prompt(&self, cx: &mut Context<'_>) -> Result<Vec<Part>, Fault> {
        self.text.map_or(Ok(Vec::new()), |text| cx.parts(text))
    }

    fn listen(&self, cx: &mut Context<'_>) -> Result<CommandId, Fault> {
        let max_keys = self.keys.as_ref().map_or(0, KeyEntry::most);
        Ok(cx.listen(Vec::new(), max_keys.into(), "string", self.turns.sensitive))
    }

    fn keypad(&self) -> Option<Keypad> {
        self.keys.as_ref().map(KeyEntry::keypad)
    }

    fn fit(&self, keys: &str) -> Fit {
        self.keys.as_ref().map_or(Fit::Hopeless, |entry| Fit::by_length(keys, entry.least(), entry.most()))
    }

    fn is_open(&self) -> bool {
        true
    }

    fn judge(&self, heard: Heard<'_>, _: &mut Context<'_>) -> Result<Verdict<Value>, Fault> {
        let (Heard::Keys(answer) | Heard::Words(answer) | Heard::Button(answer)) = heard;
        Ok(Verdict::Answer(Value::text(answer)))
    }
}

impl Node for Listen {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next"), Exit::named("no_input")]
    }

    fn talks(&self) -> bool {
        true
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        collect::drive(
            cx,
            |turn, cx| collect::on(self, signal, turn, cx),
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
        asked.by_keys = self.keys.is_some();
        let write = |save| Write {
            sensitive: self.turns.sensitive,
            ..Write::new(save, "/save", Written::Type(VarType::String)).not_on(&["no_input"])
        };
        let writes = self.save.map(write).into_iter().collect();
        Facts { writes, asks: Some(asked), speaks: self.text.is_some(), ..Facts::default() }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if let Some(keys) = &self.keys {
            keys.check(&mut found);
        }
        self.turns.check(&mut found);
        found
    }
}
