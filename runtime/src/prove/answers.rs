//! Every question says something on the channel, and can be answered there: by keys or words on a call, in writing or by a
//! button elsewhere. A choice that has neither keys nor words is a button only, and a call has none.

use super::graph::Graph;
use super::{Claim, Options, Told};
use crate::prompt::PartDef;
use offhook_flow_schemas::ChannelKind;

pub(super) fn check(graph: &Graph<'_>, options: &Options) -> Vec<Told> {
    let mut found = Vec::new();
    for node in 0..graph.nodes.len() {
        let entry = graph.entry(node);
        let Some(asked) = &entry.facts.asks else { continue };
        let mut tell = |pointer: &str, message: String, remedy: &'static str| {
            found.push(Told {
                claim: Claim::Answerable,
                node,
                pointer: pointer.to_owned(),
                message,
                remedy,
                way: graph.way_to(node),
            });
        };
        let by_words = asked.by_words && (options.speech || !graph.is_heard());
        if graph.is_heard() {
            for choice in &asked.choices {
                if !(choice.has_keys || choice.has_words && by_words) {
                    let why = if choice.has_words { "only by words, which nobody hears" } else { "only by a button" };
                    let message = format!("`{}` can be chosen {why}", choice.id);
                    tell(&choice.pointer, message, "give it `keys`");
                }
            }
            let can_answer = asked.by_keys || by_words || asked.by_sound;
            if asked.choices.is_empty() && !can_answer {
                let message = format!("`{}` can be answered only by words, which nobody hears", entry.id);
                tell("", message, "take the answer by keys");
            }
        } else if !by_words && asked.choices.is_empty() && !asked.by_sound {
            tell("", format!("`{}` cannot be answered in writing", entry.id), "take words as an answer");
        }
        if let Some(prompt) = asked.prompt
            && let Some(prompt) = graph.flow(node).tables.prompts.get(prompt.0 as usize)
            && let Some((_, own)) = prompt.variants.first()
        {
            let own_parts = own.by.iter().find(|(channel, _)| *channel == graph.channel);
            let parts = own_parts.map_or(&own.default, |(_, parts)| parts);
            let is_perceived = |part: &PartDef| match part {
                PartDef::Text(at) => graph
                    .flow(node)
                    .tables
                    .templates
                    .get(*at as usize)
                    .is_none_or(|text| text.literal().is_none_or(|text| !text.trim().is_empty())),
                PartDef::Video(_) => graph.channel != ChannelKind::Voice,
                _ => true,
            };
            if !parts.iter().any(is_perceived) {
                let message = format!("`{}` asks nothing on this channel", entry.id);
                tell(&asked.pointer, message, "give a text for the channel, or one for `default`");
            }
        }
    }
    found
}
