//! A talk in another locale than it was written in. What the flow says is compared in every locale that it speaks: the
//! echo of the session tells how each text reads there, by the text and not by its words. What the contact says is
//! replaced by what chooses the same in the session's locale. Words that are no choice, such as a name or a date, stay
//! as they are; a line that needs others says so under `locales`.

use crate::command::{Command, Listen, Part};
use crate::echo::Told;
use crate::event::Event;
use crate::phrases;
use crate::program::Program;
use std::sync::Arc;

/// A command, and for something that is said, how else it reads.
#[derive(Debug)]
pub(super) struct Out {
    pub(super) command: Command,
    pub(super) elsewhere: Vec<String>,
}

/// What a talk hears of a session.
#[derive(Debug, Default)]
pub(super) struct Ear {
    /// What may be said or pressed now: words or keys here, and the same elsewhere.
    offers: Vec<Offer>,
    /// Whether yes or no is asked.
    yes_or_no: bool,
}

#[derive(Clone, Debug)]
struct Offer {
    here: Vec<String>,
    elsewhere: Vec<Vec<String>>,
    is_keys: bool,
}

impl Ear {
    /// The commands of a turn with what was told while they were made.
    pub(super) fn hear(&mut self, commands: &[Command], told: &[Told]) -> Vec<Out> {
        for command in commands {
            if let Command::Listen(listen) = command {
                self.yes_or_no = listen.expects == "bool";
                self.offers = offers(listen, told);
            }
        }
        let pieces = pieces(told);
        commands
            .iter()
            .map(|command| {
                let elsewhere = match command {
                    Command::Say(say) => {
                        let texts: Vec<_> = say.parts.iter().map(Part::words).collect();
                        let whole = texts.join(" ");
                        let mut found: Vec<String> = Vec::new();
                        for text in std::iter::once(whole.as_str()).chain(texts.iter().map(|text| &**text)) {
                            let locales = pieces.iter().map(|piece| piece.elsewhere.len()).max().unwrap_or(0);
                            found.extend((0..locales).map(|locale| reads(text, &pieces, locale)));
                        }
                        found.retain(|other| *other != whole);
                        found.dedup();
                        found
                    }
                    _ => Vec::new(),
                };
                Out { command: command.clone(), elsewhere }
            })
            .collect()
    }

    /// The event as a contact of the session's locale would bring it about.
    pub(super) fn adapt(&self, event: &Event, locale: &str, program: &Program) -> Event {
        let locales: Vec<Arc<str>> = program.flows().flat_map(|flow| flow.locales.iter().cloned()).collect();
        match event {
            Event::Text(said) => Event::Text(self.words(said, locale, &locales, program)),
            Event::Speech(speech) => {
                let mut speech = speech.clone();
                speech.text = self.words(&speech.text, locale, &locales, program);
                Event::Speech(speech)
            }
            other => other.clone(),
        }
    }

    /// The keys that choose here what the keys choose elsewhere.
    pub(super) fn keys(&self, pressed: &str) -> Option<&str> {
        let keys = || self.offers.iter().filter(|offer| offer.is_keys);
        // Elsewhere comes first: here the same keys may choose something else.
        let offer =
            keys().find(|offer| offer.elsewhere.first().is_some_and(|own| own.iter().any(|own| own == pressed)))?;
        offer.here.first().map(String::as_str).filter(|here| !here.is_empty())
    }

    fn words(&self, said: &str, locale: &str, locales: &[Arc<str>], program: &Program) -> String {
        let mut best: (usize, Option<&str>) = (0, None);
        let mut offered = Vec::new();
        for flow in program.flows() {
            for (any, _) in &flow.interrupts.phrases {
                let here = any.of(locale).to_vec();
                offered.push(Offer { elsewhere: any.others(&here), here, is_keys: false });
            }
        }
        for offer in self.offers.iter().chain(&offered).filter(|offer| !offer.is_keys) {
            if let Some(score) = offer.here.iter().filter_map(|own| phrases::matches(said, own)).max()
                && score >= best.0
            {
                best = (score, None);
            }
            for others in &offer.elsewhere {
                for (index, other) in others.iter().enumerate() {
                    let own = offer.here.get(index).or(offer.here.last());
                    if let (Some(score), Some(own)) = (phrases::matches(said, other), own)
                        && score > best.0
                    {
                        best = (score, Some(own));
                    }
                }
            }
        }
        if let (_, Some(own)) = best {
            return own.to_owned();
        }
        if best.0 > 0 {
            return said.to_owned();
        }
        let elsewhere = || locales.iter().filter(|other| other.as_ref() != locale);
        if phrases::universal(said, locale).is_none()
            && let Some(universal) = elsewhere().find_map(|other| phrases::universal(said, other))
        {
            return phrases::say_universal(universal, locale).to_owned();
        }
        if self.yes_or_no
            && phrases::yes_or_no(said, locale).is_none()
            && let Some(yes) = elsewhere().find_map(|other| phrases::yes_or_no(said, other))
        {
            return phrases::say_yes_or_no(yes, locale).to_owned();
        }
        said.to_owned()
    }
}

/// What was said here, and how it reads elsewhere.
struct Piece {
    here: String,
    elsewhere: Vec<String>,
}

fn joined(parts: &[Part]) -> String {
    parts.iter().map(Part::words).collect::<Vec<_>>().join(" ")
}

/// The longest first, so that a sentence is taken whole before a word in it is.
fn pieces(told: &[Told]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = told
        .iter()
        .filter_map(|told| match told {
            Told::Prompt { said, others, .. } => {
                Some(Piece { here: joined(said), elsewhere: others.iter().map(|parts| joined(parts)).collect() })
            }
            Told::Stock { said, others } => Some(Piece {
                here: (*said).to_owned(),
                elsewhere: others.iter().filter(|other| *other != said).map(|other| (*other).to_owned()).collect(),
            }),
            Told::Phrases { .. } | Told::Keys { .. } => None,
        })
        .filter(|piece| !piece.here.is_empty())
        .collect();
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.here.len()));
    pieces
}

/// The text with every piece as it reads in another locale.
fn reads(text: &str, pieces: &[Piece], locale: usize) -> String {
    let Some((first, rest)) = pieces.split_first() else { return text.to_owned() };
    let other = first.elsewhere.get(locale).map_or(first.here.as_str(), String::as_str);
    match text.find(&first.here) {
        Some(at) => {
            let (before, after) = (&text[..at], &text[at + first.here.len()..]);
            format!("{}{other}{}", reads(before, rest, locale), reads(after, pieces, locale))
        }
        None => reads(text, rest, locale),
    }
}

/// What may be said or pressed at a question.
fn offers(listen: &Listen, told: &[Told]) -> Vec<Offer> {
    told.iter()
        .filter_map(|told| match told {
            Told::Phrases { here, others } if listen.choices.iter().any(|choice| choice.phrases == *here) => {
                Some(Offer { here: here.clone(), elsewhere: others.clone(), is_keys: false })
            }
            Told::Keys { here, others } => Some(Offer {
                here: vec![here.clone()],
                elsewhere: others.iter().map(|keys| vec![keys.clone()]).collect(),
                is_keys: true,
            }),
            // The words on a button may be said, too.
            Told::Prompt { said, others, .. } => {
                let here = joined(said);
                let is_label = listen.choices.iter().any(|choice| choice.label == here);
                is_label.then(|| Offer {
                    here: vec![here],
                    elsewhere: others.iter().map(|parts| vec![joined(parts)]).collect(),
                    is_keys: false,
                })
            }
            _ => None,
        })
        .collect()
}
