//! `show`: a card, a carousel, an image, a file or a place, with buttons; in words where nothing can be shown.

mod fallback;
mod params;

use crate::choices::{self, Choosable, Offered};
use crate::collect::{self, Fit, Heard, KeyTiming, Keypad, Question, Rules, Turns, Verdict};
use crate::limits;
use offhook_runtime::flow_schemas::{ChannelKind, VarType};
use offhook_runtime::params::{Prompt, VarRef};
use offhook_runtime::{
    CommandId, Context, Exit, Facts, Fault, FlowExits, Manner, Meta, Node, NodeType, Out, Part, Signal, Step, Value,
    Write, Written,
};
use params::{Button, CardParams, FileParams, ImageParams, PlaceParams};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta =
    Meta { name: "show", family: "talk", title: "Show", icon: "gallery-horizontal", channels: &[], kinds: &[] };

/// The exits by which it is left without an answer.
const MISSES: [&str; 2] = ["no_input", "no_match"];

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Show>(META, include_str!("show.yaml"))
}

/// Shows a card, a carousel of cards, an image, a file or a place, with buttons. A button with an `id` is an answer, and the
/// node waits for one; a button with a `url` is a link. A chat window shows all of it. On a call, `voice` is said, or else
/// the titles, the texts and the names of the answers; where only text is read, they are written line by line with the
/// addresses.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Show {
    /// What is said or written before it.
    #[serde(default)]
    text: Option<Prompt>,
    /// What is said on a call instead of all that is shown. `text` is said before it.
    #[serde(default)]
    voice: Option<Prompt>,
    /// One card.
    #[serde(default)]
    card: Option<CardParams>,
    /// Several cards, side by side.
    #[serde(default)]
    #[schemars(length(max = 10))]
    carousel: Vec<CardParams>,
    /// An image.
    #[serde(default)]
    image: Option<ImageParams>,
    /// A file to download.
    #[serde(default)]
    file: Option<FileParams>,
    /// A place on the map.
    #[serde(default)]
    location: Option<PlaceParams>,
    /// Buttons below it.
    #[serde(default)]
    buttons: Vec<Button>,
    /// The variable that takes the id of the pressed button.
    #[serde(default)]
    save: Option<VarRef>,
    /// How keys choose.
    #[serde(default)]
    keys: Option<KeyTiming>,
    #[serde(flatten)]
    turns: Turns,
}

impl Show {
    fn cards(&self) -> impl Iterator<Item = &CardParams> {
        self.card.iter().chain(&self.carousel)
    }

    /// Every button with the place at which it is written.
    fn all_buttons(&self) -> Vec<(String, &Button)> {
        let mut all = Vec::new();
        let add = |base: &str, buttons: &[Button]| -> Vec<String> {
            (0..buttons.len()).map(|at| format!("{base}/buttons/{at}")).collect()
        };
        if let Some(card) = &self.card {
            all.extend(add("/card", &card.buttons).into_iter().zip(&card.buttons));
        }
        for (at, card) in self.carousel.iter().enumerate() {
            all.extend(add(&format!("/carousel/{at}"), &card.buttons).into_iter().zip(&card.buttons));
        }
        all.extend(add("", &self.buttons).into_iter().zip(&self.buttons));
        all
    }

    /// The buttons that are answers.
    fn answers(&self) -> Vec<&Button> {
        let buttons = self.cards().flat_map(|card| &card.buttons).chain(&self.buttons);
        buttons.filter(|button| button.is_answer()).collect()
    }

    /// What is said and shown on the session's channel.
    fn parts(&self, cx: &Context<'_>) -> Result<Vec<Part>, Fault> {
        let mut parts = self.text.map_or(Ok(Vec::new()), |text| cx.parts(text))?;
        match (cx.channel(), self.voice) {
            (ChannelKind::Voice | ChannelKind::Video, Some(voice)) => parts.extend(cx.parts(voice)?),
            (ChannelKind::Voice | ChannelKind::Video, None) => parts.extend(self.spoken(cx)?),
            (ChannelKind::Messaging, _) => parts.extend(self.written(cx)?),
            (ChannelKind::Webchat, _) => parts.extend(self.shown(cx)?),
        }
        Ok(parts)
    }

    fn shown(&self, cx: &Context<'_>) -> Result<Vec<Part>, Fault> {
        let mut parts = Vec::new();
        let cards = self.cards().map(|card| card.shown(cx)).collect::<Result<Vec<_>, _>>()?;
        if !cards.is_empty() {
            parts.push(Part::Cards(cards));
        }
        if let Some(image) = &self.image {
            parts.push(Part::Image(image.shown(cx)?));
        }
        if let Some(file) = &self.file {
            parts.push(Part::File(file.shown(cx)?));
        }
        if let Some(place) = &self.location {
            parts.push(Part::Location(place.shown(cx)?));
        }
        // The answers among them are given with `listen`.
        let links = self.buttons.iter().filter(|button| !button.is_answer());
        let links = links.map(|button| button.shown(cx)).collect::<Result<Vec<_>, _>>()?;
        if !links.is_empty() {
            parts.push(Part::Links(links));
        }
        Ok(parts)
    }
}

