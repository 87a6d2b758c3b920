//! `menu`: one of several choices, by key, by words or by button.

use crate::collect::{self, Fit, Heard, KeyTiming, Keypad, Question, Rules, Turns, Verdict, check_keys};
use crate::limits;
use crate::names::check_exit;
use offhook_runtime::params::{Keys, Phrases, Prompt, Target, VarRef};
use offhook_runtime::{
    Choice, CommandId, Context, Exit, Fault, FlowExits, Meta, Node, NodeType, Out, Part, Signal, Step, Value, phrases,
};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta = Meta { name: "menu", family: "talk", title: "Menu", icon: "list", channels: &[], kinds: &[] };

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

impl MenuChoice {
    fn label(&self, cx: &Context<'_>) -> Result<String, Fault> {
        let Some(label) = self.label else {
            return Ok(in_words(&self.id));
        };
        let texts = cx.parts(label)?.into_iter().filter_map(|part| match part {
            Part::Text(text) => Some(text),
            _ => None,
        });
        Ok(texts.collect::<Vec<_>>().join(" "))
    }

    /// How well the choice is met by what was said.
    fn score(&self, said: &str, cx: &Context<'_>) -> Result<Option<usize>, Fault> {
        let keys = self.keys.of(cx.locale());
        if !keys.is_empty() && said.trim() == keys {
            return Ok(Some(usize::MAX));
        }
        // Without a label, the id in words is the id itself, as phrases are compared.
        let label = self.label.map(|_| self.label(cx)).transpose()?;
        let words = [Some(self.id.as_str()), label.as_deref()].into_iter().flatten();
        let phrases = self.phrases.map_or(&[][..], |phrases| cx.phrases(phrases));
        Ok(words.chain(phrases.iter().map(String::as_str)).filter_map(|phrase| phrases::matches(said, phrase)).max())
    }
}

/// `find-patient` as people write it: `Find patient`.
fn in_words(id: &str) -> String {
    let words = id.replace(['-', '_'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

impl Menu {
    /// The choice that words mean. Two that are met equally well leave it open.
    fn chosen(&self, said: &str, cx: &Context<'_>) -> Result<Option<usize>, Fault> {
        let mut best: Option<(usize, usize)> = None;
        let mut tied = false;
        for (index, choice) in self.choices.iter().enumerate() {
            let Some(score) = choice.score(said, cx)? else { continue };
            match best {
                Some((_, known)) if known > score => {}
                Some((_, known)) if known == score => tied = true,
                _ => (best, tied) = (Some((index, score)), false),
            }
        }
        Ok(best.filter(|_| !tied).map(|(index, _)| index))
    }
}

/// A menu that is asked in a locale, which may have keys of its own.
struct Asked<'a> {
    menu: &'a Menu,
    locale: String,
}

impl Asked<'_> {
    fn keys(&self) -> impl Iterator<Item = &str> {
        self.menu.choices.iter().map(|choice| choice.keys.of(&self.locale))
    }
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
        let mut choices = Vec::with_capacity(self.menu.choices.len());
        for choice in &self.menu.choices {
            choices.push(Choice {
                id: choice.id.clone(),
                label: choice.label(cx)?,
                keys: cx.keys(&choice.keys).to_owned(),
                phrases: choice.phrases.map_or_else(Vec::new, |phrases| cx.phrases(phrases).to_vec()),
            });
        }
        let max_keys = self.keys().map(str::len).max().unwrap_or(0);
        Ok(cx.listen(choices, max_keys as u64, "", self.menu.turns.sensitive))
    }

    fn keypad(&self) -> Option<Keypad> {
        if self.keys().all(str::is_empty) {
            return None;
        }
        Some(self.menu.keys.as_ref().map_or_else(|| KeyTiming::default().keypad(), KeyTiming::keypad))
    }

    fn fit(&self, keys: &str) -> Fit {
        let mut fit = Fit::Hopeless;
        let (mut exact, mut longer) = (false, false);
        for own in self.keys().filter(|own| own.starts_with(keys) && !own.is_empty()) {
            match own.len() == keys.len() {
                true => exact = true,
                false => longer = true,
            }
            fit = match (exact, longer) {
                (true, false) => Fit::Full,
                (true, true) => Fit::Enough,
                _ => Fit::More,
            };
        }
        fit
    }

    fn is_open(&self) -> bool {
        false
    }

    fn judge(&self, heard: Heard<'_>, cx: &mut Context<'_>) -> Result<Verdict<usize>, Fault> {
        let chosen = match heard {
            Heard::Keys(keys) => self.keys().position(|own| own == keys),
            Heard::Button(id) => self.menu.choices.iter().position(|choice| choice.id == id),
            Heard::Words(said) => self.menu.chosen(said, cx)?,
        };
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

    fn talks(&self) -> bool {
        true
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        let asked = Asked { menu: self, locale: cx.locale().to_owned() };
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

    fn waits(&self) -> bool {
        true
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        // The flow's own locale, then those in which a choice has keys of its own.
        let mut locales: Vec<&str> = Vec::new();
        for locale in self.choices.iter().flat_map(|choice| choice.keys.locales()) {
            if !locales.contains(&locale) {
                locales.push(locale);
            }
        }
        if self.choices.is_empty() {
            found.push(("/choices".into(), "a menu needs a choice".into()));
        }
        for (index, choice) in self.choices.iter().enumerate() {
            let earlier = &self.choices[..index];
            let own = ["next", "error", "no_input", "no_match"];
            check_exit(&choice.id, &own, format!("/choices/{index}/id"), &mut found);
            if earlier.iter().any(|other| other.id == choice.id) {
                found.push((format!("/choices/{index}/id"), format!("two choices have the id `{}`", choice.id)));
            }
            let pointer = format!("/choices/{index}/keys");
            let clashes = |locale: &str| {
                let keys = choice.keys.of(locale);
                !keys.is_empty() && earlier.iter().any(|other| other.keys.of(locale) == keys)
            };
            for (place, locale) in locales.iter().enumerate() {
                let keys = choice.keys.of(locale);
                let language = if place == 0 { String::new() } else { format!(" in {locale}") };
                if clashes(locale) && (place == 0 || !clashes(locales[0])) {
                    found.push((pointer.clone(), format!("two choices have the keys `{keys}`{language}")));
                }
                check_keys(keys, limits::KEYS as usize, &pointer, &mut found);
            }
        }
        if let Some(keys) = &self.keys {
            keys.check(&mut found);
        }
        self.turns.check(&mut found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn an_id_becomes_a_label() {
        assert_eq!(in_words("find-patient"), "Find patient");
        assert_eq!(in_words("x"), "X");
    }
}
