//! `say`: says or shows something and goes on.

use offhook_runtime::params::{Audio, Prompt, Ssml, Video};
use offhook_runtime::{Context, Exit, Facts, Fault, FlowExits, Manner, Meta, Node, NodeType, Part, Signal, Step};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta =
    Meta { name: "say", family: "talk", title: "Say", icon: "message-square", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Say>(META, include_str!("say.yaml"))
}

/// Says something on a call and shows it in a chat, then goes on at once. What is said next follows without a gap.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Say {
    /// The words.
    #[serde(default)]
    text: Option<Prompt>,
    /// The words with speech markup (SSML): pauses, emphasis, how to pronounce. A chat shows the words alone.
    #[serde(default)]
    ssml: Option<Ssml>,
    /// An audio file beside the flow, or an https address.
    #[serde(default)]
    audio: Option<Audio>,
    /// A video file beside the flow, or an https address.
    #[serde(default)]
    video: Option<Video>,
    /// Whether the contact may cut it short by answering the question that follows.
    #[serde(default = "yes")]
    barge_in: bool,
    /// Whether it is to be heard while the call still rings, before it is answered and charged.
    #[serde(default)]
    early_media: bool,
}

fn yes() -> bool {
    true
}

impl Say {
    fn parts(&self, cx: &Context<'_>) -> Result<Vec<Part>, Fault> {
        let given =
            [self.text, self.ssml.map(Prompt::from), self.audio.map(Prompt::from), self.video.map(Prompt::from)];
        given.into_iter().flatten().next().map_or(Ok(Vec::new()), |prompt| cx.parts(prompt))
    }
}

impl Node for Say {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next")]
    }

    fn talks(&self) -> bool {
        true
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => match self.parts(cx) {
                Ok(parts) => {
                    cx.say(parts, Manner { barge_in: self.barge_in, early: self.early_media });
                    Step::NEXT
                }
                Err(fault) => Step::Fault(fault),
            },
            _ => Step::Pass,
        }
    }

    fn facts(&self) -> Facts {
        Facts { speaks: true, ..Facts::default() }
    }

    fn check(&self) -> Vec<(String, String)> {
        let given = [self.text.is_some(), self.ssml.is_some(), self.audio.is_some(), self.video.is_some()];
        match given.iter().filter(|given| **given).count() {
            1 => Vec::new(),
            0 => vec![(String::new(), "one of `text`, `ssml`, `audio`, `video` is missing".into())],
            _ => vec![(
                String::new(),
                "only one of `text`, `ssml`, `audio`, `video` may be given; a `text` may be a list of parts".into(),
            )],
        }
    }
}