/// What is shown and asks for an answer.
struct Asked<'a> {
    show: &'a Show,
    answers: Offered<'a, Button>,
}

impl Question for Asked<'_> {
    type Answer = usize;

    fn rules(&self, cx: &Context<'_>) -> Rules<'_> {
        self.show.turns.rules(cx)
    }

    fn prompt(&self, cx: &mut Context<'_>) -> Result<Vec<Part>, Fault> {
        self.show.parts(cx)
    }

    fn listen(&self, cx: &mut Context<'_>) -> Result<CommandId, Fault> {
        let choices = self.answers.for_channel(cx)?;
        Ok(cx.listen(choices, self.answers.max_keys(), "", self.show.turns.sensitive))
    }

    fn keypad(&self) -> Option<Keypad> {
        if self.answers.max_keys() == 0 {
            return None;
        }
        Some(self.show.keys.as_ref().map_or_else(|| KeyTiming::default().keypad(), KeyTiming::keypad))
    }

    fn fit(&self, keys: &str) -> Fit {
        self.answers.fit(keys)
    }

    fn is_open(&self) -> bool {
        false
    }

    fn judge(&self, heard: Heard<'_>, cx: &mut Context<'_>) -> Result<Verdict<usize>, Fault> {
        let chosen = self.answers.meant(heard, cx)?;
        Ok(chosen.map_or(Verdict::NoMatch, Verdict::Answer))
    }
}

impl Node for Show {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        let answers = self.all_buttons().into_iter().filter(|(_, button)| button.is_answer());
        let mut exits: Vec<Exit> = answers
            .map(|(pointer, button)| Exit::inline(button.id(), &button.next, format!("{pointer}/next")))
            .collect();
        match exits.is_empty() {
            true => exits.push(Exit::named("next")),
            false => exits.extend([Exit::named("no_input"), Exit::named("no_match")]),
        }
        exits
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        if self.answers().is_empty() {
            return match (signal, self.parts(cx)) {
                (Signal::Enter, Ok(parts)) => {
                    cx.say(parts, Manner { barge_in: self.turns.barge_in, early: false });
                    Step::NEXT
                }
                (Signal::Enter, Err(fault)) => Step::Fault(fault),
                _ => Step::Pass,
            };
        }
        let asked = Asked { show: self, answers: Offered::new(self.answers(), cx) };
        collect::drive(
            cx,
            |turn, cx| collect::on(&asked, signal, turn, cx),
            |index, cx| {
                let id = Value::text(self.answers()[index].id());
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

    fn facts(&self) -> Facts {
        let answers: Vec<(String, &Button)> =
            self.all_buttons().into_iter().filter(|(_, button)| button.is_answer()).collect();
        if answers.is_empty() {
            return Facts { speaks: true, ..Facts::default() };
        }
        let mut asked = self.turns.told(None, &MISSES);
        asked.choices = choices::told(answers);
        asked.by_keys = asked.choices.iter().any(|choice| choice.has_keys);
        let write = |save| Write::new(save, "/save", Written::Type(VarType::String)).not_on(&MISSES);
        let writes = self.save.map(write).into_iter().collect();
        Facts { writes, asks: Some(asked), speaks: true, ..Facts::default() }
    }

    fn waits(&self) -> bool {
        !self.answers().is_empty()
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut report = |pointer: &str, message: String| found.push((pointer.to_owned(), message));
        let things = [
            self.card.is_some(),
            !self.carousel.is_empty(),
            self.image.is_some(),
            self.file.is_some(),
            self.location.is_some(),
        ];
        match things.into_iter().filter(|is_given| *is_given).count() {
            0 if self.buttons.is_empty() => {
                report("", "one of `card`, `carousel`, `image`, `file`, `location`, `buttons` is missing".into());
            }
            0 if self.text.is_none() => report("", "buttons alone need a `text`".into()),
            0 | 1 => {}
            _ => report("", "only one of `card`, `carousel`, `image`, `file`, `location` can be shown at once".into()),
        }
        if self.carousel.len() > limits::CARDS {
            report("/carousel", format!("a carousel has {} cards at most", limits::CARDS));
        }
        let all = self.all_buttons();
        for (pointer, button) in &all {
            if let Some(message) = button.mistake() {
                report(pointer, message.into());
            }
        }
        let named = |(_, button): &(String, &Button)| button.is_answer() && !button.id().is_empty();
        if all.len() > limits::BUTTONS {
            report("/buttons", format!("there are {} buttons at most", limits::BUTTONS));
        }
        let answers: Vec<_> = all.into_iter().filter(named).collect();
        if answers.is_empty() && self.save.is_some() {
            report("/save", "only a button with an `id` is an answer to save".into());
        }
        choices::check(&answers, &["next", "error", "no_input", "no_match"], &mut found);
        if let Some(keys) = &self.keys {
            keys.check(&mut found);
        }
        self.turns.check(&mut found);
        found
    }
}
