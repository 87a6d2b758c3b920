//! `menu`: one of several choices, by key, by words or by button.

use crate::choices::{self, Choosable, Offered};
use crate::collect::{self, Fit, Heard, KeyTiming, Keypad, Question, Rules, Turns, Verdict};
use offhook_runtime::params::{Keys, Phrases, Prompt, Target, VarRef};
use offhook_runtime::{
    CommandId, Context, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Out, Part, Signal, Step, Value, Write,
    Written, flow_schemas::VarType,
};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta =
    Meta { name: "menu", family: "talk", title: "Menu", icon: "list", channels: &[], kinds: &collect::ASKING_KINDS };

/// The exits by which it is left without an answer.
const MISSES: [&str; 2] = ["no_input", "no_match"];

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Menu>(META, include_str!("menu.yaml"))
}

/// Offers choices, and goes where the chosen one leads. On a call it is chosen by keys or words; in a chat each choice is
/// a button, and its label, its words and its keys may be written too.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Menu {
    /// What is asked.
    text: Prompt,
    /// What may be chosen.
    #[schemars(length(min = 1))]
    choices: Vec<MenuChoice>,
    /// The variable that takes the id of the chosen one.
    #[serde(default)]
    save: Option<VarRef>,
    /// How keys choose.
    #[serde(default)]
    keys: Option<KeyTiming>,
    #[serde(flatten)]
    turns: Turns,
}

/// One choice.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MenuChoice {
    /// Its name within the menu; also the name of the exit.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    id: String,
    /// What its button shows. Without it, the id in words.
    #[serde(default)]
    label: Option<Prompt>,
    /// The telephone keys that choose it.
    #[serde(default)]
    keys: Keys,
    /// Words that choose it, said or written.
    #[serde(default)]
    phrases: Option<Phrases>,
    /// Where it leads.
    #[serde(default)]
    next: Option<Target>,
}

impl Choosable for MenuChoice {
    fn id(&self) -> &str {
        &self.id
    }

    fn label(&self) -> Option<Prompt> {
        self.label
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }

    fn phrases(&self) -> Option<Phrases> {
        self.phrases
    }
}

/// A menu that is asked.
struct Asked<'a> {
    menu: &'a Menu,
    choices: Offered<'a, MenuChoice>,
}

impl Question for Asked<'_> {
    type Answer = usize;

    fn rules(&self, cx: &Context<'_>) -> Rules<'_> {
        self.menu.turns.rules(cx)
    }

    fn prompt(&self, cx: &mut Context<'_>) -> Result<Vec<Part>, Fault> {
        cx.parts(self.menu.text)
    }

    fn listen(&self, cx: &mut Context<'_>) -> Result<CommandId, Fault> {
        let choices = self.choices.for_channel(cx)?;
        Ok(cx.listen(choices, self.choices.max_keys(), "", self.menu.turns.sensitive))
    }

    fn keypad(&self) -> Option<Keypad> {
        if self.choices.max_keys() == 0 {
            return None;
        }
        Some(self.menu.keys.as_ref().map_or_else(|| KeyTiming::default().keypad(), KeyTiming::keypad))
    }

    fn fit(&self, keys: &str) -> Fit {
        self.choices.fit(keys)
    }

    fn is_open(&self) -> bool {
        false
    }

    fn judge(&self, heard: Heard<'_>, cx: &mut Context<'_>) -> Result<Verdict<usize>, Fault> {
        let chosen = self.choices.meant(heard, cx)?;
        Ok(chosen.map_or(Verdict::NoMatch, Verdict::Answer))
    }
}

impl Node for Menu {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        let choices = self.choices.iter().enumerate();
        choices
            .map(|(index, choice)| Exit::inline(&*choice.id, &choice.next, format!("/choices/{index}/next")))
            .chain([Exit::named("no_input"), Exit::named("no_match")])
            .collect()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        let asked = Asked { menu: self, choices: Offered::new(&self.choices, cx) };
        collect::drive(
            cx,
            |turn, cx| collect::on(&asked, signal, turn, cx),
            |index, cx| {
                let id = Value::text(self.choices[index].id.as_str());
                if let Some(save) = self.save {
                    cx.set(save, id.clone())?;
                }
                cx.result(id);
                Ok(Step::Go(Out::At(index)))
            },
            collect::Miss::exit,
        )
    }

    fn talks(&self) -> bool {
        true
    }

    fn waits(&self) -> bool {
        true
    }

    fn facts(&self) -> Facts {
        let mut asked = self.turns.told(Some(self.text), &MISSES);
        let choices = self.choices.iter().enumerate();
        asked.choices = choices::told(choices.map(|(index, choice)| (format!("/choices/{index}"), choice)));
        asked.by_keys = asked.choices.iter().any(|choice| choice.has_keys);
        let write = |save| Write::new(save, "/save", Written::Type(VarType::String)).not_on(&MISSES);
        Facts {
            writes: self.save.map(write).into_iter().collect(),
            asks: Some(asked),
            speaks: true,
            ..Facts::default()
        }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.choices.is_empty() {
            found.push(("/choices".into(), "a menu needs a choice".into()));
        }
        let choices = self.choices.iter().enumerate();
        let choices: Vec<_> = choices.map(|(index, choice)| (format!("/choices/{index}"), choice)).collect();
        choices::check(&choices, &["next", "error", "no_input", "no_match"], &mut found);
        if let Some(keys) = &self.keys {
            keys.check(&mut found);
        }
        self.turns.check(&mut found);
        found
    }
}
